"""What must hold after every run, whatever happened before: the laws of design.md as checks.

`Memory` is what an observer knows who sees both remotes and every edit of a person, and never
looks into the engine.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.changes import record_of
from integrations.engine.stream import BLANK
from integrations.models import PendingDeletion, Problem, RunEntry, SyncRun
from tests.engine.bench import Bench
from tests.engine.crew import CREW
from tests.engine.remotes import EVEN, MOST, SHARE, Remote
from tests.engine.sides import LEAVE, PEOPLE, TASKS

MEMBERS = tuple(f"{CREW}{who}" for who in ("ann", "bob", "cy"))
COMPARED = ("name", "code", "amount", "color", "tags", "parent", *MEMBERS)
SIDES = ("left", "right")


@dataclass
class Memory:
    """Since the last run that went through: values by (side, serial, field) that a person wrote,
    serials that a person deleted by side, the tasks as they were then, and by serial of a leave
    its source version and what it was translated to then. `disturbed`: a write broke off, so that
    the engine may not know what it did besides."""

    edits: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    deleted: dict[str, set[str]] = field(default_factory=lambda: {s: set() for s in SIDES})
    tasks: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {s: {} for s in SIDES}
    )
    pairs: dict[str, tuple[str, str]] = field(default_factory=dict)
    leave: dict[str, tuple[str, Any]] = field(default_factory=dict)
    disturbed: bool = False


def remote(bench: Bench, side: str) -> Remote:
    return bench.world.left if side == "left" else bench.world.right


def tasks(bench: Bench, side: str) -> dict[str, dict[str, Any]]:
    """Live tasks by serial, what a lossy remote cannot hold taken off, parents as serials.

    Raises AssertionError on a duplicate (I1)."""
    table = remote(bench, side).table(TASKS)
    found: dict[str, dict[str, Any]] = {}
    for record in table.values():
        assert record["serial"] not in found, f"I1: {record['serial']} twice on the {side}"
        parent = table[record["parent"]]["serial"] if record["parent"] else None
        values = {name: coarse(name, said(record, name)) for name in COMPARED}
        found[record["serial"]] = values | {"parent": parent, "id": record["id"]}
    return found


def said(record: dict[str, Any], name: str) -> Any:
    if name in MEMBERS:
        return record["crew"].get(name.removeprefix(CREW), BLANK)
    return record[name]


def coarse(name: str, value: Any) -> Any:
    if name in MEMBERS:
        hours = value or BLANK
        return EVEN if hours == SHARE else min(hours, MOST) if isinstance(hours, int) else hours
    if name == "name":
        return value.strip()[:12].strip()
    return round(value) if name == "amount" else value


def check_no_duplicates(bench: Bench) -> None:
    """I1, after every run and every crash."""
    for side in SIDES:
        tasks(bench, side)
    notes = Counter(r["note"] for r in bench.world.right.table(LEAVE).values())
    assert all(number == 1 for number in notes.values()), f"I1: {notes}"


def check_settled(bench: Bench, memory: Memory, run: SyncRun) -> None:
    """All laws that a run which went through must leave behind."""
    check_no_duplicates(bench)
    check_one_way(bench, memory)
    if run.status == SyncRun.Status.FAILED:
        return
    left, right = tasks(bench, "left"), tasks(bench, "right")
    excused = _excused(bench)
    held = _held(bench)
    if not _failures(bench):
        check_convergence(left, right, excused, held)
        check_deletions(memory, left, right, held, _turned(bench, memory))
        check_edits(bench, memory, left, right, excused, held)
    check_links(bench, memory, left, right)
    check_leave(bench, memory)
    memory.edits.clear()
    memory.deleted = {side: set() for side in SIDES}
    memory.tasks = {"left": left, "right": right}
    memory.disturbed = any(one.faults for one in bench.world.both)
    bench.world.left.turned.clear()


def _failures(bench: Bench) -> bool:
    return Problem.objects.filter(integration=bench.integration, severity="fail").exists()


def _excused(bench: Bench) -> set[tuple[str, str]]:
    """(left id, field) of parked conflicts."""
    rows = Problem.objects.filter(integration=bench.integration, code="conflict")
    records = [(record_of(row.record_id), row.detail["field"]) for row in rows]
    return {(record.removeprefix("L:"), name) for record, name in records}


def _turned(bench: Bench, memory: Memory) -> set[tuple[str, str]]:
    """(serial, member) that a write which broke off changed besides: to the engine an edit."""
    turned = bench.world.left.turned if memory.disturbed else set()
    return {(serial, f"{CREW}{who}") for serial, who in turned}


def _held(bench: Bench) -> set[str]:
    rows = PendingDeletion.objects.filter(integration=bench.integration, stream=TASKS)
    ids = {id for row in rows for id in (row.link.left_id, row.link.right_id)}
    return {str(id) for id in ids}


def check_convergence(
    left: dict[str, Any], right: dict[str, Any], excused: set[tuple[str, str]], held: set[str]
) -> None:
    """I3: both sides hold the same tasks with the same values."""
    for serial in left.keys() | right.keys():
        if serial not in left or serial not in right:
            one = left.get(serial) or right[serial]
            assert one["id"] in held, f"I3: {serial} only on one side"
            continue
        for name in COMPARED:
            if (left[serial]["id"], name) not in excused:
                ours, theirs = left[serial][name], right[serial][name]
                assert ours == theirs, f"I3: {serial}.{name} {ours!r} ≠ {theirs!r}"


def check_deletions(
    memory: Memory, left: dict[str, Any], right: dict[str, Any], held: set[str],
    turned: set[tuple[str, str]],
) -> None:  # fmt: skip
    """I7: nothing goes that nobody deleted; A15: an untouched record goes on both sides."""
    before = memory.tasks["left"].keys() & memory.tasks["right"].keys()
    for serial in before:
        deleted = [side for side in SIDES if serial in memory.deleted[side]]
        here = serial in left or serial in right
        if not deleted:
            assert here, f"I7: {serial} was deleted by nobody"
        elif len(deleted) == 1 and _edited(memory, _other(deleted[0]), serial):
            assert here, f"I2/A15: the edit of {serial} was lost to a deletion"
        elif serial in {one for one, _member in turned}:
            continue
        elif len(deleted) == 1 and not _stands(memory, _other(deleted[0]), serial, left, right):
            ids = {memory.tasks[side][serial]["id"] for side in SIDES}
            assert not here or ids & held, f"A15: {serial} was deleted and is still there"


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def _edited(memory: Memory, side: str, serial: str) -> bool:
    """Whether a person's edit of a task still differed from what was synced."""
    synced = memory.tasks[side][serial]
    return any(
        value != synced[name] for (where, whose, name), value in memory.edits.items()
        if where == side and whose == serial
    )  # fmt: skip


def _stands(
    memory: Memory, side: str, serial: str, left: dict[str, Any], right: dict[str, Any]
) -> bool:
    """Whether it was touched, or something that lives on hangs below it."""
    touched = any(key[:2] == (side, serial) for key in memory.edits)
    return touched or any(
        record["parent"] == serial for record in (*left.values(), *right.values())
    )


def check_edits(
    bench: Bench, memory: Memory, left: dict[str, Any], right: dict[str, Any],
    excused: set[tuple[str, str]], held: set[str],
) -> None:  # fmt: skip
    """I2: a person's edit stands, or a rule took precedence and history tells the value."""
    told, turned = _told(bench), _turned(bench, memory)
    for (side, serial, name), value in memory.edits.items():
        now = (left if side == "left" else right).get(serial)
        if now is None or now["id"] in held or now[name] == value:
            continue
        rival = (_other(side), serial, name) in memory.edits or (serial, name) in turned
        owned = name == "code" and side == "right"
        parked = now["id"] in {id for id, _field in excused}
        recreated = any(serial in gone for gone in memory.deleted.values())
        assert rival or owned or parked or recreated, (
            f"I2: {side} {serial}.{name} = {value!r} became {now[name]!r}"
        )
        synced = memory.tasks[side].get(serial, {}).get(name)
        if name != "parent" and value != synced:
            assert json.dumps(value) in told.get((serial, name), set()), (
                f"I2: {serial}.{name} = {value!r} is told nowhere"
            )


def _told(bench: Bench) -> dict[tuple[str, str], set[str]]:
    """Values that history or an open problem shows, by serial (of whichever id) and field."""
    serials = {
        record["id"]: record["serial"]
        for side in SIDES
        for record in remote(bench, side).table(TASKS).values()
    }
    found: dict[tuple[str, str], set[str]] = {}

    def tell(ids: tuple[str, str], name: str, value: Any) -> None:
        for id in ids:
            if id in serials and (value is not None or name in MEMBERS):
                shown = json.dumps(coarse(name, value))
                found.setdefault((serials[id], name), set()).add(shown)

    for entry in RunEntry.objects.filter(run__integration=bench.integration, stream=TASKS):
        for fields in (entry.before or {}, entry.after or {}):
            for name, value in fields.items():
                tell((entry.left_id, entry.right_id), name, value)
        if entry.reason == "conflict":
            for side in SIDES:
                tell((entry.left_id, entry.right_id), entry.detail["field"], entry.detail[side])
    return found


def check_links(bench: Bench, memory: Memory, left: dict[str, Any], right: dict[str, Any]) -> None:
    """I11: a pair that exists stays a pair, and is linked."""
    links = bench.links(TASKS)
    pairs = {s: (left[s]["id"], right[s]["id"]) for s in left.keys() & right.keys()}
    for serial, (left_id, right_id) in pairs.items():
        assert links.get(left_id) == right_id, f"I11: {serial} is not linked"
        if not any(serial in gone for gone in memory.deleted.values()):
            assert memory.pairs.get(serial, (left_id, right_id)) == (left_id, right_id), (
                f"I11: {serial} was made anew"
            )
    memory.pairs = pairs


def check_one_way(bench: Bench, memory: Memory) -> None:
    """I12: nothing is ever written to the source of a one-way stream, nor to people."""
    written = {table for _verb, table, _id in bench.world.left.unsafe}
    assert written <= {TASKS}, f"I12: {written}"
    assert PEOPLE not in {table for _verb, table, _id in bench.world.right.unsafe}


def check_leave(bench: Bench, memory: Memory) -> None:
    """I3 and P5: every leave as it was translated when it was last edited."""
    left, right = bench.world.both
    copies = {r["note"]: r for r in right.table(LEAVE).values() if r["author"] == "us"}
    held = set(
        PendingDeletion.objects.filter(integration=bench.integration, stream=LEAVE).values_list(
            "label", flat=True
        )
    )
    sources = {r["serial"]: r for r in left.table(LEAVE).values()}
    for serial, source in sources.items():
        translated = _translate(bench, source)
        known = memory.leave.get(serial)
        if source["status"] != "approved":
            memory.leave.pop(serial, None)
        elif known is None or known[0] != source["version"]:
            if translated is not None:
                memory.leave[serial] = source["version"], translated
            elif known is not None:
                memory.leave[serial] = "", known[1]
    for serial in memory.leave.keys() - sources.keys():
        del memory.leave[serial]
    for serial, (_version, expected) in memory.leave.items():
        assert serial in copies, f"I3: leave {serial} is missing"
        actual = {name: copies[serial][name] for name in expected}
        assert actual == expected, f"I3: leave {serial}: {actual} ≠ {expected}"
    for serial in copies.keys() - memory.leave.keys():
        assert serial in held, f"I3: leave {serial} is still there"


def _translate(bench: Bench, source: dict[str, Any]) -> dict[str, Any] | None:
    kind = bench.options.mapping.get(source["type"])
    users = {r["email"]: r["id"] for r in bench.world.right.table(PEOPLE).values()}
    person = bench.world.left.table(PEOPLE)[source["person"]]
    user = users.get(person["email"])
    if kind is None or user is None:
        return None
    return {"user": user, "kind": kind, "first": source["first"], "days": source["days"]}
