"""A project as each of the two systems has it, in the shape that the projects page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sandbox.awork import edit as awork_edit
from sandbox.awork.state import AworkState
from sandbox.clock import BERLIN
from sandbox.hellohq import edit_plan as hq_edit
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row

Choices = dict[Any, str]
"""Value of a form's field → label."""


@dataclass(frozen=True)
class Line:
    """`place`: value of the choice that it belongs to; `shares`: user → hours."""

    id: str
    name: str
    level: int
    place: str = ""
    kind: Any = ""
    status: Any = ""
    first: date | None = None
    last: date | None = None
    hours: float | None = None
    shares: dict[str, float] = field(default_factory=dict)
    done: bool = False
    is_list: bool = False


class HqSide:
    """`project` None: there is none on this side."""

    name, label = "hellohq", "helloHQ"

    def __init__(self, state: HqState, project: Row | None) -> None:
        self.state, self.project = state, project

    def lines(self) -> list[Line]:
        return list(self._below(None, 1)) if self.project else []

    def _below(self, parent: int | None, level: int) -> Iterator[Line]:
        rows = self.state.tables["ProjectTasks"].where("ParentId", parent)
        mine = [row for row in rows if self.project and row["ProjectId"] == self.project["Id"]]
        for row in sorted(mine, key=lambda row: (row["Order"], row["Id"])):
            yield Line(
                str(row["Id"]), row["Name"], level, str(row["ParentId"] or ""),
                row["TaskTypeId"] or "", row["TaskTypeStatusId"] or "", _day(row["StartOn"]),
                _day(row["EndOn"]), row["PlannedEffort"], hq_edit.shares(self.state, row),
                row["IsDone"],
            )  # fmt: skip
            yield from self._below(row["Id"], level + 1)

    def people(self) -> Choices:
        users = (row for row in self.state.users if row["Id"] not in self.state.deactivated)
        return {str(u["Id"]): f"{u['FirstName']} {u.get('LastName') or ''}" for u in users}

    def kinds(self) -> Choices:
        return {"": "–"} | {row["Id"]: row["Name"] for row in self.state.tables["TaskTypes"]}

    def statuses(self) -> Choices:
        kinds = self.kinds()
        rows = self.state.tables["TaskTypeStatuses"]
        return {"": "–"} | {r["Id"]: f"{kinds[r['TaskTypeId']]}: {r['Name']}" for r in rows}

    def places(self) -> Choices:
        above = {line.id: f"{'· ' * line.level}{line.name}" for line in self.lines()}
        return {"": "(Phase)", **above}

    def save(self, line: Line | None, new: Line) -> None:
        """Only what differs is changed."""
        wanted: Row = {
            "Name": new.name,
            "ParentId": int(new.place) if new.place else None,
            "PlannedEffort": new.hours,
            "StartOn": _instant(new.first, 9),
            "EndOn": _instant(new.last, 17),
            "Assignments": _kept(line, new),
            **self._kind_and_status(line, new),
        }
        if line is None:
            hq_edit.create_task(self.state, {"ProjectId": (self.project or {})["Id"], **wanted})
            return
        old = {"Name": line.name, "ParentId": int(line.place) if line.place else None,
               "PlannedEffort": line.hours, "TaskTypeId": line.kind or None,
               "TaskTypeStatusId": line.status or None, "StartOn": _instant(line.first, 9),
               "EndOn": _instant(line.last, 17), "Assignments": line.shares}  # fmt: skip
        changes = {name: value for name, value in wanted.items() if value != old[name]}
        if changes:
            hq_edit.update_task(self.state, line.id, changes)

    def _kind_and_status(self, line: Line | None, new: Line) -> Row:
        """A status brings its type along, unless only the type was changed."""
        kind = int(new.kind) if new.kind else None
        same_status = line is not None and str(line.status) == new.status
        if not new.status or (same_status and line and str(line.kind) != new.kind):
            return {"TaskTypeId": kind}
        rows = self.state.tables["TaskTypeStatuses"]
        types = {row["Id"]: row["TaskTypeId"] for row in rows}
        return {"TaskTypeId": types[int(new.status)], "TaskTypeStatusId": int(new.status)}

    def close(self, id: str, closed: bool) -> None:
        hq_edit.update_task(self.state, id, {"IsDone": closed})

    def delete(self, id: str) -> None:
        hq_edit.delete_task(self.state, id)


class AworkSide:
    name, label = "awork", "awork"

    def __init__(self, state: AworkState, project: Row | None) -> None:
        self.state, self.project = state, project

    def lines(self) -> list[Line]:
        return list(self._lines()) if self.project else []

    def _lines(self) -> Iterator[Line]:
        project = self.project or {}
        tasks = self.state.tasks.where("projectId", project["id"])
        tops = [task for task in tasks if not task["parentId"]]
        lists = sorted(self.state.lists.where("projectId", project["id"]), key=lambda r: r["order"])
        for task_list in [None, *(row for row in lists if not row["isArchived"])]:
            if task_list:
                yield Line(task_list["id"], task_list["name"], 1, is_list=True)
            id = task_list["id"] if task_list else None
            for task in (task for task in tops if self.state.list_of(task) == id):
                yield self._line(task, 2, f"list {id}" if id else "")
                for child in self.state.subtasks(task):
                    yield self._line(child, 3, f"task {task['id']}")

    def _line(self, task: Row, level: int, place: str) -> Line:
        return Line(
            task["id"], task["name"], level, place, task["typeOfWorkId"], task["taskStatusId"],
            _written_day(task["startOn"]), _written_day(task["dueOn"]),
            task["plannedDuration"] / 3600,
            {share["id"]: share["plannedEffort"] / 3600 for share in task["assignees"]},
            bool(task["closedOn"]),
        )  # fmt: skip

    def people(self) -> Choices:
        users = (row for row in self.state.users if not row["isDeactivated"])
        return {u["id"]: f"{u['firstName']} {u.get('lastName') or ''}" for u in users}

    def kinds(self) -> Choices:
        return {row["id"]: row["name"] for row in self.state.types_of_work}

    def statuses(self) -> Choices:
        if not self.project:
            return {}
        rows = self.state.statuses_of(self.project, self.state.task_statuses)
        return {row["id"]: row["name"] for row in rows}

    def places(self) -> Choices:
        choices: Choices = {"": "(keine Liste)"}
        for line in self.lines():
            if line.level < 3:
                key = f"{'list' if line.is_list else 'task'} {line.id}"
                choices[key] = f"{'· ' * line.level}{line.name}"
        return choices

    def save(self, line: Line | None, new: Line) -> None:
        """Only what differs is changed."""
        wanted: Row = {
            "name": new.name,
            "plannedDuration": round((new.hours or 0) * 3600),
            "typeOfWorkId": new.kind,
            "taskStatusId": new.status,
            "startOn": new.first and f"{new.first}T00:00:00Z",
            "dueOn": new.last and f"{new.last}T00:00:00Z",
            "assignees": sorted(new.shares),
        }
        kind, _, place = new.place.partition(" ")
        if line is None:
            wanted |= {"parentId": place} if kind == "task" else {}
            wanted |= {"lists": [{"id": place, "order": 1e6}]} if kind == "list" else {}
            project = (self.project or {})["id"]
            awork_edit.create_task(self.state, {"projectId": project, **wanted})
            return
        old = {"name": line.name, "plannedDuration": round((line.hours or 0) * 3600),
               "typeOfWorkId": line.kind, "taskStatusId": line.status,
               "startOn": line.first and f"{line.first}T00:00:00Z",
               "dueOn": line.last and f"{line.last}T00:00:00Z",
               "assignees": sorted(line.shares)}  # fmt: skip
        changes = {name: value for name, value in wanted.items() if value != old[name]}
        if new.place != line.place:
            changes["parentId"] = place if kind == "task" else None
            if kind != "task":
                changes["lists"] = [{"id": place}] if kind == "list" else []
        if changes:
            awork_edit.update_task(self.state, line.id, changes)

    def close(self, id: str, closed: bool) -> None:
        awork_edit.update_task(self.state, id, {"closed": closed})

    def delete(self, id: str) -> None:
        if id in self.state.lists:
            awork_edit.delete_list(self.state, id)
        else:
            awork_edit.delete_task(self.state, id)


def _kept(line: Line | None, new: Line) -> dict[str, float | None]:
    """People who stay keep their hours; new ones get an equal share."""
    old = line.shares if line else {}
    return {user: old.get(user) for user in new.shares}


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(BERLIN).date() if moment else None


def _written_day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _instant(day: date | None, hour: int) -> str | None:
    return datetime.combine(day, time(hour), BERLIN).isoformat() if day else None
