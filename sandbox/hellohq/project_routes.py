"""Projects, tasks, assignments, reportings and companies over HTTP; reading is in app.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.hellohq import plan, projects, reporting
from sandbox.hellohq.answers import READ, WRITE, not_found, odata_error
from sandbox.hellohq.plan import PlanError, failed, read_body
from sandbox.hellohq.project_tables import (
    COMPANY,
    FIELD_DEFINITION,
    REPORTING,
    TASK,
    TASK_ASSIGNMENT,
)
from sandbox.hellohq.state import SYNC_USER
from sandbox.http import Call, Refusal, route
from sandbox.odata.model import Row

if TYPE_CHECKING:
    from sandbox.hellohq.app import HelloHqApp

Handler = Callable[..., Response]


def refusing(handler: Handler) -> Handler:
    """PlanErrors become 400."""

    def wrapped(app: HelloHqApp, call: Call, **values: Any) -> Response:
        try:
            return handler(app, call, **values)
        except PlanError as error:
            raise Refusal(odata_error(400, str(error))) from error

    return wrapped


def sent(call: Call) -> Any:
    return call.request.get_json(silent=True)


def _shown(app: HelloHqApp, call: Call, table: str, row: Row, status: int = 200) -> Response:
    return app.single(call, app.state(call).tables[table], row, table, status)


# -- projects


def create_project(app: HelloHqApp, call: Call) -> Response:
    row = projects.create_project(app.state(call), sent(call), SYNC_USER)
    return _shown(app, call, "Projects", row, 201)


def change_project_status(app: HelloHqApp, call: Call, id: int) -> Response:
    row = app.row(call, "Projects", id)
    wanted = (sent(call) or {}).get("ProjectStatusId")
    if wanted is None:
        raise failed("ProjectStatusId is required.")
    changed = projects.change_status(app.state(call), row, wanted, SYNC_USER)
    return _shown(app, call, "Projects", changed, 201)


def add_member(app: HelloHqApp, call: Call, id: int) -> Response:
    state, given = app.state(call), sent(call) or {}
    app.row(call, "Projects", id)
    plan.need(state, "Users", given.get("UserId"), "User")
    plan.need(state, "ProjectRoles", given.get("ProjectRoleId"), "ProjectRole")
    row = {"Id": state.next_id("ProjectMembers", 3_001), "ProjectId": id, "UserId": given["UserId"],
           "ProjectRoleId": given["ProjectRoleId"], **state.stamps(SYNC_USER)}  # fmt: skip
    return _shown(app, call, "ProjectMembers", state.tables["ProjectMembers"].add(row), 201)


def field(app: HelloHqApp, call: Call, id: int, definition_id: int) -> Response:
    state, project = app.state(call), app.row(call, "Projects", id)
    try:
        if call.request.method == "PUT":
            value = (sent(call) or {}).get("Value")
            row = projects.set_field(state, project, definition_id, value, SYNC_USER)
            return _shown(app, call, "ProjectCustomFields", row)
        name = state.tables["CustomFieldDefinitions"].get(definition_id)
        rows = state.tables["ProjectCustomFields"].where("EntityId", id)
        row = next(row for row in rows if name and row["Name"] == name["Name"])
    except (KeyError, StopIteration):
        raise not_found(FIELD_DEFINITION, definition_id) from None
    return _shown(app, call, "ProjectCustomFields", row)


# -- tasks


def create_task(app: HelloHqApp, call: Call) -> Response:
    values = read_body(sent(call), TASK)
    return _shown(
        app, call, "ProjectTasks", plan.create_task(app.state(call), values, SYNC_USER), 201
    )


def put_task(app: HelloHqApp, call: Call, id: int) -> Response:
    row = app.row(call, "ProjectTasks", id)
    changed = plan.put_task(app.state(call), row, read_body(sent(call), TASK), SYNC_USER)
    return _shown(app, call, "ProjectTasks", changed)


def delete_task(app: HelloHqApp, call: Call, id: int) -> Response:
    plan.delete_task(app.state(call), app.row(call, "ProjectTasks", id), SYNC_USER)
    return Response(status=204)


def finish(app: HelloHqApp, call: Call, id: int, done: bool) -> Response:
    row = app.row(call, "ProjectTasks", id)
    changed = plan.finish(app.state(call), row, SYNC_USER, done=done)
    return _shown(app, call, "ProjectTasks", changed)


def set_status(app: HelloHqApp, call: Call, id: int) -> Response:
    row = app.row(call, "ProjectTasks", id)
    wanted = (sent(call) or {}).get("Status")
    changed = plan.set_status(app.state(call), row, wanted, SYNC_USER)
    return _shown(app, call, "ProjectTasks", changed)


def assign(app: HelloHqApp, call: Call, id: int) -> Response:
    task = app.row(call, "ProjectTasks", id)
    values = read_body(sent(call), TASK_ASSIGNMENT)
    row = plan.add_assignment(app.state(call), task, values, SYNC_USER)
    return _shown(app, call, "TaskAssignments", row, 201)


def assignment(app: HelloHqApp, call: Call, id: int, assignment_id: int) -> Response:
    row = _hanging(app, call, "ProjectTasks", id, "TaskAssignments", "TaskId", assignment_id)
    if call.request.method == "DELETE":
        plan.remove_assignment(app.state(call), row, SYNC_USER)
        return Response(status=200)
    return _shown(app, call, "TaskAssignments", row)


def _hanging(
    app: HelloHqApp, call: Call, set_name: str, id: int, table: str, via: str, child_id: int
) -> Row:
    app.row(call, set_name, id)
    row = app.state(call).tables[table].get(child_id)
    if row is None or row[via] != id:
        raise not_found(app.state(call).tables[table].type, child_id)
    return row


# -- reportings


def create_reporting(app: HelloHqApp, call: Call, id: int) -> Response:
    app.row(call, "Projects", id)
    values = reporting.create_values(sent(call), id)
    row = reporting.create_reporting(app.state(call), values, SYNC_USER)
    return _shown(app, call, "UserReportings", row, 201)


def user_reporting(app: HelloHqApp, call: Call, id: int, reporting_id: int) -> Response:
    row = _hanging(app, call, "Users", id, "UserReportings", "UserId", reporting_id)
    state, method = app.state(call), call.request.method
    if method == "DELETE":
        reporting.delete_reporting(state, row, SYNC_USER)
        return Response(status=204)
    if method == "PUT":
        values = {"Note": "", "BreakDuration": 0, "IsApproved": False, "TaskId": None}
        values |= read_body(sent(call), REPORTING)
        row = reporting.change_reporting(state, row, values, SYNC_USER)
    return _shown(app, call, "UserReportings", row)


# -- companies


def create_company(app: HelloHqApp, call: Call) -> Response:
    state = app.state(call)
    values = _named(read_body(sent(call), COMPANY))
    row = {**values, "Id": state.next_id("Companies", 301), **state.stamps(SYNC_USER)}
    return _shown(app, call, "Companies", state.tables["Companies"].add(row), 201)


def put_company(app: HelloHqApp, call: Call, id: int) -> Response:
    row = app.row(call, "Companies", id)
    kept = {name: row[name] for name in plan.READ_ONLY}
    values = {**_named(read_body(sent(call), COMPANY)), **kept}
    state = app.state(call)
    state.tables["Companies"].add(values)
    return _shown(app, call, "Companies", plan.change(state, "Companies", values, {}, SYNC_USER))


def _named(values: Row) -> Row:
    if not values.get("Name"):
        raise failed("Name is required.")
    return values


def delete_company(app: HelloHqApp, call: Call, id: int) -> Response:
    state = app.state(call)
    app.row(call, "Companies", id)
    if state.tables["Projects"].where("CompanyId", id):
        raise failed("The company has projects and cannot be deleted.")
    state.tables["Companies"].remove(id)
    state.record_deletion("Company", id, SYNC_USER)
    return Response(status=204)


def routes(app: HelloHqApp) -> list[Rule]:
    def make(path: str, handler: Handler, *methods: str) -> Rule:
        scope = WRITE if methods else READ
        return route(f"/v1/{path}", partial(refusing(handler), app), *methods, scope=scope)

    project, task = "Projects(<int:id>)", "ProjectTasks(<int:id>)"
    fields = f"{project}/CustomFields(<int:definition_id>)"
    assignments = f"{task}/Assignments(<int:assignment_id>)"
    reportings = "Users(<int:id>)/Reportings(<int:reporting_id>)"
    return [
        make("Projects/do.Create", create_project, "POST"),
        make(f"{project}/do.ChangeStatus", change_project_status, "POST"),
        make(f"{project}/do.AddMember", add_member, "POST"),
        make(f"{project}/do.CreateReporting", create_reporting, "POST"),
        make(fields, field),
        make(fields, field, "PUT"),
        make("ProjectTasks", create_task, "POST"),
        make(task, put_task, "PUT"),
        make(task, delete_task, "DELETE"),
        make(f"{task}/do.Finish", partial(finish, done=True), "POST"),
        make(f"{task}/do.Open", partial(finish, done=False), "POST"),
        make(f"{task}/do.SetStatus", set_status, "POST"),
        make(f"{task}/Assignments", assign, "POST"),
        make(assignments, assignment),
        make(assignments, assignment, "DELETE"),
        make(reportings, user_reporting),
        make(reportings, user_reporting, "PUT", "DELETE"),
        make("Companies", create_company, "POST"),
        make("Companies(<int:id>)", put_company, "PUT"),
        make("Companies(<int:id>)", delete_company, "DELETE"),
    ]
