"""The same results with servers that keep to the APIs' documents and leave out all the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from integrations.models import Intent
from sandbox.hellohq.app import HelloHqApp
from sandbox.http import VendorApp, json_response
from sandbox.personio.app import PersonioApp
from sandbox.personio.state import Quirks
from tests.absences.conftest import Agency

Change = Callable[[Request, Any], Any]


def altered(agency: Agency, app: type[VendorApp], change: Change) -> Any:
    """Every JSON answer of a vendor goes through `change(request, payload)`."""

    def handle(self: VendorApp, request: Request, go: Callable[[], Response]) -> Response:
        response = go()
        payload = response.get_json(silent=True)
        if payload is None or response.status_code >= 400:
            return response
        return json_response(change(request, payload), response.status_code)

    return agency.interposed(app, handle)


def without(*names: str) -> Change:
    """No object anywhere has these fields."""

    def strip(request: Request, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: strip(request, v) for k, v in value.items() if k not in names}
        return [strip(request, one) for one in value] if isinstance(value, list) else value

    return strip


def respelled(pattern: str, replacement: str) -> Change:
    def change(request: Request, payload: Any) -> Any:
        return json.loads(re.sub(pattern, replacement, json.dumps(payload)))

    return change


def empty_delete(agency: Agency, status: int) -> Any:
    def handle(self: VendorApp, request: Request, go: Callable[[], Response]) -> Response:
        response = go()
        if request.method == "DELETE" and response.status_code == 200:
            return Response(status=status)
        return response

    return agency.interposed(HelloHqApp, handle)


SERVERS: dict[str, Callable[[Agency], list[Any]]] = {
    "as it is": lambda a: [],
    "hellohq without Me and Subsystem": lambda a: [
        a.without_route(HelloHqApp, "^/v1/(Me|Subsystem)$")
    ],
    "hellohq without Me, Subsystem and working hours, bare 404s": lambda a: [
        a.interposed(
            HelloHqApp,
            lambda self, request, go: (
                Response(status=404)
                if re.search("Me$|Subsystem|UserWorkingHours", request.path)
                else go()
            ),
        )
    ],
    "hellohq that may not tell Me and Subsystem": lambda a: [
        a.fault("forbidden", vendor="hellohq", path="^/v1/(Me|Subsystem)$")
    ],
    "hellohq without LeavingDate": lambda a: [altered(a, HelloHqApp, without("LeavingDate"))],
    "hellohq without audit fields and MissedDays": lambda a: [
        altered(
            a, HelloHqApp,
            without("CreatedBy", "UpdatedBy", "CreatedOn", "UpdatedOn", "MissedDays"),
        )
    ],
    "hellohq without @odata": lambda a: [
        altered(a, HelloHqApp, without("@odata.context", "@odata.count"))
    ],
    "hellohq that deletes with 204": lambda a: [empty_delete(a, 204)],
    "hellohq that deletes with an empty 200": lambda a: [empty_delete(a, 200)],
    "hellohq with fractions of seconds": lambda a: [
        altered(a, HelloHqApp, respelled(r"(T\d\d:\d\d:\d\d)(Z?\")", r"\1.0000000\2"))
    ],
    "personio without id_v2": lambda a: [altered(a, PersonioApp, without("id_v2"))],
    "personio with +0200": lambda a: [
        altered(a, PersonioApp, respelled(r"\+0(\d):00\"", r'+0\g<1>00"'))
    ],
    "personio with +02:00": lambda a: [
        altered(a, PersonioApp, respelled(r"\+0(\d)00\"", r'+0\1:00"'))
    ],
    "personio without days_count, comment and universal_id": lambda a: [
        altered(a, PersonioApp, without("days_count", "comment", "universal_id", "type"))
    ],
    "personio without total_elements": lambda a: [
        altered(a, PersonioApp, without("total_elements"))
    ],
    "personio without breakdowns": lambda a: [
        altered(a, PersonioApp, without("breakdowns"))
    ],
    "personio whose window is inside": lambda a: [_quirk(a, window_inside=True)],
}  # fmt: skip


def _quirk(agency: Agency, **quirks: bool) -> ExitStack:
    agency.personio.quirks = Quirks(**quirks)
    return ExitStack()


V2_SERVERS: dict[str, Callable[[Agency], list[Any]]] = {
    "as it is": lambda a: [],
    "relative links": lambda a: [_quirk(a, relative_next=True)],
    "null for the last link": lambda a: [_quirk(a, null_next=True)],
    "half-day types only where a half is": lambda a: [altered(a, PersonioApp, _only_halves)],
    "records in _data": lambda a: [altered(a, PersonioApp, _wrapped)],
}


def _only_halves(request: Request, payload: Any) -> Any:
    """null means that the whole day counts."""
    for row in payload.get("_data", []):
        for name, whole in (("starts_from", "FIRST_HALF"), ("ends_at", "SECOND_HALF")):
            if (row.get(name) or {}).get("type") == whole:
                row[name]["type"] = None
    return payload


def _wrapped(request: Request, payload: Any) -> Any:
    single = re.search(r"/absence-periods/[^/]+$", request.path)
    return {"_data": payload} if single else payload


def story(agency: Agency) -> dict[str, list[Any]]:
    """Enter, edit, delete, restore, put up with a lost answer; helloHQ after each of them."""
    shown = {}
    first = agency.synced()
    shown["entered"] = agency.hq_rows()
    agency.edit("90002", last="2026-07-03", first="2026-07-03")
    agency.delete("90020")
    agency.synced()
    shown["edited and deleted"] = agency.hq_rows()
    agency.hq_delete(next(str(row["Id"]) for row in agency.hq.absences if row["CreatedBy"] == 1))
    agency.synced("--full")
    shown["restored"] = agency.hq_rows()
    agency.absence("2026-09-01", half_end=True)
    options = {"vendor": "hellohq", "method": "POST", "times": 1, "after_commit": True}
    with agency.fault("drop", **options):
        agency.synced()
    shown["once"] = agency.hq_rows()
    assert not Intent.objects.exists()
    assert agency.synced().counts == {"skipped": first.counts["skipped"]}
    assert agency.entries() == [] and agency.preflight().exit == 1
    return shown


USUAL: dict[str, list[Any]] = {}
"""What the story gives with the sandbox as it is, told once."""


@pytest.fixture
def usual(full_agency: Agency) -> dict[str, list[Any]]:
    if not USUAL:
        full_agency.activate()
        USUAL.update(story(full_agency))
        full_agency.integration.workspace.delete()
        full_agency.sandbox.world.reset()
    return USUAL


@pytest.mark.parametrize("server", SERVERS)
def test_the_story_is_the_same_with_api_v1(
    full_agency: Agency, usual: dict[str, list[Any]], server: str
) -> None:
    full_agency.activate()
    with ExitStack() as stack:
        for change in SERVERS[server](full_agency):
            stack.enter_context(change)
        shown = story(full_agency)
    if "working hours" not in server:
        assert shown == usual
    else:
        assert [len(rows) for rows in shown.values()] == [len(rows) for rows in usual.values()]


@pytest.mark.parametrize("server", V2_SERVERS)
def test_the_story_is_the_same_with_api_v2(
    full_agency: Agency, usual: dict[str, list[Any]], server: str
) -> None:
    full_agency.activate(connections={"personio": {"api_version": "v2"}})
    with ExitStack() as stack:
        for change in V2_SERVERS[server](full_agency):
            stack.enter_context(change)
        assert story(full_agency) == usual
