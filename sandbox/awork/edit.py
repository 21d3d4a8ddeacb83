"""What people do in awork's own screens: records as JSON objects in the API's names.

All take the id of the user who does it from `acting`: the first person of the workspace.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sandbox.awork import absences, projects, tasks, times, workflows
from sandbox.awork.models import ABSENCE, PROJECT, TASK, TASK_LIST, TIME_ENTRY, USER, Model
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row, Table
from sandbox.world import Collection


def acting(state: AworkState) -> str:
    """A person, not the key's own user: so that nobody takes these edits for an echo."""
    people = (user for user in state.users if user["id"] != state.key.user)
    return str(next(user["id"] for user in people if not user["isDeactivated"]))


def _row(table: Table, id: str) -> Row:
    """Raises KeyError."""
    row = table.get(id)
    if row is None:
        raise KeyError(id)
    return row


def _only(given: Row, *allowed: str) -> None:
    unknown = given.keys() - set(allowed)
    if unknown:
        raise ValueError(f"{min(unknown)} cannot be set")


def _shown(model: Model, table: str) -> Any:
    return lambda state: [model.render(state, row) for row in getattr(state, table)]


# -- projects and lists


def create_project(state: AworkState, given: Row) -> Row:
    return PROJECT.render(state, projects.create_project(state, acting(state), given))


def update_project(state: AworkState, id: str, given: Row) -> Row:
    """Any of the form's properties; `projectStatusId`; `workflowId` links, None unlinks."""
    row, by = _row(state.projects, id), acting(state)
    form = {name: row.get(name) for name in projects.FORM}
    changes = {name: value for name, value in given.items() if name in projects.FORM}
    _only(given, *projects.FORM, "projectStatusId", "workflowId", "tags")
    if changes:
        projects.put_project(state, by, id, {**form, **changes})
    if given.get("workflowId"):
        workflows.link_workflow(state, by, row, given["workflowId"])
    elif "workflowId" in given:
        workflows.unlink_workflow(state, by, row)
    if "projectStatusId" in given:
        projects.change_project_status(state, by, row, given["projectStatusId"])
    if "tags" in given:
        projects.change_project_tags(state, by, row, given["tags"], remove=False)
    return PROJECT.render(state, row)


def delete_project(state: AworkState, id: str) -> None:
    row = _row(state.projects, id)
    projects.delete_project(state, acting(state), row, with_times=False)


def create_list(state: AworkState, given: Row) -> Row:
    """`projectId`, `name`, `order`."""
    _only(given, "projectId", "name", "order")
    row = projects.create_list(state, acting(state), given.get("projectId", ""), given)
    return list_json(state, row)


def update_list(state: AworkState, id: str, given: Row) -> Row:
    _only(given, "name", "order")
    row = _row(state.lists, id)
    projects.change_list(state, acting(state), row, given)
    return list_json(state, row)


def delete_list(state: AworkState, id: str) -> None:
    """Its tasks stay, without a list."""
    row = _row(state.lists, id)
    projects.delete_list(state, acting(state), row, with_tasks=False, with_times=False)


def list_json(state: AworkState, row: Row) -> Row:
    return {**TASK_LIST.render(state, row), "projectId": row["projectId"]}


# -- tasks


def create_task(state: AworkState, given: Row) -> Row:
    """`projectId`, `name` and whatever `update_task` takes."""
    form = {name: given[name] for name in (*tasks.FORM, "parentId", "lists") if name in given}
    form |= {"baseType": "projecttask", "entityId": given.get("projectId")}
    form.setdefault("plannedDuration", 0)
    row = tasks.create_task(state, acting(state), form)
    rest = given.keys() - {*form, "projectId"}
    return update_task(state, row["id"], {name: given[name] for name in rest})


def update_task(state: AworkState, id: str, given: Row) -> Row:
    """Any of the form's properties, and `taskStatusId`, `typeOfWorkId`, `parentId` (None: no
    longer a sub-task), `lists` [{id}], `assignees` [user id], `plannedEfforts` {user id: s},
    `tags` [{name}] to add, `closed` (true: the first done status, false: the first todo)."""
    row, by = _row(state.tasks, id), acting(state)
    extra = {name: value for name, value in given.items() if name in CHANGES}
    form = {name: value for name, value in given.items() if name in tasks.FORM}
    _only(given, *tasks.FORM, *CHANGES)
    if "parentId" in extra:
        _reparent(state, by, row, extra.pop("parentId"))
    if form:
        whole = {name: row.get(name) for name in tasks.FORM}
        tasks.put_task(state, by, id, {**whole, **form})
    for name in [name for name in CHANGES if name in extra]:
        CHANGES[name](state, by, row, extra[name])
    return TASK.render(state, row)


def _reparent(state: AworkState, by: str, row: Row, parent: str | None) -> None:
    if parent:
        tasks.change_parent(state, by, row, parent, None)
    elif row["parentId"]:
        tasks.detach(state, by, row, None, None)


def _efforts(state: AworkState, by: str, row: Row, given: dict[str, int | None]) -> None:
    form = [{"userId": user, "plannedEffort": effort} for user, effort in given.items()]
    tasks.set_efforts(state, by, row, form)


def _close(state: AworkState, by: str, row: Row, closed: bool) -> None:
    statuses = state.statuses_of(state.projects[row["projectId"]], state.task_statuses)
    kind = "done" if closed else "todo"
    tasks.change_status(state, by, row, next(s["id"] for s in statuses if s["type"] == kind))


CHANGES: dict[str, Any] = {
    "parentId": _reparent,
    "lists": tasks.change_lists,
    "taskStatusId": tasks.change_status,
    "closed": _close,
    "typeOfWorkId": lambda state, by, row, id: tasks.change_type(state, by, row, id, times=False),
    "assignees": tasks.set_assignees,
    "plannedEfforts": _efforts,
    "tags": lambda state, by, row, tags: tasks.change_tags(state, by, row, tags, remove=False),
}


def delete_task(state: AworkState, id: str) -> None:
    tasks.delete_task(state, acting(state), _row(state.tasks, id), with_times=False)


# -- times and absences


def create_time(state: AworkState, given: Row) -> Row:
    """As the API's form; `userId`, `typeOfWorkId` and `timezone` need not be given."""
    usual = {"userId": acting(state), "timezone": "Europe/Berlin", "isBillable": True,
             "typeOfWorkId": next(iter(state.types_of_work))["id"]}  # fmt: skip
    row = times.create_entry(state, acting(state), {**usual, **given})
    return TIME_ENTRY.render(state, row)


def update_time(state: AworkState, id: str, given: Row) -> Row:
    row = _row(state.times, id)
    form = {name: row.get(name) for name in times.FORM}
    moments = {name: row[name] for name in times.MOMENTS if row[name] and name.endswith("Utc")}
    if any(name in times.MOMENTS for name in given):
        moments = {}
    elif "duration" in given:
        moments = {name: value for name, value in moments.items() if name.startswith("start")}
    row = times.put_entry(state, acting(state), id, {**form, **moments, **given})
    return TIME_ENTRY.render(state, row)


def delete_time(state: AworkState, id: str) -> None:
    times.delete_entry(state, acting(state), _row(state.times, id))


def start_timer(state: AworkState, given: Row) -> Row:
    """`userId` and `taskId` or `projectId`."""
    usual = {"timezone": "Europe/Berlin", "isBillable": True,
             "typeOfWorkId": next(iter(state.types_of_work))["id"]}  # fmt: skip
    user = str(given.get("userId") or acting(state))
    return TIME_ENTRY.render(state, times.start_timer(state, user, user, {**usual, **given}))


def stop_timer(state: AworkState, id: str) -> None:
    """Of the entry, or of the user, of this id."""
    user = (state.times.get(id) or {}).get("userId") or id
    if times.stop_timer(state, user, user) is None:
        raise KeyError(id)


def timers(state: AworkState) -> list[Row]:
    running = [e for e in state.times if e["duration"] == 0 and e["startTimeUtc"]]
    return [TIME_ENTRY.render(state, row) for row in running]


def create_absence(state: AworkState, given: Row) -> Row:
    return ABSENCE.render(state, absences.create_absence(state, acting(state), given))


def update_absence(state: AworkState, id: str, given: Row) -> Row:
    row = _row(state.absences, id)
    form = {name: row.get(name) for name in (*absences.FORM, "startOn", "endOn")}
    changed = absences.put_absence(state, acting(state), id, {**form, **given})
    return ABSENCE.render(state, changed)


def delete_absence(state: AworkState, id: str) -> None:
    absences.delete_absence(state, acting(state), _row(state.absences, id)["id"])


# -- people and the workspace's switches


def update_user(state: AworkState, id: str, given: Row) -> Row:
    """`firstName`, `lastName`, `email` (the work address), `isDeactivated`, `isArchived`."""
    _only(given, "firstName", "lastName", "email", "isDeactivated", "isArchived")
    row, by = _row(state.users, id), acting(state)
    row.update({name: value for name, value in given.items() if name != "email"})
    for contact in row["userContactInfos"] if "email" in given else ():
        if contact["subType"] == "work":
            contact["value"] = given["email"]
    state.touch(row, by)
    state.emit("user_updated", row, by)
    return USER.render(state, row)


def workspace(state: AworkState) -> list[Row]:
    return [{
        "id": "workspace", "api_key": state.key.value,
        "permissions": sorted(state.key.permissions),
        "multi_assignment": state.multi_assignment, "time_settings": state.time_settings,
        **state.courier.disorder.as_json(),
    }]  # fmt: skip


def update_workspace(state: AworkState, id: str, given: Row) -> Row:
    """The key, its permissions, multi-assignment, and how webhooks go wrong (see Disorder)."""
    disorder = {field.name for field in fields(state.courier.disorder)}
    _only(given, "api_key", "permissions", "multi_assignment", "time_settings", *disorder)
    if id != "workspace":
        raise KeyError(id)
    state.key.value = given.get("api_key", state.key.value)
    state.key.permissions = set(given.get("permissions", state.key.permissions))
    state.multi_assignment = given.get("multi_assignment", state.multi_assignment)
    state.time_settings = given.get("time_settings", state.time_settings)
    for name in disorder & given.keys():
        setattr(state.courier.disorder, name, given[name])
    if not state.courier.disorder.hold and not state.courier.disorder.reverse:
        state.courier.release()
    return workspace(state)[0]


def _cannot(*_: Any) -> Any:
    raise ValueError("that cannot be done here")


COLLECTIONS = {
    "projects": Collection(
        _shown(PROJECT, "projects"), create_project, update_project, delete_project
    ),
    "lists": Collection(
        lambda state: [list_json(state, row) for row in state.lists],
        create_list,
        update_list,
        delete_list,
    ),
    "tasks": Collection(_shown(TASK, "tasks"), create_task, update_task, delete_task),
    "times": Collection(_shown(TIME_ENTRY, "times"), create_time, update_time, delete_time),
    "timers": Collection(timers, start_timer, _cannot, stop_timer),
    "absences": Collection(
        _shown(ABSENCE, "absences"), create_absence, update_absence, delete_absence
    ),
    "users": Collection(_shown(USER, "users"), _cannot, update_user, _cannot),
    "workspace": Collection(workspace, _cannot, update_workspace, _cannot),
}
