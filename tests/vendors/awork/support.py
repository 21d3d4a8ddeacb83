"""A client over a mocked network, ids, and rows as awork sends them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import responses

from integrations.vendors.awork.client import AworkClient, open_awork

from ..support import Calls, FakeTime, FreeBudget, OpenGate

API = "https://api.awork.com/api/v1"
KEY = "key-1"


def guid(number: int) -> str:
    return str(UUID(int=number))


P, T, L, S, W, U = (guid(n) for n in (0x100, 0x200, 0x300, 0x400, 0x500, 0x600))
VERSION = 639077733114471234


def client(time: FakeTime | None = None, **options: Any) -> AworkClient:
    given = {"gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), **options}
    return open_awork(KEY, clock=(time or FakeTime()).clock(), **given)


def serve(net: responses.RequestsMock, path: str, rows: list[Any], **quirks: Any) -> None:
    """A list; `total` False keeps it quiet about its total, `most` caps its pages, `refuse` names a
    parameter that is answered with a 400."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        page, size = int(request.params["page"]), int(request.params["pageSize"])
        if quirks.get("refuse") in request.params:
            return 400, {}, json.dumps(error("invalid-filter-or-order"))
        size = min(size, quirks.get("most", 1000))
        part = rows[(page - 1) * size : page * size]
        headers = {"aw-page": str(page), "aw-pagesize": str(size), "aw-items": str(len(part))}
        if quirks.get("total", True):
            headers["aw-totalitems"] = str(len(rows))
        return 200, headers, json.dumps(part)

    net.add_callback("GET", API + path, answer, content_type="application/json; charset=utf-8")


def error(code: str, **more: Any) -> dict[str, Any]:
    link = "https://developers.awork.com/"
    return {"code": code, "description": "No.", "link": link, "traceId": "0f3c9a5e", **more}


def sent(net: responses.RequestsMock) -> list[tuple[str, str, Any]]:
    """The unsafe requests so far: method, path and body."""
    requests = [call.request for call in net.calls if call.request.method != "GET"]
    return [
        (
            str(one.method),
            str(one.url).removeprefix(API),
            json.loads(one.body) if one.body else None,
        )
        for one in requests
    ]


def task(id: str = T, **changes: Any) -> dict[str, Any]:
    fields = {
        "id": id,
        "baseType": "projecttask",
        "projectId": P,
        "taskIdentifier": "ACME-42",
        "name": "Screen design",
        "description": "<p>Three variants</p>",
        "isPrio": True,
        "startOn": "2026-03-02T16:00:00Z",
        "dueOn": "2026-03-13T00:00:00Z",
        "laneOrder": 4,
        "plannedDuration": 28800,
        "taskStatusId": S,
        "taskStatus": {"id": S, "name": "To do", "type": "todo"},
        "typeOfWorkId": W,
        "typeOfWork": {"id": W, "name": "Design"},
        "lists": [{"id": L, "name": "Concept", "order": 1.5, "orderOfTask": 7}],
        "assignees": [{"id": U, "plannedEffort": 14400, "isDistributedPlannedEffort": True}],
        "customFields": [{"customFieldDefinitionId": W, "textValue": "HQ-4711"}],
        "trackedDuration": 60,
        "checklistItemsCount": 2,
        "createdOn": "2026-03-01T08:00:00Z",
        "createdBy": U.upper(),
        "updatedOn": "2026-03-02T09:15:11.4471234Z",
        "resourceVersion": VERSION,
    }
    return {**fields, **changes}


def project(id: str = P, **changes: Any) -> dict[str, Any]:
    fields = {
        "id": id,
        "name": "HQ-2026-0815 Relaunch",
        "isPrivate": False,
        "startDate": "2026-03-02T00:00:00Z",
        "company": {"id": guid(0x700), "name": "Acme"},
        "timeBudget": 288000,
        "isBillableByDefault": True,
        "projectType": {"id": guid(0x800), "name": "Web"},
        "color": "purple",
        "deductNonBillableHours": True,
        "projectStatus": {"id": S, "name": "Running", "type": "progress"},
        "createdByProjectTemplateId": guid(0x900),
        "isMultiAssignmentAllowed": True,
        "tasksCount": 3,
        "updatedOn": "2026-03-02T09:15:11Z",
        "resourceVersion": VERSION,
    }
    return {**fields, **changes}


def entry(id: str = T, **changes: Any) -> dict[str, Any]:
    fields = {
        "id": id,
        "userId": U,
        "projectId": P,
        "taskId": T,
        "typeOfWorkId": W,
        "timezone": "Europe/Berlin",
        "startDateUtc": "2026-03-03T00:00:00Z",
        "startTimeUtc": "08:00:00",
        "endDateUtc": "2026-03-03T00:00:00Z",
        "endTimeUtc": "09:30:00",
        "startDateLocal": "2026-03-03T00:00:00",
        "duration": 5400,
        "breakDuration": 600,
        "isBillable": True,
        "isBilled": False,
        "note": "Layout",
        "resourceVersion": VERSION,
        "updatedOn": "2026-03-03T10:00:00Z",
    }
    return {**fields, **changes}


def absence(id: str = T, **changes: Any) -> dict[str, Any]:
    fields = {
        "id": id,
        "userId": U,
        "startOn": "2026-07-06T00:00:00Z",
        "endOn": "2026-07-10T23:59:59Z",
        "description": "Urlaub",
        "externalProvider": "hq-sync:1:7",
        "isReadOnly": True,
        "isHalfDayOnStart": False,
        "isHalfDayOnEnd": False,
        "updatedOn": "2026-07-01T08:00:00Z",
    }
    return {**fields, **changes}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
