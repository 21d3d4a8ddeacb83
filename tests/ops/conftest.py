from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations import services
from integrations.models import Integration, Membership, Workspace
from tests.ops.support import KIND, Installation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Makes an installation, migrated; its processes end with the test."""
    made: list[Installation] = []

    def make(**environment: str) -> Installation:
        made.append(Installation(tmp_path, **environment))
        made[-1].manage("migrate", "-v", "0")
        return made[-1]

    yield make
    for installation in made:
        installation.stop()


@pytest.fixture
def make_integration(db: None) -> Callable[..., Integration]:
    """Makes an active, due integration of a new workspace with one administrator."""

    def make(slug: str = "nordlicht", language: str = "de", **fields: Any) -> Integration:
        workspace, _new = Workspace.objects.get_or_create(
            slug=slug, defaults={"name": f"Agentur {slug}", "language": language}
        )
        admin, _new = User.objects.get_or_create(
            username=f"admin@{slug}.example", email=f"admin@{slug}.example"
        )
        Membership.objects.get_or_create(workspace=workspace, user=admin, role="admin")
        values = {
            "kind": KIND, "state": "active", "enabled_by": admin, "next_run_at": NOW,
            "settings": {"sync_start_date": "2026-01-01"},
        }  # fmt: skip
        return Integration.objects.create(workspace=workspace, **values | fields)

    return make


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs that workers were told of."""
    ids: list[int] = []
    monkeypatch.setattr(services, "wake", ids.append)
    return ids
