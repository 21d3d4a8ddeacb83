"""Entity types and the tables that hold their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
"""Property name → value: str, int, float, bool, None, an aware datetime (an instant), or a naive
one (a calendar date or a local time)."""

Kind = Literal["number", "string", "bool", "time"]


class BadQuery(Exception):
    """The request's options make no sense; becomes a 400."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """To rows of the set `target`: many whose `via` is this row's Id, or one whose Id is `via`;
    `listed`: many, and `via` is this row's list of their Ids."""

    target: str
    via: str
    many: bool
    listed: bool = False


@dataclass(frozen=True)
class EntityType:
    """`enums` lists the values of those string properties that know only some."""

    name: str
    properties: Mapping[str, Kind]
    navigations: Mapping[str, Navigation] = field(default_factory=dict)
    enums: Mapping[str, Sequence[str]] = field(default_factory=dict)


AUDIT: dict[str, Kind] = {
    "Id": "number",
    "CreatedBy": "number",
    "UpdatedBy": "number",
    "CreatedOn": "time",
    "UpdatedOn": "time",
}


class Table:
    """Rows by Id, found quickly by the `indexed` properties too."""

    def __init__(self, type: EntityType, indexed: Iterable[str] = ()) -> None:
        self.type = type
        self._rows: dict[int, Row] = {}
        self._index: dict[str, dict[Any, dict[int, Row]]] = {name: {} for name in indexed}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __contains__(self, id: int) -> bool:
        return id in self._rows

    def get(self, id: Any) -> Row | None:
        return self._rows.get(id)

    def add(self, row: Row) -> Row:
        """Also replaces the row of the same Id."""
        self.remove(row["Id"])
        self._rows[row["Id"]] = row
        for name, index in self._index.items():
            index.setdefault(row.get(name), {})[row["Id"]] = row
        return row

    def remove(self, id: int) -> Row | None:
        row = self._rows.pop(id, None)
        if row is not None:
            for name, index in self._index.items():
                index.get(row.get(name), {}).pop(id, None)
        return row

    def where(self, name: str, value: Any) -> list[Row]:
        if name in self._index:
            return list(self._index[name].get(value, {}).values())
        return [row for row in self._rows.values() if row.get(name) == value]


Tables = dict[str, Table]


def follow(tables: Tables, navigation: Navigation, row: Row) -> list[Row]:
    """The rows at the other end; for a navigation to one: none or one."""
    target = tables[navigation.target]
    if navigation.listed:
        return [found for id in row.get(navigation.via, ()) if (found := target.get(id))]
    if navigation.many:
        return target.where(navigation.via, row["Id"])
    found = target.get(row.get(navigation.via))
    return [found] if found else []
