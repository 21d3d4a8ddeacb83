"""What counts as an edit beyond plain fields: a side's own words, what it could not say for a
while, and people who go on working below a record that was put out of use. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.engine.changes import Action
from integrations.engine.references import ref
from integrations.engine.stream import Item, LinkState, Rule, Which, Winner
from tests.engine.pure import codes, plan, snapshot, stream, told

LEFT, RIGHT = Which.LEFT, Which.RIGHT
OWN = stream(rules=[Rule("name"), Rule("words", witness=True)], edits_survive=True)
MUTE = stream(rules=[Rule("name"), Rule("kind", lapses=True)])


def linked(**base: Any) -> LinkState:
    return LinkState(1, "l1", "r1", {"name": "n", **base})


def one(id: str, **fields: Any) -> Item:
    return Item(id, {"name": "n", **fields})


# -- a side's own words


def test_a15_a_change_that_only_one_side_knows_survives_a_deletion() -> None:
    found = plan([], [one("r1", words="new")], [linked(words="old")], of=OWN)
    (change,) = found.changes
    assert (change.action, change.side, change.reason) == (Action.CREATE, LEFT, "edit_wins")


@pytest.mark.parametrize("base", [{"words": "old"}, {}])
def test_a15_without_such_a_change_it_is_deleted(base: dict[str, str]) -> None:
    found = plan([], [one("r1", words="old")], [linked(**base)], of=OWN)
    assert told(found) == [("delete", "right", {})]


def test_a15_it_is_never_written_and_once_noted_it_is_old() -> None:
    found = plan([one("l1")], [one("r1", words="new")], [linked(words="old")], of=OWN)
    assert told(found) == [] and found.refreshes[0].base == {"name": "n", "words": "new"}


# -- what a side could not say


def test_a5_the_word_after_a_lapse_is_an_edit() -> None:
    """The left had a kind that the right lacks; the right's was changed meanwhile."""
    silent = plan([one("l1")], [one("r1", kind="b")], [linked(kind="a")], of=MUTE)
    assert told(silent) == [] and silent.refreshes[0].base["kind"] == "b"
    again = plan([one("l1", kind="a")], [one("r1", kind="b")], [linked(kind="b")], of=MUTE)
    assert told(again) == [("update", "right", {"kind": "a"})]


def test_a5_without_a_lapse_the_one_edit_flows() -> None:
    found = plan([one("l1", kind="a")], [one("r1", kind="b")], [linked(kind="a")], of=MUTE)
    assert told(found) == [("update", "left", {"kind": "b"})]


# -- work below a record out of use

TREE = stream(
    rules=[Rule("name"), Rule("up")], edits_survive=True, refs=frozenset({"up"}), parent="up",
    retired="closed", revives=lambda link: link.base["name"] == "n",
)  # fmt: skip
TOP = ref("s", LEFT, "top")
CLOSED = LinkState(9, "top", "gone", {"name": "n", "up": None}, retired=True)


def below(id: str, **more: Any) -> Item:
    return Item(id, {"name": "n", "up": TOP}, **more)


def test_a15_what_was_closed_comes_back_when_somebody_works_below_it() -> None:
    left = [one("top", up=None), below("new")]
    found = plan(left, [], [CLOSED], of=TREE)
    assert {(c.action, c.left_id, c.reason) for c in found.changes} == {
        (Action.CREATE, "top", "edit_wins"), (Action.CREATE, "new", ""),
    }  # fmt: skip
    assert codes(found) == []


def test_a15_a_linked_record_that_is_moved_below_it_brings_it_back() -> None:
    child = LinkState(2, "l2", "r2", {"name": "n", "up": ref("s", LEFT, "other")})
    right = Item("r2", {"name": "n", "up": ref("s", LEFT, "other")})
    found = plan([one("top", up=None), below("l2")], [right], [CLOSED, child], of=TREE)
    assert [(c.action, c.left_id) for c in found.changes] == [
        (Action.UPDATE, "l2"), (Action.CREATE, "top"),
    ]  # fmt: skip


def test_a15_what_was_closed_along_with_it_does_not_bring_it_back() -> None:
    child = LinkState(2, "l2", "r2", {"name": "n", "up": TOP}, retired=True)
    found = plan([one("top", up=None), below("l2")], [], [CLOSED, child], of=TREE)
    assert found.changes == [] and codes(found) == ["closed", "closed"]


def test_a15_nor_does_what_is_never_made_or_is_about_to_go() -> None:
    child = LinkState(2, "l2", "r2", {"name": "n", "up": TOP})
    left = [one("top", up=None), below("l2"), below("old", adopt_only=True)]
    found = plan(left, [], [CLOSED, child], of=TREE)
    assert told(found) == [("delete", "left", {})]


def test_a15_nor_does_one_that_shall_stay_closed() -> None:
    closed = LinkState(9, "top", "gone", {"name": "billed", "up": None}, retired=True)
    found = plan([one("top", up=None), below("new")], [], [closed], of=TREE)
    assert [change.left_id for change in found.changes] == ["new"]


def test_a15_nothing_comes_back_while_the_other_side_is_not_wholly_read() -> None:
    found = plan([one("top", up=None), below("new")], snapshot(complete=False), [CLOSED], of=TREE)
    assert not any(change.left_id == "top" for change in found.changes)


# -- what history keeps of a value that was overwritten


def test_i2_history_keeps_a_value_in_the_words_of_its_side() -> None:
    left, right = one("l1", name="done"), one("r1", name="open")
    spoken = Item("r1", right.fields, own_words={"name": "blocked"})
    (change,) = plan([left], [spoken], [linked(name="open")], of=OWN).changes
    assert (change.before, change.after) == ({"name": "blocked"}, {"name": "done"})


# -- a run that ends between an adoption and its update


@pytest.mark.parametrize("untouched", [LEFT, RIGHT, None])
def test_i6_what_an_adoption_decided_is_still_so_if_the_run_dies_before_it_wrote(
    untouched: Which | None,
) -> None:
    """Whichever side is the newer one; a template's values do not become somebody's edits."""
    rules = [Rule("text", winner=Winner.NEWEST), Rule("hours", winner=Winner.NEWEST), Rule("at:*")]
    ours = {"text": "ours", "hours": 0, "at:a": 1}
    theirs = {"text": "theirs", "hours": 8, "at:b": 2}
    old, new = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    for left_at, right_at in ((old, new), (new, old)):
        left = Item("l", ours, key="k", untouched=untouched is LEFT, changed_at=left_at)
        right = Item("r", theirs, key="k", untouched=untouched is RIGHT, changed_at=right_at)
        adopt, *updates = plan([left], [right], of=stream(rules=rules)).changes
        known = LinkState(1, "l", "r", dict(adopt.agreed))
        late = Item("l", ours, changed_at=right_at), Item("r", theirs, changed_at=left_at)
        again = plan([late[0]], [late[1]], [known], of=stream(rules=rules)).changes
        assert [(c.side, c.after) for c in again] == [(c.side, c.after) for c in updates]
