"""One-way mode: helloHQ's tasks are never copied to awork, awork leads what both have (A6)."""

from __future__ import annotations

import re

import pytest

from integrations.models import RunEntry
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import Answers, differences
from tests.projects.remembered import remembered
from tests.projects.settled import ANSWERS, assert_rests, told
from tests.projects.systems import ANNA, BEN, CARL, ONLY_HQ

ONE_WAY = Answers(one_way=True)
ALLOWED = re.compile(r"^(/api/v1)?/(projects|companies|customfielddefinitions|webhooks)")
"""Whatever is not a task may be written to awork."""
TASKS = re.compile(r"tasks?(lists)?\b")


def run(agency: Agency) -> list[RunEntry]:
    """A run after people's edits. No task or list of awork is ever written, whatever was done;
    what awork leads is equal; the next run does nothing (I4). Returns the run's history."""
    agency.wait(seconds=3)
    with agency.watched() as seen:
        agency.synced()
    entries = agency.entries()
    sent = [path for _method, path in writes(seen, "awork")]
    assert [path for path in sent if TASKS.search(path) or not ALLOWED.search(path)] == []
    assert differences(agency, ONE_WAY) == []
    assert_rests(agency)
    return entries


@pytest.fixture
def one_way(agency: Agency) -> Agency:
    """Beyond the template's tasks, `Film` (Anna) with the sub-task `Schnitt` in the list
    `Produktion`; awork made them."""
    return remembered(agency, _led_by_awork)


def _led_by_awork(agency: Agency) -> None:
    agency.activate(**ANSWERS, one_way_from_awork=True)
    run(agency)
    project = agency.aw_project_named("Website")
    place = agency.aw_list(project, "Produktion")
    film = agency.aw_task(
        project, "Film", place, type="Design", status="In Arbeit", hours=6, people=[ANNA],
        first="2026-07-01", last="2026-07-03", html="<p>Zwei <b>Minuten</b></p>",
    )  # fmt: skip
    agency.aw_task(project, "Schnitt", under=film, type="Design", status="Offen", hours=2)
    run(agency)


def names(agency: Agency) -> set[str]:
    return {str(row["name"]) for row in (*agency.awork.tasks, *agency.awork.lists)}


def test_a6_projects_are_still_made_in_awork(one_way: Agency) -> None:
    one_way.hq_project("Shop", "002", template="Kampagne")
    run(one_way)
    assert one_way.aw_project_named("Shop")


def test_a6_hellohqs_own_tasks_are_not_copied(one_way: Agency) -> None:
    assert not {"Design", "Screens", "Startseite", "Moodboard"} & names(one_way)
    phase = one_way.hq_named("Produktion")
    project = one_way.hq_row(phase)["ProjectId"]
    one_way.hq_task(project, "Nur hier", phase, hours=2.0, people=[ANNA])
    one_way.hq_task(project, "Nur diese Phase")
    one_way.hq_edit(one_way.hq_named("Startseite"), name="Home", people=[BEN])
    entries = run(one_way)
    assert not {"Nur hier", "Nur diese Phase", "Home"} & names(one_way)
    assert entries == []
    one_way.hq_delete(one_way.hq_named("Nur hier"))
    assert run(one_way) == []


def test_a6_tasks_of_awork_reach_hellohq(one_way: Agency) -> None:
    film = one_way.hq_named("Film")
    row = one_way.hq_row(film)
    assert (row["Description"], row["PlannedEffort"]) == ("Zwei Minuten", 2.0)
    assert one_way.hq_shares(film).keys() == {one_way.user(ANNA)}
    assert one_way.hq_row(one_way.hq_named("Schnitt"))["ParentId"] == film


def test_a6_edits_in_awork_reach_hellohq(one_way: Agency) -> None:
    film, cut = one_way.hq_named("Film"), one_way.hq_named("Schnitt")
    one_way.aw_edit(
        one_way.aw_named("Film"), name="Imagefilm", last="2026-07-09", status="Abnahme",
        type="Konzeption", people={ANNA: 2.0, CARL: 1.0}, list=one_way.aw_list_named("Launch"),
    )  # fmt: skip
    one_way.aw_edit(one_way.aw_named("Schnitt"), under=None, hours=3)
    one_way.aw_rename_list(one_way.aw_list_named("Produktion"), "Dreh")
    run(one_way)
    assert one_way.hq_row(film)["ParentId"] == one_way.hq_named("Launch")
    assert one_way.hq_shares(film) == {one_way.user(ANNA): 2.0, one_way.user(CARL): 1.0}
    assert one_way.hq_row(cut)["PlannedEffort"] == 3.0
    assert one_way.hq_named("Dreh")


def test_a6_edits_in_hellohq_are_overwritten_and_reported(one_way: Agency) -> None:
    cut = one_way.hq_named("Schnitt")
    one_way.hq_edit(cut, name="Montage", hours=9.0, last="2026-08-01", text="anders")
    entries = run(one_way)
    row = one_way.hq_row(cut)
    assert (row["Name"], row["PlannedEffort"], row["EndOn"]) == ("Schnitt", 2.0, None)
    (entry,) = [one for one in entries if one.action == "update"]
    assert entry.reason == "drift_restored"
    assert (entry.before["name"], entry.after["name"]) == ("Montage", "Schnitt")


def test_a6_people_types_and_places_are_overwritten_too(one_way: Agency) -> None:
    film = one_way.hq_named("Film")
    one_way.hq_edit(film, people=[BEN], type="Entwicklung", status="Fertig")
    one_way.hq_edit(film, under=one_way.hq_named("Launch"))
    one_way.hq_edit(one_way.hq_named("Produktion"), name="Dreh")
    run(one_way)
    assert one_way.hq_shares(film).keys() == {one_way.user(ANNA)}
    assert one_way.hq_row(film)["ParentId"] == one_way.hq_named("Produktion")
    assert one_way.hq_row(film)["IsDone"] is False


def test_a6_a_type_taken_off_in_hellohq_comes_back_with_its_status(one_way: Agency) -> None:
    one_way.hq_edit(one_way.hq_named("Film"), type=None)
    run(one_way)
    row = one_way.hq_row(one_way.hq_named("Film"))
    assert row["TaskTypeId"] == one_way.hq_id("TaskTypes", "Design")
    assert row["TaskTypeStatusId"] == one_way.hq_status(row["TaskTypeId"], "In Arbeit")


def test_a6_people_whom_awork_does_not_know_stay(one_way: Agency) -> None:
    film = one_way.hq_named("Film")
    one_way.hq_edit(film, people=[ANNA, ONLY_HQ])
    one_way.aw_edit(one_way.aw_named("Film"), people=[CARL])
    run(one_way)
    assert one_way.hq_shares(film).keys() == {one_way.user(CARL), one_way.user(ONLY_HQ)}


def test_a6_a_task_deleted_in_hellohq_is_made_again(one_way: Agency) -> None:
    old = one_way.hq_named("Film")
    one_way.hq_delete(old)
    entries = run(one_way)
    assert one_way.hq_named("Film") != old
    assert one_way.hq_row(one_way.hq_named("Schnitt"))["ParentId"] == one_way.hq_named("Film")
    assert told(entries, "Film") == [("create", "target_missing")]


def test_a6_a_phase_deleted_in_hellohq_is_made_again_with_its_tasks(one_way: Agency) -> None:
    one_way.hq_delete(one_way.hq_named("Produktion"))
    run(one_way)
    assert one_way.hq_row(one_way.hq_named("Film"))["ParentId"] == one_way.hq_named("Produktion")


def test_a6_what_awork_deletes_goes_whatever_was_edited_in_hellohq(one_way: Agency) -> None:
    one_way.hq_edit(one_way.hq_named("Schnitt"), name="Montage")
    one_way.aw_delete(one_way.aw_named("Film"))
    one_way.aw_delete_list(one_way.aw_list_named("Produktion"))
    run(one_way)
    for name in ("Film", "Schnitt", "Montage", "Produktion"):
        assert one_way.hq_all(name) == []


def test_a6_a_task_with_reportings_is_closed_and_stays(one_way: Agency) -> None:
    cut = one_way.hq_named("Schnitt")
    one_way.hq_reporting(cut, "2026-06-16T09:00", 30)
    one_way.aw_delete(one_way.aw_named("Schnitt"))
    one_way.wait(seconds=3)
    one_way.synced()
    assert one_way.hq_row(cut)["IsDone"] is True
    assert one_way.problems() == {"Schnitt": ["closed_not_deleted"]}
    assert_rests(one_way)


def test_a6_times_on_aworks_tasks_reach_hellohq(one_way: Agency) -> None:
    one_way.aw_time(one_way.aw_named("Schnitt"), "2026-06-17T09:00", 45)
    run(one_way)
    (row,) = one_way.hq.tables["UserReportings"]
    assert (row["TaskId"], row["Duration"]) == (one_way.hq_named("Schnitt"), 2700)


def test_a6_no_field_of_ours_is_put_on_tasks(one_way: Agency) -> None:
    entities = {row["entity"] for row in one_way.awork.fields if row["name"] == "HQ-ID"}
    assert "task" not in entities
