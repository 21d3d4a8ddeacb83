"""The frame of every emulated API: routing, the tenant's lock, faults, the journal."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from sandbox.faults import LIST_KINDS, Fault
from sandbox.journal import Entry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from sandbox.world import World

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HTML_PAGE = "<!doctype html><title>Wartung</title><h1>Wir sind gleich wieder da.</h1>"


class Refusal(Exception):
    """Raised by a handler to answer at once."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True)
class Call:
    """One request that found its route. `marks`: the list faults that hit it."""

    request: Request
    tenant: str
    marks: frozenset[str]

    @property
    def lose_row(self) -> bool:
        return "lose_row" in self.marks

    @property
    def empty_list(self) -> bool:
        return "empty_list" in self.marks

    @property
    def repeat_page(self) -> bool:
        return "repeat_page" in self.marks


Handler = Callable[..., Response]
"""Called with the Call and the route's values, under the tenant's lock."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`scope` is what the credential needs; `public` endpoints (tokens) need no credential."""

    handler: Handler
    scope: str = ""
    public: bool = False


def json_response(payload: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, mimetype=mimetype)


def route(
    path: str, handler: Handler, *methods: str, scope: str = "", public: bool = False
) -> Rule:
    endpoint = Endpoint(handler, scope, public)
    return Rule(path, endpoint=endpoint, methods=methods or ("GET",))


class VendorApp:
    """A WSGI application for one vendor. Subclasses fill in what differs."""

    name: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world
        self._map = Map(self.routes(), strict_slashes=False, merge_slashes=False)

    def routes(self) -> list[Rule]:
        raise NotImplementedError

    def tenant_of(self, request: Request) -> str:
        """The tenant whose credentials the request carries, valid or not; "" if unknown."""
        raise NotImplementedError

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        """Raises Refusal when the credential is missing, expired or lacks the scope."""
        raise NotImplementedError

    def refuse(self, status: int, request: Request) -> Response:
        """What the vendor answers with this status when nothing else is known."""
        raise NotImplementedError

    def route_not_found(self, request: Request) -> Response:
        return self.refuse(404, request)

    def is_token_call(self, request: Request) -> bool:
        """Requests that are POSTs and write nothing."""
        return False

    def page_of(self, request: Request) -> int:
        """Which page of a list the request asks for, 1-based."""
        return 1

    def finish(self, request: Request, tenant: str, response: Response) -> None:
        """A last look at every answer, e.g. to add headers."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        started = perf_counter()
        tenant = self.tenant_of(request)
        faults = self.world.faults.take(
            self.name, tenant, request.method, request.path, lambda: self.page_of(request)
        )
        response: Response | None = None
        try:
            response = self._serve(request, tenant, faults)
        finally:
            self._record(request, tenant, response, started, faults)
        if response is None:
            drop_connection(environ)
        return response(environ, start_response)

    def _serve(self, request: Request, tenant: str, faults: list[Fault]) -> Response | None:
        """The answer, or None when the connection is to be dropped."""
        delay = sum(fault.seconds for fault in faults if fault.kind == "latency")
        self.world.wait(self.world.latency + delay)
        blocking = next((f for f in faults if f.kind in BLOCKING), None)
        if blocking and not blocking.after_commit:
            if blocking.kind != "hang":
                return self._faulty(blocking, request, tenant)
            self.world.wait(blocking.seconds)
        marks = frozenset(f.kind for f in faults if f.kind in LIST_KINDS)
        response = self._answer(request, tenant, marks)
        if blocking and blocking.after_commit:
            if blocking.kind != "hang":
                return self._faulty(blocking, request, tenant)
            self.world.wait(blocking.seconds)
        self.finish(request, tenant, response)
        return spoil(response, {fault.kind for fault in faults})

    def _answer(self, request: Request, tenant: str, marks: frozenset[str]) -> Response:
        try:
            endpoint, values = self._map.bind_to_environ(request.environ).match()
        except MethodNotAllowed:
            return self.refuse(405, request)
        except (NotFound, RequestRedirect):
            return self.route_not_found(request)
        try:
            return self._handle(endpoint, values, Call(request, tenant, marks))
        except Refusal as refusal:
            return refusal.response

    def _handle(self, endpoint: Endpoint, values: Mapping[str, Any], call: Call) -> Response:
        if endpoint.public:
            return endpoint.handler(call, **values)
        self.authorize(call.request, call.tenant, endpoint)
        with self.world.tenants[call.tenant].lock:
            return endpoint.handler(call, **values)

    def _faulty(self, fault: Fault, request: Request, tenant: str) -> Response | None:
        if fault.kind == "drop":
            return None
        if fault.kind == "html":
            return Response(HTML_PAGE, status=200, mimetype="text/html")
        response = self.refuse(STATUSES.get(fault.kind, fault.status), request)
        self.finish(request, tenant, response)
        return response

    def _record(
        self,
        request: Request,
        tenant: str,
        response: Response | None,
        started: float,
        faults: list[Fault],
    ) -> None:
        unsafe = request.method not in SAFE_METHODS and not self.is_token_call(request)
        took = round((perf_counter() - started) * 1000, 2)
        self.world.journal.add(
            lambda number: Entry(
                number=number,
                at=self.world.clock.now(),
                vendor=self.name,
                tenant=tenant,
                method=request.method,
                path=request.path,
                query=request.query_string.decode("ascii", "replace"),
                status=response.status_code if response else 0,
                unsafe=unsafe,
                milliseconds=took,
                fault=",".join(fault.kind for fault in faults),
            )
        )


STATUSES = {"rate_limited": 429, "forbidden": 403, "unauthorized": 401}
BLOCKING = frozenset({"hang", "drop", "html", "server_error", *STATUSES})


def spoil(response: Response, kinds: set[str]) -> Response:
    """The answer as a broken line delivers it."""
    body = response.get_data()
    half = body[: len(body) // 2]
    if "cut_json" in kinds:
        response.set_data(half)
    elif "truncate" in kinds:
        response.response = _half_then_gone(half)
        response.headers["Content-Length"] = str(len(body))
    return response


def _half_then_gone(half: bytes) -> Iterator[bytes]:
    yield half
    raise ConnectionAbortedError("truncated on demand")


def drop_connection(environ: WSGIEnvironment) -> NoReturn:
    """Close the client's socket without an answer; always raises."""
    connection: socket.socket = environ["werkzeug.socket"]
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped on demand")


class QuietHandler(WSGIRequestHandler):
    """No access log: the journal has it."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return
