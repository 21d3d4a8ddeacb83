"""What was asked of the sandbox: a bounded list of requests, and counters that never forget."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock
from typing import Any

CAPACITY = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `status` 0: no answer was sent. `unsafe`: it may write (token calls do not).

    `query` is the raw query string, `fault` the kinds of the faults that hit it.
    """

    number: int
    at: datetime
    vendor: str
    tenant: str
    method: str
    path: str
    query: str
    status: int
    unsafe: bool
    milliseconds: float
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass(slots=True)
class Count:
    requests: int = 0
    unsafe: int = 0


class Journal:
    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._entries: deque[Entry] = deque(maxlen=CAPACITY)
            self._counts: dict[str, Count] = {}
            self._last = 0

    def add(self, make: Callable[[int], Entry]) -> None:
        """`make` gets the entry's number (1, 2, …)."""
        with self._lock:
            self._last += 1
            entry = make(self._last)
            self._entries.append(entry)
            count = self._counts.setdefault(entry.vendor, Count())
            count.requests += 1
            count.unsafe += entry.unsafe

    def entries(
        self, vendor: str = "", tenant: str = "", *, after: int = 0, unsafe: bool = False
    ) -> list[Entry]:
        """Oldest first; only those with a number above `after`, only unsafe ones if asked."""
        with self._lock:
            return [
                entry
                for entry in self._entries
                if entry.number > after
                and vendor in ("", entry.vendor)
                and tenant in ("", entry.tenant)
                and (entry.unsafe or not unsafe)
            ]

    def count(self, vendor: str) -> Count:
        with self._lock:
            count = self._counts.get(vendor, Count())
            return Count(count.requests, count.unsafe)

    def counts(self) -> dict[str, Count]:
        with self._lock:
            return {vendor: Count(c.requests, c.unsafe) for vendor, c in self._counts.items()}
