"""Plans for all streams of a run, and how they get into the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone

from integrations.engine import ledger, order, record
from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.changes import (
    FOREIGN,
    REMOVALS,
    Action,
    Change,
    Finding,
    Plan,
    fingerprint,
)
from integrations.engine.guard import Ruling, rule, without
from integrations.engine.match import plan_match
from integrations.engine.plan import plan_stream
from integrations.engine.references import canonical
from integrations.engine.stream import Flow, LinkState, Reads, Snapshot, Stream, Trouble, Which
from integrations.engine.world import Identities
from integrations.models import Connection, Integration, RunEntry, SyncRun

SILENT = (Action.UNLINK,)


class AccountChanged(Exception):
    """The credentials lead to another remote account than the one that was synced (G12)."""

    code = "account_changed"

    def __init__(self, vendor: str) -> None:
        super().__init__(vendor)
        self.detail = vendor


class NotAdmitted(Exception):
    """The credentials lack something; nothing was written (G2). `detail` names what."""

    code = "permission_missing"

    def __init__(self, missing: Sequence[str]) -> None:
        self.detail = ", ".join(missing)
        super().__init__(self.detail)


@dataclass(frozen=True)
class StreamPlan:
    """One stream's plan; `plan` is None when the reads did not allow any."""

    stream: Stream
    plan: Plan | None
    ruling: Ruling = field(default_factory=Ruling)
    error: str = ""

    @property
    def changes(self) -> list[Change]:
        """What is to be carried out now."""
        assert self.plan is not None
        return without(self.plan.changes, self.ruling.stopped)

    @property
    def findings(self) -> list[Finding]:
        """Troubles, and the creates that have to wait for a removal which is held back."""
        assert self.plan is not None
        going = {id(change) for change in self.changes}
        behind = [
            Finding(change.record, Trouble("covered"), change.label, change.left_id)
            for change in self.plan.changes
            if change.behind and id(change) not in going
        ]
        return self.plan.findings + behind


@dataclass
class Planned:
    parts: list[StreamPlan] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """Everything that needs a write at a remote, also what is held back."""
        return [
            change
            for part in self.parts
            if part.plan is not None and part.stream.flow is not Flow.MATCH
            for change in part.plan.changes
            if change.action not in (*SILENT, Action.ADOPT)
        ]

    @property
    def errors(self) -> list[str]:
        return [part.error for part in self.parts if part.error]

    @property
    def again(self) -> bool:
        return any(part.plan is not None and part.plan.again for part in self.parts)

    @property
    def unchanged(self) -> int:
        return sum(
            part.plan.unchanged
            for part in self.parts
            if part.plan is not None and part.stream.flow is not Flow.MATCH
        )


def plan_all(
    integration: Integration,
    blueprint: Blueprint,
    reads: Reads,
    world: Identities,
    patient: bool,
    read_more: Callable[[], Reads],
) -> Planned:
    """Plan every stream, in order; each sees the identities that the earlier ones settle.

    `read_more` is asked once, as soon as people are matched; it gives all there is then.
    """
    planned, more = Planned(), False
    for stream in blueprint.streams:
        if stream.flow is not Flow.MATCH and not more:
            reads, more = read_more(), True
        part = _plan_one(integration, stream, reads, world, patient)
        if part.plan is not None:
            world.settle(stream.name, part.plan)
        planned.parts.append(part)
    return planned


def _plan_one(
    integration: Integration, stream: Stream, reads: Reads, world: Identities, patient: bool
) -> StreamPlan:
    left = canonical_snapshot(stream, stream.left.snapshot(reads, world), world)
    right = canonical_snapshot(stream, stream.right.snapshot(reads, world), world)
    links = world.links(stream.name)
    if not (left.usable and right.usable):
        return StreamPlan(stream, None)
    if stream.flow is Flow.MATCH:
        return StreamPlan(stream, plan_match(stream, left, right, links))
    if _suspicious(integration, stream, left, right, links):
        return StreamPlan(stream, None, error="empty_read")
    about = ledger.circumstances(integration, stream.name, patient=patient)
    plan = plan_stream(stream, left, right, links, about)
    if stream.parent and any(change.action is Action.ADOPT for change in plan.changes):
        world.settle(stream.name, plan)  # parents that are adopted now are the same parent
        right = canonical_snapshot(stream, right, world)
        plan = plan_stream(stream, left, right, links, about)
    return StreamPlan(stream, plan, _rule(integration, stream, plan))


def _suspicious(
    integration: Integration,
    stream: Stream,
    left: Snapshot,
    right: Snapshot,
    links: Sequence[LinkState],
) -> bool:
    """A target that is suddenly empty is a lost permission, not a reason to write it all again."""
    if stream.flow is Flow.BOTH:
        return False
    which, target = (
        (Which.LEFT, left) if stream.flow is Flow.TO_LEFT else (Which.RIGHT, right)
    )  # fmt: skip
    if target.items or target.unreadable or not target.complete:
        return False
    return sum(link.id_on(which) is not None for link in links) > integration.guard_count


def canonical_snapshot(stream: Stream, snapshot: Snapshot, world: Identities) -> Snapshot:
    if not stream.refs:
        return snapshot
    items = {
        id: replace(item, fields=canonical(stream, item.fields, world)) if item.fields else item
        for id, item in snapshot.items.items()
    }
    return replace(snapshot, items=items)


def _rule(integration: Integration, stream: Stream, plan: Plan) -> Ruling:
    removals = [change for change in plan.changes if change.action in REMOVALS]
    if not removals:
        return Ruling()
    return rule(
        removals,
        ledger.decisions(integration, stream.name),
        ledger.limits(integration),
        linked=plan.linked,
        recent=ledger.recent_removals(integration, stream.name, foreign=stream.guards_foreign),
        empty=plan.empty,
        hold_vanished=stream.hold_vanished,
    )


def check_account(integration: Integration, account: Account, *, store: bool) -> None:
    """Compare with the accounts that answered before. Raises AccountChanged.

    An account that the vendor can name must keep its name, or linked records must be found
    again; where it has none to offer, linked records that are all missing are proof enough.
    """
    for vendor, name in account.identities.items():
        now = fingerprint(name) if name else ""
        connection = Connection.objects.get(workspace=integration.workspace_id, vendor=vendor)
        seen = account.evidence.get(vendor)
        same = bool(now) and now == connection.identity
        if not same and (seen is False or (now and connection.identity and seen is not True)):
            raise AccountChanged(vendor)
        if store and now and now != connection.identity:
            Connection.objects.filter(pk=connection.pk).update(identity=now)


def note_tested(integration: Integration, blueprint: Blueprint) -> None:
    """The first run has tested the connections that it uses (G2)."""
    sides = [side for stream in blueprint.streams for side in (stream.left, stream.right)]
    used = Connection.objects.filter(
        workspace=integration.workspace_id, vendor__in={side.vendor for side in sides}
    )
    used.update(test_state=Connection.Test.OK, test_detail="", tested_at=timezone.now())


def persist(run: SyncRun, planned: Planned, blueprint: Blueprint) -> None:
    """Store the plan: what needs no write at a remote is done here, the rest becomes entries."""
    integration = run.integration
    last = len(blueprint.streams) - 1
    for number, part in enumerate(planned.parts):
        if part.plan is None:
            continue
        changes = part.changes
        ledger.unlink([change for change in changes if change.action is Action.UNLINK])
        adopted = [change for change in changes if change.action is Action.ADOPT]
        ledger.adopt(integration, adopted)
        ledger.refresh(part.plan.refreshes)
        if part.stream.flow is Flow.MATCH:
            continue
        _persist_deletions(run, part)
        _persist_entries(run, part, changes, number, last)
        _persist_problems(run, part, changes)


def _persist_deletions(run: SyncRun, part: StreamPlan) -> None:
    assert part.plan is not None
    ledger.forget_reappeared(run.integration, part.stream.name, part.plan.seen)
    ledger.hold(run.integration, run.pk, part.ruling.held)
    RunEntry.objects.bulk_create(
        [_held(run, part.stream, change) for change in part.ruling.held], batch_size=ledger.BATCH
    )


def _held(run: SyncRun, stream: Stream, change: Change) -> RunEntry:
    side = stream.side(change.side).vendor
    return ledger.entry(
        run.pk,
        change,
        side,
        state=RunEntry.State.HELD,
        plan=None,
        done_at=timezone.now(),
        reason=change.reason or "guard",
    )


def _persist_entries(
    run: SyncRun, part: StreamPlan, changes: Sequence[Change], number: int, last: int
) -> None:
    approved = {id(change) for change in part.ruling.approved}
    writes = [c for c in changes if c.action not in (*SILENT, Action.ADOPT)]
    rows = [
        ledger.entry(run.pk, change, part.stream.side(change.side).vendor, position,
                     detail={"approved": True} if id(change) in approved else {})
        for change, position in zip(
            writes, order.positions(part.stream, number, last, writes), strict=True
        )
    ]  # fmt: skip
    rows += [_done(run, part.stream, c) for c in changes if c.action is Action.ADOPT and c.left_id]
    RunEntry.objects.bulk_create(rows, batch_size=ledger.BATCH)


def _done(run: SyncRun, stream: Stream, change: Change) -> RunEntry:
    side = stream.side(change.side).vendor
    return ledger.entry(
        run.pk, change, side, state=RunEntry.State.DONE, plan=None, done_at=timezone.now()
    )


def _persist_problems(run: SyncRun, part: StreamPlan, changes: Sequence[Change]) -> None:
    assert part.plan is not None
    record.reconcile(
        run.integration,
        run.pk,
        part.stream.name,
        part.findings,
        unseen=part.plan.unseen,
        shown=part.plan.shown,
        writing={c.record for c in changes if c.action not in SILENT},
    )


def _as_removal(change: Change) -> Change:
    """What the link to a foreign record stands for (Stream.guards_foreign)."""
    foreign = change.action is Action.ADOPT and change.left_id is None
    return replace(change, action=Action.DELETE, reason=FOREIGN) if foreign else change


def preview(run: SyncRun, planned: Planned, blueprint: Blueprint) -> list[RunEntry]:
    """The rows of a dry run, unsaved: changes, removals that would be held, and problems."""
    rows: list[RunEntry] = []
    for part in planned.parts:
        if part.plan is None or part.stream.flow is Flow.MATCH:
            continue
        held = [*part.ruling.held, *part.ruling.waiting]
        for change in map(_as_removal, [*part.changes, *held]):
            if change.action not in SILENT:
                state = RunEntry.State.HELD if change in held else RunEntry.State.PLANNED
                side = part.stream.side(change.side).vendor
                rows.append(ledger.entry(run.pk, change, side, state=state, plan=None))
        rows += [record.finding_entry(run.pk, part.stream.name, f) for f in part.findings]
    return rows
