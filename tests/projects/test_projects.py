"""helloHQ's projects in awork: A1, G2, G6, G12, and projects that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.odata.model import Row
from tests.projects.conftest import Agency, writes
from tests.projects.oracle import Answers, differences
from tests.projects.outside import picture, untouched
from tests.projects.systems import ANNA

INTERNAL = "Internes Projekt"
"""A template that awork does not have."""


def in_awork(agency: Agency, name: str) -> Row:
    """The one project of that name."""
    return agency.awork.projects[agency.aw_project_named(name)]


def names(agency: Agency) -> list[str]:
    return sorted(project["name"] for project in agency.awork.projects)


def client_of(agency: Agency, project: str) -> str:
    company = in_awork(agency, project)["companyId"]
    return str(agency.awork.companies[company]["name"]) if company else ""


def add_template(agency: Agency, name: str) -> None:
    first = next(iter(agency.awork.templates))
    plan = [{"name": "Start", "tasks": []}]
    row = {**first, "id": agency.awork.new_id(), "name": name, "plan": plan, "workflowId": None}
    agency.awork.templates.add(row)
    for table in (agency.awork.task_statuses, agency.awork.project_statuses):
        for status in table.where("owner", first["id"]):
            copy = {"id": agency.awork.new_id(), "projectTemplateId": row["id"]}
            table.add({**status, **copy, "owner": row["id"]})


@pytest.fixture
def synced(agency: Agency) -> Agency:
    agency.activate(time_entries_start_date="2026-06-01")
    agency.synced()
    return agency


# -- what a project looks like -----------------------------------------------------------------


def test_a1_name_client_and_dates_come_from_hellohq(synced: Agency) -> None:
    row = in_awork(synced, "Website")
    assert (row["startDate"][:10], row["dueDate"][:10]) == ("2026-06-01", "2026-09-30")
    assert client_of(synced, "Website") == "HAFENKONTOR GMBH"
    assert row["createdByProjectTemplateId"] in {
        t["id"] for t in synced.awork.templates if t["name"] == "Website"
    }
    assert differences(synced) == [] and synced.synced().counts == {}


def test_a1_the_number_stands_before_the_name_if_chosen(agency: Agency) -> None:
    agency.hq_project("Ohne Nummer")
    agency.activate(project_number_in_name=True)
    agency.synced()
    assert names(agency) == ["001 Website", "Ohne Nummer"]
    assert differences(agency, Answers(number_in_name=True)) == []


def test_a1_without_an_end_the_planned_end_counts(agency: Agency) -> None:
    project = agency.hq_project("Offen", last=None)
    agency.hq_edit(agency.hq_named("Kick-off", project), first="2026-06-08", last="2026-08-21")
    agency.activate()
    agency.synced()
    assert in_awork(agency, "Offen")["dueDate"][:10] == "2026-08-21"
    agency.hq_edit_project(project, EndDate="2026-08-14")
    agency.synced()
    assert in_awork(agency, "Offen")["dueDate"][:10] == "2026-08-14"


def test_a1_edits_in_hellohq_follow(synced: Agency) -> None:
    (project,) = (row["Id"] for row in synced.hq.tables["Projects"])
    synced.hq_edit_project(
        project, Name="Relaunch", client="Alsterquell", StartDate="2026-06-03",
        EndDate="2026-10-02",
    )  # fmt: skip
    result = synced.synced()
    row = in_awork(synced, "Relaunch")
    assert result.counts == {"updated": 1, "adopted": 1}
    assert client_of(synced, "Relaunch") == "Alsterquell"
    assert (row["startDate"][:10], row["dueDate"][:10]) == ("2026-06-03", "2026-10-02")


def test_a14_an_end_that_hellohq_never_had_is_not_cleared_in_awork(agency: Agency) -> None:
    agency.hq_project("Offen", last=None)
    agency.activate()
    agency.synced()
    awork = agency.aw_project_named("Offen")
    before = in_awork(agency, "Offen")["dueDate"]
    agency.aw_edit_project(awork, dueDate="2026-12-01T00:00:00Z")
    agency.synced()
    assert before is None and in_awork(agency, "Offen")["dueDate"][:10] == "2026-12-01"


# -- clients -----------------------------------------------------------------------------------


def test_a1_a_missing_client_is_created_with_its_name_only(agency: Agency) -> None:
    agency.hq_client("Neukunde AG")
    agency.hq_project("Auftakt", client="Neukunde AG")
    agency.activate()
    agency.synced()
    (made,) = [one for one in agency.awork.companies if one["name"] == "Neukunde AG"]
    assert client_of(agency, "Auftakt") == "Neukunde AG"
    assert not made["description"] and not made["industry"] and not made["companyContactInfos"]
    assert agency.synced().counts == {}


def test_a1_only_clients_of_projects_that_take_part_are_created(agency: Agency) -> None:
    agency.hq_client("Karteileiche")
    agency.hq_project("Fertig", client="Karteileiche", status="Abgeschlossen")
    agency.activate()
    agency.synced()
    assert "Karteileiche" not in {one["name"] for one in agency.awork.companies}


def test_a1_of_two_companies_of_one_name_one_is_taken_and_none_is_made(agency: Agency) -> None:
    agency.aw_client("  hafenkontor   gmbh ")
    before = len(agency.awork.companies)
    agency.activate()
    agency.synced()
    taken = in_awork(agency, "Website")["companyId"]
    assert taken and len(agency.awork.companies) == before
    assert agency.synced("--full").counts == {}
    assert in_awork(agency, "Website")["companyId"] == taken


def test_a1_edits_of_hellohqs_fields_in_awork_are_overwritten_and_reported(
    synced: Agency,
) -> None:
    awork, other = synced.aw_project_named("Website"), synced.aw_client("Wer anders")
    synced.aw_edit_project(
        awork, name="Umbenannt", companyId=other, startDate="2026-07-01T00:00:00Z",
        dueDate="2026-08-01T00:00:00Z",
    )  # fmt: skip
    result = synced.synced()
    assert client_of(synced, "Website") == "HAFENKONTOR GMBH" and differences(synced) == []
    (row,) = [entry for entry in synced.entries(result.run) if entry.stream == "projects"]
    assert row.action == "update" and row.reason == "drift_restored"
    assert (row.before["name"], row.after["name"]) == ("Umbenannt", "Website")
    assert row.before.keys() == {"name", "client", "start", "end"}
    assert synced.synced().counts == {}


def test_a1_what_is_not_synced_stays_in_awork(synced: Agency) -> None:
    awork = synced.aw_project_named("Website")
    status = next(
        one["id"] for one in synced.awork.statuses_of(
            synced.awork.projects[awork], synced.awork.project_statuses)
        if one["name"] == "Planung"
    )  # fmt: skip
    synced.aw_edit_project(
        awork, description="<p>Nur awork</p>", color="red", timeBudget=3600,
        projectStatusId=status, tags=[{"name": "wichtig"}],
    )  # fmt: skip
    role = next(iter(synced.awork.project_roles))["id"]
    member = {"id": synced.awork.new_id(), "userId": synced.account(ANNA), "isExternal": False}
    member |= {"projectRoleId": role, "isResponsible": False}
    synced.awork.projects[awork]["members"] = [member]
    (project,) = (row["Id"] for row in synced.hq.tables["Projects"])
    synced.hq_edit_project(project, Name="Relaunch", status="Planung")
    before = picture(synced)
    assert synced.synced().counts == {"updated": 1}
    assert untouched(before, picture(synced)) == []
    row = in_awork(synced, "Relaunch")
    assert (row["color"], row["timeBudget"], row["projectStatusId"]) == ("red", 3600, status)


# -- templates ---------------------------------------------------------------------------------


def test_a1_a_project_whose_template_awork_lacks_is_reported_with_the_templates_name(
    agency: Agency,
) -> None:
    agency.hq_project("Intern", template=INTERNAL)
    agency.activate()
    result = agency.synced()
    assert names(agency) == ["Website"] and result.reasons["template_missing"] == 1
    assert agency.problems()["Intern"] == ["template_missing"]
    (row,) = [e for e in agency.entries() if e.reason == "template_missing"]
    assert row.detail["template"] == INTERNAL and row.label == "Intern"


@pytest.mark.parametrize("brief", [True, False])
def test_a1_once_the_template_exists_the_project_syncs_by_itself(
    agency: Agency, brief: bool
) -> None:
    agency.hq_project("Intern", template=INTERNAL)
    agency.activate()
    agency.synced()
    add_template(agency, f" {INTERNAL.upper()}  ")
    agency.wait(minutes=11)
    if brief:
        agency.polled()
    else:
        agency.synced()
    assert names(agency) == ["Intern", "Website"] and "Intern" not in agency.problems()
    agency.synced()
    assert differences(agency) == []


def test_a1_lists_and_tasks_of_the_template_are_adopted_by_name_and_path(synced: Agency) -> None:
    for name in ("Kick-off", "Briefing", "Abnahme durch den Kunden"):
        assert synced.copy_of(synced.hq_named(name)) == synced.aw_named(name)
    for name in ("Konzeption", "Launch"):
        copy = f"{synced.aw_project_named('Website')}/{synced.aw_list_named(name)}"
        assert synced.copy_of(synced.hq_named(name)) == copy


def test_a1_tasks_that_only_aworks_template_has_flow_to_hellohq(synced: Agency) -> None:
    task = synced.hq_row(synced.hq_named("Datenschutz prüfen"))
    assert synced.hq_row(task["ParentId"])["Name"] == "Konzeption"
    assert synced.copy_of(task["Id"]) == synced.aw_named("Datenschutz prüfen")


def template_task(agency: Agency, name: str, **given: Any) -> None:
    template = next(t for t in agency.awork.templates if t["name"] == "Website")
    (task,) = [t for part in template["plan"] for t in part["tasks"] if t["name"] == name]
    task.update(given)


def test_a1_hellohqs_values_win_over_the_untouched_templates_and_empty_ones_are_filled(
    agency: Agency,
) -> None:
    given = {"plannedDuration": 7200, "description": "<p>Aus der Vorlage</p>"}
    template_task(agency, "Kick-off", **given)
    template_task(agency, "Briefing", **given)
    full, bare = agency.hq_named("Kick-off"), agency.hq_named("Briefing")
    agency.hq_edit(full, hours=5.0, text="Aus helloHQ", status="In Arbeit")
    agency.activate()
    agency.synced()
    assert agency.aw_row(agency.copy_of(full))["plannedDuration"] == 5 * 3600
    assert "Aus helloHQ" in agency.aw_row(agency.copy_of(full))["description"]
    assert agency.hq_row(full)["Description"] == "Aus helloHQ"
    assert agency.hq_row(bare)["PlannedEffort"] == 2.0
    assert agency.hq_row(bare)["Description"] == "Aus der Vorlage"
    assert differences(agency) == [] and agency.synced().counts == {}


# -- which projects take part ------------------------------------------------------------------


def test_a1_only_running_projects_take_part(agency: Agency) -> None:
    agency.hq_project("Fertig", status="Abgeschlossen")
    agency.hq_project("Geplant", status="Planung")
    agency.activate()
    agency.synced()
    assert names(agency) == ["Geplant", "Website"]


def edit_both(agency: Agency) -> None:
    agency.hq_edit(agency.hq_named("Moodboard"), hours=6.0)
    agency.aw_edit(agency.aw_named("Startseite"), name="Home")
    agency.hq_delete(agency.hq_named("Kick-off"))
    agency.aw_task(agency.aw_project_named("Website"), "Neu", agency.aw_list_named("Launch"))


def test_a1_a_project_that_stops_running_is_left_alone_and_goes_on_when_it_runs_again(
    synced: Agency,
) -> None:
    (project,) = (row["Id"] for row in synced.hq.tables["Projects"])
    synced.hq_close_project(project)
    synced.hq_edit_project(project, Name="Anders")
    edit_both(synced)
    with synced.watched() as seen:
        for flags in ((), ("--full",)):
            assert synced.synced(*flags).counts == {}
        synced.polled()
    assert writes(seen) == [] and names(synced) == ["Website"]
    synced.hq_edit_project(project, status="In Umsetzung")
    synced.synced()
    assert names(synced) == ["Anders"] and differences(synced) == []
    assert synced.hq_row(synced.hq_named("Home")) and synced.aw_all("Kick-off") == []


def test_a1_picked_projects_take_part_and_no_others(agency: Agency) -> None:
    picked = agency.hq_project("Gewählt")
    agency.activate(project_scope={"mode": "picked", "projects": [str(picked)]})
    agency.synced()
    assert names(agency) == ["Gewählt"]


def test_a1_projects_with_a_custom_field_take_part_until_they_lose_it(agency: Agency) -> None:
    marked = agency.hq_project("Markiert")
    agency.hq_set_field(marked, "Kostenstelle", "awork")
    scope = {"mode": "custom_field", "custom_field": "kostenstelle", "value": "AWORK"}
    agency.activate(project_scope=scope)
    agency.synced()
    assert names(agency) == ["Markiert"]
    agency.hq_set_field(marked, "Kostenstelle", "nein")
    agency.hq_edit_project(marked, Name="Umbenannt")
    with agency.watched() as seen:
        agency.synced()
    assert names(agency) == ["Markiert"] and writes(seen) == []


# -- projects that are gone --------------------------------------------------------------------


def gone_in_awork(agency: Agency) -> tuple[set[int], int]:
    """helloHQ's tasks and a reporting, once the project was deleted in awork."""
    agency.aw_time(agency.aw_named("Startseite"), "2026-06-17T09:00", 60)
    agency.synced()
    (reporting,) = (row["Id"] for row in agency.hq.tables["UserReportings"])
    tasks = {row["Id"] for row in agency.hq.tables["ProjectTasks"]}
    agency.aw_delete_project(agency.aw_project_named("Website"))
    return tasks, reporting


def test_a1_a_project_deleted_in_awork_is_reported_and_hellohq_keeps_all(
    synced: Agency,
) -> None:
    tasks, reporting = gone_in_awork(synced)
    with synced.watched() as seen:
        for flags in ((), ("--full",)):
            result = synced.synced(*flags)
            assert result.counts["skipped"] >= 1 and result.reasons["target_missing"] == 1
        synced.polled()
    assert writes(seen) == [] and names(synced) == []
    assert {row["Id"] for row in synced.hq.tables["ProjectTasks"]} == tasks
    assert [row["Id"] for row in synced.hq.tables["UserReportings"]] == [reporting]
    assert synced.problems()["Website"] == ["target_missing"] and synced.pending() == []


def test_a1_another_project_goes_on_beside_one_that_awork_lost(synced: Agency) -> None:
    gone_in_awork(synced)
    synced.hq_project("Zweites")
    synced.synced()
    assert names(synced) == ["Zweites"]


def test_a1_a_project_deleted_in_hellohq_stays_in_awork(synced: Agency) -> None:
    synced.aw_time(synced.aw_named("Startseite"), "2026-06-17T09:00", 60)
    synced.synced()
    (project,) = (row["Id"] for row in synced.hq.tables["Projects"])
    synced.hq_project("Zweites")
    synced.hq_delete_project(project)
    tasks = {row["id"] for row in synced.awork.tasks}
    with synced.watched() as seen:
        for flags in ((), ("--full",)):
            synced.synced(*flags)
    assert names(synced) == ["Website", "Zweites"] and synced.pending() == []
    assert tasks <= {row["id"] for row in synced.awork.tasks}
    assert len(synced.awork.times) == 1
    assert not [path for method, path in writes(seen) if "delete" in path or method == "DELETE"]
