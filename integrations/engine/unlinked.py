"""Planning of records that nobody linked yet: adopt or create. Pure."""

from __future__ import annotations

from integrations.engine.changes import Action, Change, record_id
from integrations.engine.decide import Verdict, decide
from integrations.engine.desk import Desk, newer
from integrations.engine.stream import Item, LinkState, Snapshot, Trouble, Which


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
            self.find(record, item.trouble, item.label, *ids)
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
            self.find(record, trouble, item.label, *ids)
            return
        partner = equals.pop(0)
        self.used[which.other].add(partner.id)
        self.used[which].add(item.id)
        left, right = (item, partner) if which is Which.LEFT else (partner, item)
        self.note(record_id(left.id, right.id), item.label, left, right)
        link = LinkState(0, left.id, right.id, {}, left_alias=left.alias)
        verdict = decide(
            {}, left.fields or {}, right.fields or {}, self.stream.rules, newer(left, right), {}
        )
        self._adopt_pair(link, left, right, verdict)

    def _adopt_pair(self, link: LinkState, left: Item, right: Item, verdict: Verdict) -> None:
        base = {**self.extras(right.fields or {}), **verdict.agreed}
        base |= {clash.name: None for clash in verdict.clashes}
        versions = left.version, right.version
        label = left.label or right.label
        self.plan.changes.append(
            self.change(
                Action.ADOPT, Which.RIGHT, link, left, right, versions, label, agreed=base,
                after=dict(verdict.agreed),
            )
        )  # fmt: skip
        self.report_clashes(record_id(left.id, right.id), verdict.clashes, label, link)
        for which, fields, current in (
            (Which.RIGHT, verdict.to_right, right.fields or {}),
            (Which.LEFT, verdict.to_left, left.fields or {}),
        ):
            if fields and self.stream.flow.writes(which):
                self.plan.changes.append(
                    self.change(
                        Action.UPDATE, which, link, left, right, versions, label,
                        before={name: current.get(name) for name in fields}, after=fields,
                        want={**current, **fields}, agreed=verdict.agreed, reason="adopted_differs",
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
