"""Identities across the streams of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integrations.engine.changes import Action, Plan, record_id
from integrations.engine.stream import LinkState, Trouble, Which


@dataclass
class Identities:
    """`stream.World` over stored links, plus what the plans of this run are about to link."""

    stored: Mapping[str, Sequence[LinkState]]
    pairs: dict[str, dict[Which, dict[str, str]]] = field(default_factory=dict)
    troubles: dict[str, dict[str, Trouble]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stream, links in self.stored.items():
            for link in links:
                self._pair(stream, link.left_id, link.right_id)
                if link.left_alias and link.right_id is not None:
                    self._sides(stream)[Which.LEFT].setdefault(link.left_alias, link.right_id)

    def links(self, stream: str) -> Sequence[LinkState]:
        return self.stored.get(stream, ())

    def partner(self, stream: str, which: Which, id: str) -> str | None:
        return self._sides(stream)[which].get(id)

    def trouble(self, stream: str, which: Which, id: str) -> Trouble | None:
        ids = (id, None) if which is Which.LEFT else (None, id)
        return self.troubles.get(stream, {}).get(record_id(*ids))

    def settle(self, stream: str, plan: Plan) -> None:
        """Take over what the plan of an earlier stream adopts, drops and found."""
        for change in plan.changes:
            if change.action is Action.UNLINK:
                self._unpair(stream, change.left_id, change.right_id)
        for change in plan.changes:
            if change.action is Action.ADOPT:
                self._pair(stream, change.left_id, change.right_id)
        self.troubles[stream] = {f.record: f.trouble for f in plan.findings}

    def _sides(self, stream: str) -> dict[Which, dict[str, str]]:
        return self.pairs.setdefault(stream, {Which.LEFT: {}, Which.RIGHT: {}})

    def _pair(self, stream: str, left_id: str | None, right_id: str | None) -> None:
        if left_id is not None and right_id is not None:
            sides = self._sides(stream)
            sides[Which.LEFT][left_id] = right_id
            sides[Which.RIGHT][right_id] = left_id

    def _unpair(self, stream: str, left_id: str | None, right_id: str | None) -> None:
        sides = self._sides(stream)
        sides[Which.LEFT].pop(left_id or "", None)
        sides[Which.RIGHT].pop(right_id or "", None)
