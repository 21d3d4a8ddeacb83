"""Cases that once broke a law, and the ones next to them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Intent, Link, Problem, RunEntry, SyncRun
from tests.engine.bench import Bench
from tests.engine.sides import LEAVE, PEOPLE, TASKS, leave, task


def one(bench: Bench, side: str, serial: str) -> dict[str, Any]:
    table = (bench.world.left if side == "left" else bench.world.right).table(TASKS)
    found = [record for record in table.values() if record["serial"] == serial]
    assert len(found) == 1, f"{serial}: {len(found)} on the {side}"
    return found[0]


def pair(bench: Bench, **fields: Any) -> tuple[str, str]:
    """A task that is synced; its ids."""
    left_id = bench.world.left.add(TASKS, **task("t", **fields))
    bench.run()
    return left_id, bench.links(TASKS)[left_id] or ""


def person(bench: Bench) -> str:
    bench.world.right.add(PEOPLE, email="ann@x.org")
    return bench.world.left.add(PEOPLE, email="ann@x.org")


def test_equal_edits_beside_a_parked_conflict_become_the_agreement(bench: Bench) -> None:
    """I2: else the next edit of one side would look like an edit of both."""
    left, right = bench.world.both
    left_id, right_id = pair(bench, tags=["a"], color="")
    left.edit(TASKS, left_id, color="red", tags=["b"])
    right.edit(TASKS, right_id, color="blue", tags=["b"])
    assert bench.run().counts["conflicts"] == 1
    left.edit(TASKS, left_id, tags=["c"])
    bench.run()
    assert left.table(TASKS)[left_id]["tags"] == ["c"]
    assert right.table(TASKS)[right_id]["tags"] == ["c"]


def test_an_echo_ends_with_the_agreement_it_belongs_to(bench: Bench) -> None:
    """I3: a value that a lossy remote once returned may be a person's edit later."""
    left, right = bench.world.both
    left_id, right_id = pair(bench, name="a name that is too long")
    right.edit(TASKS, right_id, name="short")
    bench.run()
    assert left.table(TASKS)[left_id]["name"] == "short"
    right.edit(TASKS, right_id, name="a name that")
    bench.run()
    assert left.table(TASKS)[left_id]["name"] == "a name that"


def test_an_echo_ends_also_with_an_agreement_that_needed_no_write(bench: Bench) -> None:
    """I3: both sides were edited to the same value in between."""
    left, right = bench.world.both
    left_id, right_id = pair(bench, name="a name that is too long")
    for remote, id in ((left, left_id), (right, right_id)):
        remote.edit(TASKS, id, name="short")
    bench.run()
    right.edit(TASKS, right_id, name="a name that")
    bench.run()
    assert left.table(TASKS)[left_id]["name"] == "a name that"


def test_a_deleted_parent_stays_for_an_edited_child(bench: Bench) -> None:
    """A15, I2, I10: what was edited below a record keeps the record, too."""
    left, right = bench.world.both
    parent = left.add(TASKS, **task("parent"))
    left.add(TASKS, **task("child", parent=parent))
    bench.run()
    left.remove(TASKS, parent)
    right.edit(TASKS, one(bench, "right", "child")["id"], name="edited")
    bench.run()
    bench.run()
    for side in ("left", "right"):
        child, above = one(bench, side, "child"), one(bench, side, "parent")
        assert (child["name"], child["parent"]) == ("edited", above["id"])


def test_a_deleted_parent_stays_for_a_new_child(bench: Bench) -> None:
    """I2, I10: a record that was made below a record which the other side deleted is not lost."""
    left, right = bench.world.both
    parent = left.add(TASKS, **task("parent"))
    bench.run()
    left.remove(TASKS, parent)
    right.add(TASKS, **task("child", parent=one(bench, "right", "parent")["id"]))
    bench.run()
    bench.run()
    for side in ("left", "right"):
        assert one(bench, side, "child")["parent"] == one(bench, side, "parent")["id"]


def test_a_parent_deleted_on_the_right_stays_for_an_edited_child(bench: Bench) -> None:
    """A15: the same from the other side, whose deletion would cascade."""
    left, right = bench.world.both
    parent = left.add(TASKS, **task("parent"))
    child = left.add(TASKS, **task("child", parent=parent))
    bench.run()
    right.remove(TASKS, one(bench, "right", "parent")["id"])
    left.edit(TASKS, child, name="edited")
    bench.run()
    bench.run()
    for side in ("left", "right"):
        assert one(bench, side, "child")["parent"] == one(bench, side, "parent")["id"]
    assert one(bench, "right", "child")["name"] == "edited"


def test_a_decision_about_a_conflict_survives_a_crash(bench: Bench) -> None:
    """I6, A13: what a person decided is carried out by the run after the one that died."""
    left, right = bench.world.both
    left_id, right_id = pair(bench)
    left.edit(TASKS, left_id, color="red")
    right.edit(TASKS, right_id, color="blue")
    bench.run()
    Problem.objects.filter(code="conflict").update(resolution="right")
    run = bench.queue()
    right.faults = ["unavailable"]
    left.faults = ["dropped"]
    bench.finish(run)
    assert left.table(TASKS)[left_id]["color"] == "blue"
    assert not Problem.objects.exists()


@pytest.mark.parametrize("at", range(1, 30))
def test_a_decision_about_a_conflict_survives_a_kill(bench: Bench, at: int) -> None:
    """I6, A13: wherever the run dies that carries it out."""
    left, right = bench.world.both
    left_id, right_id = pair(bench)
    left.edit(TASKS, left_id, color="red")
    right.edit(TASKS, right_id, color="blue")
    bench.run()
    Problem.objects.filter(code="conflict").update(resolution="right")
    if bench.die(run := bench.queue(), at):
        bench.tick(seconds=31)
    bench.finish(run)
    assert left.table(TASKS)[left_id]["color"] == "blue"
    assert not Problem.objects.exists()


def test_a_decision_counts_for_the_values_it_was_made_about(bench: Bench) -> None:
    """A13, I2: a later edit of a parked field is a new conflict."""
    left, right = bench.world.both
    left_id, right_id = pair(bench)
    left.edit(TASKS, left_id, color="red")
    right.edit(TASKS, right_id, color="blue")
    bench.run()
    Problem.objects.filter(code="conflict").update(resolution="right")
    left.edit(TASKS, left_id, color="green")
    bench.run()
    assert left.table(TASKS)[left_id]["color"] == "green"
    assert right.table(TASKS)[right_id]["color"] == "blue"


def test_an_adopted_pair_that_differs_is_not_cleared_after_a_refused_write(bench: Bench) -> None:
    """P8, I6: a sticky stream must not take the open difference for what was agreed."""
    left, right = bench.world.both
    source = left.add(LEAVE, **leave("l1", person(bench), days=3))
    right.add(LEAVE, user="R-1", kind="A", first=1, days=2, note="by hand")
    right.faults = ["rejected"]
    bench.run()
    bench.run()
    assert [record["days"] for record in right.table(LEAVE).values()] == [3]
    assert left.table(LEAVE)[source]["days"] == 3


@pytest.mark.parametrize("at", range(1, 40))
def test_an_adopted_pair_that_differs_survives_a_kill(bench: Bench, at: int) -> None:
    """P8, I6: wherever the run dies that adopts it."""
    left, right = bench.world.both
    left.add(LEAVE, **leave("l1", person(bench), days=3))
    right.add(LEAVE, user="R-1", kind="A", first=1, days=2, note="by hand")
    if bench.die(run := bench.queue(), at):
        bench.tick(seconds=31)
    bench.finish(run)
    bench.run()
    assert [record["days"] for record in right.table(LEAVE).values()] == [3]


def test_two_candidates_are_guessed_from_neither_side(bench: Bench) -> None:
    """Design: adopted only if there is exactly one candidate."""
    bench.options.adopt_tasks = True
    left, right = bench.world.both
    left.add(TASKS, **task("l", name="same"))
    for serial in ("r1", "r2"):
        right.add(TASKS, **task(serial, name="same"))
    run = bench.run()
    assert bench.links(TASKS) == {}
    assert run.reasons["ambiguous_match"] >= 1
    assert (len(left.table(TASKS)), len(right.table(TASKS))) == (1, 2)


def test_a_child_waits_in_the_same_run_for_a_parent_whose_create_is_unknown(bench: Bench) -> None:
    """I6, I10: an answer that got lost delays the child, it does not fail it."""
    left, right = bench.world.both
    parent = left.add(TASKS, **task("parent"))
    left.add(TASKS, **task("child", parent=parent))
    right.faults = ["answer lost"]
    run = bench.run(trigger=SyncRun.Trigger.SCHEDULE)
    assert run.status == SyncRun.Status.SUCCEEDED
    assert one(bench, "right", "child")["parent"] == one(bench, "right", "parent")["id"]
    assert not Problem.objects.exists()


@pytest.mark.parametrize("fault", ["dropped", "answer lost"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_an_unknown_create_in_steps_is_found_without_a_marker(
    bench: Bench, fault: str, step: int
) -> None:
    """I1: what is equal to what the first step sent is ours."""
    left, right = bench.world.both
    fields = {"amount": 3, "color": "red", "tags": ["x"], "code": "c"}
    right.add(TASKS, **task("r", **fields))
    left.faults = [""] * step + [fault]
    assert bench.run().status == SyncRun.Status.SUCCEEDED
    assert len(left.table(TASKS)) == 1
    made = one(bench, "left", "r")
    assert {name: made[name] for name in fields} == fields
    assert one(bench, "right", "r")["code"] == "c"
    assert not Intent.objects.exists()
    assert Link.objects.count() == 1


def test_removing_a_record_whose_parent_is_no_longer_linked(bench: Bench) -> None:
    """I3: the reference of what is deleted needs no counterpart."""
    bench.options.edits_survive = False
    left, right = bench.world.both
    left.add(TASKS, **task("other"))
    parent = left.add(TASKS, **task("parent"))
    left.add(TASKS, **task("child", parent=parent))
    bench.run()
    left.remove(TASKS, parent)
    right.edit(TASKS, one(bench, "right", "child")["id"], parent=None)
    right.remove(TASKS, one(bench, "right", "parent")["id"])
    bench.run()
    assert [record["serial"] for record in right.table(TASKS).values()] == ["other"]
    assert not Problem.objects.exists()


def test_a_deletion_waits_while_the_edited_side_is_not_read(bench: Bench) -> None:
    """A15, I7: whether the other record was edited cannot be known then."""
    left, right = bench.world.both
    left.add(TASKS, **task("other"))
    left_id, right_id = pair(bench)
    left.remove(TASKS, left_id)
    right.edit(TASKS, right_id, name="edited")
    right.read_faults = [""] + ["unavailable"] * 5
    assert bench.run().status == SyncRun.Status.FAILED
    assert right_id in right.table(TASKS)
    right.read_faults = []
    bench.run()
    assert one(bench, "left", "t")["name"] == "edited"


def test_both_sides_of_a_record_are_written_in_one_run(bench: Bench) -> None:
    """Design's table: edits of different fields merge."""
    left, right = bench.world.both
    left_id, right_id = pair(bench)
    left.edit(TASKS, left_id, name="new")
    right.edit(TASKS, right_id, tags=["z"])
    run = bench.run()
    assert (run.counts["updated"], run.rounds) == (2, 1)
    assert one(bench, "left", "t")["tags"] == ["z"]
    assert one(bench, "right", "t")["name"] == "new"
    rows = RunEntry.objects.count()
    bench.run()
    assert RunEntry.objects.count() == rows


def test_a_new_tree_from_the_right_is_agreed_in_the_lefts_words(bench: Bench) -> None:
    """I4: the base must name a parent that was linked in the same run as the next plan does."""
    right = bench.world.right
    parent = right.add(TASKS, **task("parent"))
    right.add(TASKS, **task("child", parent=parent))
    bench.run()
    writes = bench.world.unsafe
    assert bench.run().counts["updated"] == 0
    assert bench.world.unsafe == writes


def test_an_adopted_tree_needs_no_write(bench: Bench) -> None:
    """A12, A13: parents that are adopted in the same run are the same parent."""
    bench.options.adopt_tasks = True
    for remote in bench.world.both:
        parent = remote.add(TASKS, **task("parent"))
        remote.add(TASKS, **task("child", parent=parent))
    run = bench.run()
    assert (run.counts["adopted"], run.counts["updated"], bench.world.unsafe) == (2, 0, 0)


def test_one_adopted_parent_and_a_new_child(bench: Bench) -> None:
    """I10: a new record below an adopted one."""
    bench.options.adopt_tasks = True
    left, right = bench.world.both
    left.add(TASKS, **task("parent"))
    parent = right.add(TASKS, **task("parent"))
    right.add(TASKS, **task("child", parent=parent))
    bench.run()
    assert one(bench, "left", "child")["parent"] == one(bench, "left", "parent")["id"]
    writes = bench.world.unsafe
    bench.run()
    assert bench.world.unsafe == writes
