"""hellohq-awork: projects, tasks, times and absences (A1–A16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from absences.awork import AworkAbsences, HqAbsencesForAwork, absence_stream
from absences.full_days import Setting
from absences.people import email_key
from absences.translate import Calendar
from integrations.clients import Clients
from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.changes import Change
from integrations.engine.stream import Flow, LinkState, Reads, Rule, Source, Stream, Which, World
from integrations.kinds import Check, IntegrationKind, Page
from integrations.models import Integration
from integrations.vendors.awork.client import CORE
from projects import words
from projects.awork_entries import AworkEntries
from projects.awork_tasks import AworkTasks
from projects.awork_writing import AworkWriting
from projects.clients import clients_stream
from projects.config import Config
from projects.describe import describe
from projects.entries import entries_stream
from projects.entry_ground import EntryGround
from projects.ground import Ground
from projects.hooks import Registration
from projects.hq_reportings import HqReportings
from projects.hq_tasks import LIST, HqTasks
from projects.hq_writing import HqWriting
from projects.marks import Marks, marks_stream
from projects.people import People, people_stream
from projects.preflight import preflight
from projects.progress import Progress
from projects.project_sides import AworkProjects, HqProjects, projects_stream
from projects.reading import HOURS, Reading
from projects.settings import HelloHqAworkSettings
from projects.store import config_of, configure
from projects.terms import Terms
from projects.words import PEOPLE, PERSON, TASKS

TASK_FIELDS = ("name", "description", "parent", "start", "end", "target", "type", "status")
WITNESSES = ("hellohq_own", "awork_own")
"""What each system alone can know: a type or status that the other lacks, and in awork the target
of a task that is a parent in helloHQ. A change of it is an edit all the same (A15)."""


class HelloHqAwork(IntegrationKind):
    slug = "hellohq-awork"
    title = gettext_lazy("helloHQ ↔ awork: projects, tasks, times and absences")
    left_vendor = "hellohq"
    right_vendor = "awork"
    arrow = "↔"
    interval = timedelta(seconds=30)
    settings_model = HelloHqAworkSettings
    pages = (
        Page("admin:projects_settings", gettext_lazy("Settings")),
        Page("admin:projects_scope", gettext_lazy("Projects")),
        Page("admin:projects_mapping", gettext_lazy("Task types and statuses")),
        Page("admin:projects_conflicts", gettext_lazy("Conflicts")),
    )

    def unready(self, integration: Integration) -> str:
        if "one_way_from_awork" in integration.settings:
            return ""
        return _("Answer the questions on the settings page first.")

    def configure(self, integration: Integration, answers: BaseModel) -> None:
        assert isinstance(answers, HelloHqAworkSettings)
        configure(integration, answers)

    def preflight(self, integration: Integration, clients: Clients) -> Sequence[Check]:
        return preflight(integration, clients)

    def blueprint(
        self, integration: Integration, clients: Clients, *, full: bool, brief: bool, dry: bool
    ) -> Blueprint:
        return _Run(integration, clients, full=full, brief=brief, dry=dry).blueprint()

    def admin_urls(self, wrap: Callable[[Any], Any]) -> Sequence[URLPattern]:
        from projects import views

        return views.urls(wrap)

    def public_urls(self) -> Sequence[URLPattern]:
        from projects.urls import urlpatterns

        return urlpatterns

    def describe_fields(self, stream: str, fields: Mapping[str, Any]) -> dict[str, str]:
        return describe(stream, fields)


class _Run:
    """One run's blueprint."""

    def __init__(
        self, integration: Integration, clients: Clients, *, full: bool, brief: bool, dry: bool
    ) -> None:
        self.integration, self.config = integration, config_of(integration)
        self.hellohq, self.awork = clients.hellohq, clients.awork
        self.ground = Ground(self.config)
        self.people, self.marks = People(integration), Marks(integration)
        self.absences = self._absence_setting()
        self.hook = Registration.of(integration, self.awork, self.config.answers)
        self.reading = Reading(
            integration, self.ground, self.absences, self.hellohq, self.awork,
            full=full, brief=brief, dry=dry,
        )  # fmt: skip

    def blueprint(self) -> Blueprint:
        chosen = self.config.answers
        streams = [people_stream(self.config), self.hook.stream()]
        entities: tuple[str, ...] = ("project",)
        if chosen.tasks_and_time_entries and not chosen.one_way_from_awork:
            entities = ("project", "task")
        streams += [marks_stream(entities, self.awork), clients_stream(self.ground, self.awork)]
        streams.append(self._projects("task" in entities))
        if chosen.tasks_and_time_entries:
            streams += [self._tasks(), self._entries()]
        if chosen.absences:
            streams.append(self._absences())
        return Blueprint(
            streams=streams,
            sources=self.sources,
            more_sources=self.reading.more_sources,
            account=self.account,
            admit=self.admit,
            learn=self.learn,
        )

    # -- streams, in the order of writing ----------------------------------------------------

    def _projects(self, mark_tasks: bool) -> Stream:
        right = AworkProjects(self.ground, self.awork, self.marks)
        return projects_stream(HqProjects(self.ground, mark_tasks), right)

    def _tasks(self) -> Stream:
        """Both ways; in one-way mode awork leads, and nothing is ever written to it (A6)."""
        terms = Terms(self.config, self.hellohq, self.awork)
        hq = HqWriting(self.config, self.hellohq, terms, self.people)
        awork = AworkWriting(self.awork, terms, self.people, self.marks)
        one_way = self.config.one_way
        return Stream(
            TASKS,
            HqTasks(self.ground, self.hellohq, terms, hq),
            AworkTasks(self.ground, self.awork, terms, awork),
            rules=task_rules(self.config),
            flow=Flow.TO_LEFT if one_way else Flow.BOTH,
            pairs_equals=True,
            edits_survive=not one_way,
            retired="closed_not_deleted",
            revives=lambda link: link.base.get("kind") == LIST,
            still_there="moved_away",
            refs=frozenset({"project", "parent"}),
            parent="parent",
        )

    def _entries(self) -> Stream:
        ground = EntryGround(self.ground, lambda which: self.reading.reads_all_times)
        right = AworkEntries(self.awork, self.config, ground, lambda: self.reading.window_from)
        self.reading.awork_entries = right
        return entries_stream(HqReportings(self.hellohq, self.config, ground), right, self.config)

    def _absences(self) -> Stream:
        left = HqAbsencesForAwork(self.hellohq, self.absences)
        right = AworkAbsences(self.awork, self.absences, self.people.awork_id)
        return absence_stream(left, right, keep=self.config.answers.keep_awork_absences)

    def _absence_setting(self) -> Setting:
        config = self.config
        return Setting(
            slug=config.slug,
            start=config.answers.absence_start_date or config.today,
            calendar=Calendar(config.today, config.zone, {}),
            german=config.german,
            people=PEOPLE,
            hq_source=words.HQ_ACTIVE,
            awork_source=words.AW_ABSENCES,
            hours_source=HOURS,
        )

    # -- reading -----------------------------------------------------------------------------

    def sources(self, stale: bool) -> list[Source]:
        return [*self.reading.sources(stale), *self.hook.sources()]

    def learn(self, reads: Reads, changes: Sequence[Change]) -> None:
        self.hook.learn(reads)
        Progress(self.reading).learn(reads, changes)

    # -- whose account it is -----------------------------------------------------------------

    def admit(self) -> list[str]:
        areas = [*CORE, *(["absences"] if self.config.answers.absences else [])]
        wanted = self.config.answers.absences
        missing = [name for name in self.hellohq.check() if wanted or name != "Absences"]
        missing += self.hellohq.check_projects()
        return [*missing, *(f"awork: {name}" for name in self.awork.check(areas))]

    def account(self, reads: Reads, world: World) -> Account:
        """awork names its workspace, helloHQ its subsystems."""
        systems = sorted((one.id, one.name) for one in reads[words.HQ_SUBSYSTEMS].records)
        workspaces = [one.workspace_id for one in reads[words.AW_ME].records]
        links = world.links(PEOPLE)
        return Account(
            identities={
                "hellohq": "; ".join(f"{id} {name}" for id, name in systems),
                "awork": workspaces[0] if workspaces else "",
            },
            evidence={"hellohq": _same_people(links, reads), "awork": _same_users(links, reads)},
        )


def task_rules(config: Config) -> list[Rule]:
    owner = Which.RIGHT if config.one_way else None
    rules = [
        Rule(
            name,
            owner,
            config.task_winner,
            until="end" if name == "start" else "",
            lapses=name in ("type", "status"),
            placed=name == "name",
            takes="status" if name == "type" else "",
        )
        for name in (*TASK_FIELDS, f"{PERSON}*")
    ]
    if config.one_way:
        return rules
    return [*rules, Rule("mark", Which.LEFT), *(Rule(name, witness=True) for name in WITNESSES)]


def _same_people(links: Sequence[LinkState], reads: Reads) -> bool | None:
    """helloHQ's ids are small numbers that any tenant has: the addresses must fit too."""
    addresses = {user.id: email_key(user.email) for user in reads[words.HQ_USERS].records}
    if not links or not addresses or not reads[words.HQ_USERS].complete:
        return None
    keys = {
        user.id: {email_key(address) for address in user.emails}
        for user in reads[words.AW_USERS].records
    }
    return any(
        addresses.get(link.left_id or "", "-") in keys.get(link.right_id or "", ())
        for link in links
    )


def _same_users(links: Sequence[LinkState], reads: Reads) -> bool | None:
    listing = reads[words.AW_USERS]
    ids = {user.id for user in listing.records}
    if not links or not ids or not listing.complete:
        return None
    return any(link.right_id in ids for link in links)
