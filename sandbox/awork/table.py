"""Rows by id, found quickly by chosen properties too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]
"""The API's property names → plain JSON values, ids instead of nested models."""


class Table:
    def __init__(self, *indexed: str) -> None:
        self._rows: dict[str, Row] = {}
        self._index: dict[str, dict[Any, dict[str, None]]] = {name: {} for name in indexed}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __contains__(self, id: object) -> bool:
        return id in self._rows

    def get(self, id: Any) -> Row | None:
        return self._rows.get(id)

    def __getitem__(self, id: str) -> Row:
        return self._rows[id]

    def add(self, row: Row) -> Row:
        self._rows[row["id"]] = row
        for name, index in self._index.items():
            index.setdefault(row.get(name), {})[row["id"]] = None
        return row

    def remove(self, id: str) -> Row:
        """Raises KeyError for an unknown id."""
        row = self._rows.pop(id)
        for name, index in self._index.items():
            index[row.get(name)].pop(id)
        return row

    def update(self, row: Row, changes: Row) -> None:
        """The only way to change an indexed property."""
        for name in self._index.keys() & changes.keys():
            self._index[name][row.get(name)].pop(row["id"])
            self._index[name].setdefault(changes[name], {})[row["id"]] = None
        row.update(changes)

    def where(self, name: str, value: Any) -> list[Row]:
        """By an indexed property, oldest first."""
        return [self._rows[id] for id in self._index[name].get(value, {})]

    def count(self, name: str, value: Any) -> int:
        return len(self._index[name].get(value, {}))
