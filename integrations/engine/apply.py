"""Carrying out the planned entries of a run, wave by wave, each change its own short transaction.

Requests are sent from a few threads; only the calling thread touches the database.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils import timezone

from integrations.engine import books, ledger, record
from integrations.engine.changes import (
    FOREIGN,
    REMOVALS,
    WITHDRAWN,
    Action,
    Change,
)
from integrations.engine.gateway import Gateway
from integrations.engine.job import START_SECONDS, STEP_SECONDS, Job, make_intent, make_write
from integrations.engine.lease import Lease, LeaseLost
from integrations.engine.references import Unresolved, canonical
from integrations.engine.stream import LinkState, Outcome, Recipe, Stream
from integrations.models import Integration, Intent, RunEntry, SyncRun
from integrations.remote import (
    AuthFailed,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RemoteError,
    Unavailable,
    WriteRefused,
)

log = logging.getLogger(__name__)
CHUNK = 200
SURE = (WITHDRAWN, FOREIGN)
"""Removals that do not rest on absence from a list, so that nobody needs to be asked again."""
RETRY_SECONDS = 30.0


class Stopped(Exception):
    """The remote wants no more requests now: go on in `seconds`. `error` says why."""

    def __init__(self, seconds: float, error: RemoteError) -> None:
        super().__init__(error.code)
        self.seconds = seconds
        self.error = error


class Refused(Exception):
    """The credentials no longer suffice: nothing of this run can be written any more."""

    def __init__(self, error: RemoteError) -> None:
        super().__init__(error.code)
        self.error = error


class HandOn(Exception):
    """The slice is over; the rest of the run goes on in another one."""


class _Confirmed(StrEnum):
    GONE = "gone"
    STILL_THERE = "still_there"


def _ripples(stream: Stream, change: Change) -> bool:
    """Whether others may read differently now: what a new record brought along, or those that
    have other parents, children or levels."""
    if change.action is Action.CREATE:
        return stream.begins_others or bool(stream.parent and change.link)
    return bool(stream.parent) and (change.action in REMOVALS or stream.parent in change.after)


@dataclass
class Applier:
    """Applies one run's planned entries.

    An entry that cannot be applied as planned (its link or record moved) makes the run read and
    plan once `again`. `over()` tells that the slice is over.
    """

    run: SyncRun
    integration: Integration
    streams: dict[str, Stream]
    lease: Lease
    gateway: Gateway
    over: Callable[[], bool]
    progress: Callable[[RunEntry], None]
    concurrency: int = 4
    stop: Exception | None = None

    def apply(self) -> None:
        """Apply everything that is planned. Raises Stopped, Refused, HandOn or LeaseLost; what
        was sent until then is committed."""
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="apply") as pool:
            while rows := self._next_rows():
                self._apply_rows(rows, pool)
                if self.stop is not None:
                    raise self.stop

    def _next_rows(self) -> list[RunEntry]:
        """The next rows that may run side by side: all of the lowest position."""
        planned = RunEntry.objects.filter(run=self.run, state=RunEntry.State.PLANNED)
        first = planned.order_by("position", "id").first()
        if first is None:
            return []
        return list(planned.filter(position=first.position).order_by("id")[:CHUNK])

    def _apply_rows(self, rows: Sequence[RunEntry], pool: ThreadPoolExecutor) -> None:
        links = books.links_of(rows)
        lookup = books.Partners(self.integration)
        queue = list(rows)
        running: dict[Future[Any], Job | tuple[RunEntry, Change]] = {}
        while queue or running:
            while queue and len(running) < self.concurrency and not self._stopping():
                self._begin(queue.pop(0), links, lookup, pool, running)
            if not running:
                return
            done, _pending = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                self._finish(future, running.pop(future), lookup, pool, running)

    def _stopping(self) -> bool:
        if self.stop is None and self.over():
            self.stop = HandOn()
        return self.stop is not None

    # -- one entry -------------------------------------------------------------------------

    def _begin(
        self,
        row: RunEntry,
        links: dict[int, LinkState],
        lookup: books.Partners,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        change = ledger.load(row, links)
        stream = self.streams[row.stream]
        if not books.still_fits(row, change) or books.blocked(self.integration, change):
            self._drop(row)
        elif change.action in REMOVALS and change.reason not in SURE:
            source = stream.side(change.side.other)
            id = change.id_on(change.side.other) or ""
            future = pool.submit(_confirm, source.confirm_gone, id, change.left_alias)
            running[future] = (row, change)
        else:
            self._start(row, change, stream, lookup, pool, running)

    def _start(
        self,
        row: RunEntry,
        change: Change,
        stream: Stream,
        lookup: books.Partners,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        marker = uuid.uuid4().hex
        change = lookup.renewed(change, stream)
        try:
            write, missing = make_write(change, stream, lookup, marker)
            waits = bool(missing) and not write.changed
            recipe = Recipe([]) if waits else stream.side(change.side).recipe(write)
        except Unresolved as error:
            if Intent.objects.filter(run=self.run).exists():
                self._drop(row)  # it may refer to a record whose create is still unknown
                return
            self._fail(row, change, "parent_missing", {"reference": str(error)})
            return
        except Exception as error:  # noqa: BLE001  logged; the other records go on (G8)
            self._broken(row, change, error)
            return
        if not recipe.steps:  # all of it waits for other records, whose own trouble is reported
            with self.lease.commit():
                row.delete()
            return
        link_id = change.link.id if change.link else None
        job = Job(row, change, stream, recipe, marker, link_id, missing=missing)
        if job.link_id is None:
            job.link_id = lookup.link_id(change)
        self._submit(job, pool, running)

    def _submit(self, job: Job, pool: ThreadPoolExecutor, running: dict[Future[Any], Any]) -> None:
        """Send the job's next step; a create only after its intent is committed, and not much
        later: what became of it is looked up at the time that the intent names."""
        if job.step.creates:
            with self.lease.commit():
                job.intent = make_intent(self.run, self.integration, job)
        seconds = START_SECONDS if job.step.creates else STEP_SECONDS
        running[pool.submit(self.gateway.send, job.step, time.monotonic() + seconds)] = job

    # -- what came back --------------------------------------------------------------------

    def _finish(
        self,
        future: Future[Any],
        what: Job | tuple[RunEntry, Change],
        lookup: books.Partners,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        error = future.exception()
        if isinstance(what, tuple):
            self._confirmed(*what, future, error, lookup, pool, running)
        elif error is None:
            self._advance(what, future.result(), lookup, pool, running)
        else:
            self._recover(what, error, pool, running)

    def _confirmed(
        self,
        row: RunEntry,
        change: Change,
        future: Future[Any],
        error: BaseException | None,
        lookup: books.Partners,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        """The source's own word about a record that is to be removed at the target (I7)."""
        if isinstance(error, RateLimited):
            self.stop = self.stop or Stopped(error.retry_after, error)
        elif isinstance(error, AuthFailed):
            self.stop = self.stop or Refused(error)
        elif isinstance(error, RemoteError):
            self._fail(row, change, "delete_unconfirmed", {"error": error.code})
        elif error is not None:
            raise error
        elif future.result() is _Confirmed.STILL_THERE:
            code = self.streams[row.stream].still_there
            self._fail(row, change, code, {"error": "still_there"})
        else:
            self._start(row, change, self.streams[row.stream], lookup, pool, running)

    def _advance(
        self,
        job: Job,
        outcome: Outcome,
        lookup: books.Partners,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        """Commit a step that was carried out, and go on with the next."""
        step = job.step
        job.wrote = frozenset()
        if not outcome.adopted:
            wrote = step.writes if step.writes is not None else frozenset(job.change.want)
            job.wrote = wrote - job.missing
            job.written |= job.wrote
        job.notes.extend(outcome.notes)
        taken = outcome.adopted and books.is_taken(self.integration, job.change, outcome)
        with self.lease.commit():
            if job.intent is not None:
                job.intent.delete()
                job.intent = None
            if not taken:
                self._commit(job, outcome, lookup)
                if job.last:
                    self._close(job, outcome)
        if taken:
            self._fail(job.row, job.change, "ambiguous_match", {"candidates": [outcome.id]})
        elif job.last:
            self.progress(job.row)
        else:
            job.at += 1
            self._submit(job, pool, running)

    def _commit(self, job: Job, outcome: Outcome, lookup: books.Partners) -> None:
        change = job.change
        if change.action in REMOVALS:
            if job.last:
                books.removed(job.link_id, change, outcome)
        elif outcome.id is None:
            books.lose(job.link_id, change.side)
        else:
            fields = canonical(job.stream, outcome.fields or {}, lookup)
            job.link_id = books.write_link(
                self.integration, change, job.link_id, outcome, fields,
                stream=job.stream, written=job.written, now=job.wrote, complete=job.last,
                restored=job.restoring is not None,
            )  # fmt: skip
            if outcome.carried:
                books.carry(self.integration, change, job.stream, outcome, lookup)
            lookup.remember(change, outcome.id, job.link_id)
            job.change = named = books.named(change, outcome.id)
            ledger.rename_problems(self.integration, change.stream, change.record, named.record)
            if outcome.adopted or outcome.again:
                SyncRun.objects.filter(pk=self.run.pk).update(again=True)

    def _close(self, job: Job, outcome: Outcome) -> None:
        """The last step is done: the entry becomes history, its problems are settled."""
        row, change = job.row, job.change
        if job.restoring is not None:
            detail = {"error": job.restoring.detail, "restored": True}
            record.fail(self.integration, row, change.record, job.restoring.code, detail)
            return
        row.state, row.plan, row.done_at = RunEntry.State.DONE, None, timezone.now()
        row.reason = outcome.retired or row.reason
        row.left_id, row.right_id = change.left_id or "", change.right_id or ""
        row.save(update_fields=["state", "plan", "done_at", "reason", "left_id", "right_id"])
        if _ripples(job.stream, change):
            SyncRun.objects.filter(pk=self.run.pk).update(again=True)
        ledger.close_problems(self.integration, row.stream, change.record)

    # -- what went wrong -------------------------------------------------------------------

    def _recover(
        self,
        job: Job,
        error: BaseException,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        if isinstance(error, OutcomeUnknown):
            self._unknown(job)
            return
        if isinstance(error, LeaseLost | WriteRefused):
            self.stop = self.stop or error
        if isinstance(error, LeaseLost):
            return  # nothing may be committed; the intent stays for whoever comes next
        with self.lease.commit():
            if job.intent is not None:
                job.intent.delete()
                job.intent = None
        if isinstance(error, RateLimited):
            self._give_back(job, Stopped(error.retry_after, error))
        elif isinstance(error, Unavailable):
            self._give_back(job, Stopped(RETRY_SECONDS, error))
        elif isinstance(error, AuthFailed | Forbidden):
            self._give_back(job, Refused(error))
        elif isinstance(error, NotFound):
            self._drop(job.row)
        elif isinstance(error, RemoteError):
            self._refused(job, error, pool, running)
        elif not isinstance(error, WriteRefused):
            self._broken(job.row, job.change, error)

    def _broken(self, row: RunEntry, change: Change, error: BaseException) -> None:
        """A mistake of ours with one record; the others go on (G8)."""
        log.error("writing entry %s of %s failed", row.pk, row.stream, exc_info=error)
        self._fail(row, change, "internal_error", {"error": type(error).__name__})

    def _give_back(self, job: Job, stop: Exception) -> None:
        """The request had no effect. A half-done job is planned anew, the others stay planned."""
        self.stop = self.stop or stop
        if job.at > 0:
            self._drop(job.row)

    def _refused(
        self,
        job: Job,
        error: RemoteError,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Any],
    ) -> None:
        """The remote said no. If the old record is gone already, put it back."""
        if job.restoring is not None:
            detail = {"error": job.restoring.detail, "restore": error.detail}
            self._fail(job.row, job.change, "target_missing", detail)
        elif job.recipe.restore is not None and job.step.creates:
            job.restoring = error
            self._submit(job, pool, running)
        else:
            self._fail(job.row, job.change, error.code, {"error": error.detail})

    def _unknown(self, job: Job) -> None:
        """A create waits for its look-up; anything else is read again and planned anew."""
        if job.intent is None:
            self._drop(job.row)
            return
        with self.lease.commit():
            job.row.state = RunEntry.State.UNKNOWN
            job.row.save(update_fields=["state"])

    def _fail(self, row: RunEntry, change: Change, code: str, detail: dict[str, Any]) -> None:
        with self.lease.commit():
            record.fail(self.integration, row, change.record, code, detail)
        self.progress(row)

    def _drop(self, row: RunEntry) -> None:
        with self.lease.commit():
            SyncRun.objects.filter(pk=self.run.pk).update(again=True)
            row.delete()


def _confirm(confirm_gone: Callable[[str, str], bool], id: str, alias: str) -> _Confirmed:
    return _Confirmed.GONE if confirm_gone(id, alias) else _Confirmed.STILL_THERE
