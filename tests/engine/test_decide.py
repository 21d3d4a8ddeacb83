"""The three-way decision over single fields: every row of design.md's table and every policy."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.decide import decide
from integrations.engine.stream import Rule, Which, Winner

LEFT, RIGHT = Which.LEFT, Which.RIGHT


@pytest.mark.parametrize(
    ("rule", "base", "left", "right", "to_left", "to_right", "clash"),
    [
        (Rule("f"), 0, 0, 0, None, None, None),
        (Rule("f"), 0, 1, 0, None, 1, None),
        (Rule("f"), 0, 0, 1, 1, None, None),
        (Rule("f"), 0, 1, 1, None, None, None),
        (Rule("f", winner=Winner.LEFT), 0, 1, 2, None, 1, LEFT),
        (Rule("f", winner=Winner.RIGHT), 0, 1, 2, 2, None, RIGHT),
        (Rule("f", winner=Winner.ASK), 0, 1, 2, None, None, "parked"),
        (Rule("f", winner=Winner.ASK), 0, 1, 0, None, 1, None),
        (Rule("f", owner=LEFT), 0, 0, 1, None, 0, LEFT),
        (Rule("f", owner=LEFT), 0, 1, 2, None, 1, LEFT),
        (Rule("f", owner=LEFT), 0, 1, 0, None, 1, None),
        (Rule("f", owner=RIGHT), 0, 1, 0, 0, None, RIGHT),
        (Rule("f", owner=RIGHT), 0, 0, 1, 1, None, None),
    ],
)
def test_table(
    rule: Rule, base: Any, left: Any, right: Any, to_left: Any, to_right: Any, clash: Any
) -> None:
    """A13, I2, I12: who is written, and what is kept of the value that lost."""
    verdict = decide({"f": base}, {"f": left}, {"f": right}, [rule], None, {})
    assert verdict.to_left.get("f") == to_left
    assert verdict.to_right.get("f") == to_right
    kept = [(c.base, c.left, c.right, c.kept) for c in verdict.clashes]
    expected = None if clash == "parked" else clash
    assert kept == ([(base, left, right, expected)] if clash else [])


@pytest.mark.parametrize(("newer", "winner"), [(LEFT, LEFT), (RIGHT, RIGHT), (None, LEFT)])
def test_the_newer_edit_wins(newer: Which | None, winner: Which) -> None:
    """A13: by the time of the edit; the left where no time is known."""
    rule = Rule("f", winner=Winner.NEWEST)
    verdict = decide({"f": 0}, {"f": 1}, {"f": 2}, [rule], newer, {})
    assert verdict.clashes[0].kept is winner
    written = verdict.to_left if winner is RIGHT else verdict.to_right
    assert written == {"f": 2 if winner is RIGHT else 1}


def test_different_fields_merge() -> None:
    """Design: an edit of each side, of different fields, clashes with nothing."""
    base = {"a": 0, "b": 0}
    verdict = decide(base, {"a": 1, "b": 0}, {"a": 0, "b": 2}, [Rule("a"), Rule("b")], None, {})
    assert (verdict.to_right, verdict.to_left, verdict.clashes) == ({"a": 1}, {"b": 2}, [])


def test_a_field_that_one_side_does_not_deliver_is_left_alone() -> None:
    """A14: what is not read is never cleared."""
    verdict = decide({"a": 0}, {}, {"a": 5}, [Rule("a")], None, {})
    assert (verdict.to_left, verdict.to_right, verdict.agreed) == ({}, {}, {})


def test_without_an_agreement_both_sides_count_as_edited() -> None:
    """A13: an adopted pair that differs is a conflict."""
    verdict = decide({}, {"a": None}, {"a": "x"}, [Rule("a", winner=Winner.RIGHT)], None, {})
    assert verdict.to_left == {"a": "x"}
    assert verdict.clashes


def test_a_person_decides_a_parked_field() -> None:
    rule = Rule("f", winner=Winner.ASK)
    verdict = decide({"f": 0}, {"f": 1}, {"f": 2}, [rule], None, {"f": RIGHT})
    assert verdict.to_left == {"f": 2}
