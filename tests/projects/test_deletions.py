"""What is deleted on one side, or on both (A15)."""

from __future__ import annotations

from tests.projects.conftest import Agency
from tests.projects.oracle import differences
from tests.projects.settled import assert_rests, settle, synced, told
from tests.projects.systems import BEN

__all__ = ["synced"]  # fixture


def lists(agency: Agency) -> set[str]:
    return {str(row["name"]) for row in agency.awork.lists}


def phases(agency: Agency) -> set[str]:
    rows = agency.hq.tables["ProjectTasks"]
    return {str(row["Name"]) for row in rows if row["ParentId"] is None}


# -- tasks


def test_a15_an_untouched_task_goes_on_the_other_side_too(synced: Agency) -> None:
    synced.hq_delete(synced.hq_named("Moodboard"))
    synced.aw_delete(synced.aw_named("Screens"))
    entries = settle(synced)
    assert synced.aw_all("Moodboard") == synced.hq_all("Screens") == []
    assert synced.hq_all("Startseite") == []
    assert told(entries, "Moodboard") == [("delete", "")]
    assert told(entries, "Startseite") == [("delete", "")]


def test_a15_an_edit_in_awork_wins_against_a_deletion(synced: Agency) -> None:
    task, copy = synced.hq_named("Moodboard"), synced.aw_named("Moodboard")
    synced.hq_delete(task)
    synced.aw_edit(copy, hours=6, tags=["wichtig"])
    entries = settle(synced)
    assert told(entries, "Moodboard") == [("create", "edit_wins")]
    again = synced.hq_named("Moodboard")
    assert again != task and synced.copy_of(again) == copy
    assert synced.hq_row(again)["PlannedEffort"] == 6.0


def test_a15_an_edit_in_hellohq_wins_against_a_deletion(synced: Agency) -> None:
    task, copy = synced.hq_named("Moodboard"), synced.aw_named("Moodboard")
    synced.aw_delete(copy)
    synced.hq_edit(task, name="Stimmung")
    entries = settle(synced)
    assert told(entries, "Stimmung") == [("create", "edit_wins")]
    assert synced.copy_of(task) == synced.aw_named("Stimmung") != copy


def test_a15_an_edit_of_the_people_alone_wins_too(synced: Agency) -> None:
    synced.aw_delete(synced.aw_named("Startseite"))
    synced.hq_edit(synced.hq_named("Startseite"), people=[BEN])
    settle(synced)
    assert synced.aw_all("Startseite")


def test_a15_a_task_with_reportings_is_closed_and_stays(synced: Agency) -> None:
    task = synced.hq_named("Startseite")
    synced.hq_reporting(task, "2026-06-16T09:00", 60)
    synced.aw_delete(synced.aw_named("Startseite"))
    synced.wait(seconds=3)
    synced.synced()
    assert told(synced.entries(), "Startseite") == [
        ("delete", "closed_not_deleted"), ("skip", "closed_not_deleted"),
    ]  # fmt: skip
    row = synced.hq_row(task)
    finished = synced.hq_status(row["TaskTypeId"], "Fertig")
    assert row["IsDone"] and row["TaskTypeStatusId"] == finished
    synced.hq_edit(task, name="Startseite (alt)")
    synced.wait(seconds=3)
    synced.synced()
    assert_rests(synced)
    assert synced.aw_all("Startseite (alt)") == []
    assert [line for line in differences(synced) if "Startseite" not in line] == []


def test_a15_what_both_sides_deleted_is_forgotten(synced: Agency) -> None:
    task = synced.hq_named("Moodboard")
    synced.hq_delete(task)
    synced.aw_delete(synced.aw_named("Moodboard"))
    settle(synced)
    assert str(task) not in synced.links()


def test_a15_a_list_deleted_with_everything_in_it(synced: Agency) -> None:
    for name in ("Screens", "Moodboard"):
        synced.aw_delete(synced.aw_named(name))
    synced.aw_delete_list(synced.aw_list_named("Design"))
    settle(synced)
    assert "Design" not in phases(synced)
    assert synced.hq_all("Startseite") == synced.hq_all("Moodboard") == []


# -- phases and lists


def test_a15_a_deleted_phase_takes_its_untouched_tasks_along(synced: Agency) -> None:
    synced.hq_delete(synced.hq_named("Design"))
    settle(synced)
    assert "Design" not in lists(synced)
    assert synced.aw_all("Screens") == synced.aw_all("Startseite") == []


def test_a15_a_phase_renamed_in_hellohq_survives_its_list(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named("Launch"), name="Livegang")
    synced.aw_delete_list(synced.aw_list_named("Launch"))
    entries = settle(synced)
    assert "Livegang" in lists(synced) and "Livegang" in phases(synced)
    assert ("create", "edit_wins") in told(entries, "Livegang")
