"""A small installation of real processes in a folder of its own, for the tests of operations."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

from sandbox.demo.activation import WORKSPACES, activation_file
from sandbox.server import Sandbox

QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
KIND = "personio-hellohq"


def wait_until(happened: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := happened()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)
    return answer


class Installation:
    """SQLite in `folder`, the filesystem transport there or Redis, and processes started here."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "LOG_LEVEL": "INFO",
            "EMAIL_URL": "consolemail://",
            "DISPATCH_SECONDS": "1",
            **environment,
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def manage(self, *arguments: str, check: bool = True) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def worker(self, name: str = "worker") -> subprocess.Popen[bytes]:
        options = ("--loglevel", "INFO", "-n", f"{name}@%h", "-c", "1")
        return self.start(name, "celery", "-A", "config", "worker", *options, *QUIET)

    def beat(self, name: str = "beat") -> subprocess.Popen[bytes]:
        schedule = str(self.folder / f"{name}-schedule")
        return self.start(name, "celery", "-A", "config", "beat", "-s", schedule)

    def stop(self) -> None:
        for process in self.processes:
            kill(process)

    def activate(self, sandbox: Sandbox, slug: str = "nordlicht") -> None:
        workspace = next(one for one in WORKSPACES if one.slug == slug)
        document = activation_file(workspace, sandbox.urls, _credentials(sandbox, slug), [KIND])
        path = self.folder / f"{slug}.json"
        path.write_text(json.dumps(document))
        self.manage("activate", str(path))

    def runs(self) -> list[tuple[str, str]]:
        """(trigger, status) of every run, newest first."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database:
            query = "SELECT trigger, status FROM integrations_syncrun ORDER BY id DESC"
            return list(database.execute(query))

    def newest(self) -> str:
        return next((status for _trigger, status in self.runs()), "")


def _credentials(sandbox: Sandbox, slug: str) -> Mapping[str, dict[str, str]]:
    return {name: one.credentials(slug) for name, one in sandbox.world.vendors.items()}


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and its whole group, as when the machine's memory is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def get(url: str) -> requests.Response | None:
    try:
        return requests.get(url, timeout=10)
    except requests.ConnectionError:
        return None


def hq_absences(sandbox: Sandbox, tenant: str = "nordlicht") -> list[dict[str, Any]]:
    url = f"{sandbox.urls['control']}/records/hellohq/{tenant}/absences"
    rows: list[dict[str, Any]] = requests.get(url, timeout=10).json()
    return rows
