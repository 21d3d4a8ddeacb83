"""One small sandbox for all tests, reset before each, and short-hands to talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests

from sandbox.hellohq.state import HqState
from sandbox.personio.state import PersonioState
from sandbox.server import Sandbox

TODAY = date(2026, 6, 17)
TIMEOUT = 10


class Client:
    """Talks to one vendor as one tenant."""

    def __init__(self, sandbox: Sandbox, vendor: str, tenant: str, token: str = "") -> None:
        self.url = sandbox.urls[vendor]
        self.sandbox = sandbox
        self.tenant = tenant
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=TIMEOUT, **options)

    def get(self, path: str, expect: int = 200, **params: Any) -> Any:
        answer = self("GET", path, params=params)
        assert answer.status_code == expect, answer.text
        return answer.json()

    @property
    def personio(self) -> PersonioState:
        return self.sandbox.world.state(self.tenant, PersonioState)

    @property
    def hq(self) -> HqState:
        return self.sandbox.world.state(self.tenant, HqState)


def credentials(tenant: str = "nordlicht") -> dict[str, str]:
    return {"client_id": f"papi-{tenant}", "client_secret": f"sandbox-secret-{tenant}"}


def v1_client(sandbox: Sandbox, tenant: str = "nordlicht") -> Client:
    answer = requests.post(
        sandbox.urls["personio"] + "/v1/auth", json=credentials(tenant), timeout=TIMEOUT
    )
    return Client(sandbox, "personio", tenant, answer.json()["data"]["token"])


def v2_client(sandbox: Sandbox, tenant: str = "nordlicht") -> Client:
    form = {"grant_type": "client_credentials", **credentials(tenant)}
    answer = requests.post(sandbox.urls["personio"] + "/v2/auth/token", data=form, timeout=TIMEOUT)
    return Client(sandbox, "personio", tenant, answer.json()["access_token"])


def hq_client(sandbox: Sandbox, tenant: str = "nordlicht") -> Client:
    return Client(sandbox, "hellohq", tenant, f"hq-token-{tenant}")


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(today=TODAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.world.reset()
    return running


@pytest.fixture
def v1(sandbox: Sandbox) -> Client:
    return v1_client(sandbox)


@pytest.fixture
def v2(sandbox: Sandbox) -> Client:
    return v2_client(sandbox)


@pytest.fixture
def hq(sandbox: Sandbox) -> Client:
    return hq_client(sandbox)


@pytest.fixture
def control(sandbox: Sandbox) -> Client:
    return Client(sandbox, "control", "nordlicht")
