"""What becomes of reportings: billed once, edited, locked, kept, accepted (A7, A8)."""

from __future__ import annotations

import pytest

from tests.projects.conftest import Agency, writes
from tests.projects.remembered import remembered
from tests.projects.systems import ANNA, BEN
from tests.projects.timekeeping import (
    BOOKED,
    LATER,
    START,
    WAYS,
    Carry,
    begin,
    booked,
    carrier,
    codes,
    entry,
    quiet,
    the_id,
)


@pytest.fixture
def started(agency: Agency) -> Agency:
    return remembered(agency, begin)


@pytest.fixture
def asking(agency: Agency) -> Agency:
    """helloHQ does not accept reportings by itself."""
    agency.hq.rules.auto_approve = False
    return begin(agency, reportings_auto_accepted=False)


@pytest.fixture(params=WAYS)
def carry(agency: Agency, request: pytest.FixtureRequest) -> Carry:
    return carrier(agency, request.param)


# -- nothing is billed twice -----------------------------------------------------------------


def test_a7_an_equal_reporting_is_paired_off(started: Agency, carry: Carry) -> None:
    by_hand = started.hq_reporting(started.hq_named("Startseite"), START, 90, note="von Hand")
    entry(started)
    entry(started)  # an equal one more is another hour and a half of work
    carry()
    assert len(booked(started)) == 2
    assert str(by_hand) in started.links("time_entries")
    quiet(started)


def test_a7_no_reporting_of_somebody_else_or_another_task_is_taken(
    started: Agency, carry: Carry
) -> None:
    started.hq_reporting(started.hq_named("Startseite"), START, 90, who=BEN)
    started.hq_reporting(started.hq_named("Moodboard"), START, 90)
    started.hq_reporting(started.hq_named("Startseite"), START, 91)
    entry(started)
    carry()
    assert len(booked(started)) == 4
    assert BOOKED in booked(started)


def test_a7_time_that_is_tracked_in_hellohq_stays_there(started: Agency, carry: Carry) -> None:
    started.hq_reporting(started.hq_named("Startseite"), START, 90)
    carry()
    assert not list(started.awork.times)
    assert len(booked(started)) == 1


# -- what happens in helloHQ -----------------------------------------------------------------


def test_a7_what_was_changed_in_hellohq_stays_until_the_entry_changes(
    started: Agency, carry: Carry
) -> None:
    one = entry(started)
    carry()
    started.hq_edit_reporting(the_id(started), Note="Kunde", Duration=3600)
    carry()
    carry()
    assert booked(started) == [(ANNA, "Startseite", "2026-06-16T07:00", 60, "Kunde", True)]
    assert codes(started) == ["changed_in_hq"]
    started.aw_edit_time(one, duration=7200)
    carry()
    assert booked(started) == [(ANNA, "Startseite", "2026-06-16T07:00", 120, "Layout", True)]
    assert started.problems() == {}
    quiet(started)


def test_a7_what_was_deleted_in_hellohq_stays_deleted_until_the_entry_changes(
    started: Agency, carry: Carry
) -> None:
    one = entry(started)
    carry()
    started.hq_delete_reporting(the_id(started))
    carry()
    started.wait(days=1)
    started.synced("--full")
    assert booked(started) == []
    assert codes(started) == ["changed_in_hq"]
    started.aw_edit_time(one, note="Doch")
    carry()
    assert booked(started) == [(*BOOKED[:4], "Doch", True)]
    assert started.problems() == {}
    quiet(started)


def test_a7_a_locked_reporting_is_reported_and_tried_again(started: Agency, carry: Carry) -> None:
    one = entry(started)
    carry()
    started.hq.rules.lock_approved = True
    started.aw_edit_time(one, note="Anders")
    carry()
    assert booked(started) == [BOOKED]
    assert codes(started) == ["locked"]
    started.hq.rules.lock_approved = False
    started.wait(hours=25)
    carry()
    assert booked(started) == [(*BOOKED[:4], "Anders", True)]
    assert started.problems() == {}


def test_a9_a_closed_task_that_takes_no_time_is_reported(started: Agency, carry: Carry) -> None:
    started.hq.rules.refuse_closed_tasks = True
    task = started.hq_named("Startseite")
    started.hq_close(task)
    carry()
    entry(started)
    carry()
    assert booked(started) == []
    assert codes(started) == ["locked"]
    started.hq_close(task, done=False)
    started.wait(hours=25)
    carry()
    assert booked(started) == [BOOKED]
    assert started.problems() == {}


# -- what awork loses ------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["task", "project"])
def test_a7_entry_detached_when_awork_loses_its(started: Agency, carry: Carry, lost: str) -> None:
    entry(started)
    carry()
    if lost == "task":
        started.aw_delete(started.aw_named("Startseite"))
    else:
        started.aw_delete_project(started.aw_project_named("Website"))
    carry()
    carry()
    assert [row[:1] + row[2:] for row in booked(started)] == [BOOKED[:1] + BOOKED[2:]]
    assert "entry_detached" in codes(started)


def weeks_apart(agency: Agency) -> tuple[str, str]:
    """Of two entries of today and two that are out of the window by now, all booked, one each."""
    old = entry(agency)
    entry(agency, start=LATER)
    agency.polled()
    agency.wait(days=60)
    new = entry(agency, start="2026-08-14T09:00")
    entry(agency, start="2026-08-14T12:00")
    agency.synced()
    assert len(booked(agency)) == 4
    return old, new


def test_a7_deleted_entries_of_the_last_weeks_are_found_by_every_sync(started: Agency) -> None:
    old, new = weeks_apart(started)
    started.aw_delete_time(old)
    started.aw_delete_time(new)
    started.synced()
    assert [row[2][:10] for row in booked(started)] == ["2026-06-16"] * 2 + ["2026-08-14"]
    started.synced("--full")
    assert [row[2][:10] for row in booked(started)] == ["2026-06-16", "2026-08-14"]
    quiet(started)


def test_a7_entries_that_are_older_than_the_window_stay_when_it_is_empty(started: Agency) -> None:
    entry(started)
    started.polled()
    started.wait(days=60)
    quiet(started)
    assert booked(started) == [BOOKED]


def test_g9_mass_deletion_of_entries_is_held(started: Agency, carry: Carry) -> None:
    all_of_them = [entry(started, start=f"2026-06-16T{hour:02}:00") for hour in range(8, 16)]
    carry()
    for one in all_of_them[:6]:
        started.aw_delete_time(one)
    started.wait(minutes=11)
    held = started.sync()
    assert (held.exit, held.counts) == (3, {"held": 6})
    assert len(booked(started)) == 8
    assert started.release(held.run).exit == 0
    assert len(booked(started)) == 2
    quiet(started)


# -- the billable flag -----------------------------------------------------------------------


def accepted(agency: Agency) -> list[bool]:
    return [row[5] for row in booked(agency)]


def test_a8_the_flag_is_sent_and_followed(asking: Agency, carry: Carry) -> None:
    one = entry(asking, billable=False)
    carry()
    assert accepted(asking) == [False]
    asking.aw_edit_time(one, isBillable=True)
    carry()
    assert accepted(asking) == [True]
    asking.aw_edit_time(one, isBillable=False)
    carry()
    assert accepted(asking) == [False]
    quiet(asking)


def test_a8_what_a_person_accepted_is_never_undone(asking: Agency, carry: Carry) -> None:
    one = entry(asking, billable=False)
    carry()
    asking.hq_edit_reporting(the_id(asking), IsApproved=True)
    carry()
    assert (accepted(asking), asking.problems()) == ([True], {})
    asking.aw_edit_time(one, note="Anders")
    carry()
    assert booked(asking) == [(*BOOKED[:4], "Anders", True)]
    quiet(asking)


def test_a8_where_hellohq_accepts_by_itself_the_flag_means_nothing(
    started: Agency, carry: Carry
) -> None:
    one = entry(started, billable=False)
    carry()
    started.aw_edit_time(one, isBillable=True)
    started.aw_edit_time(one, isBillable=False)
    with started.watched() as seen:
        carry()
    assert (accepted(started), writes(seen)) == ([True], [])
