"""Tasks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork import tasks
from sandbox.awork.answers import forbidden_operation, invalid, missing
from sandbox.awork.forms import apply_fields, body_list, flag, items, order, read_form, text
from sandbox.awork.frame import AworkFrame, api, batch, batch_answer
from sandbox.awork.models import TASK
from sandbox.awork.projects import add_to_list
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import find_project, find_task
from sandbox.http import Call, json_response

ITEM_FORM = {"name": text(), "isDone": flag(False), "order": order}


def project_tasks(app: AworkFrame, call: Call) -> Response:
    """Of all projects; private ones are only in the other list."""
    rows = [row for row in app.state(call).tasks if row["projectId"]]
    return app.page(call, TASK, rows, "project tasks")


def all_tasks(app: AworkFrame, call: Call) -> Response:
    return app.page(call, TASK, app.state(call).tasks, "tasks")


def of_project(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    rows = state.tasks.where("projectId", find_project(state, id)["id"])
    return app.page(call, TASK, rows, f"tasks of {id}")


def read(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, TASK, find_task(app.state(call), id))


def by_key(app: AworkFrame, call: Call, key: str) -> Response:
    state = app.state(call)
    for row in state.tasks:
        if str(TASK.computed["taskIdentifier"](state, row)).lower() == key:
            return app.one(call, TASK, row)
    raise missing("task")


def create(app: AworkFrame, call: Call) -> Response:
    return app.one(call, TASK, tasks.create_task(app.state(call), app.me(call), app.body(call)))


def put(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, TASK, tasks.put_task(app.state(call), app.me(call), id, app.body(call)))


# -- operations on several tasks


def change_statuses(app: AworkFrame, call: Call) -> Response:
    state, by = app.state(call), app.me(call)
    wanted = {i["taskId"]: i["statusId"] for i in items(app.body(call), "taskId", "statusId")}

    def act(id: str) -> None:
        tasks.change_status(state, by, find_task(state, id), wanted[id])

    return batch_answer(batch(wanted, act))


def change_type(app: AworkFrame, call: Call) -> Response:
    state, by, form = app.state(call), app.me(call), app.form(call)
    kind, times = str(form.get("typeOfWorkId")), form.get("changeTimeEntries") is True
    if kind not in state.types_of_work:
        raise missing("type of work")

    def act(id: str) -> None:
        tasks.change_type(state, by, find_task(state, id), kind, times=times)

    return batch_answer(batch(body_list(form.get("taskIds")), act))


def change_lists(app: AworkFrame, call: Call) -> Response:
    state, by = app.state(call), app.me(call)
    for item in items(app.body(call), "taskId", "taskLists"):
        tasks.change_lists(state, by, find_task(state, item["taskId"]), item["taskLists"])
    return json_response({})


def change_subtasks(app: AworkFrame, call: Call) -> Response:
    state, by = app.state(call), app.me(call)
    for item in items(app.body(call), "taskId", "parentId"):
        task = find_task(state, item["taskId"])
        tasks.change_parent(state, by, task, item["parentId"], item.get("order"))
    return app.done()


def detach(app: AworkFrame, call: Call) -> Response:
    state, by = app.state(call), app.me(call)
    for item in items(app.body(call), "taskId"):
        task = find_task(state, item["taskId"])
        tasks.detach(state, by, task, item.get("listId"), item.get("order"))
    return app.done()


def prioritize(app: AworkFrame, call: Call) -> Response:
    state, form = app.state(call), app.form(call)
    row = find_task(state, form.get("taskId"))
    row["isPrio"] = form.get("isPrio") is True
    state.touch(row, app.me(call))
    state.emit("task_updated", row, app.me(call))
    return app.done()


def delete(app: AworkFrame, call: Call) -> Response:
    state, by, form = app.state(call), app.me(call), app.form(call)
    times = form.get("deleteTimeTrackings") is True

    def act(id: str) -> None:
        tasks.delete_task(state, by, find_task(state, id), with_times=times)

    return batch_answer(batch(body_list(form.get("taskIds")), act))


def batched(app: AworkFrame, call: Call, operation: str) -> Response:
    """Always 207."""
    state, by, form = app.state(call), app.me(call), app.form(call)
    if operation not in BATCH:
        raise missing("operation")
    ids = body_list(form.get("taskIds"))
    outcome, _ = batch(ids, lambda id: BATCH[operation](state, by, find_task(state, id), form))
    return json_response(outcome, 207)


def _dates(state: AworkState, by: str, task: Row, form: Row) -> None:
    put = {name: task[name] for name in tasks.FORM if name in task}
    put |= {"startOn": form.get("newStartDate", task["startOn"]),
            "dueOn": form.get("newDueDate", task["dueOn"])}  # fmt: skip
    tasks.put_task(state, by, task["id"], put)


def _assign(state: AworkState, by: str, task: Row, form: Row) -> None:
    old = [share["id"] for share in task["assignees"]]
    tasks.set_assignees(state, by, task, [*old, *body_list(form.get("userIds"))])


def _unassign(state: AworkState, by: str, task: Row, form: Row) -> None:
    going = body_list(form.get("userIds"))
    staying = [share["id"] for share in task["assignees"] if share["id"] not in going]
    tasks.set_assignees(state, by, task, staying)


def _to_list(state: AworkState, by: str, task: Row, form: Row) -> None:
    task_list = state.lists.get(form.get("taskListId"))
    if task_list is None:
        raise forbidden_operation("The task list does not exist.")
    add_to_list(state, by, task_list, [{"taskId": task["id"]}])


BATCH: dict[str, Callable[[AworkState, str, Row, Row], Any]] = {
    "delete": lambda state, by, task, form: tasks.delete_task(
        state, by, task, with_times=form.get("deleteTimeTrackings") is True
    ),
    "changetypeofwork": lambda state, by, task, form: tasks.change_type(
        state, by, task, form.get("typeOfWorkId", ""), times=False
    ),
    "changetaskstatus": lambda state, by, task, form: tasks.change_status(
        state, by, task, form.get("taskStatusId", "")
    ),
    "addtags": lambda state, by, task, form: tasks.change_tags(
        state, by, task, form.get("tags"), remove=False
    ),
    "moveundertask": lambda state, by, task, form: tasks.change_parent(
        state, by, task, form.get("parentId", ""), None
    ),
    "movetotasklist": _to_list,
    "setdates": _dates,
    "assignusers": _assign,
    "unassignusers": _unassign,
}


# -- operations on one task


def assignees(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    tasks.set_assignees(state, app.me(call), find_task(state, id), app.body(call))
    return app.done()


def efforts(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    tasks.set_efforts(state, app.me(call), find_task(state, id), app.body(call))
    return app.done()


def update_order(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = find_task(state, id)
    row["order"] = order("order", app.form(call).get("order"))
    state.touch(row, app.me(call))
    state.emit("task_updated", row, app.me(call))
    return json_response([{"id": row["id"], "order": row["order"]}])


def tag(app: AworkFrame, call: Call, id: str, remove: bool) -> Response:
    state = app.state(call)
    row = find_task(state, id)
    tasks.change_tags(state, app.me(call), row, app.body(call), remove=remove)
    return app.done()


def set_fields(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = find_task(state, id)
    apply_fields(state, row, "task", app.body(call))
    state.bump(row)
    state.emit("task_updated", row, app.me(call), nested=True)
    return app.done()


def change_project(app: AworkFrame, call: Call, project_id: str, id: str) -> Response:
    state, form = app.state(call), app.form(call)
    task = find_task(state, id)
    if task["projectId"] != project_id:
        raise missing("task")
    target = find_project(state, form.get("projectId"))
    tasks.change_project(state, app.me(call), task, target, form)
    return app.done()


# -- checklists


def checklist(app: AworkFrame, call: Call, id: str) -> Response:
    return json_response(find_task(app.state(call), id)["checklist"])


def add_item(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    task = find_task(state, id)
    item = {"id": state.new_id(), "taskId": id, **read_form(app.body(call), ITEM_FORM)}
    task["checklist"] = [*task["checklist"], item]
    _item_changed(app, call, task)
    return json_response(item)


def change_item(app: AworkFrame, call: Call, id: str, item_id: str) -> Response:
    task = find_task(app.state(call), id)
    item = next((i for i in task["checklist"] if i["id"] == item_id), None)
    if item is None:
        raise invalid("Id", "The checklist item does not exist.")
    if call.request.method == "DELETE":
        task["checklist"] = [i for i in task["checklist"] if i is not item]
        _item_changed(app, call, task)
        return app.done()
    item.update(read_form(app.body(call), ITEM_FORM))
    _item_changed(app, call, task)
    return json_response(item)


def _item_changed(app: AworkFrame, call: Call, task: Row) -> None:
    app.state(call).bump(task)
    app.state(call).emit("task_updated", task, app.me(call), nested=True)


def routes(app: AworkFrame) -> list[Rule]:
    def make(path: str, handler: Callable[..., Response], *methods: str) -> Rule:
        return api(path, partial(handler, app), *methods, area="tasks")

    moving = "/projects/<project_id>/projecttasks/<id>/changeproject"
    return [
        make("/me/projecttasks", project_tasks),
        make("/me/allavailabletasks", all_tasks),
        make("/projects/<id>/projecttasks", of_project),
        make(moving, change_project, "POST"),
        make("/tasks", create, "POST"),
        make("/tasks/key/<key>", by_key),
        make("/tasks/changestatuses", change_statuses, "POST"),
        make("/tasks/changetypeofwork", change_type, "POST"),
        make("/tasks/changelists", change_lists, "POST"),
        make("/tasks/changesubtasks", change_subtasks, "POST"),
        make("/tasks/changesubtaskstoparent", detach, "POST"),
        make("/tasks/settaskpriority", prioritize, "POST"),
        make("/tasks/delete", delete, "POST"),
        make("/tasks/batch/<operation>", batched, "POST"),
        make("/tasks/<id>", read),
        make("/tasks/<id>", put, "PUT"),
        make("/tasks/<id>/setassignees", assignees, "POST"),
        make("/tasks/<id>/setplannedefforts", efforts, "POST"),
        make("/tasks/<id>/updateorder", update_order, "POST"),
        make("/tasks/<id>/addtags", partial(tag, remove=False), "POST"),
        make("/tasks/<id>/deletetags", partial(tag, remove=True), "POST"),
        make("/tasks/<id>/setcustomfields", set_fields, "POST"),
        make("/tasks/<id>/checklistitems", checklist),
        make("/tasks/<id>/checklistitems", add_item, "POST"),
        make("/tasks/<id>/checklistitems/<item_id>", change_item, "PUT", "DELETE"),
    ]
