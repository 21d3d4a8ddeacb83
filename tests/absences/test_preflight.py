"""G3: the checklist of personio-hellohq; G4: matching by e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest
import time_machine
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from absences.live import live_types
from absences.mapping import store_mapping
from absences.preflight import Person, compare_people, preflight
from integrations import clients as clients_module
from integrations.clients import Clients
from integrations.kinds import Check
from integrations.models import Connection, Integration, Workspace
from integrations.remote import Malformed, Page, Unavailable
from integrations.vendors.hellohq.records import User
from integrations.vendors.personio.records import Absence, AbsenceType, Employee

TODAY = date(2026, 3, 16)
VACATION = AbsenceType("1", "u1", "Urlaub", "day", "paid_vacation")
SICK = AbsenceType("2", "u2", "Krankheit", "day", "sick_leave")
DOCTOR = AbsenceType("3", "u3", "Arzttermin", "hour", "")


def absence(id: str, kind: AbsenceType, **changes: Any) -> Absence:
    made = Absence(
        id=id,
        id_v2="",
        employee_id="7",
        type_id=kind.id,
        type_id_v2=kind.id_v2,
        type_name=kind.name,
        status="approved",
        first=date(2026, 4, 1),
        last=date(2026, 4, 2),
        half_first=False,
        half_last=False,
        starts_at=None,
        ends_at=None,
        minutes=None,
        days=[],
        amount=None,
        created_at="",
        updated_at="",
    )
    return replace(made, **changes)


@dataclass
class FakePersonio:
    people: list[Employee] = field(default_factory=list)
    types: list[AbsenceType] = field(default_factory=lambda: [VACATION, SICK, DOCTOR])
    daily: list[Absence] = field(default_factory=list)
    hourly: list[Absence] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    reads: int = 0

    def employees(self, cursor: str = "") -> Iterator[Page[Employee]]:
        yield Page(self.people, malformed=self.malformed)

    def absence_types(self, cursor: str = "") -> Iterator[Page[AbsenceType]]:
        self.reads += 1
        for position, one in enumerate(self.types):
            yield Page([one], cursor=str(position))

    def day_absences(self, first: date, last: date, cursor: str = "") -> Iterator[Page[Absence]]:
        assert first <= last
        yield Page(self.daily)

    def hour_absences(self, first: date, last: date, cursor: str = "") -> Iterator[Page[Absence]]:
        yield Page(self.hourly)


@dataclass
class FakeHelloHq:
    active: list[User] = field(default_factory=list)
    deactivated: list[User] = field(default_factory=list)

    def users(self, include_deactivated: bool, cursor: str = "") -> Iterator[Page[User]]:
        yield Page([*self.active, *(self.deactivated if include_deactivated else [])])


def employee(id: str, email: str, *, active: bool = True) -> Employee:
    return Employee(id, email, f"Employee {id}", active)


def user(id: str, email: str, leaving: date | None = None) -> User:
    return User(id, email, f"User {id}", leaving)


@pytest.fixture
def integration(db: None) -> Integration:
    workspace = Workspace.objects.create(slug="nordlicht", name="Nordlicht")
    return Integration.objects.create(
        workspace=workspace,
        kind="personio-hellohq",
        settings={"sync_start_date": "2026-01-01"},
        notices_confirmed=True,
    )


@pytest.fixture
def personio() -> FakePersonio:
    return FakePersonio(people=[employee("7", "ottilie@firma.example")])


@pytest.fixture
def hellohq() -> FakeHelloHq:
    return FakeHelloHq(active=[user("70", " Ottilie@Firma.example ")])


@pytest.fixture
def checks(integration: Integration, personio: FakePersonio, hellohq: FakeHelloHq) -> Any:
    def run() -> dict[str, Check]:
        both = cast(Clients, SimpleNamespace(personio=personio, hellohq=hellohq))
        with time_machine.travel("2026-03-16T12:00:00Z", tick=False):
            return {check.code: check for check in preflight(integration, both)}

    return run


def map_all(integration: Integration) -> None:
    mapping = {"Vacation": "Urlaub", "SickLeave": "Krankheit", "PrivateAbsence": "Arzttermin"}
    store_mapping(integration, mapping, [])


def test_g3_all_good(integration: Integration, checks: Any) -> None:
    map_all(integration)
    found = checks()
    assert {check.state for check in found.values()} == {"ok"}
    assert not any(check.action for check in found.values())
    assert found["people_matched"].count == 1
    assert "Employee 7" in found["people_matched"].names[0]
    assert "User 70" in found["people_matched"].names[0]


def test_g3_people_without_counterpart_are_named(
    personio: FakePersonio, hellohq: FakeHelloHq, checks: Any
) -> None:
    personio.people += [employee("8", "neu@firma.example"), employee("9", "")]
    hellohq.active += [user("71", "frei@firma.example"), user("72", "")]
    found = checks()
    assert found["people_unmatched"].state == "attention"
    assert list(found["people_unmatched"].names) == ["Employee 8 <neu@firma.example>", "Employee 9"]
    assert found["people_only_hellohq"].state == "ok"
    assert list(found["people_only_hellohq"].names) == ["User 71 <frei@firma.example>", "User 72"]


def test_g4_an_address_of_two_people_is_ambiguous_and_both_sides_are_named(
    hellohq: FakeHelloHq, checks: Any
) -> None:
    hellohq.active.append(user("71", "ottilie@firma.example"))
    check = checks()["people_ambiguous"]
    assert (check.state, check.count) == ("attention", 1)
    for name in ("Employee 7", "User 70", "User 71"):
        assert name in check.names[0]


def test_g4_a_reused_address_goes_to_the_active_one(
    personio: FakePersonio, hellohq: FakeHelloHq, checks: Any
) -> None:
    personio.people.append(employee("1", "ottilie@firma.example", active=False))
    hellohq.deactivated.append(user("1", "ottilie@firma.example"))
    hellohq.active.append(user("2", "ottilie@firma.example", date(2026, 3, 15)))
    found = checks()
    assert found["people_matched"].count == 1
    assert found["people_ambiguous"].count == 0


def test_g4_someone_inactive_in_hellohq_is_named(hellohq: FakeHelloHq, checks: Any) -> None:
    hellohq.deactivated, hellohq.active = hellohq.active, [user("71", "x@firma.example")]
    found = checks()
    assert found["people_inactive"].count == 1
    assert found["people_unmatched"].count == 0
    assert found["people_matched"].state == "attention"


def test_g3_the_last_day_of_work_is_a_day_of_work(hellohq: FakeHelloHq, checks: Any) -> None:
    hellohq.active = [user("70", "ottilie@firma.example", TODAY)]
    assert checks()["people_matched"].count == 1


def test_g3_a_forbidden_email_attribute_is_a_failed_connection(
    personio: FakePersonio, checks: Any
) -> None:
    personio.people = [employee("7", ""), employee("8", "")]
    check = checks()["attribute_missing"]
    assert (check.state, list(check.names)) == ("failed", ["email"])


def test_p4_unmapped_types_tell_what_waits(
    integration: Integration, personio: FakePersonio, checks: Any
) -> None:
    store_mapping(integration, {"SickLeave": "Krankheit"}, [])
    personio.daily = [
        absence("1", VACATION),
        absence("2", VACATION, status="deletion_pending"),
        absence("3", VACATION, status="pending"),
        absence("4", VACATION, first=date(2025, 12, 31)),
        absence("5", SICK),
    ]
    personio.hourly = [absence("6", DOCTOR, status="rejected")]
    check = checks()["unmapped_types"]
    assert (check.state, check.count) == ("attention", 2)
    assert list(check.names) == ["Urlaub (2)", "Arzttermin (0)"]


def test_p4_unmapped_types_without_absences_need_no_attention(
    integration: Integration, checks: Any
) -> None:
    store_mapping(integration, {"Vacation": "Urlaub", "SickLeave": "Krankheit"}, [])
    check = checks()["unmapped_types"]
    assert (check.state, list(check.names)) == ("ok", ["Arzttermin (0)"])


def test_p3_names_that_personio_does_not_know(integration: Integration, checks: Any) -> None:
    store_mapping(integration, {"Vacation": "Urlaub, Ferien"}, [])
    check = checks()["mapping_unknown"]
    assert (check.state, list(check.names)) == ("attention", ["Ferien"])


def test_p3_names_that_cannot_be_decided(
    integration: Integration, personio: FakePersonio, checks: Any
) -> None:
    map_all(integration)
    personio.types.append(AbsenceType("4", "u4", "URLAUB", "day", ""))
    personio.daily = [absence("1", VACATION)]
    found = checks()
    assert found["mapping_conflict"].state == "attention"
    assert "Urlaub [1]" in found["mapping_conflict"].names[0]
    assert "Urlaub (1)" in found["unmapped_types"].names


def test_p3_an_empty_mapping(checks: Any) -> None:
    assert checks()["mapping"].state == "attention"


@pytest.mark.parametrize(
    ("start", "state"),
    [
        ("2026-01-01", "ok"),
        ("2026-06-16", "ok"),
        ("2026-06-17", "attention"),
        ("2025-03-15", "ok"),
        ("2025-03-14", "attention"),
        (None, "attention"),
    ],
)
def test_p1_a_start_date_far_off(
    integration: Integration, checks: Any, start: str | None, state: str
) -> None:
    integration.settings = {"sync_start_date": start} if start else {}
    assert checks()["sync_start_date"].state == state


def test_p1_a_start_date_beyond_every_absence(integration: Integration, checks: Any) -> None:
    integration.settings = {"sync_start_date": "2036-01-01"}
    assert checks()["sync_start_date"].state == "attention"


NOTICES = {"absences_read_only", "vacation_requests_off", "own_integration_off"}


def test_p9_notices_are_to_confirm_until_confirmed(integration: Integration, checks: Any) -> None:
    assert {code: checks()[code].state for code in NOTICES} == dict.fromkeys(NOTICES, "ok")
    integration.notices_confirmed = False
    assert {code: checks()[code].state for code in NOTICES} == dict.fromkeys(NOTICES, "to_confirm")


def test_g3_unreadable_records_are_named(personio: FakePersonio, checks: Any) -> None:
    personio.malformed = [Malformed("99", "no status")]
    check = checks()["unreadable_records"]
    assert list(check.names) == ["99 (Personio): no status"]


people = st.lists(
    st.builds(
        Person,
        id=st.integers(0, 999).map(str),
        email=st.sampled_from(["", "a@x", "A@X ", "b@x"]),
        name=st.just("n"),
        active=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda person: person.id,
)


@given(people, people)
def test_g4_every_active_employee_is_in_exactly_one_group(
    employees: list[Person], users: list[Person]
) -> None:
    overview = compare_people(employees, users)
    groups = [left.id for left, _ in overview.matched + overview.inactive]
    groups += [left.id for lefts, _ in overview.ambiguous for left in lefts]
    groups += [left.id for left in overview.unmatched]
    assert sorted(groups) == sorted(one.id for one in employees if one.active)
    for left, right in overview.matched:
        assert left.email.strip().lower() == right.email.strip().lower() != ""
        assert right.active


@pytest.fixture
def connected(
    integration: Integration, personio: FakePersonio, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connection]:
    connection = Connection.objects.create(
        workspace=integration.workspace, vendor="personio", base_url="https://p.example"
    )
    connection.store_credentials({"client_id": "papi-1", "client_secret": "s"})
    monkeypatch.setitem(clients_module.OPENERS, "personio", lambda *_: personio)
    cache.clear()
    yield connection
    cache.clear()


def test_live_types_are_kept_for_five_minutes(
    integration: Integration, connected: Connection, personio: FakePersonio
) -> None:
    with time_machine.travel("2026-03-16T12:00:00Z", tick=False) as clock:
        assert [one.name for one in live_types(integration)] == [
            "Urlaub",
            "Krankheit",
            "Arzttermin",
        ]
        clock.shift(299)
        live_types(integration)
        assert personio.reads == 1
        clock.shift(2)
        live_types(integration)
        assert personio.reads == 2
        live_types(integration, refresh=True)
        assert personio.reads == 3


def test_live_types_of_other_credentials_are_read_anew(
    integration: Integration, connected: Connection, personio: FakePersonio
) -> None:
    live_types(integration)
    connected.store_credentials({"client_id": "papi-2", "client_secret": "s"})
    live_types(integration)
    assert personio.reads == 2


def test_live_types_know_which_id_is_whose(
    integration: Integration, connected: Connection, personio: FakePersonio
) -> None:
    personio.types = [VACATION, AbsenceType("uuid", "uuid", "Frei", "day", "")]
    assert [(one.id, one.id_v2) for one in live_types(integration)] == [("1", "u1"), ("", "uuid")]


def test_live_types_that_cannot_be_read_are_no_empty_list(
    integration: Integration, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise Unavailable("personio", "no connection")

    monkeypatch.setattr(FakePersonio, "absence_types", fail)
    with pytest.raises(Unavailable):
        live_types(integration)
