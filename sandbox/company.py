"""The demo agencies, told without any vendor: their people and when these are away.

Every vendor's module makes its own records from this, so that the systems tell one story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Literal

from sandbox.calendars import days, is_weekday, is_working_day
from sandbox.names import (
    COMMENTS,
    DEPARTMENTS,
    FIRST_NAMES,
    LAST_NAMES,
    POSITIONS,
    mail_name,
)

Size = Literal["small", "medium", "large"]
NUMBERS: dict[Size, tuple[int, int]] = {
    "small": (12, 60),
    "medium": (60, 600),
    "large": (500, 10_000),
}
"""People and absences of an agency. In "large" only the first agency is large."""
HEADCOUNT: dict[Size, int] = {"small": 60, "medium": 400, "large": 2_000}
"""People whom the employee directory knows; they begin with those above."""

AGENCIES = {
    "nordlicht": "Nordlicht Agentur",
    "isarwerk": "Isarwerk Kommunikation",
    "elbtal": "Elbtal Digital",
}
EARLY = date(2026, 1, 1)
"""Some absences begin before this day, whenever the demo is run."""

Oddity = Literal["", "hr_only", "deactivated", "twice", "reused", "spelled", "left", "part_time"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of absence: HR's name, category (None: not given), unit; HQ's name of it, if any."""

    name: str
    category: str | None
    hq: str
    unit: Literal["day", "hour"] = "day"
    approval: bool = True
    weight: int = 0
    longest: int = 1


KINDS: tuple[Kind, ...] = (
    Kind("Urlaub", "paid_vacation", "Vacation", weight=34, longest=12),
    Kind("Krankheit", "sick_leave", "SickLeave", approval=False, weight=16, longest=5),
    Kind("Kind krank", "child_care", "ChildSick", approval=False, weight=5, longest=3),
    Kind("Home-Office", "offsite_work", "RemoteWork", weight=20, longest=2),
    Kind("Überstundenausgleich", "other", "OvertimeCompensation", weight=5, longest=2),
    Kind("Sonderurlaub", "other", "SpecialLeave", weight=2, longest=2),
    Kind("Elternzeit", "maternity_parental_leave", "ParentalLeave"),
    Kind("Mutterschutz", "maternity_parental_leave", "MaternityLeave"),
    Kind("Fortbildung", "other", "ProfessionalEducation", weight=4, longest=3),
    Kind("Berufsschule", "other", "TradeSchool", weight=3, longest=5),
    Kind("Unbezahlter Urlaub", "unpaid_vacation", "VacationUnpaid", weight=2, longest=5),
    Kind("Krankheit ohne Lohnfortzahlung", "unpaid_suspension", "SickLeaveUnpaid"),
    Kind("Arzttermin", None, "PrivateAbsence", unit="hour", approval=False, weight=6),
    Kind("Betriebsausflug", "other", "CompanyAbsence", weight=1),
    Kind("Umzug, privat", "undefined", "SpecialLeave", weight=1),
    Kind("Sabbatical", "unpaid_suspension", ""),
)
KIND = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Person:
    """`number` counts from 1. `oddity` says what is wrong with the person's account in HQ.

    hr_only: no account · deactivated · twice: two accounts of the same address · reused: a former
    colleague's deactivated account has the same address · spelled: the address is written with
    capitals and blanks · left: no longer employed · part_time: works Monday to Wednesday.
    """

    number: int
    first_name: str
    last_name: str
    email: str
    department: str
    manager: int | None
    hired: date
    oddity: Oddity = ""

    @property
    def position(self) -> str:
        return POSITIONS[self.department]

    @property
    def weekly_hours(self) -> float:
        return 24.0 if self.oddity == "part_time" else 40.0


@dataclass(frozen=True, slots=True)
class Leave:
    """One absence. `last` is inclusive; None: open-ended. Hours: `minute` of the day in Berlin at
    which it begins, and its `minutes`. `in_hq`: somebody has typed it into HQ already."""

    person: Person
    kind: Kind
    first: date
    last: date | None
    half_start: bool = False
    half_end: bool = False
    minute: int = 0
    minutes: int = 0
    status: str = "APPROVED"
    comment: str = ""
    in_hq: bool = False


@dataclass
class Agency:
    slug: str
    name: str
    today: date
    seed: int
    people: list[Person]
    leaves: list[Leave] = field(default_factory=list)
    headcount: int = HEADCOUNT["small"]
    size: Size = "small"

    def random(self, purpose: str) -> Random:
        """A source of chance of its own, so that one vendor's seeding never moves another's."""
        return Random(f"{self.seed}:{self.slug}:{purpose}")


def build_agencies(size: Size, seed: int, today: date) -> list[Agency]:
    agencies = []
    for position, (slug, name) in enumerate(AGENCIES.items()):
        own_size: Size = "small" if size == "large" and position else size
        people, leaves = NUMBERS[own_size]
        agency = Agency(slug, name, today, seed, [], headcount=HEADCOUNT[own_size], size=own_size)
        agency.people = _people(agency, people)
        agency.leaves = [*_set_pieces(agency)]
        agency.leaves += _ordinary(agency, leaves - len(agency.leaves))
        agencies.append(agency)
    return agencies


ODDITIES: dict[int, Oddity] = {
    1: "spelled", 2: "part_time", 3: "reused", 4: "twice", 5: "deactivated", 6: "hr_only",
    7: "left",
}  # fmt: skip
"""By position from the end of the staff."""


def _people(agency: Agency, number: int) -> list[Person]:
    chance = agency.random("people")
    names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    return [
        _person(agency, chance, position, number, *name)
        for position, name in enumerate(chance.sample(names, number), start=1)
    ]


def _person(
    agency: Agency, chance: Random, position: int, staff: int, first: str, last: str
) -> Person:
    return Person(
        number=position,
        first_name=first,
        last_name=last,
        email=f"{mail_name(first)}.{mail_name(last)}@{agency.slug}.example",
        department=DEPARTMENTS[(position - 1) % len(DEPARTMENTS)],
        manager=None if position == 1 else max(1, (position - 1) // 6),
        hired=date(agency.today.year - chance.randint(1, 9), chance.randint(1, 12), 1),
        oddity=ODDITIES.get(staff - position + 1, ""),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _clock_change(today: date) -> date:
    """The last change to or from summer time that is six weeks past."""
    month_ends = (date(today.year - back, month, 31) for back in (0, 1) for month in (10, 3))
    sundays = (end - timedelta(days=(end.weekday() + 1) % 7) for end in month_ends)
    return next(day for day in sundays if day <= today - timedelta(weeks=6))


def _set_pieces(agency: Agency) -> Iterator[Leave]:
    """What a newcomer should see, and a client must cope with, whatever the seed."""
    someone = agency.people
    week = _monday(agency.today)
    year = date(agency.today.year, 1, 1)

    def leave(
        who: int, kind: str, first: date, length: int = 1, *,
        half_start: bool = False, half_end: bool = False, status: str = "APPROVED",
        in_hq: bool = False,
    ) -> Leave:  # fmt: skip
        return Leave(
            someone[who],
            KIND[kind],
            first,
            first + timedelta(days=length - 1),
            half_start,
            half_end,
            status=status,
            in_hq=in_hq,
        )

    def weeks(number: int, weekday: int = 0) -> date:
        return week + timedelta(weeks=number, days=weekday)

    yield leave(0, "Urlaub", weeks(5), 5, status="PENDING")
    yield leave(0, "Urlaub", weeks(2, 1), half_end=True)
    yield leave(0, "Urlaub", weeks(3, 2), half_start=True)
    yield leave(1, "Urlaub", weeks(4), 4, half_end=True)
    yield leave(1, "Urlaub", weeks(6, 1), 4, half_start=True)
    yield leave(1, "Kind krank", weeks(-1, 3), half_start=True)
    yield leave(2, "Überstundenausgleich", weeks(2, 4), half_end=True)
    yield leave(2, "Überstundenausgleich", weeks(2, 4), half_start=True)
    yield leave(2, "Betriebsausflug", weeks(3, 3))
    yield leave(3, "Umzug, privat", weeks(1, 2))
    yield leave(3, "Betriebsausflug", weeks(3, 3))
    yield leave(4, "Urlaub", weeks(7), 5, status="IN_CLARIFICATION")
    yield leave(3, "Urlaub", weeks(8), 12, status="DELETION_PENDING")
    yield leave(2, "Sonderurlaub", weeks(6, 2), status="SUBSTITUTE_REQUESTED")
    yield leave(4, "Urlaub", min(year, EARLY) - timedelta(days=3), 8)
    yield leave(1, "Elternzeit", min(year, EARLY) - timedelta(days=45), 90)
    yield leave(0, "Mutterschutz", weeks(12), 98)
    yield leave(2, "Sabbatical", weeks(14), 30)
    yield leave(0, "Urlaub", _clock_change(agency.today) - timedelta(days=4), 8, in_hq=True)
    yield leave(4, "Fortbildung", weeks(1), 2, in_hq=True)
    yield Leave(someone[3], KIND["Krankheit"], weeks(-2, 1), None)
    yield Leave(someone[4], KIND["Elternzeit"], weeks(10), None)
    yield Leave(someone[0], KIND["Arzttermin"], weeks(1, 1), weeks(1, 1), minute=540, minutes=150)
    yield Leave(
        someone[1], KIND["Arzttermin"], weeks(1, 3), weeks(1, 3),
        minute=840, minutes=90, status="PENDING",
    )  # fmt: skip
    for odd in someone[-7:]:
        yield leave(odd.number - 1, "Urlaub", weeks(2), 3)


def _ordinary(agency: Agency, number: int) -> Iterator[Leave]:
    """The rest, spread from November of last year to the end of March of next year."""
    chance = agency.random("leaves")
    first_day = date(agency.today.year - 1, 11, 1)
    span = (date(agency.today.year + 1, 3, 31) - first_day).days
    taken = {person.number: _taken(agency, person) for person in agency.people}
    kinds = chance.choices(KINDS, [kind.weight for kind in KINDS], k=number)
    for position, kind in enumerate(kinds):
        person = agency.people[position % len(agency.people)]
        length = chance.randint(1, kind.longest)
        first, last = _free(chance, first_day, span, length, taken[person.number])
        taken[person.number].update(days(first, last))
        yield _ordinary_leave(agency, chance, person, kind, first, last, position)


def _taken(agency: Agency, person: Person) -> set[date]:
    year = timedelta(days=365)
    mine = (leave for leave in agency.leaves if leave.person.number == person.number)
    return {day for leave in mine for day in days(leave.first, leave.last or leave.first + year)}


def _free(
    chance: Random, first_day: date, span: int, length: int, taken: set[date]
) -> tuple[date, date]:
    """Days that begin and end on a working day and meet no other absence of the person."""
    while True:
        first = first_day + timedelta(days=chance.randint(0, span))
        last = first + timedelta(days=length - 1)
        while not is_weekday(last):
            last -= timedelta(days=1)
        if last < first or not is_working_day(first):
            continue
        if taken.isdisjoint(days(first, last)):
            return first, last


def _ordinary_leave(
    agency: Agency, chance: Random, person: Person, kind: Kind, first: date, last: date, number: int
) -> Leave:
    comment = chance.choice(COMMENTS)
    if kind.unit == "hour":
        minute, minutes = 15 * chance.randint(32, 60), 30 * chance.randint(2, 6)
        return Leave(person, kind, first, first, minute=minute, minutes=minutes, comment=comment)
    half_end = first == last and chance.random() < 0.2
    pending = kind.approval and first > agency.today and chance.random() < 0.1
    return Leave(
        person,
        kind,
        first,
        last,
        half_end=half_end,
        status="PENDING" if pending else "APPROVED",
        comment=comment,
        in_hq=number < 5 and not (person.oddity or half_end or pending),
    )
