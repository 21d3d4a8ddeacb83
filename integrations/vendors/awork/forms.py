"""What may be written: drafts to create, changes to make, and awork's PUT forms.

awork replaces the whole form and refuses what is not in it, so a PUT carries every writable
field as it was read, with the changes on top. awork leaves empty fields out of its answers; a
field that was left out is empty and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from integrations.vendors.awork.codec import Days, absence_days, absence_form, day_text

Row = Mapping[str, Any]

_TASK = ("name", "description", "isPrio", "startOn", "dueOn", "laneOrder", "plannedDuration")
_PROJECT = (
    "name", "isPrivate", "description", "startDate", "dueDate", "companyId", "timeBudget",
    "isBillableByDefault", "projectTypeId", "color", "deductNonBillableHours",
    "isProjectKeyVisible",
)  # fmt: skip
_NESTED = {"companyId": "company", "projectTypeId": "projectType"}
_COMPANY = ("name", "description", "industry")
_TASK_LIST = ("name", "isHiddenForConnectUsers")
_ABSENCE = (
    "userId", "startOn", "endOn", "description", "externalProvider",
    "isHalfDayOnStart", "isHalfDayOnEnd",
)  # fmt: skip
_WEBHOOK = (
    "name", "uri", "language", "events", "isActive", "onlyTriggerForMainEntityChanges",
    "authenticationType", "authentication",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A place in a list. `order` None is the end of it, except for a new task: there the top.

    Without a primary list the first one by order is it.
    """

    id: str
    order: float | None
    is_primary: bool | None = None


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    name: str
    template_id: str = ""
    company_id: str = ""
    start_date: date | None = None
    due_date: date | None = None
    description: str = ""


class ProjectChanges(TypedDict, total=False):
    name: str
    description: str
    company_id: str
    start_date: date | None
    due_date: date | None


class CompanyChanges(TypedDict, total=False):
    name: str
    description: str
    industry: str


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task to create. Type and status are named: awork would take arbitrary ones otherwise.

    A sub-task has a `parent_id` and no lists; it gets those of its parent. The orders in `lists`
    must be known: awork would put the task on top (`Tasks.next_order`).
    """

    project_id: str
    name: str
    type_of_work_id: str
    status_id: str
    description: str = ""
    start_on: date | None = None
    due_on: date | None = None
    planned_seconds: int = 0
    is_prio: bool = False
    parent_id: str = ""
    lists: list[ListPlace] = field(default_factory=list)


class TaskChanges(TypedDict, total=False):
    name: str
    description: str
    start_on: date | None
    due_on: date | None
    planned_seconds: int
    is_prio: bool


@dataclass(frozen=True, slots=True)
class AbsenceDraft:
    """The fields mean the same as in Absence."""

    user_id: str
    first: date
    last: date
    half_first: bool = False
    half_last: bool = False
    description: str = ""
    external_provider: str = ""


class AbsenceChanges(TypedDict, total=False):
    user_id: str
    first: date
    last: date
    half_first: bool
    half_last: bool
    description: str
    external_provider: str


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """A webhook whose calls carry the header `header: secret`."""

    name: str
    uri: str
    events: list[str]
    header: str
    secret: str = field(repr=False)
    only_main_entity: bool = True


def project_body(draft: ProjectDraft) -> dict[str, Any]:
    return _given(
        name=draft.name,
        description=draft.description,
        companyId=draft.company_id,
        projectTemplateId=draft.template_id,
        startDate=day_text(draft.start_date),
        dueDate=day_text(draft.due_date),
    )


def task_body(draft: TaskDraft) -> dict[str, Any]:
    body = _given(
        name=draft.name,
        description=draft.description,
        typeOfWorkId=draft.type_of_work_id,
        taskStatusId=draft.status_id,
        startOn=day_text(draft.start_on),
        dueOn=day_text(draft.due_on),
        parentId=draft.parent_id,
        lists=[place_body(place) for place in draft.lists],
    )
    fixed = {"baseType": "projecttask", "entityId": draft.project_id}
    return {
        **fixed, **body, "plannedDuration": draft.planned_seconds, "isPrio": draft.is_prio
    }  # fmt: skip


def place_body(place: ListPlace) -> dict[str, Any]:
    given = {"order": place.order, "isPrimary": place.is_primary}
    return {"id": place.id, **{key: value for key, value in given.items() if value is not None}}


def absence_body(draft: AbsenceDraft) -> dict[str, Any]:
    """Raises ValueError for days that leave nothing."""
    days = Days(draft.first, draft.last, draft.half_first, draft.half_last)
    texts = _given(description=draft.description, externalProvider=draft.external_provider)
    return {"userId": draft.user_id, **absence_form(days), **texts}


def webhook_body(draft: WebhookDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "uri": draft.uri,
        "events": ",".join(draft.events),
        "isActive": True,
        "onlyTriggerForMainEntityChanges": draft.only_main_entity,
        **header(draft.header, draft.secret),
    }


def header(name: str, secret: str) -> dict[str, str]:
    return {"authenticationType": "header", "authentication": f"{name}={secret}"}


def merged_project(row: Row, changes: ProjectChanges) -> tuple[Row, Row]:
    """The form of the project as it is and as it shall be; nested references count too."""
    before = _form(_PROJECT, {**row, **_from_nested(row)})
    if row.get("isRetainer") is True:  # its budget is computed and cannot be set
        before.pop("timeBudget", None)
    after = _overlaid(
        before,
        changes,
        {"name": "name", "description": "description", "company_id": "companyId"},
    )
    return before, _with_days(after, changes, {"start_date": "startDate", "due_date": "dueDate"})


def merged_company(row: Row, changes: CompanyChanges) -> tuple[Row, Row]:
    before = _form(_COMPANY, row)
    return before, _overlaid(before, changes, {name: name for name in _COMPANY})


def merged_list(row: Row, name: str) -> tuple[Row, Row]:
    before = _form(_TASK_LIST, row)
    return before, {**before, "name": name}


def merged_task(row: Row, changes: TaskChanges) -> tuple[Row, Row]:
    """The target value is always sent, 0 for none: awork may have a default of its own."""
    names = {"name": "name", "description": "description", "is_prio": "isPrio"}
    before = {"plannedDuration": 0, **_form(_TASK, row)}
    after = _overlaid(before, changes, {**names, "planned_seconds": "plannedDuration"})
    return before, _with_days(after, changes, {"start_on": "startOn", "due_on": "dueOn"})


def merged_absence(row: Row, changes: AbsenceChanges) -> tuple[Row, Row]:
    """Raises ValueError for days that leave nothing."""
    before = _form(_ABSENCE, row)
    names = {"user_id": "userId", "description": "description"}
    after = _overlaid(before, changes, {**names, "external_provider": "externalProvider"})
    now = absence_days(row)
    days = Days(
        changes.get("first", now.first),
        changes.get("last", now.last),
        changes.get("half_first", now.half_first),
        changes.get("half_last", now.half_last),
    )
    return before, after if days == now else {**after, **absence_form(days)}


def merged_webhook(row: Row, changes: Mapping[str, Any]) -> tuple[Row, Row]:
    """Raises ValueError when the secret header would get lost: awork may not show it."""
    before = _form(_WEBHOOK, row)
    after = {**before, **changes}
    if after.get("authenticationType") == "header" and not after.get("authentication"):
        raise ValueError("the webhook's header is not shown and must be given")
    return before, after


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _form(names: tuple[str, ...], row: Row) -> dict[str, Any]:
    return {name: row[name] for name in names if row.get(name) is not None}


def _from_nested(row: Row) -> dict[str, Any]:
    """The ids of references that came as nested objects only."""
    nested = {name: row.get(key) for name, key in _NESTED.items() if row.get(name) is None}
    return {name: one.get("id") for name, one in nested.items() if isinstance(one, dict)}


def _overlaid(before: Row, changes: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """`before` with the changes of these names; an empty text empties a field."""
    given = {names[key]: value for key, value in changes.items() if key in names}
    after = {**before, **{key: None if value == "" else value for key, value in given.items()}}
    return {key: value for key, value in after.items() if value is not None or key in before}


def _with_days(
    after: dict[str, Any], changes: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    days = {
        name: day_text(changes[key], after.get(name))
        for key, name in names.items()
        if key in changes
    }
    return {
        key: value for key, value in {**after, **days}.items() if value is not None or key in after
    }
