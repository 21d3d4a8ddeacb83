"""Integrations: state, settings, and the buttons that run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from integrations import kinds, services
from integrations.admin import dashboard
from integrations.admin.cards import cards
from integrations.admin.control import VERBS, Verb
from integrations.admin.deletion import CascadeMixin
from integrations.admin.filters import WorkspaceFilter, lookups_of
from integrations.admin.present import (
    INTEGRATION_COLOURS,
    addresses,
    badge,
    change,
    kind_title,
    moment,
    without_address,
)
from integrations.models import Integration, Link, RunEntry, SyncRun
from integrations.scope import Action, ScopedAdmin, is_support, may, visible


class IntegrationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Integration
        fields = ()
        help_texts = {
            "guard_count": _("Up to this many deletions a day are always carried out."),
            "guard_percent": _(
                "Up to this share of the linked records, too. More than both wait for approval."
            ),
            "enabled_by": _("When this person leaves, the integration pauses."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choices = [(kind.slug, kind.title) for kind in kinds.registered()]
            self.fields["kind"] = forms.ChoiceField(
                label=_("integration"), choices=choices, widget=UnfoldAdminSelectWidget()
            )
        if "enabled_by" in self.fields and self.instance.pk:
            members = User.objects.filter(memberships__workspace=self.instance.workspace_id)
            self.fields["enabled_by"].queryset = members  # type: ignore[attr-defined]


@admin.register(Integration)
class IntegrationAdmin(CascadeMixin, ScopedAdmin):
    form = IntegrationForm
    list_display = ("title", "workspace", "shown_state", "succeeded", "due")
    list_select_related = ("workspace",)
    list_filter = (WorkspaceFilter, "kind", "state")
    allowed_lookups = lookups_of(list_filter)
    change_needs = Action.CONFIGURE
    add_needs = Action.CONFIGURE
    cascades = {SyncRun: "integration", RunEntry: "run__integration", Link: "integration"}
    change_form_outer_before_template = "integrations/integration_panel.html"

    @admin.display(description=_("integration"), ordering="kind")
    def title(self, obj: Integration) -> str:
        return kind_title(obj.kind)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, obj: Integration) -> SafeString:
        return badge(INTEGRATION_COLOURS.get(obj.state, ""), obj.get_state_display())

    @admin.display(description=_("last success"), ordering="last_success_at")
    def succeeded(self, obj: Integration) -> str:
        return moment(obj.last_success_at)

    @admin.display(description=_("next run"), ordering="next_run_at")
    def due(self, obj: Integration) -> str:
        return moment(obj.next_run_at) if obj.state == Integration.State.ACTIVE else "–"

    @admin.display(description=_("last full run"))
    def read_fully(self, obj: Integration) -> str:
        return moment(obj.last_full_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("settings")

    def choice_needs(self, field_name: str) -> Action | None:
        return Action.CONFIGURE if field_name == "workspace" else None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fixed = ("title", "shown_state", "due", "succeeded", "read_fully")
        if obj is None:
            return fixed
        mine = () if is_support(request.user) else ("enabled_by", "notices_confirmed")
        return (*fixed, "workspace", "kind", *mine)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("workspace", "kind")}),)
        schedule = (
            _("Schedule"),
            {"fields": (("due", "succeeded"), "read_fully")},
        )
        if not may(request.user, Action.READ, obj):
            return (schedule,)
        guard = (_("Deletion guard"), {"fields": (("guard_count", "guard_percent"),)})
        people = (_("Activation"), {"fields": (("enabled_by", "notices_confirmed"),)})
        return (guard, people, schedule)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        integration = self.get_object(request, object_id)
        context = self._panel(request, integration) if integration else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def _panel(self, request: HttpRequest, integration: Integration) -> dict[str, Any]:
        card = cards(request, Integration.objects.filter(pk=integration.pk))[0]
        return {
            "card": card,
            "verbs": card.verbs,
            "pages": _pages(request, integration),
            "status_url": reverse("admin:integrations_integration_status"),
            "heading": _name(integration),
            "reads": may(request.user, Action.READ, integration),
        }

    def get_urls(self) -> Any:
        wrap = self.admin_site.admin_view
        prefix = "integrations_integration"
        return [
            path("status/", wrap(dashboard.status), name=f"{prefix}_status"),
            path("<int:pk>/control/<slug:verb>/", wrap(self.control), name=f"{prefix}_control"),
            path("<int:pk>/preflight/", wrap(self.preflight), name=f"{prefix}_preflight"),
            *(url for kind in kinds.registered() for url in kind.admin_urls(wrap)),
            *super().get_urls(),
        ]

    def control(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """GET asks for confirmation, POST does it."""
        integration = get_object_or_404(visible(request.user, Integration.objects.all()), pk=pk)
        chosen = VERBS.get(verb)
        if chosen is None or not may(request.user, chosen.needs, integration):
            raise Http404
        if request.method != "POST":
            return self._confirmation(request, integration, chosen)
        self._press(request, integration, chosen)
        to_index = request.POST.get("next") == "index"
        return HttpResponseRedirect(reverse("admin:index") if to_index else change(integration))

    def _press(self, request: HttpRequest, integration: Integration, verb: Verb) -> None:
        if integration.state not in verb.states or not self._after(integration, verb):
            self.message_user(request, _("Not possible in this state."), messages.WARNING)
            return
        try:
            verb.act(integration, request.user)
        except services.NotNow as error:
            self.message_user(request, str(error), messages.WARNING)
            return
        self.log_change(request, integration, str(verb.title))
        self.message_user(request, verb.done, messages.SUCCESS)

    @staticmethod
    def _after(integration: Integration, verb: Verb) -> bool:
        """Whether the last finished run ended as the button requires."""
        if not verb.after_error:
            return True
        runs = integration.runs.exclude(status__in=SyncRun.UNFINISHED)
        return runs.values_list("error_code", flat=True).first() == verb.after_error

    def _confirmation(
        self, request: HttpRequest, integration: Integration, verb: Verb
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            "integrations/confirm.html",
            {
                **self.admin_site.each_context(request),
                "title": verb.title,
                "heading": f"{verb.title} · {_name(integration)}",
                "opts": self.opts,
                "explanation": verb.explanation,
                "submit": verb.title,
                "variant": verb.variant,
                "back": change(integration),
            },
        )

    def preflight(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The checklist (G3). It reads from both systems, so only a POST runs it."""
        rows = visible(
            request.user, Integration.objects.select_related("workspace"), Action.OPERATE
        )
        integration = get_object_or_404(rows, pk=pk)
        checks: Sequence[kinds.Check] | None = None
        if request.method == "POST":
            checks = self._checks(request, integration)
        return TemplateResponse(
            request,
            "integrations/preflight.html",
            {
                **self.admin_site.each_context(request),
                "title": gettext("Checklist"),
                "heading": f"{gettext('Checklist')} · {_name(integration)}",
                "opts": self.opts,
                "checks": checks,
                "back": change(integration),
            },
        )

    @staticmethod
    def _checks(request: HttpRequest, integration: Integration) -> Sequence[kinds.Check]:
        checks = services.run_preflight(integration)
        if is_support(request.user):
            return checks
        known = addresses(integration.workspace)
        return [replace(one, action=without_address(one.action, *known)) for one in checks]


def _name(integration: Integration) -> str:
    return f"{kind_title(integration.kind)} · {integration.workspace}"


def _pages(request: HttpRequest, integration: Integration) -> list[dict[str, str]]:
    """The kind's own pages, such as the mapping."""
    if not may(request.user, Action.CONFIGURE, integration):
        return []
    try:
        pages = kinds.get(integration.kind).pages
    except KeyError:
        return []
    return [
        {"title": str(page.title), "url": reverse(page.url_name, args=[integration.pk])}
        for page in pages
    ]
