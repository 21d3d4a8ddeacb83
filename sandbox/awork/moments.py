"""Times as awork writes them: .NET ticks, UTC texts with fractions, split dates and times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from sandbox.awork.answers import invalid

EPOCH = datetime(1, 1, 1, tzinfo=UTC)
SECOND = 10_000_000
"""Ticks of a second."""


def ticks(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 10


def stamp(tick: int) -> str:
    """e.g. 2026-03-01T09:15:11.4471234Z; no fraction for a whole second."""
    whole, rest = divmod(tick, SECOND)
    moment = datetime.min + timedelta(seconds=whole)
    return f"{moment.isoformat()}.{rest:07}Z" if rest else f"{moment.isoformat()}Z"


def midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def parse_moment(name: str, text: object) -> datetime:
    """A date or date-time as it stands, in UTC when it has no zone. Raises AworkError."""
    if isinstance(text, str):
        shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.strip().replace("Z", "+00:00"))
        try:
            moment = datetime.fromisoformat(shortened)
        except ValueError:
            moment = None
        if moment is not None:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    raise invalid(f"$.{name}", f"The value of {name} is not a date.")


def parse_clock(name: str, text: object) -> time:
    """HH:mm:ss, with or without a fraction. Raises AworkError."""
    try:
        return time.fromisoformat(str(text).partition(".")[0])
    except ValueError:
        raise invalid(f"$.{name}", f"The value of {name} is not a time.") from None


def written(moment: datetime) -> str:
    """A date-time property; whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
