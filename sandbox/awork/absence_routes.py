"""Absences over HTTP, and the lists of company holidays, which are empty."""

from __future__ import annotations

from functools import partial

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork.absences import create_absence, delete_absence, find_absence, put_absence
from sandbox.awork.frame import AworkFrame, api
from sandbox.awork.models import ABSENCE
from sandbox.http import Call, json_response


def listing(app: AworkFrame, call: Call) -> Response:
    return app.page(call, ABSENCE, app.state(call).absences, "absences")


def read(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, ABSENCE, find_absence(app.state(call), id))


def create(app: AworkFrame, call: Call) -> Response:
    row = create_absence(app.state(call), app.me(call), app.body(call))
    return app.one(call, ABSENCE, row)


def put(app: AworkFrame, call: Call, id: str) -> Response:
    row = put_absence(app.state(call), app.me(call), id, app.body(call))
    return app.one(call, ABSENCE, row)


def delete(app: AworkFrame, call: Call, id: str) -> Response:
    delete_absence(app.state(call), app.me(call), id)
    return app.done()


def nothing(call: Call) -> Response:
    return json_response([])


def routes(app: AworkFrame) -> list[Rule]:
    area = "absences"
    return [
        api("/absences", partial(listing, app), area=area),
        api("/absences", partial(create, app), "POST", area=area),
        api("/absences/<id>", partial(read, app), area=area),
        api("/absences/<id>", partial(put, app), "PUT", area=area),
        api("/absences/<id>", partial(delete, app), "DELETE", area=area),
        api("/workspaceabsences", nothing, area=area),
        api("/absenceregions", nothing, area=area),
    ]
