"""What is open: problems that last, and deletions that wait for a decision."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations import reasons
from integrations.admin.filters import (
    IntegrationFilter,
    ReasonFilter,
    StreamFilter,
    WorkspaceFilter,
    lookups_of,
    on,
    through,
)
from integrations.admin.history import shown_details
from integrations.admin.present import (
    DECISION_COLOURS,
    badge,
    change,
    kind_title,
    moment,
    stream_title,
)
from integrations.admin.run import EXPLAIN_APPROVE, EXPLAIN_REJECT, carry_out
from integrations.models import Integration, PendingDeletion, Problem, SyncRun
from integrations.scope import Action, ScopedAdmin, visible

SEVERITY_COLOURS: dict[str, str] = {
    Problem.Severity.SKIP: "default",
    Problem.Severity.CONFLICT: "warning",
    Problem.Severity.FAIL: "danger",
}


class _ReadOnly(ScopedAdmin):
    """Rows that runs write and people only look at."""

    ordering = ("-id",)
    sortable_by = ()
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        obj = self.get_object(request, object_id)
        context = {"heading": self.record(obj)} if obj else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    @admin.display(description=_("record"))
    def record(self, obj: Any) -> str:
        return obj.label or getattr(obj, "record_id", "") or str(obj)

    @admin.display(description=_("data"))
    def what(self, obj: Any) -> str:
        return stream_title(obj.stream)

    @admin.display(description=_("integration"))
    def where(self, obj: Any) -> str:
        integration: Integration = obj.integration
        return f"{kind_title(integration.kind)} · {integration.workspace}"


@admin.register(Problem)
class ProblemAdmin(_ReadOnly):
    list_display = ("record", "why", "shown_severity", "what", "since", "tries", "where")
    list_select_related = ("integration__workspace",)
    list_filter = (
        through(WorkspaceFilter, "integration__workspace"),
        IntegrationFilter,
        on(ReasonFilter, Problem, "code"),
        "severity",
        on(StreamFilter, Problem, "stream"),
    )
    allowed_lookups = lookups_of(list_filter)
    search_fields = ("label", "=record_id")
    fieldsets = (
        (None, {"fields": ("record", "why", ("shown_severity", "what"), "facts")}),
        (_("Course"), {"fields": (("since", "tries", "next_try"), "where")}),
    )
    readonly_fields = (
        "record", "why", "shown_severity", "what", "facts", "since", "tries", "next_try",
        "where",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("detail")

    @admin.display(description=_("since"))
    def since(self, obj: Problem) -> str:
        return moment(obj.opened_at)

    @admin.display(description=_("reason"))
    def why(self, obj: Problem) -> SafeString:
        reason = reasons.describe(obj.code)
        return format_html(
            '<span class="hq-reason"><strong>{}</strong><span>{}</span></span>',
            reason.title,
            reason.next_step,
        )

    @admin.display(description=_("kind"))
    def shown_severity(self, obj: Problem) -> SafeString:
        return badge(SEVERITY_COLOURS.get(obj.severity, ""), obj.get_severity_display())

    @admin.display(description=_("attempts"))
    def tries(self, obj: Problem) -> str:
        return str(obj.attempts) if obj.attempts else "–"

    @admin.display(description=_("next attempt"))
    def next_try(self, obj: Problem) -> str:
        return moment(obj.retry_at)

    @admin.display(description=_("detail"))
    def facts(self, obj: Problem) -> str:
        found = shown_details(obj.detail, obj.integration.kind)
        return " · ".join(f"{name}: {value}" for name, value in found) or "–"


@admin.register(PendingDeletion)
class PendingDeletionAdmin(_ReadOnly):
    list_display = ("record", "why", "what", "shown_decision", "since", "run_link", "where")
    list_select_related = ("integration__workspace", "link")
    list_filter = (
        through(WorkspaceFilter, "integration__workspace"),
        IntegrationFilter,
        "decision",
        on(StreamFilter, PendingDeletion, "stream"),
    )
    allowed_lookups = lookups_of(list_filter) | {"run__id__exact"}
    search_fields = ("label",)
    actions = ("approve", "reject")
    fieldsets = (
        (None, {"fields": ("record", "why", ("what", "shown_decision"))}),
        (_("Course"), {"fields": (("since", "run_link", "decider"), "where")}),
    )
    readonly_fields = (
        "record", "why", "what", "shown_decision", "since", "run_link", "decider", "where",
    )  # fmt: skip

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Action.OPERATE, obj)

    @admin.display(description=_("reason"))
    def why(self, obj: PendingDeletion) -> str:
        return str(reasons.describe(obj.reason or "guard").title)

    @admin.display(description=_("decision"))
    def shown_decision(self, obj: PendingDeletion) -> SafeString:
        return badge(DECISION_COLOURS.get(obj.decision, ""), obj.get_decision_display())

    @admin.display(description=_("since"))
    def since(self, obj: PendingDeletion) -> str:
        return moment(obj.created_at)

    @admin.display(description=_("run"))
    def run_link(self, obj: PendingDeletion) -> SafeString:
        run = SyncRun(pk=obj.run_id)
        return format_html('<a class="hq-link" href="{}">#{}</a>', change(run), obj.run_id)

    @admin.display(description=_("decided by"))
    def decider(self, obj: PendingDeletion) -> str:
        return str(obj.decided_by or "–")

    @admin.action(description=_("Approve selected deletions"), permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self._decide(request, queryset, "approve")

    @admin.action(description=_("Reject selected deletions"), permissions=["operate"])
    def reject(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self._decide(request, queryset, "reject")

    def _decide(self, request: HttpRequest, queryset: Any, decision: str) -> HttpResponse | None:
        rows = visible(request.user, queryset, Action.OPERATE).select_related("run__integration")
        rows = rows.filter(decision=PendingDeletion.Decision.PENDING).exclude(run=None)
        if "confirmed" not in request.POST:
            return self._confirmation(request, rows, decision)
        chosen: dict[int, list[PendingDeletion]] = defaultdict(list)
        for row in rows.order_by("run_id"):
            chosen[row.integration_id].append(row)
        for group in chosen.values():
            newest, only = group[-1].run, [row.pk for row in group]
            assert newest is not None
            carry_out(request, newest, approve=decision == "approve", only=only)
        return None

    def _confirmation(self, request: HttpRequest, rows: Any, decision: str) -> HttpResponse:
        approve = decision == "approve"
        title = gettext("Approve deletions") if approve else gettext("Reject deletions")
        return TemplateResponse(
            request,
            "integrations/confirm.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "heading": title,
                "opts": self.opts,
                "explanation": EXPLAIN_APPROVE if approve else EXPLAIN_REJECT,
                "records": list(rows),
                "hidden": [("action", decision), ("confirmed", "1")],
                "selected_name": ACTION_CHECKBOX_NAME,
                "submit": title,
                "variant": "danger" if approve else "primary",
                "back": request.get_full_path(),
            },
        )
