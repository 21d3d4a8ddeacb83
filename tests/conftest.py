"""Which services are there, what is skipped without them, and telling so at the end.

Markers `postgres`, `redis`, `browser`: the test needs that service and is skipped without it, or
fails when REQUIRE_SERVICES=1. Marker `embedded`: only about SQLite; left out with DATABASE_URL.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis as redis_client
from django.conf import settings

from sandbox.server import Sandbox
from tests import settings as test_settings

REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@cache
def find_chromium() -> str:
    """The browser's path, "" when there is none. CHROMIUM names another one."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *BROWSERS) if name)
    return next((path for path in found if path), "")


@cache
def _missing(marker: str) -> str:
    """Why tests with this marker cannot run here; "" when they can."""
    if marker == "postgres":
        is_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
        return "" if is_postgres else "needs PostgreSQL: set DATABASE_URL"
    if marker == "redis":
        return _missing_redis()
    return "" if find_chromium() else "needs Chromium: install it, or set CHROMIUM to its path"


def _missing_redis() -> str:
    if not settings.REDIS_URL:
        return "needs Redis: set REDIS_URL"
    try:
        redis_client.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
    except redis_client.RedisError as error:
        return f"needs Redis: {urlsplit(settings.REDIS_URL).hostname} {type(error).__name__}"
    return ""


# -- what is skipped ---------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [] if settings.EMBEDDED else [i for i in items if i.get_closest_marker("embedded")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("postgres", "redis", "browser"):
        if item.get_closest_marker(marker) and (reason := _missing(marker)):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_SERVICES=1: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        terminalreporter.write_line("Nothing was skipped.")
        return
    terminalreporter.write_sep("-", "not tested here")
    for reason, number in Counter(map(_reason, skipped)).most_common():
        terminalreporter.write_line(f"{number:>4} skipped: {reason}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if test_settings.OWN_FOLDER and not hasattr(config, "workerinput"):
        shutil.rmtree(test_settings.FOLDER, ignore_errors=True)


# -- services ------------------------------------------------------------------------------------


@pytest.fixture
def chromium() -> str:
    """Chromium's path; the test has the marker `browser`."""
    return find_chromium()


@pytest.fixture
def redis_url() -> str:
    """The server of REDIS_URL; the test has the marker `redis`."""
    return str(settings.REDIS_URL)


@pytest.fixture
def fresh_sandbox() -> Iterator[Sandbox]:
    """The vendors' emulators on free ports, for this test alone, around today."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def tracked_files() -> list[Path]:
    """Every file that belongs to the project, tracked or new."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    root = settings.BASE_DIR
    try:
        names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        return [path for path in root.rglob("*.py") if ".venv" not in path.parts]
    return [root / name for name in names.stdout.splitlines() if (root / name).is_file()]
