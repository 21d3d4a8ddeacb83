"""A13: moves on both sides that together would put a record below itself. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.engine.changes import Circumstances, Plan, Resolution
from integrations.engine.references import ref
from integrations.engine.stream import Item, LinkState, Rule, Stream, Which, Winner
from tests.engine.pure import codes, plan, stream, told

LEFT, RIGHT = Which.LEFT, Which.RIGHT
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def tree(winner: Winner = Winner.LEFT) -> Stream:
    rules = [Rule("up", winner=winner), Rule("name", placed=True), Rule("text")]
    return stream(rules=rules, refs=frozenset({"up"}), parent="up", edits_survive=True)


def at(number: int | None) -> str | None:
    return None if number is None else ref("s", LEFT, f"l{number}")


def one(
    side: Which, number: int, above: int | None, minute: int = 0, *, deep: str = "", **fields: Any
) -> Item:
    changed_at = NOON + timedelta(minutes=minute)
    id = f"{side.value[0]}{number}"
    values = {"up": at(above), "name": "n", **fields}
    return Item(id, values, changed_at=changed_at, below=deep)


def linked(number: int, above: int | None = None) -> LinkState:
    base = {"up": at(above), "name": "n"}
    return LinkState(number, f"l{number}", f"r{number}", base)


LINKS = [linked(1), linked(2), linked(3)]


def crossed(
    winner: Winner = Winner.LEFT, *, minutes: tuple[int, int] = (1, 2), **more: Any
) -> Plan:
    """The left puts 1 below 2 and 3 below 1, the right puts 2 below 1."""
    left = [one(LEFT, 1, 2, minutes[0]), one(LEFT, 2, None), one(LEFT, 3, 1)]
    right = [one(RIGHT, 1, None), one(RIGHT, 2, 1, minutes[1]), one(RIGHT, 3, None)]
    return plan(left, right, LINKS, of=tree(winner), **more)


def moves(found: Plan) -> dict[tuple[str, str | None], Any]:
    return {(c.side.value, c.left_id): c.after.get("up") for c in found.changes}


LEFT_STAYS = {("right", "l1"): at(2), ("right", "l2"): None, ("right", "l3"): at(1)}
RIGHT_STAYS = {("left", "l2"): at(1), ("left", "l1"): None, ("right", "l3"): at(1)}


@pytest.mark.parametrize(
    ("winner", "minutes", "expected"),
    [
        (Winner.LEFT, (1, 2), LEFT_STAYS),
        (Winner.RIGHT, (1, 2), RIGHT_STAYS),
        (Winner.NEWEST, (1, 2), RIGHT_STAYS),
        (Winner.NEWEST, (2, 1), LEFT_STAYS),
    ],
)
def test_a13_of_moves_that_make_a_circle_one_sides_stay(
    winner: Winner, minutes: tuple[int, int], expected: Any
) -> None:
    found = crossed(winner, minutes=minutes)
    assert moves(found) == expected
    (lost,) = [change for change in found.changes if change.after["up"] is None]
    assert lost.before["up"] in (at(1), at(2)) and lost.reason == "conflict_resolved"


def test_a13_ask_parks_the_circle_and_nothing_else() -> None:
    found = crossed(Winner.ASK)
    assert moves(found) == {("right", "l3"): at(1)}
    assert codes(found) == ["conflict", "conflict"]


@pytest.mark.parametrize(
    ("record", "keep", "expected"),
    [
        ("L:l1", LEFT, LEFT_STAYS),
        ("L:l1", RIGHT, RIGHT_STAYS),
        ("L:l2", RIGHT, RIGHT_STAYS),
        ("L:l2", LEFT, LEFT_STAYS),
    ],
)
def test_a13_a_persons_choice_about_one_of_them_unties_the_circle(
    record: str, keep: Which, expected: Any
) -> None:
    values = {"L:l1": (at(2), None), "L:l2": (None, at(1))}[record]
    said = Circumstances(resolutions={record: [Resolution("up", *values, keep)]})
    found = crossed(Winner.ASK, circumstances=said)
    assert moves(found) == expected and codes(found) == []


def test_a13_other_fields_of_a_move_taken_back_still_flow() -> None:
    left = [one(LEFT, 1, 2), one(LEFT, 2, None)]
    right = [one(RIGHT, 1, None), one(RIGHT, 2, 1, name="new")]
    found = plan(left, right, LINKS[:2], of=tree())
    assert ("update", "left", {"name": "new"}) in told(found)
    assert moves(found)["right", "l2"] is None


def test_a13_a_circle_through_a_new_record() -> None:
    """The right makes 9 below 2 and puts 1 below it; the left puts 2 below 1."""
    above = ref("s", RIGHT, "r9")
    left = [one(LEFT, 1, None), one(LEFT, 2, 1)]
    right = [
        Item("r1", {"up": above, "name": "n"}), one(RIGHT, 2, None), one(RIGHT, 9, 2),
    ]  # fmt: skip
    found = plan(left, right, LINKS[:2], of=tree())
    assert moves(found) == {("right", "l1"): None, ("right", "l2"): at(1), ("left", None): at(2)}


def test_a13_two_choices_that_undo_both_moves() -> None:
    said = Circumstances(
        resolutions={
            "L:l1": [Resolution("up", at(2), None, RIGHT)],
            "L:l2": [Resolution("up", None, at(1), LEFT)],
        }
    )
    found = crossed(Winner.ASK, circumstances=said)
    assert moves(found) == {("left", "l1"): None, ("right", "l2"): None, ("right", "l3"): at(1)}
    assert codes(found) == []


def test_a13_two_choices_that_keep_both_moves_are_asked_for_again() -> None:
    said = Circumstances(
        resolutions={
            "L:l1": [Resolution("up", at(2), None, LEFT)],
            "L:l2": [Resolution("up", None, at(1), RIGHT)],
        }
    )
    found = crossed(Winner.ASK, circumstances=said)
    assert moves(found) == {("right", "l3"): at(1)} and codes(found) == ["conflict", "conflict"]


def test_a13_a_record_is_below_what_it_hangs_on_and_not_only_below_its_canonical_parent() -> None:
    """Left: 3 is below 2, which is below 1; the right has no such level and shows 3 below 1. The
    left puts 4 below 3, then the right puts 2 below 4."""
    left = [
        one(LEFT, 1, None), one(LEFT, 2, 1), one(LEFT, 4, 1, 1, deep="l3"),
        one(LEFT, 3, 1, deep="l2"),
    ]  # fmt: skip
    right = [one(RIGHT, 1, None), one(RIGHT, 2, 4, 2), one(RIGHT, 3, 1), one(RIGHT, 4, None)]
    links = [linked(1), linked(2, 1), linked(3, 1), linked(4)]
    found = plan(left, right, links, of=tree(Winner.NEWEST))
    assert moves(found) == {("left", "l2"): at(4), ("left", "l4"): None}


@pytest.mark.parametrize(
    ("winner", "expected"),
    [
        (Winner.LEFT, [("l2", {"up": at(1)}), ("l3", {"up": at(1), "name": "2 / n", "text": "t"})]),
        (Winner.RIGHT, [("l3", {"text": "t"})]),
        (Winner.ASK, [("l3", {"text": "t"})]),
    ],
)
def test_a2_a_deep_record_waits_for_the_place_of_the_one_above_it(
    winner: Winner, expected: Any
) -> None:
    """Left: 3 is below 2, which goes below 1; so 3 is shown below 1 too, by its path. The right
    has put 2 below 4."""
    deep = one(LEFT, 3, 1, deep="l2", name="2 / n", text="t")
    left = [one(LEFT, 1, None), one(LEFT, 2, 1), deep, one(LEFT, 4, None)]
    right = [one(RIGHT, 1, None), one(RIGHT, 2, 4), one(RIGHT, 3, 2, text=""), one(RIGHT, 4, None)]
    agreed = LinkState(3, "l3", "r3", {"up": at(2), "name": "n", "text": ""})
    found = plan(left, right, [linked(1), linked(2), agreed, linked(4)], of=tree(winner))
    assert [(c.left_id, c.after) for c in found.changes if c.side is RIGHT] == expected


@pytest.mark.parametrize("winner", Winner)
@pytest.mark.parametrize("mover", Which)
def test_a13_a_move_against_one_that_cannot_be_decided_now_is_left_for_another_run(
    winner: Winner, mover: Which
) -> None:
    sides = {LEFT: [one(LEFT, 1, None), one(LEFT, 2, None)],
             RIGHT: [one(RIGHT, 1, None), one(RIGHT, 2, None)]}  # fmt: skip
    sides[mover][0] = one(mover, 1, 2)
    sides[mover.other][1] = one(mover.other, 2, 1)
    waits = Circumstances(waiting=frozenset({"L:l2"}))
    found = plan(sides[LEFT], sides[RIGHT], LINKS[:2], of=tree(winner), circumstances=waits)
    assert moves(found) == {} and codes(found) == []


def test_a13_a_circle_in_what_was_read_does_not_stop_the_run() -> None:
    """Read while it was edited: 1 and 2 are below each other, and 3 goes below 1."""
    left = [one(LEFT, 1, 2), one(LEFT, 2, 1), one(LEFT, 3, 1)]
    right = [one(RIGHT, 1, 2), one(RIGHT, 2, 1), one(RIGHT, 3, None)]
    links = [linked(1, 2), linked(2, 1), linked(3)]
    assert moves(plan(left, right, links, of=tree())) == {("right", "l3"): at(1)}


def a_tree(chance: Random, size: int) -> dict[int, int | None]:
    order = chance.sample(range(size), size)
    return {n: chance.choice([None, *order[:place]]) for place, n in enumerate(order)}


def ends(number: int, above: dict[int, int | None]) -> bool:
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at not in seen:
        seen.add(at)
        at = above[at]
    return at is None


def played(
    seed: int, winner: Winner, size: int, *, choices: bool = False
) -> tuple[Plan, dict[Which, dict[int, int | None]], Circumstances]:
    """A plan for three random trees, as agreed and as each side has it, and both trees after it.
    Choices are about moves, as if each had been parked."""
    chance = Random(seed)
    agreed, *theirs = (a_tree(chance, size) for _ in range(3))
    mixed = [{n: (moved if chance.random() < 0.5 else agreed)[n] for n in agreed}
             for moved in theirs]  # fmt: skip
    ours, others = (one if all(ends(n, one) for n in one) else agreed for one in mixed)
    said = {
        f"L:l{n}": [Resolution("up", at(ours[n]), at(others[n]), chance.choice(list(Which)))]
        for n in agreed
        if choices and ours[n] != others[n] and chance.random() < 0.5
    }
    circumstances = Circumstances(resolutions=said)
    found = plan(
        [one(LEFT, n, above, chance.randrange(60)) for n, above in ours.items()],
        [one(RIGHT, n, above, chance.randrange(60)) for n, above in others.items()],
        [linked(n, above) for n, above in agreed.items()],
        of=tree(winner), circumstances=circumstances,
    )  # fmt: skip
    now = {LEFT: dict(ours), RIGHT: dict(others)}
    for change in found.changes:
        up = change.after["up"]
        number = None if up is None else int(up.rpartition("|l")[2])
        now[change.side][int((change.left_id or "")[1:])] = number
    return found, now, circumstances


@settings(max_examples=300)
@example(5694, Winner.RIGHT, 5)
@example(4923, Winner.NEWEST, 9)
@example(5513, Winner.ASK, 9)
@given(st.integers(0, 10_000), st.sampled_from(Winner), st.integers(2, 9))
def test_a13_law_no_side_is_told_to_put_a_record_below_itself(
    seed: int, winner: Winner, size: int
) -> None:
    """What a side has after the plan is a tree, the same on both, unless something is parked."""
    found, now, _said = played(seed, winner, size)
    assert all(ends(n, above) for above in now.values() for n in above)
    assert now[LEFT] == now[RIGHT] or winner is Winner.ASK
    assert codes(found) == [] or winner is Winner.ASK


@settings(max_examples=300)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_a13_law_a_persons_choice_stands_or_is_asked_for_again(seed: int, size: int) -> None:
    found, now, said = played(seed, Winner.ASK, size, choices=True)
    assert all(ends(n, above) for above in now.values() for n in above)
    parked = {finding.record.partition("//")[0] for finding in found.findings}
    for record, (choice,) in said.resolutions.items():
        kept = choice.left if choice.keep is LEFT else choice.right
        up = now[choice.keep.other][int(record[3:])]
        assert at(up) == kept or record in parked, record
