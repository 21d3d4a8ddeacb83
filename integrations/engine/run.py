"""One run from its claim to its figures: read → translate → plan → guard → apply → record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from integrations.engine import intents, ledger, planning, record
from integrations.engine.apply import Applier, HandOn, Refused, Stopped
from integrations.engine.blueprint import Blueprint
from integrations.engine.gateway import Gateway
from integrations.engine.lease import Lease, LeaseLost
from integrations.engine.planning import AccountChanged, Planned
from integrations.engine.read import Stage, read_all
from integrations.engine.stream import Listing, Reads
from integrations.engine.world import Identities
from integrations.models import Intent, RunEntry, SyncRun
from integrations.remote import RateLimited, RemoteError

log = logging.getLogger(__name__)

MAX_ROUNDS = 4
"""How often one run reads and plans: once, and again for what moved or stayed unknown."""
MAX_STOPS = 20
OPEN_STATES = (RunEntry.State.PLANNED, RunEntry.State.UNKNOWN)
READ_LIFE = timedelta(minutes=30)
"""Pages that had to wait longer than this for the rest of their list are read again."""
PLAN_LIFE = timedelta(minutes=10)
"""A plan that had to wait longer than this is made anew from fresh reads."""


@dataclass(frozen=True)
class Progress:
    """What a run tells while it works: `phase` is reading or writing, `done` of `total` (or
    None where the total is not known yet) for the source or record `what`."""

    phase: str
    what: str
    done: int
    total: int | None = None


Tell = Callable[[Progress], None]
Open = Callable[[SyncRun, Gateway], Blueprint]


def work(
    run_id: int, lease: Lease, open_blueprint: Open, tell: Tell, over: Callable[[], bool]
) -> None:
    """Work on a claimed run until it is finished, must wait, or the slice is over.

    Afterwards its status is a finished one, or queued with `not_before`. Raises LeaseLost when
    somebody else took over; then nothing of theirs was touched. Raises OperationalError when the
    database is away: the lease runs out and the run is resumed.
    """
    run = SyncRun.objects.select_related("integration__workspace").get(pk=run_id)
    worker = _Worker(run, lease, tell, over)
    try:
        worker.go(open_blueprint)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except (Stopped, RateLimited) as stop:
        worker.wait(stop)
    except HandOn:
        worker.suspend(timezone.now())
    except (Refused, AccountChanged, RemoteError, planning.NotAdmitted) as error:
        worker.abort(error)
    except Exception as error:
        code = getattr(error, "code", None)
        if not isinstance(code, str):
            log.exception("run %s failed", run_id)
            worker.finish("internal_error", type(error).__name__)
        else:
            worker.finish(code, str(error))


@dataclass
class _Worker:
    run: SyncRun
    lease: Lease
    tell: Tell
    over: Callable[[], bool]

    def __post_init__(self) -> None:
        dry = self.run.mode == SyncRun.Mode.DRY_RUN
        self.dry = dry
        self.gateway = Gateway(None if dry else self.lease)
        self.stage = Stage(self.run.pk, None if dry else self.lease)
        self.calls_before = dict(self.run.api_calls)

    # -- the phases ------------------------------------------------------------------------

    def go(self, open_blueprint: Open) -> None:
        blueprint = open_blueprint(self.run, self.gateway)
        if self.lease.crashed or self._plan_is_old() or self.stage.is_older(READ_LIFE):
            if self._got_on():
                self.run.rounds = self.run.stops = 0
            self._back_to_reading()
        while True:
            if self.run.phase == SyncRun.Phase.READ:
                self._read_and_plan(blueprint)
                if self.dry:
                    return
            if not self._apply(blueprint):
                self.finish()
                return
            self._back_to_reading()

    def _plan_is_old(self) -> bool:
        planned = self.run.planned_at
        writing = self.run.phase == SyncRun.Phase.APPLY
        return writing and (planned is None or timezone.now() - planned > PLAN_LIFE)

    def _got_on(self) -> bool:
        """Whether the plan was carried out in part: then the interruption does not count against
        the run, however often it happens."""
        done = RunEntry.objects.filter(run=self.run, state=RunEntry.State.DONE)
        planned = self.run.planned_at
        return planned is not None and done.filter(done_at__gt=planned).exists()

    def _back_to_reading(self) -> None:
        """Throw the rest of the plan away; what was carried out stays in the history."""
        with self.lease.commit():
            self._drop_plan()
            self.run.phase = SyncRun.Phase.READ
            self.run.save(update_fields=["phase", "rounds", "stops"])

    def _drop_plan(self) -> None:
        """Entries whose create may have happened stay until their intent is resolved."""
        rows = RunEntry.objects.filter(run=self.run, state__in=OPEN_STATES)
        sent = Intent.objects.filter(entry__run=self.run).values("entry")
        rows.filter(pk__in=sent).update(state=RunEntry.State.UNKNOWN)
        rows.exclude(pk__in=sent).delete()
        self.stage.clear()

    def _read_and_plan(self, blueprint: Blueprint) -> None:
        integration = self.run.integration
        self._wait_for_intents()
        first = integration.last_success_at is None and self.run.rounds == 0
        if first:
            if missing := blueprint.admit():
                raise planning.NotAdmitted(missing)
            if not self.dry:
                planning.note_tested(integration, blueprint)
        open_intents = Intent.objects.filter(integration=integration).exists()
        world = Identities(ledger.load_links(integration))
        reads: dict[str, Listing] = dict(
            read_all(blueprint.sources(open_intents), self.stage, self._reading)
        )
        if missing := blueprint.require(reads):
            raise planning.NotAdmitted(missing)
        self._check_account(blueprint, reads, world)
        if open_intents and not self.dry:
            intents.resolve(integration, self.lease, blueprint.streams, reads, world)
            world = Identities(ledger.load_links(integration))

        def read_more() -> Reads:
            nonlocal reads
            sources = blueprint.more_sources(reads, world)
            reads = {**reads, **dict(read_all(sources, self.stage, self._reading))}
            return reads

        patient = self._patient()
        planned = planning.plan_all(integration, blueprint, reads, world, patient, read_more)
        self._persist(planned, blueprint, reads)

    def _check_account(self, blueprint: Blueprint, reads: Reads, world: Identities) -> None:
        account = blueprint.account(reads, world)
        planning.check_account(self.run.integration, account, store=not self.dry)

    def _patient(self) -> bool:
        return self.run.trigger in (SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.WEBHOOK)

    def _wait_for_intents(self) -> None:
        """A killed client's request may still be carried out: look it up only when it cannot."""
        if self.dry:
            return
        last = Intent.objects.filter(integration=self.run.integration).order_by("-settled_at")
        open_intent = last.first()
        if open_intent is not None and open_intent.settled_at > timezone.now():
            seconds = (open_intent.settled_at - timezone.now()).total_seconds()
            raise Stopped(seconds, RemoteError(open_intent.side, "outcome unknown"))

    def _persist(self, planned: Planned, blueprint: Blueprint, reads: Reads) -> None:
        incomplete = [f"{name}: {listing.reason}" for name, listing in reads.items()
                      if not listing.complete]  # fmt: skip
        codes = [listing.reason for listing in reads.values() if not listing.complete]
        codes += planned.errors
        if self.dry:
            self._report(planned, blueprint, codes, incomplete)
            return
        with self.lease.commit():
            planning.persist(self.run, planned, blueprint)
            blueprint.learn(reads, planned.changes)
            run = self.run
            run.phase, run.planned_at, run.rounds = (
                SyncRun.Phase.APPLY, timezone.now(), run.rounds + 1,
            )  # fmt: skip
            run.again = planned.again
            run.counts = {"unchanged": planned.unchanged} | run.counts
            run.error_code = codes[0] if codes else ""
            run.error_detail = "; ".join(incomplete)
            self._note_calls()
            run.save()
            self.stage.clear()

    def _report(
        self, planned: Planned, blueprint: Blueprint, codes: Sequence[str], lines: Sequence[str]
    ) -> None:
        """A dry run's own rows: what would be done, and every problem there is."""
        entries = planning.preview(self.run, planned, blueprint)
        run = self.run
        run.counts, run.reasons = record.preview(entries, planned.unchanged)
        with self.lease.commit():
            RunEntry.objects.bulk_create(entries, batch_size=ledger.BATCH)
            self._end(codes[0] if codes else "", "; ".join(lines))

    def _apply(self, blueprint: Blueprint) -> bool:
        """Carry out the plan. True when another round of reading is needed."""
        applier = Applier(
            run=self.run,
            integration=self.run.integration,
            streams={stream.name: stream for stream in blueprint.streams},
            lease=self.lease,
            gateway=self.gateway,
            over=self.over,
            progress=self._writing(),
            concurrency=blueprint.concurrency,
        )
        applier.apply()
        unknown = Intent.objects.filter(integration=self.run.integration).exists()
        self.run.refresh_from_db(fields=["again"])
        return (self.run.again or unknown) and self.run.rounds < MAX_ROUNDS

    def _reading(self, source: str, number: int) -> None:
        self.tell(Progress("reading", source, number))

    def _writing(self) -> Callable[[RunEntry], None]:
        planned = RunEntry.objects.filter(run=self.run, state=RunEntry.State.PLANNED)
        total, done = planned.count(), 0

        def progress(row: RunEntry) -> None:
            nonlocal done
            done += 1
            self.tell(Progress("writing", row.label, done, total))

        return progress

    # -- the ends --------------------------------------------------------------------------

    def wait(self, stop: Stopped | RateLimited) -> None:
        """Go on later; give up when that happened too often."""
        seconds = stop.seconds if isinstance(stop, Stopped) else stop.retry_after
        error = stop.error if isinstance(stop, Stopped) else stop
        self.run.stops += 1
        if self.run.stops > MAX_STOPS or (self.dry and self.run.stops > 3):
            self.finish(error.code, str(error))
        else:
            self.suspend(timezone.now() + timedelta(seconds=max(seconds, 0.1)))

    def suspend(self, until: datetime) -> None:
        with self.lease.commit():
            self.run.status = SyncRun.Status.QUEUED
            self.run.not_before, self.run.sent_at = until, None
            self._note_calls()
            self.run.save(update_fields=["status", "not_before", "sent_at", "api_calls", "stops"])

    def abort(self, error: Exception) -> None:
        cause = error.error if isinstance(error, Refused) else error
        code = getattr(cause, "code", "internal_error")
        said = getattr(cause, "detail", "")
        vendor = getattr(cause, "vendor", "")
        self.finish(code, ": ".join(part for part in (vendor, said) if part) or str(cause))

    def finish(self, code: str = "", detail: str = "") -> None:
        """Write the figures and the final status."""
        with self.lease.commit():
            self._drop_plan()
            self.run.counts, self.run.reasons = record.figures(self.run)
            self._end(code or self.run.error_code, detail or self.run.error_detail)

    def _end(self, code: str, detail: str) -> None:
        run = self.run
        run.error_code, run.error_detail = code, detail
        run.status = _status(run.counts, code)
        run.finished_at, run.lease_until, run.not_before = timezone.now(), None, None
        self._note_calls()
        run.save()
        if not self.dry:
            _mark(run)

    def _note_calls(self) -> None:
        vendors = self.calls_before.keys() | self.gateway.calls.keys()
        self.run.api_calls = {
            vendor: self.calls_before.get(vendor, 0) + self.gateway.calls[vendor]
            for vendor in sorted(vendors)
        }


def _status(counts: dict[str, int], error: str) -> SyncRun.Status:
    """Where several hold: failed, held, with errors, in this order."""
    if error:
        return SyncRun.Status.FAILED
    if counts["held"]:
        return SyncRun.Status.HELD
    if counts["failed"] or counts["conflicts"]:
        return SyncRun.Status.SUCCEEDED_WITH_ERRORS
    return SyncRun.Status.SUCCEEDED


def _mark(run: SyncRun) -> None:
    """What the integration remembers of a run that went through."""
    if run.status == SyncRun.Status.FAILED:
        return
    integration = run.integration
    integration.last_success_at = run.finished_at
    fields = ["last_success_at"]
    if run.full:
        integration.last_full_at = run.finished_at
        fields.append("last_full_at")
    integration.save(update_fields=fields)
