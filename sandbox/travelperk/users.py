"""Users: stored from a SCIM resource, answered as SCIM and as REST have them."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime
from typing import Any

from sandbox.http import Refusal
from sandbox.travelperk.answers import bad_scim, scim_error
from sandbox.travelperk.schema import (
    CORE,
    ENTERPRISE,
    EXPENSE,
    TRAVELPERK,
    BadValue,
    read_user,
)
from sandbox.travelperk.state import TravelPerkState, User

Json = dict[str, Any]


def store(state: TravelPerkState, given: Json, known: User | None = None) -> User:
    """A user from a whole resource: a new one, or `known` as it is to be.

    Raises Refusal (SCIM's error) and changes nothing then. Without a company a new user gets the
    default one, a known one too.
    """
    try:
        attributes = read_user(given)
    except BadValue as error:
        raise bad_scim(str(error)) from error
    _check_required(attributes)
    _check_unique(state, attributes, known)
    extension = attributes.get(ENTERPRISE, {})
    _check_manager(state, extension, known)
    _check_profile(state, attributes)
    company = _company(state, extension.pop("organization", None))
    cost_center = _cost_center(state, extension.pop("costCenter", None), known)
    now = state.clock.now()
    user = User(known.id if known else state.next_id(), attributes, cost_center, company,
                known.created if known else now, now)  # fmt: skip
    state.users[user.id] = user
    return user


def writable(state: TravelPerkState, user: User) -> Json:
    """The user as a resource that `store` takes."""
    resource = deepcopy(user.attributes)
    extension = resource.setdefault(ENTERPRISE, {})
    extension["organization"] = state.companies[user.company].name
    if user.cost_center is not None:
        extension["costCenter"] = state.cost_centers[user.cost_center].name
    return resource


def _check_required(attributes: Json) -> None:
    name = attributes.get("name") or {}
    for title, value in {
        "userName": attributes.get("userName"),
        "name.givenName": name.get("givenName"),
        "name.familyName": name.get("familyName"),
    }.items():
        if not (value or "").strip():
            raise bad_scim(f"{title} is required.")
    attributes.setdefault("active", True)
    attributes.setdefault("preferredLanguage", "en")
    attributes.setdefault("locale", "en")


def _check_unique(state: TravelPerkState, attributes: Json, known: User | None) -> None:
    external_id = attributes.get("externalId")
    twins = {
        "userName": state.named(attributes["userName"]),
        "externalId": state.external(external_id) if external_id else None,
    }
    for name, twin in twins.items():
        if twin and (known is None or twin.id != known.id):
            raise Refusal(scim_error(409, f"A user with this {name} exists.", "uniqueness"))


def _check_manager(state: TravelPerkState, extension: Json, known: User | None) -> None:
    manager = extension.get("manager")
    if manager is None:
        return
    value = str(manager.get("value") or "")
    if not value:
        del extension["manager"]
        return
    if not value.isdecimal() or int(value) not in state.users:
        raise bad_scim("The manager does not exist.")
    if known and int(value) == known.id:
        raise bad_scim("Nobody is their own manager.")
    extension["manager"] = {"value": value}


def _check_profile(state: TravelPerkState, attributes: Json) -> None:
    profile = attributes.get(TRAVELPERK, {})
    if "dateOfBirth" in profile:
        profile["dateOfBirth"] = _birth_date(profile["dateOfBirth"])
    policy = profile.get("travelPolicy")
    if policy and policy not in state.policies and not _is_taken(state, "The travel policy"):
        del profile["travelPolicy"]
    names = {one["name"] for one in state.profiles}
    rows = profile.get("invoiceProfiles") or []
    known = [r for r in rows if r.get("value") in names or _is_taken(state, "The invoice profile")]
    if rows:
        profile["invoiceProfiles"] = known


def _birth_date(given: str) -> str:
    """Hyphens or slashes."""
    try:
        return date.fromisoformat(given.replace("/", "-")).isoformat()
    except ValueError as error:
        raise bad_scim("dateOfBirth must be YYYY-MM-DD.") from error


def _is_taken(state: TravelPerkState, what: str) -> bool:
    """Whether something unknown is accepted; raises Refusal where it is an error."""
    if state.quirks.unknown_references == "refuse":
        raise bad_scim(f"{what} does not exist.")
    return state.quirks.unknown_references == "create"


def _company(state: TravelPerkState, name: str | None) -> int:
    if not name:
        return state.default_company().id
    company = state.company_named(name)
    if company is None and _is_taken(state, "The organization"):
        company = state.add_company(name)
    return (company or state.default_company()).id


def _cost_center(state: TravelPerkState, name: str | None, known: User | None) -> int | None:
    if not name:
        return None
    now = state.cost_centers.get(known.cost_center or 0) if known else None
    if now and now.name == name:
        return now.id
    center = state.cost_center_named(name)
    if center is None and _is_taken(state, "The cost center"):
        center = state.add_cost_center(name)
    return center.id if center else None


def scim_json(state: TravelPerkState, user: User, base: str) -> Json:
    """`base` is the SCIM API's own URL, without a slash at the end."""
    resource = writable(state, user)
    manager = state.users.get(user.manager or 0)
    if manager:
        resource[ENTERPRISE]["manager"] |= {
            "$ref": f"{base}/Users/{manager.id}/",
            "displayName": manager.name,
        }
    name = {"middleName": "", "honorificPrefix": "", **resource["name"]}
    urns = [urn for urn in (ENTERPRISE, TRAVELPERK, EXPENSE) if resource.get(urn)]
    return {
        **resource,
        "schemas": [CORE, *urns],
        "id": str(user.id),
        "name": name,
        "groups": [],
        "meta": {
            "resourceType": "User",
            "created": _instant(user.created),
            "lastModified": _instant(user.modified),
            "location": f"{base}/Users/{user.id}",
        },
    }


def _instant(moment: datetime) -> str:
    return moment.replace(microsecond=137_082).isoformat()


def rest_json(user: User) -> Json:
    """A row of the REST API's read-only list."""
    given, name = user.attributes, user.attributes["name"]
    return {
        "id": str(user.id),
        "user_name": user.user_name,
        "name": {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "middle_name": name.get("middleName", ""),
            "title": name.get("honorificPrefix", ""),
        },
        "preferred_language": given.get("preferredLanguage"),
        "locale": given.get("locale"),
        "active": user.active,
        "job_title": given.get("title"),
        "phone_numbers": [row["value"] for row in given.get("phoneNumbers", []) if "value" in row],
        "emergency_contact": given.get(TRAVELPERK, {}).get("emergencyContact"),
    }


def brief(user: User) -> Json:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.user_name,
    }


def member_json(user: User) -> Json:
    return {**brief(user), "phone": user.phone, "profile_picture": None}
