"""Moves on both sides that together would put a record below itself (A13). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.engine.decide import Clash, Verdict
from integrations.engine.references import ref
from integrations.engine.stream import Fields, Item, LinkState, Stream, Which, Winner

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two linked records, what they say and what was decided. `resolutions` are a person's."""

    link: LinkState
    left: Item
    right: Item
    ours: Fields
    theirs: Fields
    verdict: Verdict
    label: str
    resolutions: Mapping[str, Which]

    def says(self, side: Which, name: str) -> Any:
        return (self.ours if side is Which.LEFT else self.theirs)[name]

    def becomes(self, side: Which, name: str) -> Any:
        given = self.verdict.to_left if side is Which.LEFT else self.verdict.to_right
        return given[name] if name in given else self.says(side, name)

    def mover(self, name: str) -> Which | None:
        """The side whose value of a field is carried over."""
        moved = {Which.RIGHT: self.verdict.to_left, Which.LEFT: self.verdict.to_right}
        return next((side for side, fields in moved.items() if name in fields), None)

    def moved_at(self, name: str) -> datetime:
        item = self.left if self.mover(name) is Which.LEFT else self.right
        return item.changed_at or LONG_AGO


def untie(stream: Stream, pairs: Sequence[Pair], parents: Mapping[str, Any]) -> None:
    """Take back moves until nothing is below itself on either side. That ends: each side's own
    tree has no circle, and what was taken back once stays so.

    `parents` are those of all records as they are or were agreed, by canonical reference.
    """
    name = stream.parent
    known = {ref(stream.name, Which.LEFT, pair.link.left_id or ""): pair for pair in pairs
             if name in pair.ours and name in pair.theirs}  # fmt: skip
    moves = {own: pair for own, pair in known.items() if pair.mover(name)}
    back: dict[str, Which | None] = {}
    while circle := _first_circle(name, moves, known, parents):
        tied = {own: moves[own] for own in circle if own in moves}
        winner = _winner(stream, list(tied.values()), {back[own] for own in circle if own in back})
        for own, pair in tied.items():
            if pair.mover(name) is not winner:
                _take_back(pair, name, winner)
                back[own] = winner
                del moves[own]


def _first_circle(
    name: str, moves: Collection[str], known: Mapping[str, Pair], parents: Mapping[str, Any]
) -> list[str]:
    """Both sides' trees are as one where nothing is parked."""
    for side in Which if moves else ():
        above = {own: pair.becomes(side, name) for own, pair in known.items()}
        if circle := _circle(moves, {**parents, **above}):
            return circle
    return []


def _circle(moves: Collection[str], parents: Mapping[str, Any]) -> list[str]:
    """The first circle with a move in it."""
    free: set[str] = set()
    for start in moves:
        chain = list(_chain(start, parents, free))
        above = parents.get(chain[-1]) if chain else None
        circle = chain[chain.index(above) :] if above in chain else []
        if any(own in moves for own in circle):
            return circle
        free |= set(chain)
    return []


def _chain(start: str, parents: Mapping[str, Any], free: set[str]) -> Iterator[str]:
    """A record and what is above it, once each, up to what is known to be in no circle."""
    seen: set[str] = set()
    at: str | None = start
    while at and at not in seen and at not in free:
        seen.add(at)
        yield at
        at = parents.get(at)


def _winner(stream: Stream, tied: Sequence[Pair], stays: Collection[Which | None]) -> Which | None:
    """The side whose moves stay; None parks all of them. `stays` are sides that won already."""
    name, rule = stream.parent, stream.rule_of(stream.parent)
    chosen = [pair.resolutions[name] for pair in tied if name in pair.resolutions]
    sides = [side for side in Which if any(pair.mover(name) is side for pair in tied)]
    if rule is None or (rule.winner is Winner.ASK and not chosen):
        return None
    if len(sides) == 1:  # against moves taken back, or against a read that contradicts itself
        return sides[0].other if sides[0].other in stays else None
    if chosen:
        return chosen[0]
    if rule.winner is Winner.NEWEST:
        return max(tied, key=lambda pair: pair.moved_at(name)).mover(name)
    return Which(rule.winner.value)


def _take_back(pair: Pair, name: str, winner: Which | None) -> None:
    """Undo or park one move."""
    verdict, ours, theirs = pair.verdict, pair.ours[name], pair.theirs[name]
    verdict.to_left.pop(name, None)
    verdict.to_right.pop(name, None)
    verdict.clashes = [clash for clash in verdict.clashes if clash.name != name]
    verdict.clashes.append(Clash(name, None, ours, theirs, winner, crossed=True))
    if winner is not None:
        verdict.give(winner.other, name, pair.says(winner, name))
