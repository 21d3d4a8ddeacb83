"""G9: the deletion guard, as a rule and at work."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.changes import Action, Change
from integrations.engine.guard import Decided, Limits, rule, without
from integrations.engine.stream import LinkState, Which
from integrations.models import Integration, PendingDeletion, RunEntry, SyncRun
from tests.engine.bench import Bench
from tests.engine.sides import LEAVE, PEOPLE, STAFF, TASKS, leave, task


def removal(number: int, guarded: str = "as it was", **fields: Any) -> Change:
    link = LinkState(number, f"l{number}", f"r{number}", {})
    values = {"action": Action.DELETE, "left_id": link.left_id, "right_id": link.right_id, **fields}
    return Change("s", side=Which.RIGHT, link=link, guarded=guarded, **values)


def removals(count: int) -> list[Change]:
    return [removal(number) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("linked", "recent", "fresh", "held"),
    [
        (10, 0, 5, False),
        (10, 0, 6, True),
        (10, 3, 2, False),
        (10, 3, 3, True),
        (100, 0, 10, False),
        (100, 0, 11, True),
        (55, 0, 5, False),
        (55, 0, 6, True),
        (59, 0, 6, True),
        (60, 0, 6, False),
    ],
)
def test_threshold(linked: int, recent: int, fresh: int, held: bool) -> None:
    """G9, I8: more than max(5, 10 %) within 24 hours holds all that are new."""
    ruling = rule(removals(fresh), {}, Limits(), linked=linked, recent=recent, empty=False)
    assert (len(ruling.held), len(ruling.fresh)) == ((fresh, 0) if held else (0, fresh))


def test_an_empty_read_holds_even_one() -> None:
    """G9, I7."""
    ruling = rule(removals(1), {}, Limits(), linked=1, recent=0, empty=True)
    assert len(ruling.held) == 1


@pytest.mark.parametrize(
    ("decision", "fingerprint", "pile"),
    [
        ("pending", "as it was", "waiting"),
        ("pending", "moved", "waiting"),
        ("approved", "as it was", "approved"),
        ("approved", "moved", "held"),
        ("rejected", "as it was", "refused"),
        ("rejected", "moved", "fresh"),
    ],
)
def test_an_earlier_decision_counts_for_its_state_only(
    decision: str, fingerprint: str, pile: str
) -> None:
    """G9, I8."""
    earlier = {1: Decided(decision, fingerprint)}
    ruling = rule([removal(1)], earlier, Limits(), linked=1, recent=0, empty=False)
    assert [len(getattr(ruling, name)) for name in ("fresh", "approved", "held", "waiting",
                                                    "refused")].count(1) == 1  # fmt: skip
    assert len(getattr(ruling, pile)) == 1


def test_an_approval_passes_whatever_the_number() -> None:
    """G9: the others are still counted by themselves."""
    earlier = {number: Decided("approved", "as it was") for number in range(1, 21)}
    ruling = rule(removals(22), earlier, Limits(), linked=22, recent=0, empty=False)
    assert (len(ruling.approved), len(ruling.fresh), ruling.held) == (20, 2, [])


def test_what_vanished_is_held_whatever_the_number() -> None:
    """D8: a source's own word (withdrawn) is not."""
    changes = [removal(1), removal(2, reason="withdrawn")]
    ruling = rule(changes, {}, Limits(), linked=9, recent=0, empty=False, hold_vanished=True)
    assert ([c.left_id for c in ruling.held], [c.left_id for c in ruling.fresh]) == (["l1"], ["l2"])


def test_a_create_behind_a_held_removal_goes_with_it() -> None:
    """P6."""
    create = Change("s", Action.CREATE, Which.RIGHT, "l9", None, behind=frozenset({"l1"}))
    assert without([removal(1), create], [removal(1)]) != []
    held = removal(1)
    assert without([held, create], [held]) == []


# -- at work ----------------------------------------------------------------------------------


def many(bench: Bench, count: int) -> list[str]:
    """So many tasks, synced; their left ids."""
    ids = [bench.world.left.add(TASKS, **task(f"t{number}")) for number in range(count)]
    bench.run()
    return ids


def copies(bench: Bench) -> int:
    return len(bench.world.right.table(TASKS))


def decide(decision: str) -> None:
    PendingDeletion.objects.update(decision=decision)


def test_too_many_are_held_and_the_rest_is_done(bench: Bench) -> None:
    """G9, I8: held is a finished state; later runs go on and write no new history."""
    ids = many(bench, 10)
    for id in ids[:6]:
        bench.world.left.remove(TASKS, id)
    bench.world.left.add(TASKS, **task("new"))
    run = bench.run()
    assert (run.status, run.counts["held"], run.counts["created"]) == ("held", 6, 1)
    assert copies(bench) == 11
    rows = RunEntry.objects.count()
    assert bench.run().status == SyncRun.Status.HELD
    assert RunEntry.objects.count() == rows


def test_approval_carries_out_what_is_still_gone(bench: Bench) -> None:
    """G9: a record that came back leaves the list."""
    ids = many(bench, 10)
    saved = bench.world.left.table(TASKS)[ids[0]]
    for id in ids[:6]:
        bench.world.left.remove(TASKS, id)
    bench.run()
    bench.world.left.table(TASKS)[ids[0]] = saved
    decide("approved")
    run = bench.run(trigger=SyncRun.Trigger.RELEASE)
    assert (run.status, run.counts["deleted"], copies(bench)) == ("succeeded", 5, 5)
    assert not PendingDeletion.objects.exists()


def test_approval_holds_for_the_same_state_only(bench: Bench) -> None:
    """G9, I8: what was edited since is asked about again."""
    bench.options.edits_survive = False
    ids = many(bench, 10)
    target = bench.links(TASKS)[ids[0]] or ""
    for id in ids[:6]:
        bench.world.left.remove(TASKS, id)
    bench.run()
    decide("approved")
    bench.world.right.edit(TASKS, target, name="edited")
    run = bench.run(trigger=SyncRun.Trigger.RELEASE)
    assert (run.status, run.counts["deleted"], run.counts["held"]) == ("held", 5, 1)
    assert target in bench.world.right.table(TASKS)


def test_a_rejection_is_remembered_until_the_record_changes(bench: Bench) -> None:
    """G9."""
    bench.options.edits_survive = False
    ids = many(bench, 10)
    target = bench.links(TASKS)[ids[0]] or ""
    for id in ids[:6]:
        bench.world.left.remove(TASKS, id)
    bench.run()
    decide("rejected")
    assert bench.run().status == SyncRun.Status.SUCCEEDED
    assert copies(bench) == 10
    bench.world.right.edit(TASKS, target, name="edited")
    assert bench.run().counts["deleted"] == 1
    assert copies(bench) == 9


def test_the_window_is_24_hours(bench: Bench) -> None:
    """G9, I8: three and three are too many on one day, and none two days running."""
    ids = many(bench, 10)
    for id in ids[:3]:
        bench.world.left.remove(TASKS, id)
    assert bench.run().counts["deleted"] == 3
    bench.tick(hours=23)
    for id in ids[3:6]:
        bench.world.left.remove(TASKS, id)
    assert bench.run().counts["held"] == 3
    PendingDeletion.objects.all().delete()
    bench.tick(hours=2)
    assert bench.run().counts["deleted"] == 3


def test_approved_removals_do_not_use_up_the_allowance(bench: Bench) -> None:
    """G9."""
    ids = many(bench, 20)
    for id in ids[:7]:
        bench.world.left.remove(TASKS, id)
    bench.run()
    decide("approved")
    bench.run(trigger=SyncRun.Trigger.RELEASE)
    for id in ids[7:12]:
        bench.world.left.remove(TASKS, id)
    assert bench.run().counts["deleted"] == 5


def test_an_empty_source_is_held(bench: Bench) -> None:
    """G9, I7: complete, empty, and links exist."""
    (id,) = many(bench, 1)
    bench.world.left.remove(TASKS, id)
    assert bench.run().status == SyncRun.Status.HELD
    assert copies(bench) == 1


def test_an_incomplete_read_plans_no_deletion_and_approves_none(bench: Bench) -> None:
    """G9, I7: also what was approved before waits for a complete read."""
    ids = many(bench, 10)
    for id in ids[:6]:
        bench.world.left.remove(TASKS, id)
    bench.run()
    decide("approved")
    bench.world.left.read_faults = ["", "", "truncated", "truncated"]
    run = bench.run(trigger=SyncRun.Trigger.RELEASE)
    assert (run.status, run.error_code, copies(bench)) == ("failed", "inconsistent_list", 10)
    assert bench.run().counts["deleted"] == 6


def test_a_list_that_contradicts_itself_is_read_once_more(bench: Bench) -> None:
    """Design, read: a total that does not match the ids seen is not complete."""
    many(bench, 4)
    bench.world.left.read_faults = ["", "", "truncated"]
    run = bench.run()
    assert (run.status, copies(bench)) == ("succeeded", 4)


def test_a_record_that_only_hides_is_not_deleted(bench: Bench) -> None:
    """I7: absent from a complete list, and the remote says that it exists."""
    ids = many(bench, 4)
    bench.world.left.hidden.add(ids[0])
    run = bench.run()
    assert (run.reasons, copies(bench)) == ({"delete_unconfirmed": 1}, 4)


def test_a_replacement_is_an_update(bench: Bench) -> None:
    """G9: DELETE and POST of the same record are not counted."""
    left, right = bench.world.both
    ann = left.add(PEOPLE, email="a")
    right.add(PEOPLE, email="a")
    ids = [left.add(LEAVE, **leave(f"s{n}", ann, first=n)) for n in range(8)]
    bench.run()
    for id in ids:
        left.edit(LEAVE, id, days=5)
    run = bench.run()
    assert (run.counts["updated"], run.counts["deleted"], run.counts["held"]) == (8, 0, 0)


def test_archiving_counts_and_a_returner_gets_the_same_record(bench: Bench) -> None:
    """G9, D8, D9."""
    bench.options.streams = (STAFF,)
    left, right = bench.world.both
    ids = [left.add(STAFF, name=f"n{n}", email=f"e{n}") for n in range(8)]
    bench.run()
    links = bench.links(STAFF)
    for id in ids[:6]:
        left.edit(STAFF, id, left=True)
    assert bench.run().counts["held"] == 6
    decide("approved")
    assert bench.run(trigger=SyncRun.Trigger.RELEASE).counts["archived"] == 6
    assert sum(not record["active"] for record in right.table(STAFF).values()) == 6
    left.edit(STAFF, ids[0], left=False)
    bench.run()
    assert right.table(STAFF)[links[ids[0]] or ""]["active"]
    assert bench.links(STAFF) == links


def test_the_threshold_is_the_integrations_own(bench: Bench) -> None:
    """G9: `guard`."""
    Integration.objects.update(guard_count=1, guard_percent=0)
    ids = many(bench, 5)
    for id in ids[:2]:
        bench.world.left.remove(TASKS, id)
    assert bench.run().counts["held"] == 2
