"""What awork holds, in the words of its API.

Ids are GUIDs in lower case, "" for none. Days are calendar days as written; times are UTC with
`Z`, "" for none; durations are seconds. `version` moves with every change of a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Account:
    """The API user behind the key, and the workspace that the key belongs to (G12)."""

    user_id: str
    name: str
    workspace_id: str
    workspace_name: str
    workspace_url: str


@dataclass(frozen=True, slots=True)
class User:
    """`emails`: all addresses as written, work ones first. `is_pending`: invited, not yet in."""

    id: str
    name: str
    emails: list[str]
    is_archived: bool
    is_deactivated: bool
    is_external: bool
    is_agent: bool
    is_pending: bool
    version: str

    @property
    def is_active(self) -> bool:
        """Whether this is a person of this workspace who works in it."""
        return not (self.is_archived or self.is_deactivated or self.is_external or self.is_agent)


@dataclass(frozen=True, slots=True)
class Company:
    """A client; awork knows no number of it."""

    id: str
    name: str
    description: str
    industry: str
    is_external: bool
    version: str


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a custom field, in the type that its definition has; ids and dates as text."""

    definition_id: str
    value: str | bool | float | None


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A custom field. `entity` is "task" or "project"; task fields are linked to projects."""

    id: str
    name: str
    type: str
    entity: str
    project_ids: list[str]


@dataclass(frozen=True, slots=True)
class Project:
    """`status_type` is not-started, progress, stuck or closed."""

    id: str
    name: str
    key: str
    description: str
    start_date: date | None
    due_date: date | None
    company_id: str
    template_id: str
    status_id: str
    status_type: str
    is_private: bool
    is_external: bool
    is_retainer: bool
    is_multi_assignment_allowed: bool
    is_billable_by_default: bool | None
    time_budget: int | None
    tasks_count: int | None
    custom_fields: list[FieldValue]
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str
    version: str


@dataclass(frozen=True, slots=True)
class ProjectTemplate:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """A status as one project knows it; several projects may share its id."""

    id: str
    project_id: str
    name: str
    type: str
    order: float


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """`type` is todo, progress, review, stuck or done. The key is (project_id, id)."""

    id: str
    project_id: str
    name: str
    type: str
    order: float


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list has neither dates nor a status."""

    id: str
    project_id: str
    name: str
    order: float
    is_archived: bool
    created_by: str
    created_on: str
    version: str


@dataclass(frozen=True, slots=True)
class TypeOfWork:
    id: str
    name: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class Assignee:
    """`is_distributed`: the effort is the task's value split; else it was set for this person."""

    user_id: str
    planned_seconds: int | None
    is_distributed: bool
    is_external: bool


@dataclass(frozen=True, slots=True)
class InList:
    """A task's place in a list; `list_order` is the place of the list in its project."""

    id: str
    name: str
    list_order: float
    order: float | None
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A task or sub-task. `description` is HTML.

    `planned_seconds` is its own value and no sum of its sub-tasks. Sub-tasks have the lists of
    their parent. `is_recurring` marks the pattern of recurring tasks, not its copies.
    """

    id: str
    project_id: str
    base_type: str
    key: str
    name: str
    description: str
    start_on: date | None
    due_on: date | None
    planned_seconds: int | None
    is_prio: bool
    type_of_work_id: str
    status_id: str
    status_type: str
    parent_id: str
    subtasks: int
    order: float | None
    lists: list[InList]
    assignees: list[Assignee]
    custom_fields: list[FieldValue]
    is_recurring: bool
    is_external: bool
    closed_on: str
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str
    version: str

    @property
    def list_id(self) -> str:
        """The primary list; where none is marked, the first by order; "" without a list."""
        best = min(self.lists, key=lambda one: (not one.is_primary, one.list_order), default=None)
        return best.id if best else ""


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Time that a person spent.

    `day` is the local day it counts for. `starts_at` is None for a date-only entry, which has a
    duration and no time of day. `seconds` is without breaks; of a running entry they are not
    known yet. `project_id` and `task_id` are "" for private entries and for those whose project
    or task was deleted; `user_id` is "" when the user was deleted.
    """

    id: str
    user_id: str
    project_id: str
    task_id: str
    type_of_work_id: str
    note: str
    day: date
    starts_at: str | None
    seconds: int
    break_seconds: int
    is_running: bool
    is_billable: bool
    is_billed: bool
    is_external: bool
    time_zone: str
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str
    version: str

    @property
    def is_date_only(self) -> bool:
        return self.starts_at is None


@dataclass(frozen=True, slots=True)
class TimeSetting:
    """A rule for time tracking of the whole workspace, such as `prevent-on-done-projects`."""

    type: str
    enabled: bool
    day_count: int | None


@dataclass(frozen=True, slots=True)
class Absence:
    """`first` and `last` are inclusive. `half_first`: the first day only from noon; `half_last`:
    the last day only until noon. With an `external_provider` nobody can edit it in awork."""

    id: str
    user_id: str
    first: date
    last: date
    half_first: bool
    half_last: bool
    description: str
    external_provider: str
    created_by: str
    created_on: str
    updated_by: str
    updated_on: str
    version: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """awork switches `is_active` off by itself after failures. Its secret is not kept here."""

    id: str
    name: str
    uri: str
    events: list[str]
    is_active: bool
    only_main_entity: bool
    authentication_type: str
    last_failure: str
    version: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an event; `message` is the payload as it was sent."""

    message: str
    status: int | None
    created_on: str
    reason: str
    ok: bool
