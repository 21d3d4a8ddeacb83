"""Cost centers and companies: D5, D7."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hibob import edit as bob
from sandbox.travelperk import edit as perk
from tests.directory.conftest import (
    BIRTH,
    DEPARTMENT,
    EVERYBODY,
    GENDER,
    MOBILE,
    PHONE,
    SITE,
    TITLE,
    Firm,
    writes,
)

EMPTY = {TITLE: None, PHONE: None, MOBILE: None, BIRTH: None, GENDER: None, DEPARTMENT: None}
BARE = {"title": "", "phone": "", "birth": "", "gender": "", "center": ""}
LISTED = ["job_title", "phone", "birth_date", "gender", "cost_center", "line_manager"]


# -- D5 ----------------------------------------------------------------------------------------


def test_d5_departments_become_cost_centers(firm: Firm) -> None:
    firm.change("Carl", **{DEPARTMENT: "Media"})
    firm.change("Dora", **{DEPARTMENT: None})
    firm.activate(cost_centers=True)
    assert firm.synced().counts == {"created": 7}
    assert firm.centers() == {"Kreation": False, "Media": False}
    centers = {name: firm.profile(name)["center"] for name in ("Ben", "Carl", "Dora")}
    assert centers == {"Ben": "Kreation", "Carl": "Media", "Dora": ""}


def test_d5_a_cost_center_of_that_name_is_adopted(firm: Firm) -> None:
    perk.add_cost_center(firm.travelperk, "Kreation")
    perk.add_cost_center(firm.travelperk, "kreation")
    firm.activate(cost_centers=True)
    firm.synced()
    assert firm.centers() == {"Kreation": False, "kreation": False}
    assert firm.profile("Carl")["center"] == "Kreation"


@pytest.mark.parametrize("listed", [True, False])
def test_d5_an_archived_cost_center_is_opened_again(firm: Firm, listed: bool) -> None:
    firm.travelperk.quirks.archived_listed = listed
    center = perk.add_cost_center(firm.travelperk, "Kreation", archived=True)
    firm.activate(cost_centers=True)
    firm.synced()
    live = [c for c in firm.travelperk.cost_centers.values() if not c.archived]
    assert [c.name for c in live] == ["Kreation"] and firm.profile("Carl")["center"] == "Kreation"
    if listed:
        assert firm.travelperk.cost_centers[center.id] is live[0]
    assert firm.synced().counts == {}


def test_d5_one_that_was_adopted_and_not_yet_opened_is_opened_by_the_next_run(firm: Firm) -> None:
    """The run ended between the two."""
    perk.add_cost_center(firm.travelperk, "Kreation", archived=True)
    firm.activate(cost_centers=True)
    with firm.fault("server_error", path="cost_centers", method="PATCH", status=400):
        firm.synced(exit=1)
    assert firm.centers() == {"Kreation": True}
    firm.synced()
    assert firm.centers() == {"Kreation": False} and firm.problems() == {}
    assert {firm.profile(name)["center"] for name in EVERYBODY} == {"Kreation"}
    with firm.watched() as seen:
        firm.synced()
    assert not [e for e in seen if "cost_centers/" in e.path], "asked once, not in every run"


def test_d5_one_archived_by_hand_later_is_opened_again_by_the_full_run(firm: Firm) -> None:
    """The list does not say what is archived, so that only a full run can tell."""
    firm.activate(cost_centers=True)
    firm.synced()
    next(iter(firm.travelperk.cost_centers.values())).archived = True
    firm.synced("--full")
    assert firm.centers() == {"Kreation": False}


def test_d5_a_renamed_department_renames_the_cost_center_that_we_made(firm: Firm) -> None:
    firm.activate(cost_centers=True)
    firm.synced()
    id = next(iter(firm.travelperk.cost_centers))
    bob.rename_department(firm.hibob, "Kreation", "Design")
    assert firm.synced().counts == {"updated": 1}
    assert firm.centers() == {"Design": False} and firm.profile("Carl")["center"] == "Design"
    assert list(firm.travelperk.cost_centers) == [id]
    assert firm.synced().counts == {}


def test_d5_an_adopted_cost_center_is_not_renamed(firm: Firm) -> None:
    perk.add_cost_center(firm.travelperk, "Kreation")
    firm.activate(cost_centers=True)
    firm.synced()
    bob.rename_department(firm.hibob, "Kreation", "Design")
    assert firm.synced().counts == {} and firm.centers() == {"Kreation": False}
    firm.change("Carl", **{TITLE: None})
    firm.synced()
    assert firm.profile("Carl")["center"] == "Kreation"


def test_d5_cost_centers_are_never_archived(firm: Firm) -> None:
    firm.activate(cost_centers=True)
    firm.synced()
    for name in EVERYBODY:
        firm.change(name, **{DEPARTMENT: "Media"})
    firm.synced()
    bob.archive_item(firm.hibob, "department", "Kreation")
    firm.synced("--full")
    assert firm.centers() == {"Kreation": False, "Media": False}


def test_d5_switched_off_the_cost_centers_stay_and_switched_on_they_go_on(firm: Firm) -> None:
    firm.activate(cost_centers=True)
    firm.synced()
    firm.activate(cost_centers=False)
    firm.change("Carl", **{DEPARTMENT: "Media"})
    with firm.watched() as seen:
        assert firm.synced().counts == {}
    assert not [e for e in seen if "cost_centers" in e.path]
    assert firm.profile("Carl")["center"] == "Kreation"
    firm.activate(cost_centers=True)
    assert firm.synced().counts == {"created": 1, "updated": 1}
    assert firm.profile("Carl")["center"] == "Media"


def test_d5_someone_may_have_an_archived_or_nested_department(demo: Firm) -> None:
    demo.activate(cost_centers=True)
    demo.sync()
    assert {"Strategie", "Produktion", "Beratung"} <= set(demo.centers())


# -- D7 ----------------------------------------------------------------------------------------

COMPANIES: dict[str, Any] = {"companies": {"enabled": True}}


def test_d7_sites_become_companies(firm: Firm) -> None:
    firm.change("Carl", **{SITE: "Wien"})
    firm.change("Dora", **{SITE: None})
    firm.activate(**COMPANIES)
    assert firm.synced().counts == {"created": 7}
    assert firm.companies() == ["Berlin", "Wien"]
    found = {name: firm.profile(name)["company"] for name in ("Ben", "Carl", "Dora")}
    assert found == {"Ben": "Berlin", "Carl": "Wien", "Dora": ""}


def test_d7_employers_become_companies(firm: Firm) -> None:
    names = [item.name for item in firm.hibob.items("employer_entity_list")]
    for name in EVERYBODY:
        firm.change(name, **{"employee.employerId": names[0]})
    firm.change("Carl", **{"employee.employerId": names[1]})
    firm.activate(companies={"enabled": True, "from": "employer"})
    firm.synced()
    assert firm.profile("Carl")["company"] == names[1] and firm.companies() == sorted(names[:2])


def test_d7_names_are_compared_in_nfc_and_by_case(firm: Firm) -> None:
    for name in EVERYBODY:
        firm.change(name, **{SITE: "München"})
    perk.add_company(firm.travelperk, "Mu\u0308nchen")
    perk.add_company(firm.travelperk, "MÜNCHEN")
    firm.activate(**COMPANIES)
    with firm.watched() as seen:
        firm.synced()
    assert not [path for method, path in writes(seen) if "companies" in path]
    assert firm.profile("Carl")["company"] == "Mu\u0308nchen"
    assert firm.synced().counts == {}


def test_d7_nfc_counts_without_creating_too(firm: Firm) -> None:
    for name in EVERYBODY:
        firm.change(name, **{SITE: "München"})
    perk.add_company(firm.travelperk, "Mu\u0308nchen")
    firm.activate(companies={"enabled": True, "create_missing": False})
    assert firm.synced().reasons == {}
    assert firm.profile("Carl")["company"] == "Mu\u0308nchen"


def test_d7_without_creating_people_of_a_missing_company_are_reported(firm: Firm) -> None:
    perk.add_company(firm.travelperk, "Berlin")
    firm.change("Carl", **{SITE: "Wien"})
    firm.activate(companies={"enabled": True, "create_missing": False})
    with firm.watched() as seen:
        result = firm.synced()
    assert result.reasons == {"unknown_company": 1}
    assert firm.problems() == {"Carl": ["unknown_company"]}
    assert not [path for _method, path in writes(seen) if "companies" in path]
    assert firm.profile("Carl")["company"] == "" and firm.profile("Ben")["company"] == "Berlin"
    assert firm.synced().reasons == {"unknown_company": 1} and firm.entries() == []
    perk.add_company(firm.travelperk, "Wien")
    assert firm.synced().counts == {"updated": 1, "adopted": 1} and firm.problems() == {}
    assert firm.profile("Carl")["company"] == "Wien"


def test_d7_where_no_company_may_be_created_people_stay_in_the_default_one(firm: Firm) -> None:
    firm.travelperk.account.companies_writable = False
    firm.activate(**COMPANIES)
    result = firm.synced(exit=1)
    assert all(firm.known(name) for name in EVERYBODY) and firm.companies() == []
    assert result.counts["created"] == 5 and "Berlin" in firm.problems()
    with firm.watched() as seen:
        again = firm.synced(exit=1)
    assert {path for _method, path in writes(seen)} <= {"/companies"}
    assert again.reasons == result.reasons and again.counts == {"failed": again.counts["failed"]}
    firm.travelperk.account.companies_writable = True
    firm.synced()
    assert {firm.profile(name)["company"] for name in EVERYBODY} == {"Berlin"}
    assert firm.problems() == {}


def test_d7_companies_are_never_renamed_or_archived(firm: Firm) -> None:
    firm.activate(**COMPANIES)
    firm.synced()
    bob.rename_item(firm.hibob, "site", "Berlin", "Hamburg")
    with firm.watched() as seen:
        firm.synced()
    assert firm.companies() == ["Berlin", "Hamburg"]
    assert {m for m, path in writes(seen) if "companies" in path} == {"POST"}
    assert firm.profile("Carl")["company"] == "Hamburg"


def test_d7_a_merged_site_moves_its_people(firm: Firm) -> None:
    firm.change("Carl", **{SITE: "Wien"})
    firm.activate(employees={"scope": "selected", "sites": ["Wien", "Berlin"]}, **COMPANIES)
    firm.synced()
    firm.change("Carl", **{SITE: "Berlin"})
    assert firm.synced().counts == {"updated": 1}
    assert firm.profile("Carl")["company"] == "Berlin"
