"""helloHQ's absences as awork should have them (A10). Pure.

The canonical absence is a dict of FIELDS: `user` (helloHQ id, "" for somebody whom helloHQ does
not know), `first` and `last` (ISO dates, inclusive), `half_first` and `half_last` (never on
helloHQ's side), `description` (the kind's label) and `provider` (awork's mark of where an absence
comes from).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from absences.models import HqAbsence
from absences.people import active_users
from absences.sides import calendar, links_by_id, unreadable_item
from absences.translate import LOOK_BACK, Calendar, Canonical, touched_days
from absences.words import LABELS
from integrations.engine.changes import fingerprint
from integrations.engine.stream import Item, Reads, Trouble, Which, World
from integrations.vendors.hellohq.records import HOUR_BASED_KINDS
from integrations.vendors.hellohq.records import Absence as HqRecord

AWORK_ABSENCES = "awork_absences"
FIELDS = ("user", "first", "last", "half_first", "half_last", "description", "provider")
SYNCED = frozenset(HqAbsence.values) - {HqAbsence.REMOTE_WORK, HqAbsence.PRIVATE_ABSENCE}


@dataclass(frozen=True)
class Setting:
    """What both sides have to know.

    `slug` is the workspace's, `start` the first day that is synced, `calendar` today and the time
    zone. `people` is the stream that matches people (helloHQ left); the others are names of
    sources: helloHQ's active users with their absences, awork's absences, and what the working
    hours of a user begin with (the id follows).
    """

    slug: str
    start: date
    calendar: Calendar
    german: bool
    people: str
    hq_source: str
    awork_source: str
    hours_source: str

    def mark(self, id: str) -> str:
        """What awork has as `externalProvider` of the copy of a helloHQ absence."""
        return f"hq-sync:{self.slug}:{id}"

    def marked(self, provider: str) -> str:
        """The id of the helloHQ absence that a mark of ours names; "" for any other."""
        prefix = self.mark("")
        return provider.removeprefix(prefix) if provider.startswith(prefix) else ""


def natural_key(fields: Mapping[str, Any]) -> str:
    """Person and days: what makes a full-day absence of awork equal to one of helloHQ."""
    return "|".join((fields["user"], fields["first"], fields["last"]))


class HqReads:
    """helloHQ's absences as a run read them; both sides need them."""

    def __init__(self, setting: Setting, reads: Reads, world: World) -> None:
        self.setting, self.reads, self.world = setting, reads, world
        self.listing = reads[setting.hq_source]
        self.calendar = calendar(reads, setting.calendar, setting.hours_source)
        self.active = active_users(reads, setting.calendar.today, setting.hq_source)
        self.names = {row.user.id: row.user.name for row in self.listing.records}
        self.links = links_by_id(world, AWORK_ABSENCES)
        self.malformed = frozenset(bad.id for bad in self.listing.malformed)

    @property
    def absences(self) -> Iterator[HqRecord]:
        """All that matter: what ended long before the start is not even reported."""
        earliest = self.setting.start - LOOK_BACK
        for row in self.listing.records:
            for one in row.absences:
                if one.id in self.links or self.days(one)[1] >= earliest:
                    yield one

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """By id; without those that cannot be judged before working hours are read."""
        found = {bad.id: unreadable_item(bad) for bad in self.listing.malformed}
        found |= {item.id: item for item in map(self.item, self.absences) if item is not None}
        return {**self._of_inactive(), **found}

    @cached_property
    def unjudged(self) -> frozenset[str]:
        """What exists and is not among the items: of unreadable users, or for want of hours."""
        unread = {
            link.left_id
            for link in self.world.links(AWORK_ABSENCES)
            if link.left_id and link.base.get("user") in self.malformed
        }
        return frozenset(unread.union(one.id for one in self.absences if one.id not in self.items))

    def _of_inactive(self) -> dict[str, Item]:
        """helloHQ does not list their absences; what was synced stays as it is (G4)."""
        return {
            link.left_id: Item(
                link.left_id, None, label=link.label, trouble=Trouble("inactive_person")
            )
            for link in self.world.links(AWORK_ABSENCES)
            if link.left_id and link.base.get("user") not in self.active | self.malformed
        }

    def item(self, absence: HqRecord) -> Item | None:
        """None when the working hours of the person are needed and were not read."""
        item = Item(
            id=absence.id,
            fields=None,
            version=_version(absence),
            label=self.label(absence.user_id, *self.days(absence)),
            alias=f"{absence.user_id}/{absence.id}",
        )
        user = absence.user_id
        if user in self.active and self._is_matched(user):
            return self._judged(item, absence)
        return replace(item, trouble=self._person_trouble(absence))

    def _judged(self, item: Item, absence: HqRecord) -> Item | None:
        """What is here and must not be in awork counts as gone; a start date that moved removes
        nothing."""
        if code := _left_out(absence):
            return replace(item, trouble=Trouble(code), withdrawn=True)
        if self.days(absence)[0] < self.setting.start:
            detail = {"sync_start": self.setting.start.isoformat()}
            return replace(item, trouble=Trouble("starts_before_sync_start", detail=detail))
        whole = self._is_whole(absence)
        if whole is None:
            return None
        if not whole:
            return replace(item, trouble=Trouble("not_full_day"), withdrawn=True)
        return replace(item, fields=self._fields(absence))

    def _is_matched(self, user: str) -> bool:
        return self.world.partner(self.setting.people, Which.LEFT, user) is not None

    def _person_trouble(self, absence: HqRecord) -> Trouble | None:
        """Somebody who is in helloHQ only is reported once, and not with every absence."""
        user, people = absence.user_id, self.setting.people
        if absence.id not in self.links and not self._is_matched(user):
            return None
        if user not in self.active:
            return Trouble("inactive_person")
        return self.world.trouble(people, Which.LEFT, user) or Trouble("no_match")

    def _is_whole(self, absence: HqRecord) -> bool | None:
        """Whether only whole working days are taken; None without the hours to tell.

        An hour-based absence that was entered counts as judged until it is edited.
        """
        if absence.kind not in HOUR_BASED_KINDS:
            return not (absence.half_first or absence.half_last)
        link = self.links.get(absence.id)
        if link is not None and link.left_version == _version(absence):
            return True
        hours = self.reads.get(self.setting.hours_source + absence.user_id)
        if hours is None or not hours.complete:
            return None
        return self.calendar.takes_whole_days(absence.user_id, *self._times(absence))

    def _fields(self, absence: HqRecord) -> Canonical:
        first, last = self.days(absence)
        return {
            "user": absence.user_id,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "half_first": False,
            "half_last": False,
            "description": LABELS[HqAbsence(absence.kind)][self.setting.german],
            "provider": self.setting.mark(absence.id),
        }

    def days(self, absence: HqRecord) -> tuple[date, date]:
        """The calendar days that an absence touches, inclusive."""
        if absence.first is not None and absence.last is not None:
            return absence.first, absence.last
        return touched_days(*self._times(absence))

    def _times(self, absence: HqRecord) -> tuple[datetime, datetime]:
        """Local start and end of an hour-based absence; the end is exclusive."""
        start, end = absence.starts_at or "", absence.ends_at or ""
        zone = self.calendar.zone
        return (
            datetime.fromisoformat(start).astimezone(zone),
            datetime.fromisoformat(end).astimezone(zone),
        )

    def label(self, user: str, first: date, last: date) -> str:
        """Never the kind: labels reach mails and logs."""
        days = f"{first.isoformat()} – {last.isoformat()}"
        return ", ".join(filter(None, (self.names.get(user, user), days)))


def _version(absence: HqRecord) -> str:
    return fingerprint(
        absence.kind, absence.first, absence.last, absence.half_first, absence.half_last,
        absence.starts_at, absence.ends_at, absence.is_approved, absence.updated_on,
    )  # fmt: skip


def _left_out(absence: HqRecord) -> str:
    """Why awork must not have the absence, whatever its days; "" if it may."""
    if not absence.is_approved:
        return "not_approved"
    return "" if absence.kind in SYNCED else "kind_not_synced"
