"""Days and halves of day-based absences, as both versions write them (pure)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from integrations.vendors.values import mapping, moment

_MIDNIGHT = time()
_NOON = time(12)
_INSTANT = timedelta(microseconds=1)


class Span(NamedTuple):
    """Inclusive days; see records.Absence."""

    first: date
    last: date | None
    half_first: bool = False
    half_last: bool = False


def flag(value: Any, what: str) -> bool:
    """A half-day flag: a boolean, 0 or 1, either of them as text; null is false."""
    known = {"": False, "0": False, "false": False, "1": True, "true": True}
    written = "" if value is None else str(value).strip().lower()
    if written not in known:
        raise ValueError(f"{what}: not a flag")
    return known[written]


def checked(span: Span, amount: float | None) -> Span:
    """The span if it can be. Raises ValueError when it ends before it begins.

    A single day with both halves missing cannot be taken literally (Personio refuses new ones).
    Its amount is trusted: 0.5 is half a day, taken as the morning since nothing tells which half;
    everything else is the whole day.
    """
    if span.last is not None and span.last < span.first:
        raise ValueError("ends before it begins")
    if span.last == span.first and span.half_first and span.half_last:
        return Span(span.first, span.last, half_last=amount == 0.5)
    return span


def span_v2(start: Any, end: Any) -> Span:
    """The days between two v2 boundaries `{date_time, type}`; `end` None is open-ended.

    `date_time` is local. An end at midnight is exclusive, unless it is the start day itself; any
    other end lies on the last day. A type says which half a boundary cuts off; without one the
    clock does: from noon on, or until noon.
    """
    starts, start_type = _boundary(start, "starts_from")
    half_first = starts.time() >= _NOON if not start_type else start_type == "SECOND_HALF"
    if end is None or mapping(end, "ends_at").get("date_time") is None:
        return Span(starts.date(), None, half_first)
    ends, end_type = _boundary(end, "ends_at")
    midnight = ends.time() == _MIDNIGHT and ends.date() > starts.date()
    half_last = ends.time() == _NOON if not end_type else end_type == "FIRST_HALF"
    last = ends.date() - timedelta(days=1) if midnight else ends.date()
    return checked(Span(starts.date(), last, half_first, half_last), None)


def _boundary(value: Any, what: str) -> tuple[datetime, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: missing")
    half = str(value.get("type") or "").upper()
    if half not in ("", "FIRST_HALF", "SECOND_HALF"):
        raise ValueError(f"{what}: unknown type")
    return moment(value.get("date_time"), what).replace(tzinfo=None), half


def covered_days(starts: datetime, ends: datetime | None, zone: ZoneInfo) -> list[date]:
    """The calendar days in `zone` between two aware times, `ends` exclusive; open: the first."""
    first = starts.astimezone(zone).date()
    if ends is None:
        return [first]
    if ends < starts:
        raise ValueError("ends before it begins")
    last = max(first, (ends - _INSTANT).astimezone(zone).date())
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def instant(value: Any, what: str, zone: ZoneInfo) -> datetime:
    """An aware UTC time; one without offset is local to `zone`."""
    at = moment(value, what)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
