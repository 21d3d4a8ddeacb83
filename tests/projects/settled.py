"""What an acceptance test does after people's edits: a run, and what must hold of every run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from integrations.models import Problem, RunEntry
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import Answers, differences
from tests.projects.outside import picture, untouched
from tests.projects.remembered import first_sync
from tests.projects.rounds import FREE

ANSWERS = {"guard": FREE, "time_entries_start_date": "2026-06-01"}
RESTING = ("unchanged", "skipped", "conflicts", "failed", "held")
"""Counts that a run may have although it did nothing."""


@pytest.fixture
def synced(agency: Agency) -> Agency:
    return first_sync(agency, **ANSWERS)


def settle(
    agency: Agency, *, differ: Sequence[str] = (), answers: Answers | None = None
) -> list[RunEntry]:
    """Run until the edits are through: both sides agree but for `differ` (beginnings of what
    the oracle says), nothing else was touched, and the next run has nothing to do (I4). Returns
    the history of the run."""
    agency.wait(seconds=3)
    before = picture(agency)
    agency.synced()
    entries = agency.entries()
    assert untouched(before, picture(agency)) == []
    assert_differ(differences(agency, answers), differ)
    assert_rests(agency)
    return entries


def assert_differ(found: Sequence[str], expected: Sequence[str]) -> None:
    known = [line for line in found if line.startswith(tuple(expected))]
    assert found == known and len(known) == len(expected), found


def assert_rests(agency: Agency, exit: int = 0) -> None:
    """I4: a second run, and a brief one, write nothing and add no row of history."""
    for run in (lambda: agency.synced(exit=exit), agency.polled):
        with agency.watched() as seen:
            run()
        assert writes(seen) == []
        assert agency.history() == []


def told(entries: Sequence[RunEntry], label: str) -> list[tuple[str, str]]:
    """What history says about one record: action and reason."""
    return [(entry.action, entry.reason) for entry in entries if entry.label == label]


def problem(agency: Agency, code: str) -> Problem:
    """The one open problem of that code."""
    return Problem.objects.get(integration=agency.integration, code=code)
