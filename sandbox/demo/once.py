"""`demo --once`: every integration of every demo workspace, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from integrations import runner, services
from integrations.models import Integration, SyncRun
from sandbox.demo import table
from sandbox.demo.stage import demo_integrations

MOST_RUNS = 5
CHANGES = ("created", "updated", "deleted", "archived", "adopted")
GOOD = (SyncRun.Status.SUCCEEDED, SyncRun.Status.SUCCEEDED_WITH_ERRORS)


def run_all(show: table.LiveTable, pause: Callable[[float], None]) -> bool:
    """True when every integration came to rest without a failed or held run."""
    done: list[SyncRun] = []
    for integration in demo_integrations():
        for run in until_unchanged(integration, lambda: pause(0)):
            done.append(run)
            show.show([table.cells(one) for one in done])
    show.finish([table.cells(one) for one in done])
    return all(run.status in GOOD for run in done) and _came_to_rest(done)


def until_unchanged(integration: Integration, check: Callable[[], None]) -> Iterator[SyncRun]:
    for _number in range(MOST_RUNS):
        check()
        run = services.request_run(integration, trigger=SyncRun.Trigger.COMMAND)
        yield (run := runner.run_to_end(run.pk, lambda _progress: check()))
        if run.status not in GOOD or not changes(run):
            return


def changes(run: SyncRun) -> int:
    return sum(run.counts.get(name, 0) for name in CHANGES)


def _came_to_rest(runs: list[SyncRun]) -> bool:
    last = {run.integration_id: run for run in runs}
    return not any(changes(run) for run in last.values())
