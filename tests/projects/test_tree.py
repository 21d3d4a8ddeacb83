"""Levels and lists, both ways (A2)."""

from __future__ import annotations

import pytest

from integrations.models import Workspace
from sandbox.awork import edit as awork
from sandbox.awork.tasks import change_project
from tests.projects.conftest import Agency, writes
from tests.projects.settled import assert_rests, problem, settle, synced
from tests.projects.systems import ANNA

__all__ = ["synced"]  # fixture


def place(agency: Agency, task: str) -> str:
    """Name of the list or task that an awork task is in or below."""
    row = agency.aw_row(agency.aw_named(task))
    if row["parentId"]:
        return str(agency.aw_row(row["parentId"])["name"])
    found = agency.awork.list_of(row)
    return str(agency.awork.lists[found]["name"]) if found else ""


def above(agency: Agency, task: str) -> str:
    """Name of what a helloHQ task is directly below."""
    parent = agency.hq_row(agency.hq_named(task))["ParentId"]
    return str(agency.hq_row(parent)["Name"]) if parent else ""


def move(agency: Agency, task: str, below: str | None) -> None:
    """In helloHQ."""
    under = agency.hq_named(below) if below else None
    agency.hq_edit(agency.hq_named(task), under=under)


def lists(agency: Agency) -> set[str]:
    return {str(row["name"]) for row in agency.awork.lists}


def phases(agency: Agency) -> set[str]:
    rows = agency.hq.tables["ProjectTasks"]
    return {str(row["Name"]) for row in rows if row["ParentId"] is None}


@pytest.fixture
def other(synced: Agency) -> int:
    """A second project that is synced too."""
    project = synced.hq_project("Shop", "002")
    settle(synced)
    return project


# -- phases and lists


def test_a2_a_phase_becomes_a_list_and_follows_its_name_and_its_end(synced: Agency) -> None:
    project = synced.hq_row(synced.hq_named("Design"))["ProjectId"]
    phase = synced.hq_task(project, "Betrieb")
    settle(synced)
    made = synced.aw_list_named("Betrieb")
    assert synced.copy_of(phase).endswith(f"/{made}")
    synced.hq_edit(phase, name="Betrieb & Pflege")
    settle(synced)
    assert synced.awork.lists[made]["name"] == "Betrieb & Pflege"
    synced.hq_delete(phase)
    settle(synced)
    assert made not in synced.awork.lists


def test_a2_a_list_becomes_a_phase_and_follows_its_name_and_its_end(synced: Agency) -> None:
    made = synced.aw_list(synced.aw_project_named("Website"), "Betrieb")
    settle(synced)
    phase = synced.hq_named("Betrieb")
    assert synced.hq_row(phase)["ParentId"] is None
    synced.aw_rename_list(made, "Betrieb & Pflege")
    settle(synced)
    assert synced.hq_row(phase)["Name"] == "Betrieb & Pflege"
    synced.aw_delete_list(made)
    settle(synced)
    assert "Betrieb & Pflege" not in phases(synced)


def test_a2_a_deleted_list_leaves_its_tasks_in_no_list(synced: Agency) -> None:
    synced.aw_delete_list(synced.aw_list_named("Design"))
    settle(synced)
    assert "Design" not in phases(synced)
    assert above(synced, "Moodboard") == above(synced, "Screens") == "No list"
    assert above(synced, "Startseite") == "Screens"


@pytest.mark.parametrize(("language", "name"), [("en", "No list"), ("de", "Ohne Liste")])
def test_a2_a_task_in_no_list_goes_to_a_phase_of_its_own(
    synced: Agency, language: str, name: str
) -> None:
    Workspace.objects.update(language=language)
    task = synced.aw_task(synced.aw_project_named("Website"), "Lose")
    settle(synced)
    assert above(synced, "Lose") == name
    assert name not in lists(synced)
    synced.aw_edit(task, list=synced.aw_list_named("Launch"))
    settle(synced)
    assert above(synced, "Lose") == "Launch"


def test_a2_a_task_out_of_hellohqs_phase_for_no_list_gets_a_list(synced: Agency) -> None:
    synced.aw_edit(synced.aw_named("Moodboard"), list="")
    settle(synced)
    move(synced, "Moodboard", "Launch")
    settle(synced)
    assert place(synced, "Moodboard") == "Launch"
    move(synced, "Moodboard", "No list")
    settle(synced)
    assert place(synced, "Moodboard") == ""


def test_a2_of_several_lists_the_primary_one_counts(synced: Agency) -> None:
    task = synced.aw_named("Moodboard")
    design, launch = synced.aw_list_named("Design"), synced.aw_list_named("Launch")
    both = [{"id": design, "order": 1.0}, {"id": launch, "order": 2.0, "isPrimary": True}]
    awork.update_task(synced.awork, task, {"lists": both})
    settle(synced)
    assert above(synced, "Moodboard") == "Launch"
    assert {one["id"] for one in synced.aw_row(task)["lists"]} == {design, launch}
    both = [{"id": design, "order": 1.0, "isPrimary": True}, {"id": launch, "order": 2.0}]
    awork.update_task(synced.awork, task, {"lists": both})
    settle(synced)
    assert above(synced, "Moodboard") == "Design"


# -- tasks and sub-tasks


def test_a2_a_task_moves_between_phases_and_between_lists(synced: Agency) -> None:
    move(synced, "Moodboard", "Launch")
    settle(synced)
    assert place(synced, "Moodboard") == "Launch"
    synced.aw_edit(synced.aw_named("Moodboard"), list=synced.aw_list_named("Konzeption"))
    settle(synced)
    assert above(synced, "Moodboard") == "Konzeption"


def test_a2_task_and_sub_task_change_places_in_awork(synced: Agency) -> None:
    synced.aw_edit(synced.aw_named("Moodboard"), under=synced.aw_named("Screens"))
    synced.aw_edit(synced.aw_named("Startseite"), under=None)
    settle(synced)
    assert above(synced, "Moodboard") == "Screens"
    assert above(synced, "Startseite") == "Design"


def test_a2_task_and_sub_task_change_places_in_hellohq(synced: Agency) -> None:
    move(synced, "Moodboard", "Screens")
    move(synced, "Startseite", "Launch")
    settle(synced)
    assert place(synced, "Moodboard") == "Screens"
    assert place(synced, "Startseite") == "Launch"


def test_a2_a_task_goes_below_another_with_its_sub_tasks(synced: Agency) -> None:
    move(synced, "Screens", "Moodboard")
    settle(synced)
    assert place(synced, "Screens") == "Moodboard"
    assert place(synced, "Screens / Startseite") == "Moodboard"
    assert {"flattened"} == {c for codes in synced.problems().values() for c in codes}
    move(synced, "Screens", "Design")
    settle(synced)
    assert place(synced, "Startseite") == "Screens"
    assert synced.problems() == {}


def test_a2_a_sub_task_becomes_a_task_with_what_is_below_it(synced: Agency) -> None:
    page = synced.hq_named("Startseite")
    synced.hq_task(synced.hq_row(page)["ProjectId"], "Kopf", page, hours=3.0)
    settle(synced)
    move(synced, "Startseite", "Launch")
    settle(synced)
    assert place(synced, "Startseite") == "Launch"
    assert place(synced, "Kopf") == "Startseite"


# -- deeper levels


@pytest.fixture
def deep(synced: Agency) -> int:
    """Kopf, a task on helloHQ's level 4, below Startseite."""
    page = synced.hq_named("Startseite")
    task = synced.hq_task(synced.hq_row(page)["ProjectId"], "Kopf", page, hours=3.0)
    settle(synced)
    return task


def test_a2_deeper_levels_are_flattened_and_reported(synced: Agency, deep: int) -> None:
    copy = synced.aw_row(synced.copy_of(deep))
    assert copy["name"] == "Startseite / Kopf"
    assert place(synced, "Startseite / Kopf") == "Screens"
    assert synced.problems() == {"Startseite / Kopf": ["flattened"]}


def test_a2_a_flattened_task_is_edited_on_both_sides(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.hq_edit(deep, hours=5.0)
    synced.aw_edit(copy, last="2026-07-01", people=[ANNA])
    settle(synced)
    assert synced.aw_row(copy)["plannedDuration"] == 5 * 3600
    assert synced.hq_shares(deep) == {synced.user(ANNA): 5.0}


def test_a2_a_flattened_task_is_renamed_in_hellohq(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.hq_edit(deep, name="Kopfzeile")
    settle(synced)
    assert synced.aw_row(copy)["name"] == "Startseite / Kopfzeile"
    synced.hq_edit(synced.hq_named("Startseite"), name="Home")
    settle(synced)
    assert synced.aw_row(copy)["name"] == "Home / Kopfzeile"


def test_a2_the_path_is_taken_off_on_the_way_back(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.aw_edit(copy, name="Startseite / Kopfzeile")
    settle(synced)
    assert synced.hq_row(deep)["Name"] == "Kopfzeile"
    assert synced.hq_row(deep)["ParentId"] == synced.hq_named("Startseite")


def test_a2_a_path_that_awork_dropped_comes_back(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.aw_edit(copy, name="Kopfzeile")
    settle(synced)
    assert synced.hq_row(deep)["Name"] == "Kopfzeile"
    assert synced.aw_row(copy)["name"] == "Startseite / Kopfzeile"


def test_a2_what_is_above_a_flattened_task_is_renamed_in_awork(synced: Agency, deep: int) -> None:
    synced.aw_edit(synced.aw_named("Startseite"), name="Home")
    settle(synced)
    assert synced.hq_row(deep)["Name"] == "Kopf"
    assert synced.aw_row(synced.copy_of(deep))["name"] == "Home / Kopf"


def test_a2_a_flattened_task_moves_in_hellohq(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    move(synced, "Kopf", "Unterseiten")
    settle(synced)
    assert synced.aw_row(copy)["name"] == "Unterseiten / Kopf"
    move(synced, "Kopf", "Moodboard")
    settle(synced)
    assert (synced.aw_row(copy)["name"], place(synced, "Kopf")) == ("Kopf", "Moodboard")
    assert synced.problems() == {}


def test_a2_a_flattened_task_moves_in_awork(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.aw_edit(copy, under=synced.aw_named("Moodboard"))
    settle(synced)
    assert synced.hq_row(deep)["ParentId"] == synced.hq_named("Moodboard")
    assert synced.hq_row(deep)["Name"] == synced.aw_row(copy)["name"] == "Kopf"


def test_a2_a_flattened_task_becomes_a_task_in_awork(synced: Agency, deep: int) -> None:
    copy = synced.copy_of(deep)
    synced.aw_edit(copy, under=None)
    settle(synced)
    assert above(synced, "Kopf") == "Design"
    assert synced.aw_row(copy)["name"] == "Kopf"


def test_a15_a_flattened_task_is_deleted_on_either_side(synced: Agency, deep: int) -> None:
    page = synced.hq_named("Startseite")
    more = synced.hq_task(synced.hq_row(page)["ProjectId"], "Fuß", page)
    settle(synced)
    copy = synced.copy_of(more)
    synced.aw_delete(synced.copy_of(deep))
    synced.hq_delete(more)
    settle(synced)
    assert synced.hq_all("Kopf") == []
    assert copy not in synced.awork.tasks


# -- level and project changed


def parked(agency: Agency) -> None:
    """The move is reported, and nothing is written for it, however often it is looked at."""
    agency.wait(seconds=3)
    with agency.watched() as seen:
        agency.synced(exit=1)
    assert writes(seen) == []
    codes = {code for codes in agency.problems().values() for code in codes}
    assert codes == {"level_changed"}
    assert_rests(agency, exit=1)


def test_a2_a_task_that_becomes_a_phase_is_parked_until_it_is_back(synced: Agency) -> None:
    move(synced, "Screens", None)
    parked(synced)
    assert problem(synced, "level_changed").severity == "conflict"
    move(synced, "Screens", "Design")
    settle(synced)
    assert synced.problems() == {}


def test_a2_a_phase_that_becomes_a_task_is_parked_until_it_is_back(synced: Agency) -> None:
    """What is below it stays where it is, too."""
    move(synced, "Design", "Launch")
    parked(synced)
    move(synced, "Design", None)
    settle(synced)
    assert synced.problems() == {}


def test_a2_what_is_edited_below_a_parked_phase_waits_with_it(synced: Agency) -> None:
    move(synced, "Design", "Launch")
    parked(synced)
    synced.hq_edit(synced.hq_named("Moodboard"), name="Stimmung")
    synced.hq_edit(synced.hq_named("Startseite"), hours=9.0)
    synced.aw_edit(synced.aw_named("Unterseiten"), last="2026-07-12")
    parked(synced)
    move(synced, "Design", None)
    settle(synced)
    assert synced.aw_all("Stimmung") and synced.problems() == {}


def test_a2_a_task_in_another_project_is_parked_until_it_is_back(
    synced: Agency, other: int
) -> None:
    task = synced.aw_named("Screens")
    home, shop = synced.aw_project_named("Website"), synced.aw_project_named("Shop")
    assign(synced, task, shop)
    parked(synced)
    assert synced.hq_row(synced.hq_named("Screens"))["ProjectId"] != other
    assign(synced, task, home)
    synced.aw_edit(task, list=synced.aw_list_named("Design"))
    for name in ("Startseite", "Unterseiten"):
        synced.aw_edit(synced.aw_named(name), under=task)
    settle(synced)
    assert synced.problems() == {}


def assign(agency: Agency, task: str, project: str) -> None:
    """To another project in awork, with its sub-tasks."""
    state = agency.awork
    statuses = {
        id: {s["name"]: s["id"] for s in state.statuses_of(state.projects[id], state.task_statuses)}
        for id in (project, agency.aw_row(task)["projectId"])
    }
    new, old = statuses.values()
    mapping = [{"oldStatusId": old[name], "newStatusId": new[name]} for name in old]
    row = agency.aw_row(task)
    change_project(
        state, awork.acting(state), row, state.projects[project], {"taskStatusMapping": mapping}
    )
