"""Moves that take others along, and phases that come back (A2, A15)."""

from __future__ import annotations

import pytest

from integrations.models import SyncRun
from tests.projects.conftest import Agency
from tests.projects.settled import settle, synced, told

__all__ = ["synced"]  # fixture


def under(agency: Agency, task: str) -> str:
    """Name of what an awork task is below."""
    row = agency.aw_row(agency.aw_named(task))
    return str(agency.aw_row(row["parentId"])["name"]) if row["parentId"] else ""


def test_a2_a_sub_task_that_our_move_took_along_stays_where_hellohq_put_it(synced: Agency) -> None:
    """In helloHQ a task goes below another one, and its sub-task to a third, which awork's people
    have just made a sub-task themselves: nothing can be below it there."""
    hq, place = synced.hq_named, synced.aw_list_named("Design")
    project = synced.aw_project_named("Website")
    synced.aw_task(project, "Ziel", place)
    synced.aw_task(project, "Dach", place)
    settle(synced)
    synced.hq_edit(hq("Startseite"), under=hq("Ziel"))
    synced.hq_edit(hq("Screens"), under=hq("Moodboard"))
    synced.wait(seconds=3)
    synced.aw_edit(synced.aw_named("Ziel"), under=synced.aw_named("Dach"))
    settle(synced)
    assert synced.hq_row(hq("Startseite"))["ParentId"] == hq("Ziel")
    assert synced.hq_row(hq("Ziel"))["ParentId"] == hq("Dach")
    assert under(synced, "Ziel / Startseite") == under(synced, "Ziel") == "Dach"
    assert under(synced, "Screens") == "Moodboard"


@pytest.mark.parametrize("first", ["helloHQ", "awork"])
def test_a13_of_two_moves_that_put_tasks_below_each_other_the_newer_stays(
    synced: Agency, first: str
) -> None:
    def in_hellohq() -> None:
        synced.hq_edit(synced.hq_named("Screens"), under=synced.hq_named("Moodboard"))

    def in_awork() -> None:
        synced.aw_edit(synced.aw_named("Moodboard"), under=synced.aw_named("Screens"))

    moves = [in_hellohq, in_awork]
    earlier, later = moves if first == "helloHQ" else reversed(moves)
    earlier()
    synced.wait(seconds=3)
    later()
    entries = settle(synced)
    upper, lower = ("Screens", "Moodboard")[:: 1 if first == "helloHQ" else -1]
    assert under(synced, lower) == upper and under(synced, upper) == ""
    assert told(entries, upper) == [("update", "conflict_resolved")]


def test_a13_moves_may_also_clash_on_a_level_that_awork_does_not_have(synced: Agency) -> None:
    """helloHQ has Screens > Startseite > Held. It puts Moodboard below Held; later awork puts
    Startseite below Moodboard."""
    hq = synced.hq_named
    synced.hq_task(synced.hq_row(hq("Screens"))["ProjectId"], "Held", hq("Startseite"))
    settle(synced)
    synced.hq_edit(hq("Moodboard"), under=hq("Held"))
    synced.wait(seconds=3)
    synced.aw_edit(synced.aw_named("Startseite"), under=synced.aw_named("Moodboard"))
    entries = settle(synced)
    assert under(synced, "Startseite") == "Moodboard" and under(synced, "Moodboard") == ""
    assert synced.hq_row(hq("Held"))["ParentId"] == hq("Startseite")
    assert ("update", "conflict_resolved") in told(entries, "Startseite / Held / Moodboard")


def test_i2_the_place_that_a_deep_task_loses_is_in_the_history(synced: Agency) -> None:
    """awork shows it below the task that helloHQ has two levels above."""
    hq = synced.hq_named
    synced.hq_edit(hq("Startseite"), under=hq("Unterseiten"))
    synced.aw_edit(synced.aw_named("Startseite"), under=synced.aw_named("Moodboard"))
    entries = settle(synced)
    (lost,) = [one for one in entries if one.side == "hellohq" and "parent" in (one.after or {})]
    assert str(lost.before["parent"]).endswith(f"|{hq('Unterseiten')}")


def test_i6_a_long_move_needs_no_more_than_one_go(
    synced: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a create must start soon after its intent."""
    monkeypatch.setattr("integrations.engine.apply.START_SECONDS", 0.1)
    hq, place = synced.hq_named, synced.aw_list_named("Design")
    project = synced.aw_project_named("Website")
    house = synced.aw_task(project, "Haus", place)
    for number in range(4):
        synced.aw_task(project, f"Raum {number}", under=house)
    synced.aw_task(project, "Ziel", place)
    settle(synced)
    synced.hq_edit(hq("Haus"), under=hq("Ziel"))
    with synced.fault("latency", vendor="awork", path="/tasks/changesubtasks$", seconds=0.1):
        synced.synced()
    run = SyncRun.objects.latest("id")
    assert (run.stops, run.status) == (0, SyncRun.Status.SUCCEEDED)
    assert under(synced, "Haus / Raum 3") == "Ziel"


def test_a15_a_closed_phase_comes_back_when_somebody_works_in_it(synced: Agency) -> None:
    synced.aw_time(synced.aw_named("Moodboard"), "2026-06-16T09:00", 60)
    settle(synced)
    design = synced.hq_named("Design")
    for task in ("Startseite", "Unterseiten", "Screens", "Moodboard"):
        synced.aw_delete(synced.aw_named(task))
    synced.aw_delete_list(synced.aw_list_named("Design"))
    synced.synced()
    assert "Design" not in {row["name"] for row in synced.awork.lists}
    assert synced.problems()["Design"] == ["closed_not_deleted"]
    synced.hq_task(synced.hq_row(design)["ProjectId"], "Nachtrag", design, hours=2.0)
    synced.synced()
    task = synced.aw_row(synced.aw_named("Nachtrag"))
    assert synced.awork.lists[str(synced.awork.list_of(task))]["name"] == "Design"
    assert "Design" not in synced.problems()
    assert synced.aw_all("Moodboard") == []


def test_a2_the_phase_for_no_list_is_made_again_while_it_is_needed(synced: Agency) -> None:
    """Somebody deletes it in helloHQ although awork still has tasks in no list."""
    task = synced.aw_task(synced.aw_project_named("Website"), "Lose")
    settle(synced)
    gone = synced.hq_named("No list")
    synced.aw_edit(task, name="Ganz lose")
    synced.hq_delete(gone)
    settle(synced)
    again = synced.hq_named("No list")
    assert again != gone
    assert synced.hq_row(synced.hq_named("Ganz lose"))["ParentId"] == again


def test_a13_a_move_does_not_undo_what_another_one_of_the_same_run_moved(synced: Agency) -> None:
    """In helloHQ a task goes below another one and its sub-tasks to a third. Our moves run side
    by side, and the one that takes sub-tasks along is slow: it may not take those that were put
    elsewhere meanwhile."""
    hq, place = synced.hq_named, synced.aw_list_named("Design")
    project = synced.aw_project_named("Website")
    house = synced.aw_task(project, "Haus", place)
    rooms = [synced.aw_task(project, f"Raum {number}", under=house) for number in (1, 2)]
    synced.aw_task(project, "Ziel", place)
    settle(synced)
    synced.hq_edit(hq("Haus"), under=hq("Ziel"))
    for room in rooms:  # a rename is sent before the move
        name = synced.aw_row(room)["name"]
        synced.hq_edit(hq(name), under=hq("Moodboard"), name=f"{name} neu")
    slow = {"vendor": "awork", "path": "/tasks/changesubtasks$", "seconds": 1.0, "times": 1}
    with synced.fault("latency", **slow):
        settle(synced)
    assert under(synced, "Haus") == "Ziel"
    for number in (1, 2):
        assert under(synced, f"Raum {number} neu") == "Moodboard"
        assert synced.hq_row(hq(f"Raum {number} neu"))["ParentId"] == hq("Moodboard")
