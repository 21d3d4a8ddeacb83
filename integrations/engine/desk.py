"""What planning linked and new records has in common. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from integrations.engine.changes import KEY, Action, Change, Circumstances, Finding, Plan
from integrations.engine.decide import Clash, Verdict
from integrations.engine.stream import (
    Fields,
    Item,
    LinkState,
    Severity,
    Snapshot,
    Stream,
    Trouble,
    Which,
)


class Presence(StrEnum):
    HERE = "here"
    GONE = "gone"
    UNKNOWN = "unknown"


def presence(snapshot: Snapshot, id: str | None, item: Item | None) -> Presence:
    """Gone only on proof: the remote's own word, or absence from a complete read (I7)."""
    if item is not None:
        return Presence.GONE if item.withdrawn else Presence.HERE
    if id is None or id in snapshot.gone:
        return Presence.GONE
    if snapshot.complete and snapshot.usable and id not in snapshot.unreadable:
        return Presence.GONE
    return Presence.UNKNOWN


@dataclass(slots=True)
class Pair:
    """Two linked records, what they say and what was decided; `chosen` by a person."""

    link: LinkState
    left: Item
    right: Item
    ours: Fields
    theirs: Fields
    verdict: Verdict
    label: str
    chosen: Mapping[str, Which]

    def says(self, side: Which) -> Fields:
        return self.ours if side is Which.LEFT else self.theirs

    def given(self, side: Which) -> dict[str, Any]:
        """What is to be written on a side."""
        return self.verdict.to_left if side is Which.LEFT else self.verdict.to_right


@dataclass
class Desk:
    """One stream's snapshots and the plan that grows from them. `used` are linked records."""

    stream: Stream
    left: Snapshot
    right: Snapshot
    circumstances: Circumstances
    plan: Plan
    used: dict[Which, set[str]] = field(
        default_factory=lambda: {Which.LEFT: set(), Which.RIGHT: set()}
    )
    pairs: list[Pair] = field(default_factory=list)
    """Decided pairs that wait until all are decided, where one may be about another."""

    def snapshot(self, which: Which) -> Snapshot:
        return self.left if which is Which.LEFT else self.right

    def change(
        self,
        action: Action,
        side: Which,
        link: LinkState,
        left: Item | None,
        right: Item | None,
        versions: tuple[str, str],
        label: str,
        *,
        before: Fields | None = None,
        after: Fields | None = None,
        want: Fields | None = None,
        agreed: Fields | None = None,
        reason: str = "",
    ) -> Change:
        return Change(
            stream=self.stream.name, action=action, side=side, link=link if link.id else None,
            left_id=link.left_id, right_id=link.right_id,
            left_alias=(left.alias if left else "") or link.left_alias, label=label,
            before=before or {}, after=after or {}, want=want or {}, agreed=agreed or {},
            left_version=versions[0], right_version=versions[1], reason=reason,
        )  # fmt: skip

    def overwritten(self, item: Item, current: Fields, written: Fields) -> Fields:
        """What history keeps of a write: the values that go, in the side's own words."""
        unsaid = item.own_words.keys() - (item.fields or {}).keys()
        taken = [rule.takes for rule in self.stream.rules if rule.name in written]
        names = [*written, *(name for name in taken if name in unsaid)]
        return {name: item.own_words.get(name, current.get(name)) for name in names}

    def extras(self, fields: Fields) -> Fields:
        """Fields that are written along and never compared."""
        return {n: value for n, value in fields.items() if self.stream.rule_of(n) is None}

    def whole(self, link: LinkState, current: Fields, source: Fields, changed: Fields) -> Fields:
        """A record as it shall be: what is there, or was agreed, with the changes on top."""
        agreed = {
            name: value for name, value in link.base.items() if not self.stream.is_member(name)
        }
        return {**agreed, **current, **self.extras(source), **changed}

    @cached_property
    def retired(self) -> dict[Which, set[str]]:
        """Ids of links that were put out of use; filled while links are planned."""
        return {Which.LEFT: set(), Which.RIGHT: set()}

    @cached_property
    def resting(self) -> dict[int, tuple[LinkState, Which]]:
        """Links that were put out of use, by id, and the side that lost its record."""
        return {}

    @cached_property
    def claimed(self) -> set[str]:
        """Keys of source records that nobody linked yet; asked for once all links are known."""
        return {
            item.key
            for id, item in self.left.items.items()
            if item.key and id not in self.used[Which.LEFT] and item.fields is not None
            and (item.adopt_only or not item.withdrawn)
        }  # fmt: skip

    def find(
        self, record: str, trouble: Trouble, label: str, left_id: str | None, right_id: str | None
    ) -> None:
        name = f"{record}{KEY}{trouble.key}" if trouble.key else record
        self.plan.findings.append(Finding(name, trouble, label, left_id, right_id))

    def note(self, record: str, label: str, *items: Item) -> None:
        side, _bar, id = record.partition(":")
        for item in items:
            for note in item.notes:
                ids = (id, None) if side == "L" else (None, id)
                self.find(record, note, label, *ids)

    def report_clashes(
        self, record: str, clashes: Sequence[Clash], label: str, link: LinkState
    ) -> None:
        """A parked clash stays open as a conflict; a decided one is history of the write."""
        for clash in clashes:
            if clash.kept is None:
                detail = {"field": clash.name, "left": clash.left, "right": clash.right}
                trouble = Trouble("conflict", Severity.CONFLICT, detail, key=clash.name)
                self.find(record, trouble, label, link.left_id, link.right_id)


def why(side: Which, verdict: Verdict) -> str:
    """Why this side is overwritten, if it held an edit of its own."""
    lost = [clash for clash in verdict.clashes if clash.kept is side.other]
    if not lost:
        return ""
    both_moved = any(
        clash.crossed or (clash.left != clash.base and clash.right != clash.base) for clash in lost
    )
    return "conflict_resolved" if both_moved else "drift_restored"


def newer(left: Item, right: Item) -> Which | None:
    if left.changed_at is None or right.changed_at is None:
        return None
    return Which.LEFT if left.changed_at >= right.changed_at else Which.RIGHT
