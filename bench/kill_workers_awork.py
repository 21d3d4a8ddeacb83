"""A first sync of projects while its processes are killed: it must end as an undisturbed one.

    python -m bench.kill_workers_awork [--kills 20] [--seed 1] [--size medium]

Each `sync` process is killed (SIGKILL) at a random moment after it began to write, and another
one is started at once; the last one may finish. They keep no pace towards the vendors, so that
there is always something being written. Exit 0 when both systems then hold exactly what an
undisturbed run makes of the same world: every project, list, task and reporting once, and no task
half made.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from random import Random
from typing import Any

from bench import awork_scene, scene

MODULE = "bench.kill_workers_awork"
PATIENCE = 240.0
"""Seconds until a process is killed although it did not write: it may wait for the last one."""
DEADLINE = 3600.0


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    with Sandbox(size=options.size, seed=options.seed) as sandbox:
        awork_scene.activate(sandbox, folder)
        awork_scene.sync_here()
        wanted, undisturbed = picture(sandbox), writes_of(sandbox)
    forget()
    with Sandbox(size=options.size, seed=options.seed, latency=0.003) as sandbox:
        awork_scene.activate(sandbox, folder)
        began = time.monotonic()
        outcome = rampage(sandbox, options.kills, Random(options.seed))
        held, writes = picture(sandbox), writes_of(sandbox)
        wrong = awork_scene.differences(sandbox)
    scene.figures(
        {
            "processes killed": outcome["kills"],
            "killed while writing": outcome["writing"],
            "seconds": round(time.monotonic() - began),
            "last exit code": outcome["exit"],
            "unsafe requests": writes,
            "unsafe requests undisturbed": undisturbed,
            "records": held.total(),
            "missing": (wanted - held).total(),
            "too many": (held - wanted).total(),
            "differences": len(wrong),
        }
    )
    awork_scene.complain([f"missing {row}" for row in (wanted - held).elements()])
    awork_scene.complain([f"too many {row}" for row in (held - wanted).elements()])
    awork_scene.complain(wrong)
    return 0 if held == wanted and not wrong and outcome["exit"] == 0 else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="medium")
    return parser.parse_args()


def forget() -> None:
    """The workspace as if it had never been."""
    from integrations.models import Workspace

    Workspace.objects.all().delete()


def writes_of(sandbox: Any) -> int:
    journal = sandbox.world.journal
    return sum(journal.count(vendor).unsafe for vendor in awork_scene.VENDORS)


def picture(sandbox: Any) -> Counter[str]:
    """All projects, plans, people, efforts and reportings of both systems, without the ids and
    times that they gave; other ids by what they stand for. A task that was found again after a
    crash may carry the other one's id instead of being carried by it."""
    here = awork_scene.systems(sandbox)
    return Counter(map(repr, [*hq_rows(here), *awork_rows(here)]))


def hq_rows(here: Any) -> list[tuple[Any, ...]]:
    tables = here.hq.tables
    paths = {row["Id"]: path_of(tables, row) for row in tables["ProjectTasks"]}
    rows: list[tuple[Any, ...]] = [
        ("helloHQ task", paths[row["Id"]], row["Description"], row["StartOn"], row["EndOn"],
         row["PlannedEffort"], row["TaskTypeId"], row["TaskTypeStatusId"], row["IsDone"],
         row["ChargeType"], row["Sync"], assigned(tables, row))
        for row in tables["ProjectTasks"]
    ]  # fmt: skip
    rows += [
        ("reporting", row["UserId"], row["ProjectId"], paths.get(row["TaskId"]), row["StartOn"],
         row["Duration"], row["Note"], row["IsApproved"])
        for row in tables["UserReportings"]
    ]  # fmt: skip
    return rows


def path_of(tables: Any, row: Any) -> tuple[Any, ...]:
    above = tables["ProjectTasks"].get(row["ParentId"])
    return (*(path_of(tables, above) if above else (row["ProjectId"],)), row["Name"])


def assigned(tables: Any, row: Any) -> list[tuple[Any, ...]]:
    found = tables["TaskAssignments"].where("TaskId", row["Id"])
    return sorted((one["ResourceId"], one["AssignmentValue"]) for one in found)


def awork_rows(here: Any) -> list[tuple[Any, ...]]:
    state = here.awork
    names = {row["id"]: row["name"] for row in (*state.projects, *state.lists, *state.tasks)}
    companies = {row["id"]: row["name"] for row in state.companies}
    statuses = {row["id"]: row["name"] for row in state.task_statuses}
    rows: list[tuple[Any, ...]] = [
        ("project", row["name"], row["startDate"], row["dueDate"], companies.get(row["companyId"]),
         row["description"], row["timeBudget"], len(row["customFields"]))
        for row in state.projects
    ]  # fmt: skip
    rows += [("list", names[row["projectId"]], row["name"]) for row in state.lists]
    rows += [("client", name) for name in companies.values()]
    rows += [("field", row["name"], row["entity"]) for row in state.fields]
    rows += [
        ("awork task", names.get(row["projectId"]), names.get(row["parentId"]), row["name"],
         sorted(names[place["id"]] for place in row["lists"]), row["description"], row["startOn"],
         row["dueOn"], row["plannedDuration"], row["typeOfWorkId"],
         statuses.get(row.get("taskStatusId")),
         sorted((one["id"], one["plannedEffort"], one["isDistributedPlannedEffort"])
                for one in row["assignees"]))
        for row in state.tasks
    ]  # fmt: skip
    return rows


def rampage(sandbox: Any, kills: int, chance: Random) -> dict[str, int]:
    """Start `sync` processes and kill them until `kills` are dead, then let the last finish."""
    deadline = time.monotonic() + DEADLINE
    process, done, writing = awork_scene.start(MODULE), 0, 0
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if done < kills and (wrote := wait_for_writes(sandbox, process)) is not None:
                time.sleep(chance.uniform(0.0, 1.0) if wrote else 0.0)
                kill(process)
                done, writing = done + 1, writing + wrote
                process = awork_scene.start(MODULE)
            time.sleep(0.1)
    finally:
        code = process.poll()
        kill(process)
    return {"kills": done, "writing": writing, "exit": -1 if code is None else code}


def wait_for_writes(sandbox: Any, process: subprocess.Popen[str]) -> bool | None:
    """Whether the process began to write within PATIENCE; None when it ended."""
    before, until = writes_of(sandbox), time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if writes_of(sandbox) > before:
            return True
        time.sleep(0.01)
    return None if process.poll() is not None else False


def kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--process"]:
        sys.exit(awork_scene.process(sys.argv[2:]))
    sys.exit(main())
