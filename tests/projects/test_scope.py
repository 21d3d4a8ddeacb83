"""A1: which helloHQ projects take part."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.vendors.hellohq.project_records import CustomField, Project, ProjectStatus
from projects.config import Config
from projects.scope import in_scope
from projects.settings import HelloHqAworkSettings

STATUSES = {"1": ProjectStatus("1", "Läuft", True), "2": ProjectStatus("2", "Fertig", False)}


def project(status: str = "1", says: bool | None = None, **fields: str) -> Project:
    custom = [CustomField(name.replace("_", " "), value, "Text") for name, value in fields.items()]
    return Project(
        "7", "NO-1", "Relaunch", "11", status, says, "301", None, None, None, None, "", custom,
        "", "", "", "",
    )  # fmt: skip


def config(**scope: Any) -> Config:
    answers = HelloHqAworkSettings.model_validate({"project_scope": scope})
    return Config("nordlicht", ZoneInfo("Europe/Berlin"), date(2026, 6, 17), answers)


@pytest.mark.parametrize(
    ("status", "says", "runs"),
    [
        ("1", None, True),
        ("2", None, False),
        ("9", None, False),
        ("", None, False),
        ("2", True, True),
        ("1", False, False),
    ],
)
def test_a1_the_project_itself_says_whether_it_runs_else_its_status(
    status: str, says: bool | None, runs: bool
) -> None:
    assert in_scope(project(status, says), STATUSES, config()) is runs


@pytest.mark.parametrize("scope", [{"mode": "picked", "projects": ["7"]}, {}])
def test_a1_no_choice_includes_a_project_that_does_not_run(scope: dict[str, Any]) -> None:
    assert in_scope(project("1"), STATUSES, config(**scope))
    assert not in_scope(project("2"), STATUSES, config(**scope))


def test_a1_picked_projects_are_those_that_are_listed() -> None:
    assert not in_scope(project(), STATUSES, config(mode="picked", projects=["8"]))


@pytest.mark.parametrize("value", ["ja", "True", "1", "awork", "Egal was"])
def test_a1_without_a_value_any_but_no_marks_a_project(value: str) -> None:
    chosen = config(mode="custom_field", custom_field=" in  AWORK ")
    assert in_scope(project(In_awork=value), STATUSES, chosen)


@pytest.mark.parametrize("value", ["", " ", "0", "False", "no", "Nein"])
def test_a1_no_and_nothing_mark_no_project(value: str) -> None:
    chosen = config(mode="custom_field", custom_field="in awork")
    assert not in_scope(project(In_awork=value), STATUSES, chosen)
    assert not in_scope(project(Kostenstelle="ja"), STATUSES, chosen)


def test_a1_a_value_is_compared_folded() -> None:
    chosen = config(mode="custom_field", custom_field="Tool", value="awork")
    assert in_scope(project(Tool=" Awork "), STATUSES, chosen)
    assert not in_scope(project(Tool="Jira"), STATUSES, chosen)
