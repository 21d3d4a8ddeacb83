"""The plan: a pure function over links and two snapshots. Nothing here reads or writes anything
but its arguments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from integrations.engine.decide import Clash, Verdict, decide
from integrations.engine.stream import (
    Fields,
    Flow,
    Item,
    LinkState,
    Severity,
    Snapshot,
    Stream,
    Trouble,
    Which,
)


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ARCHIVE = "archive"
    ADOPT = "adopt"
    UNLINK = "unlink"


REMOVALS = (Action.DELETE, Action.ARCHIVE)


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


def record_id(left_id: str | None, right_id: str | None) -> str:
    """How problems name a record: by its left id, or by its right one where there is none."""
    return f"L:{left_id}" if left_id is not None else f"R:{right_id}"


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
    other side was not read completely. `seen` are links whose records both exist; problems of
    `unseen` records cannot be judged."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    unchanged: int = 0
    linked: int = 0
    blind: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else a plan depends on.

    `waiting` are records that an unknown create or the retry ladder keeps out of this run.
    `resolutions` are a person's decisions by record and field.
    """

    waiting: frozenset[str] = frozenset()
    resolutions: Mapping[str, Mapping[str, Which]] = field(default_factory=dict)


def plan_stream(
    stream: Stream,
    left: Snapshot,
    right: Snapshot,
    links: Sequence[LinkState],
    circumstances: Circumstances,
) -> Plan:
    """Plan one stream. References in the items must be canonical already."""
    plan = Plan(linked=sum(not link.retired for link in links))
    plan.empty = plan.linked > 0 and any(
        side.complete and not side.items and not side.unreadable
        for side in ((left, right) if stream.flow is Flow.BOTH else (left,))
    )
    planner = _Planner(stream, left, right, circumstances, plan)
    planner.plan_links(links)
    planner.plan_new(Which.LEFT)
    planner.plan_new(Which.RIGHT)
    return plan


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


@dataclass
class _Planner:
    stream: Stream
    left: Snapshot
    right: Snapshot
    circumstances: Circumstances
    plan: Plan
    used: dict[Which, set[str]] = field(
        default_factory=lambda: {Which.LEFT: set(), Which.RIGHT: set()}
    )

    def snapshot(self, which: Which) -> Snapshot:
        return self.left if which is Which.LEFT else self.right

    # -- records that are linked -----------------------------------------------------------

    def plan_links(self, links: Sequence[LinkState]) -> None:
        aliases = {item.alias: item for item in self.left.items.values() if item.alias}
        for link in links:
            left = self._left_item(link, aliases)
            right = self.right.items.get(link.right_id) if link.right_id is not None else None
            for which, item in ((Which.LEFT, left), (Which.RIGHT, right)):
                if item is not None:
                    self.used[which].add(item.id)
            self._plan_link(link, left, right)

    def _left_item(self, link: LinkState, aliases: Mapping[str, Item]) -> Item | None:
        """The record by its id, or by the id of the other API version."""
        if link.left_id is None:
            return None
        items = self.left.items
        return (
            items.get(link.left_id)
            or aliases.get(link.left_id)
            or (items.get(link.left_alias) if link.left_alias else None)
        )

    def _plan_link(self, link: LinkState, left: Item | None, right: Item | None) -> None:
        record = record_id(link.left_id, link.right_id)
        label = self._label(link, left, right)
        here = presence(self.left, link.left_id, left), presence(self.right, link.right_id, right)
        if here == (Presence.GONE, Presence.GONE):
            self._unlink(link, label)
        elif link.retired:
            return
        elif trouble := self.stream.frozen(link):
            self._find(record, trouble, label, link.left_id, link.right_id)
        elif record in self.circumstances.waiting:
            self.plan.unseen.add(record)
        elif here[0] is Presence.GONE:
            self._plan_gone(link, Which.LEFT, right, label, left)
        elif here[1] is Presence.GONE:
            self._plan_gone(link, Which.RIGHT, left, label, right)
        elif left is None or right is None:
            self._plan_half_seen(link, left, right, record, label)
        else:
            self.plan.seen.add(link.id)
            self._plan_pair(link, left, right, label)

    def _label(self, link: LinkState, left: Item | None, right: Item | None) -> str:
        return (left.label if left else "") or (right.label if right else "") or link.label

    def _plan_half_seen(
        self, link: LinkState, left: Item | None, right: Item | None, record: str, label: str
    ) -> None:
        """One side was not (or not wholly) read: what is unseen counts as unchanged."""
        seen = left or right
        if seen is None:
            self.plan.unseen.add(record)
            self.plan.unchanged += 1
            return
        stand_in = Item(id="", fields=link.base, label=label)
        left_item = left or replace(stand_in, id=link.left_id or "", version=link.left_version)
        right_item = right or replace(stand_in, id=link.right_id or "", version=link.right_version)
        self._plan_pair(link, left_item, right_item, label)

    def _plan_pair(self, link: LinkState, left: Item, right: Item, label: str) -> None:
        """Both records exist: decide field by field."""
        record = record_id(link.left_id, link.right_id)
        ours, trouble = self._fields(link, Which.LEFT, left)
        theirs, other_trouble = self._fields(link, Which.RIGHT, right)
        for found in (trouble, other_trouble):
            if found is not None:
                self._find(record, found, label, link.left_id, link.right_id)
        if ours is None or theirs is None:
            return
        self._note(record, label, left, right)
        verdict = decide(
            link.base,
            ours,
            theirs,
            self.stream.rules,
            _newer(left, right),
            self.circumstances.resolutions.get(record, {}),
        )
        self._report_clashes(record, verdict.clashes, label, link)
        self._emit_pair(link, left, right, theirs, ours, verdict, label)

    def _fields(
        self, link: LinkState, which: Which, item: Item
    ) -> tuple[Fields | None, Trouble | None]:
        """What a side says now. An echo stands for what was agreed; a sticky record that did not
        move says what was agreed, whatever today's mapping makes of it (P5)."""
        if which is Which.LEFT and self.stream.sticky and item.version == link.left_version:
            rolled = {n: v for n, v in item.rolling.items() if link.base.get(n) is not None}
            return {**link.base, **rolled}, None
        if item.fields is None:
            return None, item.trouble
        echo = link.echo.get(which.value, {})
        heard = {
            name: link.base[name] if name in echo and echo[name] == value else value
            for name, value in item.fields.items()
        }
        return heard, item.trouble

    def _emit_pair(
        self,
        link: LinkState,
        left: Item,
        right: Item,
        theirs: Fields,
        ours: Fields,
        verdict: Verdict,
        label: str,
    ) -> None:
        versions = left.version, right.version
        wrote = False
        for which, fields, current, source in (
            (Which.RIGHT, verdict.to_right, theirs, ours),
            (Which.LEFT, verdict.to_left, ours, theirs),
        ):
            if fields and self.stream.flow.writes(which):
                wrote = True
                self.plan.changes.append(
                    self._change(
                        Action.UPDATE, which, link, left, right, versions, label,
                        before={name: current.get(name) for name in fields},
                        after=fields,
                        want={**link.base, **current, **self._extras(source), **fields},
                        agreed=verdict.agreed,
                        reason=_why(which, verdict) or left.remark,
                    )
                )  # fmt: skip
        if not wrote:
            self._settle(link, left, right, verdict, label)

    def _settle(
        self, link: LinkState, left: Item, right: Item, verdict: Verdict, label: str
    ) -> None:
        self.plan.unchanged += 1
        base = {**link.base, **verdict.agreed}
        alias = left.alias or link.left_alias
        state = base, left.version, right.version, alias
        if (
            state != (link.base, link.left_version, link.right_version, link.left_alias)
            and not verdict.clashes
        ):
            self.plan.refreshes.append(
                Refresh(link.id, base, left.version, right.version, alias, label)
            )

    def _plan_gone(
        self, link: LinkState, lost: Which, other: Item | None, label: str, item: Item | None
    ) -> None:
        """One side's record is gone, the other's is here or was not read."""
        if self.stream.flow is Flow.MATCH:
            return
        survives = other is not None and self._edited(link, lost.other, other)
        if self.stream.flow.writes(lost.other) and not (self.stream.edits_survive and survives):
            self._remove(link, lost, other, item, label)
        elif other is not None and self.stream.flow.writes(lost):
            reason = "edit_wins" if self.stream.edits_survive and survives else "target_missing"
            self._recreate(link, lost, other, label, reason)
        elif other is None:
            self.plan.unseen.add(record_id(link.left_id, link.right_id))

    def _edited(self, link: LinkState, which: Which, item: Item) -> bool:
        fields, _trouble = self._fields(link, which, item)
        names = [rule.name for rule in self.stream.rules]
        return fields is not None and any(
            name in fields and fields[name] != link.base.get(name) for name in names
        )

    def _remove(
        self, link: LinkState, lost: Which, other: Item | None, item: Item | None, label: str
    ) -> None:
        withdrawn = item is not None
        state = other.fields if other is not None else None
        self.plan.changes.append(
            Change(
                stream=self.stream.name,
                action=Action(self.stream.removal),
                side=lost.other,
                left_id=link.left_id,
                right_id=link.right_id,
                link=link,
                label=label,
                before=link.base,
                reason="withdrawn" if withdrawn else "",
                guarded=fingerprint(link.base, state, item.version if item else None),
            )
        )

    def _recreate(self, link: LinkState, lost: Which, other: Item, label: str, reason: str) -> None:
        """Make the lost record again, as it was agreed unless its source moved since."""
        record = record_id(link.left_id, link.right_id)
        if self.stream.lost_copy:
            trouble = Trouble(self.stream.lost_copy)
            self._find(record, trouble, label, link.left_id, link.right_id)
            return
        if not self.snapshot(lost).complete:
            self.plan.unseen.add(record)
            return
        fields, trouble_found = self._fields(link, lost.other, other)
        if fields is None:
            if trouble_found is not None:
                self._find(record, trouble_found, label, link.left_id, link.right_id)
            return
        unfinished = link.id_on(lost) is None
        left, right = (other, None) if lost is Which.RIGHT else (None, other)
        self.plan.changes.append(
            self._change(
                Action.UPDATE if unfinished else Action.CREATE, lost, link, left, right,
                (left.version if left else "", right.version if right else ""), label,
                after=fields, want=fields, reason=reason,
                before=link.base,
            )
        )  # fmt: skip

    def _unlink(self, link: LinkState, label: str) -> None:
        self.plan.changes.append(
            Change(
                stream=self.stream.name, action=Action.UNLINK, side=Which.RIGHT, link=link,
                left_id=link.left_id, right_id=link.right_id, label=label, before=link.base,
            )
        )  # fmt: skip

    # -- records that nobody linked yet ----------------------------------------------------

    def plan_new(self, which: Which) -> None:
        """Adopt or create what is new on the `which` side."""
        if not self.stream.flow.writes(which.other):
            return
        target = self.snapshot(which.other)
        new = [i for id, i in self.snapshot(which).items.items() if id not in self.used[which]]
        candidates = self._candidates(which.other)
        for item in sorted(new, key=lambda item: (item.rank, item.id)):
            self._plan_new_item(which, item, target, candidates)

    def _candidates(self, which: Which) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for id, item in sorted(self.snapshot(which).items.items()):
            if item.key and id not in self.used[which] and not item.withdrawn:
                found.setdefault(item.key, []).append(item)
        return found

    def _plan_new_item(
        self, which: Which, item: Item, target: Snapshot, candidates: dict[str, list[Item]]
    ) -> None:
        ids = (item.id, None) if which is Which.LEFT else (None, item.id)
        record = record_id(*ids)
        if item.trouble is not None and item.fields is None:
            self._find(record, item.trouble, item.label, *ids)
        elif item.fields is None or item.withdrawn:
            return
        elif record in self.circumstances.waiting or not (target.complete and target.usable):
            self.plan.blind = self.plan.blind or record not in self.circumstances.waiting
            self.plan.unseen.add(record)
        elif (equals := candidates.get(item.key, [])) and item.key:
            self._adopt(which, item, equals, record, ids)
        else:
            self._create(which, item, record, ids)

    def _adopt(
        self,
        which: Which,
        item: Item,
        equals: list[Item],
        record: str,
        ids: tuple[str | None, str | None],
    ) -> None:
        if len(equals) > 1 and not self.stream.pairs_equals:
            names = [equal.label or equal.id for equal in equals]
            trouble = Trouble("ambiguous_match", detail={"candidates": names})
            self._find(record, trouble, item.label, *ids)
            return
        partner = equals.pop(0)
        self.used[which.other].add(partner.id)
        self.used[which].add(item.id)
        left, right = (item, partner) if which is Which.LEFT else (partner, item)
        self._note(record_id(left.id, right.id), item.label, left, right)
        link = LinkState(0, left.id, right.id, {}, left_alias=left.alias)
        verdict = decide(
            {}, left.fields or {}, right.fields or {}, self.stream.rules, _newer(left, right), {}
        )
        self._adopt_pair(link, left, right, verdict)

    def _adopt_pair(self, link: LinkState, left: Item, right: Item, verdict: Verdict) -> None:
        base = {**self._extras(right.fields or {}), **verdict.agreed}
        base |= {clash.name: None for clash in verdict.clashes}
        versions = left.version, right.version
        label = left.label or right.label
        self.plan.changes.append(
            self._change(
                Action.ADOPT, Which.RIGHT, link, left, right, versions, label, agreed=base,
                after=dict(verdict.agreed),
            )
        )  # fmt: skip
        self._report_clashes(record_id(left.id, right.id), verdict.clashes, label, link)
        for which, fields, current in (
            (Which.RIGHT, verdict.to_right, right.fields or {}),
            (Which.LEFT, verdict.to_left, left.fields or {}),
        ):
            if fields and self.stream.flow.writes(which):
                self.plan.changes.append(
                    self._change(
                        Action.UPDATE, which, link, left, right, versions, label,
                        before={name: current.get(name) for name in fields}, after=fields,
                        want={**current, **fields}, agreed=verdict.agreed, reason="adopted_differs",
                    )
                )  # fmt: skip

    def _create(
        self, which: Which, item: Item, record: str, ids: tuple[str | None, str | None]
    ) -> None:
        assert item.fields is not None
        self._note(record, item.label, item)
        left, right = (item, None) if which is Which.LEFT else (None, item)
        self.plan.changes.append(
            Change(
                stream=self.stream.name, action=Action.CREATE, side=which.other,
                left_id=ids[0], right_id=ids[1], left_alias=item.alias, label=item.label,
                after=item.fields, want=item.fields, behind=item.behind,
                left_version=left.version if left else "",
                right_version=right.version if right else "", reason=item.remark,
            )
        )  # fmt: skip

    # -- small helpers ---------------------------------------------------------------------

    def _change(
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

    def _extras(self, fields: Fields) -> Fields:
        """Fields that are written along and never compared."""
        ruled = {rule.name for rule in self.stream.rules}
        return {name: value for name, value in fields.items() if name not in ruled}

    def _find(
        self, record: str, trouble: Trouble, label: str, left_id: str | None, right_id: str | None
    ) -> None:
        self.plan.findings.append(Finding(record, trouble, label, left_id, right_id))

    def _note(self, record: str, label: str, *items: Item) -> None:
        for item in items:
            for note in item.notes:
                self._find(record, note, label, None, None)

    def _report_clashes(
        self, record: str, clashes: Sequence[Clash], label: str, link: LinkState
    ) -> None:
        """A parked clash stays open as a conflict; a decided one is history of the write."""
        for clash in clashes:
            if clash.kept is None:
                detail = {"field": clash.name, "left": clash.left, "right": clash.right}
                trouble = Trouble("conflict", Severity.CONFLICT, detail)
                self._find(record, trouble, label, link.left_id, link.right_id)


def _why(side: Which, verdict: Verdict) -> str:
    """Why this side is overwritten, if it held an edit of its own."""
    lost = [clash for clash in verdict.clashes if clash.kept is side.other]
    if not lost:
        return ""
    both_moved = any(clash.left != clash.base and clash.right != clash.base for clash in lost)
    return "conflict_resolved" if both_moved else "drift_restored"


def _newer(left: Item, right: Item) -> Which | None:
    if left.changed_at is None or right.changed_at is None:
        return None
    return Which.LEFT if left.changed_at >= right.changed_at else Which.RIGHT
