"""The sandbox's time: one clock for all vendors, movable by tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """Real time; with `today` it starts at noon of that day in Berlin and runs on from there."""

    def __init__(self, today: date | None = None) -> None:
        self._shift = timedelta(0)
        if today is not None:
            self._shift = datetime.combine(today, time(12), BERLIN) - datetime.now(UTC)
        self._lock = Lock()

    def now(self) -> datetime:
        """An instant in UTC, whole seconds."""
        return (datetime.now(UTC) + self._shift).replace(microsecond=0)

    def today(self) -> date:
        """The calendar day in Berlin."""
        return self.now().astimezone(BERLIN).date()

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._shift += by
