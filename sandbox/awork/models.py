"""What awork's API shows of a row: its own properties and those computed from other rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.awork.table import Row

if TYPE_CHECKING:
    from sandbox.awork.state import AworkState

Getter = Callable[["AworkState", Row], Any]


class Model:
    """`plain` names properties of the row itself, `computed` the others."""

    def __init__(self, plain: str, computed: Mapping[str, Getter] | None = None) -> None:
        self.plain = plain.split()
        self.computed = dict(computed or {})
        self._names = {name.lower(): name for name in (*self.plain, *self.computed)}

    def render(self, state: AworkState, row: Row) -> Row:
        """Without the properties that are null."""
        shown = {name: row.get(name) for name in self.plain}
        for name, read in self.computed.items():
            shown[name] = read(state, row)
        return {name: value for name, value in shown.items() if value is not None}

    def reader(self, state: AworkState, name: str) -> Callable[[Row], Any] | None:
        """How to read the property of this lower-case name; None if there is none."""
        found = self._names.get(name)
        if found is None:
            return None
        read = self.computed.get(found)
        if read is None:
            return lambda row: row.get(found)
        return lambda row: read(state, row)


AUDIT = "id createdOn createdBy updatedOn updatedBy"
STATUS = Model(f"{AUDIT} name type order icon projectId workflowId projectTemplateId")
TYPE_OF_WORK = Model(f"{AUDIT} name description icon isArchived")
TASK_LIST = Model(
    f"{AUDIT} name order plannedDuration isArchived isHiddenForConnectUsers",
    {
        "trackedDuration": lambda state, row: sum(
            _tracked(state, task) for task in _tasks_in(state, row)
        ),
        "totalPlannedDuration": lambda state, row: sum(
            task["plannedDuration"] for task in _tasks_in(state, row) if not task["parentId"]
        ),
    },
)
WORKFLOW = Model(f"{AUDIT} name icon isArchived")
PROJECT_TYPE = Model(f"{AUDIT} name isArchived isPreset")
PROJECT_ROLE = Model(f"{AUDIT} name isDefault")
FIELD = Model(f"{AUDIT} name entity type order selectionOptions")
WEBHOOK = Model(
    f"{AUDIT} name uri events isActive onlyTriggerForMainEntityChanges authenticationType "
    "authentication receiverType lastFailureReason language"
)
ABSENCE = Model(
    f"{AUDIT} userId startOn endOn description externalProvider isHalfDayOnStart isHalfDayOnEnd",
    {"isReadOnly": lambda state, row: bool(row.get("externalProvider"))},
)
USER = Model(
    f"{AUDIT} firstName lastName language position isArchived isDeactivated isAgent isExternal "
    "deactivatedOn userContactInfos tags teams resourceVersion",
    {
        "status": lambda state, row: {
            "invitationAccepted": row["invitationAccepted"],
            "isDeactivated": row["isDeactivated"],
        }
    },
)
COMPANY = Model(
    f"{AUDIT} name description industry companyContactInfos tags resourceVersion",
    {"projectsCount": lambda state, row: state.projects.count("companyId", row["id"])},
)
TEMPLATE = Model(
    f"{AUDIT} name description projectTypeId workflowId timeBudget isBillableByDefault "
    "hasRelativeTasks"
)


def _tasks_in(state: AworkState, task_list: Row) -> list[Row]:
    found = state.tasks.where("projectId", task_list["projectId"])
    return [task for task in found if any(li["id"] == task_list["id"] for li in task["lists"])]


def _tracked(state: AworkState, task: Row) -> int:
    return sum(entry["duration"] for entry in state.times.where("taskId", task["id"]))


def _tracked_with_subtasks(state: AworkState, task: Row) -> int:
    return sum(_tracked(state, one) for one in (task, *state.subtasks(task)))


def _named(row: Row | None, *names: str) -> Row | None:
    """The nested form of a row."""
    if row is None:
        return None
    return {name: row[name] for name in ("id", *names) if row.get(name) is not None}


def _task_status(state: AworkState, row: Row) -> Row | None:
    status = state.task_statuses.get(row.get("taskStatusId"))
    return _named(status, "name", "type", "order", "icon", "projectId", "workflowId")


def _type_of_work(state: AworkState, row: Row) -> Row | None:
    return _named(state.types_of_work.get(row.get("typeOfWorkId")), "name", "icon", "isArchived")


def _assignees(state: AworkState, row: Row) -> list[Row]:
    return [
        {**share, **(_named(state.users.get(share["id"]), "firstName", "lastName") or {}),
         "isExternal": False}
        for share in row["assignees"]
    ]  # fmt: skip


def _lists(state: AworkState, row: Row) -> list[Row]:
    shown = []
    for place in row["lists"]:
        found = state.lists.get(place["id"])
        if found:
            more = {"orderOfTask": place["order"], "isPrimary": bool(place.get("isPrimary"))}
            shown.append(
                {"id": found["id"], "name": found["name"], "order": found["order"], **more}
            )
    return shown


def _project(state: AworkState, row: Row) -> Row | None:
    project = state.projects.get(row.get("projectId"))
    if project is None:
        return None
    shown = _named(project, "name", "companyId", "isPrivate", "projectKey") or {}
    company = _company(state, project)
    return {**shown, "company": company} if company else shown


def _company(state: AworkState, row: Row) -> Row | None:
    return _named(state.companies.get(row.get("companyId")), "name", "industry")


def _parent(state: AworkState, row: Row) -> Row | None:
    return _named(state.tasks.get(row.get("parentId")), "name")


def _identifier(state: AworkState, row: Row) -> str | None:
    project = state.projects.get(row.get("projectId"))
    return f"{project['projectKey']}-{row['taskNumber']}" if project else None


TASK = Model(
    f"{AUDIT} name description isPrio startOn dueOn laneOrder plannedDuration taskNumber "
    "createdVia baseType taskStatusId typeOfWorkId projectId userId parentId tags order "
    "subtaskOrder closedOn closedBy createdFromTaskId isRecurring customFields resourceVersion",
    {
        "taskIdentifier": _identifier,
        "entityId": lambda state, row: row.get("projectId") or row.get("userId"),
        "taskStatus": _task_status,
        "typeOfWork": _type_of_work,
        "assignees": _assignees,
        "lists": _lists,
        "project": _project,
        "parentTask": _parent,
        "isSubtask": lambda state, row: bool(row["parentId"]),
        "numberOfSubtasks": lambda state, row: state.tasks.count("parentId", row["id"]),
        "trackedDuration": _tracked,
        "totalTrackedDuration": _tracked_with_subtasks,
        "totalPlannedDuration": lambda state, row: row["plannedDuration"],
        "checklistItemsCount": lambda state, row: len(row["checklist"]),
        "checklistItemsDoneCount": lambda state, row: sum(i["isDone"] for i in row["checklist"]),
        "taskSchedulesCount": lambda state, row: 0,
        "commentCount": lambda state, row: 0,
        "isExternal": lambda state, row: False,
    },
)
PROJECT = Model(
    f"{AUDIT} name description isPrivate startDate dueDate companyId timeBudget "
    "isBillableByDefault projectTypeId color deductNonBillableHours isProjectKeyVisible "
    "projectKey projectStatusId projectTemplateId workflowId closedOn closedBy "
    "createdByProjectTemplateId tags teams isRetainer customFields resourceVersion",
    {
        "projectType": lambda state, row: _named(
            state.project_types.get(row.get("projectTypeId")), "name"
        ),
        "projectStatus": lambda state, row: _named(
            state.project_statuses.get(row.get("projectStatusId")),
            "name", "type", "order", "projectId", "workflowId",
        ),
        "company": _company,
        "members": lambda state, row: members(state, row),
        "plannedDuration": lambda state, row: sum(
            t["plannedDuration"]
            for t in state.tasks.where("projectId", row["id"])
            if not t["parentId"]
        ),
        "trackedDuration": lambda state, row: sum(
            entry["duration"] for entry in state.times.where("projectId", row["id"])
        ),
        "tasksCount": lambda state, row: state.tasks.count("projectId", row["id"]),
        "tasksDoneCount": lambda state, row: sum(
            bool(t["closedOn"]) for t in state.tasks.where("projectId", row["id"])
        ),
        "isMultiAssignmentAllowed": lambda state, row: state.multi_assignment,
        "isExternal": lambda state, row: False,
    },
)  # fmt: skip
TIME_ENTRY = Model(
    f"{AUDIT} isBillable isBilled taskId projectId note startDateUtc startTimeUtc endDateUtc "
    "endTimeUtc startDateLocal startTimeLocal endDateLocal endTimeLocal timezone duration "
    "breakDuration breaks typeOfWorkId userId resourceVersion",
    {
        "typeOfWork": _type_of_work,
        "user": lambda state, row: _named(
            state.users.get(row.get("userId")), "firstName", "lastName"
        ),
        "task": lambda state, row: _time_task(state, row),
        "project": _project,
        "isExternal": lambda state, row: False,
    },
)


def _time_task(state: AworkState, row: Row) -> Row | None:
    task = state.tasks.get(row.get("taskId"))
    shown = _named(task, "name", "baseType", "taskStatusId", "typeOfWorkId", "tags")
    if task is not None and shown is not None:
        shown["lists"] = _lists(state, task)
    return shown


def members(state: AworkState, project: Row) -> list[Row]:
    shown = []
    for member in project["members"]:
        user = state.users.get(member["userId"])
        role = state.project_roles.get(member["projectRoleId"])
        if user and role:
            names = {"firstName": user["firstName"], "lastName": user.get("lastName")}
            role_name = {"projectRoleName": role["name"], "isDeactivated": user["isDeactivated"]}
            shown.append({**member, **names, **role_name})
    return shown


EVENT_MODELS = {
    "task": TASK, "project": PROJECT, "projectmember": PROJECT, "tasklist": TASK_LIST,
    "timetracking": TIME_ENTRY, "absence": ABSENCE, "user": USER, "company": COMPANY,
}  # fmt: skip


def event_entity(state: AworkState, kind: str, row: Row) -> Row:
    return EVENT_MODELS[kind].render(state, row)
