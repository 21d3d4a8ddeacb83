"""What one run reads from both systems, put in order for the streams. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol, TypeVar

from directory.config import Config
from directory.employees import Employee, Employment, cyclic, employees
from integrations.engine.stream import LinkState, Reads, World
from integrations.vendors.hibob.records import ListItem, never_delivered
from integrations.vendors.travelperk.records import Company, CostCenter, ScimUser


class HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasId)

PEOPLE = "hibob people"
LIST = "hibob list "
USERS = "travelperk users"
CENTERS = "travelperk cost centers"
COMPANIES = "travelperk companies"
GROUPS = "travelperk approval groups"
GROUP = "travelperk approval group "
CENTER = "travelperk cost center "

USER_STREAM, CENTER_STREAM = "users", "cost_centers"
COMPANY_STREAM, GROUP_STREAM = "companies", "approval_groups"


@dataclass(frozen=True)
class Directory:
    """HiBob's employees and the names that their ids stand for."""

    config: Config
    today: date
    reads: Reads
    links: Mapping[str, LinkState] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, today: date, reads: Reads, world: World) -> Directory:
        links = {link.left_id: link for link in world.links(USER_STREAM) if link.left_id}
        return cls(config, today, reads, links)

    @cached_property
    def lists(self) -> dict[str, dict[str, str]]:
        return {
            name: {item.id: item.name for item in self.items(name)} for name in self.config.lists
        }

    def items(self, name: str) -> list[ListItem]:
        return list(self.reads[LIST + name].records)

    @cached_property
    def everybody(self) -> dict[str, Employee]:
        return employees(self.reads[PEOPLE].records, self.lists, self.config, self.today)

    @cached_property
    def rivals(self) -> frozenset[str]:
        """Employed people who share an address; one who has a profile keeps it (D12)."""
        employed = [e for e in self.everybody.values() if e.employment is Employment.EMPLOYED]
        counts = Counter(e.key for e in employed if e.key)
        return frozenset(
            e.id
            for e in employed
            if counts[e.key] > 1 and not self.is_active_link(e.id) and e.id not in self.known
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """The HiBob ids that TravelPerk's profiles carry, as far as those were read."""
        users: list[ScimUser] = list(self.reads[USERS].records) if USERS in self.reads else []
        return frozenset(user.external_id for user in users if user.external_id)

    def is_active_link(self, id: str) -> bool:
        link = self.links.get(id)
        return link is not None and bool(link.base.get("active", True))

    def is_held(self, id: str) -> bool:
        """A linked, active person whom HiBob does not show any more (D8)."""
        return id not in self.everybody and self.is_active_link(id)

    @cached_property
    def provisioned(self) -> dict[str, Employee]:
        """Employees whose profile is, or is about to be, active and kept up to date."""
        return {
            e.id: e
            for e in self.everybody.values()
            if e.employment is Employment.EMPLOYED
            and e.in_scope
            and not e.missing
            and e.id not in self.rivals
        }

    @cached_property
    def in_cycle(self) -> frozenset[str]:
        return cyclic({e.id: e.manager_id for e in self.everybody.values()})

    def manager_of(self, employee: Employee) -> str:
        """The manager's HiBob id if the manager can be written, else ""."""
        manager = employee.manager_id
        if employee.id in self.in_cycle and manager in self.in_cycle:
            return ""
        return manager if self.can_lead(manager) else ""

    def can_lead(self, id: str) -> bool:
        """Has an active profile, or is about to get one. Who is held still has it."""
        return id in self.provisioned or self.is_held(id)

    @cached_property
    def unpermitted(self) -> list[str]:
        """Selected details, or the company, that HiBob delivers for nobody (D4)."""
        people = self.reads[PEOPLE].records
        if not people:
            return []
        return sorted(
            name
            for name, fields in self.config.sources.items()
            if len(never_delivered(people, fields)) == len(fields)
        )


@dataclass(frozen=True)
class Names:
    """TravelPerk's cost centers and companies: SCIM knows them by name, we by id.

    Streams that create one add it, so that people who follow in the same run can refer to it;
    a run that goes on in another process asks for what it needs.
    """

    centers: dict[str, str] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)

    def learn(self, reads: Reads) -> None:
        if CENTERS in reads:
            rows: list[CostCenter] = list(reads[CENTERS].records)
            self.centers.update({row.id: row.name for row in rows})
        if COMPANIES in reads:
            companies: list[Company] = list(reads[COMPANIES].records)
            self.companies.update({row.id: row.name for row in companies})


def detailed(rows: Iterable[T], prefix: str, reads: Reads) -> list[T]:
    """Rows of a list, each with its detail where that was read."""
    return [
        listing.records[0] if (listing := reads.get(prefix + row.id)) and listing.records else row
        for row in rows
    ]


def required_missing(reads: Reads, required: tuple[str, ...]) -> list[str]:
    """Required HiBob fields that are delivered for nobody; nothing can be said of no people."""
    listing = reads[PEOPLE]
    if not listing.complete or not listing.records:
        return []
    return [f"HiBob: {name}" for name in never_delivered(listing.records, required)]
