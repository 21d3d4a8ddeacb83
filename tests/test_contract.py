"""What holds for all of the code: its layers, its style, its types, its size."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = settings.BASE_DIR
BIN = Path(sys.executable).parent
LONGEST = 400
"""Lines of a file that people are to read."""


def run(*command: str) -> None:
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True
    )
    print(result.stdout, result.stderr)
    assert result.returncode == 0, f"{' '.join(command)} found something; see its output above"


def test_layers_import_downwards_only() -> None:
    run("lint-imports")


def test_ruff_finds_nothing() -> None:
    run("ruff", "check", ".")


def test_code_is_formatted() -> None:
    run("ruff", "format", "--check", ".")


@pytest.mark.slow
def test_types_are_strict() -> None:
    run("mypy", ".")


@pytest.mark.django_db
def test_migrations_fit_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_file_is_too_long(tracked_files: list[Path]) -> None:
    ours = [
        path for path in tracked_files
        if path.suffix == ".py" and not {"migrations", "tests"} & set(path.parts)
    ]  # fmt: skip
    assert len(ours) > 50
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ours}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="needs msgfmt (package gettext)")
def test_german_is_compiled_from_its_source(tmp_path: Path) -> None:
    folder = ROOT / "locale" / "de" / "LC_MESSAGES"
    fresh = tmp_path / "django.mo"
    run_msgfmt = ["msgfmt", "--check", "-o", str(fresh), str(folder / "django.po")]
    subprocess.run(run_msgfmt, check=True, capture_output=True)
    assert (folder / "django.mo").read_bytes() == fresh.read_bytes(), "run: make messages"
