"""Employees as the API answers them: slash keys, nested objects, readable values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.hibob.fields import BY_DEFAULT, FIELDS, Field, value
from sandbox.hibob.state import Employee, HiBobState

Json = dict[str, Any]


def permitted(state: HiBobState, field_ids: Iterable[str] | None) -> list[Field]:
    """Those of the fields that exist and may be viewed; None: the usual ones. No word about the
    others."""
    asked = BY_DEFAULT if field_ids is None else dict.fromkeys(field_ids)
    known = (FIELDS[id] for id in asked if id in FIELDS)
    user = state.user
    return [f for f in known if f.category in user.categories and f.id not in user.hidden_fields]


def render(state: HiBobState, employee: Employee, fields: list[Field], readable: str) -> Json:
    """`readable` is "", APPEND or REPLACE."""
    machine = {field: value(state, employee, field) for field in fields}
    words = {f: readable_value(state, f, v) for f, v in machine.items()} if readable else {}
    person = _both_shapes(words if readable == "REPLACE" else machine)
    person.setdefault("id", employee.id)
    if readable == "APPEND":
        person["humanReadable"] = _nested({f: text for f, text in words.items() if text})
    return person


def _both_shapes(values: dict[Field, Any]) -> Json:
    person = {
        "/" + field.id.replace(".", "/"): {"value": v}
        for field, v in values.items()
        if v is not None
    }
    return {**_nested(values), **person}


def _nested(values: dict[Field, Any]) -> Json:
    tree: Json = {}
    for field, given in values.items():
        *parents, last = field.json_path
        node: Any = tree
        for parent in parents:
            node = node.setdefault(parent, {}) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node[last] = dict(given) if isinstance(given, dict) else given
    return tree


def readable_value(state: HiBobState, field: Field, given: Any) -> str | None:
    """What the screen shows; None for nothing."""
    if given is None:
        return None
    if field.list:
        ids = given if isinstance(given, list) else [given]
        return ", ".join(state.label(field.list, id) for id in ids)
    if field.type == "date":
        return date.fromisoformat(given).strftime(state.quirks.date_format)
    if field.type == "short-date":
        return str(given).replace("-", "/")
    if field.type == "boolean":
        return "Yes" if given else "No"
    if field.type == "employee":
        return str(given["displayName"])
    if field.type == "employee-reference" and field.id != "root.id":
        return state.employees[given].name if given in state.employees else None
    return str(given)
