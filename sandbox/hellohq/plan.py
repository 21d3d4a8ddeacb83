"""Rules of projects, tasks, assignments and reportings. `by` is the user who does it.

Everything raises PlanError for what helloHQ refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.hellohq.state import HqState
from sandbox.odata.model import EntityType, Row

FITTING: Mapping[str, tuple[type, ...]] = {
    "number": (int, float), "string": (str,), "bool": (bool,)
}  # fmt: skip
READ_ONLY = frozenset({"Id", "CreatedBy", "UpdatedBy", "CreatedOn", "UpdatedOn"})


class PlanError(ValueError):
    """The text is for the answer."""


def failed(text: str) -> PlanError:
    return PlanError(f"Validation failed: {text}")


def read_body(given: Any, type: EntityType) -> Row:
    """The properties that were sent, checked by kind. Navigations and annotations are ignored."""
    if not isinstance(given, dict) or not given:
        raise PlanError("The request body is missing.")
    values: Row = {}
    for name, value in given.items():
        if name in type.navigations or "@" in name:
            continue
        if name not in type.properties:
            raise PlanError(f"The property '{name}' does not exist on type '{type.name}'.")
        values[name] = _value(type, name, value)
    return values


def _value(type: EntityType, name: str, value: Any) -> Any:
    kind = type.properties[name]
    if value is None:
        return None
    if kind == "time":
        return parse_time(name, value)
    if not isinstance(value, FITTING[kind]) or (kind == "number" and isinstance(value, bool)):
        raise PlanError(f"Cannot convert the value of '{name}' to the expected type.")
    if name in type.enums and value not in type.enums[name]:
        raise PlanError(f"The value '{value}' is not valid for the enum '{type.name}.{name}'.")
    return value


def parse_time(name: str, value: Any) -> datetime:
    """…On is an instant in UTC, …Date a calendar date, whose time and zone do not count."""
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise PlanError(f"Cannot convert the value of '{name}' to a date-time.") from None
    if name.endswith("Date"):
        return datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def need(state: HqState, table: str, id: Any, name: str) -> Row:
    row = state.tables[table].get(id)
    if row is None:
        raise failed(f"{name} {id} does not exist.")
    return row


def change(state: HqState, table: str, row: Row, changes: Row, by: int) -> Row:
    """The changed row; the table's own one is replaced."""
    stamps = {"UpdatedBy": by, "UpdatedOn": state.clock.now()}
    return state.tables[table].add({**row, **changes, **stamps})


# -- tasks

TASK_DEFAULTS: Row = {
    "Description": None, "ParentId": None, "IsDone": False, "PlannedEffort": None,
    "PercentDone": 0, "Remaining": None, "StartOn": None, "EndOn": None, "TaskTypeId": None,
    "TaskTypeStatusId": None, "IsAppointment": False, "SyncId": None, "Sync": False,
    "JiraProjectName": None, "ProjectBudgetId": None, "ChargeType": "Variable",
    "ChargeValue": None,
}  # fmt: skip


def create_task(state: HqState, values: Row, by: int, at: datetime | None = None) -> Row:
    """At the end of the project unless Order is given."""
    project = need(state, "Projects", values.get("ProjectId"), "Project")
    row = {**TASK_DEFAULTS, **_writable(values), "ProjectId": project["Id"], "IsDone": False}
    check_task(state, row)
    if row.get("Order") is None:
        row["Order"] = last_order(state, project["Id"]) + 1
    if row["Remaining"] is None:
        row["Remaining"] = row["PlannedEffort"]
    row = {"Id": state.next_id("tasks", 88_001), **row, **state.stamps(by, at)}
    state.tables["ProjectTasks"].add(row)
    settle(state, row["ParentId"], project["Id"])
    return row


def _writable(values: Row) -> Row:
    return {name: value for name, value in values.items() if name not in READ_ONLY}


def last_order(state: HqState, project_id: int) -> int:
    tasks = state.tables["ProjectTasks"].where("ProjectId", project_id)
    return max((task["Order"] for task in tasks), default=0)


def check_task(state: HqState, row: Row) -> None:
    if not (row.get("Name") or "").strip():
        raise failed("Name is required.")
    if row["StartOn"] and row["EndOn"] and row["EndOn"] < row["StartOn"]:
        raise failed("End must not be before Start.")
    if (row["PlannedEffort"] or 0) < 0:
        raise failed("PlannedEffort must not be negative.")
    if row["TaskTypeId"] is not None:
        need(state, "TaskTypes", row["TaskTypeId"], "TaskType")
    if row["TaskTypeStatusId"] is not None:
        status = need(state, "TaskTypeStatuses", row["TaskTypeStatusId"], "TaskTypeStatus")
        if status["TaskTypeId"] != row["TaskTypeId"]:
            raise failed("TaskTypeStatus does not belong to the TaskType.")
    if row["ParentId"] is not None:
        _check_parent(state, row)


def _check_parent(state: HqState, row: Row) -> None:
    above: Row | None = need(state, "ProjectTasks", row["ParentId"], "Parent task")
    if above and above["ProjectId"] != row["ProjectId"]:
        raise failed("The parent task belongs to another project.")
    while above is not None:
        if above["Id"] == row.get("Id"):
            raise failed("A task cannot be below itself.")
        above = state.tables["ProjectTasks"].get(above["ParentId"])


def put_task(state: HqState, row: Row, values: Row, by: int) -> Row:
    """Replaces: what is left out gets its default. Order and IsDone stay as they are then."""
    if values.get("ProjectId", row["ProjectId"]) != row["ProjectId"]:
        raise failed("A task cannot move to another project.")
    keep = {"Id": row["Id"], "ProjectId": row["ProjectId"], "IsDone": row["IsDone"]}
    new = {**row, **TASK_DEFAULTS, "Order": row["Order"], **_writable(values), **keep}
    return store_task(state, row, new, by)


def store_task(state: HqState, row: Row, new: Row, by: int) -> Row:
    if is_parent(state, row):
        new["PlannedEffort"] = row["PlannedEffort"]
    check_task(state, new)
    changed = change(state, "ProjectTasks", row, new, by)
    for parent in {row["ParentId"], changed["ParentId"]}:
        settle(state, parent, row["ProjectId"])
    return changed


def is_parent(state: HqState, row: Row) -> bool:
    return bool(state.tables["ProjectTasks"].where("ParentId", row["Id"]))


def settle(state: HqState, parent_id: int | None, project_id: int) -> None:
    """Parents sum their children's targets; the project spans its tasks. No stamp moves."""
    settle_targets(state, parent_id)
    span_project(state, project_id)


def settle_targets(state: HqState, parent_id: int | None) -> None:
    tasks = state.tables["ProjectTasks"]
    while (parent := tasks.get(parent_id)) is not None:
        children = tasks.where("ParentId", parent_id)
        if children:
            parent["PlannedEffort"] = sum(child["PlannedEffort"] or 0.0 for child in children)
        parent_id = parent["ParentId"]


def span_project(state: HqState, project_id: int) -> None:
    tasks = state.tables["ProjectTasks"].where("ProjectId", project_id)
    starts = [task["StartOn"] for task in tasks if task["StartOn"]]
    ends = [task["EndOn"] for task in tasks if task["EndOn"]]
    project = state.tables["Projects"].get(project_id)
    if project is not None:
        project["PlannedStartDate"] = _calendar_day(min(starts, default=None))
        project["PlannedEndDate"] = _calendar_day(max(ends, default=None))


def _calendar_day(moment: datetime | None) -> datetime | None:
    return datetime(moment.year, moment.month, moment.day) if moment else None


def finish(state: HqState, row: Row, by: int, *, done: bool) -> Row:
    """The status becomes the type's first finished, or first open, one."""
    statuses = state.tables["TaskTypeStatuses"].where("TaskTypeId", row["TaskTypeId"])
    fitting = [status["Id"] for status in statuses if status["IsFinishedState"] is done]
    changes: Row = {"IsDone": done, "PercentDone": 100 if done else 0}
    if fitting and row["TaskTypeStatusId"] is not None:
        changes["TaskTypeStatusId"] = fitting[0]
    return change(state, "ProjectTasks", row, changes, by)


def set_status(state: HqState, row: Row, status_id: Any, by: int) -> Row:
    """The status decides whether the task is done."""
    status = need(state, "TaskTypeStatuses", status_id, "TaskTypeStatus")
    if status["TaskTypeId"] != row["TaskTypeId"]:
        raise failed("TaskTypeStatus does not belong to the TaskType.")
    done = status["IsFinishedState"]
    percent = 100 if done else 0 if row["IsDone"] else row["PercentDone"]
    changes = {"TaskTypeStatusId": status["Id"], "IsDone": done, "PercentDone": percent}
    return change(state, "ProjectTasks", row, changes, by)


def below(state: HqState, row: Row) -> Iterator[Row]:
    """The task's descendants, the deepest first."""
    for child in state.tables["ProjectTasks"].where("ParentId", row["Id"]):
        yield from below(state, child)
        yield child


def delete_task(state: HqState, row: Row, by: int) -> None:
    """With everything below; refused while reportings hang on any of them."""
    going = [*below(state, row), row]
    if any(state.tables["UserReportings"].where("TaskId", task["Id"]) for task in going):
        raise failed("The task has reportings and cannot be deleted.")
    for task in going:
        for assignment in state.tables["TaskAssignments"].where("TaskId", task["Id"]):
            state.tables["TaskAssignments"].remove(assignment["Id"])
        state.tables["ProjectTasks"].remove(task["Id"])
        state.record_deletion("Task", task["Id"], by)
    settle(state, row["ParentId"], row["ProjectId"])


# -- assignments: they do not move the task's stamp


def add_assignment(
    state: HqState, task: Row, values: Row, by: int, at: datetime | None = None
) -> Row:
    if values.get("TaskId", task["Id"]) != task["Id"]:
        raise failed("TaskId does not match the task of the path.")
    unit = values.get("AssignmentUnit") or "Hours"
    if unit == "Percent":
        raise failed("Percentage not allowed.")
    user, resource = values.get("UserId"), values.get("ResourceId")
    if user is not None:
        need(state, "Users", user, "User")
        resource = 10_000 + user
    elif resource is None:
        raise failed("UserId or ResourceId is required.")
    elif resource - 10_000 in state.users:
        user = resource - 10_000
    row = {
        "Id": state.next_id("assignments", 7_001),
        "TaskId": task["Id"],
        "UserId": user,
        "ResourceId": resource,
        "AssignmentValue": float(values.get("AssignmentValue") or 0.0),
        "AssignmentUnit": unit,
        **state.stamps(by, at),
    }
    return state.tables["TaskAssignments"].add(row)


def remove_assignment(state: HqState, row: Row, by: int) -> None:
    state.tables["TaskAssignments"].remove(row["Id"])
    state.record_deletion("TaskAssignment", row["Id"], by)
