"""Rate limits, counted on the sandbox's clock."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic


class Bucket:
    """A token bucket: `burst` requests at once, `rate` new ones a second."""

    def __init__(self, rate: float, burst: int, seconds: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._seconds = seconds
        self._level = float(burst)
        self._at = seconds()
        self._lock = Lock()

    def take(self) -> bool:
        """Take one token; False when there is none."""
        with self._lock:
            now = self._seconds()
            self._level = min(self.burst, self._level + (now - self._at) * self.rate)
            self._at = now
            if self._level < 1:
                return False
            self._level -= 1
            return True

    @property
    def remaining(self) -> int:
        with self._lock:
            return int(self._level)
