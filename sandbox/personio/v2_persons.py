"""Personio v2: persons and their employments."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.http import Call, json_response, route
from sandbox.personio.state import Employee, PersonioState
from sandbox.personio.v2 import Json, instant, known_filters, listed, listing, moment, refuse
from sandbox.world import World

NAMES = ("first_name", "last_name")
FILTERS = frozenset(
    {
        *("id", "email", "status", "preferred_name", *NAMES),
        *(f"{stamp}{op}" for stamp in ("created_at", "updated_at") for op in ("", ".gt", ".lt")),
    }
)


def person(state: PersonioState, employee: Employee) -> Json:
    shown: Json = {
        "id": str(employee.id),
        "email": employee.email,
        "first_name": employee.first_name,
        "last_name": employee.last_name,
        "preferred_name": "",
        "gender": "UNSPECIFIED",
        "profile_picture": {"url": ""},
        "status": "INACTIVE" if employee.status == "inactive" else "ACTIVE",
        "custom_attributes": [_personnel_number(employee)],
        "employments": [{"id": f"e-{employee.id}"}],
        "created_at": instant(employee.created_at),
        "updated_at": instant(employee.updated_at),
    }
    return {name: value for name, value in shown.items() if name not in state.credential.hidden}


def _personnel_number(employee: Employee) -> Json:
    return {
        "id": "dynamic_8801",
        "type": "string",
        "global_id": None,
        "label": "Personalnummer",
        "value": employee.personnel_number,
    }


def employment(employee: Employee) -> Json:
    boss, left = employee.supervisor_id, employee.termination_date
    return {
        "id": f"e-{employee.id}",
        "status": employee.status.upper(),
        "position": {"title": employee.position},
        "type": "INTERNAL",
        "employment_start_date": employee.hire_date.isoformat(),
        "employment_end_date": left and left.isoformat(),
        "probation_end_date": None,
        "contract_end_date": None,
        "weekly_working_hours": employee.weekly_hours,
        "full_time_weekly_working_hours": 40,
        "supervisor": boss and {"id": str(boss)},
        "office": None,
        "org_units": [],
        "cost_centers": [],
        "legal_entity": None,
        "termination": left and {"terminated_at": left.isoformat()},
        "person": {"id": str(employee.id)},
    }


class Persons:
    def __init__(self, world: World) -> None:
        self.world = world

    def _state(self, call: Call) -> PersonioState:
        return self.world.state(call.tenant, PersonioState)

    def persons(self, call: Call) -> Response:
        state = self._state(call)
        known_filters(call.request, FILTERS)
        rows = [e for e in state.employees.values() if self._fits(call, state, e)]
        return listing(call, state, rows, lambda e: person(state, e), default=10, maximum=50)

    def _fits(self, call: Call, state: PersonioState, employee: Employee) -> bool:
        shown, args = person(state, employee), call.request.args
        emails = {email.lower() for email in listed(call.request, "email")}
        ids = listed(call.request, "id")
        return (
            (not ids or shown["id"] in ids)
            and (not emails or employee.email.lower() in emails)
            and args.get("status", shown["status"]) == shown["status"]
            and all(args.get(name, shown.get(name)) == shown.get(name) for name in NAMES)
            and self._stamped(call, employee)
        )

    def _stamped(self, call: Call, employee: Employee) -> bool:
        for name in ("created_at", "updated_at"):
            at: Any = getattr(employee, name)
            after = moment(call.request, f"{name}.gt")
            before = moment(call.request, f"{name}.lt")
            exact = moment(call.request, name)
            if (after and at <= after) or (before and at >= before) or (exact and at != exact):
                return False
        return True

    def person(self, call: Call, id: str) -> Response:
        state = self._state(call)
        return json_response(person(state, self._find(state, id)))

    def employments(self, call: Call, id: str) -> Response:
        state = self._state(call)
        rows = [self._find(state, id)]
        return listing(call, state, rows, employment, default=10, maximum=50)

    def _find(self, state: PersonioState, id: str) -> Employee:
        if not id.isdecimal() or int(id) not in state.employees:
            raise refuse(404, "The person was not found.")
        return state.employees[int(id)]


def routes(world: World) -> list[Rule]:
    handlers = Persons(world)
    scope = "personio:persons:read"
    return [
        route("/v2/persons", handlers.persons, scope=scope),
        route("/v2/persons/<id>", handlers.person, scope=scope),
        route("/v2/persons/<id>/employments", handlers.employments, scope=scope),
    ]
