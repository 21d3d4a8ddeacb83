"""Two workspaces full of data whose every text says to whom it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from absences import live
from absences.kind import PersonioHelloHq
from absences.mapping import LiveType
from absences.models import HqAbsence, MappedType
from integrations import kinds, services
from integrations.models import (
    Connection,
    Incident,
    Integration,
    Link,
    Membership,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
    Workspace,
)

KIND = "personio-hellohq"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class _Kind(PersonioHelloHq):
    """The real kind with a checklist that asks nobody."""

    def preflight(self, integration: Integration, clients: Any) -> list[kinds.Check]:
        return []


@dataclass
class Site:
    """A workspace; `mark` is in all of its texts, `personal` in those about people, `secret` in
    its credentials and `address` in its URLs."""

    mark: str
    workspace: Workspace
    admin: User
    viewer: User
    connection: Connection
    integration: Integration
    run: SyncRun
    entry: RunEntry
    problem: Problem
    pending: PendingDeletion

    @property
    def personal(self) -> str:
        return f"PERSONAL-{self.mark}"

    @property
    def secret(self) -> str:
        return f"SECRET-{self.mark}"

    @property
    def address(self) -> str:
        return f"address-{self.mark.lower()}.example"


def build(mark: str, pk: int) -> Site:
    """A workspace with one of everything, each under the primary key `pk`."""
    personal, address = f"PERSONAL-{mark}", f"https://address-{mark.lower()}.example"
    workspace = Workspace.objects.create(
        pk=pk, slug=mark.lower(), name=f"Agency {mark}", hellohq_url=address
    )
    admin = _member(workspace, pk, f"admin-{mark}@{personal}.example", "admin")
    viewer = _member(workspace, pk + 1, f"viewer-{mark}@{personal}.example", "viewer")
    connection = Connection.objects.create(
        pk=pk,
        workspace=workspace,
        vendor="personio",
        base_url=f"{address}/api",
    )
    connection.store_credentials({"client_id": f"ID-{mark}", "client_secret": f"SECRET-{mark}"})
    Connection.objects.filter(pk=pk).update(
        test_state="failed", test_detail=f"{mark}: no answer from {address}/api"
    )
    integration = Integration.objects.create(
        pk=pk,
        workspace=workspace,
        kind=KIND,
        state="active",
        enabled_by=admin,
        settings={"sync_start_date": "2026-01-01", "note": f"settings-{mark}"},
        next_run_at=NOON,
    )
    run = _run(integration, pk, mark, address, admin)
    return Site(
        mark,
        workspace,
        admin,
        viewer,
        connection,
        integration,
        run,
        *_records(integration, run, pk, mark, personal),
    )


def _member(workspace: Workspace, pk: int, name: str, role: str) -> User:
    user = User.objects.create(pk=pk, username=name, email=name, is_staff=True)
    Membership.objects.create(pk=pk, workspace=workspace, user=user, role=role)
    return user


def _run(integration: Integration, pk: int, mark: str, address: str, user: User) -> SyncRun:
    return SyncRun.objects.create(
        pk=pk,
        integration=integration,
        trigger="manual",
        status="held",
        requested_by=user,
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=90),
        counts={"created": 2, "skipped": 1, "held": 1, "unchanged": 7},
        reasons={"unmapped_type": 1},
        api_calls={"personio": 3},
        error_code="guard",
        error_detail=f"PERSONAL-{mark} at {address}/api",
    )


def _records(
    integration: Integration, run: SyncRun, pk: int, mark: str, personal: str
) -> tuple[RunEntry, Problem, PendingDeletion]:
    link = Link.objects.create(
        pk=pk,
        integration=integration,
        stream="absences",
        left_id=f"left-{mark}",
        right_id=f"right-{mark}",
        label=personal,
    )
    MappedType.objects.create(
        pk=pk,
        integration=integration,
        hq_absence=HqAbsence.VACATION,
        name=f"{personal} leave",
        name_key=f"{personal} leave".casefold(),
    )
    Incident.objects.create(pk=pk, integration=integration, cause=mark, opened_at=NOON, run=run)
    entry = RunEntry.objects.create(
        pk=pk,
        run=run,
        stream="absences",
        action="update",
        state="done",
        reason="widened",
        left_id=f"left-{mark}",
        right_id=f"right-{mark}",
        label=f"{personal} Erika",
        before={"kind": f"{personal}-sick"},
        after={"kind": f"{personal}-holiday"},
        detail={"note": personal},
    )
    problem = Problem.objects.create(
        pk=pk,
        integration=integration,
        stream="absences",
        record_id=f"left-{mark}",
        code="unmapped_type",
        severity="skip",
        label=f"{personal} Max",
        detail={"type_id": "77", "type_name": f"{personal} type"},
    )
    pending = PendingDeletion.objects.create(
        pk=pk,
        integration=integration,
        link=link,
        run=run,
        stream="absences",
        label=f"{personal} Jonas",
        fingerprint="f",
    )
    return entry, problem, pending


@dataclass
class Calls:
    """What the pages asked the services for: (name, arguments, keyword arguments)."""

    made: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _args, _kwargs in self.made]


@dataclass
class _Result:
    ok: bool = True
    code: str = ""
    message: str = "fine"


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds._kinds, KIND, _Kind())


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Replaces every service, so that no page really runs anything."""
    calls = Calls()

    def record(name: str, answer: Any = None) -> Callable[..., Any]:
        def fake(*args: Any, **kwargs: Any) -> Any:
            calls.made.append((name, args, kwargs))
            return answer

        return fake

    for name in ("request_run", "pause", "resume", "activate", "disable", "decide_deletions"):
        monkeypatch.setattr(services, name, record(name))
    monkeypatch.setattr(services, "test_connection", record("test_connection", _Result()))
    monkeypatch.setattr(services, "run_preflight", record("run_preflight", []))
    return calls


@pytest.fixture(autouse=True)
def types(monkeypatch: pytest.MonkeyPatch) -> list[LiveType]:
    """Personio's live absence types; change the list to change Personio."""
    found = [
        LiveType("1", "a", "Urlaub", "day"),
        LiveType("2", "b", "Krankheit", "day"),
        LiveType("3", "c", "Reise, dienstlich", "day"),
    ]
    monkeypatch.setattr(live, "live_types", lambda integration, **kwargs: found)
    return found


@pytest.fixture
def own(db: None) -> Site:
    return build("OWNSITE", 5001)


@pytest.fixture
def foreign(db: None) -> Site:
    return build("FOREIGNSITE", 9001)


@pytest.fixture
def support(db: None) -> User:
    return User.objects.create(username="support", is_staff=True, is_superuser=True)


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create(username="stranger", is_staff=True)


@pytest.fixture
def login() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(user)
        return client

    return log_in
