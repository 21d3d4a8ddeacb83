"""What one Personio account holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sandbox.calendars import days, is_working_day
from sandbox.clock import BERLIN, Clock

TOKEN_LIFE = timedelta(hours=24)
V1_SCOPES = frozenset({"employees:read", "absences:read"})
V2_SCOPES = frozenset({"personio:absences:read", "personio:persons:read"})


@dataclass
class Employee:
    id: int
    first_name: str
    last_name: str
    email: str
    status: str  # active, onboarding, leave, inactive
    position: str
    department: str
    supervisor_id: int | None
    weekly_hours: float
    hire_date: date
    termination_date: date | None
    personnel_number: str
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass
class AbsenceType:
    id: int
    id_v2: str
    name: str
    category: str | None
    unit: str  # day, hour
    approval_required: bool


@dataclass
class Absence:
    """Days are inclusive; `last` None: open-ended. Hour-based ones begin at `minute` of the day
    `first` in Berlin and take `minutes`; they know no halves. `status` is v2's word."""

    id: int
    id_v2: str
    employee_id: int
    type_id: int
    first: date
    last: date | None
    half_start: bool
    half_end: bool
    minute: int
    minutes: int
    status: str
    comment: str
    created_by: str
    created_at: datetime
    updated_at: datetime

    def starts_at(self) -> datetime:
        """An instant: Berlin's midnight, or the minute for hours."""
        midnight = datetime.combine(self.first, time(), BERLIN)
        return midnight + timedelta(minutes=self.minute)

    def ends_at(self) -> datetime | None:
        """An exclusive instant; None when open-ended."""
        if self.minutes:
            return (self.starts_at().astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(
                BERLIN
            )
        if self.last is None:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), BERLIN)

    def breakdown(self, until: date) -> Iterator[tuple[date, float]]:
        """Each day and what it consumes (days, or minutes for hours); open-ended up to `until`."""
        if self.minutes:
            yield self.first, float(self.minutes)
            return
        last = self.last or max(until, self.first)
        for day in days(self.first, last):
            yield day, self._share(day) if is_working_day(day) else 0.0

    def _share(self, day: date) -> float:
        halves = (self.half_start and day == self.first) + (self.half_end and day == self.last)
        return 0.5 if halves else 1.0


@dataclass
class Quirks:
    """Where real accounts differ or nobody knows. `window_inside`: v1's window returns only what
    lies completely inside. `relative_next`: v2's links are relative. `null_next`: the last page
    has `next: null` instead of none."""

    window_inside: bool = False
    relative_next: bool = False
    null_next: bool = False
    omit_total_elements: bool = False


@dataclass
class Credential:
    """The account's API credential. `hidden`: attributes that it may not read."""

    client_id: str
    client_secret: str
    v1_scopes: set[str] = field(default_factory=lambda: set(V1_SCOPES))
    v2_scopes: set[str] = field(default_factory=lambda: set(V2_SCOPES))
    hidden: set[str] = field(default_factory=set)


@dataclass
class Token:
    value: str
    expires_at: datetime
    scopes: frozenset[str]


@dataclass
class PersonioState:
    slug: str
    clock: Clock
    chance: Random
    credential: Credential
    quirks: Quirks
    employees: dict[int, Employee] = field(default_factory=dict)
    types: dict[int, AbsenceType] = field(default_factory=dict)
    absences: dict[str, Absence] = field(default_factory=dict)
    """By `id_v2`, in the order of creation."""
    tokens: dict[str, Token] = field(default_factory=dict)
    """The living token per API version ("v1", "v2")."""
    issued: int = 0
    last_id: int = 90_000

    def uuid(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def type_of(self, absence: Absence) -> AbsenceType:
        return self.types[absence.type_id]

    def token(self, version: str, scopes: frozenset[str]) -> Token:
        """The stable token of these 24 hours; a new one when it has expired or differs."""
        now = self.clock.now()
        known = self.tokens.get(version)
        if known and known.expires_at > now and known.scopes == scopes:
            return known
        self.issued += 1
        value = f"papi-{self.slug}-{version}-{self.chance.getrandbits(64):016x}{self.issued:04d}"
        self.tokens[version] = Token(value, now + TOKEN_LIFE, scopes)
        return self.tokens[version]

    def valid_token(self, version: str, value: str) -> Token | None:
        token = self.tokens.get(version)
        if token is None or token.value != value or token.expires_at <= self.clock.now():
            return None
        return token
