"""helloHQ's companies as awork's clients: linked by name, created with the name only (A1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.engine.stream import (
    Flow,
    Item,
    Outcome,
    Reads,
    Recipe,
    Snapshot,
    Step,
    Stream,
    Which,
    World,
    Write,
)
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.records import Company
from projects.ground import Ground
from projects.words import AW_COMPANIES, CLIENTS, HQ_COMPANIES, folded


@dataclass(frozen=True)
class HqCompanies:
    """Left: the clients of projects that take part, where this run read them."""

    ground: Ground
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if HQ_COMPANIES not in reads:
            return unread_side(world, Which.LEFT)
        wanted = {project.company_id for project in self.ground.chosen(reads).values()}
        items = {
            one.id: Item(one.id, {"name": one.name.strip()}, label=one.name, key=folded(one.name))
            for one in reads[HQ_COMPANIES].records
            if one.id in wanted and one.name.strip()
        }
        return Snapshot(items, reads[HQ_COMPANIES].complete, partial=True)

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("helloHQ's companies are only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


@dataclass(frozen=True)
class AworkCompanies:
    client: AworkClient
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if AW_COMPANIES not in reads:
            return unread_side(world, Which.RIGHT)
        listing = reads[AW_COMPANIES]
        items = {one.id: _item(one) for one in listing.records if not one.is_external}
        unreadable = frozenset(part.id for part in listing.malformed)
        return Snapshot(items, listing.complete, unreadable=unreadable)

    def recipe(self, write: Write) -> Recipe:
        def create() -> Outcome:
            made = self.client.directory.create_company(write.want["name"])
            return Outcome(made.id, {"name": made.name.strip()}, made.version)

        return Recipe([Step("create", create, creates=True)])

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def _item(one: Company) -> Item:
    fields: Mapping[str, str] = {"name": one.name.strip()}
    return Item(one.id, fields, one.version, one.name, key=folded(one.name))


def unread_side(world: World, which: Which, stream: str = CLIENTS) -> Snapshot:
    """A side that this run did not read: its linked records are taken to be as they were."""
    ids = frozenset(id for link in world.links(stream) if (id := link.id_on(which)))
    return Snapshot({}, True, unreadable=ids, partial=True)


def clients_stream(ground: Ground, client: AworkClient) -> Stream:
    return Stream(
        CLIENTS, HqCompanies(ground), AworkCompanies(client), rules=(), flow=Flow.TO_RIGHT,
        keeps=True, pairs_equals=True,
    )  # fmt: skip
