"""When runs start, which ones need a worker, and what is thrown away in time."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max, Q
from django.utils import timezone

from integrations import kinds, services
from integrations.engine.lease import is_dead
from integrations.models import Incident, Integration, PendingDeletion, RunEntry, SyncRun

log = logging.getLogger(__name__)

RESEND = timedelta(seconds=60)
"""A woken run that nobody claimed within this is woken again: its message was lost."""
BATCH = 500


def queue_due(now: datetime | None = None) -> list[SyncRun]:
    """Queue a run for every active integration that is due, each on its own."""
    now = now or timezone.now()
    due = Integration.objects.filter(next_run_at__lte=now, state=Integration.State.ACTIVE)
    due = due.exclude(runs__status__in=SyncRun.UNFINISHED)
    rows = due.select_related("workspace", "enabled_by").order_by("next_run_at", "pk")
    return [run for integration in rows if (run := _queue_safely(integration, now))]


def _queue_safely(integration: Integration, now: datetime) -> SyncRun | None:
    """One integration that cannot be scheduled stops no other, and is tried again in a day."""
    try:
        return _queue(integration, now)
    except services.NotNow as refusal:
        log.info("%s does not start: %s", integration, refusal.code)
    except Exception:
        log.exception("%s cannot be scheduled", integration)
        _set_next(integration, now + timedelta(days=1))
    return None


def _queue(integration: Integration, now: datetime) -> SyncRun:
    """The next time is set first: a refused start never becomes a loop."""
    kind = kinds.get(integration.kind)
    interval = kind.schedule(integration)
    _set_next(integration, next_time(integration.pk, now, interval) if interval else None)
    return services.request_run(
        integration,
        trigger=SyncRun.Trigger.SCHEDULE,
        full=is_full_due(integration, now, kind.full_interval),
    )


def next_time(pk: int, now: datetime, step: timedelta) -> datetime:
    """One interval ahead, on the integration's own beat: spread by a jitter that never changes."""
    digest = hashlib.sha256(str(pk).encode()).digest()
    offset = int.from_bytes(digest[:4], "big") % int(step.total_seconds())
    beat = int(now.timestamp() - offset) // int(step.total_seconds())
    following = datetime.fromtimestamp((beat + 1) * step.total_seconds() + offset, tz=now.tzinfo)
    return following if following - now > step / 2 else following + step


def is_full_due(integration: Integration, now: datetime, every: timedelta) -> bool:
    return integration.last_full_at is None or now - integration.last_full_at >= every


def _set_next(integration: Integration, when: datetime | None) -> None:
    integration.next_run_at = when
    integration.save(update_fields=["next_run_at"])


def runs_to_wake(now: datetime | None = None) -> list[int]:
    """Runs that are due and that no worker was told of lately, fair between workspaces.

    A run whose holder died is due as soon as its lease has run out; at once when the holder was
    a process of this host.
    """
    now = now or timezone.now()
    unsent = Q(sent_at=None) | Q(sent_at__lt=now - RESEND)
    due = Q(not_before=None) | Q(not_before__lte=now)
    waiting = Q(status=SyncRun.Status.QUEUED) & unsent & due
    untold = unsent | Q(sent_at__lt=F("lease_until"))
    expired = Q(status=SyncRun.Status.RUNNING, lease_until__lt=now) & untold
    rows = SyncRun.objects.filter(waiting | expired | Q(pk__in=_abandoned_here(now)))
    return fair(rows.order_by("queued_at").values_list("pk", "integration__workspace_id"))


def _abandoned_here(now: datetime) -> list[int]:
    held = SyncRun.objects.filter(status=SyncRun.Status.RUNNING, lease_until__gte=now)
    return [pk for pk, holder in held.values_list("pk", "lease_holder") if is_dead(holder)]


def fair(rows: Iterable[tuple[int, int]]) -> list[int]:
    """The first run of every workspace, then the second of every workspace, and so on."""
    turns: dict[int, int] = defaultdict(int)
    ranked = []
    for number, (run_id, workspace) in enumerate(rows):
        ranked.append((turns[workspace], number, run_id))
        turns[workspace] += 1
    return [run_id for _turn, _number, run_id in sorted(ranked)]


def prune(now: datetime | None = None) -> int:
    """Delete runs (with their entries) that finished more than HISTORY_DAYS ago, in small
    batches; the last finished run of an integration and runs with pending deletions stay."""
    limit = (now or timezone.now()) - timedelta(days=settings.HISTORY_DAYS)
    waiting = PendingDeletion.objects.exclude(decision=PendingDeletion.Decision.REJECTED)
    old = SyncRun.objects.filter(finished_at__lt=limit).exclude(held_deletions__in=waiting)
    newest = _newest_runs()
    total = 0
    for run_id in list(old.exclude(pk__in=newest).values_list("pk", flat=True)):
        total += _delete_entries(run_id)
        SyncRun.objects.filter(pk=run_id).delete()
    Incident.objects.filter(closed_at__lt=limit).delete()
    return total


def _newest_runs() -> list[int]:
    finished = SyncRun.objects.exclude(finished_at=None).values("integration")
    return list(finished.annotate(newest=Max("pk")).values_list("newest", flat=True).order_by())


def _delete_entries(run_id: int) -> int:
    total = 0
    while ids := list(RunEntry.objects.filter(run=run_id).values_list("pk", flat=True)[:BATCH]):
        RunEntry.objects.filter(pk__in=ids).delete()
        total += len(ids)
    return total
