"""awork: projects, templates, shared workflows."""

from __future__ import annotations

from typing import Any

from tests.sandbox.awork.conftest import Awork


def template(awork: Awork, name: str) -> str:
    return next(t["id"] for t in awork.all("/projecttemplates") if t["name"] == name)


def statuses(awork: Awork, project: str) -> dict[str, str]:
    return {s["name"]: s["id"] for s in awork.all(f"/projects/{project}/taskstatuses")}


def test_put_clears_what_is_left_out(awork: Awork) -> None:
    path = f"/projects/{awork.project()}"
    before = awork.get(path)
    assert before["color"] and before["timeBudget"] and before["companyId"]
    after = awork.send("PUT", path, {"name": "Neu"})
    assert not {"color", "companyId", "startDate", "dueDate", "description"} & after.keys()
    assert (after["timeBudget"], after["isBillableByDefault"]) == (0, False)
    assert after["deductNonBillableHours"] is False
    assert after["tags"] == before["tags"]
    assert after["projectStatusId"] == before["projectStatusId"]
    assert after["resourceVersion"] > before["resourceVersion"]


def test_template_brings_lists_tasks_and_billing(awork: Awork) -> None:
    form = {"name": "HQ-1 Neu", "projectTemplateId": template(awork, "Website"),
            "description": "<p>Unser</p>", "startDate": "2026-03-02T00:00:00Z"}  # fmt: skip
    row = awork.send("POST", "/projects", form)
    assert row["description"] == "<p>Unser</p>\n<p>Vorlage Website</p>"
    assert row["isBillableByDefault"] is True and row["projectKey"]
    lists = awork.all(f"/projects/{row['id']}/tasklists")
    assert [li["name"] for li in lists] == ["Konzeption", "Launch"]
    tasks = awork.all(f"/projects/{row['id']}/projecttasks")
    assert {t["name"] for t in tasks} >= {"Kick-off", "Briefing", "Datenschutz prüfen"}
    assert all(t["lists"] and t["taskStatus"]["type"] == "todo" for t in tasks)
    assert row["tasksCount"] == 0 or row["tasksCount"] == len(tasks)


def test_projects_without_a_template_have_statuses_of_their_own(awork: Awork) -> None:
    row = awork.send("POST", "/projects", {"name": "Neu"})
    assert {s["type"] for s in awork.all(f"/projects/{row['id']}/taskstatuses")} >= {"todo", "done"}
    both = {"name": "x", "workflowId": "x", "projectTemplateId": template(awork, "Website")}
    awork.refused("POST", "/projects", both, "invalid-operation")
    awork.refused("POST", "/projects", {"name": "x", "companyId": "x"}, "not-found", 404)
    taken = {"name": "x", "projectKey": row["projectKey"]}
    awork.refused("POST", "/projects", taken, "already-exist-error")


def test_workflow_shares_ids_and_linking_remaps_them(awork: Awork) -> None:
    shared = awork.project()
    other = awork.send(
        "POST", "/projects", {"name": "Zwei", "projectTemplateId": template(awork, "Kampagne")}
    )["id"]
    assert statuses(awork, shared) == statuses(awork, other)
    rows = awork.all(f"/projects/{shared}/taskstatuses")
    assert all("projectId" not in row and row["workflowId"] for row in rows)
    task = awork.new_task(entityId=other)
    row = awork.send("POST", f"/projects/{other}/unlinkworkflow")
    assert "workflowId" not in row
    own = statuses(awork, other)
    assert own.keys() == statuses(awork, shared).keys()
    assert not set(own.values()) & set(statuses(awork, shared).values())
    after = awork.get(f"/tasks/{task['id']}")
    assert after["taskStatusId"] == own["Offen"]
    assert after["resourceVersion"] > task["resourceVersion"]
    workflow = awork.all("/workflows")[0]["id"]
    awork.send("POST", f"/projects/{other}/linkworkflow", {"workflowId": workflow})
    assert statuses(awork, other) == statuses(awork, shared)


def test_statuses_are_made_and_deleted_with_an_heir(awork: Awork) -> None:
    project = awork.project("Markenauftritt")
    base = f"/projects/{project}/taskstatuses"
    row = awork.send("POST", base, {"name": "Extra", "type": "review", "order": 9})
    task = awork.new_task(entityId=project, taskStatusId=row["id"])
    awork.refused("POST", f"{base}/{row['id']}/delete", {}, "invalid-operation")
    heir = statuses(awork, project)["Offen"]
    awork.send("POST", f"{base}/{row['id']}/delete", {"taskStatusId": heir}, expect=204)
    assert awork.get(f"/tasks/{task['id']}")["taskStatusId"] == heir
    done = statuses(awork, project)["Fertig"]
    body = {"taskStatusId": heir}
    awork.refused("POST", f"{base}/{done}/delete", body, "invalid-operation")


def test_deleting_a_project_leaves_its_times_behind(awork: Awork) -> None:
    project = awork.project()
    mine = [e["id"] for e in awork.all(f"/projects/{project}/timeentries")]
    awork.send("POST", f"/projects/{project}/delete", {"deleteTimeTrackings": False}, expect=204)
    awork.get(f"/projects/{project}", expect=404)
    assert awork.all("/me/projecttasks", filterby=f"projectId eq guid'{project}'") == []
    left = {e["id"]: e for e in awork.all("/timeentries")}
    assert mine and all("projectId" not in left[id] and "taskId" not in left[id] for id in mine)


def test_deleting_without_a_body_takes_the_times(awork: Awork) -> None:
    project = awork.project()
    mine = {e["id"] for e in awork.all(f"/projects/{project}/timeentries")}
    awork.send("POST", f"/projects/{project}/delete", expect=204)
    assert not mine & {e["id"] for e in awork.all("/timeentries")}


def test_status_members_tags_and_batches(awork: Awork) -> None:
    project = awork.project()
    rows: list[dict[str, Any]] = awork.all(f"/projects/{project}/projectstatuses")
    closed = next(s["id"] for s in rows if s["type"] == "closed")
    body = {"projectStatusId": closed}
    awork.send("POST", f"/projects/{project}/changestatus", body, expect=204)
    assert awork.get(f"/projects/{project}")["closedOn"]
    role = next(r["id"] for r in awork.all("/projectroles") if r["isDefault"])
    member = {"userId": awork.people()[0], "projectRoleId": role}
    awork.send("POST", f"/projects/{project}/addprojectmember", member, expect=204)
    assert awork.get(f"/projects/{project}/members")[0]["projectRoleName"] == "Mitglied"
    body = {"projectIds": [project, "x"], "tags": [{"name": "neu"}]}
    result = awork.send("POST", "/projects/batch/addtags", body, expect=207)
    assert result == {"ok": {"ids": [project]}, "notFound": {"ids": ["x"]}}
    assert "neu" in {tag["name"] for tag in awork.get(f"/projects/{project}")["tags"]}
    awork.refused("PUT", f"/projects/{project}", {"name": "x", "isPrivate": True},
                  "invalid-operation")  # fmt: skip
