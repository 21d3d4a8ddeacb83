"""G3, A9: the checklist of hellohq-awork, over both emulators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from integrations.clients import Clients, no_count
from integrations.kinds import Check, CheckState
from integrations.models import Integration, Workspace
from integrations.remote import ClosedGate
from integrations.vendors.awork.client import open_awork
from integrations.vendors.awork.records import User as Account
from integrations.vendors.hellohq.client import open_hellohq
from integrations.vendors.hellohq.records import User
from projects.overview import compare_people
from projects.preflight import preflight
from sandbox.awork.state import AworkState
from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.hellohq import edit_plan
from sandbox.hellohq.state import HqState
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.server import Sandbox

TENANT = "nordlicht"
OK, ATTENTION, TO_CONFIRM, FAILED = CheckState


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(vendors=(HELLOHQ, AWORK)) as sandbox:
        yield sandbox


class Office:
    """An integration that is to be checked, and both systems behind it."""

    def __init__(self, sandbox: Sandbox) -> None:
        workspace = Workspace.objects.create(slug=TENANT, name="Nordlicht")
        self.integration = Integration.objects.create(workspace=workspace, kind="hellohq-awork")
        self.hq = sandbox.world.state(TENANT, HqState)
        self.awork = sandbox.world.state(TENANT, AworkState)
        self.keys = sandbox.credentials(TENANT)
        self.clients = cast(Clients, SimpleNamespace(hellohq=self._hellohq(), awork=self._awork()))

    def _hellohq(self) -> Any:
        key = self.keys["hellohq"]
        return open_hellohq(key["api_token"], key["base_url"], gate=ClosedGate(), count=no_count,
                            allow_private=True)  # fmt: skip

    def _awork(self) -> Any:
        key = self.keys["awork"]
        return open_awork(key["api_key"], key["base_url"], gate=ClosedGate(), count=no_count,
                          allow_private=True)  # fmt: skip

    def answer(self, **answers: Any) -> None:
        self.integration.settings = {**self.integration.settings, **answers}
        self.integration.save()

    def check(self) -> dict[str, Check]:
        return {line.code: line for line in preflight(self.integration, self.clients)}

    def project(self, name: str) -> str:
        """The helloHQ id."""
        (found,) = [p["Id"] for p in self.hq.tables["Projects"] if p["Name"] == name]
        return str(found)


@pytest.fixture
def office(db: None, running: Sandbox) -> Office:
    running.world.reset()
    return Office(running)


def test_g3_it_only_reads(office: Office, running: Sandbox) -> None:
    office.check()
    assert not [one for one in running.world.journal.entries() if one.unsafe]


def test_g3_people_are_counted_as_they_match(office: Office) -> None:
    people = [one for one in office.awork.users if not one["isArchived"]]
    found = office.check()
    assert found["people_matched"].count >= 5
    assert all("@" in name and "–" in name for name in found["people_matched"].names)
    assert found["people_unmatched"].state == ATTENTION
    assert "Freya Extern" in found["people_only_awork"].names
    assert found["people_only_awork"].state == OK
    assert found["people_matched"].count + found["people_only_awork"].count <= len(people)


def user(id: str, email: str) -> User:
    return User(id, email, f"Person {id}", None)


def account(id: str, *emails: str) -> Account:
    return Account(id, f"Account {id}", list(emails), False, False, False, False, False, "1")


def test_g3_g4_any_of_several_addresses_matches_trimmed_and_folded() -> None:
    people = compare_people(
        [user("1", " Ann@A.example ")], [account("a", "x@y.z", "ANN@a.example")]
    )
    assert [(left.id, right.id) for left, right in people.matched] == [("1", "a")]
    assert people.only_awork == []


@pytest.mark.parametrize(
    ("users", "accounts"),
    [
        ([user("1", "a@x.example")], [account("a", "a@x.example"), account("b", "a@x.example")]),
        ([user("1", "a@x.example"), user("2", "A@x.example")], [account("a", "a@x.example")]),
    ],
)
def test_g4_two_candidates_are_ambiguous(users: list[User], accounts: list[Account]) -> None:
    people = compare_people(users, accounts)
    assert people.ambiguous == [(users, accounts)]
    assert (people.matched, people.unmatched) == ([], [])


def test_g4_of_several_known_addresses_the_first_counts() -> None:
    users = [user("1", "a@x.example"), user("2", "b@x.example")]
    people = compare_people(
        users, [account("a", "private@x.example", "B@x.example", "a@x.example")]
    )
    assert [left.id for left, _right in people.matched] == ["2"]
    assert [one.id for one in people.unmatched] == ["1"]


def test_a12_projects_of_the_previous_version_are_found_by_name(office: Office) -> None:
    for project in office.hq.tables["Projects"]:
        project["AworkSyncId"] = None
    template = office.hq.tables["ProjectTemplates"].where("Name", "Kampagne")[0]
    template["Name"] = "Gibt es nicht"
    assert office.check()["templates_missing"].count == 2
    office.answer(previous_version=True)
    found = office.check()
    assert list(found["templates_missing"].names) == ["Internes Projekt (1)"]


def test_g4_no_address_matches_nobody() -> None:
    people = compare_people([user("1", "")], [account("a", ""), account("b")])
    assert [one.id for one in people.unmatched] == ["1"]
    assert [one.id for one in people.only_awork] == ["a", "b"]


def test_a1_projects_that_take_part_are_running_and_have_a_template(office: Office) -> None:
    found = office.check()["projects"]
    assert (found.state, found.count) == (OK, 3)
    assert not [name for name in found.names if "Weiterbildung" in name or "Frühjahr" in name]


def test_a1_a_picked_scope_counts_only_what_was_picked(office: Office) -> None:
    id = office.project("Herbstkampagne")
    office.answer(project_scope={"mode": "picked", "projects": [id]})
    assert office.check()["projects"].count == 1
    office.answer(project_scope={"mode": "picked", "projects": ["999999"]})
    assert office.check()["projects"].state == ATTENTION


def test_g3_a_template_that_awork_lacks_is_named_with_its_projects(office: Office) -> None:
    found = office.check()["templates_missing"]
    assert (found.state, found.count) == (ATTENTION, 1)
    assert list(found.names) == ["Internes Projekt (1)"]
    assert "Onboarding" not in str(found)


def test_g3_a_linked_project_needs_no_template(office: Office) -> None:
    id = office.project("Interne Weiterbildung")
    partner = next(iter(office.awork.projects))["id"]
    office.integration.links.create(stream="projects", left_id=id, right_id=partner, base={})
    found = office.check()
    assert (found["templates_missing"].count, found["projects"].count) == (0, 4)


def test_g3_types_without_a_counterpart_are_named(office: Office) -> None:
    found = office.check()
    assert list(found["unmapped_types"].names) == ["Reinzeichnung", "Standard"]
    assert list(found["unmapped_activities"].names) == ["Recherche"]


def test_a5_a_mapping_closes_the_gaps(office: Office) -> None:
    office.answer(
        task_type_mapping={"Standard": "Projektmanagement", "reinzeichnung ": "recherche"},
        task_status_mapping={"Entwicklung": {"Getestet": "Blockiert"}},
    )
    found = office.check()
    assert found["unmapped_types"].state == OK
    assert found["unmapped_activities"].state == OK
    assert found["unmapped_statuses"].state == OK
    blocked = next(iter(found["unmapped_awork_statuses"].names))
    assert blocked.startswith("Blockiert (")
    assert "Entwicklung" not in blocked


def test_g3_statuses_are_compared_within_their_type_and_project(office: Office) -> None:
    found = office.check()
    assert list(found["unmapped_statuses"].names) == ["Entwicklung: Getestet (2)"]
    assert list(found["unmapped_awork_statuses"].names) == ["Blockiert"]


def test_a6_one_way_needs_no_status_in_awork(office: Office) -> None:
    office.answer(one_way_from_awork=True)
    assert "unmapped_statuses" not in office.check()


def test_a7_a_project_without_administration_task_is_named(office: Office) -> None:
    found = office.check()["no_administration_task"]
    assert found.state == OK
    for task in office.hq.tables["ProjectTasks"]:
        if str(task["ProjectId"]) == office.project("Herbstkampagne"):
            task["Name"] = task["Name"].replace("Administration", "Sonstiges")
    found = office.check()["no_administration_task"]
    assert (found.state, found.count) == (ATTENTION, 1)
    assert "Herbstkampagne" in found.names[0]
    office.answer(administration_task_name="Sonstiges")
    assert office.check()["no_administration_task"].count == 2


def test_a4_projects_with_one_person_per_task_are_named(office: Office) -> None:
    assert office.check()["multi_assignment_off"].state == OK
    office.awork.multi_assignment = False
    found = office.check()["multi_assignment_off"]
    assert (found.state, found.count) == (ATTENTION, 2)


def test_g2_a_missing_permission_is_named_and_ends_the_checklist(office: Office) -> None:
    office.awork.key.permissions.discard("times")
    found = office.check()
    assert found["awork_permissions"].state == FAILED
    assert list(found["awork_permissions"].names) == ["time entries"]
    assert "people_matched" not in found


@pytest.mark.parametrize("absences", [True, False])
def test_a10_absences_must_be_readable_only_if_they_are_on(office: Office, absences: bool) -> None:
    office.awork.key.permissions.discard("absences")
    office.answer(absences=absences, absence_start_date=date.today().isoformat())
    assert office.check()["awork_permissions"].state == (FAILED if absences else OK)


def test_a16_webhooks_matter_where_we_can_be_reached(office: Office, settings: Any) -> None:
    office.awork.key.permissions.discard("config")
    settings.PUBLIC_URL = ""
    assert "webhooks" not in office.check()
    settings.PUBLIC_URL = "https://hq.example"
    found = office.check()
    assert found["webhooks"].state == ATTENTION
    assert "people_matched" in found


def test_a9_awork_says_itself_whether_closed_projects_take_times(office: Office) -> None:
    assert office.check()["closed_projects"].state == OK
    office.awork.time_settings[0]["enabled"] = False
    office.integration.notices_confirmed = True
    assert office.check()["closed_projects"].state == ATTENTION


def test_a9_what_no_system_says_waits_for_a_person(office: Office) -> None:
    office.awork.time_settings.clear()
    codes = ("closed_projects", "closed_tasks", "auto_accepted", "own_integration_off")
    found = office.check()
    assert {found[code].state for code in codes} == {TO_CONFIRM}
    assert all(found[code].action for code in codes)
    office.integration.notices_confirmed = True
    found = office.check()
    assert {found[code].state for code in codes} == {OK}


def test_a8_the_checklist_repeats_the_answer_about_accepted_reportings(office: Office) -> None:
    on = office.check()["auto_accepted"].title
    office.answer(reportings_auto_accepted=False)
    assert office.check()["auto_accepted"].title != on


def test_a_without_tasks_and_times_only_projects_are_checked(office: Office) -> None:
    office.answer(tasks_and_time_entries=False)
    found = office.check()
    assert "projects" in found
    assert not {"unmapped_types", "no_administration_task", "closed_tasks"} & found.keys()


def test_g3_no_line_names_more_than_twenty(office: Office) -> None:
    status = office.hq.tables["ProjectStatuses"].where("Name", "In Umsetzung")[0]["Id"]
    template = office.hq.tables["ProjectTemplates"].where("Name", "Website")[0]["Id"]
    company = next(iter(office.hq.tables["Companies"]))["Id"]
    for number in range(25):
        edit_plan.create_project(office.hq, {
            "Name": f"Projekt {number}", "ProjectTemplateId": template, "CompanyId": company,
            "ProjectStatusId": status, "StartDate": "2026-03-01",
        })  # fmt: skip
    found = office.check()["projects"]
    assert found.count == 28
    assert len(found.names) == 20


def test_g3_every_line_says_what_to_do(office: Office) -> None:
    assert all(line.action for line in office.check().values() if line.state != OK)
