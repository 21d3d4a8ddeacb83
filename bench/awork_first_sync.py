"""A first sync of 40 projects with 5,000 tasks on three levels and 20,000 time entries.

    python -m bench.awork_first_sync [--size large] [--latency-ms 0]

A part of the projects is in awork already. Each run has a process of its own and keeps no pace.
Prints durations, calls, peak memory; then the same for a second run, which must write nothing,
and for the brief one of the schedule, which must read no single task. Exit 0 when all of that
holds and both systems say the same in the end, by the oracle of the tests.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bench import awork_scene, scene

MODULE = "bench.awork_first_sync"


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox
    from tests.projects.outside import picture, untouched

    with Sandbox(size=options.size, latency=options.latency_ms / 1000) as sandbox:
        awork_scene.activate(sandbox, folder)
        before = picture(awork_scene.systems(sandbox))
        first = awork_scene.measured(sandbox, MODULE)
        wrong = awork_scene.differences(sandbox)
        wrong += untouched(before, picture(awork_scene.systems(sandbox)))
        second = awork_scene.measured(sandbox, MODULE)
        brief = awork_scene.measured(sandbox, MODULE, "--brief")
        sizes = size_of(sandbox)
    values = {
        **sizes,
        **figures("first run", first),
        "status": first.answer["status"],
        "counts": first.answer["counts"],
        "reasons": first.answer["reasons"],
        **figures("second run", second),
        **figures("brief run", brief),
        "differences": len(wrong),
    }
    scene.figures(values)
    awork_scene.complain(wrong)
    sys.stdout.write("the brief run's requests:\n")
    awork_scene.complain([f"{n:>5} {path}" for path, n in brief.paths.most_common()])
    silent = all(one.unsafe == one.rows == 0 for one in (second, brief))
    cheap = awork_scene.per_task(brief.paths) == awork_scene.per_task(second.paths) == 0
    return 0 if not wrong and silent and cheap else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", choices=("small", "medium", "large"), default="large")
    parser.add_argument("--latency-ms", type=int, default=0)
    return parser.parse_args()


def figures(name: str, run: awork_scene.Measured) -> dict[str, Any]:
    return {
        f"{name}: seconds": run.seconds,
        f"{name}: calls": run.calls,
        f"{name}: unsafe requests": run.unsafe,
        f"{name}: history rows": run.rows,
        f"{name}: peak MiB": run.memory,
        f"{name}: requests for single tasks": awork_scene.per_task(run.paths),
        f"{name}: requests for single projects": awork_scene.per_project(run.paths),
    }


def size_of(sandbox: Any) -> dict[str, int]:
    here = awork_scene.systems(sandbox)
    tables = here.hq.tables
    return {
        "helloHQ projects": len(tables["Projects"]),
        "helloHQ tasks": len(tables["ProjectTasks"]),
        "helloHQ reportings": len(tables["UserReportings"]),
        "awork projects": len(here.awork.projects),
        "awork tasks": len(here.awork.tasks),
        "awork time entries": len(here.awork.times),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--process"]:
        sys.exit(awork_scene.process(sys.argv[2:]))
    sys.exit(main())
