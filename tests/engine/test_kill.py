"""I6: the process is killed at every single point, once per point; the next one ends where an
undisturbed run does. Real processes, real SIGKILL, state in files.

Points are every request (before it takes effect, and after it did but before its answer), and
every commit. Each victim works on its own copy of the database and of the remotes.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connections

from integrations import runner
from integrations.engine import job
from integrations.engine.stream import BLANK
from integrations.models import Integration, PendingDeletion, SyncRun
from tests.engine.bench import Bench, commits_are_kill_points
from tests.engine.crew import CREW
from tests.engine.laws import coarse
from tests.engine.remotes import EVEN, KillSwitch, World
from tests.engine.sides import LEAVE, PEOPLE, TASKS, Options, leave, task

AT_ONCE = 3


# -- processes with a database of their own ------------------------------------------------


def in_child(work: Callable[[], Any]) -> int:
    """Fork, work, leave without any clean-up of the parent's things; the child's pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # else the child's collector touches, and so copies, every page
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  the parent's test must not go on here
        traceback.print_exc()
    finally:
        os._exit(code)


def use_database(path: Path) -> None:
    """Make a database file this process's only database."""
    settings = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA synchronous=OFF;",
        },
    }
    connections.settings["default"] = settings
    connections["default"] = connections.create_connection("default")


def wait_for(pid: int) -> int:
    """The exit code of a child; negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """An empty, migrated database file."""
    path = tmp_path_factory.mktemp("template") / "db.sqlite3"

    def migrate() -> None:
        use_database(path)
        call_command("migrate", verbosity=0)

    with django_db_blocker.unblock():
        assert wait_for(in_child(migrate)) == 0
    return path


# -- scenarios ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """What is there before (`prepare`, synced when `synced`), and what then happens."""

    name: str
    prepare: Callable[[Bench], None]
    change: Callable[[Bench], None] = lambda bench: None
    options: Callable[[], Options] = Options


def first_sync(bench: Bench) -> None:
    left, right = bench.world.both
    ann = left.add(PEOPLE, email="ann@x.org")
    right.add(PEOPLE, email="Ann@x.org")
    left.add(LEAVE, **leave("l1", ann, first=1))
    left.add(LEAVE, **leave("l2", ann, first=5))
    crew = {"ann": EVEN, "bob": 3}
    root = left.add(TASKS, **task("root", name="a rather long name", amount=1.4, crew=crew))
    child = left.add(TASKS, **task("child", parent=root, tags=["a", "b"]))
    left.add(TASKS, **task("leaf", parent=child))
    above = right.add(TASKS, **task("above", color="red", amount=3, tags=["x"]))
    right.add(TASKS, **task("below", parent=above, tags=["y"], crew={"ann": EVEN, "cy": 9}))


def synced(bench: Bench) -> None:
    first_sync(bench)
    for number in range(2):
        bench.world.left.add(TASKS, **task(f"more{number}"))
    runner.run_to_end(bench.queue().pk, runner.quiet)


def staffing(bench: Bench) -> None:
    """People come, go and get other hours on either side, in one task and in several."""
    left, right = bench.world.both
    ids = {r["serial"]: r["id"] for r in left.table(TASKS).values()}
    theirs = {r["serial"]: r["id"] for r in right.table(TASKS).values()}
    right.edit(TASKS, theirs["root"], crew={"bob": 5, "cy": 2})
    left.edit(TASKS, ids["below"], crew={"cy": BLANK, "bob": 4})
    right.edit(TASKS, theirs["below"], name="edited", crew={"cy": 6})
    right.edit(TASKS, theirs["leaf"], crew={"ann": EVEN, "bob": EVEN})
    left.edit(TASKS, ids["leaf"], crew={"cy": 7})
    right.edit(TASKS, theirs["child"], crew={"ann": 2})
    left.edit(TASKS, ids["child"], crew={"ann": 3})


def mixed(bench: Bench) -> None:
    """Create, update, replace, delete, move, and a deletion that an edit overrules."""
    left, right = bench.world.both
    ids = {r["serial"]: r["id"] for r in left.table(TASKS).values()}
    theirs = {r["serial"]: r["id"] for r in right.table(TASKS).values()}
    holiday, other = sorted(left.table(LEAVE))
    left.edit(LEAVE, holiday, days=3)
    left.remove(LEAVE, other)
    left.edit(TASKS, ids["leaf"], name="renamed", parent=ids["root"])
    right.edit(TASKS, theirs["leaf"], tags=["new"])
    left.remove(TASKS, ids["more0"])
    left.add(TASKS, **task("fresh", parent=ids["child"]))
    left.remove(TASKS, ids["above"])
    right.edit(TASKS, theirs["below"], name="edited")


def to_adopt(bench: Bench) -> None:
    left, right = bench.world.both
    ann = left.add(PEOPLE, email="ann@x.org")
    right.add(PEOPLE, email="ann@x.org")
    left.add(LEAVE, **leave("l1", ann, days=2))
    right.add(LEAVE, user="R-1", kind="A", first=1, days=1, note="by hand")
    for number, serial in enumerate(("one", "two")):
        left.add(TASKS, **task(serial, name=serial, amount=number, crew={"ann": 3, "bob": 4}))
        crew = {"bob": 5, "cy": 2}
        right.add(TASKS, **task(serial, name=serial, amount=5, tags=["r"], crew=crew))


def held(bench: Bench) -> None:
    Integration.objects.update(guard_count=1, guard_percent=0)
    synced(bench)
    for serial in ("more0", "more1", "leaf"):
        table = bench.world.left.table(TASKS)
        bench.world.left.remove(TASKS, next(i for i, r in table.items() if r["serial"] == serial))
    run = runner.run_to_end(bench.queue().pk, runner.quiet)
    assert run.status == SyncRun.Status.HELD, run.status


def approve(bench: Bench) -> None:
    PendingDeletion.objects.update(decision=PendingDeletion.Decision.APPROVED)


SCENARIOS = [
    Scenario("first sync", first_sync),
    Scenario("mixed", synced, mixed),
    Scenario("staffing", synced, staffing),
    Scenario("adoption", to_adopt, options=lambda: Options(adopt_tasks=True)),
    Scenario("release", held, approve),
]


# -- one process's work ---------------------------------------------------------------------


@contextmanager
def engine(bench: Bench) -> Iterator[None]:
    """The product's own runner over the bench; outcomes settle after 0.2 s and not after 25."""
    with (
        mock.patch.object(runner, "open_blueprint", bench.open),
        mock.patch.object(runner.alerts, "after_run"),
        mock.patch.object(runner.polls, "fold"),
        mock.patch.object(job, "SETTLE", timedelta(seconds=0.2)),
        commits_are_kill_points(bench.world),
    ):
        yield


def bench_in(folder: Path, scenario: Scenario, kill: KillSwitch) -> Bench:
    use_database(folder / "db.sqlite3")
    integration = Integration.objects.get()
    return Bench(integration, None, World(folder, kill), scenario.options())


def set_up(folder: Path, template: Path, scenario: Scenario) -> None:
    shutil.copy(template, folder / "db.sqlite3")
    use_database(folder / "db.sqlite3")
    bench = Bench.create(world=World(folder), options=scenario.options())
    with engine(bench):
        scenario.prepare(bench)
        scenario.change(bench)
    for remote in bench.world.both:
        remote.save()


def work_on(folder: Path, scenario: Scenario, at: int | None = None) -> None:
    """One run from its beginning, or from where its dead holder left it. Kills itself `at`."""
    kill = KillSwitch(at, hard=True)
    bench = bench_in(folder, scenario, kill)
    with engine(bench):
        runner.run_to_end(bench.queue().pk, runner.quiet)
    (folder / "points").write_text(str(kill.points))


def end_state(folder: Path) -> dict[str, Any]:
    """Both remotes without ids, stamps and times, references by serial; and what is linked."""
    world = World(folder)
    names = {
        f"{one.vendor}{id}": record.get("serial") or record.get("note") or record.get("email")
        for one in world.both for table in one.tables.values() for id, record in table.items()
    }  # fmt: skip
    state: dict[str, Any] = {}
    for one in world.both:
        for name, table in one.tables.items():
            state[f"{one.vendor} {name}"] = sorted(
                json.dumps(_comparable(one.vendor, record, names)) for record in table.values()
            )
    return state | {"links": _linked(folder, names)}


def _comparable(vendor: str, record: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    fields = {
        name: value for name, value in sorted(record.items())
        if name not in ("id", "version", "created", "changed", "marker")
    }  # fmt: skip
    crew = {who: coarse(f"{CREW}{who}", hours) for who, hours in record.get("crew", {}).items()}
    return fields | {"parent": names.get(f"{vendor}{record.get('parent')}"), "crew": crew}


def _linked(folder: Path, names: dict[str, Any]) -> Any:
    with sqlite3.connect(folder / "db.sqlite3") as database:
        rows = database.execute("SELECT stream, left_id, right_id FROM integrations_link")
        links = sorted(
            (stream, names.get(f"left{left}", left), names.get(f"right{right}", right))
            for stream, left, right in rows
        )
        for table in ("intent", "problem", "pendingdeletion"):
            count = database.execute(f"SELECT count(*) FROM integrations_{table}").fetchone()
            links.append((table, "", str(count[0])))
        open_rows = "SELECT count(*) FROM integrations_runentry WHERE state IN (?, ?)"
        count = database.execute(open_rows, ("planned", "unknown")).fetchone()
    return [*links, ("open entries", "", str(count[0]))]


# -- the tests ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_every_point(
    scenario: Scenario, template: Path, tmp_path: Path, django_db_blocker: Any
) -> None:
    """I6, I1: for k = 1 … n, killed at k and run again = never killed."""
    start = tmp_path / "start"
    start.mkdir()
    with django_db_blocker.unblock():
        assert wait_for(in_child(lambda: set_up(start, template, scenario))) == 0
        whole = _copy(start, tmp_path / "whole")
        assert wait_for(in_child(lambda: work_on(whole, scenario))) == 0
        points, expected = int((whole / "points").read_text()), end_state(whole)
        assert points > 20
        failures = _kill_everywhere(start, tmp_path, scenario, points, expected)
    print(f"{scenario.name}: {points} kill points")
    assert not failures, failures


def _copy(start: Path, to: Path) -> Path:
    shutil.copytree(start, to)
    return to


def _kill_everywhere(
    start: Path, tmp_path: Path, scenario: Scenario, points: int, expected: dict[str, Any]
) -> dict[int, str]:
    failures: dict[int, str] = {}
    running: dict[int, int] = {}
    for at in range(1, points + 1):
        folder = _copy(start, tmp_path / str(at))
        running[in_child(lambda f=folder, k=at: _kill_and_resume(f, scenario, k))] = at  # type: ignore[misc]
        while len(running) >= AT_ONCE or (at == points and running):
            pid, status = os.wait()
            done = running.pop(pid)
            folder = tmp_path / str(done)
            if os.waitstatus_to_exitcode(status) != 0:
                failures[done] = "the resuming process failed"
            elif (state := end_state(folder)) != expected:
                failures[done] = _difference(state, expected)
            shutil.rmtree(folder)
    return failures


def _kill_and_resume(folder: Path, scenario: Scenario, at: int) -> None:
    victim = in_child(lambda: work_on(folder, scenario, at))
    assert wait_for(victim) == -signal.SIGKILL
    work_on(folder, scenario)


def _difference(state: dict[str, Any], expected: dict[str, Any]) -> str:
    return "; ".join(
        f"{key}: extra {[x for x in state[key] if x not in expected[key]]}, "
        f"missing {[x for x in expected[key] if x not in state[key]]}"
        f"{' (number differs)' if len(state[key]) != len(expected[key]) else ''}"
        for key in expected
        if state[key] != expected[key]
    )
