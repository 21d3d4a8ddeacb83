"""Who may work on a run: a lease with a heartbeat and a fencing token."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.models import SyncRun

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
BEAT_SECONDS = 5.0


class LeaseLost(Exception):
    """Somebody else holds the run now; whoever sees this must stop without another commit."""

    code = "lease_lost"


def holder_name() -> str:
    """This process, so that others on the same host can see when it is gone."""
    return f"{_host()}|{os.getpid()}|{_started(os.getpid())}"


def _host() -> str:
    """The host and its process name space: two containers may share a host name."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        space = boot = ""
    return f"{socket.gethostname()}/{boot}/{space}"


def _started(pid: int) -> str:
    """When a process started, as the kernel counts; "" when there is none (or it is a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def is_dead(holder: str) -> bool:
    """True only when the holder ran on this host and its process is gone for certain."""
    host, pid, started = [*holder.split("|"), "", ""][:3]
    if host != _host() or not pid.isdigit() or not started:
        return False
    return _started(int(pid)) != started


class Lease:
    """A claimed run. `fence` must still be the run's when anything is committed. `crashed` tells
    that its last holder died at work instead of handing it on."""

    def __init__(self, run_id: int, fence: int, until: datetime, *, crashed: bool) -> None:
        self.run_id = run_id
        self.crashed = crashed
        self.fence = fence
        self.until = until
        self.lost = False
        self._stop = threading.Event()

    def left(self) -> float:
        """Seconds until the lease runs out; 0 when it is lost."""
        return 0.0 if self.lost else (self.until - timezone.now()).total_seconds()

    def renew(self) -> None:
        """Extend the lease. Raises LeaseLost when the run was taken over or finished."""
        until = timezone.now() + LEASE
        mine = SyncRun.objects.filter(
            pk=self.run_id, fence=self.fence, status=SyncRun.Status.RUNNING
        )
        if mine.update(lease_until=until) != 1:
            self.lost = True
            raise LeaseLost(str(self.run_id))
        self.until = until

    @contextmanager
    def commit(self) -> Iterator[None]:
        """A transaction that only commits while the run is still ours."""
        with transaction.atomic():
            self.renew()
            yield

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the lease alive from a thread of its own, on a database connection of its own."""
        thread = threading.Thread(target=self._beat, name=f"lease-{self.run_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS) and not self.lost:
                self._beat_once()
        finally:
            connection.close()

    def _beat_once(self) -> None:
        try:
            self.renew()
        except LeaseLost:
            return
        except DatabaseError as error:  # the lease runs out unless this passes
            log.warning("heartbeat of run %s failed: %s", self.run_id, error)
            connection.close()


def claim(run_id: int, holder: str, *, when: Callable[[], datetime] = timezone.now) -> Lease | None:
    """Claim a queued run that is due, or a running one whose lease ran out; None if neither."""
    now = when()
    runs = SyncRun.objects.filter(pk=run_id).exclude(integration__state="disabled")
    due = Q(not_before=None) | Q(not_before__lte=now)
    queued = runs.filter(due, status=SyncRun.Status.QUEUED)
    dead = runs.filter(status=SyncRun.Status.RUNNING, lease_until__lt=now)
    return _take(queued, run_id, holder, now, crashed=False) or _take(
        dead, run_id, holder, now, crashed=True
    )


def take_over(run_id: int, holder: str, dead_holder: str) -> Lease | None:
    """Claim a running run whose holder is known to be gone, before its lease runs out."""
    runs = SyncRun.objects.filter(
        pk=run_id, status=SyncRun.Status.RUNNING, lease_holder=dead_holder
    )
    return _take(runs, run_id, holder, timezone.now(), crashed=True)


def _take(
    runs: QuerySet[SyncRun], run_id: int, holder: str, now: datetime, *, crashed: bool
) -> Lease | None:
    until = now + LEASE
    with transaction.atomic():
        taken = runs.update(
            status=SyncRun.Status.RUNNING,
            lease_holder=holder,
            lease_until=until,
            not_before=None,
            started_at=Coalesce("started_at", Value(now, DateTimeField())),
            fence=F("fence") + 1,
        )
        if taken != 1:
            return None
        fence = SyncRun.objects.values_list("fence", flat=True).get(pk=run_id)
    return Lease(run_id, fence, until, crashed=crashed)
