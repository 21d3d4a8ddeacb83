"""The history tables of an employee, as far as the sandbox remembers: what holds now."""

from __future__ import annotations

from typing import Any

from sandbox.hibob.fields import FIELDS, value
from sandbox.hibob.state import LEFT, Employee, HiBobState

Row = dict[str, Any]


def lifecycle_rows(state: HiBobState, employee: Employee) -> list[Row]:
    """Newest first; what is to come included."""
    start, ends = employee.get("work.startDate"), employee.get("internal.terminationDate")
    former = bool(ends and start and ends < start)
    days = [(start, "employed"), (ends, LEFT)]
    if former:
        days = [(employee.get("work.originalStartDate"), "employed"), (ends, LEFT), days[0]]
    rows = [
        {"id": number, "effectiveDate": day, "status": status}
        for number, (day, status) in enumerate(days, start=1)
        if day
    ]
    return rows[::-1]


def work_rows(state: HiBobState, employee: Employee) -> list[Row]:
    names = ("title", "department", "site", "siteId", "reportsTo")
    row = {name: value(state, employee, FIELDS[f"work.{name}"]) for name in names}
    return [{"id": 1, "effectiveDate": employee.get("work.startDate"), "customColumns": {}, **row}]


def employment_rows(state: HiBobState, employee: Employee) -> list[Row]:
    names = ("type", "contract", "fte", "weeklyHours")
    row = {name: employee.get(f"payroll.employment.{name}") for name in names}
    return [{"id": 1, "effectiveDate": employee.get("work.startDate"), **row}]
