"""Planning of MATCH streams: linking only, by natural key, the active first (G4). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from integrations.engine.changes import Action, Change, Finding, Plan, record_id
from integrations.engine.stream import Item, LinkState, Snapshot, Stream, Trouble, Which


def plan_match(stream: Stream, left: Snapshot, right: Snapshot, links: Sequence[LinkState]) -> Plan:
    """Keep the links, give up those that an active record needs, link what matches uniquely.

    A record with a key that fits nobody is found as `no_match`; with several candidates of the
    best rank on either side as `ambiguous_match`.
    """
    plan = Plan(linked=len(links))
    taken = {which: {link.id_on(which) for link in links} for which in Which}
    for link in links:
        if _yields(link, left, right, taken):
            plan.changes.append(_change(stream, Action.UNLINK, link.left_id, link.right_id, link))
        else:
            plan.unchanged += 1
    for change in plan.changes:
        taken[Which.LEFT].discard(change.left_id)
        taken[Which.RIGHT].discard(change.right_id)
    ours, theirs = _by_key(left, taken[Which.LEFT]), _by_key(right, taken[Which.RIGHT])
    if left.complete and right.complete and left.usable and right.usable:
        _link_new(stream, left, right, taken[Which.LEFT], ours, theirs, plan)
    return plan


def _by_key(snapshot: Snapshot, taken: set[str | None]) -> dict[str, list[Item]]:
    """Unlinked records by key, only those of the best rank there is for the key."""
    found: dict[str, list[Item]] = defaultdict(list)
    for id, item in sorted(snapshot.items.items()):
        if item.key and id not in taken:
            found[item.key].append(item)
    return {key: [i for i in items if i.rank == min(x.rank for x in items)]
            for key, items in found.items()}  # fmt: skip


def _link_new(
    stream: Stream,
    left: Snapshot,
    right: Snapshot,
    taken: set[str | None],
    ours: dict[str, list[Item]],
    theirs: dict[str, list[Item]],
    plan: Plan,
) -> None:
    for id, item in sorted(left.items.items()):
        if id in taken:
            continue
        rivals, candidates = ours.get(item.key, []), theirs.get(item.key, [])
        if not item.key or not candidates or item not in rivals:
            trouble = Trouble("no_match", detail={"key": item.key})
        elif len(candidates) > 1 or len(rivals) > 1:
            names = [one.label or one.id for one in (candidates if len(candidates) > 1 else rivals)]
            trouble = Trouble("ambiguous_match", detail={"key": item.key, "candidates": names})
        else:
            plan.changes.append(_change(stream, Action.ADOPT, id, candidates[0].id, None, item))
            continue
        plan.findings.append(Finding(record_id(id, None), trouble, item.label, id))
    for id, item in sorted(right.items.items()):
        if len(ours.get(item.key, [])) > 1 or len(theirs.get(item.key, [])) > 1:
            trouble = Trouble("ambiguous_match", detail={"key": item.key})
            plan.findings.append(Finding(record_id(None, id), trouble, item.label, None, id))


def _yields(
    link: LinkState, left: Snapshot, right: Snapshot, linked: dict[Which, set[str | None]]
) -> bool:
    """A link to an inactive record yields when exactly one active, unlinked record has the key
    of the other end, which is active itself: a reused address belongs to the active one."""
    ours = left.items.get(link.left_id or "")
    theirs = right.items.get(link.right_id or "")
    return any(
        stale is not None
        and stale.rank > 0
        and active is not None
        and active.rank == 0
        and _one_active(snapshot, active.key, linked[which])
        for stale, active, snapshot, which in (
            (ours, theirs, left, Which.LEFT),
            (theirs, ours, right, Which.RIGHT),
        )
    )


def _one_active(snapshot: Snapshot, key: str, linked: set[str | None]) -> bool:
    fitting = [i for i in snapshot.items.values()
               if key and i.key == key and i.rank == 0 and i.id not in linked]  # fmt: skip
    return len(fitting) == 1


def _change(
    stream: Stream,
    action: Action,
    left_id: str | None,
    right_id: str | None,
    link: LinkState | None,
    item: Item | None = None,
) -> Change:
    return Change(
        stream=stream.name, action=action, side=Which.RIGHT, left_id=left_id, right_id=right_id,
        link=link, label=item.label if item else "", left_alias=item.alias if item else "",
        agreed={"key": item.key} if item else {},
    )  # fmt: skip
