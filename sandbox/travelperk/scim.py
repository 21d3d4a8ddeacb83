"""The SCIM half: users and discovery."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.http import Call, Refusal, route
from sandbox.travelperk import SCIM_PATH
from sandbox.travelperk.answers import bad_scim, scim_error, scim_response
from sandbox.travelperk.patch import patched
from sandbox.travelperk.schema import (
    ATTRIBUTES,
    CORE,
    ENTERPRISE,
    EXPENSE,
    TRAVELPERK,
    described,
)
from sandbox.travelperk.state import TravelPerkState, User
from sandbox.travelperk.users import scim_json, store, writable
from sandbox.world import World

Json = dict[str, Any]
BASES = (SCIM_PATH, "/scim")
"""Both hosts of the vendor are one here."""
MOST = 50
FILTER = re.compile(r'\s*(?P<name>\w+)\s+eq\s+(?P<value>"(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


def is_scim(path: str) -> bool:
    return any(path == base or path.startswith(f"{base}/") for base in BASES)


def page_of(request: Request) -> int:
    start, count = window(request)
    return (start - 1) // (count or MOST) + 1


def window(request: Request) -> tuple[int, int]:
    """1-based start and how many; what cannot be read counts as not given."""
    start = _whole(request.args.get("startIndex", ""), 1)
    count = _whole(request.args.get("count", ""), MOST)
    return max(1, start), min(MOST, max(0, count))


def _whole(given: str, otherwise: int) -> int:
    return int(given) if re.fullmatch(r"-?\d+", given) else otherwise


def resource_of(call: Call) -> Json:
    given = call.request.get_json(silent=True, force=True)
    if not isinstance(given, dict):
        raise bad_scim("The body must be a JSON object.", "invalidSyntax")
    return given


class Scim:
    def __init__(self, world: World) -> None:
        self.world = world

    def state(self, call: Call) -> TravelPerkState:
        return self.world.state(call.tenant, TravelPerkState)

    def base(self, call: Call) -> str:
        host, path = call.request.host_url.rstrip("/"), call.request.path
        return host + next(base for base in BASES if path.startswith(f"{base}/"))

    def answer(self, call: Call, user: User, status: int = 200) -> Response:
        resource = scim_json(self.state(call), user, self.base(call))
        response = scim_response(selected(call, resource), status)
        response.headers["Location"] = resource["meta"]["location"]
        return response

    # -- users

    def users(self, call: Call) -> Response:
        state = self.state(call)
        found = sorted(self._filtered(call, state), key=lambda user: user.id)
        if call.empty_list:
            found = []
        start, count = window(call.request)
        first = 0 if call.repeat_page else start - 1
        shown = found[first : first + count]
        if call.lose_row:
            shown = shown[:-1]
        payload: Json = {
            "schemas": [LIST],
            "totalResults": len(found),
            "itemsPerPage": len(shown),
            "startIndex": start,
        }
        if found and count:
            base = self.base(call)
            rows = [scim_json(state, user, base) for user in shown]
            payload["Resources"] = [selected(call, row) for row in rows]
        return scim_response(payload)

    def _filtered(self, call: Call, state: TravelPerkState) -> list[User]:
        users = [*state.users.values()]
        given = call.request.args.get("filter")
        if given is None:
            return users
        name, value = parse_filter(given)
        if name == "username":
            return [user for user in users if user.user_name.lower() == value.lower()]
        if state.quirks.external_id_filter == "refuse":
            raise bad_scim(f"{given} is not supported.", "invalidFilter")
        ignored = state.quirks.external_id_filter == "ignore"
        return [user for user in users if ignored or user.external_id == value]

    def create(self, call: Call) -> Response:
        return self.answer(call, store(self.state(call), resource_of(call)), 201)

    def get(self, call: Call, id: str) -> Response:
        return self.answer(call, self._user(call, id))

    def _user(self, call: Call, id: str) -> User:
        user = self.state(call).users.get(int(id)) if id.isdecimal() else None
        if user is None:
            raise Refusal(scim_error(404, f"There is no user {id}."))
        return user

    def put(self, call: Call, id: str) -> Response:
        """Everything that is not sent is gone; the company alone stays."""
        state, known, given = self.state(call), self._user(call, id), resource_of(call)
        if "active" not in given:
            raise bad_scim("active is required.")
        company = state.companies[known.company].name
        extension = {"organization": company, **(given.get(ENTERPRISE) or {})}
        return self.answer(call, store(state, {**given, ENTERPRISE: extension}, known))

    def patch(self, call: Call, id: str) -> Response:
        state, known = self.state(call), self._user(call, id)
        user = store(state, patched(writable(state, known), resource_of(call)), known)
        if state.quirks.patch_answer == 204 and "attributes" not in call.request.args:
            return Response(status=204)
        return self.answer(call, user)

    def delete(self, call: Call, id: str) -> Response:
        """Erases the person."""
        self.state(call).erase(self._user(call, id))
        return Response(status=204)

    # -- discovery

    def config(self, call: Call) -> Response:
        no: Json = {"supported": False}
        oauth = {"type": "oauthbearertoken", "name": "OAuth 2",
                 "description": "Oauth 2 implemented with bearer token"}  # fmt: skip
        payload: Json = {
            "schemas": [CONFIG],
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MOST},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [oauth],
        }
        return scim_response(payload)

    def resource_types(self, call: Call) -> Response:
        return scim_response(listed([self._user_type(call)]))

    def resource_type(self, call: Call, name: str) -> Response:
        if name != "User":
            raise Refusal(scim_error(404))
        return scim_response(self._user_type(call))

    def _user_type(self, call: Call) -> Json:
        extensions = (ENTERPRISE, TRAVELPERK, EXPENSE)
        return {
            "schemas": [RESOURCE_TYPE],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "User Account",
            "schema": CORE,
            "schemaExtensions": [{"schema": urn, "required": False} for urn in extensions],
            "meta": {
                "resourceType": "ResourceType",
                "location": f"{self.base(call)}/ResourceTypes/User",
            },
        }

    def schemas(self, call: Call) -> Response:
        return scim_response(listed([described(urn, self.base(call)) for urn in ATTRIBUTES]))

    def schema(self, call: Call, urn: str) -> Response:
        if unquote(urn) not in ATTRIBUTES:
            raise Refusal(scim_error(404))
        return scim_response(described(unquote(urn), self.base(call)))


def listed(rows: list[Json]) -> Json:
    return {
        "schemas": [LIST],
        "totalResults": len(rows),
        "itemsPerPage": len(rows),
        "startIndex": 1,
        "Resources": rows,
    }


def parse_filter(given: str) -> tuple[str, str]:
    """Attribute (lower case) and value; raises Refusal for what is not supported."""
    parsed = FILTER.fullmatch(given)
    name = parsed["name"].lower() if parsed else ""
    if parsed is None or name not in ("username", "externalid"):
        raise bad_scim(f"{given} is not supported.", "invalidFilter")
    try:
        return name, str(json.loads(parsed["value"]))
    except ValueError as error:
        raise bad_scim(f"{given} cannot be read.", "invalidFilter") from error


def selected(call: Call, resource: Json) -> Json:
    """`?attributes=` and `?excludedAttributes=` with top-level names and extensions' URNs."""
    always = {"id", "schemas"}
    wanted = _names(call, "attributes")
    unwanted = _names(call, "excludedAttributes")
    return {
        name: value
        for name, value in resource.items()
        if name in always
        or ((not wanted or _is_named(name, wanted)) and name.lower() not in unwanted)
    }


def _names(call: Call, option: str) -> set[str]:
    given = call.request.args.get(option, "")
    return {name.strip().lower().removeprefix(f"{CORE.lower()}:") for name in given.split(",")} - {
        ""
    }


def _is_named(name: str, wanted: set[str]) -> bool:
    own = name.lower()
    return any(one == own or one.startswith((f"{own}.", f"{own}:")) for one in wanted)


def routes(world: World) -> list[Rule]:
    scim = Scim(world)
    return [rule for base in BASES for rule in _routes(scim, base)]


def _routes(scim: Scim, base: str) -> list[Rule]:
    read, write = "scim:read", "scim:write"
    return [
        route(f"{base}/Users", scim.users, scope=read),
        route(f"{base}/Users", scim.create, "POST", scope=write),
        route(f"{base}/Users/<id>", scim.get, scope=read),
        route(f"{base}/Users/<id>", scim.put, "PUT", scope=write),
        route(f"{base}/Users/<id>", scim.patch, "PATCH", scope=write),
        route(f"{base}/Users/<id>", scim.delete, "DELETE", scope="scim:delete"),
        route(f"{base}/ServiceProviderConfig", scim.config, scope=read),
        route(f"{base}/ResourceTypes", scim.resource_types, scope=read),
        route(f"{base}/ResourceTypes/<name>", scim.resource_type, scope=read),
        route(f"{base}/Schemas", scim.schemas, scope=read),
        route(f"{base}/Schemas/<urn>", scim.schema, scope=read),
    ]
