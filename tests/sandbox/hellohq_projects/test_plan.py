"""helloHQ: projects, tasks and assignments as its API v1 has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hellohq_projects.conftest import Plan


def new(plan: Plan, **more: Any) -> dict[str, Any]:
    body = {"ProjectId": plan.project()["Id"], "Name": "Neu", **more}
    return dict(plan.send("POST", "ProjectTasks", body, expect=201))


def test_demo_has_four_levels_in_one_project_and_three_in_the_others(plan: Plan) -> None:
    def depth(project_id: int) -> int:
        parents = {row["Id"]: row["ParentId"] for row in plan.tasks(project_id)}

        def level(id: int) -> int:
            return 1 if parents[id] is None else 1 + level(parents[id])

        return max(level(id) for id in parents)

    projects = plan.all("Projects", orderby="Id", expand="ProjectStatus,CustomFields,Company")
    running = [p for p in projects if p["ProjectStatus"]["IsInProgress"]]
    assert [depth(p["Id"]) for p in running[:3]] == [4, 3, 3]
    assert [bool(p["AworkSyncId"]) for p in running[:3]] == [False, True, True]
    assert all(p["CustomFields"][0]["Name"] == "Kostenstelle" for p in projects)
    assert running[0]["PlannedStartDate"] and not running[0]["PlannedStartDate"].endswith("Z")


def test_administration_is_a_phase_and_its_task_in_every_project(plan: Plan) -> None:
    for number in (1, 2, 3):
        rows = plan.tasks(plan.project(number)["Id"])
        phase, task = [row for row in rows if row["Name"] == "Administration"]
        assert (phase["ParentId"], task["ParentId"]) == (None, phase["Id"])
        assert task["ChargeType"] == "NotChargeable"


def test_types_have_statuses_one_of_them_finished(plan: Plan) -> None:
    for kind in plan.all("TaskTypes", expand="TaskTypeStatus"):
        finished = [s["IsFinishedState"] for s in kind["TaskTypeStatus"]]
        assert finished.count(True) == 1 and finished[-1]


def test_templates_share_names_with_awork_but_one(plan: Plan) -> None:
    rows = plan.all("ProjectTemplates", expand="ProjectStatus")
    assert [row["Name"] for row in rows] == ["Website", "Kampagne", "Internes Projekt"]
    assert [s["IsInProgress"] for s in rows[0]["ProjectStatus"]] == [True, True, False]


def test_created_task_goes_to_the_end(plan: Plan) -> None:
    kind = plan.kind("Design")
    row = new(plan, PlannedEffort=12.5, StartOn="2026-03-03T08:00:00Z",
              EndOn="2026-03-07T16:00:00+01:00", TaskTypeId=kind["Id"],
              TaskTypeStatusId=kind["TaskTypeStatus"][1]["Id"], SyncId="abc")  # fmt: skip
    assert row["EndOn"] == "2026-03-07T15:00:00Z"
    assert (row["IsDone"], row["Sync"], row["SyncId"]) == (False, False, "abc")
    assert row["Order"] == max(task["Order"] for task in plan.tasks(row["ProjectId"]))
    assert row["CreatedBy"] == plan.get("/v1/Me")["Id"]
    found = plan.all("ProjectTasks", filter="SyncId eq 'abc'", expand="Assignments,TaskType")
    assert found[0]["TaskType"]["Name"] == "Design" and found[0]["Assignments"] == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"Name": ""}, "Name is required"),
        ({"ProjectId": 9}, "Project 9 does not exist"),
        ({"ParentId": 9}, "Parent task 9"),
        ({"TaskTypeId": 99}, "TaskType 99"),
        ({"TaskTypeStatusId": 22}, "does not belong"),
        ({"ChargeType": "Free"}, "enum"),
        ({"StartOn": "2026-03-03T08:00:00Z", "EndOn": "2026-03-02T08:00:00Z"}, "before Start"),
        ({"PlannedEffort": "8"}, "expected type"),
        ({"PlannedEffort": -1}, "negative"),
        ({"Colour": "red"}, "does not exist"),
    ],
)
def test_refused_tasks(plan: Plan, more: dict[str, Any], word: str) -> None:
    body = {"ProjectId": plan.project()["Id"], "Name": "Neu", **more}
    plan.refused("POST", "ProjectTasks", body, word)


def test_task_of_another_project_is_no_parent(plan: Plan) -> None:
    parent = plan.tasks(plan.project(2)["Id"])[0]["Id"]
    body = {"ProjectId": plan.project(1)["Id"], "Name": "x", "ParentId": parent}
    plan.refused("POST", "ProjectTasks", body, "another project")


def test_put_replaces_and_keeps_only_what_actions_set(plan: Plan) -> None:
    row = new(plan, PlannedEffort=4.0, SyncId="mine", Sync=True, ChargeType="Fixed")
    path = f"ProjectTasks({row['Id']})"
    plan.send("POST", f"{path}/do.Finish")
    after = plan.send("PUT", path, {"Name": "Neuer", "IsDone": False})
    assert (after["Name"], after["Order"], after["IsDone"]) == ("Neuer", row["Order"], True)
    assert (after["PlannedEffort"], after["SyncId"], after["Sync"]) == (None, None, False)
    assert after["ChargeType"] == "Variable"
    careful = plan.get(f"/v1/{path}", **{"$expand": "Assignments"}) | {"PlannedEffort": 2}
    assert plan.send("PUT", path, careful)["PlannedEffort"] == 2
    plan.refused("PUT", path, {"Name": "x", "ProjectId": 202}, "another project")
    assert plan("PATCH", f"/v1/{path}", json={"Name": "x"}).status_code == 405


def test_a_task_cannot_be_below_itself(plan: Plan) -> None:
    parent = new(plan)
    child = new(plan, ParentId=parent["Id"])
    body = {"Name": "x", "ParentId": child["Id"]}
    plan.refused("PUT", f"ProjectTasks({parent['Id']})", body, "below itself")


def test_targets_roll_up_without_moving_the_stamp(plan: Plan) -> None:
    parent = new(plan, PlannedEffort=99.0)
    stamp = plan.get(f"/v1/ProjectTasks({parent['Id']})")["UpdatedOn"]
    for hours in (4.0, 2.5):
        new(plan, ParentId=parent["Id"], PlannedEffort=hours)
    shown = plan.get(f"/v1/ProjectTasks({parent['Id']})")
    assert (shown["PlannedEffort"], shown["UpdatedOn"]) == (6.5, stamp)
    ignored = plan.send("PUT", f"ProjectTasks({parent['Id']})", {**shown, "PlannedEffort": 1.0})
    assert ignored["PlannedEffort"] == 6.5


def test_status_decides_whether_a_task_is_done(plan: Plan) -> None:
    kind = plan.kind("Design")
    first, *_, last = (s["Id"] for s in kind["TaskTypeStatus"])
    row = new(plan, TaskTypeId=kind["Id"], TaskTypeStatusId=first)
    path = f"ProjectTasks({row['Id']})"
    done = plan.send("POST", f"{path}/do.SetStatus", {"Status": last})
    assert (done["IsDone"], done["PercentDone"], done["TaskTypeStatusId"]) == (True, 100, last)
    again = plan.send("POST", f"{path}/do.Open")
    assert (again["IsDone"], again["TaskTypeStatusId"]) == (False, first)
    assert plan.send("POST", f"{path}/do.Finish")["TaskTypeStatusId"] == last
    other = plan.kind("Entwicklung")["TaskTypeStatus"][0]["Id"]
    plan.refused("POST", f"{path}/do.SetStatus", {"Status": other}, "does not belong")


def test_assignments_are_added_and_removed_never_changed(plan: Plan) -> None:
    row = new(plan)
    path = f"ProjectTasks({row['Id']})/Assignments"
    made = plan.send("POST", path, {"UserId": 4701, "AssignmentValue": 3.5}, expect=201)
    assert (made["AssignmentUnit"], made["ResourceId"]) == ("Hours", 14701)
    one = f"{path}({made['Id']})"
    assert plan.get(f"/v1/{one}")["AssignmentValue"] == 3.5
    assert plan("PUT", f"/v1/{one}", json={}).status_code == 405
    percent = {"UserId": 4701, "AssignmentValue": 50, "AssignmentUnit": "Percent"}
    plan.refused("POST", path, percent, "Percentage not allowed")
    plan.refused("POST", path, {"UserId": 1234}, "User 1234")
    assert plan.get(f"/v1/ProjectTasks({row['Id']})")["UpdatedOn"] == row["UpdatedOn"]
    plan.send("DELETE", one)
    assert plan("DELETE", f"/v1/{one}").status_code == 404
    assert plan.all(path) == []


def test_deleting_takes_the_sub_tasks_and_leaves_a_trace(plan: Plan) -> None:
    parent = new(plan)
    child = new(plan, ParentId=parent["Id"])
    plan.send("DELETE", f"ProjectTasks({parent['Id']})", expect=204)
    assert plan("GET", f"/v1/ProjectTasks({child['Id']})").status_code == 404
    events = plan.all("ConfigSystemEvents/do.GetDeleted()", filter="DatabaseObject eq 'Task'")
    assert {e["EntityId"] for e in events} == {parent["Id"], child["Id"]}
    assert {e["Type"] for e in events} == {"EntityDeleted"}


def test_tasks_with_reportings_stay(plan: Plan) -> None:
    used = plan.all("UserReportings")[0]["TaskId"]
    plan.refused("DELETE", f"ProjectTasks({used})", None, "reportings")


def test_changed_since(plan: Plan) -> None:
    stamp = max(row["UpdatedOn"] for row in plan.all("ProjectTasks"))
    row = new(plan)
    found = plan.all("ProjectTasks", filter=f"UpdatedOn gt {stamp}", orderby="UpdatedOn,Id")
    assert [task["Id"] for task in found] == [row["Id"]]


def test_project_is_created_from_its_template(plan: Plan) -> None:
    template = next(t for t in plan.all("ProjectTemplates") if t["Name"] == "Website")
    company = plan.all("Companies")[0]["Id"]
    body = {"ProjectTemplateId": template["Id"], "Name": "Neu", "CompanyId": company,
            "StartDate": "2026-07-01T00:00:00", "Number": "NO-9"}  # fmt: skip
    row = plan.send("POST", "Projects/do.Create", body, expect=201)
    assert (row["Status"], row["StartDate"]) == ("Planung", "2026-07-01T00:00:00")
    names = [task["Name"] for task in plan.tasks(row["Id"])]
    assert names == ["Konzeption", "Kick-off", "Briefing", "Launch", "Abnahme durch den Kunden"]
    assert plan.tasks(row["Id"])[0]["StartOn"] == "2026-07-01T08:00:00Z"
    plan.refused("POST", "Projects/do.Create", {**body, "CompanyId": None}, "CompanyId")
    plan.refused("POST", "Projects/do.Create", {**body, "AworkSyncId": "x"}, "AworkSyncId")


def test_project_status_and_read_only_link(plan: Plan) -> None:
    project = plan.project()
    closed = next(s["Id"] for s in plan.all("ProjectStatuses") if not s["IsInProgress"])
    path = f"Projects({project['Id']})"
    body = {"ProjectStatusId": closed}
    row = plan.send("POST", f"{path}/do.ChangeStatus", body, expect=201)
    assert row["Status"] == "Abgeschlossen"
    plan.refused("POST", f"{path}/do.ChangeStatus", {"ProjectStatusId": 1}, "template")
    assert plan("PUT", f"/v1/{path}", json={"AworkSyncId": "x"}).status_code == 405


def test_custom_fields_of_a_project(plan: Plan) -> None:
    project = plan.project()["Id"]
    definition = next(
        d["Id"] for d in plan.all("CustomFieldDefinitions") if d["Category"] == "Project"
    )
    path = f"Projects({project})/CustomFields({definition})"
    row = plan.send("PUT", path, {"Name": "Kostenstelle", "Value": "neu"})
    assert row["Value"] == plan.get(f"/v1/{path}")["Value"] == "neu"
    assert len(plan.all(f"Projects({project})/CustomFields")) == 1
    assert plan("GET", f"/v1/Projects({project})/CustomFields(1)").status_code == 404


def test_companies(plan: Plan) -> None:
    row = plan.send("POST", "Companies", {"Name": "Neu"}, expect=201)
    path = f"Companies({row['Id']})"
    assert plan.send("PUT", path, {"Name": "Neuer"})["Name"] == "Neuer"
    plan.send("DELETE", path, expect=204)
    used = plan.project()["CompanyId"]
    plan.refused("DELETE", f"Companies({used})", None, "projects")
