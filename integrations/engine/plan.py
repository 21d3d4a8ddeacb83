"""The plan: a pure function over links and two snapshots. Nothing here reads or writes anything
but its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.engine.ancestors import keep_ancestors
from integrations.engine.changes import Action, Circumstances, Plan, record_id
from integrations.engine.linked import LinkedPlanner
from integrations.engine.stream import Flow, LinkState, Snapshot, Stream, Which
from integrations.engine.unlinked import NewPlanner


def plan_stream(
    stream: Stream,
    left: Snapshot,
    right: Snapshot,
    links: Sequence[LinkState],
    circumstances: Circumstances,
) -> Plan:
    """Plan one stream. References in the items must be canonical already."""
    plan = Plan(linked=sum(not link.retired for link in links))
    plan.empty = plan.linked > 0 and any(
        side.complete and not side.items and not side.unreadable
        for side in _leading(stream.flow, left, right)
    )
    if left.partial or right.partial:
        plan.shown = _shown(left, right, links)
    linked = LinkedPlanner(stream, left, right, circumstances, plan)
    linked.plan_links(links)
    new = NewPlanner(stream, left, right, circumstances, plan, linked.used)
    new.plan_new(Which.LEFT)
    new.plan_new(Which.RIGHT)
    new.plan_foreign()
    keep_ancestors(linked)
    if stream.begins_others and any(change.action is Action.ADOPT for change in plan.changes):
        plan.again = True
    for snapshot in (left, right):
        for name, trouble in snapshot.notices.items():
            new.find(f"N:{name}", trouble, "", None, None)
    return plan


def _shown(left: Snapshot, right: Snapshot, links: Sequence[LinkState]) -> set[str]:
    """Records that a partial read can judge: all that it names, and the linked ones, which are
    `unseen` where it does not."""
    shown = {record_id(id, None) for id in (*left.items, *left.gone)}
    shown |= {record_id(None, id) for id in (*right.items, *right.gone)}
    return shown | {record_id(link.left_id, link.right_id) for link in links}


def _leading(flow: Flow, left: Snapshot, right: Snapshot) -> tuple[Snapshot, ...]:
    """The sides that may be followed in a removal."""
    return {Flow.TO_RIGHT: (left,), Flow.TO_LEFT: (right,)}.get(flow, (left, right))
