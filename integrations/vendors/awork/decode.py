"""Rows of the API → records. Everything here raises ValueError for a row that cannot be read.

A field that a row leaves out is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from integrations.vendors.awork.codec import (
    absence_days,
    booked,
    day,
    seconds,
    version_of,
)
from integrations.vendors.awork.pages import row_id
from integrations.vendors.awork.records import (
    Absence,
    Account,
    Assignee,
    Company,
    Delivery,
    FieldDefinition,
    FieldValue,
    InList,
    Project,
    ProjectStatus,
    ProjectTemplate,
    Task,
    TaskList,
    TaskStatus,
    TimeEntry,
    TimeSetting,
    TypeOfWork,
    User,
    Webhook,
)
from integrations.vendors.values import ident, mapping, number, stamp, text, whole

T = TypeVar("T")
Row = Mapping[str, Any]

_FIELD_VALUES = (
    "textValue", "numberValue", "dateValue", "booleanValue", "userIdValue", "clientIdValue",
    "selectionOptionIdValue",
)  # fmt: skip


def decode_account(row: Row) -> Account:
    workspace = mapping(row.get("workspace"), "workspace")
    return Account(
        user_id=row_id(row),
        name=_name(row),
        workspace_id=row_id(workspace),
        workspace_name=text(workspace.get("name")),
        workspace_url=text(workspace.get("url")),
    )


def decode_user(row: Row) -> User:
    status = _object(row, "status")
    return User(
        id=row_id(row),
        name=_name(row),
        emails=_emails(row),
        is_archived=_flag(row, "isArchived") or bool(row.get("deletedOn")),
        is_deactivated=_flag(row, "isDeactivated") or _flag(status, "isDeactivated"),
        is_external=_flag(row, "isExternal"),
        is_agent=_flag(row, "isAgent"),
        is_pending=status.get("invitationAccepted") is False,
        version=version_of(row),
    )


def _name(row: Row) -> str:
    parts = (text(row.get(key)) for key in ("firstName", "lastName"))
    return " ".join(filter(None, parts))


def _emails(row: Row) -> list[str]:
    infos = [one for one in _objects(row, "userContactInfos") if _is_email(one)]
    infos.sort(key=lambda one: text(one.get("subType")).lower() != "work")
    return list(dict.fromkeys(filter(None, (text(one.get("value")) for one in infos))))


def _is_email(info: Row) -> bool:
    return text(info.get("type")).lower() == "email"


def decode_company(row: Row) -> Company:
    return Company(
        id=row_id(row),
        name=text(row.get("name")),
        description=text(row.get("description")),
        industry=text(row.get("industry")),
        is_external=_flag(row, "isExternal"),
        version=version_of(row),
    )


def decode_project(row: Row) -> Project:
    status = _object(row, "projectStatus")
    billable = row.get("isBillableByDefault")
    return Project(
        id=row_id(row),
        name=text(row.get("name")),
        key=text(row.get("projectKey")),
        description=text(row.get("description")),
        start_date=day(row.get("startDate"), "startDate"),
        due_date=day(row.get("dueDate"), "dueDate"),
        company_id=_ref(row, "companyId", "company"),
        template_id=_ref(row, "createdByProjectTemplateId") or _ref(row, "projectTemplateId"),
        status_id=_ref(row, "projectStatusId", "projectStatus"),
        status_type=text(status.get("type")),
        is_private=_flag(row, "isPrivate"),
        is_external=_flag(row, "isExternal"),
        is_retainer=_flag(row, "isRetainer"),
        is_multi_assignment_allowed=_flag(row, "isMultiAssignmentAllowed"),
        is_billable_by_default=billable if isinstance(billable, bool) else None,
        time_budget=whole(row.get("timeBudget"), "timeBudget"),
        tasks_count=whole(row.get("tasksCount"), "tasksCount"),
        custom_fields=_field_values(row),
        **_audit(row),
    )


def decode_template(row: Row) -> ProjectTemplate:
    return ProjectTemplate(row_id(row), text(row.get("name")))


def project_status_of(project_id: str) -> Callable[[Row], ProjectStatus]:
    """Statuses do not say which project asked for them; shared ones belong to none."""
    return lambda row: ProjectStatus(row_id(row), project_id, *_status(row))


def task_status_of(project_id: str) -> Callable[[Row], TaskStatus]:
    return lambda row: TaskStatus(row_id(row), project_id, *_status(row))


def _status(row: Row) -> tuple[str, str, float]:
    return text(row.get("name")), text(row.get("type")), _order(row)


def task_list_of(project_id: str) -> Callable[[Row], TaskList]:
    return lambda row: TaskList(
        id=row_id(row),
        project_id=project_id,
        name=text(row.get("name")),
        order=_order(row),
        is_archived=_flag(row, "isArchived"),
        created_by=_ref(row, "createdBy"),
        created_on=stamp(row.get("createdOn")),
        version=version_of(row),
    )


def decode_type(row: Row) -> TypeOfWork:
    return TypeOfWork(row_id(row), text(row.get("name")), _flag(row, "isArchived"))


def decode_definition(row: Row) -> FieldDefinition:
    linked = row.get("linkedProjectIds")
    return FieldDefinition(
        id=row_id(row),
        name=text(row.get("name")),
        type=text(row.get("type")),
        entity=text(row.get("entity")).lower(),
        project_ids=[text(id).lower() for id in linked] if isinstance(linked, list) else [],
    )


def decode_task(row: Row) -> Task:
    status = _object(row, "taskStatus")
    return Task(
        id=row_id(row),
        project_id=_ref(row, "projectId", "project") or _ref(row, "entityId"),
        base_type=text(row.get("baseType")),
        key=text(row.get("taskIdentifier")),
        name=text(row.get("name")),
        description=text(row.get("description")),
        start_on=day(row.get("startOn"), "startOn"),
        due_on=day(row.get("dueOn"), "dueOn"),
        planned_seconds=whole(row.get("plannedDuration"), "plannedDuration"),
        is_prio=_flag(row, "isPrio"),
        type_of_work_id=_ref(row, "typeOfWorkId", "typeOfWork"),
        status_id=_ref(row, "taskStatusId", "taskStatus"),
        status_type=text(status.get("type")),
        parent_id=_ref(row, "parentId", "parentTask"),
        subtasks=seconds(row.get("numberOfSubtasks"), "numberOfSubtasks"),
        order=number(row.get("order"), "order"),
        lists=[_in_list(one) for one in _objects(row, "lists")],
        assignees=[_assignee(one) for one in _objects(row, "assignees")],
        custom_fields=_field_values(row),
        is_recurring=_flag(row, "isRecurring"),
        is_external=_flag(row, "isExternal"),
        closed_on=stamp(row.get("closedOn")),
        **_audit(row),
    )


def _in_list(row: Row) -> InList:
    return InList(
        id=row_id(row),
        name=text(row.get("name")),
        list_order=_order(row),
        order=number(row.get("orderOfTask"), "orderOfTask"),
        is_primary=_flag(row, "isPrimary"),
    )


def _assignee(row: Row) -> Assignee:
    return Assignee(
        user_id=row_id(row),
        planned_seconds=whole(row.get("plannedEffort"), "plannedEffort"),
        is_distributed=_flag(row, "isDistributedPlannedEffort"),
        is_external=_flag(row, "isExternal"),
    )


def decode_entry(row: Row) -> TimeEntry:
    starts_at, local_day = booked(row)
    return TimeEntry(
        id=row_id(row),
        user_id=_ref(row, "userId", "user"),
        project_id=_ref(row, "projectId", "project"),
        task_id=_ref(row, "taskId", "task"),
        type_of_work_id=_ref(row, "typeOfWorkId", "typeOfWork"),
        note=text(row.get("note")),
        day=local_day,
        starts_at=starts_at,
        seconds=seconds(row.get("duration"), "duration"),
        break_seconds=seconds(row.get("breakDuration"), "breakDuration"),
        is_running=starts_at is not None and _is_open(row),
        is_billable=_flag(row, "isBillable"),
        is_billed=_flag(row, "isBilled"),
        is_external=_flag(row, "isExternal"),
        time_zone=text(row.get("timezone")),
        **_audit(row),
    )


def _is_open(row: Row) -> bool:
    """Whether the timer still runs or is paused: no end, and no duration or a break without end."""
    if row.get("endTimeUtc") is not None:
        return False
    breaks = _objects(row, "breaks")
    paused = bool(breaks) and breaks[-1].get("endDate") is None
    return paused or not seconds(row.get("duration"), "duration")


def decode_time_setting(row: Row) -> TimeSetting:
    return TimeSetting(
        text(row.get("type")), _flag(row, "enabled"), whole(row.get("dayCount"), "dayCount")
    )


def decode_absence(row: Row) -> Absence:
    days = absence_days(row)
    return Absence(
        id=row_id(row),
        user_id=_ref(row, "userId"),
        description=text(row.get("description")),
        external_provider=text(row.get("externalProvider")),
        first=days.first,
        last=days.last,
        half_first=days.half_first,
        half_last=days.half_last,
        **_audit(row),
    )


def decode_webhook(row: Row) -> Webhook:
    events = (name.strip() for name in text(row.get("events")).split(","))
    return Webhook(
        id=row_id(row),
        name=text(row.get("name")),
        uri=text(row.get("uri")),
        events=list(filter(None, events)),
        is_active=_flag(row, "isActive"),
        only_main_entity=_flag(row, "onlyTriggerForMainEntityChanges"),
        authentication_type=text(row.get("authenticationType")),
        last_failure=text(row.get("lastFailureReason")),
        version=version_of(row),
    )


def decode_delivery(row: Row) -> Delivery:
    return Delivery(
        message=text(row.get("message")),
        status=whole(row.get("responseCode"), "responseCode"),
        created_on=stamp(row.get("createdOn")),
        reason=text(row.get("reason")),
        ok=_flag(row, "isSuccessful"),
    )


def _audit(row: Row) -> dict[str, str]:
    return {
        "created_by": _ref(row, "createdBy"),
        "created_on": stamp(row.get("createdOn")),
        "updated_by": _ref(row, "updatedBy"),
        "updated_on": stamp(row.get("updatedOn")),
        "version": version_of(row),
    }


def _ref(row: Row, name: str, nested: str = "") -> str:
    """The id of another record, plain or inside of the nested record; "" for none."""
    return (text(row.get(name)) or text(_object(row, nested).get("id"))).lower()


def _field_values(row: Row) -> list[FieldValue]:
    return [
        FieldValue(ident(one.get("customFieldDefinitionId"), "customFields").lower(), _value(one))
        for one in _objects(row, "customFields")
    ]


def _value(row: Row) -> str | bool | float | None:
    values: Iterator[Any] = (row.get(name) for name in _FIELD_VALUES)
    found = next((value for value in values if value is not None), None)
    plain = found is None or isinstance(found, str | bool)
    return found if plain else number(found, "customFields")


def _flag(row: Row, name: str) -> bool:
    return row.get(name) is True


def _order(row: Row) -> float:
    return number(row.get("order"), "order") or 0.0


def _object(row: Row, name: str) -> Row:
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _objects(row: Row, name: str) -> list[Row]:
    """The objects of a nested list; [] where it was left out. Raises ValueError for others."""
    found = row.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError(f"{name}: not a list")
    return [mapping(one, name) for one in found]
