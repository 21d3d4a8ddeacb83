"""I4, G7: a run without changes costs the same number of queries whatever the number of records."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import RunEntry, StagedPage
from tests.engine import remotes
from tests.engine.bench import Bench
from tests.engine.sides import TASKS, task


def queries_without_changes(bench: Bench, count: int) -> int:
    for number in range(len(bench.world.left.table(TASKS)), count):
        bench.world.left.add(TASKS, **task(f"t{number}"))
    bench.run()
    rows, writes = RunEntry.objects.count(), bench.world.unsafe
    with CaptureQueriesContext(connection) as queries:
        run = bench.run()
    assert run.counts["unchanged"] == count
    assert (RunEntry.objects.count(), bench.world.unsafe) == (rows, writes)
    assert not StagedPage.objects.exists()
    return len(queries)


def test_no_query_per_record(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal for 50 and 500 linked records that arrive in as many pages."""
    monkeypatch.setattr(remotes, "PAGE", 1000)
    assert queries_without_changes(bench, 50) == queries_without_changes(bench, 500)
