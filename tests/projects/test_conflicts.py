"""Edits of one task on both sides between two runs (A13)."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Problem, RunEntry
from tests.projects.conftest import Agency, writes
from tests.projects.remembered import first_sync
from tests.projects.settled import ANSWERS, assert_rests, settle, told
from tests.projects.systems import ANNA, BEN, CARL

TASK = "Startseite"
HQ, AWORK = "hellohq", "awork"


class Pair:
    """One task on both sides, whatever its name."""

    def __init__(self, agency: Agency, policy: str) -> None:
        first_sync(agency, **ANSWERS, conflict_policy={"tasks": policy, "projects": HQ})
        self.agency, self.task = agency, agency.hq_named(TASK)
        self.copy = agency.copy_of(self.task)

    def edit(self, side: str, **given: Any) -> None:
        """A few seconds after the edit before."""
        self.agency.wait(seconds=3)
        if side == HQ:
            self.agency.hq_edit(self.task, **given)
        else:
            self.agency.aw_edit(self.copy, **given)

    @property
    def values(self) -> dict[str, tuple[Any, Any]]:
        """helloHQ's and awork's."""
        row, other = self.agency.hq_row(self.task), self.agency.aw_row(self.copy)
        hours = (other["plannedDuration"] or 0) / 3600
        last = row["EndOn"] and f"{row['EndOn']:%Y-%m-%d}", (other["dueOn"] or "")[:10]
        return {"name": (row["Name"], other["name"]), "hours": (row["PlannedEffort"], hours),
                "last": last}  # fmt: skip

    def resolve(self, field: str, side: str) -> None:
        """As the page of conflicts does."""
        rows = Problem.objects.filter(code="conflict", detail__field=field)
        assert rows.update(resolution={HQ: "left", AWORK: "right"}[side]) == 1


def both(value: Any) -> tuple[Any, Any]:
    return value, value


def lost(entries: list[RunEntry]) -> list[tuple[Any, Any]]:
    """Names and targets that were overwritten, and by what."""
    rows = [one for one in entries if one.reason == "conflict_resolved"]
    return [(row.before[name], row.after[name]) for row in rows for name in ("name", "target")
            if name in row.before]  # fmt: skip


# -- different fields


@pytest.mark.parametrize("policy", ["newest", HQ, AWORK, "ask"])
def test_a13_different_fields_merge(agency: Agency, policy: str) -> None:
    pair = Pair(agency, policy)
    pair.edit(HQ, name="Home", status="In Arbeit", people=[ANNA, CARL])
    pair.edit(AWORK, hours=5, last="2026-06-23", html="<p>neu</p>")
    entries = settle(agency)
    assert pair.values == {"name": both("Home"), "hours": both(5.0), "last": both("2026-06-23")}
    assert {reason for _action, reason in told(entries, "Home")} == {""}
    assert agency.problems() == {}


@pytest.mark.parametrize("policy", ["newest", "ask"])
def test_a13_the_same_value_on_both_sides_is_no_conflict(agency: Agency, policy: str) -> None:
    pair = Pair(agency, policy)
    pair.edit(HQ, name="Home")
    pair.edit(AWORK, name="Home")
    with agency.watched() as seen:
        settle(agency)
    assert writes(seen) == []
    assert agency.problems() == {}


# -- the same field


@pytest.mark.parametrize("last", [HQ, AWORK])
def test_a13_newest_the_later_edit_wins(agency: Agency, last: str) -> None:
    pair = Pair(agency, "newest")
    first = AWORK if last == HQ else HQ
    pair.edit(first, name=f"von {first}", hours=3)
    pair.edit(last, name=f"von {last}", hours=4)
    entries = settle(agency)
    assert pair.values["name"] == both(f"von {last}")
    assert pair.values["hours"] == both(4.0)
    assert (f"von {first}", f"von {last}") in lost(entries)
    assert (10_800, 14_400) in lost(entries)


@pytest.mark.parametrize("winner", [HQ, AWORK])
@pytest.mark.parametrize("last", [HQ, AWORK])
def test_a13_a_side_that_leads_wins_whenever_it_was_edited(
    agency: Agency, winner: str, last: str
) -> None:
    pair = Pair(agency, winner)
    for side in sorted((HQ, AWORK), key=lambda one: one == last):
        pair.edit(side, name=f"von {side}")
    entries = settle(agency)
    loser = AWORK if winner == HQ else HQ
    assert pair.values["name"] == both(f"von {winner}")
    assert lost(entries) == [(f"von {loser}", f"von {winner}")]


@pytest.mark.parametrize("policy", [HQ, AWORK])
def test_a13_a_single_edit_is_never_overruled(agency: Agency, policy: str) -> None:
    pair = Pair(agency, policy)
    pair.edit(HQ, name="Home")
    settle(agency)
    pair.edit(AWORK, name="Start")
    entries = settle(agency)
    assert pair.values["name"] == both("Start")
    assert lost(entries) == []


def test_a13_one_field_conflicts_and_others_merge(agency: Agency) -> None:
    pair = Pair(agency, HQ)
    pair.edit(HQ, name="Home", last="2026-06-23")
    pair.edit(AWORK, name="Start", hours=5)
    entries = settle(agency)
    assert pair.values == {"name": both("Home"), "hours": both(5.0), "last": both("2026-06-23")}
    assert lost(entries) == [("Start", "Home")]


def test_a13_places_conflict_like_any_field(agency: Agency) -> None:
    pair = Pair(agency, "newest")
    mood = agency.hq_named("Moodboard")
    agency.hq_edit(mood, under=agency.hq_named("Launch"))
    agency.wait(seconds=3)
    agency.aw_edit(agency.copy_of(mood), list=agency.aw_list_named("Konzeption"))
    entries = settle(agency)
    assert agency.hq_row(mood)["ParentId"] == agency.hq_named("Konzeption")
    assert ("update", "conflict_resolved") in told(entries, "Moodboard")
    assert pair.values["name"] == both(TASK)


def test_a13_somebodys_hours_conflict_alone(agency: Agency) -> None:
    pair = Pair(agency, AWORK)
    pair.edit(HQ, people={ANNA: 3.0, BEN: 2.0})
    pair.edit(AWORK, people={ANNA: 4.0})
    settle(agency)
    assert agency.hq_shares(pair.task) == {agency.user(ANNA): 4.0, agency.user(BEN): 2.0}


def test_a13_dates_that_do_not_fit_together_come_from_one_side(agency: Agency) -> None:
    """One side's start after the other side's end."""
    pair = Pair(agency, "newest")
    pair.edit(HQ, first="2026-06-19")
    pair.edit(AWORK, last="2026-06-16")
    settle(agency)
    row = agency.aw_row(pair.copy)
    assert (row["startOn"][:10], row["dueOn"][:10]) == ("2026-06-15", "2026-06-16")


def test_a13_phases_and_lists_conflict_too(agency: Agency) -> None:
    Pair(agency, AWORK)
    phase, place = agency.hq_named("Launch"), agency.aw_list_named("Launch")
    agency.hq_edit(phase, name="Livegang")
    agency.aw_rename_list(place, "Start")
    entries = settle(agency)
    assert agency.hq_row(phase)["Name"] == agency.awork.lists[place]["name"] == "Start"
    assert lost(entries) == [("Livegang", "Start")]


# -- asking


@pytest.fixture
def asked(agency: Agency) -> Pair:
    """A name that waits for a person."""
    pair = Pair(agency, "ask")
    pair.edit(HQ, name="von HQ", last="2026-06-23")
    pair.edit(AWORK, name="von awork", hours=5)
    agency.wait(seconds=3)
    agency.synced(exit=1)
    return pair


def test_a13_ask_parks_the_field_with_both_values(agency: Agency, asked: Pair) -> None:
    assert asked.values == {"name": ("von HQ", "von awork"), "hours": both(5.0),
                            "last": both("2026-06-23")}  # fmt: skip
    row = Problem.objects.get(code="conflict")
    assert row.severity == Problem.Severity.CONFLICT
    assert row.detail == {"field": "name", "left": "von HQ", "right": "von awork"}
    parked = [e for e in agency.entries() if e.action == "conflict"]
    assert [e.detail for e in parked] == [row.detail]
    assert_rests(agency, exit=1)


@pytest.mark.parametrize(
    ("side", "kept", "given_up"), [(HQ, "von HQ", "von awork"), (AWORK, "von awork", "von HQ")]
)
def test_a13_a_persons_choice_is_carried_out(
    agency: Agency, asked: Pair, side: str, kept: str, given_up: str
) -> None:
    asked.resolve("name", side)
    entries = settle(agency)
    assert asked.values["name"] == both(kept)
    assert lost(entries) == [(given_up, kept)]
    assert agency.problems() == {}


def test_a13_other_fields_sync_while_one_is_parked(agency: Agency, asked: Pair) -> None:
    asked.edit(HQ, hours=6.0)
    agency.wait(seconds=3)
    agency.synced(exit=1)
    assert asked.values["hours"] == both(6.0)
    assert asked.values["name"] == ("von HQ", "von awork")


def test_a13_a_choice_about_values_that_moved_on_does_not_count(
    agency: Agency, asked: Pair
) -> None:
    asked.resolve("name", HQ)
    asked.edit(AWORK, name="ganz neu")
    agency.wait(seconds=3)
    agency.synced(exit=1)
    assert asked.values["name"] == ("von HQ", "ganz neu")
    row = Problem.objects.get(code="conflict")
    assert (row.detail["right"], row.resolution) == ("ganz neu", "")


@pytest.mark.parametrize("side", [HQ, AWORK])
def test_a13_ask_parks_moves_that_would_make_a_circle(agency: Agency, side: str) -> None:
    """Two conflicts; a choice about one of them decides both."""
    first_sync(agency, **ANSWERS, conflict_policy={"tasks": "ask", "projects": HQ})
    hq, aw = agency.hq_named, agency.aw_named
    agency.hq_edit(hq("Screens"), under=hq("Moodboard"))
    agency.aw_edit(aw("Moodboard"), under=aw("Screens"))
    agency.wait(seconds=3)
    agency.synced(exit=1)
    assert_rests(agency, exit=1)
    assert agency.hq_row(hq("Screens"))["ParentId"] == hq("Moodboard")
    assert agency.aw_row(aw("Moodboard"))["parentId"] == aw("Screens")
    rows = Problem.objects.filter(code="conflict", detail__field="parent")
    assert sorted(row.label for row in rows) == ["Moodboard", "Screens"]
    chosen = rows.filter(label="Moodboard")
    chosen.update(resolution={HQ: "left", AWORK: "right"}[side])
    settle(agency)
    upper, lower = ("Moodboard", "Screens") if side == HQ else ("Screens", "Moodboard")
    assert agency.hq_row(hq(lower))["ParentId"] == hq(upper)
    assert agency.aw_row(aw(lower))["parentId"] == aw(upper)
    assert {code for codes in agency.problems().values() for code in codes} <= {"flattened"}


def test_a13_a_choice_about_a_deep_task_waits_for_the_one_above_it(agency: Agency) -> None:
    """helloHQ has Screens > Startseite > Held and moves Startseite; awork moves both."""
    first_sync(agency, **ANSWERS, conflict_policy={"tasks": "ask", "projects": HQ})
    hq, aw, place = agency.hq_named, agency.aw_named, agency.aw_list_named("Design")
    project = agency.aw_project_named("Website")
    agency.hq_task(agency.hq_row(hq("Screens"))["ProjectId"], "Held", hq("Startseite"))
    for name in ("Ziel", "Dach", "Turm"):
        agency.aw_task(project, name, place)
    settle(agency)
    agency.hq_edit(hq("Startseite"), under=hq("Ziel"))
    agency.wait(seconds=3)
    agency.aw_edit(aw("Startseite"), under=aw("Dach"))
    agency.aw_edit(aw("Startseite / Held"), under=aw("Turm"))
    agency.wait(seconds=3)
    agency.synced(exit=1)
    asked = Problem.objects.filter(code="conflict", detail__field="parent")
    assert asked.filter(label__endswith="Held").update(resolution="left") == 1
    agency.synced(exit=1)
    assert sorted(row.resolution for row in asked) == ["", "left"]
    assert asked.filter(label="Startseite").update(resolution="left") == 1
    settle(agency)
    assert {code for codes in agency.problems().values() for code in codes} == {"flattened"}
    assert agency.aw_row(aw("Startseite / Held"))["parentId"] == aw("Ziel")
    assert agency.hq_row(hq("Held"))["ParentId"] == hq("Startseite")


def test_a13_a_parked_conflict_ends_when_both_agree(agency: Agency, asked: Pair) -> None:
    asked.edit(AWORK, name="von HQ")
    settle(agency)
    assert agency.problems() == {}


def test_a13_a_parked_conflict_ends_when_one_side_takes_its_edit_back(
    agency: Agency, asked: Pair
) -> None:
    asked.edit(AWORK, name=TASK)
    settle(agency)
    assert asked.values["name"] == both("von HQ")
    assert agency.problems() == {}


def test_a13_two_parked_fields_are_decided_apart(agency: Agency, asked: Pair) -> None:
    asked.edit(HQ, hours=1.0)
    asked.edit(AWORK, hours=2)
    agency.wait(seconds=3)
    agency.synced(exit=1)
    assert Problem.objects.filter(code="conflict").count() == 2
    asked.resolve("name", HQ)
    agency.synced(exit=1)
    assert asked.values["name"] == both("von HQ")
    assert asked.values["hours"] == (1.0, 2.0)
    asked.resolve("target", AWORK)
    settle(agency)
    assert asked.values["hours"] == both(2.0)
