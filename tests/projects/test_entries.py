"""What becomes of an entry, and what takes part, without any remote (A7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from integrations.engine.references import ref
from integrations.engine.stream import Trouble, Which
from integrations.vendors.awork.codec import booked
from projects.awork_entries import NOTE_LENGTH
from projects.words import (
    AW_ENTRY,
    AW_USERS,
    PEOPLE,
    PROJECTS,
    TASKS,
)
from tests.projects.entry_support import (
    Known,
    awork_side,
    changes,
    codes,
    config,
    entry,
    is_left_alone,
    item_of,
    linked,
    listing,
    plan,
    read,
    reporting,
    told,
    trouble_of,
    world,
)

ADMINISTRATION = ref(TASKS, Which.LEFT, "590")
NO_TASK = {"task_id": ""}
PRIVATE = {"task_id": "", "project_id": ""}


def at(day: str, clock: str, zone: str = "Europe/Berlin") -> dict[str, object]:
    """Start and booking day of an entry, as awork sends them in UTC."""
    row = {"startDateUtc": f"{day}T00:00:00Z", "startTimeUtc": clock, "timezone": zone}
    starts_at, local = booked(row)
    return {"starts_at": starts_at, "day": local}


# -- what an entry becomes -----------------------------------------------------------------------


def test_a7_an_entry_becomes_an_equal_reporting() -> None:
    (action, id, fields), *others = changes(plan(read([entry()])))
    assert (action, id, others) == ("create", None, [])
    assert fields == {
        "project": ref(PROJECTS, Which.LEFT, "208"), "task": ref(TASKS, Which.LEFT, "501"),
        "user": "4711", "start": "2026-03-03T08:00:00Z", "seconds": 5400, "note": "Layout",
        "approved": True,
    }  # fmt: skip


def test_a7_the_second_run_finds_nothing_to_do() -> None:
    one = entry()
    found = plan(read([one], [reporting()]), [linked(one)])
    assert (found.changes, found.findings, found.unchanged) == ([], [], 1)


def test_a7_history_names_person_time_and_length() -> None:
    item = item_of(entry())
    assert item is not None
    assert item.label == "Anna Berg, 2026-03-03 09:00, 1:30 h"


@pytest.mark.parametrize(
    ("day", "clock", "booked_on"),
    [
        ("2026-03-29", "00:30:00", date(2026, 3, 29)),  # 01:30, before the hour that is skipped
        ("2026-03-29", "01:30:00", date(2026, 3, 29)),  # 03:30, after it
        ("2026-10-25", "00:30:00", date(2026, 10, 25)),  # 02:30, the first one
        ("2026-10-25", "01:30:00", date(2026, 10, 25)),  # 02:30, the second one
        ("2026-06-16", "22:30:00", date(2026, 6, 17)),  # 00:30 of the next day
        ("2026-06-17", "21:30:00", date(2026, 6, 17)),  # over midnight
    ],
)
def test_a7_the_start_is_the_instant_whatever_the_clocks_do(
    day: str, clock: str, booked_on: date
) -> None:
    one = entry(**at(day, clock), seconds=3 * 3600)
    assert one.day == booked_on
    fields = told(item_of(one))
    assert (fields["start"], fields["seconds"]) == (f"{day}T{clock}Z", 3 * 3600)


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 3, 28), "2026-03-28T08:00:00Z"),
        (date(2026, 3, 29), "2026-03-29T07:00:00Z"),
        (date(2026, 10, 24), "2026-10-24T07:00:00Z"),
        (date(2026, 10, 25), "2026-10-25T08:00:00Z"),
    ],
)
def test_a7_an_entry_without_a_time_begins_at_nine_local(day: date, start: str) -> None:
    assert told(item_of(entry(starts_at=None, day=day)))["start"] == start


def test_a7_nine_oclock_is_that_of_the_workspace() -> None:
    auckland = config(ZoneInfo("Pacific/Auckland"))
    item = item_of(entry(starts_at=None, day=date(2026, 3, 3)), of=auckland)
    assert told(item)["start"] == "2026-03-02T20:00:00Z"


def test_a7_a_note_that_hellohq_cannot_hold_is_cut_and_noted() -> None:
    item = item_of(entry(note="x" * (NOTE_LENGTH + 1)))
    assert told(item)["note"] == "x" * (NOTE_LENGTH - 1) + "…"
    assert item is not None
    assert list(item.notes) == [Trouble("note_shortened")]


def test_a7_a_note_of_full_length_is_left_as_it_is() -> None:
    item = item_of(entry(note="x" * NOTE_LENGTH))
    assert told(item)["note"] == "x" * NOTE_LENGTH
    assert item is not None
    assert item.notes == []


def test_a7_a_task_that_was_only_just_found_is_referred_to() -> None:
    item = item_of(entry(task_id="t9"), known=Known(syncing={"t9": True}))
    assert told(item)["task"] == ref(TASKS, Which.RIGHT, "t9")
    assert item is not None
    assert item.key == ""  # no reporting can be on a task that helloHQ does not have yet


# -- what takes part -----------------------------------------------------------------------------


def test_a7_entries_before_the_start_date_do_not_exist() -> None:
    assert item_of(entry(day=date(2026, 2, 28))) is None
    assert item_of(entry(day=date(2026, 3, 1))) is not None


def test_a7_the_local_day_decides_at_the_start_date() -> None:
    """00:30 in Berlin on the first day is still February in UTC."""
    assert item_of(entry(**at("2026-02-28", "23:30:00"))) is not None
    assert item_of(entry(**at("2026-02-28", "22:30:00"))) is None


def test_a7_a_linked_entry_that_is_moved_before_the_start_date_still_syncs() -> None:
    before = entry()
    after = replace(before, day=date(2026, 2, 3), starts_at="2026-02-03T08:00:00Z", version="101")
    found = plan(read([after], [reporting()]), [linked(before)])
    assert changes(found) == [("update", "660", {"start": "2026-02-03T08:00:00Z"})]


def test_a7_private_entries_do_not_exist() -> None:
    assert item_of(entry(**PRIVATE)) is None


def test_a7_entries_of_projects_that_are_not_synced_do_not_exist() -> None:
    assert item_of(entry(), without=["p1"]) is None


def test_a7_running_timer_waits() -> None:
    assert trouble_of(item_of(entry(is_running=True, seconds=0))) == "timer_running"


def test_a7_a_linked_entry_whose_timer_runs_again_keeps_its_reporting() -> None:
    one = entry()
    found = plan(read([replace(one, is_running=True)], [reporting()]), [linked(one)])
    assert (codes(found), found.changes) == (["timer_running"], [])


def test_a7_an_entry_of_no_length_is_reported() -> None:
    assert trouble_of(item_of(entry(seconds=0))) == "missing_field"


def test_a7_an_unmatched_person_is_reported_by_name() -> None:
    item = item_of(entry(user_id="u3"))
    assert trouble_of(item) == "no_match"
    assert item is not None
    assert item.trouble == Trouble("no_match", detail={"person": "Freya Frei"})


def test_a7_an_ambiguous_person_is_reported_as_such() -> None:
    around = world()
    around.troubles[PEOPLE] = {"R:u3": Trouble("ambiguous_match")}
    found = plan(read([entry(user_id="u3")]), around=around)
    assert (codes(found), found.changes) == (["ambiguous_match"], [])


def test_a7_a_linked_entry_whose_user_was_deleted_keeps_its_person() -> None:
    one = entry()
    found = plan(read([replace(one, user_id="", version="101")], [reporting()]), [linked(one)])
    assert (found.changes, found.findings) == ([], [])


def test_g4_new_entries_of_an_inactive_person_are_reported() -> None:
    known = Known(inactive=frozenset({"4711"}))
    assert trouble_of(item_of(entry(), known=known)) == "inactive_person"


def test_g4_reportings_of_an_inactive_person_stay_as_they_are() -> None:
    known, one = Known(inactive=frozenset({"4711"})), entry()
    assert is_left_alone(item_of(one, linked(one), known=known))
    edited = replace(one, seconds=60, version="101")
    assert trouble_of(item_of(edited, linked(one), known=known)) == "inactive_person"


def test_g8_an_entry_that_cannot_be_read_is_reported_and_its_reporting_stays() -> None:
    reads = {**read([], [reporting()]), "awork time entries": listing(bad=["e1"])}
    found = plan(reads, [linked(entry())])
    assert (codes(found), found.changes) == (["malformed_record"], [])


def test_a7_without_the_people_nothing_is_concluded() -> None:
    reads = {**read([entry()]), AW_USERS: listing(complete=False)}
    assert not awork_side().snapshot(reads, world()).usable


# -- projects that stopped -----------------------------------------------------------------------


def test_a1_new_entries_of_a_stopped_project_are_reported() -> None:
    known = Known(runs=frozenset())
    assert trouble_of(item_of(entry(), known=known)) == "project_not_running"


def test_a1_linked_entries_of_a_stopped_project_are_left_alone() -> None:
    known, one = Known(runs=frozenset()), entry()
    edited = replace(one, seconds=60, version="101")
    for reads in (read([edited], [reporting()]), read([], [reporting()])):
        found = plan(reads, [linked(one)], known=known)
        assert (found.changes, found.findings) == ([], [])


def test_a1_a_deletion_told_by_awork_is_left_alone_in_a_stopped_project_too() -> None:
    reads = {**read([], [reporting()]), AW_ENTRY + "e1": listing()}
    assert plan(reads, [linked(entry())], known=Known(runs=frozenset())).changes == []
    assert [c[0] for c in changes(plan(reads, [linked(entry())]))] == ["delete"]


def test_a1_an_entry_that_is_moved_into_a_stopped_project_is_a_new_one_there() -> None:
    one = entry()
    moved = replace(one, project_id="p2", task_id="t2", version="101")
    known = Known(runs=frozenset({"208"}))
    assert trouble_of(item_of(moved, linked(one), known=known)) == "project_not_running"


# -- administration task, lost tasks and projects ------------------------------------------------


def test_a7_without_a_task_it_is_administration() -> None:
    assert told(item_of(entry(**NO_TASK)))["task"] == ADMINISTRATION


def test_a7_with_a_task_that_is_not_synced_it_is_administration() -> None:
    assert told(item_of(entry(task_id="t9")))["task"] == ADMINISTRATION


def test_a7_no_administration_task_is_reported() -> None:
    known = Known(admin={"208": ""})
    assert trouble_of(item_of(entry(**NO_TASK), known=known)) == "no_administration_task"


@pytest.mark.parametrize(
    ("task", "known"),
    [("", Known(admin={"208": None})), ("t9", Known(syncing={"t9": None}))],
    ids=["administration task", "task"],
)
def test_a7_what_was_not_read_is_not_judged(task: str, known: Known) -> None:
    one = entry()
    assert item_of(replace(one, task_id=task), known=known) is None
    reads = read([replace(one, task_id=task, version="101")], [reporting(task_id="590")])
    agreed = linked(entry(task_id=""), task=ADMINISTRATION)
    found = plan(reads, [agreed], known=known)
    assert (found.changes, found.findings) == ([], [])


@pytest.mark.parametrize("lost", [NO_TASK, PRIVATE], ids=["task", "task and project"])
def test_a7_entry_detached_when_its_task_was_deleted(lost: dict[str, str]) -> None:
    one = entry()
    stripped = replace(one, **lost, seconds=60, version="101")
    found = plan(read([stripped], [reporting()]), [linked(one)], known=Known(tasks={"t1": False}))
    assert (codes(found), found.changes) == (["entry_detached"], [])


def test_a7_entry_detached_when_its_project_was_deleted() -> None:
    without_task = entry(task_id="")
    agreed = linked(without_task, task=ADMINISTRATION)
    stripped = replace(without_task, project_id="", version="101")
    known = Known(projects={"p1": False})
    assert trouble_of(item_of(stripped, agreed, known=known)) == "entry_detached"


def test_a7_entry_stays_detached_when_its_task_and_project_were_made_again() -> None:
    """Their links then lead to new records of awork's, which exist."""
    one = entry()
    again = world(linked(one), without=["p1", "t1"])
    again.pairs[PROJECTS][Which.LEFT]["208"] = "p1-again"
    again.pairs[TASKS][Which.LEFT]["501"] = "t1-again"
    known = Known(tasks={"t1": False}, projects={"p1": False})
    reads = read([replace(one, **PRIVATE, version="101")], [reporting()])
    found = plan(reads, [linked(one)], known=known, around=again)
    assert (codes(found), found.changes) == (["entry_detached"], [])


def test_a7_an_entry_that_a_person_took_off_its_task_goes_to_administration() -> None:
    one = entry()
    found = plan(read([replace(one, **NO_TASK, version="101")], [reporting()]), [linked(one)])
    assert changes(found) == [("update", "660", {"task": ADMINISTRATION})]


def test_a7_an_entry_that_a_person_made_private_is_withdrawn() -> None:
    one = entry()
    found = plan(read([replace(one, **PRIVATE, version="101")], [reporting()]), [linked(one)])
    assert [(c.action, c.reason) for c in found.changes] == [("delete", "withdrawn")]


def test_a7_an_entry_moved_to_a_project_that_is_not_synced_is_withdrawn() -> None:
    one = entry()
    moved = replace(one, project_id="p9", task_id="t9", version="101")
    found = plan(read([moved], [reporting()]), [linked(one)])
    assert [(c.action, c.reason) for c in found.changes] == [("delete", "withdrawn")]


def test_a7_entries_stay_while_it_is_unknown_whether_their_task_was_deleted() -> None:
    one = entry()
    for known in (Known(tasks={"t1": None}), Known(projects={"p1": None})):
        reads = read([replace(one, **PRIVATE, version="101")], [reporting()])
        found = plan(reads, [linked(one)], known=known)
        assert (found.changes, found.findings) == ([], [])


def test_a7_an_entry_moves_to_another_task_and_project() -> None:
    one = entry()
    moved = replace(one, project_id="p2", task_id="t2", version="101")
    after = {"project": ref(PROJECTS, Which.LEFT, "209"), "task": ref(TASKS, Which.LEFT, "502")}
    found = plan(read([moved], [reporting()]), [linked(one)])
    assert changes(found) == [("update", "660", after)]


@pytest.mark.parametrize("project", ["p2", "p9"], ids=["synced", "not synced"])
def test_a2_reportings_stay_with_a_task_that_was_moved_to_another_project(project: str) -> None:
    """The task is parked in helloHQ; what else changes on its entries still follows."""
    one = entry()
    moved = replace(one, project_id=project, note="Text", version="101")
    found = plan(read([moved], [reporting()]), [linked(one)])
    assert changes(found) == [("update", "660", {"note": "Text"})]
