"""The history as rows with stable column names, in every format of the `history` command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import tablib
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from integrations import reasons
from integrations.admin.resources import safe_text
from integrations.logbook import workbook
from integrations.management.lookup import to_json
from integrations.models import RunEntry, SyncRun

Row = dict[str, Any]
BINARY = ("xls", "xlsx")
FORMATS = ("table", "json", "csv", *BINARY)
XLS_ROWS = 65_535
CHUNK = 500


@dataclass(frozen=True)
class Sheet:
    """Rows that are read when they are rendered; `short` are the columns for a terminal."""

    records: QuerySet[Any]
    to_row: Callable[[Any], Row]
    short: Sequence[str]

    def render(self, form: str) -> Iterable[bytes]:
        """The file's content, UTF-8 where it is text. ValueError (translated) if it cannot be."""
        if form == "table":
            return _table(self.rows(), self.short)
        if form == "json":
            return _json(self.rows())
        if form == "xls" and self.records.count() > XLS_ROWS:
            raise ValueError(_("That is too much for xls; choose xlsx or csv."))
        content = self._dataset().export(form)
        return [content if isinstance(content, bytes) else content.encode()]

    def rows(self) -> Iterator[Row]:
        return map(self.to_row, self.records.iterator(CHUNK))

    def _dataset(self) -> tablib.Dataset:
        data = tablib.Dataset(headers=self._headers(), title="history")
        for row in self.rows():
            data.append([_cell(value) for value in row.values()])
        return data

    def _headers(self) -> list[str]:
        return list(self.to_row(self.records.model()))


@dataclass(frozen=True)
class Log(Sheet):
    """A run's entries; a workbook has a sheet for each kind of outcome besides."""

    run: SyncRun

    def render(self, form: str) -> Iterable[bytes]:
        if form not in BINARY:
            return super().render(form)
        return [workbook(self.run, form, self._dataset())]


def runs_sheet(runs: QuerySet[SyncRun]) -> Sheet:
    """Newest first."""
    short = ("id", "integration", "trigger", "mode", "status", "started", "duration_seconds")
    return Sheet(runs.select_related("integration").order_by("-pk"), _run_row, short)


def entries_sheet(run: SyncRun) -> Sheet:
    """In the order of the run."""
    short = ("time", "stream", "action", "state", "reason", "label", "left_id", "right_id")
    return Log(run.entries.order_by("pk"), _entry_row, short, run)


def _run_row(run: SyncRun) -> Row:
    return {
        "id": run.pk,
        "integration": run.integration.kind if run.integration_id else "",
        "trigger": run.trigger,
        "mode": run.mode,
        "status": run.status,
        "started": _moment(run.started_at),
        "finished": _moment(run.finished_at),
        "duration_seconds": _duration(run),
        "counts": run.counts,
        "reasons": run.reasons,
        "api_calls": run.api_calls,
        "error": run.error_code,
        "error_detail": run.error_detail,
    }


def _entry_row(entry: RunEntry) -> Row:
    reason = reasons.describe(entry.reason) if entry.reason else None
    return {
        "time": _moment(entry.done_at or entry.created_at),
        "stream": entry.stream,
        "action": entry.action,
        "state": entry.state,
        "side": entry.side,
        "reason": entry.reason,
        "reason_text": str(reason.title) if reason else "",
        "next_step": str(reason.next_step) if reason else "",
        "label": entry.label,
        "left_id": entry.left_id,
        "right_id": entry.right_id,
        "before": entry.before,
        "after": entry.after,
    }


def _moment(when: datetime | None) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds") if when else ""


def _duration(run: SyncRun) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 1)


def _cell(value: object) -> object:
    """A number, or text that no spreadsheet takes for a formula."""
    if isinstance(value, (int, float)):
        return value
    return safe_text(_text(value))


def _text(value: object) -> str:
    if value is None or value == {}:
        return ""
    return to_json(value) if isinstance(value, (dict, list)) else str(value)


def _json(rows: Iterable[Row]) -> Iterator[bytes]:
    """A list of objects, one a line."""
    yield b"["
    for position, row in enumerate(rows):
        yield ((",\n " if position else "\n ") + to_json(row)).encode()
    yield b"\n]\n"


def _table(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[bytes]:
    body = ([_line(_text(row[name])) for name in columns] for row in rows)
    lines = list(chain([list(columns)], body))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        yield ("  ".join(cells).rstrip() + "\n").encode()


def _line(text: str) -> str:
    """One line without control characters, so that a record's name cannot steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
