"""A client that talks to TravelPerk's emulator with one tenant's key."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from sandbox.travelperk.patch import PATCH_OP
from sandbox.travelperk.schema import CORE
from sandbox.travelperk.seed import credentials
from sandbox.travelperk.state import TravelPerkState
from tests.sandbox.conftest import Client

Json = dict[str, Any]
USERS = "/api/v2/scim/Users"


def new_user(email: str, **more: Any) -> Json:
    name = {"givenName": "Nora", "familyName": "Quill"}
    return {"schemas": [CORE], "userName": email, "name": name, "active": True, **more}


class TravelPerk(Client):
    def __init__(self, sandbox: Sandbox, tenant: str = "nordlicht") -> None:
        super().__init__(sandbox, "travelperk", tenant)
        self.session.headers["Authorization"] = f"ApiKey {credentials(tenant)['api_key']}"
        self.session.headers["Api-Version"] = "1"

    @property
    def state(self) -> TravelPerkState:
        return self.sandbox.world.state(self.tenant, TravelPerkState)

    def create(self, email: str = "nora.quill@nordlicht.example", **more: Any) -> Json:
        answer = self("POST", USERS, json=new_user(email, **more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def user(self, id: str) -> Json:
        return self.get(f"{USERS}/{id}")

    def patch(self, id: str, *operations: Json) -> requests.Response:
        body = {"schemas": [PATCH_OP], "Operations": [*operations]}
        return self("PATCH", f"{USERS}/{id}", json=body)

    def send(self, method: str, path: str, expect: int, **body: Any) -> Json:
        answer = self(method, path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def people(self) -> list[int]:
        """Active users, neither approvers nor members of a group."""
        busy = {id for g in self.state.groups.values() for id in (*g.user_ids, g.approver_id)}
        return [u.id for u in self.state.users.values() if u.active and u.id not in busy]


@pytest.fixture
def perk(sandbox: Sandbox) -> TravelPerk:
    return TravelPerk(sandbox)
