"""What may happen to projects and their task lists. Everything raises AworkError."""

from __future__ import annotations

import re
from typing import Any

from sandbox.awork.answers import AworkError, forbidden_operation, invalid, missing
from sandbox.awork.forms import (
    apply_tags,
    check_dates,
    flag,
    items,
    moment,
    number,
    order,
    read_form,
    text,
)
from sandbox.awork.moments import stamp
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import (
    blank_task,
    delete_task,
    end_of,
    find_project,
    find_task,
    places,
    set_places,
    strip_times,
)
from sandbox.awork.workflows import (
    PROJECT_STATUSES,
    TASK_STATUSES,
    add_status,
    copy_statuses,
)

FORM = {
    "name": text(),
    "description": text(25_000),
    "isPrivate": flag(False),
    "startDate": moment,
    "dueDate": moment,
    "companyId": text(),
    "timeBudget": number(0),
    "isBillableByDefault": flag(False),
    "projectTypeId": text(),
    "color": text(),
    "deductNonBillableHours": flag(False),
    "isProjectKeyVisible": flag(False),
}
CHOICES = {name: text() for name in ("projectKey", "projectStatusId", "projectTemplateId",
                                     "workflowId")}  # fmt: skip


def create_project(state: AworkState, by: str, given: Any) -> Row:
    form = read_form(given, {**FORM, **CHOICES})
    _check(state, form)
    template = _template(state, form.pop("projectTemplateId"))
    if template and form["workflowId"]:
        raise forbidden_operation("A template and a workflow cannot be given together.")
    if form["workflowId"] and form["workflowId"] not in state.workflows:
        raise missing("workflow")
    row = {**blank_project(state), **form, "projectKey": _key(state, form)}
    if template:
        _from_template(row, template)
    state.projects.add(state.born(row, by))
    if not row["workflowId"]:
        _own_statuses(state, by, row, template)
    _first_status(state, row, form["projectStatusId"])
    state.emit("project_added", row, by)
    for task_list in template["plan"] if template else ():
        _plan_list(state, by, row, task_list)
    return row


def blank_project(state: AworkState) -> Row:
    return {
        "closedOn": None, "closedBy": None, "createdByProjectTemplateId": None, "tags": [],
        "teams": [], "members": [], "isRetainer": False, "customFields": [], "workflowId": None,
    }  # fmt: skip


def _check(state: AworkState, form: Row) -> None:
    check_dates(form["startDate"], form["dueDate"])
    if form["companyId"] and form["companyId"] not in state.companies:
        raise missing("company")
    if form["projectTypeId"] and form["projectTypeId"] not in state.project_types:
        raise missing("project type")


def _template(state: AworkState, id: Any) -> Row | None:
    if id and id not in state.templates:
        raise missing("project template")
    return state.templates.get(id)


def _key(state: AworkState, form: Row) -> str:
    taken = {project["projectKey"] for project in state.projects}
    key = form["projectKey"]
    if key:
        if not re.fullmatch(r"[A-Z0-9_-]{1,32}", key):
            raise invalid("ProjectKey", "'ProjectKey' has characters that are not allowed.")
        if key in taken:
            raise AworkError("already-exist-error", "The project key exists already.")
        return str(key)
    letters = re.sub(r"[^A-Z]", "", form["name"].upper())[:4] or "PRJ"
    numbered = (f"{letters}{n or ''}" for n in range(len(taken) + 1))
    return next(candidate for candidate in numbered if candidate not in taken)


def _from_template(row: Row, template: Row) -> None:
    texts = [row["description"], template["description"]]
    row["description"] = "\n".join(t for t in texts if t) or None
    row["createdByProjectTemplateId"] = row["projectTemplateId"] = template["id"]
    row["workflowId"] = template["workflowId"]
    if template["isBillableByDefault"] != "auto":
        row["isBillableByDefault"] = template["isBillableByDefault"] == "on"


def _own_statuses(state: AworkState, by: str, row: Row, template: Row | None) -> None:
    owner = {"projectId": row["id"]}
    tables = (state.task_statuses, state.project_statuses)
    if template:
        source = [(table, table.where("owner", template["id"])) for table in tables]
        copy_statuses(state, by, source, owner)
        return
    for table, names in zip(tables, (TASK_STATUSES, PROJECT_STATUSES), strict=True):
        for position, (name, kind) in enumerate(names):
            form = {"name": name, "type": kind, "order": float(position), "icon": None}
            add_status(state, table, by, owner, form)


def _first_status(state: AworkState, row: Row, wanted: str | None) -> None:
    statuses = state.statuses_of(row, state.project_statuses)
    if wanted and wanted not in {s["id"] for s in statuses}:
        raise forbidden_operation("The project status does not belong to the project.")
    row["projectStatusId"] = wanted or statuses[0]["id"]


def _plan_list(state: AworkState, by: str, project: Row, planned: Row) -> None:
    task_list = add_list(state, by, project["id"], planned["name"])
    for planned_task in planned["tasks"]:
        row = {**blank_task(state, project["id"]), **planned_task}
        row["taskStatusId"] = next(
            s["id"] for s in state.statuses_of(project, state.task_statuses) if s["type"] == "todo"
        )
        row["lists"] = places(state, project["id"], [{"id": task_list["id"]}], last=None)
        state.tasks.add(state.born(row, by))
        state.emit("task_added", row, by)


def put_project(state: AworkState, by: str, id: str, given: Any) -> Row:
    """The whole form: what is left out is cleared."""
    row = find_project(state, id)
    form = read_form(given, FORM)
    _check(state, form)
    if row["isRetainer"]:
        form["timeBudget"] = row["timeBudget"]
    if form["isPrivate"] and not row["isPrivate"] and state.times.count("projectId", id):
        raise forbidden_operation("A project with tracked times cannot become private.")
    update_project(state, by, row, form)
    return row


def update_project(state: AworkState, by: str, row: Row, form: Row) -> None:
    changes = [(n[0].upper() + n[1:], row.get(n), v) for n, v in form.items() if row.get(n) != v]
    state.projects.update(row, form)
    state.touch(row, by)
    state.emit("project_updated", row, by, changes)


def change_project_status(state: AworkState, by: str, row: Row, status_id: Any) -> None:
    statuses = {s["id"]: s for s in state.statuses_of(row, state.project_statuses)}
    if status_id not in statuses:
        raise forbidden_operation("The project status does not belong to the project.")
    old = row["projectStatusId"]
    if old == status_id:
        return
    row["projectStatusId"] = status_id
    state.touch(row, by)
    closed = statuses[status_id]["type"] == "closed"
    row.update(closedOn=stamp(state.last_tick) if closed else None, closedBy=by if closed else None)
    state.emit("project_status_changed", row, by, [("ProjectStatusId", old, status_id)])
    state.emit("project_updated", row, by, [("ProjectStatusId", old, status_id)])


def delete_project(state: AworkState, by: str, row: Row, *, with_times: bool) -> None:
    """Its tasks go; its time entries stay, without task and project, unless asked."""
    for task in state.tasks.where("projectId", row["id"]):
        if not task["parentId"]:
            delete_task(state, by, task, with_times=with_times)
    strip_times(state, by, state.times.where("projectId", row["id"]), delete=with_times)
    for task_list in state.lists.where("projectId", row["id"]):
        state.lists.remove(task_list["id"])
        state.emit("tasklist_deleted", task_list, by, deleted=True)
    for table in (state.task_statuses, state.project_statuses):
        for status in table.where("owner", row["id"]):
            table.remove(status["id"])
    state.projects.remove(row["id"])
    state.tick()
    state.emit("project_deleted", row, by, deleted=True)


def change_project_tags(state: AworkState, by: str, row: Row, given: Any, *, remove: bool) -> None:
    """Fires an event for every time entry of the project as well."""
    apply_tags(state, row, given, remove=remove)
    state.bump(row)
    state.emit("project_updated", row, by)
    for entry in state.times.where("projectId", row["id"]):
        state.emit("timetracking_updated", entry, by, nested=True)


# -- lists


def find_list(state: AworkState, project_id: str, id: str) -> Row:
    find_project(state, project_id)
    row = state.lists.get(id)
    if row is None or row["projectId"] != project_id:
        raise missing("task list")
    return row


def create_list(state: AworkState, by: str, project_id: str, given: Any) -> Row:
    find_project(state, project_id)
    form = read_form(given, {"name": text(), "order": order})
    position = form["order"] if given.get("order") is not None else None
    return add_list(state, by, project_id, form["name"], position)


def add_list(
    state: AworkState, by: str, project_id: str, name: str, position: float | None = None
) -> Row:
    """At the end unless a position is given."""
    orders = [row["order"] for row in state.lists.where("projectId", project_id)]
    place = max(orders, default=0.0) + 1 if position is None else position
    row = {"projectId": project_id, "name": name, "order": place, "plannedDuration": 0,
           "isArchived": False, "isHiddenForConnectUsers": False}  # fmt: skip
    state.lists.add(state.born(row, by))
    state.emit("tasklist_added", row, by)
    return row


def change_list(state: AworkState, by: str, row: Row, form: Row) -> None:
    changes = [(n[0].upper() + n[1:], row.get(n), v) for n, v in form.items() if row.get(n) != v]
    row.update(form)
    state.touch(row, by)
    state.emit("tasklist_updated", row, by, changes)


def tasks_of_list(state: AworkState, row: Row) -> list[Row]:
    tasks = state.tasks.where("projectId", row["projectId"])
    return [task for task in tasks if any(place["id"] == row["id"] for place in task["lists"])]


def leave_list(state: AworkState, by: str, row: Row, task: Row) -> None:
    if not task["parentId"]:
        rest = [dict(place) for place in task["lists"] if place["id"] != row["id"]]
        if rest and not any(place["isPrimary"] for place in rest):
            rest[0]["isPrimary"] = True
        set_places(state, by, task, rest)


def delete_list(
    state: AworkState, by: str, row: Row, *, with_tasks: bool, with_times: bool
) -> None:
    """Its tasks stay, without the list, unless asked."""
    for task in tasks_of_list(state, row):
        if with_tasks and not task["parentId"]:
            delete_task(state, by, task, with_times=with_times)
        elif not with_tasks:
            leave_list(state, by, row, task)
    state.lists.remove(row["id"])
    state.tick()
    state.emit("tasklist_deleted", row, by, deleted=True)


def add_to_list(state: AworkState, by: str, row: Row, given: Any) -> list[Row]:
    """[{taskId, order?}]; answers the new order."""
    result = []
    for item in items(given, "taskId"):
        task = find_task(state, item["taskId"])
        if task["projectId"] != row["projectId"] or task["parentId"]:
            raise forbidden_operation("The task cannot be in this list.")
        kept = [dict(place) for place in task["lists"] if place["id"] != row["id"]]
        position = item.get("order")
        position = end_of(state, row) if position is None else order("order", position)
        kept.append({"id": row["id"], "order": position, "isPrimary": not kept})
        set_places(state, by, task, kept)
        result.append({"id": task["id"], "order": position})
    return result
