"""Two quirky remotes in memory, or in a file that outlives a process that is killed.

A `World` holds both. Whatever reaches a remote passes `Remote.call`, where faults and the kill
switch sit: before a request takes effect and after it did, when the answer is on its way.
"""

from __future__ import annotations

import copy
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.utils import timezone

from integrations.remote import (
    CallCounter,
    ClosedGate,
    Gate,
    NotFound,
    OutcomeUnknown,
    Page,
    RateLimited,
    Rejected,
    RemoteError,
    Unavailable,
)

T = TypeVar("T")
Record = dict[str, Any]
PAGE = 3
LONGEST_NAME = 12
EVEN, SHARE, MOST = "even", 1, 8
"""Hours of a task's crew: an equal share, what becomes of it, and the most a lossy remote holds."""
BAD = "bad"


class Killed(BaseException):
    """The process is gone: nothing may happen after it."""


class KillSwitch:
    """Counts the points where a process may die, and dies at one of them.

    `at` is the point, from 1; None never. `hard` kills the process, else Killed is raised; then
    everything that comes later raises it too.
    """

    def __init__(self, at: int | None = None, *, hard: bool = False) -> None:
        self.at, self.hard = at, hard
        self.points = 0
        self.dead = False

    def point(self) -> None:
        self.points += 1
        if self.dead or self.points == self.at:
            self.dead = True
            if self.hard:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Killed


@dataclass
class Remote:
    """One vendor's account: tables of records by id. `lossy` remotes return less than they got.

    A task's crew are hours by person; "" takes a person off it. Where a client puts somebody on a
    task or takes them off, the equal shares of the others become hours (`turned`: by serial).
    `faults` are consumed by the next unsafe requests, one each; "" is none. `read_faults` by the
    next pages of reads.
    """

    vendor: str
    prefix: str
    kill: KillSwitch
    lossy: bool = False
    cascades: bool = False
    path: Path | None = None
    tables: dict[str, dict[str, Record]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    read_faults: list[str] = field(default_factory=list)
    sequence: int = 0
    stamp: int = 0
    unsafe: list[tuple[str, str, str]] = field(default_factory=list)
    turned: set[tuple[str, str]] = field(default_factory=set)
    gate: Gate = field(default_factory=ClosedGate)
    count: CallCounter = lambda vendor: None

    # -- state -----------------------------------------------------------------------------

    def load(self) -> None:
        if self.path is not None and self.path.exists():
            self.tables, self.sequence, self.stamp = json.loads(self.path.read_text())

    def save(self) -> None:
        if self.path is None:
            return
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps([self.tables, self.sequence, self.stamp]))
        part.replace(self.path)

    def table(self, name: str) -> dict[str, Record]:
        return self.tables.setdefault(name, {})

    def dump(self) -> dict[str, dict[str, Record]]:
        return copy.deepcopy(self.tables)

    # -- what people do --------------------------------------------------------------------

    def add(self, table: str, *, author: str = "somebody", **fields: Any) -> str:
        self.sequence += 1
        id = f"{self.prefix}{self.sequence}"
        now = timezone.now().isoformat()
        self.table(table)[id] = {"id": id, "author": author, "created": now, "marker": ""}
        self.edit(table, id, **fields)
        return id

    def edit(self, table: str, id: str, **fields: Any) -> None:
        self.stamp += 1
        record = self.table(table)[id]
        if "crew" in fields:
            crew = {**record.get("crew", {}), **fields["crew"]}
            fields["crew"] = {who: hours for who, hours in sorted(crew.items()) if hours != ""}
        record |= {name: self._kept(name, value) for name, value in fields.items()}
        record["version"], record["changed"] = str(self.stamp), timezone.now().isoformat()
        self.save()

    def _kept(self, name: str, value: Any) -> Any:
        if self.lossy and name == "name":
            return value.strip()[:LONGEST_NAME].strip()
        if self.lossy and name == "amount":
            return round(value)
        if self.lossy and name == "crew":
            return {who: h if h == EVEN else min(h, MOST) for who, h in value.items()}
        return sorted(value) if isinstance(value, list) else value

    def remove(self, table: str, id: str) -> list[str]:
        """Remove a record and everything below it; their ids, children first."""
        below = [r["id"] for r in list(self.table(table).values()) if r.get("parent") == id]
        gone = [one for child in below for one in self.remove(table, child)]
        del self.table(table)[id]
        self.save()
        return [*gone, id]

    def ancestors(self, table: str, id: str | None) -> list[str]:
        found: list[str] = []
        while id:
            found.append(id)
            id = self.table(table)[id].get("parent")
        return found

    # -- what clients do -------------------------------------------------------------------

    def pages(self, table: str, cursor: str) -> Iterator[Page[Record]]:
        """Pages of three with a total; `read_faults`: truncated, empty, 429, unavailable."""
        start = int(cursor or 0)
        while True:
            self.kill.point()
            self.count(self.vendor)
            fault = self.read_faults.pop(0) if self.read_faults else ""
            self._raise(fault)
            rows = [r for id, r in sorted(self.table(table).items()) if id not in self.hidden]
            if fault == "empty":
                yield Page([], "", 0)
                return
            part = copy.deepcopy(rows[start : start + PAGE])
            if fault == "truncated":
                yield Page(part[:-1], "", len(rows))
                return
            start += PAGE
            more = start < len(rows)
            yield Page(part, str(start) if more else "", len(rows))
            if not more:
                return

    def exists(self, table: str, id: str) -> bool:
        self.kill.point()
        self.count(self.vendor)
        return id in self.table(table)

    def post(self, table: str, fields: Record, marker: str = "") -> Record:
        def commit() -> Record:
            self._check(table, None, fields)
            id = self.add(table, author="us", **fields)
            self.table(table)[id]["marker"] = marker
            return self.table(table)[id]

        return self.call("post", table, "", commit)

    def patch(self, table: str, id: str, fields: Record) -> Record:
        def commit() -> Record:
            self._find(table, id)
            self._check(table, id, fields)
            self.edit(table, id, **fields)
            return self.table(table)[id]

        return self.call("patch", table, id, commit)

    def assign(self, table: str, id: str, who: str, hours: Any) -> Record:
        """Put a person on a task who is not on it, or ("") take one off who is."""

        def commit() -> Record:
            crew = self._find(table, id)["crew"]
            if (who in crew) == (hours != ""):
                raise Rejected(self.vendor, f"{who} is{'' if who in crew else ' not'} on it")
            shares = {one: SHARE for one, h in crew.items() if h == EVEN and one != who}
            self.turned |= {(self.table(table)[id]["serial"], one) for one in shares}
            self.edit(table, id, crew={**shares, who: hours})
            return self.table(table)[id]

        return self.call("assign", table, id, commit)

    def one(self, table: str, id: str) -> Record:
        self.kill.point()
        self.count(self.vendor)
        return copy.deepcopy(self._find(table, id))

    def delete(self, table: str, id: str) -> Record:
        def commit() -> Record:
            record = self._find(table, id)
            below = any(r.get("parent") == id for r in self.table(table).values())
            if below and not self.cascades:
                raise Rejected(self.vendor, "not empty", status=409)
            self.remove(table, id)
            return record

        return self.call("delete", table, id, commit)

    def call(self, verb: str, table: str, id: str, commit: Callable[[], Record]) -> Record:
        with self.gate.write(self.vendor):
            self.count(self.vendor)
            self.kill.point()
            fault = self.faults.pop(0) if self.faults else ""
            self._raise(fault)
            if fault == "dropped":
                raise OutcomeUnknown(self.vendor, "connection dropped")
            record = copy.deepcopy(commit())
            self.unsafe.append((verb, table, id or record["id"]))
            self.save()
            self.kill.point()
            if fault == "answer lost":
                raise OutcomeUnknown(self.vendor, "no answer")
            return record

    def _raise(self, fault: str) -> None:
        errors: dict[str, RemoteError] = {
            "429": RateLimited(self.vendor, retry_after=2.0),
            "unavailable": Unavailable(self.vendor, "503"),
            "rejected": Rejected(self.vendor, "no", status=422),
        }
        if fault in errors:
            raise errors[fault]

    def _find(self, table: str, id: str) -> Record:
        if id not in self.table(table):
            raise NotFound(self.vendor, id, status=404)
        return self.table(table)[id]

    def _check(self, table: str, id: str | None, fields: Record) -> None:
        """Refuse bad values, unknown parents and circles."""
        if BAD in fields.values():
            raise Rejected(self.vendor, f"value {BAD}", status=422)
        parent = fields.get("parent")
        if parent and parent not in self.table(table):
            raise Rejected(self.vendor, "unknown parent", status=422)
        if parent and id in self.ancestors(table, parent):
            raise Rejected(self.vendor, "circle", status=422)


@dataclass
class World:
    """Both remotes. `path` is a folder for their state, or None to keep it in memory."""

    path: Path | None = None
    kill: KillSwitch = field(default_factory=KillSwitch)

    def __post_init__(self) -> None:
        files = [self.path / f"{name}.json" if self.path else None for name in ("left", "right")]
        self.left = Remote("left", "", self.kill, cascades=True, path=files[0], sequence=100)
        self.right = Remote("right", "R-", self.kill, lossy=True, path=files[1])
        for remote in self.both:
            remote.load()

    @property
    def both(self) -> tuple[Remote, Remote]:
        return self.left, self.right

    @property
    def unsafe(self) -> int:
        """How many unsafe requests took effect so far."""
        return len(self.left.unsafe) + len(self.right.unsafe)

    def dump(self) -> list[dict[str, dict[str, Record]]]:
        return [remote.dump() for remote in self.both]
