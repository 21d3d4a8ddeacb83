"""Time entries between the two systems over HTTP: what is read, planned, written and read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import time_machine

from integrations.engine.changes import Action, Change, Circumstances, Plan
from integrations.engine.job import make_write
from integrations.engine.plan import plan_stream
from integrations.engine.planning import canonical_snapshot
from integrations.engine.references import canonical
from integrations.engine.stream import LinkState, Reads, Snapshot, Step, Which, Write
from integrations.engine.world import Identities
from integrations.remote import Locked, Rejected
from integrations.vendors.awork.client import open_awork
from integrations.vendors.hellohq.client import open_hellohq
from projects.awork_entries import AworkEntries
from projects.config import Config
from projects.entries import entries_stream
from projects.hq_reportings import HqReportings
from projects.words import AW_ENTRIES, ENTRIES, HQ_ME, HQ_REPORTINGS, PEOPLE, PROJECTS, TASKS
from sandbox.server import Sandbox
from tests.projects.conftest import NOON, fill
from tests.projects.entry_support import ACCEPTING, ASKING, Known, codes, listing
from tests.projects.systems import ANNA, BEN, TENANT, Systems
from tests.vendors.support import Calls, FreeBudget, OpenGate


class Line:
    """The stream between the two systems, its links kept in a list; the engine's plan, carried
    out by hand. Website is in awork as well, with the tasks Startseite and Unterseiten."""

    def __init__(self, systems: Systems) -> None:
        self.systems = systems
        self.links: list[LinkState] = []
        given = systems.sandbox.credentials(TENANT)
        hq, awork = given["hellohq"], given["awork"]
        more: dict[str, Any] = {
            "gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), "allow_private": True,
        }  # fmt: skip
        self.hq = open_hellohq(hq["api_token"], hq["base_url"], **more)
        self.awork = open_awork(awork["api_key"], awork["base_url"], **more)
        self.project = int(systems.hq.tables["Projects"].where("Name", "Website")[0]["Id"])
        self.copy = systems.aw_project("Website")
        self.tasks = {name: systems.aw_task(self.copy, name) for name in NAMES}

    @property
    def admin(self) -> int:
        """The task of the phase of that name."""
        return max(self.systems.hq_all("Administration", self.project))

    def side(self, of: Config) -> tuple[HqReportings, AworkEntries]:
        ids = str(self.project)
        known = Known(runs=frozenset({ids}), admin={ids: str(self.admin)})
        return HqReportings(self.hq, of, known), AworkEntries(self.awork, of, known, lambda: None)

    def world(self) -> Identities:
        people = [(str(self.systems.user(p)), self.systems.account(p)) for p in (ANNA, BEN)]
        tasks = [(str(self.systems.hq_named(n, self.project)), id) for n, id in self.tasks.items()]
        pairs = {PEOPLE: people, TASKS: tasks, PROJECTS: [(str(self.project), self.copy)]}
        stored = {
            name: [LinkState(0, hq, aw, {}) for hq, aw in found] for name, found in pairs.items()
        }
        return Identities({**stored, ENTRIES: list(self.links)})

    def reads(self) -> Reads:
        return {
            AW_ENTRIES: listing(*(e for page in self.awork.times.all() for e in page.records)),
            HQ_REPORTINGS: listing(
                *(r for page in self.hq.reportings.changed() for r in page.records)
            ),
            HQ_ME: listing(self.hq.me()),
        }

    def run(self, of: Config = ACCEPTING) -> Plan:
        """Read, plan and write once."""
        stream, world, reads = entries_stream(*self.side(of), of), self.world(), self.reads()

        def shown(which: Which) -> Snapshot:
            return canonical_snapshot(stream, stream.side(which).snapshot(reads, world), world)

        left, right = shown(Which.LEFT), shown(Which.RIGHT)
        plan = plan_stream(stream, left, right, self.links, Circumstances())
        for change in plan.changes:
            base = dict(change.agreed)
            if change.action is not Action.ADOPT:
                write, _missing = make_write(change, stream, world, "")  # type: ignore[arg-type]
                outcomes = [step.send() for step in stream.left.recipe(write).steps]
                change = replace(change, left_id=outcomes[-1].id)
                base = dict(canonical(stream, change.want, world))
            self._remember(change, base)
        return plan

    def _remember(self, change: Change, base: dict[str, Any]) -> None:
        self.links = [link for link in self.links if link.right_id != change.right_id]
        if change.action is not Action.DELETE:
            right = change.right_version
            link = LinkState(
                len(self.links) + 1, change.left_id, change.right_id, base, right_version=right
            )
            self.links.append(link)

    def settled(self, of: Config = ACCEPTING) -> None:
        """Another run finds nothing to do (I4)."""
        again = self.run(of)
        assert (again.changes, again.findings) == ([], [])

    def rows(self) -> list[tuple[int, str, str, int, str, bool]]:
        """All reportings: person, task, start, minutes, note, acceptance."""
        return sorted(
            (
                row["UserId"] - 4700,
                self.systems.hq_row(row["TaskId"])["Name"],
                f"{row['StartOn']:%d.%m. %H:%M}",
                row["Duration"] // 60,
                row["Note"],
                row["IsApproved"],
            )
            for row in self.systems.hq.tables["UserReportings"]
        )


NAMES = ("Startseite", "Unterseiten")


@pytest.fixture
def line(running: Sandbox) -> Iterator[Line]:
    """Needs no database."""
    with time_machine.travel(NOON, tick=True):
        running.world.reset()
        systems = Systems(running)
        systems.clear_out()
        fill(systems)
        yield Line(systems)


def entry(line: Line, start: str = "2026-06-16T09:00", minutes: int = 90, **more: Any) -> str:
    task = line.tasks[str(more.pop("task", "Startseite"))]
    return line.systems.aw_time(task, start, minutes, note="Layout", **more)


BOOKED = (ANNA, "Startseite", "16.06. 07:00", 90, "Layout", True)


def test_a7_create_edit_delete(line: Line) -> None:
    id = entry(line)
    line.run()
    assert line.rows() == [BOOKED]
    line.settled()
    line.systems.aw_edit_time(id, note="Text", duration=3600)
    line.run()
    assert line.rows() == [(ANNA, "Startseite", "16.06. 07:00", 60, "Text", True)]
    line.settled()
    line.systems.aw_delete_time(id)
    line.run()
    assert line.rows() == []
    line.settled()


def test_a7_another_task_is_the_same_reporting(line: Line) -> None:
    id = entry(line)
    line.run()
    before = line.links[0].left_id
    line.systems.aw_edit_time(id, taskId=line.tasks["Unterseiten"])
    line.run()
    assert line.rows() == [(ANNA, "Unterseiten", "16.06. 07:00", 90, "Layout", True)]
    assert line.links[0].left_id == before
    line.settled()


def test_a7_another_person_replaces_the_reporting(line: Line) -> None:
    id = entry(line)
    line.run()
    before = line.links[0].left_id
    line.systems.aw_edit_time(id, userId=line.systems.account(BEN))
    line.run()
    assert line.rows() == [(BEN, "Startseite", "16.06. 07:00", 90, "Layout", True)]
    assert line.links[0].left_id != before
    line.settled()


@pytest.mark.parametrize(
    ("start", "minutes", "begins"),
    [
        ("2026-06-16T23:30", 120, "16.06. 21:30"),
        ("2026-06-17T00:30", 30, "16.06. 22:30"),
        ("2026-03-29T01:30", 120, "29.03. 00:30"),
        ("2026-10-25T01:30", 180, "24.10. 23:30"),
        ("2026-06-16", 45, "16.06. 07:00"),
    ],
    ids=["over midnight", "after midnight", "clocks forward", "clocks back", "no time of day"],
)
def test_a7_times_arrive_as_they_are_and_stay(
    line: Line, start: str, minutes: int, begins: str
) -> None:
    entry(line, start, minutes)
    line.run()
    assert [row[2:4] for row in line.rows()] == [(begins, minutes)]
    line.settled()


def test_a7_without_a_task_it_is_administration(line: Line) -> None:
    line.systems.aw_time(None, "2026-06-16T09:00", 30, project=line.copy)
    line.run()
    assert [row["TaskId"] for row in line.systems.hq.tables["UserReportings"]] == [line.admin]
    line.settled()


def test_a7_running_timer_waits_until_it_is_stopped(line: Line) -> None:
    timer = line.systems.aw_start_timer(line.tasks["Startseite"])
    assert codes(line.run()) == ["timer_running"]
    assert line.rows() == []
    line.systems.aw_stop_timer(timer)
    line.run()
    assert len(line.rows()) == 1
    line.settled()


def test_a7_a_reporting_typed_in_by_hand_is_not_billed_twice(line: Line) -> None:
    task = line.systems.hq_named("Startseite", line.project)
    line.systems.hq_reporting(task, "2026-06-16T09:00", 90, note="von Hand")
    entry(line)
    line.run()
    assert line.rows() == [BOOKED]
    line.settled()


def test_a7_the_loss_of_a_task_keeps_the_reporting(line: Line) -> None:
    entry(line)
    line.run()
    gone = line.tasks["Startseite"]
    line.systems.aw_delete(gone)
    hq, awork = line.side(ACCEPTING)
    known = replace(awork.ground, tasks={gone: False})  # type: ignore[type-var]
    snapshot = replace(awork, ground=known).snapshot(line.reads(), line.world())
    (item,) = snapshot.items.values()
    assert item.trouble is not None
    assert item.trouble.code == "entry_detached"
    assert len(hq.snapshot(line.reads(), line.world()).items) == 1


def test_a8_the_flag_decides_about_acceptance_where_hellohq_does_not(line: Line) -> None:
    line.systems.hq.rules.auto_approve = False
    entry(line)
    free = entry(line, "2026-06-16T14:00", billable=False)
    line.run(ASKING)
    assert [row[-1] for row in line.rows()] == [True, False]
    line.settled(ASKING)
    line.systems.aw_edit_time(free, isBillable=True)
    line.run(ASKING)
    assert [row[-1] for row in line.rows()] == [True, True]
    line.settled(ASKING)


def test_a8_all_are_accepted_where_hellohq_accepts_by_itself(line: Line) -> None:
    line.systems.hq.rules.auto_approve = False
    entry(line, billable=False)
    line.run()
    assert [row[-1] for row in line.rows()] == [True]
    line.settled()


def test_a8_changing_the_setting_undoes_no_acceptance(line: Line) -> None:
    entry(line, billable=False)
    line.run(ACCEPTING)
    line.settled(ASKING)
    assert [row[-1] for row in line.rows()] == [True]


# -- single requests ---------------------------------------------------------------------------


def written(line: Line) -> tuple[HqReportings, dict[str, Any], str]:
    """The side, what it holds in its own ids, and the reporting's id, after one entry."""
    entry(line)
    line.run()
    fields = {
        "project": str(line.project), "user": str(line.systems.user(ANNA)),
        "task": str(line.systems.hq_named("Startseite", line.project)),
        "start": "2026-06-16T07:00:00Z", "seconds": 5400, "note": "Layout", "approved": True,
    }  # fmt: skip
    return line.side(ACCEPTING)[0], fields, line.links[0].left_id or ""


def steps(side: HqReportings, fields: dict[str, Any], id: str, **changed: Any) -> list[Step]:
    before = {name: fields[name] for name in changed}
    write = Write("update", id, {**fields, **changed}, before, frozenset(changed))
    return list(side.recipe(write).steps)


def test_a7_what_is_locked_in_hellohq_stays_and_is_called_locked(line: Line) -> None:
    side, fields, id = written(line)
    line.systems.hq.rules.lock_approved = True
    update, replacing = steps(side, fields, id, note="x")[0], steps(side, fields, id, user="4702")
    deleting = side.recipe(Write("delete", id, {}, fields, frozenset())).steps[0]
    for step in (update, replacing[0], deleting):
        with pytest.raises(Locked):
            step.send()
    assert line.rows() == [BOOKED]


def test_a7_a_refused_replacement_is_put_back(line: Line) -> None:
    side, fields, id = written(line)
    write = Write(
        "update", id, {**fields, "user": "999999"}, {"user": fields["user"]}, frozenset({"user"})
    )
    recipe = side.recipe(write)
    delete, create = recipe.steps
    assert (delete.send().id, line.rows()) == (None, [])
    with pytest.raises(Rejected):
        create.send()
    assert recipe.restore is not None
    recipe.restore.send()
    assert line.rows() == [BOOKED]


def test_a7_a_replacement_that_broke_off_is_completed(line: Line) -> None:
    side, fields, id = written(line)
    line.systems.hq_delete_reporting(int(id))
    write = Write("update", None, {**fields, "user": "4702"}, fields, frozenset(fields))
    (create,) = side.recipe(write).steps
    assert create.creates
    create.send()
    assert [row[0] for row in line.rows()] == [BEN]


def test_a7_a_new_reporting_that_is_refused_brings_back_no_old_one(line: Line) -> None:
    side, fields, _id = written(line)
    write = Write("create", None, fields, fields, frozenset(fields))
    assert side.recipe(write).restore is None


def test_a7_what_is_deleted_already_needs_no_deleting(line: Line) -> None:
    side, fields, id = written(line)
    line.systems.hq_delete_reporting(int(id))
    (delete,) = side.recipe(Write("delete", id, {}, fields, frozenset())).steps
    assert delete.send().id is None


def test_i7_gone_is_only_what_awork_says_does_not_exist(line: Line) -> None:
    id = entry(line)
    side = line.side(ACCEPTING)[1]
    assert not side.confirm_gone(id, "")
    line.systems.aw_delete_time(id)
    assert side.confirm_gone(id, "")


def test_a7_nothing_from_before_the_start_date_is_transferred(line: Line) -> None:
    entry(line, "2026-02-27T09:00")
    entry(line, "2026-06-16T09:00")
    assert ACCEPTING.entries_from == date(2026, 3, 1)
    line.run()
    assert line.rows() == [BOOKED]
