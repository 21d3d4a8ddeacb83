"""TravelPerk's SCIM users."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.travelperk import edit
from sandbox.travelperk.schema import CORE, ENTERPRISE, EXPENSE, TRAVELPERK
from tests.sandbox.conftest import Client
from tests.sandbox.travelperk.conftest import USERS, TravelPerk, new_user

BASE = "/api/v2/scim"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def error(answer: Any, status: int, scim_type: str = "") -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["schemas"] == [ERROR] and body["status"] == str(status)
    assert body.get("scimType", "") == scim_type


def test_created_user_is_answered_as_it_is(perk: TravelPerk) -> None:
    manager = str(perk.people()[0])
    extensions = {
        ENTERPRISE: {"costCenter": "Kreation", "manager": {"value": manager}},
        TRAVELPERK: {"gender": "F", "dateOfBirth": "1990/01/31", "travelPolicy": "Standard"},
    }
    answer = perk("POST", USERS, json=new_user("n@x.example", externalId="3", **extensions))
    user = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].startswith("application/scim+json")
    assert answer.headers["Location"] == user["meta"]["location"]
    assert user["id"].isdecimal() and user["groups"] == [] and user["active"] is True
    assert user[ENTERPRISE]["manager"]["$ref"].endswith(f"/Users/{manager}/")
    assert user[ENTERPRISE]["manager"]["displayName"]
    assert user[ENTERPRISE]["costCenter"] == "Kreation"
    assert user[ENTERPRISE]["organization"] == "Nordlicht Agentur"
    assert user[TRAVELPERK]["dateOfBirth"] == "1990-01-31"
    assert set(user["schemas"]) == {CORE, ENTERPRISE, TRAVELPERK}
    assert perk.user(user["id"]) == user
    under_rest_host = perk.get(f"/scim/Users/{user['id']}")
    assert under_rest_host["userName"] == user["userName"]


def test_read_only_and_unpublished_attributes_are_passed_over(perk: TravelPerk) -> None:
    user = perk.create(
        id="1", groups=[{"value": "1"}], meta={"location": "x"}, displayName="N",
        emails=[{"value": "n@x.example"}], **{ENTERPRISE: {"department": "Media"}},
    )  # fmt: skip
    assert user["id"] != "1" and user["groups"] == []
    assert not {"displayName", "emails"} & user.keys()
    assert "department" not in user[ENTERPRISE]
    answer = perk.patch(
        user["id"],
        {"op": "replace", "path": "id", "value": "1"},
        {"op": "replace", "path": f"{ENTERPRISE}:manager.displayName", "value": "X"},
        {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Media"},
        {"op": "replace", "path": "title", "value": "Analyst"},
    )
    assert answer.status_code == 200
    assert answer.json()["id"] == user["id"] and answer.json()["title"] == "Analyst"
    assert "department" not in answer.json()[ENTERPRISE]


def test_duplicates_conflict(perk: TravelPerk) -> None:
    """D12: the address counts without regard to case; also an archived one blocks."""
    user = perk.create("Nora.Quill@x.example", externalId="7")
    error(perk("POST", USERS, json=new_user("nora.quill@X.example")), 409, "uniqueness")
    error(perk("POST", USERS, json=new_user("n@x.example", externalId="7")), 409, "uniqueness")
    perk.patch(user["id"], {"op": "replace", "path": "active", "value": False})
    error(perk("POST", USERS, json=new_user("nora.quill@x.example")), 409, "uniqueness")
    other = perk.create("n@x.example")
    taken = {"op": "replace", "path": "userName", "value": "nora.quill@x.example"}
    error(perk.patch(other["id"], taken), 409, "uniqueness")
    assert perk.user(other["id"])["userName"] == "n@x.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"userName": ""},
        {"name": {"givenName": "Nora"}},
        {"active": "perhaps"},
        {"title": 7},
        {"preferredLanguage": "tlh"},
        {ENTERPRISE: {"manager": {"value": "1"}}},
        {ENTERPRISE: {"costCenter": "Unknown"}},
        {ENTERPRISE: {"costCenter": "Media"}},
        {ENTERPRISE: {"organization": "berlin"}},
        {TRAVELPERK: {"gender": "X"}},
        {TRAVELPERK: {"dateOfBirth": "31.01.1990"}},
        {TRAVELPERK: {"travelPolicy": "None"}},
        {TRAVELPERK: {"invoiceProfiles": [{"value": "None"}]}},
    ],
)
def test_wrong_values_write_nothing(perk: TravelPerk, wrong: dict[str, Any]) -> None:
    """Unknown and archived cost centers, unknown companies and managers among them."""
    before = len(perk.state.users)
    error(perk("POST", USERS, json={**new_user("n@x.example"), **wrong}), 400, "invalidValue")
    user = perk.create()
    merged = [{"op": "replace", "value": wrong}]
    if "name" not in wrong:
        error(perk.patch(user["id"], *merged), 400, "invalidValue")
    assert perk.user(user["id"]) == user
    assert len(perk.state.users) == before + 1


def test_company_is_matched_after_composition(perk: TravelPerk) -> None:
    """D7: the account has it with a decomposed umlaut."""
    user = perk.create(**{ENTERPRISE: {"organization": "München"}})
    company = perk.state.companies[perk.state.users[int(user["id"])].company]
    assert company.name != "München" and company.name.startswith("Mu")


def test_patch_is_all_or_nothing(perk: TravelPerk) -> None:
    user = perk.create()
    answer = perk.patch(
        user["id"],
        {"op": "replace", "path": "title", "value": "Analyst"},
        {"op": "replace", "path": f"{ENTERPRISE}:costCenter", "value": "Unknown"},
    )
    error(answer, 400, "invalidValue")
    assert perk.user(user["id"]) == user


def test_patch_changes_what_is_named_only(perk: TravelPerk) -> None:
    """D2: what other systems own stays."""
    id = str(perk.people()[3])
    before = perk.user(id)
    answer = perk.patch(
        id,
        {"op": "Replace", "path": "name.givenName", "value": "Nora"},
        {"op": "add", "path": "externalId", "value": "3400000000000000001"},
        {"op": "replace", "path": f"{ENTERPRISE}:costCenter", "value": "Kreation"},
        {"op": "replace", "path": f"{TRAVELPERK}:gender", "value": "F"},
        {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 1"},
    )
    expected = deepcopy(before)
    expected["name"]["givenName"] = "Nora"
    expected["externalId"] = "3400000000000000001"
    expected[ENTERPRISE]["costCenter"] = "Kreation"
    expected[TRAVELPERK]["gender"] = "F"
    expected["phoneNumbers"] = [{"value": "+49 1", "type": "work"}]
    expected["meta"] = answer.json()["meta"]
    assert answer.json() == expected and EXPENSE in expected


def test_patch_without_path_and_with_strings(perk: TravelPerk) -> None:
    user = perk.create()
    value = {"active": "False", "name.familyName": "Neu", f"{ENTERPRISE}:costCenter": "Kreation",
             TRAVELPERK: {"gender": "M"}}  # fmt: skip
    changed = perk.patch(user["id"], {"op": "replace", "value": value}).json()
    assert changed["active"] is False and changed["name"]["familyName"] == "Neu"
    assert changed["name"]["givenName"] == "Nora"
    assert changed[ENTERPRISE]["costCenter"] == "Kreation"
    assert changed[TRAVELPERK] == {"gender": "M"}


def test_patch_removes(perk: TravelPerk) -> None:
    manager = {"value": str(perk.people()[0])}
    phones = [{"value": "+49 1", "type": "work"}]
    user = perk.create(title="Analyst", phoneNumbers=phones,
                       **{ENTERPRISE: {"manager": manager, "costCenter": "Kreation"}})  # fmt: skip
    paths = ("title", "phoneNumbers", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:costCenter")
    removed = perk.patch(user["id"], *({"op": "remove", "path": path} for path in paths)).json()
    assert not {"title", "phoneNumbers"} & removed.keys()
    assert removed[ENTERPRISE].keys() == {"organization"}
    error(perk.patch(user["id"], {"op": "remove"}), 400, "noTarget")
    error(perk.patch(user["id"], {"op": "remove", "path": "name"}), 400, "invalidValue")


def test_patch_adds_and_replaces_phones(perk: TravelPerk) -> None:
    user = perk.create()
    work = {"value": "+49 1", "type": "work"}
    missing = {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 1"}
    error(perk.patch(user["id"], missing), 400, "noTarget")
    added = perk.patch(user["id"], {**missing, "op": "add"}).json()
    assert added["phoneNumbers"] == [work]
    twice = perk.patch(user["id"], {"op": "add", "path": "phoneNumbers", "value": [work]}).json()
    assert twice["phoneNumbers"] == [work]


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "move", "path": "title"}, "invalidSyntax"),
        ({"op": "replace", "path": "title"}, "invalidValue"),
        ({"op": "replace", "path": "costCentre", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "name..x", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "phoneNumbers[type co 1]", "value": {}}, "invalidFilter"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
    ],
)
def test_bad_operations(perk: TravelPerk, operation: dict[str, Any], scim_type: str) -> None:
    error(perk.patch(perk.create()["id"], operation), 400, scim_type)


def test_bad_messages(perk: TravelPerk) -> None:
    id = perk.create()["id"]
    error(perk("PATCH", f"{USERS}/{id}", json={"Operations": []}), 400, "invalidSyntax")
    error(perk("POST", USERS, data="{"), 400, "invalidSyntax")
    error(perk("GET", f"{USERS}/999999"), 404)
    error(perk("GET", f"{BASE}/Groups"), 404)
    error(perk("POST", f"{BASE}/Bulk", json={}), 404)


def test_put_destroys_what_is_left_out(perk: TravelPerk) -> None:
    """Why no sync may use it: the expense extension of another system is gone."""
    id = str(perk.people()[3])
    before = perk.user(id)
    assert EXPENSE in before and "phoneNumbers" in before
    error(perk("PUT", f"{USERS}/{id}", json={"userName": "x"}), 400, "invalidValue")
    after = perk("PUT", f"{USERS}/{id}", json=new_user(before["userName"])).json()
    assert not {EXPENSE, TRAVELPERK, "phoneNumbers", "title"} & after.keys()
    assert after[ENTERPRISE] == {"organization": before[ENTERPRISE]["organization"]}


def test_delete_erases(perk: TravelPerk, control: Client) -> None:
    """References go too, and the address is free again."""
    user = perk.create("gone@x.example")
    led = perk.create("led@x.example", **{ENTERPRISE: {"manager": {"value": user["id"]}}})
    assert perk("DELETE", f"{USERS}/{user['id']}").status_code == 204
    error(perk("GET", f"{USERS}/{user['id']}"), 404)
    assert "manager" not in perk.user(led["id"])[ENTERPRISE]
    perk.create("gone@x.example")
    methods = [e["method"] for e in control.get("/journal", vendor="travelperk")["entries"]]
    assert methods.count("DELETE") == 1


def everybody(perk: TravelPerk, **params: Any) -> list[str]:
    ids: list[str] = []
    while True:
        page = perk.get(USERS, startIndex=len(ids) + 1, **params)
        rows = page.get("Resources", [])
        assert page["itemsPerPage"] == len(rows)
        ids += [row["id"] for row in rows]
        if not rows:
            assert page["totalResults"] == len(ids)
            return ids


def test_list_is_capped_and_complete(perk: TravelPerk) -> None:
    for number in range(60):
        perk.create(f"p{number}@x.example", active=number % 2 == 0)
    assert len(perk.get(USERS, count=200)["Resources"]) == 50
    assert len(perk.get(USERS)["Resources"]) == 50
    ids = everybody(perk, count=200)
    assert ids == everybody(perk, count=7) == sorted(ids, key=int)
    assert set(map(int, ids)) == perk.state.users.keys()
    assert perk.get(USERS, startIndex=-3, count=1)["Resources"][0]["id"] == ids[0]
    for count in (0, -1):
        page = perk.get(USERS, count=count)
        assert page["totalResults"] == len(ids) and "Resources" not in page


def test_filters(perk: TravelPerk, sandbox: Sandbox) -> None:
    user = perk.create('o"neil@x.example', externalId="AbC")
    by_name = perk.get(USERS, filter='username EQ "O\\"NEIL@x.example"')
    assert [row["id"] for row in by_name["Resources"]] == [user["id"]]
    assert perk.get(USERS, filter='externalId eq "AbC"')["totalResults"] == 1
    nobody = perk.get(USERS, filter='externalId eq "abc"')
    assert nobody["totalResults"] == 0 and "Resources" not in nobody
    for bad in ('title eq "x"', 'userName co "x"', "userName eq x", 'userName eq "x" and a pr'):
        error(perk("GET", USERS, params={"filter": bad}), 400, "invalidFilter")
    refusing = TravelPerk(sandbox, "isarwerk")
    error(refusing("GET", USERS, params={"filter": 'externalId eq "1"'}), 400, "invalidFilter")
    ignoring = TravelPerk(sandbox, "elbtal")
    answer = ignoring.get(USERS, filter='externalId eq "1"')
    assert answer["totalResults"] == len(ignoring.state.users)


def test_patch_may_answer_nothing(sandbox: Sandbox) -> None:
    perk = TravelPerk(sandbox, "elbtal")
    id = perk.create()["id"]
    operation = {"op": "replace", "path": "title", "value": "Analyst"}
    answer = perk.patch(id, operation)
    assert (answer.status_code, answer.content) == (204, b"")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation]}  # fmt: skip
    named = perk("PATCH", f"{USERS}/{id}", json=body, params={"attributes": "title"})
    assert named.status_code == 200
    assert named.json().keys() == {"id", "schemas", "title"}
    assert perk.user(id)["title"] == "Analyst"


def test_discovery(perk: TravelPerk) -> None:
    config = perk.get(f"{BASE}/ServiceProviderConfig")
    assert config["filter"] == {"supported": True, "maxResults": 50}
    assert not config["bulk"]["supported"] and config["patch"]["supported"]
    schemas = perk.get(f"{BASE}/Schemas")
    assert schemas["totalResults"] == 4
    assert perk.get(f"{BASE}/Schemas/{TRAVELPERK}")["id"] == TRAVELPERK
    [kind] = perk.get(f"{BASE}/ResourceTypes")["Resources"]
    assert kind["endpoint"] == "/Users" and len(kind["schemaExtensions"]) == 3


@pytest.mark.parametrize(("kind", "rows"), [("empty_list", 0), ("lose_row", -1)])
def test_list_faults(perk: TravelPerk, control: Client, kind: str, rows: int) -> None:
    total = perk.get(USERS)["totalResults"]
    control("POST", "/faults", json={"kind": kind, "vendor": "travelperk", "page": 1})
    page = perk.get(USERS)
    assert len(page.get("Resources", [])) == (total + rows if rows else 0)
    assert page["totalResults"] == (total if rows else 0)


def test_users_of_before(perk: TravelPerk) -> None:
    """D9, D12: known addresses, capitals, an archived colleague, strangers, another tool's id."""
    users = perk.state.users.values()
    assert any(user.user_name != user.user_name.lower() for user in users)
    assert any(not user.active for user in users)
    assert [user.external_id for user in users if user.external_id] == ["okta-0815"]
    assert sum("studio.example" in u.user_name or "film.example" in u.user_name for u in users) == 2


def test_edited_by_hand(perk: TravelPerk) -> None:
    user = edit.create_user(perk.state, "Nora", "Quill", "nora@x.example")
    edit.change_user(
        perk.state, user.id, title="Analyst", **{f"{ENTERPRISE}:costCenter": "Kreation"}
    )
    edit.archive_user(perk.state, user.id)
    seen = perk.user(str(user.id))
    assert (seen["title"], seen["active"]) == ("Analyst", False)
    with pytest.raises(ValueError, match="userName"):
        edit.create_user(perk.state, "Nora", "Quill", "NORA@x.example")
    edit.restore_user(perk.state, user.id)
    edit.delete_user(perk.state, user.id)
    error(perk("GET", f"{USERS}/{user.id}"), 404)
