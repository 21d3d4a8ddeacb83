"""Reading JSON values that may not have the type that was promised. All raise ValueError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: not an object")
    return value


def ident(value: Any, what: str) -> str:
    """An id as text: a number without fraction, or a text that is not blank."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(f"{what}: missing")


def text(value: Any) -> str:
    """A text, "" for everything that remotes send instead of one (null, [], a number is kept)."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number(value: Any, what: str) -> float | None:
    """A number or a text of one; None for null and blank."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{what}: not a number")
    return float(value)


def whole(value: Any, what: str) -> int | None:
    found = number(value, what)
    if found is None:
        return None
    if found != int(found):
        raise ValueError(f"{what}: not a whole number")
    return int(found)


def moment(value: Any, what: str) -> datetime:
    """An ISO date-time with or without offset, `+0100` and `+01:00` alike; or a bare date."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what}: not a time")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{what}: not a time") from None


def day_as_written(value: Any, what: str) -> date:
    """The calendar day that the text names, whatever its offset says about UTC."""
    return moment(value, what).date()


def utc_text(at: datetime) -> str:
    """An aware time as UTC with `Z`; fractions of a second only if there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def stamp(value: Any) -> str:
    """An audit time as UTC with `Z`, so that two spellings of one instant are equal.

    A time without offset counts as UTC. What is no time stays as it is: it is only compared.
    """
    try:
        at = moment(value, "time")
    except ValueError:
        return text(value)
    return utc_text(at if at.tzinfo else at.replace(tzinfo=UTC))


def zone_of(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("unknown time zone") from None


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """JSON data without NUL and lone surrogates, which no PostgreSQL column takes."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, dict):
        return {storable(name): storable(part) for name, part in value.items()}
    return value
