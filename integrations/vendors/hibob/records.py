"""What HiBob holds, in the words of its API."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from integrations.vendors.hibob.fields import MANAGER, REPORTS_TO


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the fields that were asked for, whatever their status.

    `values`: field id → value, for the fields that were delivered. None is an empty field. List
    fields hold item ids, references (`work.reportsTo`, `work.manager`) the person's id, dates
    `YYYY-MM-DD`, booleans "true" or "false"; the rest is text as delivered, without blanks around.

    `missing`: the ids that were asked for and not delivered: not permitted, or unknown. They say
    nothing about the person, so nothing may be cleared because of them.

    `labels`: field id → readable name, for list fields, in the language of the service user. A
    fallback for items that the named list does not show.
    """

    id: str
    values: dict[str, str | None]
    missing: list[str]
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def manager_id(self) -> str:
        """The id of the line manager, "" for none; may be somebody who is not visible."""
        return self.values.get(REPORTS_TO) or self.values.get(MANAGER) or ""


def never_delivered(people: Iterable[Person], fields: Collection[str]) -> list[str]:
    """Those of `fields` that no one's record has, not even empty; all of them for no people."""
    left = dict.fromkeys(fields)
    for person in people:
        for name in person.values:
            left.pop(name, None)
    return list(left)


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of the tenant; `name` and `category` are the tenant's labels.

    `category` is what the permission is called ("Lifecycle"); it is no part of the id. `list_id`
    is the named list of a list field, else "".
    """

    id: str
    json_path: str
    name: str
    type: str
    list_id: str
    category_id: str
    category: str


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a named list; `parent_id` is "" at the top of it."""

    id: str
    name: str
    archived: bool
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class NamedList:
    """A named list with all levels and the archived items, parents before children."""

    name: str
    items: list[ListItem]

    def names(self) -> dict[str, str]:
        """Item id → name."""
        return {item.id: item.name for item in self.items}


@dataclass(frozen=True, slots=True)
class Probe:
    """What the service user gets to see of `people` persons.

    `missing`: field id → permission, for the fields that were asked for and are in nobody's
    record; "" where the tenant has no such field. Empty when there are no people to judge by.
    `leavers_visible`: at least one inactive person was delivered; None when the status may not be
    read. `company_id`: the tenant, "" if it is not delivered.
    """

    people: int
    missing: dict[str, str]
    leavers_visible: bool | None
    company_id: str
