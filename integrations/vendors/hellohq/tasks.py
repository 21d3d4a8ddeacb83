"""helloHQ's phases, tasks and sub-tasks (one entity), their types and their staffing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.remote import BadAnswer, Malformed, Page, Rejected
from integrations.vendors.hellohq.odata import VENDOR
from integrations.vendors.hellohq.project_decode import (
    decode_assignment,
    decode_task,
    decode_task_type,
)
from integrations.vendors.hellohq.project_records import (
    Assignment,
    Task,
    TaskChanges,
    TaskDraft,
    TaskType,
)
from integrations.vendors.hellohq.sets import EntitySets, Row, number, readable
from integrations.vendors.hellohq.units import hours_of
from integrations.vendors.values import text

TASKS = "/v1/ProjectTasks"
_STAFFED = {"$expand": "Assignments"}

_FIELDS = {
    "name": "Name",
    "description": "Description",
    "order": "Order",
    "start_on": "StartOn",
    "end_on": "EndOn",
}
_REFERENCES = {
    "parent_id": "ParentId",
    "type_id": "TaskTypeId",
    "status_id": "TaskTypeStatusId",
}


class Tasks:
    """Every method that changes something sends one unsafe request.

    Lists go on after `cursor`, an opaque text of an earlier page of the same list.
    """

    def __init__(self, sets: EntitySets) -> None:
        self._sets = sets

    def changed(
        self, since: str = "", cursor: str = "", *, project_id: str = ""
    ) -> Iterator[Page[Task]]:
        """Tasks changed since a UTC time (see EntitySets.changed), all for "", with their
        assignments; of one project or of all. A changed assignment may not change its task."""
        where = {"ProjectId": project_id} if project_id else {}
        rows = self._sets.changed(
            TASKS, dict[str, Any], since, cursor, options=_STAFFED, where=where
        )
        return map(self._staffed, rows)

    def of_project(self, project_id: str, cursor: str = "") -> Iterator[Page[Task]]:
        return self.changed(cursor=cursor, project_id=project_id)

    def one(self, id: str) -> Task:
        """With its assignments. Raises NotFound."""
        row = self._sets.row(TASKS, id, _STAFFED)
        return readable(decode_task, {**row, "Assignments": self._assignment_rows(row, id)})

    def create(self, draft: TaskDraft) -> Task:
        """Built-in sync clients leave it alone: `Sync` is off."""
        body = _body(draft)
        return self._sets.create(TASKS, body, body, decode_task)

    def update(self, id: str, changes: TaskChanges, expected: str = "") -> Task:
        """Raises Stale when the task is not at `expected` any more, and Rejected, without
        sending, for a `sync_id` where another sync client has set its own."""
        return self._sets.update(
            f"{TASKS}({number(id)})",
            lambda: self._sets.row(TASKS, id),
            lambda row: _changed(row, changes),
            decode_task,
            expected,
        )

    def delete(self, id: str) -> None:
        """One that does not exist is deleted already."""
        self._sets.delete(TASKS, TASKS, id)

    def finish(self, id: str) -> None:
        self._sets.act(f"{TASKS}({number(id)})/do.Finish")

    def open(self, id: str) -> None:
        self._sets.act(f"{TASKS}({number(id)})/do.Open")

    def set_status(self, id: str, status_id: str) -> None:
        """A status of the task's type; whether it is a finished one decides about `is_done`."""
        self._sets.act(f"{TASKS}({number(id)})/do.SetStatus", {"Status": number(status_id)})

    def types(self) -> list[TaskType]:
        return self._sets.all("/v1/TaskTypes", decode_task_type, {"$expand": "TaskTypeStatus"})

    def assignments(self, task_id: str) -> list[Assignment]:
        return self._sets.all(_assignments(task_id), decode_assignment)

    def assign(self, task_id: str, user_id: str, planned_seconds: int) -> Assignment:
        body = {
            "TaskId": number(task_id),
            "UserId": number(user_id),
            "AssignmentUnit": "Hours",
            "AssignmentValue": hours_of(planned_seconds),
        }
        return self._sets.create(_assignments(task_id), body, body, decode_assignment)

    def unassign(self, task_id: str, assignment_id: str) -> None:
        """One that does not exist is removed already."""
        path = _assignments(task_id)
        self._sets.delete(path, path, assignment_id)

    def _staffed(self, page: Page[dict[str, Any]]) -> Page[Task]:
        records: list[Task] = []
        malformed: list[Malformed] = list(page.malformed)
        for row in page.records:
            id = text(row.get("Id"))
            assignments = self._assignment_rows(row, id)
            try:
                records.append(decode_task({**row, "Assignments": assignments}))
            except (ValueError, OverflowError) as error:
                malformed.append(Malformed(id, str(error)))
        return Page(tuple(records), page.cursor, page.total, tuple(malformed))

    def _assignment_rows(self, row: Row, id: str) -> list[Any]:
        """The assignments inside a task's row; read on their own where it holds only some.

        Raises BadAnswer when there are none at all, not even an empty list: an expansion that was
        ignored would look as if nobody were assigned.
        """
        found = row.get("Assignments")
        if not isinstance(found, list):
            raise BadAnswer(VENDOR, "ProjectTasks came without their Assignments")
        if "Assignments@odata.nextLink" in row:
            return self._sets.all(_assignments(id), dict[str, Any])
        return found


def _assignments(task_id: str) -> str:
    return f"{TASKS}({number(task_id)})/Assignments"


def _body(draft: TaskDraft) -> dict[str, Any]:
    given = {
        "Description": draft.description,
        "StartOn": draft.start_on,
        "EndOn": draft.end_on,
        "ChargeType": draft.charge_type,
        "SyncId": draft.sync_id,
        "ParentId": _reference(draft.parent_id),
        "TaskTypeId": _reference(draft.type_id),
        "TaskTypeStatusId": _reference(draft.status_id),
        "PlannedEffort": hours_of(draft.planned_seconds),
        "Order": draft.order,
    }
    fixed = {"ProjectId": number(draft.project_id), "Name": draft.name, "Sync": False}
    return {**fixed, **{name: value for name, value in given.items() if value not in (None, "")}}


def _changed(row: Row, changes: TaskChanges) -> dict[str, Any]:
    """The fields of a task's row that `changes` names; a value that stays, stays as written."""
    wanted: dict[str, Any] = {
        _FIELDS[key]: value or (None if isinstance(value, str) else value)
        for key, value in changes.items()
        if key in _FIELDS
    }
    for key, name in _REFERENCES.items():
        if key in changes:
            wanted[name] = _reference(text(changes.get(key)))
    if "planned_seconds" in changes:
        wanted["PlannedEffort"] = hours_of(changes["planned_seconds"])
    if "sync_id" in changes:
        wanted["SyncId"] = _sync_id(row, changes["sync_id"])
    return {name: value for name, value in wanted.items() if not _same(row, name, value)}


def _same(row: Row, name: str, value: Any) -> bool:
    """Whether the row says the same already, in its own spelling."""
    if not value and value != 0:
        return row.get(name) in (None, "")
    before = readable(decode_task, row)
    return decode_task({**row, name: value}) == before


def _sync_id(row: Row, wanted: str) -> str:
    current = text(row.get("SyncId"))
    if current and current.casefold() != wanted.casefold():
        raise Rejected(VENDOR, "SyncId belongs to another sync client")
    return current or wanted


def _reference(id: str) -> int | None:
    return number(id) if id else None
