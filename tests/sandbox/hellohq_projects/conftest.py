"""helloHQ beside awork, without the vendors that these tests do not need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.odata.model import Row
from sandbox.server import Sandbox
from tests.sandbox.conftest import TODAY, Client


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(today=TODAY, vendors=[AWORK, HELLOHQ]) as sandbox:
        yield sandbox


class Plan(Client):
    """helloHQ with its projects; `sandbox` and `hq` as in the other tests."""

    def __init__(self, sandbox: Sandbox, tenant: str = "nordlicht") -> None:
        super().__init__(sandbox, "hellohq", tenant, f"hq-token-{tenant}")

    def all(self, path: str, **options: Any) -> list[Row]:
        named = {f"${name}": value for name, value in options.items()}
        return list(self.get(f"/v1/{path}", **{"$top": "1000", **named})["value"])

    def send(self, method: str, path: str, json: Any = None, expect: int = 200) -> Any:
        answer = self(method, f"/v1/{path}", json=json)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, json: Any, word: str) -> None:
        error = self.send(method, path, json, expect=400)["error"]
        assert word in error["message"], error

    def project(self, number: int = 1) -> Row:
        return self.all("Projects", orderby="Id")[number - 1]

    def tasks(self, project_id: int) -> list[Row]:
        return self.all("ProjectTasks", filter=f"ProjectId eq {project_id}", orderby="Order")

    def task(self, name: str) -> Row:
        return self.all("ProjectTasks", filter=f"Name eq '{name}'")[0]

    def kind(self, name: str) -> Row:
        return self.all("TaskTypes", filter=f"Name eq '{name}'", expand="TaskTypeStatus")[0]


@pytest.fixture
def plan(sandbox: Sandbox) -> Plan:
    return Plan(sandbox)
