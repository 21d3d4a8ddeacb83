"""The fields of an employee: metadata and machine values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.hibob.state import Employee, HiBobState


@dataclass(frozen=True, slots=True)
class Field:
    """`category` is the permission's, not always the id's prefix."""

    id: str
    type: str
    category: str
    label: str
    list: str = ""
    historical: bool = False

    @property
    def json_path(self) -> tuple[str, ...]:
        parts = tuple(self.id.split("."))
        return parts[1:] if parts[0] == "root" else parts

    def metadata(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "jsonPath": ".".join(self.json_path),
            "name": self.label,
            "type": self.type,
            "typeData": {"listId": self.list} if self.list else {},
            "category": self.category,
            "categoryId": self.category,
            "categoryDisplayName": CATEGORY_LABELS[self.category],
            "historical": self.historical,
            "description": None,
        }


CATEGORY_LABELS = {
    "root": "Basic info", "userData": "User data", "work": "Work", "workContact": "Work contact",
    "lifecycle": "Lifecycle", "personal": "Personal", "personalContact": "Personal contact",
    "home": "Home", "address": "Address", "employment": "Employment",
}  # fmt: skip

_TABLE = """
root.id employee-reference root Internal_ID
root.email text root Email
root.firstName text root First_name
root.surname text root Last_name
root.secondName text root Middle_name
root.displayName text root Display_name
root.fullName text root Full_name
root.companyId number root Company_ID
root.creationDateTime time root Creation_timestamp
root.avatarUrl avatar root Avatar
root.state list:state userData Invitation_status
root.creationDate date userData Creation_date
work.employeeIdInCompany number work Employee_ID
work.startDate date work Start_date
work.originalStartDate date work Original_start_date
work.title list:title work Job_title historical
work.department list:department work Department historical
work.site text work Site historical
work.siteId list_id:site work Site_ID historical
work.reportsTo employee work Reports_to historical
work.manager employee-reference work Manager_ID
work.reportsTo.email text work Manager's_email
work.reportsToIdInCompany number work Manager's_employee_ID
work.secondLevelManager employee-reference work Second_level_manager
work.isManager boolean work Is_manager
work.directReports number work Direct_reports
work.activeEffectiveDate date work Effective_date
work.workMobile text workContact Work_mobile
work.workPhone text workContact Work_phone
internal.status list:status lifecycle Status
internal.lifecycleStatus list:lifecycleStatus lifecycle Lifecycle_status
internal.terminationDate date lifecycle Termination_date
internal.terminationReason list:terminationreason lifecycle Termination_reason
internal.notice number lifecycle Notice_period
internal.probationEndDate date lifecycle Probation_end_date
internal.currentActiveStatusStartDate date lifecycle Active_since
employee.firstDayOfWork date lifecycle First_day_of_work
employee.lastDayOfWork date lifecycle Last_day_of_work
employee.recentLeaveStartDate date lifecycle Recent_leave_start
employee.recentLeaveEndDate date lifecycle Recent_leave_end
personal.birthDate date personal Birth_date
personal.shortBirthDate short-date personal Birthday
personal.pronouns list:pronouns personal Pronouns
personal.honorific list:honorific personal Honorific
personal.nationality multi-list:nationalities personal Nationality
home.legalGender list:legalGenderEnhanced home Gender
employee.legalSex list:legalGender home Legal_sex
home.privateEmail text personalContact Personal_email
home.privatePhone text personalContact Personal_phone
home.mobilePhone text personalContact Personal_mobile
address.line1 text address Address_line_1
address.city text address City
address.postCode text address Postal_code
address.country list:countries address Country
address.siteCity text address Site_city
address.siteCountry list:countries address Site_country
employee.employerId list_id:employer_entity_list employment Employer
payroll.employment.type list:payrollEmploymentType employment Employment_type
payroll.employment.contract list:employmentstatus employment Contract
payroll.employment.fte number employment FTE_%
payroll.employment.weeklyHours number employment Weekly_hours
employee.hrbp employee-reference work HR_business_partner
employee.buddy employee-reference work Buddy
"""


def _field(line: str) -> Field:
    id, kind, category, label, *historical = line.split()
    type_name, _, list_name = kind.partition(":")
    return Field(id, type_name, category, label.replace("_", " "), list_name, bool(historical))


FIELDS = {field.id: field for field in map(_field, _TABLE.strip().splitlines())}
BY_DEFAULT = tuple(
    field.id
    for field in FIELDS.values()
    if field.category in ("root", "work", "employment") or field.id.startswith("personal.pro")
)
"""Answered when a search names no fields: root, about, employment and work."""


def value(state: HiBobState, employee: Employee, field: Field) -> Any:
    """The machine value; None: empty."""
    derive = DERIVED.get(field.id)
    return derive(state, employee) if derive else employee.get(field.id)


def manager_of(state: HiBobState, employee: Employee) -> Employee | None:
    return state.employees.get(employee.get("work.manager") or "")


def _reports_to(state: HiBobState, employee: Employee) -> dict[str, Any] | None:
    manager = manager_of(state, employee)
    if manager is None:
        return None
    return {
        "id": manager.id,
        "firstName": manager.get("root.firstName"),
        "surname": manager.get("root.surname"),
        "displayName": manager.name,
        "email": manager.get("root.email"),
    }


def _of_manager(field_id: str) -> Callable[[HiBobState, Employee], Any]:
    def derive(state: HiBobState, employee: Employee) -> Any:
        manager = manager_of(state, employee)
        return manager and manager.get(field_id)

    return derive


def _short_birth_date(state: HiBobState, employee: Employee) -> str | None:
    day = employee.get("personal.birthDate")
    return day[5:] if day else None


def _site(state: HiBobState, employee: Employee) -> str | None:
    id = employee.get("work.siteId")
    return None if id is None else state.label("site", id)


DERIVED: dict[str, Callable[[HiBobState, Employee], Any]] = {
    "root.id": lambda state, e: e.id,
    "root.companyId": lambda state, e: state.company_id,
    "root.displayName": lambda state, e: e.name,
    "root.fullName": lambda state, e: e.name,
    "root.avatarUrl": lambda state, e: f"https://images.example/{e.id}?s={state.clock.now():%H%M}",
    "work.site": _site,
    "work.reportsTo": _reports_to,
    "work.reportsTo.email": _of_manager("root.email"),
    "work.reportsToIdInCompany": _of_manager("work.employeeIdInCompany"),
    "work.secondLevelManager": _of_manager("work.manager"),
    "work.isManager": lambda state, e: bool(state.reports(e.id)),
    "work.directReports": lambda state, e: len(state.reports(e.id)),
    "work.activeEffectiveDate": lambda state, e: e.get("work.startDate"),
    "internal.status": lambda state, e: state.status(e),
    "internal.lifecycleStatus": lambda state, e: state.lifecycle(e),
    "internal.currentActiveStatusStartDate": lambda state, e: e.get("work.startDate"),
    "employee.firstDayOfWork": lambda state, e: e.get("work.startDate"),
    "personal.shortBirthDate": _short_birth_date,
    "address.siteCity": _site,
}
