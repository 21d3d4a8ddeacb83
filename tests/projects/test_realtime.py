"""awork's webhooks end to end: delivered by the sandbox, heard by our server, worked (A16).

Nothing here waits for a poll: what is found is found because awork told.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from integrations import schedule
from integrations.models import Integration, SyncRun
from integrations.runner import quiet, run_to_end
from projects.hints import pending
from projects.models import Hint, Hook
from sandbox.awork.table import Row
from sandbox.journal import Entry
from tests.projects.conftest import Agency, writes
from tests.projects.test_polls import LISTS_OF_CHANGES, QUIET, asked, dying
from tests.projects.timekeeping import booked, entry

pytestmark = pytest.mark.django_db(transaction=True)

REGISTRY = [("awork", "/api/v1/webhooks"), ("awork", "/api/v1/webhooks/eventtypes")]


@pytest.fixture
def told(agency: Agency, live_server: LiveServer, settings: Any) -> Agency:
    """awork reaches us; synced, and polled once, so that nothing is read without a reason."""
    settings.PUBLIC_URL = live_server.url
    agency.awork.courier.disorder.retry_seconds = 0.0001
    agency.activate(time_entries_start_date="2026-06-01")
    agency.synced()
    agency.wait(seconds=30)
    delivered(agency)
    agency.polled()
    delivered(agency)
    assert not Hint.objects.exists()  # all of it was our own doing
    return agency


def delivered(agency: Agency) -> None:
    """Wait until awork has told everything, or given up."""
    for _ in range(1000):
        if not agency.awork.courier._busy:
            return
        Event().wait(0.02)
    raise AssertionError("the courier is still busy")


def worked(agency: Agency) -> list[Entry]:
    """The requests of the run that the events have started."""
    delivered(agency)
    run = SyncRun.objects.get(status=SyncRun.Status.QUEUED)
    assert run.trigger == SyncRun.Trigger.WEBHOOK
    with agency.watched() as seen:
        done = run_to_end(run.pk, quiet)
    assert done.error_code == "", (done.error_code, done.error_detail)
    delivered(agency)
    return seen


def hook(agency: Agency) -> Row:
    (row,) = agency.awork.webhooks
    return row


def projects_read(seen: list[Entry]) -> set[str]:
    paths = (entry.path.split("/") for entry in seen if "/projects/" in entry.path)
    return {parts[4] for parts in paths}


def test_a16_an_event_starts_a_run_that_reads_that_project_only(told: Agency) -> None:
    shop = told.hq_project("Shop", "002")
    told.wait(seconds=30)
    told.polled()
    told.wait(seconds=30)
    told.polled()
    delivered(told)
    copy = told.links("projects")[str(shop)]
    told.aw_edit(told.aw_named("Briefing", copy), name="Lagebild")
    seen = worked(told)
    assert told.hq_named("Lagebild", shop)
    assert projects_read(seen) == {copy}
    assert not Hint.objects.exists()


EDITS: dict[str, tuple[Callable[[Agency], object], Callable[[Agency], object]]] = {
    "a list renamed": (
        lambda a: a.aw_rename_list(a.aw_list_named("Launch"), "Los"),
        lambda a: a.hq_named("Los"),
    ),
    "a new list with its first task": (
        lambda a: a.aw_task(
            a.aw_project_named("Website"), "Neu", a.aw_list(a.aw_project_named("Website"), "Extra")
        ),
        lambda a: a.hq_row(a.hq_named("Neu"))["ParentId"] == a.hq_named("Extra"),
    ),
    "a task deleted": (
        lambda a: a.aw_delete(a.aw_named("Moodboard")),
        lambda a: not a.hq_all("Moodboard"),
    ),
    "an entry": (entry, booked),
    "a project renamed": (
        lambda a: a.aw_edit_project(a.aw_project_named("Website"), name="Anders"),
        lambda a: a.aw_project_named("Website"),
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a16_what_awork_tells_is_carried_over_at_once(told: Agency, name: str) -> None:
    edit, done = EDITS[name]
    edit(told)
    worked(told)
    assert done(told)
    assert not Hint.objects.exists()


def test_a16_a_deleted_entry_is_withdrawn_at_once_however_old(told: Agency) -> None:
    old = entry(told)
    entry(told, start="2026-06-16T12:00")
    worked(told)
    told.wait(days=60)
    told.polled()
    told.aw_delete_time(old)
    worked(told)
    assert [row[2] for row in booked(told)] == ["2026-06-16T10:00"]


def test_i13_a_told_deletion_outlives_a_run_that_fails(told: Agency) -> None:
    """No list tells of it a second time."""
    old = entry(told)
    entry(told, start="2026-06-16T12:00")
    worked(told)
    told.wait(days=60)
    told.polled()
    told.aw_delete_time(old)
    delivered(told)
    with dying(ValueError("out of order")):
        run = run_to_end(SyncRun.objects.get(status=SyncRun.Status.QUEUED).pk, quiet)
    assert run.status == SyncRun.Status.FAILED
    told.wait(seconds=30)
    told.polled()
    assert [row[2] for row in booked(told)] == ["2026-06-16T10:00"]
    told.wait(seconds=30)
    told.polled()
    assert not Hint.objects.exists()


def test_a16_our_own_writes_start_nothing(told: Agency) -> None:
    heard = len(told.awork.courier.logs[hook(told)["id"]])
    told.hq_edit(told.hq_named("Startseite"), name="Home")
    told.wait(seconds=30)
    with told.watched() as seen:
        told.polled()
    delivered(told)
    assert writes(seen, "awork") != []
    assert len(told.awork.courier.logs[hook(told)["id"]]) > heard
    assert not SyncRun.objects.filter(status=SyncRun.Status.QUEUED).exists()
    assert not Hint.objects.exists()


def test_a16_a_storm_is_one_run(told: Agency) -> None:
    before = SyncRun.objects.count()
    for number in range(30):
        told.aw_edit(told.aw_named("Startseite"), hours=number + 1)
        told.aw_edit(told.aw_named("Moodboard"), html=f"<p>{number}</p>")
    seen = worked(told)
    assert SyncRun.objects.count() == before + 1
    assert [e for e in asked(seen) if e in LISTS_OF_CHANGES[1:]] == LISTS_OF_CHANGES[1:]
    assert told.hq_row(told.hq_named("Startseite"))["PlannedEffort"] == 30


def test_a16_a_quiet_poll_with_a_webhook_asks_for_it_too(told: Agency) -> None:
    told.wait(seconds=30)
    with told.watched() as seen:
        told.polled()
    assert sorted(asked(seen)) == sorted(QUIET + REGISTRY)


def test_a16_lost_doubled_and_reversed_events_change_nothing(told: Agency) -> None:
    task = told.aw_named("Startseite")
    told.aw_switch(double=2, reverse=4)
    told.aw_edit(task, name="Eins")
    told.aw_edit(task, name="Zwei")
    told.aw_switch(reverse=0)
    worked(told)
    assert told.hq_named("Zwei")
    told.aw_switch(lose=10)
    told.aw_edit(task, name="Drei")
    delivered(told)
    assert not Hint.objects.exists()
    told.wait(seconds=30)
    told.polled()
    assert told.hq_named("Drei")


def test_a16_a_paused_webhook_is_switched_on_again_by_the_next_poll(told: Agency) -> None:
    secret = Hook.objects.get().secret
    Hook.objects.update(secret="another")
    told.aw_edit(told.aw_named("Startseite"), name="Home")
    delivered(told)
    assert not hook(told)["isActive"]
    Hook.objects.update(secret=secret)
    told.wait(seconds=30)
    told.polled()
    assert hook(told)["isActive"]
    assert told.hq_named("Home")
    told.aw_rename_list(told.aw_list_named("Launch"), "Los")
    worked(told)
    assert told.hq_named("Los")


def test_a16_what_is_told_while_a_run_is_under_way_starts_the_next_one(told: Agency) -> None:
    told.aw_edit(told.aw_named("Startseite"), name="Home")
    delivered(told)
    run = SyncRun.objects.get(status=SyncRun.Status.QUEUED)
    SyncRun.objects.filter(pk=run.pk).update(started_at=run.queued_at)
    Integration.objects.update(next_run_at=None)
    told.aw_rename_list(told.aw_list_named("Launch"), "Los")
    delivered(told)
    run_to_end(run.pk, quiet)
    assert Integration.objects.get().next_run_at is not None
    for queued in schedule.queue_due():
        run_to_end(queued.pk, quiet)
    assert told.hq_named("Home") and told.hq_named("Los")
    assert pending(told.integration).seen == {}
