"""The pages of hellohq-awork: settings, projects, types and statuses, conflicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from integrations import services
from integrations.models import Connection, Integration, Link, Membership, Problem, Workspace
from integrations.remote import NotFound, Page, RemoteError, Unavailable
from integrations.vendors.awork.records import TypeOfWork
from integrations.vendors.hellohq.project_records import (
    CustomField,
    Project,
    ProjectStatus,
    ProjectTemplate,
    TaskType,
    TaskTypeStatus,
)
from projects import live
from projects.store import answers

pytestmark = pytest.mark.django_db
PAGES = ("settings", "scope", "mapping", "conflicts")
DOWN = Unavailable("awork", "refused")


def project(id: str, name: str, template: str = "1", **more: Any) -> Project:
    fields = dict.fromkeys(Project.__dataclass_fields__, "")
    days = dict.fromkeys(("start_date", "end_date", "planned_start_date", "planned_end_date"), None)
    given = {"id": id, "number": f"P-{id}", "name": name, "template_id": template}
    return Project(
        **{**fields, **days, **given, "is_in_progress": True, "custom_fields": [], **more}
    )


def hq_type(name: str, *statuses: str) -> TaskType:
    found = [TaskTypeStatus(f"{name}-{s}", name, s, is_finished=False) for s in statuses]
    return TaskType(name, name, is_default=False, statuses=found)


@dataclass
class Remote:
    """What both systems say; `hq_down` and `awork_down` is why they do not."""

    projects: list[Project] = field(default_factory=list)
    hq_statuses: list[ProjectStatus] = field(default_factory=list)
    types: list[TaskType] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    statuses: dict[str, list[str]] = field(default_factory=dict)
    hq_down: RemoteError | None = None
    awork_down: RemoteError | None = None
    asked: list[str] = field(default_factory=list)

    def clients(self, integration: Integration) -> Any:
        return self

    @property
    def hellohq(self) -> Any:
        if self.hq_down:
            raise self.hq_down
        templates = [ProjectTemplate("1", "Kampagne", False), ProjectTemplate("2", "Web", False)]
        return SimpleNamespace(
            projects=SimpleNamespace(
                changed=lambda since: pages(self.projects),
                templates=lambda: templates,
                statuses=lambda: self.hq_statuses,
            ),
            tasks=SimpleNamespace(types=lambda: self.types),
        )

    @property
    def awork(self) -> Any:
        if self.awork_down:
            raise self.awork_down
        found = [TypeOfWork(name, name, is_archived=False) for name in self.activities]
        projects = [
            SimpleNamespace(id=id, is_external=False, status_type="progress")
            for id in self.statuses
        ]
        return SimpleNamespace(
            directory=SimpleNamespace(types_of_work=lambda: pages(found)),
            projects=SimpleNamespace(
                all=lambda: pages(projects),
                templates=lambda: pages([SimpleNamespace(name=" kampagne ")]),
                task_statuses=self._task_statuses,
            ),
        )

    def _task_statuses(self, id: str) -> Iterator[Page[Any]]:
        self.asked.append(id)
        if id not in self.statuses:
            raise NotFound("awork", "gone", status=404)
        return pages([SimpleNamespace(name=name) for name in self.statuses[id]])


def pages(records: Sequence[Any]) -> Iterator[Page[Any]]:
    yield Page(tuple(records))


@pytest.fixture(autouse=True)
def remote(monkeypatch: pytest.MonkeyPatch) -> Remote:
    remote = Remote()
    monkeypatch.setattr(live, "clients", remote.clients)
    return remote


@pytest.fixture
def integration(db: None) -> Integration:
    workspace = Workspace.objects.create(slug="a", name="Agentur A")
    return Integration.objects.create(workspace=workspace, kind="hellohq-awork", state="active")


def member(integration: Integration, role: str) -> Client:
    user = User.objects.create_user(role, f"{role}@a.example", "x", is_staff=True)
    Membership.objects.create(workspace=integration.workspace, user=user, role=role)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


@pytest.fixture
def admin(integration: Integration) -> Client:
    client = member(integration, "admin")
    Integration.objects.update(enabled_by=User.objects.get(username="admin"))
    return client


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The runs that were asked for."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(services, "request_run", lambda _one, **options: asked.append(options))
    return asked


def url(integration: Integration, page: str) -> str:
    return reverse(f"admin:projects_{page}", args=[integration.pk])


def text_of(client: Client, integration: Integration, page: str) -> str:
    answer = client.get(url(integration, page))
    assert answer.status_code == 200
    return str(answer.content.decode())


def row(page: str, mark: str) -> str:
    """The table row that holds a text."""
    (found,) = [part for part in re.findall(r"<tr.*?</tr>", page, re.S) if mark in part]
    return str(found)


@pytest.mark.parametrize("page", PAGES)
def test_i9_viewers_and_strangers_see_none_of_the_pages(
    integration: Integration, page: str
) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("b", "b@b.example", "x", is_staff=True))
    for client in (member(integration, "viewer"), stranger):
        assert client.get(url(integration, page)).status_code == 404
        assert client.post(url(integration, page), {}).status_code == 404


# -- settings ------------------------------------------------------------------------------


def given(**changes: object) -> dict[str, object]:
    return {
        "tasks_and_time_entries": "on", "administration_task_name": "Verwaltung",
        "conflict_projects": "hellohq", "conflict_tasks": "ask", "guard_count": 7,
        "guard_percent": 20, **changes,
    }  # fmt: skip


def test_g1_the_answers_are_stored_and_shown_again(admin: Client, integration: Integration) -> None:
    Integration.objects.update(settings={"task_type_mapping": {"Grafik": "Design"}})
    sent = given(
        absences="on", absence_start_date="2026-05-01", one_way_from_awork="on",
        time_entries_start_date="2026-04-01", notices_confirmed="on",
    )  # fmt: skip
    assert admin.post(url(integration, "settings"), sent).status_code == 302
    integration.refresh_from_db()
    kept = answers(integration)
    assert kept.absences and kept.one_way_from_awork and not kept.reportings_auto_accepted
    assert kept.conflict_policy.tasks == "ask" and kept.administration_task_name == "Verwaltung"
    assert kept.task_type_mapping == {"Grafik": "Design"}
    assert (integration.guard_count, integration.notices_confirmed) == (7, True)
    page = text_of(admin, integration, "settings")
    assert 'value="2026-05-01"' in page and 'value="2026-04-01"' in page


def test_a10_absences_need_a_start_date(admin: Client, integration: Integration) -> None:
    page = admin.post(url(integration, "settings"), given(absences="on"))
    assert page.context["form"].errors.keys() == {"absence_start_date"}
    integration.refresh_from_db()
    assert integration.settings == {}


def test_settings_refuse_what_makes_no_sense(admin: Client, integration: Integration) -> None:
    sent = given(
        administration_task_name=" ", conflict_tasks="older", guard_percent=101,
        time_entries_start_date="soon",
    )  # fmt: skip
    page = admin.post(url(integration, "settings"), sent)
    assert page.context["form"].errors.keys() == {
        "administration_task_name", "conflict_tasks", "guard_percent", "time_entries_start_date"
    }  # fmt: skip


def test_a7_a_blank_start_keeps_the_day_of_activation(
    admin: Client, integration: Integration
) -> None:
    Integration.objects.update(settings={"time_entries_start_date": "2026-01-15"})
    assert admin.post(url(integration, "settings"), given()).status_code == 302
    integration.refresh_from_db()
    assert str(answers(integration).time_entries_start_date) == "2026-01-15"


def test_the_connections_are_linked(admin: Client, integration: Integration) -> None:
    connection = Connection.objects.create(workspace=integration.workspace, vendor="awork")
    page = text_of(admin, integration, "settings")
    assert reverse("admin:integrations_connection_change", args=[connection.pk]) in page
    assert page.count("no connection yet") == 1


# -- projects ------------------------------------------------------------------------------


def test_a1_projects_are_shown_with_all_that_decides(
    admin: Client, integration: Integration, remote: Remote
) -> None:
    remote.projects = [
        project("1", "Sommer"),
        project("2", "Portal", "2"),
        project("3", "Alt", is_in_progress=None, status_id="9"),
    ]
    remote.hq_statuses = [ProjectStatus("9", "Archiv", is_in_progress=False)]
    Link.objects.create(
        integration=integration, stream="projects", left_id="3", right_id="x", label="Alt"
    )
    page = text_of(admin, integration, "scope")
    first, second, third = (row(page, f'data-project="{id}"') for id in "123")
    assert "P-1" in first and "takes part" in first and "running" in first
    assert "Web" in second and "not in awork" in second and "takes part" not in second
    assert "not running" in third and "linked" in third and "takes part" not in third
    assert "1 takes part by the stored settings" in page


def test_a1_projects_are_picked_by_hand(
    admin: Client, integration: Integration, remote: Remote
) -> None:
    remote.projects = [project("1", "Sommer"), project("2", "Winter")]
    sent = {"mode": "picked", "projects": ["2"]}
    assert admin.post(url(integration, "scope"), sent).status_code == 302
    integration.refresh_from_db()
    assert answers(integration).project_scope.projects == ["2"]
    page = text_of(admin, integration, "scope")
    assert "checked" in row(page, 'data-project="2"')
    assert "checked" not in row(page, 'data-project="1"')
    assert "takes part" in row(page, 'data-project="2"')
    assert "takes part" not in row(page, 'data-project="1"')


def test_a1_a_custom_field_marks_the_projects(
    admin: Client, integration: Integration, remote: Remote
) -> None:
    remote.projects = [
        project("1", "Sommer", custom_fields=[CustomField("In awork", "Ja", "")]),
        project("2", "Winter", custom_fields=[CustomField("In awork", "Nein", "")]),
    ]
    form = {"mode": "custom_field", "custom_field": "in awork"}
    assert admin.post(url(integration, "scope"), form).status_code == 302
    page = text_of(admin, integration, "scope")
    assert '<option value="In awork">' in page
    assert "takes part" in row(page, 'data-project="1"')
    assert "takes part" not in row(page, 'data-project="2"')


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"mode": "custom_field"}, "custom_field"), ({"mode": "picked"}, "projects")],
)
def test_a1_a_scope_needs_its_choice(
    admin: Client, integration: Integration, remote: Remote, sent: dict[str, str], field: str
) -> None:
    answer = admin.post(url(integration, "scope"), sent)
    assert answer.status_code == 200 and answer.context["form"].errors.keys() == {field}
    integration.refresh_from_db()
    assert answers(integration).project_scope.mode == "running"


PICKED = {"project_scope": {"mode": "picked", "projects": ["7", "8"]}}


def test_a1_picks_are_kept_while_hellohq_does_not_answer(
    admin: Client, integration: Integration, remote: Remote
) -> None:
    Integration.objects.update(settings=PICKED)
    Link.objects.create(
        integration=integration, stream="projects", left_id="7", right_id="x", label="Sommer"
    )
    remote.hq_down = Unavailable("helloHQ", "refused")
    page = text_of(admin, integration, "scope")
    assert "helloHQ cannot be asked at the moment" in page
    assert "Sommer" in row(page, 'data-project="7"') and "checked" in row(page, 'data-project="8"')
    assert "no longer in helloHQ" not in page
    admin.post(url(integration, "scope"), {"mode": "picked", "projects": ["7", "8"]})
    integration.refresh_from_db()
    assert answers(integration).project_scope.projects == ["7", "8"]


def test_a1_a_pick_that_hellohq_has_no_more_stays_visible(
    admin: Client, integration: Integration, remote: Remote
) -> None:
    Integration.objects.update(settings=PICKED)
    remote.projects = [project("7", "Sommer")]
    remote.awork_down = DOWN
    page = text_of(admin, integration, "scope")
    assert "no longer in helloHQ" in row(page, 'data-project="8"')
    assert "no longer in helloHQ" not in row(page, 'data-project="7"')
    assert "awork cannot be asked" in page and "not in awork" not in page


# -- task types and statuses ---------------------------------------------------------------


@pytest.fixture
def words(remote: Remote) -> Remote:
    remote.types = [hq_type("Grafik", "Offen", "Fertig"), hq_type("Text")]
    remote.activities = ["Design", "text"]
    remote.statuses = {"p1": ["To do", "fertig"], "p2": ["Backlog"]}
    return remote


def test_a5_equal_names_are_marked_as_suggested(
    admin: Client, integration: Integration, words: Remote
) -> None:
    page = text_of(admin, integration, "mapping")
    marks = {
        "map/Grafik": "not assigned",
        "map/Grafik/Offen": "not assigned",
        "map/Grafik/Fertig": "suggested",
        "map/Text": "suggested",
    }
    for key, mark in marks.items():
        assert mark in row(page, f'data-row="{key}"')
    assert '<option value="=fertig" selected>' in row(page, 'data-row="map/Grafik/Fertig"')
    assert "2 names are not assigned." in page


def test_a5_choices_are_stored_and_suggestions_are_not(
    admin: Client, integration: Integration, words: Remote
) -> None:
    sent = {
        "map/Grafik": "=Design", "map/Grafik/Offen": "=Backlog", "map/Grafik/Fertig": "=fertig",
        "map/Text": "off",
    }  # fmt: skip
    assert admin.post(url(integration, "mapping"), sent).status_code == 302
    integration.refresh_from_db()
    kept = answers(integration)
    assert kept.task_type_mapping == {"Grafik": "Design", "Text": ""}
    assert kept.task_status_mapping == {"Grafik": {"Offen": "Backlog"}}


def test_a5_a_choice_that_awork_has_no_more_is_shown_with_a_warning(
    admin: Client, integration: Integration, words: Remote
) -> None:
    Integration.objects.update(settings={"task_type_mapping": {"Grafik": "Zeichnen"}})
    found = row(text_of(admin, integration, "mapping"), 'data-row="map/Grafik"')
    assert "no longer in awork" in found and '<option value="=Zeichnen" selected>' in found


def test_a5_linked_projects_tell_the_statuses_and_a_deleted_one_does_no_harm(
    admin: Client, integration: Integration, words: Remote
) -> None:
    for id in ("p2", "gone"):
        Link.objects.create(
            integration=integration, stream="projects", left_id=id, right_id=id, label=id
        )
    page = text_of(admin, integration, "mapping")
    assert sorted(words.asked) == ["gone", "p2"]
    assert '"=Backlog"' in page and '"=To do"' not in page


def test_a5_without_links_the_statuses_of_20_projects_are_offered(
    admin: Client, integration: Integration, words: Remote
) -> None:
    words.statuses = {f"p{number}": [f"S{number}"] for number in range(30)}
    text_of(admin, integration, "mapping")
    assert len(words.asked) == 20


def test_a5_the_table_works_while_neither_system_answers(
    admin: Client, integration: Integration, words: Remote
) -> None:
    Integration.objects.update(settings={"task_type_mapping": {"Grafik": "Design"}})
    words.hq_down = words.awork_down = DOWN
    page = text_of(admin, integration, "mapping")
    assert page.count("cannot be asked at the moment") == 2
    assert '<option value="=Design" selected>' in row(page, 'data-row="map/Grafik"')
    admin.post(url(integration, "mapping"), {"map/Grafik": "=Design", "map/Text": "=Texten"})
    integration.refresh_from_db()
    assert answers(integration).task_type_mapping == {"Text": "Texten", "Grafik": "Design"}


# -- conflicts -----------------------------------------------------------------------------


def conflict(integration: Integration, id: str, left: str = "Alt", right: str = "Neu") -> Problem:
    return Problem.objects.create(
        integration=integration, stream="tasks", record_id=f"L:{id}/name", code="conflict",
        severity="conflict", label=f"Aufgabe {id}",
        detail={"field": "name", "left": left, "right": right},
    )  # fmt: skip


def token(page: str, problem: Problem) -> str:
    (found,) = set(re.findall(rf'data-conflict="({problem.pk}-\w+)"', page))
    return str(found)


def resolutions() -> dict[str, str]:
    return dict(Problem.objects.values_list("record_id", "resolution"))


def test_a13_both_values_are_shown_and_moved_tasks_too(
    admin: Client, integration: Integration
) -> None:
    one = conflict(integration, "1", "Konzept <b>", "Entwurf")
    Problem.objects.create(
        integration=integration, stream="tasks", record_id="L:9", code="level_changed",
        severity="conflict", label="Verschobene Aufgabe",
    )  # fmt: skip
    page = text_of(admin, integration, "conflicts")
    found = row(page, token(page, one))
    assert "Aufgabe 1" in found and "Konzept &lt;b&gt;" in found and "Entwurf" in found
    assert "Verschobene Aufgabe" in page and "Move the task back" in page


def test_a13_one_conflict_is_decided_and_a_run_is_asked_for(
    admin: Client, integration: Integration, runs: list[dict[str, Any]]
) -> None:
    one, two = conflict(integration, "1"), conflict(integration, "2")
    page = text_of(admin, integration, "conflicts")
    sent = {"keep": f"left {token(page, one)}", "conflict": [token(page, two)]}
    assert admin.post(url(integration, "conflicts"), sent).status_code == 302
    assert resolutions() == {"L:1/name": "left", "L:2/name": ""}
    assert [run["trigger"] for run in runs] == ["manual"]
    shown = text_of(admin, integration, "conflicts")
    assert "decided: helloHQ" in row(shown, token(shown, one))
    assert "decided" not in row(shown, token(shown, two))


def test_a13_all_selected_ones_are_decided(
    admin: Client, integration: Integration, runs: list[dict[str, Any]]
) -> None:
    rows = [conflict(integration, id) for id in "123"]
    page = text_of(admin, integration, "conflicts")
    sent = {"keep": "right", "conflict": [token(page, one) for one in rows[:2]]}
    admin.post(url(integration, "conflicts"), sent)
    assert resolutions() == {"L:1/name": "right", "L:2/name": "right", "L:3/name": ""}
    assert len(runs) == 1


def test_a13_values_that_nobody_saw_are_not_decided(
    admin: Client, integration: Integration, runs: list[dict[str, Any]]
) -> None:
    one = conflict(integration, "1")
    seen = token(text_of(admin, integration, "conflicts"), one)
    Problem.objects.update(detail={"field": "name", "left": "Alt", "right": "Ganz neu"})
    answer = admin.post(url(integration, "conflicts"), {"keep": f"right {seen}"}, follow=True)
    assert "Some values have changed meanwhile" in answer.content.decode()
    assert resolutions() == {"L:1/name": ""} and runs == []


@pytest.mark.parametrize("sent", [{}, {"keep": "left"}, {"keep": "both", "conflict": ["1-a"]}])
def test_a13_nothing_is_decided_without_a_side_and_a_row(
    admin: Client, integration: Integration, runs: list[dict[str, Any]], sent: dict[str, Any]
) -> None:
    conflict(integration, "1")
    admin.post(url(integration, "conflicts"), sent)
    assert resolutions() == {"L:1/name": ""} and runs == []


def test_i9_nobody_decides_for_another_workspace(
    admin: Client, integration: Integration, runs: list[dict[str, Any]]
) -> None:
    workspace = Workspace.objects.create(slug="b", name="Agentur B")
    other = Integration.objects.create(workspace=workspace, kind="hellohq-awork", state="active")
    one = conflict(other, "1")
    seen = token(text_of(support(), other, "conflicts"), one)
    assert admin.post(url(other, "conflicts"), {"keep": f"left {seen}"}).status_code == 404
    admin.post(url(integration, "conflicts"), {"keep": f"left {seen}"})
    assert resolutions() == {"L:1/name": ""} and runs == []


def support() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("support", "s@s.example", "x"))
    return client


def test_a13_a_decision_is_kept_although_no_run_can_start(
    admin: Client, integration: Integration
) -> None:
    Integration.objects.update(state="paused")
    one = conflict(integration, "1")
    seen = token(text_of(admin, integration, "conflicts"), one)
    answer = admin.post(url(integration, "conflicts"), {"keep": f"left {seen}"}, follow=True)
    assert resolutions() == {"L:1/name": "left"}
    assert "carried out with the next run" in answer.content.decode()


# -- in a browser --------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a1_a_project_is_found_and_picked_in_a_browser(
    live_server: Any,
    chromium: str,
    integration: Integration,
    admin: Client,
    remote: Remote,
    in_browser: Callable[[Callable[[Any], None]], None],
) -> None:
    remote.projects = [project(str(number), f"Projekt {number}") for number in range(40)]
    session, address = admin.cookies["sessionid"].value, url(integration, "scope")

    def pick(page: Any) -> None:
        cookie = {"name": "sessionid", "value": session, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto(live_server.url + address)
        page.get_by_role("searchbox").fill("projekt 33")
        expect(page.locator("tr[data-project]:visible")).to_have_count(1)
        page.locator("tr[data-project='33'] input").check()
        page.locator("select[name=mode]").select_option("picked")
        page.locator("button[type=submit].hq-button--primary").click()
        expect(page.get_by_text("The settings are saved")).to_be_visible()
        expect(page.locator("tr[data-project] input:checked")).to_have_count(1)

    in_browser(pick)
    integration.refresh_from_db()
    scope = answers(integration).project_scope
    assert (scope.mode, scope.projects) == ("picked", ["33"])


@pytest.fixture
def in_browser(chromium: str) -> Callable[[Callable[[Any], None]], None]:
    """Runs a function with a new page. It must not touch the database."""

    def run(act: Callable[[Any], None]) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            act(browser.new_page(locale="en"))
            browser.close()

    return run
