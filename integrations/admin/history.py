"""The history: what happened to each record, with before and after, and its download."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import CSV, XLS, XLSX
from unfold.contrib.import_export.forms import ExportForm
from unfold.paginator import InfinitePaginator

from integrations import reasons
from integrations.admin.filters import (
    DayRangeFilter,
    IntegrationFilter,
    ReasonFilter,
    StreamFilter,
    WorkspaceFilter,
    lookups_of,
    on,
    through,
)
from integrations.admin.present import (
    ACTION_COLOURS,
    badge,
    change,
    changes,
    detail_label,
    kind_title,
    moment,
    stream_title,
)
from integrations.admin.resources import EntryResource
from integrations.models import RunEntry
from integrations.scope import Action, ScopedAdmin, may, visible


@admin.register(RunEntry)
class RunEntryAdmin(ExportActionMixin, ScopedAdmin):
    list_display = ("time", "shown_action", "record", "what", "why", "shown_state", "where")
    list_display_links = ("record",)
    list_select_related = ("run__integration__workspace",)
    list_filter = (
        through(WorkspaceFilter, "run__integration__workspace"),
        through(IntegrationFilter, "run__integration"),
        "action",
        "state",
        on(StreamFilter, RunEntry, "stream"),
        on(ReasonFilter, RunEntry, "reason"),
        ("created_at", DayRangeFilter),
    )
    allowed_lookups = lookups_of(list_filter) | {"run__id__exact"}
    search_fields = ("label", "=left_id", "=right_id")
    search_help_text = _("Record, or its id in one of the systems")
    ordering = ("-id",)
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    warn_unsaved_form = False
    change_form_template = "integrations/entry.html"
    export_form_class = ExportForm
    resource_classes = (EntryResource,)
    show_change_form_export = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Action.OPERATE)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("before", "after", "detail", "plan")

    def get_export_formats(self) -> list[type[Any]]:
        return [XLSX, XLS, CSV]

    def get_export_queryset(self, request: HttpRequest) -> Any:
        """The visible rows that match the filters, with what the sheet shows of them."""
        rows = super().get_export_queryset(request)
        return visible(request.user, rows, Action.OPERATE).defer(None).defer("plan")

    def get_valid_export_item_pks(self, request: HttpRequest) -> Any:
        return visible(request.user, RunEntry.objects.all(), Action.OPERATE).values_list(
            "pk", flat=True
        )

    @admin.display(description=_("time"))
    def time(self, obj: RunEntry) -> str:
        return moment(obj.created_at)

    @admin.display(description=_("action"))
    def shown_action(self, obj: RunEntry) -> SafeString:
        return badge(ACTION_COLOURS.get(obj.action, ""), obj.get_action_display())

    @admin.display(description=_("data"))
    def what(self, obj: RunEntry) -> str:
        return stream_title(obj.stream)

    @admin.display(description=_("record"))
    def record(self, obj: RunEntry) -> str:
        return obj.label or obj.left_id or obj.right_id or f"#{obj.pk}"

    @admin.display(description=_("reason"))
    def why(self, obj: RunEntry) -> str:
        return str(reasons.describe(obj.reason).title) if obj.reason else "–"

    @admin.display(description=_("state"))
    def shown_state(self, obj: RunEntry) -> str:
        return obj.get_state_display()

    @admin.display(description=_("integration"))
    def where(self, obj: RunEntry) -> str:
        integration = obj.run.integration
        return f"{kind_title(integration.kind)} · {integration.workspace}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        entry = self.get_object(request, object_id)
        context = _detail(entry) if entry else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )


def _detail(entry: RunEntry) -> dict[str, Any]:
    integration = entry.run.integration
    return {
        "heading": entry.label or entry.left_id or entry.right_id,
        "stream": stream_title(entry.stream),
        "origin": f"{kind_title(integration.kind)} · {integration.workspace}",
        "entry": entry,
        "colour": ACTION_COLOURS[RunEntry.Action(entry.action)],
        "reason": reasons.describe(entry.reason) if entry.reason else None,
        "changes": changes(entry),
        "details": shown_details(entry.detail, integration.kind),
        "run_url": change(entry.run),
    }


def shown_details(detail: dict[str, Any], kind: str) -> list[tuple[str, str | SafeString]]:
    """What is worth showing of a detail: its plain values, by their names."""
    return [
        (
            detail_label(name, kind),
            ", ".join(map(str, value)) if isinstance(value, list) else str(value),
        )
        for name, value in detail.items()
        if value not in ("", None, [], {}) and not isinstance(value, dict)
    ]
