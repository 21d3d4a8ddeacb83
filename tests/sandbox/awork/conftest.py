"""Short-hands for awork's API, on the sandbox that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from threading import Condition, Thread
from typing import Any

import pytest
import requests

from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.server import Sandbox
from tests.sandbox.conftest import TODAY, Client

API = "/api/v1"


class Awork(Client):
    def __init__(self, sandbox: Sandbox, tenant: str = "nordlicht") -> None:
        super().__init__(sandbox, "awork", tenant, f"awork-key-{tenant}")

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return super().__call__(method, API + path, **options)

    def send(self, method: str, path: str, json: Any = None, expect: int = 200) -> Any:
        answer = self(method, path, json=json)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, json: Any, code: str, status: int = 400) -> None:
        answer = self(method, path, json=json)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    def all(self, path: str, **params: Any) -> list[Row]:
        return list(self.get(path, page=1, pageSize=1000, **params))

    @property
    def state(self) -> AworkState:
        return self.sandbox.world.state(self.tenant, AworkState)

    def project(self, name: str = "Herbstkampagne") -> str:
        return str(next(p["id"] for p in self.state.projects if p["name"] == name))

    def new_task(self, **more: Any) -> Row:
        """In the project, with everything a careful client sends."""
        project = more.pop("entityId", None) or self.project()
        form = {"baseType": "projecttask", "entityId": project, "name": "Neu",
                "plannedDuration": 7200, **more}  # fmt: skip
        return dict(self.send("POST", "/tasks", form))

    def people(self) -> list[str]:
        return [u["id"] for u in self.all("/users") if not u["isDeactivated"]]


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """Only the two systems that these tests are about: each reset is quick."""
    with Sandbox(today=TODAY, vendors=[AWORK, HELLOHQ]) as sandbox:
        yield sandbox


@pytest.fixture
def awork(sandbox: Sandbox) -> Awork:
    return Awork(sandbox)


class Receiver:
    """Takes webhooks; `status` is what it answers."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.headers: list[dict[str, str]] = []
        self.status = 204
        self._arrived = Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._arrived:
                    receiver.events.append(loads(body))
                    receiver.headers.append({k.lower(): v for k, v in self.headers.items()})
                    receiver._arrived.notify_all()
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, number: int) -> list[str]:
        """The names of the events, at least that many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.events) >= number, 5), self.events
            return [event["eventType"] for event in self.events]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()
