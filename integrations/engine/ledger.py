"""The engine's books: links, intents, problems and planned entries in the database.

Every function that writes is called inside `Lease.commit()`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.engine.changes import (
    FOREIGN,
    KEY,
    REMOVALS,
    Action,
    Change,
    Circumstances,
    Refresh,
    Resolution,
    fingerprint,
    record_of,
)
from integrations.engine.guard import Decided, Limits
from integrations.engine.stream import LinkState, Which
from integrations.models import Integration, Intent, Link, PendingDeletion, Problem, RunEntry

BATCH = 500
LADDER_HOURS = (2, 6, 12, 24, 48, 96, 168)
"""How long scheduled runs leave a record alone after its 1st, 2nd, … refused write."""


def load_links(integration: Integration) -> dict[str, list[LinkState]]:
    """All links by stream, in one query, without model instances."""
    found: dict[str, list[LinkState]] = defaultdict(list)
    rows = Link.objects.filter(integration=integration).order_by("id").values_list(
        "stream", "id", "left_id", "right_id", "base", "echo", "left_alias", "left_version",
        "right_version", "state", "label", "origin",
    )  # fmt: skip
    for stream, *row, state, label, origin in rows.iterator(chunk_size=2000):
        id, left_id, right_id, base, echo, alias, left_version, right_version = row
        retired = state == Link.State.RETIRED
        found[stream].append(
            LinkState(
                id, left_id, right_id, base, alias, left_version, right_version, echo,
                retired, label, origin == "adopted",
            )
        )  # fmt: skip
    return found


def link_state(link: Link) -> LinkState:
    return LinkState(
        link.pk, link.left_id, link.right_id, link.base, link.left_alias, link.left_version,
        link.right_version, link.echo, link.state == Link.State.RETIRED, link.label,
        link.origin == "adopted",
    )  # fmt: skip


def link_print(link: LinkState | None) -> str:
    """What a planned change was planned for; another value means that the plan is stale."""
    if link is None:
        return ""
    return fingerprint(link.left_id, link.right_id, link.base, link.left_version, link.retired)


# -- circumstances of a plan ---------------------------------------------------------------


def circumstances(integration: Integration, stream: str, *, patient: bool) -> Circumstances:
    """Records that wait for an open intent or (scheduled, `patient` runs) for their next try,
    and people's decisions about parked fields."""
    problems = Problem.objects.filter(integration=integration, stream=stream)
    waiting = set()
    for intent in Intent.objects.filter(integration=integration, stream=stream):
        waiting.add(f"{'L' if intent.side == Which.RIGHT else 'R'}:{intent.source_id}")
    if patient:
        later = problems.filter(retry_at__gt=timezone.now())
        waiting.update(later.values_list("record_id", flat=True))
    resolutions: dict[str, list[Resolution]] = defaultdict(list)
    decided = problems.exclude(resolution="").values_list("record_id", "detail", "resolution")
    for record, detail, keep in decided:
        resolutions[record_of(record)].append(Resolution(**detail, keep=Which(keep)))
    return Circumstances(frozenset(waiting), resolutions)


def limits(integration: Integration) -> Limits:
    return Limits(integration.guard_count, integration.guard_percent)


def recent_removals(integration: Integration, stream: str, *, foreign: bool) -> int:
    """Removals of the last 24 hours that nobody approved; those of `foreign` records only where
    the guard is asked about them."""
    found = RunEntry.objects.filter(
        run__integration=integration,
        stream=stream,
        action__in=[action.value for action in REMOVALS],
        state=RunEntry.State.DONE,
        done_at__gte=timezone.now() - timedelta(hours=24),
    ).exclude(detail__has_key="approved")  # fmt: skip
    return found.count() if foreign else found.exclude(reason=FOREIGN).count()


def decisions(integration: Integration, stream: str) -> dict[int, Decided]:
    rows = PendingDeletion.objects.filter(integration=integration, stream=stream)
    return {
        link: Decided(decision, print_)
        for link, decision, print_ in rows.values_list("link_id", "decision", "fingerprint")
    }


# -- planned entries -----------------------------------------------------------------------


def dump(change: Change) -> dict[str, Any]:
    """What an entry keeps to be carried out later."""
    return {
        "link": change.link.id if change.link else None,
        "state": link_print(change.link),
        "alias": change.left_alias,
        "want": dict(change.want),
        "agreed": dict(change.agreed),
        "left_version": change.left_version,
        "right_version": change.right_version,
        "behind": sorted(change.behind),
        "side": change.side.value,
    }


def entry(run_id: int, change: Change, side: str, position: int = 0, **extra: Any) -> RunEntry:
    """An unsaved history row of a change; `side` is the vendor that is written."""
    return RunEntry(
        run_id=run_id,
        stream=change.stream,
        action=change.action.value,
        side=side,
        left_id=change.left_id or "",
        right_id=change.right_id or "",
        label=change.label[:300],
        before=dict(change.before),
        after=dict(change.after),
        position=position,
        **{
            "state": RunEntry.State.PLANNED,
            "reason": change.reason,
            "plan": dump(change),
            **extra,
        },
    )


def load(row: RunEntry, links: Mapping[int, LinkState]) -> Change:
    """The change of a planned entry, with its link as it stands now."""
    plan = row.plan or {}
    return Change(
        stream=row.stream,
        action=Action(row.action),
        side=Which(plan["side"]),
        left_id=row.left_id or None,
        right_id=row.right_id or None,
        link=links.get(plan["link"]) if plan["link"] else None,
        left_alias=plan["alias"],
        label=row.label,
        before=row.before or {},
        after=row.after or {},
        want=plan["want"],
        agreed=plan["agreed"],
        left_version=plan["left_version"],
        right_version=plan["right_version"],
        reason=row.reason,
        behind=frozenset(plan["behind"]),
    )


# -- links ---------------------------------------------------------------------------------


def adopt(integration: Integration, changes: Iterable[Change]) -> None:
    Link.objects.bulk_create(
        [
            Link(
                integration=integration, stream=c.stream, left_id=c.left_id, right_id=c.right_id,
                left_alias=c.left_alias, base=dict(c.agreed), left_version=c.left_version,
                right_version=c.right_version, origin="adopted", label=c.label[:300],
            )
            for c in changes
        ],
        batch_size=BATCH,
    )  # fmt: skip


def unlink(changes: Iterable[Change]) -> None:
    ids = [change.link.id for change in changes if change.link is not None]
    for start in range(0, len(ids), BATCH):
        Link.objects.filter(pk__in=ids[start : start + BATCH]).delete()


def refresh(refreshes: Sequence[Refresh]) -> None:
    now = timezone.now()
    links = [
        Link(
            pk=r.link, base=dict(r.base), left_version=r.left_version, updated_at=now,
            right_version=r.right_version, left_alias=r.left_alias, label=r.label[:300],
        )
        for r in refreshes
    ]  # fmt: skip
    fields = ["base", "left_version", "right_version", "left_alias", "label", "updated_at"]
    Link.objects.bulk_update(links, fields, batch_size=BATCH // 5)


# -- pending deletions ---------------------------------------------------------------------


def hold(integration: Integration, run_id: int, changes: Iterable[Change]) -> None:
    """Remember removals that wait for a person; a stale decision about the same link goes."""
    rows = [
        PendingDeletion(
            integration=integration, link_id=change.link.id, run_id=run_id, stream=change.stream,
            reason=change.reason, label=change.label[:300], fingerprint=change.guarded,
        )
        for change in changes
        if change.link is not None
    ]  # fmt: skip
    _forget([row.link_id for row in rows])
    PendingDeletion.objects.bulk_create(rows, batch_size=BATCH)


def _forget(link_ids: Sequence[int]) -> None:
    for start in range(0, len(link_ids), BATCH):
        PendingDeletion.objects.filter(link_id__in=link_ids[start : start + BATCH]).delete()


def forget_reappeared(integration: Integration, stream: str, seen: Collection[int]) -> None:
    """Drop pending removals of links whose records were both `seen` in this run."""
    rows = PendingDeletion.objects.filter(integration=integration, stream=stream)
    _forget([id for id in rows.values_list("link_id", flat=True) if id in seen])


# -- the retry ladder ----------------------------------------------------------------------


def next_try(attempts: int, now: datetime) -> datetime:
    return now + timedelta(hours=LADDER_HOURS[min(attempts, len(LADDER_HOURS)) - 1])


def close_problems(integration: Integration, stream: str, record: str) -> list[Problem]:
    """Problems of one record that its successful write has settled."""
    closed = list(
        Problem.objects.filter(integration=integration, stream=stream).filter(
            Q(record_id=record, severity=Problem.Severity.FAIL, attempts__gt=0)
            | Q(record_id__startswith=f"{record}{KEY}") & ~Q(resolution="")
        )
    )
    Problem.objects.filter(pk__in=[problem.pk for problem in closed]).delete()
    return closed


def rename_problems(integration: Integration, stream: str, old: str, new: str) -> None:
    """A record that gets a left id is named by it from now on."""
    if old == new:
        return
    rows = Problem.objects.filter(integration=integration, stream=stream)
    taken = set(_about(rows, new).values_list("record_id", "code"))
    for row in _about(rows, old):
        row.record_id = new + row.record_id.removeprefix(old)
        if (row.record_id, row.code) in taken:
            row.delete()
        else:
            row.save(update_fields=["record_id"])


def _about(rows: QuerySet[Problem], record: str) -> QuerySet[Problem]:
    return rows.filter(Q(record_id=record) | Q(record_id__startswith=f"{record}{KEY}"))
