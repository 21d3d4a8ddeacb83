"""Conflicts that were parked for a person, and what was decided about them (A13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from integrations import kinds
from integrations.engine.changes import fingerprint
from integrations.engine.stream import Which
from integrations.models import Integration, Problem


@dataclass(frozen=True)
class Conflict:
    """One field with both values as people read them. `token` names the row and the values that
    were shown; `decided` is the side that was chosen, "" for none."""

    token: str
    label: str
    field: str
    left: str
    right: str
    found_at: datetime
    decided: str


def parked(integration: Integration) -> QuerySet[Problem]:
    return Problem.objects.filter(
        integration=integration, code="conflict", severity=Problem.Severity.CONFLICT
    ).order_by("opened_at", "pk")


def moved(integration: Integration) -> QuerySet[Problem]:
    """Tasks that stand on different levels or in different projects (A2)."""
    return Problem.objects.filter(integration=integration, code="level_changed").order_by(
        "opened_at", "pk"
    )


def shown(integration: Integration, rows: Iterable[Problem]) -> list[Conflict]:
    kind = kinds.get(integration.kind)
    return [_conflict(kind, row) for row in rows]


def _conflict(kind: kinds.IntegrationKind, row: Problem) -> Conflict:
    name = row.detail["field"]
    left, right = (kind.describe_fields(row.stream, {name: row.detail[w]}) for w in Which)
    return Conflict(
        token=token_of(row),
        label=row.label or row.record_id,
        field=next(iter([*left, *right]), name),
        left=next(iter(left.values()), ""),
        right=next(iter(right.values()), ""),
        found_at=row.opened_at,
        decided=row.resolution,
    )


def token_of(row: Problem) -> str:
    return f"{row.pk}-{fingerprint(row.detail)[:16]}"


def decide(integration: Integration, keep: Which, tokens: Collection[str]) -> int:
    """Keep one side's values. Returns how many conflicts still are as they were shown: the
    others are left open."""
    with transaction.atomic():
        rows = parked(integration).select_for_update()
        same = [row.pk for row in rows if token_of(row) in tokens]
        Problem.objects.filter(pk__in=same).update(resolution=keep.value)
    return len(same)
