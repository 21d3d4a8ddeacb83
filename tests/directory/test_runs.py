"""Runs as a whole: G5–G7, G9, G10, G12, the demo agencies, calls, and other vendors' habits."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.contrib.auth.models import User as Account

from integrations.models import Integration, Link, RunEntry
from sandbox.hibob import edit as bob
from sandbox.travelperk import edit as perk
from tests.directory.conftest import (
    EVERYBODY,
    HIERARCHY,
    PRO,
    Firm,
    directory_of,
    writes,
)

EVERYTHING: dict[str, Any] = {"cost_centers": True, "companies": {"enabled": True}, **PRO}

# -- the demo agencies -------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", ["nordlicht", "isarwerk", "elbtal"])
@pytest.mark.parametrize("flags", [(), ("--full",)])
def test_g7_the_second_run_only_lists_and_leaves_no_trace(
    demo: Firm, tenant: str, flags: tuple[str, ...]
) -> None:
    """Also where PATCH answers 204, filters are refused or ignored, ids are texts."""
    demo.tenant = tenant
    demo.activate(**EVERYTHING)
    first = demo.synced(exit=1)  # somebody has no address
    before = directory_of(demo.travelperk)
    with demo.watched() as seen:
        second = demo.synced(*flags, exit=1)
    assert writes(seen) == [] and demo.entries() == []
    assert directory_of(demo.travelperk) == before and second.reasons == first.reasons
    if not flags:
        assert len(seen) <= least_calls(demo, centers=True, companies=True, groups=True) + 3


def least_calls(firm: Firm, **lists: bool) -> int:
    """One search for the ids and people, HiBob's lists, and the pages of TravelPerk's."""
    perk_state = firm.travelperk
    pages = math.ceil(len(perk_state.users) / 50)
    for name, rows in (
        ("centers", perk_state.cost_centers), ("companies", perk_state.companies),
        ("groups", perk_state.groups),
    ):  # fmt: skip
        pages += math.ceil(max(len(rows), 1) / 50) if lists.get(name) else 0
    return pages + 1 + 3  # the search; titles, departments, genders


def test_g7_who_changed_costs_one_call_each(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    with firm.watched() as quiet:
        firm.synced()
    for name in ("Ben", "Carl", "Dora"):
        firm.change(name, **{"work.title": None})
    with firm.watched() as busy:
        assert firm.synced().counts == {"updated": 3}
    assert len(busy) == len(quiet) + 3


def test_g4_g7_the_demo_agency_tells_whom_it_could_not_match(demo: Firm) -> None:
    demo.activate(**EVERYTHING)
    result = demo.sync()
    assert result.reasons["ambiguous_match"] == 2, "two employed people of one address"
    assert result.reasons["missing_field"] == 1, "somebody has no address"
    assert result.reasons["manager_not_available"] == 1, "reports to somebody who left"
    inactive = {u.user_name for u in demo.travelperk.users.values() if not u.active}
    assert {"leonie.gruenwald@nordlicht.example", "doerte.groessing@nordlicht.example"} == inactive


def test_g7_history_shows_before_and_after(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    bob.rename(firm.hibob, firm.ids["Carl"], "Karl", "Muster")
    firm.synced()
    (row,) = firm.entries()
    assert (row.action, row.side, row.label) == ("update", "travelperk", "Karl Muster")
    assert (row.before, row.after) == ({"given_name": "Carl"}, {"given_name": "Karl"})


# -- G6 ----------------------------------------------------------------------------------------


def test_g6_a_dry_run_shows_what_the_next_run_does_and_does_nothing(demo: Firm) -> None:
    demo.activate(**EVERYTHING)
    before = directory_of(demo.travelperk)
    with demo.watched() as seen:
        dry = demo.sync("--dry-run")
    assert writes(seen) == [] and directory_of(demo.travelperk) == before
    assert not Link.objects.exists()
    shown = [(e.stream, e.action, e.label) for e in demo.entries() if e.action != "skip"]
    demo.sync()
    done = [(e.stream, e.action, e.label) for e in demo.entries() if e.action != "skip"]
    late = {("users", "archive")}  # forgotten leavers are linked first
    assert sorted(shown) == sorted(row for row in done if row[:2] not in late)
    assert dry.counts["created"] > 40


def test_g6_a_dry_run_shows_what_would_be_held(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    firm.hide("Carl")
    firm.sync("--dry-run")
    assert [(e.action, e.state) for e in firm.entries()] == [("archive", "held")]
    assert firm.pending() == []


# -- G5, G10, G12 ------------------------------------------------------------------------------


def test_g5_d2_daily_sync_can_be_switched_on(firm: Firm) -> None:
    from integrations import kinds

    kind = kinds.get("hibob-travelperk")
    firm.activate()
    assert kind.schedule(firm.integration) is None
    firm.activate(daily=True)
    interval = kind.schedule(firm.integration)
    assert interval is not None and interval.total_seconds() == 86_400


def test_g10_without_the_admin_who_enabled_it_it_pauses(firm: Firm) -> None:
    firm.activate()
    firm.synced()
    Account.objects.filter(pk=firm.admin.pk).update(is_active=False)
    firm.leave("Carl")
    with firm.watched() as seen:
        refused = firm.sync()
    assert refused.exit == 2 and writes(seen) == [] and firm.profile("Carl")["active"]


def test_g12_another_hibob_company_stops_the_run(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    before = directory_of(firm.travelperk)
    firm.hibob.company_id += 1
    result = firm.synced(exit=4)
    assert result.error == "account_changed" and directory_of(firm.travelperk) == before


def test_g12_another_travelperk_account_stops_the_run(firm: Firm) -> None:
    firm.activate(**PRO)
    firm.synced()
    firm.travelperk.users.clear()
    firm.travelperk.groups.clear()
    perk.create_user(firm.travelperk, "Fremd", "Konto", "fremd@other.example")
    result = firm.synced(exit=4)
    assert result.error == "account_changed" and len(firm.travelperk.users) == 1


def test_g9_an_emptied_travelperk_is_not_filled_again(firm: Firm) -> None:
    for n in range(6):
        firm.hire(f"Neu{n}", "Anna")
    firm.activate(**PRO)
    firm.synced()
    with firm.fault("empty_list", vendor="travelperk"), firm.watched() as seen:
        result = firm.synced(exit=4)
    assert result.error == "empty_read" and writes(seen) == []
    assert firm.synced().counts == {}


@pytest.mark.parametrize(
    "path", ["people/search", "named-lists", "Users", "cost_centers", "companies", "groups"]
)
def test_an_incomplete_list_stops_what_depends_on_it_and_is_healed(firm: Firm, path: str) -> None:
    firm.activate(**EVERYTHING)
    firm.synced()
    before = directory_of(firm.travelperk)
    bob.rename_department(firm.hibob, "Kreation", "Design")
    with firm.fault("server_error", path=path, method="" if "search" in path else "GET"):
        assert firm.sync().exit == 4
    archived = [u for u in firm.travelperk.users.values() if not u.active]
    assert archived == [] and firm.groups() == HIERARCHY
    firm.synced()
    bob.rename_department(firm.hibob, "Design", "Kreation")
    firm.synced()
    assert directory_of(firm.travelperk) == before


def test_a_first_run_with_every_other_write_lost_ends_as_an_undisturbed_one(firm: Firm) -> None:
    firm.activate(**EVERYTHING)
    firm.synced()
    wanted = directory_of(firm.travelperk)
    again = Firm(firm.sandbox, firm.path, firm.clock)
    Integration.objects.all().delete()
    RunEntry.objects.all().delete()
    kept = next(iter(firm.travelperk.users.values()))
    firm.travelperk.users = {kept.id: kept}
    firm.travelperk.groups, firm.travelperk.cost_centers = {}, {}
    default = firm.travelperk.default_company()
    firm.travelperk.companies = {default.id: default}
    again.activate(**EVERYTHING)
    for skip in range(0, 12, 2):
        with firm.fault(
            "drop", vendor="travelperk", path="Users|groups|centers|companies", skip=skip + 6,
            times=1, after_commit=skip % 4 == 0,
        ):  # fmt: skip
            again.sync()
        firm.wait(minutes=10)
    again.synced()
    assert directory_of(firm.travelperk) == wanted
    assert again.synced().counts == {}
    assert all(firm.known(name) for name in EVERYBODY)
