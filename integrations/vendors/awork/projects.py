"""Projects, their templates, statuses and task lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.remote import NotFound, Page
from integrations.vendors.awork.access import Access, path_of
from integrations.vendors.awork.contract import TEMPLATE_PAUSE, TEMPLATE_WAIT
from integrations.vendors.awork.decode import (
    decode_project,
    decode_template,
    project_status_of,
    task_list_of,
    task_status_of,
)
from integrations.vendors.awork.directory import ARCHIVED_TOO
from integrations.vendors.awork.errors import VENDOR
from integrations.vendors.awork.filters import guid
from integrations.vendors.awork.forms import (
    ProjectChanges,
    ProjectDraft,
    merged_list,
    merged_project,
    project_body,
)
from integrations.vendors.awork.pages import Listing, Row, row_id
from integrations.vendors.awork.records import (
    Project,
    ProjectStatus,
    ProjectTemplate,
    TaskList,
    TaskStatus,
)
from integrations.vendors.budget import LONGEST_SLEEP

_PROJECTS, _PROJECT = "/projects", "/projects/{}"
_LISTS, _LIST = "/projects/{}/tasklists", "/projects/{}/tasklists/{}"
_TASKS = "/projects/{}/projecttasks"


class Projects:
    """Lists go on after `cursor`, an opaque text of an earlier page of the same list."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self, cursor: str = "") -> Iterator[Page[Project]]:
        """All projects, closed ones and those of other workspaces included."""
        return self._access.walk(Listing(_PROJECTS), decode_project, cursor)

    def changed(self, since: int, cursor: str = "") -> Iterator[Page[Project]]:
        """Those changed since a `resourceVersion`; see Access.changed."""
        return self._access.changed(Listing(_PROJECTS), decode_project, since, cursor)

    def one(self, id: str) -> Project:
        """Raises NotFound."""
        return self._access.one(path_of(_PROJECT, id), decode_project)

    def create(self, draft: ProjectDraft) -> Project:
        """The lists and tasks of its template may come a little later (`settle`)."""
        return self._access.create(_PROJECTS, project_body(draft), decode_project)

    def update(self, id: str, changes: ProjectChanges, expected: str = "") -> Project:
        """Raises Stale when the project is not at version `expected` any more."""
        return self._access.update(
            path_of(_PROJECT, id),
            lambda row: merged_project(row, changes),
            decode_project,
            expected,
        )

    def set_text_field(self, id: str, definition_id: str, value: str) -> None:
        body = [{"customFieldDefinitionId": str(guid(definition_id)), "textValue": value or None}]
        self._access.operate(path_of("/projects/{}/setcustomfields", id), body, id)

    def settle(self, id: str) -> bool:
        """Wait until a new project has all that its template brings along.

        True when two counts in a row are equal; False when that took too long.
        """
        counts, waited, pause = self._counts(id), 0.0, TEMPLATE_PAUSE
        while waited < TEMPLATE_WAIT:
            self._access.clock.sleep(pause)
            waited, pause = waited + pause, min(LONGEST_SLEEP, 2 * pause)
            before, counts = counts, self._counts(id)
            if counts == before:
                return True
        return False

    def _counts(self, id: str) -> tuple[int | None, ...]:
        listings = (Listing(path_of(path, id), size=1) for path in (_LISTS, _TASKS))
        pages = (self._access.walk(one, row_id, of_record=True) for one in listings)
        return tuple(next(page).total for page in pages)

    def templates(self, cursor: str = "") -> Iterator[Page[ProjectTemplate]]:
        return self._access.walk(Listing("/projecttemplates"), decode_template, cursor)

    def statuses(self, project_id: str, cursor: str = "") -> Iterator[Page[ProjectStatus]]:
        """The statuses that this project may have."""
        listing = Listing(path_of("/projects/{}/projectstatuses", project_id))
        decode = project_status_of(project_id)
        return self._access.walk(listing, decode, cursor, of_record=True)

    def task_statuses(self, project_id: str, cursor: str = "") -> Iterator[Page[TaskStatus]]:
        """The statuses that this project's tasks may have.

        To be read anew when an unknown status id turns up: workflows replace them all.
        """
        listing = Listing(path_of("/projects/{}/taskstatuses", project_id))
        return self._access.walk(listing, task_status_of(project_id), cursor, of_record=True)

    def task_lists(self, project_id: str, cursor: str = "") -> Iterator[Page[TaskList]]:
        """All task lists of a project, archived ones included."""
        return self._access.walk(
            _lists(project_id), task_list_of(project_id), cursor, of_record=True
        )

    def task_list(self, project_id: str, id: str) -> TaskList:
        """Raises NotFound."""
        return task_list_of(project_id)(self._list_row(project_id, id))

    def create_list(self, project_id: str, name: str, order: float | None = None) -> TaskList:
        body: Row = {"name": name} if order is None else {"name": name, "order": order}
        return self._access.create(path_of(_LISTS, project_id), body, task_list_of(project_id))

    def rename_list(self, project_id: str, id: str, name: str, expected: str = "") -> TaskList:
        """Raises Stale when the list is not at version `expected` any more."""
        return self._access.update(
            path_of(_LIST, project_id, id),
            lambda row: merged_list(row, name),
            task_list_of(project_id),
            expected,
            read=lambda: self._list_row(project_id, id),
        )

    def order_list(self, project_id: str, id: str, order: float) -> None:
        path = path_of(f"{_LIST}/updateorder", project_id, id)
        self._access.operate(path, {"order": order}, id)

    def delete_list(self, project_id: str, id: str) -> None:
        """Its tasks stay and lose the list. A list that does not exist is deleted already."""
        path = path_of(f"{_LIST}/delete", project_id, id)
        try:
            self._access.operate(path, {"deleteTasks": False, "deleteTimes": False}, id)
        except NotFound:
            return

    def _list_row(self, project_id: str, id: str) -> Row:
        rows = self._access.found(_lists(project_id), dict[str, Any], of_record=True)
        found = next((row for row in rows if row_id(row) == id.lower()), None)
        if found is None:
            raise NotFound(VENDOR, f"no task list {id} in this project", status=404)
        return found


def _lists(project_id: str) -> Listing:
    return Listing(path_of(_LISTS, project_id), options=ARCHIVED_TOO)
