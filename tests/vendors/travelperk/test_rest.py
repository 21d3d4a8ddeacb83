"""Cost centers, approval groups and companies; refusals; the connection test."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    NotFound,
    OutcomeUnknown,
    Rejected,
    WriteRefused,
)
from integrations.vendors.travelperk.records import (
    AUTO_APPROVE_IN_POLICY_NOTIFY,
    MANUAL_APPROVE_ALL,
    ApprovalGroup,
    ApprovalGroupDraft,
    Company,
    CompanyDraft,
    CostCenter,
    InvoiceProfile,
)
from integrations.vendors.travelperk.refusals import AlreadyExists, masked

from .support import (
    CENTERS,
    COMPANIES,
    GROUPS,
    PROFILES,
    USERS,
    client,
    scim_error,
    sent,
    serve_list,
    serve_users,
)


def center(n: int, **changes: Any) -> dict[str, Any]:
    return {"id": n, "name": f"Center {n}", "count_users": 0, **changes}


def detail(n: int, *users: int, **changes: Any) -> dict[str, Any]:
    members = [{"id": user, "first_name": "N", "email": "x@y.z"} for user in users]
    return center(n, archived=False, users=members, count_users=len(users), **changes)


def group(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(n),
        "name": f"HiBob · Otis Fern · {n}",
        "external_id": f"bob-{n}",
        "origin": "automated",
        "approver_id": 4711,
        "approval_method": "manual_approve_all",
        "archived": False,
        "count_users": 1,
        "created": "2026-01-05T09:00:00Z",
        "modified": "2026-01-05T09:00:00Z",
        **changes,
    }


def ids(pages) -> list[str]:
    return [one.id for page in pages for one in page.records]


# Cost centers


@pytest.mark.parametrize("most", [50, 10])
def test_cost_centers_have_no_total_and_end_with_an_empty_page(net, perk, most):
    """A server that caps its pages must not cut the list short."""
    serve_list(net, CENTERS, [center(n) for n in range(1, 26)], most=most, total=False)
    pages = list(perk.cost_centers())
    assert ids(pages) == [str(n) for n in range(1, 26)]
    assert pages[0].total is None and pages[-1].cursor == ""
    assert net.calls[0].request.params == {"offset": "0", "limit": "50"}
    assert net.calls[0].request.headers["Api-Version"] == "1"
    assert ids(perk.cost_centers(pages[0].cursor)) == ids(pages[1:])


def test_what_the_list_of_cost_centers_does_not_say_is_not_guessed(net, perk):
    serve_list(net, CENTERS, [center(38)], total=False)
    first, _ = perk.cost_centers()
    assert first.records == (CostCenter("38", "Center 38", None, 0, None),)
    net.get(f"{CENTERS}/38", json=detail(38, 165, 166))
    assert perk.cost_center("38") == CostCenter("38", "Center 38", False, 2, ["165", "166"])


def test_a_list_without_total_that_ignores_the_offset_is_inconsistent(net, perk):
    net.get(CENTERS, json={"cost_centers": [center(1)]})
    with pytest.raises(InconsistentList):
        list(perk.cost_centers())


def test_a_cost_center_is_found_by_its_exact_name_rather_a_live_one(net, perk):
    """D5: an archived one of that name can be re-opened."""
    name = "Büro"
    rows = [center(1, name="büro"), center(2, name=unicodedata.normalize("NFD", name)),
            center(3, name=name), center(4, name=f"{name} ")]  # fmt: skip
    serve_list(net, CENTERS, rows, total=False)
    net.get(f"{CENTERS}/2", json={**detail(2), "archived": True})
    net.get(f"{CENTERS}/3", json=detail(3))
    assert perk.find_cost_center(name).id == "3"
    net.replace("GET", f"{CENTERS}/3", json={**detail(3), "archived": True})
    found = perk.find_cost_center(name)
    assert (found.id, found.archived) == ("2", True)
    assert perk.find_cost_center("BÜRO") is None


def test_cost_centers_are_created_renamed_archived_and_opened(net, perk):
    """D5. Written as `archive`, read as `archived`."""
    net.post(CENTERS, status=201, json=detail(38))
    net.patch(f"{CENTERS}/38", json=detail(38))
    perk.create_cost_center("Research")
    assert sent(net) == ("POST", CENTERS, {"name": "Research"})
    perk.patch_cost_center("38", archive=False)
    assert sent(net) == ("PATCH", f"{CENTERS}/38", {"archive": False})
    perk.patch_cost_center("38", name="Lab", archive=True)
    assert sent(net)[2] == {"name": "Lab", "archive": True}
    assert len(net.calls) == 3
    net.get(f"{CENTERS}/38", json=detail(38))
    perk.patch_cost_center("38")
    assert sent(net)[0] == "GET"


def test_the_members_are_sent_as_the_whole_set_of_numbers(net, perk):
    net.put(f"{CENTERS}/38/users", json=detail(38, 165, 166))
    found = perk.set_cost_center_users("38", ["166", "165", "166"])
    assert sent(net) == ("PUT", f"{CENTERS}/38/users", {"user_ids": [165, 166]})
    assert found.user_ids == ["165", "166"]
    perk.set_cost_center_users("38", [])
    assert sent(net)[2] == {"user_ids": []}
    with pytest.raises(Rejected):
        perk.set_cost_center_users("38", ["165", "abc"])
    assert len(net.calls) == 2


def test_members_set_without_an_answer_are_read(net, perk):
    net.put(f"{CENTERS}/38/users", status=204)
    net.get(f"{CENTERS}/38", json=detail(38, 165))
    assert perk.set_cost_center_users("38", ["165"]).user_ids == ["165"]


def test_a_creation_that_shows_nothing_has_an_unknown_outcome(net, perk):
    net.post(CENTERS, status=201)
    net.post(GROUPS, status=201, json={"id": "7"})
    with pytest.raises(OutcomeUnknown):
        perk.create_cost_center("Research")
    with pytest.raises(OutcomeUnknown):
        perk.create_approval_group(ApprovalGroupDraft("x", "1", MANUAL_APPROVE_ALL))
    assert len(net.calls) == 2


# Approval groups


def test_approval_groups_of_every_origin_and_archived_ones(net, perk):
    """D6: foreign automated groups are archived, manual ones stay."""
    rows = [group(1), group(2, origin="manual", external_id=None, approver_id=None, archived=True)]
    serve_list(net, GROUPS, rows)
    (page,) = perk.approval_groups()
    first, second = page.records
    assert (first.approver_id, first.external_id, first.user_ids) == ("4711", "bob-1", None)
    assert (second.origin, second.approver_id, second.external_id) == ("manual", "", "")
    assert second.archived is True
    assert net.calls[0].request.params == {"offset": "0", "limit": "50"}
    list(perk.approval_groups(archived=True))
    assert net.calls[1].request.params["archived"] == "true"
    staged = TypeAdapter(list[ApprovalGroup])
    assert staged.validate_json(staged.dump_json(list(page.records))) == list(page.records)


def test_a_group_in_detail_has_its_members(net, perk):
    net.get(f"{GROUPS}/7", json=group(7, users=[{"id": 5120}, {"id": "5121"}]))
    assert perk.approval_group("7").user_ids == ["5120", "5121"]


@pytest.mark.parametrize("changes", [{"archived": None}, {"origin": None}])
def test_a_group_whose_state_is_not_known_is_malformed(net, perk, changes):
    serve_list(net, GROUPS, [group(1, **changes), group(2)])
    (page,) = perk.approval_groups()
    assert ids([page]) == ["2"] and page.malformed[0].id == "1"


def test_a_group_of_a_returning_manager_is_found_even_if_only_the_archive_lists_it(net, perk):
    """D12: archived groups keep their external id."""

    def answer(request):
        import json

        rows = [group(7, archived=True)] if request.params.get("archived") == "true" else []
        return 200, {}, json.dumps({"total": len(rows), "approval_groups": rows})

    net.add_callback("GET", GROUPS, answer, content_type="application/json")
    net.get(f"{GROUPS}/7", json=group(7, archived=True, users=[]))
    found = perk.find_approval_group("bob-7")
    assert found.archived is True and found.user_ids == []
    assert perk.find_approval_group("bob-8") is None


def test_groups_are_created_changed_and_archived(net, perk):
    net.post(GROUPS, status=201, json=group(7, users=[]))
    draft = ApprovalGroupDraft("HiBob · O", "4711", AUTO_APPROVE_IN_POLICY_NOTIFY, "20011")
    perk.create_approval_group(draft)
    assert sent(net)[2] == {
        "name": "HiBob · O",
        "approver_id": 4711,
        "approval_method": "auto_approve_in_policy_notify",
        "external_id": "20011",
    }
    net.patch(f"{GROUPS}/7", json=group(7, users=[]))
    perk.patch_approval_group("7", archive=True)
    assert sent(net)[2] == {"archive": True}
    perk.patch_approval_group(
        "7", name="x", approver_id="1", approval_method=MANUAL_APPROVE_ALL, external_id="9"
    )
    assert sent(net)[2] == {
        "name": "x",
        "approver_id": 1,
        "approval_method": "manual_approve_all",
        "external_id": "9",
    }
    net.put(f"{GROUPS}/7/users", json=group(7, users=[{"id": 5120}]))
    assert perk.set_approval_group_users("7", {"5120"}).user_ids == ["5120"]
    assert len(net.calls) == 4


def test_a_method_or_approver_that_is_none_is_not_sent(net, perk):
    for draft in (
        ApprovalGroupDraft("x", "1", "all"),
        ApprovalGroupDraft("x", "", "manual_approve_all"),
    ):
        with pytest.raises(Rejected):
            perk.create_approval_group(draft)
    with pytest.raises(Rejected):
        perk.patch_approval_group("7", approver_id="a")
    assert len(net.calls) == 0


def test_a_manual_group_may_not_be_changed(net, perk):
    net.patch(f"{GROUPS}/7", status=403, json={"detail": "not automated"})
    with pytest.raises(Forbidden, match="not automated"):
        perk.patch_approval_group("7", archive=True)


# Companies and invoice profiles


def company(n: int, **changes: Any) -> dict[str, Any]:
    return {"id": n, "name": f"Acme {n}", "legal_name": None, "is_default": n == 1, **changes}


def test_companies_are_found_by_exact_name_and_created(net, perk):
    """D7: NFC, case-sensitive."""
    serve_list(net, COMPANIES, [company(1, archived=True), company(2, name="Acme 1"), company(3)])
    assert perk.find_company("Acme 1").id == "2"
    assert perk.find_company("acme 3") is None and perk.find_company("Acme 3 ") is None
    (page,) = perk.companies()
    assert page.records[0] == Company("1", "Acme 1", "", "", True, True)
    net.get(f"{COMPANIES}/3", json=company(3))
    assert perk.company("3").name == "Acme 3"
    net.post(COMPANIES, status=201, json=company(4))
    perk.create_company(CompanyDraft("Acme 4", country_code="DE"))
    assert sent(net) == ("POST", COMPANIES, {"name": "Acme 4", "country_code": "DE"})


def test_a_company_that_exists_or_may_not_be_created(net, perk):
    net.post(COMPANIES, status=409, json={"name": ["already exists"]})
    with pytest.raises(AlreadyExists, match="name: already exists"):
        perk.create_company(CompanyDraft("Acme"))
    net.replace("POST", COMPANIES, status=403, json={"detail": "not on this plan"})
    with pytest.raises(Forbidden, match="not on this plan"):
        perk.create_company(CompanyDraft("Acme"))


def test_invoice_profiles(net, perk):
    serve_list(net, PROFILES, [{"id": "4f8e-uuid", "name": "Acme Iberia SL"}])
    (page,) = perk.invoice_profiles()
    assert page.records == (InvoiceProfile("4f8e-uuid", "Acme Iberia SL"),)


# Refusals


def test_a_404_is_about_the_record_only_if_the_api_says_so(net, perk):
    net.get(f"{CENTERS}/1", status=404, json={"detail": "Not found."})
    with pytest.raises(NotFound):
        perk.cost_center("1")
    net.get(f"{CENTERS}/2", status=404, body="<html>", content_type="text/html")
    net.get(f"{CENTERS}/3", status=404)
    net.get(CENTERS, status=404, json={"detail": "Not found."})
    for call in (lambda: perk.cost_center("2"), lambda: perk.cost_center("3"),
                 lambda: list(perk.cost_centers())):  # fmt: skip
        with pytest.raises(EndpointNotFound):
            call()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (scim_error(400, "invalidValue", "unknown manager"), "invalidValue: unknown manager"),
        (scim_error(400, "", "bad"), "bad"),
        ({"detail": "bad"}, "bad"),
        ({"name": ["too long", "not unique"], "id": "x"}, "name: too long not unique; id: x"),
        ("bad", "bad"),
    ],
)
def test_error_bodies_of_both_apis(net, perk, body, shown):
    net.post(CENTERS, status=400, json=body)
    with pytest.raises(Rejected) as caught:
        perk.create_cost_center("x")
    assert caught.value.detail == shown


def test_error_texts_hold_neither_people_nor_the_key(net, perk):
    """Privacy: nothing of D10 reaches a log."""
    text = "nora.quill@acme.example born 1990-02-01, +34 600 000 001, k3y: <o'x@y.z>, 1990/2/1"
    net.post(CENTERS, status=400, json={"detail": text})
    with pytest.raises(Rejected) as caught:
        perk.create_cost_center("x")
    for secret in ("nora", "acme.example", "1990", "600", "k3y", "y.z"):
        assert secret not in str(caught.value)
    assert "born" in caught.value.detail


@given(st.emails(domains=st.just("acme.example")))
def test_no_address_survives(address):
    assert "@acme.example" not in masked(f"User '{address}' exists")


@pytest.mark.parametrize(
    "body", [{}, {"cost_centers": None}, [], {"cost_centers": [], "total": "x"}]
)
def test_an_answer_that_is_no_list(net, perk, body):
    net.get(CENTERS, json=body)
    with pytest.raises(BadAnswer):
        list(perk.cost_centers())


def test_no_rest_write_passes_a_closed_gate(net):
    """I14."""
    perk = client(gate=ClosedGate())
    writes = (
        lambda: perk.create_cost_center("x"),
        lambda: perk.patch_cost_center("1", archive=True),
        lambda: perk.set_cost_center_users("1", []),
        lambda: perk.create_company(CompanyDraft("x")),
        lambda: perk.patch_approval_group("1", archive=True),
        lambda: perk.set_approval_group_users("1", []),
    )
    for write in writes:
        with pytest.raises(WriteRefused):
            write()
    assert len(net.calls) == 0


# The connection test


def test_the_check_reads_a_page_of_every_list(net, perk):
    """D1, G2."""
    serve_users(net, [])
    serve_list(net, CENTERS, [])
    assert perk.check() == []
    net.get(COMPANIES, status=404)
    serve_list(net, GROUPS, [])
    assert perk.check(companies=True, approval_groups=True) == ["companies"]


def test_the_check_names_what_is_forbidden_and_raises_for_a_wrong_key(net, perk):
    net.get(USERS, status=403, json=scim_error(403))
    net.get(CENTERS, status=403, json={"detail": "role"})
    net.get(GROUPS, status=403)
    assert perk.check(approval_groups=True) == ["users", "cost_centers", "approval_groups"]
    net.replace("GET", USERS, status=401, json=scim_error(401))
    with pytest.raises(AuthFailed):
        perk.check()
