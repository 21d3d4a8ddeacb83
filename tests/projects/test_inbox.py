"""awork reports events: believed in nothing, folded into one run (A16)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone

from integrations import schedule, services
from integrations.engine.lease import claim
from integrations.models import Integration, StagedPage, SyncRun
from projects import inbox
from projects.hints import Hints, keep, pending, served
from projects.hooks import authorization
from projects.models import Hint, Hook
from tests.projects.events import (
    MOVED_TO,
    OTHER,
    OURSELVES,
    PROJECT,
    TASK,
    deliver,
    event,
    make_integration,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    return make_integration()


@pytest.fixture
def hook(integration: Integration) -> Hook:
    return Hook.objects.create(integration=integration, api_user=OURSELVES)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs that workers were told of."""
    ids: list[int] = []
    monkeypatch.setattr(services, "wake", ids.append)
    return ids


def stored() -> list[tuple[str, str, str, bool]]:
    rows = Hint.objects.order_by("kind", "entity")
    return list(rows.values_list("kind", "entity", "project", "gone"))


def only_run() -> SyncRun:
    return SyncRun.objects.get()


# -- who may report ----------------------------------------------------------------------------


def test_a16_an_event_becomes_a_hint_and_a_run(
    hook: Hook, woken: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = deliver(hook)
    assert (answer.status_code, answer.content) == (204, b"")
    assert stored() == [("task", TASK, PROJECT, False)]
    assert (only_run().trigger, only_run().status) == ("webhook", "queued")
    assert woken == [only_run().pk]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer geheim\xfc"},
        {"Authorization": "Bearer " + "x" * 5000},
    ],
)
def test_a16_a_wrong_secret_looks_like_an_unknown_address(
    hook: Hook, headers: dict[str, str]
) -> None:
    wrong = deliver(hook, headers=headers)
    unknown = deliver(hook, url=f"/hooks/awork/{Hook().token}/", headers=headers)
    assert wrong.status_code == unknown.status_code == 404
    assert (wrong.content, wrong.headers) == (unknown.content, unknown.headers)
    assert not Hint.objects.exists() and not SyncRun.objects.exists()


def test_a16_the_bare_secret_another_ones_secret_and_a_right_secret_elsewhere_are_refused(
    hook: Hook,
) -> None:
    other = Hook.objects.create(integration=make_integration("suedwind"))
    assert deliver(hook, headers={"Authorization": hook.secret}).status_code == 404
    assert deliver(hook, headers={"Authorization": authorization(other)}).status_code == 404
    assert deliver(hook, url=f"/hooks/awork/{other.token}/").status_code == 404
    assert not Hint.objects.exists()


def test_a16_secrets_are_compared_in_constant_time_even_where_nobody_lives(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    compare = inbox.constant_time_compare

    def note(given: str, right: str) -> bool:
        compared.append((len(given), len(right)))
        return compare(given, right)

    monkeypatch.setattr(inbox, "constant_time_compare", note)
    for url in (f"/hooks/awork/{hook.token}/", "/hooks/awork/nobody/"):
        assert deliver(hook, url=url, headers={"Authorization": "Bearer x"}).status_code == 404
    assert len(compared) == 2 and compared[0] == compared[1]


@pytest.mark.parametrize("token", ["%00", "a%27b", "..", "%2e%2e%2f", "ä", "a/b", "x" * 3000])
def test_a16_strange_addresses_are_not_found(hook: Hook, token: str) -> None:
    assert deliver(hook, url=f"/hooks/awork/{token}/").status_code == 404


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_a16_only_post_is_answered(hook: Hook, method: str) -> None:
    headers = {"Authorization": authorization(hook)}
    call = getattr(Client(), method)
    assert call(f"/hooks/awork/{hook.token}/", headers=headers).status_code == 405
    assert call("/hooks/awork/nobody/", headers=headers).status_code == 405


def test_a16_what_strangers_send_is_not_even_read(hook: Hook) -> None:
    answer = deliver(hook, b"x" * (inbox.LIMIT + 1), headers={"Authorization": "no"})
    assert answer.status_code == 404


# -- what is reported --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b"9" * 5000],
    ids=lambda body: repr(body[:6]),
)
def test_a16_what_is_no_json_object_is_refused(hook: Hook, body: bytes) -> None:
    assert deliver(hook, body).status_code == 400
    assert not Hint.objects.exists()


def test_a16_a_body_beyond_the_limit_is_refused(hook: Hook) -> None:
    empty = len(json.dumps(event(note="")))
    assert deliver(hook, event(note="x" * (inbox.LIMIT - empty + 1))).status_code == 413
    assert not Hint.objects.exists()
    assert deliver(hook, event(note="x" * (inbox.LIMIT - empty))).status_code == 204
    assert Hint.objects.count() == 1


@pytest.mark.parametrize(
    "odd",
    [
        event(id="../../tasks"),
        event(id=None),
        event(id=17),
        event(id=[TASK]),
        event(id=TASK + "0"),
        event(id="x" * 100_000),
        event("user_updated"),
        event("company_added"),
        event("task"),
        event("surprise_added"),
        {**event(), "eventType": {"a": 1}},
        {**event(), "eventType": None},
        {},
    ],
)
def test_a16_what_means_nothing_is_taken_and_forgotten(hook: Hook, odd: dict[str, Any]) -> None:
    assert deliver(hook, json.dumps(odd).encode()).status_code == 204
    assert not Hint.objects.exists() and not SyncRun.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"entity": None},
        {"entity": "x"},
        {"entity": {"projectId": {"a": 1}}},
        {"entity": {"project": PROJECT}, "changes": "ProjectId", "triggeredBy": OURSELVES},
        {"entity": {}, "changes": [None, {"property": "ProjectId", "old": "' or 1=1"}]},
        {"entity": {"projectId": "\ud800\x00"}, "triggeredBy": None},
    ],
)
def test_a16_claims_that_are_no_ids_are_left_out(hook: Hook, more: dict[str, Any]) -> None:
    assert deliver(hook, event(**more)).status_code == 204
    assert stored() == [("task", TASK, "", False)]


def test_a16_each_event_is_about_its_record(hook: Hook, integration: Integration) -> None:
    ids = {
        name: f"0000000{number}-0000-4000-A000-000000000000"
        for number, name in enumerate(
            ("task_added", "tasklist_updated", "timetracking_updated", "timetracking_deleted",
             "task_deleted", "taskassignment_deleted", "absence_deleted", "project_updated")
        )
    }  # fmt: skip
    for name, id in ids.items():
        assert deliver(hook, event(name, id)).status_code == 204
    low = {name: id.lower() for name, id in ids.items()}
    found = pending(integration)
    assert found.projects == {PROJECT, low["project_updated"]}
    assert found.lists == {low["tasklist_updated"]}
    assert found.tasks == {low[f"task_{w}"] for w in ("added", "deleted")} | {
        low["taskassignment_deleted"]
    }
    assert found.entries == {low["timetracking_updated"]}
    assert found.gone_entries == {low["timetracking_deleted"]}
    assert found.absences
    gone = set(Hint.objects.filter(gone=True).values_list("entity", flat=True))
    assert gone == {low[name] for name in ids if name.endswith("deleted")} - {
        low["taskassignment_deleted"]
    }


def test_a16_the_project_that_a_task_left_is_read_again_too(
    hook: Hook, integration: Integration
) -> None:
    moved = {"property": "ProjectId", "old": PROJECT.upper(), "new": MOVED_TO}
    deliver(hook, event(entity={"project": {"id": MOVED_TO}}, changes=[moved]))
    assert pending(integration).projects == {PROJECT, MOVED_TO}


def test_a16_an_entry_that_moved_makes_no_project_be_read(
    hook: Hook, integration: Integration
) -> None:
    moved = {"property": "ProjectId", "old": MOVED_TO, "new": PROJECT}
    deliver(hook, event("timetracking_updated", changes=[moved]))
    assert pending(integration) == Hints(entries=frozenset({TASK}), seen=pending(integration).seen)


def test_a16_our_own_edits_are_no_news(hook: Hook) -> None:
    assert deliver(hook, event(triggeredBy={"id": OURSELVES.upper()})).status_code == 204
    assert not Hint.objects.exists() and not SyncRun.objects.exists()


@pytest.mark.parametrize("nobody", [None, {}, {"id": ""}, {"id": "01010001-system"}])
def test_a16_what_nobody_did_is_not_taken_for_ours(hook: Hook, nobody: Any) -> None:
    Hook.objects.update(api_user="")
    deliver(hook, event(triggeredBy=nobody))
    assert Hint.objects.count() == 1


@pytest.mark.parametrize("state", ["prepared", "paused", "disabled"])
def test_g5_nothing_is_stored_unless_the_integration_is_active(hook: Hook, state: str) -> None:
    Integration.objects.update(state=state)
    assert deliver(hook).status_code == 204
    assert not Hint.objects.exists() and not SyncRun.objects.exists()


def test_g10_an_event_starts_nothing_when_nobody_answers_for_it(hook: Hook) -> None:
    User.objects.update(is_active=False)
    assert deliver(hook).status_code == 204
    assert not SyncRun.objects.exists()
    assert Integration.objects.get().pause_reason == "enabled_by_inactive"


def test_i9_hints_stay_with_their_integration(hook: Hook, integration: Integration) -> None:
    other = Hook.objects.create(integration=make_integration("suedwind"))
    deliver(hook)
    deliver(other, event(id=OTHER))
    assert pending(integration).tasks == {TASK}
    assert pending(other.integration).tasks == {OTHER}
    served(pending(integration))
    assert pending(other.integration).tasks == {OTHER}


# -- folding -----------------------------------------------------------------------------------


def test_a16_events_about_one_record_fold_and_deletion_wins_over_late_news(
    hook: Hook, integration: Integration
) -> None:
    for name in ("updated", "deleted", "updated"):
        deliver(hook, event(f"timetracking_{name}", entity=None if name == "updated" else {}))
    assert stored() == [("timetracking", TASK, "", True)]
    deliver(hook, event("timetracking_updated"))
    deliver(hook, event("timetracking_updated", entity=None))
    assert stored() == [("timetracking", TASK, PROJECT, True)]


def test_a16_what_is_reported_again_meanwhile_is_not_served(
    hook: Hook, integration: Integration
) -> None:
    deliver(hook)
    deliver(hook, event(id=OTHER))
    found = pending(integration)
    deliver(hook)
    deliver(hook, event(id=MOVED_TO))
    served(found)
    assert pending(integration).tasks == {TASK, MOVED_TO}
    served(pending(integration))
    assert pending(integration) == Hints()


def test_a16_a_run_that_goes_on_with_old_pages_serves_only_what_is_older(
    hook: Hook, integration: Integration
) -> None:
    deliver(hook)
    run = only_run()
    StagedPage.objects.create(run=run, source="awork lists", number=0, records=[])
    deliver(hook, event(id=OTHER))
    assert pending(integration).tasks == {TASK}
    StagedPage.objects.all().delete()
    assert pending(integration).tasks == {TASK, OTHER}


def test_a16_more_hints_than_a_batch_are_served(integration: Integration) -> None:
    rows = [Hint(kind="task", entity=f"{n:08}-0000-4000-a000-000000000000") for n in range(1203)]
    keep(integration, rows)
    found = pending(integration)
    assert len(found.tasks) == 1203
    served(found)
    assert not Hint.objects.exists()


# -- one run -----------------------------------------------------------------------------------


def begin(run: SyncRun) -> None:
    assert claim(run.pk, "worker") is not None


def finish(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(status="succeeded", finished_at=timezone.now())


def next_run(integration: Integration) -> Any:
    return Integration.objects.values_list("next_run_at", flat=True).get(pk=integration.pk)


@pytest.mark.slow
def test_a16_a_storm_of_5000_events_is_one_run_and_at_most_one_more(
    hook: Hook, integration: Integration, woken: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    later = timezone.now() + timedelta(hours=1)
    Integration.objects.update(next_run_at=later)
    factory = RequestFactory(headers={"Authorization": authorization(hook)})

    def storm(number: int) -> None:
        for at in range(number):
            news = event("timetracking_updated", f"{at % 900:08}-0000-4000-a000-000000000000")
            request = factory.post("/", json.dumps(news), content_type="application/json")
            assert inbox.receive(request, hook.token).status_code == 204

    with django_capture_on_commit_callbacks(execute=True):
        storm(5000)
    run = only_run()
    assert woken == [run.pk]
    assert len(pending(integration).entries) == Hint.objects.count() == 900
    assert next_run(integration) == later
    begin(run)
    found = pending(integration)
    storm(100)
    assert only_run() == run
    assert schedule.queue_due() == []
    served(found)
    finish(run)
    assert len(pending(integration).entries) == 100
    assert len(schedule.queue_due()) == 1
    assert schedule.queue_due() == []
    assert SyncRun.objects.count() == 2


def test_a16_a_run_that_has_not_begun_will_see_the_hints(
    hook: Hook, integration: Integration
) -> None:
    SyncRun.objects.create(integration=integration, trigger="schedule")
    deliver(hook)
    assert only_run().trigger == "schedule"
    assert next_run(integration) is None


@pytest.mark.parametrize("status", ["running", "queued"])
def test_a16_another_run_follows_one_that_has_begun(
    hook: Hook, integration: Integration, status: str
) -> None:
    run = SyncRun.objects.create(integration=integration, trigger="manual")
    begin(run)
    SyncRun.objects.update(status=status)
    deliver(hook)
    finish(run)
    (following,) = schedule.queue_due()
    assert following.integration == integration


def test_a16_another_run_follows_a_dry_one(hook: Hook, integration: Integration) -> None:
    run = SyncRun.objects.create(integration=integration, trigger="manual", mode="dry_run")
    deliver(hook)
    finish(run)
    assert len(schedule.queue_due()) == 1


def test_a16_two_events_at_the_same_moment_are_one_run(
    hook: Hook, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = services.request_run

    def overtaken(integration: Integration, **more: Any) -> SyncRun:
        SyncRun.objects.create(integration=integration, trigger="webhook")
        return request(integration, **more)

    monkeypatch.setattr(services, "request_run", overtaken)
    assert deliver(hook).status_code == 204
    assert only_run().trigger == "webhook"
    assert next_run(integration) is None
