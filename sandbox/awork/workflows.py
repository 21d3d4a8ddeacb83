"""Statuses: a project's own or those of a workflow that many projects share."""

from __future__ import annotations

from typing import Any

from sandbox.awork.answers import forbidden_operation, invalid, missing
from sandbox.awork.forms import order, read_form, text
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row, Table
from sandbox.awork.tasks import change_status, find_project

TASK_TYPES = ("todo", "progress", "review", "stuck", "done")
TASK_STATUSES = (("To do", "todo"), ("In progress", "progress"), ("Done", "done"))
PROJECT_STATUSES = (("Planung", "not-started"), ("Läuft", "progress"), ("Beendet", "closed"))
FORM = {"name": text(30), "type": text(), "order": order, "icon": text()}
OWNERS = ("projectId", "workflowId", "projectTemplateId")


def add_status(state: AworkState, table: Table, by: str, owner: Row, form: Row, at: int = 0) -> Row:
    """`owner`: {projectId | workflowId | projectTemplateId: id}."""
    row = dict.fromkeys(OWNERS) | owner | form
    row["owner"] = next(iter(owner.values()))
    return table.add(state.born(row, by, at))


def create_status(state: AworkState, by: str, project_id: str, given: Any) -> Row:
    project = find_project(state, project_id)
    owner = _owner(project)
    form = read_form(given, FORM)
    if form["type"] not in TASK_TYPES:
        raise invalid("Type", "'Type' is not a type of task status.")
    return add_status(state, state.task_statuses, by, owner, form)


def put_status(state: AworkState, by: str, project_id: str, id: str, given: Any) -> Row:
    row = find_status(state, find_project(state, project_id), id)
    form = read_form(given, FORM)
    if form["type"] not in TASK_TYPES:
        raise invalid("Type", "'Type' is not a type of task status.")
    row.update(form)
    state.touch(row, by)
    return row


def delete_status(state: AworkState, by: str, project_id: str, id: str, heir: Any) -> None:
    """The last todo or done cannot go; its tasks get the status `heir`."""
    project = find_project(state, project_id)
    row = find_status(state, project, id)
    others = [s for s in state.statuses_of(project, state.task_statuses) if s["id"] != row["id"]]
    if row["type"] in ("todo", "done") and all(s["type"] != row["type"] for s in others):
        raise forbidden_operation("The last status of this type cannot be deleted.")
    if heir not in {s["id"] for s in others}:
        raise forbidden_operation("The tasks need another status of the project.")
    for task in state.tasks:
        if task.get("taskStatusId") == row["id"]:
            change_status(state, by, task, heir)
    state.task_statuses.remove(row["id"])
    state.tick()


def find_status(state: AworkState, project: Row, id: str) -> Row:
    found = {s["id"]: s for s in state.statuses_of(project, state.task_statuses)}
    if id not in found:
        raise missing("task status")
    return found[id]


def _owner(project: Row) -> Row:
    workflow = project.get("workflowId")
    return {"workflowId": workflow} if workflow else {"projectId": project["id"]}


def link_workflow(state: AworkState, by: str, project: Row, workflow_id: Any) -> None:
    """Every status id of the project and its tasks changes; the project's own ones go."""
    if workflow_id not in state.workflows:
        raise missing("workflow")
    old = _both(state, project)
    project["workflowId"] = workflow_id
    _remap(state, by, project, old)
    for table, rows in old:
        for row in rows:
            if row["projectId"]:
                table.remove(row["id"])


def unlink_workflow(state: AworkState, by: str, project: Row) -> None:
    """The project gets copies of the workflow's statuses."""
    if not project.get("workflowId"):
        raise forbidden_operation("The project has no workflow.")
    old = _both(state, project)
    copy_statuses(state, by, old, {"projectId": project["id"]})
    project["workflowId"] = None
    _remap(state, by, project, old)


def _both(state: AworkState, project: Row) -> list[tuple[Table, list[Row]]]:
    tables = (state.task_statuses, state.project_statuses)
    return [(table, state.statuses_of(project, table)) for table in tables]


def copy_statuses(
    state: AworkState, by: str, source: list[tuple[Table, list[Row]]], owner: Row
) -> None:
    for table, rows in source:
        for row in rows:
            form = {name: row.get(name) for name in ("name", "type", "order", "icon")}
            add_status(state, table, by, owner, form)


def _remap(state: AworkState, by: str, project: Row, old: list[tuple[Table, list[Row]]]) -> None:
    (_, old_task), (_, old_project) = old
    (_, new_task), (_, new_project) = _both(state, project)
    project_map = _mapping(old_project, new_project)
    project["projectStatusId"] = project_map[project["projectStatusId"]]
    state.touch(project, by)
    state.emit("project_updated", project, by)
    task_map = _mapping(old_task, new_task)
    for task in state.tasks.where("projectId", project["id"]):
        before = task["taskStatusId"]
        task["taskStatusId"] = task_map[before]
        state.touch(task, by)
        changes = [("TaskStatusId", before, task["taskStatusId"])]
        state.emit("task_updated", task, by, changes)


def _mapping(old: list[Row], new: list[Row]) -> dict[str, str]:
    """By type and name, else by type, else the first."""

    def heir(status: Row) -> str:
        same_type = [s for s in new if s["type"] == status["type"]]
        same = [s for s in same_type if s["name"].lower() == status["name"].lower()]
        return str((same or same_type or new)[0]["id"])

    return {status["id"]: heir(status) for status in old}
