"""A demo of its own beside any real installation: another folder, no server, no real mail."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path

MARK = "HQ_INTEGRATIONS_DEMO"
"""Set in the processes of a demo."""


class AnotherDemoRuns(Exception):
    pass


def is_inside() -> bool:
    return MARK in os.environ


def enter(var_dir: Path, *, port: int) -> None:
    """Start this command again with the demo's environment, in a fresh folder:
    the sandbox begins anew each time, too.

    Does not return. The lock is held by the new program until it ends. Raises AnotherDemoRuns.
    """
    _lock(var_dir / "demo.lock")
    folder = var_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **_own(folder, port)})


def _own(folder: Path, port: int) -> dict[str, str]:
    """Every setting that could lead to a real installation; empty means the default."""
    return {
        MARK: "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SECRET_KEY": "",
        "FERNET_KEYS": "",
        "DEBUG": "0",
        "ALLOW_PRIVATE_ADDRESSES": "1",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "PUBLIC_URL": f"http://localhost:{port}",
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "HSTS_SECONDS": "0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def _lock(path: Path) -> None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AnotherDemoRuns(str(path)) from None
