"""Token buckets: the average rate holds, a burst passes, long waits are refused unspent."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
import redis

from integrations.remote import RateLimited
from integrations.vendors.budget import LocalBudget, RedisBudget

from .support import FakeTime


def _local(rate: float, burst: int, **more: float) -> tuple[LocalBudget, FakeTime]:
    fake = FakeTime()
    given = {"vendor": "v", "clock": fake.monotonic, "sleep": fake.sleep, **more}
    return LocalBudget(rate, burst, **given), fake


def test_a_burst_passes_at_once_and_then_the_rate_holds():
    budget, fake = _local(10, 5)
    for _ in range(25):
        budget.wait()
    assert fake.now - 1000 == pytest.approx(2.0)


def test_a_cost_counts_as_that_many_requests():
    budget, fake = _local(10, 10)
    for _ in range(3):
        budget.wait(cost=10)
    assert fake.now - 1000 == pytest.approx(2.0)


def test_a_wait_beyond_five_seconds_is_refused_and_takes_nothing():
    budget, fake = _local(1, 1)
    budget.wait()
    with pytest.raises(RateLimited) as caught:
        budget.wait(cost=8)
    assert caught.value.retry_after == pytest.approx(8.0) and fake.slept == []
    budget.wait()
    assert fake.slept == [pytest.approx(1.0)]


def _seconds_for(requests: int, budget: LocalBudget, fake: FakeTime) -> float:
    began = fake.now
    for _ in range(requests):
        budget.wait()
    return fake.now - began


def test_the_pace_is_quick_only_while_the_remote_has_plenty():
    budget, fake = _local(8, 1, quick=16)
    budget.wait()
    assert _seconds_for(80, budget, fake) == pytest.approx(10.0, abs=0.1)
    budget.hear(plenty=True)
    assert _seconds_for(80, budget, fake) == pytest.approx(5.0, abs=0.1)
    budget.hear(plenty=False)
    assert _seconds_for(80, budget, fake) == pytest.approx(10.0, abs=0.1)


def test_a_budget_without_quick_pace_ignores_plenty():
    budget, fake = _local(8, 1)
    budget.hear(plenty=True)
    budget.wait()
    assert _seconds_for(80, budget, fake) == pytest.approx(10.0)


def test_threads_share_the_bucket():
    slept = []
    budget = LocalBudget(100, 1, clock=lambda: 0.0, sleep=slept.append)
    threads = [threading.Thread(target=budget.wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == pytest.approx([n / 100 for n in range(1, 20)])


@pytest.fixture(scope="module")
def server():
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "redis.sock")
        command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", ""]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 5
            while not path.exists() and time.monotonic() < until:
                time.sleep(0.02)
            yield redis.Redis(unix_socket_path=str(path))
        finally:
            process.terminate()
            process.wait()


def test_the_redis_bucket_is_shared_by_its_key(server):
    slept: list[float] = []
    one = RedisBudget(server, "budget:a", 0.5, 2, vendor="v", sleep=slept.append)
    two = RedisBudget(server, "budget:a", 0.5, 2, vendor="v", sleep=slept.append)
    one.wait()
    two.wait()
    assert slept == []
    one.wait()
    two.wait()
    assert slept == [pytest.approx(2.0, abs=0.3), pytest.approx(4.0, abs=0.3)]
    with pytest.raises(RateLimited) as caught:
        one.wait()
    assert caught.value.retry_after == pytest.approx(6.0, abs=0.3)
    assert float(server.hget("budget:a", "tokens")) == pytest.approx(-2.0, abs=0.3)
    RedisBudget(server, "budget:b", 0.5, 2, sleep=slept.append).wait()
    assert len(slept) == 2 and server.ttl("budget:a") > 0


def test_the_redis_bucket_is_quick_only_while_the_remote_has_plenty(server):
    slept: list[float] = []
    budget = RedisBudget(server, "budget:c", 1, 1, quick=4, vendor="v", sleep=slept.append)
    budget.wait()
    budget.wait()
    assert slept == [pytest.approx(1.0, abs=0.2)]
    budget.hear(plenty=True)
    budget.wait()
    assert slept[1:] == [pytest.approx(0.5, abs=0.2)]
    budget.hear(plenty=False)
    budget.wait()
    assert slept[2:] == [pytest.approx(3.0, abs=0.3)]
