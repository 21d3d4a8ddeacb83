"""The write gateway: the only place where an unsafe request may leave the house."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.engine.lease import Lease, LeaseLost
from integrations.engine.stream import Outcome, Step
from integrations.remote import REQUEST_TIMEOUT, RateLimited, WriteRefused


class Gateway:
    """Opens for exactly one unsafe request at a time and thread, and never in a dry run.

    Vendor clients are built with it as their `Gate`; they enter `write` round each unsafe
    request. Counts requests by vendor, safe and unsafe.
    """

    def __init__(self, lease: Lease | None) -> None:
        """Without a lease the gateway stays closed: dry runs are given none."""
        self._lease = lease
        self._here = threading.local()
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.writes = 0

    def count(self, vendor: str) -> None:
        """Take note of a request that is about to be sent (remote.CallCounter)."""
        with self._lock:
            self.calls[vendor] += 1

    def send(self, step: Step, start_by: float) -> Outcome:
        """Carry out one step whose requests start before `start_by` (monotonic seconds).

        Raises LeaseLost before sending when the lease is too short, RateLimited when pauses of
        the remote have used up the time to start: an intent must not outlive what it promises.
        """
        self._here.open, self._here.start_by = True, start_by
        try:
            return step.send()
        finally:
            self._here.open = False

    @contextmanager
    def write(self, vendor: str) -> Iterator[None]:
        """remote.Gate: entered by a vendor client round one unsafe request."""
        if self._lease is None or not getattr(self._here, "open", False):
            raise WriteRefused(vendor)
        if self._lease.left() <= REQUEST_TIMEOUT:
            raise LeaseLost(vendor)
        if time.monotonic() > self._here.start_by:
            raise RateLimited(vendor, "too late to start", retry_after=1.0)
        with self._lock:
            self.writes += 1
        yield
