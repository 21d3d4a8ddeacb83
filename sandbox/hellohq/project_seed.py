"""An agency's projects as helloHQ holds them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sandbox.clock import BERLIN
from sandbox.company import Agency, Person
from sandbox.hellohq.plan import TASK_DEFAULTS, settle_targets, span_project
from sandbox.hellohq.state import OFFICE_MANAGER, HqState
from sandbox.odata.model import Row
from sandbox.projects import (
    CLIENTS,
    ONLY_HQ_TEMPLATE,
    ONLY_HQ_TYPE,
    STATUSES,
    TEMPLATES,
    TYPES,
    Line,
    Project,
    Tracked,
    awork_id,
    build_story,
)

PROJECT_STATUSES = (("Planung", True), ("In Umsetzung", True), ("Abgeschlossen", False))
ONLY_HQ_STATUS = "Getestet"
"""Of the type Entwicklung."""
ROLES = ("Projektleitung", "Team")


def user_id(person: Person) -> int:
    return 4700 + person.number


def seed_projects(state: HqState, agency: Agency) -> None:
    _Seeder(state, agency).run()


class _Seeder:
    def __init__(self, state: HqState, agency: Agency) -> None:
        self.state, self.agency = state, agency
        self.at = datetime.combine(agency.today - timedelta(days=80), time(7), UTC)
        self.types: dict[str, int] = {}
        self.statuses: dict[tuple[str, str], int] = {}
        self.companies: dict[str, int] = {}
        self.templates: dict[str, Row] = {}
        self.tasks: dict[tuple[int, int], int] = {}
        self.projects: dict[int, int] = {}

    def run(self) -> None:
        self._words()
        story = build_story(self.agency, all_times=False)
        for project in story.projects:
            self._project(project)
        for tracked in story.times:
            if tracked.in_hq:
                self._reporting(tracked, tracked.note)
        self._reporting(story.times[1], "nur in HQ erfasst", hours=3)

    def born(self, table: str, row: Row) -> Row:
        """A second later than the one before."""
        self.at += timedelta(seconds=1)
        stamps = self.state.stamps(OFFICE_MANAGER, self.at)
        return self.state.tables[table].add({**row, **stamps})

    def named(self, table: str, first: int, name: str, **more: object) -> Row:
        return self.born(table, {"Id": self.state.next_id(table, first), "Name": name, **more})

    def _words(self) -> None:
        for name in CLIENTS:
            self.companies[name] = self.named("Companies", 301, name)["Id"]
        statuses = [
            self.named("ProjectStatuses", 31, name, IsInProgress=runs)["Id"]
            for name, runs in PROJECT_STATUSES
        ]
        for name in (*TEMPLATES, ONLY_HQ_TEMPLATE):
            self.templates[name] = self.named(
                "ProjectTemplates", 11, name, IsInternal=name == ONLY_HQ_TEMPLATE,
                StatusIds=statuses, Plan=TEMPLATES.get(name, {"Vorbereitung": ("Planung",)}),
            )  # fmt: skip
        for name in ROLES:
            self.named("ProjectRoles", 41, name, IsRequired=False)
        self.named("CustomFieldDefinitions", 51, "Kostenstelle", TypeText="Text",
                   Category="Project", Order=1, IsRequired=False)  # fmt: skip
        self.named("CustomFieldDefinitions", 51, "Branche", TypeText="Text",
                   Category="Company", Order=2, IsRequired=False)  # fmt: skip
        self._types()

    def _types(self) -> None:
        for name in ("Standard", *TYPES, ONLY_HQ_TYPE):
            kind = self.named("TaskTypes", 7, name, IsDefault=name == "Standard")
            self.types[name] = kind["Id"]
            names = list(STATUSES)
            if name == "Entwicklung":
                names.insert(-1, ONLY_HQ_STATUS)
            for status in names:
                finished = status == STATUSES[-1]
                row = self.named(
                    "TaskTypeStatuses", 21, status, IsFinishedState=finished, TaskTypeId=kind["Id"]
                )
                self.statuses[name, status] = row["Id"]

    def _project(self, project: Project) -> None:
        status = PROJECT_STATUSES[1 if project.running else 2][0]
        rows = self.state.tables["ProjectStatuses"]
        internal = not project.client
        row = self.named(
            "Projects", 201, project.name,
            Number=project.label,
            Status=status,
            StartDate=datetime.combine(project.first, time()),
            EndDate=datetime.combine(project.last, time()) if project.number % 2 else None,
            AworkSyncId=awork_id(self.agency, project) if project.in_awork else None,
            ProjectTemplateId=self.templates[project.template]["Id"],
            ProjectStatusId=next(one["Id"] for one in rows if one["Name"] == status),
            CompanyId=self.companies.get(project.client),
            ResponsibleUserId=user_id(self.agency.people[0]) if internal else None,
        )  # fmt: skip
        self.projects[project.number] = row["Id"]
        self.named("ProjectCustomFields", 5_001, "Kostenstelle", EntityId=row["Id"],
                   Value=f"KST {project.number}", Type="Text")  # fmt: skip
        lines = [line for line in project.lines if line.only != "awork"]
        parents = {line.parent for line in lines}
        for position, line in enumerate(lines, start=1):
            self._line(project, row["Id"], line, position, leaf=line.key not in parents)
        for parent in {line.parent for line in lines if line.key not in parents} - {0}:
            settle_targets(self.state, self.tasks[project.number, parent])
        span_project(self.state, row["Id"])

    def _line(
        self, project: Project, project_id: int, line: Line, position: int, *, leaf: bool
    ) -> None:
        kind = line.kind or ("Standard" if line.is_administration else "")
        linked = project.in_awork and project.number % 3 == 0 and line.level > 1
        jira = project.number == 1 and line.name == "Druckdaten"
        row = {
            **TASK_DEFAULTS,
            "Id": self.state.next_id("tasks", 88_001),
            "Name": line.name,
            "Description": line.text or None,
            "ProjectId": project_id,
            "ParentId": self.tasks.get((project.number, line.parent)),
            "Order": position,
            "PlannedEffort": line.hours if leaf else None,
            "Remaining": line.hours,
            "StartOn": _at(line.first, 9),
            "EndOn": _at(line.last, 17),
            "IsDone": line.status == STATUSES[-1],
            "PercentDone": 100 if line.status == STATUSES[-1] else 0,
            "TaskTypeId": self.types.get(kind),
            "TaskTypeStatusId": self.statuses.get((kind, line.status)),
            "ChargeType": "NotChargeable" if line.is_administration else "Variable",
            "SyncId": self._sync_id(project, line, linked=linked, jira=jira),
            "Sync": jira,
        }
        self.tasks[project.number, line.key] = self.born("ProjectTasks", row)["Id"]
        for person, hours in line.people:
            share = (line.hours or 0.0) / len(line.people) if hours is None else hours
            self._assign(row["Id"], user_id(person), share)

    def _sync_id(self, project: Project, line: Line, *, linked: bool, jira: bool) -> str | None:
        if jira:
            return "JIRA-17"
        mirrored = linked and not line.is_administration and line.only != "hq"
        return awork_id(self.agency, project, line.key) if mirrored else None

    def _assign(self, task_id: int, user: int, hours: float) -> None:
        self.born("TaskAssignments", {
            "Id": self.state.next_id("assignments", 7_001), "TaskId": task_id, "UserId": user,
            "ResourceId": 10_000 + user, "AssignmentValue": hours, "AssignmentUnit": "Hours",
        })  # fmt: skip

    def _reporting(self, tracked: Tracked, note: str, hours: int = 0) -> None:
        """`hours` later than in awork, so that the two are not equal."""
        if tracked.person is None or tracked.project is None:
            return
        start = datetime.combine(tracked.day, time(), BERLIN)
        start += timedelta(minutes=tracked.minute, hours=hours)
        number = tracked.project.number
        ended = start.astimezone(UTC) + timedelta(minutes=tracked.minutes)
        self.state.tables["UserReportings"].add({
            **self.state.stamps(OFFICE_MANAGER, ended),
            "Id": self.state.next_id("reportings", 660_001),
            "UserId": user_id(tracked.person), "ProjectId": self.projects[number],
            "TaskId": self.tasks[number, tracked.line], "StartOn": start.astimezone(UTC),
            "Duration": tracked.minutes * 60, "BreakDuration": 0, "Note": note,
            "IsApproved": True, "ChargeRateValue": 95.0, "InternalChargeRateValue": 60.0,
            "CurrencyChargeRateValue": "EUR", "CurrencyInternalChargeRateValue": "EUR",
        })  # fmt: skip


def _at(day: date | None, hour: int) -> datetime | None:
    """An hour of a working day in Berlin, as an instant."""
    if day is None:
        return None
    return datetime.combine(day, time(hour), BERLIN).astimezone(UTC)
