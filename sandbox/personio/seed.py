"""An agency's people and leaves as Personio holds them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sandbox.clock import Clock
from sandbox.company import KINDS, Agency, Leave, Person
from sandbox.personio.state import (
    Absence,
    AbsenceType,
    Credential,
    Employee,
    PersonioState,
    Quirks,
)

QUIRKS = {
    "nordlicht": Quirks(),
    "isarwerk": Quirks(window_inside=True, relative_next=True),
    "elbtal": Quirks(null_next=True, omit_total_elements=True),
}


def credentials(slug: str) -> dict[str, str]:
    return {"client_id": f"papi-{slug}", "client_secret": f"sandbox-secret-{slug}"}


def seed(agency: Agency, clock: Clock) -> PersonioState:
    state = PersonioState(
        slug=agency.slug,
        clock=clock,
        chance=agency.random("personio"),
        credential=Credential(f"papi-{agency.slug}", f"sandbox-secret-{agency.slug}"),
        quirks=Quirks(**vars(QUIRKS.get(agency.slug, Quirks()))),
    )
    for number, kind in enumerate(KINDS):
        state.types[4711 + number] = AbsenceType(
            4711 + number, state.uuid(), kind.name, kind.category, kind.unit, kind.approval
        )
    type_ids = {kind_type.name: kind_type.id for kind_type in state.types.values()}
    for person in agency.people:
        employee = _employee(agency, person)
        state.employees[employee.id] = employee
    for leave in agency.leaves:
        _add(state, agency, leave, type_ids[leave.kind.name])
    return state


def employee_id(person: Person) -> int:
    return 1000 + person.number


def _employee(agency: Agency, person: Person) -> Employee:
    left = person.oddity == "left"
    hired = datetime.combine(person.hired, time(8), UTC)
    return Employee(
        id=employee_id(person),
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        status="inactive" if left else "active",
        position=person.position,
        department=person.department,
        supervisor_id=None if person.manager is None else 1000 + person.manager,
        weekly_hours=person.weekly_hours,
        hire_date=person.hired,
        termination_date=agency.today - timedelta(days=20) if left else None,
        personnel_number=f"A-{person.number:03d}",
        created_at=hired,
        updated_at=hired + timedelta(days=30),
    )


def _add(state: PersonioState, agency: Agency, leave: Leave, type_id: int) -> None:
    """Created some weeks before it began, and at the latest a week ago."""
    created_day = min(leave.first - timedelta(days=21), agency.today - timedelta(days=8))
    created = datetime.combine(created_day, time(8, state.last_id % 60), UTC)
    absence = Absence(
        id=state.next_id(),
        id_v2=state.uuid(),
        employee_id=employee_id(leave.person),
        type_id=type_id,
        first=leave.first,
        last=leave.last,
        half_start=leave.half_start,
        half_end=leave.half_end,
        minute=leave.minute,
        minutes=leave.minutes,
        status=leave.status,
        comment=leave.comment,
        created_by=f"{leave.person.first_name} {leave.person.last_name}",
        created_at=created,
        updated_at=created + timedelta(hours=23),
    )
    state.absences[absence.id_v2] = absence
