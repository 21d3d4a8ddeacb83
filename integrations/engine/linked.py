"""Planning of records that are linked: the table of design.md. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from integrations.engine.changes import (
    FOREIGN,
    WITHDRAWN,
    Action,
    Change,
    Refresh,
    fingerprint,
    record_id,
)
from integrations.engine.circles import Circles
from integrations.engine.decide import Verdict, decide, names
from integrations.engine.desk import Desk, Pair, Presence, newer, presence, why
from integrations.engine.stream import BLANK, Fields, Flow, Item, LinkState, Trouble, Which
from integrations.engine.takeover import yielding


class LinkedPlanner(Desk):
    def plan_links(self, links: Sequence[LinkState]) -> None:
        aliases = {item.alias: item for item in self.left.items.values() if item.alias}
        yielded = yielding(self.stream, self.left, self.right, links)
        found: list[tuple[LinkState, Item | None, Item | None]] = []
        for link in links:
            if link.id in yielded:
                self._unlink(link, link.label)
                continue
            left = self._left_item(link, aliases)
            right = self.right.items.get(link.right_id) if link.right_id is not None else None
            found.append((link, left, right))
            for which, item in ((Which.LEFT, left), (Which.RIGHT, right)):
                if item is not None:
                    self.used[which].add(item.id)
        for link_and_items in found:
            self._plan_link(*link_and_items)
        snapshots = {Which.LEFT: self.left, Which.RIGHT: self.right}
        Circles(self.stream, snapshots, links, self.pairs).untie()
        for pair in self.pairs:
            self._emit_pair(pair)

    def _plan_retired(
        self, link: LinkState, here: tuple[Presence, Presence], record: str, label: str
    ) -> None:
        for which in Which:
            self.retired[which].add(link.id_on(which) or "")
        if Presence.HERE not in here:
            self.plan.unseen.add(record)
        elif self.stream.retired:
            trouble = Trouble(self.stream.retired)
            self.find(record, trouble, label, link.left_id, link.right_id)
        alone = here in ((Presence.HERE, Presence.GONE), (Presence.GONE, Presence.HERE))
        if alone and self.stream.revives(link):
            lost = Which.RIGHT if here[0] is Presence.HERE else Which.LEFT
            self.resting[link.id] = (link, lost)

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
        if not link.retired and (trouble := self.stream.frozen(link)):
            self.find(record, trouble, label, link.left_id, link.right_id)
        elif here == (Presence.GONE, Presence.GONE):
            self._unlink(link, label)
        elif link.retired:
            self._plan_retired(link, here, record, label)
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
        if self._source_of(left, right) is None:
            self.plan.unseen.add(record)
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
                self.find(record, found, label, link.left_id, link.right_id)
        if ours is None or theirs is None:
            return
        self.note(record, label, left, right)
        if self._yields(link, ours, theirs):
            trouble = Trouble(self.stream.yields)
            self.find(record, trouble, label, link.left_id, link.right_id)
            self.plan.unchanged += 1
            return
        decided = self.circumstances.decided(record, ours, theirs)
        settled = self._unsettled(link, ours, theirs)
        verdict = decide(link.base, *settled, self.stream.rules, newer(left, right), decided)
        pair = Pair(link, left, right, ours, theirs, verdict, label, decided)
        if self.stream.parent and self.stream.flow is Flow.BOTH:
            self.pairs.append(pair)
        else:
            self._emit_pair(pair)

    def _yields(self, link: LinkState, ours: Fields, theirs: Fields) -> bool:
        """The target's record was changed and its source was not."""
        if not self.stream.yields:
            return False
        source, target = self._by_role(ours, theirs)
        ruled = [rule for rule in self.stream.rules if rule.name in source.keys() & target.keys()]
        moved = any(source[rule.name] != link.base.get(rule.name) for rule in ruled)
        return not moved and any(
            target[rule.name] != source[rule.name] for rule in ruled if not rule.stays
        )

    def _unsettled(self, link: LinkState, ours: Fields, theirs: Fields) -> tuple[Fields, Fields]:
        """Both sides without the fields that stay at the target while the source's is the same."""
        source, _target = self._by_role(ours, theirs)
        staying = {rule.name for rule in self.stream.rules if rule.stays}
        staying = {name for name in staying if source.get(name) == link.base.get(name)}
        if not staying:
            return ours, theirs
        left, right = ({n: v for n, v in f.items() if n not in staying} for f in (ours, theirs))
        return left, right

    def _source_of(self, left: Item | None, right: Item | None) -> Item | None:
        """The record whose translation says what is wrong; either one where both sides lead."""
        if self.stream.flow is Flow.BOTH:
            return left and right
        return right if self.stream.flow is Flow.TO_LEFT else left

    def _by_role(self, ours: Fields, theirs: Fields) -> tuple[Fields, Fields]:
        return (theirs, ours) if self.stream.flow is Flow.TO_LEFT else (ours, theirs)

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
        unsaid = {
            name: BLANK for name in echo.keys() - item.fields.keys() if self.stream.is_member(name)
        }
        heard = {
            name: link.base[name] if echo.get(name) == [link.base.get(name), value] else value
            for name, value in {**unsaid, **item.fields}.items()
        }
        return heard, item.trouble

    def _emit_pair(self, pair: Pair) -> None:
        link, left, right, label = pair.link, pair.left, pair.right, pair.label
        ours, theirs, verdict = pair.ours, pair.theirs, pair.verdict
        self.report_clashes(record_id(link.left_id, link.right_id), verdict.clashes, label, link)
        versions = left.version, right.version
        wrote = False
        for which, fields, item, current, source in (
            (Which.RIGHT, verdict.to_right, right, theirs, ours),
            (Which.LEFT, verdict.to_left, left, ours, theirs),
        ):
            if fields and self.stream.flow.writes(which):
                wrote = True
                self.plan.changes.append(
                    self.change(
                        Action.UPDATE, which, link, left, right, versions, label,
                        before=self.overwritten(item, current, fields),
                        after=fields,
                        want=self.whole(link, current, source, fields),
                        agreed=verdict.agreed,
                        reason=why(which, verdict) or left.remark,
                    )
                )  # fmt: skip
        if not wrote:
            self._settle(link, left, right, verdict, label)

    def _settle(
        self, link: LinkState, left: Item, right: Item, verdict: Verdict, label: str
    ) -> None:
        self.plan.unchanged += 1
        base = {**link.base, **verdict.agreed}
        alias = left.id if left.id not in ("", link.left_id) else left.alias or link.left_alias
        old = link.left_version, link.right_version
        versions = old if verdict.clashes else (left.version, right.version)
        if (base, versions, alias) != (link.base, old, link.left_alias):
            self.plan.refreshes.append(Refresh(link.id, base, *versions, alias, label))

    def _plan_gone(
        self, link: LinkState, lost: Which, other: Item | None, label: str, item: Item | None
    ) -> None:
        """One side's record is gone, the other's is here or was not read."""
        if self.stream.flow is Flow.MATCH or (self.stream.keeps and lost is Which.LEFT):
            return
        if self.stream.guards_foreign and link.left_id is None and other is not None:
            self._plan_linked_foreign(link, other, label)
            return
        survives = other is not None and (
            other.fields is None or self._edited(link, lost.other, other)
        )
        if other is None and self.stream.edits_survive:
            self.plan.unseen.add(record_id(link.left_id, link.right_id))
        elif self.stream.flow.writes(lost.other) and not (self.stream.edits_survive and survives):
            self._remove(link, lost, other, item, label)
        elif other is not None and self.stream.flow.writes(lost):
            reason = "edit_wins" if self.stream.edits_survive and survives else "target_missing"
            self._recreate(link, lost, other, label, reason)
        elif other is None:
            self.plan.unseen.add(record_id(link.left_id, link.right_id))

    def _plan_linked_foreign(self, link: LinkState, other: Item, label: str) -> None:
        """A foreign record goes, unless it is to be kept after all, or a new source record claims
        it, which only a complete read can tell."""
        if not self.left.complete:
            self.plan.unseen.add(record_id(link.left_id, link.right_id))
        elif self.stream.foreign(other) and other.key not in self.claimed:
            self._remove(link, Which.LEFT, other, None, label)
        else:
            self.used[Which.RIGHT].discard(other.id)
            self._unlink(link, label)

    def _edited(self, link: LinkState, which: Which, item: Item) -> bool:
        fields, _trouble = self._fields(link, which, item)
        return fields is not None and any(
            fields.get(name, BLANK) != link.base.get(name, BLANK)
            for rule in self.stream.rules
            for name in names(rule, fields, link.base)
            if rule.prefix or name in fields.keys() & link.base.keys()
        )

    def _remove(
        self, link: LinkState, lost: Which, other: Item | None, item: Item | None, label: str
    ) -> None:
        withdrawn = item is not None
        if item is not None and item.trouble is not None:
            record = record_id(link.left_id, link.right_id)
            self.find(record, item.trouble, label, link.left_id, link.right_id)
        state = other.fields if other is not None else None
        field, value = self.stream.archive or ("", None)
        if field and state is not None and state.get(field) == value:
            self.plan.unchanged += 1
            return
        self.plan.changes.append(
            Change(
                stream=self.stream.name,
                action=Action.ARCHIVE if field else Action.DELETE,
                side=lost.other,
                left_id=link.left_id,
                right_id=link.right_id,
                left_alias=link.left_alias,
                link=link,
                label=label,
                before={field: (state or link.base).get(field)} if field else link.base,
                after={field: value} if field else {},
                want={**link.base, **(state or {}), field: value} if field else {},
                reason=WITHDRAWN if withdrawn else "" if link.id_on(lost) else FOREIGN,
                guarded=fingerprint(link.base, state, item.version if item else None),
            )
        )

    def _recreate(self, link: LinkState, lost: Which, other: Item, label: str, reason: str) -> None:
        """Make the lost record again, as it was agreed unless its source moved since."""
        record = record_id(link.left_id, link.right_id)
        unfinished = link.id_on(lost) is None
        moved = bool(self.stream.yields) and self._edited(link, lost.other, other)
        if self.stream.lost_copy and not (unfinished or moved):
            trouble = Trouble(self.stream.lost_copy)
            self.find(record, trouble, label, link.left_id, link.right_id)
            return
        if not self.snapshot(lost).complete:
            self.plan.unseen.add(record)
            return
        fields, trouble_found = self._fields(link, lost.other, other)
        if fields is None:
            if trouble_found is not None:
                self.find(record, trouble_found, label, link.left_id, link.right_id)
            return
        left, right = (other, None) if lost is Which.RIGHT else (None, other)
        self.plan.changes.append(
            self.change(
                Action.UPDATE if unfinished else Action.CREATE, lost, link, left, right,
                (left.version if left else "", right.version if right else ""), label,
                after=fields, want=self.whole(link, {}, fields, fields), reason=reason,
                before=link.base,
            )
        )  # fmt: skip

    def revive(self, link: LinkState, lost: Which) -> None:
        """Make the lost counterpart of a record out of use after all."""
        del self.resting[link.id]
        id, record = link.id_on(lost.other) or "", record_id(link.left_id, link.right_id)
        self.retired[lost.other].discard(id)
        self.plan.findings[:] = [one for one in self.plan.findings if one.record != record]
        other = self.snapshot(lost.other).items[id]
        self._recreate(link, lost, other, link.label, "edit_wins")

    def keep(self, removal: Change) -> None:
        """Make the lost record again instead of removing its counterpart."""
        assert removal.link is not None
        other = self.snapshot(removal.side).items[removal.id_on(removal.side) or ""]
        self._recreate(removal.link, removal.side.other, other, removal.label, "edit_wins")

    def _unlink(self, link: LinkState, label: str) -> None:
        self.plan.changes.append(
            Change(
                stream=self.stream.name, action=Action.UNLINK, side=Which.RIGHT, link=link,
                left_id=link.left_id, right_id=link.right_id, label=label, before=link.base,
            )
        )  # fmt: skip
