"""Hints: what awork's events say may have changed, folded, until a run has dealt with it (A16)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.models import Integration
from projects.cursors import oldest_page
from projects.models import Hint

BATCH = 500
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ABOUT = {**{kind.value: kind for kind in Hint.Kind}, "taskassignment": Hint.Kind.TASK}
"""By the first word of the event. Assignments are reported with their task."""


# -- what an event says ------------------------------------------------------------------------


def actor(event: Mapping[str, Any]) -> str:
    """Who caused it; "" where awork does not say."""
    return _id(_object(event, "triggeredBy").get("id"))


def hints_of(event: Mapping[str, Any]) -> list[Hint]:
    """The hints in an event, without integration; none in one that is about something else."""
    name = event.get("eventType")
    about, _, what = name.partition("_") if isinstance(name, str) else ("", "", "")
    kind, id = _ABOUT.get(about), _id(event.get("entityId"))
    if kind is None or not what or not id:
        return []
    gone = what == "deleted" and about == kind.value
    project = id if kind is Hint.Kind.PROJECT else _project(_object(event, "entity"))
    found = [Hint(kind=kind, entity=id, project=project, gone=gone)]
    if kind is Hint.Kind.TASK:
        found += [Hint(kind=Hint.Kind.PROJECT, entity=old, project=old) for old in _left(event)]
    return found


def _project(entity: Mapping[str, Any]) -> str:
    return _id(entity.get("projectId")) or _id(_object(entity, "project").get("id"))


def _left(event: Mapping[str, Any]) -> Iterator[str]:
    """The project that a task was moved out of."""
    changes = event.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, dict) and change.get("property") == "ProjectId":
            yield from filter(None, [_id(change.get("old"))])


def _object(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _id(value: Any) -> str:
    """A GUID in lower case, "" for everything else."""
    id = value.lower() if isinstance(value, str) else ""
    return id if _GUID.fullmatch(id) else ""


# -- keeping them ------------------------------------------------------------------------------


def keep(integration: Integration, hints: Sequence[Hint]) -> None:
    """Store hints; one about the same thing is folded into it. What was once deleted stays so,
    whatever late events say, and a project that was named once is remembered."""
    for hint in hints:
        hint.integration, hint.received_at = integration, timezone.now()
        told = [name for name in ("project", "gone") if getattr(hint, name)]
        Hint.objects.bulk_create(
            [hint],
            update_conflicts=True,
            unique_fields=["integration", "kind", "entity"],
            update_fields=["received_at", *told],
        )


# -- serving them ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hints:
    """What waits to be read again, as ids of awork. `projects` are those whose lists and tasks
    may differ, `absences` says that any may. `entries` have changed, `gone_entries` were reported
    as deleted. `seen` is for `served`."""

    projects: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    gone_entries: frozenset[str] = frozenset()
    absences: bool = False
    seen: Mapping[int, datetime] = field(default_factory=dict)


def pending(integration: Integration) -> Hints:
    """What a run that reads from now on can serve; to be asked before anything is read.

    A run that goes on with pages of before cannot serve what was reported since.
    """
    rows = Hint.objects.filter(integration=integration)
    if since := oldest_page(integration):
        rows = rows.filter(received_at__lt=since)
    return _sorted(list(rows))


def _sorted(rows: Sequence[Hint]) -> Hints:
    kinds = Hint.Kind

    def ids(kind: Hint.Kind, gone: bool | None = None) -> frozenset[str]:
        return frozenset(r.entity for r in rows if r.kind == kind and gone in (None, r.gone))

    return Hints(
        projects=frozenset(r.project for r in rows if r.project and r.kind != kinds.ENTRY),
        lists=ids(kinds.LIST),
        tasks=ids(kinds.TASK),
        entries=ids(kinds.ENTRY, gone=False),
        gone_entries=ids(kinds.ENTRY, gone=True),
        absences=bool(ids(kinds.ABSENCE)),
        seen={row.pk: row.received_at for row in rows},
    )


def served(hints: Hints, held: frozenset[str] = frozenset()) -> None:
    """Forget hints that were dealt with, except those that were reported again meanwhile and
    deleted entries that are `held`: their reportings still have to go. To be called in the
    transaction that stores what was concluded from them."""
    ids = sorted(hints.seen)
    others = Hint.objects.exclude(kind=Hint.Kind.ENTRY, entity__in=held & hints.gone_entries)
    for start in range(0, len(ids), BATCH):
        rows = others.select_for_update().filter(pk__in=ids[start : start + BATCH])
        now = dict(rows.values_list("pk", "received_at"))
        same = [id for id, at in now.items() if at == hints.seen[id]]
        Hint.objects.filter(pk__in=same).delete()
