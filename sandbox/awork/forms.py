"""Reading the forms that clients send. Everything here raises AworkError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.awork.answers import AworkError, invalid
from sandbox.awork.moments import parse_moment, written
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row

Reader = Callable[[str, Any], Any]


def text(most: int = 1000) -> Reader:
    def read(name: str, value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise invalid(f"$.{name}", f"The value of {name} is not a text.")
        if value and len(value) > most:
            raise invalid(name, f"'{name}' must be {most} characters or fewer.")
        return value or None

    return read


def number(default: int | None) -> Reader:
    """Whole seconds and the like, not below 0."""

    def read(name: str, value: Any) -> int | None:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise invalid(f"$.{name}", f"The value of {name} is not a number.")
        if value < 0:
            raise AworkError("value-out-of-range", f"{name} must not be negative.")
        return int(value)

    return read


def flag(default: bool | None) -> Reader:
    def read(name: str, value: Any) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise invalid(f"$.{name}", f"The value of {name} is not a boolean.")
        return default if value is None else value

    return read


def moment(name: str, value: Any) -> str | None:
    return None if value is None else written(parse_moment(name, value))


def order(name: str, value: Any) -> float:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise invalid(f"$.{name}", f"The value of {name} is not a number.")
    return float(value or 0)


def read_form(given: Any, readers: Mapping[str, Reader]) -> Row:
    """All properties of a form; those that were not sent are what their readers make of None."""
    if not isinstance(given, dict):
        raise invalid("$", "The request body is missing.")
    folded = {str(key).lower(): value for key, value in given.items()}
    form = {name: read(name, folded.get(name.lower())) for name, read in readers.items()}
    if "name" in readers and not (form["name"] or "").strip():
        raise invalid("Name", "'Name' should not be empty.")
    return form


def check_dates(start: str | None, due: str | None) -> None:
    if start and due and start > due:
        raise AworkError("date-dependency")


def body_list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise invalid("$", "An array is expected.")
    return given


def items(given: Any, *required: str) -> list[Row]:
    """An array of objects, each with the required properties."""
    for item in body_list(given):
        if not isinstance(item, dict):
            raise invalid("$", "An array of objects is expected.")
        for name in required:
            if item.get(name) is None:
                raise invalid(name, f"'{name}' must not be empty.")
    return list(given)


def apply_tags(state: AworkState, row: Row, given: Any, *, remove: bool) -> None:
    """Adding fails for a duplicate or an empty name; removing an unknown one is nothing."""
    tags = list(row["tags"])
    for tag in items(given, "name"):
        same = [t for t in tags if t["name"].lower() == str(tag["name"]).lower()]
        if remove:
            tags = [t for t in tags if t not in same]
        elif same or not str(tag["name"]).strip():
            raise AworkError("duplication-violation", f"The tag '{tag['name']}' exists already.")
        else:
            new = {"id": state.new_id(), "name": tag["name"], "color": tag.get("color") or "grey"}
            tags.append(new)
    row["tags"] = tags


def apply_fields(state: AworkState, row: Row, entity: str, given: Any) -> None:
    """setcustomfields: only the named fields change; one without a value is removed."""
    values = {field["customFieldDefinitionId"]: field for field in row["customFields"]}
    for item in items(given, "customFieldDefinitionId"):
        definition = state.fields.get(item["customFieldDefinitionId"])
        if definition is None:
            raise AworkError("not-found", "The custom field does not exist.", 404)
        linked = entity == "project" or row.get("projectId") in definition["projectIds"]
        if definition["entity"] != entity or not linked:
            raise AworkError("invalid-operation", "The custom field is not linked to the project.")
        if len(item.get("textValue") or "") > 750:
            raise invalid("TextValue", "'TextValue' must be 750 characters or fewer.")
        given_values = {k: v for k, v in item.items() if k.endswith("Value") and v is not None}
        values.pop(definition["id"], None)
        if given_values:
            values[definition["id"]] = {"customFieldDefinitionId": definition["id"], **given_values}
    row["customFields"] = list(values.values())
