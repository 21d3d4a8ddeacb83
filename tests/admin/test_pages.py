"""Dashboard, controls, decisions, languages, and queries that do not grow with rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations import kinds, services
from integrations.kinds import Check, CheckState
from integrations.models import (
    Integration,
    Link,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
    Workspace,
)
from tests.admin.conftest import Calls, Site

Login = Callable[[User], Client]


def control(site: Site, verb: str) -> str:
    return reverse("admin:integrations_integration_control", args=[site.integration.pk, verb])


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"admin:{name}", args=args)).content.decode()


# -- dashboard -----------------------------------------------------------------------------


def test_the_card_says_what_matters(own: Site, login: Login) -> None:
    text = page(login(own.admin), "index")
    for part in (own.workspace.name, "Personio", "helloHQ", "held", "This type is not mapped"):
        assert part in text
    assert "1 deletion waits for a decision" in text
    assert "Sync now" in text


@pytest.mark.parametrize(("arrow", "icon"), [("→", "arrow_forward"), ("↔", "sync_alt")])
def test_the_card_says_which_way_data_flows(
    own: Site, login: Login, monkeypatch: pytest.MonkeyPatch, arrow: str, icon: str
) -> None:
    monkeypatch.setattr(kinds.get(own.integration.kind), "arrow", arrow, raising=False)
    shown = {one for one in ("arrow_forward", "sync_alt") if one in page(login(own.admin), "index")}
    assert shown == {icon}


def test_a_paused_integration_says_why_and_offers_to_go_on(own: Site, login: Login) -> None:
    Integration.objects.update(state="paused", pause_reason="enabled_by_inactive")
    text = page(login(own.admin), "index")
    assert "The person who enabled the integration is no longer active" in text
    assert "Resume" in text
    assert "Sync now" not in text


def test_a_running_run_shows_its_progress_and_the_json_view_follows(
    own: Site, login: Login
) -> None:
    run = SyncRun.objects.create(
        integration=own.integration, trigger="manual", status="running", phase="apply"
    )
    for state in ("done", "done", "planned", "planned"):
        RunEntry.objects.create(run=run, stream="absences", action="create", state=state)
    client = login(own.viewer)
    assert "2 of 4 records" in page(client, "index")
    status = reverse("admin:integrations_integration_status")
    found = client.get(f"{status}?id={own.integration.pk}").json()
    assert "2 of 4 records" in found["cards"][str(own.integration.pk)]
    progress = client.get(reverse("admin:integrations_syncrun_status", args=[run.pk])).json()
    assert progress["finished"] is False
    SyncRun.objects.filter(pk=run.pk).update(status="succeeded", finished_at=timezone.now())
    progress = client.get(reverse("admin:integrations_syncrun_status", args=[run.pk])).json()
    assert progress == {"finished": True}


# -- controls ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "service", "options"),
    [
        ("sync", "request_run", {"trigger": "manual"}),
        ("dry-run", "request_run", {"trigger": "manual", "mode": "dry_run"}),
        ("full", "request_run", {"trigger": "manual", "full": True}),
        ("pause", "pause", {"reason": "paused_by_user"}),
        ("disable", "disable", {}),
    ],
)
def test_g5_a_post_starts_what_its_button_says(
    own: Site,
    login: Login,
    calls: Calls,
    verb: str,
    service: str,
    options: dict[str, object],
) -> None:
    client = login(own.admin)
    assert client.get(control(own, verb)).status_code == 200
    assert calls.made == []
    client.post(control(own, verb))
    [(name, (integration,), kwargs)] = calls.made
    assert (name, integration) == (service, own.integration)
    assert kwargs == {**options, "user": own.admin}


def test_g5_disabling_asks_first_and_says_what_stays(own: Site, login: Login) -> None:
    text = login(own.admin).get(control(own, "disable")).content.decode()
    assert "Everything that was synced stays in both systems" in text


def test_a_button_of_another_state_does_nothing(own: Site, login: Login, calls: Calls) -> None:
    text = login(own.admin).post(control(own, "resume"), follow=True).content.decode()
    assert "Not possible in this state." in text
    assert calls.made == []


def test_a_refused_request_says_why(
    own: Site, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise services.NotNow("run_active", "A run is under way")

    monkeypatch.setattr(services, "request_run", refuse)
    answer = login(own.admin).post(control(own, "sync"), follow=True)
    assert "A run is under way" in answer.content.decode()


def test_g1_support_alone_confirms_an_activation(
    own: Site, support: User, login: Login, calls: Calls
) -> None:
    Integration.objects.update(state="prepared")
    own.workspace.connections.create(vendor="hellohq", base_url="https://hq.example")
    assert login(own.admin).post(control(own, "activate")).status_code == 404
    login(support).post(control(own, "activate"))
    assert calls.names() == ["test_connection", "test_connection", "activate"]


def test_g2_no_activation_without_working_connections(
    own: Site, support: User, login: Login, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    Integration.objects.update(state="prepared")
    client = login(support)
    text = client.post(control(own, "activate"), follow=True).content.decode()
    assert "There is no connection to helloHQ yet." in text
    own.workspace.connections.create(vendor="hellohq", base_url="https://hq.example")
    failed = services.TestResult(False, "auth_failed", "The token is wrong")
    monkeypatch.setattr(services, "test_connection", lambda connection: failed)
    text = client.post(control(own, "activate"), follow=True).content.decode()
    assert "The token is wrong" in text
    assert "activate" not in calls.names()


def test_g12_another_account_is_accepted_by_support_after_that_error_only(
    own: Site, support: User, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[Integration] = []
    monkeypatch.setattr(
        services, "accept_account", lambda integration, *, user: accepted.append(integration)
    )
    client = login(support)
    client.post(control(own, "accept-account"))
    assert accepted == []
    SyncRun.objects.update(error_code="account_changed", status="failed")
    assert "Accept the other account" in page(
        client, "integrations_integration_change", own.integration.pk
    )
    client.post(control(own, "accept-account"))
    assert accepted == [own.integration]


def test_g1_a_customer_admin_prepares_an_integration_in_the_own_workspace_only(
    own: Site, foreign: Site, login: Login
) -> None:
    Integration.objects.all().delete()
    client, url = login(own.admin), reverse("admin:integrations_integration_add")
    form = {"kind": "personio-hellohq", "state": "active", "workspace": foreign.workspace.pk}
    client.post(url, form)
    assert not Integration.objects.exists()
    client.post(url, {**form, "workspace": own.workspace.pk})
    assert Integration.objects.get().state == "prepared"


def test_a_new_member_can_log_in(own: Site, support: User, login: Login) -> None:
    member = User.objects.create(username="new", email="new@a.example")
    form = {
        "name": "A",
        "slug": "a",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": member.pk,
        "memberships-0-role": "viewer",
    }
    login(support).post(reverse("admin:integrations_workspace_add"), form)
    member.refresh_from_db()
    assert member.memberships.get().role == "viewer"
    assert member.is_staff


def test_g3_the_checklist_runs_by_post_and_names_no_address_to_a_customer(
    own: Site, support: User, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Check(
        "people", CheckState.ATTENTION, "Unmatched", f"look at {own.address}", 2, ("a@b.example",)
    )
    monkeypatch.setattr(services, "run_preflight", lambda integration: [line])
    url = reverse("admin:integrations_integration_preflight", args=[own.integration.pk])
    client = login(own.admin)
    assert "Unmatched" not in client.get(url).content.decode()
    text = client.post(url).content.decode()
    assert "Unmatched" in text
    assert "a@b.example" in text
    assert own.address not in text
    assert own.address in login(support).post(url).content.decode()
    assert login(own.viewer).post(url).status_code == 404


# -- decisions -----------------------------------------------------------------------------


@pytest.mark.parametrize(("decision", "approve"), [("approve", True), ("reject", False)])
def test_g9_a_run_is_decided_as_a_whole_after_a_question(
    own: Site, login: Login, calls: Calls, decision: str, approve: bool
) -> None:
    client = login(own.admin)
    url = reverse("admin:integrations_syncrun_decide", args=[own.run.pk, decision])
    assert f"{own.personal} Jonas" in client.get(url).content.decode()
    assert calls.made == []
    client.post(url)
    [(name, (run,), kwargs)] = calls.made
    assert (name, run) == ("decide_deletions", own.run)
    assert kwargs == {"approve": approve, "user": own.admin, "only": None}


def test_g9_selected_deletions_are_decided_and_only_those(
    own: Site, login: Login, calls: Calls
) -> None:
    link = Link.objects.create(integration=own.integration, stream="absences", left_id="2")
    PendingDeletion.objects.create(
        integration=own.integration, link=link, run=own.run, stream="absences", label="other"
    )
    client, url = login(own.admin), reverse("admin:integrations_pendingdeletion_changelist")
    form = {"action": "approve", "_selected_action": [own.pending.pk]}
    question = client.post(url, form).content.decode()
    assert f"{own.personal} Jonas" in question
    assert calls.made == []
    client.post(url, {**form, "confirmed": "1"})
    [(_name, (run,), kwargs)] = calls.made
    assert (run, kwargs["only"], kwargs["approve"]) == (own.run, [own.pending.pk], True)


def test_g9_an_approval_wakes_the_run_that_carries_it_out(
    own: Site, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(services, "decide_deletions", lambda run, **kwargs: own.run)
    monkeypatch.setattr(services, "wake", woken.append)
    url = reverse("admin:integrations_syncrun_decide", args=[own.run.pk, "approve"])
    login(own.admin).post(url)
    assert woken == [own.run.pk]


# -- detail pages --------------------------------------------------------------------------


def test_a_run_links_its_counts_to_its_entries(own: Site, login: Login) -> None:
    text = page(login(own.admin), "integrations_syncrun_change", own.run.pk)
    assert f"?run__id__exact={own.run.pk}&amp;action__exact=create" in text
    assert "1 min 30 s" in text
    assert "More deletions than the guard allows" in text
    viewer = page(login(own.viewer), "integrations_syncrun_change", own.run.pk)
    assert "action__exact" not in viewer


def test_an_entry_shows_before_and_after_side_by_side(own: Site, login: Login) -> None:
    text = page(login(own.admin), "integrations_runentry_change", own.entry.pk)
    assert text.index(f"{own.personal}-sick") < text.index(f"{own.personal}-holiday")
    assert "Half day entered as a full day" in text


def test_history_is_found_by_label_and_id(own: Site, login: Login) -> None:
    client, url = login(own.admin), reverse("admin:integrations_runentry_changelist")
    for query in ("Erika", f"left-{own.mark}", f"right-{own.mark}"):
        assert f"{own.personal} Erika" in client.get(url, {"q": query}).content.decode()
    assert f"{own.personal} Erika" not in client.get(url, {"q": "nobody"}).content.decode()


def test_the_date_filter_takes_whole_days(own: Site, login: Login) -> None:
    client, url = login(own.admin), reverse("admin:integrations_runentry_changelist")
    today = timezone.localdate().isoformat()
    both = client.get(url, {"created_at_from": today, "created_at_to": today})
    assert f"{own.personal} Erika" in both.content.decode()
    before = client.get(url, {"created_at_to": "2020-01-01"})
    assert f"{own.personal} Erika" not in before.content.decode()


def test_deleting_is_supports_and_counts_what_goes(own: Site, support: User, login: Login) -> None:
    url = reverse("admin:integrations_workspace_delete", args=[own.workspace.pk])
    assert login(own.admin).post(url, {"post": "yes"}).status_code == 403
    client = login(support)
    text = client.get(url).content.decode()
    assert "History: 1" in text
    assert f"{own.personal} Erika" not in text
    client.post(url, {"post": "yes"})
    assert not Workspace.objects.filter(pk=own.workspace.pk).exists()


# -- languages -----------------------------------------------------------------------------

PAGES = ("index", "integrations_runentry_changelist", "integrations_problem_changelist")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("Jetzt synchronisieren", "Halber Tag als ganzer Tag", "Diese Art ist nicht")),
        ("en", ("Sync now", "Half day entered as a full day", "This type is not mapped")),
    ],
)
def test_pages_speak_the_users_language(
    own: Site, login: Login, language: str, words: tuple[str, ...]
) -> None:
    client = login(own.admin)
    for name, word in zip(PAGES, words, strict=True):
        answer = client.get(reverse(f"admin:{name}"), headers={"accept-language": language})
        assert word in answer.content.decode()


def test_the_login_page_names_the_product(db: None) -> None:
    text = Client().get(reverse("admin:login")).content.decode()
    assert "HQ Integrations" in text
    assert f'name="next" value="{reverse("admin:index")}"' in text


def test_no_page_loads_anything_from_elsewhere(own: Site, support: User, login: Login) -> None:
    import re

    client = login(support)
    for name in ("index", "integrations_runentry_changelist"):
        sources = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page(client, name))
        assert sources
        assert [url for url in sources if "//" in url] == []


# -- queries -------------------------------------------------------------------------------


def grow(site: Site, number: int) -> None:
    """More of everything in the lists, in many workspaces."""
    for index in range(number):
        workspace = Workspace.objects.create(slug=f"w{index}", name=f"W{index}")
        workspace.memberships.create(user=site.admin, role="admin")
        workspace.connections.create(vendor="personio", base_url="https://a.example")
        integration = workspace.integrations.create(kind="personio-hellohq", state="active")
        run = SyncRun.objects.create(integration=integration, trigger="manual", status="held")
        RunEntry.objects.create(run=run, stream="absences", action="create", state="done")
        Problem.objects.create(
            integration=integration, stream="a", record_id="1", code="no_match", severity="skip"
        )
        link = Link.objects.create(integration=integration, stream="a", left_id="1")
        PendingDeletion.objects.create(integration=integration, link=link, run=run, stream="a")


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


LISTS = (
    "index",
    "integrations_workspace_changelist",
    "integrations_connection_changelist",
    "integrations_integration_changelist",
    "integrations_syncrun_changelist",
    "integrations_runentry_changelist",
    "integrations_problem_changelist",
    "integrations_pendingdeletion_changelist",
)


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_number_of_queries_however_long(
    own: Site, login: Login, name: str
) -> None:
    client, url = login(own.admin), reverse(f"admin:{name}")
    grow(own, 1)
    few = queries(client, url)
    Workspace.objects.filter(slug="w0").delete()
    grow(own, 12)
    assert queries(client, url) == few


def test_lists_read_no_blobs_and_count_no_history(own: Site, login: Login) -> None:
    client = login(own.admin)
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("admin:integrations_runentry_changelist"))
    entries = [q["sql"] for q in captured if "integrations_runentry" in q["sql"]]
    assert entries
    for sql in entries:
        assert '"integrations_runentry"."before"' not in sql
        assert "COUNT(" not in sql
