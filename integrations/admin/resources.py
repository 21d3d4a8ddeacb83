"""The history as a table, for downloads and for the `history` command."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from integrations import reasons
from integrations.admin.present import kind_title, readable
from integrations.models import RunEntry

COLUMNS: dict[str, str | Promise] = {
    "time": _("Time"),
    "run": _("Run number"),
    "workspace": _("Workspace"),
    "integration": _("Integration"),
    "action": _("Action"),
    "state": _("State"),
    "reason_code": _("Reason code"),
    "reason": _("Reason"),
    "next_step": _("Next step"),
    "record": _("Record"),
    "before": _("Before"),
    "after": _("After"),
    "source_id": _("ID on the left"),
    "target_id": _("ID on the right"),
}
CELL_LIMIT = 32_767
"""Characters that a spreadsheet's cell may hold."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_text(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, without control characters."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    if text.startswith(_FORMULA):
        text = f"'{text}"
    return text[:CELL_LIMIT]


class EntryResource(resources.ModelResource):
    """Rows of RunEntry; export only.

    Give `export` a queryset that is already limited to what its reader may see. Headers and
    texts are in the active language, times in the current time zone.
    """

    time = fields.Field()
    run = fields.Field()
    workspace = fields.Field()
    integration = fields.Field()
    action = fields.Field()
    state = fields.Field()
    reason_code = fields.Field()
    reason = fields.Field()
    next_step = fields.Field()
    record = fields.Field()
    before = fields.Field()
    after = fields.Field()
    source_id = fields.Field()
    target_id = fields.Field()

    class Meta:
        model = RunEntry
        fields = export_order = tuple(COLUMNS)
        chunk_size = 500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, title in COLUMNS.items():
            self.fields[name].column_name = force_str(title)

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("run__integration__workspace")

    def dehydrate_time(self, entry: RunEntry) -> str:
        return timezone.localtime(entry.created_at).strftime("%Y-%m-%d %H:%M:%S")

    def dehydrate_run(self, entry: RunEntry) -> int:
        return entry.run_id

    def dehydrate_workspace(self, entry: RunEntry) -> str:
        return safe_text(entry.run.integration.workspace)

    def dehydrate_integration(self, entry: RunEntry) -> str:
        return safe_text(kind_title(entry.run.integration.kind))

    def dehydrate_action(self, entry: RunEntry) -> str:
        return str(entry.get_action_display())

    def dehydrate_state(self, entry: RunEntry) -> str:
        return str(entry.get_state_display())

    def dehydrate_reason_code(self, entry: RunEntry) -> str:
        return safe_text(entry.reason)

    def dehydrate_reason(self, entry: RunEntry) -> str:
        return safe_text(reasons.describe(entry.reason).title) if entry.reason else ""

    def dehydrate_next_step(self, entry: RunEntry) -> str:
        return safe_text(reasons.describe(entry.reason).next_step) if entry.reason else ""

    def dehydrate_record(self, entry: RunEntry) -> str:
        return safe_text(entry.label)

    def dehydrate_before(self, entry: RunEntry) -> str:
        return _lines(entry, entry.before)

    def dehydrate_after(self, entry: RunEntry) -> str:
        return _lines(entry, entry.after)

    def dehydrate_source_id(self, entry: RunEntry) -> str:
        return safe_text(entry.left_id)

    def dehydrate_target_id(self, entry: RunEntry) -> str:
        return safe_text(entry.right_id)


def _lines(entry: RunEntry, values: dict[str, Any] | None) -> str:
    return safe_text("\n".join(f"{name}: {text}" for name, text in readable(entry, values).items()))
