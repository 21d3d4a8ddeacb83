"""What a checklist of hellohq-awork looks at: both systems' people, projects and words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from absences.people import email_key
from integrations.clients import Clients
from integrations.models import Integration
from integrations.remote import Page
from integrations.vendors.awork import records as awork
from integrations.vendors.hellohq import project_records as hq
from integrations.vendors.hellohq.records import User
from projects.config import Config
from projects.lexicon import Lexicon
from projects.pairing import pair_projects
from projects.scope import in_scope
from projects.words import PROJECTS, folded

T = TypeVar("T")

SAMPLE = 20
"""awork projects whose statuses are looked at while none takes part yet."""


@dataclass
class Scene:
    """What both systems hold. `linked`: helloHQ's project id → awork's."""

    config: Config
    linked: dict[str, str]
    users: list[User] = field(default_factory=list)
    accounts: list[awork.User] = field(default_factory=list)
    hq_projects: list[hq.Project] = field(default_factory=list)
    hq_statuses: dict[str, hq.ProjectStatus] = field(default_factory=dict)
    hq_templates: dict[str, hq.ProjectTemplate] = field(default_factory=dict)
    projects: dict[str, awork.Project] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)
    lexicon: Lexicon = field(default_factory=lambda: Lexicon({}, {}, {}, {}, {}))
    unreadable: list[str] = field(default_factory=list)

    @cached_property
    def chosen(self) -> list[hq.Project]:
        """Those of `project_scope`, whether or not awork has their template."""
        return [one for one in self.hq_projects if in_scope(one, self.hq_statuses, self.config)]

    @cached_property
    def participating(self) -> list[hq.Project]:
        return [one for one in self.chosen if self.partner(one) or self.has_template(one)]

    @cached_property
    def partners(self) -> list[awork.Project]:
        """awork's projects of those that take part; before there are any, some that are open."""
        found = [partner for one in self.participating if (partner := self.partner(one))]
        own = [one for one in self.projects.values() if not one.is_external]
        return found or [one for one in own if one.status_type != "closed"][:SAMPLE]

    @property
    def waiting(self) -> list[hq.Project]:
        """Those that would take part if awork had their template."""
        return [one for one in self.chosen if not (self.partner(one) or self.has_template(one))]

    @cached_property
    def pairs(self) -> dict[str, str]:
        """awork ids by helloHQ ids: what is linked, and what the first run will adopt."""
        linked = {hq: awork for hq, awork in self.linked.items() if awork in self.projects}
        ours = [one for one in self.chosen if one.id not in linked]
        taken = set(linked.values())
        theirs = [p for id, p in self.projects.items() if id not in taken and not p.is_external]
        return {**linked, **pair_projects(ours, theirs, {}, self.config)[0]}

    def partner(self, project: hq.Project) -> awork.Project | None:
        return self.projects.get(self.pairs.get(project.id, ""))

    def has_template(self, project: hq.Project) -> bool:
        return folded(self.template_name(project)) in self.templates

    def template_name(self, project: hq.Project) -> str:
        template = self.hq_templates.get(project.template_id)
        return template.name if template else ""


def read(integration: Integration, config: Config, clients: Clients) -> Scene:
    links = integration.links.filter(stream=PROJECTS)
    scene = Scene(config, {link.left_id or "": link.right_id or "" for link in links})
    _read_hellohq(scene, clients)
    _read_awork(scene, clients)
    scene.lexicon = _lexicon(scene, clients)
    return scene


def _read_hellohq(scene: Scene, clients: Clients) -> None:
    hellohq, today = clients.hellohq, scene.config.today
    scene.users = [
        user
        for user in records(hellohq.users(False), "helloHQ", scene)
        if user.leaving_date is None or user.leaving_date >= today
    ]
    scene.hq_projects = list(records(hellohq.projects.changed(), "helloHQ", scene))
    scene.hq_statuses = {one.id: one for one in hellohq.projects.statuses()}
    scene.hq_templates = {one.id: one for one in hellohq.projects.templates()}


def _read_awork(scene: Scene, clients: Clients) -> None:
    directory, projects = clients.awork.directory, clients.awork.projects
    scene.accounts = [one for one in records(directory.users(), "awork", scene) if one.is_active]
    scene.projects = {one.id: one for one in records(projects.all(), "awork", scene)}
    scene.templates = {folded(one.name) for one in records(projects.templates(), "awork", scene)}


def _lexicon(scene: Scene, clients: Clients) -> Lexicon:
    answers = scene.config.answers
    if not answers.tasks_and_time_entries:
        return scene.lexicon
    activities = records(clients.awork.directory.types_of_work(), "awork", scene)
    read = clients.awork.projects.task_statuses
    return Lexicon(
        types={one.id: one for one in clients.hellohq.tasks.types()},
        activities={one.id: one for one in activities},
        statuses={p.id: list(records(read(p.id), "awork", scene)) for p in scene.partners},
        type_mapping=answers.task_type_mapping,
        statuses_mapping=answers.task_status_mapping,
    )


def records(pages: Iterable[Page[T]], system: str, scene: Scene) -> Iterator[T]:
    for page in pages:
        scene.unreadable += [f"{one.id} ({system}): {one.detail}" for one in page.malformed]
        yield from page.records


@dataclass
class People:
    """Every active helloHQ user is in one of the first three."""

    matched: list[tuple[User, awork.User]] = field(default_factory=list)
    unmatched: list[User] = field(default_factory=list)
    ambiguous: list[tuple[list[User], list[awork.User]]] = field(default_factory=list)
    only_awork: list[awork.User] = field(default_factory=list)


def compare_people(users: Sequence[User], accounts: Sequence[awork.User]) -> People:
    """Match active people as a run does, by the first address that helloHQ knows (G4). Pure."""
    known = {email_key(user.email) for user in users} - {""}
    by_address: dict[str, list[awork.User]] = defaultdict(list)
    for account in accounts:
        keys = map(email_key, account.emails)
        by_address[next((key for key in keys if key in known), "")].append(account)
    people = People(only_awork=by_address.pop("", []))
    ours: dict[str, list[User]] = defaultdict(list)
    for user in users:
        ours[email_key(user.email)].append(user)
    for key, found in ours.items():
        candidates = by_address.get(key, [])
        if not candidates:
            people.unmatched += found
        elif len(candidates) > 1 or len(found) > 1:
            people.ambiguous.append((found, candidates))
        else:
            people.matched.append((found[0], candidates[0]))
    return people
