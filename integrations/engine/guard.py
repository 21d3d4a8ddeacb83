"""The deletion guard (G9). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from integrations.engine.changes import REMOVALS, WITHDRAWN, Action, Change


@dataclass(frozen=True, slots=True)
class Limits:
    """Removals within 24 hours that need nobody's approval: max(count, percent of the links)."""

    count: int = 5
    percent: int = 10

    def allowance(self, linked: int) -> float:
        return max(self.count, linked * self.percent / 100)


@dataclass(frozen=True, slots=True)
class Decided:
    """An earlier decision about the removal of a link, and the state it was made for."""

    decision: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """Removals that pass by themselves or by approval, that are held back from now on, that still
    wait, and that a person refused."""

    fresh: Sequence[Change] = ()
    approved: Sequence[Change] = ()
    held: Sequence[Change] = ()
    waiting: Sequence[Change] = ()
    refused: Sequence[Change] = ()

    @property
    def stopped(self) -> list[Change]:
        return [*self.held, *self.waiting, *self.refused]


def rule(
    changes: Sequence[Change],
    decided: Mapping[int, Decided],
    limits: Limits,
    *,
    linked: int,
    recent: int,
    empty: bool,
    hold_vanished: bool = False,
) -> Ruling:
    """Rule on the removals of one stream.

    `recent` counts those carried out within the last 24 hours without approval. `empty` says
    that the source was read completely and held nothing although links exist. `hold_vanished`
    holds every removal that rests on nothing but absence from the source's answer.
    """
    sorted_out: dict[str, list[Change]] = {name: [] for name in _PILES}
    for change in changes:
        if change.action in REMOVALS and change.link is not None:
            sorted_out[_pile(decided.get(change.link.id), change)].append(change)
    fresh = sorted_out.pop("fresh")
    if hold_vanished:
        sorted_out["held"] += [change for change in fresh if change.reason != WITHDRAWN]
        fresh = [change for change in fresh if change.reason == WITHDRAWN]
    too_many = recent + len(fresh) > limits.allowance(linked)
    if fresh and (empty or too_many):
        sorted_out["held"] += fresh
        fresh = []
    return Ruling(fresh=fresh, **sorted_out)


_PILES = ("fresh", "approved", "held", "waiting", "refused")


def _pile(earlier: Decided | None, change: Change) -> str:
    """A decision counts for the state it was made for; what waits keeps waiting for one."""
    if earlier is None:
        return "fresh"
    same = earlier.fingerprint == change.guarded
    if earlier.decision == "pending":
        return "waiting"
    if earlier.decision == "approved":
        return "approved" if same else "held"
    return "refused" if same else "fresh"


def without(changes: Sequence[Change], ruled_out: Collection[Change]) -> list[Change]:
    """The changes that remain; a create that waits for a removal goes with it."""
    stopped = {change.left_id for change in ruled_out}
    dropped = {id(change) for change in ruled_out}
    return [
        change
        for change in changes
        if id(change) not in dropped
        and not (change.action is Action.CREATE and change.behind & stopped)
    ]
