"""Task types and statuses, by name and by mapping, both ways (A5)."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Problem
from sandbox.awork import edit as awork
from sandbox.awork.workflows import create_status
from sandbox.odata.model import Row
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import Answers
from tests.projects.settled import ANSWERS, settle, synced
from tests.projects.systems import folded

__all__ = ["synced"]  # fixture

TASK = "Startseite"


def hq_words(agency: Agency, name: str = TASK) -> tuple[str, str, bool]:
    """Type, status, done."""
    row, tables = agency.hq_row(agency.hq_named(name)), agency.hq.tables
    kind = tables["TaskTypes"].get(row["TaskTypeId"]) or {"Name": ""}
    status = tables["TaskTypeStatuses"].get(row["TaskTypeStatusId"]) or {"Name": ""}
    return kind["Name"], status["Name"], row["IsDone"]


def aw_words(agency: Agency, name: str = TASK) -> tuple[str, str, bool]:
    row, state = agency.aw_row(agency.aw_named(name)), agency.awork
    kind = state.types_of_work[row["typeOfWorkId"]]
    status = state.task_statuses[row["taskStatusId"]]
    return kind["name"], status["name"], row["closedOn"] is not None


def hq_set(agency: Agency, **given: Any) -> None:
    agency.hq_edit(agency.hq_named(TASK), **given)


def aw_set(agency: Agency, **given: Any) -> None:
    agency.aw_edit(agency.aw_named(TASK), **given)


def codes(agency: Agency) -> list[str]:
    return sorted(Problem.objects.filter(stream="tasks").values_list("code", flat=True))


def reconfigured(agency: Agency, **mappings: Any) -> Answers:
    """Other mappings, as the settings' pages store them; how the oracle takes them."""
    agency.activate(**ANSWERS, **mappings)
    return Answers(
        types=mappings.get("task_type_mapping", {}),
        statuses=mappings.get("task_status_mapping", {}),
    )


def aw_new_status(agency: Agency, name: str, kind: str = "progress") -> Row:
    state, project = agency.awork, agency.aw_project_named("Website")
    form = {"name": name, "type": kind, "order": 99.0}
    return create_status(state, awork.acting(state), project, form)


# -- by name


@pytest.mark.parametrize("status", ["In Arbeit", "Abnahme", "Fertig"])
def test_a5_a_status_follows_by_its_name(synced: Agency, status: str) -> None:
    hq_set(synced, status=status)
    settle(synced)
    assert aw_words(synced) == ("Design", status, status == "Fertig")
    aw_set(synced, status="Offen")
    settle(synced)
    assert hq_words(synced) == ("Design", "Offen", False)
    aw_set(synced, status=status)
    settle(synced)
    assert hq_words(synced) == ("Design", status, status == "Fertig")


def test_a5_a_type_follows_by_its_name(synced: Agency) -> None:
    hq_set(synced, type="Konzeption")
    settle(synced)
    assert aw_words(synced)[0] == "Konzeption"
    aw_set(synced, type="Entwicklung")
    settle(synced)
    assert hq_words(synced) == ("Entwicklung", "Offen", False)


def test_a5_names_are_compared_without_case_and_blanks(synced: Agency) -> None:
    kind = synced.awork.types_of_work[synced.aw_type("Konzeption")]
    kind["name"] = "  KONZEPTION "
    status = synced.awork.task_statuses[synced.aw_status(
        synced.aw_project_named("Website"), "In Arbeit")]  # fmt: skip
    status["name"] = "in  arbeit"
    hq_set(synced, type="Konzeption", status="In Arbeit")
    settle(synced)
    assert [folded(word) for word in aw_words(synced)[:2]] == ["konzeption", "in arbeit"]


def test_a5_type_and_status_change_together(synced: Agency) -> None:
    hq_set(synced, type="Konzeption", status="Abnahme")
    settle(synced)
    assert aw_words(synced) == ("Konzeption", "Abnahme", False)
    aw_set(synced, type="Entwicklung", status="Fertig")
    settle(synced)
    assert hq_words(synced) == ("Entwicklung", "Fertig", True)


def test_a5_a_type_on_one_side_and_a_status_on_the_other(synced: Agency) -> None:
    hq_set(synced, type="Konzeption")
    synced.wait(seconds=3)
    aw_set(synced, status="Fertig")
    settle(synced)
    assert hq_words(synced) == aw_words(synced) == ("Konzeption", "Fertig", True)
    hq_set(synced, status="In Arbeit")
    synced.wait(seconds=3)
    aw_set(synced, type="Entwicklung")
    settle(synced)
    assert hq_words(synced) == aw_words(synced) == ("Entwicklung", "In Arbeit", False)


# -- unmapped


def test_a5_unmapped_type_is_left_alone_and_the_rest_syncs(synced: Agency) -> None:
    hq_set(synced, type="Reinzeichnung", name="Home", status="In Arbeit")
    settle(synced)
    row = synced.aw_row(synced.aw_named("Home"))
    assert row["typeOfWorkId"] == synced.aw_type("Design")
    assert synced.problems() == {"Home": ["unmapped_type"]}
    assert aw_words(synced, "Home")[1] == "In Arbeit"
    answers = reconfigured(synced, task_type_mapping={"Reinzeichnung": "Recherche"})
    settle(synced, answers=answers)
    assert aw_words(synced, "Home")[0] == "Recherche"
    assert synced.problems() == {}


def test_a5_unmapped_type_of_awork_is_left_alone(synced: Agency) -> None:
    aw_set(synced, type="Recherche", hours=9, status="In Arbeit")
    settle(synced)
    assert hq_words(synced)[:2] == ("Design", "In Arbeit")
    assert synced.hq_row(synced.hq_named(TASK))["PlannedEffort"] == 9.0
    assert synced.problems() == {TASK: ["unmapped_type"]}
    answers = reconfigured(synced, task_type_mapping={"Reinzeichnung": "Recherche"})
    settle(synced, answers=answers)
    assert hq_words(synced)[0] == "Reinzeichnung"
    assert synced.problems() == {}


def test_a5_unmapped_status_is_left_alone_and_the_rest_syncs(synced: Agency) -> None:
    aw_set(synced, status="Blockiert", hours=9)
    settle(synced)
    assert hq_words(synced) == ("Design", "Offen", False)
    assert synced.hq_row(synced.hq_named(TASK))["PlannedEffort"] == 9.0
    assert synced.problems() == {TASK: ["unmapped_status"]}
    hq_set(synced, status="Abnahme")
    settle(synced)
    assert aw_words(synced)[1] == "Blockiert"
    answers = reconfigured(synced, task_status_mapping={"Design": {"Abnahme": "Blockiert"}})
    settle(synced, answers=answers)
    assert (hq_words(synced)[1], aw_words(synced)[1]) == ("Abnahme", "Blockiert")
    assert synced.problems() == {}


def test_a5_unmapped_status_of_hellohq_is_left_alone(synced: Agency) -> None:
    hq_set(synced, type="Entwicklung", status="Getestet", last="2026-06-23")
    settle(synced)
    assert aw_words(synced)[:2] == ("Entwicklung", "Offen")
    assert synced.problems() == {TASK: ["unmapped_status"]}
    aw_new_status(synced, "Getestet", "review")
    settle(synced)
    assert aw_words(synced)[1] == "Getestet"
    assert synced.problems() == {}


def test_i2_a_status_that_goes_with_its_type_is_in_the_history(synced: Agency) -> None:
    """awork does not know it, so that it is not compared."""
    hq_set(synced, type="Entwicklung", status="Getestet")
    settle(synced)
    aw_set(synced, type="Design")
    entries = settle(synced)
    assert hq_words(synced)[:2] == ("Design", "Offen")
    (change,) = [entry for entry in entries if entry.action == "update"]
    assert change.before["status"] == "Getestet" and change.after.keys() == {"type"}


def test_a5_a_new_task_with_words_that_nobody_knows(synced: Agency) -> None:
    project = synced.aw_project_named("Website")
    synced.aw_task(
        project, "Sichten", synced.aw_list_named("Design"), type="Recherche", status="Blockiert"
    )
    design = synced.hq_named("Design")
    synced.hq_task(synced.hq_row(design)["ProjectId"], "Druck", design, type="Reinzeichnung")
    settle(synced)
    assert hq_words(synced, "Sichten") == ("", "", False)
    assert codes(synced) == ["unmapped_type", "unmapped_type"]
    assert aw_words(synced, "Druck")[1] == "Offen"


def test_a5_an_empty_mapping_leaves_a_type_out(synced: Agency) -> None:
    reconfigured(synced, task_type_mapping={"Konzeption": ""})
    hq_set(synced, type="Konzeption")
    synced.wait(seconds=3)
    synced.synced()
    assert aw_words(synced)[0] == "Design"
    assert "unmapped_type" in synced.problems()[TASK]


# -- by mapping


def test_a5_a_mapping_overrides_equal_names(synced: Agency) -> None:
    answers = reconfigured(
        synced,
        task_type_mapping={"Konzeption": "Recherche"},
        task_status_mapping={"Konzeption": {"Abnahme": "Blockiert"}},
    )
    settle(synced, answers=answers)
    hq_set(synced, type="Konzeption", status="Abnahme")
    settle(synced, answers=answers)
    assert aw_words(synced)[:2] == ("Recherche", "Blockiert")
    aw_set(synced, status="In Arbeit")
    settle(synced, answers=answers)
    assert hq_words(synced)[:2] == ("Konzeption", "In Arbeit")
    aw_set(synced, status="Blockiert")
    settle(synced, answers=answers)
    assert hq_words(synced)[:2] == ("Konzeption", "Abnahme")


def test_a5_of_several_statuses_the_current_one_stays(synced: Agency) -> None:
    merged = {"Abnahme": "In Arbeit", "In Arbeit": "In Arbeit"}
    answers = reconfigured(synced, task_status_mapping={"Design": merged})
    hq_set(synced, status="Abnahme")
    settle(synced, answers=answers)
    assert aw_words(synced)[1] == "In Arbeit"
    aw_set(synced, name="Home")
    settle(synced, answers=answers)
    assert hq_words(synced, "Home")[1] == "Abnahme"
    task, copy = synced.hq_named("Home"), synced.aw_named("Home")
    synced.hq_edit(task, status="In Arbeit")
    with synced.watched() as seen:
        settle(synced, answers=answers)
    assert writes(seen) == []
    synced.aw_edit(copy, status="Fertig")
    settle(synced, answers=answers)
    synced.aw_edit(copy, status="In Arbeit")
    settle(synced, answers=answers)
    assert hq_words(synced, "Home")[1] == "In Arbeit"


def test_a5_of_several_types_the_current_one_stays(synced: Agency) -> None:
    answers = reconfigured(
        synced, task_type_mapping={"Konzeption": "Recherche", "Reinzeichnung": "Recherche"}
    )
    hq_set(synced, type="Reinzeichnung")
    settle(synced, answers=answers)
    aw_set(synced, status="Abnahme")
    settle(synced, answers=answers)
    assert hq_words(synced)[:2] == ("Reinzeichnung", "Abnahme")
    aw_set(synced, type="Design")
    settle(synced, answers=answers)
    aw_set(synced, type="Recherche")
    settle(synced, answers=answers)
    assert hq_words(synced)[0] == "Konzeption"


# -- without a type


@pytest.fixture
def typeless(synced: Agency) -> Agency:
    hq_set(synced, type=None)
    settle(synced)
    return synced


def test_a5_a_typeless_task_follows_open_and_done(typeless: Agency) -> None:
    task = typeless.hq_named(TASK)
    aw_set(typeless, status="Abnahme")
    settle(typeless)
    assert hq_words(typeless) == ("", "", False)
    aw_set(typeless, status="Fertig")
    settle(typeless)
    assert hq_words(typeless) == ("", "", True)
    typeless.hq_close(task, done=False)
    settle(typeless)
    assert aw_words(typeless)[1] == "Offen"
    typeless.hq_close(task)
    settle(typeless)
    assert aw_words(typeless)[1:] == ("Fertig", True)


def test_a5_a_typeless_task_keeps_an_open_status(typeless: Agency) -> None:
    aw_set(typeless, status="Abnahme")
    settle(typeless)
    hq_set(typeless, name="Home")
    settle(typeless)
    assert aw_words(typeless, "Home")[1] == "Abnahme"


def test_a5_a_typeless_task_gets_a_type(typeless: Agency) -> None:
    aw_set(typeless, status="Abnahme")
    settle(typeless)
    hq_set(typeless, type="Konzeption", status="In Arbeit")
    settle(typeless)
    assert aw_words(typeless)[:2] == ("Konzeption", "In Arbeit")


def test_a5_a_typeless_task_gets_a_type_in_awork(typeless: Agency) -> None:
    aw_set(typeless, type="Konzeption", status="Abnahme")
    settle(typeless)
    assert hq_words(typeless) == ("Konzeption", "Abnahme", False)


def test_a5_a_done_typeless_task_gets_a_type_in_awork(typeless: Agency) -> None:
    aw_set(typeless, status="Fertig")
    settle(typeless)
    aw_set(typeless, type="Konzeption")
    settle(typeless)
    assert hq_words(typeless) == ("Konzeption", "Fertig", True)


def test_a5_new_typeless_tasks(synced: Agency) -> None:
    design = synced.hq_named("Design")
    project = synced.hq_row(design)["ProjectId"]
    task = synced.hq_task(project, "Später", design)
    done = synced.hq_task(project, "Längst", design)
    synced.hq_close(done)
    settle(synced)
    assert aw_words(synced, "Längst")[2] and not aw_words(synced, "Später")[2]
    synced.hq_close(task)
    settle(synced)
    assert aw_words(synced, "Später")[2]


# -- awork's statuses change


def test_a5_a_workflow_gives_all_statuses_new_ids(synced: Agency) -> None:
    state, project = synced.awork, synced.aw_project_named("Website")
    workflow = next(iter(state.workflows))["id"]
    before = synced.aw_row(synced.aw_named(TASK))["taskStatusId"]
    awork.update_project(state, project, {"workflowId": workflow})
    assert synced.aw_row(synced.aw_named(TASK))["taskStatusId"] != before
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    hq_set(synced, status="Abnahme")
    settle(synced)
    assert aw_words(synced)[1] == "Abnahme"
    awork.update_project(state, project, {"workflowId": None})
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []


def test_a5_two_statuses_of_one_name_are_both_right(synced: Agency) -> None:
    second = aw_new_status(synced, "In Arbeit", "review")
    hq_set(synced, status="In Arbeit")
    settle(synced)
    row = synced.aw_row(synced.aw_named(TASK))
    assert row["taskStatusId"] != second["id"]
    awork.update_task(synced.awork, row["id"], {"taskStatusId": second["id"]})
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    hq_set(synced, last="2026-06-23")
    settle(synced)
    assert row["taskStatusId"] == second["id"]


def test_a5_a_status_renamed_in_one_system_waits_for_the_other(synced: Agency) -> None:
    status = synced.aw_status(synced.aw_project_named("Website"), "Abnahme")
    hq_set(synced, status="Abnahme")
    settle(synced)
    synced.awork.task_statuses[status]["name"] = "In Prüfung"
    with synced.watched() as seen:
        settle(synced)
    assert synced.problems() == {TASK: ["unmapped_status"]}
    row = synced.hq_row(synced.hq_named(TASK))
    status_row = synced.hq.tables["TaskTypeStatuses"].get(row["TaskTypeStatusId"])
    assert status_row is not None
    status_row["Name"] = "In Prüfung"
    with synced.watched() as more:
        settle(synced)
    assert synced.problems() == {}
    assert writes([*seen, *more]) == []
