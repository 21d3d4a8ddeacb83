"""What helloHQ holds of projects, in the words of its API.

Ids are texts, "" for none. `…_on` and `…_at` are UTC with `Z`, "" for none; `…_date` are
calendar days. `updated_on` is the version of a record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class CustomField:
    name: str
    value: str
    type: str


@dataclass(frozen=True, slots=True)
class Project:
    """`is_in_progress` is None where helloHQ did not say; `statuses` of Projects tells then.
    `awork_sync_id` is what somebody entered as the awork project, and is only read."""

    id: str
    number: str
    name: str
    template_id: str
    status_id: str
    is_in_progress: bool | None
    company_id: str
    start_date: date | None
    end_date: date | None
    planned_start_date: date | None
    planned_end_date: date | None
    awork_sync_id: str
    custom_fields: list[CustomField]
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    id: str
    name: str
    is_in_progress: bool


@dataclass(frozen=True, slots=True)
class ProjectTemplate:
    id: str
    name: str
    is_internal: bool


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str
    number: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class TaskTypeStatus:
    """`is_finished`: a task in this status is done."""

    id: str
    type_id: str
    name: str
    is_finished: bool


@dataclass(frozen=True, slots=True)
class TaskType:
    id: str
    name: str
    is_default: bool
    statuses: list[TaskTypeStatus]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person's, machine's or room's part in a task; `user_id` is "" for what is no person.

    `planned_seconds` is None where the unit is a percentage. There is no way to change one.
    """

    id: str
    task_id: str
    user_id: str
    resource_id: str
    planned_seconds: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Task:
    """A phase (without `parent_id`), a task or a sub-task.

    `planned_seconds` is the target value (Soll), None for none; on parents it may be a sum.
    `is_admin` is the administration flag, None where helloHQ does not deliver it.
    `assignments` is None in what a write returned.
    """

    id: str
    project_id: str
    parent_id: str
    order: int | None
    name: str
    description: str
    start_on: str
    end_on: str
    planned_seconds: int | None
    type_id: str
    status_id: str
    is_done: bool
    charge_type: str
    sync_id: str
    sync: bool | None
    is_appointment: bool
    is_admin: bool | None
    assignments: list[Assignment] | None
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task to create; no `parent_id` makes it a phase. The fields mean the same as in Task."""

    project_id: str
    name: str
    parent_id: str = ""
    description: str = ""
    start_on: str = ""
    end_on: str = ""
    planned_seconds: int | None = None
    type_id: str = ""
    status_id: str = ""
    order: int | None = None
    charge_type: str = ""
    sync_id: str = ""


class TaskChanges(TypedDict, total=False):
    """Texts "" and None empty a field. `sync_id` is only taken by a task that has none."""

    name: str
    description: str
    parent_id: str
    order: int
    start_on: str | None
    end_on: str | None
    planned_seconds: int | None
    type_id: str
    status_id: str
    sync_id: str


@dataclass(frozen=True, slots=True)
class Reporting:
    """Time spent on a project. `seconds` is without `break_seconds`.

    `is_chargeable` is None unless a tenant's API delivers such a flag.
    """

    id: str
    user_id: str
    project_id: str
    task_id: str
    start_on: str
    seconds: int
    break_seconds: int
    note: str
    is_approved: bool
    is_chargeable: bool | None
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str


@dataclass(frozen=True, slots=True)
class ReportingDraft:
    project_id: str
    user_id: str
    start_on: str
    seconds: int
    task_id: str = ""
    note: str = ""
    is_approved: bool | None = None


class ReportingChanges(TypedDict, total=False):
    """A person cannot be changed."""

    project_id: str
    task_id: str
    start_on: str
    seconds: int
    note: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Deletion:
    """`entity` is what was deleted, in lower case: task, project, userreporting, user …

    A hint: absences are tasks inside, so the record must be asked for before anything follows.
    """

    id: str
    entity: str
    entity_id: str
    deleted_on: str
    deleted_by: str = field(default="")
