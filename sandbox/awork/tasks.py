"""What may happen to tasks. `by` is the user who does it; everything raises AworkError."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.awork.answers import AworkError, forbidden_operation, invalid, missing
from sandbox.awork.forms import (
    apply_tags,
    body_list,
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

UNPLANNED = 21_600
"""Seconds that the server plans for a task that is created without a plannedDuration."""
FORM = {
    "name": text(),
    "description": text(25_000),
    "isPrio": flag(False),
    "startOn": moment,
    "dueOn": moment,
    "laneOrder": number(0),
    "plannedDuration": number(0),
}


def find_task(state: AworkState, id: Any) -> Row:
    row = state.tasks.get(id)
    if row is None:
        raise missing("task")
    return row


def find_project(state: AworkState, id: Any) -> Row:
    row = state.projects.get(id)
    if row is None:
        raise missing("project")
    return row


def blank_task(state: AworkState, project_id: str | None) -> Row:
    state.last_task_number += 1
    return {
        "baseType": "projecttask" if project_id else "private",
        "taskNumber": state.last_task_number, "projectId": project_id, "userId": None,
        "parentId": None, "lists": [], "assignees": [], "tags": [], "customFields": [],
        "checklist": [], "order": 0.0, "subtaskOrder": 0.0, "closedOn": None, "closedBy": None,
        "isRecurring": False, "createdFromTaskId": None, "createdVia": "api",
    }  # fmt: skip


def create_task(state: AworkState, by: str, given: Any) -> Row:
    form = read_form(given, {**FORM, "plannedDuration": number(UNPLANNED)})
    check_dates(form["startOn"], form["dueOn"])
    if given.get("baseType") not in ("projecttask", "private"):
        raise invalid("BaseType", "'BaseType' must be private or projecttask.")
    if given["baseType"] == "private":
        row = state.born({**blank_task(state, None), **form, "userId": by}, by)
        return state.tasks.add(row)
    project = find_project(state, given.get("entityId"))
    parent = _parent_for(state, given.get("parentId"), project)
    row = {**blank_task(state, project["id"]), **form}
    row["taskStatusId"] = _status_for(state, project, given.get("taskStatusId"))
    row["typeOfWorkId"] = _type_for(state, given.get("typeOfWorkId"))
    if parent:
        row |= {"parentId": parent["id"], "lists": [dict(li) for li in parent["lists"]]}
    else:
        row["lists"] = places(state, project["id"], given.get("lists") or [], last=0.0)
    state.tasks.add(state.born(row, by))
    _close(state, row, by)
    _ripple(state, row)
    state.emit("task_added", row, by)
    return row


def _parent_for(state: AworkState, id: Any, project: Row) -> Row | None:
    if id is None:
        return None
    parent = find_task(state, id)
    if parent["projectId"] != project["id"]:
        raise forbidden_operation("A subtask must be in the project of its parent.")
    if parent["parentId"]:
        raise forbidden_operation("A subtask cannot be a parent.")
    return parent


def _status_for(state: AworkState, project: Row, id: Any) -> str:
    statuses = state.statuses_of(project, state.task_statuses)
    if id is None:
        return str(next(s["id"] for s in statuses if s["type"] == "todo"))
    if id not in {status["id"] for status in statuses}:
        raise forbidden_operation("The task status does not belong to the project.")
    return str(id)


def _type_for(state: AworkState, id: Any) -> str:
    if id is None:
        return str(next(iter(state.types_of_work))["id"])
    if id not in state.types_of_work:
        raise missing("type of work")
    return str(id)


def places(state: AworkState, project_id: str, given: Any, last: float | None) -> list[Row]:
    """A task's lists from [{id, order?, isPrimary?}]; `last`: what a missing order means, None
    being the end of the list."""
    shown: list[Row] = []
    for item in items(given, "id"):
        found = state.lists.get(item["id"])
        if found is None or found["projectId"] != project_id or found["isArchived"]:
            raise forbidden_operation("The task list does not belong to the project.")
        position = item.get("order")
        if position is None:
            position = end_of(state, found) if last is None else last
        shown.append(
            {"id": found["id"], "order": order("order", position),
             "isPrimary": item.get("isPrimary") is True}
        )  # fmt: skip
    if sum(place["isPrimary"] for place in shown) > 1:
        raise forbidden_operation("Only one list can be the primary one.")
    if shown and not any(place["isPrimary"] for place in shown):
        min(shown, key=lambda place: place["order"])["isPrimary"] = True
    return shown


def end_of(state: AworkState, task_list: Row) -> float:
    orders = [
        place["order"]
        for task in state.tasks.where("projectId", task_list["projectId"])
        for place in task["lists"]
        if place["id"] == task_list["id"]
    ]
    return max(orders, default=0.0) + 1


def put_task(state: AworkState, by: str, id: str, given: Any) -> Row:
    """The whole form: what is left out is cleared."""
    row = find_task(state, id)
    form = read_form(given, FORM)
    check_dates(form["startOn"], form["dueOn"])
    changes = [(n[0].upper() + n[1:], row.get(n), v) for n, v in form.items() if row.get(n) != v]
    row.update(form)
    distribute(state, row)
    state.touch(row, by)
    state.emit("task_updated", row, by, changes)
    return row


def change_status(state: AworkState, by: str, task: Row, status_id: str) -> None:
    project = find_project(state, task["projectId"])
    old, new = task["taskStatusId"], _status_for(state, project, status_id)
    if old == new:
        return
    task["taskStatusId"] = new
    state.touch(task, by)
    _close(state, task, by)
    changes = [("TaskStatusId", old, new)]
    state.emit("task_status_changed", task, by, changes)
    state.emit("task_updated", task, by, changes)


def _close(state: AworkState, task: Row, by: str) -> None:
    status = state.task_statuses[task["taskStatusId"]]
    if status["type"] != "done":
        task.update(closedOn=None, closedBy=None)
    elif not task["closedOn"]:
        task.update(closedOn=stamp(state.last_tick), closedBy=by)


def change_type(state: AworkState, by: str, task: Row, type_id: str, *, times: bool) -> None:
    old, task["typeOfWorkId"] = task["typeOfWorkId"], _type_for(state, type_id)
    state.touch(task, by)
    for entry in state.times.where("taskId", task["id"]) if times else ():
        entry["typeOfWorkId"] = task["typeOfWorkId"]
        state.touch(entry, by)
        state.emit("timetracking_updated", entry, by)
    changes = [("TypeOfWorkId", old, type_id)]
    state.emit("task_type_changed", task, by, changes)
    state.emit("task_updated", task, by, changes)


def change_lists(state: AworkState, by: str, task: Row, given: Any) -> None:
    """The new full set of lists; a task's sub-tasks follow, a sub-task itself cannot."""
    if task["parentId"]:
        raise forbidden_operation("A subtask has the lists of its parent.")
    set_places(state, by, task, places(state, task["projectId"], given, last=None))


def set_places(state: AworkState, by: str, task: Row, new: list[Row]) -> None:
    for one in (task, *state.subtasks(task)):
        one["lists"] = [dict(place) for place in new]
        state.bump(one)
        state.emit("task_updated", one, by)


def change_parent(state: AworkState, by: str, task: Row, parent_id: str, position: Any) -> None:
    parent = _parent_for(state, parent_id, find_project(state, task["projectId"]))
    if parent is None or parent is task or state.subtasks(task):
        raise forbidden_operation("A task with subtasks cannot become a subtask.")
    old = task["parentId"]
    state.tasks.update(task, {"parentId": parent["id"]})
    task["subtaskOrder"] = order("order", position)
    task["lists"] = [dict(place) for place in parent["lists"]]
    _moved(state, by, task, old)


def detach(state: AworkState, by: str, task: Row, list_id: Any, position: Any) -> None:
    """A sub-task becomes a task; without a list it keeps those of its parent."""
    if not task["parentId"]:
        raise forbidden_operation("The task is not a subtask.")
    if list_id is not None:
        place = [{"id": list_id, "order": position}]
        task["lists"] = places(state, task["projectId"], place, last=None)
    old = task["parentId"]
    state.tasks.update(task, {"parentId": None})
    _moved(state, by, task, old)


def _moved(state: AworkState, by: str, task: Row, old: str | None) -> None:
    state.touch(task, by)
    for parent in (state.tasks.get(old), state.tasks.get(task["parentId"])):
        if parent:
            state.bump(parent)
    state.emit("task_updated", task, by, [("ParentId", old, task["parentId"])])


def _ripple(state: AworkState, task: Row) -> None:
    """A sub-task came, went or changed: its parent's numbers did too."""
    parent = state.tasks.get(task["parentId"])
    if parent:
        state.bump(parent)


# -- people


def distribute(state: AworkState, task: Row) -> None:
    """Equal shares for those without a share of their own; the remainder goes to the first."""
    equal = [share for share in task["assignees"] if share["isDistributedPlannedEffort"]]
    if not equal:
        return
    each, rest = divmod(task["plannedDuration"] or 0, len(equal))
    for position, share in enumerate(equal):
        share["plannedEffort"] = each + (rest if position == 0 else 0)


def set_assignees(state: AworkState, by: str, task: Row, given: Any) -> None:
    """Replaces; those who stay keep an effort set by hand."""
    ids = list(dict.fromkeys(str(id) for id in body_list(given)))
    if len(ids) > 1 and not state.multi_assignment:
        raise forbidden_operation("Multi-user assignment is not allowed in this workspace.")
    for id in ids:
        user = state.users.get(id)
        if user is None:
            raise missing("user")
        if user["isDeactivated"]:
            raise AworkError("deactivated-user")
    old = {share["id"]: share for share in task["assignees"]}
    now = stamp(state.tick())
    fresh = {"plannedEffort": 0, "isDistributedPlannedEffort": True, "updatedOn": now}
    task["assignees"] = [old.get(id) or {"id": id, **fresh} for id in ids]
    distribute(state, task)
    state.bump(task)
    for id in ids:
        if id not in old:
            state.emit("taskassignment_added", task, by, [("Assignee", None, id)])
    for id in old.keys() - set(ids):
        state.emit("taskassignment_deleted", task, by, [("Assignee", id, None)])


def set_efforts(state: AworkState, by: str, task: Row, given: Any) -> None:
    """[{userId, plannedEffort}]; only the named ones change, null returns to the equal share."""
    shares = {share["id"]: share for share in task["assignees"]}
    wanted = items(given, "userId")
    if any(item["userId"] not in shares for item in wanted):
        raise forbidden_operation("The user is not assigned to the task.")
    for item in wanted:
        effort = number(None)("plannedEffort", item.get("plannedEffort"))
        share = shares[item["userId"]]
        share["isDistributedPlannedEffort"] = effort is None
        share["plannedEffort"] = effort or 0
        share["updatedOn"] = stamp(state.tick())
    distribute(state, task)
    state.bump(task)
    state.emit("task_updated", task, by, nested=True)


def change_tags(state: AworkState, by: str, task: Row, given: Any, *, remove: bool) -> None:
    apply_tags(state, task, given, remove=remove)
    state.bump(task)
    state.emit("task_updated", task, by)


# -- the end


def delete_task(state: AworkState, by: str, task: Row, *, with_times: bool) -> None:
    """With its sub-tasks; time entries stay, without task and project, unless asked."""
    for one in (*state.subtasks(task), task):
        strip_times(state, by, state.times.where("taskId", one["id"]), delete=with_times)
        state.tasks.remove(one["id"])
        state.tick()
        state.emit("task_deleted", one, by, deleted=True)
    _ripple(state, task)


def strip_times(state: AworkState, by: str, entries: Iterable[Row], *, delete: bool) -> None:
    for entry in entries:
        if delete:
            state.times.remove(entry["id"])
            state.tick()
            state.emit("timetracking_deleted", entry, by, deleted=True)
        else:
            changes = [("TaskId", entry.get("taskId"), None)]
            state.times.update(entry, {"taskId": None, "projectId": None})
            state.touch(entry, by)
            state.emit("timetracking_updated", entry, by, changes)


def change_project(state: AworkState, by: str, task: Row, project: Row, given: Row) -> None:
    """Sub-tasks and time entries move along; the statuses are mapped. The lists are lost."""
    allowed = {s["id"] for s in state.statuses_of(project, state.task_statuses)}
    pairs = items(given.get("taskStatusMapping") or [], "oldStatusId", "newStatusId")
    mapping = {pair["oldStatusId"]: pair["newStatusId"] for pair in pairs}
    moved = (task, *state.subtasks(task))
    new = [mapping.get(t["taskStatusId"], given.get("taskStatusId")) for t in moved]
    if not set(new) <= allowed:
        raise forbidden_operation("Every status must be mapped to one of the new project.")
    state.tasks.update(task, {"parentId": None})
    for one, status in zip(moved, new, strict=True):
        state.tasks.update(one, {"projectId": project["id"]})
        one.update(taskStatusId=status, lists=[])
        state.touch(one, by)
        for entry in state.times.where("taskId", one["id"]):
            state.times.update(entry, {"projectId": project["id"]})
            state.touch(entry, by)
            state.emit("timetracking_updated", entry, by)
        state.emit("task_updated", one, by)
