"""HiBob's guards against too many requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from time import time

PER_MINUTE = 50
REFUSALS = 50
WITHIN = timedelta(seconds=10)
BLOCKED_FOR = timedelta(minutes=5)


class Window:
    """`PER_MINUTE` requests in each whole minute. `seconds` gives the Unix time."""

    def __init__(self, seconds: Callable[[], float] = time) -> None:
        self._seconds = seconds
        self._minute = -1
        self._used = 0
        self._lock = Lock()

    def take(self) -> bool:
        """Count one request; False when there were too many."""
        with self._lock:
            self._turn()
            self._used += 1
            return self._used <= PER_MINUTE

    def headers(self) -> dict[str, str]:
        with self._lock:
            self._turn()
            return {
                "X-RateLimit-Limit": str(PER_MINUTE),
                "X-RateLimit-Remaining": str(max(0, PER_MINUTE - self._used)),
                "X-RateLimit-Reset": str((self._minute + 1) * 60),
            }

    def _turn(self) -> None:
        minute = int(self._seconds() // 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0


class Wall:
    """Blocks a credential that was refused `REFUSALS` times `WITHIN` some seconds."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._refused: dict[str, list[datetime]] = {}
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def is_blocked(self, credential: str) -> bool:
        with self._lock:
            until = self._until.get(credential)
            return until is not None and self._now() < until

    def count(self, credential: str) -> None:
        """One more 401."""
        with self._lock:
            now = self._now()
            times = [t for t in self._refused.get(credential, []) if now - t < WITHIN] + [now]
            self._refused[credential] = times
            if len(times) >= REFUSALS:
                self._until[credential] = now + BLOCKED_FOR
