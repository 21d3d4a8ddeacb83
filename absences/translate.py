"""From a Personio absence to the helloHQ absence it is entered as (P1–P10). Pure.

The canonical absence is a dict of eight fields, the same from either side:
`user` (helloHQ id), `kind` (API value), and either calendar days `first`, `last` (ISO dates,
both inclusive) with `half_first` (from noon) and `half_last` (until noon), or the times
`starts_at`, `ends_at` (UTC, `…Z`, end exclusive). What does not apply is None or False. `note`
comes along, is written once and never compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from absences.mapping import TypeMapping
from integrations.engine.changes import fingerprint
from integrations.engine.stream import Trouble
from integrations.vendors.hellohq.records import FULL_DAY_KINDS, HOUR_BASED_KINDS, WorkingHours
from integrations.vendors.personio.records import Absence

FIELDS = ("user", "kind", "first", "last", "half_first", "half_last", "starts_at", "ends_at")
APPROVED = frozenset({"approved", "deletion_pending"})
NOT_APPROVED = frozenset(
    {"pending", "requested", "rejected", "declined", "cancelled", "canceled", "withdrawn",
     "deleted", "substitute_requested"}
)  # fmt: skip
DEFAULT_DAY = (time(9), time(17))
LOOK_BACK = timedelta(days=2 * 366)
"""How long before the start date absences are looked at; what is older is not even reported."""

Canonical = dict[str, Any]


@dataclass(frozen=True)
class Calendar:
    """What a translation depends on besides the absence: today, time zone, working hours."""

    today: date
    zone: ZoneInfo
    hours: Mapping[str, Sequence[WorkingHours]]

    @property
    def horizon(self) -> date:
        """The end of the next month: where an open-ended absence ends for helloHQ (P10)."""
        month = self.today.replace(day=1)
        for _month in range(2):
            month = (month + timedelta(days=32)).replace(day=1)
        return month - timedelta(days=1)

    def working_day(self, user: str, day: date) -> tuple[datetime, datetime]:
        """Start and end of a user's work on a day, local; 9 to 17 where nothing is known."""
        hours = [h for h in self.hours.get(user, ()) if h.weekday == day.weekday()]
        start = min((time.fromisoformat(h.start) for h in hours), default=DEFAULT_DAY[0])
        end = max((time.fromisoformat(h.end) for h in hours), default=DEFAULT_DAY[1])
        return (
            datetime.combine(day, start, self.zone),
            datetime.combine(day, end, self.zone),
        )

    def takes_whole_days(self, user: str, start: datetime, end: datetime) -> bool:
        """Whether a time (local) leaves nothing of the working days it touches, and touches any.
        Where no hours are known, people work from Monday to Friday."""
        first, last = touched_days(start, end)
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        days = [self.working_day(user, day) for day in every if self._works_on(user, day)]
        return bool(days) and start <= days[0][0] and days[-1][1] <= end

    def _works_on(self, user: str, day: date) -> bool:
        hours = self.hours.get(user, ())
        weekdays = {h.weekday for h in hours} or set(range(5))
        return day.weekday() in weekdays


def touched_days(start: datetime, end: datetime) -> tuple[date, date]:
    """The calendar days, inclusive, of a local time whose end is exclusive."""
    return start.date(), (end - timedelta(microseconds=1)).date()


def version(absence: Absence) -> str:
    """Moves when the absence is edited in Personio, and not when a mapping changes (P5)."""
    return fingerprint(
        absence.employee_id, absence.type_id_v2 or absence.type_id, absence.first, absence.last,
        absence.half_first, absence.half_last, absence.starts_at, absence.ends_at, absence.days,
        absence.updated_at,
    )  # fmt: skip


def standing(absence: Absence) -> tuple[Trouble | None, bool]:
    """Whether the absence counts: its trouble if not, and if it is withdrawn for certain (P7).

    A status that nobody knows is not approved, but proves no withdrawal either.
    """
    if absence.status in APPROVED:
        return None, False
    trouble = Trouble("not_approved", detail={"status": absence.status})
    return trouble, absence.status in NOT_APPROVED


def target_kind(absence: Absence, start: date, mapping: TypeMapping) -> str | Trouble:
    """The helloHQ absence, or why there is none (P1, P4)."""
    if absence.first < start:
        return Trouble("starts_before_sync_start", detail={"sync_start": start.isoformat()})
    kind = mapping.hq_absence(absence.type_id, absence.type_id_v2, absence.type_name)
    if kind is None:
        detail = {"type_id": absence.type_id, "type_name": absence.type_name}
        return Trouble("unmapped_type", detail=detail)
    return kind


def translate(absence: Absence, user: str, kind: str, calendar: Calendar) -> Canonical:
    """The canonical absence of an approved, mapped Personio absence."""
    empty: Canonical = dict.fromkeys(FIELDS, None) | {"half_first": False, "half_last": False}
    common = empty | {"user": user, "kind": kind, "note": absence.type_name}
    if kind in HOUR_BASED_KINDS:
        return common | _times(absence, user, calendar)
    return common | _days(absence, kind, calendar)


def widened(absence: Absence, kind: str) -> bool:
    """Whether a half day became a full one because the kind knows only full days (P6)."""
    return kind in FULL_DAY_KINDS and (absence.half_first or absence.half_last)


def rolling(
    absence: Absence, user: str, agreed: Mapping[str, Any], calendar: Calendar
) -> Canonical:
    """Fields of an open-ended absence that follow the calendar instead of its version (P10).

    `agreed` are the fields it was entered with; an end on the right day stays as it is, whatever
    the working hours are by now.
    """
    if not _is_open(absence):
        return {}
    last = _last(absence, calendar)
    end = utc(calendar.working_day(user, last)[1])
    if agreed.get("ends_at") and not rolls_on(absence, agreed, calendar):
        end = agreed["ends_at"]
    return {"last": last.isoformat(), "ends_at": end}


def rolls_on(absence: Absence, agreed: Mapping[str, Any], calendar: Calendar) -> bool:
    """Whether an open-ended absence that was entered by the hour has to end on a later day."""
    end = _moment(agreed.get("ends_at"))
    if end is None or not _is_open(absence):
        return False
    return end.astimezone(calendar.zone).date() != _last(absence, calendar)


def _is_open(absence: Absence) -> bool:
    return absence.last is None or (absence.starts_at is not None and absence.ends_at is None)


def _last(absence: Absence, calendar: Calendar) -> date:
    """The last day, inclusive; the horizon for an open end."""
    if absence.last is None:
        return max(calendar.horizon, absence.first)
    return max(absence.days, default=absence.last)


def _days(absence: Absence, kind: str, calendar: Calendar) -> Canonical:
    """Days of an absence; an hour-based one takes the days it covers (P10)."""
    whole = kind in FULL_DAY_KINDS or absence.starts_at is not None
    first = min(absence.days, default=absence.first)
    return {
        "first": first.isoformat(),
        "last": _last(absence, calendar).isoformat(),
        "half_first": absence.half_first and not whole,
        "half_last": absence.half_last and not whole,
    }


def _times(absence: Absence, user: str, calendar: Calendar) -> Canonical:
    """Times of an absence; a day-based one takes the working hours, halves split at the middle
    (hellohq.md §9.3)."""
    start, noon, _end = _marks(user, absence.first, calendar)
    _start, middle, end = _marks(user, _last(absence, calendar), calendar)
    begin = _moment(absence.starts_at) or (noon if absence.half_first else start)
    return {
        "starts_at": utc(begin),
        "ends_at": utc(_moment(absence.ends_at) or (middle if absence.half_last else end)),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _marks(user: str, day: date, calendar: Calendar) -> tuple[datetime, datetime, datetime]:
    """Start, middle and end of a user's work on a day."""
    start, end = calendar.working_day(user, day)
    return start, start + (end - start) / 2, end


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def natural_key(fields: Mapping[str, Any]) -> str:
    """Person, kind and days: what makes an absence of helloHQ equal to ours (P8)."""
    return "|".join(str(fields.get(name)) for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Claim:
    """Days that a record wants to cover. `settled`: linked and unmoved, so it keeps them."""

    id: str
    user: str
    kind: str
    first: str
    last: str
    widened: bool
    linked: bool
    settled: bool

    def meets(self, other: Claim) -> bool:
        same = self.user == other.user and self.kind == other.kind
        return same and self.first <= other.last and other.first <= self.last


def covered(claims: Sequence[Claim]) -> dict[str, str]:
    """Which records are covered by which, because widening made their days meet (P6).

    What is entered already keeps its days; among the others the earlier one gets them.
    """
    people: dict[tuple[str, str], list[Claim]] = {}
    found: dict[str, str] = {}
    ranked = sorted(claims, key=lambda c: (not c.settled, not c.linked, c.first, c.id))
    for claim in ranked:
        kept = people.setdefault((claim.user, claim.kind), [])
        rival = next((k for k in kept if k.meets(claim) and (k.widened or claim.widened)), None)
        if rival is None:
            kept.append(claim)
        else:
            found[claim.id] = rival.id
    return found
