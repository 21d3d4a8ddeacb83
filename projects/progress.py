"""How far the reads of a run bring its cursors (I13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integrations.engine.changes import Change
from integrations.engine.stream import Reads
from integrations.models import Integration
from integrations.vendors.awork.contract import version_at
from integrations.vendors.values import utc_text
from projects import words
from projects.cursors import JUDGED, SETTLED, STRANGE, SWEPT, WHOLE, Stamp
from projects.ground import project_of
from projects.hints import served
from projects.words import ENTRIES, TASKS

if TYPE_CHECKING:
    from projects.reading import Reading


@dataclass(frozen=True)
class Progress:
    """To be told in the transaction that stores the plan."""

    reading: Reading

    def learn(self, reads: Reads, changes: Sequence[Change]) -> None:
        """Nothing counts as read unless everything was."""
        if not all(listing.complete for listing in reads.values()) or self._is_outdated():
            return
        reading, cursors = self.reading, self.reading.cursors
        held = frozenset(one.right_id or "" for one in changes if one.stream == ENTRIES)
        served(reading.hints, held)
        strange = reading.whole or reading.strange
        for name, done in ((WHOLE, reading.whole), (STRANGE, strange), (JUDGED, reading.judges)):
            if done:
                cursors.done(name)
        if not reading.has_tasks:
            return
        self._settle(reads, changes)
        for name in (words.HQ_TASKS_CHANGED, words.AW_TASKS_CHANGED, words.HQ_DELETED):
            self._advance(name, reads, whole=reading.whole)
        for name in (words.HQ_REPORTINGS, words.AW_ENTRIES_CHANGED):
            self._advance(name, reads, held, whole=reading.reads_all_times)
        if words.AW_ENTRIES in reads:
            cursors.done(SWEPT)

    def _is_outdated(self) -> bool:
        """The answers were changed meanwhile: with the new ones everything is read again."""
        rows = Integration.objects.filter(pk=self.reading.integration.pk)
        now = rows.values_list("settings", flat=True).get()
        return bool(now != self.reading.integration.settings)

    def _settle(self, reads: Reads, changes: Sequence[Change]) -> None:
        """A project is settled once it was read and nothing of it has to be written."""
        dirty, cursors = self.reading.dirty, self.reading.cursors
        open_ones = {_project_of(one) for one in changes if one.stream == TASKS}
        kept = self.reading.linked - dirty.keys()
        others = {name for name in cursors.seen(SETTLED) if name.partition("=")[0] in kept}
        settled = {
            settled_name(hq, awork, reads) for hq, awork in dirty.items() if hq not in open_ones
        }
        cursors.store(SETTLED, "", others | settled)

    def _advance(
        self, name: str, reads: Reads, held: frozenset[str] = frozenset(), *, whole: bool
    ) -> None:
        """A whole read brings a cursor to the time when it began."""
        stamps = [stamp(one) for source in self._sources_of(name) if source in reads
                  for one in reads[source].records]  # fmt: skip
        at = _now(name, self.reading.begun) if whole else ""
        self.reading.cursors.advance(name, stamps, held, at)

    def _sources_of(self, name: str) -> list[str]:
        """Where a list of changes, or what stands for it in a whole read, is to be found."""
        reading = self.reading
        if reading.whole and name == words.HQ_TASKS_CHANGED:
            return [words.HQ_TASKS + hq for hq in reading.dirty]
        if reading.whole and name == words.AW_TASKS_CHANGED:
            return [words.AW_TASKS + awork for awork in reading.dirty.values()]
        if reading.reads_all_times and name == words.AW_ENTRIES_CHANGED:
            return [words.AW_ENTRIES]
        return [name]


def _project_of(change: Change) -> str:
    for fields in (change.want, change.before, change.link.base if change.link else {}):
        if found := project_of(fields):
            return found
    return ""


def settled_name(hq: str, awork: str, reads: Reads) -> str:
    """awork tells of no deletion: another number of tasks is one of the traces."""
    count = next((p.tasks_count for p in reads[words.AW_PROJECTS].records if p.id == awork), None)
    return f"{hq}={count}"


def stamp(record: Any) -> Stamp:
    version = getattr(record, "version", "") or getattr(record, "updated_on", "")
    return Stamp(record.id, version or getattr(record, "deleted_on", ""))


def _now(name: str, at: datetime) -> str:
    """Our clock as a stamp of the system that keeps the list."""
    if name in (words.AW_TASKS_CHANGED, words.AW_ENTRIES_CHANGED):
        return str(version_at(at))
    return utc_text(at)
