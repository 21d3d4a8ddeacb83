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
    return map_refs(stream, fields, lambda name, value: _left_spelling(value, world))


def _left_spelling(value: str, world: World) -> str:
    name, which, id = parse(value)
    partner = world.partner(name, Which.RIGHT, id) if which is Which.RIGHT else None
    return ref(name, Which.LEFT, partner) if partner else value


def resolve(
    stream: Stream,
    fields: Fields,
    target: Which,
    partner: Callable[[str, Which, str], str | None],
    *,
    needed: bool = True,
) -> tuple[Fields, frozenset[str]]:
    """`fields` with every reference as the plain id on the `target` side, and the names of
    fields that lack a record (None, or a shorter list). Raises Unresolved when the stream does
    not call them optional, unless they are not `needed`."""
    missing: set[str] = set()

    def own_id(name: str, value: str) -> str | None:
        about, which, id = parse(value)
        found = id if which is target else partner(about, which, id)
        if found is None:
            if needed and name not in stream.optional:
                raise Unresolved(value)
            missing.add(name)
        return found

    return map_refs(stream, fields, own_id), frozenset(missing)


def map_refs(stream: Stream, fields: Fields, change: Callable[[str, str], str | None]) -> Fields:
    """`fields` with `change(field, reference)` applied to every reference, also in lists."""

    def mapped(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return sorted(found for part in value if (found := change(name, part)) is not None)
        return change(name, value) if value else value

    return {
        name: mapped(name, value) if name in stream.refs else value
        for name, value in fields.items()
    }
