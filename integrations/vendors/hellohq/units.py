"""Hours ↔ seconds and UTC times ↔ local days, as projects and reportings need them (pure)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from integrations.vendors.values import moment, utc_text

HOUR = 3600
_UNITS = {"Minutes": 60, "Hours": HOUR, "Days": 8 * HOUR, "Weeks": 40 * HOUR}


def seconds_of(hours: float | None) -> int | None:
    """Decimal hours in seconds, in whole minutes; None stays None (no value is not 0)."""
    return None if hours is None else round(hours * 60) * 60


def hours_of(seconds: int | None) -> float | None:
    """Seconds in decimal hours; whole minutes are read back exactly."""
    return None if seconds is None else seconds / HOUR


def assigned_seconds(value: float | None, unit: str) -> int | None:
    """An assignment in seconds, in whole minutes.

    A day has 8 hours, a week 40. None for a percentage, which is a share of somebody's capacity.
    """
    if value is None or unit not in _UNITS:
        return None
    return round(value * _UNITS[unit] / 60) * 60


def utc(text: str) -> datetime:
    """A time as an aware one; without an offset it is UTC. Raises ValueError."""
    at = moment(text, "time")
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def local_day(at: str, zone: ZoneInfo) -> date | None:
    """The calendar day of a UTC time in a zone; None for ""."""
    return utc(at).astimezone(zone).date() if at else None


def on_day(wanted: date | None, current: str, zone: ZoneInfo, at: time) -> str | None:
    """The UTC time to write for a local day; None for no day.

    A time that lies on this day already stays as it is; another one keeps its time of day; where
    there is none yet, it is `at` (local).
    """
    if wanted is None:
        return None
    if not current:
        return utc_text(datetime.combine(wanted, at, zone))
    local = utc(current).astimezone(zone)
    if local.date() == wanted:
        return current
    return utc_text(datetime.combine(wanted, local.time(), zone))
