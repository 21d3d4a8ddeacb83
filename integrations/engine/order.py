"""The order of writing: parents first, removals children first (I10). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.engine.changes import REMOVALS, Change
from integrations.engine.references import PREFIX, ref
from integrations.engine.stream import Stream, Which

SPAN = 1000
"""Positions that one stream may use; also the deepest tree that is ordered."""


def positions(stream: Stream, number: int, last: int, changes: Sequence[Change]) -> list[int]:
    """A position for each change; equal positions may run side by side.

    `number` is the stream's place among `last + 1` streams. Upserts run in the order of the
    streams, removals afterwards in reverse, unless the stream wants them first or in order.
    """
    depths = _depths(stream, changes)
    found = []
    for change in changes:
        depth = depths.get(_own_ref(change), 0)
        if change.action not in REMOVALS:
            found.append((2 * number + 1) * SPAN + depth)
        elif stream.removal_first:
            found.append(2 * number * SPAN + SPAN - 1 - depth)
        elif stream.removal_in_order:
            found.append((2 * (last + 1 + number) + 1) * SPAN + SPAN - 1 - depth)
        else:
            found.append((2 * (2 * last + 1 - number) + 1) * SPAN + SPAN - 1 - depth)
    return found


def _own_ref(change: Change) -> str:
    if change.left_id is not None:
        return ref(change.stream, Which.LEFT, change.left_id)
    return ref(change.stream, Which.RIGHT, change.right_id or "")


def _depths(stream: Stream, changes: Sequence[Change]) -> dict[str, int]:
    """How many ancestors of a record change in this plan too. A cycle counts as it is met."""
    if not stream.parent:
        return {}
    parents = {_own_ref(change): _parent(stream, change) for change in changes}
    depths: dict[str, int] = {}
    for start in parents:
        chain: list[str] = []
        at: str | None = start
        while at in parents and at not in depths and at not in chain:
            chain.append(at)
            at = parents[at]
        depth = depths.get(at or "", -1)
        for one in reversed(chain):
            depth = min(depth + 1, SPAN - 1)
            depths[one] = depth
    return depths


def _parent(stream: Stream, change: Change) -> str | None:
    source = change.before if change.action in REMOVALS else change.want
    value = source.get(stream.parent)
    return value if isinstance(value, str) and value.startswith(PREFIX) else None
