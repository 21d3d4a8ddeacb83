"""What Personio holds, in one shape for both versions of its API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Employee:
    """A person. `active` covers onboarding and leave; `email` is "" where it may not be read."""

    id: str
    email: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class AbsenceType:
    """A kind of absence. `id` is native to the version read; `id_v2` is "" if unknown.

    `unit` is "day" or "hour"; `category` is lower case, "" for none.
    """

    id: str
    id_v2: str
    name: str
    unit: str
    category: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A period of absence.

    `status` is lower case, otherwise as delivered. `first` and `last` are calendar days,
    inclusive; `last` None is open-ended. `half_first`: the first day only from noon;
    `half_last`: the last day only until noon. A single day is its morning with `half_last`, its
    afternoon with `half_first`, never both.

    Only hour-based ones have `starts_at`, `ends_at` (UTC, `Z`, end exclusive, None if open) and
    `days`, the days covered in their own time zone; `minutes` where the remote says them.
    `amount` is the number of working days where the remote says it. `created_at` and
    `updated_at` are UTC with `Z`.
    """

    id: str
    id_v2: str
    employee_id: str
    type_id: str
    type_id_v2: str
    type_name: str
    status: str
    first: date
    last: date | None
    half_first: bool
    half_last: bool
    starts_at: str | None
    ends_at: str | None
    minutes: int | None
    days: list[date]
    amount: float | None
    created_at: str
    updated_at: str
