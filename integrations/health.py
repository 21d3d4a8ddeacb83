"""Is the installation at work? For load balancers and monitoring; names no customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError
from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.models import Integration, SyncRun

PATIENCE = timedelta(minutes=10)
"""Work that is due and untouched for longer than this: no worker or no beat is running."""


@dataclass(frozen=True)
class Health:
    """`oldest_waiting_seconds`: how long the oldest run that is due has waited for a worker, or
    since its worker died. `oldest_overdue_seconds`: how long an integration has been due without
    a run. 0 when there is none."""

    database: bool
    oldest_waiting_seconds: int = 0
    oldest_overdue_seconds: int = 0

    @property
    def ok(self) -> bool:
        oldest = max(self.oldest_waiting_seconds, self.oldest_overdue_seconds)
        return self.database and oldest <= PATIENCE.total_seconds()


def measure(now: datetime) -> Health:
    try:
        return Health(True, _age(_oldest_waiting(now), now), _age(_oldest_overdue(now), now))
    except DatabaseError:
        return Health(False)


def _oldest_waiting(now: datetime) -> datetime | None:
    waiting = SyncRun.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), status=SyncRun.Status.QUEUED
    )
    dead = SyncRun.objects.filter(status=SyncRun.Status.RUNNING, lease_until__lt=now)
    found = [
        waiting.aggregate(oldest=Min(Coalesce("not_before", "queued_at")))["oldest"],
        dead.aggregate(oldest=Min("lease_until"))["oldest"],
    ]
    return min((when for when in found if when is not None), default=None)


def _oldest_overdue(now: datetime) -> datetime | None:
    due = Integration.objects.filter(state=Integration.State.ACTIVE, next_run_at__lte=now)
    oldest: datetime | None = due.exclude(runs__status__in=SyncRun.UNFINISHED).aggregate(
        oldest=Min("next_run_at")
    )["oldest"]
    return oldest


def _age(since: datetime | None, now: datetime) -> int:
    return int((now - since).total_seconds()) if since else 0


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200, or 503 when the database is away or due work lies untouched for PATIENCE."""
    health = measure(timezone.now())
    content = {"status": "ok" if health.ok else "unavailable", **asdict(health)}
    return JsonResponse(content, status=200 if health.ok else 503)


def check_keys(**kwargs: Any) -> list[CheckMessage]:
    """Keys made by each machine for itself do not fit a shared database."""
    missing = [] if settings.EMBEDDED else settings.GENERATED_KEYS
    return [
        Error(
            f"{name} is not set.",
            hint=f"Every process on every machine needs the same {name}; see the README.",
            id="integrations.E001",
        )
        for name in missing
    ]
