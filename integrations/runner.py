"""Joins the engine with kinds and clients: one slice of a run, or a whole run in the foreground."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, connection
from django.utils import timezone

from integrations import alerts, kinds, polls
from integrations.clients import Clients
from integrations.engine.blueprint import Blueprint
from integrations.engine.gateway import Gateway
from integrations.engine.lease import Lease, LeaseLost, claim, holder_name, is_dead, take_over
from integrations.engine.run import Progress, work
from integrations.models import SyncRun

log = logging.getLogger(__name__)

SLICE = timedelta(minutes=2)
"""How long a worker stays with one run before it hands it on."""
WATCH_SECONDS = 12.0
"""A live holder renews its lease every 5 seconds; one that does not within this is dead."""


class AnotherRunIsActive(Exception):
    code = "run_active"


def quiet(progress: Progress) -> None:
    """Tells nobody."""


def open_blueprint(run: SyncRun, gateway: Gateway) -> Blueprint:
    integration = run.integration
    clients = Clients(integration.workspace, gateway, gateway.count)
    kind = kinds.get(integration.kind)
    return kind.blueprint(
        integration, clients, full=run.full, brief=polls.is_brief(run),
        dry=run.mode == SyncRun.Mode.DRY_RUN,
    )  # fmt: skip


def never() -> bool:
    return False


def work_slice(run_id: int, stopping: Callable[[], bool] = never) -> bool:
    """Work on a run for at most a slice, or until `stopping()`. True when it is to be woken again
    at once. Raises LeaseLost when somebody else went on with it meanwhile."""
    lease = claim(run_id, holder_name())
    if lease is None and (seen := SyncRun.objects.filter(pk=run_id).first()):
        lease = _from_dead(seen)
    if lease is None:
        return False
    end = time.monotonic() + SLICE.total_seconds()
    run = _hold_and_work(lease, quiet, lambda: stopping() or time.monotonic() > end)
    waiting = run.status == SyncRun.Status.QUEUED
    return waiting and (run.not_before is None or run.not_before <= timezone.now())


def _hold_and_work(
    lease: Lease, tell: Callable[[Progress], None], over: Callable[[], bool]
) -> SyncRun:
    with lease.heartbeat():
        work(lease.run_id, lease, open_blueprint, tell, over)
    run = SyncRun.objects.select_related("integration__workspace").get(pk=lease.run_id)
    if run.finished_at is not None:
        alerts.after_run(run)
        polls.fold(run)
    return run


def run_to_end(run_id: int, tell: Callable[[Progress], None]) -> SyncRun:
    """Work on a run in the foreground until it is finished, through all its waits.

    Takes over from a dead holder at once, or when its lease has run out. Raises
    AnotherRunIsActive when a live process is at work on it.
    """
    worked = False
    while True:
        run = SyncRun.objects.select_related("integration__workspace").get(pk=run_id)
        if run.finished_at is not None:
            return run
        lease = claim(run_id, holder_name()) or _from_dead(run)
        if lease is None:
            _await(run, ours=worked)
            continue
        worked = True
        try:
            _hold_and_work(lease, tell, lambda: False)
        except LeaseLost:
            log.info("another process goes on with run %s", run_id)
        except OperationalError as error:
            log.warning("the database was away, run %s is resumed: %s", run_id, error)
            connection.close()


def _from_dead(run: SyncRun) -> Lease | None:
    running = run.status == SyncRun.Status.RUNNING
    if running and is_dead(run.lease_holder):
        return take_over(run.pk, holder_name(), run.lease_holder)
    return None


def _await(run: SyncRun, *, ours: bool) -> None:
    """Sleep until the run is due, or until its holder proves to be alive or dead.

    A run that was `ours` may go on in another process: it is waited for.
    """
    now = timezone.now()
    if run.status == SyncRun.Status.QUEUED:
        seconds = (run.not_before - now).total_seconds() if run.not_before else 0.1
        time.sleep(min(max(seconds, 0.05), 5.0))
        return
    deadline = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)
        seen = SyncRun.objects.only("lease_until", "fence", "status").get(pk=run.pk)
        if seen.status != SyncRun.Status.RUNNING:
            return
        if (seen.lease_until, seen.fence) != (run.lease_until, run.fence):
            if ours:
                return
            raise AnotherRunIsActive(str(run.pk))
    time.sleep(max(0.0, ((run.lease_until or now) - timezone.now()).total_seconds()))
