"""Sides and blueprints over the remotes: people (MATCH), leave (one way), tasks (a tree, both
ways) and staff (one way, archived instead of deleted).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.gateway import Gateway
from integrations.engine.references import ref
from integrations.engine.stream import (
    BLANK,
    Fields,
    Flow,
    Item,
    Outcome,
    Reads,
    Recipe,
    Rule,
    Snapshot,
    Source,
    Step,
    Stream,
    Trouble,
    Which,
    Winner,
    Write,
)
from integrations.engine.stream import World as Identities
from tests.engine.crew import CREW, effects_of, with_crew
from tests.engine.remotes import LONGEST_NAME, Record, Remote, World

PEOPLE, LEAVE, TASKS, STAFF = "people", "leave", "tasks", "staff"
LEAVE_FIELDS = ("user", "kind", "first", "days")
TASK_FIELDS = ("serial", "name", "code", "amount", "color", "tags", "parent")
TASK_RULES = (
    Rule("serial"),
    Rule("name", winner=Winner.NEWEST),
    Rule("code", owner=Which.LEFT),
    Rule("amount", winner=Winner.LEFT),
    Rule("color", winner=Winner.ASK),
    Rule("tags", winner=Winner.RIGHT),
    Rule(f"{CREW}*"),
    Rule("parent"),
)


@dataclass
class Options:
    """What a test may change about the blueprints.

    `shown`: ids of the tasks that a partial read names, None reads all. `foreign` names leaves on
    the right that are to go. `template` is made on the right together with a new staff record.
    """

    mapping: dict[str, str] = field(default_factory=lambda: {"a": "A", "b": "B"})
    streams: Sequence[str] = (PEOPLE, LEAVE, TASKS)
    adopt_tasks: bool = False
    edits_survive: bool = True
    pairs_equals: bool = True
    lost_copy: str = ""
    hold_vanished: bool = False
    concurrency: int = 1
    missing: Sequence[str] = ()
    shown: Collection[str] | None = None
    foreign: Callable[[Item], bool] = lambda item: False
    template: Mapping[str, Any] | None = None
    retired: str = ""
    account: Callable[[Reads, Identities], Account] = lambda reads, world: Account({}, {})


@dataclass(frozen=True)
class Table:
    """What all sides have in common: one table of one remote."""

    remote: Remote
    which: Which
    name: str

    @property
    def vendor(self) -> str:
        return self.remote.vendor

    @property
    def source(self) -> str:
        return f"{self.vendor} {self.name}"

    def snapshot(self, reads: Reads, world: Identities) -> Snapshot:
        listing = reads[self.source]
        items = [self.item(record, world) for record in listing.records]
        return Snapshot({item.id: item for item in items}, listing.complete)

    def item(self, record: Record, world: Identities) -> Item:
        raise NotImplementedError

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError

    def confirm_gone(self, id: str, alias: str) -> bool:
        return not self.remote.exists(self.name, id)

    def read_from(self) -> Source:
        return Source(
            self.source, self.vendor, dict[str, Any],
            lambda cursor: self.remote.pages(self.name, cursor), lambda record: record["id"],
        )  # fmt: skip

    def delete(self, id: str, *, last: bool = True) -> Step:
        def send() -> Outcome:
            self.remote.delete(self.name, id)
            return Outcome(None)

        return Step("delete", send, writes=None if last else frozenset())


def _about(record: Record) -> dict[str, Any]:
    return {
        "id": record["id"],
        "version": record["version"],
        "changed_at": datetime.fromisoformat(record["changed"]),
        "created_at": datetime.fromisoformat(record["created"]),
        "by_us": record["author"] == "us",
        "marker": record["marker"],
    }


@dataclass(frozen=True)
class People(Table):
    def item(self, record: Record, world: Identities) -> Item:
        rank = 0 if record.get("active", True) else 1
        key = record["email"].strip().casefold()
        return Item(id=record["id"], fields={}, key=key, rank=rank, label=record["email"])


@dataclass(frozen=True)
class LeftLeave(Table):
    options: Options

    def item(self, record: Record, world: Identities) -> Item:
        user = world.partner(PEOPLE, Which.LEFT, record["person"])
        kind = self.options.mapping.get(record["type"])
        about = {"id": record["id"], "version": record["version"], "label": record["serial"]}
        if record["status"] != "approved":
            return Item(**about, fields=None, withdrawn=True, trouble=Trouble("not_approved"))
        if user is None:
            found = world.trouble(PEOPLE, Which.LEFT, record["person"])
            return Item(**about, fields=None, trouble=found or Trouble("no_match"))
        if kind is None:
            return Item(**about, fields=None, trouble=Trouble("unmapped_type"))
        fields = {
            "user": user, "kind": kind, "first": record["first"], "days": record["days"],
            "note": record["serial"],
        }  # fmt: skip
        return Item(**about, fields=fields, key=f"{user}/{kind}/{record['first']}")

    def recipe(self, write: Write) -> Recipe:
        raise AssertionError("I12: a one-way stream writes to its source")


@dataclass(frozen=True)
class RightLeave(Table):
    """No update: a record is deleted and made again, and put back when that is refused."""

    def item(self, record: Record, world: Identities) -> Item:
        fields = {name: record[name] for name in (*LEAVE_FIELDS, "note")}
        key = f"{record['user']}/{record['kind']}/{record['first']}"
        return Item(**_about(record), fields=fields, key=key, label=record["note"])

    def recipe(self, write: Write) -> Recipe:
        if write.action == "delete":
            return Recipe([self.delete(write.id or "")])
        create = self._create(write.want)
        if write.action == "create" or write.id is None:
            return Recipe([create])
        before = {**write.want, **write.before}
        return Recipe([self.delete(write.id, last=False), create], self._create(before))

    def _create(self, fields: Fields) -> Step:
        def send() -> Outcome:
            made = self.remote.post(self.name, dict(fields))
            return Outcome(made["id"], {n: made[n] for n in LEAVE_FIELDS}, made["version"])

        return Step("create", send, creates=True)


@dataclass(frozen=True)
class Tasks(Table):
    """A tree with a crew. The left remote makes a task in four steps, and people come and go by
    requests of their own: other hours are DELETE and POST. The right one holds a marker."""

    options: Options

    def snapshot(self, reads: Reads, world: Identities) -> Snapshot:
        whole, shown = Table.snapshot(self, reads, world), self.options.shown
        if shown is None:
            return whole
        items = {id: item for id, item in whole.items.items() if id in shown}
        linked = {id for link in world.links(TASKS) if (id := link.id_on(self.which))}
        rest = frozenset(linked - items.keys())
        return replace(whole, items=items, unreadable=rest, partial=True)

    def item(self, record: Record, world: Identities) -> Item:
        name = record["name"].strip()[:LONGEST_NAME].strip().casefold()
        return Item(
            **_about(record), fields=self.fields(record), label=record["name"],
            key=name if self.options.adopt_tasks else "",
            notes=[Trouble("odd")] if record["code"] == "odd" else [],
            untouched=record["author"] == "template",
        )  # fmt: skip

    def fields(self, record: Record) -> Fields:
        fields = {name: record[name] for name in TASK_FIELDS}
        fields |= {f"{CREW}{who}": hours for who, hours in record["crew"].items()}
        parent = record["parent"]
        return fields | {"parent": ref(TASKS, self.which, parent) if parent else None}

    def recipe(self, write: Write) -> Recipe:
        if write.action == "delete" and write.before.get("code") == "billed":
            return Recipe([self._retire(write.id or "")])
        if write.action == "delete":
            return Recipe([self.delete(write.id or "")])
        if write.action == "update" and write.id is not None:
            return Recipe(self._update(write, write.id))
        if self.which is Which.RIGHT:
            return Recipe([self._post(with_crew(write.want), write.marker)])
        return self._in_steps(write)

    def _retire(self, id: str) -> Step:
        def send() -> Outcome:
            self.remote.patch(self.name, id, {"color": "closed"})
            return Outcome(id, retired="closed")

        return Step("close", send)

    def _update(self, write: Write, id: str) -> list[Step]:
        if self.which is Which.RIGHT:
            return [self._patch(id, write.want, write.changed)]
        crew = {name for name in write.changed if name.startswith(CREW)}
        plain = write.changed - crew
        steps = [self._patch(id, write.want, plain)] if plain else []
        return steps + ([self._man(lambda: id, write.want, crew)] if crew else [])

    def _man(self, id: Callable[[], str], want: Fields, names: Collection[str]) -> Step:
        def send() -> Outcome:
            before = self.remote.one(self.name, id())
            for name in sorted(names):
                who = name.removeprefix(CREW)
                if who in before["crew"]:
                    self.remote.assign(self.name, id(), who, "")
                if want[name] != BLANK:
                    self.remote.assign(self.name, id(), who, want[name])
            outcome = self._outcome(self.remote.one(self.name, id()))
            return replace(outcome, effects=effects_of(self.fields(before), outcome, want, names))

        return Step("crew", send, writes=frozenset(names))

    def _in_steps(self, write: Write) -> Recipe:
        made: list[str] = []
        first = ("serial", "name", "code", "parent")
        empty = {"amount": 0, "color": "", "tags": [], "crew": {}}
        crew = [name for name in write.want if name.startswith(CREW)]
        start = {**empty, **{name: write.want[name] for name in first}}

        def send() -> Outcome:
            outcome = self._post(start, "").send()
            made.append(outcome.id or "")
            return outcome

        def then(*names: str) -> Step:
            changed = frozenset(names)
            return Step(
                "more", lambda: self._patch(made[0], write.want, changed).send(), writes=changed
            )

        return Recipe(
            [
                Step("create", send, creates=True, writes=frozenset(first)),
                then("amount", "color"),
                then("tags"),
                *([self._man(lambda: made[0], write.want, crew)] if crew else []),
            ]
        )

    def _post(self, fields: Record, marker: str) -> Step:
        return Step(
            "create", lambda: self._outcome(self.remote.post(self.name, fields, marker)),
            creates=True,
        )  # fmt: skip

    def _patch(self, id: str, want: Fields, changed: frozenset[str]) -> Step:
        fields = with_crew({name: want[name] for name in sorted(changed)})
        send = lambda: self._outcome(self.remote.patch(self.name, id, fields))  # noqa: E731
        return Step("update", send, writes=changed)

    def _outcome(self, record: Record) -> Outcome:
        return Outcome(record["id"], self.fields(record), record["version"])


@dataclass(frozen=True)
class LeftStaff(Table):
    def item(self, record: Record, world: Identities) -> Item:
        fields = {"name": record["name"], "active": True}
        about = {**_about(record), "withdrawn": record.get("left", False)}
        return Item(**about, fields=fields, key=record["email"], label=record["name"])


@dataclass(frozen=True)
class RightStaff(Table):
    options: Options

    def item(self, record: Record, world: Identities) -> Item:
        fields = {"name": record["name"], "active": record["active"]}
        return Item(**_about(record), fields=fields, key=record["email"], label=record["name"])

    def recipe(self, write: Write) -> Recipe:
        def send() -> Outcome:
            record = (
                self.remote.patch(self.name, write.id, dict(write.want))
                if write.id
                else self.remote.post(self.name, {"email": "?", **write.want})
            )
            if not write.id and self.options.template:
                self.remote.add(TASKS, author="template", **self.options.template)
            fields = {name: record[name] for name in ("name", "active")}
            return Outcome(record["id"], fields, record["version"])

        return Recipe([Step(write.action, send, creates=write.id is None)])


def streams_of(world: World, options: Options) -> list[Stream]:
    left, right = (world.left, Which.LEFT), (world.right, Which.RIGHT)
    found = {
        PEOPLE: Stream(PEOPLE, People(*left, PEOPLE), People(*right, PEOPLE), (), Flow.MATCH),
        LEAVE: Stream(
            LEAVE, LeftLeave(*left, LEAVE, options), RightLeave(*right, LEAVE),
            [Rule(name, owner=Which.LEFT) for name in LEAVE_FIELDS], Flow.TO_RIGHT,
            sticky=True, pairs_equals=options.pairs_equals, removal_first=True,
            lost_copy=options.lost_copy, hold_vanished=options.hold_vanished,
            foreign=options.foreign, guards_foreign=True,
        ),
        TASKS: Stream(
            TASKS, Tasks(*left, TASKS, options), Tasks(*right, TASKS, options), TASK_RULES,
            Flow.BOTH, edits_survive=options.edits_survive, refs=frozenset({"parent"}),
            parent="parent", retired=options.retired,
        ),
        STAFF: Stream(
            STAFF, LeftStaff(*left, STAFF), RightStaff(*right, STAFF, options),
            [Rule("name", owner=Which.LEFT), Rule("active", owner=Which.LEFT)], Flow.TO_RIGHT,
            archive=("active", False), hold_vanished=options.hold_vanished, begins_others=True,
        ),
    }  # fmt: skip
    return [found[name] for name in options.streams]


def blueprint_of(world: World, options: Options, gateway: Gateway) -> Blueprint:
    for remote in world.both:
        remote.gate, remote.count = gateway, gateway.count
    streams = streams_of(world, options)
    sides: list[Any] = [side for stream in streams for side in (stream.left, stream.right)]
    return Blueprint(
        streams=streams,
        sources=lambda stale: [side.read_from() for side in sides],
        account=options.account,
        admit=lambda: options.missing,
        concurrency=options.concurrency,
    )


def task(serial: str, **fields: Any) -> Mapping[str, Any]:
    """The fields of a task, for `Remote.add`."""
    defaults: dict[str, Any] = {
        "name": serial, "code": "", "amount": 1, "color": "", "tags": [], "parent": None,
        "crew": {},
    }  # fmt: skip
    return {"serial": serial, **defaults, **fields}


def leave(serial: str, person: str, **fields: Any) -> Mapping[str, Any]:
    """The fields of a leave on the left, for `Remote.add`."""
    defaults = {"type": "a", "first": 1, "days": 1, "status": "approved"}
    return {"serial": serial, "person": person, **defaults, **fields}
