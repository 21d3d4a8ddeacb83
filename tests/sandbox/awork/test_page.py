"""The projects page and the control API: people's edits on both sides."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.control.plan_sides import HqSide, Line
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row
from tests.sandbox.awork.conftest import Awork
from tests.sandbox.conftest import Client

PAGE = "/ui/nordlicht/plan"
AWORK, HQ = "/records/awork/nordlicht", "/records/hellohq/nordlicht"


@pytest.fixture
def project(control: Client) -> Row:
    """In helloHQ; awork has it too."""
    return next(p for p in control.hq.tables["Projects"] if p["Name"] == "Herbstkampagne")


def line(control: Client, project: Row, name: str) -> Line:
    return next(one for one in HqSide(control.hq, project).lines() if one.name == name)


def task_form(project: Row, **more: Any) -> dict[str, Any]:
    return {"side": "hellohq", "id": "", "project": str(project["Id"]), "name": "Von Hand",
            "place": "", "kind": "", "status": "", "first": "2026-07-01", "last": "2026-07-03",
            "hours": "7.5", "people": ["4701", "4702"], **more}  # fmt: skip


def test_both_sides_are_shown_and_refreshed_without_the_forms(
    control: Client, project: Row
) -> None:
    page = control("GET", f"{PAGE}?project={project['Id']}").text
    assert "Moodboards" in page and "Nur in awork angelegt" in page and "Nur in HQ" in page
    assert page.count('action="/ui/nordlicht/plan/tasks"') == 2
    tables = control("GET", f"{PAGE}/tables?project={project['Id']}").text
    assert "Moodboards" in tables and 'name="place"' not in tables
    assert "läuft" in tables and "angenommen" in tables
    only_hq = control("GET", f"{PAGE}?project=201").text
    assert "das Projekt gibt es hier nicht" in only_hq
    assert only_hq.count('action="/ui/nordlicht/plan/tasks"') == 1
    assert control("GET", "/ui/nowhere/plan").status_code == 404


def test_hq_task_is_made_changed_closed_and_deleted(control: Client, project: Row) -> None:
    assert control("POST", f"{PAGE}/tasks", data=task_form(project)).status_code == 200
    made = line(control, project, "Von Hand")
    assert (made.level, made.hours, made.shares) == (1, 7.5, {"4701": 3.75, "4702": 3.75})
    before = control.hq.tables["ProjectTasks"].get(int(made.id))
    edit = control("GET", f"{PAGE}?project={project['Id']}&edit=hellohq+{made.id}").text
    assert "Aufgabe ändern" in edit and 'value="2026-07-01"' in edit
    form = task_form(project, id=made.id, name="<b>Neu", place="")
    control("POST", f"{PAGE}/tasks", data=form)
    after = control.hq.tables["ProjectTasks"].get(int(made.id))
    assert before and after and after["Name"] == "<b>Neu"
    assert {k for k in after if after[k] != before[k]} <= {"Name", "UpdatedOn", "UpdatedBy"}
    assert "<b>Neu" not in control("GET", f"{PAGE}?project={project['Id']}").text
    base = f"{PAGE}/hellohq/{made.id}"
    control("POST", f"{base}/close", data={"project": project["Id"]})
    assert line(control, project, "<b>Neu").done
    control("POST", f"{base}/delete", data={"project": project["Id"]})
    assert control.hq.tables["ProjectTasks"].get(int(made.id)) is None


def test_what_was_typed_stays_when_it_is_refused(control: Client, project: Row) -> None:
    page = control("POST", f"{PAGE}/tasks", data=task_form(project, last="2026-06-01"))
    assert page.status_code == 400 and "Nicht gespeichert" in page.text
    assert 'value="Von Hand"' in page.text and 'value="2026-06-01"' in page.text
    used = line(control, project, "Moodboards").id
    refused = control("POST", f"{PAGE}/hellohq/{used}/delete", data={"project": project["Id"]})
    assert refused.status_code == 400 and "reportings" in refused.text


def test_awork_task_is_made_moved_and_deleted(control: Client, awork: Awork, project: Row) -> None:
    task_list = awork.all(f"/projects/{awork.project()}/tasklists")[0]["id"]
    user = awork.people()[0]
    statuses = awork.all(f"/projects/{awork.project()}/taskstatuses")
    form = task_form(
        project, side="awork", place=f"list {task_list}", people=[user],
        kind=awork.all("/typeofwork")[1]["id"], status=statuses[1]["id"],
    )  # fmt: skip
    assert control("POST", f"{PAGE}/tasks", data=form).status_code == 200
    [made] = awork.all("/me/projecttasks", filterby="name eq 'Von Hand'")
    assert made["lists"][0]["id"] == task_list and made["plannedDuration"] == 27_000
    assert (made["startOn"], made["taskStatusId"]) == ("2026-07-01T00:00:00Z", statuses[1]["id"])
    assert made["assignees"][0]["plannedEffort"] == 27_000
    other = awork.new_task(name="Eltern")
    control(
        "POST", f"{PAGE}/tasks", data={**form, "id": made["id"], "place": f"task {other['id']}"}
    )
    assert awork.get(f"/tasks/{made['id']}")["parentId"] == other["id"]
    control("POST", f"{PAGE}/awork/{made['id']}/delete", data={"project": project["Id"]})
    awork.get(f"/tasks/{made['id']}", expect=404)


def test_times_are_tracked_changed_and_deleted(control: Client, awork: Awork, project: Row) -> None:
    form = {"id": "", "project": str(project["Id"]), "user": awork.people()[0], "task": "",
            "day": "2026-06-16", "begin": "00:30", "minutes": "45", "note": "Zeile",
            "billable": "on"}  # fmt: skip
    control("POST", f"{PAGE}/times", data=form)
    [made] = awork.all("/timeentries", filterby="note eq 'Zeile'")
    assert (made["duration"], made["startDateLocal"]) == (2700, "2026-06-16T00:00:00")
    assert made["startDateUtc"] == "2026-06-15T00:00:00Z" and made["isBillable"]
    control("POST", f"{PAGE}/times", data={**form, "id": made["id"], "minutes": "60"})
    assert awork.get(f"/timeentries/{made['id']}")["duration"] == 3600
    control("POST", f"{PAGE}/times", data={**form, "note": "Uhr", "timer": "start"})
    [timer] = awork.all("/timeentries", filterby="note eq 'Uhr'")
    control("POST", f"{PAGE}/times/{timer['id']}/stop", data={"project": project["Id"]})
    assert awork.get(f"/timeentries/{timer['id']}")["duration"] > 0
    control("POST", f"{PAGE}/times/{made['id']}/delete", data={"project": project["Id"]})
    awork.get(f"/timeentries/{made['id']}", expect=404)


def test_control_api_edits_like_people(control: Client, awork: Awork) -> None:
    task = awork.new_task()
    changed = control("PATCH", f"{AWORK}/tasks/{task['id']}", json={"name": "Neu"})
    assert changed.json()["name"] == "Neu"
    assert control("PATCH", f"{AWORK}/tasks/{task['id']}", json={"x": 1}).status_code == 400
    assert control("PATCH", f"{AWORK}/tasks/x", json={"name": "x"}).status_code == 404
    assert control("DELETE", f"{AWORK}/tasks/{task['id']}").status_code == 204
    given = {"userId": awork.people()[0], "projectId": awork.project()}
    timer = control("POST", f"{AWORK}/timers", json=given).json()
    assert control("DELETE", f"{AWORK}/timers/{timer['id']}").status_code == 204
    control("PATCH", f"{AWORK}/workspace/workspace", json={"permissions": []})
    awork.get("/users", expect=401)
    made = control("POST", f"{HQ}/tasks", json={"ProjectId": 201, "Name": "Neu"}).json()
    assert control.get(f"{HQ}/tasks/{made['Id']}")["Assignments"] == {}
    assert control("DELETE", f"{HQ}/tasks/{made['Id']}").status_code == 204
    rules = control("PATCH", f"{HQ}/rules/rules", json={"lock_approved": True})
    assert rules.json()["lock_approved"] is True
    assert control.sandbox.world.state("nordlicht", HqState).rules.lock_approved
    state = control.get("/state/nordlicht")
    assert len(state["awork"]["times"]) == 61 and state["hellohq"]["tasks"]


def test_story_is_one_on_both_sides(control: Client, awork: Awork) -> None:
    """Linked projects have the same lines; people match by e-mail but for one on each side."""
    hq = control.hq
    links = {p["AworkSyncId"]: p for p in hq.tables["Projects"] if p["AworkSyncId"]}
    assert links.keys() == {p["id"] for p in awork.all("/projects")}
    for id, row in links.items():
        tasks = hq.tables["ProjectTasks"].where("ProjectId", row["Id"])
        phases = {t["Name"] for t in tasks if t["ParentId"] is None} - {"Administration"}
        assert phases == {li["name"] for li in awork.all(f"/projects/{id}/tasklists")}
        for task in tasks:
            if re.fullmatch(r"[0-9a-f-]{36}", task["SyncId"] or ""):
                assert awork.get(f"/tasks/{task['SyncId']}")["name"] == task["Name"]
    mails = {
        c["value"].strip().lower()
        for u in awork.all("/users")
        for c in u["userContactInfos"]
        if c["subType"] == "work" and u["status"]["invitationAccepted"]
    }
    ours = {u["EMailWork"].strip().lower() for u in hq.users} - {"", "sync@nordlicht.example"}
    assert len(mails - ours) == 1 and len(ours - mails) == 1
    templates = {t["name"] for t in awork.all("/projecttemplates")}
    assert {t["Name"] for t in hq.tables["ProjectTemplates"]} - templates == {"Internes Projekt"}
