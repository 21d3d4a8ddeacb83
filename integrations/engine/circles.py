"""Moves on both sides that together would put a record below itself (A13). Pure.

A move is undone in favour of the side that wins, parked where a person is to decide, or left for
another run where the record that it clashes with cannot be decided now. So is what hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.engine.decide import Clash
from integrations.engine.desk import Pair, Presence, presence
from integrations.engine.references import ref
from integrations.engine.stream import Item, LinkState, Snapshot, Stream, Which, Winner

Tree = dict[str, Any]
"""Parents by record, both as canonical references."""


class Circles:
    """Changes the verdicts of `pairs` so that no record is below itself on either side.

    That ends: a move is undone at most once, and parked or left at most once after that; then its
    record stays where it is, and where everything stays there is no circle.
    """

    def __init__(
        self,
        stream: Stream,
        snapshots: Mapping[Which, Snapshot],
        links: Sequence[LinkState],
        pairs: Sequence[Pair],
    ) -> None:
        self.stream, self.field = stream, stream.parent
        self.snapshots, self.links = snapshots, links
        self.pairs = {self._own(pair.link): pair for pair in pairs}
        self.moves = {own: side for own, pair in self.pairs.items() if (side := self._mover(pair))}
        self.undone: dict[str, Which] = {}
        self.parked: set[str] = set()
        self.postponed: set[str] = set()
        self.trees: dict[Which, Tree] = {}

    def untie(self) -> None:
        if self.moves:
            self.trees = {side: self._tree(side) for side in Which}
        for own, mover in list(self.moves.items()):
            if self.pairs[own].chosen.get(self.field) is mover.other:
                self._undo(own)
        while circle := self._circle():
            self._break(circle)
        self._wait_for_places()

    def _wait_for_places(self) -> None:
        """Levels that a side does not have: what hangs on a place that is not, or not yet, what
        its side says is looked at again when that place is settled."""
        placed = {rule.name for rule in self.stream.rules if rule.placed}
        for own, mover in self.moves.items():
            if self._hangs(own, mover):
                self._hold_back(own, {self.field, *placed}, *Which)
        for own, pair in self.pairs.items():
            for side in Which:
                if self._item(pair, side).below and not self._stands(own, side):
                    self._hold_back(own, placed, side.other)

    # -- where everything will be ----------------------------------------------------------

    def _own(self, link: LinkState) -> str:
        return ref(self.stream.name, Which.LEFT, link.left_id or "")

    def _mover(self, pair: Pair) -> Which | None:
        """The side whose move is carried over to the other."""
        return next((side for side in Which if self.field in pair.given(side.other)), None)

    def _tree(self, side: Which) -> Tree:
        """A side as it will be. What only the other side has may be made, or made again, here;
        what is linked and was not read is where it was agreed to be."""
        lefts = {link.right_id: self._own(link) for link in self.links}
        found = {self._own(link): link.base.get(self.field) for link in self.links}
        unread = {self._own(link) for link in self.links if not self._is_gone(link, side)}
        for which in (side.other, side):
            for id, item in self.snapshots[which].items.items():
                own = lefts.get(id) if which is Which.RIGHT else None
                own = own or ref(self.stream.name, which, id)
                if item.fields is not None and (which is side or own not in unread):
                    place = self._place(item, which) if which is side else None
                    found[own] = place or item.fields.get(self.field)
        return found | {own: self._above(pair, side) for own, pair in self.pairs.items()}

    def _is_gone(self, link: LinkState, side: Which) -> bool:
        snapshot, id = self.snapshots[side], link.id_on(side)
        return presence(snapshot, id, snapshot.items.get(id or "")) is Presence.GONE

    def _place(self, item: Item, side: Which) -> str | None:
        """What a record is below, if that is not its canonical parent."""
        return ref(self.stream.name, side, item.below) if item.below else None

    def _item(self, pair: Pair, side: Which) -> Item:
        return pair.left if side is Which.LEFT else pair.right

    def _above(self, pair: Pair, side: Which) -> Any:
        if self.field in pair.given(side):
            return pair.given(side)[self.field]
        return self._place(self._item(pair, side), side) or pair.says(side).get(self.field)

    def _circle(self) -> list[str]:
        """A circle with a move, or a move undone, in it; on either side."""
        loose = [*self.moves, *self.undone]
        for tree in self.trees.values():
            free: set[str] = set()
            for start in loose:
                chain = list(_chain(start, tree, free))
                above = tree.get(chain[-1]) if chain else None
                circle = chain[chain.index(above) :] if above in chain else []
                if any(own in self.moves or own in self.undone for own in circle):
                    return circle
                free |= set(chain)
        return []

    def _hangs(self, own: str, mover: Which) -> bool:
        """Whether a record on a level that the other side does not have goes where it does because
        of a move above it that does not stand. What is above its canonical parent cannot be the
        cause."""
        if not self._item(self.pairs[own], mover).below:
            return False
        parent, tree = self.pairs[own].given(mover.other)[self.field], self.trees[mover]
        for above in _chain(tree.get(own) or "", tree, set()):
            unsettled = above in self.pairs and not self._stands(above, mover)
            if above == parent:
                return unsettled and not self._is_level(above, tree)
            if unsettled:
                return True
        return False

    def _is_level(self, own: str, tree: Tree) -> bool:
        """Whether a record is as deep by what the one side says as by what the other does."""
        places = [self.pairs[own].says(side)[self.field] for side in Which]
        left, right = (len(list(_chain(at or "", tree, set()))) for at in places)
        return left == right

    def _stands(self, own: str, side: Which) -> bool:
        clashes = [one for one in self.pairs[own].verdict.clashes if one.name == self.field]
        return own not in self.postponed and all(clash.kept is side for clash in clashes)

    # -- who gives way ---------------------------------------------------------------------

    def _break(self, circle: Sequence[str]) -> None:
        tied = [own for own in circle if own in self.moves]
        chosen = {self.moves[own] for own in tied if self.field in self.pairs[own].chosen}
        sides = {self.moves[own] for own in tied}
        if len(sides) == 1:
            self._give_way(tied, circle, firm=bool(chosen))
        elif tied and (winner := self._winner(tied, chosen)):
            for own in tied:
                if self.moves[own] is not winner:
                    self._undo(own)
        else:
            for own in tied or [own for own in circle if own in self.undone]:
                self._park(own)

    def _give_way(self, tied: Sequence[str], circle: Sequence[str], *, firm: bool) -> None:
        """All moves of a circle are of one side. `firm`: a person wants one of them."""
        won = {self.undone[own] for own in circle if own in self.undone}
        against = self.moves[tied[0]].other in won
        for own in tied:
            if against and not firm:
                self._undo(own)
            elif firm or not self.parked.isdisjoint(circle):
                self._park(own)
            else:
                self._leave(own)

    def _winner(self, tied: Sequence[str], chosen: set[Which]) -> Which | None:
        """The side whose moves stay; None where a person has to say so, or said both."""
        rule = self.stream.rule_of(self.field)
        if chosen or rule is None or rule.winner is Winner.ASK:
            return next(iter(chosen)) if len(chosen) == 1 else None
        if rule.winner is not Winner.NEWEST:
            return Which(rule.winner.value)
        left, right = (self._latest(tied, side) for side in Which)
        return Which.RIGHT if left and right and right > left else Which.LEFT

    def _latest(self, tied: Sequence[str], side: Which) -> Any:
        """When a side last moved one of these; None if that is not known of each."""
        pairs = [self.pairs[own] for own in tied if self.moves[own] is side]
        times = [(pair.left if side is Which.LEFT else pair.right).changed_at for pair in pairs]
        return None if None in times else max(time for time in times if time)

    # -- what becomes of a move ------------------------------------------------------------

    def _undo(self, own: str) -> None:
        mover = self.moves[own]
        pair = self._drop(own)
        self.undone[own] = mover.other
        pair.verdict.give(mover, self.field, pair.says(mover.other)[self.field])
        self._note(own, mover.other)

    def _park(self, own: str) -> None:
        self._drop(own)
        self.parked.add(own)
        self._note(own, None)

    def _leave(self, own: str) -> None:
        self._drop(own)
        self.postponed.add(own)
        self._replant(own)

    def _hold_back(self, own: str, names: set[str], *sides: Which) -> None:
        """Fields that depend on a place which is not, or not yet, what their side says. What a
        person was asked, or has decided, about them stays open."""
        pair = self.pairs[own]
        held = [clash for clash in pair.verdict.clashes if clash.name in names]
        asked = [replace(one, kept=None) for one in held if not one.kept or one.name in pair.chosen]
        for side in sides:
            for name in names & pair.given(side).keys():
                del pair.given(side)[name]
        others = [clash for clash in pair.verdict.clashes if clash.name not in names]
        pair.verdict.clashes = [*others, *asked]

    def _drop(self, own: str) -> Pair:
        self.moves.pop(own, None)
        self.undone.pop(own, None)
        pair = self.pairs[own]
        for side in Which:
            pair.given(side).pop(self.field, None)
        others = [clash for clash in pair.verdict.clashes if clash.name != self.field]
        pair.verdict.clashes = others
        return pair

    def _note(self, own: str, kept: Which | None) -> None:
        pair = self.pairs[own]
        left, right = (pair.says(side)[self.field] for side in Which)
        pair.verdict.clashes.append(Clash(self.field, None, left, right, kept, crossed=True))
        self._replant(own)

    def _replant(self, own: str) -> None:
        for side, tree in self.trees.items():
            tree[own] = self._above(self.pairs[own], side)


def _chain(start: str, parents: Tree, free: set[str]) -> Iterator[str]:
    """A record and what is above it, once each, up to what is known to be in no circle."""
    seen: set[str] = set()
    at: str | None = start
    while at and at not in seen and at not in free:
        seen.add(at)
        yield at
        at = parents.get(at)
