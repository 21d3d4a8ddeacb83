"""References between records in canonical fields, spelled the same from either side.

A side writes `ref(stream, side, its own id)`. The engine turns a reference to a linked record
into its left spelling, so that both sides compare equal, and into the target's own id when it
writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.engine.stream import Fields, Stream, Which, World

PREFIX = "@"


class Unresolved(Exception):
    """The record that is referred to does not exist on the side that is to be written."""


def ref(stream: str, which: Which, id: str) -> str:
    return f"{PREFIX}{stream}|{which.value}|{id}"


def parse(value: str) -> tuple[str, Which, str]:
    stream, which, id = value.removeprefix(PREFIX).split("|", 2)
    return stream, Which(which), id


def canonical(stream: Stream, fields: Fields, world: World) -> Fields:
    """`fields` with every reference to a linked record in its left spelling."""
    if not stream.refs:
        return fields
    return _map_refs(stream, fields, lambda value: _left_spelling(value, world))


def _left_spelling(value: str, world: World) -> str:
    name, which, id = parse(value)
    partner = world.partner(name, Which.RIGHT, id) if which is Which.RIGHT else None
    return ref(name, Which.LEFT, partner) if partner else value


def resolve(
    stream: Stream, fields: Fields, target: Which, partner: Callable[[str, Which, str], str | None]
) -> Fields:
    """`fields` with every reference as the plain id on the `target` side. Raises Unresolved."""

    def own_id(value: str) -> str:
        name, which, id = parse(value)
        found = id if which is target else partner(name, which, id)
        if found is None:
            raise Unresolved(value)
        return found

    return _map_refs(stream, fields, own_id)


def _map_refs(stream: Stream, fields: Fields, change: Callable[[str], str]) -> Fields:
    def mapped(value: Any) -> Any:
        if isinstance(value, list):
            return sorted(change(part) for part in value)
        return change(value) if value else value

    return {name: mapped(value) if name in stream.refs else value for name, value in fields.items()}
