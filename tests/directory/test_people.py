"""Who is provisioned and who is archived: D2, D3, D8, D9, G9."""

from __future__ import annotations

import pytest

from sandbox.hibob import edit as bob
from tests.directory.conftest import (
    EVERYBODY,
    PRO,
    SITE,
    Firm,
    directory_of,
    writes,
)


def test_d2_everybody_is_provisioned_with_their_full_profile(firm: Firm) -> None:
    firm.activate(cost_centers=True)
    with firm.watched() as seen:
        result = firm.synced()
    assert firm.profile("Carl") == {
        "external_id": firm.ids["Carl"],
        "email": "carl@firm.example",
        "name": "Carl Muster",
        "active": True,
        "title": "Texter",
        "phone": "+49 30 1000",
        "birth": "1990-02-03",
        "gender": "F",
        "center": "Kreation",
        "company": "",
        "manager": firm.ids["Ben"],
    }
    assert all(firm.known(name) for name in EVERYBODY)
    assert result.counts == {"created": 6}
    assert len(writes(seen)) == 6, "one request for each person and the cost center"


# -- D2: future hires and leaves ---------------------------------------------------------------


def test_d2_somebody_hired_for_the_future_comes_with_the_start_date(firm: Firm) -> None:
    firm.hire("Frida", "Ben", start="2026-06-19")
    firm.activate(**PRO)
    firm.synced()
    assert not firm.known("Frida") and "Frida" not in firm.problems()
    firm.wait(hours=35)  # 23:00 of the eve
    assert firm.synced().counts == {}
    firm.wait(hours=2)
    assert firm.synced().counts == {"created": 1, "updated": 1}
    assert firm.profile("Frida")["active"] and firm.groups()["Ben"] == {"Carl", "Dora", "Frida"}


@pytest.mark.parametrize("kind", ["parental leave", "leave", "Sabbatical", "Langzeiterkrankung"])
@pytest.mark.parametrize("access", [True, False])
def test_d2_every_kind_of_leave_counts_as_employed(firm: Firm, kind: str, access: bool) -> None:
    firm.hibob.quirks.leave_inactive = not access
    bob.start_leave(firm.hibob, firm.ids["Carl"], kind)
    firm.activate()
    firm.synced()
    assert firm.profile("Carl")["active"]
    bob.start_leave(firm.hibob, firm.ids["Dora"], kind)
    assert firm.synced().counts == {}
    assert firm.profile("Dora")["active"]


# -- D8: leavers -------------------------------------------------------------------------------


def test_d8_somebody_who_left_is_archived_on_the_day_after_the_last_one(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    firm.leave("Carl", "2026-06-18")
    firm.wait(hours=35)  # 23:00 of the last day
    assert firm.synced().counts == {}
    firm.wait(hours=2)
    with firm.watched() as seen:
        assert firm.synced().counts == {"archived": 1}
    assert [method for method, _path in writes(seen)] == ["PATCH"]
    assert not firm.profile("Carl")["active"]
    assert firm.profile("Carl")["title"] == "Texter", "the profile itself stays as it is"
    assert firm.synced().counts == {} and firm.entries() == []


def test_d8_garden_leave_counts_from_the_last_day_of_work(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    firm.leave("Carl", "2026-06-16", "2026-07-31")
    assert firm.synced().counts == {"archived": 1}


def test_d8_a_termination_of_a_former_employment_does_not_count(firm: Firm) -> None:
    firm.leave("Carl", "2019-05-31")
    firm.activate()
    firm.synced()
    assert firm.profile("Carl")["active"]


def test_d8_a_leaver_whom_nobody_knows_is_not_created(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    assert not firm.known("Lena") and "Lena" not in firm.problems()


def test_d8_a_linked_leaver_outside_the_selection_is_archived(firm: Firm) -> None:
    firm.activate(employees={"scope": "selected", "sites": ["Berlin"]})
    firm.synced()
    firm.change("Carl", **{SITE: "Wien"})
    firm.leave("Carl")
    assert firm.synced().counts == {"archived": 1}
    assert not firm.profile("Carl")["active"]


def test_d8_a_leaver_outside_the_selection_whom_we_never_linked_is_not_touched(
    firm: Firm,
) -> None:
    firm.change("Carl", **{SITE: "Wien"})
    firm.leave("Carl")
    user = firm.invite("Carl")
    firm.activate(employees={"scope": "selected", "sites": ["Berlin"]})
    firm.synced()
    assert user.id not in map(int, firm.links().values())
    assert firm.travelperk.users[user.id].active and not user.external_id


def test_d8_who_merely_disappears_is_held_however_few(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    firm.hide("Carl")
    held = firm.synced(exit=3)
    assert held.counts == {"held": 1} and firm.pending() == ["Carl Muster"]
    assert directory_of(firm.travelperk) == before, "in the group, with everything"
    assert firm.synced(exit=3).counts == {"held": 1} and firm.entries() == []


def test_d8_approved_the_vanished_are_archived_and_leave_the_group(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    bob.delete_person(firm.hibob, firm.ids["Carl"])
    held = firm.synced(exit=3)
    result = firm.release(held.run)
    assert result.exit == 0 and result.counts["archived"] == 1
    assert not firm.profile("Carl")["active"]
    firm.synced()
    assert firm.groups() == {"Anna": {"Ben", "Emil"}, "Ben": {"Dora"}}
    assert firm.synced().counts == {}


def test_d8_rejected_the_vanished_stay(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    firm.hide("Carl")
    held = firm.synced(exit=3)
    assert firm.release(held.run, "--reject").exit == 0
    assert firm.synced().counts == {} and directory_of(firm.travelperk) == before


def test_d8_who_is_visible_again_before_the_release_stays(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    firm.hide("Carl", "Dora")
    held = firm.synced(exit=3)
    firm.hide("Carl", hidden=False)
    assert firm.release(held.run).counts == {"archived": 1}
    assert firm.profile("Carl")["active"] and not firm.profile("Dora")["active"]


def test_d8_g9_a_mass_of_leavers_is_held(firm: Firm) -> None:
    names = [f"Neu{n}" for n in range(8)]
    for name in names:
        firm.hire(name, "Anna")
    firm.activate()
    firm.synced()
    for name in names[:5]:
        firm.leave(name)
    assert firm.synced().counts == {"archived": 5}
    firm.leave("Neu5")
    held = firm.synced(exit=3)
    assert held.counts == {"held": 1} and firm.profile("Neu5")["active"]
    assert firm.release(held.run).counts == {"archived": 1}
    assert not firm.profile("Neu5")["active"]


def test_d8_g9_with_everybody_hidden_nothing_is_archived(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    bob.hide_everybody(firm.hibob)
    result = firm.sync()
    assert result.exit in (3, 4) and directory_of(firm.travelperk) == before
    bob.hide_everybody(firm.hibob, hidden=False)
    assert firm.synced().counts == {} and firm.pending() == []


def test_d8_an_incomplete_read_archives_nobody_and_nothing_can_be_approved(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    firm.leave("Carl")
    for kind in ("server_error", "cut_json"):
        with firm.fault(kind, vendor="hibob", path="people/search"):
            assert firm.sync().exit == 4
        assert directory_of(firm.travelperk) == before and firm.pending() == []
    with firm.fault("lose_row", vendor="travelperk", path="Users"):
        assert firm.sync().exit == 4
    assert firm.profile("Carl")["active"] and firm.pending() == []
    assert firm.synced().counts["archived"] == 1


# -- D3, D9: the selection ---------------------------------------------------------------------


def test_d3_only_people_of_the_selected_sites_are_provisioned(firm: Firm) -> None:
    firm.change("Ben", **{SITE: "Leipzig"})
    firm.change("Dora", **{SITE: None})
    firm.activate(employees={"scope": "selected", "sites": ["Berlin", "Wien"]})
    firm.synced()
    assert [n for n in EVERYBODY if firm.known(n)] == ["Anna", "Carl", "Emil"]
    assert firm.profile("Carl")["manager"] == ""
    assert firm.problems()["Carl"] == ["manager_not_available"]


def test_d3_the_selection_is_by_the_name_that_a_site_has_now(firm: Firm) -> None:
    firm.activate(employees={"scope": "selected", "sites": ["Hamburg"]})
    firm.synced()
    assert not firm.known("Carl")
    bob.rename_item(firm.hibob, "site", "Berlin", "Hamburg")
    assert firm.synced().counts == {"created": 5}


def test_d9_who_leaves_the_selection_keeps_the_profile_and_is_reported(firm: Firm) -> None:
    selected = {"scope": "selected", "sites": ["Berlin"]}
    firm.activate(employees=selected)
    firm.synced()
    before = firm.profile("Carl")
    firm.change("Carl", **{SITE: "Wien", "work.title": None})
    assert firm.synced().reasons == {"out_of_scope": 1}
    assert firm.profile("Carl") == before and firm.problems() == {"Carl": ["out_of_scope"]}
    assert firm.synced().reasons == {"out_of_scope": 1} and firm.entries() == []
    firm.change("Carl", **{SITE: "Berlin"})
    assert firm.synced().counts == {"updated": 1}
    assert firm.problems() == {} and firm.profile("Carl")["title"] == ""


def test_d9_a_returning_employee_gets_the_same_profile_back(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    user = firm.user("Carl").id
    firm.leave("Carl")
    firm.synced()
    bob.rehire(firm.hibob, firm.ids["Carl"], "2026-06-10")
    with firm.watched() as seen:
        assert firm.synced().counts == {"updated": 1}
    assert writes(seen) == [("PATCH", f"/api/v2/scim/Users/{user}")]
    assert firm.profile("Carl")["active"] and firm.user("Carl").id == user


def test_d9_a_returner_of_the_future_waits_for_the_start(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    firm.leave("Carl")
    firm.synced()
    bob.rehire(firm.hibob, firm.ids["Carl"], "2026-06-19")
    assert firm.synced().counts == {} and not firm.profile("Carl")["active"]
    firm.wait(days=2)
    assert firm.synced().counts == {"updated": 1} and firm.profile("Carl")["active"]


def test_d9_a_changed_address_and_name_update_the_same_profile(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    user = firm.user("Carl").id
    bob.change_email(firm.hibob, firm.ids["Carl"], "carla.neu@firm.example")
    bob.rename(firm.hibob, firm.ids["Carl"], "Carla", "Neu")
    assert firm.synced().counts == {"updated": 1}
    profile = firm.profile("Carl")
    assert (profile["email"], profile["name"]) == ("carla.neu@firm.example", "Carla Neu")
    assert firm.user("Carl").id == user and firm.synced().counts == {}


def test_d9_users_whom_hibob_does_not_know_are_never_touched(firm: Firm) -> None:
    guest = firm.invite("Gast", title="Freelancer")
    okta = firm.invite("Okta", externalId="okta-1")
    before = [dict(user.attributes) for user in (guest, okta)]
    firm.activate(cost_centers=True, companies={"enabled": True}, **PRO)
    firm.synced()
    firm.synced("--full")
    after = [firm.travelperk.users[user.id].attributes for user in (guest, okta)]
    assert after == before
    assert not {str(guest.id), str(okta.id)} & set(firm.links().values())


def test_d9_an_address_freed_by_one_and_taken_by_another_in_one_go(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    bob.change_email(firm.hibob, firm.ids["Dora"], "dora.neu@firm.example")
    bob.change_email(firm.hibob, firm.ids["Carl"], "dora@firm.example")
    for _ in range(3):
        firm.sync()
    assert firm.profile("Carl")["email"] == "dora@firm.example"
    assert firm.profile("Dora")["email"] == "dora.neu@firm.example"
    assert firm.problems() == {}
