"""The start page: one card per integration, kept fresh while something runs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.admin.cards import Card, cards, ordered, progress, run_card, totals
from integrations.admin.present import changelist
from integrations.models import Integration, PendingDeletion, Problem, SyncRun
from integrations.scope import Action, is_support, may, visible

PER_PAGE = 24


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: adds the cards to the context of the admin's index."""
    rows = visible(request.user, Integration.objects.all())
    search = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    page = Paginator(_found(rows, search, state), PER_PAGE).get_page(request.GET.get("page"))
    context.update(
        title=_("Overview"),
        cards=cards(request, ordered(Integration.objects.filter(pk__in=[r.pk for r in page]))),
        page=page,
        search=search,
        state=state,
        tiles=_tiles(request, totals(rows)),
        status_url=reverse("admin:integrations_integration_status"),
        searchable=is_support(request.user),
    )
    return context


def _found(rows: QuerySet[Integration], search: str, state: str) -> QuerySet[Integration]:
    if search:
        rows = rows.filter(workspace__name__icontains=search)
    if state in Integration.State.values:
        rows = rows.filter(state=state)
    return ordered(rows.only("pk"))


def _tiles(request: HttpRequest, figures: dict[str, int]) -> list[dict[str, Any]]:
    index, reads = reverse("admin:index"), may(request.user, Action.READ)
    waiting = changelist(PendingDeletion, {"decision__exact": "pending"})
    tiles: list[dict[str, Any]] = [
        {"label": _("Active"), "value": figures["active"], "url": f"{index}?state=active"},
        {"label": _("Paused"), "value": figures["paused"], "url": f"{index}?state=paused"},
        {
            "label": _("Open problems"),
            "value": figures["problems"],
            "url": changelist(Problem) if reads else "",
        },
        {
            "label": _("Pending deletions"),
            "value": figures["pending"],
            "url": waiting if reads else "",
            "urgent": figures["pending"] > 0,
        },
    ]
    if figures["prepared"]:
        prepared = {"label": _("To activate"), "value": figures["prepared"]}
        tiles.insert(2, {**prepared, "url": f"{index}?state=prepared"})
    return tiles


def status(request: HttpRequest) -> JsonResponse:
    """The present cards of the integrations asked for by `?id=`, as far as they are visible."""
    ids = [int(value) for value in request.GET.getlist("id")[:100] if value.isdecimal()]
    rows = visible(request.user, Integration.objects.filter(pk__in=ids))
    found = cards(request, ordered(rows))
    return JsonResponse({"cards": {card.integration.pk: _html(request, card) for card in found}})


def _html(request: HttpRequest, card: Card) -> str:
    return render_to_string("integrations/card.html", {"card": card}, request)


def run_status(request: HttpRequest, pk: int) -> JsonResponse:
    """How far a visible run is; {} for any other."""
    run = visible(request.user, SyncRun.objects.filter(pk=pk)).first()
    if run is None:
        return JsonResponse({})
    if run.status not in SyncRun.UNFINISHED:
        return JsonResponse({"finished": True})
    context = {"card": run_card(run, progress([run.pk]), links=False)}
    html = render_to_string("integrations/progress.html", context, request)
    return JsonResponse({"finished": False, "html": html})
