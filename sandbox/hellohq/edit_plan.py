"""What people do with projects in helloHQ's own screens: records in the API's names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox.hellohq import plan, projects, reporting
from sandbox.hellohq.project_tables import COMPANY, PROJECT, REPORTING, TASK
from sandbox.hellohq.state import OFFICE_MANAGER, HqState
from sandbox.odata.model import EntityType, Row
from sandbox.odata.query import printed
from sandbox.world import Collection

PROJECT_CHANGES = ("Name", "Number", "StartDate", "EndDate", "CompanyId", "AworkSyncId",
                   "ProjectTemplateId")  # fmt: skip
Shares = dict[str, float | None]


def _shown(type: EntityType, row: Row) -> Row:
    return {name: printed(row.get(name)) for name in type.properties}


def _row(state: HqState, table: str, key: str) -> Row:
    """Raises KeyError."""
    row = state.tables[table].get(int(key)) if key.isdecimal() else None
    if row is None:
        raise KeyError(key)
    return row


# -- projects


def create_project(state: HqState, given: Row) -> Row:
    """As do.Create."""
    return _shown(PROJECT, projects.create_project(state, given, OFFICE_MANAGER))


def update_project(state: HqState, key: str, given: Row) -> Row:
    """`ProjectStatusId`, and what the screens can change beyond the API: see PROJECT_CHANGES."""
    row = _row(state, "Projects", key)
    given = dict(given)
    status = given.pop("ProjectStatusId", None)
    unknown = given.keys() - set(PROJECT_CHANGES)
    if unknown:
        raise ValueError(f"{min(unknown)} cannot be set")
    if given:
        changes = plan.read_body(given, PROJECT)
        row = plan.change(state, "Projects", row, changes, OFFICE_MANAGER)
    if status is not None:
        row = projects.change_status(state, row, status, OFFICE_MANAGER)
    return _shown(PROJECT, row)


def delete_project(state: HqState, key: str) -> None:
    projects.delete_project(state, _row(state, "Projects", key), OFFICE_MANAGER)


# -- tasks


def task_json(state: HqState, row: Row) -> Row:
    """With `Assignments`: user id → hours."""
    return {**_shown(TASK, row), "Assignments": shares(state, row)}


def shares(state: HqState, task: Row) -> dict[str, float]:
    rows = state.tables["TaskAssignments"].where("TaskId", task["Id"])
    return {str(row["UserId"]): row["AssignmentValue"] for row in rows if row["UserId"]}


def create_task(state: HqState, given: Row) -> Row:
    """`ProjectId`, `Name` and whatever `update_task` takes."""
    values, extra = _split(given)
    row = plan.create_task(state, plan.read_body(values, TASK), OFFICE_MANAGER)
    return _more(state, row, extra)


def update_task(state: HqState, key: str, given: Row) -> Row:
    """Any property of a task; `IsDone` closes or opens, `TaskTypeStatusId` decides that too;
    `Assignments`: {user id: hours, None for an equal share of the target} replaces all."""
    row = _row(state, "ProjectTasks", key)
    values, extra = _split(given)
    if values:
        changes = plan.read_body(values, TASK)
        if plan.READ_ONLY & changes.keys() or "ProjectId" in changes:
            raise ValueError("a read-only property cannot be set")
        if "TaskTypeId" in changes:
            status = _first_status(state, changes["TaskTypeId"], done=row["IsDone"])
            changes["TaskTypeStatusId"] = status
        row = plan.store_task(state, row, {**row, **changes}, OFFICE_MANAGER)
    return _more(state, row, extra)


def _split(given: Row) -> tuple[Row, Row]:
    special = ("IsDone", "Assignments", "TaskTypeStatusId")
    extra = {name: value for name, value in given.items() if name in special}
    return {name: value for name, value in given.items() if name not in special}, extra


def _first_status(state: HqState, type_id: int | None, *, done: bool) -> int | None:
    rows = state.tables["TaskTypeStatuses"].where("TaskTypeId", type_id)
    return next((row["Id"] for row in rows if row["IsFinishedState"] is done), None)


def _more(state: HqState, row: Row, extra: Row) -> Row:
    if extra.get("TaskTypeStatusId") is not None:
        row = plan.set_status(state, row, extra["TaskTypeStatusId"], OFFICE_MANAGER)
    if "IsDone" in extra and extra["IsDone"] is not row["IsDone"]:
        row = plan.finish(state, row, OFFICE_MANAGER, done=extra["IsDone"] is True)
    if "Assignments" in extra:
        assign(state, row, extra["Assignments"])
    return task_json(state, row)


def assign(state: HqState, task: Row, wanted: Shares) -> None:
    """Everybody's hours; those without get equal parts of the target. Raises ValueError."""
    target = task["PlannedEffort"] or 0.0
    equal = target / len(wanted) if wanted else 0.0
    table = state.tables["TaskAssignments"]
    for row in table.where("TaskId", task["Id"]):
        if row["UserId"] is not None:
            plan.remove_assignment(state, row, OFFICE_MANAGER)
    for user, hours in wanted.items():
        share = equal if hours is None else hours
        values = {"UserId": int(user), "AssignmentValue": share, "AssignmentUnit": "Hours"}
        plan.add_assignment(state, task, values, OFFICE_MANAGER)


def delete_task(state: HqState, key: str) -> None:
    plan.delete_task(state, _row(state, "ProjectTasks", key), OFFICE_MANAGER)


# -- reportings


def create_reporting(state: HqState, given: Row) -> Row:
    """`UserId`, `ProjectId`, `TaskId`, `StartOn`, `Duration` (seconds), `Note`, `IsApproved`."""
    usual = {"TaskId": None, "Note": "", "IsApproved": False}
    values = {**usual, **plan.read_body(given, REPORTING)}
    for name in ("UserId", "ProjectId", "StartOn", "Duration"):
        if values.get(name) is None:
            raise ValueError(f"{name} is missing")
    return _shown(REPORTING, reporting.create_reporting(state, values, OFFICE_MANAGER))


def update_reporting(state: HqState, key: str, given: Row) -> Row:
    row = _row(state, "UserReportings", key)
    values = plan.read_body(given, REPORTING)
    changed = reporting.change_reporting(state, row, values, OFFICE_MANAGER, office=True)
    return _shown(REPORTING, changed)


def delete_reporting(state: HqState, key: str) -> None:
    row = _row(state, "UserReportings", key)
    reporting.delete_reporting(state, row, OFFICE_MANAGER, office=True)


# -- the system


def rules(state: HqState) -> list[Row]:
    return [{"id": "rules", **asdict(state.rules)}]


def update_rules(state: HqState, key: str, given: Row) -> Row:
    """The switches of HqRules."""
    if key != "rules":
        raise KeyError(key)
    for name, value in given.items():
        if name not in asdict(state.rules) or not isinstance(value, bool):
            raise ValueError(f"{name} is no switch")
        setattr(state.rules, name, value)
    return rules(state)[0]


def words(state: HqState) -> list[Row]:
    """Task types with their statuses, to choose from."""
    statuses = state.tables["TaskTypeStatuses"]
    return [
        {"id": str(row["Id"]), "Name": row["Name"],
         "Statuses": {s["Name"]: s["Id"] for s in statuses.where("TaskTypeId", row["Id"])}}
        for row in state.tables["TaskTypes"]
    ]  # fmt: skip


def _cannot(*_: Any) -> Any:
    raise ValueError("that cannot be done here")


def _reader(table: str, type: EntityType) -> Any:
    return lambda state: [_shown(type, row) for row in state.tables[table]]


PLAN_COLLECTIONS = {
    "projects": Collection(
        _reader("Projects", PROJECT), create_project, update_project, delete_project
    ),
    "tasks": Collection(
        lambda state: [task_json(state, row) for row in state.tables["ProjectTasks"]],
        create_task,
        update_task,
        delete_task,
    ),
    "reportings": Collection(
        _reader("UserReportings", REPORTING),
        create_reporting,
        update_reporting,
        delete_reporting,
    ),
    "companies": Collection(_reader("Companies", COMPANY), _cannot, _cannot, _cannot),
    "task_types": Collection(words, _cannot, _cannot, _cannot),
    "rules": Collection(rules, _cannot, update_rules, _cannot),
}
