"""Celery tasks: thin shells. Losing, repeating or delaying one changes nothing but the time."""

from __future__ import annotations

from celery import shared_task

from integrations import schedule
from integrations.runner import work_slice
from integrations.services import wake


@shared_task
def work_run(run_id: int) -> None:
    """Work on a run for one slice; if more is to do at once, hand it on."""
    if work_slice(run_id):
        wake(run_id)


@shared_task
def dispatch_due() -> None:
    """Queue what is due, and wake workers for what waits or was abandoned."""
    schedule.queue_due()
    for run_id in schedule.runs_to_wake():
        wake(run_id)


@shared_task
def prune_history() -> None:
    schedule.prune()
