"""Brief runs: what they read, carry over and must not pass (A16, I13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from integrations.engine.apply import Applier
from integrations.engine.stream import Which
from integrations.models import SyncRun
from projects import conflicts
from sandbox.journal import Entry
from tests.projects.conftest import Agency, fill, writes
from tests.projects.remembered import remembered
from tests.projects.systems import ANNA, BEN, CARL

Edit = Callable[[Agency], object]

PEOPLE_AND_PROJECTS = [
    ("hellohq", "/v1/Subsystem"),
    ("hellohq", "/v1/Users"),
    ("hellohq", "/v1/Users"),
    ("hellohq", "/v1/Projects"),
    ("hellohq", "/v1/ProjectStatuses"),
    ("awork", "/api/v1/me"),
    ("awork", "/api/v1/users"),
    ("awork", "/api/v1/projects"),
]
LISTS_OF_CHANGES = [
    ("hellohq", "/v1/ProjectTasks"),
    ("awork", "/api/v1/me/projecttasks"),
    ("hellohq", "/v1/ConfigSystemEvents/do.GetDeleted()"),
]
CHANGED_TIMES = [("hellohq", "/v1/UserReportings"), ("awork", "/api/v1/timeentries")]
WINDOW = [("awork", "/api/v1/timeentries")]
WORDS = [
    ("hellohq", "/v1/ProjectTemplates"),
    ("hellohq", "/v1/Companies"),
    ("awork", "/api/v1/projecttemplates"),
    ("awork", "/api/v1/companies"),
    ("awork", "/api/v1/customfielddefinitions"),
    ("hellohq", "/v1/TaskTypes"),
    ("awork", "/api/v1/typeofwork"),
]
QUIET = PEOPLE_AND_PROJECTS + LISTS_OF_CHANGES + CHANGED_TIMES


def of_project(awork_id: str) -> list[tuple[str, str]]:
    below = f"/api/v1/projects/{awork_id}"
    return [
        ("hellohq", "/v1/ProjectTasks"),
        *(("awork", f"{below}/{name}") for name in ("tasklists", "projecttasks", "taskstatuses")),
    ]


def asked(seen: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.vendor, entry.path) for entry in seen]


def poll(agency: Agency, **length: float) -> list[Entry]:
    """The requests of the next poll."""
    agency.wait(**(length or {"seconds": 30}))
    with agency.watched() as seen:
        run = agency.polled()
    assert run.error_code == "", (run.error_code, run.error_detail)
    return seen


def begin(agency: Agency, **answers: Any) -> Agency:
    agency.activate(time_entries_start_date="2026-06-01", **answers)
    agency.synced()
    poll(agency)
    return agency


@pytest.fixture
def started(agency: Agency) -> Agency:
    """Synced once and polled once, so that nothing is read any more without a reason."""
    return remembered(agency, begin)


def website(agency: Agency) -> str:
    return agency.aw_project_named("Website")


# -- what is asked when nothing happened -----------------------------------------------------


def test_a16_a_quiet_poll_asks_for_changes_only(started: Agency) -> None:
    second, third = poll(started), poll(started)
    assert asked(second) == asked(third) == QUIET
    changed = [entry for entry in third if entry.path.endswith(("asks", "Tasks", "ings", "ries"))]
    assert [("Updated" in e.query or "resourceVersion" in e.query) for e in changed] == [True] * 4
    assert not started.entries()


def test_a16_every_ten_minutes_a_poll_looks_for_deleted_entries(started: Agency) -> None:
    assert asked(poll(started, minutes=11)) == QUIET + WINDOW
    assert asked(poll(started)) == QUIET


def test_a16_a_sync_reads_every_project_in_four_calls(started: Agency) -> None:
    started.hq_project("Shop", "002")
    poll(started)
    projects = sorted(started.links("projects").items())
    with started.watched() as seen:
        started.synced()
    wanted = PEOPLE_AND_PROJECTS + CHANGED_TIMES + WINDOW + WORDS
    for _hq, awork in projects:
        wanted += of_project(awork)
    assert asked(seen) == wanted
    assert started.history() == []


def test_a16_what_is_not_used_is_not_read(agency: Agency) -> None:
    """Neither times and tasks, nor absences."""
    begin(agency, tasks_and_time_entries=False)
    seen = poll(agency)
    assert asked(seen) == PEOPLE_AND_PROJECTS
    assert not any("Absences" in entry.query for entry in seen)
    with agency.watched() as seen:
        agency.synced()
    assert asked(seen) == PEOPLE_AND_PROJECTS + WORDS[:-2]


def test_a16_a_busy_day_leaves_polls_as_short_as_before(started: Agency) -> None:
    """What the lists repeat is not taken for news, and goes as time passes."""
    for number in range(3):
        started.aw_edit(started.aw_named("Startseite"), hours=number + 2)
        started.hq_edit(started.hq_named("Moodboard"), hours=number + 3.0)
        started.aw_time(started.aw_named("Startseite"), "2026-06-16T09:00", 30 + number)
        poll(started)
    poll(started)
    assert asked(poll(started)) == QUIET
    assert asked(poll(started)) == QUIET


def test_g7_quiet_polls_fold_into_one(started: Agency) -> None:
    before = SyncRun.objects.count()
    for _ in range(4):
        poll(started)
    assert SyncRun.objects.count() == before
    started.aw_edit(started.aw_named("Startseite"), name="Home")
    poll(started)
    poll(started)
    poll(started)
    assert SyncRun.objects.count() == before + 2


# -- one edit, the next poll -----------------------------------------------------------------


def hq_people(agency: Agency, name: str = "Startseite") -> set[int]:
    return {user - 4700 for user in agency.hq_shares(agency.hq_named(name))}


def aw_people(agency: Agency, name: str = "Startseite") -> set[str]:
    return {one["id"] for one in agency.aw_row(agency.aw_named(name))["assignees"]}


EDITS: dict[str, tuple[Edit, Edit]] = {
    "a task renamed in helloHQ": (
        lambda a: a.hq_edit(a.hq_named("Startseite"), name="Home"),
        lambda a: a.aw_named("Home"),
    ),
    "a task renamed in awork": (
        lambda a: a.aw_edit(a.aw_named("Startseite"), name="Home"),
        lambda a: a.hq_named("Home"),
    ),
    "a phase renamed in helloHQ": (
        lambda a: a.hq_edit(a.hq_named("Launch"), name="Los"),
        lambda a: a.aw_list_named("Los"),
    ),
    "a new task in helloHQ": (
        lambda a: a.hq_task(a.hq_row(a.hq_named("Design"))["ProjectId"], "Neu",
                            a.hq_named("Design")),
        lambda a: a.aw_named("Neu"),
    ),
    "a new task in awork": (
        lambda a: a.aw_task(website(a), "Neu", a.aw_list_named("Design")),
        lambda a: a.hq_named("Neu"),
    ),
    "a new task in a new list of awork": (
        lambda a: a.aw_task(website(a), "Neu", a.aw_list(website(a), "Extra")),
        lambda a: a.hq_named("Neu") and a.hq_named("Extra"),
    ),
    "a task deleted in helloHQ": (
        lambda a: a.hq_delete(a.hq_named("Moodboard")),
        lambda a: not a.aw_all("Moodboard"),
    ),
    "a task deleted in awork": (
        lambda a: a.aw_delete(a.aw_named("Moodboard")),
        lambda a: not a.hq_all("Moodboard"),
    ),
    "a task closed in awork": (
        lambda a: a.aw_close(a.aw_named("Startseite")),
        lambda a: a.hq_row(a.hq_named("Startseite"))["IsDone"],
    ),
    "somebody put on a task in awork": (
        lambda a: a.aw_edit(a.aw_named("Startseite"), people=[ANNA, BEN]),
        lambda a: hq_people(a) == {ANNA, BEN},
    ),
    "somebody put on a task that is edited in helloHQ": (
        lambda a: a.hq_edit(a.hq_named("Startseite"), people=[ANNA, CARL], hours=9.0),
        lambda a: aw_people(a) == {a.account(ANNA), a.account(CARL)},
    ),
    "a task moved in awork": (
        lambda a: a.aw_edit(a.aw_named("Moodboard"), list=a.aw_list_named("Launch")),
        lambda a: a.hq_row(a.hq_named("Moodboard"))["ParentId"] == a.hq_named("Launch"),
    ),
    "a project renamed in helloHQ": (
        lambda a: a.hq_edit_project(int(next(iter(a.links("projects")))), Name="Relaunch"),
        lambda a: a.aw_project_named("Relaunch"),
    ),
    "a project renamed in awork, which helloHQ owns": (
        lambda a: a.aw_edit_project(website(a), name="Anders"),
        lambda a: a.aw_project_named("Website"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a16_the_next_poll_carries_over(started: Agency, name: str) -> None:
    edit, done = EDITS[name]
    edit(started)
    poll(started)
    assert done(started)
    poll(started)
    assert asked(poll(started)) == QUIET
    with started.watched() as seen:
        started.synced()
    assert writes(seen) == []


WITHOUT_A_STAMP: dict[str, tuple[Edit, Edit]] = {
    "a list renamed in awork": (
        lambda a: a.aw_rename_list(a.aw_list_named("Launch"), "Los"),
        lambda a: a.hq_named("Los"),
    ),
    "an assignment in helloHQ": (
        lambda a: a.hq_edit(a.hq_named("Startseite"), people=[BEN]),
        lambda a: aw_people(a) == {a.account(BEN)},
    ),
}


@pytest.mark.parametrize("name", WITHOUT_A_STAMP)
def test_a16_a_sync_finds_what_no_list_of_changes_tells(started: Agency, name: str) -> None:
    edit, done = WITHOUT_A_STAMP[name]
    edit(started)
    started.wait(seconds=30)
    started.synced()
    assert done(started)


def test_a16_a_project_made_in_hellohq_appears_with_its_tasks_and_times(started: Agency) -> None:
    started.hq_edit_project(fill(started), Name="Shop", Number="002")
    poll(started)
    shop = started.aw_project_named("Shop")
    task = started.aw_named("Startseite", shop)
    assert len(started.awork.tasks.where("projectId", shop)) == 8  # one is the template's
    started.aw_time(task, "2026-06-16T09:00", 60)
    poll(started)
    (row,) = started.hq.tables["UserReportings"]
    assert started.hq_row(row["TaskId"])["Name"] == "Startseite"
    poll(started)
    assert asked(poll(started)) == QUIET


def test_a16_only_the_project_in_which_something_happened_is_read(started: Agency) -> None:
    shop = started.hq_project("Shop", "002")
    poll(started)
    poll(started)
    started.hq_edit(started.hq_named("Briefing", shop), name="Lagebild")
    reads = [one for one in asked(poll(started)) if one not in QUIET]
    touched = {path.split("/")[4] for vendor, path in reads if "/projects/" in path}
    assert touched == {started.links("projects")[str(shop)]}


# -- cursors ---------------------------------------------------------------------------------


@contextmanager
def dying(error: BaseException) -> Iterator[None]:
    """Runs die between plan and write."""
    with pytest.MonkeyPatch.context() as patch:

        def die(self: Applier) -> None:
            raise error

        patch.setattr(Applier, "apply", die)
        yield


def do_a_bit_of_everything(agency: Agency) -> None:
    agency.aw_edit(agency.aw_named("Startseite"), name="Home")
    agency.hq_edit(agency.hq_named("Unterseiten"), name="Seiten")
    agency.aw_delete(agency.aw_named("Moodboard"))
    agency.aw_time(agency.aw_named("Home"), "2026-06-16T09:00", 60)


def is_done(agency: Agency) -> bool:
    times = len(agency.hq.tables["UserReportings"])
    return bool(
        agency.hq_all("Home") and agency.aw_all("Seiten") and not agency.hq_all("Moodboard")
    ) and times == 1  # fmt: skip


def test_i13_a_run_that_fails_between_plan_and_write_loses_nothing(started: Agency) -> None:
    do_a_bit_of_everything(started)
    started.wait(seconds=30)
    with dying(ValueError("out of order")):
        assert started.polled().status == "failed"
    poll(started, hours=1)
    assert is_done(started)


def test_i6_a_run_that_is_killed_between_plan_and_write_is_finished_later(started: Agency) -> None:
    do_a_bit_of_everything(started)
    started.wait(seconds=30)
    with dying(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        started.polled()
    started.wait(hours=1)
    started.synced()
    assert is_done(started)


def test_i13_a_write_that_is_refused_is_tried_again_by_the_ladder(started: Agency) -> None:
    started.hq_edit(started.hq_named("Startseite"), name="Home")
    with started.fault("server_error", vendor="awork", method="PUT", status=422):
        poll(started)
        assert started.problems() != {}
        poll(started)
        assert asked(poll(started)) == QUIET  # nobody asks again before its time
    poll(started, hours=3)
    assert started.aw_named("Home")
    assert started.problems() == {}


@pytest.mark.parametrize("minutes", [-10, 10])
def test_i13_clocks_may_differ(agency: Agency, minutes: int) -> None:
    agency.sandbox.world.clock.advance(timedelta(minutes=minutes))
    try:
        begin(agency)
        do_a_bit_of_everything(agency)
        poll(agency)
        assert is_done(agency)
        poll(agency)
        assert asked(poll(agency)) == QUIET
    finally:
        agency.sandbox.world.clock.advance(timedelta(minutes=-minutes))


def test_a16_new_answers_are_followed_by_a_whole_read(started: Agency) -> None:
    poll(started)
    started.aw_rename_list(started.aw_list_named("Launch"), "Los")
    started.activate(time_entries_start_date="2026-06-01", task_type_mapping={"Design": "Text"})
    poll(started)
    assert started.hq_named("Los")


def test_a13_a_decided_conflict_is_settled_by_a_poll(agency: Agency) -> None:
    begin(agency, conflict_policy={"tasks": "ask"})
    agency.hq_edit(agency.hq_named("Startseite"), name="Eins")
    agency.aw_edit(agency.aw_named("Startseite"), name="Zwei")
    poll(agency)
    (row,) = conflicts.parked(agency.integration)
    poll(agency, minutes=11)
    assert (agency.hq_all("Eins"), agency.aw_all("Zwei")) != ([], [])
    conflicts.decide(agency.integration, Which.RIGHT, [conflicts.token_of(row)])
    poll(agency, minutes=11)
    assert agency.hq_named("Zwei")
    assert agency.problems() == {}


def test_g7_polls_that_are_worth_remembering_stay(started: Agency) -> None:
    poll(started)
    before = SyncRun.objects.count()
    started.wait(seconds=30)
    with started.fault("server_error", vendor="awork", path="projecttasks", status=400):
        assert started.polled().status == "failed"
    poll(started)
    started.wait(seconds=30)
    started.synced()
    poll(started)
    triggers = SyncRun.objects.order_by("-pk").values_list("trigger", "status")[:5]
    assert list(triggers) == [
        ("schedule", "succeeded"), ("command", "succeeded"), ("schedule", "succeeded"),
        ("schedule", "failed"), ("schedule", "succeeded"),
    ]  # fmt: skip
    assert SyncRun.objects.count() == before + 4
