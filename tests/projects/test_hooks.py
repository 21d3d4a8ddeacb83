"""awork's webhook: registered by us, kept as it shall be, delivering for real (A16)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from cryptography.fernet import Fernet
from django.db import connection, transaction
from pytest_django.live_server_helper import LiveServer

from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.gateway import Gateway
from integrations.engine.lease import claim
from integrations.engine.run import work
from integrations.engine.stream import Source
from integrations.models import (
    Connection,
    Integration,
    Link,
    Problem,
    RunEntry,
    StagedPage,
    SyncRun,
)
from integrations.remote import Page
from integrations.vendors.awork.client import open_awork
from integrations.vendors.awork.records import Account as AworkAccount
from integrations.vendors.budget import LocalBudget
from projects.hints import Hints, pending, served
from projects.hooks import Registration
from projects.models import Hint, Hook
from projects.settings import HelloHqAworkSettings
from projects.words import AW_ME, WEBHOOKS
from sandbox.awork import edit
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.projects.events import TENANT, deliver, make_integration

PUBLIC = "https://sync.example.test"
pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    return make_integration()


class Desk:
    """The webhook's stream alone, worked by the engine against the sandbox."""

    def __init__(self, sandbox: Sandbox, integration: Integration) -> None:
        self.sandbox, self.integration = sandbox, integration
        self.answers = HelloHqAworkSettings()
        Connection.objects.create(
            workspace=integration.workspace, vendor="awork", base_url=sandbox.urls["awork"]
        )

    @property
    def awork(self) -> AworkState:
        return self.sandbox.world.state(TENANT, AworkState)

    @property
    def hook(self) -> Hook:
        return Hook.objects.get(integration=self.integration)

    @property
    def uri(self) -> str:
        return f"{PUBLIC}/hooks/awork/{self.hook.token}/"

    def open(self, run: SyncRun, gateway: Gateway) -> Blueprint:
        client = open_awork(
            f"awork-key-{TENANT}", self.sandbox.urls["awork"], gate=gateway, count=gateway.count,
            budget=LocalBudget(1e6, 1_000_000, vendor="awork"), allow_private=True,
        )  # fmt: skip
        webhook = Registration.of(run.integration, client, self.answers)

        def me(cursor: str) -> Iterator[Page[AworkAccount]]:
            yield Page([client.directory.me()])

        return Blueprint(
            streams=[webhook.stream()],
            sources=lambda stale: [
                Source(AW_ME, "awork", AworkAccount, me, repr),
                *webhook.sources(),
            ],
            account=lambda reads, world: Account({}, {}),
            admit=list,
            learn=lambda reads, changes: webhook.learn(reads),
        )

    def slice(self, **fields: Any) -> SyncRun:
        unfinished = self.integration.runs.filter(status__in=SyncRun.UNFINISHED).first()
        given = {"trigger": "command", **fields}
        run = unfinished or SyncRun.objects.create(integration=self.integration, **given)
        lease = claim(run.pk, "worker")
        assert lease is not None
        work(run.pk, lease, self.open, lambda progress: None, lambda: False)
        return SyncRun.objects.get(pk=run.pk)

    def run(self, status: str = "succeeded", **fields: Any) -> list[tuple[str, str]]:
        """Run to the end; (action, reason) of its history."""
        run = self.slice(**fields)
        assert (run.status, run.error_code) == (status, ""), (run.error_detail, run.reasons)
        rows = RunEntry.objects.filter(run=run).order_by("id")
        return list(rows.values_list("action", "reason"))

    def webhooks(self) -> list[Row]:
        return list(self.awork.webhooks)

    def one(self) -> Row:
        (row,) = self.awork.webhooks
        return row

    def permit(self, *areas: str) -> None:
        more = {"permissions": self.awork.key.permissions | set(areas)}
        edit.update_workspace(self.awork, "workspace", more)

    def forbid(self, *areas: str) -> None:
        left = self.awork.key.permissions - set(areas)
        edit.update_workspace(self.awork, "workspace", {"permissions": left})

    @contextmanager
    def fault(self, kind: Any, **options: Any) -> Iterator[Fault]:
        fault = self.sandbox.world.faults.add(Fault(kind, vendor="awork", **options))
        try:
            yield fault
        finally:
            self.sandbox.world.faults.remove(fault.id)


@pytest.fixture
def desk(running: Sandbox, integration: Integration, unhurried: None, settings: Any) -> Desk:
    running.world.reset()
    settings.PUBLIC_URL = PUBLIC
    return Desk(running, integration)


def register_by_hand(awork: AworkState, uri: str, **more: Any) -> Row:
    """A webhook of somebody else."""
    row = {
        "name": "Zapier", "uri": uri, "events": "task_added", "isActive": True,
        "onlyTriggerForMainEntityChanges": False, "authenticationType": "none",
        "authentication": None, "receiverType": "custom", "lastFailureReason": None,
    }  # fmt: skip
    return awork.webhooks.add(awork.born({**row, **more}, edit.acting(awork)))


def test_a16_the_webhook_is_registered_once_with_its_secret(desk: Desk) -> None:
    assert desk.run() == [("create", "")]
    row = desk.one()
    assert row["uri"] == desk.uri
    assert row["isActive"] and row["onlyTriggerForMainEntityChanges"]
    assert row["authentication"] == f"Authorization=Bearer {desk.hook.secret}"
    assert {"task_updated", "timetracking_deleted", "project_updated"} <= set(
        row["events"].split(",")
    )
    assert desk.hook.api_user == desk.awork.key.user
    assert desk.run() == []
    assert desk.one() == row


def test_a16_only_what_is_wanted_and_known_to_awork_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ["task_added", "absence_added", "surprise", "project_deleted"]
    types = "integrations.vendors.awork.webhooks.Webhooks.event_types"
    monkeypatch.setattr(types, lambda self: known)
    desk.run()
    assert desk.one()["events"] == "project_deleted,task_added"
    desk.answers = HelloHqAworkSettings.model_validate(
        {"tasks_and_time_entries": False, "absences": True, "absence_start_date": "2026-01-01"},
        strict=False,
    )
    assert desk.run() == [("update", "")]
    assert desk.one()["events"] == "absence_added,project_deleted"


def test_a16_a_paused_webhook_is_switched_on_again_and_history_says_so(desk: Desk) -> None:
    desk.run()
    row = desk.one()
    row.update(isActive=False, lastFailureReason="HTTP 500")
    assert desk.run() == [("update", "drift_restored")]
    (entry,) = RunEntry.objects.filter(action="update")
    assert (entry.before, entry.after) == ({"active": False}, {"active": True})
    assert desk.one()["id"] == row["id"]
    assert desk.one()["isActive"] and not desk.one()["lastFailureReason"]
    assert desk.one()["authentication"] == f"Authorization=Bearer {desk.hook.secret}"
    assert desk.run() == []


@pytest.mark.parametrize(
    "edited",
    [
        {"uri": "https://elsewhere.example.test/"},
        {"events": "user_added"},
        {"onlyTriggerForMainEntityChanges": False},
        {"authenticationType": "none", "authentication": None},
    ],
)
def test_a16_a_webhook_that_was_changed_by_hand_is_restored(
    desk: Desk, edited: dict[str, Any]
) -> None:
    desk.run()
    before = dict(desk.one())
    desk.one().update(edited)
    assert desk.run() == [("update", "drift_restored")]
    assert {name: desk.one()[name] for name in edited} == {n: before[n] for n in edited}


def test_a16_a_webhook_that_was_deleted_by_hand_is_made_again(desk: Desk) -> None:
    desk.run()
    desk.awork.webhooks.remove(desk.one()["id"])
    assert desk.run() == [("create", "target_missing")]
    assert desk.one()["uri"] == desk.uri


def test_a16_without_a_public_address_the_webhook_is_removed_and_no_other(
    desk: Desk, settings: Any
) -> None:
    other = register_by_hand(desk.awork, f"{PUBLIC}/hooks/awork/somebody-else/")
    desk.run()
    assert len(desk.webhooks()) == 2
    settings.PUBLIC_URL = ""
    assert desk.run() == [("delete", "withdrawn")]
    assert desk.one() == other
    assert not Link.objects.exists()
    assert desk.run() == []
    settings.PUBLIC_URL = PUBLIC
    assert desk.run() == [("create", "")]


def test_a16_without_a_public_address_nothing_is_asked_or_kept(desk: Desk, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    before = len(desk.sandbox.world.journal.entries())
    assert desk.run() == []
    asked = [entry.path for entry in desk.sandbox.world.journal.entries()[before:]]
    assert asked == ["/api/v1/me"]
    assert not Hook.objects.exists()


def test_a16_the_webhook_moves_with_the_public_address(desk: Desk, settings: Any) -> None:
    desk.run()
    id = desk.one()["id"]
    settings.PUBLIC_URL = "https://new.example.test"
    assert desk.run() == [("update", "")]
    assert desk.one()["uri"] == f"https://new.example.test/hooks/awork/{desk.hook.token}/"
    assert desk.one()["id"] == id


def test_a16_other_peoples_webhooks_are_neither_changed_nor_kept_with_us(desk: Desk) -> None:
    foreign = [
        register_by_hand(desk.awork, "https://hooks.slack.com/T0/B0/very-secret"),
        register_by_hand(desk.awork, f"{PUBLIC}/hooks/awork/"),
    ]
    before = [dict(row) for row in foreign]
    kept: list[Any] = []
    keep_page = StagedPage.objects.create

    def note(**given: Any) -> StagedPage:
        kept.append(given["records"])
        return keep_page(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StagedPage.objects, "create", note)
        desk.run()
    assert kept and "very-secret" not in repr(kept)
    assert len(desk.webhooks()) == 3
    assert [row for row in desk.webhooks() if row["uri"] != desk.uri] == before


def test_a16_links_that_were_forgotten_lead_to_no_second_webhook(desk: Desk, settings: Any) -> None:
    desk.run()
    register_by_hand(desk.awork, desk.uri)
    Link.objects.all().delete()
    assert sorted(action for action, _reason in desk.run())[:2] == ["adopt", "delete"]
    assert desk.one()["uri"] == desk.uri
    assert desk.run() == []
    Link.objects.all().delete()
    settings.PUBLIC_URL = ""
    assert [action for action, _reason in desk.run()] == ["delete"]
    assert desk.webhooks() == []


def test_a16_polling_alone_is_enough_where_awork_refuses_webhooks(desk: Desk) -> None:
    desk.forbid("config")
    assert desk.run() == []
    assert desk.webhooks() == []
    desk.permit("config")
    desk.run()
    desk.forbid("config")
    assert desk.run() == []
    desk.permit("config")
    assert desk.run() == [("adopt", "")]
    assert desk.one()["uri"] == desk.uri


def test_a16_a_key_that_may_not_write_webhooks_fails_this_record_and_not_the_run(
    desk: Desk,
) -> None:
    desk.forbid("config:write")
    assert desk.run("succeeded_with_errors") == [("create", "rejected_by_remote")]
    desk.permit("config:write")
    desk.run()
    assert desk.one()["uri"] == desk.uri
    assert not Problem.objects.exists()


def test_a16_a_list_that_could_not_be_read_changes_nothing(desk: Desk) -> None:
    desk.run()
    row = dict(desk.one())
    with desk.fault("html", path="/webhooks", times=0):
        assert desk.slice().error_code == "bad_answer"
    assert desk.webhooks() == [row]
    assert desk.run() == []


def test_a16_a_registration_whose_outcome_is_unknown_is_looked_up(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    with desk.fault("drop", method="POST", path="/webhooks$", after_commit=True):
        run = desk.slice()
    assert run.status == "queued" and run.not_before is not None
    assert len(desk.webhooks()) == 1
    clock.move_to(run.not_before + timedelta(seconds=1))
    desk.run()
    assert len(desk.webhooks()) == 1
    assert Link.objects.get(stream=WEBHOOKS).right_id == desk.one()["id"]
    clock.shift(timedelta(minutes=1))
    assert desk.run() == []


def test_i14_a_dry_run_makes_neither_a_webhook_nor_a_secret(desk: Desk) -> None:
    assert desk.run(mode="dry_run") == [("create", "")]
    assert desk.webhooks() == [] and not Hook.objects.exists()


def test_a16_the_secret_is_encrypted_and_in_no_record_text_or_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    refused = desk.fault("server_error", method="PUT", path="/webhooks/", status=400)
    with caplog.at_level(logging.DEBUG), refused:
        desk.run()
        desk.one().update(isActive=False)
        desk.run("succeeded_with_errors")
        desk.run()
    secret = desk.hook.secret
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in repr(cursor.fetchall()), table
    assert secret not in caplog.text
    assert secret not in repr(desk.hook)


def test_a16_a_secret_that_no_key_opens_is_replaced(desk: Desk) -> None:
    desk.run()
    old, id = desk.hook, desk.one()["id"]
    with connection.cursor() as cursor:
        lost = Fernet(Fernet.generate_key()).encrypt(b"lost")
        cursor.execute("UPDATE projects_hook SET secret = %s", [lost])
    assert desk.run() == [("update", "")]
    assert (desk.hook.pk, desk.one()["id"]) == (old.pk, id)
    assert desk.hook.token != old.token and desk.hook.secret != old.secret
    assert desk.one()["uri"] == desk.uri
    assert desk.one()["authentication"] == f"Authorization=Bearer {desk.hook.secret}"
    assert deliver(desk.hook).status_code == 204


# -- delivered for real ------------------------------------------------------------------------


def wait_for_courier(desk: Desk) -> None:
    """Until everything is delivered or given up."""
    deadline = time.monotonic() + 10
    while desk.awork.courier._busy:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def as_the_key(desk: Desk, method: str, path: str, form: Row) -> None:
    headers = {"Authorization": f"Bearer awork-key-{TENANT}"}
    url = f"{desk.sandbox.urls['awork']}/api/v1{path}"
    assert requests.request(method, url, json=form, headers=headers, timeout=10).ok


def codes(desk: Desk) -> list[int]:
    """What we answered to each delivery."""
    return [entry["responseCode"] for entry in desk.awork.courier.logs[desk.one()["id"]]]


@pytest.mark.django_db(transaction=True)
def test_a16_what_awork_delivers_becomes_hints_of_others_edits_only(
    desk: Desk, live_server: LiveServer, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    desk.run()
    project = next(iter(desk.awork.projects))["id"]
    task = edit.create_task(desk.awork, {"projectId": project, "name": "Von Hand"})
    wait_for_courier(desk)
    found = pending(desk.integration)
    assert (found.tasks, found.projects) == ({task["id"]}, {project})
    assert SyncRun.objects.get(trigger="webhook").status == "queued"
    edit.delete_task(desk.awork, task["id"])
    wait_for_courier(desk)
    assert Hint.objects.get(kind="task").gone
    with transaction.atomic():
        served(pending(desk.integration))
    form = {"baseType": "projecttask", "entityId": project, "name": "Von uns"}
    heard = len(codes(desk))
    as_the_key(desk, "POST", "/tasks", {**form, "plannedDuration": 0})
    wait_for_courier(desk)
    assert len(codes(desk)) > heard and set(codes(desk)) == {204}
    assert pending(desk.integration) == Hints()


@pytest.mark.django_db(transaction=True)
def test_a16_a_webhook_that_awork_paused_delivers_again_after_the_next_run(
    desk: Desk, live_server: LiveServer, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    desk.awork.courier.disorder.retry_seconds = 0.0001
    desk.run()
    project = next(iter(desk.awork.projects))["id"]
    right = desk.hook.secret
    Hook.objects.update(secret="another")
    edit.create_task(desk.awork, {"projectId": project, "name": "Verloren"})
    wait_for_courier(desk)
    assert not desk.one()["isActive"] and set(codes(desk)) == {404}
    assert not Hint.objects.exists()
    Hook.objects.update(secret=right)
    assert desk.run() == [("update", "drift_restored")]
    task = edit.create_task(desk.awork, {"projectId": project, "name": "Angekommen"})
    wait_for_courier(desk)
    assert pending(desk.integration).tasks == {task["id"]}
