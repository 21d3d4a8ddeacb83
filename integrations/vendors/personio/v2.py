"""Personio API v2: people and absence periods, day-based and hour-based in one list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from integrations.remote import BadAnswer, Forbidden, InconsistentList, NotFound, Page, Rejected
from integrations.vendors.lists import decode_all
from integrations.vendors.personio.access import VENDOR, Access
from integrations.vendors.personio.records import Absence, AbsenceType, Employee
from integrations.vendors.personio.spans import (
    Span,
    covered_days,
    instant,
    span_v2,
)
from integrations.vendors.personio.window import LONGEST_LEAVE, within
from integrations.vendors.values import ident, mapping, moment, stamp, text, utc_text, zone_of

T = TypeVar("T")

_PERSONS, _PERSONS_LIMIT = "/v2/persons", 50
_TYPES, _PERIODS, _LIMIT = "/v2/absence-types", "/v2/absence-periods", 100


class V2Reader:
    """Implements PersonioReader (see client.py)."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._types: dict[str, AbsenceType] = {}
        self._types_lock = threading.Lock()
        self._unheard: set[str] = set()

    def employees(self, cursor: str = "") -> Iterator[Page[Employee]]:
        params = [("limit", str(_PERSONS_LIMIT))]
        return self._pages(_PERSONS, params, decode_person, cursor)

    def absence_types(self, cursor: str = "") -> Iterator[Page[AbsenceType]]:
        return self._pages(_TYPES, [("limit", str(_LIMIT))], decode_type, cursor)

    def day_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]:
        """Both kinds of absence.

        Filtered by their start alone: a filter by the end might drop open-ended ones.
        """
        params = [
            ("limit", str(_LIMIT)),
            ("starts_from.date_time.gte", f"{window_first - LONGEST_LEAVE}T00:00:00.000"),
            ("starts_from.date_time.lte", f"{window_last}T23:59:59.000"),
        ]
        pages = self._pages(_PERIODS, params, self._decode_period, cursor)
        return within(pages, window_first, window_last)

    def hour_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]:
        """One empty page: `day_absences` has them all."""
        yield Page((), total=0)

    def absence_exists(self, id: str, id_v2: str) -> bool:
        key = next((one for one in (id_v2, id) if one and not one.isdecimal()), "")
        if not key:
            raise Rejected(VENDOR, "an absence without an id of API v2")
        try:
            body = self._access.get(f"{_PERIODS}/{key}")
        except NotFound:
            return False
        inner = body.get("_data")
        found = inner if isinstance(inner, dict) else body
        if text(found.get("id")) != key:
            raise BadAnswer(VENDOR, "a single absence was asked for and another one came")
        return True

    def check(self) -> list[str]:
        self._access.authorise()
        missing: dict[str, None] = {}
        for path, scope in (
            (_PERSONS, "personio:persons:read"),
            (_TYPES, "personio:absences:read"),
            (_PERIODS, "personio:absences:read"),
        ):
            try:
                items = _items(self._access.get(path, [("limit", "1")]))
            except Forbidden:
                missing[scope] = None
                continue
            if path == _PERSONS and items and "email" not in items[0]:
                missing["email"] = None
        return list(missing)

    def _pages(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        decode: Callable[[Any], T],
        cursor: str,
    ) -> Iterator[Page[T]]:
        """Follow `next`. The cursor alone is taken from it and sent with the original filters."""
        followed, known = {cursor}, set[str]()
        while True:
            body = self._access.get(path, [*params, ("cursor", cursor)] if cursor else params)
            batch = decode_all(VENDOR, _items(body), record_id, decode)
            fresh = batch.without(known)
            cursor = _next_cursor(body)
            if (cursor and cursor in followed) or (batch.ids and not fresh.ids):
                raise InconsistentList(VENDOR, f"{path}: a page repeats")
            followed.add(cursor)
            known.update(batch.ids)
            yield Page(tuple(fresh.records), cursor, None, tuple(fresh.malformed))
            if not cursor:
                return

    def _decode_period(self, item: Any) -> Absence:
        kind = ident(mapping(item.get("absence_type"), "absence_type").get("id"), "absence_type")
        return decode_period(item, self._type(kind))

    def _type(self, id: str) -> AbsenceType | None:
        """The absence type, None if the remote does not list it. Read once, and for news again."""
        with self._types_lock:
            if id not in self._types and id not in self._unheard:
                for page in self.absence_types():
                    self._types.update((kind.id, kind) for kind in page.records)
                self._unheard.update({id} - self._types.keys())
            return self._types.get(id)


def record_id(item: Any) -> str:
    return ident(mapping(item, "record").get("id"), "id")


def decode_person(item: Any) -> Employee:
    names = (text(item.get(key)) for key in ("first_name", "last_name"))
    return Employee(
        id=record_id(item),
        email=text(item.get("email")),
        name=" ".join(filter(None, names)),
        active=text(item.get("status")).upper() != "INACTIVE",
    )


def decode_type(item: Any) -> AbsenceType:
    unit = text(item.get("unit")).lower()
    if unit not in ("day", "hour"):
        raise ValueError("unit: unknown")
    return AbsenceType(
        id=record_id(item),
        id_v2=record_id(item),
        name=text(item.get("name")),
        unit=unit,
        category=text(item.get("category")).lower(),
    )


def decode_period(item: Any, kind: AbsenceType | None) -> Absence:
    """`kind` says whether the period is counted in days or hours; without it, its times do."""
    type_id = ident(mapping(item.get("absence_type"), "absence_type").get("id"), "absence_type")
    hourly = kind.unit == "hour" if kind else _looks_hourly(item)
    span, starts_at, ends_at, days = _hours(item) if hourly else (_span(item), None, None, [])
    return Absence(
        id=record_id(item),
        id_v2=record_id(item),
        employee_id=ident(mapping(item.get("person"), "person").get("id"), "person"),
        type_id=type_id,
        type_id_v2=type_id,
        type_name=kind.name if kind else "",
        status=ident(mapping(item.get("approval"), "approval").get("status"), "status").lower(),
        first=span.first,
        last=span.last,
        half_first=span.half_first,
        half_last=span.half_last,
        starts_at=starts_at,
        ends_at=ends_at,
        minutes=None,
        days=days,
        amount=None,
        created_at=stamp(item.get("created_at")),
        updated_at=stamp(item.get("updated_at")),
    )


def _span(item: Mapping[str, Any]) -> Span:
    return span_v2(item.get("starts_from"), item.get("ends_at"))


def _hours(item: Mapping[str, Any]) -> tuple[Span, str, str | None, list[date]]:
    zone, end = zone_of(item.get("timezone_id")), _end_time(item)
    start = mapping(item.get("starts_from"), "starts_from").get("date_time")
    starts = instant(start, "starts_from", zone)
    ends = None if end is None else instant(end, "ends_at", zone)
    days = covered_days(starts, ends, zone)
    span = Span(days[0], days[-1] if ends else None)
    return span, utc_text(starts), utc_text(ends) if ends else None, days


def _looks_hourly(item: Mapping[str, Any]) -> bool:
    """No half-day types, and times that are no midnights."""
    start = mapping(item.get("starts_from"), "starts_from")
    end = mapping(item.get("ends_at") or {}, "ends_at")
    if start.get("type") or end.get("type"):
        return False
    times = [start.get("date_time"), *filter(None, [_end_time(item)])]
    return any(moment(at, "time").time() != time() for at in times)


def _end_time(item: Mapping[str, Any]) -> Any:
    end = item.get("ends_at")
    return None if end is None else mapping(end, "ends_at").get("date_time")


def _items(body: Mapping[str, Any]) -> list[Any]:
    items = body.get("_data")
    if not isinstance(items, list):
        raise BadAnswer(VENDOR, "not a list")
    return items


def _next_cursor(body: Mapping[str, Any]) -> str:
    """The cursor inside `_meta.links.next.href`, absolute or relative; "" on the last page."""
    link: Any = body
    for key in ("_meta", "links", "next"):
        link = link.get(key) if isinstance(link, dict) else None
    href = text(link.get("href")) if isinstance(link, dict) else text(link)
    if not href:
        return ""
    cursor = parse_qs(urlsplit(href).query).get("cursor", [""])[0]
    if not cursor:
        raise InconsistentList(VENDOR, "a next page without a cursor")
    return cursor
