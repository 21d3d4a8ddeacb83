"""Who is on a task, and with how many hours (A4)."""

from __future__ import annotations

import pytest

from sandbox.awork import edit as awork
from tests.projects.conftest import Agency, fill, writes
from tests.projects.oracle import Answers
from tests.projects.settled import ANSWERS, problem, settle, synced
from tests.projects.systems import ANNA, BEN, CARL, DORA, ONLY_HQ

__all__ = ["synced"]  # fixture

TASK, PAIR = "Startseite", "Unterseiten"
Efforts = dict[int, float | None]
"""Hours by person; None for an equal share."""


def in_hellohq(agency: Agency, name: str) -> dict[int, float]:
    shares = agency.hq_shares(agency.hq_named(name))
    return {user - 4700: round(hours, 2) for user, hours in shares.items()}


def in_awork(agency: Agency, name: str) -> Efforts:
    people = {agency.account(one): one for one in (ANNA, BEN, CARL, DORA)}
    return {
        people.get(one["id"], 0):
            None if one["isDistributedPlannedEffort"] else one["plannedEffort"] / 3600
        for one in agency.aw_row(agency.aw_named(name))["assignees"]
    }  # fmt: skip


def staff(agency: Agency, name: str, people: Efforts | list[int]) -> None:
    """In helloHQ."""
    agency.hq_edit(agency.hq_named(name), people=people)


def assign(agency: Agency, name: str, people: Efforts | list[int]) -> None:
    """In awork."""
    agency.aw_edit(agency.aw_named(name), people=people)


# -- who


def test_a4_the_first_sync_brings_people_and_their_own_hours(synced: Agency) -> None:
    assert in_awork(synced, TASK) == {ANNA: None}
    assert in_awork(synced, PAIR) == {ANNA: 10.0, BEN: 2.0}
    assert in_awork(synced, "Moodboard") == {CARL: None}


def test_a4_people_come_and_go_from_hellohq(synced: Agency) -> None:
    staff(synced, TASK, [ANNA, BEN, CARL])
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: None, BEN: None, CARL: None}
    staff(synced, TASK, [BEN])
    settle(synced)
    assert in_awork(synced, TASK) == {BEN: None}
    staff(synced, TASK, [])
    settle(synced)
    assert in_awork(synced, TASK) == {}


def test_a4_people_come_and_go_from_awork(synced: Agency) -> None:
    assign(synced, TASK, [ANNA, BEN])
    settle(synced)
    assert in_hellohq(synced, TASK).keys() == {ANNA, BEN}
    assign(synced, TASK, [])
    settle(synced)
    assert in_hellohq(synced, TASK) == {}


def test_a4_who_came_on_one_side_and_went_on_the_other_merges(synced: Agency) -> None:
    staff(synced, PAIR, {ANNA: 10.0, BEN: 2.0, CARL: 5.0})
    synced.wait(seconds=3)
    assign(synced, PAIR, [BEN, DORA])
    settle(synced)
    assert in_hellohq(synced, PAIR).keys() == {BEN, CARL, DORA}
    assert in_awork(synced, PAIR).keys() == {BEN, CARL, DORA}
    assert in_awork(synced, PAIR)[CARL] == 5.0


def test_a4_the_same_person_added_on_both_sides(synced: Agency) -> None:
    staff(synced, TASK, [ANNA, BEN])
    assign(synced, TASK, [ANNA, BEN])
    settle(synced)
    assert in_awork(synced, TASK).keys() == in_hellohq(synced, TASK).keys() == {ANNA, BEN}


def test_a4_removed_on_both_sides(synced: Agency) -> None:
    staff(synced, PAIR, {ANNA: 10.0})
    assign(synced, PAIR, [ANNA])
    settle(synced)
    assert in_awork(synced, PAIR).keys() == in_hellohq(synced, PAIR).keys() == {ANNA}


def test_a4_hours_edited_on_one_side_win_against_a_removal(synced: Agency) -> None:
    staff(synced, PAIR, {ANNA: 7.0, BEN: 2.0})
    synced.wait(seconds=3)
    assign(synced, PAIR, [BEN])
    settle(synced)
    assert in_hellohq(synced, PAIR) == {ANNA: 7.0, BEN: 2.0}
    assert in_awork(synced, PAIR) == {ANNA: 7.0, BEN: 2.0}


def test_a4_people_of_one_system_stay_there(synced: Agency) -> None:
    mood = synced.hq_named("Moodboard")
    machine, share = synced.hq_machine(mood), synced.hq_percent(mood, DORA)
    row = synced.aw_row(synced.aw_named("Moodboard"))
    people = [*(one["id"] for one in row["assignees"]), synced.freelancer]
    synced.aw_edit(row["id"], accounts=people)
    settle(synced)
    assign_more = [synced.account(ANNA), synced.account(DORA), synced.freelancer]
    synced.aw_edit(row["id"], accounts=assign_more)
    settle(synced)
    table = synced.hq.tables["TaskAssignments"]
    assert table.get(machine) and table.get(share)
    assert in_hellohq(synced, "Moodboard").keys() == {ANNA, DORA, ONLY_HQ}
    staff(synced, "Moodboard", [BEN, ONLY_HQ])
    settle(synced)
    assert {one["id"] for one in row["assignees"]} == {synced.account(BEN), synced.freelancer}
    assert table.get(machine)


def test_a4_an_inactive_person_stays_where_they_are(synced: Agency) -> None:
    awork.update_user(synced.awork, synced.account(BEN), {"isDeactivated": True})
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    staff(synced, TASK, [ANNA, BEN])
    synced.hq_edit(synced.hq_named(PAIR), name="Innenseiten")
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: None}
    assert in_awork(synced, "Innenseiten").keys() == {ANNA, BEN}
    awork.update_user(synced.awork, synced.account(BEN), {"isDeactivated": False})
    settle(synced)
    assert in_awork(synced, TASK).keys() == {ANNA, BEN}


# -- with how many hours


def test_a4_hours_by_hand_in_hellohq_reach_awork(synced: Agency) -> None:
    staff(synced, TASK, {ANNA: 3.0})
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: 3.0}
    staff(synced, TASK, [ANNA])
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: None}


def test_a4_hours_by_hand_in_awork_reach_hellohq(synced: Agency) -> None:
    assign(synced, TASK, {ANNA: 5.5})
    settle(synced)
    assert in_hellohq(synced, TASK) == {ANNA: 5.5}
    synced.aw_effort(synced.aw_named(TASK), None, synced.account(ANNA))
    settle(synced)
    assert in_hellohq(synced, TASK) == {ANNA: 8.0}


def test_a4_hours_go_back_and_forth(synced: Agency) -> None:
    assign(synced, PAIR, {ANNA: 9.0, BEN: 2.0})
    settle(synced)
    assert in_hellohq(synced, PAIR) == {ANNA: 9.0, BEN: 2.0}
    staff(synced, PAIR, {ANNA: 8.0, BEN: 2.0})
    settle(synced)
    assert in_awork(synced, PAIR) == {ANNA: 8.0, BEN: 2.0}


def test_a4_hours_of_different_people_merge(synced: Agency) -> None:
    staff(synced, PAIR, {ANNA: 9.0, BEN: 2.0})
    synced.wait(seconds=3)
    assign(synced, PAIR, {ANNA: 10.0, BEN: 3.0})
    settle(synced)
    assert in_hellohq(synced, PAIR) == in_awork(synced, PAIR) == {ANNA: 9.0, BEN: 3.0}


def test_a4_nobody_elses_hours_change_when_somebody_comes(synced: Agency) -> None:
    assign(synced, TASK, [ANNA, BEN])
    settle(synced)
    assert in_hellohq(synced, TASK) == {ANNA: 8.0, BEN: 4.0}
    assert in_awork(synced, TASK) == {ANNA: None, BEN: None}


def test_a4_hours_stay_when_the_target_changes_in_awork(synced: Agency) -> None:
    for name in (TASK, PAIR):
        synced.aw_edit(synced.aw_named(name), hours=20)
    settle(synced)
    assert in_hellohq(synced, TASK) == {ANNA: 8.0}
    assert in_hellohq(synced, PAIR) == {ANNA: 10.0, BEN: 2.0}
    assert in_awork(synced, TASK) == {ANNA: None}


def test_a4_hours_stay_when_the_target_changes_in_hellohq(synced: Agency) -> None:
    """Hours that are no equal share any more are told as such."""
    for name in (TASK, PAIR):
        synced.hq_edit(synced.hq_named(name), hours=20.0)
    settle(synced)
    assert in_hellohq(synced, TASK) == in_awork(synced, TASK) == {ANNA: 8.0}
    assert in_awork(synced, PAIR) == {ANNA: 10.0, BEN: 2.0}


def test_a4_hours_by_hand_survive_what_else_is_edited(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(PAIR), name="Innenseiten", last="2026-07-12")
    synced.aw_edit(synced.aw_named(PAIR), html="<p>Neu</p>", type="Konzeption")
    with synced.watched() as seen:
        settle(synced)
    assert in_awork(synced, "Innenseiten") == {ANNA: 10.0, BEN: 2.0}
    assert [path for _method, path in writes(seen) if "ssign" in path or "effort" in path] == []


def test_a4_a_task_without_target_still_has_people(synced: Agency) -> None:
    synced.aw_edit(synced.aw_named(TASK), hours=0, people=[ANNA, BEN])
    settle(synced)
    assert in_hellohq(synced, TASK).keys() == {ANNA, BEN}


def test_a4_odd_minutes_are_no_edit(synced: Agency) -> None:
    """100 minutes for three people are equal shares on either side."""
    synced.hq_edit(synced.hq_named(TASK), hours=100 / 60, people=[ANNA, BEN, CARL])
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: None, BEN: None, CARL: None}
    synced.aw_edit(synced.aw_named(TASK), hours=110 / 60)
    settle(synced)
    assert in_awork(synced, TASK) == {ANNA: None, BEN: None, CARL: None}


# -- one person only


def test_a4_multi_assignment_off_the_first_is_written(empty: Agency) -> None:
    fill(empty)
    empty.aw_switch(multi_assignment=False)
    empty.activate(**ANSWERS)
    settle(empty)
    assert len(in_awork(empty, PAIR)) == 1
    assert problem(empty, "multi_assignment_off").detail["people"] == [str(empty.user(BEN))]
    assert in_hellohq(empty, PAIR) == {ANNA: 10.0, BEN: 2.0}
    empty.aw_switch(multi_assignment=True)
    settle(empty)
    assert in_awork(empty, PAIR) == {ANNA: 10.0, BEN: 2.0}
    assert empty.problems() == {}


@pytest.mark.parametrize("who", [ANNA, CARL])
def test_a4_multi_assignment_goes_off_later(synced: Agency, who: int) -> None:
    synced.aw_switch(multi_assignment=False)
    staff(synced, TASK, [who, DORA])
    settle(synced)
    assert len(in_awork(synced, TASK)) == 1
    assert in_hellohq(synced, TASK).keys() == {who, DORA}


def test_a4_multi_assignment_off_and_another_person_in_awork(synced: Agency) -> None:
    synced.aw_switch(multi_assignment=False)
    assign(synced, TASK, [BEN])
    settle(synced, answers=Answers())
    assert in_awork(synced, TASK) == {BEN: None}
    assert in_hellohq(synced, TASK).keys() == {BEN}
