"""Personio v1: time-off types, time-offs (days), absence periods (hours)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil
from typing import Any, TypeVar
from uuid import UUID

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.clock import BERLIN
from sandbox.http import Call, Refusal, json_response, route
from sandbox.personio import v1_render
from sandbox.personio.state import Absence, AbsenceType, Employee, PersonioState
from sandbox.world import World

T = TypeVar("T")
FORBIDDEN = "personio.core.api.exceptions.api.forbidden.http.exception"
MESSAGES = {
    401: "The token has expired or is invalid.",
    403: FORBIDDEN,
    405: "Method not allowed",
    429: "Too many requests",
    500: "Something went wrong",
}
TIME_OFFS = "/v1/company/time-offs"


def failure(status: int, message: str, code: int | None = None) -> Response:
    error = {"code": status if code is None else code, "message": message}
    return json_response({"success": False, "error": error}, status)


def refuse(status: int, message: str) -> Refusal:
    return Refusal(failure(status, message))


@dataclass(frozen=True, slots=True)
class Paging:
    """How one endpoint pages. `by_page`: `offset` is a page number; `first` numbers page one."""

    default: int = 200
    maximum: int = 200
    by_page: bool = False
    first: int = 1

    def limit(self, request: Request) -> int:
        limit = number(request, "limit", self.default)
        if not 1 <= limit <= self.maximum:
            raise refuse(400, f"The limit must be between 1 and {self.maximum}.")
        return limit

    def index(self, request: Request) -> int:
        """Zero-based number of the page that is asked for."""
        offset = number(request, "offset", 0)
        if self.by_page:
            return max(offset, 1) - 1
        return offset // self.limit(request)

    def start(self, request: Request) -> int:
        """Zero-based number of the first record of the page."""
        if self.by_page:
            return self.index(request) * self.limit(request)
        return number(request, "offset", 0)


BY_PAGE = Paging(by_page=True)
BY_RECORD = Paging()
EMPLOYEES = Paging(default=50, maximum=100, first=0)


def number(request: Request, name: str, default: int) -> int:
    given = request.args.get(name, str(default))
    if not given.isdecimal():
        raise refuse(400, f"The {name} must be a number.")
    return int(given)


def page_of(request: Request) -> int:
    paging = BY_PAGE if request.path == TIME_OFFS else BY_RECORD
    paging = EMPLOYEES if request.path == "/v1/company/employees" else paging
    try:
        return paging.index(request) + 1
    except Refusal:
        return 1


def listing(
    call: Call,
    paging: Paging,
    rows: Sequence[T],
    render: Callable[[T], dict[str, Any]],
    *,
    omit_total: bool = False,
) -> Response:
    """One page. As in real answers, `limit` and `offset` come back as they were sent (strings),
    and the figures of every second page are strings too."""
    limit, index = paging.limit(call.request), paging.index(call.request)
    rows = [] if call.empty_list else rows
    start = 0 if call.repeat_page else paging.start(call.request)
    shown = rows[start : start + limit]
    shown = shown[:-1] if call.lose_row else shown
    metadata: dict[str, Any] = {
        "total_elements": len(rows),
        "current_page": index + paging.first,
        "total_pages": max(1, ceil(len(rows) / limit)),
    }
    if omit_total:
        del metadata["total_elements"]
    if index % 2:
        metadata = {name: str(value) for name, value in metadata.items()}
    payload = {
        "success": True,
        "metadata": metadata,
        "data": [render(row) for row in shown],
        "offset": call.request.args.get("offset", 1 if paging.by_page else 0),
        "limit": call.request.args.get("limit", paging.default),
    }
    return json_response(payload)


def day(request: Request, name: str) -> date | None:
    given = request.args.get(name)
    if not given:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%d").date()
    except ValueError:
        raise refuse(400, f"The {name} must be a date of the form YYYY-MM-DD.") from None


def instant(request: Request, name: str) -> datetime | None:
    given = request.args.get(name)
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        raise refuse(400, f"The {name} must be a date-time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def employee_ids(request: Request) -> set[int]:
    given = request.args.getlist("employees[]") + request.args.getlist("employees")
    if not all(value.isdecimal() for value in given):
        raise refuse(400, "The employees must be numbers.")
    return {int(value) for value in given}


def overlaps(absence: Absence, first: date | None, last: date | None) -> bool:
    end = absence.last or date.max
    return (last is None or absence.first <= last) and (first is None or end >= first)


def inside(absence: Absence, first: date | None, last: date | None) -> bool:
    end = absence.last or absence.first
    return (first is None or absence.first >= first) and (last is None or end <= last)


class V1:
    def __init__(self, world: World) -> None:
        self.world = world

    def _state(self, call: Call) -> PersonioState:
        return self.world.state(call.tenant, PersonioState)

    def types(self, call: Call) -> Response:
        """Usually without metadata."""
        limit = BY_RECORD.limit(call.request)
        start = BY_RECORD.start(call.request)
        kinds = [] if call.empty_list else list(self._state(call).types.values())
        shown = kinds[start : start + limit]
        shown = shown[:-1] if call.lose_row else shown
        data = [v1_render.time_off_type(kind) for kind in shown]
        return json_response({"success": True, "data": data})

    def time_offs(self, call: Call) -> Response:
        state = self._state(call)
        fits = inside if state.quirks.window_inside else overlaps
        first, last = day(call.request, "start_date"), day(call.request, "end_date")
        since, until = day(call.request, "updated_from"), day(call.request, "updated_to")
        people = employee_ids(call.request)
        rows = [
            absence
            for absence in state.absences.values()
            if not absence.minutes
            and fits(absence, first, last)
            and (not people or absence.employee_id in people)
            and _updated_within(absence, since, until)
        ]
        return listing(
            call,
            BY_PAGE,
            rows,
            lambda absence: v1_render.time_off(state, absence),
            omit_total=state.quirks.omit_total_elements,
        )

    def time_off(self, call: Call, id: int) -> Response:
        state = self._state(call)
        for absence in state.absences.values():
            if absence.id == id and not absence.minutes:
                return json_response({"success": True, "data": v1_render.time_off(state, absence)})
        raise refuse(404, "The absence period was not found.")

    def absence_periods(self, call: Call) -> Response:
        state = self._state(call)
        first, last = day(call.request, "start_date"), day(call.request, "end_date")
        since, until = instant(call.request, "updated_from"), instant(call.request, "updated_to")
        people = employee_ids(call.request)
        types = _type_ids(state, call.request.args.getlist("absence_types[]"))
        wanted = _period_ids(call.request.args.getlist("absence_periods[]"))
        rows = [
            absence
            for absence in state.absences.values()
            if absence.minutes
            and overlaps(absence, first, last)
            and (not people or absence.employee_id in people)
            and (not types or absence.type_id in types)
            and (not wanted or absence.id_v2 in wanted)
            and (since is None or absence.updated_at >= since)
            and (until is None or absence.updated_at <= until)
        ]
        return listing(call, BY_RECORD, rows, lambda a: v1_render.absence_period(state, a))

    def employees(self, call: Call) -> Response:
        """With `updated_since`, paging and `email` are ignored."""
        state = self._state(call)
        wanted = set(call.request.args.getlist("attributes[]"))

        def render(employee: Employee) -> dict[str, Any]:
            return v1_render.employee(state, employee, wanted)

        since = instant(call.request, "updated_since")
        people = list(state.employees.values())
        if since:
            people = [p for p in people if p.updated_at > since and not call.empty_list]
            data = [render(employee) for employee in people]
            return json_response({"success": True, "data": data})
        email = call.request.args.get("email", "").strip().lower()
        rows = [p for p in people if not email or p.email.lower() == email]
        return listing(call, EMPLOYEES, rows, render)

    def employee(self, call: Call, id: int) -> Response:
        state = self._state(call)
        if id not in state.employees:
            raise refuse(404, "The employee was not found.")
        data = v1_render.employee(state, state.employees[id], set())
        return json_response({"success": True, "data": data})

    def attributes(self, call: Call) -> Response:
        """The attributes that the credential may read."""
        data = v1_render.attribute_list(self._state(call))
        return json_response({"success": True, "data": data})

    def write(self, call: Call, **_: Any) -> Response:
        """Never reached: the demo credentials have no scope to write."""
        raise refuse(403, FORBIDDEN)


def _updated_within(absence: Absence, since: date | None, until: date | None) -> bool:
    """Both inclusive, whole days in Berlin."""
    if since is None and until is None:
        return True
    updated = absence.updated_at.astimezone(BERLIN).date()
    return (since is None or updated >= since) and (until is None or updated <= until)


def _type_ids(state: PersonioState, given: list[str]) -> set[int]:
    found: set[int] = set()
    for key in given:
        kind = next((k for k in state.types.values() if _is_type(k, key)), None)
        if kind is None:
            raise refuse(404, "models.absence-types.not-found")
        found.add(kind.id)
    return found


def _is_type(kind: AbsenceType, key: str) -> bool:
    return key in (str(kind.id), kind.id_v2)


def _period_ids(given: list[str]) -> set[str]:
    try:
        return {str(UUID(key)) for key in given}
    except ValueError:
        raise refuse(400, "The absence period id is invalid.") from None


def routes(world: World) -> list[Rule]:
    v1 = V1(world)
    read, people = "absences:read", "employees:read"
    write = "absences:write"
    return [
        route("/v1/company/time-off-types", v1.types, scope=read),
        route(TIME_OFFS, v1.time_offs, scope=read),
        route(TIME_OFFS, v1.write, "POST", scope=write),
        route(f"{TIME_OFFS}/<int:id>", v1.time_off, scope=read),
        route(f"{TIME_OFFS}/<int:id>", v1.write, "DELETE", scope=write),
        route("/v1/company/absence-periods", v1.absence_periods, scope=read),
        route("/v1/company/absence-periods", v1.write, "POST", scope=write),
        route("/v1/company/absence-periods/<id>", v1.write, "DELETE", scope=write),
        route("/v1/company/employees", v1.employees, scope=people),
        route("/v1/company/employees", v1.write, "POST", scope="employees:write"),
        route("/v1/company/employees/attributes", v1.attributes, scope=people),
        route("/v1/company/employees/<int:id>", v1.employee, scope=people),
    ]
