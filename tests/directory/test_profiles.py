"""Whose profile is whose, and requests that go wrong: D9, D11, D12, G4, G5, G8."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrations import services
from integrations.models import Link
from sandbox.hibob import edit as bob
from sandbox.travelperk import edit as perk
from sandbox.travelperk import scim
from sandbox.travelperk.answers import bad_scim
from sandbox.travelperk.state import TravelPerkState, User
from tests.directory.conftest import (
    EVERYBODY,
    HIERARCHY,
    PRO,
    Firm,
    directory_of,
    writes,
)

# -- D12: adoption -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["carl@firm.example", "CARL@Firm.Example"])
def test_d12_who_is_known_by_the_address_is_adopted(firm: Firm, address: str) -> None:
    user = firm.invite("Karl", address, externalId="okta-0815", preferredLanguage="fr")
    firm.activate()
    result = firm.synced()
    assert result.counts == {"adopted": 1, "created": 4, "updated": 1}
    assert firm.user("Carl").id == user.id and firm.profile("Carl")["name"] == "Carl Muster"
    assert firm.user("Carl").attributes["preferredLanguage"] == "fr"
    assert firm.synced().counts == {}


def test_d12_an_archived_profile_of_somebody_employed_is_opened_again(firm: Firm) -> None:
    user = firm.invite("Carl", active=False)
    firm.activate()
    firm.synced()
    assert firm.user("Carl").id == user.id and firm.profile("Carl")["active"]


def test_d12_a_forgotten_leaver_is_adopted_and_archived(firm: Firm) -> None:
    user = firm.invite("Lena", title="War mal da")
    firm.activate()
    assert firm.synced().counts == {"adopted": 1, "archived": 1, "created": 5}
    assert not firm.travelperk.users[user.id].active
    assert firm.synced().counts == {}


def test_d12_g9_many_forgotten_leavers_are_held(firm: Firm) -> None:
    for n in range(6):
        firm.hire(f"Ex{n}", **{"internal.terminationDate": "2025-03-31"})
        firm.invite(f"Ex{n}")
    firm.activate()
    result = firm.synced(exit=3)
    assert result.counts["held"] == 6 and firm.active() >= {f"ex{n}@firm.example" for n in range(6)}
    assert firm.release(result.run).counts["archived"] == 6
    assert not firm.active() & {f"ex{n}@firm.example" for n in range(6)}


def test_d12_a_rehire_under_a_new_id_takes_over_the_profile(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    user = firm.user("Carl").id
    firm.leave("Carl")
    firm.synced()
    again = firm.hire("Carl", "Emil", key="Carl again", start="2026-06-15")
    firm.synced()
    assert firm.user("Carl again").id == user and not firm.known("Carl")
    assert firm.profile("Carl again")["active"] and firm.links()[again] == str(user)
    assert firm.groups() == {"Anna": {"Ben", "Emil"}, "Ben": {"Dora"}, "Emil": {"Carl"}}
    assert firm.synced().counts == {} and firm.entries() == []


@pytest.mark.parametrize("former", ["left", "deleted"])
def test_d12_a_rehire_in_the_same_run_as_the_leaving(firm: Firm, former: str) -> None:
    firm.activate()
    firm.synced()
    user = firm.user("Carl").id
    if former == "left":
        firm.leave("Carl")
    else:
        bob.delete_person(firm.hibob, firm.ids["Carl"])
    firm.hire("Carl", "Emil", key="Carl again", start="2026-06-15")
    firm.synced()
    assert firm.user("Carl again").id == user and firm.profile("Carl again")["active"]
    assert firm.synced().counts == {} and firm.pending() == []


def test_d12_g4_two_active_people_of_one_address_are_reported_and_not_guessed(firm: Firm) -> None:
    firm.hire("Zwilling", "Ben", "carl@firm.example")
    firm.activate()
    result = firm.synced()
    assert result.reasons["ambiguous_match"] == 2
    assert not firm.known("Carl") and not firm.known("Zwilling")
    bob.change_email(firm.hibob, firm.ids["Zwilling"], "zwilling@firm.example")
    assert firm.synced().counts == {"created": 2} and firm.problems() == {}


def test_d12_g4_of_two_of_one_address_the_linked_one_keeps_the_profile(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    before = firm.profile("Carl")
    firm.hire("Zwilling", "Ben", "CARL@firm.example")
    assert firm.synced().reasons == {"ambiguous_match": 1}
    assert firm.profile("Carl") == before and not firm.known("Zwilling")
    firm.change("Carl", **{"work.title": None})
    assert firm.synced().counts == {"skipped": 1, "updated": 1}


def test_g4_a_reused_address_goes_to_the_active_one(firm: Firm) -> None:
    firm.hire("Karl", address="carl@firm.example", start="2015-01-01",
              **{"internal.terminationDate": "2019-12-31"})  # fmt: skip
    user = firm.invite("Carl")
    firm.activate()
    firm.synced()
    assert firm.user("Carl").id == user.id and firm.profile("Carl")["active"]
    assert firm.synced().counts == {}


def test_g4_a_reused_address_of_an_adopted_leaver_goes_to_the_new_one(firm: Firm) -> None:
    """The old profile cannot keep the address, as TravelPerk takes each only once."""
    firm.activate()
    firm.synced()
    user = firm.user("Carl").id
    firm.leave("Carl")
    firm.synced()
    firm.hire("Carlotta", address="carl@firm.example", start="2026-06-16")
    firm.synced()
    assert firm.user("Carlotta").id == user and firm.profile("Carlotta")["name"] == (
        "Carlotta Muster"
    )


# -- drift and loss at TravelPerk --------------------------------------------------------------


def test_d11_what_was_changed_by_hand_is_restored_and_reported(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    perk.change_user(firm.travelperk, firm.user("Carl").id, title="Chef", active=False)
    assert firm.synced().counts == {"updated": 1}
    assert firm.history() == [("users", "update", "drift_restored")]
    assert firm.profile("Carl")["title"] == "Texter" and firm.profile("Carl")["active"]


def test_d11_a_profile_deleted_in_travelperk_is_made_again(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    perk.delete_user(firm.travelperk, firm.user("Ben").id)
    firm.synced()
    firm.synced()
    assert firm.profile("Ben")["active"] and firm.profile("Carl")["manager"] == firm.ids["Ben"]
    assert firm.groups() == HIERARCHY
    assert firm.synced().counts == {}


# -- D11: disabling and coming back ------------------------------------------------------------

EVERYTHING = {"cost_centers": True, "companies": {"enabled": True}, **PRO}


def test_d11_g5_disabled_everything_stays_and_nothing_runs(firm: Firm) -> None:
    firm.activate(**EVERYTHING)
    firm.synced()
    before = directory_of(firm.travelperk)
    services.disable(firm.integration, user=firm.admin)
    firm.leave("Carl")
    with firm.watched() as seen:
        assert firm.sync().exit == 2
    assert seen == [] and directory_of(firm.travelperk) == before


@pytest.mark.parametrize("lost", [False, True])
def test_d11_g5_reconnected_it_goes_on_without_duplicates(firm: Firm, lost: bool) -> None:
    firm.activate(**EVERYTHING)
    firm.synced()
    before = directory_of(firm.travelperk)
    services.disable(firm.integration, user=firm.admin)
    if lost:
        Link.objects.all().delete()
    firm.activate(**EVERYTHING)
    with firm.watched() as seen:
        result = firm.synced()
    assert writes(seen) == [] and directory_of(firm.travelperk) == before
    assert result.counts == ({"adopted": 9} if lost else {})
    assert firm.synced().counts == {} and firm.entries() == []


def test_d11_with_links_lost_a_changed_address_still_finds_its_profile(firm: Firm) -> None:
    firm.activate(**EVERYTHING)
    firm.synced()
    users = len(firm.travelperk.users)
    Link.objects.all().delete()
    bob.change_email(firm.hibob, firm.ids["Carl"], "carl.neu@firm.example")
    firm.synced()
    assert len(firm.travelperk.users) == users
    assert firm.profile("Carl")["email"] == "carl.neu@firm.example"


def test_d11_with_links_lost_a_twin_does_not_get_in_the_way(firm: Firm) -> None:
    """The profile says whose it is."""
    firm.activate()
    firm.synced()
    Link.objects.all().delete()
    firm.hire("Zwilling", "Ben", "carl@firm.example")
    assert firm.synced().reasons == {"ambiguous_match": 1}
    assert firm.ids["Carl"] in firm.links() and firm.ids["Zwilling"] not in firm.links()


# -- requests that go wrong --------------------------------------------------------------------


def test_d12_a_user_whom_the_list_hid_is_adopted_after_the_409(firm: Firm) -> None:
    """Another tool made the profile between our list and our POST."""
    firm.activate()
    hidden = firm.invite("Carl", title="Chef")
    del firm.travelperk.users[hidden.id]

    def appear(given: dict[str, Any]) -> None:
        firm.travelperk.users[hidden.id] = hidden

    with before_a_post(appear):
        firm.synced()
    assert firm.user("Carl").id == hidden.id and firm.profile("Carl")["title"] == "Texter"
    addresses = [u.user_name for u in firm.travelperk.users.values()]
    assert addresses.count("carl@firm.example") == 1
    assert firm.synced().counts == {}


@contextmanager
def before_a_post(act: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """`act` gets what TravelPerk is about to store as a new user; it may raise a Refusal."""
    usual = scim.store

    def store(state: TravelPerkState, given: dict[str, Any], known: User | None = None) -> User:
        if known is None:
            act(given)
        return usual(state, given, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scim, "store", store)
        yield


def test_d9_a_returner_whom_the_list_hides_while_archived(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = scim.Scim._filtered

    def filtered(self: scim.Scim, call: Any, state: TravelPerkState) -> list[User]:
        asked = bool(call.request.args.get("filter"))
        return [user for user in usual(self, call, state) if user.active or asked]

    monkeypatch.setattr(scim.Scim, "_filtered", filtered)
    firm.activate(**PRO)
    firm.synced()
    user = firm.user("Carl").id
    firm.leave("Carl")
    assert firm.synced().counts["archived"] == 1
    assert firm.synced().counts == {} and len(firm.travelperk.users) == 6
    bob.rehire(firm.hibob, firm.ids["Carl"], "2026-06-10")
    firm.synced()
    assert firm.user("Carl").id == user and firm.profile("Carl")["active"]
    assert firm.synced().counts == {} and firm.groups() == HIERARCHY


def test_i1_a_post_that_was_carried_out_and_never_answered_makes_one_user(firm: Firm) -> None:
    firm.activate(**EVERYTHING)
    with firm.fault(
        "drop", vendor="travelperk", method="POST", path="Users", times=1, after_commit=True
    ):
        firm.sync()
    firm.wait(minutes=10)
    firm.sync()
    firm.synced()
    addresses = [u.user_name for u in firm.travelperk.users.values()]
    assert len(addresses) == len(set(addresses)) == 6
    assert firm.groups() == HIERARCHY
    assert firm.synced().counts == {}


def test_i1_a_post_that_was_never_carried_out_is_sent_again(firm: Firm) -> None:
    firm.activate()
    with firm.fault("drop", vendor="travelperk", method="POST", path="Users", times=2):
        firm.sync()
    firm.wait(minutes=10)
    firm.sync()
    assert firm.synced().counts == {} and all(firm.known(name) for name in EVERYBODY)


def test_g8_one_profile_that_is_refused_does_not_stop_the_others(firm: Firm) -> None:
    def refuse(given: dict[str, Any]) -> None:
        if given["userName"] == "ben@firm.example":
            raise bad_scim("Somehow not.")

    firm.activate(**PRO)
    with before_a_post(refuse):
        result = firm.synced(exit=1)
        assert [n for n in EVERYBODY if firm.known(n)] == ["Anna", "Carl", "Dora", "Emil"]
        assert firm.groups() == {"Anna": {"Emil"}}
        assert "rejected_by_remote" in firm.problems()["Ben"]
        assert firm.synced(exit=1).reasons == result.reasons
    firm.synced()
    assert firm.problems() == {} and firm.groups() == HIERARCHY
    assert {firm.profile(name)["manager"] for name in ("Carl", "Dora")} == {firm.ids["Ben"]}


def test_a_rate_limit_in_the_middle_of_writing_loses_nothing(firm: Firm) -> None:
    """The run waits and goes on with the rest of its plan."""
    firm.activate(**EVERYTHING)
    with firm.fault(
        "rate_limited", vendor="travelperk", method="POST", path="Users", times=6, skip=2
    ):
        firm.synced()
    assert {firm.profile(name)["center"] for name in EVERYBODY} == {"Kreation"}
    assert {firm.profile(name)["company"] for name in EVERYBODY} == {"Berlin"}
    assert firm.groups() == HIERARCHY
    assert firm.synced().counts == {}


def test_users_are_never_replaced_or_deleted(demo: Firm) -> None:
    """The journal of a life: first run, leavers, returners, moves, a full run."""
    demo.activate(**EVERYTHING)
    with demo.watched() as seen:
        demo.sync()
        someone = list(demo.hibob.employees)
        bob.terminate(demo.hibob, someone[40], "2026-06-01")
        bob.move_manager(demo.hibob, someone[41], someone[0])
        demo.sync()
        bob.rehire(demo.hibob, someone[40], "2026-06-02")
        demo.sync("--full")
    users = [e for e in seen if "Users" in e.path]
    assert len(users) > 50 and {e.method for e in users} <= {"GET", "POST", "PATCH"}
    assert "DELETE" not in {e.method for e in seen}
    assert not [e for e in seen if e.method == "PUT" and "cost_centers" in e.path]
