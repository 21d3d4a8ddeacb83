"""Details, and what stops a run: D1, D4, D10, G2."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Link, RunEntry
from sandbox.hibob import edit as bob
from sandbox.travelperk import edit as perk
from sandbox.travelperk.schema import TRAVELPERK
from tests.directory.conftest import (
    BIRTH,
    DEPARTMENT,
    GENDER,
    HIERARCHY,
    MANAGER,
    MOBILE,
    PHONE,
    PRO,
    SITE,
    TITLE,
    Firm,
    directory_of,
    writes,
)

EMPTY = {TITLE: None, PHONE: None, MOBILE: None, BIRTH: None, GENDER: None, DEPARTMENT: None}
BARE = {"title": "", "phone": "", "birth": "", "gender": "", "center": ""}
LISTED = ["job_title", "phone", "birth_date", "gender", "cost_center", "line_manager"]


def of(firm: Firm, name: str, *fields: str) -> dict[str, str]:
    profile = firm.profile(name)
    return {field: profile[field] for field in fields or BARE}


# -- D4 ----------------------------------------------------------------------------------------


def test_d4_under_full_an_empty_detail_is_no_error(firm: Firm) -> None:
    firm.change("Carl", **EMPTY)
    firm.activate(details="full", cost_centers=True)
    assert firm.synced().reasons == {} and of(firm, "Carl") == BARE


def test_d4_under_full_an_empty_detail_clears_what_we_wrote(firm: Firm) -> None:
    firm.activate(details="full", cost_centers=True)
    firm.synced()
    firm.change("Carl", **EMPTY)
    assert firm.synced().counts == {"updated": 1} and of(firm, "Carl") == BARE
    assert firm.synced().counts == {} and firm.problems() == {}


def test_d4_under_full_what_others_wrote_is_not_cleared(firm: Firm) -> None:
    firm.change("Carl", **EMPTY)
    firm.invite(
        "Carl", title="Reisende:r", phoneNumbers=[{"value": "+49 1", "type": "work"}],
        **{TRAVELPERK: {"gender": "M", "dateOfBirth": "1980-01-01"}},
    )  # fmt: skip
    firm.activate(details="full", cost_centers=True)
    firm.synced()
    firm.synced("--full")
    assert of(firm, "Carl") == {
        "title": "Reisende:r", "phone": "+49 1", "birth": "1980-01-01", "gender": "M", "center": "",
    }  # fmt: skip


def test_d4_a_listed_detail_that_is_missing_fails_and_the_rest_is_written(firm: Firm) -> None:
    firm.change("Carl", **{BIRTH: None, PHONE: None, MOBILE: None})
    firm.activate(details=LISTED)
    result = firm.synced(exit=1)
    assert result.reasons == {"missing_field": 2} and result.counts["failed"] == 2
    assert firm.problems() == {"Carl": ["missing_field", "missing_field"]}
    fields = {e.detail["field"] for e in firm.entries() if e.reason == "missing_field"}
    assert fields == {"birth_date", "phone"}
    assert of(firm, "Carl") == {
        "title": "Texter", "phone": "", "birth": "", "gender": "F", "center": "Kreation",
    }  # fmt: skip
    again = firm.synced(exit=1)
    assert again.reasons == {"missing_field": 2} and firm.entries() == []
    firm.change("Carl", **{BIRTH: "1990-01-01", MOBILE: "+49 2"})
    assert firm.synced().counts == {"updated": 1} and firm.problems() == {}


def test_d4_under_a_list_the_old_value_stays(firm: Firm) -> None:
    firm.activate(details=LISTED)
    firm.synced()
    before = of(firm, "Carl")
    firm.change("Carl", **EMPTY)
    assert firm.synced(exit=1).reasons == {"missing_field": 5}
    assert of(firm, "Carl") == before


def test_d4_nobody_above_is_no_error_and_other_genders_are_not_written(firm: Firm) -> None:
    firm.change("Dora", **{GENDER: "Divers"})
    firm.activate(details=["line_manager"])
    assert firm.synced().reasons == {}
    assert firm.profile("Anna")["manager"] == ""


@pytest.mark.parametrize("field", ["root.email", "root.firstName", "root.surname"])
def test_d4_without_a_mandatory_field_nobody_is_provisioned(firm: Firm, field: str) -> None:
    old = firm.hibob.employees[firm.ids["Carl"]].get(field)
    firm.change("Carl", **{field: None})
    firm.activate(**PRO)
    result = firm.synced(exit=1)
    assert result.reasons == {"missing_field": 1} and not firm.known("Carl")
    assert firm.groups() == {**HIERARCHY, "Ben": {"Dora"}}
    firm.change("Carl", **{field: old})
    firm.synced()
    assert firm.known("Carl") and firm.groups() == HIERARCHY


def test_d4_a_linked_person_who_loses_the_address_keeps_the_profile(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    before = firm.profile("Carl")
    bob.change_email(firm.hibob, firm.ids["Carl"], None)
    assert firm.synced(exit=1).reasons == {"missing_field": 1} and firm.profile("Carl") == before


@pytest.mark.parametrize(
    ("detail", "permissions"),
    [
        ("job_title", [TITLE]),
        ("phone", [PHONE, MOBILE]),
        ("birth_date", ["personal"]),
        ("gender", ["home"]),
        ("cost_center", [DEPARTMENT]),
        ("line_manager", ["work.reportsTo", MANAGER]),
    ],
)
@pytest.mark.parametrize("details", ["full", LISTED])
def test_d4_a_detail_permitted_for_nobody_clears_nothing_and_is_reported_once(
    firm: Firm, detail: str, permissions: list[str], details: Any
) -> None:
    firm.activate(details=details, cost_centers=True, **PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    for name in permissions:
        bob.remove_permission(firm.hibob, name)
    bob.rename(firm.hibob, firm.ids["Carl"], "Karl", "Muster")
    result = firm.synced(exit=1)
    assert result.reasons == {"permission_missing": 1} and result.counts["updated"] == 1
    bob.rename(firm.hibob, firm.ids["Carl"], "Carl", "Muster")
    firm.synced(exit=1)
    assert directory_of(firm.travelperk) == before
    assert [e.reason for e in firm.entries() if e.action != "update"] == []
    for name in permissions:
        bob.give_permission(firm.hibob, name)
    assert firm.synced().counts == {} and firm.problems() == {}


def test_d4_one_of_two_phone_numbers_is_enough(firm: Firm) -> None:
    bob.remove_permission(firm.hibob, PHONE)
    firm.activate(details=["phone"])
    assert firm.synced().reasons == {} and firm.profile("Carl")["phone"] == "+49 170 1000"


@pytest.mark.parametrize(
    "permission",
    ["root.email", "root.firstName", "root.surname", "work.startDate", "internal.lifecycleStatus",
     "lifecycle"],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_d4_g2_without_a_mandatory_permission_a_run_stops_and_names_it(
    firm: Firm, permission: str, first: bool
) -> None:
    firm.activate(**PRO)
    if not first:
        firm.synced()
    before = directory_of(firm.travelperk)
    bob.remove_permission(firm.hibob, permission)
    with firm.watched() as seen:
        result = firm.synced(exit=4)
    assert result.error == "permission_missing"
    field = {"lifecycle": "internal.lifecycleStatus"}.get(permission, permission)
    assert field in result.answer["error"]["detail"]
    assert writes(seen) == [] and directory_of(firm.travelperk) == before


@pytest.mark.parametrize("source", ["site", "employer"])
def test_d4_companies_that_hibob_does_not_show_are_reported_once(firm: Firm, source: str) -> None:
    firm.activate(companies={"enabled": True, "from": source})
    firm.synced()
    before = directory_of(firm.travelperk)
    bob.remove_permission(firm.hibob, {"site": SITE, "employer": "employment"}[source])
    assert firm.synced(exit=1).reasons == {"permission_missing": 1}
    assert directory_of(firm.travelperk) == before


def test_d3_d4_a_selection_by_sites_that_hibob_does_not_show_stops_the_run(firm: Firm) -> None:
    firm.activate(employees={"scope": "selected", "sites": ["Berlin"]})
    firm.synced()
    bob.remove_permission(firm.hibob, SITE)
    result = firm.synced(exit=4)
    assert result.error == "permission_missing" and SITE in result.answer["error"]["detail"]


def test_d4_the_first_run_goes_on_without_a_detail(firm: Firm) -> None:
    bob.remove_permission(firm.hibob, "personal")
    firm.activate()
    result = firm.synced(exit=1)
    assert result.reasons == {"permission_missing": 1} and result.counts["created"] == 5


def test_d1_g2_a_service_user_in_no_group_reads_nothing(firm: Firm) -> None:
    firm.activate(**PRO)
    bob.leave_group(firm.hibob)
    with firm.watched() as seen:
        result = firm.synced(exit=4)
    assert result.error == "permission_missing" and writes(seen) == []


def test_d1_preflight_names_permissions_and_invisible_leavers(firm: Firm) -> None:
    firm.activate(details="full")
    lines = firm.preflight()
    assert lines["permission_missing"]["state"] == lines["leavers_invisible"]["state"] == "ok"
    bob.remove_permission(firm.hibob, "personal")
    line = firm.preflight()["permission_missing"]
    assert line["state"] == "attention" and "personal.birthDate" in str(line["names"])
    bob.hide_leavers(firm.hibob)
    assert "leavers_invisible" in str(firm.preflight())


def test_d1_invisible_leavers_do_not_stop_a_run(firm: Firm) -> None:
    bob.hide_leavers(firm.hibob)
    firm.activate()
    assert firm.synced().counts == {"created": 5}


@pytest.mark.parametrize("vendor", ["hibob", "travelperk"])
def test_d1_wrong_credentials_write_nothing(firm: Firm, vendor: str) -> None:
    firm.activate()
    with firm.fault("unauthorized", vendor=vendor), firm.watched() as seen:
        result = firm.synced(exit=4)
    assert result.error and writes(seen) == []


def test_d1_a_key_that_may_only_read_users_is_named(firm: Firm) -> None:
    perk.remove_scope(firm.travelperk, "scim:read")
    firm.activate()
    result = firm.synced(exit=4)
    assert "users" in result.answer["error"]["detail"]


# -- D10 ---------------------------------------------------------------------------------------


def test_d10_what_is_not_selected_is_neither_asked_for_nor_written(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    from integrations.vendors.hibob.client import HiBobClient

    usual = HiBobClient._search

    def search(self: HiBobClient, fields: Any, ids: Any = ()) -> Any:
        asked.update(fields)
        return usual(self, fields, ids)

    monkeypatch.setattr(HiBobClient, "_search", search)
    firm.activate(details=["job_title"])
    firm.synced()
    assert TITLE in asked
    assert not asked & {BIRTH, GENDER, PHONE, MOBILE, DEPARTMENT, "work.reportsTo", MANAGER}
    assert of(firm, "Carl") == {**BARE, "title": "Texter"}
    assert firm.profile("Carl")["manager"] == ""


def test_d10_personal_data_in_travelperk_that_nobody_selected_is_not_kept(firm: Firm) -> None:
    """Typed in by hand for somebody employed and for a forgotten leaver."""
    secret = {TRAVELPERK: {"gender": "M", "dateOfBirth": "1911-11-11"}}
    firm.invite("Carl", title="alt", phoneNumbers=[{"value": "+49 666", "type": "work"}], **secret)
    firm.invite("Lena", **secret)
    firm.activate(details=["job_title"])
    firm.synced()
    kept = [str(row) for row in Link.objects.values_list("base", "echo")]
    kept += [str(row) for row in RunEntry.objects.values_list("before", "after", "plan", "detail")]
    assert not [row for row in kept if "1911" in row or "666" in row or "gender" in row]
    assert firm.profile("Carl")["birth"] == "1911-11-11"


def test_d10_a_detail_that_is_deselected_stays_as_it_is(firm: Firm) -> None:
    firm.activate(details=["birth_date", "job_title"])
    firm.synced()
    firm.activate(details=["job_title"])
    firm.change("Carl", **{BIRTH: None})
    assert firm.synced().counts == {} and firm.profile("Carl")["birth"] == "1990-02-03"
