"""The plan: a pure function over links and two snapshots. Nothing here reads or writes anything
but its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.engine.ancestors import keep_ancestors
from integrations.engine.changes import Circumstances, Plan
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
        for side in ((left, right) if stream.flow is Flow.BOTH else (left,))
    )
    linked = LinkedPlanner(stream, left, right, circumstances, plan)
    linked.plan_links(links)
    new = NewPlanner(stream, left, right, circumstances, plan, linked.used)
    new.plan_new(Which.LEFT)
    new.plan_new(Which.RIGHT)
    new.plan_foreign()
    keep_ancestors(linked)
    for snapshot in (left, right):
        for name, trouble in snapshot.notices.items():
            new.find(f"N:{name}", trouble, "", None, None)
    return plan
