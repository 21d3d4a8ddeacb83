"""Left end of the time entries: helloHQ's reportings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.engine.references import ref
from integrations.engine.stream import (
    Item,
    Listing,
    Outcome,
    Reads,
    Recipe,
    Snapshot,
    Step,
    Which,
    World,
    Write,
)
from integrations.remote import NotFound
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import (
    Reporting,
    ReportingChanges,
    ReportingDraft,
)
from integrations.vendors.hellohq.units import utc
from integrations.vendors.values import utc_text
from projects.config import Config
from projects.entries import MOST_SINGLES, Ground, label, links_of, pairing_key
from projects.words import (
    HQ_ME,
    HQ_REPORTING,
    HQ_REPORTINGS,
    HQ_REPORTINGS_OF,
    HQ_USERS,
    PROJECTS,
    TASKS,
)


@dataclass(frozen=True)
class HqReportings:
    """All reportings, those of some projects, or those that changed: whatever was read."""

    client: HelloHqClient
    config: Config
    ground: Ground
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        listings = _listings(reads)
        found = {one.id: one for part in listings.values() for one in part.records}
        gone = frozenset(
            name.removeprefix(HQ_REPORTING)
            for name, part in listings.items()
            if name.startswith(HQ_REPORTING) and _is_empty(part)
        )
        malformed = frozenset(bad.id for part in listings.values() for bad in part.malformed)
        whole = self.ground.complete(Which.LEFT, reads)
        missing = links_of(world, Which.LEFT).keys() - found.keys() - gone
        unread = frozenset() if whole and len(missing) <= MOST_SINGLES else missing
        item = self._translation(reads)
        return Snapshot(
            {id: item(one) for id, one in found.items() if id not in gone},
            complete=all(part.complete for part in listings.values()),
            gone=gone,
            unreadable=malformed | unread,
            partial=not whole,
        )

    def _translation(self, reads: Reads) -> Callable[[Reporting], Item]:
        me = next(iter(reads[HQ_ME].records), "") if HQ_ME in reads else ""
        users = reads[HQ_USERS].records if HQ_USERS in reads else ()
        names = {user.id: user.name for user in users}
        return lambda one: self._item(one, names.get(one.user_id, one.user_id), me)

    def _item(self, one: Reporting, name: str, me: str) -> Item:
        fields = reporting_fields(one)
        local = utc(fields["start"]).astimezone(self.config.zone)
        return Item(
            one.id,
            fields,
            version=one.updated_on,
            label=label(name, local, one.seconds),
            key=pairing_key(one.user_id, one.project_id, one.task_id, fields["start"], one.seconds),
            created_at=datetime.fromisoformat(one.created_on) if one.created_on else None,
            by_us=not (me and one.created_by) or one.created_by == me,
        )

    def recipe(self, write: Write) -> Recipe:
        """The person of a reporting cannot be changed: it is replaced then, and put back if the
        new one is refused."""
        if write.action == "delete":
            return Recipe([self._delete(write.id or "")])
        create = self._create("create", write.want)
        if write.action == "create":
            return Recipe([create])
        before = {**write.want, **write.before}
        restore = self._create("restore", before) if before != write.want else None
        if write.id is None:
            return Recipe([create], restore)
        if "user" in write.changed:
            return Recipe([self._delete(write.id), create], restore)
        return Recipe([self._update(write.id, write.want, write.changed)])

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False

    def _create(self, name: str, fields: Mapping[str, Any]) -> Step:
        approved = self.config.answers.reportings_auto_accepted or bool(fields.get("approved"))
        draft = ReportingDraft(
            project_id=fields["project"],
            user_id=fields["user"],
            start_on=fields["start"],
            seconds=fields["seconds"],
            task_id=fields["task"] or "",
            note=fields["note"],
            is_approved=approved,
        )
        return Step(name, lambda: _outcome(self.client.reportings.create(draft)), creates=True)

    def _update(self, id: str, want: Mapping[str, Any], changed: frozenset[str]) -> Step:
        changes, user = reporting_changes(want, changed), want["user"]
        return Step("update", lambda: _outcome(self.client.reportings.update(user, id, changes)))

    def _delete(self, id: str) -> Step:
        """Reportings are deleted below their person, whom helloHQ knows best."""

        def send() -> Outcome:
            try:
                owner = self.client.reportings.one(id).user_id
            except NotFound:
                return Outcome(None)
            self.client.reportings.delete(owner, id)
            return Outcome(None)

        return Step("delete", send, writes=frozenset())


def reporting_fields(one: Reporting) -> dict[str, Any]:
    return {
        "project": ref(PROJECTS, Which.LEFT, one.project_id) if one.project_id else "",
        "task": ref(TASKS, Which.LEFT, one.task_id) if one.task_id else "",
        "user": one.user_id,
        "start": utc_text(utc(one.start_on).replace(microsecond=0)),
        "seconds": one.seconds,
        "note": one.note,
        "approved": one.is_approved,
    }


def reporting_changes(want: Mapping[str, Any], changed: frozenset[str]) -> ReportingChanges:
    """The fields to write; a task and its project go together."""
    changes: ReportingChanges = {}
    if changed & {"project", "task"}:
        changes |= {"project_id": want["project"], "task_id": want["task"] or ""}
    if "start" in changed:
        changes["start_on"] = want["start"]
    if "seconds" in changed:
        changes["seconds"] = want["seconds"]
    if "note" in changed:
        changes["note"] = want["note"]
    if "approved" in changed:
        changes["is_approved"] = want["approved"]
    return changes


def _listings(reads: Reads) -> dict[str, Listing]:
    """What was read of reportings; single ones, read last, come last."""
    named = sorted(name for name in reads if name.startswith((HQ_REPORTINGS_OF, HQ_REPORTING)))
    singles = [name for name in named if not name.startswith(HQ_REPORTINGS_OF)]
    several = [name for name in named if name.startswith(HQ_REPORTINGS_OF)]
    first = [HQ_REPORTINGS] if HQ_REPORTINGS in reads else []
    return {name: reads[name] for name in (*first, *several, *singles)}


def _is_empty(listing: Listing) -> bool:
    return listing.complete and not listing.records and not listing.malformed


def _outcome(one: Reporting) -> Outcome:
    return Outcome(one.id, reporting_fields(one), one.updated_on)
