"""G7: every code that hellohq-awork reports is in the catalogue, with a next step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import projects
from integrations import reasons

CODES = [
    "no_match",
    "ambiguous_match",
    "inactive_person",
    "template_missing",
    "project_not_running",
    "parent_missing",
    "unmapped_type",
    "unmapped_status",
    "multi_assignment_off",
    "percent_assignment",
    "flattened",
    "level_changed",
    "moved_away",
    "closed_not_deleted",
    "no_administration_task",
    "timer_running",
    "entry_detached",
    "changed_in_hq",
    "note_shortened",
    "starts_before_sync_start",
    "not_full_day",
    "kind_not_synced",
    "locked",
    "stale",
    "edit_wins",
    "conflict",
    "conflict_resolved",
    "drift_restored",
    "adopted_differs",
    "missing_field",
    "malformed_record",
    "rejected_by_remote",
    "target_missing",
    "permission_missing",
    "account_changed",
]


def reported() -> Iterator[str]:
    """The codes that the app's own source gives to troubles."""
    for file in Path(projects.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Trouble":
                code = node.args[0] if node.args else node.keywords[0].value
                if isinstance(code, ast.Constant):
                    yield str(code.value)


@pytest.mark.parametrize("code", CODES)
def test_g7_every_code_has_a_title_and_a_next_step(code: str) -> None:
    reason = reasons.describe(code)
    assert str(reason.title) != code
    assert str(reason.next_step)


def test_g7_nothing_is_reported_that_the_catalogue_lacks() -> None:
    assert set(reported()) <= set(CODES)
