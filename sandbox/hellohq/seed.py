"""An agency's people, and what was typed into helloHQ by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sandbox.calendars import public_holidays
from sandbox.clock import Clock
from sandbox.company import Agency, Leave, Person
from sandbox.hellohq.project_seed import seed_projects, user_id
from sandbox.hellohq.state import OFFICE_MANAGER, SYNC_USER, HqState, HqToken
from sandbox.hellohq.tables import WEEKDAYS
from sandbox.odata.model import Row


def credentials(slug: str) -> dict[str, str]:
    return {"api_token": f"hq-token-{slug}"}


def seed(agency: Agency, clock: Clock) -> HqState:
    state = HqState(
        slug=agency.slug,
        clock=clock,
        chance=agency.random("hellohq"),
        token=HqToken(f"hq-token-{agency.slug}"),
        app_secret=f"hq-secret-{agency.slug}",
    )
    _system(state, agency)
    for person in agency.people:
        if person.oddity != "hr_only":
            _account(state, agency, person)
    for leave in agency.leaves:
        if leave.in_hq:
            _typed_in(state, agency, leave)
    _foreign(state, agency)
    seed_projects(state, agency)
    return state


def _born(agency: Agency) -> datetime:
    return datetime(agency.today.year - 2, 1, 7, 8, tzinfo=UTC)


def _user(state: HqState, agency: Agency, id: int, first: str, last: str, email: str) -> Row:
    row: Row = {
        "Id": id,
        "FirstName": first,
        "LastName": last,
        "UserName": email.strip().lower().partition("@")[0] or f"user{id}",
        "EMailWork": email,
        "EmployeeNumber": f"{agency.slug[:2].upper()}-{id}",
        "Country": "Deutschland",
        "BasicLoadInHours": 40.0,
        **state.stamps(SYNC_USER, _born(agency)),
    }
    return state.users.add(row)


def _system(state: HqState, agency: Agency) -> None:
    _user(state, agency, SYNC_USER, "Sync", "Benutzer", f"sync@{agency.slug}.example")
    _user(state, agency, OFFICE_MANAGER, "Empfang", agency.name, "")
    stamps = state.stamps(SYNC_USER, _born(agency))
    number = list("abcdefghijklmnopqrstuvwxyz").index(agency.slug[0]) + 1
    state.tables["Subsystem"].add(
        {"Id": 100 + number, "Name": agency.name, "IsMaster": True, **stamps}
    )
    for year in (agency.today.year - 1, agency.today.year, agency.today.year + 1):
        for day, name in public_holidays(year).items():
            holiday = {"Id": state.next_id("holidays", 1), "Name": name, "Country": "Deutschland"}
            moment = datetime.combine(day, time())
            state.tables["PublicHolidays"].add({**holiday, "Date": moment, **stamps})


def _account(state: HqState, agency: Agency, person: Person) -> None:
    email = person.email
    if person.oddity == "spelled":
        email = f" {email.title()} "
    row = _user(state, agency, user_id(person), person.first_name, person.last_name, email)
    row["Department"] = person.department
    row["EntryDate"] = datetime.combine(person.hired, time())
    row["BasicLoadInHours"] = person.weekly_hours
    _working_hours(state, row, 3 if person.oddity == "part_time" else 5)
    if person.oddity in ("deactivated", "left"):
        _deactivate(state, agency, row)
    if person.oddity in ("twice", "reused"):
        twin = _user(
            state, agency, user_id(person) + 5000, person.first_name, person.last_name, person.email
        )
        if person.oddity == "reused":
            twin["FirstName"] = "Ehemalig"
            _deactivate(state, agency, twin)


def _deactivate(state: HqState, agency: Agency, row: Row) -> None:
    state.deactivated.add(row["Id"])
    row["LeavingDate"] = datetime.combine(agency.today - timedelta(days=20), time())


def _working_hours(state: HqState, user: Row, number: int) -> None:
    for weekday in WEEKDAYS[1 : number + 1]:
        row = {
            "Id": state.next_id("hours", 1),
            "UserId": user["Id"],
            "Weekday": weekday,
            "StartTime": 9.0,
            "EndTime": 18.0,
            "Duration": 8.0,
        }
        stamps = {name: user[name] for name in state.stamps(SYNC_USER)}
        state.tables["UserWorkingHours"].add({**row, **stamps})


def _typed_in(state: HqState, agency: Agency, leave: Leave) -> None:
    """The same days and kind as in HR; the note is the typist's own."""
    if leave.last is None or leave.half_start or leave.half_end:
        raise ValueError("only whole days are typed in")
    values = {
        "UserId": user_id(leave.person),
        "Type": leave.kind.hq,
        "Start": datetime.combine(leave.first, time()),
        "End": datetime.combine(leave.last + timedelta(days=1), time()),
        "Note": "von Hand eingetragen",
        "IsApproved": True,
    }
    state.add_absence(values, OFFICE_MANAGER, _born(agency))


def _foreign(state: HqState, agency: Agency) -> None:
    """Absences that HR knows nothing of."""
    monday = agency.today - timedelta(days=agency.today.weekday())
    cases = (("RemoteWork", -6, 1), ("Vacation", 20, 5), ("ProfessionalEducation", -9, 2))
    for person, (kind, week, length) in zip(agency.people, cases, strict=False):
        start = datetime.combine(monday + timedelta(weeks=week), time())
        values = {
            "UserId": user_id(person),
            "Type": kind,
            "Start": start,
            "End": start + timedelta(days=length),
            "Note": "nur in HQ",
            "IsApproved": True,
        }
        state.add_absence(values, OFFICE_MANAGER, _born(agency))
