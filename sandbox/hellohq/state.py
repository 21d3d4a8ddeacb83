"""What one helloHQ system holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.calendars import days, is_weekday
from sandbox.clock import Clock
from sandbox.hellohq.tables import HOURLY, build_tables
from sandbox.odata.model import Row, Table, Tables

SYNC_USER = 1
OFFICE_MANAGER = 2
"""The user who types things in by hand."""
NOON = 12


@dataclass
class HqToken:
    """The pre-shared token of the sync user. `scopes`: read_all, write_all."""

    value: str
    scopes: set[str] = field(default_factory=lambda: {"read_all", "write_all"})


@dataclass
class HqRules:
    """The system's switches, off unless said otherwise. `auto_approve`: reportings are accepted
    as soon as they are made. `lock_approved`: accepted ones cannot be changed."""

    auto_approve: bool = True
    lock_approved: bool = False
    refuse_closed_tasks: bool = False
    refuse_closed_projects: bool = False


@dataclass
class HqState:
    slug: str
    clock: Clock
    chance: Random
    token: HqToken
    app_secret: str
    tables: Tables = field(default_factory=build_tables)
    deactivated: set[int] = field(default_factory=set)
    """Ids of users; the API has no field for it."""
    oauth: dict[str, datetime] = field(default_factory=dict)
    """Access tokens from /Token and when they end."""
    refresh_token: str = ""
    last_ids: Counter[str] = field(default_factory=Counter)
    rules: HqRules = field(default_factory=HqRules)

    def __post_init__(self) -> None:
        self.refresh_token = self.refresh_token or f"hq-refresh-{self.slug}"

    @property
    def users(self) -> Table:
        return self.tables["Users"]

    @property
    def absences(self) -> Table:
        return self.tables["Absences"]

    def next_id(self, numbers: str, first: int) -> int:
        self.last_ids[numbers] = max(self.last_ids[numbers], first - 1) + 1
        return self.last_ids[numbers]

    def stamps(self, by: int, at: datetime | None = None) -> Row:
        moment = at or self.clock.now()
        return {"CreatedBy": by, "UpdatedBy": by, "CreatedOn": moment, "UpdatedOn": moment}

    def add_absence(self, values: Row, by: int, at: datetime | None = None) -> Row:
        """`values`: UserId, Type, Start, End, Note, IsApproved."""
        row = {
            "Id": self.next_id("tasks", 88_001),
            **values,
            "MissedDays": missed_days(values["Type"], values["Start"], values["End"]),
            **self.stamps(by, at),
        }
        return self.absences.add(row)

    def delete_absence(self, id: int, by: int) -> None:
        """Absences are tasks inside helloHQ: that is how the audit feed calls them."""
        self.absences.remove(id)
        self.record_deletion("Task", id, by)

    def record_deletion(self, kind: str, id: int, by: int) -> None:
        event: dict[str, Any] = {
            "Id": self.next_id("events", 90_001),
            "Type": "EntityDeleted",
            "DatabaseObject": kind,
            "EntityId": id,
            **self.stamps(by),
        }
        self.tables["Events"].add(event)


def missed_days(kind: str, start: datetime, end: datetime) -> float:
    """Working days (Monday to Friday) between start and the exclusive end, in halves; hours
    count nothing."""
    if kind in HOURLY:
        return 0.0
    last = (end - timedelta(microseconds=1)).date()
    missed = float(sum(is_weekday(day) for day in days(start.date(), last)))
    if start.hour == NOON and is_weekday(start.date()):
        missed -= 0.5
    if end.hour == NOON and is_weekday(last):
        missed -= 0.5
    return missed
