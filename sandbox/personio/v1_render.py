"""How v1 prints its records, with the irregularities that real answers show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sandbox.clock import BERLIN
from sandbox.personio.state import Absence, AbsenceType, Employee, PersonioState

Json = dict[str, Any]
STATUSES = {
    "APPROVED": "approved",
    "DELETION_PENDING": "approved",
    "PENDING": "pending",
    "SUBSTITUTE_REQUESTED": "requested",
}
LABELS = {
    "id": ("ID", "integer"),
    "first_name": ("First name", "standard"),
    "last_name": ("Last name", "standard"),
    "email": ("Email", "standard"),
    "status": ("Status", "standard"),
    "position": ("Position", "standard"),
    "supervisor": ("Supervisor", "standard"),
    "department": ("Department", "standard"),
    "weekly_working_hours": ("Weekly hours", "standard"),
    "hire_date": ("Hire date", "date"),
    "termination_date": ("Termination date", "date"),
    "created_at": ("Created at", "date"),
    "last_modified_at": ("Last modified", "date"),
    "dynamic_8801": ("Personalnummer", "standard"),
}
"""Label and type per attribute. Custom ones have no universal_id."""


def local(moment: datetime, colon: bool) -> str:
    """With Berlin's offset, spelled +02:00 or +0200."""
    text = moment.astimezone(BERLIN).isoformat(timespec="seconds")
    return text if colon else text[:-3] + text[-2:]


def utc(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0Z" if moment else None


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)


def time_off_type(kind: AbsenceType) -> Json:
    attributes = {
        "id": kind.id,
        "id_v2": kind.id_v2,
        "name": kind.name,
        "category": kind.category,
        "unit": kind.unit,
        "approval_required": kind.approval_required,
    }
    return {"type": "TimeOffType", "attributes": attributes}


def status(absence: Absence) -> str:
    return STATUSES.get(absence.status, absence.status.lower())


def time_off(state: PersonioState, absence: Absence) -> Json:
    colon = absence.id % 3 > 0
    kind = state.type_of(absence)
    attributes = {
        "id": absence.id,
        "id_v2": absence.id_v2,
        "status": status(absence),
        "comment": absence.comment,
        "start_date": local(absence.starts_at(), colon),
        "end_date": local(midnight(absence.last), colon) if absence.last else None,
        "days_count": sum(share for _, share in absence.breakdown(state.clock.today())),
        "half_day_start": _flag(absence, absence.half_start),
        "half_day_end": _flag(absence, absence.half_end),
        "time_off_type": {
            "type": "TimeOffType",
            "attributes": {"id": kind.id, "name": kind.name, "category": kind.category},
        },
        "employee": reference(state, absence, ("id", "first_name", "last_name", "email")),
        "created_by": absence.created_by,
        "certificate": {"status": "not-required"},
        "created_at": local(absence.created_at, colon),
        "updated_at": local(absence.updated_at, colon),
    }
    if not absence.comment:
        del attributes["comment"]
    return {"type": "TimeOffPeriod", "attributes": attributes}


def _flag(absence: Absence, value: bool) -> bool | int:
    return value if absence.id % 2 else int(value)


def absence_period(state: PersonioState, absence: Absence) -> Json:
    kind = state.type_of(absence)
    flat: Json = {"id": kind.id_v2, "name": kind.name, "time_off_type_id": kind.id}
    approved = status(absence) == "approved"
    attributes = {
        "id": absence.id_v2,
        "measurement_unit": ("hour", "hours", "minutes")[absence.id % 3],
        "effective_duration": absence.minutes,
        "employee": reference(state, absence, ("id",)),
        "absence_type": flat if absence.id % 2 else {"type": "AbsenceType", "attributes": flat},
        "certificate": {"status": "not-required"},
        "start": utc(absence.starts_at()),
        "end": utc(absence.ends_at()),
        "half_day_start": False,
        "half_day_end": False,
        "timezone": "Europe/Berlin",
        "comment": absence.comment,
        "origin": "web",
        "status": status(absence),
        "created_by": absence.employee_id,
        "created_at": utc(absence.created_at),
        "updated_at": utc(absence.updated_at),
        "approved_at": utc(absence.created_at) if approved else None,
        "breakdowns": [
            {"date": day.isoformat(), "effective_duration": int(minutes)}
            for day, minutes in absence.breakdown(state.clock.today())
        ],
    }
    return {"type": "AbsencePeriod", "attributes": attributes}


def reference(state: PersonioState, absence: Absence, names: tuple[str, ...]) -> Json:
    """The person of an absence; every second one in the reduced form `{label, value}`."""
    shown = employee(state, state.employees[absence.employee_id], set(names))["attributes"]
    if absence.id % 2 == 0:
        shown = {name: {k: v[k] for k in ("label", "value")} for name, v in shown.items()}
    return {"type": "Employee", "attributes": shown}


def employee(state: PersonioState, person: Employee, wanted: set[str]) -> Json:
    """`wanted` projects (empty: all); what the credential may not read is missing."""
    names = [
        name
        for name in LABELS
        if (not wanted or name in wanted or name == "id") and name not in state.credential.hidden
    ]
    return {"type": "Employee", "attributes": {n: _attribute(state, person, n) for n in names}}


def _attribute(state: PersonioState, person: Employee, name: str) -> Json:
    label, kind = LABELS[name]
    universal = None if name.startswith("dynamic_") else name
    value = _value(state, person, name)
    return {"label": label, "value": value, "type": kind, "universal_id": universal}


def _value(state: PersonioState, person: Employee, name: str) -> Any:
    match name:
        case "supervisor":
            return _supervisor(state, person)
        case "department":
            return _department(person)
        case "weekly_working_hours":
            return f"{person.weekly_hours:g}"
        case "hire_date":
            return local(midnight(person.hire_date), True)
        case "termination_date":
            left = person.termination_date
            return local(midnight(left), True) if left else None
        case "created_at":
            return local(person.created_at, True)
        case "last_modified_at":
            return local(person.updated_at, True)
        case "dynamic_8801":
            return person.personnel_number
    return getattr(person, name)


def _supervisor(state: PersonioState, person: Employee) -> Any:
    """Empty objects come as "" or []."""
    boss = person.supervisor_id
    if boss is None or boss not in state.employees:
        return "" if person.id % 2 else []
    label, kind = LABELS["id"]
    ident = {"label": label, "value": boss, "type": kind, "universal_id": "id"}
    return {"type": "Employee", "attributes": {"id": ident}}


def _department(person: Employee) -> Any:
    if not person.department:
        return ""
    number = 50 + sum(person.department.encode()) % 40
    return {"type": "Department", "attributes": {"id": number, "name": person.department}}


def attribute_list(state: PersonioState) -> list[Json]:
    return [
        {
            "key": name,
            "label": label,
            "type": kind,
            "universal_id": None if name.startswith("dynamic_") else name,
            "options": [],
        }
        for name, (label, kind) in LABELS.items()
        if name not in state.credential.hidden
    ]
