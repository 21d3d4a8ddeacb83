"""What the commands `sync` and `release` share: running in the foreground and telling about it."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from integrations import runner
from integrations.admin.present import count_badges
from integrations.engine.run import Progress
from integrations.models import SyncRun
from integrations.reasons import describe

EXIT_INTERRUPTED = 130
EXIT_DONE, EXIT_ERRORS, EXIT_USAGE, EXIT_HELD, EXIT_FAILED, EXIT_ACTIVE = 0, 1, 2, 3, 4, 5
EXITS = {
    SyncRun.Status.SUCCEEDED: EXIT_DONE,
    SyncRun.Status.SUCCEEDED_WITH_ERRORS: EXIT_ERRORS,
    SyncRun.Status.HELD: EXIT_HELD,
    SyncRun.Status.FAILED: EXIT_FAILED,
}


def follow(command: BaseCommand, run: SyncRun, as_json: bool) -> int:
    """Work on a run to its end, print its figures, and return the exit code."""
    try:
        finished = work(run)
    except runner.AnotherRunIsActive:
        return refuse(command, "run_active", _("Another run is active."), as_json, EXIT_ACTIVE)
    except KeyboardInterrupt:
        message = _("Interrupted. Run %(run)s goes on with the next worker or command.")
        return refuse(command, "interrupted", message % {"run": run.pk}, as_json, EXIT_INTERRUPTED)
    command.stdout.write(json.dumps(report(finished)) if as_json else text(finished))
    return EXITS[SyncRun.Status(finished.status)]


def work(run: SyncRun) -> SyncRun:
    """Work on a run to its end, telling about it. Raises AnotherRunIsActive."""
    logging.captureWarnings(True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return runner.run_to_end(run.pk, teller(sys.stderr))


def refuse(command: BaseCommand, code: str, message: str, as_json: bool, exit_code: int) -> int:
    """Tell why there is no run."""
    if as_json:
        command.stdout.write(json.dumps({"error": {"code": code, "message": message}}))
    command.stderr.write(f"{message} ({code})")
    return exit_code


def report(run: SyncRun) -> dict[str, Any]:
    """The stable JSON object of design.md."""
    answer = {
        "run": run.pk,
        "workspace": run.integration.workspace.slug,
        "integration": run.integration.kind,
        "mode": run.mode,
        "status": run.status,
        "counts": run.counts,
        "reasons": run.reasons,
        "api_calls": run.api_calls,
        "duration_seconds": _seconds(run),
    }
    if run.error_code:
        answer["error"] = {
            "code": run.error_code,
            "message": str(describe(run.error_code).title),
            "next_step": str(describe(run.error_code).next_step),
            "detail": run.error_detail,
        }
    return answer


def _seconds(run: SyncRun) -> float:
    if run.finished_at is None or run.started_at is None:
        return 0.0
    return round((run.finished_at - run.started_at).total_seconds(), 1)


def text(run: SyncRun) -> str:
    lines = [
        _("Run %(run)s: %(status)s, %(seconds)s s")
        % {"run": run.pk, "status": run.get_status_display(), "seconds": _seconds(run)}
    ]
    lines += [f"  {figure.label}: {figure.value}" for figure in count_badges(run, links=False)]
    for code, number in run.reasons.items():
        reason = describe(code)
        lines.append(f"  {number} × {code}: {reason.title}. {reason.next_step}")
    if run.error_code:
        reason = describe(run.error_code)
        lines.append(f"{run.error_code}: {reason.title}. {reason.next_step}")
        lines.append(run.error_detail)
    return "\n".join(line for line in lines if line)


def teller(stream: IO[str]) -> Callable[[Progress], None]:
    """Progress on a terminal, silence elsewhere."""
    if not stream.isatty():
        return runner.quiet

    def tell(progress: Progress) -> None:
        of = f"/{progress.total}" if progress.total is not None else ""
        line = f"{progress.phase} {progress.what}: {progress.done}{of}"
        stream.write(f"\r\x1b[K{line[:110]}")
        stream.flush()

    return tell
