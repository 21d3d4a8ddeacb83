"""When runs start, who is told of them, and what is thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from integrations import schedule, services, tasks
from integrations.engine.lease import holder_name
from integrations.models import Integration, Link, PendingDeletion, RunEntry, SyncRun
from tests.ops.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Integration]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DEAD_HERE = holder_name().rpartition("|")[0] + "|0"
"""This process as it would be known had it started at another time: a process that is gone."""


def run_of(integration: Integration, status: str = "queued", **fields: Any) -> SyncRun:
    queued_at = fields.pop("queued_at", NOW)
    run = SyncRun.objects.create(
        integration=integration, trigger="schedule", status=status, **fields
    )
    SyncRun.objects.filter(pk=run.pk).update(queued_at=queued_at)
    return run


# -- queue_due ---------------------------------------------------------------------------------


def test_p2_a_due_integration_gets_one_run_and_the_next_is_about_two_hours_later(
    make_integration: Make,
) -> None:
    integration = make_integration()
    (run,) = schedule.queue_due(NOW)
    assert (run.integration, run.trigger, run.status) == (integration, "schedule", "queued")
    integration.refresh_from_db()
    assert integration.next_run_at is not None
    assert HOUR < integration.next_run_at - NOW <= 3 * HOUR
    assert schedule.queue_due(NOW + MINUTE) == []


@pytest.mark.parametrize("state", ["prepared", "paused", "disabled"])
def test_g5_nothing_starts_by_itself_unless_active(make_integration: Make, state: str) -> None:
    make_integration(state=state)
    assert schedule.queue_due(NOW) == []


def test_one_unfinished_run_at_most(make_integration: Make) -> None:
    run_of(make_integration(), status="running", lease_until=NOW + MINUTE)
    assert schedule.queue_due(NOW) == []


def test_g10_an_integration_whose_enabler_is_gone_pauses_with_that_reason(
    make_integration: Make,
) -> None:
    integration = make_integration()
    integration.workspace.memberships.all().delete()
    assert schedule.queue_due(NOW) == []
    integration.refresh_from_db()
    assert (integration.state, integration.pause_reason) == ("paused", "enabled_by_inactive")


def test_g8_an_integration_without_its_app_does_not_delay_the_others(
    make_integration: Make, caplog: pytest.LogCaptureFixture
) -> None:
    stray = make_integration("alone", kind="not-installed", next_run_at=NOW - HOUR)
    healthy = make_integration()
    assert [run.integration for run in schedule.queue_due(NOW)] == [healthy]
    stray.refresh_from_db()
    assert stray.next_run_at == NOW + timedelta(days=1)
    assert "its app is not installed" in caplog.text


def test_the_daily_full_run(make_integration: Make) -> None:
    """P9: the first run of a day, and the first run ever, reads both sides entirely."""
    make_integration("fresh")
    make_integration("today", last_full_at=NOW - 23 * HOUR)
    make_integration("yesterday", last_full_at=NOW - 24 * HOUR)
    full = {run.integration.workspace.slug: run.full for run in schedule.queue_due(NOW)}
    assert full == {"fresh": True, "today": False, "yesterday": True}


@pytest.mark.parametrize("late", [timedelta(), MINUTE, 5 * HOUR])
def test_every_integration_keeps_its_own_beat(late: timedelta) -> None:
    """The jitter never changes, so lateness does not add up, and beats are spread."""
    step = 2 * HOUR
    beats = set()
    for pk in range(1, 60):
        first = schedule.next_time(pk, NOW, step)
        second = schedule.next_time(pk, first + late, step)
        assert step / 2 < first - NOW <= step * 3 / 2
        assert (second - first) % step == timedelta()
        beats.add((first - NOW) // (10 * MINUTE))
    assert len(beats) > 8


# -- who is told --------------------------------------------------------------------------------


def test_workspaces_take_turns() -> None:
    """G8: one workspace with many runs never starves another."""
    rows = [(1, 7), (2, 7), (3, 7), (4, 8), (5, 9), (6, 8)]
    assert schedule.fair(rows) == [1, 4, 5, 2, 6, 3]


def test_a_run_is_told_once_a_minute_until_somebody_takes_it(make_integration: Make) -> None:
    run = run_of(make_integration())
    assert schedule.runs_to_wake(NOW) == [run.pk]
    SyncRun.objects.filter(pk=run.pk).update(sent_at=NOW)
    assert schedule.runs_to_wake(NOW + timedelta(seconds=59)) == []
    assert schedule.runs_to_wake(NOW + timedelta(seconds=61)) == [run.pk]


def test_a_waiting_run_is_told_when_its_time_has_come(make_integration: Make) -> None:
    run = run_of(make_integration(), not_before=NOW + MINUTE)
    assert schedule.runs_to_wake(NOW) == []
    assert schedule.runs_to_wake(NOW + MINUTE) == [run.pk]


def test_i6_a_run_of_another_host_is_told_as_soon_as_its_lease_ran_out(
    make_integration: Make,
) -> None:
    lease_until = NOW + timedelta(seconds=20)
    run = run_of(
        make_integration(),
        "running",
        sent_at=NOW,
        lease_until=lease_until,
        lease_holder="other|1|1",
    )
    assert schedule.runs_to_wake(NOW + timedelta(seconds=19)) == []
    assert schedule.runs_to_wake(NOW + timedelta(seconds=21)) == [run.pk]


def test_i6_a_run_whose_process_is_gone_here_is_told_at_once(make_integration: Make) -> None:
    alive = run_of(
        make_integration("alive"), "running", lease_until=NOW + MINUTE, lease_holder=holder_name()
    )
    gone = run_of(
        make_integration("gone"), "running", lease_until=NOW + MINUTE, lease_holder=DEAD_HERE
    )
    assert schedule.runs_to_wake(NOW) == [gone.pk] != [alive.pk]


def test_dispatch_tells_of_every_run_that_waits(
    make_integration: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks, "wake", told.append)
    waiting = run_of(make_integration("waiting", next_run_at=None))
    make_integration("due")
    tasks.dispatch_due()
    due = SyncRun.objects.get(integration__workspace__slug="due")
    assert told == [waiting.pk, due.pk]


# -- prune --------------------------------------------------------------------------------------


@override_settings(HISTORY_DAYS=90)
def test_g7_prune_keeps_what_is_young_last_or_pending(make_integration: Make) -> None:
    old, young = NOW - timedelta(days=91), NOW - timedelta(days=89)
    integration = make_integration()
    gone = finished(integration, old)
    held = finished(integration, old, "held")
    _pending(held)
    recent = finished(integration, young)
    lonely = finished(make_integration("rare"), old)
    schedule.prune(NOW)
    left = set(SyncRun.objects.values_list("pk", flat=True))
    assert left == {held.pk, recent.pk, lonely.pk}
    assert not RunEntry.objects.filter(run=gone.pk).exists()
    assert RunEntry.objects.filter(run=recent.pk).count() == 1


def finished(integration: Integration, when: datetime, status: str = "succeeded") -> SyncRun:
    run = run_of(integration, status, finished_at=when)
    RunEntry.objects.create(run=run, stream="absences", action="create", state="done")
    return run


def _pending(run: SyncRun) -> None:
    link = Link.objects.create(integration=run.integration, stream="absences", left_id="1")
    PendingDeletion.objects.create(
        integration=run.integration,
        link=link,
        run=run,
        stream="absences",
        label="",
        fingerprint="f",
    )


def test_a_button_and_a_schedule_never_queue_twice(make_integration: Make) -> None:
    integration = make_integration()
    services.request_run(integration, trigger="manual")
    assert schedule.queue_due(NOW) == []
    with pytest.raises(services.NotNow) as refusal:
        services.request_run(integration, trigger="manual")
    assert refusal.value.code == "run_active"


def test_i9_stored_settings_that_are_broken_stop_nobody_else(make_integration: Make) -> None:
    broken = make_integration("kaputt", kind="hibob-travelperk", settings={"plan": "gold"})
    healthy = make_integration()
    assert [run.integration_id for run in schedule.queue_due(NOW)] == [healthy.pk]
    broken.refresh_from_db()
    assert broken.next_run_at is not None and broken.next_run_at > NOW


def test_g1_what_is_not_configured_does_not_start(make_integration: Make) -> None:
    integration = make_integration(settings={})
    with pytest.raises(services.NotNow) as refusal:
        services.request_run(integration, trigger="manual")
    assert refusal.value.code == "not_configured"


def test_g5_disabling_keeps_nothing_that_a_waiting_run_read(make_integration: Make) -> None:
    integration = make_integration()
    run = SyncRun.objects.create(integration=integration, trigger="schedule")
    run.pages.create(source="people", number=0, records=["Anna"])
    assert integration.enabled_by is not None
    services.disable(integration, user=integration.enabled_by)
    run.refresh_from_db()
    assert (run.status, run.error_code, run.pages.count()) == ("failed", "disabled", 0)
    assert run.counts["created"] == 0


def test_g9_a_rejection_outlives_the_pruned_run(make_integration: Make) -> None:
    integration = make_integration()
    old = NOW - timedelta(days=120)
    run, _last = [
        SyncRun.objects.create(
            integration=integration, trigger="schedule", status="held", finished_at=old
        )
        for _ in range(2)
    ]
    link = Link.objects.create(integration=integration, stream="absences", left_id="1")
    pending = PendingDeletion.objects.create(
        integration=integration, link=link, run=run, stream="absences", fingerprint="f",
        decision="rejected",
    )  # fmt: skip
    schedule.prune(NOW)
    pending.refresh_from_db()
    assert pending.run is None and not SyncRun.objects.filter(pk=run.pk).exists()
