"""The two ends of the absence stream: Personio's periods and helloHQ's absences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from absences.mapping import LiveType, MappedName, TypeMapping, bound_mapping
from absences.people import ACTIVE_USERS, ALL_USERS, EMPLOYEES, PEOPLE, active_users
from absences.translate import (
    FIELDS,
    Calendar,
    Canonical,
    Claim,
    covered,
    natural_key,
    rolling,
    standing,
    target_kind,
    translate,
    version,
    widened,
)
from integrations.engine.stream import (
    Item,
    LinkState,
    Outcome,
    Reads,
    Recipe,
    Severity,
    Snapshot,
    Step,
    Trouble,
    Which,
    World,
    Write,
)
from integrations.remote import Malformed
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.records import FULL_DAY_KINDS, AbsenceDraft
from integrations.vendors.hellohq.records import Absence as HqRecord
from integrations.vendors.personio.client import PersonioReader
from integrations.vendors.personio.records import Absence

ABSENCES = "absences"
TYPES = "personio absence types"
DAY_BASED = "personio time-offs"
HOUR_BASED = "personio absence-periods"
HOURS = "hellohq working hours "
ME = "hellohq me"


def live_types(reads: Reads) -> list[LiveType]:
    return [
        LiveType("" if one.id == one.id_v2 else one.id, one.id_v2, one.name, one.unit, one.category)
        for one in reads[TYPES].records
    ]


def personio_absences(reads: Reads) -> list[Absence]:
    """All absences, the ids and the name of their type filled in from the list of types."""
    types = {id: one for one in live_types(reads) for id in (one.id, one.id_v2) if id}
    return [
        _named(absence, types.get(absence.type_id) or types.get(absence.type_id_v2))
        for name in (DAY_BASED, HOUR_BASED)
        for absence in reads[name].records
    ]


def _named(absence: Absence, live: LiveType | None) -> Absence:
    if live is None:
        return absence
    return replace(
        absence,
        type_id_v2=absence.type_id_v2 or live.id_v2,
        type_name=absence.type_name or live.name,
    )


def links_by_id(world: World, stream: str = ABSENCES) -> dict[str, LinkState]:
    """The links of a stream by either id that its source knows the records by."""
    links = world.links(stream)
    return {id: link for link in links for id in (link.left_id, link.left_alias) if id}


def calendar(reads: Reads, base: Calendar, prefix: str = HOURS) -> Calendar:
    """The calendar with the working hours that were read for this run; the user's id follows
    the prefix of their source's name."""
    hours = {
        name.removeprefix(prefix): listing.records
        for name, listing in reads.items()
        if name.startswith(prefix)
    }
    return replace(base, hours=hours)


@dataclass(frozen=True)
class PersonioAbsences:
    """Left: what is approved in Personio, translated."""

    client: PersonioReader
    start: date
    names: Sequence[MappedName]
    base: Calendar
    vendor: str = "personio"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        listings = reads[DAY_BASED], reads[HOUR_BASED]
        translation = _Translation(self, reads, world)
        items = [translation.item(absence) for absence in personio_absences(reads)]
        items += [unreadable_item(bad) for listing in listings for bad in listing.malformed]
        usable = all(reads[name].complete for name in (TYPES, EMPLOYEES, ALL_USERS, ACTIVE_USERS))
        return Snapshot(
            items={item.id: item for item in translation.cover(items)},
            complete=all(listing.complete for listing in listings),
            usable=usable,
        )

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("Personio is only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return not self.client.absence_exists(id, alias)


def unreadable_item(bad: Malformed) -> Item:
    """It exists, so its copy stays; what is wrong with it is reported (G8)."""
    trouble = Trouble("malformed_record", Severity.FAIL, {"error": bad.detail})
    return Item(bad.id, None, label=bad.id, trouble=trouble)


class _Translation:
    """One snapshot's worth of translations."""

    def __init__(self, side: PersonioAbsences, reads: Reads, world: World) -> None:
        self.side, self.world = side, world
        self.mapping: TypeMapping = bound_mapping(side.names, live_types(reads))
        self.calendar = calendar(reads, side.base)
        self.active = active_users(reads, side.base.today)
        self.people = {one.id: one.name for one in reads[EMPLOYEES].records}
        self.links = links_by_id(world)
        self.widened: set[str] = set()

    def item(self, absence: Absence) -> Item:
        item = Item(
            id=absence.id,
            fields=None,
            version=version(absence),
            label=self._label(absence),
            alias=absence.id_v2 if absence.id_v2 != absence.id else "",
        )
        trouble, withdrawn = standing(absence)
        if trouble is not None:
            return replace(item, trouble=trouble, withdrawn=withdrawn)
        kind = target_kind(absence, self.side.start, self.mapping)
        user = self._user(absence)
        linked = self.links.get(absence.id) or self.links.get(absence.id_v2)
        agreed = linked.base if linked else {}
        own_user = agreed.get("user", user)
        roll = (
            rolling(absence, own_user, agreed, self.calendar) if isinstance(own_user, str) else {}
        )
        for found in (kind, user):
            if isinstance(found, Trouble):
                return replace(item, trouble=found, rolling=roll)
        assert isinstance(kind, str) and isinstance(user, str)
        return replace(self._translated(item, absence, user, kind), rolling=roll)

    def _translated(self, item: Item, absence: Absence, user: str, kind: str) -> Item:
        fields = translate(absence, user, kind, self.calendar)
        if widened(absence, kind):
            self.widened.add(item.id)
        remark = "widened" if widened(absence, kind) else ""
        return replace(item, fields=fields, key=natural_key(fields), remark=remark)

    def _user(self, absence: Absence) -> str | Trouble:
        """The helloHQ user of an employee: by link, however addresses change (G4)."""
        user = self.world.partner(PEOPLE, Which.LEFT, absence.employee_id)
        if user is None:
            found = self.world.trouble(PEOPLE, Which.LEFT, absence.employee_id)
            return found or Trouble("no_match", detail={"employee": absence.employee_id})
        return user if user in self.active else Trouble("inactive_person")

    def _label(self, absence: Absence) -> str:
        name = self.people.get(absence.employee_id, absence.employee_id)
        end = absence.last.isoformat() if absence.last else "…"
        return f"{name}, {absence.first.isoformat()} – {end}"

    # -- P6 ------------------------------------------------------------------------------------

    def cover(self, items: list[Item]) -> list[Item]:
        """Mark what widening made superfluous, and what waits for a record that is going."""
        claims = {item.id: claim for item in items if (claim := self._claim(item)) is not None}
        behind = covered(list(claims.values()))
        going = self._going({item.id for item in items if not item.withdrawn})
        return [
            replace(item, fields=None, trouble=Trouble("covered"), withdrawn=True)
            if item.id in behind
            else replace(item, behind=self._blockers(claims.get(item.id), going))
            for item in items
        ]

    def _claim(self, item: Item) -> Claim | None:
        link = self.links.get(item.id) or self.links.get(item.alias)
        settled = link is not None and (link.left_version == item.version or item.fields is None)
        fields = link.base if link is not None and settled else item.fields
        if item.withdrawn or not fields or fields.get("kind") not in FULL_DAY_KINDS:
            return None
        return Claim(
            item.id, fields["user"], fields["kind"], fields["first"], fields["last"],
            item.id in self.widened, link is not None, settled,
        )  # fmt: skip

    def _going(self, staying: set[str]) -> list[tuple[str, LinkState]]:
        """Linked full-day absences whose Personio record is gone or withdrawn."""
        return [
            (link.left_id, link)
            for link in self.world.links(ABSENCES)
            if link.left_id
            and not {link.left_id, link.left_alias} & staying
            and link.base.get("kind") in FULL_DAY_KINDS
        ]

    def _blockers(self, claim: Claim | None, going: list[tuple[str, LinkState]]) -> frozenset[str]:
        if claim is None or claim.linked:
            return frozenset()
        spans = ((id, _span(id, link.base)) for id, link in going)
        return frozenset(id for id, span in spans if span.meets(claim))


def _span(id: str, fields: Mapping[str, Any]) -> Claim:
    return Claim(
        id, fields["user"], fields["kind"], fields["first"], fields["last"], True, True, True
    )


@dataclass(frozen=True)
class HqAbsences:
    """Right: helloHQ's absences of active users, read for all of them at once."""

    client: HelloHqClient
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        listing = reads[ACTIVE_USERS]
        me = next(iter(reads[ME].records), "") if ME in reads else ""
        return Snapshot(
            items={
                one.id: hq_item(one, row.user.name, me)
                for row in listing.records
                for one in row.absences
            },
            complete=listing.complete,
            unreadable=frozenset(bad.id for bad in listing.malformed),
        )

    def recipe(self, write: Write) -> Recipe:
        """There is no update: an absence is replaced, and put back if the new one is refused."""
        create = self._create("create", write.want)
        if write.action == "delete":
            return Recipe([self._delete(write.before["user"], write.id or "")])
        before = {**write.want, **write.before}
        restore = self._create("restore", before) if before != write.want else None
        if write.action == "create" or write.id is None:
            return Recipe([create], restore if write.before else None)
        return Recipe([self._delete(before["user"], write.id), create], restore)

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False

    def _create(self, name: str, fields: Mapping[str, Any]) -> Step:
        return Step(name, lambda: _outcome(self.client.create_absence(draft(fields))), creates=True)

    def _delete(self, user: str, id: str) -> Step:
        def send() -> Outcome:
            self.client.delete_absence(user, id)
            return Outcome(None)

        return Step("delete", send, writes=frozenset())


def hq_fields(record: HqRecord) -> Canonical:
    return {
        "user": record.user_id,
        "kind": record.kind,
        "first": record.first.isoformat() if record.first else None,
        "last": record.last.isoformat() if record.last else None,
        "half_first": record.half_first,
        "half_last": record.half_last,
        "starts_at": record.starts_at,
        "ends_at": record.ends_at,
        "note": record.note,
    }


def hq_item(record: HqRecord, name: str, me: str) -> Item:
    fields = hq_fields(record)
    start = fields["first"] or (fields["starts_at"] or "")[:10]
    end = fields["last"] or (fields["ends_at"] or "")[:10]
    return Item(
        id=record.id,
        fields=fields,
        version=record.updated_on,
        label=f"{name}, {start} – {end}",
        key=natural_key(fields),
        created_at=datetime.fromisoformat(record.created_on) if record.created_on else None,
        by_us=not me or record.created_by == me,
    )


def draft(fields: Mapping[str, Any]) -> AbsenceDraft:
    def day(name: str) -> date | None:
        return date.fromisoformat(fields[name]) if fields.get(name) else None

    return AbsenceDraft(
        user_id=fields["user"],
        kind=fields["kind"],
        first=day("first"),
        last=day("last"),
        half_first=bool(fields.get("half_first")),
        half_last=bool(fields.get("half_last")),
        starts_at=fields.get("starts_at"),
        ends_at=fields.get("ends_at"),
        note=fields.get("note") or "",
    )


def _outcome(record: HqRecord) -> Outcome:
    notes = [Trouble("half_day_unexpected")] if record.missed_days_unexpected else []
    fields = {name: value for name, value in hq_fields(record).items() if name in FIELDS}
    return Outcome(record.id, fields, record.updated_on, notes=notes)
