"""The control app: JSON for tests and scripts, HTML for people.

GET /  GET /ui/<tenant>  GET /ui/<tenant>/plan  GET /ui/<tenant>/directory  the demo pages
GET /vendors  URLs and every tenant's credentials
GET /state/<tenant>  all records; collections: personio absences, employees, types, credential;
hellohq absences, users, credential, projects, tasks, reportings, companies, task_types, rules;
awork projects, lists, tasks, times, timers (create starts, delete stops), absences, users,
workspace (key, permissions, multi-assignment, how webhooks go wrong); hibob people, departments,
sites, titles, leaves, credential; travelperk users, cost_centers, companies, approval_groups,
credential. A credential's one record is "api": scopes, permissions, plan
GET, POST /records/<vendor>/<tenant>/<collection>
GET, PATCH, DELETE /records/<vendor>/<tenant>/<collection>/<id>
GET, POST, DELETE /faults · DELETE /faults/<id> · GET /journal · POST /reset
POST /clock {"hours": 25}  moves the sandbox's time on
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.control.directory import Directory
from sandbox.control.pages import Pages
from sandbox.control.parts import ABSENCE_VENDORS, DIRECTORY_VENDORS, PLAN_VENDORS
from sandbox.control.plans import Plans
from sandbox.faults import Fault
from sandbox.http import json_response
from sandbox.world import Collection, World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Json = dict[str, Any]


def body(request: Request) -> Json:
    """The JSON object that was sent; {} for none. Raises ValueError for anything else."""
    given = request.get_json(silent=True) if request.data else {}
    if not isinstance(given, dict):
        raise ValueError("a JSON object is needed")
    return given


class ControlApp:
    def __init__(self, world: World, urls: dict[str, str]) -> None:
        self.world = world
        self.urls = urls
        records = "/records/<vendor>/<tenant>/<collection>"
        rules = [
            Rule("/vendors", endpoint=self.vendors, methods=["GET"]),
            Rule("/state/<tenant>", endpoint=self.state, methods=["GET"]),
            Rule(records, endpoint=self.records, methods=["GET", "POST"]),
            Rule(f"{records}/<id>", endpoint=self.record, methods=["GET", "PATCH", "DELETE"]),
            Rule("/faults", endpoint=self.faults, methods=["GET", "POST", "DELETE"]),
            Rule("/faults/<int:id>", endpoint=self.fault, methods=["DELETE"]),
            Rule("/journal", endpoint=self.journal, methods=["GET", "DELETE"]),
            Rule("/reset", endpoint=self.reset, methods=["POST"]),
            Rule("/clock", endpoint=self.clock, methods=["GET", "POST"]),
        ]
        if world.vendors.keys() >= ABSENCE_VENDORS:
            rules += Pages(world).rules()
        if world.vendors.keys() >= DIRECTORY_VENDORS:
            rules += Directory(world).rules()
        if world.vendors.keys() >= PLAN_VENDORS:
            rules += Plans(world).rules()
        self._map = Map(rules)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            handler, values = self._map.bind_to_environ(request.environ).match()
            response: Response = handler(request, **values)
        except HTTPException as error:
            return Response(str(error), status=error.code or 500)
        except KeyError as error:
            return json_response({"error": f"unknown: {error.args[0]}"}, 404)
        except (ValueError, TypeError) as error:
            return json_response({"error": str(error)}, 400)
        return response

    def vendors(self, request: Request) -> Response:
        tenants = {
            slug: {name: v.credentials(slug) for name, v in self.world.vendors.items()}
            for slug in self.world.tenants
        }
        return json_response({"urls": self.urls, "tenants": tenants})

    def state(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        with found.lock:
            return json_response(
                {
                    name: {
                        title: collection.all(found.states[name])
                        for title, collection in vendor.collections.items()
                    }
                    for name, vendor in self.world.vendors.items()
                }
            )

    def records(self, request: Request, vendor: str, tenant: str, collection: str) -> Response:
        records, state = self._collection(vendor, tenant, collection)
        with self.world.tenants[tenant].lock:
            if request.method == "POST":
                return json_response(records.create(state, body(request)), 201)
            return json_response(records.all(state))

    def record(
        self, request: Request, vendor: str, tenant: str, collection: str, id: str
    ) -> Response:
        records, state = self._collection(vendor, tenant, collection)
        with self.world.tenants[tenant].lock:
            if request.method == "PATCH":
                return json_response(records.update(state, id, body(request)))
            if request.method == "DELETE":
                records.delete(state, id)
                return Response(status=204)
            for row in records.all(state):
                if id in (str(row.get("id", row.get("Id"))), row.get("id_v2")):
                    return json_response(row)
        raise KeyError(id)

    def _collection(self, vendor: str, tenant: str, collection: str) -> tuple[Collection, Any]:
        records = self.world.vendors[vendor].collections[collection]
        return records, self.world.tenants[tenant].states[vendor]

    def faults(self, request: Request) -> Response:
        if request.method == "POST":
            fault = self.world.faults.add(Fault(**body(request)))
            return json_response(fault.as_json(), 201)
        if request.method == "DELETE":
            self.world.faults.clear()
            return Response(status=204)
        return json_response([fault.as_json() for fault in self.world.faults.all()])

    def fault(self, request: Request, id: int) -> Response:
        if not self.world.faults.remove(id):
            raise KeyError(id)
        return Response(status=204)

    def journal(self, request: Request) -> Response:
        """?vendor= ?tenant= ?after=<number> ?unsafe=1"""
        if request.method == "DELETE":
            self.world.journal.clear()
            return Response(status=204)
        entries = self.world.journal.entries(
            request.args.get("vendor", ""),
            request.args.get("tenant", ""),
            after=int(request.args.get("after", "0")),
            unsafe=request.args.get("unsafe") == "1",
        )
        counts = self.world.journal.counts().items()
        payload = {
            "counts": {n: {"requests": c.requests, "unsafe": c.unsafe} for n, c in counts},
            "entries": [entry.as_json() for entry in entries],
        }
        return json_response(payload)

    def reset(self, request: Request) -> Response:
        self.world.reset()
        return Response(status=204)

    def clock(self, request: Request) -> Response:
        if request.method == "POST":
            self.world.clock.advance(timedelta(**body(request)))
        return json_response({"now": self.world.clock.now().isoformat()})
