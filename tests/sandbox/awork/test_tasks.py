"""awork: tasks, lists, statuses, assignees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.awork.conftest import Awork


def test_created_task_gets_defaults_that_nobody_chose(awork: Awork) -> None:
    form = {"baseType": "projecttask", "entityId": awork.project(), "name": "Neu"}
    row = awork.send("POST", "/tasks", form)
    assert row["taskStatus"]["type"] == "todo"
    assert row["typeOfWorkId"] == awork.all("/typeofwork")[0]["id"]
    assert row["plannedDuration"] == 21_600
    assert row["lists"] == [] and row["assignees"] == []
    assert row["createdBy"] == awork.get("/me")["id"]
    assert awork.get(f"/tasks/key/{row['taskIdentifier']}")["id"] == row["id"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"baseType": "other"}, "validation-failed"),
        ({"taskStatusId": "x"}, "invalid-operation"),
        ({"typeOfWorkId": "x"}, "not-found"),
        ({"entityId": "x"}, "not-found"),
        ({"parentId": "x"}, "not-found"),
        ({"lists": [{"id": "x"}]}, "invalid-operation"),
        ({"plannedDuration": -1}, "value-out-of-range"),
        ({"plannedDuration": "8h"}, "validation-failed"),
        ({"startOn": "bald"}, "validation-failed"),
        ({"startOn": "2026-03-02T00:00:00Z", "dueOn": "2026-03-01"}, "date-dependency"),
    ],
)
def test_refused_tasks(awork: Awork, more: dict[str, Any], code: str) -> None:
    form = {"baseType": "projecttask", "entityId": awork.project(), "name": "Neu", **more}
    before = len(awork.state.tasks)
    answer = awork("POST", "/tasks", json=form)
    assert (answer.json()["code"], len(awork.state.tasks)) == (code, before)


def test_put_replaces_the_form_and_nothing_else(awork: Awork) -> None:
    rich = next(t for t in awork.state.tasks if t["checklist"])
    before = awork.get(f"/tasks/{rich['id']}")
    assert before["isPrio"] and before["startOn"] and before["plannedDuration"]
    after = awork.send("PUT", f"/tasks/{rich['id']}", {"name": "Neu"})
    assert "startOn" not in after and "dueOn" not in after
    assert (after["isPrio"], after["plannedDuration"]) == (False, 0)
    for kept in ("tags", "checklistItemsCount", "taskStatusId", "lists", "typeOfWorkId"):
        assert after[kept] == before[kept]
    awork.refused("PUT", f"/tasks/{rich['id']}", {"description": "x"}, "validation-failed")


def test_nested_changes_move_the_version_only(awork: Awork) -> None:
    task = awork.new_task()
    path, person = f"/tasks/{task['id']}", awork.people()[0]
    lists = awork.all(f"/projects/{awork.project()}/tasklists")
    place = [{"taskId": task["id"], "taskLists": [{"id": lists[0]["id"]}]}]
    steps = [
        ("/tasks/changelists", place, 200),
        (f"{path}/addtags", [{"name": "A"}], 204),
        (f"{path}/setassignees", [person], 204),
        (f"{path}/setplannedefforts", [{"userId": person, "plannedEffort": 60}], 204),
        (f"{path}/checklistitems", {"name": "x"}, 200),
    ]
    seen = [task]
    for step, body, status in steps:
        awork.send("POST", step, body, expect=status)
        seen.append(awork.get(path))
    versions = [row["resourceVersion"] for row in seen]
    assert versions == sorted(set(versions))
    assert {row["updatedOn"] for row in seen} == {task["updatedOn"]}
    assert awork.send("PUT", path, {"name": "x"})["updatedOn"] != task["updatedOn"]


def test_lists_are_a_full_set_with_one_primary(awork: Awork) -> None:
    task = awork.new_task()
    one, two, *_ = [li["id"] for li in awork.all(f"/projects/{awork.project()}/tasklists")]

    def change(*lists: dict[str, Any]) -> list[tuple[str, bool]]:
        awork.send("POST", "/tasks/changelists", [{"taskId": task["id"], "taskLists": lists}])
        shown = awork.get(f"/tasks/{task['id']}")["lists"]
        return [(place["id"], place["isPrimary"]) for place in shown]

    assert change({"id": one, "order": 5}, {"id": two, "order": 1}) == [(one, False), (two, True)]
    assert change({"id": one, "isPrimary": True}, {"id": two}) == [(one, True), (two, False)]
    assert change() == []
    foreign = awork.all(f"/projects/{awork.project('Markenauftritt')}/tasklists")[0]["id"]
    body = [{"taskId": task["id"], "taskLists": [{"id": foreign}]}]
    awork.refused("POST", "/tasks/changelists", body, "invalid-operation")


def test_one_level_of_subtasks_that_follow_their_parent(awork: Awork) -> None:
    lists = awork.all(f"/projects/{awork.project()}/tasklists")
    parent = awork.new_task(lists=[{"id": lists[0]["id"], "order": 1}])
    child = awork.new_task(parentId=parent["id"])
    assert child["isSubtask"] and child["lists"] == parent["lists"]
    assert awork.get(f"/tasks/{parent['id']}")["numberOfSubtasks"] == 1
    form = {"baseType": "projecttask", "entityId": awork.project(), "name": "x"}
    awork.refused("POST", "/tasks", {**form, "parentId": child["id"]}, "invalid-operation")
    other = awork.new_task()
    under = [{"taskId": parent["id"], "parentId": other["id"]}]
    awork.refused("POST", "/tasks/changesubtasks", under, "invalid-operation")
    move = [{"taskId": parent["id"], "taskLists": [{"id": lists[1]["id"]}]}]
    awork.send("POST", "/tasks/changelists", move)
    assert awork.get(f"/tasks/{child['id']}")["lists"][0]["id"] == lists[1]["id"]
    out = [{"taskId": child["id"]}]
    awork.send("POST", "/tasks/changesubtaskstoparent", out, expect=204)
    assert awork.get(f"/tasks/{child['id']}")["lists"][0]["id"] == lists[1]["id"]
    found = awork.all(
        f"/projects/{awork.project()}/projecttasks", filterby=f"parentid eq guid'{parent['id']}'"
    )
    assert found == []
    under = [{"taskId": child["id"], "parentId": other["id"]}]
    awork.send("POST", "/tasks/changesubtasks", under, expect=204)
    assert awork.get(f"/tasks/{child['id']}")["parentId"] == other["id"]


def test_effort_is_split_equally_or_by_hand(awork: Awork) -> None:
    task = awork.new_task(plannedDuration=1000)
    path, (a, b, c) = f"/tasks/{task['id']}", awork.people()[:3]

    def shares() -> dict[str, tuple[int, bool]]:
        return {
            s["id"]: (s["plannedEffort"], s["isDistributedPlannedEffort"])
            for s in awork.get(path)["assignees"]
        }

    awork.send("POST", f"{path}/setassignees", [a, b, c], expect=204)
    assert shares() == {a: (334, True), b: (333, True), c: (333, True)}
    by_hand = [{"userId": b, "plannedEffort": 900}]
    awork.send("POST", f"{path}/setplannedefforts", by_hand, expect=204)
    assert shares() == {a: (500, True), b: (900, False), c: (500, True)}
    awork.send("POST", f"{path}/setassignees", [b, a], expect=204)
    assert shares() == {b: (900, False), a: (1000, True)}
    awork.send("PUT", path, {"name": "x", "plannedDuration": 600})
    assert shares() == {b: (900, False), a: (600, True)}
    back = [{"userId": b, "plannedEffort": None}]
    awork.send("POST", f"{path}/setplannedefforts", back, expect=204)
    assert shares() == {b: (300, True), a: (300, True)}


def test_assignees_that_cannot_be(awork: Awork) -> None:
    task, (a, b, *_) = awork.new_task(), awork.people()
    path = f"/tasks/{task['id']}/setassignees"
    gone = next(u["id"] for u in awork.all("/users") if u["isDeactivated"])
    awork.refused("POST", path, [gone], "deactivated-user")
    awork.refused("POST", path, ["x"], "not-found", 404)
    awork.state.multi_assignment = False
    awork.refused("POST", path, [a, b], "invalid-operation")
    awork.send("POST", path, [a], expect=204)
    assert awork.get(f"/projects/{awork.project()}")["isMultiAssignmentAllowed"] is False


def test_statuses_answer_207_when_one_fails(awork: Awork) -> None:
    task = awork.new_task()
    statuses = awork.all(f"/projects/{awork.project()}/taskstatuses")
    done = next(s["id"] for s in statuses if s["type"] == "done")
    good = {"taskId": task["id"], "statusId": done}
    awork.send("POST", "/tasks/changestatuses", [good], expect=204)
    row = awork.get(f"/tasks/{task['id']}")
    assert row["closedOn"] and row["taskStatus"]["type"] == "done"
    mixed = [good, {"taskId": "x", "statusId": done}]
    result = awork.send("POST", "/tasks/changestatuses", mixed, expect=207)
    assert result == {"ok": {"ids": [task["id"]]}, "notFound": {"ids": ["x"]}}
    wrong = [{"taskId": task["id"], "statusId": "x"}]
    result = awork.send("POST", "/tasks/changestatuses", wrong, expect=207)
    assert result == {"badRequest": {"ids": [task["id"]]}}
    back = [{"taskId": task["id"], "statusId": statuses[0]["id"]}]
    awork.send("POST", "/tasks/changestatuses", back, expect=204)
    assert "closedOn" not in awork.get(f"/tasks/{task['id']}")


def test_deleting_a_task_takes_subtasks_and_strips_times(awork: Awork) -> None:
    entry = next(e for e in awork.all("/timeentries") if e.get("taskId"))
    child = awork.new_task(parentId=entry["taskId"], entityId=entry["projectId"])
    body = {"taskIds": [entry["taskId"], "x"]}
    result = awork.send("POST", "/tasks/delete", body, expect=207)
    assert result["notFound"] == {"ids": ["x"]}
    awork.get(f"/tasks/{entry['taskId']}", expect=404)
    awork.get(f"/tasks/{child['id']}", expect=404)
    after = awork.get(f"/timeentries/{entry['id']}")
    assert "taskId" not in after and "projectId" not in after
    assert after["updatedOn"] > entry["updatedOn"]


def test_batch_is_always_207(awork: Awork) -> None:
    task, person = awork.new_task(), awork.people()[0]
    body = {"taskIds": [task["id"]], "userIds": [person]}
    result = awork.send("POST", "/tasks/batch/assignusers", body, expect=207)
    assert result == {"ok": {"ids": [task["id"]]}}
    assert awork.get(f"/tasks/{task['id']}")["assignees"][0]["id"] == person
    body = {"taskIds": [task["id"], "x"], "deleteTimeTrackings": True}
    result = awork.send("POST", "/tasks/batch/delete", body, expect=207)
    assert result == {"ok": {"ids": [task["id"]]}, "notFound": {"ids": ["x"]}}


def test_private_tasks_are_in_one_list_only(awork: Awork) -> None:
    everything = awork.all("/me/allavailabletasks")
    project_tasks = awork.all("/me/projecttasks")
    assert {t["baseType"] for t in everything} == {"private", "projecttask"}
    assert {t["baseType"] for t in project_tasks} == {"projecttask"}


def test_lists_are_created_renamed_ordered_archived_deleted(awork: Awork) -> None:
    base = f"/projects/{awork.project()}/tasklists"
    row = awork.send("POST", base, {"name": "Neu"})
    assert row["order"] > 3
    path = f"{base}/{row['id']}"
    assert awork.send("PUT", path, {"name": "Neuer", "order": 1})["order"] == row["order"]
    awork.send("POST", f"{path}/updateorder", {"order": -2}, expect=204)
    assert awork.all(base)[0]["name"] == "Neuer"
    task = awork.new_task()
    awork.send("POST", f"{path}/addtasks", [{"taskId": task["id"]}])
    awork.refused("POST", f"{path}/setarchived", {"isArchived": True}, "validation-failed")
    body = {"isArchived": True, "taskOperation": "task-to-done"}
    awork.send("POST", f"{path}/setarchived", body, expect=204)
    assert awork.get(f"/tasks/{task['id']}")["taskStatus"]["type"] == "done"
    assert row["id"] not in {li["id"] for li in awork.all(base)}
    assert row["id"] in {li["id"] for li in awork.all(base, showArchived="true")}
    awork.send("POST", f"{path}/delete", {}, expect=204)
    assert awork.get(f"/tasks/{task['id']}")["lists"] == []
    awork.get(path, expect=404)


def test_moving_to_another_project_takes_the_times_along(awork: Awork) -> None:
    entry = next(e for e in awork.all("/timeentries") if e.get("taskId"))
    target = awork.project("Markenauftritt")
    statuses = awork.all(f"/projects/{target}/taskstatuses")
    path = f"/projects/{entry['projectId']}/projecttasks/{entry['taskId']}/changeproject"
    awork.refused("POST", path, {"projectId": target}, "invalid-operation")
    body = {"projectId": target, "taskStatusId": statuses[0]["id"]}
    awork.send("POST", path, body, expect=204)
    assert awork.get(f"/timeentries/{entry['id']}")["projectId"] == target
