"""Rows of the API → records. Everything here raises ValueError for a row that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from integrations.vendors.hellohq.records import (
    HOUR_BASED_KINDS,
    Absence,
    Subsystem,
    User,
    WorkingHours,
)
from integrations.vendors.hellohq.spans import decode_days, decode_hours
from integrations.vendors.values import (
    day_as_written,
    ident,
    mapping,
    number,
    stamp,
    text,
)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def row_id(row: Any) -> str:
    return ident(mapping(row, "row").get("Id"), "Id")


def decode_user(row: Any) -> User:
    leaving = row.get("LeavingDate")
    names = (text(row.get(key)) for key in ("FirstName", "LastName"))
    return User(
        id=row_id(row),
        email=text(row.get("EMailWork")),
        name=" ".join(filter(None, names)),
        leaving_date=day_as_written(leaving, "LeavingDate") if leaving else None,
    )


@dataclass(frozen=True, slots=True)
class AbsenceCodec:
    """Reads absences of a tenant with this half-day encoding and time zone."""

    encoding: str
    zone: ZoneInfo

    def decode(self, row: Any) -> Absence:
        kind = text(row.get("Type"))
        if kind in ("", "NotSet"):
            raise ValueError("Type: missing")
        if kind in HOUR_BASED_KINDS:
            starts_at, ends_at = decode_hours(row.get("Start"), row.get("End"))
            return _absence(row, kind, starts_at=starts_at, ends_at=ends_at)
        days = decode_days(row.get("Start"), row.get("End"), self.encoding, self.zone)
        return _absence(row, kind, **days._asdict())


def _absence(row: Mapping[str, Any], kind: str, **when: Any) -> Absence:
    nothing = {"first": None, "last": None, "starts_at": None, "ends_at": None}
    halves = {"half_first": False, "half_last": False}
    return Absence(
        id=row_id(row),
        user_id=ident(row.get("UserId"), "UserId"),
        kind=kind,
        note=text(row.get("Note")),
        is_approved=row.get("IsApproved") is True,
        missed_days=number(row.get("MissedDays"), "MissedDays"),
        created_by=text(row.get("CreatedBy")),
        created_on=stamp(row.get("CreatedOn")),
        updated_on=stamp(row.get("UpdatedOn")),
        **{**nothing, **halves, **when},
    )


def decode_subsystem(row: Any) -> Subsystem:
    return Subsystem(row_id(row), text(row.get("Name")), row.get("IsMaster") is True)


def decode_working_hours(row: Any) -> WorkingHours | None:
    """None for a row that names no weekday or no time."""
    weekday = text(mapping(row, "row").get("Weekday"))
    start, end = number(row.get("StartTime"), "StartTime"), number(row.get("EndTime"), "EndTime")
    if weekday not in _WEEKDAYS or start is None or end is None or end <= start:
        return None
    return WorkingHours(_WEEKDAYS.index(weekday), _clock(start), _clock(end))


def _clock(hours: float) -> str:
    """Decimal hours as "HH:MM"; the end of the day, 24, is its last minute."""
    minutes = round(hours * 60)
    if not 0 <= minutes <= 24 * 60:
        raise ValueError("not a time of day")
    whole, rest = divmod(min(minutes, 24 * 60 - 1), 60)
    return time(whole, rest).strftime("%H:%M")
