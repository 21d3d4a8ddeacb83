"""The pages of hellohq-awork in the admin: settings, projects, types and statuses, conflicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations import pages, reasons, services
from integrations.engine.stream import Which
from integrations.kinds import Page
from integrations.models import Connection, Integration, Link, SyncRun
from integrations.vendors.hellohq.project_records import Project
from projects import conflicts as parking
from projects import live
from projects.config import Config
from projects.cursors import WHOLE
from projects.forms import NOTICES, MappingForm, ScopeForm, SettingsForm
from projects.mapping import Row, paths_of, rows, to_store
from projects.models import Cursor
from projects.scope import in_scope, is_running
from projects.store import answers, config_of, keep
from projects.words import PROJECTS, folded

KIND = "hellohq-awork"
VENDORS = ("hellohq", "awork")
PER_PAGE = 100

PAGES = (
    Page("admin:projects_settings", gettext_lazy("Settings")),
    Page("admin:projects_scope", gettext_lazy("Projects")),
    Page("admin:projects_mapping", gettext_lazy("Task types and statuses")),
    Page("admin:projects_conflicts", gettext_lazy("Conflicts")),
)


def urls(wrap: Callable[[Any], Any]) -> Sequence[URLPattern]:
    return [
        path("<int:pk>/project-settings/", wrap(settings), name="projects_settings"),
        path("<int:pk>/projects/", wrap(scope), name="projects_scope"),
        path("<int:pk>/task-mapping/", wrap(mapping), name="projects_mapping"),
        path("<int:pk>/conflicts/", wrap(conflicts), name="projects_conflicts"),
    ]


def _saved(request: HttpRequest, integration: Integration, what: str) -> HttpResponse:
    pages.log(request, integration, what)
    text = _("The settings are saved. “Sync now” applies them to what exists already.")
    messages.success(request, text)
    return HttpResponseRedirect(request.path)


def _troubles(*answered: tuple[str, live.Answer[Any]]) -> list[tuple[str, reasons.Reason]]:
    """The systems that did not answer, each with the reason."""
    return [(system, answer.trouble) for system, answer in answered if answer.trouble]


# -- settings ------------------------------------------------------------------------------


def settings(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    form = SettingsForm(request.POST or None, initial=SettingsForm.initial_of(integration))
    if request.method == "POST" and form.is_valid():
        form.store(integration)
        return _saved(request, integration, "settings")
    context = {"form": form, "notices": NOTICES, "connections": _connections(integration)}
    return pages.page(request, integration, "projects/settings.html", _("Settings"), context)


def _connections(integration: Integration) -> list[tuple[str, Connection | None]]:
    """Both systems, with what holds their address and credentials."""
    found = Connection.objects.filter(workspace=integration.workspace_id, vendor__in=VENDORS)
    connections = {connection.vendor: connection for connection in found}
    return [(str(Connection.Vendor(name).label), connections.get(name)) for name in VENDORS]


# -- projects ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A helloHQ project. `has_template` is None while awork does not answer, `is_running` while
    helloHQ does not; `is_gone`: picked, and helloHQ has it no more."""

    id: str
    name: str
    is_picked: bool
    is_linked: bool
    number: str = ""
    template: str = ""
    has_template: bool | None = None
    is_running: bool | None = None
    takes_part: bool = False
    is_gone: bool = False


def scope(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    current = answers(integration).project_scope
    form = ScopeForm(request.POST or None, initial=ScopeForm.initial_of(current))
    if request.method == "POST" and form.is_valid():
        form.store(integration)
        return _saved(request, integration, "projects")
    clients = live.clients(integration)
    hellohq, templates = live.hq_projects(clients), live.awork_templates(clients)
    picked = form.picked | set(current.projects)
    lines = _Lines(integration, hellohq.value, templates.value, form.picked).all(picked)
    context = {
        "form": form,
        "lines": lines,
        "taking_part": sum(line.takes_part for line in lines),
        "custom_fields": _custom_fields(hellohq.value),
        "is_known": hellohq.value is not None,
        "troubles": _troubles(("helloHQ", hellohq), ("awork", templates)),
    }
    return pages.page(request, integration, "projects/scope.html", _("Projects"), context)


def _custom_fields(known: live.HqProjects | None) -> list[str]:
    projects = known.projects if known else ()
    return sorted({field.name for project in projects for field in project.custom_fields})


class _Lines:
    """helloHQ's projects as they are shown, and those that are picked although it has them not."""

    def __init__(
        self,
        integration: Integration,
        known: live.HqProjects | None,
        templates: frozenset[str] | None,
        picked: set[str],
    ) -> None:
        self.config: Config = config_of(integration)
        self.known, self.templates, self.picked = known, templates, picked
        links = Link.objects.filter(integration=integration, stream=PROJECTS)
        self.labels = dict(links.exclude(left_id=None).values_list("left_id", "label"))

    def all(self, picked: Iterable[str]) -> list[Line]:
        """Running ones first; those that are picked stand before the others."""
        lines = [self._line(project) for project in (self.known.projects if self.known else ())]
        there = {line.id for line in lines}
        lines += [self._absent(id) for id in picked if id not in there]
        return sorted(
            lines, key=lambda one: (not one.is_picked, not one.is_running, one.number, one.name)
        )

    def _line(self, project: Project) -> Line:
        assert self.known is not None
        template = self.known.templates.get(project.template_id, "")
        has_template = folded(template) in self.templates if self.templates is not None else None
        is_linked = project.id in self.labels
        chosen = in_scope(project, self.known.statuses, self.config)
        return Line(
            id=project.id,
            name=project.name,
            number=project.number,
            template=template,
            has_template=has_template,
            is_picked=project.id in self.picked,
            is_running=is_running(project, self.known.statuses),
            is_linked=is_linked,
            takes_part=chosen and (is_linked or bool(has_template)),
        )

    def _absent(self, id: str) -> Line:
        name = self.labels.get(id) or id
        is_gone = self.known is not None and id not in self.known.unreadable
        return Line(id, name, id in self.picked, id in self.labels, is_gone=is_gone)


# -- task types and statuses ---------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    row: Row
    field: BoundField


def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    clients = live.clients(integration)
    types, names = live.hq_types(clients), live.awork_names(clients, integration)
    table = rows(
        types.value,
        names.value.activities if names.value else None,
        names.value.statuses if names.value else None,
        answers(integration),
        paths_of(request.POST),
    )
    form = MappingForm(request.POST if request.method == "POST" else None, rows=table)
    if request.method == "POST" and form.is_valid():
        keep(integration, to_store(table, form.values))
        return _saved(request, integration, "mapping")
    context = {
        "form": form,
        "groups": _groups(form),
        "empty": sum(row.state == "empty" for row in table),
        "troubles": _troubles(("helloHQ", types), ("awork", names)),
    }
    title = _("Task types and statuses")
    return pages.page(request, integration, "projects/mapping.html", title, context)


def _groups(form: MappingForm) -> list[list[Choice]]:
    """Each type, followed by its statuses."""
    groups: dict[str, list[Choice]] = {}
    for row in form.rows:
        groups.setdefault(folded(row.path[0]), []).append(Choice(row, form[row.key]))
    return list(groups.values())


# -- conflicts -----------------------------------------------------------------------------


def conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    if request.method == "POST":
        _decide(request, integration, request.POST)
        return HttpResponseRedirect(request.get_full_path())
    page = Paginator(parking.parked(integration), PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "conflicts": parking.shown(integration, page),
        "page": page,
        "moved": parking.moved(integration),
        "level_changed": reasons.describe("level_changed"),
    }
    return pages.page(request, integration, "projects/conflicts.html", _("Conflicts"), context)


def _decide(request: HttpRequest, integration: Integration, given: Mapping[str, Any]) -> None:
    """A button is named "keep"; its value is a side, and a row where it stands in one."""
    side, _space, token = str(given.get("keep", "")).partition(" ")
    tokens = {token} if token else set(request.POST.getlist("conflict"))
    if side not in set(Which) or not tokens:
        messages.warning(request, _("Select at least one conflict."))
        return
    decided = parking.decide(integration, Which(side), tokens)
    if decided < len(tokens):
        text = _("Some values have changed meanwhile; look at these conflicts again.")
        messages.warning(request, text)
    if decided:
        pages.log(request, integration, "conflicts")
        _carry_out(request, integration, decided)


def _carry_out(request: HttpRequest, integration: Integration, decided: int) -> None:
    user: Any = request.user
    text = ngettext("%(n)s conflict is decided.", "%(n)s conflicts are decided.", decided)
    messages.success(request, text % {"n": decided})
    try:
        services.request_run(integration, trigger=SyncRun.Trigger.MANUAL, user=user)
    except services.NotNow as error:
        Cursor.objects.filter(integration=integration, source=WHOLE).delete()
        later = _("The decision is carried out with the next run.")
        messages.warning(request, f"{error} {later}")
