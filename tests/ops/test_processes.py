"""Real workers, beat and web processes, on the embedded default and on Redis."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from sandbox.server import Sandbox
from tests.ops.support import Installation, get, hq_absences, kill, wait_until

pytestmark = pytest.mark.slow
Install = Callable[..., Installation]


@pytest.fixture(params=["files", pytest.param("redis", marks=pytest.mark.redis)])
def installation(request: pytest.FixtureRequest, install: Install) -> Installation:
    """On both brokers."""
    if request.param == "files":
        return install()
    url = request.getfixturevalue("redis_url")
    return install(REDIS_URL=url, QUEUE_NAME=f"test-{uuid4()}")


def _is_done(installation: Installation) -> bool:
    return installation.newest() == "succeeded"


def _no_duplicates(sandbox: Sandbox) -> None:
    """I1: the same absence is in helloHQ once."""
    keys = Counter(
        (row["UserId"], row["Type"], row["Start"], row["End"]) for row in hq_absences(sandbox)
    )
    assert [key for key, number in keys.items() if number > 1] == []


def test_worker_and_beat_run_what_is_due(
    installation: Installation, fresh_sandbox: Sandbox
) -> None:
    """P2: an active integration runs by schedule, with nobody at the keyboard."""
    installation.activate(fresh_sandbox)
    installation.worker()
    installation.beat()
    installation.beat("second-beat")
    wait_until(lambda: _is_done(installation), 60, "the due integration has run")
    assert installation.runs() == [("schedule", "succeeded")]
    _no_duplicates(fresh_sandbox)


def test_i6_another_worker_finishes_what_a_killed_one_began(
    installation: Installation, fresh_sandbox: Sandbox
) -> None:
    before = len(hq_absences(fresh_sandbox))
    fresh_sandbox.world.latency = 0.2
    installation.activate(fresh_sandbox)
    first = installation.worker("first")
    installation.beat()
    wait_until(lambda: len(hq_absences(fresh_sandbox)) > before + 3, 60, "the run is writing")
    kill(first)
    assert installation.newest() == "running"
    fresh_sandbox.world.latency = 0.0
    installation.worker("second")
    wait_until(lambda: _is_done(installation), 60, "the second worker has finished the run")
    assert len(installation.runs()) == 1
    _no_duplicates(fresh_sandbox)


def test_a_worker_that_is_asked_to_end_hands_its_run_on(
    installation: Installation, fresh_sandbox: Sandbox
) -> None:
    before = len(hq_absences(fresh_sandbox))
    fresh_sandbox.world.latency = 0.3
    installation.activate(fresh_sandbox)
    first = installation.worker("first")
    installation.beat()
    wait_until(lambda: len(hq_absences(fresh_sandbox)) > before + 2, 60, "the run is writing")
    first.send_signal(signal.SIGTERM)
    assert first.wait(15) == 0
    assert installation.newest() == "queued"
    installation.worker("second")
    wait_until(lambda: _is_done(installation), 60, "the second worker has finished the run")
    _no_duplicates(fresh_sandbox)


def test_a_run_waits_in_the_database_while_the_broker_is_away(
    install: Install, fresh_sandbox: Sandbox
) -> None:
    """Nothing is lost: the run stays queued, and is sent when the broker is back."""
    installation = install(REDIS_URL="redis://127.0.0.1:1/0")
    installation.activate(fresh_sandbox)
    script = (
        "from integrations import schedule\n"
        "for run in schedule.queue_due(): print(run.status, run.sent_at)"
    )
    assert installation.manage("shell", "--no-imports", "-c", script).split() == ["queued", "None"]
    installation.env["REDIS_URL"] = ""
    installation.worker()
    installation.beat()
    wait_until(lambda: _is_done(installation), 60, "the waiting run was sent later")


def test_the_web_pages_need_nothing_but_gunicorn(install: Install) -> None:
    installation = install(WEB_CONCURRENCY="1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ("gunicorn", "-c", "config/gunicorn.py", "config.wsgi", "-b", f"127.0.0.1:{port}")
    installation.start("web", *command)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: get(f"{url}/healthz"), 30, "gunicorn answers")
    login = get(f"{url}/admin/login/")
    assert login is not None and login.status_code == 200
    style = get(f"{url}/static/unfold/css/styles.css")
    assert style is not None and style.status_code == 200
    assert style.headers["Content-Type"].startswith("text/css")
    health = get(f"{url}/healthz")
    assert health is not None and health.json()["status"] == "ok"


def test_the_demo_comes_to_rest_and_leaves_nothing_behind(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    output = installation.manage("demo", "--once", "--port-base", "9650")
    rows = [line.split() for line in output.splitlines() if "personio-hellohq" in line]
    assert {row[0] for row in rows} == {"nordlicht", "isarwerk", "elbtal"}
    assert {row[3] for row in rows} == {"succeeded"}
    assert subprocess.run(["pgrep", "-f", "port-base 9650"], capture_output=True).stdout == b""
