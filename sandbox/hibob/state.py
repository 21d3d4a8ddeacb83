"""What one HiBob company holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from sandbox.clock import Clock
from sandbox.hibob.limits import Wall, Window

CATEGORIES = frozenset(
    {
        "root", "userData", "work", "workContact", "lifecycle", "personal", "personalContact",
        "home", "address", "employment",
    }
)  # fmt: skip
"""What a permission group may be allowed to view."""
LEFT = "terminated"


@dataclass
class Item:
    """One value of a list. `id` is textual or numeric, depending on the list."""

    id: str | int
    name: str
    archived: bool = False
    children: list[Item] = field(default_factory=list)

    def all(self) -> Iterator[Item]:
        yield self
        for child in self.children:
            yield from child.all()


@dataclass
class Employee:
    """`values` holds machine values by field id (dots); what is derived is not in it.

    Dates are ISO strings. `leave` is the id of the leave's kind while somebody is on one.
    """

    id: str
    values: dict[str, Any]
    leave: str = ""

    def get(self, field_id: str) -> Any:
        return self.values.get(field_id)

    @property
    def name(self) -> str:
        return f"{self.get('root.firstName') or ''} {self.get('root.surname') or ''}".strip()


@dataclass
class ServiceUser:
    """The API credential with its one permission group.

    `in_group` false: in no group at all. `categories` and `hidden_fields` say what may be viewed;
    the rest says of whom: `employed_only` covers only people whose status is Active, `nobody`
    covers nobody. `company_sites`: may manage company sites, without which that list is refused.
    """

    id: str
    token: str
    in_group: bool = True
    categories: set[str] = field(default_factory=lambda: set(CATEGORIES))
    hidden_fields: set[str] = field(default_factory=set)
    employed_only: bool = False
    nobody: bool = False
    hidden_people: set[str] = field(default_factory=set)
    company_sites: bool = True


@dataclass
class Quirks:
    """Where real companies differ. `date_format` is the service user's locale; `leave_inactive`:
    people on leave have no access; `lists_as_array`: the answers are as the reference has them,
    not as the live API; `text_ids`: an old company, whose departments' ids are their names."""

    date_format: str = "%d/%m/%Y"
    leave_inactive: bool = False
    lists_as_array: bool = False
    text_ids: bool = False


@dataclass
class HiBobState:
    slug: str
    name: str
    clock: Clock
    chance: Random
    user: ServiceUser
    quirks: Quirks
    company_id: int
    employees: dict[str, Employee] = field(default_factory=dict)
    lists: dict[str, list[Item]] = field(default_factory=dict)
    last_item: int = 209_190_000
    windows: dict[str, Window] = field(default_factory=dict)
    """Per endpoint."""
    wall: Wall = field(init=False)

    def __post_init__(self) -> None:
        self.wall = Wall(self.clock.now)

    def new_id(self) -> str:
        """19 digits, more than a float can hold."""
        while True:
            id = str(3_400_000_000_000_000_001 + 2 * self.chance.randrange(10**16))
            if id not in self.employees:
                return id

    def new_item(self, name: str) -> Item:
        self.last_item += 1
        return Item(str(self.last_item), name)

    def items(self, list_name: str) -> Iterator[Item]:
        for item in self.lists.get(list_name, ()):
            yield from item.all()

    def label(self, list_name: str, id: Any) -> str:
        """The item's name; the id itself where no item has it."""
        wanted = str(id)
        return next((i.name for i in self.items(list_name) if str(i.id) == wanted), wanted)

    def item_named(self, list_name: str, name: str) -> Item:
        """By name or id; raises ValueError if there is none."""
        for item in self.items(list_name):
            if name in (item.name, str(item.id)):
                return item
        raise ValueError(f"{name!r} is not in the list {list_name}")

    def reports(self, manager: str) -> list[Employee]:
        """Who reports to this person and has not left."""
        return [
            e
            for e in self.employees.values()
            if e.get("work.manager") == manager and self.lifecycle(e) != LEFT
        ]

    def lifecycle(self, employee: Employee) -> str:
        """The lifecycle status of today. The days given count to their end."""
        today = self.clock.today()
        start = _day(employee, "work.startDate") or today
        if start > today:
            return "hired"
        ends = _day(employee, "internal.terminationDate")
        if ends and ends >= start:
            last = _day(employee, "employee.lastDayOfWork") or ends
            if ends < today:
                return LEFT
            if start <= last < today:
                return "garden leave"
        return employee.leave or "employed"

    def status(self, employee: Employee) -> str:
        lifecycle = self.lifecycle(employee)
        if lifecycle in ("hired", "garden leave", LEFT):
            return "Inactive"
        away = lifecycle != "employed" and self.quirks.leave_inactive
        return "Inactive" if away else "Active"

    def find(self, identifier: str) -> Employee | None:
        """By id or e-mail; with a shared address the one who is still there goes first."""
        if identifier in self.employees:
            return self.employees[identifier]
        wanted = identifier.strip().lower()
        found = [
            e for e in self.employees.values() if (e.get("root.email") or "").lower() == wanted
        ]
        found.sort(key=lambda e: self.lifecycle(e) == LEFT)
        return found[0] if found else None

    def may_see(self, employee: Employee) -> bool:
        user = self.user
        if user.nobody or employee.id in user.hidden_people:
            return False
        return not user.employed_only or self.status(employee) == "Active"


def _day(employee: Employee, field_id: str) -> date | None:
    value = employee.get(field_id)
    return date.fromisoformat(value) if value else None
