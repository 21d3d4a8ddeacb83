"""A company whose directory is synced for real: commands, HTTP, the sandbox; only time is ours.

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
from django.contrib.auth.models import User as Account

from integrations.models import Integration, Link, PendingDeletion, Problem, RunEntry, SyncRun
from sandbox.faults import Fault
from sandbox.hibob import edit as bob
from sandbox.hibob.state import HiBobState
from sandbox.hibob.vendor import VENDOR as HIBOB
from sandbox.journal import Entry
from sandbox.server import Sandbox
from sandbox.travelperk import edit as perk
from sandbox.travelperk.schema import TRAVELPERK
from sandbox.travelperk.state import Group, TravelPerkState, User
from sandbox.travelperk.vendor import VENDOR as TRAVELPERK_APP
from tests.absences.conftest import Result, clock, command, unhurried

__all__ = ["clock", "unhurried"]  # fixtures

TODAY = date(2026, 6, 17)
NOON = datetime(2026, 6, 17, 10, tzinfo=UTC)
KIND = "hibob-travelperk"
CONFIRMED = {"enabled": True, "override_confirmed": True}
PRO = {"plan": "pro", "approvals": CONFIRMED}
TITLE, DEPARTMENT, SITE = "work.title", "work.department", "work.site"
MANAGER, PHONE, MOBILE = "work.manager", "work.workPhone", "work.workMobile"
BIRTH, GENDER = "personal.birthDate", "home.legalGender"
PLAIN = {
    SITE: "Berlin",
    DEPARTMENT: "Kreation",
    TITLE: "Texter",
    PHONE: "+49 30 1000",
    MOBILE: "+49 170 1000",
    BIRTH: "1990-02-03",
    GENDER: "Female",
}
"""What HiBob knows of everybody unless a test says otherwise."""


def email(name: str) -> str:
    return f"{name.lower()}@firm.example"


class Firm:
    """The workspace, both systems behind it, and what a person may do to any of them.

    People go by their first name; their HiBob ids are in `ids`.
    """

    def __init__(
        self, sandbox: Sandbox, path: Path, clock: time_machine.Traveller, tenant: str = "nordlicht"
    ) -> None:
        self.sandbox, self.path, self.clock, self.tenant = sandbox, path, clock, tenant
        self.ids: dict[str, str] = {}

    # -- the product ---------------------------------------------------------------------------

    def document(self, **answers: Any) -> dict[str, Any]:
        connections = self.sandbox.credentials(self.tenant)
        perk = connections["travelperk"]
        perk["scim_base_url"] = perk["base_url"] + "/api/v2/scim"
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
        assert result.exit == exit, (result, self.history())
        return result

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

    @property
    def admin(self) -> Account:
        return Account.objects.get(username="anna@nordlicht.example")

    def entries(self, run: int | None = None) -> list[RunEntry]:
        number = run or SyncRun.objects.latest("id").pk
        return list(RunEntry.objects.filter(run=number).order_by("id"))

    def history(self, run: int | None = None) -> list[tuple[str, str, str]]:
        return sorted((e.stream, e.action, e.reason) for e in self.entries(run))

    def problems(self) -> dict[str, list[str]]:
        """Codes of the open problems by first name (or by what else the record is)."""
        names = {id: name for name, id in self.ids.items()}
        found: dict[str, list[str]] = {}
        for row in Problem.objects.order_by("code"):
            record = row.record_id.partition(":")[2].partition("/")[0]
            found.setdefault(names.get(record, record), []).append(row.code)
        return found

    def pending(self) -> list[str]:
        rows = PendingDeletion.objects.filter(decision="pending").order_by("link__label")
        return [row.link.label for row in rows]

    def links(self, stream: str = "users") -> dict[str, str]:
        found = Link.objects.filter(stream=stream).values_list("left_id", "right_id")
        return dict(found)

    # -- HiBob ---------------------------------------------------------------------------------

    @property
    def hibob(self) -> HiBobState:
        return self.sandbox.world.state(self.tenant, HiBobState)

    def hire(self, name: str, manager: str = "", address: str | None = "", **fields: Any) -> str:
        """Employ somebody; `manager` by first name, further fields by their HiBob ids."""
        given = {**PLAIN, "start": "2020-01-01", **fields}
        if manager:
            given[MANAGER] = self.ids[manager]
        mail = email(name) if address == "" else address
        key = given.pop("key", name)
        self.ids[key] = bob.hire(self.hibob, name, "Muster", mail, **given)
        return self.ids[key]

    def change(self, name: str, **fields: Any) -> None:
        bob.change(self.hibob, self.ids[name], **fields)

    def leave(self, name: str, last_day: str = "2026-06-01", ended: str | None = None) -> None:
        bob.terminate(self.hibob, self.ids[name], last_day, ended)

    def move(self, name: str, manager: str | None) -> None:
        bob.move_manager(self.hibob, self.ids[name], self.ids[manager] if manager else None)

    def hide(self, *names: str, hidden: bool = True) -> None:
        for name in names:
            bob.hide_person(self.hibob, self.ids[name], hidden=hidden)

    # -- TravelPerk ----------------------------------------------------------------------------

    @property
    def travelperk(self) -> TravelPerkState:
        return self.sandbox.world.state(self.tenant, TravelPerkState)

    def user(self, name: str) -> User:
        """The one profile that carries the person's HiBob id."""
        (found,) = [u for u in self.travelperk.users.values() if u.external_id == self.ids[name]]
        return found

    def known(self, name: str) -> bool:
        ids = {user.external_id for user in self.travelperk.users.values()}
        return self.ids[name] in ids

    def profile(self, name: str) -> dict[str, Any]:
        return facts(self.travelperk, self.user(name))

    def active(self) -> set[str]:
        """Addresses of the active users."""
        return {u.user_name for u in self.travelperk.users.values() if u.active}

    def groups(self) -> dict[str, set[str]]:
        """First names of the members by that of the manager, of the live automated groups."""
        return {
            self._name(group.approver_id): {self._name(id) for id in group.user_ids}
            for group in self.travelperk.groups.values()
            if group.origin == "automated" and not group.archived
        }

    def group(self, manager: str) -> Group:
        """The one group of a manager, archived or not."""
        (found,) = [
            g for g in self.travelperk.groups.values() if g.external_id == self.ids[manager]
        ]
        return found

    def _name(self, id: int | None) -> str:
        return self.travelperk.users[id].first_name if id else ""

    def centers(self) -> dict[str, bool]:
        """Names of the cost centers; whether they are archived."""
        return {c.name: c.archived for c in self.travelperk.cost_centers.values()}

    def companies(self) -> list[str]:
        return sorted(c.name for c in self.travelperk.companies.values() if not c.is_default)

    def invite(self, name: str, address: str = "", **attributes: Any) -> User:
        """A profile made by hand in TravelPerk."""
        return perk.create_user(
            self.travelperk, name, "Muster", address or email(name), **attributes
        )

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

    def wait(self, **length: float) -> None:
        self.clock.shift(timedelta(**length))


def writes(seen: list[Entry]) -> list[tuple[str, str]]:
    """What was written at TravelPerk; HiBob's search is a POST and a read."""
    return [(e.method, e.path) for e in seen if e.unsafe and e.vendor == "travelperk"]


def facts(state: TravelPerkState, user: User) -> dict[str, Any]:
    """A TravelPerk profile in plain words; the manager by HiBob id."""
    given = user.attributes
    extra, manager = given.get(TRAVELPERK, {}), state.users.get(user.manager or 0)
    center = state.cost_centers.get(user.cost_center or 0)
    return {
        "external_id": user.external_id,
        "email": user.user_name,
        "name": user.name,
        "active": user.active,
        "title": given.get("title") or "",
        "phone": user.phone or "",
        "birth": extra.get("dateOfBirth") or "",
        "gender": extra.get("gender") or "",
        "center": center.name if center else "",
        "company": "" if state.companies[user.company].is_default
        else state.companies[user.company].name,
        "manager": (manager.external_id or f"#{manager.id}") if manager else "",
    }  # fmt: skip


def directory_of(state: TravelPerkState) -> list[dict[str, Any]]:
    """All of TravelPerk but ids and times, for comparing two of them."""
    users = [facts(state, user) for user in state.users.values()]
    groups = [
        {
            "group": g.name, "method": g.method, "archived": g.archived, "origin": g.origin,
            "approver": state.users[g.approver_id].user_name if g.approver_id else "",
            "members": sorted(state.users[id].user_name for id in g.user_ids),
        }
        for g in state.groups.values()
    ]  # fmt: skip
    centers = [{"center": c.name, "archived": c.archived} for c in state.cost_centers.values()]
    companies = [{"company": c.name} for c in state.companies.values()]
    return sorted([*users, *groups, *centers, *companies], key=str)


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with time_machine.travel(NOON, tick=True):
        sandbox = Sandbox(vendors=(HIBOB, TRAVELPERK_APP))
    with sandbox:
        yield sandbox


@pytest.fixture
def demo(
    db: None, running: Sandbox, clock: time_machine.Traveller, unhurried: None, tmp_path: Path
) -> Firm:
    """The demo agency with all its people, not activated yet."""
    running.world.reset()
    return Firm(running, tmp_path, clock)


@pytest.fixture
def empty(demo: Firm) -> Firm:
    """Nobody in HiBob but a former employee; in TravelPerk only an administrator."""
    demo.hibob.employees.clear()
    for name in ("users", "groups", "cost_centers"):
        getattr(demo.travelperk, name).clear()
    default = demo.travelperk.default_company()
    demo.travelperk.companies = {default.id: default}
    bob.add_item(demo.hibob, "title", "Texter")
    demo.hire("Lena", **{"internal.terminationDate": "2025-03-31"})
    perk.create_user(demo.travelperk, "Reise", "Stelle", "reisen@firm.example")
    return demo


@pytest.fixture
def firm(empty: Firm) -> Firm:
    """Anna leads Ben and Emil, Ben leads Carl and Dora. Not activated yet."""
    for name, manager in (
        ("Anna", ""), ("Ben", "Anna"), ("Carl", "Ben"), ("Dora", "Ben"), ("Emil", "Anna"),
    ):  # fmt: skip
        empty.hire(name, manager)
    return empty


EVERYBODY = ("Anna", "Ben", "Carl", "Dora", "Emil")
HIERARCHY = {"Anna": {"Ben", "Emil"}, "Ben": {"Carl", "Dora"}}
