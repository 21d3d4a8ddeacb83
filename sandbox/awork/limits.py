"""awork's limits per workspace: a minute's window and a second's, told in every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

PER_MINUTE, PER_SECOND = 1000, 50


@dataclass
class Window:
    most: int
    seconds: int
    began: float = -1e9
    used: int = 0

    def take(self, now: float) -> bool:
        if now - self.began >= self.seconds:
            self.began, self.used = now, 0
        self.used += 1
        return self.used <= self.most

    @property
    def remaining(self) -> int:
        return max(0, self.most - self.used)

    def reset(self, now: float) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, int(self.began + self.seconds - now) + 1)


class Limits:
    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self.minute = Window(PER_MINUTE, 60)
        self.second = Window(PER_SECOND, 1)

    def take(self) -> bool:
        now = self._seconds()
        minute, second = self.minute.take(now), self.second.take(now)
        return minute and second

    def headers(self) -> dict[str, str]:
        """`ratelimit-reset` counts down the window that ends the waiting."""
        now = self._seconds()
        tight = self.second if self.minute.remaining and not self.second.remaining else self.minute
        return {
            "ratelimit-limit": str(tight.most),
            "ratelimit-remaining": str(tight.remaining),
            "ratelimit-reset": str(tight.reset(now)),
            "x-ratelimit-limit-second": str(PER_SECOND),
            "x-ratelimit-remaining-second": str(self.second.remaining),
            "x-ratelimit-limit-minute": str(PER_MINUTE),
            "x-ratelimit-remaining-minute": str(self.minute.remaining),
        }
