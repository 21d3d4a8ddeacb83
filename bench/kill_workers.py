"""A first sync while its worker processes are killed: every absence must be there exactly once.

    python -m bench.kill_workers [--absences 2000] [--kills 20] [--seed 1]

Real Celery workers on the filesystem transport and a real beat. Each worker is killed (SIGKILL,
with its children) at a random moment after it began to write, and another one is started at once.
Exit 0 when helloHQ holds exactly what it should.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from datetime import date
from random import Random
from typing import Any

from bench import scene

DEADLINE = 3600.0
PATIENCE = 180.0
"""Seconds until a worker is killed although it did not write: it may be waiting for its turn."""


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    with Sandbox(size="large", seed=options.seed, latency=0.01) as sandbox:
        start = date(sandbox.world.clock.today().year, 1, 5)
        wanted = scene.spread_absences(sandbox, options.absences, 5, start)
        scene.activate(sandbox, folder, {"Holiday": scene.TYPE}, start)
        beat = celery("beat", "--schedule", str(folder / "beat"))
        began = time.monotonic()
        try:
            outcome = rampage(sandbox, options.kills, Random(options.seed))
        finally:
            kill(beat)
        held = scene.held_by_hellohq(sandbox)
        writes = sandbox.world.journal.count("hellohq").unsafe
    scene.figures(
        {
            "absences": options.absences,
            "workers killed": outcome["kills"],
            "killed while writing": outcome["writing"],
            "seconds": round(time.monotonic() - began),
            "run": outcome["status"],
            "unsafe requests": writes,
            "in helloHQ": held.total(),
            "missing": (wanted - held).total(),
            "too many": (held - wanted).total(),
        }
    )
    return 0 if held == wanted and outcome["status"] == "succeeded" else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--absences", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def rampage(sandbox: Any, kills: int, chance: Random) -> dict[str, Any]:
    """Start workers and kill them until `kills` are dead, then let the last one finish."""
    deadline = time.monotonic() + DEADLINE
    worker, done, writing = celery("worker", "--concurrency", "1"), 0, 0
    try:
        while time.monotonic() < deadline and (status := finished()) is None:
            if done < kills:
                wrote = wait_for_writes(sandbox)
                time.sleep(chance.uniform(0.0, 6.0) if wrote else 0.0)
                kill(worker)
                done, writing = done + 1, writing + wrote
                worker = celery("worker", "--concurrency", "1")
            time.sleep(0.2)
    finally:
        kill(worker)
    return {"kills": done, "writing": writing, "status": status or "not finished"}


def wait_for_writes(sandbox: Any) -> bool:
    """Whether a worker began to write within PATIENCE."""
    before = sandbox.world.journal.count("hellohq").unsafe
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and finished() is None:
        if sandbox.world.journal.count("hellohq").unsafe > before:
            return True
        time.sleep(0.05)
    return False


def finished() -> str | None:
    """The status of the first run, once it is a final one."""
    from integrations.models import SyncRun

    run = SyncRun.objects.order_by("id").first()
    return run.status if run is not None and run.finished_at else None


def celery(*arguments: str) -> subprocess.Popen[bytes]:
    """A Celery process with a process group of its own."""
    command = [sys.executable, "-m", "celery", "-A", "config", *arguments, "--loglevel", "ERROR"]
    return subprocess.Popen(command, cwd=scene.ROOT, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
