"""An installed kind whose checklist is scripted, and the activation file of an agency."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from absences.mapping import store_mapping
from absences.settings import PersonioHelloHqSettings
from integrations import kinds
from integrations.clients import Clients
from integrations.kinds import Check, IntegrationKind
from integrations.models import Integration

KIND = "personio-hellohq"


class ScriptedKind(IntegrationKind):
    slug = KIND
    title = "Personio → helloHQ"
    left_vendor, right_vendor = "personio", "hellohq"
    interval = timedelta(hours=2)
    settings_model = PersonioHelloHqSettings

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.error: Exception | None = None

    def configure(self, integration: Integration, answers: BaseModel) -> None:
        assert isinstance(answers, PersonioHelloHqSettings)
        integration.settings = {"sync_start_date": answers.sync_start_date.isoformat()}
        integration.save(update_fields=["settings"])
        store_mapping(integration, answers.mapping, [])

    def blueprint(self, integration: Integration, clients: Clients, *, full: bool) -> Any:
        raise NotImplementedError

    def preflight(self, integration: Integration, clients: Clients) -> Sequence[Check]:
        if self.error:
            raise self.error
        return self.checks


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> ScriptedKind:
    scripted = ScriptedKind()
    monkeypatch.setattr(kinds, "_kinds", {KIND: scripted})
    return scripted


@pytest.fixture(autouse=True)
def english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


FILE: dict[str, Any] = {
    "workspace": {
        "slug": "nordlicht",
        "name": "Nordlicht Agentur",
        "hellohq_url": "https://nordlicht.hellohq.io",
        "time_zone": "Europe/Berlin",
        "language": "de",
    },
    "admins": [{"email": "Anna@Nordlicht.example", "name": "Anna Berg"}],
    "viewers": [{"email": "vera@nordlicht.example", "name": "Vera"}],
    "connections": {
        "personio": {"client_id": "papi-0001", "client_secret": "geheim-1"},
        "hellohq": {"api_token": "geheim-2", "api_token_v2": ""},
    },
    "integrations": {
        KIND: {
            "sync_start_date": "2026-01-01",
            "absence_mapping": {"Holiday": "Urlaub, Paid vacation", "Krankheit": "Krank"},
            "enabled_by": "anna@nordlicht.example",
            "notices_confirmed": True,
            "guard": {"count": 7, "percent": 20},
        }
    },
}


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(FILE)


@pytest.fixture
def as_file(tmp_path: Path) -> Callable[[object], str]:
    """Writes an object (or a text) to a file and tells its name."""

    def write(content: object) -> str:
        path = tmp_path / "activation.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write
