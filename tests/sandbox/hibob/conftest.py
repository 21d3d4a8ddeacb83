"""A client that talks to HiBob's emulator as one tenant's service user."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hibob.seed import credentials
from sandbox.hibob.state import Employee, HiBobState
from sandbox.server import Sandbox
from tests.sandbox.conftest import Client

Json = dict[str, Any]
SEARCH = "/v1/people/search"


class HiBob(Client):
    def __init__(self, sandbox: Sandbox, tenant: str = "nordlicht") -> None:
        super().__init__(sandbox, "hibob", tenant)
        given = credentials(tenant)
        del self.session.headers["Authorization"]
        self.session.auth = (given["service_user_id"], given["token"])

    @property
    def state(self) -> HiBobState:
        return self.sandbox.world.state(self.tenant, HiBobState)

    def search(self, *fields: str, inactive: bool = True, **body: Any) -> list[Json]:
        given = {"fields": ["root.id", *fields], "showInactive": inactive, **body}
        answer = self("POST", SEARCH, json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()["employees"]

    def person(self, id: str, *fields: str, **body: Any) -> Json:
        answer = self("POST", f"/v1/people/{id}", json={"fields": [*fields], **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def employed(self) -> Employee:
        """Somebody ordinary, who reports to somebody."""
        return [e for e in self.state.employees.values() if e.get("work.manager")][5]


@pytest.fixture
def bob(sandbox: Sandbox) -> HiBob:
    return HiBob(sandbox)
