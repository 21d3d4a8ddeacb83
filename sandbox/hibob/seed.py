"""An agency's staff as HiBob holds it."""

from __future__ import annotations

from datetime import date
from typing import Any
from zlib import crc32

from sandbox.clock import Clock
from sandbox.company import Agency
from sandbox.hibob.state import Employee, HiBobState, Item, Quirks, ServiceUser
from sandbox.names import DEPARTMENTS
from sandbox.staff import OLD_DEPARTMENT, SITES, Colleague, build_staff, employer

QUIRKS = {
    "nordlicht": Quirks(),
    "isarwerk": Quirks(date_format="%m/%d/%Y", leave_inactive=True),
    "elbtal": Quirks(lists_as_array=True, text_ids=True),
}
FIXED_LISTS: dict[str, tuple[str, ...]] = {
    "status": ("Active", "Inactive"),
    "state": ("uninvited", "invited", "registered"),
    "terminationreason": ("Kündigung", "Befristung", "Aufhebungsvertrag"),
    "pronouns": ("She / Her", "He / Him", "They / Them"),
    "honorific": ("Dr.", "Prof."),
    "nationalities": ("Deutsch", "Österreichisch", "Schweizerisch"),
    "legalGender": ("Female", "Male"),
    "payrollEmploymentType": ("Permanent", "Temporary"),
    "employmentstatus": ("Full time", "Part time"),
}
"""Lists whose items' ids are their names."""
LIFECYCLE = {
    "hired": "Hired", "employed": "Employed", "garden leave": "Garden leave", "leave": "Leave",
    "parental leave": "Parental leave", "terminated": "Terminated",
}  # fmt: skip
OWN_LEAVES = ("Sabbatical", "Langzeiterkrankung")
GENDERS = {"female": "Female", "male": "Male", "diverse": "Divers"}
COUNTRIES = {"DE": "Germany", "AT": "Austria", "CH": "Switzerland"}
FIRST_SITE, FIRST_EMPLOYER = 1_814_001, 77_001


def credentials(slug: str) -> dict[str, str]:
    return {"service_user_id": f"SERVICE-{slug}", "token": f"hibob-token-{slug}"}


def seed(agency: Agency, clock: Clock) -> HiBobState:
    given = credentials(agency.slug)
    state = HiBobState(
        slug=agency.slug,
        name=agency.name,
        clock=clock,
        chance=agency.random("hibob"),
        user=ServiceUser(given["service_user_id"], given["token"]),
        quirks=Quirks(**vars(QUIRKS.get(agency.slug, Quirks()))),
        company_id=600_000 + crc32(agency.slug.encode()) % 100_000,
    )
    staff = build_staff(agency)
    _lists(state, agency, staff)
    ids = {one.number: state.new_id() for one in staff}
    for one in staff:
        employee = _employee(state, agency, one, ids)
        state.employees[employee.id] = employee
    return state


def _lists(state: HiBobState, agency: Agency, staff: list[Colleague]) -> None:
    for name, values in FIXED_LISTS.items():
        state.lists[name] = [Item(value, value) for value in values]
    state.lists["lifecycleStatus"] = [Item(id, name) for id, name in LIFECYCLE.items()]
    state.lists["lifecycleStatus"] += [state.new_item(name) for name in OWN_LEAVES]
    state.lists["legalGenderEnhanced"] = [state.new_item(name) for name in GENDERS.values()]
    state.lists["countries"] = [Item(code, name) for code, name in COUNTRIES.items()]
    state.lists["title"] = [state.new_item(t) for t in sorted({p.title for p in staff if p.title})]
    state.lists["department"] = _departments(state)
    state.lists["site"] = [Item(FIRST_SITE + n, site) for n, site in enumerate(SITES)]
    employers = dict.fromkeys(employer(agency, site) for site in SITES)
    state.lists["employer_entity_list"] = [
        Item(FIRST_EMPLOYER + n, name) for n, name in enumerate(employers)
    ]


def _departments(state: HiBobState) -> list[Item]:
    """ "Strategie" belongs to "Beratung"; the old department is archived."""
    items = {name: state.new_item(name) for name in (*DEPARTMENTS, OLD_DEPARTMENT)}
    if state.quirks.text_ids:
        for name, item in items.items():
            item.id = name
    items[OLD_DEPARTMENT].archived = True
    items["Beratung"].children.append(items.pop("Strategie"))
    return list(items.values())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _employee(state: HiBobState, agency: Agency, one: Colleague, ids: dict[int, str]) -> Employee:
    def item(list_name: str, name: str) -> str | None:
        return str(state.item_named(list_name, name).id) if name else None

    country = SITES.get(one.site, "DE")
    own_leave = one.leave in OWN_LEAVES
    values: dict[str, Any] = {
        "root.email": one.email or None,
        "root.firstName": one.first_name,
        "root.surname": one.surname,
        "root.secondName": None,
        "root.creationDateTime": f"{one.first_start.isoformat()}T09:13:40.175639",
        "root.creationDate": one.first_start.isoformat(),
        "root.state": "uninvited",
        "work.employeeIdInCompany": one.payroll_number,
        "work.startDate": one.start.isoformat(),
        "work.originalStartDate": one.first_start.isoformat(),
        "work.title": item("title", one.title),
        "work.department": item("department", one.department),
        "work.siteId": state.item_named("site", one.site).id if one.site else None,
        "work.manager": ids[one.manager] if one.manager else None,
        "work.workPhone": one.phone or None,
        "work.workMobile": one.mobile or None,
        "internal.terminationDate": _iso(one.left),
        "internal.terminationReason": "Kündigung" if one.left else None,
        "employee.lastDayOfWork": _iso(one.last_day),
        "personal.birthDate": _iso(one.birth),
        "personal.nationality": ["Deutsch"] if country == "DE" else None,
        "home.legalGender": item("legalGenderEnhanced", GENDERS.get(one.gender, "")),
        "home.privateEmail": f"privat{one.number}@post.example",
        "address.country": country,
        "address.siteCountry": country if one.site else None,
        "employee.employerId": state.item_named(
            "employer_entity_list", employer(agency, one.site)
        ).id,
        "payroll.employment.type": "Permanent",
        "payroll.employment.contract": "Part time" if one.part_time else "Full time",
        "payroll.employment.fte": 60 if one.part_time else 100,
        "payroll.employment.weeklyHours": 24 if one.part_time else 40,
    }
    leave = item("lifecycleStatus", one.leave) if own_leave else one.leave
    return Employee(ids[one.number], values, leave or "")
