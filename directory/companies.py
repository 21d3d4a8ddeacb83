"""Companies from HiBob's sites or employers (D7), and cost centers from its departments (D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from directory.config import Config
from directory.employees import text
from directory.world import (
    CENTER,
    CENTER_STREAM,
    CENTERS,
    COMPANIES,
    LIST,
    PEOPLE,
    Directory,
    Names,
    detailed,
)
from integrations.engine.stream import (
    Item,
    Outcome,
    Reads,
    Recipe,
    Snapshot,
    Step,
    Trouble,
    World,
    Write,
)
from integrations.remote import Forbidden, Rejected
from integrations.vendors.hibob import fields as bob
from integrations.vendors.travelperk.client import TravelPerkClient
from integrations.vendors.travelperk.records import Company, CompanyDraft, CostCenter
from integrations.vendors.travelperk.refusals import AlreadyExists


def existing(reads: Reads) -> set[str]:
    """Names (NFC) of the companies that people can be assigned to."""
    rows: list[Company] = list(reads[COMPANIES].records)
    return {text(row.name) for row in rows if not row.archived}


class _ReadOnly:
    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("HiBob is only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


@dataclass(frozen=True)
class HiBobCompanies(_ReadOnly):
    """Left: the companies that provisioned people belong to, by exact name."""

    config: Config
    today: date
    vendor: str = "hibob"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        directory = Directory.of(self.config, self.today, reads, world)
        names = {e.company for e in directory.provisioned.values() if e.company}
        adopt_only = not self.config.create_companies
        items = {
            name: Item(name, {"name": name}, label=name, key=name, adopt_only=adopt_only)
            for name in names
        }
        complete = reads[PEOPLE].complete
        return Snapshot(items, complete, usable=complete)


@dataclass(frozen=True)
class TravelPerkCompanies:
    """Right: companies are found or created, never changed, archived or deleted."""

    client: TravelPerkClient
    names: Names
    vendor: str = "travelperk"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        self.names.learn(reads)
        listing = reads[COMPANIES]
        items = {
            row.id: Item(row.id, {"name": row.name}, label=row.name, key=text(row.name))
            for row in listing.records
            if not row.archived
        }
        return Snapshot(items, listing.complete, usable=listing.complete)

    def recipe(self, write: Write) -> Recipe:
        name = write.want["name"]
        return Recipe([Step("create", lambda: self._create(name), creates=True)])

    def _create(self, name: str) -> Outcome:
        try:
            company = self.client.create_company(CompanyDraft(name))
        except Forbidden as error:
            # The account may not create companies: its people stay in the default one.
            raise Rejected(self.vendor, error.detail, status=403) from error
        except AlreadyExists:
            found = self.client.find_company(name)
            if found is None:
                raise
            company = found
        self.names.companies[company.id] = company.name
        return Outcome(company.id, {"name": company.name})

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


@dataclass(frozen=True)
class Departments(_ReadOnly):
    """Left: departments that provisioned people belong to."""

    config: Config
    today: date
    vendor: str = "hibob"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        directory = Directory.of(self.config, self.today, reads, world)
        used = {e.department_id for e in directory.provisioned.values() if e.department_id}
        adopted = {link.left_id for link in world.links(CENTER_STREAM) if link.adopted}
        names = directory.lists[bob.LISTS[bob.DEPARTMENT]]
        items = {id: self._item(id, names.get(id, ""), id in adopted) for id in used}
        complete = reads[PEOPLE].complete and reads[LIST + bob.LISTS[bob.DEPARTMENT]].complete
        return Snapshot(items, complete, usable=complete)

    def _item(self, id: str, name: str, adopted: bool) -> Item:
        """A renamed department renames its cost center only if we created it."""
        if not name:
            return Item(id, None, trouble=Trouble("missing_field", detail={"field": "name"}))
        fields = {"archived": False} if adopted else {"name": name, "archived": False}
        return Item(id, fields, label=name, key=name)


@dataclass(frozen=True)
class CostCenters:
    """Right: cost centers, created and re-opened, renamed if ours, never archived."""

    client: TravelPerkClient
    names: Names
    vendor: str = "travelperk"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        self.names.learn(reads)
        listing = reads[CENTERS]
        items = {
            row.id: Item(row.id, _center_fields(row), label=row.name, key=row.name)
            for row in detailed(listing.records, CENTER, reads)
        }
        return Snapshot(items, listing.complete, usable=listing.complete)

    def recipe(self, write: Write) -> Recipe:
        if write.action == "create":
            name = write.want["name"]
            return Recipe([Step("create", lambda: self._create(name), creates=True)])
        return Recipe([Step("patch", lambda: self._patch(write))])

    def _create(self, name: str) -> Outcome:
        """An archived namesake that the list does not show is found and re-opened next."""
        try:
            return self._outcome(self.client.create_cost_center(name))
        except AlreadyExists:
            found = self.client.find_cost_center(name)
            if found is None:
                raise
            return self._outcome(found, adopted=True)

    def _patch(self, write: Write) -> Outcome:
        name = write.want["name"] if "name" in write.changed else None
        archive = bool(write.want["archived"]) if "archived" in write.changed else None
        center = self.client.patch_cost_center(write.id or "", name=name, archive=archive)
        return self._outcome(center)

    def _outcome(self, row: CostCenter, *, adopted: bool = False) -> Outcome:
        self.names.centers[row.id] = row.name
        return Outcome(row.id, _center_fields(row), adopted=adopted)

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def center_needs_detail(row: CostCenter, needed: set[str], known_open: bool, full: bool) -> bool:
    """The list does not say what is archived: ask until we have seen or made it open."""
    return row.archived is None and (full or not known_open) and row.name in needed


def _center_fields(row: CostCenter) -> dict[str, object]:
    return {"name": row.name} | ({} if row.archived is None else {"archived": row.archived})
