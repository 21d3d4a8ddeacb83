"""Runs: what each one did, why something was left out, and what waits for a decision."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from integrations import reasons, services
from integrations.admin import dashboard
from integrations.admin.cards import progress, run_card
from integrations.admin.filters import IntegrationFilter, WorkspaceFilter, lookups_of, through
from integrations.admin.present import (
    RUN_COLOURS,
    ReasonCount,
    addresses,
    badge,
    change,
    changelist,
    count_badges,
    duration_text,
    kind_title,
    moment,
    vendor_name,
    without_address,
)
from integrations.logbook import workbook
from integrations.models import PendingDeletion, RunEntry, SyncRun
from integrations.scope import Action, ScopedAdmin, is_support, may, visible

SHOWN_DELETIONS = 100


LOG_TYPES = {
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@admin.register(SyncRun)
class SyncRunAdmin(ScopedAdmin):
    list_display = (
        "number",
        "where",
        "kind",
        "what",
        "shown_status",
        "queued",
        "took",
        "figures",
    )
    list_select_related = ("integration__workspace",)
    list_filter = (
        through(WorkspaceFilter, "integration__workspace"),
        IntegrationFilter,
        "status",
        "mode",
        "trigger",
    )
    allowed_lookups = lookups_of(list_filter)
    ordering = ("-id",)
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    change_form_template = "integrations/run.html"
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("api_calls", "reasons", "error_detail")

    @admin.display(description=_("run"))
    def number(self, obj: SyncRun) -> str:
        return f"#{obj.pk}"

    @admin.display(description=_("workspace"))
    def where(self, obj: SyncRun) -> str:
        return str(obj.integration.workspace)

    @admin.display(description=_("integration"))
    def kind(self, obj: SyncRun) -> str:
        return kind_title(obj.integration.kind)

    @admin.display(description=_("kind"))
    def what(self, obj: SyncRun) -> str:
        mode = gettext("full sync") if obj.full and obj.mode == "sync" else obj.get_mode_display()
        return f"{mode} · {obj.get_trigger_display()}"

    @admin.display(description=_("status"))
    def shown_status(self, obj: SyncRun) -> SafeString:
        return badge(RUN_COLOURS.get(obj.status, ""), obj.get_status_display())

    @admin.display(description=_("queued"))
    def queued(self, obj: SyncRun) -> str:
        return moment(obj.queued_at)

    @admin.display(description=_("duration"))
    def took(self, obj: SyncRun) -> str:
        return duration_text(obj) or "–"

    @admin.display(description=_("counts"))
    def figures(self, obj: SyncRun) -> SafeString:
        return render_to_string(
            "integrations/badges.html", {"badges": count_badges(obj, links=False)}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        run = self.get_object(request, object_id)
        context = _detail(request, run) if run else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self) -> Any:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/status/", wrap(dashboard.run_status), name="integrations_syncrun_status"
            ),
            path("<int:pk>/log.<str:form>", wrap(self.log), name="integrations_syncrun_log"),
            path(
                "<int:pk>/decide/<slug:decision>/",
                wrap(self.decide),
                name="integrations_syncrun_decide",
            ),
            *super().get_urls(),
        ]

    def log(self, request: HttpRequest, pk: int, form: str) -> HttpResponse:
        """The run's log as a workbook with one sheet for each kind of outcome."""
        rows = SyncRun.objects.select_related("integration__workspace")
        run = get_object_or_404(visible(request.user, rows, Action.READ), pk=pk)
        if form not in LOG_TYPES:
            raise Http404
        try:
            content = workbook(run, form)
        except ValueError as error:
            self.message_user(request, str(error), messages.WARNING)
            return HttpResponseRedirect(change(run))
        answer = HttpResponse(content, content_type=LOG_TYPES[form])
        answer["Content-Disposition"] = f'attachment; filename="log-{run.pk}.{form}"'
        return answer

    def decide(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        """Approve or reject what is still pending of a run: GET asks, POST does it."""
        rows = visible(
            request.user, SyncRun.objects.select_related("integration__workspace"), Action.OPERATE
        )
        run = get_object_or_404(rows, pk=pk)
        if decision not in ("approve", "reject"):
            raise Http404
        approve = decision == "approve"
        if request.method != "POST":
            return self._confirmation(request, run, approve)
        if carry_out(request, run, approve=approve):
            self.log_change(request, run, "approve" if approve else "reject")
        return HttpResponseRedirect(change(run))

    def _confirmation(self, request: HttpRequest, run: SyncRun, approve: bool) -> HttpResponse:
        title = gettext("Approve deletions") if approve else gettext("Reject deletions")
        return TemplateResponse(
            request,
            "integrations/confirm.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "heading": f"{title} · {run.integration.workspace}",
                "opts": self.opts,
                "explanation": EXPLAIN_APPROVE if approve else EXPLAIN_REJECT,
                "records": waiting(run),
                "total": services.pending(run).count(),
                "submit": title,
                "variant": "danger" if approve else "primary",
                "back": change(run),
            },
        )


EXPLAIN_APPROVE = _(
    "These records are deleted or archived in the target system. The source is read again first: "
    "what has reappeared there stays."
)
EXPLAIN_REJECT = _(
    "These records stay in the target system. They are not asked about again until they change."
)


def waiting(run: SyncRun) -> list[PendingDeletion]:
    """The first of them, to be shown."""
    return list(services.pending(run).select_related("link")[:SHOWN_DELETIONS])


def carry_out(
    request: HttpRequest, run: SyncRun, *, approve: bool, only: list[int] | None = None
) -> bool:
    """Pass a decision on, start what it releases, and say what came of it."""
    user: Any = request.user
    try:
        release = services.decide_deletions(run, approve=approve, user=user, only=only)
    except services.NotNow as error:
        messages.warning(request, str(error))
        return False
    if release is not None:
        services.wake(release.pk)
    done = gettext("The deletions are approved and are carried out now.")
    messages.success(request, done if approve else gettext("The deletions are rejected."))
    return True


def _detail(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    reads = may(request.user, Action.READ, run)
    figures = progress([run.pk]) if run.status == SyncRun.Status.RUNNING else {}
    return {
        "heading": gettext("Run #%(number)s") % {"number": run.pk},
        "run": run,
        "reads": reads,
        "card": run_card(run, figures, links=reads),
        "unfinished": run.status in SyncRun.UNFINISHED,
        "status_url": reverse("admin:integrations_syncrun_status", args=[run.pk]),
        "reasons": _reasons(run, reads),
        "calls": [(vendor_name(slug), number) for slug, number in run.api_calls.items()],
        "error_detail": _error_detail(request, run) if reads else "",
        "held": waiting(run) if reads else [],
        "may_decide": may(request.user, Action.OPERATE, run),
        "integration_url": change(run.integration),
        "integration_title": kind_title(run.integration.kind),
        "history_url": changelist(RunEntry, {"run__id__exact": str(run.pk)}) if reads else "",
    }


def _reasons(run: SyncRun, reads: bool) -> list[ReasonCount]:
    query = {"run__id__exact": str(run.pk)}
    return [
        ReasonCount(
            reasons.describe(code),
            n,
            changelist(RunEntry, {**query, "reason": code}) if reads else "",
        )
        for code, n in sorted(run.reasons.items(), key=lambda item: -item[1])
    ]


def _error_detail(request: HttpRequest, run: SyncRun) -> str:
    if is_support(request.user) or not run.error_detail:
        return run.error_detail
    return without_address(run.error_detail, *addresses(run.integration.workspace))
