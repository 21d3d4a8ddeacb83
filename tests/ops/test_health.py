"""/healthz and the check of a production's keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client, override_settings
from django.utils import timezone

from integrations import health
from integrations.models import Integration, SyncRun
from tests.ops.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Integration]
LONG = health.PATIENCE + timedelta(seconds=1)


def test_all_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "database": True, "oldest_waiting_seconds": 0, "oldest_overdue_seconds": 0,
    }  # fmt: skip
    assert "no-store" in answer["Cache-Control"]


def test_no_worker(client: Client, make_integration: Make) -> None:
    run = SyncRun.objects.create(integration=make_integration(next_run_at=None), trigger="schedule")
    assert client.get("/healthz").status_code == 200
    SyncRun.objects.filter(pk=run.pk).update(queued_at=timezone.now() - LONG)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("fields", "waiting"),
    [
        ({"status": "queued", "not_before": NOW + timedelta(hours=1)}, 0),
        ({"status": "queued", "not_before": NOW - timedelta(minutes=2)}, 120),
        ({"status": "running", "lease_until": NOW + timedelta(seconds=20)}, 0),
        ({"status": "running", "lease_until": NOW - timedelta(seconds=20)}, 20),
        ({"status": "failed", "finished_at": NOW - timedelta(hours=1)}, 0),
    ],
)
def test_only_what_is_due_and_untouched_counts_as_waiting(
    make_integration: Make, fields: dict[str, Any], waiting: int
) -> None:
    SyncRun.objects.create(
        integration=make_integration(next_run_at=None), trigger="schedule", **fields
    )
    assert health.measure(NOW).oldest_waiting_seconds == waiting


def test_no_beat(make_integration: Make) -> None:
    make_integration(next_run_at=NOW - LONG)
    make_integration("paused", state="paused", next_run_at=NOW - 2 * LONG)
    found = health.measure(NOW)
    assert found.oldest_overdue_seconds == LONG.total_seconds()
    assert not found.ok


def test_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(now: object) -> None:
        raise DatabaseError("secret of the server")

    monkeypatch.setattr(health, "_oldest_waiting", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert "secret" not in answer.content.decode()


@override_settings(EMBEDDED=False, GENERATED_KEYS=["FERNET_KEYS"])
def test_a_deployment_without_keys_of_its_own_is_refused() -> None:
    (error,) = health.check_keys()
    assert (error.id, error.is_serious()) == ("integrations.E001", True)
    assert "FERNET_KEYS" in error.msg


@override_settings(EMBEDDED=True, GENERATED_KEYS=["SECRET_KEY", "FERNET_KEYS"])
def test_the_embedded_default_makes_its_own_keys() -> None:
    assert health.check_keys() == []
