"""What a run without changes costs: a directory of 2,000 people, all of them synced already.

    python -m bench.hibob_no_change [--changed 25] [--latency-ms 0]

Prints the calls against the least possible number, the unsafe requests, the history rows, the
peak memory of the `sync` process beside that of an idle `manage.py shell -c pass`, and what a run
with some changed people calls in addition. Exit 0 when the quiet run wrote nothing and made no
more than three calls beyond the pages, and the busy one about one more for each change.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import scene

KIND = "hibob-travelperk"
ANSWERS = {
    "plan": "pro",
    "cost_centers": True,
    "companies": {"enabled": True},
    "approvals": {"enabled": True, "override_confirmed": True},
    "notices_confirmed": True,
}
SYNC = ("sync", "--workspace", scene.TENANT, "--integration", KIND, "--json")
PAGE = 50
SLACK = 3
CLEAN = (0, 1)
"""Exit codes of a run that went through; some of the demo's people lack a field."""


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    with Sandbox(size="large", latency=options.latency_ms / 1000) as sandbox:
        activate(sandbox, folder)
        began = time.monotonic()
        sync_at_full_speed()
        first = time.monotonic() - began
        quiet = measured_sync(sandbox)
        change_titles(sandbox, options.changed)
        busy = measured_sync(sandbox)
        least = least_calls(sandbox)
        people = len(state_of(sandbox).users)
    values = {
        "TravelPerk users": people,
        "first run seconds (without our pace)": round(first, 1),
        "quiet run seconds": quiet["seconds"],
        "calls": quiet["calls"],
        "least calls (pages)": least,
        "unsafe requests": quiet["writes"],
        "history rows": quiet["rows"],
        "peak MiB": quiet["memory"],
        "peak MiB idle": peak("shell", "--verbosity", "0", "-c", "pass")[1],
        "people changed": options.changed,
        "calls beyond the quiet run": busy["calls"] - quiet["calls"],
        "unsafe requests of the busy run": busy["writes"],
    }
    scene.figures(values)
    silent = quiet["writes"] == quiet["rows"] == 0 and quiet["calls"] <= least + SLACK
    cheap = busy["calls"] - quiet["calls"] <= options.changed + SLACK
    return 0 if silent and cheap and busy["writes"] == options.changed else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--changed", type=int, default=25)
    parser.add_argument("--latency-ms", type=int, default=0)
    return parser.parse_args()


def activate(sandbox: Any, folder: Path) -> None:
    """Activate the directory of the sandbox's first agency, with everything there is."""
    connections = sandbox.credentials(scene.TENANT)
    perk = connections["travelperk"]
    document = {
        "workspace": {"slug": scene.TENANT, "name": "Nordlicht Agentur"},
        "admins": [{"email": "anna@nordlicht.example", "name": "Anna Berg"}],
        "connections": {
            "hibob": connections["hibob"],
            "travelperk": {**perk, "scim_base_url": perk["base_url"] + "/api/v2/scim"},
        },
        "integrations": {KIND: ANSWERS},
    }
    file = folder / "activation.json"
    file.write_text(json.dumps(document))
    scene.manage("activate", str(file))


def sync_at_full_speed() -> None:
    """A run in this process, without the pace that we keep towards the vendors."""
    from django.core.management import call_command

    from integrations import clients

    clients.PACES = dict.fromkeys(clients.PACES, (1e6, 1_000_000, 1e6))
    try:
        call_command(*SYNC, stdout=io.StringIO())
    except SystemExit as end:
        assert end.code in CLEAN, f"the first run ended with {end.code}"


def measured_sync(sandbox: Any) -> dict[str, Any]:
    """A `sync` process of its own. HiBob's searches are POSTs and write nothing."""
    from integrations.models import RunEntry

    before, began = sandbox.world.journal.count("travelperk").unsafe, time.monotonic()
    out, memory = peak(*SYNC)
    answer = json.loads(out)
    return {
        "seconds": round(time.monotonic() - began, 1),
        "calls": sum(answer["api_calls"].values()),
        "writes": sandbox.world.journal.count("travelperk").unsafe - before,
        "rows": RunEntry.objects.filter(run=answer["run"]).count(),
        "memory": memory,
    }


def peak(*arguments: str) -> tuple[str, float]:
    """Output of a management command and the peak resident memory of its process, in MiB."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.hibob_no_change", "--measured", *arguments],
        cwd=scene.ROOT, text=True, capture_output=True, check=True,
    )  # fmt: skip
    out, _line, memory = done.stdout.rstrip("\n").rpartition("\n")
    return out, float(memory)


def measured(arguments: list[str]) -> int:
    """Run a management command as a child of its own and print its peak memory behind it."""
    code = subprocess.run([sys.executable, "manage.py", *arguments], cwd=scene.ROOT).returncode
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"\n{memory:.1f}\n")
    return 0 if code in CLEAN else code


def state_of(sandbox: Any) -> Any:
    from sandbox.travelperk.state import TravelPerkState

    return sandbox.world.state(scene.TENANT, TravelPerkState)


def change_titles(sandbox: Any, number: int) -> None:
    """Another job title for people who have a profile."""
    from sandbox.hibob import edit
    from sandbox.hibob.state import HiBobState

    hibob = sandbox.world.state(scene.TENANT, HiBobState)
    edit.add_item(hibob, "title", "Orakel")
    known = [u.external_id for u in state_of(sandbox).users.values() if u.active and u.external_id]
    for id in [one for one in known if one in hibob.employees][:number]:
        edit.change(hibob, id, **{"work.title": "Orakel"})


def least_calls(sandbox: Any) -> int:
    """People, ids first and then in two searches of 1,000; three lists; TravelPerk's pages."""
    from sandbox.hibob.state import HiBobState

    state = state_of(sandbox)
    people = len(sandbox.world.state(scene.TENANT, HiBobState).employees)
    lists = (state.users, state.cost_centers, state.companies, state.groups)
    searches, named_lists = 1 + math.ceil(people / 1000), 3
    return searches + named_lists + sum(math.ceil(len(rows) / PAGE) for rows in lists)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measured"]:
        sys.exit(measured(sys.argv[2:]))
    sys.exit(main())
