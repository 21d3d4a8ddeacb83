"""Personio v2: absence types, periods and breakdowns; the envelope and the cursor."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.clock import BERLIN
from sandbox.http import Call, Refusal, json_response, route
from sandbox.personio.state import Absence, AbsenceType, PersonioState
from sandbox.world import World

T = TypeVar("T")
Json = dict[str, Any]
DETAILS = {
    401: "The access token is missing, invalid or has expired.",
    403: "The access token does not have the required scope.",
    405: "The method is not allowed.",
    429: "Too many requests.",
}
TITLES = {400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found"}
PERIOD_FILTERS = frozenset(
    {
        "id",
        "absence_type.id",
        "person.id",
        "starts_from.date_time.gte",
        "starts_from.date_time.lte",
        "ends_at.date_time.gte",
        "ends_at.date_time.lte",
        "updated_at.gte",
        "updated_at.lte",
    }
)


def problem(status: int, detail: str) -> Response:
    error = {
        "title": TITLES.get(status, "Error"),
        "detail": detail,
        "type": "https://developer.personio.de/",
        "_meta": {},
    }
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    payload = {"personio_trace_id": "sandbox", "timestamp": now, "errors": [error]}
    return json_response(payload, status, "application/problem+json")


def refuse(status: int, detail: str) -> Refusal:
    return Refusal(problem(status, detail))


def cursor(start: int, page: int) -> str:
    return "cur_" + urlsafe_b64encode(f"{start}:{page}".encode()).decode()


def position(request: Request) -> tuple[int, int]:
    """Zero-based first record and 1-based page that the cursor stands for."""
    given = request.args.get("cursor")
    if not given:
        return 0, 1
    try:
        start, page = urlsafe_b64decode(given.removeprefix("cur_")).decode().split(":")
        return int(start), int(page)
    except ValueError:
        raise refuse(400, "Provided value for cursor is not valid") from None


def page_of(request: Request) -> int:
    try:
        return position(request)[1]
    except Refusal:
        return 1


def limit_of(request: Request, default: int, maximum: int) -> int:
    given = request.args.get("limit", str(default))
    if not given.isdecimal() or not 1 <= int(given) <= maximum:
        raise refuse(400, "Provided value for limit is not valid")
    return int(given)


def known_filters(request: Request, names: frozenset[str]) -> None:
    for name in request.args:
        if name not in names | {"limit", "cursor"}:
            raise refuse(400, f"The filter {name} is not supported")


def listing(
    call: Call,
    state: PersonioState,
    rows: Sequence[T],
    render: Callable[[T], Json],
    *,
    default: int = 100,
    maximum: int = 100,
) -> Response:
    limit = limit_of(call.request, default, maximum)
    start, page = position(call.request)
    begin = 0 if call.repeat_page else start
    rows = [] if call.empty_list else rows
    shown = rows[begin : begin + limit]
    if call.repeat_page:
        start, page = 0, 1
    links: Json = {"self": {"href": _href(call, state, call.request.args.get("cursor"))}}
    if start + limit < len(rows):
        links["next"] = {"href": _href(call, state, cursor(start + limit, page + 1))}
    elif state.quirks.null_next:
        links["next"] = None
    shown = shown[:-1] if call.lose_row else shown
    return json_response({"_data": [render(row) for row in shown], "_meta": {"links": links}})


def _href(call: Call, state: PersonioState, at: str | None) -> str:
    host = "" if state.quirks.relative_next else call.request.host_url.rstrip("/")
    return f"{host}{call.request.path}" + (f"?{urlencode({'cursor': at})}" if at else "")


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def wall(moment: datetime) -> str:
    """Berlin's wall clock without offset."""
    return moment.astimezone(BERLIN).replace(tzinfo=None).isoformat(timespec="seconds")


def absence_type(kind: AbsenceType) -> Json:
    return {
        "id": kind.id_v2,
        "name": kind.name,
        "category": kind.category and kind.category.upper(),
        "unit": kind.unit.upper(),
    }


def absence_period(state: PersonioState, absence: Absence) -> Json:
    end = absence.ends_at()
    daily = not absence.minutes
    return {
        "id": absence.id_v2,
        "person": {"id": str(absence.employee_id)},
        "absence_type": {"id": state.type_of(absence).id_v2},
        "starts_from": {
            "date_time": wall(absence.starts_at()),
            "type": _half("SECOND_HALF" if _from_noon(absence) else "FIRST_HALF", daily),
        },
        "ends_at": end
        and {
            "date_time": wall(end),
            "type": _half("FIRST_HALF" if _until_noon(absence) else "SECOND_HALF", daily),
        },
        "timezone_id": "Europe/Berlin",
        "comment": absence.comment,
        "approval": {"status": absence.status},
        "created_at": instant(absence.created_at),
        "updated_at": instant(absence.updated_at),
    }


def _half(name: str, daily: bool) -> str | None:
    return name if daily else None


def _from_noon(absence: Absence) -> bool:
    return absence.half_start


def _until_noon(absence: Absence) -> bool:
    return absence.half_end


def breakdown(state: PersonioState, absence: Absence) -> list[Json]:
    unit, divisor = ("HOUR", 60) if absence.minutes else ("DAY", 1)
    return [
        {"date": day.isoformat(), "effective_duration": {"unit": unit, "value": share / divisor}}
        for day, share in absence.breakdown(state.clock.today())
    ]


def listed(request: Request, name: str) -> set[str]:
    return {value for value in request.args.get(name, "").split(",") if value}


def moment(request: Request, name: str, zone: Any = BERLIN) -> datetime | None:
    """Naive values are read in `zone`; a bare date is its midnight."""
    given = request.args.get(name)
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        raise refuse(400, f"Provided value for {name} is not valid") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


FOREVER = datetime.combine(date(9999, 1, 1), time(), UTC)


class Window:
    """The date filters of one request. `starts_from…gte` with `ends_at…lte` spans a range and
    matches what overlaps it; every other combination means what it says."""

    def __init__(self, request: Request) -> None:
        self.start_min = moment(request, "starts_from.date_time.gte")
        self.start_max = moment(request, "starts_from.date_time.lte")
        self.end_min = moment(request, "ends_at.date_time.gte")
        self.end_max = moment(request, "ends_at.date_time.lte")
        self.updated_min = moment(request, "updated_at.gte", UTC)
        self.updated_max = moment(request, "updated_at.lte", UTC)

    def fits(self, absence: Absence) -> bool:
        if self.updated_min and absence.updated_at < self.updated_min:
            return False
        if self.updated_max and absence.updated_at > self.updated_max:
            return False
        if not (self.start_min or self.start_max or self.end_min or self.end_max):
            return True
        start, end = absence.starts_at(), absence.ends_at() or FOREVER
        if self.start_min and self.end_max:
            return end > self.start_min and start <= self.end_max
        return (
            (not self.start_min or start >= self.start_min)
            and (not self.start_max or start <= self.start_max)
            and (not self.end_min or end >= self.end_min)
            and (not self.end_max or end <= self.end_max)
        )


class V2:
    def __init__(self, world: World) -> None:
        self.world = world

    def _state(self, call: Call) -> PersonioState:
        return self.world.state(call.tenant, PersonioState)

    def types(self, call: Call) -> Response:
        state = self._state(call)
        known_filters(call.request, frozenset())
        return listing(call, state, list(state.types.values()), absence_type)

    def type(self, call: Call, id: str) -> Response:
        for kind in self._state(call).types.values():
            if kind.id_v2 == id:
                return json_response(absence_type(kind))
        raise refuse(404, "The absence type was not found.")

    def periods(self, call: Call) -> Response:
        state, request = self._state(call), call.request
        known_filters(request, PERIOD_FILTERS)
        window = Window(request)
        ids, people = listed(request, "id"), listed(request, "person.id")
        kinds = listed(request, "absence_type.id")
        rows = [
            absence
            for absence in state.absences.values()
            if (not ids or absence.id_v2 in ids)
            and (not people or str(absence.employee_id) in people)
            and (not kinds or state.type_of(absence).id_v2 in kinds)
            and window.fits(absence)
        ]
        return listing(call, state, rows, lambda absence: absence_period(state, absence))

    def period(self, call: Call, id: str) -> Response:
        state = self._state(call)
        return json_response(absence_period(state, self._find(state, id)))

    def breakdowns(self, call: Call, id: str) -> Response:
        state = self._state(call)
        rows = breakdown(state, self._find(state, id))
        return listing(call, state, rows, lambda row: row, default=28, maximum=28)

    def _find(self, state: PersonioState, id: str) -> Absence:
        if id not in state.absences:
            raise refuse(404, "The absence period was not found.")
        return state.absences[id]

    def write(self, call: Call, **_: Any) -> Response:
        """Never reached: the demo credentials have no scope to write."""
        raise refuse(403, DETAILS[403])


def routes(world: World) -> list[Rule]:
    v2 = V2(world)
    read, write = "personio:absences:read", "personio:absences:write"
    periods = "/v2/absence-periods"
    return [
        route("/v2/absence-types", v2.types, scope=read),
        route("/v2/absence-types/<id>", v2.type, scope=read),
        route(periods, v2.periods, scope=read),
        route(periods, v2.write, "POST", scope=write),
        route(f"{periods}/<id>", v2.period, scope=read),
        route(f"{periods}/<id>", v2.write, "PATCH", "DELETE", scope=write),
        route(f"{periods}/<id>/breakdowns", v2.breakdowns, scope=read),
    ]
