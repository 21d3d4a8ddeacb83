"""How far the lists of changes were read (I13), and which projects need no reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from integrations.models import Integration, StagedPage
from integrations.vendors.hellohq.units import utc
from projects.models import Cursor

OVERLAP = 300.0
"""Seconds; at least what either vendor's client reads again before a cursor."""
SETTLED = "settled projects"
SWEPT, WHOLE = "time entries of the last weeks", "all linked projects"
STRANGE, JUDGED = "projects that could not be made", "absences by the hour"
EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Stamp:
    """A record of a list of changes: `version` is the stamp that the list is read by."""

    id: str
    version: str

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"


def seconds_of(version: str) -> float:
    """Position of a stamp in time: awork's ticks, or a UTC time. Only differences count."""
    if version.isdecimal():
        return int(version) / 10_000_000
    return utc(version).timestamp() if version else 0.0


def oldest_page(integration: Integration) -> datetime | None:
    """When the oldest page was read that a run of this integration goes on with, if any."""
    pages = StagedPage.objects.filter(run__integration=integration)
    oldest: datetime | None = pages.aggregate(oldest=Min("read_at"))["oldest"]
    return oldest


@dataclass
class Cursors:
    """The stored cursors of an integration, as they were when a run began to read."""

    integration: Integration
    rows: Mapping[str, Cursor] = field(default_factory=dict)

    @classmethod
    def load(cls, integration: Integration) -> Cursors:
        rows = Cursor.objects.filter(integration=integration)
        return cls(integration, {row.source: row for row in rows})

    def value(self, source: str) -> str:
        row = self.rows.get(source)
        return row.value if row else ""

    def exist(self, sources: Iterable[str]) -> bool:
        return all(source in self.rows for source in sources)

    def seen(self, source: str) -> frozenset[str]:
        row = self.rows.get(source)
        return frozenset(row.seen) if row else frozenset()

    def news(self, source: str, stamps: Iterable[Stamp]) -> set[str]:
        """Ids of the records that were not dealt with before."""
        seen = self.seen(source)
        return {stamp.id for stamp in stamps if stamp.name not in seen}

    def is_due(self, source: str) -> bool:
        """Whether what is done from time to time, and stored as `done`, is to be done again."""
        at = self.value(source)
        return not at or timezone.now() - datetime.fromisoformat(at) >= EVERY

    def done(self, source: str) -> None:
        self.store(source, timezone.now().isoformat())

    # -- storing, in the transaction that stores the plan ----------------------------------

    def advance(
        self, source: str, stamps: Collection[Stamp], held: Collection[str] = (), at: str = ""
    ) -> None:
        """Go on behind what was dealt with, or `at` a stamp before which all is known. Records
        that are `held` still have to be written: the cursor stops at the first of them."""
        waiting = [stamp.version for stamp in stamps if stamp.id in held]
        ends = [at] if at else [self.value(source), *(stamp.version for stamp in stamps)]
        value = min(waiting, key=seconds_of) if waiting else max(ends, key=seconds_of)
        since = seconds_of(value) - OVERLAP
        near = {s.name for s in stamps if seconds_of(s.version) >= since and s.id not in held}
        if not waiting:
            near |= {name for name in self.seen(source) if _position(name) >= since}
        self.store(source, value, near)

    def store(self, source: str, value: str, seen: Collection[str] = ()) -> None:
        old = self.rows.get(source)
        if old is None or (old.value, set(old.seen)) != (value, set(seen)):
            Cursor.objects.update_or_create(
                integration=self.integration, source=source,
                defaults={"value": value, "seen": sorted(seen)},
            )  # fmt: skip


def _position(name: str) -> float:
    return seconds_of(name.rpartition("@")[2])
