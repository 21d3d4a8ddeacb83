"""Rate budgets: how many requests per second a remote account may get from all of us."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from redis import RedisError

from integrations.remote import RateLimited, Unavailable

LONGEST_SLEEP = 5.0
"""Seconds. Whoever would have to wait longer ends its slice instead."""


class Budget(Protocol):
    def wait(self, cost: int = 1) -> None:
        """Return when `cost` requests may be sent.

        Raises RateLimited, and takes nothing, when that is more than LONGEST_SLEEP away.
        """

    def hear(self, *, plenty: bool) -> None:
        """Whether the remote says in its last answer that it would take plenty more."""


class _Pace:
    """`rate`: requests per second, more (`quick`) while the remote says that it has plenty left."""

    def __init__(self, rate: float, quick: float) -> None:
        self._calm, self._quick = rate, max(rate, quick)
        self.rate = rate

    def hear(self, *, plenty: bool) -> None:
        self.rate = self._quick if plenty else self._calm


class LocalBudget(_Pace):
    """A token bucket for the threads of one process."""

    def __init__(
        self,
        rate_per_second: float,
        burst: int,
        *,
        quick: float = 0.0,
        vendor: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(rate_per_second, quick)
        self._burst, self._vendor = float(burst), vendor
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._tokens, self._at = self._burst, clock()

    def wait(self, cost: int = 1) -> None:
        delay = self._take(cost)
        if delay > LONGEST_SLEEP:
            raise RateLimited(self._vendor, "own request budget used up", retry_after=delay)
        if delay > 0:
            self._sleep(delay)

    def _take(self, cost: int) -> float:
        """Seconds until the reserved tokens exist; beyond LONGEST_SLEEP none are reserved."""
        with self._lock:
            now = self._clock()
            tokens = min(self._burst, self._tokens + (now - self._at) * self.rate)
            delay = max(0.0, (cost - tokens) / self.rate)
            self._at = now
            self._tokens = tokens if delay > LONGEST_SLEEP else tokens - cost
            return delay


_TAKE = """
local rate, burst, cost, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(state[1]) or burst, tonumber(state[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local delay = math.max(0, (cost - tokens) / rate)
if delay <= longest then tokens = tokens - cost end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil((burst - tokens) / rate) + 60)
return string.format('%.6f', delay)
"""  # noqa: E501


class RedisClient(Protocol):
    """What is used of `redis.Redis`."""

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any: ...


class RedisBudget(_Pace):
    """The same bucket, kept in Redis and timed by its clock: one for all worker machines.

    What the remote says is heard by each process for itself; all workers get the same answers.
    """

    def __init__(
        self,
        redis_client: RedisClient,
        key: str,
        rate: float,
        burst: int,
        *,
        quick: float = 0.0,
        vendor: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(rate, quick)
        self._redis, self._key, self._burst = redis_client, key, burst
        self._vendor, self._sleep = vendor, sleep

    def wait(self, cost: int = 1) -> None:
        limits = (self.rate, self._burst, cost, LONGEST_SLEEP)
        try:
            delay = float(self._redis.eval(_TAKE, 1, self._key, *limits))
        except RedisError as error:
            raise Unavailable(self._vendor, "the shared request budget is away") from error
        if delay > LONGEST_SLEEP:
            raise RateLimited(self._vendor, "own request budget used up", retry_after=delay)
        if delay > 0:
            self._sleep(delay)
