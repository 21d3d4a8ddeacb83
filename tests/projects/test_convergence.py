"""Random edits on both sides at once, a run, and again: equal after each, and nothing is lost.

The same with 500 edits × 20 rounds: `python -m bench.awork_convergence`.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.projects.conftest import Agency
from tests.projects.edits import Editor
from tests.projects.laws import pairs_of, retired
from tests.projects.rounds import FREE, play, sprinkle

ROUNDS, EDITS = 3, 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_i3_both_sides_converge_and_nothing_is_lost(agency: Agency, seed: int) -> None:
    agency.activate(guard=FREE, time_entries_start_date="2026-06-01")
    agency.synced()
    sprinkle(agency, Random(seed))
    integration = agency.integration
    editor = Editor(
        agency, Random(seed), lambda: pairs_of(integration), lambda: retired(integration)
    )
    for number in range(ROUNDS):
        wrong = play(editor, integration, EDITS, agency.sync)
        assert wrong == [], "\n".join([f"seed {seed}, round {number}", *wrong, *editor.log])
