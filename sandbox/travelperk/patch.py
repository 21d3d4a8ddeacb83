"""SCIM's PATCH on a stored resource."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sandbox.travelperk.answers import bad_scim
from sandbox.travelperk.schema import (
    ATTRIBUTES,
    CORE,
    READ_ONLY,
    UNPUBLISHED,
    Attribute,
    BadValue,
    attributes_of,
    find,
)

Json = dict[str, Any]
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
STEP = re.compile(r"(?P<name>\w+)(\[(?P<filter>[^\]]+)\])?(\.(?P<sub>\$?\w+))?")
CONDITION = re.compile(r'(?P<name>\w+)\s+eq\s+"(?P<value>[^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """`attribute` None: the whole extension. `chosen`: sub-attribute and value that pick rows."""

    urn: str
    attribute: Attribute | None
    chosen: tuple[str, str] | None = None
    sub: Attribute | None = None


def patched(resource: Json, body: Any) -> Json:
    """The resource after all operations; the given one stays as it is. Raises Refusal."""
    if not isinstance(body, dict) or PATCH_OP not in body.get("schemas", ()):
        raise bad_scim("A PatchOp message is needed.", "invalidSyntax")
    operations = next((v for k, v in body.items() if k.lower() == "operations"), None)
    if not isinstance(operations, list) or not operations:
        raise bad_scim("Operations are missing.", "invalidSyntax")
    result = deepcopy(resource)
    for operation in operations:
        if not isinstance(operation, dict):
            raise bad_scim("An operation must be an object.", "invalidSyntax")
        try:
            _apply(result, operation)
        except BadValue as error:
            raise bad_scim(str(error)) from error
    return result


def _apply(resource: Json, operation: Json) -> None:
    op, path = str(operation.get("op", "")).lower(), operation.get("path") or ""
    if op not in ("add", "replace", "remove"):
        raise bad_scim("op must be add, replace or remove.", "invalidSyntax")
    if op == "remove":
        if not path:
            raise bad_scim("remove needs a path.", "noTarget")
        _remove(resource, target_of(path))
    elif "value" not in operation:
        raise bad_scim("value is missing.")
    elif path:
        _set(resource, target_of(path), operation["value"], adding=op == "add")
    else:
        _merge(resource, operation["value"], adding=op == "add")


def _merge(resource: Json, values: Any, *, adding: bool) -> None:
    if not isinstance(values, dict):
        raise bad_scim("Without a path the value must be an object.")
    for name, value in values.items():
        _set(resource, target_of(name), value, adding=adding)


def target_of(path: str) -> Target | None:
    """None: nothing that can be written. Raises Refusal for a path that means nothing."""
    urn, rest = _split(path)
    if not rest:
        return Target(urn, None)
    step = STEP.fullmatch(rest)
    if step is None:
        raise bad_scim(f"The path {path!r} cannot be read.", "invalidPath")
    name = step["name"]
    attribute = find(attributes_of(urn), name)
    if attribute is None:
        if name.lower() in UNPUBLISHED | READ_ONLY:
            return None
        raise bad_scim(f"There is no attribute {path!r}.", "invalidPath")
    sub = attribute.sub(step["sub"]) if step["sub"] else None
    if step["sub"] and sub is None:
        raise bad_scim(f"There is no attribute {path!r}.", "invalidPath")
    if attribute.read_only or (sub and sub.read_only):
        return None
    return Target(urn, attribute, _condition(step["filter"]), sub)


def _split(path: str) -> tuple[str, str]:
    for urn in ATTRIBUTES:
        if path.lower() == urn.lower():
            return urn, ""
        if path.lower().startswith(f"{urn.lower()}:"):
            return urn, path[len(urn) + 1 :]
    return CORE, path


def _condition(given: str | None) -> tuple[str, str] | None:
    if given is None:
        return None
    condition = CONDITION.fullmatch(given.strip())
    if condition is None:
        raise bad_scim(f"The filter {given!r} is not supported.", "invalidFilter")
    return condition["name"], condition["value"]


def _home(resource: Json, urn: str) -> Json:
    home: Json = resource if urn == CORE else resource.setdefault(urn, {})
    return home


def _set(resource: Json, target: Target | None, value: Any, *, adding: bool) -> None:
    if target is None:
        return
    if target.attribute is None:
        if not isinstance(value, dict):
            raise bad_scim("An extension's value must be an object.")
        for name, one in value.items():
            prefix = "" if target.urn == CORE else f"{target.urn}:"
            _set(resource, target_of(f"{prefix}{name}"), one, adding=adding)
        return
    home, attribute = _home(resource, target.urn), target.attribute
    if attribute.many:
        _set_many(home, target, attribute, value, adding=adding)
    elif target.sub:
        home[attribute.name] = {**home.get(attribute.name, {}), target.sub.name: value}
    elif attribute.type == "complex" and isinstance(value, dict):
        home[attribute.name] = {**home.get(attribute.name, {}), **value}
    else:
        home[attribute.name] = attribute.read(value)


def _set_many(
    home: Json, target: Target, attribute: Attribute, value: Any, *, adding: bool
) -> None:
    rows: list[Json] = home.get(attribute.name) or []
    if target.chosen is None and target.sub is None:
        new = attribute.read(value) or []
        kept = [row for row in rows if row not in new] if adding else []
        home[attribute.name] = [*kept, *new]
        return
    chosen = _chosen(rows, target)
    if not chosen:
        if not adding or target.chosen is None:
            raise bad_scim("Nothing matches the path.", "noTarget")
        chosen = [{target.chosen[0]: target.chosen[1]}]
        rows = [*rows, *chosen]
    for row in chosen:
        row |= {target.sub.name: value} if target.sub else dict(value)
    home[attribute.name] = rows


def _chosen(rows: list[Json], target: Target) -> list[Json]:
    if target.chosen is None:
        return rows
    name, value = target.chosen
    return [row for row in rows if str(row.get(name, "")).lower() == value.lower()]


def _remove(resource: Json, target: Target | None) -> None:
    if target is None:
        return
    if target.attribute is None:
        resource.pop(target.urn, None)
        return
    home, name = _home(resource, target.urn), target.attribute.name
    if target.chosen is None and target.sub is None:
        home.pop(name, None)
    elif target.attribute.many:
        _remove_rows(home, target, target.attribute)
    elif target.sub and name in home:
        home[name].pop(target.sub.name, None)


def _remove_rows(home: Json, target: Target, attribute: Attribute) -> None:
    rows: list[Json] = home.get(attribute.name) or []
    chosen = _chosen(rows, target)
    if target.sub is None:
        home[attribute.name] = [row for row in rows if row not in chosen]
        return
    for row in chosen:
        row.pop(target.sub.name, None)
