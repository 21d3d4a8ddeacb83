"""What a run of hellohq-awork reads, and how far that brings its cursors (A16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone

from absences.awork import needs_hours
from absences.full_days import Setting
from integrations.engine.stream import Reads, Source, Which, World
from integrations.models import Integration, Problem
from integrations.remote import Page
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.records import (
    Absence,
    Account,
    Company,
    FieldDefinition,
    ProjectTemplate,
    TaskList,
    TaskStatus,
    TimeEntry,
    TypeOfWork,
)
from integrations.vendors.awork.records import Project as AworkProject
from integrations.vendors.awork.records import Task as AworkTask
from integrations.vendors.awork.records import User as AworkUser
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import (
    Company as HqCompany,
)
from integrations.vendors.hellohq.project_records import (
    Deletion,
    Project,
    ProjectStatus,
    Reporting,
    Task,
    TaskType,
)
from integrations.vendors.hellohq.project_records import ProjectTemplate as HqTemplate
from integrations.vendors.hellohq.records import Subsystem, User, UserWithAbsences, WorkingHours
from integrations.vendors.hellohq.units import utc
from projects import words
from projects.awork_entries import AworkEntries
from projects.cursors import JUDGED, SETTLED, STRANGE, SWEPT, WHOLE, Cursors, oldest_page
from projects.entries import MOST_SINGLES
from projects.ground import Ground, project_of, sources_of
from projects.hints import Hints, pending
from projects.progress import settled_name, stamp
from projects.project_sides import pairs_to_adopt
from projects.sources import near, once, optional, source, unless_gone, without_absences
from projects.words import ENTRIES, PROJECTS, TASKS

WINDOW = timedelta(days=45)
"""How far back a normal run looks for deleted time entries."""
CLOCKS = timedelta(minutes=15)
"""How far a remote's clock may be from ours, and how late a change may become visible."""
HOURS = "hellohq working hours "
CHANGES = (
    words.HQ_TASKS_CHANGED, words.HQ_DELETED, words.HQ_REPORTINGS, words.AW_TASKS_CHANGED,
    words.AW_ENTRIES_CHANGED,
)  # fmt: skip
Record = Any


class Reading:
    """One run's reads. A `brief` one reads the projects in which something happened; any other
    all linked ones. A `full` one also reads all time entries and reportings."""

    def __init__(
        self, integration: Integration, ground: Ground, absences: Setting, hellohq: HelloHqClient,
        awork: AworkClient, *, full: bool, brief: bool, dry: bool,
    ) -> None:  # fmt: skip
        self.integration, self.ground, self.config = integration, ground, ground.config
        self.absences, self.hellohq, self.awork = absences, hellohq, awork
        self.cursors = Cursors.load(integration)
        self.hints = Hints()
        self.dry = dry
        self.awork_entries: AworkEntries | None = None
        self.dirty: dict[str, str] = {}
        self.linked: frozenset[str] = frozenset()
        self.future: set[str] = set()
        self.strange = False
        self.begun = timezone.now() - CLOCKS
        known = not self.has_tasks or self.cursors.exist(CHANGES)
        self.full = full or not known
        self.brief = brief and known and not self._waits_for_whole()
        self.stale = False

    @property
    def has_tasks(self) -> bool:
        return self.config.answers.tasks_and_time_entries

    @property
    def judges(self) -> bool:
        """Whether working hours are read: only they tell whether hours are whole days."""
        return self.whole or self.cursors.is_due(JUDGED)

    def _waits_for_whole(self) -> bool:
        """Records that were refused are tried again, and decided conflicts are settled; where
        they are, only a whole read tells."""
        if not self.cursors.is_due(WHOLE):
            return False
        due = Q(retry_at__lte=timezone.now()) | ~Q(resolution="")
        return Problem.objects.filter(due, integration=self.integration).exists()

    @property
    def whole(self) -> bool:
        """Whether the tasks of all linked projects are read."""
        return self.stale or not self.brief

    @property
    def reads_all_times(self) -> bool:
        """Whether all time entries and reportings are read."""
        return self.full or self.stale

    @property
    def window_from(self) -> date:
        """The first UTC day of the time entries that are all read."""
        first = self.config.entries_from - timedelta(days=1)
        return first if self.reads_all_times else max(self.config.today - WINDOW, first)

    # -- what every run reads --------------------------------------------------------------

    def sources(self, stale: bool) -> list[Source]:
        self.stale, self.cursors = stale, Cursors.load(self.integration)
        self.begun = (oldest_page(self.integration) or timezone.now()) - CLOCKS
        self.hints = pending(self.integration)
        hq, aw = self.hellohq, self.awork
        sources = [
            source(words.HQ_SUBSYSTEMS, "hellohq", Subsystem, optional(hq.subsystems)),
            source(words.HQ_USERS, "hellohq", User, lambda c: hq.users(True, c)),
            source(words.HQ_ACTIVE, "hellohq", UserWithAbsences, self._active),
            source(words.HQ_PROJECTS, "hellohq", Project, lambda c: hq.projects.changed("", c)),
            source(words.HQ_STATUSES, "hellohq", ProjectStatus, once(hq.projects.statuses)),
            Source(words.AW_ME, "awork", Account, once(lambda: [aw.directory.me()]), repr),
            source(words.AW_USERS, "awork", AworkUser, aw.directory.users),
            source(words.AW_PROJECTS, "awork", AworkProject, aw.projects.all),
        ]
        if stale:
            sources.append(Source(words.HQ_ME, "hellohq", str, optional(lambda: [hq.me()]), str))
        if self.config.answers.absences:
            sources.append(source(words.AW_ABSENCES, "awork", Absence, aw.absences.all))
        if self.has_tasks:
            sources += [*self._changed_tasks(), *self._times()]
        return sources

    @property
    def _active(self) -> Callable[[str], Iterator[Page[UserWithAbsences]]]:
        wanted, hq = self.config.answers.absences, self.hellohq
        return hq.users_with_absences if wanted else partial(without_absences, hq)

    def _changed_tasks(self) -> list[Source]:
        """What tells a brief run where something happened."""
        if self.whole:
            return []
        hq, aw, value = self.hellohq, self.awork, self.cursors.value
        tasks, gone = value(words.HQ_TASKS_CHANGED), value(words.HQ_DELETED)
        ticks = int(value(words.AW_TASKS_CHANGED) or 0)
        changed = words.HQ_TASKS_CHANGED, words.AW_TASKS_CHANGED
        return [
            source(changed[0], "hellohq", Task, lambda c: hq.tasks.changed(tasks, c)),
            source(changed[1], "awork", AworkTask, lambda c: aw.tasks.changed(ticks, c)),
            source(words.HQ_DELETED, "hellohq", Deletion, lambda c: hq.deletions(gone, c)),
        ]

    def _times(self) -> list[Source]:
        times, reportings, value = self.awork.times, self.hellohq.reportings, self.cursors.value
        first = self.config.entries_from - timedelta(days=1)
        if self.reads_all_times:
            every = lambda c: times.window(first, cursor=c)  # noqa: E731
            all_reportings = lambda c: reportings.window(first, c)  # noqa: E731
            return [
                source(words.AW_ENTRIES, "awork", TimeEntry, every),
                source(words.HQ_REPORTINGS, "hellohq", Reporting, all_reportings),
            ]
        since, ticks = value(words.HQ_REPORTINGS), int(value(words.AW_ENTRIES_CHANGED) or 0)
        changed = lambda c: reportings.changed(since, c)  # noqa: E731
        changed_entries = lambda c: times.changed(ticks, c)  # noqa: E731
        lately = lambda c: times.window(self.window_from, cursor=c)  # noqa: E731
        sources = [
            source(words.HQ_REPORTINGS, "hellohq", Reporting, changed),
            source(words.AW_ENTRIES_CHANGED, "awork", TimeEntry, changed_entries),
        ]
        if self.whole or self.cursors.is_due(SWEPT):
            sources.append(source(words.AW_ENTRIES, "awork", TimeEntry, lately))
        return sources

    # -- what follows from that ------------------------------------------------------------

    def more_sources(self, reads: Reads, world: World) -> list[Source]:
        sources = [*self._about_projects(reads, world), *self._hours(reads, world)]
        if self.has_tasks:
            self.linked = frozenset(self.ground.linked(reads, world))
            self.dirty = self._dirty(reads, world)
            if self.dry:
                self._foresee(reads, world)
            sources += [*self._tasks(), *self._about_times(reads, world)]
        return sources

    def _about_projects(self, reads: Reads, world: World) -> list[Source]:
        """Only a new project, or a new client, needs templates, companies and our fields. One
        that could not be made before is looked at again from time to time."""
        found = self._strangers(reads, world)
        known = Problem.objects.filter(integration=self.integration, stream=PROJECTS)
        waiting = set(known.values_list("record_id", flat=True)) if found else set()
        self.strange = any(f"L:{id}" not in waiting for id in found) or (
            bool(found) and self.cursors.is_due(STRANGE)
        )
        if not (self.whole or self.strange):
            return []
        hq, aw = self.hellohq.projects, self.awork
        return [
            source(words.HQ_TEMPLATES, "hellohq", HqTemplate, once(hq.templates)),
            source(words.HQ_COMPANIES, "hellohq", HqCompany, hq.companies),
            source(words.AW_TEMPLATES, "awork", ProjectTemplate, aw.projects.templates),
            source(words.AW_COMPANIES, "awork", Company, aw.directory.companies),
            source(words.AW_FIELDS, "awork", FieldDefinition, once(aw.directory.field_definitions)),
        ]

    def _edited_lately(self, reads: Reads) -> set[str]:
        """Whose absences were edited since they were judged last."""
        since = datetime.fromisoformat(self.cursors.value(JUDGED)) - CLOCKS
        return {
            row.user.id
            for row in reads[words.HQ_ACTIVE].records
            if any(utc(one.updated_on) > since for one in row.absences if one.updated_on)
        }

    def _strangers(self, reads: Reads, world: World) -> set[str]:
        return {
            one.id
            for one in self.ground.chosen(reads).values()
            if not world.partner(PROJECTS, Which.LEFT, one.id)
            or (one.company_id and not world.partner(words.CLIENTS, Which.LEFT, one.company_id))
        }

    def _hours(self, reads: Reads, world: World) -> list[Source]:
        if not self.config.answers.absences:
            return []
        read = self.hellohq.working_hours
        return [
            Source(
                HOURS + user, "hellohq", WorkingHours, optional(partial(read, user)), repr
            )
            for user in needs_hours(reads, world, self.absences)
            if self.judges or user in self._edited_lately(reads)
        ]  # fmt: skip

    def _tasks(self) -> list[Source]:
        hq, aw = self.hellohq, self.awork
        if not (self.dirty or self.future):
            return []
        sources = [
            source(words.HQ_TYPES, "hellohq", TaskType, once(hq.tasks.types)),
            source(words.AW_TYPES, "awork", TypeOfWork, aw.directory.types_of_work),
        ]
        for one, other in self.dirty.items():
            names = sources_of(one, other)
            sources += [
                source(names[0], "hellohq", Task, partial(hq.tasks.of_project, one)),
                source(names[1], "awork", TaskList, partial(aw.projects.task_lists, other)),
                source(names[2], "awork", AworkTask, partial(aw.tasks.of_project, other)),
                source(names[3], "awork", TaskStatus, partial(aw.projects.task_statuses, other)),
            ]
        return sources + [
            source(words.HQ_TASKS + id, "hellohq", Task, partial(hq.tasks.of_project, id))
            for id in sorted(self.future)
        ]

    def _about_times(self, reads: Reads, world: World) -> list[Source]:
        assert self.awork_entries is not None
        hq, times = self.hellohq.reportings, self.awork.times
        if self.reads_all_times:
            return [
                source(
                    words.HQ_REPORTING + id, "hellohq", Reporting, unless_gone(partial(hq.one, id))
                )
                for id in self._missing(reads, world)
            ]  # fmt: skip
        entries = self.entries(reads, world)
        reported = self.awork_entries.reportings_of_changed(reads, world)
        sources = [
            source(
                words.AW_ENTRY + id, "awork", TimeEntry, unless_gone(partial(times.one, id))
            )
            for id in sorted(self.hints.gone_entries)
        ]  # fmt: skip
        sources += [
            source(
                words.HQ_REPORTING + id, "hellohq", Reporting, unless_gone(partial(hq.one, id))
            )
            for id in sorted(self._deleted(reads, world, ENTRIES) | reported)
        ]  # fmt: skip
        return sources + [
            source(
                words.HQ_REPORTINGS_OF + project, "hellohq", Reporting,
                partial(near, hq, first - timedelta(days=1), project),
            )
            for project, first in sorted(entries.items())
        ]  # fmt: skip

    def _missing(self, reads: Reads, world: World) -> list[str]:
        """Linked reportings that the list did not show: deleted, or moved before its first day.
        If that are too many, the rest is left as it is."""
        shown = {one.id for one in reads[words.HQ_REPORTINGS].records}
        ids = {link.left_id for link in world.links(ENTRIES) if link.left_id} - shown
        return sorted(ids)[:MOST_SINGLES]

    # -- where something happened ----------------------------------------------------------

    def _dirty(self, reads: Reads, world: World) -> dict[str, str]:
        """Linked projects whose tasks are to be read: helloHQ's and awork's ids."""
        linked = self.ground.linked(reads, world)
        if self.whole:
            return linked
        touched = {hq for hq, awork in linked.items() if not self._is_settled(hq, awork, reads)}
        touched |= self._changed_projects(reads, linked)
        ids = self.hints.tasks | self.hints.lists
        touched |= {
            project_of(link.base)
            for link in world.links(TASKS)
            if link.right_id and link.right_id.rpartition("/")[2] in ids
        }
        gone = self._deleted(reads, world, TASKS)
        touched |= {project_of(one.base) for one in world.links(TASKS) if one.left_id in gone}
        return {hq: awork for hq, awork in linked.items() if hq in touched}

    def _foresee(self, reads: Reads, world: World) -> None:
        """Projects that a run would adopt or make: a dry one looks at what would follow (G6)."""
        pairs, _rivals = pairs_to_adopt(self.ground, reads, world)
        self.dirty |= pairs
        chosen = self.ground.chosen(reads).keys() - pairs.keys()
        self.future = {id for id in chosen if not world.partner(PROJECTS, Which.LEFT, id)}

    def _is_settled(self, hq: str, awork: str, reads: Reads) -> bool:
        return settled_name(hq, awork, reads) in self.cursors.seen(SETTLED)

    def _changed_projects(self, reads: Reads, linked: dict[str, str]) -> set[str]:
        homes = {awork: hq for hq, awork in linked.items()}
        ours = self._news(words.HQ_TASKS_CHANGED, reads)
        theirs = [
            *self._news(words.AW_TASKS_CHANGED, reads),
            *self._news(words.AW_ENTRIES_CHANGED, reads),  # where they go depends on the tasks
        ]
        return (
            {one.project_id for one in ours}
            | {homes.get(one.project_id, "") for one in theirs}
            | {homes.get(id, "") for id in self.hints.projects}
        )

    def _news(self, source: str, reads: Reads) -> list[Record]:
        if source not in reads:
            return []
        records = reads[source].records
        news = self.cursors.news(source, [stamp(one) for one in records])
        return [one for one in records if one.id in news]

    def _deleted(self, reads: Reads, world: World, stream: str) -> set[str]:
        """Linked records of helloHQ that the feed reports as deleted. Its words for them are not
        documented, so any event with their id counts; they are asked for before anything
        follows."""
        known = {link.left_id for link in world.links(stream)}
        return {
            one.entity_id
            for one in self._news(words.HQ_DELETED, reads)
            if one.entity_id in known and _is_about(one.entity, stream)
        }

    def entries(self, reads: Reads, world: World) -> dict[str, date]:
        """helloHQ projects with time entries that have no reporting yet, and the first day."""
        assert self.awork_entries is not None
        linked = {link.right_id for link in world.links(ENTRIES)}
        first: dict[str, date] = {}
        names = [name for name in (words.AW_ENTRIES, words.AW_ENTRIES_CHANGED) if name in reads]
        wanted = self.awork_entries.projects_of_new(reads, world)
        for one in (one for name in names for one in reads[name].records):
            home = world.partner(PROJECTS, Which.RIGHT, one.project_id)
            if home in wanted and one.id not in linked and one.day >= self.config.entries_from:
                first[home] = min(one.day, first.get(home, one.day))
        return first


def _is_about(entity: str, stream: str) -> bool:
    return ("report" in entity) == (stream == ENTRIES)
