"""What the dashboard and the integration's page say about an integration, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from integrations import reasons
from integrations.admin import control
from integrations.admin.present import (
    INTEGRATION_COLOURS,
    RUN_COLOURS,
    Badge,
    Direction,
    ReasonCount,
    change,
    changelist,
    count_badges,
    direction,
    duration_text,
    kind_title,
)
from integrations.models import Integration, PendingDeletion, Problem, RunEntry, SyncRun
from integrations.scope import Action, may

THROUGH = frozenset(set(RunEntry.State.values) - {RunEntry.State.PLANNED})


@dataclass(frozen=True)
class Progress:
    """How far an unfinished run is. `total` is 0 while it still reads."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class RunCard:
    run: SyncRun
    colour: str
    url: str
    badges: list[Badge]
    duration: str
    progress: Progress | None = None
    error: reasons.Reason | None = None


@dataclass(frozen=True)
class Card:
    """One integration. `problems` and `pending_url` carry links only for those who may follow."""

    integration: Integration
    title: str
    direction: Direction | None
    colour: str
    url: str
    pause: reasons.Reason | None
    unfinished: RunCard | None
    last: RunCard | None
    problems: list[ReasonCount]
    problem_total: int
    problem_url: str
    pending: int
    pending_url: str
    verbs: list[control.Verb] = field(default_factory=list)


def with_runs(queryset: QuerySet[Integration]) -> QuerySet[Integration]:
    """Annotated with the ids of the newest finished and of the unfinished run."""
    runs = SyncRun.objects.filter(integration=OuterRef("pk")).order_by("-id").values("id")
    return queryset.annotate(
        last_run=Subquery(runs.exclude(status__in=SyncRun.UNFINISHED)[:1]),
        unfinished_run=Subquery(runs.filter(status__in=SyncRun.UNFINISHED)[:1]),
    )


def cards(request: HttpRequest, queryset: QuerySet[Integration]) -> list[Card]:
    """The cards of the integrations of `queryset`, which is already scoped."""
    rows: Sequence[Any] = list(with_runs(queryset).select_related("workspace"))
    runs = _runs(rows)
    figures = progress(run.pk for run in runs.values() if run.status == SyncRun.Status.RUNNING)
    problems = _problems(rows)
    pending = _pending(rows)
    return [_card(request, row, runs, figures, problems[row.pk], pending) for row in rows]


def _runs(rows: Sequence[Any]) -> dict[int, SyncRun]:
    ids = {pk for row in rows for pk in (row.last_run, row.unfinished_run) if pk}
    return SyncRun.objects.defer("api_calls", "error_detail").in_bulk(ids)


def progress(run_ids: Iterable[int]) -> dict[int, Progress]:
    """Entries that are through, and all, by run id."""
    states: dict[int, dict[str, int]] = defaultdict(dict)
    rows = RunEntry.objects.filter(run__in=list(run_ids)).order_by()
    for run, state, number in rows.values_list("run", "state").annotate(n=Count("pk")):
        states[run][state] = number
    return {
        run: Progress(sum(n for state, n in by.items() if state in THROUGH), sum(by.values()))
        for run, by in states.items()
    }


def _problems(rows: Sequence[Any]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    counted = (
        Problem.objects.filter(integration__in=[row.pk for row in rows])
        .values("integration", "code")
        .annotate(n=Count("pk"))
        .order_by("-n", "code")
    )
    for row in counted:
        found[row["integration"]].append((row["code"], row["n"]))
    return found


def _pending(rows: Sequence[Any]) -> dict[int, int]:
    waiting = PendingDeletion.objects.filter(
        integration__in=[row.pk for row in rows], decision=PendingDeletion.Decision.PENDING
    )
    return dict(waiting.order_by().values_list("integration").annotate(n=Count("pk")))


def _card(
    request: HttpRequest,
    row: Any,
    runs: dict[int, SyncRun],
    figures: dict[int, Progress],
    problems: list[tuple[str, int]],
    pending: dict[int, int],
) -> Card:
    reads = may(request.user, Action.READ, row)
    where = {"integration": str(row.pk)}
    paused = row.state == Integration.State.PAUSED
    last = runs.get(row.last_run)
    return Card(
        integration=row,
        title=kind_title(row.kind),
        direction=direction(row.kind),
        colour=INTEGRATION_COLOURS[Integration.State(row.state)],
        url=change(row),
        pause=reasons.describe(row.pause_reason) if paused and row.pause_reason else None,
        unfinished=run_card(runs.get(row.unfinished_run), figures, links=reads),
        last=run_card(last, figures, links=reads),
        problems=[
            ReasonCount(
                reasons.describe(code),
                n,
                changelist(Problem, {**where, "code": code}) if reads else "",
            )
            for code, n in problems
        ],
        problem_total=sum(n for _code, n in problems),
        problem_url=changelist(Problem, where) if reads else "",
        pending=pending.get(row.pk, 0),
        pending_url=changelist(PendingDeletion, {**where, "decision__exact": "pending"})
        if reads
        else "",
        verbs=control.offered(request, row, last.error_code if last else ""),
    )


def run_card(run: SyncRun | None, figures: dict[int, Progress], *, links: bool) -> RunCard | None:
    if run is None:
        return None
    writing = run.phase == SyncRun.Phase.APPLY
    return RunCard(
        run=run,
        colour=RUN_COLOURS[SyncRun.Status(run.status)],
        url=change(run),
        badges=count_badges(run, links=links),
        duration=duration_text(run),
        progress=figures.get(run.pk, Progress(0, 0)) if writing else Progress(0, 0),
        error=reasons.describe(run.error_code) if run.error_code else None,
    )


def totals(queryset: QuerySet[Integration]) -> dict[str, int]:
    """Figures above the cards, over all visible integrations."""
    states = dict(queryset.order_by().values_list("state").annotate(n=Count("pk")))
    return {
        "active": states.get(Integration.State.ACTIVE, 0),
        "paused": states.get(Integration.State.PAUSED, 0),
        "prepared": states.get(Integration.State.PREPARED, 0),
        "problems": Problem.objects.filter(integration__in=queryset.values("pk")).count(),
        "pending": PendingDeletion.objects.filter(
            integration__in=queryset.values("pk"), decision=PendingDeletion.Decision.PENDING
        ).count(),
    }


def ordered(queryset: QuerySet[Integration]) -> QuerySet[Integration]:
    return queryset.order_by(F("workspace__name"), "kind")
