"""Tasks and sub-tasks of projects, their lists, people and efforts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.remote import NotFound, Page
from integrations.vendors.awork.access import Access, path_of
from integrations.vendors.awork.decode import decode_task
from integrations.vendors.awork.filters import any_equals, compare, guid
from integrations.vendors.awork.forms import (
    ListPlace,
    TaskChanges,
    TaskDraft,
    merged_task,
    place_body,
    task_body,
)
from integrations.vendors.awork.pages import Listing
from integrations.vendors.awork.records import Task

_EVERYWHERE, _OF_PROJECT = "/me/projecttasks", "/projects/{}/projecttasks"
_TASK = "/tasks/{}"


class Tasks:
    """Project tasks only, sub-tasks and done ones included; nobody's private tasks.

    Every method that changes something sends one unsafe request (`update` repeats one that did
    nothing). Lists go on after `cursor`, an opaque text of an earlier page of the same list.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self, cursor: str = "") -> Iterator[Page[Task]]:
        """The tasks of all projects."""
        return self._access.walk(Listing(_EVERYWHERE), decode_task, cursor)

    def changed(self, since: int, cursor: str = "") -> Iterator[Page[Task]]:
        """Those of all projects changed since a `resourceVersion`; see Access.changed."""
        return self._access.changed(Listing(_EVERYWHERE), decode_task, since, cursor)

    def of_project(self, project_id: str, cursor: str = "") -> Iterator[Page[Task]]:
        listing = Listing(path_of(_OF_PROJECT, project_id))
        return self._access.walk(listing, decode_task, cursor, of_record=True)

    def subtasks(self, parent_id: str) -> list[Task]:
        where = compare("parentId", "eq", guid(parent_id))
        return self._access.found(Listing(_EVERYWHERE, where), decode_task)

    def marked(self, value: str) -> list[Task]:
        """Tasks with this text in a custom field; copies of a task have it too."""
        where = any_equals("customFields", "textValue", value)
        return self._access.found(Listing(_EVERYWHERE, where), decode_task)

    def one(self, id: str) -> Task:
        """Raises NotFound."""
        return self._access.one(path_of(_TASK, id), decode_task)

    def next_order(self, project_id: str, list_id: str) -> float:
        """The place behind the last task of a list, for a new one."""
        where = any_equals("lists", "id", guid(list_id))
        listing = Listing(path_of(_OF_PROJECT, project_id), where)
        tasks = self._access.found(listing, decode_task, of_record=True)
        places = (place for task in tasks for place in task.lists)
        orders = [place.order or 0.0 for place in places if place.id == list_id.lower()]
        return max(orders, default=0.0) + 1.0

    def create(self, draft: TaskDraft) -> Task:
        """Without people, efforts and custom fields: those are requests of their own."""
        return self._access.create("/tasks", task_body(draft), decode_task)

    def update(self, id: str, changes: TaskChanges, expected: str = "") -> Task:
        """Raises Stale when the task is not at version `expected` any more."""
        return self._access.update(
            path_of(_TASK, id), lambda row: merged_task(row, changes), decode_task, expected
        )

    def set_status(self, id: str, status_id: str) -> None:
        """The status must be one of the task's project."""
        body = [{"taskId": _id(id), "statusId": _id(status_id)}]
        self._access.operate("/tasks/changestatuses", body, id)

    def set_type_of_work(
        self, id: str, type_of_work_id: str, *, time_entries_too: bool = False
    ) -> None:
        body = {
            "taskIds": [_id(id)],
            "typeOfWorkId": _id(type_of_work_id),
            "changeTimeEntries": time_entries_too,
        }
        self._access.operate("/tasks/changetypeofwork", body, id)

    def set_lists(self, id: str, places: Sequence[ListPlace]) -> None:
        """The whole new set of lists; [] takes the task out of all of them."""
        lists = [place_body(place) for place in places]
        body = [{"taskId": _id(id), "taskLists": lists}]
        self._access.operate("/tasks/changelists", body, id)

    def move(self, id: str, list_id: str, order: float | None = None) -> None:
        """Replace the primary list; "" takes the task out of it. Its other lists stay.

        At the end of the list if there is no order.
        """
        task = self.one(id)
        target = [ListPlace(_id(list_id), order, True)] if list_id else []
        others = [
            ListPlace(one.id, one.order)
            for one in task.lists
            if one.id not in (task.list_id, list_id.lower())
        ]
        self.set_lists(id, [*target, *others])

    def move_under(self, id: str, parent_id: str, order: float | None = None) -> None:
        """Make a task a sub-task, or move a sub-task; lists and project follow the parent.

        awork refuses it for a task that has sub-tasks itself.
        """
        body = [_placed({"taskId": _id(id), "parentId": _id(parent_id)}, order)]
        self._access.operate("/tasks/changesubtasks", body, id)

    def move_out(self, id: str, list_id: str = "", order: float | None = None) -> None:
        """Make a sub-task a task, in one list or, without it, in those of its parent."""
        target = {"listId": _id(list_id)} if list_id else {}
        body = [_placed({"taskId": _id(id), **target}, order)]
        self._access.operate("/tasks/changesubtaskstoparent", body, id)

    def set_assignees(self, id: str, user_ids: Sequence[str]) -> None:
        """The whole new set of people. More than one only where the project allows it."""
        body = [_id(user) for user in user_ids]
        self._access.operate(path_of(f"{_TASK}/setassignees", id), body, id)

    def set_efforts(self, id: str, seconds: Mapping[str, int | None]) -> None:
        """Seconds by person, for people who are assigned; None is the equal split again."""
        body = [{"userId": _id(user), "plannedEffort": effort} for user, effort in seconds.items()]
        self._access.operate(path_of(f"{_TASK}/setplannedefforts", id), body, id)

    def set_text_field(self, id: str, definition_id: str, value: str) -> None:
        """The field must be linked to the task's project. "" empties it."""
        body = [{"customFieldDefinitionId": _id(definition_id), "textValue": value or None}]
        self._access.operate(path_of(f"{_TASK}/setcustomfields", id), body, id)

    def delete(self, id: str) -> None:
        """With its sub-tasks; time entries stay and lose task and project.

        A task that does not exist is deleted already.
        """
        body = {"taskIds": [_id(id)], "deleteTimeTrackings": False}
        try:
            self._access.operate("/tasks/delete", body, id)
        except NotFound:
            return


def _id(id: str) -> str:
    return str(guid(id))


def _placed(body: dict[str, Any], order: float | None) -> dict[str, Any]:
    return body if order is None else {**body, "order": order}
