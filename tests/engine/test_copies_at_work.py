"""Foreign records under the guard, partial reads, retired links, templates, and problems that
follow their record: the engine at work.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from integrations.engine.intents import _link
from integrations.engine.ledger import rename_problems
from integrations.engine.stream import Flow, Item, Rule, Which
from integrations.models import (
    Integration,
    Intent,
    Link,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
)
from tests.engine.bench import Bench
from tests.engine.pure import stream
from tests.engine.sides import LEAVE, PEOPLE, STAFF, TASKS, leave, task


def is_stray(item: Item) -> bool:
    return item.label == "stray"


@pytest.fixture
def guarded(bench: Bench) -> Bench:
    """Ten leaves that are synced; what else is on the right and called stray has to go."""
    bench.options.foreign = is_stray
    bench.world.right.add(PEOPLE, email="ann@x.org")
    ann = bench.world.left.add(PEOPLE, email="ann@x.org")
    for number in range(1, 11):
        bench.world.left.add(LEAVE, **leave(f"l{number}", ann, first=number))
    bench.run()
    return bench


def enter(bench: Bench, *days: int) -> list[str]:
    """Strays on these days; their ids."""
    fields: dict[str, Any] = {"user": "R-1", "kind": "A", "days": 1, "note": "stray"}
    return [bench.world.right.add(LEAVE, first=day, **fields) for day in days]


def strays(bench: Bench) -> set[str]:
    return {id for id, one in bench.world.right.table(LEAVE).items() if one["note"] == "stray"}


def settle(bench: Bench, decision: str) -> SyncRun:
    PendingDeletion.objects.update(decision=decision)
    return bench.run(trigger=SyncRun.Trigger.RELEASE)


def is_quiet(bench: Bench) -> bool:
    writes, rows = bench.world.unsafe, len(bench.entries())
    bench.run()
    return (bench.world.unsafe, len(bench.entries())) == (writes, rows)


# -- foreign records ----------------------------------------------------------------------------


def test_a10_few_foreign_records_go_in_the_same_run(guarded: Bench) -> None:
    enter(guarded, 20, 21)
    run = guarded.run()
    assert (run.status, run.counts["deleted"], run.counts["adopted"]) == ("succeeded", 2, 0)
    assert strays(guarded) == set()
    assert Link.objects.filter(stream=LEAVE).count() == 10
    assert is_quiet(guarded)


def test_a10_g9_many_are_held_and_stay_held(guarded: Bench) -> None:
    """G9: with no new history while they wait."""
    enter(guarded, *range(20, 26))
    run = guarded.run()
    assert (run.status, run.counts["held"], len(strays(guarded))) == ("held", 6, 6)
    assert is_quiet(guarded)
    assert PendingDeletion.objects.count() == 6


def test_a10_g9_those_of_the_last_hours_count(guarded: Bench) -> None:
    enter(guarded, 20, 21, 22)
    guarded.run()
    enter(guarded, 23, 24, 25)
    assert guarded.run().counts["held"] == 3


def test_a10_g9_a_release_removes_them(guarded: Bench) -> None:
    enter(guarded, *range(20, 26))
    guarded.run()
    run = settle(guarded, "approved")
    assert (run.counts["deleted"], run.counts["held"], strays(guarded)) == (6, 0, set())
    assert is_quiet(guarded)


def test_a10_g9_a_rejection_keeps_them_until_they_change(guarded: Bench) -> None:
    first, *_rest = enter(guarded, *range(20, 26))
    guarded.run()
    assert settle(guarded, "rejected").status == SyncRun.Status.SUCCEEDED
    assert is_quiet(guarded)
    assert len(strays(guarded)) == 6
    guarded.world.right.edit(LEAVE, first, days=2)
    assert guarded.run().counts["deleted"] == 1
    assert strays(guarded) == set(_rest)


def test_a10_what_is_no_longer_foreign_is_given_up(guarded: Bench) -> None:
    enter(guarded, *range(20, 26))
    guarded.run()
    guarded.options.foreign = lambda item: False
    run = guarded.run()
    assert (run.status, run.counts["held"]) == ("succeeded", 0)
    assert not PendingDeletion.objects.exists()
    assert Link.objects.filter(stream=LEAVE).count() == 10
    assert len(strays(guarded)) == 6


def test_a10_a_new_source_record_claims_its_copy(guarded: Bench) -> None:
    """I1: it is adopted, and neither removed nor entered twice."""
    first, *rest = enter(guarded, *range(20, 26))
    guarded.run()
    (person,) = guarded.world.left.table(PEOPLE)
    source = guarded.world.left.add(LEAVE, **leave("new", person, first=20))
    run = guarded.run()
    assert (run.counts["adopted"], run.counts["held"]) == (1, 5)
    assert guarded.links(LEAVE)[source] == first
    assert strays(guarded) == {first, *rest}
    assert is_quiet(guarded)


def test_a10_an_incomplete_read_removes_no_foreign_record(guarded: Bench) -> None:
    """I7, G9: not even an approved one."""
    enter(guarded, *range(20, 26))
    guarded.run()
    PendingDeletion.objects.update(decision="approved")
    guarded.world.left.read_faults = ["", "truncated", "truncated"]
    run = guarded.run(trigger=SyncRun.Trigger.RELEASE)
    assert (run.error_code, len(strays(guarded))) == ("inconsistent_list", 6)
    assert guarded.run().counts["deleted"] == 6


def test_a10_a_dry_run_shows_the_removals(guarded: Bench) -> None:
    """G6, I14."""
    enter(guarded, 20)
    run = guarded.run(mode=SyncRun.Mode.DRY_RUN)
    (entry,) = guarded.entries(run)
    assert (entry.action, entry.reason, entry.state) == ("delete", "foreign", "planned")
    assert (entry.before or {})["first"] == 20
    assert (run.counts["deleted"], run.counts["adopted"]) == (1, 0)
    assert Link.objects.filter(stream=LEAVE).count() == 10


@pytest.mark.parametrize("at", range(1, 40))
def test_a10_a_removal_survives_a_kill(guarded: Bench, at: int) -> None:
    """I6: wherever the run dies between linking and removing."""
    enter(guarded, 20)
    if guarded.die(run := guarded.queue(), at):
        guarded.tick(seconds=31)
    guarded.finish(run)
    assert strays(guarded) == set()
    assert len(guarded.world.right.table(LEAVE)) == 10
    assert Link.objects.filter(stream=LEAVE).count() == 10


# -- partial reads ------------------------------------------------------------------------------


def problems() -> set[tuple[str, str]]:
    return set(Problem.objects.values_list("record_id", "code"))


def test_g7_problems_of_what_a_partial_read_does_not_show_stay(bench: Bench) -> None:
    """One that cannot be written is tried again by the next whole read only."""
    left, right = bench.world.both
    odd = left.add(TASKS, **task("odd", code="odd"))
    bad = left.add(TASKS, **task("refused", color="bad"))
    bench.run()
    assert problems() == {(f"L:{odd}", "odd"), (f"L:{bad}", "rejected_by_remote")}
    rows = RunEntry.objects.count()
    bench.options.shown = {left.add(TASKS, **task("new"))}
    bench.run()
    assert len(right.table(TASKS)) == 2
    assert problems() == {(f"L:{odd}", "odd"), (f"L:{bad}", "rejected_by_remote")}
    assert RunEntry.objects.count() == rows + 1
    for remote in (left, right):
        remote.edit(TASKS, min(remote.table(TASKS)), code="")
    left.edit(TASKS, bad, color="")
    bench.run()
    assert len(problems()) == 2
    bench.options.shown = {odd, bad, *right.table(TASKS)}
    bench.run()
    assert (problems(), len(right.table(TASKS))) == (set(), 3)


def test_i7_a_partial_read_deletes_nothing_it_did_not_see(bench: Bench) -> None:
    left, right = bench.world.both
    ids = [left.add(TASKS, **task(f"t{number}")) for number in range(8)]
    bench.run()
    bench.options.shown = {ids[0]}
    left.edit(TASKS, ids[0], name="renamed")
    run = bench.run()
    assert (run.counts["updated"], run.counts["deleted"], run.counts["held"]) == (1, 0, 0)
    assert len(right.table(TASKS)) == 8


# -- retired links ------------------------------------------------------------------------------


def test_a15_what_was_closed_instead_of_deleted_is_reported_and_left_alone(bench: Bench) -> None:
    bench.options.retired = "closed"
    bench.options.edits_survive = False
    left, right = bench.world.both
    left.add(TASKS, **task("other"))
    id = left.add(TASKS, **task("t", code="billed"))
    bench.run()
    copy = bench.links(TASKS)[id]
    left.remove(TASKS, id)
    run = bench.run()
    entries = {(entry.action, entry.reason) for entry in bench.entries(run)}
    assert entries == {("delete", "closed"), ("skip", "closed")}
    assert right.table(TASKS)[copy or ""]["color"] == "closed"
    bench.run()
    assert problems() == {(f"L:{id}", "closed")}
    assert is_quiet(bench)
    right.edit(TASKS, copy or "", name="edited")
    assert is_quiet(bench)
    right.remove(TASKS, copy or "")
    bench.run()
    assert (problems(), len(bench.links(TASKS))) == (set(), 1)


# -- streams that begin others ------------------------------------------------------------------


def begin(bench: Bench) -> str:
    """A staff record for which the right side makes a task; the one on the left has its name."""
    bench.options.streams = (STAFF, TASKS)
    bench.options.adopt_tasks = True
    bench.options.template = task("made", name="kick-off", amount=7, tags=["template"])
    bench.world.left.add(STAFF, name="n", email="e")
    return bench.world.left.add(TASKS, **task("ours", name="kick-off", amount=0, tags=["a"]))


def test_a1_what_comes_with_a_new_record_is_read_in_the_same_run(bench: Bench) -> None:
    """A new task, which nobody on the left has yet, is there after the run that brought it."""
    begin(bench)
    bench.options.template = task("made", name="only theirs")
    run = bench.run()
    assert run.rounds == 2
    assert {one["name"] for one in bench.world.left.table(TASKS).values()} == {
        "kick-off", "only theirs",
    }  # fmt: skip
    assert is_quiet(bench)


def test_a1_a_template_fills_only_what_is_empty(bench: Bench) -> None:
    id = begin(bench)
    bench.world.left.remove(TASKS, id)
    bench.run()
    assert len(bench.world.left.table(TASKS)) == 1
    Integration.objects.update(guard_count=100)
    Link.objects.filter(stream=TASKS).delete()
    (copy,) = bench.world.left.table(TASKS)
    bench.world.left.edit(TASKS, copy, amount=0, tags=["a"])
    bench.run()
    (left,), (right,) = (one.table(TASKS).values() for one in bench.world.both)
    assert (left["amount"], right["amount"]) == (7, 7)
    assert (left["tags"], right["tags"]) == (["a"], ["a"])
    assert not Problem.objects.exists()


def test_a1_an_adopted_record_is_read_on_in_the_same_run(bench: Bench) -> None:
    bench.options.streams = (STAFF, TASKS)
    bench.world.left.add(STAFF, name="n", email="e")
    bench.world.right.add(STAFF, name="n", email="e", active=True)
    run = bench.run()
    assert (run.counts["adopted"], run.rounds) == (1, 2)
    assert bench.run().rounds == 1


# -- problems follow their record ---------------------------------------------------------------


def opened_and_closed(bench: Bench) -> list[tuple[str, str]]:
    told = Q(action__in=["skip", "resolved"]) | Q(state="failed")
    return list(RunEntry.objects.filter(told).order_by("id").values_list("action", "reason"))


@pytest.mark.parametrize("fault", ["", "dropped", "answer lost"])
def test_g7_a_problem_goes_on_under_the_left_id(bench: Bench, fault: str) -> None:
    """It neither ends nor begins when its record gets one."""
    right_id = bench.world.right.add(TASKS, **task("r", code="odd"))
    bench.world.left.faults = ["unavailable", fault]
    bench.run()
    bench.run()
    (left_id,) = bench.links(TASKS)
    assert bench.links(TASKS) == {left_id: right_id}
    assert problems() == {(f"L:{left_id}", "odd")}
    assert opened_and_closed(bench) == [("skip", "odd")]


def test_g7_a_problem_that_is_there_already_is_not_doubled(bench: Bench) -> None:
    def add(record: str, code: str) -> Any:
        return Problem.objects.create(
            integration=bench.integration, stream=TASKS, record_id=record, code=code,
            severity="skip",
        )  # fmt: skip

    add("R:1", "odd"), add("R:1//name", "conflict"), add("R:1/2", "odd"), add("R:12", "odd")
    known = add("L:9", "odd")
    rename_problems(bench.integration, TASKS, "R:1", "L:9")
    assert problems() == {
        ("L:9", "odd"), ("L:9//name", "conflict"), ("R:1/2", "odd"), ("R:12", "odd"),
    }  # fmt: skip
    assert Problem.objects.filter(pk=known.pk).exists()


def test_a8_a_found_create_agrees_on_what_was_sent_of_a_field_that_stays(bench: Bench) -> None:
    """The target may have set it meanwhile; else that would be undone with the next run."""
    run, now = bench.queue(), timezone.now()
    intent = Intent.objects.create(
        integration=bench.integration, run=run, stream="s", side="left", source_id="r1",
        fields={"note": "n", "billed": False}, sent_at=now, settled_at=now,
    )  # fmt: skip
    of = stream(Flow.TO_LEFT, rules=[Rule("note"), Rule("billed", stays=True)])
    _link(of, Which.LEFT, intent, Item("l1", {"note": "N", "billed": True}))
    link = Link.objects.get(left_id="l1", right_id="r1")
    assert link.base == {"note": "N", "billed": False}


def test_g7_a_write_that_is_refused_half_way_is_one_problem(bench: Bench) -> None:
    """The record got its left id with the first step; the second was refused."""
    bench.world.right.add(TASKS, **task("r", tags=["x"], color="bad"))
    bench.run()
    (left_id,) = bench.links(TASKS)
    bench.run()
    bench.run()
    assert problems() == {(f"L:{left_id}", "rejected_by_remote")}
    assert opened_and_closed(bench) == [("create", "rejected_by_remote")]
    assert Problem.objects.get().attempts == 3
