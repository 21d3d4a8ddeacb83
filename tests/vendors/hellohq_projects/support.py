"""A client over a mocked network, and rows as helloHQ sends them."""

from __future__ import annotations

import json
from typing import Any

import responses

from integrations.vendors.hellohq.client import HelloHqClient, open_hellohq

from ..support import Calls, FakeTime, FreeBudget, OpenGate

BASE = "https://api.hellohq.io/v1"
CHANGED = "2031-03-04T10:00:00Z"


def client(**options: Any) -> HelloHqClient:
    given = {"gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), **options}
    return open_hellohq("token-1", clock=FakeTime().clock(), **given)


def serve(net: responses.RequestsMock, path: str, rows: list[Any], *, most: int = 1000) -> None:
    """A list that never returns more than `most` rows a page."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        skip, top = int(request.params.get("$skip", 0)), int(request.params.get("$top", 1000))
        part = rows[skip : skip + min(top, most)]
        return 200, {}, json.dumps({"@odata.count": len(rows), "value": part})

    net.add_callback("GET", f"{BASE}/{path}", answer, content_type="application/json")


def echo(net: responses.RequestsMock, method: str, path: str, row: dict[str, Any]) -> None:
    """Answer a write with the record that it leads to; `row` is what the server adds."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({**json.loads(request.body), **row})

    net.add_callback(method, f"{BASE}/{path}", answer, content_type="application/json")


def sent(net: responses.RequestsMock) -> list[tuple[str, str, Any]]:
    """The unsafe requests so far: method, path and body."""
    requests = [call.request for call in net.calls if call.request.method != "GET"]
    bodies = [json.loads(one.body) if one.body else None for one in requests]
    return [
        (str(one.method), str(one.url).removeprefix(f"{BASE}/"), body)
        for one, body in zip(requests, bodies, strict=True)
    ]


def audit() -> dict[str, Any]:
    created = {"CreatedBy": 12, "CreatedOn": "2031-03-01T08:00:00"}
    return {**created, "UpdatedBy": 13, "UpdatedOn": CHANGED}


def project(id: int = 208, **changes: Any) -> dict[str, Any]:
    fields = {
        "Id": id,
        "Number": "P-0815",
        "Name": "Relaunch",
        "ProjectTemplateId": 3,
        "ProjectStatusId": 4,
        "ProjectStatus": {"Id": 4, "Name": "Running", "IsInProgress": True},
        "CompanyId": 5,
        "StartDate": "2031-03-01T00:00:00Z",
        "EndDate": None,
        "PlannedEndDate": "2031-06-30T00:00:00",
        "AworkSyncId": "7F0C5A52-1111-4222-8333-9D3E7A1B0C44",
        "CustomFields": [{"Id": 1, "Name": "Color", "Value": "red", "Type": "Text"}],
    }
    return {**fields, **audit(), **changes}


def task(id: int = 50412, **changes: Any) -> dict[str, Any]:
    fields = {
        "Id": id,
        "ProjectId": 208,
        "ParentId": 50400,
        "Order": 14,
        "Name": "Storyboard",
        "Description": "Three scenes",
        "StartOn": "2031-03-03T08:00:00Z",
        "EndOn": "2031-03-07T16:00:00Z",
        "PlannedEffort": 12.5,
        "Remaining": 2.25,
        "PercentDone": 40,
        "IsDone": False,
        "TaskTypeId": 7,
        "TaskTypeStatusId": 21,
        "ChargeType": "Variable",
        "SyncId": None,
        "Sync": True,
        "JiraProjectName": "JIRA",
        "Assignments": [assignment()],
    }
    return {**fields, **audit(), **changes}


def assignment(id: int = 7001, **changes: Any) -> dict[str, Any]:
    fields = {
        "Id": id,
        "TaskId": 50412,
        "UserId": 4711,
        "ResourceId": 9,
        "AssignmentUnit": "Hours",
        "AssignmentValue": 6.25,
    }
    return {**fields, **changes}


def reporting(id: int = 660017, **changes: Any) -> dict[str, Any]:
    fields = {
        "Id": id,
        "UserId": 4711,
        "ProjectId": 208,
        "TaskId": 50412,
        "StartOn": "2031-03-04T09:15:00Z",
        "Duration": 5400,
        "BreakDuration": 600,
        "Note": "Scene 3",
        "IsApproved": True,
        "ChargeRateValue": 95.5,
    }
    return {**fields, **audit(), **changes}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
