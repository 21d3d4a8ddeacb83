"""What the pages that kinds add to the admin have in common: scope, log and frame."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from integrations.models import Integration
from integrations.scope import Action, visible


def configurable(request: HttpRequest, kind: str, pk: int) -> Integration:
    """Raises Http404 for what is not there, not visible or not configurable by this user."""
    return _one(request, kind, pk, Action.CONFIGURE)


def readable(request: HttpRequest, kind: str, pk: int) -> Integration:
    """Raises Http404 for what is not there or whose records this user may not read."""
    return _one(request, kind, pk, Action.READ)


def _one(request: HttpRequest, kind: str, pk: int, action: Action) -> Integration:
    rows = Integration.objects.filter(kind=kind).select_related("workspace")
    found: Integration = get_object_or_404(visible(request.user, rows, action), pk=pk)
    return found


def log(request: HttpRequest, integration: Integration, what: str) -> None:
    """In the integration's own history: that something was changed, never to what."""
    admin.site.get_model_admin(Integration).log_change(
        request, integration, [{"changed": {"fields": [what]}}]
    )


def page(
    request: HttpRequest,
    integration: Integration,
    template: str,
    title: str,
    context: dict[str, Any],
) -> HttpResponse:
    """A page in the admin's frame, with the way back to its integration."""
    frame = {
        "title": title,
        "heading": f"{title} · {integration.workspace}",
        "opts": Integration._meta,
        "integration": integration,
        "back": reverse("admin:integrations_integration_change", args=[integration.pk]),
    }
    shared = admin.site.each_context(request)
    return TemplateResponse(request, template, {**shared, **context, **frame})
