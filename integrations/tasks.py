"""Celery tasks: thin shells. Losing, repeating or delaying one changes nothing but the time."""

from __future__ import annotations

import logging
from ctypes import c_bool
from multiprocessing.sharedctypes import RawValue
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.core.management import call_command

from integrations import schedule, services
from integrations.engine.lease import LeaseLost
from integrations.runner import work_slice
from integrations.services import wake

log = logging.getLogger(__name__)

_stopping = RawValue(c_bool, False)
"""Shared with the pool's processes: the worker was asked to end."""


@worker_shutting_down.connect
def note_shutdown(**kwargs: Any) -> None:
    """Runs stop after the record at hand and are handed on, so that a worker ends in seconds."""
    _stopping.value = True


@shared_task
def work_run(run_id: int) -> None:
    """Work on a run for one slice; if more is to do at once, hand it on."""
    try:
        more = work_slice(run_id, lambda: bool(_stopping.value))
    except LeaseLost:
        log.warning("run %s was taken over by another worker", run_id)
        return
    if more:
        wake(run_id)


@shared_task
def dispatch_due() -> None:
    """Queue what is due, and wake workers for what waits or was abandoned."""
    services.cancel_disabled()
    schedule.queue_due()
    for run_id in schedule.runs_to_wake():
        wake(run_id)


@shared_task
def prune_history() -> None:
    schedule.prune()
    call_command("clearsessions")
