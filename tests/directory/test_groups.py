"""Approval groups: D6, and what becomes of them when people come, go and vanish."""

from __future__ import annotations

import pytest

from sandbox.hibob import edit as bob
from sandbox.travelperk import edit as perk
from sandbox.travelperk.state import METHODS
from tests.directory.conftest import (
    CONFIRMED,
    HIERARCHY,
    KIND,
    PRO,
    SITE,
    Firm,
    directory_of,
    writes,
)


@pytest.fixture
def led(firm: Firm) -> Firm:
    """With approval groups, synced once."""
    firm.activate(**PRO)
    firm.synced()
    return firm


def method(name: str, plan: str = "pro") -> dict[str, object]:
    return {"plan": plan, "approvals": {**CONFIRMED, "method": name}}


# -- activation --------------------------------------------------------------------------------


def test_d6_approvals_without_the_confirmation_are_refused(firm: Firm) -> None:
    for confirmed in ({}, {"override_confirmed": False}):
        refused = firm.try_to_activate(plan="pro", approvals={"enabled": True, **confirmed})
        assert refused.exit == 2 and "override" in str(refused.answer)
    assert firm.try_to_activate(**PRO).exit == 0


def test_d6_on_premium_approvals_rest_and_the_remainder_syncs(firm: Firm) -> None:
    firm.travelperk.account.plan = "premium"
    foreign = perk.create_group(firm.travelperk, "Okta", origin="automated")
    firm.activate(**method(METHODS[0], "premium"))
    with firm.watched() as seen:
        firm.synced()
    assert not [e for e in seen if "approval_groups" in e.path]
    assert firm.profile("Carl")["manager"] == firm.ids["Ben"] and not foreign.archived
    assert firm.preflight()["approvals_need_pro"]["state"] == "attention"


def test_d6_g2_pro_was_claimed_but_the_account_is_premium(firm: Firm) -> None:
    firm.travelperk.account.plan = "premium"
    firm.activate(**PRO)
    with firm.watched() as seen:
        result = firm.synced(exit=4)
    assert "approval_groups" in result.answer["error"]["detail"] and writes(seen) == []


# -- the hierarchy -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_d6_one_group_per_line_manager_with_the_direct_reports(firm: Firm, name: str) -> None:
    firm.activate(**method(name))
    firm.synced()
    assert firm.groups() == HIERARCHY
    group = firm.group("Ben")
    assert group.method == name and group.approver_id == firm.user("Ben").id
    assert group.name == f"HiBob · Ben Muster · {firm.ids['Ben']}"
    assert {n: firm.profile(n)["manager"] for n in ("Anna", "Ben", "Carl")} == {
        "Anna": "", "Ben": firm.ids["Anna"], "Carl": firm.ids["Ben"],
    }  # fmt: skip
    assert firm.synced().counts == {} and firm.entries() == []


def test_d6_the_demo_agency_groups_equal_its_hierarchy(demo: Firm) -> None:
    demo.activate(**PRO)
    demo.sync()
    users = {u.external_id: u for u in demo.travelperk.users.values() if u.external_id}
    wanted: dict[int, set[int]] = {}
    for id, user in users.items():
        boss = demo.hibob.employees[id].get("work.manager")
        manager = users.get(boss)
        mutual = boss and demo.hibob.employees[boss].get("work.manager") == id
        if user.active and manager and manager.active and not mutual:
            wanted.setdefault(manager.id, set()).add(user.id)
    live = [
        g for g in demo.travelperk.groups.values() if g.origin == "automated" and not g.archived
    ]
    assert {g.approver_id: g.user_ids for g in live} == wanted and len(wanted) > 5
    assert {u.id: u.manager for u in users.values() if u.active} == {
        **dict.fromkeys((u.id for u in users.values() if u.active), None),
        **{member: manager for manager, members in wanted.items() for member in members},
    }


def test_d6_the_method_changes_for_all_groups(led: Firm) -> None:
    led.activate(**method("manual_approve_all"))
    with led.watched() as seen:
        assert led.synced().counts == {"updated": 2}
    assert {verb for verb, _path in writes(seen)} == {"PATCH"} and led.groups() == HIERARCHY
    assert {led.group(name).method for name in HIERARCHY} == {"manual_approve_all"}


def test_d6_a_moved_manager_takes_the_team_along(led: Firm) -> None:
    """Ben reports to Emil now; Carl changes to Emil too."""
    led.move("Ben", "Emil")
    led.move("Carl", "Emil")
    led.synced()
    assert led.groups() == {"Anna": {"Emil"}, "Emil": {"Ben", "Carl"}, "Ben": {"Dora"}}
    assert led.profile("Ben")["manager"] == led.ids["Emil"]
    assert led.synced().counts == {} and led.synced("--full").counts == {}


def test_d6_two_teams_that_swap_their_people(led: Firm) -> None:
    led.move("Carl", "Anna")
    led.move("Emil", "Ben")
    led.synced()
    assert led.groups() == {"Anna": {"Ben", "Carl"}, "Ben": {"Dora", "Emil"}}
    assert led.synced("--full").counts == {}


def test_d6_the_last_report_leaves_and_the_group_is_archived(led: Firm) -> None:
    for name in ("Carl", "Dora"):
        led.leave(name)
    assert led.synced().counts["archived"] == 3
    assert led.groups() == {"Anna": {"Ben", "Emil"}} and led.group("Ben").archived
    assert led.synced().counts == {} and led.entries() == []


def test_d6_a_manager_who_left_takes_the_group_along_and_is_reported(led: Firm) -> None:
    id = led.group("Ben").id
    led.leave("Ben")
    result = led.synced()
    assert result.reasons["manager_not_available"] == 2
    assert led.groups() == {"Anna": {"Emil"}} and led.group("Ben").archived
    assert led.profile("Carl")["manager"] == "", "what we had written is cleared"
    assert not led.profile("Ben")["active"]
    bob.rehire(led.hibob, led.ids["Ben"], "2026-06-10")
    led.synced()
    assert led.groups() == HIERARCHY and led.group("Ben").id == id
    assert led.problems() == {} and led.synced("--full").counts == {}


def test_d6_a_team_that_went_and_came_back_is_complete_at_once(led: Firm) -> None:
    """TravelPerk moved its people out of the archived group meanwhile."""
    id = led.group("Ben").id
    for name in ("Carl", "Dora"):
        led.move(name, "Anna")
    led.synced()
    assert led.groups() == {"Anna": {"Ben", "Carl", "Dora", "Emil"}}
    for name in ("Carl", "Dora"):
        led.move(name, "Ben")
    led.synced()
    assert led.groups() == HIERARCHY and led.group("Ben").id == id
    assert led.synced().counts == {}


def test_d6_a_cycle_is_reported_and_not_written(led: Firm) -> None:
    led.move("Anna", "Ben")
    result = led.synced()
    assert result.reasons["manager_cycle"] == 2
    assert led.problems() == {"Anna": ["manager_cycle"], "Ben": ["manager_cycle"]}
    assert led.groups() == {"Anna": {"Emil"}, "Ben": {"Carl", "Dora"}}
    assert led.profile("Ben")["manager"] == led.profile("Anna")["manager"] == ""
    assert led.synced().reasons == {"manager_cycle": 2} and led.entries() == []
    led.move("Anna", None)
    led.synced()
    assert led.groups() == HIERARCHY and led.problems() == {}


def test_d6_somebody_who_reports_to_themselves(firm: Firm) -> None:
    firm.move("Anna", "Anna")
    firm.activate(**PRO)
    firm.synced()
    assert firm.problems() == {"Anna": ["manager_cycle"]} and firm.groups() == HIERARCHY


@pytest.mark.parametrize("why", ["outside", "no_email", "future", "unknown"])
def test_d6_a_manager_without_an_active_profile_is_left_out_and_reported(
    firm: Firm, why: str
) -> None:
    if why == "outside":
        firm.change("Ben", **{SITE: "Wien"})
    elif why == "no_email":
        bob.change_email(firm.hibob, firm.ids["Ben"], None)
    elif why == "future":
        firm.change("Ben", **{"work.startDate": "2026-08-01"})
    else:
        firm.hide("Ben")
    firm.activate(employees={"scope": "selected", "sites": ["Berlin"]}, **PRO)
    result = firm.sync()
    assert result.reasons["manager_not_available"] == 2 and firm.groups() == {"Anna": {"Emil"}}
    assert firm.profile("Carl")["manager"] == ""


def test_d6_a_line_manager_who_is_no_active_user_any_more_is_cleared(led: Firm) -> None:
    bob.change_email(led.hibob, led.ids["Ben"], None)
    led.synced(exit=1)
    assert led.profile("Carl")["manager"] == "" and led.groups() == {"Anna": {"Emil"}}


# -- what others made --------------------------------------------------------------------------


def test_d6_foreign_automated_groups_are_archived_however_many(firm: Firm) -> None:
    """As was confirmed: G9 does not count them."""
    names = [f"Okta {n}" for n in range(9)]
    for name in names:
        perk.create_group(firm.travelperk, name, origin="automated")
    manual = perk.create_group(firm.travelperk, "Von Hand")
    default = perk.create_group(firm.travelperk, "Standard", origin="default")
    firm.activate(**PRO)
    assert firm.preflight()["foreign_groups"]["names"] == names
    assert firm.preflight()["manual_groups"]["names"] == ["Von Hand"]
    assert firm.synced().counts["archived"] == 9
    assert firm.groups() == HIERARCHY and not manual.archived and not default.archived
    assert firm.synced().counts == {}


def test_d6_g9_foreign_groups_do_not_use_up_the_allowance(firm: Firm) -> None:
    for n in range(9):
        perk.create_group(firm.travelperk, f"Okta {n}", origin="automated")
    firm.activate(**PRO)
    firm.synced()
    for name in ("Carl", "Dora"):
        firm.leave(name)
    assert firm.synced().counts["archived"] == 3


def test_d6_without_approvals_no_group_is_looked_at(firm: Firm) -> None:
    foreign = perk.create_group(firm.travelperk, "Okta", origin="automated")
    firm.activate()
    with firm.watched() as seen:
        firm.synced()
    assert not [e for e in seen if "approval_groups" in e.path] and not foreign.archived


def test_d6_d12_a_group_with_the_managers_id_is_adopted(led: Firm) -> None:
    from integrations.models import Link

    before = directory_of(led.travelperk)
    Link.objects.filter(stream="approval_groups").delete()
    with led.watched() as seen:
        assert led.synced().counts == {"adopted": 2}
    assert writes(seen) == [] and directory_of(led.travelperk) == before


def test_d6_an_archived_group_is_adopted_and_opened_when_links_were_lost(led: Firm) -> None:
    from integrations.models import Link

    id = led.group("Ben").id
    for name in ("Carl", "Dora"):
        led.move(name, "Anna")
    led.synced()
    Link.objects.all().delete()
    for name in ("Carl", "Dora"):
        led.move(name, "Ben")
    led.synced()
    assert led.groups() == HIERARCHY and led.group("Ben").id == id


@pytest.mark.parametrize("flags", [(), ("--full",)])
def test_d6_a_group_that_was_changed_by_hand_is_restored(led: Firm, flags: tuple[str]) -> None:
    """A quiet run sees it by the number of members, a full one in any case."""
    group = led.group("Ben")
    group.user_ids = {led.user("Emil").id} if flags else set()
    group.method = "manual_approve_all"
    led.synced(*flags)
    assert led.groups() == HIERARCHY and group.method == "auto_approve_in_policy"


def test_d6_turned_manual_by_hand_it_is_not_ours_any_more(led: Firm) -> None:
    """Switching automatic processes off offers exactly that."""
    perk.convert_groups_to_manual(led.travelperk)
    manual = [g.id for g in led.travelperk.groups.values()]
    for _ in range(2):
        led.sync()
    kept = [led.travelperk.groups[id] for id in manual]
    assert all(g.origin == "manual" and not g.archived for g in kept)


# -- who is held as vanished -------------------------------------------------------------------


def test_d8_d6_a_vanished_report_stays_in_the_group_while_others_move(led: Firm) -> None:
    led.hide("Carl")
    led.move("Dora", "Anna")
    led.synced(exit=3)
    assert led.groups() == {"Anna": {"Ben", "Dora", "Emil"}, "Ben": {"Carl"}}
    assert led.profile("Carl")["manager"] == led.ids["Ben"]


def test_d8_d6_a_vanished_manager_keeps_the_team(led: Firm) -> None:
    led.hide("Ben")
    result = led.synced(exit=3)
    assert led.groups() == HIERARCHY and "manager_not_available" not in result.reasons
    assert led.profile("Carl")["manager"] == led.ids["Ben"]
    led.move("Dora", "Anna")
    led.hire("Frida", "Ben")
    led.synced(exit=3)
    assert led.groups() == {"Anna": {"Ben", "Dora", "Emil"}, "Ben": {"Carl", "Frida"}}
    assert led.synced(exit=3).counts == {"held": 1}
    led.hide("Ben", hidden=False)
    assert led.synced().counts == {}


def test_d8_d6_a_vanished_manager_who_is_released_loses_the_team(led: Firm) -> None:
    led.hide("Ben")
    held = led.synced(exit=3)
    led.release(held.run)
    led.synced()
    assert led.groups() == {"Anna": {"Emil"}} and led.group("Ben").archived
    assert not led.profile("Ben")["active"] and led.profile("Carl")["manager"] == ""


def test_d8_d6_a_whole_vanished_team_stays_together(led: Firm) -> None:
    led.hide("Ben", "Carl", "Dora")
    led.synced(exit=3)
    assert led.groups() == HIERARCHY


# -- half-done groups --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["server_error", "drop"])
def test_d6_a_group_without_its_members_is_completed_by_the_next_run(
    firm: Firm, fault: str
) -> None:
    """The process ends between the POST of the group and the PUT of its members."""
    firm.activate(**PRO)
    with firm.fault(fault, vendor="travelperk", method="PUT", path="approval_groups"):
        firm.sync()
    firm.wait(minutes=10)
    firm.sync()
    firm.synced()
    assert firm.groups() == HIERARCHY and len(firm.travelperk.groups) == 2
    assert firm.synced().counts == {}


def test_d6_a_group_whose_post_was_carried_out_and_never_answered(firm: Firm) -> None:
    firm.activate(**PRO)
    with firm.fault(
        "drop", vendor="travelperk", method="POST", path="approval_groups", times=1,
        after_commit=True,
    ):  # fmt: skip
        firm.sync()
    firm.wait(minutes=10)
    firm.sync()
    firm.synced()
    assert firm.groups() == HIERARCHY and len(firm.travelperk.groups) == 2


def test_d6_g8_a_refused_group_does_not_stop_the_other(firm: Firm) -> None:
    firm.activate(**PRO)
    with firm.fault(
        "server_error", vendor="travelperk", method="PUT", path="approval_groups", status=400,
        times=1,
    ):  # fmt: skip
        firm.sync()
    firm.sync()
    assert firm.groups() == HIERARCHY


def test_d6_switched_off_the_groups_stay(led: Firm) -> None:
    led.activate(plan="pro", approvals={"enabled": False})
    led.move("Carl", "Anna")
    led.synced()
    assert led.groups() == HIERARCHY and led.integration.kind == KIND
