"""What must hold of a run, told from pictures of both systems and the history alone (I2, A13, A15).

`Facts` are all synced fields of all plans: before the edits, after them, after the run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from integrations.models import Integration, Link, RunEntry
from sandbox.odata.model import Row
from tests.projects.plans import ADMINISTRATION, EVEN, NONE, Line, Plans, words_of
from tests.projects.systems import Systems, folded

Side = Literal["helloHQ", "awork"]
Key = tuple[Side, str]
"""A task, phase or list of one side, by its id."""
Values = dict[str, Any]
Facts = Mapping[Key, Values]
HQ: Side = "helloHQ"
AW: Side = "awork"
STREAM = "tasks"
REMOVALS = ("delete", "archive", "unlink")


# -- what both systems say


def facts(systems: Systems) -> Facts:
    return dict([*_hq_facts(systems), *_awork_facts(systems)])


def _hq_facts(systems: Systems) -> Iterator[tuple[Key, Values]]:
    plans, tables = Plans(systems), systems.hq.tables
    for project in tables["Projects"]:
        below: dict[int | None, list[Row]] = defaultdict(list)
        for row in tables["ProjectTasks"].where("ProjectId", project["Id"]):
            below[row["ParentId"]].append(row)
        for row in _mirrored(below, None):
            line = plans.hq_line(row, (row["Name"].strip(),))
            values = _values(line, str(row["ParentId"] or ""))
            for one in tables["TaskAssignments"].where("TaskId", row["Id"]):
                if one["UserId"] in line.people:
                    values[f"raw:{one['UserId']}"] = round(one["AssignmentValue"] * 60)
            yield (HQ, str(row["Id"])), values if row["ParentId"] else {"name": values["name"]}


def _mirrored(below: Mapping[int | None, list[Row]], above: int | None) -> Iterator[Row]:
    """Everything but the administration."""
    for row in below.get(above, ()):
        if above is not None or folded(row["Name"]) != ADMINISTRATION:
            yield row
            yield from _mirrored(below, row["Id"])


def _awork_facts(systems: Systems) -> Iterator[tuple[Key, Values]]:
    plans, state = Plans(systems), systems.awork
    for row in state.lists:
        yield (AW, row["id"]), {"name": row["name"].strip()}
    for row in state.tasks:
        if row["projectId"]:
            place = row["parentId"] or state.list_of(row) or NONE
            values = _values(plans.awork_line(row), place)
            for one in row["assignees"]:
                if user := plans.users.get(one["id"]):
                    values[f"raw:{user}"] = round(one["plannedEffort"] / 60)
            yield (AW, row["id"]), values


def _values(line: Line, parent: str) -> Values:
    values: Values = {
        "name": line.names[0], "text": line.words, "first": line.first, "last": line.last,
        "type": line.kind, "status": line.status or str(line.done), "parent": parent,
    }  # fmt: skip
    if line.minutes is not None:
        values["target"] = line.minutes
    return values | {f"person:{user}": share for user, share in line.people.items()}


# -- what was changed between two pictures

GONE = "gone"
Edits = Mapping[Key, Mapping[str, Any]]
"""The new values by field, GONE for a person who was taken off."""


def edits(before: Facts, after: Facts) -> Edits:
    """What changed of the records that are in both."""
    found = {}
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        names = [n for n in old.keys() | new.keys() if not n.startswith("raw:")]
        changed = {n: new.get(n, GONE) for n in names if old.get(n, GONE) != new.get(n, GONE)}
        if changed:
            found[key] = changed
    return found


@dataclass(frozen=True)
class Round:
    """`base`: both equal; `edited`: after people's edits; `after`: after the run (or runs, from
    number `first_run` on)."""

    systems: Systems
    integration: Integration
    base: Facts
    edited: Facts
    after: Facts
    pairs: Mapping[str, str]
    first_run: int


def pairs_of(integration: Integration) -> dict[str, str]:
    """awork's id by helloHQ's, of tasks and lists; of lists without the project's."""
    rows = Link.objects.filter(integration=integration, stream=STREAM)
    ids = rows.values_list("left_id", "right_id")
    return {left: right.rpartition("/")[2] for left, right in ids if left and right}


def retired(integration: Integration) -> frozenset[int]:
    rows = Link.objects.filter(integration=integration, stream=STREAM, state=Link.State.RETIRED)
    return frozenset(int(id) for id in rows.values_list("left_id", flat=True) if id)


def loose(integration: Integration) -> frozenset[int]:
    """helloHQ's phases for what is in no list, whatever people call them."""
    rows = Link.objects.filter(integration=integration, stream=STREAM, right_id__endswith="/none")
    return frozenset(int(id) for id in rows.values_list("left_id", flat=True) if id)


# -- the laws


def broken(round: Round) -> list[str]:
    """Every way in which the round broke a law."""
    return [*lost_values(round), *lost_edits(round)]


def lost_values(round: Round) -> Iterator[str]:
    """I2: what a run overwrote or removed is in its history."""
    history = _history(round)
    for key, old in round.edited.items():
        new = round.after.get(key)
        entries = history.get(key, [])
        if new is None:
            if not any(entry.action in REMOVALS for entry in entries):
                yield f"{key} {old['name']!r}: removed without a trace"
            continue
        for name, value in old.items():
            told = _is_flattened(round, key, name) or not _is_gone(name, value, new)
            if not told and not _is_told(round, key, name, value, entries):
                yield f"{key} {old['name']!r}: {name} {value!r} became {new.get(name)!r} untold"


def _is_flattened(round: Round, key: Key, name: str) -> bool:
    """What is below a sub-task in helloHQ lies beside it in awork, and is named so (A2): to come
    there, or from there, is an edit of its place and name."""
    if name not in ("parent", "name"):
        return False
    ids = [key[1]] if key[0] == HQ else _others(round, key[1])
    pictures = (round.base, round.edited, round.after)
    return any(_level(facts, id) > 3 for facts in pictures for id in ids)


def _level(facts: Facts, id: str) -> int:
    """Of a helloHQ task; phases have level 1."""
    found = facts.get((HQ, id))
    return 0 if found is None else 1 + _level(facts, found.get("parent", ""))


def _is_hours(name: str) -> bool:
    return name == "target" or name.startswith("person:")


def _was_summed_up(round: Round, *keys: Key) -> bool:
    """A parent's target in helloHQ is the sum of its children's, even when they are gone; nobody
    has a share of that."""
    return any("target" not in facts.get(key, {}) for key in keys
               for facts in (round.base, round.edited))  # fmt: skip


def _is_summing(round: Round, key: Key, name: str) -> bool:
    """Whether an hours field reads differently only because a leaf became a parent or the other
    way round: its target comes or goes, and with it the even shares."""
    if not (_is_hours(name) and _was_summed_up(round, key)):
        return False
    old, new = (facts[key].get(name, GONE) for facts in (round.base, round.edited))
    return name == "target" or (EVEN in (old, new) and GONE not in (old, new))


def _others(round: Round, id: str) -> list[str]:
    """The counterparts' ids, by either side's: a record may be made again in the round."""
    lefts = [left for left, right in round.pairs.items() if right == id]
    return [*lefts, *([round.pairs[id]] if id in round.pairs else [])]


def _is_gone(name: str, value: Any, new: Values) -> bool:
    if name.startswith("raw:") or value in ("", (), 0, NONE, str(False)):
        return False
    if name == "status" and value == str(True):  # done, without a status
        return bool(new.get(name) == str(False))
    if not name.startswith("person:"):
        return bool(name in new and new[name] != value)
    if value is EVEN:
        return name not in new
    return bool(new.get(name.replace("person:", "raw:")) != value)


def _history(round: Round) -> Mapping[Key, list[RunEntry]]:
    found: dict[Key, list[RunEntry]] = defaultdict(list)
    rows = RunEntry.objects.filter(
        run__integration=round.integration, run__gte=round.first_run, stream=STREAM
    )
    for row in rows:
        found[HQ, row.left_id].append(row)
        found[AW, row.right_id.rpartition("/")[2]].append(row)
    return found


def _is_told(round: Round, key: Key, name: str, value: Any, entries: Iterable[RunEntry]) -> bool:
    spelled = [
        pair for entry in entries for pair in _leaves({"b": entry.before, "d": entry.detail})
    ]
    return any(_says(round, key[0], name, value, *pair) for pair in spelled)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value


def _says(round: Round, side: Side, name: str, value: Any, where: str, said: Any) -> bool:
    """Whether a value in a history row is the one that was lost, however it is spelled there."""
    text = str(said or "")
    if name.startswith("person:"):
        return name.rpartition(":")[2] in where or name.rpartition(":")[2] in text
    if name == "text":
        return bool(words_of(text) == value)
    if name == "target":
        return bool(said in (value, value * 60, value / 60))
    if name == "parent":
        return any(id in text for id in (str(value), *_others(round, str(value))))
    if name == "type" and where == name and not text:
        return True  # awork gave the task its first type, which nobody chose
    if name == "type":
        return folded(text) == value or text in _ids_of_type(round.systems, value)
    if name == "status":
        return folded(text) == value or text in _ids_of_status(round.systems, value)
    return text.strip() == value or text.endswith(str(value))


def _ids_of_type(systems: Systems, name: str) -> set[str]:
    ours = {str(r["Id"]) for r in systems.hq.tables["TaskTypes"] if folded(r["Name"]) == name}
    return ours | {r["id"] for r in systems.awork.types_of_work if folded(r["name"]) == name}


def _ids_of_status(systems: Systems, name: str) -> set[str]:
    words = {"True": {":done", "fertig"}, "False": {":open", "offen"}, "fertig": {":done"},
             "offen": {":open"}}  # fmt: skip
    rows = systems.hq.tables["TaskTypeStatuses"]
    ours = {str(r["Id"]) for r in rows if folded(r["Name"]) == name}
    theirs = {r["id"] for r in systems.awork.task_statuses if folded(r["name"]) == name}
    return ours | theirs | words.get(name, set())


def lost_edits(round: Round) -> Iterator[str]:
    """A13, A15: an edit stands unless the other side edited the same; then one of the two does.
    An edited or new record stands, whatever the other side did to it; that a parent has become a
    leaf, or a leaf a parent, is none."""
    mine = edits(round.base, round.edited)
    for key, changed in mine.items():
        far: Side = AW if key[0] == HQ else HQ
        others: list[Key] = [(far, id) for id in _others(round, key[1])]
        after = round.after.get(key)
        rival = {name for other in others for name in mine.get(other, {})}
        if after is None:
            if said := [name for name in changed if not _is_summing(round, key, name)]:
                yield f"{key} {round.edited[key]['name']!r}: edited {sorted(said)} and gone"
            continue
        for name, value in changed.items():
            excused = _rivals(name) & rival or _is_flattened(round, key, name)
            excused = excused or (_is_hours(name) and _was_summed_up(round, key, *others))
            excused = excused or _is_first_status(round.base[key], name)
            excused = excused or (name == "parent" and _went_round(round, key[1]))
            if not excused and not _stands(name, value, after):
                shown = f"{value!r} became {after.get(name, GONE)!r}"
                yield f"{key} {round.edited[key]['name']!r}: the edit {name} {shown}"
    for key in round.edited.keys() - round.base.keys() - round.after.keys():
        yield f"{key} {round.edited[key]['name']!r}: new and gone"


def _went_round(round: Round, id: str) -> bool:
    """Whether people's moves on both sides lead from a task back to itself: one of them loses."""
    lefts = {right: left for left, right in round.pairs.items()}
    above: dict[str, set[str]] = defaultdict(set)
    for (_side, own), values in round.edited.items():
        parent = str(values.get("parent", ""))
        above[lefts.get(own, own)].add(lefts.get(parent, parent))
    start = lefts.get(id, id)
    reached: set[str] = set()
    new = above[start]
    while new:
        reached |= new
        new = {one for at in new for one in above[at]} - reached
    return start in reached


def _is_first_status(base: Values, name: str) -> bool:
    """helloHQ gives a task its first status along with its first type; awork has one already."""
    return name == "status" and base[name] in (str(True), str(False))


def _stands(name: str, value: Any, after: Values) -> bool:
    if not name.startswith("person:"):
        return name not in after or value == GONE or after[name] == value
    if value in (GONE, EVEN):
        return (name in after) is (value is EVEN)
    return bool(after.get(name.replace("person:", "raw:")) == value)


def _rivals(name: str) -> set[str]:
    """Fields of the other side that may win over this one: a status belongs to a type, and what
    is first must not be last."""
    groups = ({"type", "status"}, {"first", "last"})
    return next((group for group in groups if name in group), {name})
