"""Time entries and timers over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork.answers import forbidden_operation, missing
from sandbox.awork.forms import body_list
from sandbox.awork.frame import AworkFrame, api, batch
from sandbox.awork.models import TIME_ENTRY
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import find_project, find_task
from sandbox.awork.times import (
    change_entry,
    create_entry,
    delete_entry,
    find_entry,
    pause_timer,
    put_entry,
    start_timer,
    stop_timer,
)
from sandbox.http import Call, json_response


def listing(app: AworkFrame, call: Call) -> Response:
    return app.page(call, TIME_ENTRY, app.state(call).times, "times")


def of_project(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    rows = state.times.where("projectId", find_project(state, id)["id"])
    return app.page(call, TIME_ENTRY, rows, f"times of project {id}")


def of_task(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    rows = state.times.where("taskId", find_task(state, id)["id"])
    return app.page(call, TIME_ENTRY, rows, f"times of task {id}")


def read(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, TIME_ENTRY, find_entry(app.state(call), id))


def create(app: AworkFrame, call: Call) -> Response:
    row = create_entry(app.state(call), app.me(call), app.body(call))
    return app.one(call, TIME_ENTRY, row)


def put(app: AworkFrame, call: Call, id: str) -> Response:
    row = put_entry(app.state(call), app.me(call), id, app.body(call))
    return app.one(call, TIME_ENTRY, row)


def delete(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    delete_entry(state, app.me(call), find_entry(state, id))
    return app.done()


def batched(app: AworkFrame, call: Call, operation: str) -> Response:
    """Always 207."""
    state, by = app.state(call), app.me(call)
    form = app.form(call)
    if operation not in OPERATIONS:
        raise missing("operation")
    ids = body_list(form.get("timeEntryIds"))

    def act(id: str) -> None:
        row = find_entry(state, id)
        if operation == "delete":
            delete_entry(state, by, row)
        else:
            change_entry(state, by, row, OPERATIONS[operation](state, form, row))

    return json_response(batch(ids, act)[0], 207)


def _billed(state: AworkState, form: Row, row: Row) -> Row:
    if form.get("isBilled") and not row["isBillable"]:
        raise forbidden_operation("An entry that is not billable cannot be billed.")
    return {"isBilled": form.get("isBilled") is True}


def _reference(table: str, sent: str, name: str) -> Any:
    def changes(state: AworkState, form: Row, row: Row) -> Row:
        if form.get(sent) not in getattr(state, table):
            raise missing(name)
        return {name: form[sent]}

    return changes


def _task(state: AworkState, form: Row, row: Row) -> Row:
    task = find_task(state, form.get("newTaskId"))
    return {"taskId": task["id"], "projectId": task["projectId"]}


OPERATIONS: dict[str, Any] = {
    "delete": None,
    "settypeofwork": _reference("types_of_work", "newTypeOfWorkId", "typeOfWorkId"),
    "setisbillable": lambda state, form, row: {"isBillable": form.get("isBillable") is True},
    "setisbilled": _billed,
    "setproject": lambda state, form, row: {
        **_reference("projects", "newProjectId", "projectId")(state, form, row),
        "taskId": None,
    },
    "settask": _task,
    "setuser": _reference("users", "newUserId", "userId"),
}


def timer(app: AworkFrame, call: Call, id: str, action: str) -> Response:
    state, by = app.state(call), app.me(call)
    if action == "start":
        row: Row | None = start_timer(state, by, id, app.body(call))
    elif action == "stop":
        row = stop_timer(state, by, id)
    else:
        row = pause_timer(state, by, id, resume=action == "resume")
    return app.one(call, TIME_ENTRY, row) if row else app.done()


def settings(app: AworkFrame, call: Call) -> Response:
    return json_response(app.state(call).time_settings)


def routes(app: AworkFrame) -> list[Rule]:
    area = "times"
    actions = "<any(start,stop,pause,resume):action>"
    return [
        api("/timeentries", partial(listing, app), area=area),
        api("/timeentries", partial(create, app), "POST", area=area),
        api("/timeentries/<id>", partial(read, app), area=area),
        api("/timeentries/<id>", partial(put, app), "PUT", area=area),
        api("/timeentries/<id>", partial(delete, app), "DELETE", area=area),
        api("/timeentries/batch/<operation>", partial(batched, app), "POST", area=area),
        api("/projects/<id>/timeentries", partial(of_project, app), area=area),
        api("/tasks/<id>/timeentries", partial(of_task, app), area=area),
        api(f"/users/<id>/timetracking/{actions}", partial(timer, app), "POST", area=area),
        api("/timetracking/settings", partial(settings, app), area=area),
    ]
