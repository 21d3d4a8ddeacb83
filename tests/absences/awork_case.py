"""Records of both systems, and what one run reads of them: for tests of A10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from absences.awork import AworkAbsences, HqAbsencesForAwork, absence_stream
from absences.full_days import AWORK_ABSENCES, Setting
from absences.translate import Calendar
from integrations.engine.changes import Circumstances, Plan
from integrations.engine.plan import plan_stream
from integrations.engine.stream import (
    LinkState,
    Listing,
    Reads,
    Snapshot,
    Stream,
)
from integrations.engine.world import Identities
from integrations.remote import Malformed
from integrations.vendors.awork.records import Absence as AworkRecord
from integrations.vendors.hellohq.records import Absence as HqRecord
from integrations.vendors.hellohq.records import User, UserWithAbsences, WorkingHours

PEOPLE, HQ, AW, HOURS = "people", "hellohq absences", "awork absences", "hellohq working hours "
BERLIN = ZoneInfo("Europe/Berlin")
TODAY, START = date(2026, 6, 17), date(2026, 6, 1)
CALENDAR = Calendar(TODAY, BERLIN, {})
SETTING = Setting("nordlicht", START, CALENDAR, True, PEOPLE, HQ, AW, HOURS)
MONDAY, FRIDAY = date(2026, 7, 6), date(2026, 7, 10)
NINE_TO_SIX = [WorkingHours(day, "09:00", "18:00") for day in range(5)]
ANNA, BEN, ALONE = "4701", "4702", "4703"
"""Alone is known to helloHQ only."""


def mark(id: str) -> str:
    return f"hq-sync:nordlicht:{id}"


CANONICAL: dict[str, Any] = {
    "user": ANNA,
    "first": "2026-07-06",
    "last": "2026-07-10",
    "half_first": False,
    "half_last": False,
    "description": "Urlaub",
    "provider": mark("1"),
}
"""What `hq()` and `ours()` are."""


def hq(id: str = "1", **changes: Any) -> HqRecord:
    made = HqRecord(
        id=id, user_id=ANNA, kind="Vacation", first=MONDAY, last=FRIDAY, half_first=False,
        half_last=False, starts_at=None, ends_at=None, note="privat", is_approved=True,
        missed_days=5.0, created_by="1", created_on="2026-01-01T08:00:00Z",
        updated_on="2026-01-01T08:00:00Z",
    )  # fmt: skip
    return replace(made, **changes)


def company(starts_at: str, ends_at: str, **changes: Any) -> HqRecord:
    when = {"first": None, "last": None, "starts_at": starts_at, "ends_at": ends_at}
    return hq(**{"kind": "CompanyAbsence", **when, **changes})


def aw(id: str = "a1", **changes: Any) -> AworkRecord:
    made = AworkRecord(
        id=id, user_id=f"aw-{ANNA}", first=MONDAY, last=FRIDAY, half_first=False, half_last=False,
        description="Urlaub", external_provider="", created_by="", created_on="", updated_by="",
        updated_on="", version="1",
    )  # fmt: skip
    return replace(made, **changes)


def ours(source: str = "1", **changes: Any) -> AworkRecord:
    return aw(**{"external_provider": mark(source), **changes})


def link(left: str | None = "1", right: str | None = "a1", **more: Any) -> LinkState:
    return LinkState(1, left, right, {"user": ANNA}, label="Anna, agreed", **more)


@dataclass
class Case:
    """What one run reads, and the links that it finds."""

    hq: Sequence[HqRecord] = ()
    awork: Sequence[AworkRecord] = ()
    links: Sequence[LinkState] = ()
    hours: dict[str, Listing] = field(default_factory=dict)
    malformed: Sequence[str] = ()
    users: Sequence[User] = (
        User(ANNA, "anna@x", "Anna Berg", None),
        User(BEN, "ben@x", "Ben Toll", None),
        User(ALONE, "alone@x", "Alone", None),
    )
    setting: Setting = SETTING
    complete: bool = True
    keep: bool = False

    @property
    def reads(self) -> Reads:
        rows = [
            UserWithAbsences(user, [one for one in self.hq if one.user_id == user.id])
            for user in self.users
        ]
        broken = [Malformed(id, "Start: no date") for id in self.malformed]
        return {
            HQ: Listing(rows, self.complete, malformed=broken),
            AW: Listing(list(self.awork), True),
            **{HOURS + user: listing for user, listing in self.hours.items()},
        }

    @property
    def world(self) -> Identities:
        people = [LinkState(n, id, f"aw-{id}", {}) for n, id in enumerate((ANNA, BEN))]
        return Identities({PEOPLE: people, AWORK_ABSENCES: list(self.links)})

    @property
    def stream(self) -> Stream:
        nobody: Any = None
        left = HqAbsencesForAwork(nobody, self.setting)
        right = AworkAbsences(nobody, self.setting, "aw-{}".format)
        return absence_stream(left, right, keep=self.keep)

    def left(self) -> Snapshot:
        return self.stream.left.snapshot(self.reads, self.world)

    def right(self) -> Snapshot:
        return self.stream.right.snapshot(self.reads, self.world)

    def plan(self) -> Plan:
        links = list(self.links)
        return plan_stream(self.stream, self.left(), self.right(), links, Circumstances())

    def foreign(self) -> set[str]:
        linked = {link.right_id for link in self.links if link.left_id}
        items = self.right().items.values()
        return {item.id for item in items if item.id not in linked and self.stream.foreign(item)}
