"""A clock that only sleeping moves, an open gate, and a recorder of calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integrations.vendors.http import Clock


class FakeTime:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        """Wall time is 2026-01-01T00:00:00Z plus what was slept; the jitter takes the most."""
        return Clock(
            self.monotonic, lambda: 1767225600.0 + self.now - 1000.0, self.sleep, lambda most: most
        )


class OpenGate:
    def __init__(self) -> None:
        self.open = False
        self.entered: list[str] = []

    @contextmanager
    def write(self, vendor: str) -> Iterator[None]:
        self.entered.append(vendor)
        self.open = True
        try:
            yield
        finally:
            self.open = False


class FreeBudget:
    def __init__(self) -> None:
        self.costs: list[int] = []
        self.heard: list[bool] = []

    def wait(self, cost: int = 1) -> None:
        self.costs.append(cost)

    def hear(self, *, plenty: bool) -> None:
        self.heard.append(plenty)


class Calls(list[str]):
    def __call__(self, vendor: str) -> None:
        self.append(vendor)
