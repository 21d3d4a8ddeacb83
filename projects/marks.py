"""The custom fields of awork in which projects and tasks carry helloHQ's id: a recovery aid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

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
from integrations.models import Integration, Link
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.records import FieldDefinition, FieldValue
from projects.clients import unread_side
from projects.permissions import no_matter_of_the_run
from projects.words import AW_FIELDS, MARK, MARKS, folded


@dataclass(frozen=True)
class WantedFields:
    """Left: a text field of projects and, unless nothing is written to tasks, one of tasks."""

    entities: tuple[str, ...]
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if AW_FIELDS not in reads:
            return unread_side(world, Which.LEFT, MARKS)
        items = {
            entity: Item(entity, {"entity": entity}, label=MARK, key=entity)
            for entity in self.entities
        }
        return Snapshot(items, True)

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("nothing of helloHQ")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


@dataclass(frozen=True)
class AworkFields:
    client: AworkClient
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if AW_FIELDS not in reads:
            return unread_side(world, Which.RIGHT, MARKS)
        listing = reads[AW_FIELDS]
        items = {
            one.id: Item(one.id, {"entity": one.entity}, label=one.name, key=one.entity)
            for one in listing.records
            if one.type == "text" and folded(one.name) == folded(MARK)
        }
        return Snapshot(items, listing.complete)

    def recipe(self, write: Write) -> Recipe:
        def create() -> Outcome:
            with no_matter_of_the_run():
                made = self.client.directory.create_text_field(MARK, write.want["entity"])
            return Outcome(made.id)

        return Recipe([Step("create", create, creates=True)])

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def marks_stream(entities: tuple[str, ...], client: AworkClient) -> Stream:
    return Stream(
        MARKS, WantedFields(entities), AworkFields(client), rules=(), flow=Flow.TO_RIGHT,
        keeps=True, pairs_equals=True,
    )  # fmt: skip


def mark_of(values: Iterable[FieldValue], definition: str | None) -> str:
    """The helloHQ id that a record carries; "" without one."""
    found = (one.value for one in values if definition and one.definition_id == definition)
    return str(next(found, "") or "").strip()


def defined(reads: Reads, world: World, entity: str) -> FieldDefinition | None:
    """The definition of our field as this run read it."""
    id = world.partner(MARKS, Which.LEFT, entity)
    rows: Iterable[FieldDefinition] = reads[AW_FIELDS].records if AW_FIELDS in reads else ()
    return next((one for one in rows if one.id == id), None)


class Marks:
    """The ids of our fields as they are stored, for writing. For the main thread only."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration

    @cached_property
    def ids(self) -> Mapping[str, str]:
        links = Link.objects.filter(integration=self.integration, stream=MARKS)
        rows = links.values_list("left_id", "right_id")
        return {entity: id for entity, id in rows if entity and id}

    def definition(self, entity: str) -> str:
        return self.ids.get(entity, "")
