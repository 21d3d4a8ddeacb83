"""People of Personio and helloHQ, matched by e-mail address (G4). Links only, writes nothing."""

from __future__ import annotations

from datetime import date

from integrations.engine.stream import (
    Flow,
    Item,
    Reads,
    Recipe,
    Snapshot,
    Stream,
    World,
    Write,
)
from integrations.vendors.hellohq.records import User

PEOPLE = "people"
EMPLOYEES = "personio employees"
ALL_USERS = "hellohq users"
ACTIVE_USERS = "hellohq absences"


def email_key(address: str) -> str:
    return address.strip().casefold()


def active_users(reads: Reads, today: date, source: str = ACTIVE_USERS) -> set[str]:
    """Ids of users that are listed as active and have not left yet (hellohq.md §9.1)."""
    return {row.user.id for row in reads[source].records if not _has_left(row.user, today)}


def _has_left(user: User, today: date) -> bool:
    return user.leaving_date is not None and user.leaving_date < today


class _ReadOnlySide:
    """A side of a MATCH stream: the engine never asks it for a write."""

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("people are only matched")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


class Employees(_ReadOnlySide):
    vendor = "personio"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        listing = reads[EMPLOYEES]
        items = {
            one.id: Item(
                one.id, {}, label=one.name, key=email_key(one.email), rank=0 if one.active else 1
            )
            for one in listing.records
        }
        unreadable = frozenset(part.id for part in listing.malformed)
        return Snapshot(items, listing.complete, listing.complete, unreadable=unreadable)


class Users(_ReadOnlySide):
    vendor = "hellohq"

    def __init__(self, today: date) -> None:
        self.today = today

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        active = active_users(reads, self.today)
        listing = reads[ALL_USERS]
        items = {
            user.id: Item(
                user.id, {}, label=user.name, key=email_key(user.email),
                rank=0 if user.id in active else 1,
            )
            for user in listing.records
        }  # fmt: skip
        complete = listing.complete and reads[ACTIVE_USERS].complete
        unreadable = frozenset(part.id for part in listing.malformed)
        return Snapshot(items, complete, complete, unreadable=unreadable)


def people_stream(today: date) -> Stream:
    return Stream(PEOPLE, Employees(), Users(today), rules=(), flow=Flow.MATCH)
