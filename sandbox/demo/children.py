"""The demo's processes: each in a group of its own, with a log file, ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE = 15.0
"""Seconds between the request to end and the end by force."""


class ChildDied(Exception):
    """A process ended by itself; str() says so with the last lines of its log."""


class Children:
    """Processes that are started one by one and ended in the reverse order."""

    def __init__(self, logs: Path, root: Path) -> None:
        self.logs, self.root = logs, root
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], **env: str) -> None:
        with self.log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=self.root,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def check(self) -> None:
        """Raises ChildDied."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ChildDied(self._obituary(name, process.returncode))

    def _obituary(self, name: str, code: int) -> str:
        with self.log(name).open(errors="replace") as log:
            tail = "".join(deque(log, maxlen=15)).rstrip()
        return f"{name} ended with code {code}. The end of {self.log(name)}:\n{tail}"

    def stop(self) -> None:
        """Ask every process to end, wait, then end what is left of every group by force."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):  # it is killed with its group then
                process.wait(max(0.0, deadline - time.monotonic()))
            _kill_group(process.pid)
            process.wait()
        self._running.clear()


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def busy_ports(ports: Mapping[str, int]) -> dict[str, int]:
    """Those of the named ports on 127.0.0.1 that cannot be listened on."""
    return {name: port for name, port in ports.items() if not _is_free(port)}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
