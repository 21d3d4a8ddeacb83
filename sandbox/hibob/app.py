"""HiBob's host."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.hibob.fields import FIELDS
from sandbox.hibob.history import employment_rows, lifecycle_rows, work_rows
from sandbox.hibob.limits import Window
from sandbox.hibob.people import Json, permitted, render
from sandbox.hibob.state import Employee, HiBobState, Item
from sandbox.http import Call, Endpoint, Refusal, VendorApp, json_response, route

MOST_FIELDS = 400
LOGIN_PAGE = "<!doctype html><title>Bob</title><h1>Log in to Bob</h1>"
BLOCKED_PAGE = "<!doctype html><title>403</title><h1>Request blocked</h1>"
MESSAGES = {
    400: ("bad_request", "The request is invalid."),
    401: ("unauthorized", "The user name or token is wrong."),
    403: ("forbidden", "The service user has no permission."),
    404: ("not_found", "Not found."),
    429: ("too_many_requests", "Rate limit exceeded."),
}


def error(status: int, text: str = "") -> Response:
    key, message = MESSAGES.get(status, ("server_error", "Something went wrong."))
    return json_response({"key": key, "error": text or message}, status)


def bad(text: str) -> Refusal:
    return Refusal(error(400, text))


def basic(request: Request) -> tuple[str, str]:
    """User and token; empty when the header is missing or unreadable."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, token = b64decode(value).decode().partition(":")
    except ValueError:
        return "", ""
    return (user, token) if kind.lower() == "basic" else ("", "")


@dataclass(frozen=True, slots=True)
class Search:
    """A search's body. `wanted`: (field id, values) of its filter; `fields` None: the usual."""

    fields: list[str] | None
    readable: str
    inactive: bool
    wanted: tuple[str, set[str]] | None


def search_of(body: Any) -> Search:
    """Raises Refusal for what HiBob refuses."""
    if not isinstance(body, dict):
        raise bad("The body must be a JSON object.")
    fields = body.get("fields")
    if fields is not None and not _is_strings(fields):
        raise bad("fields must be an array of strings.")
    if fields and len(fields) > MOST_FIELDS:
        raise bad(f"At most {MOST_FIELDS} fields can be requested.")
    readable = body.get("humanReadable", "")
    if readable not in ("", "APPEND", "REPLACE"):
        raise bad("humanReadable must be APPEND or REPLACE.")
    inactive = body.get("showInactive", False)
    if not isinstance(inactive, bool):
        raise bad("showInactive must be a boolean.")
    wanted = _filter(body["filters"]) if "filters" in body else None
    return Search(fields, readable, inactive, wanted)


def _is_strings(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _filter(given: Any) -> tuple[str, set[str]]:
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise bad("filters must have exactly one filter.")
    path, values = given[0].get("fieldPath"), given[0].get("values")
    if path not in ("root.id", "root.email") or given[0].get("operator") != "equals":
        raise bad("Only root.id and root.email with the operator equals are supported.")
    if not _is_strings(values) or not values:
        raise bad("values must be a non-empty array of strings.")
    return str(path), {value.lower() for value in values}


class HiBobApp(VendorApp):
    name = "hibob"

    def routes(self) -> list[Rule]:
        return [
            route("/v1/people/search", self.search, "POST"),
            route("/v1/people/<identifier>", self.person, "POST"),
            route("/v1/people", self.shut_down, "GET"),
            route("/v1/people/<identifier>", self.shut_down, "GET"),
            route("/v1/people/<id>/<any(lifecycle,work,employment):table>", self.table),
            route("/v1/profiles", self.profiles),
            route("/v1/company/people/fields", self.fields),
            route("/v1/company/named-lists", self.lists),
            route("/v1/company/named-lists/<name>", self.named_list),
        ]

    def tenant_of(self, request: Request) -> str:
        slug = basic(request)[0].removeprefix("SERVICE-")
        return slug if slug in self.world.tenants else ""

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        if not tenant:
            raise Refusal(error(401))
        state = self.world.state(tenant, HiBobState)
        self._check_credential(state, request)
        if not self._window(request, tenant).take() and self.world.enforce_limits:
            raise Refusal(error(429))
        if request.method == "GET" and request.content_type:
            page = "<!doctype html><title>400</title><h1>Bad Request</h1>"
            raise Refusal(Response(page, status=400, mimetype="text/html"))
        if not state.user.in_group and endpoint.handler != self.fields:
            raise Refusal(error(403))

    def _check_credential(self, state: HiBobState, request: Request) -> None:
        credential = request.headers.get("Authorization", "")
        if state.wall.is_blocked(credential):
            raise Refusal(Response(BLOCKED_PAGE, status=403, mimetype="text/html"))
        if basic(request) != (state.user.id, state.user.token):
            state.wall.count(credential)
            raise Refusal(error(401))

    def refuse(self, status: int, request: Request) -> Response:
        return self.route_not_found(request) if status == 405 else error(status)

    def route_not_found(self, request: Request) -> Response:
        """A page to log in, whatever was asked."""
        return Response(LOGIN_PAGE, status=200, mimetype="text/html")

    def is_token_call(self, request: Request) -> bool:
        return request.method == "POST"

    def finish(self, request: Request, tenant: str, response: Response) -> None:
        if tenant and response.mimetype == "application/json":
            response.headers.update(self._window(request, tenant).headers())

    def _window(self, request: Request, tenant: str) -> Window:
        """One per endpoint."""
        parts = request.path.strip("/").split("/")[1:]
        if parts[:1] == ["people"] and parts[1:2] != ["search"]:
            parts[1:2] = ["{id}"]
        windows = self.world.state(tenant, HiBobState).windows
        return windows.setdefault("/".join(parts[:3]), Window())

    # -- people

    def state(self, call: Call) -> HiBobState:
        return self.world.state(call.tenant, HiBobState)

    def search(self, call: Call) -> Response:
        state = self.state(call)
        search = search_of(call.request.get_json(silent=True))
        fields = permitted(state, search.fields)
        found = [e for e in state.employees.values() if self._matches(state, e, search)]
        shown = [] if call.empty_list else found[:-1] if call.lose_row else found
        people = [render(state, employee, fields, search.readable) for employee in shown]
        return json_response({"employees": people})

    def _matches(self, state: HiBobState, employee: Employee, search: Search) -> bool:
        if not state.may_see(employee):
            return False
        if not search.inactive and state.status(employee) != "Active":
            return False
        if search.wanted is None:
            return True
        path, values = search.wanted
        own = employee.id if path == "root.id" else employee.get("root.email") or ""
        return own.lower() in values

    def person(self, call: Call, identifier: str) -> Response:
        state = self.state(call)
        body = call.request.get_json(silent=True) if call.request.data else {}
        search = search_of(body)
        employee = self._visible(state, identifier)
        fields = permitted(state, search.fields)
        return json_response(render(state, employee, fields, search.readable))

    def _visible(self, state: HiBobState, identifier: str) -> Employee:
        employee = state.find(identifier)
        if employee is None or not state.may_see(employee):
            raise Refusal(error(404))
        return employee

    def shut_down(self, call: Call, identifier: str = "") -> Response:
        """The old GET answers as if there were too many requests."""
        return error(429)

    def table(self, call: Call, id: str, table: str) -> Response:
        state = self.state(call)
        if table not in state.user.categories:
            raise Refusal(error(403))
        rows = {"lifecycle": lifecycle_rows, "work": work_rows, "employment": employment_rows}
        return json_response({"values": rows[table](state, self._visible(state, id))})

    def profiles(self, call: Call) -> Response:
        """Everybody active, with the public fields, whatever the permission."""
        state = self.state(call)
        ids = ("id", "email", "firstName", "surname", "displayName", "companyId")
        public = [FIELDS[f"root.{name}"] for name in ids]
        public += [FIELDS[f"work.{name}"] for name in ("title", "department", "site", "startDate")]
        active = [e for e in state.employees.values() if state.status(e) == "Active"]
        people = [render(state, employee, public, "") for employee in active]
        nested = [{k: v for k, v in person.items() if k[0] != "/"} for person in people]
        return json_response({"employees": nested})

    # -- metadata

    def fields(self, call: Call) -> Response:
        return json_response([field.metadata() for field in FIELDS.values()])

    def lists(self, call: Call) -> Response:
        state = self.state(call)
        names = [name for name in state.lists if name != "site" or state.user.company_sites]
        lists = {name: self._list(call, state, name) for name in names}
        return json_response(list(lists.values()) if state.quirks.lists_as_array else lists)

    def named_list(self, call: Call, name: str) -> Response:
        state = self.state(call)
        if name not in state.lists:
            return Response(status=404)
        if name == "site" and not state.user.company_sites:
            return json_response({"errorMessage": "No permissions to manage company sites"}, 403)
        return json_response(self._list(call, state, name))

    def _list(self, call: Call, state: HiBobState, name: str) -> Json:
        archived = call.request.args.get("includeArchived") == "true"
        items = [item_json(i, archived) for i in state.lists[name] if archived or not i.archived]
        if state.quirks.lists_as_array:
            return {"name": name, "items": items}
        return {"name": name, "values": items, "items": items}


def item_json(item: Item, archived: bool) -> Json:
    return {
        "id": item.id,
        "value": item.name,
        "name": item.name,
        "archived": item.archived,
        "children": [item_json(c, archived) for c in item.children if archived or not c.archived],
    }
