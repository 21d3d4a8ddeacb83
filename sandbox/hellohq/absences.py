"""Absences of a user: read, create, delete. There is no update."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.hellohq.answers import READ, WRITE, not_found, odata_error
from sandbox.hellohq.state import NOON, SYNC_USER
from sandbox.hellohq.tables import ABSENCE, FULL_DAY_ONLY, HOURLY, KINDS
from sandbox.http import Call, Refusal, json_response, route
from sandbox.odata.model import Row

if TYPE_CHECKING:
    from sandbox.hellohq.app import HelloHqApp


class AbsenceError(ValueError):
    """The absence cannot be; the text is for the answer."""


def validated(given: Any, user_id: int) -> Row:
    """The values of a new absence. Raises AbsenceError."""
    if not isinstance(given, dict) or not given:
        raise AbsenceError("The request body is missing.")
    for name in given:
        if name not in ABSENCE.properties:
            raise AbsenceError(f"The property '{name}' does not exist on type 'UserAbsence'.")
    for name in ("UserId", "Start", "End"):
        if given.get(name) is None:
            raise AbsenceError(f"Validation failed: {name} is required.")
    if given["UserId"] != user_id:
        raise AbsenceError("Validation failed: UserId does not match the user of the path.")
    kind = given.get("Type", "Vacation")
    if kind not in KINDS:
        raise AbsenceError(f"The value '{kind}' is not valid for the enum 'UserAbsence.Type'.")
    start, end = (_moment(kind, name, given[name]) for name in ("Start", "End"))
    if end <= start:
        raise AbsenceError("Validation failed: End must be after Start.")
    return {
        "UserId": user_id,
        "Type": kind,
        "Start": start,
        "End": end,
        "Note": str(given.get("Note") or ""),
        "IsApproved": bool(given.get("IsApproved", False)),
    }


def _moment(kind: str, name: str, text: Any) -> datetime:
    """UTC for the hour-based kinds; a local midnight or noon without zone for the others."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise AbsenceError(f"Validation failed: {name} is not a date-time.") from None
    if kind in HOURLY:
        if moment.tzinfo is None:
            raise AbsenceError(f"Validation failed: {name} of {kind} must be a UTC date-time.")
        return moment.astimezone(UTC)
    if moment.tzinfo is not None:
        raise AbsenceError(f"Validation failed: {name} of {kind} must not have a time zone.")
    if moment.time() not in (time(0), time(NOON)):
        raise AbsenceError(f"Validation failed: {name} of {kind} must be a whole or a half day.")
    if kind in FULL_DAY_ONLY and moment.time() != time(0):
        raise AbsenceError(f"Validation failed: {kind} is possible for full days only.")
    return moment


def create(app: HelloHqApp, call: Call, id: int) -> Response:
    app.row(call, "Users", id)
    try:
        values = validated(call.request.get_json(silent=True), id)
    except AbsenceError as invalid:
        raise Refusal(odata_error(400, str(invalid))) from invalid
    state = app.state(call)
    row = state.add_absence(values, SYNC_USER)
    return app.single(call, state.absences, row, f"Users({id})/Absences", status=201)


def find(app: HelloHqApp, call: Call, id: int, absence_id: int) -> Row:
    app.row(call, "Users", id)
    row = app.state(call).absences.get(absence_id)
    if row is None or row["UserId"] != id:
        raise not_found(ABSENCE, absence_id)
    return row


def read(app: HelloHqApp, call: Call, id: int, absence_id: int) -> Response:
    row = find(app, call, id, absence_id)
    return app.single(call, app.state(call).absences, row, f"Users({id})/Absences")


def delete(app: HelloHqApp, call: Call, id: int, absence_id: int) -> Response:
    find(app, call, id, absence_id)
    app.state(call).delete_absence(absence_id, SYNC_USER)
    return json_response({}, 200)


def routes(app: HelloHqApp) -> list[Rule]:
    many = "/v1/Users(<int:id>)/Absences"
    one = f"{many}(<int:absence_id>)"
    return [
        route(many, partial(create, app), "POST", scope=WRITE),
        route(one, partial(read, app), scope=READ),
        route(one, partial(delete, app), "DELETE", scope=WRITE),
    ]
