"""What exists on both sides already is adopted, never made twice: A1, A12, G5, I1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth import get_user_model

from integrations import services
from integrations.models import Link
from tests.projects.absence_oracle import absence_differences
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import Answers, differences
from tests.projects.systems import BEN
from tests.projects.test_oracle import mirror

MINE = ("/api/v1/projects", "/v1/ProjectTasks", "/v1/UserReportings")


def project_of(agency: Agency) -> int:
    (project,) = (row["Id"] for row in agency.hq.tables["Projects"])
    return int(project)


def made(agency: Agency) -> list[int]:
    """How many projects, lists, tasks, times and marks there are, in both systems."""
    hq, awork = agency.hq.tables, agency.awork
    tables = (
        hq["Projects"], hq["ProjectTasks"], hq["TaskAssignments"], hq["UserReportings"],
        hq["Absences"], awork.projects, awork.lists, awork.tasks, awork.companies, awork.fields,
        awork.times, awork.absences,
    )  # fmt: skip
    return [len(list(table)) for table in tables]


@pytest.fixture
def both(agency: Agency) -> Agency:
    """`Website` is in awork as well, equal in everything, and nothing was ever linked."""
    mirror(agency)
    return agency


@pytest.fixture
def marked(agency: Agency) -> Agency:
    """Synced, with times and an absence."""
    agency.aw_absence("2026-05-04", who=BEN)
    agency.hq_absence("2026-08-03", "2026-08-07")
    agency.activate(
        time_entries_start_date="2026-06-01", absences=True, absence_start_date="2026-06-01"
    )
    agency.synced()
    agency.aw_time(agency.aw_named("Startseite"), "2026-06-17T09:00", 60)
    agency.aw_time(agency.aw_named("Startseite"), "2026-06-17T09:00", 60)
    agency.aw_time(None, "2026-06-16T09:00", 30, project=agency.aw_project_named("Website"))
    agency.synced()
    assert differences(agency) == [] and len(agency.hq.tables["UserReportings"]) == 3
    return agency


# -- the previous version ----------------------------------------------------------------------


def test_a12_equal_projects_lists_and_tasks_are_adopted_by_name_and_path(both: Agency) -> None:
    before = made(both)
    both.activate(previous_version=True)
    result = both.synced()
    after = made(both)
    assert [b - a for a, b in zip(before, after, strict=True)] == [0] * 9 + [2, 0, 0]
    assert result.counts["adopted"] == 1 + 1 + 3 + 7 and differences(both) == []
    assert both.copy_of(both.hq_named("Unterseiten")) == both.aw_named("Unterseiten")
    assert both.synced().counts == {}


@pytest.mark.parametrize("numbered", [True, False])
def test_a12_with_or_without_its_number_a_name_is_recognised(both: Agency, numbered: bool) -> None:
    awork = both.aw_project_named("Website")
    both.aw_edit_project(awork, name="website " if numbered else " 001  Website")
    both.activate(previous_version=True, project_number_in_name=numbered)
    both.synced()
    assert both.links("projects") == {str(project_of(both)): awork}
    assert both.awork.projects[awork]["name"] == ("001 Website" if numbered else "Website")
    assert differences(both, Answers(number_in_name=numbered)) == []


def test_a12_the_number_decides_before_the_name(both: Agency) -> None:
    numbered = both.aw_project_named("Website")
    both.aw_edit_project(numbered, name="001 Website")
    plain, second = both.aw_project("Website"), both.hq_project("Website", "002")
    both.activate(previous_version=True, project_number_in_name=True)
    both.synced()
    assert both.links("projects")[str(second)] == plain
    assert set(both.links("projects").values()) == {numbered, plain}


def test_a12_two_awork_projects_of_one_name_are_not_guessed_at(both: Agency) -> None:
    other = both.aw_project("WEBSITE")
    both.activate(previous_version=True)
    with both.watched() as seen:
        result = both.synced()
    assert both.problems()["Website"] == ["ambiguous_match"] and both.links("projects") == {}
    assert result.reasons == {"ambiguous_match": 1}
    assert not [path for _method, path in writes(seen) if path.startswith(MINE)]
    both.aw_delete_project(other)
    both.synced()
    assert len(both.links("projects")) == 1 and both.problems() == {}


def test_a12_two_hellohq_projects_of_one_name_are_not_guessed_at(both: Agency) -> None:
    both.hq_project("Website", "002")
    both.activate(previous_version=True)
    both.synced()
    assert both.problems()["Website"] == ["ambiguous_match", "ambiguous_match"]
    assert len(both.awork.projects) == 1 and both.links("projects") == {}


def test_a1_without_previous_version_an_equal_name_is_somebody_elses_project(
    both: Agency,
) -> None:
    old = both.aw_project_named("Website")
    tasks = {row["id"]: dict(row) for row in both.awork.tasks}
    both.activate()
    both.synced()
    (new,) = both.links("projects").values()
    assert new != old and len(both.awork.projects) == 2
    assert {id: dict(both.awork.tasks[id]) for id in tasks} == tasks


def test_a12_the_demo_agency_has_nothing_twice(demo: Agency) -> None:
    """Two of its projects are in awork already, one of them with `SyncId`s."""
    demo.activate(previous_version=True, time_entries_start_date="2026-01-01")
    before = {project["id"] for project in demo.awork.projects}
    demo.sync()
    running = [p for p in demo.links("projects").values() if p in before]
    assert len(running) == 2
    assert [line for line in differences(demo) if not line.startswith("reporting")] == []
    assert demo.sync().counts.keys() <= {"skipped", "conflicts"}


# -- ids: AworkSyncId, SyncId ------------------------------------------------------------------


@pytest.mark.parametrize("previous", [True, False])
def test_a1_a_project_is_adopted_by_its_awork_sync_id_whatever_its_name(
    both: Agency, previous: bool
) -> None:
    awork = both.aw_project_named("Website")
    both.aw_edit_project(awork, name="Ganz anders")
    both.hq_edit_project(project_of(both), AworkSyncId=awork.upper())
    both.activate(previous_version=previous)
    both.synced()
    assert both.links("projects") == {str(project_of(both)): awork}
    assert both.aw_project_named("Website") == awork and differences(both) == []


def test_a1_an_awork_sync_id_that_leads_nowhere_is_no_obstacle(agency: Agency) -> None:
    agency.hq_edit_project(project_of(agency), AworkSyncId=agency.awork.new_id())
    agency.activate()
    agency.synced()
    assert differences(agency) == [] and agency.problems() == {}


def test_a1_two_hellohq_projects_with_one_awork_sync_id_are_reported(both: Agency) -> None:
    awork, first = both.aw_project_named("Website"), project_of(both)
    second = both.hq_project("Zweites")
    for project in (first, second):
        both.hq_edit_project(project, AworkSyncId=awork)
    both.activate()
    with both.watched() as seen:
        both.synced()
    assert not [path for _method, path in writes(seen) if path.startswith(MINE)]
    assert both.problems() == {"Website": ["ambiguous_match"], "Zweites": ["ambiguous_match"]}
    both.hq_edit_project(second, AworkSyncId=None)
    both.synced()
    assert both.links("projects")[str(first)] == awork and both.problems() == {}
    assert len(both.awork.projects) == 2 and differences(both) == []


def test_a12_a_task_is_adopted_by_its_sync_id_whatever_its_name(both: Agency) -> None:
    screens, board = both.aw_named("Screens"), both.aw_named("Moodboard")
    for name, task in (("Screens", screens), ("Moodboard", board)):
        both.hq_edit(both.hq_named(name), SyncId=task)
    both.aw_edit(screens, name="Bildschirme")
    both.aw_edit(board, name="Stimmung", list=both.aw_list_named("Launch"))
    both.activate(previous_version=True)
    both.synced()
    assert both.original_of(screens) == both.hq_named("Bildschirme")
    assert both.original_of(board) == both.hq_named("Stimmung")
    assert both.copy_of(both.hq_named("Startseite")) == both.aw_named("Startseite")
    assert differences(both) == [] and both.synced().counts == {}


def test_a12_a_foreign_sync_id_stays_and_the_path_decides(both: Agency) -> None:
    board = both.hq_named("Moodboard")
    both.hq_edit(board, SyncId="JIRA-17")
    both.activate(previous_version=True)
    both.synced()
    assert both.copy_of(board) == both.aw_named("Moodboard")
    assert both.hq_row(board)["SyncId"] == "JIRA-17"


def test_a13_an_adopted_pair_that_differs_keeps_both_values_in_history(both: Agency) -> None:
    both.wait(seconds=5)
    both.aw_edit(both.aw_named("Moodboard"), hours=7)
    both.activate(previous_version=True)
    both.synced()
    (row,) = [e for e in both.entries() if e.label == "Moodboard" and "target" in e.after]
    assert (row.before["target"], row.after["target"]) == (4.5 * 3600, 7 * 3600)
    assert row.reason == "adopted_differs" and differences(both) == []


def test_i1_equal_siblings_are_paired_off_one_by_one(both: Agency) -> None:
    for _time in range(2):
        both.hq_task(project_of(both), "Korrektur", both.hq_named("Launch"), hours=1.0)
        both.aw_task(both.aw_project_named("Website"), "Korrektur", both.aw_list_named("Launch"))
    both.hq_task(project_of(both), "Korrektur", both.hq_named("Launch"), hours=1.0)
    both.activate(previous_version=True)
    both.synced()
    assert len(both.hq_all("Korrektur")) == len(both.aw_all("Korrektur")) == 3
    assert differences(both) == []


# -- activated again ---------------------------------------------------------------------------


def forget(agency: Agency) -> None:
    """As if the integration had been removed from the product."""
    agency.integration.delete()
    assert not Link.objects.filter(integration__kind="hellohq-awork").exists()


def again(agency: Agency) -> None:
    agency.activate(
        time_entries_start_date="2026-06-01", absences=True, absence_start_date="2026-06-01"
    )
    agency.synced()


def test_g5_activated_again_without_its_links_everything_is_adopted(marked: Agency) -> None:
    before, links = made(marked), marked.links() | marked.links("projects")
    forget(marked)
    with marked.watched() as seen:
        again(marked)
    assert made(marked) == before and writes(seen, "hellohq") == []
    assert marked.links() | marked.links("projects") == links
    assert len(marked.links("time_entries")) == 3
    assert differences(marked) == [] and marked.synced().counts == {}


AFTERWARDS: dict[str, Callable[[Agency], object]] = {
    "a project renamed in helloHQ": lambda a: a.hq_edit_project(project_of(a), Name="Relaunch"),
    "a task renamed in helloHQ": lambda a: a.hq_edit(a.hq_named("Moodboard"), name="Stimmung"),
    "a task renamed in awork": lambda a: a.aw_edit(a.aw_named("Screens"), name="Bildschirme"),
    "a task moved in helloHQ": lambda a: a.hq_edit(
        a.hq_named("Moodboard"), under=a.hq_named("Launch")
    ),
    "a sub-task moved in awork": lambda a: a.aw_edit(
        a.aw_named("Startseite"), under=a.aw_named("Moodboard")
    ),
    "an entry edited in awork": lambda a: a.aw_edit_time(
        next(t["id"] for t in a.awork.times if t["duration"] == 1800), duration=2700
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in AFTERWARDS if "entry" not in name])
def test_g5_marks_tell_what_was_renamed_or_moved_meanwhile(marked: Agency, name: str) -> None:
    before = made(marked)
    forget(marked)
    marked.wait(seconds=5)
    AFTERWARDS[name](marked)
    again(marked)
    assert made(marked) == before and differences(marked) == []


def test_g5_two_awork_projects_with_one_mark_are_not_guessed_at(marked: Agency) -> None:
    """awork copies custom fields along with a project."""
    original = marked.awork.projects[marked.aw_project_named("Website")]
    copy = marked.aw_project("Kopie")
    marked.awork.projects[copy]["customFields"] = [dict(one) for one in original["customFields"]]
    forget(marked)
    before = made(marked)
    again(marked)
    assert marked.problems()["Website"] == ["ambiguous_match"] and made(marked) == before


@pytest.mark.parametrize("name", AFTERWARDS)
def test_g5_disabled_and_enabled_again_it_goes_on_with_its_links(marked: Agency, name: str) -> None:
    user = get_user_model().objects.get(email="anna@nordlicht.example")
    before, links = made(marked), marked.links()
    services.disable(marked.integration, user=user)
    AFTERWARDS[name](marked)
    assert marked.sync().exit == 2 and made(marked) == before
    again(marked)
    assert made(marked) == before and marked.links() == links
    assert differences(marked) == [] and absence_differences(marked, date(2026, 6, 1)) == []


def test_g6_a_first_dry_run_shows_what_follows_an_adoption(both: Agency) -> None:
    """Tasks and times of a project that awork has already, on both sides."""
    both.aw_time(both.aw_named("Moodboard"), "2026-06-17T09:00", 60)
    both.aw_edit(both.aw_named("Moodboard"), name="Stimmung")
    both.hq_edit(both.hq_named("Screens"), text="Neu beschrieben")
    both.activate(previous_version=True, time_entries_start_date="2026-06-01")
    with both.watched() as seen:
        both.synced("--dry-run")
    told = foretold(both)
    assert writes(seen) == []
    both.synced()
    assert foretold(both) == told
    assert {stream for stream, _action, _label in told} == {"projects", "tasks", "time_entries"}


def foretold(agency: Agency) -> set[tuple[str, str, str]]:
    """What the last run's history says of work, but for our marks, whose field must exist first."""
    streams, marks = ("projects", "tasks", "time_entries"), {"mark", "tasks_marked"}
    return {
        (entry.stream, entry.action, entry.label)
        for entry in agency.entries()
        if entry.stream in streams and not (entry.after and entry.after.keys() <= marks)
    }
