"""History: which problems open, change and close, and the figures of a run (G7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Count
from django.utils import timezone

from integrations.engine.changes import Finding, record_of
from integrations.engine.ledger import BATCH, next_try
from integrations.engine.stream import Severity
from integrations.models import Integration, PendingDeletion, Problem, RunEntry, SyncRun

COUNTED = {
    RunEntry.Action.CREATE: "created",
    RunEntry.Action.UPDATE: "updated",
    RunEntry.Action.DELETE: "deleted",
    RunEntry.Action.ARCHIVE: "archived",
    RunEntry.Action.ADOPT: "adopted",
}
SEVERITIES = {
    Severity.SKIP: ("skipped", RunEntry.Action.SKIP),
    Severity.CONFLICT: ("conflicts", RunEntry.Action.CONFLICT),
    Severity.FAIL: ("failed", RunEntry.Action.FAIL),
}
NAMES = (
    "created", "updated", "deleted", "archived", "adopted", "unchanged", "skipped", "conflicts",
    "failed", "held",
)  # fmt: skip


def finding_entry(run_id: int, stream: str, finding: Finding) -> RunEntry:
    trouble = finding.trouble
    return RunEntry(
        run_id=run_id, stream=stream, action=SEVERITIES[trouble.severity][1],
        state=RunEntry.State.DONE, reason=trouble.code, left_id=finding.left_id or "",
        right_id=finding.right_id or "", label=finding.label[:300], detail=dict(trouble.detail),
        done_at=timezone.now(),
    )  # fmt: skip


def reconcile(
    integration: Integration,
    run_id: int,
    stream: str,
    findings: Sequence[Finding],
    *,
    unseen: Collection[str],
    writing: Collection[str],
    shown: Collection[str] | None = None,
) -> None:
    """Open, change and close the problems of one stream, with one history row for each.

    Problems of `unseen` records stay, and of all but the `shown` ones if that is given. Failures
    and decided conflicts of `writing` records stay until their write has an outcome.
    """
    wanted = {(finding.record, finding.trouble.code): finding for finding in findings}
    rows = Problem.objects.filter(integration=integration, stream=stream)
    known = {(row.record_id, row.code): row for row in rows}
    history = [
        finding_entry(run_id, stream, finding)
        for key, finding in wanted.items()
        if key not in known or _differs(known[key], finding)
    ]
    closed = [
        row for key, row in known.items()
        if key not in wanted
        and not _stays(row, unseen, writing)
        and (shown is None or record_of(row.record_id) in shown)
    ]  # fmt: skip
    history += [_closing(run_id, row) for row in closed]
    _store(integration, stream, wanted, known)
    _delete(closed)
    RunEntry.objects.bulk_create(history, batch_size=BATCH)


def _differs(row: Problem, finding: Finding) -> bool:
    trouble = finding.trouble
    return row.detail != dict(trouble.detail) or row.severity != trouble.severity.value


def _stays(row: Problem, unseen: Collection[str], writing: Collection[str]) -> bool:
    record = record_of(row.record_id)
    tried = row.severity == Problem.Severity.FAIL and row.attempts > 0
    return record in unseen or ((tried or bool(row.resolution)) and record in writing)


def _closing(run_id: int, row: Problem) -> RunEntry:
    kind, _bar, id = record_of(row.record_id).partition(":")
    return RunEntry(
        run_id=run_id, stream=row.stream, action=RunEntry.Action.RESOLVED,
        state=RunEntry.State.DONE, reason=row.code, label=row.label, detail=row.detail,
        left_id=id if kind == "L" else "", right_id=id if kind == "R" else "",
        done_at=timezone.now(),
    )  # fmt: skip


def _store(
    integration: Integration,
    stream: str,
    wanted: dict[tuple[str, str], Finding],
    known: dict[tuple[str, str], Problem],
) -> None:
    new: list[Problem] = []
    changed: list[Problem] = []
    for (record, code), finding in wanted.items():
        row = known.get((record, code)) or Problem(
            integration=integration, stream=stream, record_id=record, code=code
        )
        stale = row.pk is None or _differs(row, finding) or row.label != finding.label[:300]
        if row.detail != dict(finding.trouble.detail):
            row.resolution = ""
        row.severity = finding.trouble.severity.value
        row.detail = dict(finding.trouble.detail)
        row.label = finding.label[:300]
        if stale:
            (changed if row.pk else new).append(row)
    Problem.objects.bulk_create(new, batch_size=BATCH)
    fields = ["severity", "detail", "label", "resolution"]
    Problem.objects.bulk_update(changed, fields, batch_size=BATCH // 5)


def _delete(rows: Sequence[Problem]) -> None:
    ids = [row.pk for row in rows]
    for start in range(0, len(ids), BATCH):
        Problem.objects.filter(pk__in=ids[start : start + BATCH]).delete()


def fail(
    integration: Integration, row: RunEntry, record: str, code: str, detail: dict[str, Any]
) -> None:
    """A write that did not happen: one open problem; a history row only when it is news."""
    problem, new = Problem.objects.get_or_create(
        integration=integration, stream=row.stream, record_id=record, code=code,
        defaults={"severity": Problem.Severity.FAIL, "label": row.label, "detail": detail},
    )  # fmt: skip
    problem.detail = detail
    problem.attempts += 1
    problem.retry_at = next_try(problem.attempts, timezone.now())
    problem.save(update_fields=["detail", "attempts", "retry_at"])
    if not new:
        row.delete()
        return
    row.state, row.reason, row.detail = RunEntry.State.FAILED, code, detail
    row.plan, row.done_at = None, timezone.now()
    row.save()


def figures(run: SyncRun) -> tuple[dict[str, int], dict[str, int]]:
    """`counts` and `reasons` of a finished run: its own entries, and every problem that lasts."""
    counts = dict.fromkeys(NAMES, 0) | {"unchanged": run.counts.get("unchanged", 0)}
    done = RunEntry.objects.filter(run=run, state=RunEntry.State.DONE)
    for action, number in done.values_list("action").annotate(Count("id")).order_by():
        if name := COUNTED.get(RunEntry.Action(action)):
            counts[name] = number
    problems = Problem.objects.filter(integration=run.integration_id)
    for severity, number in problems.values_list("severity").annotate(Count("id")).order_by():
        counts[SEVERITIES[Severity(severity)][0]] = number
    counts["held"] = PendingDeletion.objects.filter(
        integration=run.integration_id, decision=PendingDeletion.Decision.PENDING
    ).count()
    by_code = problems.values_list("code").annotate(Count("id")).order_by("code")
    return counts, dict(by_code)


def preview(entries: Iterable[RunEntry], unchanged: int) -> tuple[dict[str, int], dict[str, int]]:
    """`counts` and `reasons` of a dry run: what would be done, and every problem there is."""
    counts = dict.fromkeys(NAMES, 0) | {"unchanged": unchanged}
    reasons: Counter[str] = Counter()
    names = COUNTED | {action: name for name, action in SEVERITIES.values()}
    for entry in entries:
        held = entry.state == RunEntry.State.HELD
        counts["held" if held else names[RunEntry.Action(entry.action)]] += 1
        if entry.action in [action for _name, action in SEVERITIES.values()]:
            reasons[entry.reason] += 1
    return counts, dict(sorted(reasons.items()))
