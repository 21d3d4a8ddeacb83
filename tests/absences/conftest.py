"""An agency whose absences are synced for real: commands, HTTP, the sandbox; only time is ours.

Time stands at noon of TODAY in Berlin and runs on from there; a sleep moves it instead.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from werkzeug.wrappers import Request, Response

from absences.mapping import current_mapping, store_mapping
from integrations import clients
from integrations.engine import lease
from integrations.models import (
    Connection,
    Integration,
    Link,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
)
from integrations.vendors import http
from integrations.vendors.awork import projects as awork_projects
from integrations.vendors.personio import client as personio_client
from sandbox.faults import Fault
from sandbox.hellohq import edit as hq_edit
from sandbox.hellohq.state import HqState
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.http import VendorApp
from sandbox.journal import Entry
from sandbox.personio import edit as personio_edit
from sandbox.personio.state import PersonioState
from sandbox.personio.vendor import VENDOR as PERSONIO
from sandbox.server import Sandbox

TODAY = date(2026, 6, 17)
NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)
START = "2026-01-01"
TENANT = "nordlicht"
KIND = "personio-hellohq"
MAPPING = {
    "Holiday": "Urlaub",
    "Sickness": "Krankheit",
    "Child sick": "Kind krank",
    "Remote work": "Home-Office",
    "Overtime compensation": "Überstundenausgleich",
    "Special leave": 'Sonderurlaub, "Umzug, privat"',
    "Parental leave": "Elternzeit",
    "Maternity leave": "Mutterschutz",
    "Advanced education": "Fortbildung",
    "Trade school": "Berufsschule",
    "Unpaid leave": "Unbezahlter Urlaub",
    "Unpaid illness (>6 weeks)": "Krankheit ohne Lohnfortzahlung",
    "Personal reasons": "Arzttermin",
    "Corporate reasons": "Betriebsausflug",
}
"""Everything but Sabbatical."""

# Employees of the small agency; their users in helloHQ are 4701, 4702, …
ANNA, BEN, CARL = 1001, 1002, 1003
LEFT, HR_ONLY, DEACTIVATED, TWICE, REUSED, PART_TIME, SPELLED = range(1006, 1013)

Row = tuple[int, str, str, str]
"""An absence in helloHQ as a test names it: user, type, start, end."""


Interposed = Callable[[Any, Request, Callable[[], Response]], Response]


def user_of(employee: int) -> int:
    return employee + 3700


@dataclass(frozen=True)
class Result:
    """What a command did: its exit code and the JSON object it printed."""

    exit: int
    answer: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """Without zeros and without what stayed as it is."""
        return {n: c for n, c in self.answer["counts"].items() if c and n != "unchanged"}

    @property
    def reasons(self) -> dict[str, int]:
        return dict(self.answer["reasons"])

    @property
    def run(self) -> int:
        return int(self.answer["run"])

    @property
    def error(self) -> str:
        return str(self.answer.get("error", {}).get("code", ""))


def command(*arguments: str) -> Result:
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        code = int(end.code or 0)
    return Result(code, json.loads(out.getvalue() or "{}"))


class Agency:
    """The workspace, both systems behind it, and what a person may do to any of them."""

    def __init__(self, sandbox: Sandbox, path: Path, clock: time_machine.Traveller) -> None:
        self.sandbox, self.path, self.clock = sandbox, path, clock

    # -- the product ---------------------------------------------------------------------------

    def document(self, **changes: Any) -> dict[str, Any]:
        """The activation file; `changes` are answers of the integration or `connections`."""
        connections = self.sandbox.credentials(TENANT)
        for vendor, more in changes.pop("connections", {}).items():
            connections[vendor] = {**connections[vendor], **more}
        answers = {
            "sync_start_date": START, "absence_mapping": MAPPING, "notices_confirmed": True,
        }  # fmt: skip
        return {
            "workspace": {"slug": TENANT, "name": "Nordlicht Agentur", "language": "en"},
            "admins": [{"email": "anna@nordlicht.example", "name": "Anna Berg"}],
            "connections": connections,
            "integrations": {KIND: {**answers, **changes}},
        }

    def activate(self, **changes: Any) -> None:
        file = self.path / "activation.json"
        file.write_text(json.dumps(self.document(**changes)))
        done = command("activate", str(file))
        assert done.exit == 0, done

    def sync(self, *flags: str) -> Result:
        return command("sync", "--workspace", TENANT, "--integration", KIND, *flags)

    def synced(self, *flags: str, exit: int = 0) -> Result:
        result = self.sync(*flags)
        assert result.exit == exit, result
        return result

    def release(self, run: int, *flags: str) -> Result:
        return command("release", str(run), *flags)

    def preflight(self) -> Result:
        return command("preflight", "--workspace", TENANT)

    @property
    def integration(self) -> Integration:
        return Integration.objects.get(kind=KIND, workspace__slug=TENANT)

    def connection(self, vendor: str) -> Connection:
        return Connection.objects.get(workspace__slug=TENANT, vendor=vendor)

    def map(self, **lists: str) -> None:
        """Change the mapping as the settings page does; by API value of the helloHQ absence."""
        mapping = {**current_mapping(self.integration), **lists}
        assert not store_mapping(self.integration, mapping, []).errors

    def links(self) -> dict[str, str]:
        found = Link.objects.filter(stream="absences").values_list("left_id", "right_id")
        return dict(found)

    def entries(self, run: int | None = None) -> list[RunEntry]:
        """The history of one run, of the last one by default."""
        number = run or SyncRun.objects.latest("id").pk
        return list(RunEntry.objects.filter(run=number).order_by("id"))

    def history(self, run: int | None = None) -> list[tuple[str, str]]:
        return sorted((entry.action, entry.reason) for entry in self.entries(run))

    def problems(self) -> dict[str, list[str]]:
        """Codes of the open problems by record id."""
        found: dict[str, list[str]] = {}
        for row in Problem.objects.order_by("code"):
            found.setdefault(row.record_id.partition(":")[2], []).append(row.code)
        return found

    def pending(self) -> int:
        return PendingDeletion.objects.filter(decision="pending").count()

    # -- Personio ------------------------------------------------------------------------------

    @property
    def personio(self) -> PersonioState:
        return self.sandbox.world.state(TENANT, PersonioState)

    def type_id(self, name: str) -> int:
        return next(kind.id for kind in self.personio.types.values() if kind.name == name)

    def absence(
        self, first: str, last: str | None = "", *, who: int = ANNA, type: str = "Urlaub",
        **more: Any,
    ) -> str:  # fmt: skip
        """Enter an absence in Personio; its v1 id (v2's for hours). `last` "" is `first`."""
        given = {"employee_id": who, "type_id": self.type_id(type), "first": first, **more}
        given["last"] = first if last == "" else last
        made = personio_edit.create_absence(self.personio, given)
        return str(made["id_v2"] if made["minutes"] else made["id"])

    def edit(self, id: str, **given: Any) -> None:
        personio_edit.update_absence(self.personio, id, given)

    def delete(self, *ids: str) -> None:
        for id in ids:
            personio_edit.delete_absence(self.personio, id)

    def employee(self, id: int, **given: Any) -> None:
        personio_edit.update_employee(self.personio, str(id), given)

    def hire(self, email: str, **given: Any) -> int:
        named = {"first_name": "Neu", "last_name": "Zugang", "email": email, **given}
        return int(personio_edit.create_employee(self.personio, named)["id"])

    # -- helloHQ -------------------------------------------------------------------------------

    @property
    def hq(self) -> HqState:
        return self.sandbox.world.state(TENANT, HqState)

    def hq_rows(self) -> list[Row]:
        """All absences in helloHQ, sorted."""
        return sorted(
            (row["UserId"], row["Type"], _stamp(row["Start"]), _stamp(row["End"]))
            for row in self.hq.absences
        )

    def hq_id(self, id: str) -> str:
        """The id of the helloHQ copy; the link may know the absence by either of its ids."""
        absence = personio_edit.find_absence(self.personio, id)
        links = self.links()
        return links.get(str(absence.id)) or links[absence.id_v2]

    def hq_row(self, id: str) -> Row:
        """The helloHQ copy of a Personio absence."""
        row = self.hq.absences.get(int(self.hq_id(id)))
        assert row is not None, "its copy is gone"
        return (row["UserId"], row["Type"], _stamp(row["Start"]), _stamp(row["End"]))

    def hq_add(self, start: str, end: str, *, who: int = ANNA, type: str = "Vacation") -> str:
        """Type an absence into helloHQ by hand; `end` exclusive, as the API has it."""
        given = {"UserId": user_of(who), "Type": type, "Start": start, "End": end, "Note": "Hand"}
        return str(hq_edit.create_absence(self.hq, given)["Id"])

    def hq_edit(self, id: str, **given: Any) -> None:
        hq_edit.update_absence(self.hq, id, given)

    def hq_delete(self, id: str) -> None:
        hq_edit.delete_absence(self.hq, id)

    def user(self, id: int, **given: Any) -> None:
        hq_edit.update_user(self.hq, str(id), given)

    # -- the line between ----------------------------------------------------------------------

    @contextmanager
    def fault(self, kind: Any, **options: Any) -> Iterator[Fault]:
        """A fault; by default it hits every request that matches."""
        fault = self.sandbox.world.faults.add(Fault(kind, **{"times": 0, **options}))
        try:
            yield fault
        finally:
            self.sandbox.world.faults.remove(fault.id)

    @contextmanager
    def watched(self) -> Iterator[list[Entry]]:
        """The requests that are made meanwhile, in the list once it is over."""
        before = self.sandbox.world.journal.entries()
        after = before[-1].number if before else 0
        seen: list[Entry] = []
        yield seen
        seen += self.sandbox.world.journal.entries(after=after)

    @contextmanager
    def interposed(self, app: type[VendorApp], handle: Interposed) -> Iterator[None]:
        """`handle` answers every request of a vendor; calling `go` gives the usual answer."""
        usual = app._answer

        def answer(self: Any, request: Request, *rest: Any) -> Response:
            return handle(self, request, lambda: usual(self, request, *rest))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(app, "_answer", answer)
            yield

    def without_route(self, app: type[VendorApp], path: str) -> AbstractContextManager[None]:
        """The API answers as if it had no route that fits the regular expression `path`."""
        return self.interposed(
            app,
            lambda self, request, go: (
                self.route_not_found(request) if re.search(path, request.path) else go()
            ),
        )

    def wait(self, **length: float) -> None:
        self.clock.shift(timedelta(**length))


def _stamp(moment: datetime) -> str:
    """2026-06-17; with its time where that says something; UTC with Z."""
    if moment.tzinfo is not None:
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    return moment.date().isoformat() + ("T12" if moment.hour == 12 else "")


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with time_machine.travel(NOON, tick=True):
        sandbox = Sandbox(vendors=(PERSONIO, HELLOHQ))
    with sandbox:
        yield sandbox


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=True) as traveller:
        quick = partial(http.Clock, monotonic=lambda: time.time(), sleep=traveller.shift)
        monkeypatch.setattr(time, "sleep", traveller.shift)
        monkeypatch.setattr(http, "Clock", quick)
        monkeypatch.setattr(personio_client, "Clock", quick)
        yield traveller


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No budget of our own, no long wait for templates, which the sandbox copies at once, and a
    lease that outlives the sleeps: all have tests of theirs.

    The heartbeat rests, so that a transaction round each test is all the isolation it needs.
    """
    endless = dict.fromkeys(clients.PACES, (1e6, 1_000_000, 1e6))
    monkeypatch.setattr(clients, "PACES", endless)
    monkeypatch.setattr(clients, "_local_budgets", {})
    monkeypatch.setattr(awork_projects, "TEMPLATE_PAUSE", 0.01)
    monkeypatch.setattr(lease, "LEASE", timedelta(days=2))
    monkeypatch.setattr(lease, "BEAT_SECONDS", 1e6)


@pytest.fixture
def full_agency(
    db: None, running: Sandbox, clock: time_machine.Traveller, unhurried: None, tmp_path: Path
) -> Agency:
    """The demo agency with all its people and absences, not activated yet."""
    running.world.reset()
    return Agency(running, tmp_path, clock)


@pytest.fixture
def empty_agency(full_agency: Agency) -> Agency:
    """The demo agency's people without any absence, not activated yet."""
    full_agency.personio.absences.clear()
    for row in list(full_agency.hq.absences):
        full_agency.hq.absences.remove(row["Id"])
    return full_agency


@pytest.fixture
def agency(empty_agency: Agency) -> Agency:
    """Activated, with one absence of Carl's that stays, so that no list is ever empty."""
    empty_agency.absence("2026-12-01", who=CARL)
    empty_agency.activate()
    return empty_agency


STAYS: Row = (user_of(CARL), "Vacation", "2026-12-01", "2026-12-02")
"""The absence that `agency` begins with, as helloHQ has it after a sync."""
