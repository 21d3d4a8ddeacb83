"""An agency whose projects are synced for real: commands, HTTP, the sandbox; only time is ours.

Time stands at noon of TODAY in Berlin and runs on from there; a sleep moves it instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from integrations.models import Integration, Link, PendingDeletion, Problem, RunEntry, SyncRun
from integrations.runner import quiet, run_to_end
from integrations.services import request_run
from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.faults import Fault
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.journal import Entry
from sandbox.server import Sandbox
from tests.absences.conftest import Result, clock, command, unhurried
from tests.projects.systems import ANNA, BEN, CARL, ONLY_HQ, TENANT, Systems

__all__ = ["clock", "unhurried"]  # fixtures

TODAY = date(2026, 6, 17)
NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)
KIND = "hellohq-awork"


class Agency(Systems):
    """The workspace, both systems behind it, and what a person may do to any of them."""

    def __init__(
        self, sandbox: Sandbox, path: Path, clock: time_machine.Traveller, tenant: str = TENANT
    ) -> None:
        super().__init__(sandbox, tenant)
        self.path, self.clock = path, clock

    def wait(self, **length: float) -> None:
        self.clock.shift(timedelta(**length))

    # -- the product ---------------------------------------------------------------------------

    def document(self, **answers: Any) -> dict[str, Any]:
        """The activation file; `answers` are the integration's, or `connections`."""
        connections = self.sandbox.credentials(self.tenant)
        for vendor, more in answers.pop("connections", {}).items():
            connections[vendor] |= more
        return {
            "workspace": {"slug": self.tenant, "name": "Nordlicht Agentur", "language": "en"},
            "admins": [{"email": "anna@nordlicht.example", "name": "Anna Berg"}],
            "connections": connections,
            "integrations": {KIND: {"notices_confirmed": True, **answers}},
        }

    def try_to_activate(self, **answers: Any) -> Result:
        file = self.path / "activation.json"
        file.write_text(json.dumps(self.document(**answers)))
        return command("activate", str(file))

    def activate(self, **answers: Any) -> None:
        done = self.try_to_activate(**answers)
        assert done.exit == 0, done

    def sync(self, *flags: str) -> Result:
        return command("sync", "--workspace", self.tenant, "--integration", KIND, *flags)

    def synced(self, *flags: str, exit: int = 0) -> Result:
        result = self.sync(*flags)
        assert result.exit == exit, (result, self.history(), self.problems())
        return result

    def polled(self) -> SyncRun:
        """A brief run, as the schedule makes one: only what changed is read."""
        asked = request_run(self.integration, trigger=SyncRun.Trigger.SCHEDULE)
        return run_to_end(asked.pk, quiet)

    def release(self, run: int, *flags: str) -> Result:
        return command("release", str(run), *flags)

    def preflight(self) -> dict[str, dict[str, Any]]:
        """The lines of the integration by code."""
        answer = command("preflight", "--workspace", self.tenant).answer
        (one,) = (part for part in answer["integrations"] if part["integration"] == KIND)
        return {line["code"]: line for line in one["checks"]}

    @property
    def integration(self) -> Integration:
        return Integration.objects.get(kind=KIND, workspace__slug=self.tenant)

    def entries(self, run: int | None = None) -> list[RunEntry]:
        """The history of one run, of the last one by default."""
        number = run or SyncRun.objects.latest("id").pk
        return list(RunEntry.objects.filter(run=number).order_by("id"))

    def history(self, run: int | None = None) -> list[tuple[str, str, str]]:
        return sorted((e.stream, e.action, e.reason) for e in self.entries(run))

    def problems(self) -> dict[str, list[str]]:
        """Codes of the open problems by label."""
        found: dict[str, list[str]] = {}
        for row in Problem.objects.order_by("label", "code"):
            found.setdefault(row.label, []).append(row.code)
        return found

    def pending(self) -> list[str]:
        """Labels of the removals that wait for approval."""
        rows = PendingDeletion.objects.filter(decision="pending").order_by("link__label")
        return [row.link.label for row in rows]

    def links(self, stream: str = "tasks") -> dict[str, str]:
        """awork ids by helloHQ ids."""
        found = Link.objects.filter(integration=self.integration, stream=stream)
        ids = found.values_list("left_id", "right_id")
        return {left: right for left, right in ids if left and right}

    def copy_of(self, task: int) -> str:
        """The awork id of the counterpart of a helloHQ task or phase (a phase's is
        "<project>/<list>")."""
        return self.links()[str(task)]

    def original_of(self, task: str) -> int:
        """The helloHQ id of the counterpart of an awork task or list."""
        (found,) = [left for left, right in self.links().items() if right == task]
        return int(found)

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


def writes(seen: list[Entry], vendor: str = "") -> list[tuple[str, str]]:
    """What was written, at one vendor or at both."""
    return [(e.method, e.path) for e in seen if e.unsafe and vendor in ("", e.vendor)]


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with time_machine.travel(NOON, tick=True):
        sandbox = Sandbox(vendors=(HELLOHQ, AWORK))
    with sandbox:
        yield sandbox


@pytest.fixture
def demo(
    db: None, running: Sandbox, clock: time_machine.Traveller, unhurried: None, tmp_path: Path
) -> Agency:
    """The demo agency with its projects, partly in awork already; not activated yet."""
    running.world.reset()
    return Agency(running, tmp_path, clock)


@pytest.fixture
def empty(demo: Agency) -> Agency:
    """People, types, statuses, clients and templates; no project, time or absence."""
    demo.clear_out()
    return demo


@pytest.fixture
def agency(empty: Agency) -> Agency:
    """One helloHQ project, `001 Website`; awork has nothing but its template. Not activated.

    Konzeption: Kick-off, Briefing · Launch: Abnahme durch den Kunden (all the template's) ·
    Design: Screens (Startseite: Anna; Unterseiten: Anna 10 h, Ben 2 h), Moodboard (Carl and
    somebody whom awork does not know) · Administration.
    """
    fill(empty)
    return empty


def fill(agency: Systems) -> int:
    """What `agency` says; the project's id."""
    project = agency.hq_project("Website", "001")
    admin = agency.hq_task(project, "Administration")
    agency.hq_task(project, "Administration", admin, type="Standard", ChargeType="NotChargeable")
    design = agency.hq_task(project, "Design", first="2026-06-15", last="2026-07-31")
    screens = agency.hq_task(
        project, "Screens", design, type="Design", status="In Arbeit", first="2026-06-15",
        last="2026-07-10", text="Drei Varianten\n\n- hell\n- dunkel",
    )  # fmt: skip
    agency.hq_task(
        project, "Startseite", screens, type="Design", status="Offen", hours=8.0,
        first="2026-06-15", last="2026-06-19", people=[ANNA],
    )  # fmt: skip
    agency.hq_task(
        project, "Unterseiten", screens, type="Design", status="Offen", hours=12.0,
        first="2026-06-22", last="2026-07-10", people={ANNA: 10.0, BEN: 2.0},
    )  # fmt: skip
    agency.hq_task(
        project, "Moodboard", design, type="Konzeption", status="Fertig", hours=4.5,
        people=[CARL, ONLY_HQ],
    )  # fmt: skip
    for name in ("Kick-off", "Briefing", "Abnahme durch den Kunden"):
        agency.hq_edit(agency.hq_named(name, project), type="Konzeption", status="Offen")
    return project
