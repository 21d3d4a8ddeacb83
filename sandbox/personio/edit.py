"""What a person does in Personio's own screens: records as JSON objects, edited by field.

Dates are YYYY-MM-DD. Every edit moves `updated_at`.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.personio.state import Absence, AbsenceType, Employee, PersonioState
from sandbox.world import Collection

Json = dict[str, Any]
STATUSES = ("APPROVED", "PENDING", "DELETION_PENDING", "SUBSTITUTE_REQUESTED")


def as_json(record: Absence | AbsenceType | Employee) -> Json:
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in asdict(record).items()
    }


def absence_json(state: PersonioState, absence: Absence) -> Json:
    names = {
        "employee": state.employees[absence.employee_id].name,
        "type": state.type_of(absence).name,
    }
    return {**as_json(absence), **names}


def all_absences(state: PersonioState) -> list[Json]:
    return [absence_json(state, absence) for absence in state.absences.values()]


def create_absence(state: PersonioState, given: Json) -> Json:
    """Needs employee_id, type_id, first; `last` defaults to `first`, null is open-ended."""
    now = state.clock.now()
    absence = Absence(
        id=state.next_id(), id_v2=state.uuid(), employee_id=0, type_id=0,
        first=date.min, last=None, half_start=False, half_end=False, minute=0, minutes=0,
        status="APPROVED", comment="", created_by="API", created_at=now, updated_at=now,
    )  # fmt: skip
    for name in ("employee_id", "type_id", "first"):
        if name not in given:
            raise ValueError(f"{name} is missing")
    _assign(absence, {"last": given["first"], **given})
    _check_absence(state, absence)
    state.absences[absence.id_v2] = absence
    return absence_json(state, absence)


def update_absence(state: PersonioState, key: str, given: Json) -> Json:
    known = find_absence(state, key)
    absence = Absence(**vars(known))
    _assign(absence, given)
    _check_absence(state, absence)
    absence.updated_at = _later(state, known.updated_at)
    state.absences[known.id_v2] = absence
    return absence_json(state, absence)


def delete_absence(state: PersonioState, key: str) -> None:
    """Deleting, rejecting and withdrawing are the same to the API: the record is gone."""
    del state.absences[find_absence(state, key).id_v2]


def find_absence(state: PersonioState, key: str) -> Absence:
    """By either id; KeyError if there is none."""
    if key in state.absences:
        return state.absences[key]
    for absence in state.absences.values():
        if str(absence.id) == key:
            return absence
    raise KeyError(key)


def _check_absence(state: PersonioState, absence: Absence) -> None:
    if absence.employee_id not in state.employees:
        raise ValueError("employee_id is unknown")
    if absence.type_id not in state.types:
        raise ValueError("type_id is unknown")
    if absence.last and absence.last < absence.first:
        raise ValueError("last is before first")
    if absence.half_start and absence.half_end and absence.first == absence.last:
        raise ValueError("Both half day start and half day end are true")
    hourly = state.type_of(absence).unit == "hour"
    if hourly != bool(absence.minutes):
        raise ValueError("minutes are for hour-based types, and needed there")


def _later(state: PersonioState, before: datetime) -> datetime:
    """Now, and in any case later than before: two edits in one second both show."""
    return max(state.clock.now(), before + timedelta(seconds=1))


def _assign(record: Absence | AbsenceType | Employee, given: Json) -> None:
    types = {field.name: str(field.type) for field in fields(record)}
    for name, value in given.items():
        if name not in types or name in ("id", "id_v2", "created_at", "updated_at"):
            raise ValueError(f"{name} cannot be set")
        setattr(record, name, _typed(name, types[name], value))


def _typed(name: str, kind: str, value: Any) -> Any:
    if value in (None, ""):
        if "None" not in kind and kind != "str":
            raise ValueError(f"{name} is missing")
        return "" if kind == "str" else None
    try:
        if kind.startswith("date"):
            return date.fromisoformat(value)
        if kind.startswith("int"):
            return int(value)
        if kind == "bool":
            return value in (True, 1, "1", "true", "on")
        return float(value) if kind == "float" else str(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {value!r} cannot be read") from error


def create_employee(state: PersonioState, given: Json) -> Json:
    now = state.clock.now()
    employee = Employee(
        id=max(state.employees, default=1000) + 1, first_name="", last_name="", email="",
        status="active", position="", department="", supervisor_id=None, weekly_hours=40.0,
        hire_date=state.clock.today(), termination_date=None, personnel_number="",
        created_at=now, updated_at=now,
    )  # fmt: skip
    _assign(employee, given)
    state.employees[employee.id] = employee
    return as_json(employee)


def update_employee(state: PersonioState, key: str, given: Json) -> Json:
    employee = state.employees[_number(key)]
    _assign(employee, given)
    employee.updated_at = _later(state, employee.updated_at)
    return as_json(employee)


def delete_employee(state: PersonioState, key: str) -> None:
    """With the absences, as Personio does."""
    employee = state.employees.pop(_number(key))
    gone = [a.id_v2 for a in state.absences.values() if a.employee_id == employee.id]
    for id_v2 in gone:
        del state.absences[id_v2]


def create_type(state: PersonioState, given: Json) -> Json:
    kind = AbsenceType(max(state.types, default=4710) + 1, state.uuid(), "", None, "day", True)
    _assign(kind, given)
    state.types[kind.id] = kind
    return as_json(kind)


def update_type(state: PersonioState, key: str, given: Json) -> Json:
    kind = state.types[_number(key)]
    _assign(kind, given)
    return as_json(kind)


def delete_type(state: PersonioState, key: str) -> None:
    kind = state.types[_number(key)]
    if any(absence.type_id == kind.id for absence in state.absences.values()):
        raise ValueError("the type has absences")
    del state.types[kind.id]


def credential_json(state: PersonioState) -> list[Json]:
    known = state.credential
    return [
        {
            "id": "api",
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "v1_scopes": sorted(known.v1_scopes),
            "v2_scopes": sorted(known.v2_scopes),
            "hidden": sorted(known.hidden),
        }
    ]


def update_credential(state: PersonioState, key: str, given: Json) -> Json:
    """`v1_scopes`, `v2_scopes`, `hidden` are lists; `client_secret` a string."""
    if key != "api":
        raise KeyError(key)
    for name, value in given.items():
        if name not in ("v1_scopes", "v2_scopes", "hidden", "client_secret"):
            raise ValueError(f"{name} cannot be set")
        setattr(state.credential, name, value if name == "client_secret" else set(value))
    return credential_json(state)[0]


def _number(key: str) -> int:
    if not key.isdecimal():
        raise KeyError(key)
    return int(key)


def _fixed(*_: Any) -> Any:
    raise ValueError("there is exactly one")


COLLECTIONS = {
    "absences": Collection(all_absences, create_absence, update_absence, delete_absence),
    "employees": Collection(
        lambda state: [as_json(employee) for employee in state.employees.values()],
        create_employee,
        update_employee,
        delete_employee,
    ),
    "types": Collection(
        lambda state: [as_json(kind) for kind in state.types.values()],
        create_type,
        update_type,
        delete_type,
    ),
    "credential": Collection(credential_json, _fixed, update_credential, _fixed),
}
