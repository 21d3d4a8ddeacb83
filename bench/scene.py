"""What the benches share: a throw-away installation whose workspace syncs with a sandbox.

Import it before anything of Django: it sets VAR_DIR.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TENANT, KIND, TYPE = "nordlicht", "personio-hellohq", "Urlaub"
Row = tuple[int, str, str, str]


def new_installation() -> Path:
    """An empty VAR_DIR with a migrated database; Django is set up for it in this process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ["VAR_DIR"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "config.settings"
    sys.path.insert(0, str(ROOT))
    manage("migrate", "--verbosity", "0")
    import django

    django.setup()
    return folder


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)


def activate(sandbox: Any, folder: Path, mapping: dict[str, str], start: date) -> None:
    """Activate the sandbox's agency from a file; its first run is due at once."""
    document = {
        "workspace": {"slug": TENANT, "name": "Nordlicht Agentur"},
        "admins": [{"email": "anna@nordlicht.example", "name": "Anna Berg"}],
        "connections": sandbox.credentials(TENANT),
        "integrations": {
            KIND: {"sync_start_date": start.isoformat(), "absence_mapping": mapping}
        },
    }  # fmt: skip
    file = folder / "activation.json"
    file.write_text(json.dumps(document))
    manage("activate", str(file))


def spread_absences(sandbox: Any, number: int, per_person: int, start: date) -> Counter[Row]:
    """Replace all absences in the sandbox: `number` of one to three days, `per_person` each, for
    people with exactly one active user. Returns what helloHQ has to hold in the end."""
    from sandbox.hellohq.state import HqState
    from sandbox.personio.edit import create_absence
    from sandbox.personio.state import PersonioState

    personio = sandbox.world.state(TENANT, PersonioState)
    hq = sandbox.world.state(TENANT, HqState)
    personio.absences.clear()
    for row in list(hq.absences):
        hq.absences.remove(row["Id"])
    kind = next(one.id for one in personio.types.values() if one.name == TYPE)
    people = [one for one in personio.employees.values() if one.status == "active"]
    wanted: Counter[Row] = Counter()
    for turn in range(number):
        person = people[turn // per_person]
        first = start + timedelta(days=5 * (turn % per_person))
        last = first + timedelta(days=turn % 3)
        create_absence(
            personio,
            {"employee_id": person.id, "type_id": kind, "first": first.isoformat(),
             "last": last.isoformat()},
        )  # fmt: skip
        after = last + timedelta(days=1)
        wanted[person.id + 3700, "Vacation", first.isoformat(), after.isoformat()] += 1
    return wanted


def held_by_hellohq(sandbox: Any) -> Counter[Row]:
    from sandbox.hellohq.state import HqState

    rows = sandbox.world.state(TENANT, HqState).absences
    return Counter(
        (row["UserId"], row["Type"], f"{row['Start']:%Y-%m-%d}", f"{row['End']:%Y-%m-%d}")
        for row in rows
    )


def figures(values: dict[str, Any]) -> None:
    """Print one line for people and one JSON object for scripts."""
    for name, value in values.items():
        sys.stdout.write(f"{name:<42}{value}\n")
    sys.stdout.write(json.dumps(values) + "\n")
