"""What an agency's travel account holds before any sync: typed in by hand, or by another tool."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from sandbox.clock import Clock
from sandbox.company import Agency
from sandbox.staff import Colleague, build_staff
from sandbox.travelperk.schema import ENTERPRISE, EXPENSE, TRAVELPERK
from sandbox.travelperk.state import (
    Account,
    Group,
    Origin,
    Quirks,
    TravelPerkState,
    User,
)

QUIRKS = {
    "nordlicht": Quirks(),
    "isarwerk": Quirks(external_id_filter="refuse", archived_listed=False),
    "elbtal": Quirks(patch_answer=204, external_id_filter="ignore", text_ids=True),
}
POLICIES = ("Standard", "Geschäftsführung")
OUTSIDERS = (("Ines", "Freitag", "ines.freitag@studio.example"),
             ("Tom", "Außen", "tom.aussen@film.example"))  # fmt: skip
"""Freelancers whom HR does not know."""
BY_HAND = 8
"""So many colleagues have a profile already."""


def credentials(slug: str) -> dict[str, str]:
    return {"api_key": f"tp-key-{slug}"}


def seed(agency: Agency, clock: Clock) -> TravelPerkState:
    state = TravelPerkState(
        slug=agency.slug,
        clock=clock,
        account=Account(credentials(agency.slug)["api_key"]),
        quirks=Quirks(**vars(QUIRKS.get(agency.slug, Quirks()))),
        policies=[*POLICIES],
    )
    _account(state, agency)
    admin = _user(state, agency, "Reise", "Stelle", f"reisen@{agency.slug}.example")
    for first, last, email in OUTSIDERS:
        _user(state, agency, first, last, email)
    staff = build_staff(agency)
    for one in staff[:BY_HAND]:
        _typed_in(state, agency, one)
    _forgotten_leaver(state, agency, staff[len(agency.people) + 3])
    _by_another_tool(state, agency, staff[BY_HAND])
    _archived_by_mistake(state, agency, staff[BY_HAND + 1])
    _groups(state, agency, admin)
    return state


def _account(state: TravelPerkState, agency: Agency) -> None:
    """One company's name was typed on a machine that decomposes umlauts."""
    state.add_company(agency.name, is_default=True, country_code="DE")
    state.add_company("Berlin", country_code="DE")
    state.add_company(normalize("NFD", "München"), country_code="DE")
    state.add_cost_center("Kreation")
    state.add_cost_center("Media").archived = True
    state.add_cost_center("Projekt Alpha")
    state.profiles.append(
        {
            "id": "a3b8a7d2-5a0b-4d0e-9c57-0f1b2c3d4e5f",
            "name": f"{agency.name} GmbH",
            "payment_method_type": "manual",
            "billing_period": "monthly",
            "currency": "EUR",
            "billing_information": {"legal_name": f"{agency.name} GmbH", "city": "Berlin"},
        }
    )


def _born(agency: Agency) -> datetime:
    return datetime(agency.today.year - 1, 2, 3, 9, tzinfo=UTC)


def _user(
    state: TravelPerkState, agency: Agency, first: str, last: str, email: str, **more: Any
) -> User:
    attributes = {
        "userName": email,
        "name": {"givenName": first, "familyName": last},
        "active": True,
        "preferredLanguage": "de",
        "locale": "de",
        **more,
    }
    born = _born(agency)
    company = state.default_company().id
    user = User(state.next_id(), attributes, None, company, born, born)
    state.users[user.id] = user
    return user


def _typed_in(state: TravelPerkState, agency: Agency, one: Colleague) -> None:
    """Each with a phone number and what other systems own; the second's address in capitals."""
    email = one.email.upper() if one.number == 2 else one.email
    user = _user(state, agency, one.first_name, one.surname, email)
    user.attributes |= {
        "title": "Reisende:r",
        "phoneNumbers": [{"value": f"+49 30 99 {one.number}", "type": "work"}],
        TRAVELPERK: {
            "travelPolicy": POLICIES[0],
            "emergencyContact": {"name": "Familie", "phone": "+49 30 1"},
        },
        EXPENSE: {"policyId": "77", "creditor": f"K-{one.number}"},
    }
    if one.number == 1:
        user.cost_center = next(iter(state.cost_centers))


def _forgotten_leaver(state: TravelPerkState, agency: Agency, one: Colleague) -> None:
    """Has left, and nobody archived the profile."""
    _user(state, agency, one.first_name, one.surname, one.email)


def _by_another_tool(state: TravelPerkState, agency: Agency, one: Colleague) -> None:
    user = _user(state, agency, one.first_name, one.surname, one.email, externalId="okta-0815")
    user.attributes[ENTERPRISE] = {"manager": {"value": str(user.id - 1)}}


def _archived_by_mistake(state: TravelPerkState, agency: Agency, one: Colleague) -> None:
    _user(state, agency, one.first_name, one.surname, one.email, active=False)


def _groups(state: TravelPerkState, agency: Agency, admin: User) -> None:
    """The default one, one made by hand, and two that another tool made."""
    plan: tuple[tuple[str, Origin, str], ...] = (
        ("Standard", "default", "manual_approve_all"),
        ("Geschäftsführung", "manual", "auto_approve_in_policy"),
        ("Okta · Kreation", "automated", "manual_approve_all"),
        ("Okta · Media", "automated", "auto_approve_in_policy"),
    )
    people = [user.id for user in state.users.values() if user.id != admin.id and user.active]
    members: dict[str, set[int]] = {
        "Geschäftsführung": {people[2]},
        "Okta · Kreation": {people[3], people[4]},
    }
    for name, origin, method in plan:
        born = _born(agency)
        group = Group(state.next_id(), name, origin, admin.id, method, born, born)
        group.user_ids = members.get(name, set())
        state.groups[group.id] = group
