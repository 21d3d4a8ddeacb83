"""A client without pauses, and TravelPerk's two kinds of lists."""

from __future__ import annotations

import json
from typing import Any

from integrations.vendors.travelperk.client import TravelPerkClient, open_travelperk
from integrations.vendors.travelperk.scim import CORE, ENTERPRISE, ERROR, TRAVELPERK

from ..support import Calls, FakeTime, FreeBudget, OpenGate

REST, SCIM = "https://api.travelperk.com", "https://app.travelperk.com/api/v2/scim"
USERS = f"{SCIM}/Users"
CENTERS, GROUPS = f"{REST}/cost_centers", f"{REST}/approval_groups"
COMPANIES, PROFILES = f"{REST}/companies", f"{REST}/profiles"


def client(**options: Any) -> TravelPerkClient:
    options = {"gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), **options}
    return open_travelperk("k3y", clock=FakeTime().clock(), **options)


def row(n: int, **changes: Any) -> dict[str, Any]:
    """A user as SCIM delivers them."""
    return {
        "schemas": [CORE, ENTERPRISE, TRAVELPERK],
        "id": str(n),
        "userName": f"p{n}@acme.example",
        "externalId": str(33100 + n),
        "active": True,
        "name": {"givenName": "Nora", "familyName": "Quill", "middleName": ""},
        "locale": "en",
        "preferredLanguage": "en",
        "title": "Analyst",
        "phoneNumbers": [{"value": "+34 600 000 001", "type": "work"}],
        "groups": [],
        ENTERPRISE: {
            "costCenter": "Research",
            "organization": "Acme SL",
            "manager": {"value": "4711", "$ref": f"{USERS}/4711/", "displayName": "Otis Fern"},
        },
        TRAVELPERK: {
            "gender": "F",
            "dateOfBirth": "1990/02/01",
            "travelPolicy": "Standard",
            "invoiceProfiles": [{"value": "Acme Iberia SL"}],
        },
        "meta": {
            "created": "2020-04-01T22:24:44.137082+00:00",
            "lastModified": "2020-04-02T00:00:00Z",
        },
        **changes,
    }


def serve_users(net, users: list[Any], *, most: int = 50, total: Any = None) -> None:
    """A list that caps its pages at `most`, whatever `count` asks."""

    def answer(request):
        start, count = int(request.params["startIndex"]), int(request.params["count"])
        found = users[start - 1 : start - 1 + min(count, most)]
        body: dict[str, Any] = {"totalResults": len(users) if total is None else total}
        if found:
            body["Resources"] = found
        return 200, {}, json.dumps(body)

    net.add_callback("GET", USERS, answer, content_type="application/scim+json; charset=utf-8")


def serve_list(net, url: str, rows: list[Any], *, most: int = 50, total: bool = True) -> None:
    def answer(request):
        offset, limit = int(request.params["offset"]), int(request.params["limit"])
        body = {"offset": offset, "limit": limit}
        if total:
            body["total"] = len(rows)
        body[url.rpartition("/")[2]] = rows[offset : offset + min(limit, most)]
        return 200, {}, json.dumps(body)

    net.add_callback("GET", url, answer, content_type="application/json")


def scim_error(status: int, kind: str = "", detail: str = "") -> dict[str, Any]:
    return {"schemas": [ERROR], "status": str(status), "scimType": kind, "detail": detail}


def sent(net, number: int = -1) -> tuple[str, str, Any]:
    """Method, address and JSON of a request."""
    request = net.calls[number].request
    body = json.loads(request.body) if request.body else None
    return request.method, request.url, body
