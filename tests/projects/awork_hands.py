"""What people do in awork, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.awork import edit as aw
from sandbox.awork.forms import apply_fields
from sandbox.odata.model import Row
from tests.projects.ground import ANNA, Ground, folded, seconds, started, with_hours


class Awork(Ground):
    """Ids are GUIDs."""

    # -- awork: projects and lists -----------------------------------------------------------------

    def aw_project(self, name: str, template: str = "", **given: Any) -> str:
        if template:
            found = (t["id"] for t in self.awork.templates if t["name"] == template)
            given["projectTemplateId"] = next(found)
        return str(aw.create_project(self.awork, {"name": name, **given})["id"])

    def aw_edit_project(self, id: str, **given: Any) -> None:
        aw.update_project(self.awork, id, given)

    def aw_delete_project(self, id: str) -> None:
        aw.delete_project(self.awork, id)

    def aw_project_named(self, name: str) -> str:
        (found,) = [p["id"] for p in self.awork.projects if p["name"] == name]
        return str(found)

    def aw_list(self, project: str, name: str) -> str:
        return str(aw.create_list(self.awork, {"projectId": project, "name": name})["id"])

    def aw_list_named(self, name: str, project: str | None = None) -> str:
        rows = (one for one in self.awork.lists if project in (None, one["projectId"]))
        (found,) = [one["id"] for one in rows if one["name"] == name]
        return str(found)

    def aw_rename_list(self, id: str, name: str) -> None:
        aw.update_list(self.awork, id, {"name": name})

    def aw_delete_list(self, id: str) -> None:
        aw.delete_list(self.awork, id)

    def aw_client(self, name: str) -> str:
        row: Row = {"name": name, "description": None, "industry": None, "companyContactInfos": [],
                    "tags": []}  # fmt: skip
        return str(self.awork.companies.add(self.awork.born(row, aw.acting(self.awork)))["id"])

    # -- awork: tasks ------------------------------------------------------------------------------

    def aw_task(
        self, project: str, name: str, list: str = "", under: str = "", **given: Any
    ) -> str:
        """In a list, under a task, or in no list. See `_aw_values` for the rest."""
        values = {"projectId": project, "name": name, **self._aw_values(project, given)}
        if under:
            values["parentId"] = under
        elif list:
            values["lists"] = [{"id": list, "order": 1e6}]
        return str(aw.create_task(self.awork, values)["id"])

    def aw_edit(self, id: str, **given: Any) -> None:
        """What `_aw_values` takes; `name`; `under` (None: no longer a sub-task); `list` ("":
        none)."""
        values = self._aw_values(self.aw_row(id)["projectId"], given)
        if "name" in given:
            values["name"] = given["name"]
        if "under" in given:
            values["parentId"] = given["under"]
        if "list" in given:
            values["lists"] = [{"id": given["list"]}] if given["list"] else []
        aw.update_task(self.awork, id, values)

    def _aw_values(self, project: str, given: Mapping[str, Any]) -> Row:
        """`html`, `first`, `last`, `hours`, `type` and `status` by name, `done`, `people` with
        hours by hand or None, `accounts` (awork ids), `tags`, `prio`."""
        plain = {"html": "description", "done": "closed", "prio": "isPrio"}
        values = {to: given[name] for name, to in plain.items() if name in given}
        for name, to in (("first", "startOn"), ("last", "dueOn")):
            if name in given:
                values[to] = f"{given[name]}T00:00:00Z" if given[name] else None
        if "hours" in given:
            values["plannedDuration"] = round((given["hours"] or 0) * 3600)
        if "type" in given:
            values["typeOfWorkId"] = self.aw_type(given["type"])
        if "status" in given:
            values["taskStatusId"] = self.aw_status(project, given["status"])
        if "people" in given:
            people = with_hours(given["people"])
            values["assignees"] = [self.account(n) for n in people]
            by_hand = {self.account(n): seconds(h) for n, h in people.items() if h is not None}
            values |= {"plannedEfforts": by_hand} if by_hand else {}
        if "accounts" in given:
            values["assignees"] = list(dict.fromkeys(str(id) for id in given["accounts"]))
        if "tags" in given:
            values["tags"] = [{"name": name} for name in given["tags"]]
        return values

    def aw_type(self, name: str) -> str:
        return str(next(t["id"] for t in self.awork.types_of_work if t["name"] == name))

    def aw_status(self, project: str, name: str) -> str:
        row = self.awork.projects[project]
        statuses = self.awork.statuses_of(row, self.awork.task_statuses)
        return str(next(s["id"] for s in statuses if folded(s["name"]) == folded(name)))

    def aw_row(self, id: str) -> Row:
        return self.awork.tasks[id]

    def aw_named(self, name: str, project: str | None = None) -> str:
        """The one task of that name."""
        (found,) = self.aw_all(name, project)
        return found

    def aw_all(self, name: str, project: str | None = None) -> list[str]:
        rows = (row for row in self.awork.tasks if project in (None, row["projectId"]))
        return [str(row["id"]) for row in rows if row["name"] == name]

    def aw_close(self, id: str, *, done: bool = True) -> None:
        aw.update_task(self.awork, id, {"closed": done})

    def aw_delete(self, id: str) -> None:
        aw.delete_task(self.awork, id)

    def aw_effort(self, task: str, hours: float | None, account: str) -> None:
        """Somebody's planned effort by hand; None is the equal split again."""
        effort = None if hours is None else seconds(hours)
        aw.update_task(self.awork, task, {"plannedEfforts": {account: effort}})

    def aw_checklist(self, task: str, *names: str) -> None:
        row = self.aw_row(task)
        for name in names:
            item = {"id": self.awork.new_id(), "taskId": task, "name": name, "isDone": False}
            row["checklist"].append({**item, "order": 0.0})
        self.awork.bump(row)

    def aw_custom_field(self, name: str, project: str) -> str:
        """A text field of tasks, linked to a project; its id."""
        field: Row = {"name": name, "entity": "task", "type": "text", "order": 2.0}
        row = self.awork.born({**field, "projectIds": {project}}, aw.acting(self.awork))
        return str(self.awork.fields.add(row)["id"])

    def aw_fill(self, task: str, field: str, text: str) -> None:
        """A custom field of a task."""
        row = self.aw_row(task)
        given = [{"customFieldDefinitionId": field, "textValue": text}]
        apply_fields(self.awork, row, "task", given)
        self.awork.touch(row, aw.acting(self.awork))

    # -- awork: times, absences, the workspace ----------------------------------------------------

    def aw_time(
        self, task: str | None, start: str, minutes: int, *, who: int | str = ANNA,
        note: str = "", project: str | None = None, billable: bool = True,
    ) -> str:  # fmt: skip
        """`start` is local; a mere day makes an entry without time. Without a task, on the
        project; without both, private. `who`: a number, or an awork id."""
        given: Row = {
            "userId": who if isinstance(who, str) else self.account(who), "taskId": task,
            "projectId": project, "duration": minutes * 60, "note": note or None,
            "isBillable": billable, **started(start),
        }  # fmt: skip
        return str(aw.create_time(self.awork, given)["id"])

    def aw_edit_time(self, id: str, start: str = "", **given: Any) -> None:
        """In the API's names; `start` as above."""
        if start:
            given = {"duration": self.awork.times[id]["duration"], **given, **started(start)}
        aw.update_time(self.awork, id, given)

    def aw_delete_time(self, id: str) -> None:
        aw.delete_time(self.awork, id)

    def aw_start_timer(self, task: str, who: int = ANNA) -> str:
        given = {"userId": self.account(who), "taskId": task}
        return str(aw.start_timer(self.awork, given)["id"])

    def aw_stop_timer(self, entry: str) -> None:
        aw.stop_timer(self.awork, entry)

    def aw_absence(self, first: str, last: str = "", *, who: int = ANNA, **given: Any) -> str:
        values = {"userId": self.account(who), "startOn": first, "endOn": last or first, **given}
        return str(aw.create_absence(self.awork, values)["id"])

    def aw_edit_absence(self, id: str, **given: Any) -> None:
        aw.update_absence(self.awork, id, given)

    def aw_delete_absence(self, id: str) -> None:
        aw.delete_absence(self.awork, id)

    def aw_switch(self, **given: Any) -> None:
        """Of the workspace: `multi_assignment`, `permissions`, `time_settings`, `api_key`."""
        aw.update_workspace(self.awork, "workspace", given)
