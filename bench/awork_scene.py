"""What the benches of hellohq-awork share; see scene.py."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import scene

KIND = "hellohq-awork"
SYNC = ("sync", "--workspace", scene.TENANT, "--integration", KIND, "--json")
CLEAN = (0, 1)
"""Exit codes of a run that went through; some of the demo's records are reported."""
FREE = {"count": 1_000_000, "percent": 100}
"""No guard (G9)."""
HISTORY = timedelta(days=120)
"""How far back time entries are transferred: all there are."""
VENDORS = ("hellohq", "awork")


def activate(sandbox: Any, folder: Path, **answers: Any) -> None:
    """Activate the integration of the sandbox's first agency."""
    connections = sandbox.credentials(scene.TENANT)
    start = sandbox.world.clock.today() - HISTORY
    usual = {"notices_confirmed": True, "time_entries_start_date": start.isoformat()}
    document = {
        "workspace": {"slug": scene.TENANT, "name": "Nordlicht Agentur"},
        "admins": [{"email": "anna@nordlicht.example", "name": "Anna Berg"}],
        "connections": {vendor: connections[vendor] for vendor in VENDORS},
        "integrations": {KIND: {**usual, **answers}},
    }
    file = folder / "activation.json"
    file.write_text(json.dumps(document))
    scene.manage("activate", str(file))


def lift_our_pace() -> None:
    """This process asks the vendors as fast as it can."""
    from integrations import clients

    clients.PACES = dict.fromkeys(clients.PACES, (1e6, 1_000_000, 1e6))


def integration() -> Any:
    from integrations.models import Integration

    return Integration.objects.get(kind=KIND, workspace__slug=scene.TENANT)


def sync_here(*flags: str) -> dict[str, Any]:
    """A run in this process, at full speed; what it printed."""
    from django.core.management import call_command

    lift_our_pace()
    out = io.StringIO()
    try:
        call_command(*SYNC, *flags, stdout=out)
    except SystemExit as end:
        assert end.code in CLEAN, f"the run ended with {end.code}: {out.getvalue()}"
    return dict(json.loads(out.getvalue()))


def poll_here() -> dict[str, Any]:
    """A brief run in this process, as the schedule makes one."""
    from integrations.models import SyncRun
    from integrations.runner import quiet, run_to_end
    from integrations.services import request_run

    lift_our_pace()
    run = run_to_end(request_run(integration(), trigger=SyncRun.Trigger.SCHEDULE).pk, quiet)
    return {
        "run": run.pk, "status": run.status, "counts": run.counts, "reasons": run.reasons,
        "api_calls": run.api_calls,
    }  # fmt: skip


# -- runs in processes of their own


def process(arguments: list[str]) -> int:
    """The child: a run, its answer and its peak memory in MiB as one JSON object."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    answer = poll_here() if "--brief" in arguments else sync_here(*arguments)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"answer": answer, "memory": round(memory, 1)}) + "\n")
    return 0


def start(module: str, *flags: str, quiet: bool = True) -> subprocess.Popen[str]:
    """A run in a process of its own, with a process group of its own."""
    out = subprocess.DEVNULL if quiet else subprocess.PIPE
    command = [sys.executable, "-m", module, "--process", *flags]
    return subprocess.Popen(command, cwd=scene.ROOT, start_new_session=True, stdout=out, text=True)


@dataclass(frozen=True)
class Measured:
    """`paths`: requests by method and path, ids taken out."""

    answer: dict[str, Any]
    seconds: float
    memory: float
    calls: int
    unsafe: int
    rows: int
    paths: Counter[str]


def measured(sandbox: Any, module: str, *flags: str) -> Measured:
    """A run in a process of its own, and what it asked for."""
    from integrations.models import RunEntry

    journal = sandbox.world.journal
    before, last = journal.counts(), _last(journal)
    began = time.monotonic()
    child = start(module, *flags, quiet=False)
    out, _ = child.communicate()
    assert child.returncode == 0, f"the run ended with {child.returncode}"
    told, after = json.loads(out.splitlines()[-1]), journal.counts()
    return Measured(
        answer=told["answer"],
        seconds=round(time.monotonic() - began, 1),
        memory=told["memory"],
        calls=sum(after[v].requests - _of(before, v, "requests") for v in after),
        unsafe=sum(after[v].unsafe - _of(before, v, "unsafe") for v in after),
        rows=RunEntry.objects.filter(run=told["answer"]["run"]).count(),
        paths=Counter(spoken(entry) for entry in journal.entries(after=last)),
    )


def _last(journal: Any) -> int:
    seen = journal.entries()
    return seen[-1].number if seen else 0


def _of(counts: Any, vendor: str, name: str) -> int:
    return getattr(counts[vendor], name) if vendor in counts else 0


def spoken(entry: Any) -> str:
    """A request without the ids in its path."""
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", entry.path)
    path = re.sub(r"\(\d+\)", "(<id>)", path)
    return f"{entry.vendor} {entry.method} {path}"


PER_TASK = re.compile(r"/(tasks|timeentries)/<id>|/ProjectTasks\(<id>\)|/UserReportings\(<id>\)")
PER_PROJECT = re.compile(r"/projects/<id>|/Projects\(<id>\)")


def per_task(paths: Counter[str]) -> int:
    """Reads of single tasks, entries, or what hangs on one."""
    return sum(n for path, n in paths.items() if PER_TASK.search(path))


def per_project(paths: Counter[str]) -> int:
    return sum(n for path, n in paths.items() if PER_PROJECT.search(path))


def systems(sandbox: Any) -> Any:
    from tests.projects.systems import Systems

    return Systems(sandbox)


def differences(sandbox: Any) -> list[str]:
    """What is not equal, by the oracle of the tests."""
    from tests.projects.laws import retired
    from tests.projects.oracle import Answers, differences

    start_date = sandbox.world.clock.today() - HISTORY
    answers = Answers(entries_from=start_date, retired=retired(integration()))
    return differences(systems(sandbox), answers)


def complain(lines: list[str], most: int = 40) -> None:
    for line in lines[:most]:
        sys.stdout.write(f"  {line}\n")
    if len(lines) > most:
        sys.stdout.write(f"  … and {len(lines) - most} more\n")
