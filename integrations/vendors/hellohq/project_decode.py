"""Rows of projects, tasks and reportings → records. Raises ValueError for unreadable rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from integrations.vendors.hellohq.decode import row_id
from integrations.vendors.hellohq.project_records import (
    Assignment,
    Company,
    CustomField,
    Deletion,
    Project,
    ProjectStatus,
    ProjectTemplate,
    Reporting,
    Task,
    TaskType,
    TaskTypeStatus,
)
from integrations.vendors.hellohq.units import assigned_seconds, seconds_of, utc
from integrations.vendors.lists import require_list
from integrations.vendors.values import (
    day_as_written,
    ident,
    mapping,
    number,
    stamp,
    text,
    utc_text,
    whole,
)

Row = Mapping[str, Any]


def decode_project(row: Row) -> Project:
    status = row.get("ProjectStatus")
    status = status if isinstance(status, dict) else {}
    return Project(
        id=row_id(row),
        number=text(row.get("Number")),
        name=text(row.get("Name")),
        template_id=_ref(row, "ProjectTemplateId"),
        status_id=_ref(row, "ProjectStatusId") or _ref(status, "Id"),
        is_in_progress=_flag(status, "IsInProgress"),
        company_id=_ref(row, "CompanyId"),
        start_date=_date(row, "StartDate"),
        end_date=_date(row, "EndDate"),
        planned_start_date=_date(row, "PlannedStartDate"),
        planned_end_date=_date(row, "PlannedEndDate"),
        awork_sync_id=text(row.get("AworkSyncId")).lower(),
        custom_fields=[_custom_field(one) for one in require_list(row.get("CustomFields") or [])],
        **_audit(row),
    )


def _custom_field(row: Any) -> CustomField:
    fields = mapping(row, "CustomFields")
    names = ("Name", "Value", "Type")
    return CustomField(*(text(fields.get(name)) for name in names))


def decode_project_status(row: Row) -> ProjectStatus:
    return ProjectStatus(row_id(row), text(row.get("Name")), row.get("IsInProgress") is True)


def decode_template(row: Row) -> ProjectTemplate:
    return ProjectTemplate(row_id(row), text(row.get("Name")), row.get("IsInternal") is True)


def decode_company(row: Row) -> Company:
    number_ = text(row.get("DebitorNumber"))
    return Company(row_id(row), text(row.get("Name")), number_, stamp(row.get("UpdatedOn")))


def decode_task_type(row: Row) -> TaskType:
    """Raises ValueError for a type that came without its statuses."""
    statuses = [_task_status(one, row_id(row)) for one in require_list(row.get("TaskTypeStatus"))]
    return TaskType(row_id(row), text(row.get("Name")), row.get("IsDefault") is True, statuses)


def _task_status(row: Any, type_id: str) -> TaskTypeStatus:
    id = row_id(row)
    finished = row.get("IsFinishedState") is True
    return TaskTypeStatus(id, _ref(row, "TaskTypeId") or type_id, text(row.get("Name")), finished)


def decode_assignment(row: Row) -> Assignment:
    unit = text(row.get("AssignmentUnit"))
    value = number(row.get("AssignmentValue"), "AssignmentValue")
    return Assignment(
        id=row_id(row),
        task_id=_ref(row, "TaskId"),
        user_id=_ref(row, "UserId"),
        resource_id=_ref(row, "ResourceId"),
        planned_seconds=assigned_seconds(value, unit),
        unit=unit,
    )


def decode_task(row: Row) -> Task:
    """The assignments are those in the row, None where it has none, not even an empty list."""
    assignments = row.get("Assignments")
    return Task(
        id=row_id(row),
        project_id=ident(row.get("ProjectId"), "ProjectId"),
        parent_id=_ref(row, "ParentId"),
        order=whole(row.get("Order"), "Order"),
        name=text(row.get("Name")),
        description=text(row.get("Description")),
        start_on=_time(row, "StartOn"),
        end_on=_time(row, "EndOn"),
        planned_seconds=seconds_of(number(row.get("PlannedEffort"), "PlannedEffort")),
        type_id=_ref(row, "TaskTypeId"),
        status_id=_ref(row, "TaskTypeStatusId"),
        is_done=row.get("IsDone") is True,
        charge_type=text(row.get("ChargeType")),
        sync_id=text(row.get("SyncId")),
        sync=_flag(row, "Sync"),
        is_appointment=row.get("IsAppointment") is True,
        is_admin=_flag(row, "IsAdminPhase"),
        assignments=assignments
        if assignments is None
        else [decode_assignment(mapping(one, "Assignments")) for one in require_list(assignments)],
        **_audit(row),
    )


def decode_reporting(row: Row) -> Reporting:
    return Reporting(
        id=row_id(row),
        user_id=ident(row.get("UserId"), "UserId"),
        project_id=_ref(row, "ProjectId"),
        task_id=_ref(row, "TaskId"),
        start_on=utc_text(utc(row.get("StartOn") or "")),
        seconds=round(number(row.get("Duration"), "Duration") or 0),
        break_seconds=round(number(row.get("BreakDuration"), "BreakDuration") or 0),
        note=text(row.get("Note")),
        is_approved=row.get("IsApproved") is True,
        is_chargeable=_flag(row, "IsChargeable"),
        **_audit(row),
    )


def decode_deletion(row: Row) -> Deletion | None:
    """None for an event that is no deletion."""
    if text(row.get("Type")).lower() != "entitydeleted":
        return None
    return Deletion(
        id=row_id(row),
        entity=text(row.get("DatabaseObject")).lower(),
        entity_id=ident(row.get("EntityId"), "EntityId"),
        deleted_on=stamp(row.get("CreatedOn")),
        deleted_by=_ref(row, "CreatedBy"),
    )


def _audit(row: Row) -> dict[str, str]:
    return {
        "created_by": _ref(row, "CreatedBy"),
        "created_on": stamp(row.get("CreatedOn")),
        "updated_by": _ref(row, "UpdatedBy"),
        "updated_on": stamp(row.get("UpdatedOn")),
    }


def _ref(row: Row, name: str) -> str:
    """The id of another record; "" for none, which helloHQ may also write as 0."""
    found = text(row.get(name))
    return "" if found == "0" else found


def _flag(row: Row, name: str) -> bool | None:
    found = row.get(name)
    return found if isinstance(found, bool) else None


def _date(row: Row, name: str) -> date | None:
    return day_as_written(row[name], name) if row.get(name) else None


def _time(row: Row, name: str) -> str:
    return utc_text(utc(row[name])) if row.get(name) else ""
