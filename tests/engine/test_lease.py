"""Who may work on a run: claims, fencing, take-over; with real processes where it matters."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.utils import timezone

from integrations.engine import lease as leases
from integrations.engine.gateway import Gateway
from integrations.engine.lease import LeaseLost, claim, holder_name, is_dead, take_over
from integrations.engine.run import work
from integrations.engine.stream import Outcome, Step
from integrations.models import Link, RunEntry, SyncRun
from integrations.remote import WriteRefused
from tests.engine.bench import Bench
from tests.engine.sides import TASKS, task
from tests.engine.test_kill import in_child, template, use_database, wait_for

__all__ = ["template"]


def test_only_one_worker_gets_a_run(bench: Bench) -> None:
    """I1: two deliveries of one message."""
    run = bench.queue()
    first = claim(run.pk, "a")
    assert first is not None
    assert claim(run.pk, "b") is None
    bench.tick(seconds=31)
    second = claim(run.pk, "b")
    assert second is not None
    assert (second.fence, second.crashed) == (first.fence + 1, True)


def test_a_run_that_waits_is_not_claimed_before_its_time(bench: Bench) -> None:
    run = bench.queue()
    SyncRun.objects.update(not_before=timezone.now() + timedelta(seconds=60))
    assert claim(run.pk, "a") is None
    bench.tick(seconds=61)
    assert claim(run.pk, "a") is not None


def test_whoever_lost_the_lease_commits_nothing(bench: Bench) -> None:
    """I6: the fencing token counts, and what was begun in the transaction is undone."""
    run = bench.queue()
    old = claim(run.pk, "a")
    assert old is not None
    bench.tick(seconds=31)
    assert claim(run.pk, "b") is not None
    with pytest.raises(LeaseLost), old.commit():
        Link.objects.create(integration=bench.integration, stream="x", left_id="1")
    assert not Link.objects.exists()
    assert old.left() == 0


def test_a_worker_that_is_overtaken_stops_without_a_trace(bench: Bench) -> None:
    """I6, I1: another takes over in the middle of the first one's run."""
    for number in range(3):
        bench.world.left.add(TASKS, **task(f"t{number}"))
    run = bench.queue()
    first = claim(run.pk, "a")
    assert first is not None
    second: list[Any] = []

    def tell(progress: Any) -> None:
        if progress.phase == "writing" and not second:
            second.append(take_over(run.pk, "b", "a"))

    with pytest.raises(LeaseLost):
        work(run.pk, first, bench.open, tell, lambda: False)
    made = len(bench.world.right.table(TASKS))
    assert made <= 2
    work(run.pk, second[0], bench.open, lambda progress: None, lambda: False)
    bench.finish(run)
    assert len(bench.world.right.table(TASKS)) == 3
    assert not RunEntry.objects.filter(state="planned").exists()


def test_nothing_is_sent_when_the_lease_is_shorter_than_a_request(bench: Bench) -> None:
    """Design: an unsafe request starts only with more than 20 seconds left."""
    lease = claim(bench.queue().pk, "a")
    gateway = Gateway(lease)

    def send() -> Outcome:
        with gateway.write("right"):
            return Outcome("1")

    gateway.send(Step("x", send), time.monotonic() + 5)
    bench.tick(seconds=11)
    with pytest.raises(LeaseLost):
        gateway.send(Step("x", send), time.monotonic() + 5)
    assert gateway.writes == 1


def test_the_gateway_is_closed_outside_a_step_and_in_a_dry_run(bench: Bench) -> None:
    """I14."""
    lease = claim(bench.queue().pk, "a")
    with pytest.raises(WriteRefused), Gateway(lease).write("right"):
        pass
    dry = Gateway(None)
    step = Step("x", lambda: dry.write("right").__enter__() or Outcome("1"))
    with pytest.raises(WriteRefused):
        dry.send(step, time.monotonic() + 5)


def test_a_killed_process_is_seen_to_be_dead() -> None:
    """Design: taken over at once where the same host sees that its process is gone."""
    read, write = os.pipe()

    def live() -> None:
        os.write(write, holder_name().encode())
        time.sleep(60)

    pid = in_child(live)
    name = os.read(read, 500).decode()
    assert not is_dead(name)
    assert not is_dead(holder_name())
    os.kill(pid, signal.SIGKILL)
    wait_for(pid)
    assert is_dead(name)


@pytest.mark.parametrize("holder", ["", "elsewhere|1|2", "elsewhere", "x|y|z"])
def test_nobody_else_is_called_dead(holder: str) -> None:
    """Another host's process may be alive."""
    assert not is_dead(holder)


def test_a_heartbeat_keeps_a_lease_and_ends_with_it(
    template: Path, tmp_path: Path, django_db_blocker: Any
) -> None:
    """A real thread on a connection of its own; it stops when the lease is lost."""

    def beat() -> None:
        use_database(template)
        run = Bench.create("beat").queue()
        with mock.patch.object(leases, "BEAT_SECONDS", 0.05):
            lease = claim(run.pk, "a")
            assert lease is not None
            first = lease.until
            with lease.heartbeat():
                time.sleep(0.4)
                assert lease.until > first
                assert take_over(run.pk, "b", "a") is not None
                time.sleep(0.4)
                assert lease.lost
                until = SyncRun.objects.get(pk=run.pk).lease_until
                time.sleep(0.2)
                assert SyncRun.objects.get(pk=run.pk).lease_until == until
        assert not [t for t in threading.enumerate() if t.name.startswith("lease-")]

    with django_db_blocker.unblock():
        assert wait_for(in_child(beat)) == 0


def test_of_many_processes_one_gets_the_run(
    template: Path, tmp_path: Path, django_db_blocker: Any
) -> None:
    """I1: eight processes claim the same run at the same moment."""
    made = tmp_path / "run"
    start = time.time() + 1.0

    def prepare() -> None:
        use_database(template)
        made.write_text(str(Bench.create("many").queue().pk))

    def grab() -> None:
        use_database(template)
        time.sleep(max(0.0, start - time.time()))
        if claim(int(made.read_text()), holder_name()) is None:
            os._exit(7)

    with django_db_blocker.unblock():
        assert wait_for(in_child(prepare)) == 0
        codes = sorted(wait_for(pid) for pid in [in_child(grab) for _number in range(8)])
    assert codes == [0] + [7] * 7


def test_a_message_that_comes_an_hour_late_changes_nothing(
    bench: Bench, clock: time_machine.Traveller
) -> None:
    """I1: the run is finished; nobody claims it again."""
    bench.world.left.add(TASKS, **task("t"))
    run = bench.run()
    bench.tick(hours=1)
    assert claim(run.pk, "late") is None
    assert bench.world.unsafe == 1
