"""The log of a run as a workbook: sheets Updates, Errors, Skipped and Conflicts.

Errors, skips and conflicts that lasted through the run are listed with it, whenever they began.
Texts are in the active language, times in the current time zone; the names of the sheets are the
ones that TravelPerk users know, in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import tablib
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import reasons
from integrations.admin.present import readable
from integrations.admin.resources import safe_text
from integrations.models import Problem, RunEntry, SyncRun

XLS_ROWS = 65_535
UPDATES = (
    RunEntry.Action.CREATE, RunEntry.Action.UPDATE, RunEntry.Action.DELETE,
    RunEntry.Action.ARCHIVE, RunEntry.Action.ADOPT,
)  # fmt: skip


def workbook(run: SyncRun, form: str, *first: tablib.Dataset) -> bytes:
    """The file's content; `form` is "xls" or "xlsx"; sheets of the caller's own go `first`.

    Raises ValueError when xls cannot hold it all.
    """
    sheets = [*first, *sheets_of(run)]
    if form == "xls" and any(sheet.height > XLS_ROWS for sheet in sheets):
        raise ValueError(_("That is too much for xls; choose xlsx or csv."))
    return bytes(tablib.Databook(sheets).export(form))


def sheets_of(run: SyncRun) -> list[tablib.Dataset]:
    return [
        _updates(run),
        _troubles(run, "Errors", Problem.Severity.FAIL, RunEntry.Action.FAIL),
        _troubles(run, "Skipped", Problem.Severity.SKIP, RunEntry.Action.SKIP),
        _troubles(run, "Conflicts", Problem.Severity.CONFLICT, RunEntry.Action.CONFLICT),
    ]


def _sheet(title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> tablib.Dataset:
    sheet = tablib.Dataset(headers=list(headers), title=title)
    for row in rows:
        sheet.append([safe_text(cell) for cell in row])
    return sheet


def _updates(run: SyncRun) -> tablib.Dataset:
    headers = [_("Time"), _("Action"), _("Data"), _("Record"), _("Before"), _("After"),
               _("Reason code"), _("ID on the left"), _("ID on the right")]  # fmt: skip
    entries = run.entries.filter(action__in=UPDATES).exclude(state=RunEntry.State.FAILED)
    rows = entries.select_related("run__integration").order_by("pk").iterator(500)
    return _sheet("Updates", headers, map(_update, rows))


def _update(entry: RunEntry) -> list[Any]:
    return [
        _moment(entry.done_at or entry.created_at), entry.get_action_display(), entry.stream,
        entry.label, _lines(entry, entry.before), _lines(entry, entry.after), entry.reason,
        entry.left_id, entry.right_id,
    ]  # fmt: skip


def _lines(entry: RunEntry, values: dict[str, Any] | None) -> str:
    return "\n".join(f"{name}: {text}" for name, text in readable(entry, values).items())


def _troubles(run: SyncRun, title: str, severity: str, action: str) -> tablib.Dataset:
    """What this run found, and what lasted through it."""
    headers = [_("Reason code"), _("Record"), _("Field"), _("Reason"), _("Next step"),
               _("Detail"), _("Since"), _("Record id")]  # fmt: skip
    found = Q(action=action)
    if action == RunEntry.Action.FAIL:
        found |= Q(state=RunEntry.State.FAILED)
    entries = list(run.entries.filter(found).order_by("pk"))
    listed = {(_record(entry), entry.reason) for entry in entries}
    lasting = Problem.objects.filter(integration=run.integration_id, severity=severity)
    older = lasting.filter(opened_at__lte=run.started_at or run.queued_at).order_by("code", "pk")
    rows = [_row(e.reason, e.label, e.detail, e.created_at, _record(e)) for e in entries]
    rows += [
        _row(p.code, p.label, p.detail, p.opened_at, p.record_id)
        for p in older.iterator(500)
        if (p.record_id, p.code) not in listed
    ]
    return _sheet(title, headers, rows)


def _record(entry: RunEntry) -> str:
    return f"L:{entry.left_id}" if entry.left_id else f"R:{entry.right_id}"


def _row(code: str, label: str, detail: dict[str, Any], since: datetime, record: str) -> list[Any]:
    reason = reasons.describe(code)
    others = {name: value for name, value in detail.items() if name != "field"}
    return [
        code, label or record, detail.get("field", ""), reason.title, reason.next_step,
        "; ".join(f"{name}: {value}" for name, value in others.items()), _moment(since), record,
    ]  # fmt: skip


def _moment(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M:%S")
