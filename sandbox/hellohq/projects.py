"""Rules of projects. Everything raises PlanError for what helloHQ refuses."""

from __future__ import annotations

from typing import Any

from sandbox.hellohq.plan import PlanError, change, create_task, failed, need, parse_time
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row

CREATE = (
    "ProjectTemplateId", "Name", "Number", "CompanyId", "ContactPersonId", "ResponsibleUserId",
    "LeadId", "StartDate", "EndDate", "ProjectStatusId",
)  # fmt: skip


def create_project(state: HqState, given: Any, by: int) -> Row:
    """do.Create: the template's tasks come along, the first one with the project's start."""
    if not isinstance(given, dict) or not given:
        raise PlanError("The request body is missing.")
    for name in given:
        if name not in CREATE:
            raise PlanError(f"The parameter '{name}' in the request payload is not valid.")
    for name in ("ProjectTemplateId", "Name", "StartDate"):
        if not given.get(name):
            raise failed(f"{name} is required.")
    template = need(state, "ProjectTemplates", given["ProjectTemplateId"], "ProjectTemplate")
    owner = "ResponsibleUserId" if template["IsInternal"] else "CompanyId"
    if given.get(owner) is None:
        raise failed(f"{owner} is required for this template.")
    need(state, "Users" if template["IsInternal"] else "Companies", given[owner], owner[:-2])
    status = _status(state, template, given.get("ProjectStatusId"))
    ends = given.get("EndDate")
    row = {
        "Id": state.next_id("Projects", 201),
        "Number": given.get("Number"),
        "Name": given["Name"],
        "CompanyId": given.get("CompanyId"),
        "ResponsibleUserId": given.get("ResponsibleUserId"),
        "LeadId": given.get("LeadId"),
        "StartDate": parse_time("StartDate", given["StartDate"]),
        "EndDate": parse_time("EndDate", ends) if ends else None,
        "ProjectTemplateId": template["Id"],
        "ProjectStatusId": status["Id"],
        "Status": status["Name"],
        "AworkSyncId": None,
        **state.stamps(by),
    }
    state.tables["Projects"].add(row)
    _plan(state, row, template, by)
    return row


def _status(state: HqState, template: Row, wanted: Any) -> Row:
    allowed = template["StatusIds"]
    if wanted is not None and wanted not in allowed:
        raise failed("The status does not belong to the template.")
    return need(state, "ProjectStatuses", wanted or allowed[0], "ProjectStatus")


def _plan(state: HqState, project: Row, template: Row, by: int) -> None:
    start = parse_time("StartOn", f"{project['StartDate']:%Y-%m-%d}T08:00:00Z")
    for number, (phase, tasks) in enumerate(template["Plan"].items()):
        begins = {"StartOn": start} if number == 0 else {}
        values = {"ProjectId": project["Id"], "Name": phase, **begins}
        above = create_task(state, values, by)
        for name in tasks:
            create_task(
                state, {"ProjectId": project["Id"], "ParentId": above["Id"], "Name": name}, by
            )


def change_status(state: HqState, row: Row, status_id: Any, by: int) -> Row:
    template = need(state, "ProjectTemplates", row["ProjectTemplateId"], "ProjectTemplate")
    status = _status(state, template, status_id)
    changes = {"ProjectStatusId": status["Id"], "Status": status["Name"]}
    return change(state, "Projects", row, changes, by)


def delete_project(state: HqState, row: Row, by: int) -> None:
    """By a person; the API has no verb for it. Reportings and tasks go along."""
    for table, kind in (("UserReportings", "UserReporting"), ("ProjectTasks", "Task")):
        for one in state.tables[table].where("ProjectId", row["Id"]):
            state.tables[table].remove(one["Id"])
            state.record_deletion(kind, one["Id"], by)
    state.tables["Projects"].remove(row["Id"])
    state.record_deletion("Project", row["Id"], by)


def set_field(state: HqState, project: Row, definition_id: int, value: Any, by: int) -> Row:
    """Raises KeyError for an unknown definition."""
    definition = state.tables["CustomFieldDefinitions"].get(definition_id)
    if definition is None or definition["Category"] != "Project":
        raise KeyError(definition_id)
    table = state.tables["ProjectCustomFields"]
    rows = table.where("EntityId", project["Id"])
    found = next((row for row in rows if row["Name"] == definition["Name"]), None)
    if found is None:
        found = {
            "Id": state.next_id("ProjectCustomFields", 5_001),
            "EntityId": project["Id"],
            "Name": definition["Name"],
            "Type": definition["TypeText"],
            **state.stamps(by),
        }
    return change(state, "ProjectCustomFields", found, {"Value": value}, by)
