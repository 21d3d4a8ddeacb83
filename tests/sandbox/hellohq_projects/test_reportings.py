"""helloHQ: reportings, their refusals in strict modes, and what people do by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hellohq import edit_plan
from tests.sandbox.hellohq_projects.conftest import Plan


def body(plan: Plan, **more: Any) -> dict[str, Any]:
    task = plan.task("Moodboards")
    return {
        "UserId": 4701, "TaskId": task["Id"], "StartDate": "2026-03-04T09:15:00Z",
        "Duration": 5400, "Description": "Szene 3", "IsApproved": True, **more,
    }  # fmt: skip


def create(plan: Plan, **more: Any) -> dict[str, Any]:
    path = f"Projects({plan.project(2)['Id']})/do.CreateReporting"
    return dict(plan.send("POST", path, body(plan, **more), expect=201))


def test_created_with_one_set_of_names_read_with_another(plan: Plan) -> None:
    row = create(plan)
    assert (row["StartOn"], row["Duration"]) == ("2026-03-04T09:15:00Z", 5400)
    assert (row["Note"], row["BreakDuration"], row["IsApproved"]) == ("Szene 3", 0, True)
    found = plan.all(
        "UserReportings",
        filter=f"UserId eq 4701 and TaskId eq {row['TaskId']} and StartOn eq {row['StartOn']}",
    )
    assert [one["Id"] for one in found] == [row["Id"]]
    assert row["Id"] in {one["Id"] for one in plan.all("Users(4701)/Reportings")}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"UserId": None}, "UserId is required"),
        ({"UserId": 99}, "User 99"),
        ({"Duration": 0}, "Duration"),
        ({"TaskId": 99}, "Task 99"),
        ({"StartDate": "bald"}, "date-time"),
        ({"Note": "x"}, "Note"),
    ],
)
def test_refused(plan: Plan, more: dict[str, Any], word: str) -> None:
    path = f"Projects({plan.project(2)['Id']})/do.CreateReporting"
    plan.refused("POST", path, body(plan, **more), word)


def test_task_of_another_project(plan: Plan) -> None:
    path = f"Projects({plan.project(1)['Id']})/do.CreateReporting"
    plan.refused("POST", path, body(plan), "another project")


def test_update_and_delete_go_through_the_user(plan: Plan) -> None:
    row = create(plan)
    path = f"Users(4701)/Reportings({row['Id']})"
    assert plan.send("PUT", path, {**row, "Note": "neu", "Duration": 60})["Duration"] == 60
    assert plan("PUT", f"/v1/Users(4702)/Reportings({row['Id']})", json=row).status_code == 404
    plan.send("DELETE", path, expect=204)
    assert plan("GET", f"/v1/{path}").status_code == 404
    events = plan.all("ConfigSystemEvents/do.GetDeleted()")
    assert events[-1]["DatabaseObject"] == "UserReporting"


def test_closed_tasks_refuse_in_strict_mode(plan: Plan) -> None:
    task = plan.task("Moodboards")["Id"]
    plan.send("POST", f"ProjectTasks({task})/do.Finish")
    create(plan)
    plan.hq.rules.refuse_closed_tasks = True
    path = f"Projects({plan.project(2)['Id']})/do.CreateReporting"
    plan.refused("POST", path, body(plan), "closed tasks")


def test_approved_are_locked_in_strict_mode(plan: Plan) -> None:
    row = create(plan)
    plan.hq.rules.lock_approved = True
    path = f"Users(4701)/Reportings({row['Id']})"
    plan.refused("PUT", path, {**row, "Note": "x"}, "approved")
    plan.refused("DELETE", path, None, "approved")


def test_approval_is_the_senders_when_it_is_not_automatic(plan: Plan) -> None:
    assert create(plan, IsApproved=False)["IsApproved"] is True
    plan.hq.rules.auto_approve = False
    assert create(plan, IsApproved=False)["IsApproved"] is False


def test_closed_projects_refuse_in_strict_mode(plan: Plan) -> None:
    ended = plan.all("Projects", filter="Status eq 'Abgeschlossen'")[0]["Id"]
    path = f"Projects({ended})/do.CreateReporting"
    given = body(plan, TaskId=None)
    plan.send("POST", path, given, expect=201)
    plan.hq.rules.refuse_closed_projects = True
    plan.refused("POST", path, given, "closed projects")


def test_people_edit_tasks_in_their_screens(plan: Plan) -> None:
    state, row = plan.hq, plan.task("Moodboards")
    key = str(row["Id"])
    shown = edit_plan.update_task(
        state, key, {"Name": "Neu", "PlannedEffort": 8.0, "Assignments": {"4701": None, "4702": 1}}
    )
    assert shown["Assignments"] == {"4701": 4.0, "4702": 1.0}
    after = plan.get(f"/v1/ProjectTasks({key})")
    assert (after["Name"], after["UpdatedBy"]) == ("Neu", 2)
    assert edit_plan.update_task(state, key, {"IsDone": True})["IsDone"] is True
    phase = next(t for t in plan.tasks(row["ProjectId"]) if t["ParentId"] is None)
    moved = edit_plan.update_task(state, key, {"ParentId": phase["Id"], "Order": 1})
    assert (moved["ParentId"], moved["Order"]) == (phase["Id"], 1)
    made = edit_plan.create_task(state, {"ProjectId": row["ProjectId"], "Name": "Von Hand"})
    assert plan.get(f"/v1/ProjectTasks({made['Id']})")["CreatedBy"] == 2
    edit_plan.delete_task(state, str(made["Id"]))
    plan.get(f"/v1/ProjectTasks({made['Id']})", expect=404)
    with pytest.raises(KeyError):
        edit_plan.update_task(state, "1", {"Name": "x"})
    with pytest.raises(ValueError, match="read-only"):
        edit_plan.update_task(state, key, {"Id": 5})


def test_people_edit_projects_and_reportings(plan: Plan) -> None:
    state, project = plan.hq, plan.project(1)
    shown = edit_plan.update_project(state, str(project["Id"]), {"AworkSyncId": "x", "Name": "N"})
    assert (shown["AworkSyncId"], shown["Name"]) == ("x", "N")
    row = create(plan)
    state.rules.lock_approved = True
    changed = edit_plan.update_reporting(state, str(row["Id"]), {"Note": "von Hand"})
    assert (changed["Note"], changed["UpdatedBy"]) == ("von Hand", 2)
    edit_plan.delete_project(state, str(project["Id"]))
    kinds = {e["DatabaseObject"] for e in plan.all("ConfigSystemEvents/do.GetDeleted()")}
    assert {"Project", "Task"} <= kinds
