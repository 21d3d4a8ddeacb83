"""What the sync must leave alone on both sides (A4, A14): a picture before and after a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.clock import BERLIN
from sandbox.odata.model import Row
from sandbox.odata.query import printed
from tests.projects.plans import local_day, matched, words_of
from tests.projects.systems import Systems

MARK = "HQ-ID"
WHILE = " while "
Values = Mapping[str, Any]
Picture = Mapping[tuple[str, str], Values]
"""(kind of record, id) → what is not ours of it."""

HQ_TASK = ("ChargeType", "ChargeValue", "Sync", "Remaining", "ProjectBudgetId", "IsAppointment",
           "JiraProjectName", "Order", "ProjectId", "CreatedBy", "CreatedOn")  # fmt: skip
HQ_REPORTING = ("UserId", "ProjectId", "ChargeRateValue", "InternalChargeRateValue",
                "CurrencyChargeRateValue", "CreatedBy", "CreatedOn")  # fmt: skip
COMPUTED = ("PlannedStartDate", "PlannedEndDate")
"""By helloHQ, from a project's tasks."""
AW_PROJECT = ("description", "isPrivate", "timeBudget", "isBillableByDefault", "projectTypeId",
              "color", "deductNonBillableHours", "isProjectKeyVisible", "projectKey", "workflowId",
              "projectStatusId", "tags", "members", "teams", "createdBy")  # fmt: skip
AW_TASK = ("isPrio", "laneOrder", "tags", "checklist", "isRecurring", "baseType", "userId",
           "taskNumber", "createdBy", "createdOn", "order")  # fmt: skip
AW_TIME = ("userId", "typeOfWorkId", "timezone", "note", "isBillable", "isBilled", "duration",
           "breakDuration", "breaks", "startDateUtc", "startTimeUtc", "endTimeUtc")  # fmt: skip
AW_WORDS = ("users", "types_of_work", "task_statuses", "project_statuses", "templates",
            "workflows", "companies", "project_types")  # fmt: skip
HQ_WORDS = ("Users", "Absences", "Companies", "ProjectStatuses", "ProjectTemplates", "TaskTypes",
            "TaskTypeStatuses", "ProjectCustomFields", "CustomFieldDefinitions")  # fmt: skip


def picture(systems: Systems) -> Picture:
    return dict([*_Hq(systems).records(), *_Awork(systems).records()])


def untouched(before: Picture, after: Picture) -> list[str]:
    """What differs of the records that are in both pictures; what must never go and is gone."""
    lost = [f"{kind} {id}: gone" for kind, id in before if kind.startswith("kept ")
            and (kind, id) not in after]  # fmt: skip
    return lost + [
        f"{kind} {id}: {name} {values.get(name)!r} → {after[kind, id].get(name)!r}"
        for (kind, id), values in before.items()
        if (kind, id) in after
        for name in sorted(_compared(values, after[kind, id]))
        if values.get(name) != after[kind, id].get(name)
    ]


def _compared(before: Values, after: Values) -> set[str]:
    """What holds only as long as something else stays is compared if it did."""
    both = before.keys() & after.keys()
    return {name for name in before.keys() | after.keys() if name in both or WHILE not in name}


def _some(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(row.get(name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return repr(value)
    return printed(value)


@dataclass
class _Hq:
    systems: Systems

    def records(self) -> Iterator[tuple[tuple[str, str], Values]]:
        state = self.systems.hq
        for name in HQ_WORDS:
            for row in state.tables[name]:
                yield (f"kept helloHQ {name}", str(row["Id"])), _some(row, tuple(row))
        for row in state.tables["Projects"]:
            own = tuple(name for name in row if name not in COMPUTED)
            yield ("kept helloHQ Projects", str(row["Id"])), _some(row, own)
        for row in state.tables["ProjectTasks"]:
            yield ("helloHQ task", str(row["Id"])), self._task(row)
        for row in state.tables["UserReportings"]:
            yield ("helloHQ reporting", str(row["Id"])), _some(row, HQ_REPORTING)

    def _task(self, row: Row) -> Values:
        """A SyncId is ours only where there was none; a time of day is kept with its day."""
        values = _some(row, HQ_TASK)
        foreign = (row["SyncId"] or "").startswith("JIRA")
        values["SyncId"] = row["SyncId"] if foreign else ""
        for name in ("StartOn", "EndOn"):
            if row[name]:
                clock = row[name].astimezone(BERLIN).time().isoformat()
                values[f"{name}{WHILE}{local_day(row[name])}"] = clock
        return {**values, **self._assignments(row)}

    def _assignments(self, row: Row) -> Values:
        """Of machines, shares of capacity, and people whom awork does not know."""
        known = matched(self.systems)
        rows = self.systems.hq.tables["TaskAssignments"].where("TaskId", row["Id"])
        return {
            f"assignment {one['Id']}": (one["ResourceId"], one["AssignmentValue"],
                                        one["AssignmentUnit"])
            for one in rows
            if one["UserId"] not in known or one["AssignmentUnit"] == "Percent"
        }  # fmt: skip


@dataclass
class _Awork:
    systems: Systems

    def records(self) -> Iterator[tuple[tuple[str, str], Values]]:
        state = self.systems.awork
        marks = {row["id"] for row in state.fields if row["name"] == MARK}
        users = set(matched(self.systems).values())
        for name in AW_WORDS:
            for row in getattr(state, name):
                gone_with_project = name.endswith("statuses") and row["projectId"]
                kind = f"{'' if gone_with_project else 'kept '}awork {name}"
                yield (kind, row["id"]), _some(row, tuple(row))
        rows: dict[str, tuple[Any, Callable[[Row], Values]]] = {
            "kept awork project": (state.projects, lambda r: self._project(r, marks)),
            "awork list": (state.lists, lambda r: _some(r, ("order", "isArchived", "createdBy"))),
            "awork task": (state.tasks, lambda r: self._task(r, marks, users)),
            "kept awork time": (state.times, lambda r: _some(r, AW_TIME)),
            "kept awork absence": (_foreign(state.absences), lambda r: _some(r, tuple(r))),
        }
        for kind, (table, values) in rows.items():
            for row in table:
                yield (kind, row["id"]), values(row)

    def _project(self, row: Row, marks: set[str]) -> Values:
        return {**_some(row, AW_PROJECT), **_fields(row, marks)}

    def _task(self, row: Row, marks: set[str], users: set[str]) -> Values:
        values = {**_some(row, AW_TASK), **_fields(row, marks)}
        text = row["description"] or ""
        values[f"format{WHILE}{' '.join(words_of(text))}"] = text
        for name in ("startOn", "dueOn"):
            if row[name]:
                values[f"{name}{WHILE}{row[name][:10]}"] = row[name]
        primary = self.systems.awork.list_of(row)
        if not row["parentId"]:
            others = sorted(place["id"] for place in row["lists"] if place["id"] != primary)
            values[f"other lists{WHILE}{primary}"] = others
        return {**values, **_efforts(row, users)}


def _fields(row: Row, marks: set[str]) -> Values:
    own = (one for one in row["customFields"] if one["customFieldDefinitionId"] not in marks)
    return {f"field {one['customFieldDefinitionId']}": repr(one) for one in own}


def _efforts(row: Row, users: set[str]) -> Values:
    """Of people whom helloHQ does not know: who they are, and what was planned by hand."""
    return {
        f"effort of {one['id']}": (one["isDistributedPlannedEffort"]
                                   or one["plannedEffort"])
        for one in row["assignees"] if one["id"] not in users
    }  # fmt: skip


def _foreign(absences: Any) -> list[Row]:
    """Of another provider."""
    marked = ((row, row["externalProvider"] or "") for row in absences)
    return [row for row, mark in marked if mark and not mark.startswith("hq-sync")]
