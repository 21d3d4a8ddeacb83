"""helloHQ's host: OAuth, the readable sets, absences, the deletion feed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.hellohq import absences, project_routes
from sandbox.hellohq.answers import READ, not_found, odata_error
from sandbox.hellohq.state import SYNC_USER, HqState
from sandbox.hellohq.tables import SETS
from sandbox.http import Call, Endpoint, Refusal, VendorApp, json_response, route
from sandbox.odata.model import BadQuery, Row, Table, follow
from sandbox.odata.query import DEFAULT_TOP, LIST, SINGLE, Query, parse_options

TOKEN_PATH = "/Token"
ACCESS_TOKEN_LIFE = 1199
MESSAGES = {
    401: "Authorization has been denied for this request.",
    403: "The token does not grant the permission for this operation.",
    404: "The resource was not found.",
    429: "Too many requests.",
}


def bearer(request: Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else ""


class HelloHqApp(VendorApp):
    name = "hellohq"

    def routes(self) -> list[Rule]:
        rules = [
            route(TOKEN_PATH, self.token, "POST", public=True),
            route("/v1/Me", self.me, scope=READ),
            route("/v1/ConfigSystemEvents/do.GetDeleted()", self.deleted, scope=READ),
            *absences.routes(self),
            *project_routes.routes(self),
        ]
        for name in SETS:
            rules += self._set_routes(name)
        return rules

    def _set_routes(self, name: str) -> Iterable[Rule]:
        """The set, one row, and what hangs on one row."""
        yield route(f"/v1/{name}", partial(self.list_set, set_name=name), scope=READ)
        yield route(f"/v1/{name}(<int:id>)", partial(self.get_row, set_name=name), scope=READ)
        for link in SETS[name].navigations:
            children = partial(self.children, set_name=name, navigation=link)
            yield route(f"/v1/{name}(<int:id>)/{link}", children, scope=READ)

    # -- who asks

    def tenant_of(self, request: Request) -> str:
        value = bearer(request)
        if request.path == TOKEN_PATH:
            value = request.form.get("refresh_token", "")
        return next((s for s in self.world.tenants if value and f"-{s}" in value), "")

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        state = self.world.state(tenant, HqState) if tenant else None
        if state is None or not self._is_valid(state, bearer(request)):
            raise Refusal(self.refuse(401, request))
        if endpoint.scope not in state.token.scopes:
            raise Refusal(self.refuse(403, request))

    def _is_valid(self, state: HqState, value: str) -> bool:
        ends = state.oauth.get(value)
        return value == state.token.value or (ends is not None and ends > self.world.clock.now())

    def token(self, call: Call) -> Response:
        """OAuth's refresh grant; the refresh token changes with each use."""
        state = self.world.state(call.tenant, HqState) if call.tenant else None
        form = call.request.form
        if form.get("grant_type") != "refresh_token":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if state is None or not _basic(call.request, f"hq-{state.slug}", state.app_secret):
            return json_response({"error": "invalid_client"}, 400)
        with self.world.tenants[call.tenant].lock:
            if form["refresh_token"] != state.refresh_token:
                return json_response({"error": "invalid_grant"}, 400)
            return json_response(self._renewed(state))

    def _renewed(self, state: HqState) -> dict[str, Any]:
        access = f"hq-access-{state.slug}-{state.chance.getrandbits(64):016x}"
        state.refresh_token = f"hq-refresh-{state.slug}-{state.chance.getrandbits(64):016x}"
        ends = self.world.clock.now() + timedelta(seconds=ACCESS_TOKEN_LIFE)
        state.oauth[access] = ends
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": ACCESS_TOKEN_LIFE,
            "refresh_token": state.refresh_token,
            "user_id": SYNC_USER,
            "user_name": "sync",
        }

    # -- answers when nothing else is known

    def refuse(self, status: int, request: Request) -> Response:
        if status in (401, 405) or status >= 500:
            return json_response({"Message": self._asp_net(status, request)}, status)
        return odata_error(status, MESSAGES.get(status, "The request is invalid."))

    def _asp_net(self, status: int, request: Request) -> str:
        if status == 405:
            return f"The requested resource does not support http method '{request.method}'."
        return MESSAGES.get(status, "An error has occurred.")

    def route_not_found(self, request: Request) -> Response:
        message = f"No HTTP resource was found that matches the request URI '{request.url}'."
        return json_response({"Message": message}, 404)

    def is_token_call(self, request: Request) -> bool:
        return request.path == TOKEN_PATH

    def page_of(self, request: Request) -> int:
        skip, top = (request.args.get(name, "") for name in ("$skip", "$top"))
        size = int(top) if top.isdecimal() and int(top) else DEFAULT_TOP
        return (int(skip) if skip.isdecimal() else 0) // size + 1

    # -- reading

    def state(self, call: Call) -> HqState:
        return self.world.state(call.tenant, HqState)

    def list_set(self, call: Call, set_name: str) -> Response:
        state = self.state(call)
        rows: Iterable[Row] = state.tables[set_name]
        if set_name == "Users" and call.request.args.get("includedeactivated") != "true":
            rows = (row for row in rows if row["Id"] not in state.deactivated)
        return self.listing(call, state.tables[set_name], rows, set_name)

    def get_row(self, call: Call, set_name: str, id: int) -> Response:
        table = self.state(call).tables[set_name]
        return self.single(call, table, self.row(call, set_name, id), set_name)

    def me(self, call: Call) -> Response:
        return self.get_row(call, "Users", SYNC_USER)

    def deleted(self, call: Call) -> Response:
        table = self.state(call).tables["Events"]
        return self.listing(call, table, table, "ConfigSystemEvents")

    def children(self, call: Call, id: int, set_name: str, navigation: str) -> Response:
        """What hangs on one row."""
        tables = self.state(call).tables
        parent = self.row(call, set_name, id)
        link = SETS[set_name].navigations[navigation]
        context = f"{set_name}({id})/{navigation}"
        return self.listing(call, tables[link.target], follow(tables, link, parent), context)

    def row(self, call: Call, set_name: str, id: int) -> Row:
        """Raises Refusal (404) for an unknown id."""
        table = self.state(call).tables[set_name]
        row = table.get(id)
        if row is None:
            raise not_found(table.type, id)
        return row

    def listing(self, call: Call, table: Table, rows: Iterable[Row], context: str) -> Response:
        options = call.request.args.to_dict()
        if call.repeat_page:
            options["$skip"] = "0"
        query = self._query(call, options, table)
        result = query.run([] if call.empty_list else rows)
        shown = result.rows[:-1] if call.lose_row else result.rows
        payload: Row = {"@odata.context": self.context(call, context)}
        if query.options.count:
            payload["@odata.count"] = result.total
        return json_response({**payload, "value": shown})

    def single(
        self, call: Call, table: Table, row: Row, context: str, status: int = 200
    ) -> Response:
        query = self._query(call, call.request.args.to_dict(), table, SINGLE)
        head = {"@odata.context": self.context(call, f"{context}/$entity")}
        return json_response({**head, **query.shape(row)}, status)

    def _query(
        self,
        call: Call,
        options: dict[str, str],
        table: Table,
        allowed: frozenset[str] = LIST,
    ) -> Query:
        try:
            return Query(parse_options(options, allowed), table.type, self.state(call).tables)
        except BadQuery as error:
            message = f"The query specified in the URI is not valid. {error}"
            raise Refusal(odata_error(400, message)) from error

    def context(self, call: Call, name: str) -> str:
        return f"{call.request.host_url}v1/$metadata#{name}"


def _basic(request: Request, user: str, password: str) -> bool:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        return kind.lower() == "basic" and b64decode(value).decode() == f"{user}:{password}"
    except ValueError:
        return False
