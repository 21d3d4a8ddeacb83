"""What the pages ask both systems while somebody waits: a system that does not answer is no error,
its trouble is shown instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from integrations import reasons
from integrations.clients import Clients, no_count
from integrations.connections import IncompleteConnectionError
from integrations.models import Integration, Link
from integrations.models.account import SecretUnreadable
from integrations.remote import ClosedGate, NotFound, Page, RemoteError
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import Project, ProjectStatus, TaskType
from projects.mapping import Offers, activity_names, offers
from projects.words import PROJECTS, folded

T = TypeVar("T")
PROJECTS_ASKED = 20
"""Of so many awork projects the statuses are read."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a system said, or None and why it did not."""

    value: T | None
    trouble: reasons.Reason | None = None


def ask(read: Callable[[], T]) -> Answer[T]:
    try:
        return Answer(read())
    except (RemoteError, IncompleteConnectionError, SecretUnreadable) as error:
        return Answer(None, reasons.describe(error.code))


def clients(integration: Integration) -> Clients:
    """They may only read."""
    return Clients(integration.workspace, ClosedGate(), no_count)


def _records(pages: Iterable[Page[T]]) -> list[T]:
    return [record for page in pages for record in page.records]


# -- projects ------------------------------------------------------------------------------


@dataclass(frozen=True)
class HqProjects:
    """`templates` are names by id; `unreadable` ids of projects that are there all the same."""

    projects: Sequence[Project] = ()
    statuses: Mapping[str, ProjectStatus] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()


def hq_projects(client: Clients) -> Answer[HqProjects]:
    return ask(lambda: _hq_projects(client.hellohq))


def _hq_projects(hellohq: HelloHqClient) -> HqProjects:
    """The statuses are asked for only where the projects themselves do not say if they run."""
    pages = list(hellohq.projects.changed(""))
    projects = _records(pages)
    untold = any(one.is_in_progress is None for one in projects)
    return HqProjects(
        projects=projects,
        statuses={s.id: s for s in hellohq.projects.statuses()} if untold else {},
        templates={template.id: template.name for template in hellohq.projects.templates()},
        unreadable=frozenset(one.id for page in pages for one in page.malformed),
    )


def awork_templates(client: Clients) -> Answer[frozenset[str]]:
    """Folded names of awork's project templates."""
    return ask(
        lambda: frozenset(folded(one.name) for one in _records(client.awork.projects.templates()))
    )


# -- task types and statuses ---------------------------------------------------------------


@dataclass(frozen=True)
class AworkNames:
    activities: Offers
    statuses: Offers


def hq_types(client: Clients) -> Answer[list[TaskType]]:
    return ask(lambda: client.hellohq.tasks.types())


def awork_names(client: Clients, integration: Integration) -> Answer[AworkNames]:
    return ask(lambda: _awork_names(client.awork, integration))


def _awork_names(awork: AworkClient, integration: Integration) -> AworkNames:
    activities = _records(awork.directory.types_of_work())
    ids = _linked(integration) or _open(awork)
    names = [name for id in ids[:PROJECTS_ASKED] for name in _status_names(awork, id)]
    return AworkNames(offers(activity_names(activities)), offers(names))


def _linked(integration: Integration) -> list[str]:
    """Ids of the linked awork projects, the newest first."""
    links = Link.objects.filter(integration=integration, stream=PROJECTS)
    ids = links.exclude(right_id=None).order_by("-id").values_list("right_id", flat=True)
    return [id for id in ids[:PROJECTS_ASKED] if id]


def _open(awork: AworkClient) -> list[str]:
    """Ids of projects that tell what statuses the linked ones are going to have."""
    projects = [one for one in _records(awork.projects.all()) if not one.is_external]
    return [one.id for one in sorted(projects, key=lambda one: one.status_type == "closed")]


def _status_names(awork: AworkClient, project_id: str) -> list[str]:
    try:
        return [one.name for one in _records(awork.projects.task_statuses(project_id))]
    except NotFound:  # a linked project that was deleted
        return []
