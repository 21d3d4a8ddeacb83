"""Days, halves and times of absences ↔ helloHQ's `Start` and `End` (pure).

Day-based values are local and zone-less, `End` is exclusive. How a half last day is written is
not documented beyond doubt, so there are two encodings of it: `sameDay` ends at noon of that day,
`published` (the vendor's printed example) at noon of the day after it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from integrations.vendors.values import moment, utc_text

SAME_DAY, PUBLISHED = "sameDay", "published"
ENCODINGS = (SAME_DAY, PUBLISHED)

_MIDNIGHT, _NOON = time(), time(12)
_DAY = timedelta(days=1)
_HALF_HOLIDAYS = ((12, 24), (12, 31))


class Days(NamedTuple):
    """Inclusive days; see records.Absence."""

    first: date
    last: date
    half_first: bool = False
    half_last: bool = False


def encode_days(days: Days, encoding: str) -> tuple[str, str]:
    """`Start` and `End`. Raises ValueError for days that leave nothing."""
    if days.last < days.first or (days.first == days.last and days.half_first and days.half_last):
        raise ValueError("an absence without any time")
    start = datetime.combine(days.first, _NOON if days.half_first else _MIDNIGHT)
    same_day = days.half_last and encoding == SAME_DAY
    end_day = days.last if same_day else days.last + _DAY
    end = datetime.combine(end_day, _NOON if days.half_last else _MIDNIGHT)
    return start.isoformat(), end.isoformat()


def decode_days(start: Any, end: Any, encoding: str, zone: ZoneInfo) -> Days:
    """The inverse of encode_days. Raises ValueError for times that are no half days."""
    starts, ends = _local(start, "Start", zone), _local(end, "End", zone)
    half_last = ends.time() == _NOON
    last = ends.date() if half_last and encoding == SAME_DAY else ends.date() - _DAY
    days = Days(starts.date(), last, starts.time() == _NOON, half_last)
    if last < days.first or (last == days.first and days.half_first and days.half_last):
        raise ValueError("End: not after Start")
    return days


def decode_hours(start: Any, end: Any) -> tuple[str, str]:
    """UTC times of an hour-based absence; without an offset they are UTC."""
    starts, ends = _utc(start, "Start"), _utc(end, "End")
    if ends <= starts:
        raise ValueError("End: not after Start")
    return utc_text(starts), utc_text(ends)


def missed_days_unexpected(days: Days, missed: float | None) -> bool:
    """Whether helloHQ counted something that the half days sent cannot amount to.

    A single half day on a working day is 0.5. Longer ones lose weekends and holidays, so only
    their upper bound and their half are certain; the half is not where half public holidays are.
    """
    halves = days.half_first + days.half_last
    if missed is None or not halves:
        return False
    if days.first == days.last:
        return missed != 0.5 and not (missed == 0 and days.first.weekday() >= 5)
    most = (days.last - days.first).days + 1 - halves / 2
    return missed > most or ((most - missed) % 1 != 0 and not _has_half_holiday(days))


def _has_half_holiday(days: Days) -> bool:
    years = range(days.first.year, days.last.year + 1)
    return any(
        days.first <= date(year, month, day) <= days.last
        for year in years
        for month, day in _HALF_HOLIDAYS
    )


def _local(value: Any, what: str, zone: ZoneInfo) -> datetime:
    """A half-day boundary as written, or, if only that makes it one, converted to `zone`."""
    at = moment(value, what)
    readings = [at.replace(tzinfo=None)]
    if at.tzinfo:
        readings.append(at.astimezone(zone).replace(tzinfo=None))
    for reading in readings:
        if reading.time() in (_MIDNIGHT, _NOON):
            return reading
    raise ValueError(f"{what}: neither midnight nor noon")


def _utc(value: Any, what: str) -> datetime:
    at = moment(value, what)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
