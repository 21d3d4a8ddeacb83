"""What unfold asks for by name: files, and the menu within the user's rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.admin.present import changelist
from integrations.models import (
    Connection,
    Integration,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
    Workspace,
)
from integrations.scope import Action, is_support, may, visible


def logo(request: HttpRequest) -> str:
    return static("integrations/logo.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("integrations/app.css")


def script(request: HttpRequest) -> str:
    return static("integrations/app.js")


def show_history(request: HttpRequest) -> bool:
    """Whether pages link to the log of who changed what."""
    return may(request.user, Action.READ)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Only entries that the user may open; records are for those who may read them."""
    views, reads = may(request.user, Action.VIEW), may(request.user, Action.READ)
    overview = {"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}
    sync = [overview]
    if views:
        sync += [_item(_("Integrations"), "hub", Integration), _item(_("Runs"), "sync", SyncRun)]
    if reads:
        sync += [
            _item(_("Sync history"), "history", RunEntry),
            _item(_("Open problems"), "report", Problem),
            _pending_item(request),
        ]
    groups: list[dict[str, Any]] = [{"title": "", "items": sync}]
    if views:
        groups.append({"title": _("Set-up"), "separator": True, "items": _set_up(request, reads)})
    return groups


def _set_up(request: HttpRequest, reads: bool) -> list[dict[str, Any]]:
    items = [_item(_("Workspaces"), "apartment", Workspace)]
    if reads:
        items.append(_item(_("Connections"), "cable", Connection))
    if is_support(request.user):
        items.append(_item(_("People"), "group", User))
    return items


def _item(title: str, icon: str, model: type[Model]) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": changelist(model)}


def _pending_item(request: HttpRequest) -> dict[str, Any]:
    rows = visible(request.user, PendingDeletion.objects.all())
    waiting = rows.filter(decision=PendingDeletion.Decision.PENDING).count()
    item = {**_item(_("Pending deletions"), "delete_sweep", PendingDeletion)}
    item["link"] += "?decision__exact=pending"
    return {**item, "badge": str(waiting), "badge_variant": "danger"} if waiting else item
