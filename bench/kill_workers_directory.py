"""A first sync of 2,000 people while its processes are killed: it must end as an undisturbed one.

    python -m bench.kill_workers_directory [--kills 20] [--seed 1] [--size large]

Each `sync` process is killed (SIGKILL) at a random moment after it began to write, and another
one is started at once; the last one may finish. They keep no pace towards the vendors, so that
there is always something being written. Exit 0 when TravelPerk then holds exactly what an
undisturbed run makes of the same world.
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

from bench import scene
from bench.hibob_no_change import CLEAN, SYNC, activate, state_of, sync_at_full_speed

PATIENCE = 240.0
"""Seconds until a process is killed although it did not write: it may wait for the last one."""
DEADLINE = 3600.0


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    with Sandbox(size=options.size, seed=options.seed) as sandbox:
        activate(sandbox, folder)
        sync_at_full_speed()
        wanted = picture(state_of(sandbox))
        undisturbed = sandbox.world.journal.count("travelperk").unsafe
    forget()
    with Sandbox(size=options.size, seed=options.seed, latency=0.005) as sandbox:
        activate(sandbox, folder)
        began = time.monotonic()
        outcome = rampage(sandbox, options.kills, Random(options.seed))
        held = picture(state_of(sandbox))
        writes = sandbox.world.journal.count("travelperk").unsafe
        users = len(state_of(sandbox).users)
    scene.figures(
        {
            "processes killed": outcome["kills"],
            "killed while writing": outcome["writing"],
            "seconds": round(time.monotonic() - began),
            "last exit code": outcome["exit"],
            "unsafe requests": writes,
            "unsafe requests undisturbed": undisturbed,
            "TravelPerk users": users,
            "missing": (wanted - held).total(),
            "too many": (held - wanted).total(),
        }
    )
    return 0 if held == wanted and outcome["exit"] in CLEAN else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="large")
    return parser.parse_args()


def forget() -> None:
    """The workspace as if it had never been."""
    from integrations.models import Workspace

    Workspace.objects.all().delete()


def picture(state: Any) -> Counter[str]:
    """All that TravelPerk holds, without its own ids and times."""
    users, centers = state.users, state.cost_centers
    name = {id: user.user_name for id, user in users.items()}
    rows: list[tuple[Any, ...]] = [
        ("user", user.external_id, user.user_name, user.name, user.active,
         user.attributes.get("title"), user.phone, name.get(user.manager or 0),
         centers[user.cost_center].name if user.cost_center else "",
         state.companies[user.company].name,
         sorted(str(part) for key, part in user.attributes.items() if "travelperk" in key))
        for user in users.values()
    ]  # fmt: skip
    rows += [("center", one.name, one.archived) for one in centers.values()]
    rows += [("company", one.name) for one in state.companies.values()]
    rows += [
        ("group", one.name, one.external_id, one.method, one.archived,
         name.get(one.approver_id or 0), sorted(name[id] for id in one.user_ids))
        for one in state.groups.values()
    ]  # fmt: skip
    return Counter(map(repr, rows))


def rampage(sandbox: Any, kills: int, chance: Random) -> dict[str, int]:
    """Start `sync` processes and kill them until `kills` are dead, then let the last finish."""
    deadline = time.monotonic() + DEADLINE
    process, done, writing = start(), 0, 0
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if done < kills and (wrote := wait_for_writes(sandbox, process)) is not None:
                time.sleep(chance.uniform(0.0, 0.7) if wrote else 0.0)
                kill(process)
                done, writing = done + 1, writing + wrote
                process = start()
            time.sleep(0.1)
    finally:
        code = process.poll()
        kill(process)
    return {"kills": done, "writing": writing, "exit": -1 if code is None else code}


def wait_for_writes(sandbox: Any, process: subprocess.Popen[bytes]) -> bool | None:
    """Whether the process began to write within PATIENCE; None when it ended."""
    before = sandbox.world.journal.count("travelperk").unsafe
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if sandbox.world.journal.count("travelperk").unsafe > before:
            return True
        time.sleep(0.01)
    return None if process.poll() is not None else False


def start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bench.kill_workers_directory", "--process"]
    return subprocess.Popen(
        command, cwd=scene.ROOT, start_new_session=True, stdout=subprocess.DEVNULL
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def one_process() -> int:
    """`manage.py sync`, without the pace that we keep towards the vendors."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from integrations import clients

    clients.PACES = dict.fromkeys(clients.PACES, (1e6, 1_000_000, 1e6))
    try:
        call_command(*SYNC)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--process"]:
        sys.exit(one_process())
    sys.exit(main())
