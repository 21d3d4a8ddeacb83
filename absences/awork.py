"""The absence stream of hellohq-awork: helloHQ's full-day absences into awork (A10).

What the fields mean is told in `absences.full_days`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from absences.full_days import AWORK_ABSENCES, FIELDS, HqReads, Setting, natural_key
from absences.translate import Canonical
from integrations.engine.changes import FOREIGN
from integrations.engine.stream import (
    Flow,
    Item,
    Outcome,
    Reads,
    Recipe,
    Rule,
    Snapshot,
    Step,
    Stream,
    Which,
    World,
    Write,
)
from integrations.remote import NotFound
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.forms import AbsenceChanges, AbsenceDraft
from integrations.vendors.awork.records import Absence as AworkRecord
from integrations.vendors.hellohq.client import HelloHqClient


def absence_stream(hq: HqAbsencesForAwork, awork: AworkAbsences, *, keep: bool) -> Stream:
    """`keep` spares what people entered in awork themselves."""
    return Stream(
        name=AWORK_ABSENCES,
        left=hq,
        right=awork,
        rules=[Rule(name, owner=Which.LEFT) for name in FIELDS],
        flow=Flow.TO_RIGHT,
        pairs_equals=True,
        takes_over=True,
        foreign=_is_stray_copy if keep else _is_foreign,
        guards_foreign=True,
    )


def needs_hours(reads: Reads, world: World, setting: Setting) -> list[str]:
    """Ids of the helloHQ users without whose working hours an absence cannot be judged."""
    hq = HqReads(setting, reads, world)
    return sorted({one.user_id for one in hq.absences if hq.item(one) is None})


def _is_foreign(item: Item) -> bool:
    return item.remark == FOREIGN


def _is_stray_copy(item: Item) -> bool:
    """Of the foreign ones, only ours carry a mark."""
    return _is_foreign(item) and bool(item.fields and item.fields["provider"])


# -- left ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class HqAbsencesForAwork:
    """Left: the approved full-day absences of active people who are known to awork, too.

    An absence goes by its own id; its alias is `<user>/<id>`, as helloHQ addresses it.
    """

    client: HelloHqClient
    setting: Setting
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        hq = HqReads(self.setting, reads, world)
        marks = {one.external_provider for one in reads[self.setting.awork_source].records}
        return Snapshot(
            items={id: self._keyed(item, marks) for id, item in hq.items.items()},
            complete=hq.listing.complete,
            usable=hq.listing.complete,
            unreadable=hq.unjudged,
            partial=bool(hq.unjudged),
        )

    def _keyed(self, item: Item, marks: set[str]) -> Item:
        """A copy of it that exists already is adopted by its mark, whatever its days."""
        if item.fields is None:
            return item
        mark: str = item.fields["provider"]
        return replace(item, key=mark if mark in marks else natural_key(item.fields))

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("helloHQ's absences are only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        """Without an id it is about a record of awork that helloHQ never had."""
        if not id:
            return True
        try:
            self.client.absence(alias.partition("/")[0], id)
        except NotFound:
            return True
        return False


# -- right ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class AworkAbsences:
    """Right: awork's absences. `awork_user` gives the awork id of a helloHQ user."""

    client: AworkClient
    setting: Setting
    awork_user: Callable[[str], str]
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        hq = HqReads(self.setting, reads, world)
        listing = reads[self.setting.awork_source]
        return Snapshot(
            items={one.id: self._item(one, hq) for one in listing.records},
            complete=listing.complete,
            unreadable=frozenset(bad.id for bad in listing.malformed),
        )

    def _item(self, record: AworkRecord, hq: HqReads) -> Item:
        user = hq.world.partner(self.setting.people, Which.RIGHT, record.user_id) or ""
        fields = awork_fields(record, user)
        return Item(
            id=record.id,
            fields=fields,
            version=record.version,
            label=hq.label(user, record.first, record.last),
            key=self._key(fields, hq),
            remark=FOREIGN if self._is_foreign(record, user, hq) else "",
        )

    def _key(self, fields: Mapping[str, Any], hq: HqReads) -> str:
        """What another provider entered is never taken. Neither is a half day, except our own;
        one of ours whose source was replaced may serve the new one."""
        provider = fields["provider"]
        source = self.setting.marked(provider)
        if source and self._is_claimed(source, hq):
            return str(provider)
        half = fields["half_first"] or fields["half_last"]
        if half or not fields["user"] or (provider and not source):
            return ""
        return natural_key(fields)

    def _is_claimed(self, source: str, hq: HqReads) -> bool:
        """Whether the helloHQ absence of a mark still wants its copy, as far as is known."""
        item = hq.items.get(source)
        return source in hq.unjudged or (item is not None and not item.withdrawn)

    def _is_foreign(self, record: AworkRecord, user: str, hq: HqReads) -> bool:
        """An absence of a matched, active person within the time that is synced which helloHQ
        does not account for. Nothing that people entered, while some of helloHQ is unknown."""
        if user not in hq.active or record.first < self.setting.start:
            return False
        source = self.setting.marked(record.external_provider)
        if source:
            link = hq.links.get(source)
            doubled = link is not None and link.right_id not in (None, record.id)
            return doubled or not self._is_claimed(source, hq)
        unknown = hq.malformed or hq.unjudged
        half = record.half_first or record.half_last
        return not (half or record.external_provider or unknown)

    def recipe(self, write: Write) -> Recipe:
        """The person is looked up now: the steps are sent without access to the database."""
        if write.action == "delete":
            return Recipe([self._delete(write.id or "")])
        account = self.awork_user(write.want["user"])
        if write.action == "create" or write.id is None:
            return Recipe([self._create(write.want, account)])
        return Recipe([self._update(write.id, write.want, account)])

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False

    def _create(self, want: Mapping[str, Any], account: str) -> Step:
        draft = _draft(want, account)

        def send() -> Outcome:
            return _outcome(self.client.absences.create(draft), want["user"])

        return Step("create", send, creates=True)

    def _update(self, id: str, want: Mapping[str, Any], account: str) -> Step:
        changes = _changes(_draft(want, account))

        def send() -> Outcome:
            return _outcome(self.client.absences.update(id, changes), want["user"])

        return Step("update", send)

    def _delete(self, id: str) -> Step:
        def send() -> Outcome:
            self.client.absences.delete(id)
            return Outcome(None)

        return Step("delete", send, writes=frozenset())


def awork_fields(record: AworkRecord, user: str) -> Canonical:
    return {
        "user": user,
        "first": record.first.isoformat(),
        "last": record.last.isoformat(),
        "half_first": record.half_first,
        "half_last": record.half_last,
        "description": record.description,
        "provider": record.external_provider,
    }


def _draft(want: Mapping[str, Any], account: str) -> AbsenceDraft:
    return AbsenceDraft(
        user_id=account,
        first=date.fromisoformat(want["first"]),
        last=date.fromisoformat(want["last"]),
        half_first=want["half_first"],
        half_last=want["half_last"],
        description=want["description"],
        external_provider=want["provider"],
    )


def _changes(draft: AbsenceDraft) -> AbsenceChanges:
    """All fields of the stream; what it does not know stays as awork has it (A14)."""
    return AbsenceChanges(
        user_id=draft.user_id,
        first=draft.first,
        last=draft.last,
        half_first=draft.half_first,
        half_last=draft.half_last,
        description=draft.description,
        external_provider=draft.external_provider,
    )


def _outcome(record: AworkRecord, user: str) -> Outcome:
    """awork's answer about an absence of `user`, which is a helloHQ id."""
    return Outcome(record.id, awork_fields(record, user), record.version)
