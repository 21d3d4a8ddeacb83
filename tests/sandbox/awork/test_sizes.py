"""The larger worlds: how much there is, and that their lists are quick."""

from __future__ import annotations

import time

from sandbox.awork.state import AworkState
from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.hellohq.state import HqState
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.server import Sandbox
from sandbox.world import World
from tests.sandbox.awork.conftest import Awork
from tests.sandbox.conftest import TODAY

VENDORS = [AWORK, HELLOHQ]


def running(hq: HqState) -> list[int]:
    closed = {s["Id"] for s in hq.tables["ProjectStatuses"] if not s["IsInProgress"]}
    names = {t["Id"] for t in hq.tables["ProjectTemplates"] if not t["IsInternal"]}
    return [
        p["Id"] for p in hq.tables["Projects"]
        if p["ProjectStatusId"] not in closed and p["ProjectTemplateId"] in names
    ]  # fmt: skip


def test_medium() -> None:
    world = World(VENDORS, size="medium", today=TODAY)
    hq, awork = world.state("isarwerk", HqState), world.state("isarwerk", AworkState)
    assert len(running(hq)) == 10 and len(awork.times) == 3_000
    tasks = [t for t in hq.tables["ProjectTasks"] if t["ProjectId"] in running(hq)]
    assert len(tasks) == 799, "one line of 800 is in awork only"


def test_large_is_quick() -> None:
    started = time.process_time()
    with Sandbox(size="large", today=TODAY, vendors=VENDORS) as sandbox:
        assert time.process_time() - started < 4
        client = Awork(sandbox)
        hq = client.hq
        assert len(running(hq)) == 40 and len(hq.tables["ProjectTasks"]) > 4_990
        assert len(client.state.times) == 20_000
        started = time.process_time()
        seen = set()
        for page in range(1, 22):
            rows = client.get("/timeentries", page=page, pageSize=1000, orderby="createdOn asc")
            seen |= {row["id"] for row in rows}
        assert len(seen) == 20_000
        assert time.process_time() - started < 4
        assert len(sandbox.world.state("elbtal", AworkState).times) == 60


def test_same_seed_same_ids() -> None:
    one, two, three = (World(VENDORS, seed=seed, today=TODAY) for seed in (1, 1, 2))
    ids = [[p["id"] for p in w.state("elbtal", AworkState).times] for w in (one, two, three)]
    assert ids[0] == ids[1] != ids[2]
