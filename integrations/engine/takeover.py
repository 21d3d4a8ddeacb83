"""A new record that takes over the counterpart of a gone one with the same key (D12). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from integrations.engine.stream import LinkState, Snapshot, Stream


def yielding(
    stream: Stream, left: Snapshot, right: Snapshot, links: Sequence[LinkState]
) -> frozenset[int]:
    """Links that give their right record to a new left one.

    Their own left record is withdrawn or proved gone, and exactly one unlinked left record that
    counts has the key of the right one.
    """
    if not stream.takes_over or not left.complete:
        return frozenset()
    linked = {link.left_id for link in links}
    heirs = Counter(
        item.key
        for id, item in left.items.items()
        if id not in linked and item.key and not item.withdrawn and item.fields is not None
    )
    return frozenset(
        link.id
        for link in links
        if _is_gone(left, link)
        and (item := right.items.get(link.right_id or "")) is not None
        and heirs[item.key] == 1
    )


def _is_gone(left: Snapshot, link: LinkState) -> bool:
    item = left.items.get(link.left_id or "")
    if item is None:
        return link.left_id not in left.unreadable
    return item.withdrawn
