"""Time entries, awork → helloHQ, through the product: by command and by poll (A7)."""

from __future__ import annotations

import pytest

from tests.projects.conftest import Agency
from tests.projects.remembered import remembered
from tests.projects.systems import ANNA, BEN, CARL, ONLY_HQ, TWICE
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


@pytest.fixture(params=WAYS)
def carry(agency: Agency, request: pytest.FixtureRequest) -> Carry:
    return carrier(agency, request.param)


# -- what people do in awork -----------------------------------------------------------------


def test_a7_create_edit_delete(started: Agency, carry: Carry) -> None:
    one = entry(started)
    carry()
    assert booked(started) == [BOOKED]
    id = the_id(started)
    started.aw_edit_time(one, duration=45 * 60, note="Skizze")
    carry()
    assert booked(started) == [(ANNA, "Startseite", "2026-06-16T07:00", 45, "Skizze", True)]
    assert the_id(started) == id
    quiet(started)
    another = entry(started, start=LATER)
    carry()
    started.aw_delete_time(one)
    started.wait(minutes=11)  # without a webhook, deletions are found by the window
    carry()
    assert [row[2] for row in booked(started)] == ["2026-06-16T10:00"]
    assert list(started.links("time_entries").values()) == [another]
    quiet(started)


def test_a7_an_entry_moves_to_another_task_and_project(started: Agency, carry: Carry) -> None:
    one = entry(started)
    carry()
    id = the_id(started)
    started.aw_edit_time(one, taskId=started.aw_named("Moodboard"))
    carry()
    assert [row[1] for row in booked(started)] == ["Moodboard"]
    other = started.hq_project("Shop", "002")
    carry()
    there = started.aw_named("Briefing", started.links("projects")[str(other)])
    started.aw_edit_time(one, taskId=there, projectId=started.aw_row(there)["projectId"])
    carry()
    (row,) = started.hq.tables["UserReportings"]
    assert (row["ProjectId"], row["TaskId"]) == (other, started.original_of(there))
    assert the_id(started) == id
    quiet(started)


def test_a7_another_person_replaces_the_reporting(started: Agency, carry: Carry) -> None:
    one = entry(started)
    carry()
    id = the_id(started)
    started.aw_edit_time(one, userId=started.account(BEN))
    carry()
    assert booked(started) == [(BEN, *BOOKED[1:])]
    assert the_id(started) != id
    assert started.history() == [("time_entries", "update", "")]
    quiet(started)


def test_a7_running_timer_waits_until_it_is_stopped(started: Agency, carry: Carry) -> None:
    timer = started.aw_start_timer(started.aw_named("Startseite"))
    carry()
    assert booked(started) == []
    assert codes(started) == ["timer_running"]
    started.wait(minutes=30)
    started.aw_stop_timer(timer)
    carry()
    assert [row[:2] for row in booked(started)] == [(ANNA, "Startseite")]
    assert codes(started) == []
    quiet(started)


def test_a7_private_entries_stay_in_awork(started: Agency, carry: Carry) -> None:
    one = started.aw_time(None, START, 60)
    carry()
    assert (booked(started), started.problems(), started.links("time_entries")) == ([], {}, {})
    started.aw_edit_time(one, taskId=started.aw_named("Startseite"))
    carry()
    assert [row[1] for row in booked(started)] == ["Startseite"]


def test_a7_before_the_start_date_nothing_counts(started: Agency, carry: Carry) -> None:
    entry(started, start="2026-05-31T23:30")
    entry(started, start="2026-06-01T00:30")
    carry()
    assert [row[2] for row in booked(started)] == ["2026-05-31T22:30"]


def test_a7_unmatched_people_are_reported_and_counted_once_they_match(
    started: Agency, carry: Carry
) -> None:
    entry(started, who=started.freelancer)
    carry()
    assert booked(started) == []
    assert codes(started) == ["no_match"]
    started.hq.users.get(started.user(ONLY_HQ))["EMailWork"] = "freya@extern.example"
    carry()
    assert [row[0] for row in booked(started)] == [ONLY_HQ]
    assert started.problems() == {}


def test_a7_a_project_that_stopped_running_is_left_alone(started: Agency, carry: Carry) -> None:
    old = entry(started)
    carry()
    started.hq_close_project(int(next(iter(started.links("projects")))))
    carry()
    started.aw_edit_time(old, note="Anders")
    entry(started, start=LATER)
    carry()
    assert booked(started) == [BOOKED]
    assert codes(started) == ["project_not_running"]
    started.hq_edit_project(int(next(iter(started.links("projects")))), status="In Umsetzung")
    carry()
    assert sorted(row[4] for row in booked(started)) == ["Anders", "Layout"]
    assert started.problems() == {}


def test_a7_a_new_task_and_its_time_come_together(started: Agency, carry: Carry) -> None:
    project = started.aw_project_named("Website")
    started.aw_task(project, "Neu", started.aw_list_named("Design"))
    entry(started, "Neu")
    carry()
    assert [row[1] for row in booked(started)] == ["Neu"]
    quiet(started)


# -- without a task --------------------------------------------------------------------------


def test_a7_without_a_task_it_goes_to_administration(started: Agency, carry: Carry) -> None:
    one = started.aw_time(None, START, 60, project=started.aw_project_named("Website"))
    carry()
    assert [row[1] for row in booked(started)] == ["Administration"]
    started.aw_edit_time(one, taskId=started.aw_named("Startseite"))
    carry()
    assert [row[1] for row in booked(started)] == ["Startseite"]
    quiet(started)


def test_a7_a_project_without_an_administration_task_is_reported(
    agency: Agency, carry: Carry
) -> None:
    agency.hq_delete(min(agency.hq_all("Administration")))
    begin(agency)
    agency.aw_time(None, START, 60, project=agency.aw_project_named("Website"))
    carry()
    assert booked(agency) == []
    assert codes(agency) == ["no_administration_task"]
    phase = agency.hq_task(int(next(iter(agency.links("projects")))), "Administration")
    agency.hq_task(agency.hq_row(phase)["ProjectId"], "Administration", phase)
    carry()
    assert [row[1] for row in booked(agency)] == ["Administration"]
    assert agency.problems() == {}


def test_a7_the_administration_task_may_have_another_name(agency: Agency, carry: Carry) -> None:
    begin(agency, administration_task_name="moodboard")
    agency.aw_time(None, START, 60, project=agency.aw_project_named("Website"))
    carry()
    assert [row[1] for row in booked(agency)] == ["Moodboard"]


# -- clocks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "minutes", "instant"),
    [
        ("2026-06-16T23:00", 180, "2026-06-16T21:00"),  # over midnight
        ("2026-10-25T01:30", 180, "2026-10-24T23:30"),  # over the hour that comes twice
        ("2027-03-28T01:30", 120, "2027-03-28T00:30"),  # over the hour that is skipped
        ("2026-06-16", 60, "2026-06-16T07:00"),  # without a time of day
    ],
)
def test_a7_hours_are_the_same_on_both_sides(
    started: Agency, start: str, minutes: int, instant: str
) -> None:
    entry(started, start=start, minutes=minutes)
    started.polled()
    assert [row[2:4] for row in booked(started)] == [(instant, minutes)]
    quiet(started)


def test_g4_ambiguous_people_are_reported(started: Agency, carry: Carry) -> None:
    entry(started, who=TWICE)
    entry(started, who=CARL)
    carry()
    assert [row[0] for row in booked(started)] == [CARL]
    assert codes(started) == ["ambiguous_match"]
