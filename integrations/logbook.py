"""The log of a run as a workbook: sheets Updates, Errors, Skipped and Conflicts.

Errors, skips and conflicts that lasted through the run are listed with it, whenever they began.
Texts are in the active language, times in the current time zone; the names of the sheets are the
ones that TravelPerk users know, in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import tablib
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import reasons
from integrations.admin.present import detail_label, readable, stream_title
from integrations.admin.resources import safe_text
from integrations.engine.changes import record_of
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
    problems = open_problems(run)
    return [
        _updates(run),
        _troubles("Errors", Problem.Severity.FAIL, problems),
        _troubles("Skipped", Problem.Severity.SKIP, problems),
        _troubles("Conflicts", Problem.Severity.CONFLICT, problems),
    ]


def _sheet(title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> tablib.Dataset:
    sheet = tablib.Dataset(headers=list(headers), title=title)
    for row in rows:
        sheet.append([safe_text(cell) for cell in row])
    return sheet


def _updates(run: SyncRun) -> tablib.Dataset:
    headers = [_("Time"), _("Action"), _("Data"), _("Record"), _("Before"), _("After"),
               _("Reason code"), _("ID on the left"), _("ID on the right")]  # fmt: skip
    entries = run.entries.filter(
        action__in=UPDATES, state__in=[RunEntry.State.DONE, RunEntry.State.PLANNED]
    )
    rows = entries.select_related("run__integration").order_by("pk").iterator(500)
    return _sheet("Updates", headers, map(_update, rows))


def _update(entry: RunEntry) -> list[Any]:
    return [
        _moment(entry.done_at or entry.created_at), entry.get_action_display(),
        stream_title(entry.stream), entry.label, _lines(entry, entry.before),
        _lines(entry, entry.after), entry.reason, entry.left_id, entry.right_id,
    ]  # fmt: skip


def _lines(entry: RunEntry, values: dict[str, Any] | None) -> str:
    return "\n".join(f"{name}: {text}" for name, text in readable(entry, values).items())


def _troubles(title: str, severity: str, open_rows: Iterable[Open]) -> tablib.Dataset:
    headers = [_("Reason code"), _("Record"), _("Field"), _("Reason"), _("Next step"),
               _("Detail"), _("Since"), _("ID on the left"), _("ID on the right")]  # fmt: skip
    rows = [_row(one) for one in open_rows if one.severity == severity]
    return _sheet(title, headers, rows)


@dataclass(frozen=True)
class Open:
    """A problem as it was when a run ended."""

    severity: str
    code: str
    label: str
    detail: dict[str, Any]
    since: datetime
    left_id: str
    right_id: str


SEVERITY = {
    RunEntry.Action.SKIP.value: Problem.Severity.SKIP.value,
    RunEntry.Action.CONFLICT.value: Problem.Severity.CONFLICT.value,
    RunEntry.Action.FAIL.value: Problem.Severity.FAIL.value,
}


def open_problems(run: SyncRun) -> list[Open]:
    """What was open when the run ended: the history says when each problem began and ended, the
    table of open problems knows those whose beginning is pruned already."""
    found: dict[tuple[str, ...], Open] = {}
    for entry in _telling(run):
        key = entry.stream, entry.left_id or entry.label, entry.reason, _field(entry.detail)
        if entry.action == RunEntry.Action.RESOLVED:
            found.pop(key, None)
        elif entry.state == RunEntry.State.FAILED or entry.action in SEVERITY:
            found[key] = _of_entry(entry)
        else:
            record = entry.stream, entry.left_id or entry.label
            found = {k: v for k, v in found.items() if k[:2] != record or v.severity != "fail"}
    seen = {(one.code, one.label) for one in found.values()}
    older = Problem.objects.filter(
        integration=run.integration_id, opened_at__lte=run.started_at or run.queued_at
    )
    return [*found.values(), *(_of_problem(p) for p in older if (p.code, p.label) not in seen)]


def _telling(run: SyncRun) -> Iterator[RunEntry]:
    """Entries up to this run that begin or end a problem; successes matter after failures."""
    entries = (
        RunEntry.objects.filter(
            run__integration=run.integration_id, run__mode=SyncRun.Mode.SYNC, run_id__lte=run.pk
        )
        if run.mode == SyncRun.Mode.SYNC
        else run.entries.all()
    )
    troubles = Q(action__in=[*SEVERITY, RunEntry.Action.RESOLVED]) | Q(state=RunEntry.State.FAILED)
    failed = entries.filter(state=RunEntry.State.FAILED).values("left_id")
    settled = Q(state=RunEntry.State.DONE, left_id__in=failed)
    return entries.filter(troubles | settled).order_by("pk").iterator(500)


def _field(detail: dict[str, Any]) -> str:
    return str(detail.get("field", ""))


def _of_entry(entry: RunEntry) -> Open:
    severity = SEVERITY.get(entry.action, Problem.Severity.FAIL.value)
    return Open(
        severity, entry.reason, entry.label, entry.detail, entry.created_at,
        entry.left_id, entry.right_id,
    )  # fmt: skip


def _of_problem(problem: Problem) -> Open:
    kind, _bar, id = record_of(problem.record_id).partition(":")
    return Open(
        problem.severity, problem.code, problem.label, problem.detail, problem.opened_at,
        id if kind == "L" else "", id if kind == "R" else "",
    )  # fmt: skip


def _row(one: Open) -> list[Any]:
    reason = reasons.describe(one.code)
    others = [
        f"{detail_label(name)}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in one.detail.items()
        if name != "field"
    ]
    return [
        one.code, one.label, _field(one.detail), reason.title, reason.next_step,
        "; ".join(others), _moment(one.since), one.left_id, one.right_id,
    ]  # fmt: skip


def _moment(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M:%S")
