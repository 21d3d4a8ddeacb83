"""What HiBob's people mean for TravelPerk: who works here, in which scope, with which details
(D2–D4, D8, D9). Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from directory.config import DETAIL_FIELDS, Config
from integrations.vendors.hibob import fields as bob
from integrations.vendors.hibob.records import Person


class Employment(StrEnum):
    FUTURE = "future"
    EMPLOYED = "employed"
    LEFT = "left"


@dataclass(frozen=True)
class Employee:
    """A person with names instead of list ids. `details` holds what HiBob delivered: text, or
    "" for an empty field; what it did not deliver is absent and says nothing."""

    id: str
    email: str
    first_name: str
    last_name: str
    employment: Employment
    in_scope: bool
    details: Mapping[str, str]
    department_id: str
    company: str
    manager_id: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def key(self) -> str:
        return self.email.strip().casefold()

    @property
    def missing(self) -> list[str]:
        """Mandatory fields that are empty."""
        named = {"first_name": self.first_name, "last_name": self.last_name, "email": self.email}
        return [name for name, value in named.items() if not value]


def employment(values: Mapping[str, str | None], today: date) -> Employment:
    """D8: left on an explicit status, or when the last day of work (else the termination date)
    has passed. A date before the current start date is an old one. Leave counts as employed."""
    start = _day(values.get(bob.START_DATE))
    ends = (_day(values.get(name)) for name in (bob.LAST_DAY_OF_WORK, bob.TERMINATION_DATE))
    end = next((day for day in ends if day and not (start and day < start)), None)
    status = (values.get(bob.LIFECYCLE_STATUS) or "").strip().casefold()
    if status == bob.TERMINATED or (end is not None and end < today):
        return Employment.LEFT
    is_ahead = start > today if start else status == bob.HIRED
    return Employment.FUTURE if is_ahead else Employment.EMPLOYED


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def text(value: str | None) -> str:
    """Names compare byte for byte after NFC (D7)."""
    return unicodedata.normalize("NFC", (value or "").strip())


def employees(
    people: Sequence[Person], lists: Mapping[str, Mapping[str, str]], config: Config, today: date
) -> dict[str, Employee]:
    return {person.id: _employee(person, lists, config, today) for person in people}


def _employee(
    person: Person, lists: Mapping[str, Mapping[str, str]], config: Config, today: date
) -> Employee:
    values = person.values
    site = text(values.get(bob.SITE))
    company = _name(person, bob.EMPLOYER, lists) if config.companies == "employer" else site
    return Employee(
        id=person.id,
        email=text(values.get(bob.EMAIL)),
        first_name=text(values.get(bob.FIRST_NAME)),
        last_name=text(values.get(bob.SURNAME)),
        employment=employment(values, today),
        in_scope=config.sites is None or site in {text(name) for name in config.sites},
        details={
            name: value
            for name in config.details
            if (value := _detail(person, name, lists)) is not None
        },
        department_id=values.get(bob.DEPARTMENT) or "",
        company=company if config.companies else "",
        manager_id=person.manager_id,
    )


def _detail(person: Person, name: str, lists: Mapping[str, Mapping[str, str]]) -> str | None:
    """A detail's text; None when HiBob delivered none of its fields."""
    delivered = [field for field in DETAIL_FIELDS[name] if field in person.values]
    if not delivered:
        return None
    found = (_name(person, field, lists) for field in delivered)
    value = next((one for one in found if one), "")
    return _gender(value) if name == "gender" else value


def _name(person: Person, field: str, lists: Mapping[str, Mapping[str, str]]) -> str:
    """A field's text; for list fields the item's name, else the label the answer carried."""
    value = person.values.get(field) or ""
    items = lists.get(bob.LISTS.get(field, ""))
    if items is None or not value:
        return text(value)
    return text(items.get(value) or person.labels.get(field) or value)


GENDERS = {"male": "M", "m": "M", "männlich": "M", "man": "M", "female": "F", "f": "F",
           "weiblich": "F", "woman": "F"}  # fmt: skip


def _gender(value: str) -> str:
    """M or F; other genders are not written (D4)."""
    return GENDERS.get(value.casefold(), "")


def cyclic(managers: Mapping[str, str]) -> frozenset[str]:
    """People who are, through their managers, their own superior."""
    found: set[str] = set()
    done: set[str] = set()
    for start in managers:
        path: list[str] = []
        at = start
        while at and at not in done and at not in path:
            path.append(at)
            at = managers.get(at, "")
        if at in path:
            found.update(path[path.index(at) :])
        done.update(path)
    return frozenset(found)
