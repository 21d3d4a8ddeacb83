"""TravelPerk's REST half: keys and plans, cost centers, companies, approval groups."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.travelperk import edit
from sandbox.travelperk.schema import ENTERPRISE
from tests.sandbox.conftest import TODAY, Client
from tests.sandbox.travelperk.conftest import USERS, TravelPerk

CENTERS, GROUPS, COMPANIES = "/cost_centers", "/approval_groups", "/companies"
METHOD = "auto_approve_in_policy_notify"


def test_keys_and_version(perk: TravelPerk) -> None:
    perk.session.headers["Authorization"] = "apikey tp-key-nordlicht"
    perk.get(CENTERS)
    del perk.session.headers["Api-Version"]
    assert "detail" in perk.get(CENTERS, expect=400)
    perk.get(USERS)
    for value in ("ApiKey wrong-nordlicht", "ApiKey x", "Bearer tp-key-nordlicht", ""):
        perk.session.headers["Authorization"] = value
        assert perk.get(CENTERS, expect=401).keys() == {"detail"}
        assert perk.get(USERS, expect=401)["status"] == "401"


def test_plans(perk: TravelPerk) -> None:
    """D6: on Premium approval groups are refused and the remainder works."""
    edit.set_plan(perk.state, "premium")
    assert "Pro plan" in perk.get(GROUPS, expect=403)["detail"]
    perk.get(CENTERS)
    perk.get(USERS)
    edit.set_plan(perk.state, "starter")
    perk.get(CENTERS, expect=403)
    assert perk.get(USERS, expect=403)["status"] == "403"


def test_scopes(perk: TravelPerk) -> None:
    user = perk.create()
    edit.remove_scope(perk.state, "scim:delete")
    assert perk("DELETE", f"{USERS}/{user['id']}").status_code == 403
    edit.remove_scope(perk.state, "scim:write")
    assert perk("POST", USERS, json={}).status_code == 403
    perk.get(USERS)


def test_rate_limit_says_when_to_come_back(sandbox: Sandbox) -> None:
    with Sandbox(today=TODAY, enforce_limits=True) as strict:
        perk = TravelPerk(strict)
        answers = [perk("GET", "/companies") for _ in range(60)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and refused[0].headers["Retry-After"].isdecimal()
        assert answers[0].status_code == 200


def test_users_and_profiles_are_read(perk: TravelPerk) -> None:
    page = perk.get("/users", limit=3)
    assert (page["limit"], page["total"]) == (3, len(perk.state.users))
    user = page["users"][0]
    assert user["id"].isdecimal() and user["name"]["first_name"] and "user_name" in user
    assert perk.get("/profiles")["profiles"][0]["payment_method_type"] == "manual"
    assert perk("POST", "/users", json={}).status_code == 405


# -- cost centers


def test_cost_center_pages_have_no_total(perk: TravelPerk) -> None:
    for number in range(25):
        perk.send("POST", CENTERS, 201, name=f"KS {number}")
    first = perk.get(CENTERS)
    assert first.keys() == {"offset", "limit", "cost_centers"} and first["limit"] == 10
    assert first["cost_centers"][0].keys() == {"id", "name", "count_users"}
    ids = [
        row["id"]
        for offset in range(0, 40, 10)
        for row in perk.get(CENTERS, offset=offset)["cost_centers"]
    ]
    assert ids == sorted(perk.state.cost_centers)
    assert len(perk.get(CENTERS, limit=500)["cost_centers"]) == 28


def test_cost_center_is_archived_reopened_and_renamed(perk: TravelPerk) -> None:
    """D5: an archived one of that name can be opened again; names are unique among the living."""
    made = perk.send("POST", CENTERS, 201, name="Neu")
    path = f"{CENTERS}/{made['id']}"
    assert "detail" in perk.send("POST", CENTERS, 409, name="Neu")
    assert perk.send("PATCH", path, 200, archive=True)["archived"] is True
    twin = perk.send("POST", CENTERS, 201, name="Neu")
    perk.send("PATCH", path, 409, archive=False)
    perk.send("PATCH", f"{CENTERS}/{twin['id']}", 200, name="Anders")
    assert perk.send("PATCH", path, 200, archive=False)["archived"] is False
    assert perk.get(path)["all_companies"] is True
    assert "name" in perk.send("POST", CENTERS, 400, name=" ")
    assert perk("DELETE", path).status_code == 405
    perk.send("PATCH", f"{CENTERS}/1", 404, name="x")


def test_null_does_not_clear_an_approver(perk: TravelPerk) -> None:
    person = perk.people()[0]
    made = perk.send("POST", CENTERS, 201, name="Neu", approver_id=person)
    after = perk.send("PATCH", f"{CENTERS}/{made['id']}", 200, approver_id=None)
    assert after["approver_id"] == after["approver"]["id"] == person


def test_put_users_replaces_the_set(perk: TravelPerk) -> None:
    one, two, three = perk.people()[:3]
    made = perk.send("POST", CENTERS, 201, name="Neu")
    path = f"{CENTERS}/{made['id']}/users"
    perk.send("PUT", path, 200, user_ids=[one, two])
    detail = perk.send("PUT", path, 200, user_ids=[two, three])
    assert [user["id"] for user in detail["users"]] == [two, three] and detail["count_users"] == 2
    for wrong in ([one, 1], [str(one)], "all"):
        assert "user_ids" in perk.send("PUT", path, 400, user_ids=wrong)
    assert perk.get(f"{CENTERS}/{made['id']}")["count_users"] == 2


def test_membership_through_the_user(perk: TravelPerk) -> None:
    """D5: the user's cost center is the default one; a new name of it is seen at once."""
    made = perk.send("POST", CENTERS, 201, name="Neu")
    user = perk.create(**{ENTERPRISE: {"costCenter": "Neu"}})
    path = f"{CENTERS}/{made['id']}"
    assert [one["id"] for one in perk.get(path)["users"]] == [int(user["id"])]
    perk.send("PATCH", path, 200, name="Umbenannt")
    assert perk.user(user["id"])[ENTERPRISE]["costCenter"] == "Umbenannt"
    perk.send("PUT", f"{path}/users", 200, user_ids=[])
    assert "costCenter" not in perk.user(user["id"])[ENTERPRISE]


def test_archived_ones_may_be_missing_in_the_list(sandbox: Sandbox, perk: TravelPerk) -> None:
    def names(client: TravelPerk) -> set[str]:
        return {row["name"] for row in client.get(CENTERS)["cost_centers"]}

    assert "Media" in names(perk)
    assert "Media" not in names(TravelPerk(sandbox, "isarwerk"))
    assert isinstance(TravelPerk(sandbox, "elbtal").get(CENTERS)["cost_centers"][0]["id"], str)


def test_bulk_update(perk: TravelPerk) -> None:
    ids = [perk.send("POST", CENTERS, 201, name=name)["id"] for name in "AB"]
    path = f"{CENTERS}/bulk_update"
    assert perk.send("PATCH", path, 200, id_list=ids, archive=True) == {"updated_count": 2}
    perk.send("PATCH", path, 404, id_list=[*ids, 1], archive=False)
    assert all(perk.state.cost_centers[id].archived for id in ids)


# -- companies


def test_companies(perk: TravelPerk) -> None:
    """D7: exact names, and creation where the account allows it."""
    page = perk.get(COMPANIES)
    assert page["total"] == 3 and page["companies"][0]["is_default"]
    made = perk.send("POST", COMPANIES, 201, name="berlin", country_code="DE")
    assert perk.get(f"{COMPANIES}/{made['id']}")["name"] == "berlin"
    perk.send("POST", COMPANIES, 409, name="Berlin")
    perk.send("POST", COMPANIES, 409, name="München")
    assert "name" in perk.send("POST", COMPANIES, 400)
    user = perk.create(**{ENTERPRISE: {"organization": "Berlin"}})
    assert perk.get(f"{COMPANIES}/{page['companies'][1]['id']}")["count_users"] == 1
    perk.patch(user["id"], {"op": "remove", "path": f"{ENTERPRISE}:organization"})
    assert perk.user(user["id"])[ENTERPRISE]["organization"] == "Nordlicht Agentur"
    perk.state.account.companies_writable = False
    perk.send("POST", COMPANIES, 403, name="Wien")


# -- approval groups


def new_group(perk: TravelPerk, name: str = "HiBob · Otis", **more: Any) -> dict[str, Any]:
    given = {"approver_id": perk.people()[0], "approval_method": METHOD, "name": name, **more}
    return perk.send("POST", GROUPS, 201, **given)


def test_group_is_made_and_listed(perk: TravelPerk) -> None:
    group = new_group(perk, external_id="34")
    assert group["origin"] == "automated" and group["id"].isdecimal() and group["users"] == []
    assert group["approver"]["email"] and group["created"].endswith("Z")
    assert perk.get(f"{GROUPS}/{group['id']}") == group
    mine = perk.get(GROUPS, origin="automated", archived="false")
    assert mine["total"] == 3 and mine["approval_groups"][-1]["id"] == group["id"]
    assert "users" not in mine["approval_groups"][0]
    assert perk.get(GROUPS, limit=1)["total"] == 5
    perk.get(f"{GROUPS}/1", expect=404)


def test_group_conflicts(perk: TravelPerk) -> None:
    group = new_group(perk, external_id="34")
    given = {"approver_id": perk.people()[0], "approval_method": METHOD}
    perk.send("POST", GROUPS, 409, name=group["name"], **given)
    perk.send("PATCH", f"{GROUPS}/{group['id']}", 200, archive=True)
    perk.send("POST", GROUPS, 409, name="Other", external_id="34", **given)
    new_group(perk, name=group["name"])
    perk.send("PATCH", f"{GROUPS}/{group['id']}", 409, archive=False)


@pytest.mark.parametrize(
    "wrong",
    [{"approver_id": 1}, {"approver_id": "4711"}, {"approver_id": None}, {"name": ""},
     {"approval_method": "never"}, {"external_id": "x" * 65}],
)  # fmt: skip
def test_wrong_groups(perk: TravelPerk, wrong: dict[str, Any]) -> None:
    given = {"name": "N", "approver_id": perk.people()[0], "approval_method": METHOD, **wrong}
    assert wrong.keys() == perk.send("POST", GROUPS, 400, **given).keys()


def test_an_archived_user_approves_nothing(perk: TravelPerk) -> None:
    person = perk.people()[0]
    edit.archive_user(perk.state, person)
    given = {"name": "N", "approver_id": person, "approval_method": METHOD}
    perk.send("POST", GROUPS, 400, **given)


def test_members_move_between_automated_groups(perk: TravelPerk) -> None:
    """D6: one automated group per person; manual ones are left alone."""
    boss, one, two = perk.people()[:3]
    manual = edit.create_group(perk.state, "Von Hand", members=(one,))
    first, second = new_group(perk, "A"), new_group(perk, "B")
    perk.send("PUT", f"{GROUPS}/{first['id']}/users", 200, user_ids=[one, two])
    moved = perk.send("PUT", f"{GROUPS}/{second['id']}/users", 200, user_ids=[one])
    assert [user["id"] for user in moved["users"]] == [one]
    assert [user["id"] for user in perk.get(f"{GROUPS}/{first['id']}")["users"]] == [two]
    assert manual.user_ids == {one}
    archived = edit.create_user(perk.state, "A", "B", "ab@x.example", active=False).id
    for wrong in ([two, 1], [two, boss], [two, archived], [two, str(one)]):
        path = f"{GROUPS}/{second['id']}/users"
        assert "user_ids" in perk.send("PUT", path, 400, user_ids=wrong)
    assert [user["id"] for user in perk.get(f"{GROUPS}/{second['id']}")["users"]] == [one]
    assert perk.get(f"{GROUPS}/{first['id']}")["count_users"] == 1


def test_only_automated_groups_can_be_changed(perk: TravelPerk) -> None:
    """D6: manual and default ones stay; another tool's automated ones can be archived."""
    by_origin = {group.origin: group.id for group in perk.state.groups.values()}
    for origin in ("manual", "default"):
        perk.send("PATCH", f"{GROUPS}/{by_origin[origin]}", 403, archive=True)
        perk.send("PUT", f"{GROUPS}/{by_origin[origin]}/users", 403, user_ids=[])
    foreign = [g.id for g in perk.state.groups.values() if g.origin == "automated"]
    path = f"{GROUPS}/bulk_update"
    perk.send("PATCH", path, 403, id_list=[*foreign, by_origin["manual"]], archive=True)
    assert not perk.state.groups[foreign[0]].archived
    assert perk.send("PATCH", path, 200, id_list=foreign, archive=True)["updated_count"] == 2
    assert all(perk.state.groups[id].archived for id in foreign)
    assert perk("DELETE", f"{GROUPS}/{foreign[0]}").status_code == 405


# -- the control API


def test_records_are_edited_by_hand(perk: TravelPerk, control: Client) -> None:
    base = "/records/travelperk/nordlicht"
    name = {"givenName": "Nora", "familyName": "Quill"}
    made = control("POST", f"{base}/users", json={"userName": "n@x.example", "name": name}).json()
    control("PATCH", f"{base}/users/{made['id']}", json={"active": False, "title": "Analyst"})
    assert perk.user(made["id"])["title"] == "Analyst"
    assert control("POST", f"{base}/users", json={"userName": ""}).status_code == 400
    assert control("DELETE", f"{base}/users/{made['id']}").status_code == 204
    assert control("PATCH", f"{base}/users/{made['id']}", json={}).status_code == 404
    group = control("POST", f"{base}/approval_groups", json={"name": "Hand"}).json()
    assert perk.get(f"{GROUPS}/{group['id']}")["origin"] == "manual"
    assert control("PATCH", f"{base}/credential/api", json={"plan": "premium"}).status_code == 200
    perk.get(GROUPS, expect=403)
    assert control("PATCH", f"{base}/credential/api", json={"plan": "gold"}).status_code == 400
    center = next(iter(perk.state.cost_centers))
    control("PATCH", f"{base}/cost_centers/{center}", json={"archived": True})
    assert perk.get(f"{CENTERS}/{center}")["archived"] is True
