"""Lists that fail, projects that rest and reportings that are moved: nothing is lost or doubled."""

from __future__ import annotations

import pytest

from integrations.models import Link
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import differences
from tests.projects.settled import assert_rests, settle, synced
from tests.projects.systems import ANNA
from tests.projects.timekeeping import booked

__all__ = ["synced"]  # fixture


def bases(agency: Agency) -> list[object]:
    return list(Link.objects.filter(stream="tasks").order_by("id").values_list("base", "echo"))


# -- lists that cannot be read


@pytest.mark.parametrize(
    ("vendor", "path"), [("hellohq", "/Users$"), ("awork", "/users$"), ("hellohq", "/TaskTypes$")]
)
def test_i7_without_people_or_types_nothing_is_concluded(
    synced: Agency, vendor: str, path: str
) -> None:
    synced.hq_edit(synced.hq_named("Startseite"), people=[], name="Start")
    before = bases(synced)
    with synced.fault("server_error", vendor=vendor, path=path), synced.watched() as seen:
        synced.synced(exit=4)
    assert writes(seen) == [] and bases(synced) == before
    settle(synced)


def test_i7_without_our_fields_no_project_is_made(agency: Agency) -> None:
    """One that exists could not be told by its mark."""
    agency.activate()
    with agency.fault("server_error", vendor="awork", path="/customfielddefinitions$"):
        agency.synced(exit=4)
    assert not list(agency.awork.projects)
    agency.synced()
    assert differences(agency) == []


# -- projects that rest


def test_a16_a_project_that_runs_again_is_read_by_the_next_poll(synced: Agency) -> None:
    (project,) = (row["Id"] for row in synced.hq.tables["Projects"])
    running = synced.hq.tables["Projects"].get(project)["ProjectStatusId"]
    synced.hq_close_project(project)
    synced.aw_edit(synced.aw_named("Startseite"), name="Home")
    synced.polled()
    synced.wait(hours=1)
    synced.polled()
    synced.hq_edit_project(project, ProjectStatusId=running)
    synced.wait(seconds=30)
    synced.polled()
    assert synced.hq_row(synced.hq_named("Home"))
    assert_rests(synced)


# -- reportings that are moved


@pytest.mark.parametrize("how", ["sync", "poll", "full"])
def test_a7_a_reporting_moved_before_the_first_day_is_not_billed_again(
    synced: Agency, how: str
) -> None:
    synced.aw_time(synced.aw_named("Startseite"), "2026-06-16T09:00", 60, who=ANNA)
    synced.synced()
    (row,) = synced.hq.tables["UserReportings"]
    synced.wait(seconds=30)
    synced.hq_edit_reporting(row["Id"], StartOn="2026-05-20T07:00:00Z")
    for _time in range(2):
        synced.wait(minutes=11)
        if how == "poll":
            synced.polled()
        else:
            synced.synced(*(["--full"] if how == "full" else []))
    assert len(booked(synced)) == 1
    assert "changed_in_hq" in {code for codes in synced.problems().values() for code in codes}


# -- hours


def test_a10_working_hours_are_not_asked_for_with_every_poll(agency: Agency) -> None:
    agency.hq_absence("2026-07-06", "2026-07-10")
    agency.activate(absences=True, absence_start_date="2026-06-01")
    agency.synced()
    agency.polled()
    asked = []
    for _time in range(3):
        agency.wait(seconds=30)
        with agency.watched() as seen:
            agency.polled()
        asked += [entry.path for entry in seen if "UserWorkingHours" in entry.path]
    assert asked == []
