"""An agency's workspace in awork as it is before anything was synced."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from html import escape
from typing import Any

from sandbox.awork.absences import rounded
from sandbox.awork.moments import SECOND, midnight, parse_moment, ticks
from sandbox.awork.projects import blank_project
from sandbox.awork.state import ApiKey, AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import blank_task, distribute
from sandbox.awork.times import date_only, span
from sandbox.awork.workflows import add_status
from sandbox.clock import BERLIN, Clock
from sandbox.company import Agency, Person
from sandbox.projects import (
    CLIENTS,
    ONLY_AWORK_STATUS,
    ONLY_AWORK_TEMPLATE,
    ONLY_AWORK_TEMPLATE_TASK,
    ONLY_AWORK_TYPE,
    STATUSES,
    TEMPLATES,
    TYPES,
    Line,
    Project,
    Tracked,
    awork_id,
    build_story,
    has_awork_account,
)

SHARED_TEMPLATE = "Kampagne"
"""Its projects share the statuses of a workflow."""
KINDS = dict(zip(STATUSES, ("todo", "progress", "review", "done"), strict=True)) | {
    ONLY_AWORK_STATUS: "stuck"
}
ORDER = (*STATUSES[:-1], ONLY_AWORK_STATUS, STATUSES[-1])
PROJECT_KINDS = {"Planung": "not-started", "In Umsetzung": "progress", "Abgeschlossen": "closed"}
SETTINGS = [{"type": "prevent-on-done-projects", "enabled": True}]
FREELANCER = ("Freya", "Extern", "freya@extern.example")


def credentials(slug: str) -> dict[str, str]:
    return {"api_key": f"awork-key-{slug}", "workspace_url": f"https://{slug}.awork.com"}


def seed(agency: Agency, clock: Clock) -> AworkState:
    state = AworkState(
        slug=agency.slug,
        name=agency.name,
        clock=clock,
        chance=agency.random("awork"),
        key=ApiKey(f"awork-key-{agency.slug}"),
        time_settings=[dict(setting) for setting in SETTINGS],
    )
    _Seeder(state, agency).run()
    return state


def as_html(text: str) -> str | None:
    """Paragraphs and lists of a plain text."""
    parts = []
    for block in filter(None, text.split("\n\n")):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            parts.append("<ul>" + "".join(f"<li>{escape(n[2:])}</li>" for n in lines) + "</ul>")
        else:
            parts.append(f"<p>{'<br>'.join(map(escape, lines))}</p>")
    return "".join(parts) or None


class _Seeder:
    def __init__(self, state: AworkState, agency: Agency) -> None:
        self.state, self.agency = state, agency
        began = datetime.combine(agency.today - timedelta(days=90), time(7), BERLIN)
        self.at = ticks(began)
        self.users: dict[int, str] = {}
        self.types: dict[str, str] = {}
        self.companies: dict[str, str] = {}
        self.templates: dict[str, Row] = {}
        self.by = state.new_id()
        state.key.user = self.by

    def run(self) -> None:
        self._people()
        self._words()
        story = build_story(self.agency)
        projects = [project for project in story.projects if project.in_awork]
        for project in projects:
            self._project(project)
        self._oddities(projects[0])
        for number, tracked in enumerate(story.times):
            self._time(tracked, number)
        self._absences()

    def born(self, row: Row) -> Row:
        """A second later than the one before."""
        self.at += SECOND
        return self.state.born(row, self.by, self.at)

    # -- people

    def _people(self) -> None:
        self._user("HQ", "Sync", "", id=self.by, isArchived=True)
        for person in self.agency.people:
            if has_awork_account(person):
                self.users[person.number] = self._account(person)
        self.users[0] = self._user(*FREELANCER)
        self._user("Vera", "Eingeladen", f"vera@{self.agency.slug}.example", accepted=False)

    def _account(self, person: Person) -> str:
        email = person.email.upper() if person.number == 2 else person.email
        gone = person.oddity in ("left", "deactivated")
        last_name = f"{person.last_name} " if person.number == 3 else person.last_name
        return self._user(
            person.first_name, last_name, email, position=person.position, isDeactivated=gone,
            private=f"{person.first_name}@privat.example" if person.number == 1 else "",
        )  # fmt: skip

    def _user(
        self, first: str, last: str, email: str, *, private: str = "", accepted: bool = True,
        **more: Any,
    ) -> str:  # fmt: skip
        contacts = [
            {"id": self.state.new_id(), "type": "email", "subType": kind, "value": value,
             "isAddress": False}
            for kind, value in (("private", private), ("work", email))
            if value
        ]  # fmt: skip
        row = {
            "firstName": first, "lastName": last, "language": "de-DE", "position": None,
            "isArchived": False, "isDeactivated": False, "isAgent": False, "isExternal": False,
            "userContactInfos": contacts, "tags": [], "teams": [],
            "capacity": [28_800] * 5 + [0] * 2, "invitationAccepted": accepted, **more,
        }  # fmt: skip
        return str(self.state.users.add(self.born(row))["id"])

    # -- words that projects use

    def _words(self) -> None:
        state = self.state
        for name in (*TYPES, ONLY_AWORK_TYPE):
            kind: Row = {"name": name, "description": None, "icon": "star", "isArchived": False}
            self.types[name] = state.types_of_work.add(self.born(kind))["id"]
        for name in CLIENTS:
            spelled = name.upper() if name == CLIENTS[0] else name
            company: Row = {"name": spelled, "description": None, "industry": None,
                            "companyContactInfos": [], "tags": []}  # fmt: skip
            self.companies[name] = state.companies.add(self.born(company))["id"]
        state.project_types.add(self.born({"name": "Kundenprojekt", "isArchived": False,
                                           "isPreset": False}))  # fmt: skip
        for name, default in (("Mitglied", True), ("Leitung", False)):
            state.project_roles.add(self.born({"name": name, "isDefault": default}))
        field: Row = {"name": "Kostenstelle", "entity": "project", "type": "text", "order": 1.0}
        state.fields.add(self.born({**field, "projectIds": set()}))
        self._templates()

    def _templates(self) -> None:
        flow = {"name": "Agentur", "icon": "flow", "isArchived": False}
        workflow = self.state.workflows.add(self.born(flow))["id"]
        self._statuses({"workflowId": workflow})
        for name in (*TEMPLATES, ONLY_AWORK_TEMPLATE):
            plan = TEMPLATES.get(name, {"Start": ("Zugänge",)})
            shared = workflow if name == SHARED_TEMPLATE else None
            row = {
                "name": name, "description": f"<p>Vorlage {name}</p>", "projectTypeId": None,
                "workflowId": shared, "timeBudget": 0, "isBillableByDefault": "on",
                "hasRelativeTasks": False, "plan": self._plan(plan),
            }  # fmt: skip
            self.templates[name] = self.state.templates.add(self.born(row))
            if not shared:
                self._statuses({"projectTemplateId": row["id"]})

    def _plan(self, plan: dict[str, tuple[str, ...]]) -> list[Row]:
        names = {title: list(tasks) for title, tasks in plan.items()}
        next(iter(names.values())).append(ONLY_AWORK_TEMPLATE_TASK)
        return [
            {"name": title, "tasks": [self._form(name, TYPES[0]) for name in tasks]}
            for title, tasks in names.items()
        ]

    def _form(self, name: str, kind: str, **more: Any) -> Row:
        return {
            "name": name, "description": None, "isPrio": False, "startOn": None, "dueOn": None,
            "laneOrder": 0, "plannedDuration": 0, "typeOfWorkId": self.types.get(kind)
            or self.types[TYPES[-1]], **more,
        }  # fmt: skip

    def _statuses(self, owner: Row) -> dict[str, str]:
        """Of tasks and projects; name → id."""
        ids = {}
        state = self.state
        pairs = [(state.task_statuses, [(name, KINDS[name]) for name in ORDER]),
                 (state.project_statuses, list(PROJECT_KINDS.items()))]  # fmt: skip
        for table, names in pairs:
            for position, (name, kind) in enumerate(names):
                form = {"name": name, "type": kind, "order": float(position), "icon": None}
                self.at += SECOND
                row = add_status(state, table, self.by, owner, form, self.at)
                ids[name] = row["id"]
        return ids

    # -- projects

    def _project(self, project: Project) -> None:
        template = self.templates.get(project.template)
        row = self.born({
            **blank_project(self.state),
            "id": awork_id(self.agency, project),
            "name": project.name,
            "description": as_html(f"Projekt für {project.client}"),
            "isPrivate": False,
            "startDate": midnight(project.first),
            "dueDate": midnight(project.last),
            "companyId": self.companies.get(project.client),
            "timeBudget": 288_000,
            "isBillableByDefault": True,
            "projectTypeId": next(iter(self.state.project_types))["id"],
            "color": "blue",
            "deductNonBillableHours": True,
            "isProjectKeyVisible": True,
            "projectKey": f"P{project.number}",
            "workflowId": template and template["workflowId"],
            "createdByProjectTemplateId": template and template["id"],
            "projectTemplateId": template and template["id"],
        })  # fmt: skip
        row["tags"] = [{"id": self.state.new_id(), "name": "Bestandskunde", "color": "green"}]
        self.state.projects.add(row)
        if row["workflowId"]:
            owned = self.state.task_statuses.where("owner", row["workflowId"])
            owned += self.state.project_statuses.where("owner", row["workflowId"])
            statuses = {status["name"]: status["id"] for status in owned}
        else:
            statuses = self._statuses({"projectId": row["id"]})
        row["projectStatusId"] = statuses["In Umsetzung" if project.running else "Abgeschlossen"]
        for position, line in enumerate(project.lines):
            if line.only != "hq" and not line.is_administration:
                self._line(project, line, position, statuses)

    def _line(self, project: Project, line: Line, position: int, statuses: dict[str, str]) -> None:
        project_id = awork_id(self.agency, project)
        id = awork_id(self.agency, project, line.key)
        if line.level == 1:
            row = {"id": id, "projectId": project_id, "name": line.name, "order": float(position),
                   "plannedDuration": 0, "isArchived": False,
                   "isHiddenForConnectUsers": False}  # fmt: skip
            self.state.lists.add(self.born(row))
            return
        due = f"{line.last}T16:00:00Z" if line.last and line.key % 5 == 0 else None
        parent = awork_id(self.agency, project, line.parent)
        above = self.state.tasks.get(parent)
        row = {
            **blank_task(self.state, project_id),
            **self._form(line.name, line.kind, description=as_html(line.text)),
            "id": id,
            "startOn": midnight(line.first) if line.first else None,
            "dueOn": due or (midnight(line.last) if line.last else None),
            "plannedDuration": int((line.hours or 0) * 3600),
            "taskStatusId": statuses[line.status],
            "parentId": parent if above else None,
            "lists": [dict(li) for li in above["lists"]]
            if above
            else [{"id": parent, "order": float(position), "isPrimary": True}],
        }
        row["assignees"] = self._assignees(line)
        distribute(self.state, row)
        self.state.tasks.add(self.born(row))
        if line.status == STATUSES[-1]:
            row.update(closedOn=row["createdOn"], closedBy=self.by)

    def _assignees(self, line: Line) -> list[Row]:
        return [
            {"id": self.users[person.number], "plannedEffort": 0,
             "isDistributedPlannedEffort": True}
            for person, _ in line.people
            if person.number in self.users
        ]  # fmt: skip

    def _oddities(self, project: Project) -> None:
        """A task in no list, one in two, a private one, one with everything people attach."""
        state, project_id = self.state, awork_id(self.agency, project)
        statuses = state.statuses_of(state.projects[project_id], state.task_statuses)
        lists = state.lists.where("projectId", project_id)
        two = [{"id": one["id"], "order": 90.0, "isPrimary": one is lists[1]} for one in lists[:2]]
        for name, place in (("Ohne Liste angelegt", []), ("In zwei Listen", two)):
            row = {**blank_task(state, project_id), **self._form(name, TYPES[0]), "lists": place}
            state.tasks.add(self.born({**row, "taskStatusId": statuses[0]["id"]}))
        private = {**blank_task(state, None), **self._form("Einkaufen", TYPES[0])}
        state.tasks.add(self.born({**private, "userId": self.users[1]}))
        rich = state.tasks.where("projectId", project_id)[0]
        rich.update(
            isPrio=True,
            tags=[{"id": state.new_id(), "name": "wichtig", "color": "red"}],
            checklist=[
                {"id": state.new_id(), "taskId": rich["id"], "name": n, "isDone": d, "order": 0.0}
                for n, d in (("Farben", True), ("Schriften", False))
            ],
        )

    # -- times

    def _time(self, tracked: Tracked, number: int) -> None:
        project = tracked.project
        if tracked.person and tracked.person.number not in self.users:
            return
        user = self.users[tracked.person.number if tracked.person else 0]
        line = project.lines[tracked.line - 1] if project and tracked.line else None
        start = datetime.combine(tracked.day, time(), BERLIN) + timedelta(minutes=tracked.minute)
        when = span(start, tracked.minutes * 60, "Europe/Berlin")
        if tracked.flavour == "date_only":
            when = date_only(tracked.day.isoformat(), tracked.minutes * 60)
        row = {
            "userId": user,
            "projectId": awork_id(self.agency, project) if project else None,
            "taskId": awork_id(self.agency, project, line.key) if project and line else None,
            "typeOfWorkId": self.types.get(line.kind if line else "") or self.types[TYPES[-1]],
            "timezone": "Europe/Berlin",
            "note": tracked.note or None,
            "isBillable": tracked.billable,
            "isBilled": tracked.billable and number % 15 == 14,
            "breakDuration": 0,
            "breaks": [],
            **when,
        }
        ended = ticks(start + timedelta(minutes=tracked.minutes))
        self.state.times.add(self.state.born(row, user, ended))

    def _absences(self) -> None:
        """One as in HQ, one of awork's own, one of another provider, half days."""
        people = [p for p in self.agency.people if p.number in self.users]
        typed_in = [
            leave for leave in self.agency.leaves
            if leave.in_hq and leave.last and leave.person.number in self.users
            and leave.kind.hq == "Vacation"
        ]  # fmt: skip
        for leave in typed_in[:1]:
            self._absence(leave.person, leave.first.isoformat(), str(leave.last), "Urlaub")
        monday = self.agency.today - timedelta(days=self.agency.today.weekday())
        days = [str(monday + timedelta(weeks=week)) for week in (9, 10, 11)]
        self._absence(people[1], days[0], days[0], "nur in awork")
        self._absence(people[2], days[1], days[1], "aus Personio", externalProvider="personio")
        self._absence(people[3], days[2], days[2], "Arzt", isHalfDayOnStart=True)

    def _absence(self, person: Person, first: str, last: str, text: str, **more: Any) -> None:
        flags = {"isHalfDayOnStart": False, "isHalfDayOnEnd": False, **more}
        bounds = rounded(parse_moment("startOn", first), parse_moment("endOn", last), flags)
        row = {"userId": self.users[person.number], "description": text, "externalProvider": None}
        self.state.absences.add(self.born({**row, **flags, **bounds}))
