"""Copies that lead a life of their own: what stays, yields, is retired, or came from a template;
and what a partial read may conclude. Pure.
"""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.changes import Action, Circumstances, record_of
from integrations.engine.planning import _suspicious
from integrations.engine.stream import Fields, Flow, Item, Rule, Snapshot, Trouble, Which
from integrations.models import Integration
from tests.engine.pure import codes, item, link, plan, snapshot, stream, told

LEFT, RIGHT = Which.LEFT, Which.RIGHT
BASE = {"note": "n", "hours": 1, "billed": False}
RULES = [
    Rule("note", owner=RIGHT), Rule("hours", owner=RIGHT), Rule("billed", owner=RIGHT, stays=True),
]  # fmt: skip
ENTRIES = stream(Flow.TO_LEFT, rules=RULES, yields="changed", lost_copy="changed")
UNREAD = Snapshot({}, True, unreadable=frozenset({"l1", "r1"}))


def record(id: str, **fields: Any) -> Item:
    return Item(id, {**BASE, **fields}, version="1")


def of_entries(
    copy: Fields | None, entry: Fields | None, base: Fields | None = None, **linked: Any
) -> Any:
    """The plan for one linked pair; the copy is on the left. None: gone."""
    left = [] if copy is None else [record("l1", **copy)]
    right = [] if entry is None else [record("r1", **entry)]
    known = link(base={**BASE, **(base or {})}, **linked)
    return plan(left, right, [known], of=ENTRIES)


# -- stays --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copy", "entry", "expected"),
    [
        ({"billed": True}, {}, []),
        ({"billed": True}, {"billed": True}, []),
        ({"billed": True}, {"hours": 2}, [("update", "left", {"hours": 2})]),
        ({}, {"billed": True}, [("update", "left", {"billed": True})]),
        ({"billed": None}, {"billed": True}, [("update", "left", {"billed": True})]),
    ],
)
def test_a8_what_stays_at_the_target_until_its_source_changes(
    copy: Fields, entry: Fields, expected: Any
) -> None:
    found = of_entries(copy, entry)
    assert (told(found), found.findings) == (expected, [])


def test_a8_a_field_that_stays_is_written_along_as_the_target_has_it() -> None:
    (change,) = of_entries({"billed": True}, {"hours": 2}).changes
    assert (change.want["billed"], "billed" in change.agreed) == (True, False)


def test_a8_adoption_agrees_on_what_the_source_says() -> None:
    """So that the source's next edit is seen, and nothing is undone."""
    left, right = (Item(id, {**BASE, "billed": id == "l9"}, key="k") for id in ("l9", "r9"))
    (change,) = plan([left], [right], of=ENTRIES).changes
    assert (change.action, change.agreed["billed"]) == (Action.ADOPT, False)


# -- yields -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copy", "entry", "expected"),
    [
        ({"note": "hq"}, {}, ([], ["changed"])),
        ({"note": "hq"}, {"hours": 2}, ([("update", "left", {"note": "n", "hours": 2})], [])),
        ({"note": "hq"}, {"note": "aw"}, ([("update", "left", {"note": "aw"})], [])),
        ({"note": "hq"}, {"note": "hq"}, ([], [])),
        ({"note": "hq"}, {"billed": True},
         ([("update", "left", {"note": "n", "billed": True})], [])),
        ({}, {"note": "aw"}, ([("update", "left", {"note": "aw"})], [])),
    ],
)  # fmt: skip
def test_a7_a_changed_copy_stays_until_its_source_changes(
    copy: Fields, entry: Fields, expected: Any
) -> None:
    found = of_entries(copy, entry)
    assert (told(found), codes(found)) == expected


def test_a7_a_changed_copy_moves_no_agreement() -> None:
    """Else the next run would take the source for changed."""
    assert of_entries({"note": "hq"}, {}).refreshes == []


def test_a7_what_the_target_does_not_deliver_was_not_changed_there() -> None:
    copy = Item("l1", {"note": "n", "billed": False}, version="1")
    found = plan([copy], [record("r1")], [link(base=BASE)], of=ENTRIES)
    assert (found.changes, found.findings) == ([], [])


def test_a7_an_echo_is_not_a_change_at_the_target() -> None:
    found = of_entries({"hours": 1}, {"hours": 1.4}, {"hours": 1.4},
                       echo={"left": {"hours": [1.4, 1]}})  # fmt: skip
    assert (found.changes, found.findings) == ([], [])


@pytest.mark.parametrize(
    ("entry", "linked", "expected"),
    [
        ({}, {}, ([], ["changed"])),
        ({"billed": True}, {}, (["create"], [])),
        ({"note": "aw"}, {}, (["create"], [])),
        ({}, {"left_id": None}, (["update"], [])),
    ],
)
def test_a7_a_deleted_copy_stays_so_until_its_source_changes(
    entry: Fields, linked: Fields, expected: Any
) -> None:
    """Unless it was us who deleted it, to make it anew (I6)."""
    found = of_entries(None, entry, **linked)
    assert ([change.action.value for change in found.changes], codes(found)) == expected


def test_a7_a_changed_copy_goes_with_its_source() -> None:
    assert told(of_entries({"note": "hq"}, None)) == [("delete", "left", {})]


def test_a7_without_yields_drift_is_restored() -> None:
    found = plan([record("l1", note="hq")], [record("r1")], [link(base=BASE)],
                 of=stream(Flow.TO_LEFT, rules=RULES))  # fmt: skip
    assert told(found) == [("update", "left", {"note": "n"})]


# -- one way to the left ------------------------------------------------------------------------


def test_g9_the_source_of_a_stream_to_the_left_is_the_right_side() -> None:
    """Only its emptiness makes removals suspicious."""
    one, other, known = record("l1"), record("r1"), [link(base=BASE)]
    assert plan([one], [], known, of=ENTRIES).empty
    assert not plan([], [other], known, of=ENTRIES).empty
    assert not plan([one], [], of=ENTRIES).empty
    assert not plan([one], Snapshot({}, True, unreadable=frozenset({"r1"})), known).empty
    assert not plan([one], snapshot(complete=False), known, of=ENTRIES).empty


@pytest.mark.parametrize("target", [LEFT, RIGHT])
def test_g9_a_target_that_is_suddenly_empty_is_a_lost_permission(target: Which) -> None:
    """Nothing is written again then; an empty source is the guard's affair."""
    of = stream(Flow.TO_LEFT if target is LEFT else Flow.TO_RIGHT)
    links = [link(number) for number in range(1, 7)]
    integration, empty, full = Integration(guard_count=5), snapshot(), snapshot(record("1"))

    def suspicious(at_target: Snapshot, known: list[Any], flow: Any = of) -> bool:
        sides = (at_target, full) if target is LEFT else (full, at_target)
        return _suspicious(integration, flow, *sides, known)

    assert suspicious(empty, links)
    assert not suspicious(empty, links[:5])
    assert not suspicious(full, links)
    assert not suspicious(snapshot(complete=False), links)
    assert not suspicious(snapshot(unreadable=frozenset({"x"})), links)
    assert not suspicious(empty, links, stream())
    swapped = (full, empty) if target is LEFT else (empty, full)
    assert not _suspicious(integration, of, *swapped, links)


def test_i12_nothing_new_on_the_left_goes_to_the_right() -> None:
    assert told(plan([record("l9")], [], of=ENTRIES)) == []
    assert told(plan([], [record("r9")], of=ENTRIES)) == [("create", "left", BASE)]


# -- retired ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([], [item("r1")], ["closed"]),
        ([item("l1", l=5)], [], ["closed"]),
        ([item("l1")], [item("r1")], ["closed"]),
    ],
)
def test_a15_a_retired_link_is_reported_while_one_of_its_records_is_there(
    left: list[Item], right: list[Item], expected: list[str]
) -> None:
    found = plan(left, right, [link(retired=True)], of=stream(retired="closed"))
    assert (told(found), codes(found), found.unseen) == ([], expected, set())
    assert codes(plan(left, right, [link(retired=True)])) == []


@pytest.mark.parametrize("right", [UNREAD, snapshot(complete=False)])
def test_a15_what_was_not_read_says_nothing_about_a_retired_link(right: Snapshot) -> None:
    found = plan([], right, [link(retired=True)], of=stream(retired="closed"))
    assert (told(found), codes(found), found.unseen) == ([], [], {"L:l1"})


# -- untouched ----------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [LEFT, RIGHT])
def test_a1_what_a_template_made_only_fills_what_is_empty(made: Which) -> None:
    """Everything else it takes over, without a conflict; members of both come together."""
    rules = [Rule("text"), Rule("hours"), Rule("at:*")]
    ours = {"text": "ours", "hours": 0, "at:a": 1, "at:b": 2}
    theirs = {"text": "template", "hours": 8, "at:a": 5, "at:c": 3}
    person, template = (
        Item("1", ours, key="k"), Item("2", theirs, key="k", untouched=True),
    )  # fmt: skip
    sides = ([person], [template]) if made is RIGHT else ([template], [person])
    found = plan(*sides, of=stream(rules=rules))
    to = {change.side: dict(change.after) for change in found.changes[1:]}
    assert to[made] == {"text": "ours", "at:a": 1, "at:b": 2}
    assert to[made.other] == {"hours": 8, "at:c": 3}
    assert found.findings == []


def test_a13_what_a_person_made_is_adopted_by_the_policy() -> None:
    rules = [Rule("text"), Rule("hours")]
    left = Item("l", {"text": "a", "hours": 0}, key="k")
    right = Item("r", {"text": "b", "hours": 8}, key="k")
    found = plan([left], [right], of=stream(rules=rules))
    assert told(found)[1:] == [("update", "right", {"text": "a", "hours": 0})]


# -- begins_others ------------------------------------------------------------------------------


def test_a_stream_that_begins_others_is_planned_again_after_an_adoption() -> None:
    """A1: what hangs below an adopted project is read in the same run."""
    pair = [item("l1", item={"key": "k"})], [item("r1", item={"key": "k"})]
    assert plan(*pair, of=stream(begins_others=True)).again
    assert not plan(*pair).again
    assert not plan([item("l1")], [item("r1")], [link()], of=stream(begins_others=True)).again


# -- partial ------------------------------------------------------------------------------------


def test_a_partial_read_judges_what_it_names_and_what_is_linked() -> None:
    """G7: problems of others are left as they are."""
    left = snapshot(item("l1"), item("l9"), partial=True, gone=frozenset({"l8"}),
                    unreadable=frozenset({"l2"}))  # fmt: skip
    right = snapshot(unreadable=frozenset({"r1", "r2"}))
    found = plan(left, right, [link(1), link(2)], of=stream(Flow.TO_RIGHT))
    assert found.shown == {"L:l1", "L:l2", "L:l8", "L:l9"}
    assert found.unseen == {"L:l2"}
    assert plan([item("l1")], [item("r1")], [link()]).shown is None


def test_a_partial_read_of_the_source_alone_judges_linked_records() -> None:
    """G7: what was wrong with an entry is over once the entry is read and right."""
    right = snapshot(record("r1"), partial=True)
    left = snapshot(partial=True, unreadable=frozenset({"l1"}))
    found = plan(left, right, [link(base=BASE)], of=ENTRIES)
    assert found.shown is not None
    assert "L:l1" in found.shown - found.unseen


# -- foreign ------------------------------------------------------------------------------------


def is_stray(one: Item) -> bool:
    return one.remark == "stray"


GUARDED = stream(Flow.TO_RIGHT, foreign=is_stray, guards_foreign=True)


def stray(id: str = "r9", **fields: Any) -> Item:
    return item(id, item={"remark": "stray", **fields})


FOREIGN_LINK = link(9, left_id=None)


def test_a10_a_foreign_record_is_linked_first_and_removed_next() -> None:
    found = plan([item("l1")], [item("r1"), stray()], [link()], of=GUARDED)
    (change,) = found.changes
    assert (change.action, change.left_id, change.right_id) == (Action.ADOPT, None, "r9")
    assert found.again
    found = plan([item("l1")], [item("r1"), stray()], [link(), FOREIGN_LINK], of=GUARDED)
    (change,) = found.changes
    assert (change.action, change.right_id, change.guarded != "") == (Action.DELETE, "r9", True)
    assert not found.again


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([item("l1")], [item("r1"), item("r9")]),
        ([item("l1"), item("l5", item={"key": "k"})], [item("r1"), stray(key="k")]),
    ],
)
def test_a10_the_removal_is_given_up(left: list[Item], right: list[Item]) -> None:
    """When nobody calls it foreign any more, or a new source record has its key."""
    found = plan(left, right, [link(), FOREIGN_LINK], of=GUARDED)
    assert [change.action.value for change in found.changes] in (["unlink"], ["unlink", "adopt"])
    assert not found.again


@pytest.mark.parametrize(
    "source",
    [
        {"key": "k", "withdrawn": True},
        {"key": ""},
    ],
)
def test_a10_only_a_source_record_that_counts_claims_it(source: dict[str, Any]) -> None:
    """I4: else it would be linked again in each run."""
    left = [item("l1"), item("l5", item=source)]
    found = plan(left, [item("r1"), stray(key="k")], [link(), FOREIGN_LINK], of=GUARDED)
    assert "delete" in [change.action.value for change in found.changes]
    assert "unlink" not in [change.action.value for change in found.changes]


def test_a10_a_linked_source_record_claims_nothing() -> None:
    """I4: whatever the order of the links."""
    left, right = item("l1", item={"key": "k"}), [item("r1"), stray(key="k")]
    links = [link(1, left_id=None, right_id="r9"), link(2, left_id="l1", right_id="r1")]
    found = plan([left], right, links, of=GUARDED)
    assert [(c.action.value, c.right_id) for c in found.changes] == [("delete", "r9")]


def test_a10_an_incomplete_read_removes_and_links_nothing() -> None:
    """G9, I7: the record that it is a copy of may be on the page that is missing."""
    left, right = snapshot(item("l1"), complete=False), [item("r1"), stray()]
    found = plan(left, right, [link(), FOREIGN_LINK], of=GUARDED)
    assert (found.changes, found.unseen) == ([], {"R:r9"})
    assert plan(left, right, [link()], of=GUARDED).changes == []


@pytest.mark.parametrize("guards", [True, False])
def test_d6_a_record_whose_equal_waits_is_not_foreign(guards: bool) -> None:
    """I1: it is adopted as soon as its equal may be written."""
    tidy = stream(Flow.TO_RIGHT, foreign=is_stray, guards_foreign=guards)
    new, copy = item("l5", item={"key": "k"}), stray(key="k")
    waiting = Circumstances(waiting=frozenset({"L:l5"}))
    assert plan([new], [copy], of=tidy, circumstances=waiting).changes == []
    assert plan([new], snapshot(copy, complete=False), of=tidy).changes == []


def test_a10_a_foreign_record_that_is_gone_is_forgotten() -> None:
    found = plan([item("l1")], [item("r1")], [link(), FOREIGN_LINK], of=GUARDED)
    assert [(c.action.value, c.right_id) for c in found.changes] == [("unlink", "r9")]


def test_trouble_of_one_record_with_a_slash_in_its_id() -> None:
    """G7: an id is nobody's prefix, and a key is told from it."""
    odd = Item("p/1", {**BASE}, notes=[Trouble("odd", key="level")], version="1")
    found = plan([], [odd], of=stream(Flow.TO_LEFT, rules=RULES))
    (finding,) = found.findings
    assert finding.record != "R:p/1"
    assert record_of(finding.record) == "R:p/1"
