"""What every handler of awork's host uses: who asks, lists, answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.awork.answers import AworkError, error_response
from sandbox.awork.expressions import compile_filter, compile_order
from sandbox.awork.limits import Limits
from sandbox.awork.models import Model
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.http import Call, Endpoint, Refusal, VendorApp, json_response, route

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from sandbox.world import World

ROOT = "/api/v1"
DEFAULT_SIZE, MAX_SIZE = 10, 1000
MOVING = re.compile(r"\b(now|today|sow|eow|som|eom)\b")
"""Words that mean something else later."""


def bearer(request: Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else ""


def api(path: str, handler: Callable[..., Response], *methods: str, area: str) -> Rule:
    """Reading needs the key's permission for the area, anything else "<area>:write"."""
    unsafe = bool(methods) and methods != ("GET",)
    return route(ROOT + path, handler, *methods, scope=f"{area}:write" if unsafe else area)


class AworkFrame(VendorApp):
    name = "awork"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._limits: dict[str, Limits] = {}
        self._found: dict[tuple[str, ...], tuple[object, int, list[Row]]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Paths are the same in any case; ids and operations are lower case inside."""
        lowered = {**environ, "PATH_INFO": environ["PATH_INFO"].lower()}
        return super().__call__(lowered, start_response)

    # -- who asks

    def tenant_of(self, request: Request) -> str:
        value = bearer(request)
        for slug in self.world.tenants if value else ():
            if f"-{slug}" in value or value == self.world.state(slug, AworkState).key.value:
                return slug
        return ""

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        state = self.world.state(tenant, AworkState) if tenant else None
        if state is None or bearer(request) != state.key.value:
            raise Refusal(self.refuse(401, request))
        if not self._limit(tenant).take() and self.world.enforce_limits:
            raise Refusal(self.refuse(429, request))
        if endpoint.scope and endpoint.scope not in state.key.permissions:
            raise Refusal(self.refuse(401, request))

    def _limit(self, tenant: str) -> Limits:
        return self._limits.setdefault(tenant, Limits())

    # -- answers

    def trace(self) -> str:
        return f"{self.world.journal.count(self.name).requests + 1:012x}"

    def refuse(self, status: int, request: Request) -> Response:
        if status == 403:
            return Response("<h1>403 Forbidden</h1>", status=403, mimetype="text/html")
        if status == 429:
            return Response("", status=429)
        codes = {401: "unauthorized", 404: "not-found", 405: "invalid-operation"}
        code = codes.get(status, "server-error" if status >= 500 else "invalid-model")
        return error_response(AworkError(code, status=status), self.trace())

    def finish(self, request: Request, tenant: str, response: Response) -> None:
        response.headers["Trace-Id"] = self.trace()
        response.headers["X-Edge-Ref"] = f"edge-{self.trace()}"
        if tenant:
            response.headers.update(self._limit(tenant).headers())

    def _handle(self, endpoint: Endpoint, values: Mapping[str, Any], call: Call) -> Response:
        try:
            return super()._handle(endpoint, values, call)
        except AworkError as error:
            raise Refusal(error_response(error, self.trace())) from error

    # -- for handlers

    def state(self, call: Call) -> AworkState:
        return self.world.state(call.tenant, AworkState)

    def me(self, call: Call) -> str:
        """The id of the key's own user."""
        return self.state(call).key.user

    def body(self, call: Call) -> Any:
        """The JSON that was sent; None when there is none. Raises AworkError."""
        if not call.request.data:
            return None
        try:
            return json.loads(call.request.data)
        except ValueError:
            raise AworkError("invalid-model", "The body is not JSON.") from None

    def form(self, call: Call) -> Row:
        """A JSON object; {} when nothing was sent. Raises AworkError for anything else."""
        given = self.body(call)
        if given is not None and not isinstance(given, dict):
            raise AworkError("invalid-model", "The body must be an object.")
        return given or {}

    def one(self, call: Call, model: Model, row: Row) -> Response:
        return json_response(model.render(self.state(call), row))

    def done(self) -> Response:
        return Response(status=204)

    def page_of(self, request: Request) -> int:
        given = request.args.get("page", "")
        return int(given) if given.isdecimal() and int(given) else 1

    def page(self, call: Call, model: Model, rows: Iterable[Row], name: str) -> Response:
        """A list with paging, filter and order. `name` stays the same for the same rows."""
        found = self._matching(call, model, rows, name)
        size = _size(call.request.args.get("pageSize", ""))
        number = 1 if call.repeat_page else self.page_of(call.request)
        found = [] if call.empty_list else found
        shown = found[(number - 1) * size : number * size]
        shown = shown[:-1] if call.lose_row else shown
        state = self.state(call)
        response = json_response([model.render(state, row) for row in shown])
        counts = {"page": number, "pagesize": size, "items": len(shown), "totalitems": len(found)}
        response.headers.update({f"aw-{key}": str(value) for key, value in counts.items()})
        return response

    def whole(self, call: Call, model: Model, rows: Iterable[Row]) -> Response:
        """A list that knows neither pages nor filters."""
        state = self.state(call)
        shown = [model.render(state, row) for row in ([] if call.empty_list else rows)]
        return json_response(shown[:-1] if call.lose_row else shown)

    def _matching(self, call: Call, model: Model, rows: Iterable[Row], name: str) -> list[Row]:
        """Remembered until something changes, so that later pages cost nothing."""
        state, args = self.state(call), call.request.args
        texts = (args.get("filterby", "").strip(), args.get("orderby", "").strip())
        key = (call.tenant, name, *texts)
        known = self._found.get(key)
        if known and known[0] is state and known[1] == state.last_tick:
            return known[2]
        found = select(state, model, rows, *texts)
        if not MOVING.search(texts[0]):
            if len(self._found) > 32:
                self._found.clear()
            self._found[key] = (state, state.last_tick, found)
        return found


def select(
    state: AworkState, model: Model, rows: Iterable[Row], filterby: str, orderby: str
) -> list[Row]:
    """Raises AworkError (invalid-filter-or-order)."""

    def lookup(name: str) -> Callable[[Row], Any] | None:
        return model.reader(state, name)

    keys = compile_order(orderby, lookup)
    found = list(rows)
    if filterby:
        keep = compile_filter(filterby, lookup, state.clock.now(), state.key.user)
        found = [row for row in found if keep(row)]
    for key, down in reversed(keys):
        found.sort(key=key, reverse=down)
    return found


def _size(text: str) -> int:
    wanted = int(text) if text.isdecimal() else DEFAULT_SIZE
    if wanted > MAX_SIZE:
        raise AworkError("value-out-of-range", f"pageSize must not be above {MAX_SIZE}.")
    return wanted or DEFAULT_SIZE


def batch(
    ids: Iterable[Any], act: Callable[[str], None]
) -> tuple[dict[str, dict[str, list[str]]], bool]:
    """Do it for each id; the multi-status body, and whether all went well."""
    outcome: dict[str, list[str]] = {"ok": [], "notFound": [], "unauthorized": [], "badRequest": []}
    for id in ids:
        try:
            act(id)
            outcome["ok"].append(id)
        except AworkError as error:
            outcome["notFound" if error.status == 404 else "badRequest"].append(id)
    body = {name: {"ids": found} for name, found in outcome.items() if found}
    return body, not (outcome["notFound"] or outcome["badRequest"])


def batch_answer(outcome: tuple[Any, bool]) -> Response:
    """204 when every id went well, else 207."""
    body, well = outcome
    return Response(status=204) if well else json_response(body, 207)
