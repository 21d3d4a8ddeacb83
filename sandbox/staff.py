"""An agency's whole staff as its employee directory knows it, told without any vendor.

It begins with the agency's people (same numbers, names and addresses) and goes on to its
headcount; the first of the further ones are set pieces that a client must cope with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

from sandbox.company import Agency, Person
from sandbox.names import DEPARTMENTS, FIRST_NAMES, LAST_NAMES, mail_name

SITES = {"Berlin": "DE", "Leipzig": "DE", "München": "DE", "Wien": "AT", "Zürich": "CH"}
"""Each with its country."""
SITE_WEIGHTS = (40, 25, 10, 15, 10)
OLD_DEPARTMENT = "Produktion"
"""No longer offered in the directory; somebody still has it."""
ABROAD = "Wien"

Gender = Literal["female", "male", "diverse", ""]
Leave = Literal["", "parental leave", "leave", "Sabbatical", "Langzeiterkrankung"]
"""The last two are the customer's own kinds."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """`number` counts from 1; `manager` is one, None at the top. Days are calendar days.

    `start` begins the current employment, `first_start` the very first. `left` is the day on
    which the contract ends, `last_day` the last one at work, both inclusive; a `left` before
    `start` belongs to a former employment. "" and None: the directory does not say.
    """

    number: int
    first_name: str
    surname: str
    email: str
    department: str
    site: str
    title: str
    manager: int | None
    start: date
    first_start: date
    phone: str
    mobile: str
    birth: date | None
    gender: Gender
    part_time: bool = False
    left: date | None = None
    last_day: date | None = None
    leave: Leave = ""
    payroll_number: int | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.surname}"


def employer(agency: Agency, site: str) -> str:
    """The legal entity of a site's people."""
    name = agency.name.split()[0]
    entities = {"AT": f"{name} Österreich GmbH", "CH": f"{name} Schweiz AG"}
    return entities.get(SITES.get(site, ""), f"{agency.name} GmbH")


def build_staff(agency: Agency) -> list[Colleague]:
    """`agency.headcount` people, by number. The same agency gives the same staff."""
    chance = agency.random("staff")
    staff = [_colleague(agency, chance, person) for person in _everybody(agency, chance)]
    staff = [replace(one, manager=_present(staff, one.manager)) for one in staff]
    for position, changes in _set_pieces(agency, staff):
        staff[position] = replace(staff[position], **changes)
    return staff


def _everybody(agency: Agency, chance: Random) -> Iterator[Person]:
    yield from agency.people
    taken = {(person.first_name, person.last_name) for person in agency.people}
    names = [(f, s) for f in FIRST_NAMES for s in LAST_NAMES if (f, s) not in taken]
    further = agency.headcount - len(agency.people)
    for number, (first, last) in enumerate(
        chance.sample(names, further), start=len(agency.people) + 1
    ):
        yield Person(
            number=number,
            first_name=first,
            last_name=last,
            email=f"{mail_name(first)}.{mail_name(last)}@{agency.slug}.example",
            department=DEPARTMENTS[(number - 1) % len(DEPARTMENTS)],
            manager=max(1, (number - 1) // 6),
            hired=date(agency.today.year - chance.randint(1, 9), chance.randint(1, 12), 1),
        )


def _colleague(agency: Agency, chance: Random, person: Person) -> Colleague:
    today = agency.today
    site = chance.choices(list(SITES), SITE_WEIGHTS)[0]
    left = today - timedelta(days=20) if person.oddity == "left" else None
    leads = person.number * 6 + 1 <= agency.headcount
    return Colleague(
        number=person.number,
        first_name=person.first_name,
        surname=person.last_name,
        email=person.email.strip(),
        department=person.department,
        site="Berlin" if person.number == 1 else ABROAD if person.number == 4 else site,
        title=_title(person, leads=leads),
        manager=person.manager,
        start=person.hired,
        first_start=person.hired,
        phone=f"+49 30 5550 {person.number:04d}",
        mobile=f"+49 170 555 {person.number:04d}",
        birth=date(today.year - chance.randint(20, 60), chance.randint(1, 12), 1)
        + timedelta(days=chance.randint(0, 27)),
        gender=chance.choice(("female", "male")),
        part_time=person.oddity == "part_time",
        left=left,
        last_day=left,
        payroll_number=person.number,
    )


def _title(person: Person, *, leads: bool) -> str:
    if person.manager is None:
        return "Geschäftsführung"
    return f"Leitung {person.department}" if leads else person.position


def _present(staff: list[Colleague], manager: int | None) -> int | None:
    """The manager, or the one above if that person has left."""
    while manager is not None and staff[manager - 1].left:
        manager = staff[manager - 1].manager
    return manager


def _set_pieces(agency: Agency, staff: list[Colleague]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Indexes into the staff, each with what is special there, whatever the seed; at the end
    two people who are each other's manager.
    """
    base = len(agency.people)
    pieces = [*_comings_and_goings(agency.today), *_gaps(agency.today, base, staff)]
    first, second = base + len(pieces) + 1, base + len(pieces) + 2
    pieces += [{"manager": second, "site": "Berlin"}, {"manager": first, "site": "Berlin"}]
    for offset, changes in enumerate(pieces[: len(staff) - base]):
        yield base + offset, changes


def _comings_and_goings(today: date) -> list[dict[str, Any]]:
    def ago(days: int) -> date:
        return today - timedelta(days=days)

    def starts(day: date) -> dict[str, Any]:
        return {"start": day, "first_start": day}

    return [
        starts(ago(-14)),
        starts(ago(-1)),
        starts(today),
        {"left": ago(30), "last_day": ago(30)},
        {"left": ago(400), "last_day": ago(410)},
        {"left": ago(-40), "last_day": ago(-20)},
        {"left": ago(-25), "last_day": ago(5)},
        {"left": today, "last_day": today},
        {"left": ago(760), "last_day": ago(765), "start": ago(365), "first_start": ago(1900)},
        {"leave": "parental leave"},
        {"leave": "leave"},
        {"leave": "Sabbatical"},
        {"leave": "Langzeiterkrankung"},
    ]


def _gaps(today: date, base: int, staff: list[Colleague]) -> list[dict[str, Any]]:
    """What follows the comings and goings: offsets from 13 on."""
    former, twin = staff[base + 13], staff[base + 15]
    then, gone, again = (today - timedelta(days=days) for days in (1_200, 600, 300))
    return [
        {"start": then, "first_start": then, "left": gone, "last_day": gone},
        {"first_name": former.first_name, "surname": former.surname, "email": former.email,
         "start": again, "first_start": again},
        {},
        {"email": twin.email},
        {"email": ""},
        {"email": staff[base + 18].email.title()},
        {"title": ""},
        {"phone": "", "mobile": ""},
        {"phone": ""},
        {"birth": None},
        {"gender": "diverse"},
        {"gender": ""},
        {"department": ""},
        {"department": OLD_DEPARTMENT},
        {"site": ""},
        {"manager": None},
        {"manager": base + 4},
        {"payroll_number": None},
        {"title": "Strateg:in für „Marke & Raum“", "site": "München"},
    ]  # fmt: skip
