"""What a remote says about its rate limits, and the pause that follows for all threads."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from integrations.remote import RateLimited
from integrations.vendors.budget import LONGEST_SLEEP

LONGEST_BACKOFF = 60.0
_EPOCH_FROM = 1_000_000_000.0  # a reset value above this is a Unix time, below it seconds to go


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, replaceable in tests. `wall` is Unix time; `spread(n)` lies in 0…n."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    spread: Callable[[float], float] = lambda most: random.uniform(0.0, most)


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait as a 429 or 503 asks for, or None where its headers do not say."""
    retry_after = headers.get("Retry-After")
    if retry_after is not None:
        return _seconds_or_date(retry_after, now)
    for name in ("RateLimit-Reset", "X-RateLimit-Reset"):
        reset = _number(headers.get(name))
        if reset is not None:
            return max(0.0, reset - now if reset > _EPOCH_FROM else reset)
    return bucket_wait(headers)


def bucket_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until a token bucket, described in `x-ratelimit-*`, has room for a request.

    None where the headers describe no bucket or it still has room.
    """
    rate = _number(headers.get("x-ratelimit-replenish-rate"))
    remaining = _number(headers.get("x-ratelimit-remaining"))
    cost = _number(headers.get("x-ratelimit-requested-tokens")) or 1.0
    if not rate or rate < 0 or remaining is None or remaining >= cost:
        return None
    return (cost - max(0.0, remaining)) / rate


def has_plenty(headers: Mapping[str, str]) -> bool:
    """Whether more than half of the minute's requests, as `x-ratelimit-*-minute` say, is left."""
    limit = _number(headers.get("x-ratelimit-limit-minute"))
    remaining = _number(headers.get("x-ratelimit-remaining-minute"))
    return limit is not None and remaining is not None and remaining > limit / 2 > 0


def backoff(attempt: int, clock: Clock) -> float:
    """Exponential with full jitter: up to 1, 2, 4, 8 … seconds for attempt 0, 1, 2, 3 …"""
    return clock.spread(min(LONGEST_BACKOFF, 2.0**attempt))


def _seconds_or_date(text: str, now: float) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e12 else None


class Pause:
    """The moment before which no thread of a connection sends anything."""

    def __init__(self, vendor: str, clock: Clock) -> None:
        self._vendor, self._clock = vendor, clock
        self._lock = threading.Lock()
        self._until = 0.0

    def extend(self, seconds: float) -> None:
        with self._lock:
            self._until = max(self._until, self._clock.monotonic() + seconds)

    def wait(self) -> None:
        """Sleep until the pause is over; raises RateLimited when that is too long."""
        with self._lock:
            left = self._until - self._clock.monotonic()
        if left > LONGEST_SLEEP:
            raise RateLimited(self._vendor, "the remote asks to wait", retry_after=left)
        if left > 0:
            self._clock.sleep(left)
