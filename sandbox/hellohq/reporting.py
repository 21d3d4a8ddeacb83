"""Rules of reportings. Everything raises PlanError for what helloHQ refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.hellohq.plan import PlanError, change, failed, need, parse_time
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row

CREATE = ("UserId", "StartDate", "Duration", "TaskId", "Description", "IsApproved")
CHANGEABLE = ("Note", "StartOn", "Duration", "BreakDuration", "TaskId", "ProjectId", "IsApproved")


def create_values(given: Any, project_id: int) -> Row:
    """What do.CreateReporting was given, in a reporting's own names."""
    if not isinstance(given, dict) or not given:
        raise PlanError("The request body is missing.")
    for name in given:
        if name not in CREATE:
            raise PlanError(f"The parameter '{name}' in the request payload is not valid.")
    for name in CREATE[:3]:
        if given.get(name) is None:
            raise failed(f"{name} is required.")
    return {
        "UserId": given["UserId"],
        "ProjectId": project_id,
        "TaskId": given.get("TaskId"),
        "StartOn": parse_time("StartOn", given["StartDate"]),
        "Duration": given["Duration"],
        "Note": given.get("Description") or "",
        "IsApproved": given.get("IsApproved") is True,
    }


def create_reporting(state: HqState, values: Row, by: int, at: datetime | None = None) -> Row:
    row = {
        "Id": state.next_id("reportings", 660_001),
        "BreakDuration": 0,
        "ChargeRateValue": 95.0,
        "InternalChargeRateValue": 60.0,
        "CurrencyChargeRateValue": "EUR",
        "CurrencyInternalChargeRateValue": "EUR",
        **values,
    }
    check(state, row)
    if state.rules.auto_approve:
        row["IsApproved"] = True
    return state.tables["UserReportings"].add({**row, **state.stamps(by, at)})


def check(state: HqState, row: Row) -> None:
    need(state, "Users", row["UserId"], "User")
    project = need(state, "Projects", row["ProjectId"], "Project")
    duration = row["Duration"]
    if isinstance(duration, bool) or not isinstance(duration, int) or duration <= 0:
        raise failed("Duration must be above 0.")
    status = state.tables["ProjectStatuses"].get(project["ProjectStatusId"])
    if state.rules.refuse_closed_projects and status and not status["IsInProgress"]:
        raise failed("Reportings on closed projects are not allowed.")
    if row["TaskId"] is None:
        return
    task = need(state, "ProjectTasks", row["TaskId"], "Task")
    if task["ProjectId"] != row["ProjectId"]:
        raise failed("The task belongs to another project.")
    if state.rules.refuse_closed_tasks and task["IsDone"]:
        raise failed("Reportings on closed tasks are not allowed.")


def change_reporting(
    state: HqState, row: Row, values: Row, by: int, *, office: bool = False
) -> Row:
    """Properties that are not changeable are ignored; `office`: a person who may do anything."""
    if not office:
        _check_lock(state, row)
    changes = {name: values[name] for name in CHANGEABLE if name in values}
    check(state, {**row, **changes})
    return change(state, "UserReportings", row, changes, by)


def delete_reporting(state: HqState, row: Row, by: int, *, office: bool = False) -> None:
    if not office:
        _check_lock(state, row)
    state.tables["UserReportings"].remove(row["Id"])
    state.record_deletion("UserReporting", row["Id"], by)


def _check_lock(state: HqState, row: Row) -> None:
    if state.rules.lock_approved and row["IsApproved"]:
        raise failed("The reporting is approved and cannot be changed.")
