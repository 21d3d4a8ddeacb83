"""Right end of the time entries: what people track in awork."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from integrations.engine.references import ref
from integrations.engine.stream import (
    Fields,
    Item,
    LinkState,
    Listing,
    Reads,
    Recipe,
    Severity,
    Snapshot,
    Trouble,
    Which,
    World,
    Write,
)
from integrations.remote import Malformed, NotFound
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.records import TimeEntry
from integrations.vendors.hellohq.units import utc
from integrations.vendors.values import utc_text
from projects.config import Config
from projects.entries import Ground, agreed_project, label, links_of, pairable, pairing_key
from projects.words import (
    AW_ENTRIES,
    AW_ENTRIES_CHANGED,
    AW_ENTRY,
    AW_USERS,
    HQ_ACTIVE,
    HQ_USERS,
    PEOPLE,
    PROJECTS,
    TASKS,
)

NOTE_LENGTH = 1000
MARKER = "…"
DATE_ONLY = time(9)
"""When an entry without a time of day begins, in the workspace's time zone."""


class Fate(Enum):
    """What else may become of an entry than fields or a trouble."""

    ALONE = "its reporting stays as it is"
    WITHDRAWN = "it takes part no longer"
    WAITS = "this run did not read enough to tell"


class Place(NamedTuple):
    """What an entry is booked on: references, and helloHQ's ids ("" for a task it lacks yet)."""

    project: str
    task: str
    project_id: str = ""
    task_id: str = ""


class Origin(NamedTuple):
    """Where an entry was in awork when its reporting was agreed; part of its version, because
    awork takes project and task off an entry when it deletes them."""

    project_id: str
    task_id: str


def version_of(entry: TimeEntry) -> str:
    return f"{entry.version}|{entry.project_id}|{entry.task_id}"


def origin_of(link: LinkState) -> Origin | None:
    parts = link.right_version.split("|")
    return Origin(*parts[1:]) if len(parts) == 3 else None


@dataclass(frozen=True)
class AworkEntries:
    """Entries that start on or after the UTC day `window_from()` gives, and those that changed:
    whatever was read."""

    client: AworkClient
    config: Config
    ground: Ground
    window_from: Callable[[], date | None]
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        found = _Found.of(reads)
        translation = _Translation(self, reads, world)
        items = [translation.item(one) for one in found.entries.values()]
        items += [_unreadable(bad) for bad in found.malformed.values()]
        alone = translation.left_alone()
        whole = self.ground.complete(Which.RIGHT, reads)
        unread = self._unread(found, reads, translation.links)
        people = [reads[name].complete for name in (HQ_USERS, HQ_ACTIVE, AW_USERS) if name in reads]
        return Snapshot(
            {item.id: item for item in items if item is not None},
            complete=found.complete,
            usable=all(people),
            gone=found.gone - alone,
            unreadable=alone | (unread - found.gone) | translation.waiting,
            partial=not whole,
        )

    def _unread(
        self, found: _Found, reads: Reads, links: Mapping[str, LinkState]
    ) -> frozenset[str]:
        """Linked entries that this run cannot have seen: those outside of the window."""
        window = self.window_from()
        first = (window.isoformat() if window else "") if AW_ENTRIES in reads else "~"
        outside = {id for id, link in links.items() if str(link.base.get("start", "")) < first}
        return frozenset(outside - found.entries.keys())

    def projects_of_new(self, reads: Reads, world: World) -> frozenset[str]:
        """helloHQ ids of the linked projects with entries that have no reporting yet: theirs are
        to be read, so that equal ones are found (A7)."""
        translation = _Translation(self, reads, world)
        new = _Found.of(reads).entries.values()
        homes = {translation.home(one) for one in new if one.id not in translation.links}
        return frozenset(homes - {""})

    def reportings_of_changed(self, reads: Reads, world: World) -> set[str]:
        """helloHQ ids of the reportings whose entries changed and can still be carried over."""
        links, running = links_of(world, Which.RIGHT), self.ground.running(reads, world)
        found = _Found.of(reads).entries.values()
        changed = [(one, links[one.id]) for one in found if one.id in links and not one.is_running]
        return {
            link.left_id
            for one, link in changed
            if link.left_id
            and link.right_version != version_of(one)
            and world.partner(PROJECTS, Which.RIGHT, one.project_id) in running
        }

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("time entries are only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        try:
            self.client.times.one(id)
        except NotFound:
            return True
        return False


@dataclass(frozen=True)
class _Found:
    """What was read: every entry once, as it was read last."""

    entries: Mapping[str, TimeEntry]
    malformed: Mapping[str, Malformed]
    gone: frozenset[str]
    complete: bool

    @classmethod
    def of(cls, reads: Reads) -> _Found:
        singles = {name: reads[name] for name in reads if name.startswith(AW_ENTRY)}
        lists = {name: reads[name] for name in (AW_ENTRIES, AW_ENTRIES_CHANGED) if name in reads}
        listings = [*lists.values(), *singles.values()]
        gone = frozenset(name.removeprefix(AW_ENTRY) for name in singles if _is_empty(reads[name]))
        every = sorted((one for part in listings for one in part.records), key=_revision)
        bad = {one.id: one for part in listings for one in part.malformed}
        return cls(
            {one.id: one for one in every if one.id not in gone},
            bad,
            gone,
            all(part.complete for part in listings),
        )


def _revision(entry: TimeEntry) -> int:
    return int(entry.version) if entry.version.isdecimal() else 0


def _is_empty(listing: Listing) -> bool:
    return listing.complete and not listing.records and not listing.malformed


def _unreadable(bad: Malformed) -> Item:
    """It exists, so its reporting stays; what is wrong with it is reported (G8)."""
    trouble = Trouble("malformed_record", Severity.FAIL, {"error": bad.detail})
    return Item(bad.id, None, label=bad.id, trouble=trouble)


class _Translation:
    """One snapshot's worth of translations. `waiting` are linked entries that cannot be judged."""

    def __init__(self, side: AworkEntries, reads: Reads, world: World) -> None:
        self.config, self.ground = side.config, side.ground
        self.reads, self.world = reads, world
        self.links = links_of(world, Which.RIGHT)
        users = reads[AW_USERS].records if AW_USERS in reads else ()
        self.names = {user.id: user.name for user in users}
        self.waiting: frozenset[str] = frozenset()

    @cached_property
    def running(self) -> frozenset[str]:
        return self.ground.running(self.reads, self.world)

    def left_alone(self) -> frozenset[str]:
        """Linked entries of projects that stopped running: not even gone ones are followed (A1)."""
        return frozenset(
            id for id, link in self.links.items() if agreed_project(link) not in self.running
        )

    def home(self, entry: TimeEntry) -> str:
        """The helloHQ project that an entry belongs to once it is due; "" for none."""
        if not entry.project_id or entry.day < self.config.entries_from:
            return ""
        return self.world.partner(PROJECTS, Which.RIGHT, entry.project_id) or ""

    def item(self, entry: TimeEntry) -> Item | None:
        link = self.links.get(entry.id)
        if link is None and not self._is_due(entry):
            return None
        item = Item(entry.id, None, version=version_of(entry), label=self._label(entry))
        found = self._fields(entry, link)
        if found is Fate.WAITS:
            self.waiting |= {entry.id} if link else frozenset()
            return None
        if isinstance(found, Fate):
            return _with(item, withdrawn=found is Fate.WITHDRAWN)
        if isinstance(found, Trouble):
            return _with(item, trouble=found)
        fields, place = found
        key = ""
        if place.task_id:
            user, start, seconds = fields["user"], fields["start"], fields["seconds"]
            key = pairing_key(user, place.project_id, place.task_id, start, seconds)
        notes = [Trouble("note_shortened")] if len(entry.note) > NOTE_LENGTH else []
        return _with(item, fields=fields, key=key, notes=notes)

    def _is_due(self, entry: TimeEntry) -> bool:
        """A new entry counts once its project takes part and equal reportings would be seen."""
        home = self.home(entry)
        return bool(home) and pairable(home, self.ground, self.reads)

    def _fields(
        self, entry: TimeEntry, link: LinkState | None
    ) -> tuple[dict[str, Any], Place] | Trouble | Fate:
        if entry.is_running:
            return Trouble("timer_running")
        if entry.seconds <= 0:
            return Trouble("missing_field", detail={"field": "duration"})
        place = self._place(entry, link)
        if not isinstance(place, Place):
            return place
        user = self._user(entry, link)
        if not isinstance(user, str):
            return user
        return {
            "project": place.project,
            "task": place.task,
            "user": user,
            "start": utc_text(self._start(entry)),
            "seconds": entry.seconds,
            "note": shortened(entry.note),
            "approved": entry.is_billable,
        }, place

    # -- project and task --------------------------------------------------------------------

    def _place(self, entry: TimeEntry, link: LinkState | None) -> Place | Trouble | Fate:
        home = self.world.partner(PROJECTS, Which.RIGHT, entry.project_id)
        origin = origin_of(link) if link else None
        if link and origin and _came_along(entry, origin):
            return self._as_agreed(link)
        if not entry.project_id or home is None:
            return self._homeless(entry, origin)
        if home not in self.running:
            stayed = link is not None and agreed_project(link) == home
            return Fate.ALONE if stayed else Trouble("project_not_running")
        if entry.task_id:
            return self._of_task(entry, home)
        if origin and origin.task_id and origin.project_id == entry.project_id:
            return self._taskless(entry, home, origin)
        return self._administration(entry, home)

    def _as_agreed(self, link: LinkState) -> Place | Fate:
        """A task that was moved with its entries is parked in helloHQ (A2), its reportings too."""
        running = agreed_project(link) in self.running
        return Place(link.base["project"], link.base["task"]) if running else Fate.ALONE

    def _homeless(self, entry: TimeEntry, origin: Origin | None) -> Trouble | Fate:
        """Linked, and in no project that takes part: detached by a deletion, or taken out."""
        if origin is None:
            return Trouble("entry_detached")
        if entry.project_id == origin.project_id:
            return Fate.ALONE
        there = self.ground.project_exists(origin.project_id, self.reads, self.world)
        if there and origin.task_id and not entry.project_id:
            there = self.ground.task_exists(origin.task_id, self.reads, self.world)
        return _judged(there) or Fate.WITHDRAWN

    def _of_task(self, entry: TimeEntry, home: str) -> Place | Trouble | Fate:
        linked = self.world.partner(TASKS, Which.RIGHT, entry.task_id)
        syncs = linked or self.ground.takes_part(entry.task_id, self.reads, self.world)
        if syncs is None:
            return Fate.WAITS
        if not syncs:
            return self._administration(entry, home)
        task = ref(TASKS, Which.RIGHT, entry.task_id)
        return Place(ref(PROJECTS, Which.RIGHT, entry.project_id), task, home, linked or "")

    def _taskless(self, entry: TimeEntry, home: str, origin: Origin) -> Place | Trouble | Fate:
        """Linked, and without the task it was on."""
        there = self.ground.task_exists(origin.task_id, self.reads, self.world)
        return _judged(there) or self._administration(entry, home)

    def _administration(self, entry: TimeEntry, home: str) -> Place | Trouble | Fate:
        id = self.ground.administration(home, self.reads, self.world)
        if not id:
            return Fate.WAITS if id is None else Trouble("no_administration_task")
        task = ref(TASKS, Which.LEFT, id)
        return Place(ref(PROJECTS, Which.RIGHT, entry.project_id), task, home, id)

    # -- the rest ----------------------------------------------------------------------------

    def _user(self, entry: TimeEntry, link: LinkState | None) -> str | Trouble | Fate:
        """The helloHQ user (G4). Reportings of people who left stay, and nobody is told as long
        as their entries do not change."""
        if link and not entry.user_id:
            return str(link.base["user"])
        found = self._matched(entry)
        unchanged = link is not None and link.right_version == version_of(entry)
        return Fate.ALONE if isinstance(found, Trouble) and unchanged else found

    def _matched(self, entry: TimeEntry) -> str | Trouble:
        user = self.world.partner(PEOPLE, Which.RIGHT, entry.user_id)
        about = {"person": self.names.get(entry.user_id, entry.user_id)}
        if user is None:
            found = self.world.trouble(PEOPLE, Which.RIGHT, entry.user_id)
            return found or Trouble("no_match", detail=about)
        if not self.ground.is_active(user, self.reads, self.world):
            return Trouble("inactive_person", detail=about)
        return user

    def _start(self, entry: TimeEntry) -> datetime:
        if entry.starts_at is None:
            return datetime.combine(entry.day, DATE_ONLY, self.config.zone)
        return utc(entry.starts_at).replace(microsecond=0)

    def _label(self, entry: TimeEntry) -> str:
        name = self.names.get(entry.user_id, entry.user_id)
        return label(name, self._start(entry).astimezone(self.config.zone), entry.seconds)


def _with(
    item: Item,
    *,
    fields: Fields | None = None,
    key: str = "",
    trouble: Trouble | None = None,
    notes: list[Trouble] | None = None,
    withdrawn: bool = False,
) -> Item:
    return Item(
        item.id, fields, item.version, item.label, key, trouble=trouble, notes=notes or [],
        withdrawn=withdrawn,
    )  # fmt: skip


def _came_along(entry: TimeEntry, origin: Origin) -> bool:
    """Whether the entry is elsewhere only because its task is."""
    same_task = bool(entry.task_id) and entry.task_id == origin.task_id
    return same_task and entry.project_id != origin.project_id


def _judged(there: bool | None) -> Trouble | Fate | None:
    """What follows for an entry that lost something; None where that thing still exists."""
    if there is None:
        return Fate.WAITS
    return None if there else Trouble("entry_detached")


def shortened(note: str) -> str:
    return note if len(note) <= NOTE_LENGTH else note[: NOTE_LENGTH - len(MARKER)] + MARKER
