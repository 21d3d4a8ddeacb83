"""Reading: pages into listings, each staged with its run, each ending in a plain statement."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone
from pydantic import TypeAdapter

from integrations.engine.lease import Lease
from integrations.engine.stream import Listing, Source
from integrations.models import StagedPage
from integrations.remote import InconsistentList, Malformed, Page, RateLimited, RemoteError

log = logging.getLogger(__name__)


@cache
def _adapter(record: Any) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[record])


@dataclass
class _Gathering:
    records: list[Any] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    number: int = 0
    cursor: str = ""
    total: int | None = None

    def add(self, page: Page[Any]) -> None:
        self.records.extend(page.records)
        self.malformed.extend(page.malformed)
        self.number += 1
        self.cursor = page.cursor
        self.total = page.total


class Stage:
    """Keeps complete pages with the run. Without a lease (dry runs) nothing is kept."""

    def __init__(self, run_id: int, lease: Lease | None) -> None:
        self.run_id = run_id
        self.lease = lease

    def load(self, source: Source) -> _Gathering:
        gathered = _Gathering()
        adapter = _adapter(source.record)
        rows = StagedPage.objects.filter(run=self.run_id, source=source.name).order_by("number")
        for row in rows.iterator(chunk_size=20):
            if row.number != gathered.number:
                self.forget(source)
                return _Gathering()
            malformed = [Malformed(**part) for part in row.malformed]
            records = adapter.validate_python(row.records)
            gathered.add(Page(records, row.cursor, row.total, malformed))
        return gathered

    def keep(self, source: Source, number: int, page: Page[Any]) -> None:
        if self.lease is None:
            return
        dump = _adapter(source.record).dump_python(list(page.records), mode="json")
        with self.lease.commit():
            StagedPage.objects.create(
                run_id=self.run_id,
                source=source.name,
                number=number,
                cursor=page.cursor,
                total=page.total,
                records=dump,
                malformed=[{"id": m.id, "detail": m.detail} for m in page.malformed],
            )

    def is_older(self, age: timedelta) -> bool:
        """Whether the first page that is kept was read longer ago than that."""
        old = StagedPage.objects.filter(run=self.run_id, read_at__lt=timezone.now() - age)
        return old.exists()

    def forget(self, source: Source) -> None:
        if self.lease is not None:
            with self.lease.commit():
                StagedPage.objects.filter(run=self.run_id, source=source.name).delete()

    def clear(self) -> None:
        StagedPage.objects.filter(run=self.run_id).delete()


def gather(source: Source, stage: Stage, progress: Callable[[str, int], None]) -> Listing:
    """Read a source to its end, going on behind what was staged already.

    A list that contradicts itself is read once more: it may have been edited while it was paged.
    Any other remote error makes the listing incomplete and names its code; only RateLimited
    passes through, because the run then waits and goes on with the next page.
    """
    try:
        return _gather_once(source, stage, progress)
    except InconsistentList:
        stage.forget(source)
    try:
        return _gather_once(source, stage, progress)
    except InconsistentList as error:
        return Listing((), False, error.code, error.detail)


def _gather_once(source: Source, stage: Stage, progress: Callable[[str, int], None]) -> Listing:
    gathered = stage.load(source)
    try:
        if not gathered.number or gathered.cursor:
            for page in source.pages(gathered.cursor):
                stage.keep(source, gathered.number, page)
                gathered.add(page)
                progress(source.name, len(gathered.records))
        _check_total(source, gathered)
    except (RateLimited, InconsistentList):
        raise
    except RemoteError as error:
        log.warning("reading %s stopped: %s %s", source.name, error.code, error)
        return Listing(gathered.records, False, error.code, error.detail, gathered.malformed)
    return Listing(gathered.records, True, malformed=gathered.malformed)


def _check_total(source: Source, gathered: _Gathering) -> None:
    """The remote's own total must match the distinct ids that were seen."""
    seen = {source.id_of(record) for record in gathered.records}
    seen.update(part.id for part in gathered.malformed)
    if gathered.total is not None and gathered.total != len(seen):
        detail = f"{source.name}: {len(seen)} of {gathered.total} records"
        raise InconsistentList(source.vendor, detail)


def read_all(
    sources: Sequence[Source], stage: Stage, progress: Callable[[str, int], None]
) -> Iterator[tuple[str, Listing]]:
    for source in sources:
        yield source.name, gather(source, stage, progress)
