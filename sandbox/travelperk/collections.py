"""TravelPerk's records as the control API offers them."""

from __future__ import annotations

from typing import Any

from sandbox.travelperk import edit
from sandbox.travelperk.groups import detail_json
from sandbox.travelperk.rest import center_json, company_json
from sandbox.travelperk.state import METHODS, TravelPerkState, User
from sandbox.travelperk.users import scim_json
from sandbox.world import Collection

Json = dict[str, Any]


def number(key: str) -> int:
    if not key.isdecimal():
        raise KeyError(key)
    return int(key)


def user_json(state: TravelPerkState, user: User) -> Json:
    return {**scim_json(state, user, ""), "company": user.company, "costCenter": user.cost_center}


def create_user(state: TravelPerkState, given: Json) -> Json:
    """A SCIM resource with userName and name."""
    name = given.get("name") or {}
    more = {key: value for key, value in given.items() if key not in ("name", "userName")}
    first, last = name.get("givenName", ""), name.get("familyName", "")
    user = edit.create_user(state, first, last, given.get("userName", ""), **more)
    return user_json(state, user)


def update_user(state: TravelPerkState, key: str, given: Json) -> Json:
    """SCIM attributes by path, e.g. {"active": false, "name.givenName": "Nora"}."""
    return user_json(state, edit.change_user(state, number(key), **given))


def create_center(state: TravelPerkState, given: Json) -> Json:
    center = edit.add_cost_center(state, _name(given), archived=bool(given.get("archived")))
    return center_json(state, center)


def _name(given: Json) -> str:
    if not given.get("name"):
        raise ValueError("name is missing")
    return str(given["name"])


def update_center(state: TravelPerkState, key: str, given: Json) -> Json:
    """`name`, `archived`."""
    center = state.cost_centers[number(key)]
    _assign(center, given, ("name", "archived"))
    return center_json(state, center)


def update_company(state: TravelPerkState, key: str, given: Json) -> Json:
    """`name`, `archived`."""
    company = state.companies[number(key)]
    _assign(company, given, ("name", "archived"))
    return company_json(state, company)


def create_group(state: TravelPerkState, given: Json) -> Json:
    """`name`, and `origin`, `approver_id`, `approval_method`, `user_ids` if wished."""
    group = edit.create_group(
        state,
        _name(given),
        origin=given.get("origin", "manual"),
        approver=given.get("approver_id"),
        method=given.get("approval_method", METHODS[0]),
        members=tuple(given.get("user_ids", ())),
    )
    return detail_json(state, group)


def update_group(state: TravelPerkState, key: str, given: Json) -> Json:
    """`name`, `archived`, `origin`."""
    group = state.groups[number(key)]
    _assign(group, given, ("name", "archived", "origin"))
    return detail_json(state, group)


def _assign(record: object, given: Json, names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise ValueError(f"only {', '.join(names)} can be set")
    for name, value in given.items():
        setattr(record, name, bool(value) if name == "archived" else str(value))


def delete_group(state: TravelPerkState, key: str) -> None:
    del state.groups[number(key)]


def account_json(state: TravelPerkState) -> list[Json]:
    known = state.account
    return [
        {
            "id": "api",
            "api_key": known.api_key,
            "plan": known.plan,
            "scopes": sorted(known.scopes),
            "companies_writable": known.companies_writable,
        }
    ]


def update_account(state: TravelPerkState, key: str, given: Json) -> Json:
    """`api_key`, `plan`, `scopes`, `companies_writable`."""
    if key != "api":
        raise KeyError(key)
    if not given.keys() <= {"api_key", "plan", "scopes", "companies_writable"}:
        raise ValueError("only api_key, plan, scopes and companies_writable can be set")
    account = state.account
    if "plan" in given:
        edit.set_plan(state, given["plan"])
    account.api_key = str(given.get("api_key", account.api_key))
    account.scopes = set(given.get("scopes", account.scopes))
    account.companies_writable = bool(given.get("companies_writable", account.companies_writable))
    return account_json(state)[0]


def _no(*_: Any) -> Any:
    raise ValueError("that cannot be done here")


COLLECTIONS = {
    "users": Collection(
        lambda state: [user_json(state, user) for user in state.users.values()],
        create_user,
        update_user,
        lambda state, key: edit.delete_user(state, number(key)),
    ),
    "cost_centers": Collection(
        lambda state: [center_json(state, center) for center in state.cost_centers.values()],
        create_center,
        update_center,
        _no,
    ),
    "companies": Collection(
        lambda state: [company_json(state, company) for company in state.companies.values()],
        lambda state, given: company_json(state, edit.add_company(state, _name(given))),
        update_company,
        _no,
    ),
    "approval_groups": Collection(
        lambda state: [detail_json(state, group) for group in state.groups.values()],
        create_group,
        update_group,
        delete_group,
    ),
    "credential": Collection(account_json, _no, update_account, _no),
}
