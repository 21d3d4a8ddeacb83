"""What a plan is made of: changes, findings, refreshes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.engine.stream import Fields, LinkState, Trouble, Which


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ARCHIVE = "archive"
    ADOPT = "adopt"
    UNLINK = "unlink"


REMOVALS = (Action.DELETE, Action.ARCHIVE)
WITHDRAWN = "withdrawn"
"""Reason of a removal that rests on the source's own word, not on absence from its answer."""
FOREIGN = "foreign"
"""Reason of a removal of a target record that nobody linked, as a rule demands."""


KEY = "//"
"""What stands between a record and the key that tells its troubles apart."""


def fingerprint(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one record. `side` is the side that is written.

    `before` and `after` hold the fields that change (all of them for a create or removal);
    `want` is the whole record as it shall be on `side`. `agreed` goes into the link's base as it
    is. `guarded` is the fingerprint that an approval or rejection of a removal refers to.
    """

    stream: str
    action: Action
    side: Which
    left_id: str | None
    right_id: str | None
    link: LinkState | None = None
    left_alias: str = ""
    label: str = ""
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    want: Fields = field(default_factory=dict)
    agreed: Fields = field(default_factory=dict)
    left_version: str = ""
    right_version: str = ""
    reason: str = ""
    behind: frozenset[str] = frozenset()
    guarded: str = ""

    @property
    def record(self) -> str:
        return record_id(self.left_id, self.right_id)

    def id_on(self, which: Which) -> str | None:
        return self.left_id if which is Which.LEFT else self.right_id


def record_id(left_id: str | None, right_id: str | None) -> str:
    """How problems name a record: by its left id, or by its right one where there is none."""
    return f"L:{left_id}" if left_id is not None else f"R:{right_id}"


def record_of(name: str) -> str:
    """The record that a problem is about, without the key that tells its troubles apart."""
    return name.partition(KEY)[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble of one record, for history and the list of open problems."""

    record: str
    trouble: Trouble
    label: str
    left_id: str | None = None
    right_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    """A link whose stored state is brought up to date without any write at a remote."""

    link: int
    base: Fields
    left_version: str
    right_version: str
    left_alias: str
    label: str


@dataclass
class Plan:
    """What a run does for one stream. `blind` says that creates could not be planned because the
    other side was not read completely. `again`: what is adopted now needs another plan.
    `seen` are links whose records both exist; problems of
    `unseen` records cannot be judged. `shown`, after a partial read, are the records that it
    showed: only their problems can be judged."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    again: bool = False
    unchanged: int = 0
    linked: int = 0
    blind: bool = False
    empty: bool = False
    shown: set[str] | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's decision about a parked field, and the values that it was made about."""

    field: str
    left: object
    right: object
    keep: Which


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else a plan depends on.

    `waiting` are records that an unknown create or the retry ladder keeps out of this run.
    `resolutions` are people's decisions by record.
    """

    waiting: frozenset[str] = frozenset()
    resolutions: Mapping[str, Sequence[Resolution]] = field(default_factory=dict)

    def decided(self, record: str, left: Fields, right: Fields) -> dict[str, Which]:
        """What was decided about fields of a record that still have the same values."""
        return {
            one.field: one.keep
            for one in self.resolutions.get(record, ())
            if (left.get(one.field), right.get(one.field)) == (one.left, one.right)
        }
