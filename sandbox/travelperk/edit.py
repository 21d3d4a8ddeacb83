"""What a person does in TravelPerk's own screens.

Users go by number. All raise KeyError for what is unknown and ValueError for a value that cannot
be.
"""

from __future__ import annotations

from typing import Any, get_args

from sandbox.http import Refusal
from sandbox.travelperk.patch import PATCH_OP, patched
from sandbox.travelperk.state import (
    METHODS,
    SCOPES,
    Company,
    CostCenter,
    Group,
    Origin,
    Plan,
    TravelPerkState,
    User,
)
from sandbox.travelperk.users import store, writable

Json = dict[str, Any]


def create_user(
    state: TravelPerkState, first_name: str, last_name: str, email: str, **attributes: Any
) -> User:
    """Invite somebody by hand; further SCIM attributes may be given."""
    name = {"givenName": first_name, "familyName": last_name}
    return _stored(state, {"userName": email, "name": name, "active": True, **attributes})


def change_user(state: TravelPerkState, id: int, **attributes: Any) -> User:
    """Set SCIM attributes by path; an extension's go by `urn:…:User:name` or as objects under the
    URN. `costCenter` and `organization` are names. None empties one."""
    known = state.users[id]
    operations = [
        {"op": "remove", "path": path} if value is None
        else {"op": "replace", "path": path, "value": value}
        for path, value in attributes.items()
    ]  # fmt: skip
    if not operations:
        return known
    try:
        resource = patched(
            writable(state, known), {"schemas": [PATCH_OP], "Operations": operations}
        )
    except Refusal as refusal:
        raise ValueError(refusal.response.get_data(as_text=True)) from refusal
    return _stored(state, resource, known)


def _stored(state: TravelPerkState, resource: Json, known: User | None = None) -> User:
    try:
        return store(state, resource, known)
    except Refusal as refusal:
        raise ValueError(refusal.response.get_data(as_text=True)) from refusal


def archive_user(state: TravelPerkState, id: int) -> None:
    change_user(state, id, active=False)


def restore_user(state: TravelPerkState, id: int) -> None:
    change_user(state, id, active=True)


def delete_user(state: TravelPerkState, id: int) -> None:
    """Erases the person for good."""
    state.erase(state.users[id])


def create_group(
    state: TravelPerkState,
    name: str,
    *,
    origin: Origin = "manual",
    approver: int | None = None,
    method: str = METHODS[0],
    members: tuple[int, ...] = (),
) -> Group:
    """An approval group made by hand, or (`automated`) by another tool."""
    if method not in METHODS or origin not in get_args(Origin):
        raise ValueError("unknown origin or method")
    for id in (*members, *([approver] if approver else [])):
        if id not in state.users:
            raise ValueError(f"there is no user {id}")
    now = state.clock.now()
    group = Group(state.next_id(), name, origin, approver, method, now, now)
    group.user_ids = set(members)
    state.groups[group.id] = group
    return group


def convert_groups_to_manual(state: TravelPerkState) -> None:
    """What switching off automatic approval processes offers."""
    for group in state.groups.values():
        group.origin = "manual" if group.origin == "automated" else group.origin


def add_cost_center(state: TravelPerkState, name: str, *, archived: bool = False) -> CostCenter:
    center = state.add_cost_center(name)
    center.archived = archived
    return center


def add_company(state: TravelPerkState, name: str) -> Company:
    return state.add_company(name)


def set_plan(state: TravelPerkState, plan: Plan) -> None:
    """starter: no API; premium: no approval groups; pro: everything."""
    if plan not in get_args(Plan):
        raise ValueError(f"plans are {', '.join(get_args(Plan))}")
    state.account.plan = plan


def remove_scope(state: TravelPerkState, scope: str) -> None:
    if scope not in SCOPES:
        raise ValueError(f"scopes are {', '.join(sorted(SCOPES))}")
    state.account.scopes.discard(scope)


def change_key(state: TravelPerkState, key: str) -> None:
    """The old key is worth nothing; the new one must contain "-<tenant>"."""
    state.account.api_key = key
