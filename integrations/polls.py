"""Runs that come every few seconds: they read what changed and are over soon. Of those that find
nothing, history keeps the last (G7).
"""

from __future__ import annotations

import time
from datetime import timedelta

from integrations import kinds
from integrations.models import SyncRun

OFTEN = timedelta(minutes=5)
"""Runs of integrations that are scheduled more seldom are all kept."""


PATIENCE_SECONDS = 60.0


def is_poll(run: SyncRun) -> bool:
    """Whether it reads less than a run that a person asks for."""
    return is_brief(run) and _comes_often(run)


def wait_out(run: SyncRun) -> bool:
    """Wait for a poll that another process works on. True once it is finished."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not SyncRun.objects.filter(pk=run.pk, finished_at=None).exists():
            return True
        time.sleep(0.5)
    return False


def fold(run: SyncRun) -> None:
    """Forget the run before this one if both are polls that ended alike and changed nothing."""
    if not (_is_quiet(run) and _comes_often(run)):
        return
    runs = SyncRun.objects.filter(integration=run.integration_id, pk__lt=run.pk)
    before = runs.order_by("-pk").first()
    if before is not None and _is_quiet(before) and before.reasons == run.reasons:
        before.delete()


def _comes_often(run: SyncRun) -> bool:
    interval = kinds.get(run.integration.kind).interval
    return interval is not None and interval <= OFTEN


def _is_quiet(run: SyncRun) -> bool:
    ended = run.finished_at is not None and run.status != SyncRun.Status.FAILED
    return is_brief(run) and ended and not run.entries.exists()


def is_brief(run: SyncRun) -> bool:
    """Whether nobody asked for it, so that it need only read what changed."""
    return not run.full and run.trigger in (SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.WEBHOOK)
