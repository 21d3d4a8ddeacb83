"""What a stream is: two sides, canonical items, and who owns which field.

An app describes its data in these words; the engine alone decides, writes, recovers and records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from integrations.remote import Malformed, Page

if TYPE_CHECKING:
    pass

Fields = Mapping[str, Any]
"""Canonical fields: JSON values only, spelled the same way whichever side they come from."""


class Which(StrEnum):
    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Which:
        return Which.RIGHT if self is Which.LEFT else Which.LEFT


class Flow(StrEnum):
    """Which way a stream carries data. MATCH only links, it never writes and leaves no history."""

    TO_RIGHT = "to_right"
    TO_LEFT = "to_left"
    BOTH = "both"
    MATCH = "match"

    def writes(self, side: Which) -> bool:
        towards = Flow.TO_RIGHT if side is Which.RIGHT else Flow.TO_LEFT
        return self in (Flow.BOTH, towards)


class Winner(StrEnum):
    """Who wins a field that was edited on both sides (A13)."""

    LEFT = "left"
    RIGHT = "right"
    NEWEST = "newest"
    ASK = "ask"


class Severity(StrEnum):
    SKIP = "skip"
    CONFLICT = "conflict"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a record is not, or not wholly, synced: a stable code and what the text needs.

    `key` tells several troubles of one code and one record apart, for instance by field.
    """

    code: str
    severity: Severity = Severity.SKIP
    detail: Fields = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A record of one side in canonical form.

    `fields` is None when it could not be translated; `trouble` then says why. `version` moves
    when the record changes at its source. `key` is the natural key for adoption ("" = never
    adopted), among equals the lowest `rank` counts. `alias` is the id under which another
    version of the API knows the record. A `withdrawn` record still exists and counts as gone.
    `rolling` values follow the calendar and not the version; they replace what the agreement has
    of them. `behind` names records of the same side that must be gone before this one may be
    created; `adopt_only` ones are never created. `notes` are reported although the record syncs,
    `remark` is a code that history shows with its writes. `by_us`, `created_at` and `marker`
    serve the look-up of unknown creates. `untouched`: made by the remote itself, from a template
    for instance, and edited by nobody: where it is adopted, it only fills what is empty. `below`:
    a record whose removal would take this one along although it is not its canonical parent.
    `own_words`: values as this side itself puts them, where the canonical ones say less or
    nothing; history keeps those.
    """

    id: str
    fields: Fields | None
    version: str = ""
    label: str = ""
    key: str = ""
    rank: int = 0
    alias: str = ""
    trouble: Trouble | None = None
    notes: Sequence[Trouble] = ()
    withdrawn: bool = False
    rolling: Fields = field(default_factory=dict)
    behind: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    created_at: datetime | None = None
    by_us: bool = True
    marker: str = ""
    remark: str = ""
    adopt_only: bool = False
    untouched: bool = False
    below: str = ""
    own_words: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one read of one side showed.

    `complete`: every record that exists is in `items` (or in `unreadable`); only then does
    absence prove anything. `partial`: records that are neither linked nor here may exist all the
    same; what was found about them stands. `usable` False: not even what is here can be relied
    on, for instance because the people needed to translate it could not be read. `gone` are ids
    that the remote itself reported as deleted. `notices` are troubles of the whole list, by a
    name of their own.
    """

    items: Mapping[str, Item]
    complete: bool
    usable: bool = True
    reason: str = ""
    gone: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    notices: Mapping[str, Trouble] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A source as far as it was read. Complete is a statement, not a convention."""

    records: Sequence[Any]
    complete: bool
    reason: str = ""
    detail: str = ""
    malformed: Sequence[Malformed] = ()


Reads = Mapping[str, Listing]


@dataclass(frozen=True, slots=True)
class Source:
    """One list of one remote. `pages(cursor)` goes on after the page that gave the cursor."""

    name: str
    vendor: str
    record: Any
    pages: Callable[[str], Iterator[Page[Any]]]
    id_of: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the remote returned for a step: the record's id, canonical fields and version.

    `retired` carries a reason code when the record was put out of use instead of deleted; its
    link then blocks that it is made again. `adopted`: the record existed already and was found,
    nothing was written to it yet. `again`: other records read differently now, so that the run
    reads and plans once more. `effects` names fields that read differently now only because
    of this write, though it did not speak of them; their new values are no edit. `carried` says
    the same of other records of the stream: their new values, by id of the written side.
    """

    id: str | None
    fields: Fields | None = None
    version: str = ""
    retired: str = ""
    notes: Sequence[Trouble] = ()
    adopted: bool = False
    again: bool = False
    effects: frozenset[str] = frozenset()
    carried: Mapping[str, Fields] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One unsafe request, or a few that can be repeated. `creates` marks the one that must never
    be sent twice: it gets an intent. All others can be repeated with the same result. `writes`
    names the fields that are at the remote once it was carried out; None means all that the write
    wants."""

    name: str
    send: Callable[[], Outcome]
    creates: bool = False
    writes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps that carry out a write, and what to send when one is refused half-way."""

    steps: Sequence[Step]
    restore: Step | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A change of one record on one side, as its side must carry it out.

    `want` is the whole canonical record as it shall be, references already in the ids of this
    side; `before` is what it was when last read; `changed` names the fields that differ.
    `marker` identifies this create at remotes that can hold one.
    """

    action: str
    id: str | None
    want: Fields
    before: Fields
    changed: frozenset[str]
    marker: str = ""


class Side(Protocol):
    """One system's end of a stream."""

    @property
    def vendor(self) -> str: ...

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        """Translate what was read. Pure: no I/O, same reads, same snapshot."""

    def recipe(self, write: Write) -> Recipe:
        """The requests that carry out `write`, in order. Sends nothing itself."""

    def confirm_gone(self, id: str, alias: str) -> bool:
        """Ask the remote about one record; True only on its explicit word that it is gone."""


class World(Protocol):
    """Identities that earlier streams of the same run have settled or are about to settle."""

    def partner(self, stream: str, which: Which, id: str) -> str | None:
        """The other side's id of a linked record."""

    def trouble(self, stream: str, which: Which, id: str) -> Trouble | None:
        """Why a record of a MATCH stream has no partner."""

    def links(self, stream: str) -> Sequence[LinkState]:
        """The links of a stream as they stood before this run."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """A stored link as the planner sees it.

    `echo` holds, by side and field, what was agreed and what a lossy remote returned for it:
    while the agreement lasts, this value is no edit. `adopted`: the record on the written
    side existed before us.
    """

    id: int
    left_id: str | None
    right_id: str | None
    base: Fields
    left_alias: str = ""
    left_version: str = ""
    right_version: str = ""
    echo: Mapping[str, Fields] = field(default_factory=dict)
    retired: bool = False
    label: str = ""
    adopted: bool = False

    def id_on(self, which: Which) -> str | None:
        return self.left_id if which is Which.LEFT else self.right_id


@dataclass(frozen=True, slots=True)
class Rule:
    """A field of a stream. With an owner, an edit on the other side is overwritten and reported;
    without one it flows both ways and `winner` decides when both sides changed it.

    A name that ends in `*` stands for every field that begins like it: the members of a set, each
    decided on its own. One that a side does not deliver is `BLANK` there; where one side blanks
    a member that the other edited, the edit wins. `stays`: what the target says is left alone
    until the source changes this very field. `until` names the field that must not be less than
    this one: where merging edits of the two would make it so, both are decided as one.
    `lapses`: while one side cannot say it, what the other says is the agreement, so that the next
    word of the first is an edit. `placed`: what it says depends on where the record is. `takes`: a
    field that a side may lose by this one being written; history keeps it where no side says it.
    `witness`: one side's own, which the other is never told; that it changed counts as an edit of
    its record (A15).
    """

    name: str
    owner: Which | None = None
    winner: Winner = Winner.LEFT
    stays: bool = False
    until: str = ""
    lapses: bool = False
    placed: bool = False
    takes: str = ""
    witness: bool = False

    @property
    def prefix(self) -> str:
        """What the fields of a set begin with; "" for a single field."""
        return self.name[:-1] if self.name.endswith("*") else ""

    def covers(self, field: str) -> bool:
        return field.startswith(self.prefix) if self.prefix else field == self.name


BLANK = ""
"""The value of a set's member that is not there."""


def never(link: LinkState) -> Trouble | None:
    return None


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record that is kept equal on two sides.

    `sticky`: a left record is translated once; while its version stays the same, what was agreed
    counts and not a new translation (P5). `pairs_equals`: several equal candidates are paired off
    instead of being ambiguous. `edits_survive`: an edit wins against a deletion on the other side
    (A15). `lost_copy`: what happens when the target's record is gone: "" makes it again, a reason
    code only reports it. Without `archive` a record whose source is gone is deleted; with it, that
    field gets that value and the link stays, so that a returner gets the same record back.
    `hold_vanished`: a source that is gone without its own word for it waits for approval, whatever
    the number (D8). A stream that `keeps` removes nothing at all. `takes_over`: a new record gets
    the counterpart of a gone or resting one with the same key (D12). `foreign` names target records
    to remove although nobody linked them (D6, A10); with `guards_foreign` they pass the deletion
    guard like linked ones. `frozen` names links that are left alone, and why. `retired` is the code
    by which links that were put out of use are reported; one that `revives` comes back when people
    go on working below its record. `still_there` is the code of a record which left
    the source's answer and exists all the same. `yields` (one-way streams): a record that was
    changed at the target stays so, reported with this code, until its source changes.
    `begins_others`: what is created here brings records of later streams along, so that the run
    reads and plans once more. `refs` are fields whose values are references (`references.ref`);
    `parent` is the one of them that refers to the parent record; `optional` ones are left out of a
    write, and written later, while the record they refer to does not exist. Removals come last and
    in reverse order of the streams, unless `removal_first` or `removal_in_order`.
    """

    name: str
    left: Side
    right: Side
    rules: Sequence[Rule]
    flow: Flow
    sticky: bool = False
    pairs_equals: bool = False
    edits_survive: bool = False
    lost_copy: str = ""
    archive: tuple[str, Any] | None = None
    hold_vanished: bool = False
    keeps: bool = False
    takes_over: bool = False
    foreign: Callable[[Item], bool] = lambda item: False
    guards_foreign: bool = False
    retired: str = ""
    revives: Callable[[LinkState], bool] = lambda link: False
    still_there: str = "delete_unconfirmed"
    yields: str = ""
    begins_others: bool = False
    removal_first: bool = False
    removal_in_order: bool = False
    refs: frozenset[str] = frozenset()
    parent: str = ""
    optional: frozenset[str] = frozenset()
    frozen: Callable[[LinkState], Trouble | None] = never

    def side(self, which: Which) -> Side:
        return self.left if which is Which.LEFT else self.right

    def rule_of(self, field: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.covers(field)), None)

    def is_member(self, field: str) -> bool:
        return any(rule.prefix and rule.covers(field) for rule in self.rules)
