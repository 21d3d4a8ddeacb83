"""One round of a convergence test: edits on both sides, a run, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from integrations.models import Integration, SyncRun
from sandbox.journal import Journal
from tests.projects.edits import LASTING, Editor
from tests.projects.ground import by_name
from tests.projects.laws import Round, broken, facts, loose, pairs_of, retired
from tests.projects.oracle import Answers, differences
from tests.projects.outside import picture, untouched
from tests.projects.systems import Systems

FREE = {"count": 1_000_000, "percent": 100}
"""No guard: it has tests of its own."""


def sprinkle(systems: Systems, chance: Random) -> None:
    """Something that is not synced on awork tasks, so that it can be lost; and a time entry that
    stays, so that there is always one."""
    for row in by_name(systems.awork.tasks):
        systems.aw_edit(row["id"], tags=["gemerkt"], prio=chance.random() < 0.5)
        systems.aw_checklist(row["id"], "Farben", "Schriften")
    project = min(systems.awork.projects, key=lambda row: row["name"])["id"]
    systems.aw_time(None, f"{systems.today}T07:00", 15, project=project, note=LASTING)


def play(
    editor: Editor, integration: Integration, number: int, sync: Callable[[], object]
) -> list[str]:
    """Everything that is wrong after `number` edits and a run; the second run writes nothing."""
    systems = editor.systems
    base, old_pairs = facts(systems), pairs_of(integration)
    editor.play(number)
    edited, before = facts(systems), picture(systems)
    latest = SyncRun.objects.order_by("-id").first()
    sync()
    pairs = {**old_pairs, **pairs_of(integration)}
    after, first_run = facts(systems), (latest.pk if latest else 0) + 1
    round = Round(systems, integration, base, edited, after, pairs, first_run)
    answers = Answers(retired=retired(integration), loose=loose(integration))
    wrong = [*differences(systems, answers), *broken(round), *untouched(before, picture(systems))]
    return wrong + writes_of_a_second_run(systems.sandbox.world.journal, sync)


def writes_of_a_second_run(journal: Journal, sync: Callable[[], object]) -> list[str]:
    seen = journal.entries()
    last = seen[-1].number if seen else 0
    sync()
    again = journal.entries(after=last, unsafe=True)
    return [f"second run: {one.vendor} {one.method} {one.path}" for one in again]
