"""Set-valued rules: every member decided on its own (Rule("person:*"))."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.books import _agree as agree
from integrations.engine.changes import Action, Change, Circumstances, Resolution
from integrations.engine.decide import decide, names
from integrations.engine.stream import BLANK, Fields, Flow, Item, Rule, Snapshot, Which, Winner
from integrations.models import Link, Problem
from tests.engine.bench import Bench
from tests.engine.pure import codes, link, plan, stream, told
from tests.engine.remotes import EVEN, SHARE
from tests.engine.sides import TASKS, task

LEFT, RIGHT = Which.LEFT, Which.RIGHT
A, B = "person:a", "person:b"
TEAM = Rule("person:*")
ASKED = Rule("person:*", winner=Winner.ASK)


# -- the decision -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "base", "left", "right", "to_left", "to_right"),
    [
        (TEAM, {}, {A: 1}, {}, {}, {A: 1}),
        (TEAM, {}, {}, {A: 1}, {A: 1}, {}),
        (TEAM, {A: 1}, {}, {A: 1}, {}, {A: BLANK}),
        (TEAM, {A: 1}, {A: 1}, {}, {A: BLANK}, {}),
        (TEAM, {A: 1}, {}, {}, {}, {}),
        (TEAM, {A: 1}, {A: BLANK}, {}, {}, {}),
        (TEAM, {A: 1}, {A: 1, B: 2}, {A: 3}, {A: 3}, {B: 2}),
        (TEAM, {A: 1, B: 1}, {B: 1}, {A: 1}, {B: BLANK}, {A: BLANK}),
        (TEAM, {A: 1}, {A: 2}, {A: 3}, {}, {A: 2}),
        (Rule("person:*", winner=Winner.RIGHT), {}, {A: 2}, {A: 3}, {A: 3}, {}),
        (Rule("person:*", owner=LEFT), {A: 1}, {A: 1}, {B: 5}, {}, {A: 1, B: BLANK}),
    ],
)
def test_members_come_go_and_change_on_their_own(
    rule: Rule, base: Fields, left: Fields, right: Fields, to_left: Fields, to_right: Fields
) -> None:
    """A13: one that a side does not deliver is blank there."""
    verdict = decide(base, left, right, [rule], None, {})
    assert (verdict.to_left, verdict.to_right) == (to_left, to_right)


@pytest.mark.parametrize("rule", [TEAM, ASKED, Rule("person:*", winner=Winner.RIGHT)])
@pytest.mark.parametrize("removed", [LEFT, RIGHT])
def test_an_edit_beats_a_removal(rule: Rule, removed: Which) -> None:
    """A15, I2: whatever the policy; and the removal is told as a clash."""
    left, right = ({}, {A: 2}) if removed is LEFT else ({A: 2}, {})
    verdict = decide({A: 1}, left, right, [rule], RIGHT, {})
    written = verdict.to_left if removed is LEFT else verdict.to_right
    assert written == {A: 2}
    assert [(clash.name, clash.kept) for clash in verdict.clashes] == [(A, removed.other)]


def test_names_are_those_of_every_record() -> None:
    assert names(TEAM, {B: 1}, {A: 2, "persons": 1}, {"person:": 0}) == ["person:", A, B]
    assert names(Rule("person"), {"person": 1, A: 2}) == ["person"]


# -- the plan ---------------------------------------------------------------------------------


def team(rule: Rule = TEAM, **fields: Any) -> Any:
    return stream(rules=[Rule("name"), rule], **fields)


def one(id: str, **members: Any) -> Item:
    fields = {f"person:{who}": value for who, value in members.items()}
    return Item(id, {"name": "x", **fields})


def agreed(**members: Any) -> Any:
    return link(base=dict(one("", **members).fields or {}))


def test_a_write_names_the_members_that_are_there_and_the_change() -> None:
    """`want` is the whole record: nobody comes back who left the written side by themselves."""
    known = agreed(a=1, b=2, c=3)
    found = plan([one("l1", a=1, b=2, c=4)], [one("r1", a=1, c=3)], [known], of=team())
    wants = {change.side: dict(change.want) for change in found.changes}
    assert wants == {
        RIGHT: {"name": "x", A: 1, "person:c": 4},
        LEFT: {"name": "x", A: 1, B: BLANK, "person:c": 4},
    }


def test_a_member_of_neither_side_leaves_the_agreement_once() -> None:
    """I4: a base that still names it is brought up to date, then all is quiet."""
    found = plan([one("l1")], [one("r1")], [agreed(a=1)], of=team())
    (refresh,) = found.refreshes
    assert (found.changes, refresh.base[A]) == ([], BLANK)
    later = plan([one("l1")], [one("r1")], [link(base=refresh.base)], of=team())
    assert (later.changes, later.refreshes) == ([], [])


def test_each_member_is_parked_and_decided_on_its_own() -> None:
    """A13: the decision about one counts for the values it was made about."""
    left, right, known = one("l1", a=2, b=2), one("r1", a=3, b=3), agreed(a=1, b=1)
    found = plan([left], [right], [known], of=team(ASKED))
    assert (told(found), codes(found)) == ([], ["conflict", "conflict"])
    assert [finding.trouble.detail["field"] for finding in found.findings] == [A, B]
    decided = {"L:l1": [Resolution(A, 2, 3, RIGHT), Resolution(B, 2, 9, RIGHT)]}
    found = plan([left], [right], [known], of=team(ASKED),
                 circumstances=Circumstances(resolutions=decided))  # fmt: skip
    assert told(found) == [("update", "left", {A: 3})]
    assert [finding.trouble.detail["field"] for finding in found.findings] == [B]


def test_a_member_that_came_is_an_edit_and_beats_the_deletion() -> None:
    """A15."""
    lasting = team(edits_survive=True)
    (change,) = plan([], [one("r1", a=1, b=1)], [agreed(a=1)], of=lasting).changes
    assert (change.action, change.reason) == (Action.CREATE, "edit_wins")
    (change,) = plan([], [one("r1")], [agreed(a=1)], of=lasting).changes
    assert change.action is Action.CREATE
    (change,) = plan([], [one("r1", a=1)], [agreed(a=1, b=BLANK)], of=lasting).changes
    assert change.action is Action.DELETE


def test_what_was_never_agreed_is_no_edit() -> None:
    """A15: a field that only one side delivers keeps no deleted record."""
    lasting = stream(rules=[Rule("name"), Rule("only")], edits_survive=True)
    right = Item("r1", {"name": "x", "only": 5})
    (change,) = plan([], [right], [link(base={"name": "x"})], of=lasting).changes
    assert change.action is Action.DELETE


@pytest.mark.parametrize(
    ("echo", "members"),
    [({A: [9, 8]}, {"a": 8}), ({A: [9, BLANK]}, {}), ({A: [9, EVEN]}, {"a": EVEN})],
)
def test_an_echo_of_a_member_is_no_edit(echo: dict[str, Any], members: dict[str, Any]) -> None:
    """I5, I15: also where the remote did not take it at all."""
    known = link(base={"name": "x", A: 9}, echo={"right": echo})
    found = plan([one("l1", a=9)], [one("r1", **members)], [known], of=team())
    assert (found.changes, found.findings) == ([], [])


def test_an_echo_of_a_member_ends_with_its_agreement() -> None:
    known = link(base={"name": "x", A: 9}, echo={"right": {A: [7, BLANK]}})
    found = plan([one("l1", a=9)], [one("r1")], [known], of=team())
    assert told(found) == [("update", "left", {A: BLANK})]


def test_an_adopted_pair_unites_its_members() -> None:
    """A13: without an agreement nobody was removed."""
    left = Item("l1", {"name": "x", A: 1}, key="k")
    right = Item("r1", {"name": "x", B: 2}, key="k")
    found = plan([left], [right], of=team())
    assert told(found)[1:] == [("update", "right", {A: 1}), ("update", "left", {B: 2})]


def test_a_side_that_was_not_read_keeps_its_members() -> None:
    """I7: unseen counts as unchanged, not as blank."""
    unread = Snapshot({}, True, unreadable=frozenset({"r1"}))
    found = plan([one("l1", a=1)], unread, [agreed(a=1, b=2)], of=team())
    assert told(found) == [("update", "right", {B: BLANK})]


# -- what is agreed after a step ----------------------------------------------------------------


def after_steps(*steps: tuple[set[str], Fields], want: Fields) -> Link:
    """A link after a create in steps; each says what it wrote and what came back."""
    fresh, written = Link(base={}, echo={}), set()
    of = stream(Flow.TO_RIGHT, rules=[Rule("n"), Rule("m"), TEAM])
    change = Change("s", Action.CREATE, RIGHT, "l1", None, after=want, want=want)
    for now, returned in steps:
        written |= now
        agree(fresh, change, returned, of, written=frozenset(written), now=frozenset(now))
    return fresh


def test_an_echo_outlives_later_steps() -> None:
    """I5: what the first step returned is what the next read shows."""
    want = {"n": 1.4, "m": 2, A: 9}
    done = after_steps(({"n"}, {"n": 1}), ({"m"}, {"m": 2}), ({A}, {A: 8}), want=want)
    assert done.base == want
    assert done.echo == {"right": {"n": [1.4, 1], A: [9, 8]}}


def test_a_later_step_may_return_a_field_anew() -> None:
    want = {"n": 1.4, "m": 2}
    done = after_steps(({"n"}, {"n": 1}), ({"m"}, {"n": 3, "m": 2}), want=want)
    assert done.echo == {"right": {"n": [1.4, 3]}}
    done = after_steps(({"n"}, {"n": 1}), ({"m"}, {"n": 1.4, "m": 2}), want=want)
    assert done.echo == {"right": {}}


def test_what_no_step_wrote_yet_is_planned_next() -> None:
    """I6: a member is blank until it is written."""
    want = {"n": 1, "m": 2, A: 9}
    done = after_steps(({"n"}, {"n": 1, "m": 0}), want=want)
    assert done.base == {"n": 1, "m": 0, A: BLANK}


# -- at work ------------------------------------------------------------------------------------


def pair(bench: Bench, **crew: Any) -> tuple[str, str]:
    """A task that is synced; its ids."""
    left_id = bench.world.left.add(TASKS, **task("t", crew=crew))
    bench.run()
    return left_id, bench.links(TASKS)[left_id] or ""


def crews(bench: Bench, ids: tuple[str, str]) -> list[dict[str, Any]]:
    remotes = zip(bench.world.both, ids, strict=True)
    return [remote.table(TASKS)[id]["crew"] for remote, id in remotes]


def is_quiet(bench: Bench) -> bool:
    writes, rows = bench.world.unsafe, len(bench.entries())
    bench.run()
    return (bench.world.unsafe, len(bench.entries())) == (writes, rows)


def test_crews_merge(bench: Bench) -> None:
    """A13, I3: edits of different members of one task in one run."""
    ids = pair(bench, ann=3, bob=3)
    bench.world.left.edit(TASKS, ids[0], crew={"ann": 4, "cy": 2})
    bench.world.right.edit(TASKS, ids[1], crew={"bob": BLANK})
    bench.run()
    assert crews(bench, ids) == [{"ann": 4, "cy": 2}] * 2
    assert is_quiet(bench)


def test_what_a_write_did_besides_is_no_edit(bench: Bench) -> None:
    """Outcome.effects: an equal share that ends with our write stays one on the other side."""
    ids = pair(bench, ann=EVEN)
    bench.world.right.edit(TASKS, ids[1], crew={"bob": 2})
    bench.run()
    assert crews(bench, ids) == [{"ann": SHARE, "bob": 2}, {"ann": EVEN, "bob": 2}]
    assert is_quiet(bench)


def test_an_edit_after_an_effect_is_one(bench: Bench) -> None:
    """I2: on either side."""
    ids = pair(bench, ann=EVEN)
    bench.world.right.edit(TASKS, ids[1], crew={"bob": 2})
    bench.run()
    bench.world.left.edit(TASKS, ids[0], crew={"ann": 5})
    bench.run()
    assert crews(bench, ids) == [{"ann": 5, "bob": 2}] * 2
    bench.world.right.edit(TASKS, ids[1], crew={"ann": 6})
    bench.run()
    assert crews(bench, ids) == [{"ann": 6, "bob": 2}] * 2
    assert is_quiet(bench)


def test_an_effect_on_a_member_that_is_edited_there_in_the_same_run(bench: Bench) -> None:
    """I2: a new equal share goes over although our own write ends it on the left."""
    ids = pair(bench, ann=3)
    bench.world.left.edit(TASKS, ids[0], crew={"ann": EVEN})
    bench.world.right.edit(TASKS, ids[1], crew={"bob": 2})
    bench.run()
    assert crews(bench, ids) == [{"ann": SHARE, "bob": 2}, {"ann": EVEN, "bob": 2}]
    assert is_quiet(bench)


@pytest.mark.parametrize("at", range(1, 40))
def test_a_record_that_is_made_again_gets_its_members_again(bench: Bench, at: int) -> None:
    """I6, A15: wherever the run dies; its successor has none until they are written."""
    ids = pair(bench, ann=3, bob=3)
    bench.world.left.remove(TASKS, ids[0])
    bench.world.right.edit(TASKS, ids[1], name="edited", crew={"bob": BLANK, "cy": 2})
    if bench.die(run := bench.queue(), at):
        bench.tick(seconds=31)
    bench.finish(run)
    bench.run()
    (left_id,) = bench.links(TASKS)
    assert crews(bench, (left_id or "", ids[1])) == [{"ann": 3, "cy": 2}] * 2


@pytest.mark.parametrize("fault", ["dropped", "answer lost", "rejected", "unavailable"])
@pytest.mark.parametrize("request_", [0, 1])
def test_other_hours_survive_a_failure_half_way(bench: Bench, fault: str, request_: int) -> None:
    """I6: DELETE was carried out, POST was not; the member is not taken for a removed one."""
    ids = pair(bench, ann=3, bob=3)
    bench.world.right.edit(TASKS, ids[1], crew={"ann": 5})
    bench.world.left.faults = [""] * request_ + [fault]
    bench.run()
    bench.run()
    assert crews(bench, ids) == [{"ann": 5, "bob": 3}] * 2
    assert not Problem.objects.exists()


def test_members_of_a_lossy_remote_are_written_once(bench: Bench) -> None:
    """I5, I15."""
    ids = pair(bench, ann=9)
    assert crews(bench, ids) == [{"ann": 9}, {"ann": 8}]
    assert is_quiet(bench)
    bench.world.right.edit(TASKS, ids[1], crew={"ann": BLANK})
    bench.run()
    assert crews(bench, ids) == [{}, {}]
