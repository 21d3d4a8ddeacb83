"""The pure decisions over HiBob's people: D2, D4, D7, D8, D9."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from directory.config import BASIC_FIELDS, Config
from directory.employees import Employee, Employment, cyclic, employees, employment
from directory.settings import HiBobTravelPerkSettings
from integrations.vendors.hibob import fields as bob
from integrations.vendors.hibob.records import Person

TODAY = date(2026, 6, 17)
FUTURE, EMPLOYED, LEFT = Employment.FUTURE, Employment.EMPLOYED, Employment.LEFT


def values(
    status: str | None = "employed", start: str | None = "2020-01-01", *,
    ends: str | None = None, last: str | None = None,
) -> dict[str, str | None]:  # fmt: skip
    return {
        bob.LIFECYCLE_STATUS: status,
        bob.START_DATE: start,
        bob.TERMINATION_DATE: ends,
        bob.LAST_DAY_OF_WORK: last,
    }


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (values(), EMPLOYED),
        (values("Employed"), EMPLOYED),
        # a future hire, on the eve and on the day
        (values("hired", "2026-06-18"), FUTURE),
        (values("hired", "2026-06-17"), EMPLOYED),
        (values("hired", None), FUTURE),
        (values("employed", "2026-06-18"), FUTURE),
        # every kind of leave, the customer's own too
        (values("parental leave"), EMPLOYED),
        (values("leave"), EMPLOYED),
        (values("209190001"), EMPLOYED),
        (values("Sabbatical"), EMPLOYED),
        (values(None), EMPLOYED),
        # the termination date is the last day
        (values(ends="2026-06-17"), EMPLOYED),
        (values(ends="2026-06-16"), LEFT),
        (values(ends="2026-12-31"), EMPLOYED),
        # the last day of work goes first: garden leave
        (values("garden leave", ends="2026-07-31", last="2026-06-16"), LEFT),
        (values("garden leave", ends="2026-07-31", last="2026-06-17"), EMPLOYED),
        (values(ends="2026-06-10", last="2026-06-30"), EMPLOYED),
        (values("parental leave", last="2026-06-16"), LEFT),
        # an explicit status needs no date
        (values("terminated"), LEFT),
        (values("Terminated", ends="2026-12-31"), LEFT),
        # a date of a former employment
        (values(start="2025-01-01", ends="2024-12-31"), EMPLOYED),
        (values(start="2025-01-01", ends="2024-12-31", last="2024-12-15"), EMPLOYED),
        (values("hired", "2026-07-01", ends="2024-12-31"), FUTURE),
        (values(start="2025-01-01", ends="2026-06-01", last="2024-12-15"), LEFT),
        (values(start=None, ends="2026-06-16"), LEFT),
    ],
)
def test_d2_d8_who_is_employed(given: dict[str, str | None], meant: Employment) -> None:
    assert employment(given, TODAY) is meant


@pytest.mark.parametrize(
    ("managers", "found"),
    [
        ({}, set()),
        ({"a": "", "b": "a", "c": "b"}, set()),
        ({"a": "a"}, {"a"}),
        ({"a": "b", "b": "a"}, {"a", "b"}),
        ({"a": "b", "b": "c", "c": "a", "d": "a", "e": "d"}, {"a", "b", "c"}),
        ({"a": "gone", "b": "a"}, set()),
        ({"a": "b", "b": "a", "x": "y", "y": "x", "z": "x"}, {"a", "b", "x", "y"}),
    ],
)
def test_d6_cycles_are_found_and_not_those_who_report_into_one(
    managers: dict[str, str], found: set[str]
) -> None:
    assert cyclic(managers) == found


def test_d6_a_chain_of_thousands_is_no_problem() -> None:
    chain = {str(n): str(n + 1) for n in range(5_000)}
    assert cyclic(chain) == frozenset()
    assert len(cyclic({**chain, "5000": "0"})) == 5_001


# -- details -----------------------------------------------------------------------------------

LISTS = {
    "title": {"t1": "Texter:in"},
    "department": {"d1": "Kreation"},
    "legalGenderEnhanced": {"g1": "Male", "g2": "weiblich", "g3": "Non-binary", "g4": " FEMALE "},
    "employer_entity_list": {"77": "Firma GmbH"},
}


def config(**answers: Any) -> Config:
    return Config.of(HiBobTravelPerkSettings.model_validate(answers))


def person(labels: dict[str, str] | None = None, **given: str | None) -> Person:
    named = {name.replace("__", "."): value for name, value in given.items()}
    return Person("1", {**values(), **named}, [], labels or {})


def employee(one: Person, **answers: Any) -> Employee:
    return employees([one], LISTS, config(**answers), TODAY)["1"]


@pytest.mark.parametrize(
    ("office", "mobile", "written"),
    [("1", "2", "1"), (None, "2", "2"), ("", "2", "2"), ("1", None, "1"), (None, None, "")],
)
def test_d4_the_work_phone_goes_before_the_mobile_one(
    office: str | None, mobile: str | None, written: str
) -> None:
    one = employee(person(work__workPhone=office, work__workMobile=mobile))
    assert one.details["phone"] == written


def test_d4_a_detail_that_is_not_delivered_says_nothing() -> None:
    details = employee(person(work__workMobile="2", work__title=None)).details
    assert details == {"phone": "2", "job_title": ""}


@pytest.mark.parametrize(
    ("item", "written"),
    [("g1", "M"), ("g2", "F"), ("g3", ""), ("g4", "F"), (None, ""), ("unknown", "")],
)
def test_d4_only_two_legal_genders_are_written(item: str | None, written: str) -> None:
    assert employee(person(home__legalGender=item)).details["gender"] == written


def test_d4_list_values_are_names_and_unknown_items_keep_their_label() -> None:
    assert employee(person(work__title="t1")).details["job_title"] == "Texter:in"
    labelled = person({"work.title": "Grafik"}, work__title="t9")
    assert employee(labelled).details["job_title"] == "Grafik"


def test_d10_what_was_not_selected_is_not_even_kept() -> None:
    one = person(personal__birthDate="1990-01-01", home__legalGender="g1", work__title="t1")
    assert employee(one, details=["job_title"]).details == {"job_title": "Texter:in"}
    assert employee(one, details=[]).details == {}


def test_d7_companies_come_from_the_site_or_the_employer() -> None:
    one = person(work__site="Mu\u0308nchen", employee__employerId="77")
    site = {"enabled": True, "from": "site"}
    employer = {"enabled": True, "from": "employer"}
    assert employee(one, companies=site).company == "München"
    assert employee(one, companies=employer).company == "Firma GmbH"
    assert employee(one).company == ""


@pytest.mark.parametrize(
    ("site", "chosen", "taken"),
    [
        ("Berlin", ["Berlin"], True),
        ("Berlin", ["Wien", "Berlin "], True),
        ("Berlin", ["Wien"], False),
        ("Mu\u0308nchen", ["München"], True),
        (None, ["Berlin"], False),
    ],
)
def test_d3_people_are_chosen_by_site(site: str | None, chosen: list[str], taken: bool) -> None:
    scope = {"scope": "selected", "sites": chosen}
    assert employee(person(work__site=site), employees=scope).in_scope is taken


# -- what is asked of HiBob --------------------------------------------------------------------


def asked(**answers: Any) -> set[str]:
    return set(config(**answers).fields) - set(BASIC_FIELDS)


def test_d10_only_selected_fields_are_asked_for() -> None:
    assert asked(details=[]) == set()
    assert asked(details=["birth_date"]) == {bob.BIRTH_DATE}
    assert asked(details=["phone", "gender"]) == {
        bob.WORK_PHONE, bob.WORK_MOBILE, bob.LEGAL_GENDER,
    }  # fmt: skip
    assert asked(details="full") == {
        bob.TITLE, bob.WORK_PHONE, bob.WORK_MOBILE, bob.BIRTH_DATE, bob.LEGAL_GENDER,
        bob.REPORTS_TO,
    }  # fmt: skip
    assert not set(BASIC_FIELDS) & {bob.BIRTH_DATE, bob.LEGAL_GENDER}


def test_d4_what_a_run_cannot_do_without_is_always_asked_for() -> None:
    chosen = config(employees={"scope": "selected", "sites": ["Berlin"]})
    assert set(config().required) < set(chosen.required) <= set(BASIC_FIELDS)


def test_d4_cost_centers_approvals_and_companies_imply_their_fields() -> None:
    approvals = {"enabled": True, "override_confirmed": True}
    assert asked(details=[], cost_centers=True) == {bob.DEPARTMENT}
    assert asked(details=["cost_center"]) == {bob.DEPARTMENT}
    assert asked(details=[], plan="pro", approvals=approvals) == {bob.REPORTS_TO}
    assert asked(details=[], companies={"enabled": True, "from": "employer"}) == {bob.EMPLOYER}
    assert asked(details=[], companies={"enabled": True}) == set()


def test_d4_cost_centers_are_optional_under_full_and_no_error_unless_listed() -> None:
    assert "cost_center" not in config(details="full").details
    assert config(details="full", cost_centers=True).listed == frozenset()
    assert config(details=["cost_center"]).cost_centers
    assert "cost_center" not in config(details=["phone"], cost_centers=True).listed


def test_d6_on_premium_approvals_rest() -> None:
    approvals = {"enabled": True, "override_confirmed": True, "method": "manual_approve_all"}
    assert config(plan="premium", approvals=approvals).approval_method == ""
    assert config(plan="pro", approvals=approvals).approval_method == "manual_approve_all"
    assert config(plan="pro").approval_method == ""


def test_d12_addresses_compare_trimmed_and_case_folded() -> None:
    one = employee(person(root__email=" Nora.GROSS@Firm.example ", root__firstName="Nora"))
    assert one.key == "nora.gross@firm.example"
    assert one.missing == ["last_name"]
