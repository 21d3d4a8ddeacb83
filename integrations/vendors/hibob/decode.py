"""Answers of the API → records. Everything here raises ValueError for what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from integrations.vendors.hibob.fields import DATES, ID, IDS, LISTS
from integrations.vendors.hibob.records import FieldInfo, ListItem, NamedList, Person
from integrations.vendors.lists import require_list
from integrations.vendors.values import ident, mapping, text

ABSENT = object()
_EXACT = 2**53


def person_id(row: Any) -> str:
    return ident(raw(mapping(row, "person"), ID), ID)


def decode_person(row: Any, fields: Sequence[str]) -> Person:
    id = person_id(row)
    found = {name: raw(row, name) for name in fields}
    values = {name: value(name, one) for name, one in found.items() if one is not ABSENT}
    missing = [name for name, one in found.items() if one is ABSENT]
    return Person(id, values, missing, _labels(row, fields))


def raw(row: Mapping[str, Any], field: str) -> Any:
    """What the row holds of a field, or ABSENT.

    Both forms are read. The nested one has the empty fields as null, the slash form has none of
    them; so absent in both means not permitted or unknown [inferred].
    """
    nested = _walk(row, field.removeprefix("root."))
    if nested is not ABSENT and nested is not None:
        return nested
    wrapped = row.get("/" + field.replace(".", "/"), ABSENT)
    if wrapped is ABSENT:
        return nested
    return wrapped.get("value") if isinstance(wrapped, dict) else wrapped


def _walk(row: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(row, dict) or key not in row:
            return ABSENT
        row = row[key]
    return row


def value(field: str, found: Any) -> str | None:
    """A delivered value as text; None for an empty one."""
    if isinstance(found, dict):  # an employee reference: {id, firstName, …}
        found = ident(found.get("id"), f"{field}.id")
    shown = _text(field, found)
    if field in DATES and shown is not None:
        return _iso_day(field, shown)
    return shown


def _text(field: str, found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return text(found) or None
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int):
        return str(found)
    if isinstance(found, float):
        return _number(field, found)
    raise ValueError(f"{field}: neither a text nor a number")


def _number(field: str, found: float) -> str:
    if found.is_integer() and abs(found) < _EXACT:
        return str(int(found))
    if field in IDS:
        raise ValueError(f"{field}: an id that is no whole number")
    return repr(found)


def _iso_day(field: str, shown: str) -> str:
    """Only `YYYY-MM-DD` is a date: other spellings follow the locale of some user."""
    try:
        is_iso = date.fromisoformat(shown).isoformat() == shown
    except ValueError:
        is_iso = False
    if not is_iso:
        raise ValueError(f"{field}: not an ISO date")
    return shown


def _labels(row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    readable = row.get("humanReadable")
    found = {name: text(_walk(readable, name)) for name in fields if name in LISTS}
    return {name: label for name, label in found.items() if label}


def decode_field(item: Any) -> FieldInfo:
    item = mapping(item, "field")
    data = item.get("typeData")
    return FieldInfo(
        id=ident(item.get("id"), "field id"),
        json_path=text(item.get("jsonPath")),
        name=text(item.get("name")),
        type=text(item.get("type")),
        list_id=text(data.get("listId")) if isinstance(data, dict) else "",
        category_id=text(item.get("categoryId")),
        category=text(item.get("categoryDisplayName")) or text(item.get("category")),
    )


def decode_lists(data: Any) -> dict[str, NamedList]:
    """All lists: an object by name (live answers) or an array of lists (the specification)."""
    if isinstance(data, dict):
        return {name: decode_list(one, name) for name, one in data.items()}
    named = (decode_list(one, "") for one in require_list(data))
    return {one.name: one for one in named}


def decode_list(data: Any, name: str) -> NamedList:
    """One list. Its items are in `values`, in `items`, or in both."""
    data = mapping(data, "list")
    keys = [key for key in ("values", "items") if data.get(key) is not None]
    if not keys:
        raise ValueError("a list without items")
    items: dict[str, ListItem] = {}
    for key in keys:
        for item in _flat(require_list(data[key])):
            items.setdefault(item.id, item)
    return NamedList(ident(name or data.get("name"), "list name"), list(items.values()))


def _flat(nodes: Sequence[Any]) -> Iterator[ListItem]:
    """All levels, parents first; without recursion, as the depth has no limit."""
    stack = [(node, "") for node in reversed(nodes)]
    while stack:
        node, parent = stack.pop()
        item = _item(mapping(node, "item"), parent)
        yield item
        children = require_list(node.get("children") or [])
        stack += [(child, item.id) for child in reversed(children)]


def _item(node: Mapping[str, Any], parent: str) -> ListItem:
    return ListItem(
        id=ident(node.get("id"), "item id"),
        name=text(node.get("name")) or text(node.get("value")),
        archived=node.get("archived") is True,
        parent_id=parent,
    )
