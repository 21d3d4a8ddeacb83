"""What keeps a run from doing harm: G2, G6, G9, G12, I7, I8, I14."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.models import RunEntry
from integrations.vendors.awork.pages import STABLE_ORDER, Listing
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import differences
from tests.projects.outside import picture
from tests.projects.remembered import first_sync


@pytest.fixture
def synced(agency: Agency) -> Agency:
    return first_sync(agency, time_entries_start_date="2026-06-01")


# -- credentials and accounts ------------------------------------------------------------------


def test_g2_a_wrong_key_writes_nothing(agency: Agency) -> None:
    agency.activate(connections={"awork": {"api_key": "awork-key-nordlicht-falsch"}})
    with agency.watched() as seen:
        result = agency.synced(exit=4)
    assert result.error and writes(seen) == []


@pytest.mark.parametrize("area", ["times", "tasks", "projects", "users"])
def test_g2_an_area_that_the_key_may_not_read_is_named(agency: Agency, area: str) -> None:
    agency.activate()
    agency.aw_switch(permissions=[p for p in agency.awork.key.permissions if p != area])
    with agency.watched() as seen:
        result = agency.synced(exit=4)
    assert result.error == "permission_missing" and writes(seen) == []
    assert result.answer["error"]["detail"].startswith("awork: ")


@pytest.mark.parametrize("path", ["ProjectTasks", "UserReportings", "/Projects$", "Companies"])
def test_g2_a_set_that_hellohqs_token_may_not_read_is_named(agency: Agency, path: str) -> None:
    agency.activate()
    with agency.fault("forbidden", vendor="hellohq", path=path), agency.watched() as seen:
        result = agency.synced(exit=4)
    assert result.error == "permission_missing" and writes(seen) == []
    assert path.strip("/$") in result.answer["error"]["detail"]


def test_g12_another_awork_workspace_stops_the_run(synced: Agency) -> None:
    for person in list(synced.awork.users):
        if person["id"] != synced.awork.key.user:
            synced.awork.users.remove(person["id"])
    synced.awork.workspace_id = synced.awork.new_id()
    for row in list(synced.awork.projects):
        synced.awork.projects.remove(row["id"])
    with synced.watched() as seen:
        result = synced.synced(exit=4)
    assert result.error == "account_changed" and writes(seen) == []


def test_g12_another_hellohq_system_stops_the_run(synced: Agency) -> None:
    rows = synced.hq.tables["Subsystem"]
    for row in list(rows):
        rows.remove(row["Id"])
        rows.add({**row, "Id": 99, "Name": "Andere Agentur"})
    for user in list(synced.hq.users):
        synced.hq.users.add({**user, "EMailWork": f"x{user['Id']}@andere.example"})
    with synced.watched() as seen:
        result = synced.synced(exit=4)
    assert result.error == "account_changed" and writes(seen) == []


# -- dry runs ----------------------------------------------------------------------------------


def test_g6_i14_a_first_dry_run_shows_everything_and_sends_nothing(agency: Agency) -> None:
    agency.activate()
    before = picture(agency)
    with agency.watched() as seen:
        result = agency.synced("--dry-run")
    assert writes(seen) == [] and picture(agency) == before and agency.links("projects") == {}
    rows = [row for row in agency.entries() if row.stream == "projects"]
    assert [(row.action, row.label, row.state) for row in rows] == [
        ("create", "Website", RunEntry.State.PLANNED)
    ]
    assert rows[0].after["name"] == "Website" and result.counts["created"] >= 1


def test_g6_i14_a_dry_run_counts_what_the_next_run_does(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named("Moodboard"), hours=6.0)
    synced.aw_edit(synced.aw_named("Startseite"), name="Home")
    synced.hq_delete(synced.hq_named("Kick-off"))
    synced.aw_task(synced.aw_project_named("Website"), "Neu", synced.aw_list_named("Launch"))
    with synced.watched() as seen:
        told = synced.synced("--dry-run").counts
    assert writes(seen) == []
    assert synced.synced().counts == told


# -- incomplete reads --------------------------------------------------------------------------


def path_of(project: str, what: str) -> str:
    return f"/projects/{project}/{what}$"


@pytest.mark.parametrize(
    ("what", "status"),
    [("projecttasks", 500), ("projecttasks", 503), ("tasklists", 500), ("taskstatuses", 500)],
)
def test_i7_a_project_that_awork_does_not_deliver_wholly_loses_nothing(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, what: str, status: int
) -> None:
    """The second page fails; the other project is synced."""
    monkeypatch.setattr(Listing.__init__, "__defaults__", (None, STABLE_ORDER, 2, ()))
    other = agency.hq_project("Zweites")
    agency.activate()
    agency.synced()
    broken = agency.aw_project_named("Website")
    for project in ("Website", "Zweites"):
        agency.aw_task(agency.aw_project_named(project), f"Neu in {project}")
    agency.hq_edit(agency.hq_named("Moodboard"), hours=6.0)
    agency.hq_edit(agency.hq_named("Kick-off", other), hours=6.0)
    with (
        agency.watched() as seen,
        agency.fault(
            "server_error",
            vendor="awork",
            path=path_of(broken, what),
            page=2,
            status=status,
        ),
    ):
        result = agency.synced(exit=4)
    assert result.answer["status"] == "failed" and result.error
    assert [method for method, _path in writes(seen)].count("DELETE") == 0
    assert agency.hq_all("Neu in Website") == [] and len(agency.hq_all("Neu in Zweites")) == 1
    assert (
        agency.aw_row(agency.copy_of(agency.hq_named("Kick-off", other)))["plannedDuration"]
        == 6 * 3600
    )
    agency.synced()
    assert differences(agency) == [] and len(agency.hq_all("Neu in Website")) == 1


def test_i7_a_first_run_that_cannot_read_a_projects_tasks_makes_none_of_them_twice(
    agency: Agency,
) -> None:
    agency.activate()
    with agency.fault("server_error", vendor="awork", path="/projecttasks$", page=1, skip=2):
        agency.synced(exit=4)
    agency.synced()
    assert differences(agency) == []


# -- the deletion guard ------------------------------------------------------------------------


@pytest.fixture
def emptied(synced: Agency) -> Iterator[Agency]:
    """awork tells of no task any more, as if the key had lost its permission."""
    path = path_of(synced.aw_project_named("Website"), "projecttasks")
    with synced.fault("empty_list", vendor="awork", path=path):
        yield synced


def test_g9_i8_tasks_that_are_suddenly_all_gone_are_held(emptied: Agency) -> None:
    tasks = len(emptied.hq.tables["ProjectTasks"])
    with emptied.watched() as seen:
        held = emptied.synced(exit=3)
        again = emptied.synced(exit=3)
    assert held.counts["held"] == again.counts["held"] == 8 and len(emptied.pending()) == 8
    assert len(emptied.hq.tables["ProjectTasks"]) == tasks and writes(seen) == []


def test_g9_approved_they_are_asked_for_once_more_and_stay(emptied: Agency) -> None:
    tasks = len(emptied.hq.tables["ProjectTasks"])
    run = emptied.synced(exit=3).run
    released = emptied.release(run)
    assert released.reasons["moved_away"] == 8
    assert len(emptied.hq.tables["ProjectTasks"]) == tasks


def test_g9_what_reappears_leaves_the_list(synced: Agency) -> None:
    path = path_of(synced.aw_project_named("Website"), "projecttasks")
    with synced.fault("empty_list", vendor="awork", path=path):
        run = synced.synced(exit=3).run
    assert synced.synced().counts == {} and synced.pending() == []
    assert synced.release(run).counts == {} and differences(synced) == []


@pytest.fixture
def deleted(synced: Agency) -> int:
    """Everything below `Design` and `Launch` was deleted in helloHQ; the run that held it."""
    for name in ("Design", "Launch"):
        synced.hq_delete(synced.hq_named(name))
    synced.hq_edit(synced.hq_named("Kick-off"), hours=3.0)
    held = synced.synced(exit=3)
    assert held.counts == {"updated": 1, "held": 7}
    return held.run


def test_g9_held_tasks_stay_until_they_are_approved(synced: Agency, deleted: int) -> None:
    assert synced.synced(exit=3).counts == {"held": 7} and len(synced.aw_all("Startseite")) == 1
    released = synced.release(deleted)
    assert released.exit == 0 and released.counts == {"deleted": 7}
    assert differences(synced) == [] and synced.synced().counts == {}


def test_g9_rejected_they_stay_for_good(synced: Agency, deleted: int) -> None:
    assert synced.release(deleted, "--reject").exit == 0
    assert synced.synced().counts == {} and synced.pending() == []
    assert len(synced.aw_all("Startseite")) == 1


def test_g9_five_tasks_may_go_unasked(synced: Agency) -> None:
    for name in ("Startseite", "Unterseiten", "Moodboard", "Kick-off", "Briefing"):
        synced.aw_delete(synced.aw_named(name))
    assert synced.synced().counts["deleted"] == 5 and differences(synced) == []
