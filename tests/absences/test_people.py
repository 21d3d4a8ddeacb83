"""Whose absences they are: G4."""

from __future__ import annotations

import pytest

from sandbox.hellohq import edit as hq_edit
from sandbox.personio import edit as personio_edit
from tests.absences.conftest import (
    ANNA,
    BEN,
    DEACTIVATED,
    HR_ONLY,
    LEFT,
    REUSED,
    SPELLED,
    STAYS,
    TWICE,
    Agency,
    user_of,
)


def test_g4_addresses_match_trimmed_and_case_folded(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=SPELLED)
    assert agency.hq.users.get(user_of(SPELLED))["EMailWork"].startswith(" ")
    agency.synced()
    assert agency.hq_row(made)[0] == user_of(SPELLED)


def test_g4_nobody_of_that_address_is_skipped_and_reported(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=HR_ONLY)
    result = agency.synced()
    assert result.reasons == {"no_match": 1} and agency.hq_rows() == [STAYS]
    assert agency.problems() == {made: ["no_match"]}


@pytest.mark.parametrize("address", ["", " "])
def test_g4_empty_addresses_match_nobody(agency: Agency, address: str) -> None:
    agency.employee(BEN, email=address)
    agency.user(user_of(BEN), EMailWork=address)
    agency.absence("2026-07-06", who=BEN)
    assert agency.synced().reasons == {"no_match": 1}


def test_g4_two_users_of_one_address_are_never_guessed(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=TWICE)
    result = agency.synced()
    assert result.reasons == {"ambiguous_match": 1} and agency.hq_rows() == [STAYS]
    agency.user(user_of(TWICE) + 5000, EMailWork="jemand@anders.example")
    agency.synced()
    assert agency.hq_row(made)[0] == user_of(TWICE) and agency.problems() == {}


def test_g4_two_employees_of_one_address_are_never_guessed(agency: Agency) -> None:
    address = agency.personio.employees[BEN].email
    twin = agency.hire(address.upper())
    agency.absence("2026-07-06", who=BEN)
    agency.absence("2026-07-07", who=twin)
    result = agency.synced()
    assert result.reasons == {"ambiguous_match": 2} and agency.hq_rows() == [STAYS]


def test_g4_an_address_used_again_in_hellohq_goes_to_the_active_user(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=REUSED)
    agency.synced()
    assert agency.hq_row(made)[0] == user_of(REUSED)


def test_g4_an_address_used_again_in_personio_goes_to_the_active_employee(agency: Agency) -> None:
    """A former employee had it before; whose absence it is says the employee, not the address."""
    address = agency.personio.employees[BEN].email
    agency.employee(BEN, status="inactive")
    successor = agency.hire(address)
    old = agency.absence("2026-07-06", who=BEN)
    new = agency.absence("2026-07-13", who=successor)
    agency.synced()
    assert agency.hq_row(new)[0] == user_of(BEN)
    assert agency.problems() == {old: ["no_match"]}


def test_g4_a_reused_address_moves_the_link_to_the_active_employee(agency: Agency) -> None:
    """He was linked while he was active; the copies that he has stay."""
    old = agency.absence("2026-07-06", who=BEN)
    agency.synced()
    agency.employee(BEN, status="inactive")
    successor = agency.hire(agency.personio.employees[BEN].email)
    new = agency.absence("2026-07-13", who=successor)
    agency.synced()
    assert agency.hq_row(new)[0] == user_of(BEN)
    assert agency.hq_row(old)[0] == user_of(BEN)
    assert agency.synced().counts == {}


@pytest.mark.parametrize("side", ["personio", "hellohq", "both"])
def test_g4_a_later_change_of_address_does_not_break_the_link(agency: Agency, side: str) -> None:
    made = agency.absence("2026-07-06", who=BEN)
    agency.synced()
    if side != "hellohq":
        agency.employee(BEN, email="verheiratet@nordlicht.example")
    if side != "personio":
        agency.user(user_of(BEN), EMailWork="umbenannt@nordlicht.example")
    agency.edit(made, last="2026-07-07")
    new = agency.absence("2026-08-03", who=BEN)
    result = agency.synced()
    assert result.counts == {"created": 1, "updated": 1}
    assert agency.hq_row(made) == (user_of(BEN), "Vacation", "2026-07-06", "2026-07-08")
    assert agency.hq_row(new)[0] == user_of(BEN)


def test_g4_swapped_addresses_do_not_swap_linked_people(agency: Agency) -> None:
    agency.absence("2026-07-06", who=ANNA)
    agency.absence("2026-07-06", who=BEN)
    agency.synced()
    anna, ben = (agency.personio.employees[one].email for one in (ANNA, BEN))
    agency.employee(ANNA, email=ben)
    agency.employee(BEN, email=anna)
    new = agency.absence("2026-08-03", who=ANNA)
    agency.synced()
    assert agency.hq_row(new)[0] == user_of(ANNA)


@pytest.mark.parametrize("who", [DEACTIVATED, LEFT])
def test_g4_nothing_is_written_for_somebody_inactive_in_hellohq(agency: Agency, who: int) -> None:
    made = agency.absence("2026-07-06", who=who)
    assert agency.synced().reasons == {"inactive_person": 1}
    assert agency.problems() == {made: ["inactive_person"]} and agency.hq_rows() == [STAYS]


@pytest.mark.parametrize("leave", [{"IsDeactivated": True}, {"LeavingDate": "2026-06-16T00:00:00"}])
def test_g4_records_of_somebody_who_became_inactive_stay_until_he_is_back(
    agency: Agency, leave: dict
) -> None:
    edited = agency.absence("2026-07-06", who=BEN)
    deleted = agency.absence("2026-07-13", who=BEN)
    rejected = agency.absence("2026-07-20", who=BEN)
    untouched = agency.absence("2026-07-27", who=BEN)
    agency.synced()
    before = agency.hq_rows()
    agency.user(user_of(BEN), **leave)
    agency.edit(edited, last="2026-07-07")
    agency.delete(deleted)
    agency.edit(rejected, status="PENDING")
    new = agency.absence("2026-08-03", who=BEN)
    for flags in ((), (), ("--full",)):
        result = agency.synced(*flags)
        assert agency.hq_rows() == before
        assert set(result.reasons) == {"inactive_person"}
    assert {edited, deleted, rejected, untouched, new} == set(agency.problems())

    agency.user(user_of(BEN), IsDeactivated=False, LeavingDate=None)
    result = agency.synced()
    assert result.counts["deleted"] == 2 and result.counts["updated"] == 1
    assert agency.hq_rows() == [
        (4702, "Vacation", "2026-07-06", "2026-07-08"),
        (4702, "Vacation", "2026-07-27", "2026-07-28"),
        (4702, "Vacation", "2026-08-03", "2026-08-04"),
        STAYS,
    ]
    assert agency.problems() == {rejected: ["not_approved"]}


def test_g4_the_last_day_of_work_still_counts_as_active(agency: Agency) -> None:
    agency.user(user_of(BEN), LeavingDate="2026-06-17T00:00:00")
    made = agency.absence("2026-06-17", who=BEN)
    agency.synced()
    assert agency.hq_row(made)[0] == user_of(BEN)


def test_g4_somebody_deleted_in_hellohq_is_reported_and_nothing_is_lost(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=BEN)
    agency.synced()
    hq_edit.delete_user(agency.hq, str(user_of(BEN)))
    result = agency.synced()
    assert result.exit == 0 and made in agency.problems()
    assert agency.hq_rows() == [STAYS]


def test_g4_an_employee_who_is_inactive_in_personio_still_syncs(agency: Agency) -> None:
    """Only helloHQ's side decides who is inactive: HR still corrects the last weeks."""
    agency.employee(BEN, status="inactive")
    made = agency.absence("2026-06-01", who=BEN)
    agency.synced()
    assert agency.hq_row(made)[0] == user_of(BEN)


def test_g4_an_employee_who_is_deleted_with_his_absences(agency: Agency) -> None:
    agency.absence("2026-07-06", who=BEN)
    agency.synced()
    personio_edit.delete_employee(agency.personio, str(BEN))
    agency.synced()
    assert agency.hq_rows() == [STAYS] and agency.problems() == {}


def test_g4_a_user_who_comes_later_gets_what_waited(agency: Agency) -> None:
    made = agency.absence("2026-07-06", who=HR_ONLY)
    agency.synced()
    address = agency.personio.employees[HR_ONLY].email
    user = hq_edit.create_user(
        agency.hq, {"FirstName": "Spät", "LastName": "Dran", "EMailWork": address}
    )
    agency.synced()
    assert agency.hq_row(made)[0] == user["Id"] and agency.problems() == {}
