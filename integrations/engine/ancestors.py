"""Records that must stay because something that lives on hangs below them (A15, I2). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.engine.changes import REMOVALS, Action, Change
from integrations.engine.linked import LinkedPlanner
from integrations.engine.references import ref
from integrations.engine.stream import LinkState, Which


def keep_ancestors(planner: LinkedPlanner) -> None:
    """Turn removals of records that stay the parent of another into their re-creation.

    An edit or a new record below a record that the other side deleted would go with it.
    """
    if not (planner.stream.parent and planner.stream.edits_survive):
        return
    while needed := _needed(planner):
        kept = {id(change) for change in needed}
        planner.plan.changes[:] = [c for c in planner.plan.changes if id(c) not in kept]
        for change in needed:
            planner.keep(change)
    while wanted := _wanted_back(planner):
        for link, lost in wanted:
            planner.revive(link, lost)


def _wanted_back(planner: LinkedPlanner) -> list[tuple[LinkState, Which]]:
    """Records out of use below which people go on working."""
    if not planner.resting:
        return []
    parents = {side: set(_parents(planner, side)) for side in Which}
    name = planner.stream.name
    return [
        (link, lost)
        for link, lost in planner.resting.values()
        if ref(name, Which.LEFT, link.left_id or "") in parents[lost.other]
    ]


def _needed(planner: LinkedPlanner) -> list[Change]:
    removals = [c for c in planner.plan.changes if c.action in REMOVALS and c.link is not None]
    parents = {side: set(_parents(planner, side)) for side in {c.side for c in removals}}
    name = planner.stream.name
    return [c for c in removals if ref(name, Which.LEFT, c.left_id or "") in parents[c.side]]


def _parents(planner: LinkedPlanner, side: Which) -> Iterator[str]:
    """What the records that stay on a side will have as their parents."""
    field = planner.stream.parent
    changes = {c.id_on(side): c for c in planner.plan.changes if c.side is side}
    for id, item in planner.snapshot(side).items.items():
        change = changes.get(id)
        going = change is not None and change.action in REMOVALS
        if item.withdrawn or item.fields is None or going or id in planner.retired[side]:
            continue
        if item.adopt_only and id not in planner.used[side]:
            continue
        moved = change is not None and change.action is Action.UPDATE and field in change.after
        parent = change.after[field] if change and moved else item.fields.get(field)
        if parent:
            yield parent
        if item.below and not moved:
            yield ref(planner.stream.name, side, item.below)
