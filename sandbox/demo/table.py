"""Runs as a plain table, once or updated in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from django.utils import timezone

from integrations.models import RunEntry, SyncRun

COLUMNS = (
    "workspace", "integration", "run", "status",
    "created", "updated", "archived", "adopted", "unchanged", "skipped", "failed", "seconds",
)  # fmt: skip
COUNTS = COLUMNS[4:-1]
_STEPS = {
    ("queued", "read"): "waiting",
    ("queued", "apply"): "waiting",
    ("running", "read"): "reading",
    ("running", "apply"): "writing",
}
_WIDTH = len("succeeded")
Cells = Sequence[str]


def cells(run: SyncRun) -> Cells:
    """One line of a run; what it has done so far while it is under way."""
    counts = run.counts if run.finished_at else _so_far(run)
    integration = run.integration
    return (
        integration.workspace.slug,
        integration.kind,
        f"#{run.pk}",
        (run.status if run.finished_at else _STEPS[run.status, run.phase]).ljust(_WIDTH),
        *(str(counts.get(name, 0)) for name in COUNTS),
        f"{_seconds(run):.1f}",
    )


def _so_far(run: SyncRun) -> dict[str, int]:
    done = RunEntry.objects.filter(run=run, state=RunEntry.State.DONE)
    names = {"create": "created", "update": "updated", "archive": "archived", "adopt": "adopted",
             "skip": "skipped", "fail": "failed"}  # fmt: skip
    found = [names.get(action, action) for action in done.values_list("action", flat=True)]
    return {**run.counts} | {name: found.count(name) for name in set(found)}


def _seconds(run: SyncRun) -> float:
    started = run.started_at or run.queued_at
    return ((run.finished_at or timezone.now()) - started).total_seconds()


def sentence(run: SyncRun) -> str:
    """A finished run in one line: what it did, where that is more than nothing."""
    integration = run.integration
    figures = ", ".join(f"{number} {name}" for name, number in run.counts.items() if number)
    when = timezone.localtime(run.finished_at).strftime("%H:%M:%S")
    place = f"{integration.workspace.slug} {integration.kind}"
    return f"{when}  {place}  #{run.pk} {run.status}: {figures or '–'}"


def lines(rows: Sequence[Cells]) -> list[str]:
    """Aligned lines with a heading; text to the left, figures to the right."""
    table = [COLUMNS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
    return ["  ".join(_align(row, widths)).rstrip() for row in table]


def _align(row: Cells, widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if column < 4 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


class LiveTable:
    """On a terminal the table is drawn over the one before; elsewhere only `finish` prints."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self.live = stream.isatty()
        self._height = 0

    def show(self, rows: Sequence[Cells]) -> None:
        if self.live:
            self._draw(lines(rows))

    def finish(self, rows: Sequence[Cells]) -> None:
        self._draw(lines(rows))
        self._height = 0

    def _draw(self, text: Sequence[str]) -> None:
        if self.live and self._height:
            self.stream.write(f"\x1b[{self._height}F")
        erase = "\x1b[K" if self.live else ""
        self.stream.write("".join(f"{erase}{line}\n" for line in text))
        self.stream.flush()
        self._height = len(text)
