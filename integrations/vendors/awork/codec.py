"""Days, times, versions and halves as awork writes them ↔ ours (pure). All raise ValueError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from integrations.vendors.values import day_as_written, moment, stamp, utc_text, whole, zone_of

_NOON = time(12)


def version(value: Any) -> int | None:
    """A `resourceVersion`: 64-bit ticks, beyond what a float can hold exactly."""
    if value is None:
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("resourceVersion: not a 64-bit number")
    return value


def version_of(row: Mapping[str, Any]) -> str:
    """What changes whenever a record changes: its `resourceVersion`, else its `updatedOn`."""
    stamped = version(row.get("resourceVersion"))
    return stamp(row.get("updatedOn")) if stamped is None else str(stamped)


def newest(versions: Iterable[str]) -> int:
    """The highest `resourceVersion` among versions, 0 for none: where to go on reading changes."""
    return max((int(one) for one in versions if one.isdecimal()), default=0)


def day(value: Any, what: str) -> date | None:
    """The calendar day that a date-time names as it is written, whatever its time."""
    return day_as_written(value, what) if value else None


def day_text(wanted: date | None, current: Any = None) -> str | None:
    """Midnight UTC of a day; a date-time that names this day already stays as it is."""
    if wanted is None:
        return None
    if current and day_as_written(current, "date") == wanted:
        return str(current)
    return f"{wanted.isoformat()}T00:00:00Z"


def seconds(value: Any, what: str) -> int:
    return whole(value, what) or 0


def booked(row: Mapping[str, Any]) -> tuple[str | None, date]:
    """When a time entry starts (UTC, None for a date-only one), and the local day it counts for.

    The day follows from UTC and the entry's `timezone`; the local fields were wrong once, and
    serve only where there is no start time or the zone is unknown.
    """
    if row.get("startTimeUtc") is None:
        written = row.get("startDateLocal") or row.get("startDateUtc")
        return None, day_as_written(written, "startDate")
    at = joined(row.get("startDateUtc"), row["startTimeUtc"])
    try:
        local = at.astimezone(zone_of(row.get("timezone"))).date()
    except ValueError:
        local = day_as_written(row.get("startDateLocal"), "startDateLocal")
    return utc_text(at), local


def joined(day_value: Any, time_value: Any) -> datetime:
    """The UTC time, to the second, of a date-time for the date and a text for the time."""
    if not isinstance(time_value, str):
        raise ValueError("startTimeUtc: not a time")
    try:
        clock = time.fromisoformat(time_value.strip().removesuffix("Z"))
    except ValueError:
        raise ValueError("startTimeUtc: not a time") from None
    day_of_start = day_as_written(day_value, "startDateUtc")
    return datetime.combine(day_of_start, clock.replace(microsecond=0), UTC)


class Days(NamedTuple):
    """Inclusive days. `half_first`: the first only from noon; `half_last`: the last until noon."""

    first: date
    last: date
    half_first: bool = False
    half_last: bool = False


def absence_form(days: Days) -> dict[str, Any]:
    """`startOn` … of an absence. Raises ValueError for days that leave nothing.

    On a single day awork's flags say which half is off; on several days, at which end it is.
    """
    single = days.first == days.last
    if days.last < days.first or (single and days.half_first and days.half_last):
        raise ValueError("an absence without any time")
    start, end = (days.half_last, days.half_first) if single else (days.half_first, days.half_last)
    return {
        "startOn": days.first.isoformat(),
        "endOn": days.last.isoformat(),
        "isHalfDayOnStart": start,
        "isHalfDayOnEnd": end,
    }


def absence_days(row: Mapping[str, Any]) -> Days:
    """The inverse: days in UTC, halves by the flags or by a boundary at noon."""
    starts, ends = _boundary(row, "startOn"), _boundary(row, "endOn")
    first, last = starts.date(), ends.date()
    if last < first:
        raise ValueError("endOn: before startOn")
    flags = row.get("isHalfDayOnStart") is True, row.get("isHalfDayOnEnd") is True
    half_last, half_first = flags if first == last else flags[::-1]
    half_first, half_last = half_first or starts.time() == _NOON, half_last or ends.time() == _NOON
    if first == last and half_first and half_last:  # both halves of one day
        half_first = half_last = False
    return Days(first, last, half_first, half_last)


def _boundary(row: Mapping[str, Any], name: str) -> datetime:
    at = moment(row.get(name), name)
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
