"""The client against an independent SCIM 2.0 server, over real HTTP."""

from __future__ import annotations

import pytest

from integrations.remote import AuthFailed, NotFound, Rejected
from integrations.vendors.travelperk.client import TravelPerkClient, open_travelperk
from integrations.vendors.travelperk.records import UserDraft
from integrations.vendors.travelperk.refusals import AlreadyExists

from ..support import Calls, FakeTime, FreeBudget, OpenGate
from .peer import scim_server


def connect(address: str, key: str = "k3y") -> TravelPerkClient:
    return open_travelperk(
        key,
        scim_base_url=address,
        gate=OpenGate(),
        count=Calls(),
        budget=FreeBudget(),
        allow_private=True,
        clock=FakeTime().clock(),
    )


@pytest.fixture
def perk():
    with scim_server() as address:
        yield connect(address)


def draft(name: str, **fields: object) -> UserDraft:
    return UserDraft(f"{name}@acme.example", "Nora", "Quill", external_id=name, **fields)


FULL = {
    "title": "Analyst",
    "phone": "+34 600 000 001",
    "cost_center": "Research",
    "company": "Acme Süd GmbH",
    "gender": "F",
    "birth_date": "1990-02-01",
    "travel_policy": "Standard",
    "invoice_profiles": ["Acme Iberia SL"],
}


def test_a_user_with_every_field_comes_back_as_written(perk):
    made = perk.create_user(draft("nora", **FULL))
    assert made.id == "5120" and made.active
    assert {name: getattr(made, name) for name in FULL} == FULL
    assert perk.user("5120") == made


def test_fields_are_set_changed_and_taken_away(perk):
    """The peer answers a PATCH with 204, so the user is read again."""
    otis = perk.create_user(draft("otis"))
    nora = perk.create_user(draft("nora"))
    changed = perk.patch_user(nora.id, {**FULL, "manager_id": otis.id, "given_name": "Eleonora"})
    assert {name: getattr(changed, name) for name in FULL} == FULL
    assert (changed.manager_id, changed.given_name) == (otis.id, "Eleonora")
    assert (changed.family_name, changed.external_id) == ("Quill", "nora")
    again = perk.patch_user(nora.id, {"phone": "+49 1"})
    assert again.phone == "+49 1" and again.title == "Analyst"
    bare = perk.patch_user(nora.id, {**dict.fromkeys(FULL, ""), "manager_id": ""})
    assert {getattr(bare, name) or "" for name in (*FULL, "manager_id")} == {""}
    assert perk.patch_user(nora.id, {"title": ""}).title == ""


def test_leaving_and_coming_back(perk):
    """D8, D9."""
    nora = perk.create_user(draft("nora", title="Analyst"))
    assert perk.archive_user(nora.id).active is False
    found = perk.find_user("NORA@acme.example")
    assert found is not None and (found.id, found.active) == (nora.id, False)
    assert perk.unarchive_user(nora.id).active is True
    assert perk.user(nora.id).title == "Analyst"


def test_a_taken_user_name_is_found_again(perk):
    """D12: POST, 409, look-up, adoption."""
    nora = perk.create_user(draft("nora"))
    perk.create_user(draft("otis"))
    with pytest.raises(AlreadyExists):
        perk.create_user(UserDraft("Nora@ACME.example", "N", "Q"))
    assert perk.find_user_by_external_id("nora") == nora
    assert perk.find_user_by_external_id("NORA") is None
    assert perk.find_user("nobody@acme.example") is None


@pytest.mark.parametrize(
    "name", ['o"quote', "back\\slash", "a b+c&d=e", "ü", "x) or (active eq true"]
)
def test_a_search_holds_any_name(perk, name):
    perk.create_user(draft("decoy"))
    made = perk.create_user(UserDraft(name, "N", "Q", external_id=name))
    assert perk.find_user(name) == made
    assert perk.find_user_by_external_id(name) == made


def test_all_users_are_listed_page_by_page(perk):
    for n in range(61):
        perk.create_user(draft(f"p{n}", active=n % 2 == 0))
    pages = list(perk.users())
    assert [len(page.records) for page in pages] == [50, 11]
    assert {page.total for page in pages} == {61}
    assert len({user.id for page in pages for user in page.records}) == 61
    (rest,) = perk.users(pages[0].cursor)
    assert rest == pages[1]


def test_unknown_users_and_wrong_keys(perk):
    with pytest.raises(NotFound):
        perk.user("99")
    with pytest.raises(NotFound):
        perk.patch_user("99", {"title": "x"})
    with pytest.raises(Rejected):
        perk.patch_user("99", {"user_name": ""})
    with scim_server() as address, pytest.raises(AuthFailed):
        connect(address, "wrong").user("1")
