"""The crew of a task: one canonical field for each person on it, hours by person at the remotes."""

from __future__ import annotations

from collections.abc import Collection

from integrations.engine.stream import Fields, Outcome
from tests.engine.remotes import Record

CREW = "crew:"


def with_crew(fields: Fields) -> Record:
    """Fields as the remote takes them, the crew as one."""
    crew = {n.removeprefix(CREW): h for n, h in fields.items() if n.startswith(CREW)}
    return {n: v for n, v in fields.items() if not n.startswith(CREW)} | {"crew": crew}


def effects_of(
    before: Fields, outcome: Outcome, want: Fields, names: Collection[str]
) -> frozenset[str]:
    """Members that nobody asked to change and that read differently after a write."""
    after = outcome.fields or {}
    return frozenset(
        name for name, hours in before.items()
        if name.startswith(CREW) and name not in names
        and hours == want.get(name) != after.get(name)
    )  # fmt: skip
