"""What a run without changes costs: 10,000 absences of 500 people, all of them synced already.

    python -m bench.personio_no_change [--absences 10000] [--latency-ms 0]

Prints the calls against the least possible number, the unsafe requests, the history rows, and the
peak memory of the `sync` process beside that of an idle `manage.py shell -c pass`. Exit 0 when
nothing was written and no more than three calls were made beyond the pages.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

from bench import scene

PAGES = {"absences": 200, "employees": 100, "users": 500, "users with absences": 100}
"""What one page holds at most, as the clients ask for it."""
SLACK = 3


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    with Sandbox(size="large", latency=options.latency_ms / 1000) as sandbox:
        start = date(sandbox.world.clock.today().year, 1, 5)
        each = math.ceil(options.absences / 490)
        wanted = scene.spread_absences(sandbox, options.absences, each, start)
        type_in(sandbox, wanted)
        scene.activate(sandbox, folder, {"Holiday": scene.TYPE}, start)
        first = sync("--full")
        before = sandbox.world.journal.counts()
        second = sync()
        after = sandbox.world.journal.counts()
        least = least_calls(sandbox, options.absences)
    unsafe = sum(after[vendor].unsafe - before[vendor].unsafe for vendor in after)
    idle = peak("shell", "--verbosity", "0", "-c", "pass")[1]
    values = report(first, second, least, unsafe, idle)
    scene.figures(values)
    good = unsafe == 0 and values["history rows"] == 0 and values["calls"] <= least + SLACK
    return 0 if good else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--absences", type=int, default=10_000)
    parser.add_argument("--latency-ms", type=int, default=0)
    return parser.parse_args()


Run = tuple[dict[str, Any], float, float]
"""What `sync --json` printed, seconds of the whole process, and its peak memory in MiB."""


def sync(*flags: str) -> Run:
    began = time.monotonic()
    out, memory = peak(
        "sync", "--workspace", scene.TENANT, "--integration", scene.KIND, "--json", *flags
    )
    return json.loads(out), time.monotonic() - began, memory


def peak(*arguments: str) -> tuple[str, float]:
    """Output of a management command and the peak resident memory of its process, in MiB."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.personio_no_change", "--measured", *arguments],
        cwd=scene.ROOT, text=True, capture_output=True, check=True,
    )  # fmt: skip
    out, _line, memory = done.stdout.rstrip("\n").rpartition("\n")
    return out, float(memory)


def measured(arguments: list[str]) -> int:
    """Run a management command as a child of its own and print its peak memory behind it."""
    code = subprocess.run([sys.executable, "manage.py", *arguments], cwd=scene.ROOT).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"\n{used:.1f}\n")
    return code


def report(first: Run, second: Run, least: int, unsafe: int, idle: float) -> dict[str, Any]:
    from integrations.models import RunEntry

    answer, seconds, memory = second
    return {
        "absences linked": answer["counts"]["unchanged"],
        "first run (adopts) seconds": round(first[1], 1),
        "second run seconds": round(seconds, 1),
        "calls": sum(answer["api_calls"].values()),
        "least calls (pages)": least,
        "unsafe requests": unsafe,
        "history rows": RunEntry.objects.filter(run=answer["run"]).count(),
        "peak MiB first run": first[2],
        "peak MiB second run": memory,
        "peak MiB idle": idle,
        "MiB above idle": round(memory - idle, 1),
    }


def least_calls(sandbox: Any, absences: int) -> int:
    """One call per page of every list that has to be read."""
    from sandbox.hellohq.state import HqState
    from sandbox.personio.state import PersonioState

    people = len(sandbox.world.state(scene.TENANT, PersonioState).employees)
    hq = sandbox.world.state(scene.TENANT, HqState)
    active = len(hq.users) - len(hq.deactivated)
    pages = (
        (absences, PAGES["absences"]), (people, PAGES["employees"]),
        (len(hq.users), PAGES["users"]), (active, PAGES["users with absences"]),
    )  # fmt: skip
    hour_based, types, subsystem = 1, 1, 1
    return sum(math.ceil(n / size) for n, size in pages) + hour_based + types + subsystem


def type_in(sandbox: Any, wanted: Any) -> None:
    """What has to be there is there already, typed in by hand: the first run adopts it."""
    from sandbox.hellohq.state import OFFICE_MANAGER, HqState

    state = sandbox.world.state(scene.TENANT, HqState)
    for user, kind, start, end in wanted:
        values = {
            "UserId": user, "Type": kind, "Start": datetime.fromisoformat(start),
            "End": datetime.fromisoformat(end), "Note": "", "IsApproved": True,
        }  # fmt: skip
        state.add_absence(values, OFFICE_MANAGER, datetime(2025, 1, 7) + timedelta(hours=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measured"]:
        sys.exit(measured(sys.argv[2:]))
    sys.exit(main())
