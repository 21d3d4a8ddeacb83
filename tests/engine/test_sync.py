"""The engine at work on the two remotes: laws and rules, one at a time."""

from __future__ import annotations

from integrations.models import SyncRun
from tests.engine.bench import Bench
from tests.engine.sides import LEAVE, TASKS, leave, task


def test_a_first_run_makes_both_sides_equal_and_a_second_writes_nothing(bench: Bench) -> None:
    """I3, I4, I5: everything exists once on both sides; then silence."""
    left, right = bench.world.both
    ann = left.add("people", email="Ann@x.org ")
    right.add("people", email="ann@x.org")
    left.add(LEAVE, **leave("l1", ann))
    root = left.add(TASKS, **task("a long name indeed", amount=2.4))
    left.add(TASKS, **task("child", parent=root))
    right.add(TASKS, **task("from the right", tags=["x", "y"], amount=3))
    run = bench.run()
    assert run.status == SyncRun.Status.SUCCEEDED
    assert run.counts["created"] == 4
    assert len(left.table(TASKS)) == len(right.table(TASKS)) == 3
    writes = bench.world.unsafe
    rows = len(bench.entries())
    run = bench.run()
    assert (bench.world.unsafe, len(bench.entries())) == (writes, rows)
    assert run.counts["unchanged"] == 4
