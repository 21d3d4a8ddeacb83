"""G7: `manage.py history` in every format."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tablib
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Integration, RunEntry, SyncRun, Workspace

pytestmark = pytest.mark.django_db
STARTED = datetime(2026, 3, 1, 8, tzinfo=UTC)
RUN_COLUMNS = [
    "id",
    "integration",
    "trigger",
    "mode",
    "status",
    "started",
    "finished",
    "duration_seconds",
    "counts",
    "reasons",
    "api_calls",
    "error",
    "error_detail",
]


def make_run(slug: str = "nordlicht", kind: str = "personio-hellohq", **fields: Any) -> SyncRun:
    workspace, _ = Workspace.objects.get_or_create(slug=slug, defaults={"name": slug})
    integration, _ = Integration.objects.get_or_create(workspace=workspace, kind=kind)
    values = {
        "trigger": "command",
        "status": "succeeded",
        "started_at": STARTED,
        "finished_at": STARTED + timedelta(seconds=1.94),
        "counts": {"created": 3},
        "reasons": {"no_match": 1},
        "api_calls": {"personio": 3},
    }
    return SyncRun.objects.create(integration=integration, **{**values, **fields})


def make_entry(run: SyncRun, **fields: Any) -> RunEntry:
    values = {
        "stream": "absences",
        "action": "skip",
        "state": "done",
        "reason": "no_match",
        "label": "Ottilie Brandt",
        "left_id": "90001",
        "before": None,
        "after": {"kind": "Vacation"},
        "done_at": STARTED,
    }
    return RunEntry.objects.create(run=run, **{**values, **fields})


def history(*args: str) -> str:
    out = io.StringIO()
    call_command("history", "--workspace", "nordlicht", *args, stdout=out)
    return out.getvalue()


def test_g7_runs_newest_first() -> None:
    first, second = make_run(), make_run(error_code="auth_failed", status="failed")
    rows = json.loads(history("--format", "json"))
    assert [row["id"] for row in rows] == [second.pk, first.pk]
    assert rows[0]["error"] == "auth_failed"
    assert list(rows[1]) == RUN_COLUMNS
    assert rows[1] == {
        "id": first.pk,
        "integration": "personio-hellohq",
        "trigger": "command",
        "mode": "sync",
        "status": "succeeded",
        "started": "2026-03-01T08:00:00+00:00",
        "finished": "2026-03-01T08:00:01+00:00",
        "duration_seconds": 1.9,
        "counts": {"created": 3},
        "reasons": {"no_match": 1},
        "api_calls": {"personio": 3},
        "error": "",
        "error_detail": "",
    }


def test_g7_entries_of_a_run_in_order() -> None:
    run = make_run()
    entries = [make_entry(run), make_entry(run, action="create", reason="", right_id="88123")]
    make_entry(make_run())
    rows = json.loads(history("--run", str(run.pk), "--format", "json"))
    assert [row["action"] for row in rows] == ["skip", "create"]
    assert rows[0]["reason"] == "no_match"
    assert rows[0]["reason_text"] not in ("", "no_match")
    assert rows[0]["next_step"]
    assert rows[1]["reason_text"] == ""
    assert rows[1]["right_id"] == entries[1].right_id
    assert rows[0]["after"] == {"kind": "Vacation"}


def test_g7_csv_has_the_same_columns_and_no_formulas() -> None:
    run = make_run()
    make_entry(run, label='=HYPERLINK("http://x")')
    data = tablib.Dataset().load(history("--run", str(run.pk), "--format", "csv"), format="csv")
    row = data.dict[0]
    assert row["label"] == '\'=HYPERLINK("http://x")'
    assert json.loads(row["after"]) == {"kind": "Vacation"}
    assert row["time"] == "2026-03-01T08:00:00+00:00"


@pytest.mark.parametrize("form", ["xls", "xlsx"])
def test_g7_spreadsheets(form: str, tmp_path: Path) -> None:
    run = make_run()
    make_entry(run, label="+1 \x01", after={"note": "x" * 40_000})
    path = tmp_path / f"history.{form}"
    assert history("--run", str(run.pk), "--format", form, "--output", str(path)) == ""
    row = tablib.Dataset().load(path.read_bytes(), format=form).dict[0]
    assert row["label"].startswith("'+1")
    assert len(row["after"]) == 32_767


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_g7_an_empty_history_still_has_its_columns(form: str, tmp_path: Path) -> None:
    Workspace.objects.create(slug="nordlicht", name="N")
    path = tmp_path / "history"
    history("--format", form, "--output", str(path))
    content = path.read_bytes() if form == "xlsx" else path.read_text()
    assert tablib.Dataset().load(content, format=form).headers == RUN_COLUMNS


def test_g7_the_table_is_lines_of_text() -> None:
    run = make_run()
    make_entry(run, label="Otti\x1b[2Jlie\nBrandt")
    lines = history("--run", str(run.pk)).splitlines()
    assert len(lines) == 2
    assert "\x1b" not in lines[1]
    assert str(run.pk) in history()


def test_i9_only_the_workspaces_own_runs() -> None:
    mine, foreign = make_run(), make_run(slug="other")
    assert [row["id"] for row in json.loads(history("--format", "json"))] == [mine.pk]
    with pytest.raises(CommandError) as caught:
        history("--run", str(foreign.pk))
    assert caught.value.returncode == 2


def test_g7_one_integration_only() -> None:
    make_run(kind="hellohq-awork")
    mine = make_run()
    rows = json.loads(history("--integration", "personio-hellohq", "--format", "json"))
    assert [row["id"] for row in rows] == [mine.pk]


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    make_run()
    with pytest.raises(CommandError) as caught:
        history("--format", "csv", "--output", str(tmp_path / "no" / "where.csv"))
    assert caught.value.returncode == 2


def test_a_long_history_takes_few_queries() -> None:
    run = make_run()
    for _ in range(30):
        make_entry(run)
    with CaptureQueriesContext(connection) as queries:
        history("--run", str(run.pk), "--format", "json")
    assert len(queries) <= 5


def test_xls_refuses_more_rows_than_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.management.sheets.XLS_ROWS", 0)
    make_run()
    with pytest.raises(CommandError, match="xlsx"):
        history("--format", "xls", "--output", "unused.xls")
