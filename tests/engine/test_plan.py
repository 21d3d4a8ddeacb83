"""The plan as a pure function: every row of design.md's table, adoption, trees, incompleteness."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.changes import Action, Circumstances
from integrations.engine.references import ref
from integrations.engine.stream import Flow, Item, Rule, Snapshot, Trouble, Which, Winner
from tests.engine.pure import BASE, codes, item, link, plan, snapshot, stream, told

LEFT, RIGHT = Which.LEFT, Which.RIGHT
TO_RIGHT = stream(Flow.TO_RIGHT)


def test_nothing_changed_is_only_a_number() -> None:
    """I4, G7."""
    found = plan([item("l1")], [item("r1")], [link()])
    assert (found.changes, found.findings, found.refreshes, found.unchanged) == ([], [], [], 1)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"l": 1}, {}, [("update", "right", {"l": 1})]),
        ({}, {"l": 1}, [("update", "left", {"l": 1})]),
        ({"l": 1}, {"r": 2}, [("update", "right", {"l": 1}), ("update", "left", {"r": 2})]),
        ({"l": 1}, {"l": 2}, [("update", "right", {"l": 1})]),
        ({"r": 1}, {"r": 2}, [("update", "left", {"r": 2})]),
        ({}, {"own": 2}, [("update", "right", {"own": 0})]),
        ({"ask": 1}, {"ask": 2}, []),
    ],
)
def test_edits(left: dict[str, Any], right: dict[str, Any], expected: list[Any]) -> None:
    """Design's table, rows 2 to 6: only fields that changed are written."""
    assert told(plan([item("l1", **left)], [item("r1", **right)], [link()])) == expected


def test_equal_edits_refresh_the_base() -> None:
    """Design's table, row 4: no write, no history."""
    found = plan([item("l1", l=1)], [item("r1", l=1)], [link()])
    assert found.changes == []
    assert [dict(one.base)["l"] for one in found.refreshes] == [1]


def test_both_values_of_a_conflict_are_kept() -> None:
    """A13, I2: the value that is overwritten is the change's before."""
    (change,) = plan([item("l1", l=1)], [item("r1", l=2)], [link()]).changes
    assert (change.before, change.after, change.reason) == ({"l": 2}, {"l": 1}, "conflict_resolved")


def test_each_parked_field_is_a_conflict_of_its_own() -> None:
    """A13, I2: two parked fields of a record are both listed."""
    rules = [Rule("a", winner=Winner.ASK), Rule("b", winner=Winner.ASK)]
    base = {"a": 0, "b": 0}
    left, right = Item("l1", {"a": 1, "b": 1}), Item("r1", {"a": 2, "b": 2})
    found = plan([left], [right], [link(base=base)], of=stream(rules=rules))
    assert len({finding.record for finding in found.findings}) == 2
    assert sorted(finding.trouble.detail["field"] for finding in found.findings) == ["a", "b"]


@pytest.mark.parametrize("lost", [LEFT, RIGHT])
def test_gone_and_untouched_is_deleted_on_the_other_side(lost: Which) -> None:
    """I7, design's table, row 7."""
    left, right = ([], [item("r1")]) if lost is LEFT else ([item("l1")], [])
    assert told(plan(left, right, [link()])) == [("delete", lost.other.value, {})]


@pytest.mark.parametrize("lost", [LEFT, RIGHT])
def test_gone_and_edited_keeps_the_edit(lost: Which) -> None:
    """A15, I2, design's table, row 8: it is created again where it was deleted, and reported."""
    left, right = ([], [item("r1", l=9)]) if lost is LEFT else ([item("l1", l=9)], [])
    (change,) = plan(left, right, [link()], of=stream(edits_survive=True)).changes
    assert (change.action, change.side, change.reason) == (Action.CREATE, lost, "edit_wins")
    assert change.want["l"] == 9


def test_gone_on_both_sides_drops_the_link() -> None:
    """Design's table, row 9."""
    assert told(plan([], [], [link()])) == [("unlink", "right", {})]


def test_new_is_created_once_on_the_other_side() -> None:
    """Design's table, row 10; I12 for one way."""
    left, right = [item("l1", l=1)], [item("r9", l=2)]
    assert [t[:2] for t in told(plan(left, right))] == [("create", "right"), ("create", "left")]
    assert [t[:2] for t in told(plan(left, right, of=TO_RIGHT))] == [("create", "right")]


def test_no_base_and_equal_is_linked_silently() -> None:
    """Design's table, row 11: adopted, nothing written."""
    keyed = {"item": {"key": "k"}}
    (change,) = plan([item("l1", **keyed)], [item("r1", **keyed)]).changes
    assert (change.action, change.agreed) == (Action.ADOPT, BASE)


def test_no_base_and_different_is_a_conflict() -> None:
    """A13: decided by the field's policy, parked where it says ask."""
    left = item("l1", l=1, ask=1, item={"key": "k"})
    right = item("r1", l=2, ask=2, item={"key": "k"})
    found = plan([left], [right])
    assert told(found)[1:] == [("update", "right", {"l": 1})]
    assert codes(found) == ["conflict"]


def test_adoption_with_two_candidates_is_never_a_guess() -> None:
    """P8, G4: ambiguous, from either side."""
    ours = [item("l1", item={"key": "k"})]
    theirs = [item("r1", item={"key": "k"}), item("r2", item={"key": "k"})]
    found = plan(ours, theirs)
    assert (told(found), codes(found)) == ([], ["ambiguous_match"])
    found = plan(theirs, ours, of=TO_RIGHT)
    assert [t[0] for t in told(found)] == ["adopt", "create"]


def test_equals_are_paired_off_where_the_stream_says_so() -> None:
    """P8, A7: nothing is entered twice."""
    ours = [item(f"l{n}", item={"key": "k"}) for n in (1, 2)]
    theirs = [item(f"r{n}", item={"key": "k"}) for n in (1, 2, 3)]
    found = plan(ours, theirs, of=stream(Flow.TO_RIGHT, pairs_equals=True))
    assert [(c.action.value, c.left_id, c.right_id) for c in found.changes] == [
        ("adopt", "l1", "r1"), ("adopt", "l2", "r2"),
    ]  # fmt: skip


def test_one_way_target_gone_is_made_again_or_only_reported() -> None:
    """I12, design's last row: the source is never deleted."""
    assert [t[:2] for t in told(plan([item("l1")], [], [link()], of=TO_RIGHT))] == [
        ("create", "right")
    ]
    found = plan([item("l1")], [], [link()], of=stream(Flow.TO_RIGHT, lost_copy="changed_in_hq"))
    assert (told(found), codes(found)) == ([], ["changed_in_hq"])


def test_one_way_drift_is_restored_and_reported() -> None:
    """I12, P9: the edited copy gets the agreed value back; before shows what it was."""
    (change,) = plan([item("l1")], [item("r1", own=7)], [link()], of=TO_RIGHT).changes
    assert (change.side, change.before, change.after) == (RIGHT, {"own": 7}, {"own": 0})
    assert change.reason == "drift_restored"


def test_a_retired_link_blocks_creation_and_removal() -> None:
    """A15."""
    retired = [link(retired=True)]
    for left, right in (([item("l1", l=5)], []), ([], [item("r1", l=5)])):
        assert told(plan(left, right, retired)) == []
    assert told(plan([], [], retired)) == [("unlink", "right", {})]


def test_a_withdrawn_record_counts_as_gone() -> None:
    """P7."""
    (change,) = plan([item("l1", item={"withdrawn": True})], [item("r1")], [link()]).changes
    assert (change.action, change.reason) == (Action.DELETE, "withdrawn")


@pytest.mark.parametrize(
    "left",
    [
        snapshot(complete=False),
        snapshot(complete=False, gone=frozenset()),
        snapshot(unreadable=frozenset({"l1"})),
        snapshot(usable=False),
    ],
)
def test_absence_proves_nothing_without_a_complete_read(left: Snapshot) -> None:
    """I7, G9: no deletion is planned."""
    assert told(plan(left, [item("r1")], [link()])) == []


def test_a_remotes_own_word_proves_a_deletion() -> None:
    """I7: also in a read that is not complete."""
    left = snapshot(complete=False, gone=frozenset({"l1"}))
    assert told(plan(left, [item("r1")], [link()])) == [("delete", "right", {})]


def test_nothing_is_created_into_a_side_that_was_not_read() -> None:
    """I1: it might be there already."""
    found = plan([item("l1")], snapshot(complete=False))
    assert (told(found), found.blind, found.unseen) == ([], True, {"L:l1"})


def test_an_unread_side_counts_as_unchanged() -> None:
    assert told(plan([item("l1", l=3)], snapshot(complete=False), [link()])) == [
        ("update", "right", {"l": 3})
    ]


def test_a_deletion_waits_while_the_other_side_might_hold_an_edit() -> None:
    """A15, I2: nobody knows whether it was touched."""
    found = plan([], snapshot(complete=False), [link()], of=stream(edits_survive=True))
    assert (told(found), found.unseen) == ([], {"L:l1"})


def test_records_with_an_open_intent_wait() -> None:
    """I1: neither created again nor changed."""
    waiting = Circumstances(waiting=frozenset({"L:l1"}))
    assert told(plan([item("l1")], [], circumstances=waiting)) == []
    assert told(plan([item("l1", l=1)], [item("r1")], [link()], circumstances=waiting)) == []


def test_a_sticky_record_is_translated_once() -> None:
    """P5: while its version stays, what was agreed counts and not today's mapping."""
    sticky = stream(Flow.TO_RIGHT, sticky=True)
    same = item("l1", own=5, item={"version": "1"})
    agreed = link(left_version="1")
    assert told(plan([same], [item("r1")], [agreed], of=sticky)) == []
    edited = item("l1", own=5, item={"version": "2"})
    assert told(plan([edited], [item("r1")], [agreed], of=sticky)) == [
        ("update", "right", {"own": 5})
    ]


def test_an_edited_record_that_is_now_unmapped_keeps_its_copy() -> None:
    """P5: reported, not deleted."""
    unmapped = Item("l1", None, version="2", trouble=Trouble("unmapped_type"))
    found = plan([unmapped], [item("r1")], [link(left_version="1")], of=TO_RIGHT)
    assert (told(found), codes(found)) == ([], ["unmapped_type"])


def test_an_echo_is_no_edit_while_its_agreement_lasts() -> None:
    """I5, I15: a remote that rounds causes one write and no more."""
    echo = {"right": {"l": [1.4, 1]}}
    base = {**BASE, "l": 1.4}
    assert told(plan([item("l1", l=1.4)], [item("r1", l=1)], [link(base=base, echo=echo)])) == []
    later = {**BASE, "l": 2}
    assert told(plan([item("l1", l=2)], [item("r1", l=1)], [link(base=later, echo=echo)])) == [
        ("update", "left", {"l": 1})
    ]


def test_a_frozen_link_is_left_alone() -> None:
    """G4: records of an inactive person stay."""
    frozen = stream(Flow.TO_RIGHT, frozen=lambda one: Trouble("inactive_person"))
    for left in ([], [item("l1", own=4)]):
        found = plan(left, [item("r1")], [link()], of=frozen)
        assert (told(found), codes(found)) == ([], ["inactive_person"])


def test_archiving_instead_of_deleting() -> None:
    """D8, D9: once; the link stays for a return."""
    staff = stream(Flow.TO_RIGHT, archive=("own", "off"))
    (done,) = told(plan([], [item("r1")], [link()], of=staff))
    assert done == ("archive", "right", {"own": "off"})
    assert told(plan([], [item("r1", own="off")], [link()], of=staff)) == []


def test_an_alias_keeps_the_link() -> None:
    """I11: the other API version's id is the same record."""
    known = link(left_id="old")
    found = plan([item("l1", item={"alias": "old"})], [item("r1")], [known])
    assert told(found) == []


TREE = stream(
    rules=[Rule("parent"), Rule("name")], refs=frozenset({"parent"}), parent="parent",
    edits_survive=True,
)  # fmt: skip


def node(id: str, parent: int | None, name: str = "") -> Item:
    return Item(id, {"parent": ref("s", LEFT, f"l{parent}") if parent else None, "name": name})


def leaf_link(number: int, parent: int | None) -> Any:
    return link(number, base=dict(node("", parent).fields or {}))


def test_every_ancestor_of_an_edit_survives_a_deletion() -> None:
    """A15, I2, I10: three levels, only the lowest was edited."""
    right = [node("r1", None), node("r2", 1), node("r3", 2, "edited"), node("r4", 1)]
    links = [leaf_link(1, None), leaf_link(2, 1), leaf_link(3, 2), leaf_link(4, 1)]
    found = plan([], right, links, of=TREE)
    done = {c.left_id: (c.action.value, c.side.value) for c in found.changes}
    again = ("create", "left")
    assert done == {"l1": again, "l2": again, "l3": again, "l4": ("delete", "right")}


def test_a_record_that_moves_away_keeps_nobody() -> None:
    """A15: its former parent goes."""
    left = [node("l2", None)]
    right = [node("r1", None), node("r2", 1)]
    found = plan(left, right, [leaf_link(1, None), leaf_link(2, 1)], of=TREE)
    assert sorted(told(found), key=str) == [
        ("delete", "right", {}), ("update", "right", {"parent": None}),
    ]  # fmt: skip


def test_of_several_equals_each_gets_the_one_that_is_most_like_it() -> None:
    """A12: tasks of one name keep their own hours and people."""
    left = [
        Item(id, {"hours": hours, "at:x": hours}, key="k") for id, hours in (("a", 1), ("b", 2))
    ]
    right = [
        Item(id, {"hours": hours, "at:x": hours}, key="k") for id, hours in (("1", 2), ("2", 1))
    ]
    found = plan(left, right, of=stream(rules=[Rule("hours"), Rule("at:*")], pairs_equals=True))
    assert {(c.left_id, c.right_id) for c in found.changes} == {("a", "2"), ("b", "1")}
