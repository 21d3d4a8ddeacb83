"""Planning of records that nobody linked yet: adopt or create. Pure."""

from __future__ import annotations

from integrations.engine.changes import FOREIGN, Action, Change, record_id
from integrations.engine.decide import Verdict, decide
from integrations.engine.desk import Desk, newer
from integrations.engine.stream import Fields, Flow, Item, LinkState, Snapshot, Trouble, Which


class NewPlanner(Desk):
    def plan_new(self, which: Which) -> None:
        """Adopt or create what is new on the `which` side."""
        if not self.stream.flow.writes(which.other):
            return
        target = self.snapshot(which.other)
        new = [i for id, i in self.snapshot(which).items.items() if id not in self.used[which]]
        candidates = self._candidates(which.other)
        for item in sorted(new, key=lambda item: (item.rank, item.id)):
            self._plan_new_item(which, item, target, candidates)

    def plan_foreign(self) -> None:
        """Remove what nobody linked and the stream's rules do not tolerate at the target."""
        if not (self.left.complete and self.left.usable):
            return
        claimed = self.claimed
        for id, item in sorted(self.right.items.items()):
            is_free = id not in self.used[Which.RIGHT] and item.key not in claimed
            if not is_free or not self.stream.foreign(item):
                continue
            if self.stream.guards_foreign:
                self._link_foreign(item)
            else:
                field, value = self.stream.archive or ("", None)
                self.plan.changes.append(
                    Change(
                        stream=self.stream.name,
                        action=Action.ARCHIVE if field else Action.DELETE,
                        side=Which.RIGHT, left_id=None, right_id=id, label=item.label,
                        before=item.fields or {}, after={field: value} if field else {},
                        want={**(item.fields or {}), field: value} if field else {},
                        reason=FOREIGN,
                    )
                )  # fmt: skip

    def _link_foreign(self, item: Item) -> None:
        """Linked to nothing, its removal is planned next, under the guard like any other."""
        self.plan.again = True
        link = LinkState(0, None, item.id, {})
        self.plan.changes.append(
            self.change(
                Action.ADOPT, Which.RIGHT, link, None, item, ("", item.version), item.label,
                before=item.fields or {}, agreed=item.fields or {},
            )
        )  # fmt: skip

    def _candidates(self, which: Which) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        items = self.snapshot(which).items.values()
        for item in sorted(items, key=lambda one: (one.rank, one.id)):
            if item.key and item.id not in self.used[which] and not item.withdrawn:
                found.setdefault(item.key, []).append(item)
        return found

    def _plan_new_item(
        self, which: Which, item: Item, target: Snapshot, candidates: dict[str, list[Item]]
    ) -> None:
        ids = (item.id, None) if which is Which.LEFT else (None, item.id)
        record = record_id(*ids)
        if item.trouble is not None and item.fields is None:
            self.find(record, item.trouble, item.label, *ids)
        elif item.fields is None or (item.withdrawn and not item.adopt_only):
            return
        elif record in self.circumstances.waiting or not (target.complete and target.usable):
            self.plan.blind = self.plan.blind or record not in self.circumstances.waiting
            self.plan.unseen.add(record)
        elif (equals := candidates.get(item.key, [])) and item.key:
            self._adopt(which, item, equals, record, ids)
        elif not item.adopt_only:
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
            self.find(record, trouble, item.label, *ids)
            self.used[which.other].update(equal.id for equal in equals)
            return
        partner = max(equals, key=lambda one: _likeness(item, one))
        equals.remove(partner)
        self.used[which.other].add(partner.id)
        self.used[which].add(item.id)
        left, right = (item, partner) if which is Which.LEFT else (partner, item)
        link = LinkState(0, left.id, right.id, {}, left_alias=left.alias)
        if item.withdrawn:
            self._adopt_leaver(link, left, right)
            return
        self.note(record_id(left.id, right.id), item.label, left, right)
        staying = {rule.name for rule in self.stream.rules if rule.stays}
        ours, theirs = (_without(one.fields or {}, staying) for one in (left, right))
        base: Fields = {}
        if left.untouched or right.untouched:
            base = _as_it_came(theirs, ours) if right.untouched else _as_it_came(ours, theirs)
        verdict = decide(base, ours, theirs, self.stream.rules, newer(left, right), {})
        source = right if self.stream.flow is Flow.TO_LEFT else left
        verdict.agreed |= {n: v for n, v in (source.fields or {}).items() if n in staying}
        self._adopt_pair(link, left, right, verdict)

    def _adopt_pair(self, link: LinkState, left: Item, right: Item, verdict: Verdict) -> None:
        """What is about to be overwritten counts as agreed: should the run end before that, the
        next one sees the same edit."""
        yet = {n: v for n, v in (right.fields or {}).items() if n in verdict.to_right}
        yet |= {n: v for n, v in (left.fields or {}).items() if n in verdict.to_left}
        base = {**self.extras(right.fields or {}), **yet, **verdict.agreed}
        versions = "" if verdict.clashes else left.version, right.version
        label = left.label or right.label
        self.plan.changes.append(
            self.change(
                Action.ADOPT, Which.RIGHT, link, left, right, versions, label, agreed=base,
                after=dict(verdict.agreed),
            )
        )  # fmt: skip
        self.report_clashes(record_id(left.id, right.id), verdict.clashes, label, link)
        for which, fields, written, source in (
            (Which.RIGHT, verdict.to_right, right, left.fields or {}),
            (Which.LEFT, verdict.to_left, left, right.fields or {}),
        ):
            current = written.fields or {}
            if fields and self.stream.flow.writes(which):
                self.plan.changes.append(
                    self.change(
                        Action.UPDATE, which, link, left, right, versions, label,
                        before=self.overwritten(written, current, fields), after=fields,
                        want={**current, **self.extras(source), **fields},
                        agreed=verdict.agreed, reason="adopted_differs",
                    )
                )  # fmt: skip

    def _adopt_leaver(self, link: LinkState, left: Item, right: Item) -> None:
        """Link what is gone at its source with what is still there: the next plan removes it."""
        self.plan.again = True
        self.plan.changes.append(
            self.change(
                Action.ADOPT, Which.RIGHT, link, left, right, (left.version, right.version),
                left.label or right.label, agreed=right.fields or {},
            )
        )  # fmt: skip

    def _create(
        self, which: Which, item: Item, record: str, ids: tuple[str | None, str | None]
    ) -> None:
        assert item.fields is not None
        self.note(record, item.label, item)
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


def _as_it_came(made: Fields, other: Fields) -> Fields:
    """An agreement by which an untouched record fills what is empty on the other side, and takes
    over everything else."""
    return {name: other[name] if not other.get(name) else made[name]
            for name in made.keys() & other.keys()}  # fmt: skip


def _without(fields: Fields, names: set[str]) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def _likeness(one: Item, other: Item) -> int:
    """In how many fields two records agree: of several equals, each gets the one most like it."""
    theirs = other.fields or {}
    return sum(
        name in theirs and theirs[name] == value for name, value in (one.fields or {}).items()
    )
