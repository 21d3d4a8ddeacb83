"""awork's filter language. Every condition can also be checked on the rows that came back,
because a filter that awork does not know is ignored in silence.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from integrations.remote import Rejected
from integrations.vendors.awork.errors import VENDOR
from integrations.vendors.values import moment, text

Row = Mapping[str, Any]
Literal = str | bool | int | UUID | datetime | date | None

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter expression, and whether a row fulfils it."""

    text: str
    holds: Callable[[Row], bool]

    def __and__(self, other: Condition) -> Condition:
        return Condition(
            f"{self.text} and {other.text}", lambda row: self.holds(row) and other.holds(row)
        )


def guid(id: str) -> UUID:
    """An id for a filter. Raises Rejected for what is no id, so that none becomes a filter."""
    if not _GUID.fullmatch(id):
        raise Rejected(VENDOR, "not an id of awork")
    return UUID(id)


def literal(value: Literal) -> str:
    """`value` as awork writes it; times as UTC, in seconds and without a zone (a guess).

    Raises ValueError for a time without a zone.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if abs(value) >= 2**31 else str(value)
    if isinstance(value, UUID):
        return f"guid'{value}'"
    if isinstance(value, date):
        return f"datetime'{_seconds(value).isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def _seconds(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None)


def compare(field: str, op: str, value: Literal) -> Condition:
    """`field op value`; `/` in the field leads into nested objects."""
    test = _COMPARE[op]
    wanted = _comparable(value, value)
    return Condition(
        f"{field} {op} {literal(value)}",
        lambda row: _holds(test, _comparable(value, field_of(row, field)), wanted),
    )


def starts_with(field: str, prefix: str) -> Condition:
    return Condition(
        f"startswith({field},{literal(prefix)})",
        lambda row: text(field_of(row, field)).casefold().startswith(prefix.casefold()),
    )


def any_equals(collection: str, field: str, value: Literal) -> Condition:
    """`collection/any(x: x/field eq value)`."""
    inner = compare(field, "eq", value)

    def holds(row: Row) -> bool:
        items = field_of(row, collection)
        return isinstance(items, list) and any(inner.holds(one) for one in items)

    return Condition(f"{collection}/any(x: x/{field} eq {literal(value)})", holds)


def field_of(row: Any, field: str) -> Any:
    """A field, `/` leading into nested objects; None where anything on the way is missing."""
    for key in field.split("/"):
        row = row.get(key) if isinstance(row, dict) else None
    return row


def _holds(test: Callable[[Any, Any], bool], found: Any, wanted: Any) -> bool:
    if wanted is None:
        return test(found is None, True)
    if found is None:  # left out: no match, though a smaller or greater one cannot be ruled out
        return test is not operator.eq
    try:
        return test(found, wanted)
    except TypeError:
        return False


def _comparable(kind: Literal, value: Any) -> Any:
    """`value` in the type that comparing with a literal of this kind takes; None if missing."""
    if value is None:
        return None
    if isinstance(kind, date):
        return _naive_utc(value)
    if isinstance(kind, UUID):
        return str(value).lower()
    return text(value).casefold() if isinstance(kind, str) else value


def _naive_utc(value: Any) -> datetime | None:
    """A time in UTC without its zone; None for what is no time."""
    if isinstance(value, date):
        return _seconds(value)
    try:
        at = moment(value, "time")
    except ValueError:
        return None
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
