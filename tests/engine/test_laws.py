"""The laws I1–I15 under arbitrary histories: a state machine over two remotes and a database.

HYPOTHESIS_LONG=1 hunts for minutes with random seeds; otherwise the same examples every time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from integrations.engine.lease import claim
from integrations.engine.stream import BLANK
from integrations.models import Integration, PendingDeletion, Problem, SyncRun
from tests.engine.bench import Bench, table_dump
from tests.engine.conftest import START
from tests.engine.crew import CREW
from tests.engine.laws import (
    MEMBERS,
    SIDES,
    Memory,
    check_no_duplicates,
    check_settled,
    coarse,
    remote,
    said,
)
from tests.engine.remotes import EVEN, World
from tests.engine.sides import LEAVE, PEOPLE, TASKS, leave, task

LONG = os.environ.get("HYPOTHESIS_LONG") == "1"
SETTINGS = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "4000")) if LONG else 40,
    stateful_step_count=30 if LONG else 25,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if os.environ.get("HYPOTHESIS_RAW") == "1" else list(Phase),
)
side = st.sampled_from(SIDES)
pick = st.integers(0, 30)
names = st.sampled_from(["x", "y ", " a longer name", "a longer name too", "z"])
values: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "code": st.sampled_from(["", "c1", "c2"]),
    "amount": st.sampled_from([0, 1, 1.4, 2.6]),
    "color": st.sampled_from(["", "red", "blue"]),
    "tags": st.lists(st.sampled_from(["t", "u", "v"]), unique=True, max_size=2),
}
crew = st.tuples(st.sampled_from(MEMBERS), st.sampled_from([EVEN, EVEN, 3, 9, BLANK]))
edits = st.one_of(*[st.tuples(st.just(name), value) for name, value in values.items()])
FAULTS = ["dropped", "answer lost", "429", "unavailable"]


class Histories(RuleBasedStateMachine):
    """People edit both remotes, the engine runs, dies, is woken twice; the laws are checked."""

    @initialize(guard=st.sampled_from([1, 100]), neighbour=st.sampled_from([False, False, True]))
    def start(self, guard: int, neighbour: bool) -> None:
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.number = 0
        self.bench = Bench.create("machine", self.clock, world=World())
        Integration.objects.filter(pk=self.bench.integration.pk).update(guard_count=guard)
        self.bench.integration.refresh_from_db()
        self.memory = Memory()
        self.people: list[str] = []
        for mail in ("ann@x.org", "bob@x.org"):
            self.people.append(self.bench.world.left.add(PEOPLE, email=mail))
            self.bench.world.right.add(PEOPLE, email=mail)
        self.neighbour = _neighbour(self.clock) if neighbour else None
        self.neighbours = self.look_next_door()

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.traveller.stop()

    # -- people ----------------------------------------------------------------------------

    def serial(self) -> str:
        self.number += 1
        return f"s{self.number}"

    def one(self, where: str, table: str, number: int) -> str | None:
        ids = sorted(remote(self.bench, where).table(table))
        return ids[number % len(ids)] if ids else None

    @rule(where=side, name=names, below=st.one_of(st.none(), pick))
    def add_task(self, where: str, name: str, below: int | None) -> None:
        self.bench.tick(seconds=1)
        parent = self.one(where, TASKS, below) if below is not None else None
        remote(self.bench, where).add(TASKS, **task(self.serial(), name=name, parent=parent))

    @rule(where=side, number=pick, edit=edits)
    def edit_task(self, where: str, number: int, edit: tuple[str, Any]) -> None:
        if (id := self.one(where, TASKS, number)) is not None:
            self.write(where, id, *edit)

    @rule(where=side, number=st.integers(0, 2), change=crew)
    def change_crew(self, where: str, number: int, change: tuple[str, Any]) -> None:
        if (id := self.one(where, TASKS, number)) is not None:
            self.write(where, id, *change)

    @rule(where=side, number=pick, below=st.one_of(st.none(), pick))
    def move_task(self, where: str, number: int, below: int | None) -> None:
        one = remote(self.bench, where)
        parent = self.one(where, TASKS, below) if below is not None else None
        id = self.one(where, TASKS, number)
        if id is not None and id not in one.ancestors(TASKS, parent):
            self.write(where, id, "parent", parent)

    def write(self, where: str, id: str, name: str, value: Any) -> None:
        self.bench.tick(seconds=1)
        one = remote(self.bench, where)
        table = one.table(TASKS)
        if name in MEMBERS:
            one.edit(TASKS, id, crew={name.removeprefix(CREW): value})
        else:
            one.edit(TASKS, id, **{name: value})
        stored = said(table[id], name)
        shown = table[stored]["serial"] if name == "parent" and stored else stored
        key = where, table[id]["serial"], name
        self.memory.edits[key] = coarse(name, shown)

    @rule(where=side, number=pick)
    def delete_task(self, where: str, number: int) -> None:
        id = self.one(where, TASKS, number)
        if id is None:
            return
        one = remote(self.bench, where)
        serials = {id: record["serial"] for id, record in one.table(TASKS).items()}
        for gone in one.remove(TASKS, id):
            self.memory.deleted[where].add(serials[gone])

    @rule(person=pick, type=st.sampled_from("abc"), first=st.integers(1, 3))
    def add_leave(self, person: int, type: str, first: int) -> None:
        who = self.people[person % len(self.people)]
        fields = leave(self.serial(), who, type=type, first=first)
        self.bench.world.left.add(LEAVE, **fields)

    @rule(number=pick, type=st.sampled_from("abc"), days=st.integers(1, 3))
    def edit_leave(self, number: int, type: str, days: int) -> None:
        if (id := self.one("left", LEAVE, number)) is not None:
            self.bench.world.left.edit(LEAVE, id, type=type, days=days)

    @rule(number=pick, status=st.sampled_from(["approved", "withdrawn"]))
    def decide_leave(self, number: int, status: str) -> None:
        if (id := self.one("left", LEAVE, number)) is not None:
            self.bench.world.left.edit(LEAVE, id, status=status)

    @rule(where=side, number=pick)
    def delete_leave(self, where: str, number: int) -> None:
        if (id := self.one(where, LEAVE, number)) is not None:
            remote(self.bench, where).remove(LEAVE, id)

    @rule(number=pick, days=st.integers(1, 3))
    def drift_of_leave(self, number: int, days: int) -> None:
        if (id := self.one("right", LEAVE, number)) is not None:
            self.bench.world.right.edit(LEAVE, id, days=days)

    @rule(type=st.sampled_from("abc"), kind=st.sampled_from(["A", "B", "C", ""]))
    def change_mapping(self, type: str, kind: str) -> None:
        self.bench.options.mapping.pop(type, None)
        if kind:
            self.bench.options.mapping[type] = kind

    @rule()
    def rename_person(self) -> None:
        """I11: an e-mail change at one end breaks no link."""
        mail = f"{self.serial()}@x.org"
        self.bench.world.left.edit(PEOPLE, self.people[0], email=mail)
        other = sorted(self.bench.world.right.table(PEOPLE))[0]
        self.bench.world.right.edit(PEOPLE, other, email=mail)

    @rule(hours=st.sampled_from([1, 25]))
    def wait(self, hours: int) -> None:
        self.bench.tick(hours=hours)

    # -- the engine ------------------------------------------------------------------------

    @rule(where=side, faults=st.lists(st.sampled_from(["", *FAULTS]), min_size=1, max_size=4))
    def trouble_with_writes(self, where: str, faults: list[str]) -> None:
        remote(self.bench, where).faults = faults
        self.memory.disturbed = True

    @rule(where=side, faults=st.lists(
        st.sampled_from(["", "429", "unavailable", "truncated", "empty"]), min_size=1, max_size=5
    ))  # fmt: skip
    def trouble_with_reads(self, where: str, faults: list[str]) -> None:
        if "empty" in faults and where == "left":
            faults = [fault for fault in faults if fault != "empty"]
        remote(self.bench, where).read_faults = [f for f in faults if f != "empty"]

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        self.settled(self.whole_run(full=full))

    def whole_run(self, **fields: Any) -> SyncRun:
        """A run that begins now. One that waits since before may have read before an edit."""
        if self.bench.integration.runs.filter(finished_at=None).exists():
            self.bench.run()
        return self.bench.run(**fields)

    @rule()
    def run_once_more(self) -> None:
        self.settled(self.whole_run())

    @rule(at=st.integers(1, 60), twice=st.one_of(st.none(), st.integers(1, 40)))
    def die_in_a_run(self, at: int, twice: int | None) -> None:
        """I6: killed anywhere, also again while it recovers; the lease runs out."""
        run = self.bench.queue()
        for point in (at, twice):
            if point is not None and self.bench.die(run, point):
                self.memory.disturbed = True
                check_no_duplicates(self.bench)
                self.bench.tick(seconds=31)

    @rule()
    def deliver_twice(self) -> None:
        """I1: while one worker holds the run, another delivery of its message does nothing."""
        run = self.bench.queue()
        if run.not_before is not None:
            return
        lease = claim(run.pk, "somebody else")
        if lease is not None:
            before = self.bench.world.dump()
            assert not self.bench.slice(run)
            assert self.bench.world.dump() == before
            self.bench.tick(seconds=31)

    @precondition(lambda self: not self.bench.integration.runs.filter(finished_at=None).exists())
    @rule()
    def dry_run(self) -> None:
        """I14: no unsafe call, and no row but its own is touched."""
        writes, before = self.bench.world.unsafe, table_dump()
        run = self.bench.run(mode=SyncRun.Mode.DRY_RUN)
        after = table_dump()
        after["SyncRun"] = [row for row in after["SyncRun"] if row["id"] != run.pk]
        after["RunEntry"] = [row for row in after["RunEntry"] if row["run_id"] != run.pk]
        assert after == before, "I14: a dry run changed rows"
        assert self.bench.world.unsafe == writes, "I14: a dry run wrote"

    @precondition(lambda self: PendingDeletion.objects.filter(decision="pending").exists())
    @rule(approve=st.booleans())
    def release(self, approve: bool) -> None:
        rows = PendingDeletion.objects.filter(decision="pending")
        rows.update(decision="approved" if approve else "rejected")
        self.settled(self.whole_run(trigger=SyncRun.Trigger.RELEASE))

    @precondition(lambda self: Problem.objects.filter(code="conflict", resolution="").exists())
    @rule(which=side)
    def resolve_conflict(self, which: str) -> None:
        Problem.objects.filter(code="conflict").update(resolution=which)

    def settled(self, run: SyncRun) -> None:
        """After a run that went through: the laws, and then silence (I4, I5, I15)."""
        check_settled(self.bench, self.memory, run)
        faults = any(one.faults or one.read_faults for one in self.bench.world.both)
        if run.status == SyncRun.Status.FAILED or faults:
            return
        self.silence()
        self.alone()

    def silence(self) -> None:
        failing = Problem.objects.filter(integration=self.bench.integration, severity="fail")
        if failing.exists():
            return
        writes, rows = self.bench.world.unsafe, len(self.bench.entries())
        self.bench.run()
        assert self.bench.world.unsafe == writes, "I4: the second run wrote"
        new = self.bench.entries()[: len(self.bench.entries()) - rows]
        assert not new, f"I4: the second run has history: {[str(e) + e.reason for e in new]}"

    def alone(self) -> None:
        """I9: the neighbour, whose records have the same ids, is never touched."""
        assert self.look_next_door() == self.neighbours

    def look_next_door(self) -> Any:
        if self.neighbour is None:
            return None
        return table_dump(self.neighbour.integration), self.neighbour.world.dump()


def _neighbour(clock: Any) -> Bench:
    """Another workspace whose remotes use the same ids."""
    other = Bench.create("neighbour", clock, world=World())
    person = other.world.left.add(PEOPLE, email="ann@x.org")
    other.world.right.add(PEOPLE, email="ann@x.org")
    for number in (1, 2):
        other.world.left.add(LEAVE, **leave(f"s{number}", person, first=number))
    other.world.right.add(TASKS, **task("s3"))
    other.run()
    return other


@pytest.mark.django_db
@pytest.mark.slow
def test_the_laws_hold_under_every_history() -> None:
    """I1–I7, I9–I12, I14, I15."""
    machine: Callable[[], RuleBasedStateMachine] = Histories
    run_state_machine_as_test(machine, settings=SETTINGS)
