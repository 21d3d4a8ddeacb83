"""Personio API v1: people, day-based time-offs and hour-based absence periods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from integrations.remote import BadAnswer, Forbidden, NotFound, Page
from integrations.vendors.lists import require_list
from integrations.vendors.personio.access import VENDOR, Access
from integrations.vendors.personio.records import Absence, AbsenceType, Employee
from integrations.vendors.personio.spans import (
    Span,
    checked,
    covered_days,
    flag,
    instant,
)
from integrations.vendors.personio.walk import PAGES, RECORDS, UNVERIFIED, Listing, Walk
from integrations.vendors.personio.window import LONGEST_LEAVE, within
from integrations.vendors.values import (
    day_as_written,
    ident,
    mapping,
    number,
    stamp,
    text,
    utc_text,
    whole,
    zone_of,
)

T = TypeVar("T")

_TIME_OFFS = "/v1/company/time-offs"
_PERIODS = "/v1/company/absence-periods"
_EMPLOYEES = Listing("/v1/company/employees", 100, RECORDS, first_page=0, cost=2)
_TYPES = Listing("/v1/company/time-off-types", 200, RECORDS, bare=True)
_EMPLOYED = ("active", "onboarding", "leave")


class V1Reader:
    """Implements PersonioReader (see client.py)."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def employees(self, cursor: str = "") -> Iterator[Page[Employee]]:
        return self._walk(_EMPLOYEES, person_id, decode_employee, cursor)

    def absence_types(self, cursor: str = "") -> Iterator[Page[AbsenceType]]:
        return self._walk(_TYPES, record_id, decode_type, cursor)

    def day_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]:
        # Whether an absence that reaches beyond the window is delivered is disputed, so the
        # window that is asked for is wider by the longest leave.
        dates = _dates(window_first - LONGEST_LEAVE, window_last + LONGEST_LEAVE)
        listing = Listing(_TIME_OFFS, 200, PAGES, dates, first_page=1)
        pages = self._walk(listing, record_id, decode_time_off, cursor)
        return within(pages, window_first, window_last)

    def hour_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]:
        listing = Listing(_PERIODS, 200, UNVERIFIED, _dates(window_first, window_last))
        return self._walk(listing, record_id, decode_period, cursor)

    def absence_exists(self, id: str, id_v2: str) -> bool:
        """Day-based ids are numbers and have a route of their own, hour-based ones are UUIDs.
        A record that was first read by v2 has its number in the other place."""
        number = next((one for one in (id, id_v2) if one.isdecimal()), "")
        return self._time_off_exists(number) if number else self._period_exists(id)

    def check(self) -> list[str]:
        self._access.authorise()
        samples: tuple[tuple[str, Callable[[], Sequence[Any]]], ...] = (
            ("employees:read", lambda: self._sample(_EMPLOYEES.path, ("offset", "0"))),
            ("absences:read", lambda: self._sample(_TYPES.path, ("offset", "0"))),
            ("absences:read", lambda: self._sample(_TIME_OFFS, ("offset", "1"))),
            ("absences:read", lambda: self._sample(_PERIODS)),
        )
        missing: dict[str, None] = {}
        for scope, sample in samples:
            try:
                items = sample()
            except Forbidden:
                missing[scope] = None
                continue
            if scope == "employees:read" and items and "email" not in _attributes(items[0]):
                missing["email"] = None
        return list(missing)

    def _walk(
        self,
        listing: Listing,
        identify: Callable[[Any], str],
        decode: Callable[[Any], T],
        cursor: str,
    ) -> Iterator[Page[T]]:
        def fetch(params: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
            return self._access.get(listing.path, params, cost=listing.cost)

        return Walk(listing, fetch, identify, decode).pages(cursor)

    def _sample(self, path: str, *params: tuple[str, str]) -> list[Any]:
        return _items(self._access.get(path, [("limit", "1"), *params]))

    def _time_off_exists(self, id: str) -> bool:
        try:
            body = self._access.get(f"{_TIME_OFFS}/{id}")
        except NotFound:
            return False
        try:
            found = record_id(body.get("data"))
        except ValueError:
            found = ""
        if found != id:
            raise BadAnswer(VENDOR, "a single absence was asked for and another one came")
        return True

    def _period_exists(self, id: str) -> bool:
        """There is no route for one, so it is asked for by a filter that must be obeyed."""
        items = _items(self._access.get(_PERIODS, [("absence_periods[]", id)]))
        if any(_id_or_none(item) == id for item in items):
            return True
        if items:
            raise BadAnswer(VENDOR, "the filter by absence_periods[] was ignored")
        return False


def record_id(item: Any) -> str:
    return ident(_attributes(item).get("id"), "id")


def person_id(item: Any) -> str:
    return ident(_value(_attributes(item), "id"), "id")


def decode_employee(item: Any) -> Employee:
    """A status that may not be read counts as active: nobody is taken for a leaver by default."""
    fields = _attributes(item)
    names = (text(_value(fields, key)) for key in ("first_name", "last_name"))
    status = text(_value(fields, "status")).lower()
    return Employee(
        id=person_id(item),
        email=text(_value(fields, "email")),
        name=" ".join(filter(None, names)),
        active=not status or status in _EMPLOYED,
    )


def decode_type(item: Any) -> AbsenceType:
    fields = _attributes(item)
    unit = text(fields.get("unit")).lower()
    if unit not in ("day", "hour"):
        raise ValueError("unit: unknown")
    return AbsenceType(
        id=record_id(item),
        id_v2=text(fields.get("id_v2")),
        name=text(fields.get("name")),
        unit=unit,
        category=text(fields.get("category")).lower(),
    )


def decode_time_off(item: Any) -> Absence:
    fields = _attributes(item)
    kind = _attributes(fields.get("time_off_type"))
    amount = number(fields.get("days_count"), "days_count")
    span = _time_off_span(fields, amount)
    return Absence(
        id=record_id(item),
        id_v2=text(fields.get("id_v2")),
        employee_id=_employee_id(fields),
        type_id=ident(kind.get("id"), "time_off_type"),
        type_id_v2=text(kind.get("id_v2")),
        type_name=text(kind.get("name")),
        status=_status(fields),
        first=span.first,
        last=span.last,
        half_first=span.half_first,
        half_last=span.half_last,
        starts_at=None,
        ends_at=None,
        minutes=None,
        days=[],
        amount=amount,
        created_at=stamp(fields.get("created_at")),
        updated_at=stamp(fields.get("updated_at")),
    )


def decode_period(item: Any) -> Absence:
    """Hour-based. Its uuid, and the uuid of its type, are those of API v2 already."""
    fields = _attributes(item)
    kind = _attributes(fields.get("absence_type"))
    starts_at, ends_at, days = _hours(fields)
    return Absence(
        id=record_id(item),
        id_v2=text(fields.get("id_v2")) or record_id(item),
        employee_id=_employee_id(fields),
        type_id=ident(kind.get("time_off_type_id"), "time_off_type_id"),
        type_id_v2=text(kind.get("id")),
        type_name=text(kind.get("name")),
        status=_status(fields),
        first=days[0],
        last=days[-1] if ends_at else None,
        half_first=False,
        half_last=False,
        starts_at=starts_at,
        ends_at=ends_at,
        minutes=whole(fields.get("effective_duration"), "effective_duration"),
        days=days,
        amount=None,
        created_at=stamp(fields.get("created_at")),
        updated_at=stamp(fields.get("updated_at")),
    )


def _time_off_span(fields: Mapping[str, Any], amount: float | None) -> Span:
    end = fields.get("end_date")
    span = Span(
        day_as_written(fields.get("start_date"), "start_date"),
        None if end is None else day_as_written(end, "end_date"),
        flag(fields.get("half_day_start"), "half_day_start"),
        flag(fields.get("half_day_end"), "half_day_end"),
    )
    return checked(span, amount)


def _hours(fields: Mapping[str, Any]) -> tuple[str, str | None, list[date]]:
    """Start, end (UTC) and the covered days, as `breakdowns` lists them or else by the clock."""
    zone, end = zone_of(fields.get("timezone") or "UTC"), fields.get("end")
    starts = instant(fields.get("start"), "start", zone)
    ends = None if end is None else instant(end, "end", zone)
    by_clock = covered_days(starts, ends, zone)
    listed = {
        day_as_written(mapping(part, "breakdowns").get("date"), "breakdowns")
        for part in require_list(fields.get("breakdowns") or [])
    }
    return utc_text(starts), utc_text(ends) if ends else None, sorted(listed) or by_clock


def _dates(first: date, last: date) -> tuple[tuple[str, str], ...]:
    return ("start_date", first.isoformat()), ("end_date", last.isoformat())


def _status(fields: Mapping[str, Any]) -> str:
    return ident(fields.get("status"), "status").lower()


def _employee_id(fields: Mapping[str, Any]) -> str:
    return ident(_value(_attributes(fields.get("employee")), "id"), "employee")


def _attributes(item: Any) -> Mapping[str, Any]:
    """The fields of an object, wrapped in `{type, attributes}` or flat."""
    fields = mapping(item, "record")
    return mapping(fields["attributes"], "attributes") if "attributes" in fields else fields


def _value(fields: Mapping[str, Any], key: str) -> Any:
    """A field that may be wrapped in `{label, value, …}`."""
    field = fields.get(key)
    return field.get("value") if isinstance(field, dict) else field


def _items(body: Mapping[str, Any]) -> list[Any]:
    items = body.get("data")
    if body.get("success") is False or not isinstance(items, list):
        raise BadAnswer(VENDOR, "not a list")
    return items


def _id_or_none(item: Any) -> str | None:
    try:
        return record_id(item)
    except ValueError:
        return None
