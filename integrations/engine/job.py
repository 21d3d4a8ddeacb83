"""One planned entry on its way through its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.engine import books
from integrations.engine.changes import Action, Change
from integrations.engine.references import resolve
from integrations.engine.stream import Recipe, Step, Stream, Which, Write
from integrations.models import Integration, Intent, RunEntry, SyncRun
from integrations.remote import REQUEST_TIMEOUT, RemoteError

START_SECONDS = 5.0
"""How long after its intent a request may still start."""
STEP_SECONDS = 60.0
"""How long a step that makes nothing may go on starting requests; the run pauses after that."""
SETTLE = timedelta(seconds=START_SECONDS + REQUEST_TIMEOUT)


@dataclass
class Job:
    """One entry on its way: its steps and how far it got. `written` are the fields that are at
    the remote by now, `wrote` those of the last step."""

    row: RunEntry
    change: Change
    stream: Stream
    recipe: Recipe
    marker: str
    link_id: int | None
    at: int = 0
    missing: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    wrote: frozenset[str] = frozenset()
    restoring: RemoteError | None = None
    intent: Intent | None = None
    notes: list[Any] = field(default_factory=list)

    @property
    def step(self) -> Step:
        if self.restoring is not None and self.recipe.restore is not None:
            return self.recipe.restore
        return self.recipe.steps[self.at]

    @property
    def last(self) -> bool:
        return self.restoring is not None or self.at == len(self.recipe.steps) - 1


def make_write(
    change: Change, stream: Stream, lookup: books.Partners, marker: str
) -> tuple[Write, frozenset[str]]:
    """The write in the ids of its side, and the optional fields that lack a record; a list that
    lacks some is written without them. A record that is made again has no id yet.

    Raises Unresolved when a record that it needs does not exist on its side.
    """
    target = change.side
    want, missing = resolve(stream, change.want, target, lookup.partner)
    before, _unknown = resolve(stream, change.before, target, lookup.partner, needed=False)
    id = None if change.action is Action.CREATE else change.id_on(target)
    changed = frozenset(n for n in change.after if n not in missing or isinstance(want[n], list))
    return Write(change.action.value, id, want, before, changed, marker), missing


def _sent(job: Job) -> dict[str, Any]:
    """What the remote holds once the create was carried out."""
    fields = job.change.before if job.restoring is not None else job.change.want
    writes = job.step.writes
    return {name: value for name, value in fields.items() if writes is None or name in writes}


def make_intent(run: SyncRun, integration: Integration, job: Job) -> Intent:
    """Store that a create is about to be sent. Committed before the request starts."""
    change, now = job.change, timezone.now()
    to_right = change.side is Which.RIGHT
    restoring = job.restoring is not None
    version = change.left_version if to_right else change.right_version
    return Intent.objects.create(
        integration=integration, run=run, stream=change.stream,
        side=change.side.value, marker=job.marker, link_id=job.link_id,
        entry=None if restoring else job.row,
        source_id=(change.left_id if to_right else change.right_id) or "",
        source_alias=change.left_alias, label=change.label[:300],
        fields=_sent(job),
        source_version="" if restoring else version,
        sent_at=now, settled_at=now + SETTLE,
    )  # fmt: skip
