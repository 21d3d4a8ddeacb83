"""The answers of hellohq-awork: what is accepted, what is refused, and what is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from pydantic import TypeAdapter

from integrations.answers import InvalidAnswersError, read
from integrations.engine.stream import Winner
from integrations.models import Integration, Workspace
from projects.settings import HelloHqAworkSettings
from projects.store import answers, config_of, configure, keep

ADAPTER = TypeAdapter(HelloHqAworkSettings)


def given(**raw: Any) -> HelloHqAworkSettings:
    return read(ADAPTER, raw, ())


def refused(**raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswersError) as caught:
        given(**raw)
    return [(finding.dotted, finding.code) for finding in caught.value.findings]


def test_g1_every_answer_has_a_default() -> None:
    one = given()
    assert (one.tasks_and_time_entries, one.one_way_from_awork, one.absences) == (
        True,
        False,
        False,
    )
    assert one.administration_task_name == "Administration"
    assert (one.conflict_policy.projects, one.conflict_policy.tasks) == ("hellohq", "newest")
    assert one.project_scope.mode == "running"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"taskes": True}, ("taskes", "unknown_key")),
        ({"project_scope": {"mood": "running"}}, ("project_scope.mood", "unknown_key")),
        ({"absences": True}, ("absence_start_date", "no_absence_start_date")),
        ({"absences": "yes"}, ("absences", "wrong_type")),
        ({"absence_start_date": "soon"}, ("absence_start_date", "invalid_date")),
        ({"administration_task_name": "  "}, ("administration_task_name", "blank")),
        ({"administration_task_name": "x" * 201}, ("administration_task_name", "too_long")),
        ({"conflict_policy": {"tasks": "older"}}, ("conflict_policy.tasks", "not_allowed")),
        (
            {"project_scope": {"mode": "custom_field"}},
            ("project_scope.custom_field", "no_custom_field"),
        ),
        ({"project_scope": {"mode": "picked"}}, ("project_scope.projects", "no_project")),
        ({"project_scope": {"mode": "all"}}, ("project_scope.mode", "not_allowed")),
        ({"task_type_mapping": {" ": "Design"}}, ("task_type_mapping.", "blank")),
        (
            {"task_type_mapping": {"Grafik": "Design", "GRAFIK ": "Text"}},
            ("task_type_mapping.GRAFIK", "named_twice"),
        ),
        (
            {"task_status_mapping": {"Grafik": {"Offen": "To do", "offen": "Done"}}},
            ("task_status_mapping.Grafik.offen", "named_twice"),
        ),
    ],
)
def test_g1_what_is_wrong_is_found_at_its_place(
    raw: dict[str, Any], found: tuple[str, str]
) -> None:
    assert refused(**raw) == [found]


def test_a1_picked_projects_are_kept_once_each() -> None:
    scope = given(project_scope={"mode": "picked", "projects": ["7", " 7", "", "9"]}).project_scope
    assert scope.projects == ["7", "9"]


# -- what is kept --------------------------------------------------------------------------


@pytest.fixture
def integration(db: None) -> Integration:
    workspace = Workspace.objects.create(
        slug="a", name="Agentur A", time_zone="Pacific/Auckland", language="en"
    )
    return Integration.objects.create(workspace=workspace, kind="hellohq-awork", state="active")


NIGHT = "2026-03-01T20:00:00Z"
"""In Auckland it is the 2nd."""


def test_g1_all_answers_come_back_as_they_were_given(integration: Integration) -> None:
    one = given(
        absences=True, absence_start_date="2026-01-05", time_entries_start_date="2026-02-01",
        task_type_mapping={"Grafik": "Design", "Text": ""},
        task_status_mapping={"Grafik": {"Offen": "To do"}}, one_way_from_awork=True,
        project_scope={"mode": "custom_field", "custom_field": "awork", "value": "ja"},
        conflict_policy={"projects": "awork", "tasks": "ask"},
    )  # fmt: skip
    configure(integration, one)
    integration.refresh_from_db()
    assert answers(integration) == one


@time_machine.travel(NIGHT, tick=False)
def test_a7_time_entries_start_on_the_local_day_of_activation(integration: Integration) -> None:
    configure(integration, given())
    integration.refresh_from_db()
    assert answers(integration).time_entries_start_date == date(2026, 3, 2)


def test_a7_activating_again_later_keeps_the_first_day(integration: Integration) -> None:
    with time_machine.travel(NIGHT, tick=False):
        configure(integration, given())
    with time_machine.travel("2026-05-01T12:00:00Z", tick=False):
        configure(integration, given(one_way_from_awork=True))
        config = config_of(integration)
    assert config.entries_from == date(2026, 3, 2)
    assert config.one_way


def test_a7_a_day_that_is_given_replaces_the_one_stored(integration: Integration) -> None:
    configure(integration, given())
    configure(integration, given(time_entries_start_date="2025-01-01"))
    assert config_of(integration).entries_from == date(2025, 1, 1)


def test_a7_activated_by_the_button_the_first_run_fixes_the_day(integration: Integration) -> None:
    with time_machine.travel(NIGHT, tick=False):
        assert config_of(integration).entries_from == date(2026, 3, 2)
    with time_machine.travel("2026-05-01T12:00:00Z", tick=False):
        assert config_of(Integration.objects.get()).entries_from == date(2026, 3, 2)


@time_machine.travel(NIGHT, tick=False)
def test_a7_a_dry_run_before_activation_fixes_nothing(integration: Integration) -> None:
    Integration.objects.update(state="prepared")
    integration.refresh_from_db()
    assert config_of(integration).entries_from == date(2026, 3, 2)
    assert Integration.objects.get().settings == {}


def test_a13_the_policies_are_the_engine_s_winners(integration: Integration) -> None:
    configure(integration, given(conflict_policy={"projects": "ask", "tasks": "awork"}))
    config = config_of(integration)
    assert (config.project_winner, config.task_winner) == (Winner.ASK, Winner.RIGHT)
    assert config.no_list == "No list"


def test_keeping_some_answers_leaves_what_another_page_stored(integration: Integration) -> None:
    stale = Integration.objects.get()
    keep(integration, {"absences": False, "previous_version": True})
    keep(stale, {"one_way_from_awork": True})
    integration.refresh_from_db()
    assert integration.settings == {
        "absences": False, "previous_version": True, "one_way_from_awork": True
    }  # fmt: skip
    assert stale.settings == integration.settings
