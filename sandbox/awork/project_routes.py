"""Projects, their lists, statuses and templates over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork import workflows
from sandbox.awork.answers import invalid, missing
from sandbox.awork.forms import apply_fields, body_list, moment, order, read_form, text
from sandbox.awork.frame import AworkFrame, api, batch
from sandbox.awork.models import PROJECT, STATUS, TASK_LIST, TEMPLATE, WORKFLOW, members
from sandbox.awork.projects import (
    add_to_list,
    change_list,
    change_project_status,
    change_project_tags,
    create_list,
    create_project,
    delete_list,
    delete_project,
    find_list,
    leave_list,
    put_project,
    tasks_of_list,
    update_project,
)
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import change_status, delete_task, find_project, find_task
from sandbox.http import Call, json_response

ARCHIVING = ("task-to-done", "task-remove", "task-move", "task-delete")


def _flag(form: Any, name: str) -> bool:
    return (form or {}).get(name) is True


def listing(app: AworkFrame, call: Call) -> Response:
    return app.page(call, PROJECT, app.state(call).projects, "projects")


def read(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, PROJECT, find_project(app.state(call), id))


def by_key(app: AworkFrame, call: Call, key: str) -> Response:
    state = app.state(call)
    found = next((p for p in state.projects if p["projectKey"].lower() == key), None)
    return app.one(call, PROJECT, find_project(state, found["id"] if found else None))


def create(app: AworkFrame, call: Call) -> Response:
    return app.one(call, PROJECT, create_project(app.state(call), app.me(call), app.body(call)))


def put(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, PROJECT, put_project(app.state(call), app.me(call), id, app.body(call)))


def status(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    wanted = app.form(call).get("projectStatusId")
    change_project_status(state, app.me(call), find_project(state, id), wanted)
    return app.done()


def project_type(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    wanted = app.form(call).get("projectTypeId")
    if wanted not in state.project_types:
        raise missing("project type")
    update_project(state, app.me(call), find_project(state, id), {"projectTypeId": wanted})
    return app.done()


def delete(app: AworkFrame, call: Call, id: str) -> Response:
    """Without a body the time entries go as well."""
    state, form = app.state(call), app.body(call)
    with_times = form is None or _flag(form, "deleteTimeTrackings")
    delete_project(state, app.me(call), find_project(state, id), with_times=with_times)
    return app.done()


def tag(app: AworkFrame, call: Call, id: str, remove: bool) -> Response:
    state = app.state(call)
    row = find_project(state, id)
    change_project_tags(state, app.me(call), row, app.body(call), remove=remove)
    return app.done()


def set_fields(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = find_project(state, id)
    apply_fields(state, row, "project", app.body(call))
    state.bump(row)
    state.emit("project_updated", row, app.me(call))
    return app.done()


def batched(app: AworkFrame, call: Call, operation: str) -> Response:
    """Always 207."""
    state, by, form = app.state(call), app.me(call), app.form(call)
    actions: dict[str, Callable[[Row], None]] = {
        "changeprojectstatus": lambda row: change_project_status(
            state, by, row, form.get("projectStatusId")
        ),
        "setclient": lambda row: update_project(state, by, row, _client(state, form)),
        "setdates": lambda row: update_project(state, by, row, _new_dates(form, row)),
        "addtags": lambda row: change_project_tags(state, by, row, form.get("tags"), remove=False),
        "removetags": lambda row: change_project_tags(
            state, by, row, form.get("tagsToRemove"), remove=True
        ),
        "linkworkflow": lambda row: workflows.link_workflow(state, by, row, form.get("workflowId")),
        "delete": lambda row: delete_project(
            state, by, row, with_times=_flag(form, "deleteTimeTrackings")
        ),
    }
    if operation not in actions:
        raise missing("operation")
    ids = body_list(form.get("projectIds"))
    outcome, _ = batch(ids, lambda id: actions[operation](find_project(state, id)))
    return json_response(outcome, 207)


def _client(state: AworkState, form: Row) -> Row:
    if form.get("companyId") not in (None, *(row["id"] for row in state.companies)):
        raise missing("company")
    return {"companyId": form.get("companyId")}


def _new_dates(form: Row, row: Row) -> Row:
    start, due = (moment(name, form.get(name)) for name in ("newStartDate", "newDueDate"))
    return {
        "startDate": None if _flag(form, "removeStartDate") else start or row["startDate"],
        "dueDate": None if _flag(form, "removeDueDate") else due or row["dueDate"],
    }


# -- members


def list_members(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    return json_response(members(state, find_project(state, id)))


def change_member(app: AworkFrame, call: Call, id: str, action: str) -> Response:
    state, by, form = app.state(call), app.me(call), app.form(call)
    row = find_project(state, id)
    if form.get("userId") not in state.users:
        raise missing("user")
    others = [m for m in row["members"] if m["userId"] != form["userId"]]
    was_member = len(others) < len(row["members"])
    if action != "remove" and form.get("projectRoleId") not in state.project_roles:
        raise missing("project role")
    new = {"id": state.new_id(), "userId": form["userId"], "isExternal": False,
           "projectRoleId": form.get("projectRoleId"),
           "isResponsible": _flag(form, "isResponsible")}  # fmt: skip
    row["members"] = others if action == "remove" else [*others, new]
    state.bump(row)
    changes = [("Member", None, form["userId"])]
    if action == "add" and not was_member:
        state.emit("projectmember_added", row, by, changes)
    if action == "remove" and was_member:
        state.emit("projectmember_deleted", row, by, changes)
    return app.done()


# -- statuses, workflows, templates


def statuses(app: AworkFrame, call: Call, id: str, kind: str) -> Response:
    state = app.state(call)
    table = state.task_statuses if kind == "taskstatuses" else state.project_statuses
    rows = state.statuses_of(find_project(state, id), table)
    return app.page(call, STATUS, rows, f"{kind} of project {id}")


def statuses_of_owner(app: AworkFrame, call: Call, id: str, kind: str, owners: str) -> Response:
    """Of a workflow, or of a template, which may have a workflow."""
    state = app.state(call)
    owner = getattr(state, owners).get(id)
    if owner is None:
        raise missing(owners[:-1])
    table = state.task_statuses if kind == "taskstatuses" else state.project_statuses
    return app.whole(call, STATUS, table.where("owner", owner.get("workflowId") or id))


def create_status(app: AworkFrame, call: Call, id: str) -> Response:
    row = workflows.create_status(app.state(call), app.me(call), id, app.body(call))
    return app.one(call, STATUS, row)


def put_status(app: AworkFrame, call: Call, id: str, status_id: str) -> Response:
    row = workflows.put_status(app.state(call), app.me(call), id, status_id, app.body(call))
    return app.one(call, STATUS, row)


def delete_status(app: AworkFrame, call: Call, id: str, status_id: str) -> Response:
    heir = app.form(call).get("taskStatusId")
    workflows.delete_status(app.state(call), app.me(call), id, status_id, heir)
    return app.done()


def link(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = find_project(state, id)
    workflow = app.form(call).get("workflowId")
    workflows.link_workflow(state, app.me(call), row, workflow)
    return app.one(call, PROJECT, row)


def unlink(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = find_project(state, id)
    workflows.unlink_workflow(state, app.me(call), row)
    return app.one(call, PROJECT, row)


def list_workflows(app: AworkFrame, call: Call) -> Response:
    return app.page(call, WORKFLOW, app.state(call).workflows, "workflows")


def templates(app: AworkFrame, call: Call) -> Response:
    return app.page(call, TEMPLATE, app.state(call).templates, "templates")


def template(app: AworkFrame, call: Call, id: str) -> Response:
    row = app.state(call).templates.get(id)
    if row is None:
        raise missing("project template")
    return app.one(call, TEMPLATE, row)


# -- lists


def lists(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    find_project(state, id)
    archived = call.request.args.get("showArchived", "").lower() == "true"
    rows = [row for row in state.lists.where("projectId", id) if archived or not row["isArchived"]]
    rows.sort(key=lambda row: row["order"])
    return app.page(call, TASK_LIST, rows, f"lists of {id} {archived}")


def read_list(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    return app.one(call, TASK_LIST, find_list(app.state(call), id, list_id))


def make_list(app: AworkFrame, call: Call, id: str) -> Response:
    row = create_list(app.state(call), app.me(call), id, app.body(call))
    return app.one(call, TASK_LIST, row)


def put_list(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state = app.state(call)
    row = find_list(state, id, list_id)
    change_list(state, app.me(call), row, read_form(app.body(call), {"name": text()}))
    return app.one(call, TASK_LIST, row)


def order_list(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state = app.state(call)
    row = find_list(state, id, list_id)
    change_list(state, app.me(call), row, read_form(app.body(call), {"order": order}))
    return app.done()


def archive_list(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state, by, form = app.state(call), app.me(call), app.form(call)
    row = find_list(state, id, list_id)
    archived = _flag(form, "isArchived")
    if archived and form.get("taskOperation") not in ARCHIVING:
        raise invalid("TaskOperation", "'TaskOperation' must be known.")
    if archived:
        _before_archiving(state, by, row, form)
    change_list(state, by, row, {"isArchived": archived})
    return app.done()


def _before_archiving(state: AworkState, by: str, row: Row, form: Row) -> None:
    heir = None
    if form["taskOperation"] == "task-move":
        heir = find_list(state, row["projectId"], str(form.get("taskListId")))
    done = [
        s["id"]
        for s in state.statuses_of(find_project(state, row["projectId"]), state.task_statuses)
        if s["type"] == "done"
    ]
    for task in [task for task in tasks_of_list(state, row) if not task["parentId"]]:
        if form["taskOperation"] == "task-to-done":
            change_status(state, by, task, done[0])
        elif form["taskOperation"] == "task-delete":
            delete_task(state, by, task, with_times=_flag(form, "deleteTimeTrackings"))
        else:
            leave_list(state, by, row, task)
            if heir:
                add_to_list(state, by, heir, [{"taskId": task["id"]}])


def remove_list(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state, form = app.state(call), app.body(call)
    delete_list(
        state,
        app.me(call),
        find_list(state, id, list_id),
        with_tasks=_flag(form, "deleteTasks"),
        with_times=_flag(form, "deleteTimes"),
    )
    return app.done()


def list_add(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state = app.state(call)
    row = find_list(state, id, list_id)
    return json_response(add_to_list(state, app.me(call), row, app.body(call)))


def list_remove(app: AworkFrame, call: Call, id: str, list_id: str) -> Response:
    state = app.state(call)
    row = find_list(state, id, list_id)
    for task_id in body_list(app.body(call)):
        leave_list(state, app.me(call), row, find_task(state, task_id))
    return app.done()


def routes(app: AworkFrame) -> list[Rule]:
    def make(path: str, handler: Callable[..., Response], *methods: str) -> Rule:
        return api(path, partial(handler, app), *methods, area="projects")

    one, kind = "/projects/<id>", "<any(taskstatuses,projectstatuses):kind>"
    a_list = f"{one}/tasklists/<list_id>"
    of_workflow = partial(statuses_of_owner, owners="workflows")
    of_template = partial(statuses_of_owner, owners="templates")
    return [
        make("/projects", listing),
        make("/projects", create, "POST"),
        make("/projects/key/<key>", by_key),
        make("/projects/batch/<operation>", batched, "POST"),
        make(one, read),
        make(one, put, "PUT"),
        make(f"{one}/changestatus", status, "POST"),
        make(f"{one}/changeprojecttype", project_type, "POST"),
        make(f"{one}/delete", delete, "POST"),
        make(f"{one}/addtags", partial(tag, remove=False), "POST"),
        make(f"{one}/deletetags", partial(tag, remove=True), "POST"),
        make(f"{one}/setcustomfields", set_fields, "POST"),
        make(f"{one}/members", list_members),
        make(f"{one}/<any(add,update,remove):action>projectmember", change_member, "POST"),
        make(f"{one}/{kind}", statuses),
        make(f"{one}/taskstatuses", create_status, "POST"),
        make(f"{one}/taskstatuses/<status_id>", put_status, "PUT"),
        make(f"{one}/taskstatuses/<status_id>/delete", delete_status, "POST"),
        make(f"{one}/linkworkflow", link, "POST"),
        make(f"{one}/unlinkworkflow", unlink, "POST"),
        make("/workflows", list_workflows),
        make(f"/workflows/<id>/{kind}", of_workflow),
        make("/projecttemplates", templates),
        make("/projecttemplates/<id>", template),
        make(f"/projecttemplates/<id>/{kind}", of_template),
        make(f"{one}/tasklists", lists),
        make(f"{one}/tasklists", make_list, "POST"),
        make(a_list, read_list),
        make(a_list, put_list, "PUT"),
        make(f"{a_list}/updateorder", order_list, "POST"),
        make(f"{a_list}/setarchived", archive_list, "POST"),
        make(f"{a_list}/delete", remove_list, "POST"),
        make(f"{a_list}/addtasks", list_add, "POST"),
        make(f"{a_list}/removetasks", list_remove, "POST"),
    ]
