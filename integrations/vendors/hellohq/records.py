"""What helloHQ holds, in the words of its API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ABSENCE_KINDS = (
    "SickLeave",
    "ChildSick",
    "SickLeaveUnpaid",
    "OvertimeCompensation",
    "RemoteWork",
    "CompanyAbsence",
    "PrivateAbsence",
    "ProfessionalEducation",
    "TradeSchool",
    "MaternityLeave",
    "ParentalLeave",
    "Vacation",
    "VacationUnpaid",
    "SpecialLeave",
)
HOUR_BASED_KINDS = frozenset({"CompanyAbsence", "PrivateAbsence"})
FULL_DAY_KINDS = frozenset({"OvertimeCompensation", "MaternityLeave", "ParentalLeave"})


@dataclass(frozen=True, slots=True)
class User:
    """A person; `email` is the work address, "" if none. `leaving_date` is the last day."""

    id: str
    email: str
    name: str
    leaving_date: date | None


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence; `kind` is the API value.

    Day-based: `first` and `last` are calendar days, inclusive; `half_first`: the first day only
    from noon; `half_last`: the last day only until noon; no times. Hour-based: `starts_at` and
    `ends_at` (UTC, `Z`, end exclusive), no days. `missed_days` are working days as helloHQ counts
    them. `created_on` and `updated_on` are UTC with `Z`; `created_by` is a user id.

    `missed_days_unexpected` is set on what a creation returned only: helloHQ counted other days
    than the half days that were sent, so its half-day encoding is probably the other one.
    """

    id: str
    user_id: str
    kind: str
    first: date | None
    last: date | None
    half_first: bool
    half_last: bool
    starts_at: str | None
    ends_at: str | None
    note: str
    is_approved: bool
    missed_days: float | None
    created_by: str
    created_on: str
    updated_on: str
    missed_days_unexpected: bool = False


@dataclass(frozen=True, slots=True)
class UserWithAbsences:
    user: User
    absences: list[Absence]

    @property
    def id(self) -> str:
        return self.user.id


@dataclass(frozen=True, slots=True)
class AbsenceDraft:
    """An absence to create; the fields mean the same as in Absence."""

    user_id: str
    kind: str
    first: date | None = None
    last: date | None = None
    half_first: bool = False
    half_last: bool = False
    starts_at: str | None = None
    ends_at: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """One stretch of work on a weekday (Monday is 0), local "HH:MM"; `end` is exclusive."""

    weekday: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Subsystem:
    id: str
    name: str
    is_master: bool
