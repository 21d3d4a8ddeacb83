"""The pages of hibob-travelperk in the admin: its settings, and the approval groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from directory.forms import METHODS, SettingsForm
from directory.kind import HiBobTravelPerk, answers
from directory.world import GROUP_STREAM, USER_STREAM
from integrations import pages, reasons
from integrations.clients import Clients, no_count
from integrations.connections import IncompleteConnectionError
from integrations.engine.references import parse
from integrations.models import Integration
from integrations.models.account import SecretUnreadable
from integrations.remote import ClosedGate, RemoteError

KIND = HiBobTravelPerk.slug


def settings(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    current = answers(integration)
    live, trouble = _sites(integration)
    form = SettingsForm(
        request.POST or None,
        initial=SettingsForm.initial_of(integration, current),
        sites=sorted({*live, *current.employees.sites}),
    )
    if request.method == "POST" and form.is_valid():
        form.store(integration)
        pages.log(request, integration, "settings")
        messages.success(request, _("The settings are saved."))
        return HttpResponseRedirect(request.path)
    context = {"form": form, "trouble": trouble}
    return pages.page(request, integration, "directory/settings.html", _("Settings"), context)


def _sites(integration: Integration) -> tuple[Sequence[str], reasons.Reason | None]:
    """HiBob's sites, or why they cannot be had: the form works without them."""
    try:
        sites = Clients(integration.workspace, ClosedGate(), no_count).hibob.sites()
    except (RemoteError, IncompleteConnectionError, SecretUnreadable) as error:
        return [], reasons.describe(error.code)
    return [item.name for item in sites.items if not item.archived], None


@dataclass(frozen=True)
class Group:
    """An approval group as it was last agreed with TravelPerk."""

    manager: str
    method: str
    archived: bool
    members: Sequence[str]


def groups(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.readable(request, KIND, pk)
    context = {"groups": _groups(integration)}
    title = _("Approval groups")
    return pages.page(request, integration, "directory/groups.html", title, context)


def _groups(integration: Integration) -> list[Group]:
    links = integration.links.filter(stream__in=[GROUP_STREAM, USER_STREAM]).exclude(left_id=None)
    rows = list(links.values_list("stream", "left_id", "label", "base"))
    names = {id: label for stream, id, label, _base in rows if stream == USER_STREAM}
    methods = {value: str(label) for value, label in METHODS}
    found = [
        Group(
            manager=names.get(id, label),
            method=methods.get(base.get("method", ""), ""),
            archived=bool(base.get("archived")),
            members=sorted(_name(member, names) for member in base.get("members") or []),
        )
        for stream, id, label, base in rows
        if stream == GROUP_STREAM
    ]
    return sorted(found, key=lambda group: (group.archived, group.manager))


def _name(member: str, names: dict[str | None, str]) -> str:
    id = parse(member)[2]
    return names.get(id) or id
