"""The helloHQ client writing tasks, assignments and reportings: one request each."""

from __future__ import annotations

import pytest

from integrations.remote import (
    ClosedGate,
    EndpointNotFound,
    Locked,
    OutcomeUnknown,
    Rejected,
    WriteRefused,
)
from integrations.vendors.hellohq.project_records import ReportingDraft, TaskDraft
from integrations.vendors.updates import Stale

from .support import (
    BASE,
    CHANGED,
    assignment,
    client,
    echo,
    reporting,
    sent,
    serve,
    task,
    without,
)

GUID = "7f0c5a52-1111-4222-8333-9d3e7a1b0c44"
TASK = TaskDraft("208", "Storyboard", "50400", planned_seconds=45000, type_id="7", sync_id=GUID)
TIME = ReportingDraft("208", "4711", "2031-03-04T10:15:00+01:00", 5400, "50412", "Scene 3", True)


# Creating


def test_a_task_is_created_with_our_mark_and_left_alone_by_others(net, hq):
    """A14: `Sync` is off on tasks that we create."""
    echo(net, "POST", "ProjectTasks", {"Id": 50412, "Order": 14})
    created = hq.tasks.create(TASK)
    body = {
        "ProjectId": 208,
        "ParentId": 50400,
        "Name": "Storyboard",
        "PlannedEffort": 12.5,
        "TaskTypeId": 7,
        "SyncId": GUID,
        "Sync": False,
    }
    assert sent(net) == [("POST", "ProjectTasks", body)]
    assert (created.id, created.order, created.planned_seconds) == ("50412", 14, 45000)
    assert (created.sync_id, created.sync, created.assignments) == (GUID, False, None)


def test_a_phase_is_a_task_without_a_parent(net, hq):
    echo(net, "POST", "ProjectTasks", {"Id": 1})
    draft = TaskDraft("208", "Administration", order=0, charge_type="NotChargeable")
    assert hq.tasks.create(draft).parent_id == ""
    body = {"ProjectId": 208, "Name": "Administration", "Order": 0, "Sync": False}
    assert sent(net)[0][2] == {**body, "ChargeType": "NotChargeable"}


def test_a_person_is_assigned_with_hours(net, hq):
    """A4"""
    path = "ProjectTasks(50412)/Assignments"
    echo(net, "POST", path, {"Id": 7001})
    made = hq.tasks.assign("50412", "4711", 22500)
    body = {"TaskId": 50412, "UserId": 4711, "AssignmentUnit": "Hours", "AssignmentValue": 6.25}
    assert sent(net) == [("POST", path, body)]
    assert (made.id, made.user_id, made.planned_seconds) == ("7001", "4711", 22500)


def test_a_reporting_is_created_in_seconds_and_utc(net, hq):
    """A7"""
    answer = without(reporting(), "UserId", "StartOn", "Note")
    net.post(f"{BASE}/Projects(208)/do.CreateReporting", status=201, json=answer)
    created = hq.reportings.create(TIME)
    body = {
        "UserId": 4711,
        "TaskId": 50412,
        "StartDate": "2031-03-04T09:15:00Z",
        "Duration": 5400,
        "Description": "Scene 3",
        "IsApproved": True,
    }
    assert sent(net) == [("POST", "Projects(208)/do.CreateReporting", body)]
    assert (created.id, created.user_id, created.note) == ("660017", "4711", "Scene 3")
    assert (created.start_on, created.project_id) == ("2031-03-04T09:15:00Z", "208")


def test_approval_is_only_sent_when_it_is_decided(net, hq):
    """A8"""
    net.post(f"{BASE}/Projects(208)/do.CreateReporting", json=reporting())
    hq.reportings.create(ReportingDraft("208", "4711", "2031-03-04T09:15:00Z", 60))
    hq.reportings.create(
        ReportingDraft("208", "4711", "2031-03-04T09:15:00Z", 60, is_approved=False)
    )
    first, second = (body for _, _, body in sent(net))
    assert "IsApproved" not in first and "TaskId" not in first
    assert second["IsApproved"] is False


CREATIONS = {
    "ProjectTasks": lambda hq: hq.tasks.create(TASK),
    "ProjectTasks(50412)/Assignments": lambda hq: hq.tasks.assign("50412", "4711", 60),
    "Projects(208)/do.CreateReporting": lambda hq: hq.reportings.create(TIME),
}


@pytest.mark.parametrize("path", CREATIONS)
@pytest.mark.parametrize("answer", [{"body": ""}, {"json": {}}, {"body": "<html>"}])
def test_a_creation_answered_unusably_has_an_unknown_outcome(net, hq, path, answer):
    net.post(f"{BASE}/{path}", status=201, **answer)
    with pytest.raises(OutcomeUnknown):
        CREATIONS[path](hq)
    assert len(net.calls) == 1


def test_an_uncertain_creation_is_looked_up_by_its_natural_key(net, hq):
    rows = [
        reporting(1),
        reporting(2, Duration=60),
        reporting(3, TaskId=None),
        reporting(4, StartOn="2031-03-04T09:15:00"),
    ]
    serve(net, "UserReportings", rows)
    assert [one.id for one in hq.reportings.equal_to(TIME)] == ["1", "4"]
    where = "UserId eq 4711 and ProjectId eq 208 and StartOn eq 2031-03-04T09:15:00Z"
    assert net.calls[0].request.params["$filter"] == where


# Replacing


def test_a_task_is_replaced_as_a_whole(net, hq):
    """A14: what we do not own goes back as it was read."""
    row = without(task(), "Assignments")
    net.get(f"{BASE}/ProjectTasks(50412)", json={"@odata.context": "x", "Project": {}, **row})
    echo(net, "PUT", "ProjectTasks(50412)", {"UpdatedOn": "2031-03-04T11:00:00Z"})
    changed = hq.tasks.update(
        "50412",
        {"name": "New", "planned_seconds": 3600, "status_id": "22", "sync_id": GUID},
        CHANGED,
    )
    expected = {"Name": "New", "PlannedEffort": 1.0, "TaskTypeStatusId": 22, "SyncId": GUID}
    assert sent(net) == [("PUT", "ProjectTasks(50412)", {**row, **expected})]
    assert (changed.name, changed.updated_on) == ("New", "2031-03-04T11:00:00Z")


def test_an_answer_without_the_record_is_read_again(net, hq):
    net.get(f"{BASE}/ProjectTasks(50412)", json=task())
    net.get(f"{BASE}/ProjectTasks(50412)", json=task(Name="New", UpdatedOn="2031-03-05T00:00:00Z"))
    net.put(f"{BASE}/ProjectTasks(50412)", status=200)
    changed = hq.tasks.update("50412", {"name": "New"})
    assert (changed.name, changed.updated_on) == ("New", "2031-03-05T00:00:00Z")


def test_fields_can_be_emptied(net, hq):
    net.get(f"{BASE}/ProjectTasks(50412)", json=task())
    echo(net, "PUT", "ProjectTasks(50412)", {})
    hq.tasks.update(
        "50412",
        {"description": "", "start_on": None, "planned_seconds": None, "type_id": "",
         "parent_id": "", "order": 0},
    )  # fmt: skip
    body = sent(net)[0][2]
    names = ("Description", "StartOn", "PlannedEffort", "TaskTypeId", "ParentId", "Order")
    assert [body[name] for name in names] == [None, None, None, None, None, 0]


def test_the_same_in_another_spelling_sends_nothing(net, hq):
    """I4"""
    row = task(StartOn="2031-03-03T09:00:00+01:00", PlannedEffort=12.501, SyncId=GUID.upper())
    net.get(f"{BASE}/ProjectTasks(50412)", json=row)
    net.get(f"{BASE}/UserReportings(660017)", json=reporting())
    same = {
        "name": "Storyboard",
        "description": "Three scenes",
        "start_on": "2031-03-03T08:00:00Z",
        "planned_seconds": 45000,
        "type_id": "7",
        "sync_id": GUID,
    }
    assert hq.tasks.update("50412", same).id == "50412"
    unchanged = {"seconds": 5400, "start_on": "2031-03-04T10:15:00+01:00", "is_approved": True}
    assert hq.reportings.update("4711", "660017", unchanged).id == "660017"
    assert sent(net) == []


def test_a_record_that_moved_is_not_overwritten(net, hq):
    """I2"""
    net.get(f"{BASE}/ProjectTasks(50412)", json=task(UpdatedOn="2031-03-04T10:00:00.001"))
    net.get(f"{BASE}/UserReportings(660017)", json=reporting(UpdatedOn="2031-03-04T10:00:01Z"))
    with pytest.raises(Stale):
        hq.tasks.update("50412", {"name": "New"}, CHANGED)
    with pytest.raises(Stale):
        hq.reportings.update("4711", "660017", {"seconds": 60}, CHANGED)
    assert sent(net) == []


def test_the_mark_of_another_sync_client_is_not_taken(net, hq):
    """A14"""
    net.get(f"{BASE}/ProjectTasks(50412)", json=task(SyncId="JIRA-1"))
    with pytest.raises(Rejected):
        hq.tasks.update("50412", {"name": "New", "sync_id": GUID})
    assert sent(net) == []


def test_values_that_are_none_are_not_sent(net, hq):
    net.get(f"{BASE}/ProjectTasks(50412)", json=task())
    net.get(f"{BASE}/UserReportings(660017)", json=reporting())
    for write in (
        lambda: hq.tasks.update("50412", {"start_on": "soon"}),
        lambda: hq.tasks.update("50412", {"status_id": "x"}),
        lambda: hq.reportings.update("4711", "660017", {"start_on": "soon"}),
        lambda: hq.reportings.update("4711) or (1", "660017", {"seconds": 60}),
        lambda: hq.reportings.create(ReportingDraft("208", "4711", "soon", 60)),
        lambda: hq.tasks.create(TaskDraft("x", "y")),
        lambda: hq.tasks.finish("x"),
    ):
        with pytest.raises(Rejected):
            write()
    assert sent(net) == []


def test_a_reporting_is_replaced_as_a_whole(net, hq):
    """A7, A14: its rate and breaks stay."""
    net.get(f"{BASE}/UserReportings(660017)", json=reporting())
    echo(net, "PUT", "Users(4711)/Reportings(660017)", {})
    changed = hq.reportings.update(
        "4711",
        "660017",
        {"seconds": 3600, "start_on": "2031-03-05T08:00:00+01:00", "task_id": "", "note": ""},
        CHANGED,
    )
    expected = {"Duration": 3600, "StartOn": "2031-03-05T07:00:00Z", "TaskId": None, "Note": ""}
    path = "Users(4711)/Reportings(660017)"
    assert sent(net) == [("PUT", path, {**reporting(), **expected})]
    assert (changed.seconds, changed.task_id, changed.break_seconds) == (3600, "", 600)


# Actions and deletions


def test_actions(net, hq):
    for path in ("do.Finish", "do.Open", "do.SetStatus"):
        net.post(f"{BASE}/ProjectTasks(50412)/{path}", json=task())
    hq.tasks.finish("50412")
    hq.tasks.open("50412")
    hq.tasks.set_status("50412", "22")
    assert sent(net) == [
        ("POST", "ProjectTasks(50412)/do.Finish", None),
        ("POST", "ProjectTasks(50412)/do.Open", None),
        ("POST", "ProjectTasks(50412)/do.SetStatus", {"Status": 22}),
    ]


DELETIONS = {
    "ProjectTasks(50412)": ("ProjectTasks", lambda hq: hq.tasks.delete("50412"), task),
    "ProjectTasks(50412)/Assignments(7001)": (
        "ProjectTasks(50412)/Assignments",
        lambda hq: hq.tasks.unassign("50412", "7001"),
        assignment,
    ),
    "Users(4711)/Reportings(660017)": (
        "UserReportings",
        lambda hq: hq.reportings.delete("4711", "660017"),
        reporting,
    ),
}


@pytest.mark.parametrize("path", DELETIONS)
def test_a_deletion_is_one_request_and_what_is_gone_is_deleted(net, hq, path):
    net.delete(f"{BASE}/{path}", status=204)
    net.delete(f"{BASE}/{path}", status=404, json={"error": {"message": "not found"}})
    for _ in range(2):
        DELETIONS[path][1](hq)
    assert sent(net) == [("DELETE", path, None)] * 2 and len(net.calls) == 2


@pytest.mark.parametrize("path", DELETIONS)
def test_a_deletion_that_is_not_found_is_checked_against_the_list(net, hq, path):
    """I7"""
    listed, delete, row = DELETIONS[path]
    net.delete(f"{BASE}/{path}", status=404)
    serve(net, listed, [])
    delete(hq)
    net.remove("GET", f"{BASE}/{listed}")
    serve(net, listed, [row()])
    with pytest.raises(EndpointNotFound):
        delete(hq)


# Refusals


@pytest.mark.parametrize(
    "message",
    [
        "The reporting is approved", "already billed", "The task is done", "Project is closed",
        "Month closed", "outside of the reporting period", "Invoiced reporting",
        "Reporting auf geschlossene Aufgaben unterbunden", "außerhalb des Zeitraums",
        "Monat abgeschlossen", "Aufgabe ist erledigt",
    ],
)  # fmt: skip
def test_a_closed_reporting_is_locked(net, hq, message):
    refused = {"status": 400, "json": {"error": {"message": message}}}
    path = f"{BASE}/Users(4711)/Reportings(660017)"
    net.get(f"{BASE}/UserReportings(660017)", json=reporting())
    net.put(path, **refused)
    net.delete(path, **refused)
    net.post(f"{BASE}/Projects(208)/do.CreateReporting", **refused)
    for write in (
        lambda: hq.reportings.create(TIME),
        lambda: hq.reportings.update("4711", "660017", {"seconds": 60}),
        lambda: hq.reportings.delete("4711", "660017"),
    ):
        with pytest.raises(Locked) as caught:
            write()
        assert caught.value.detail == message and caught.value.status == 400


def test_other_refusals_are_rejected_only(net, hq):
    net.post(
        f"{BASE}/Projects(208)/do.CreateReporting",
        status=400,
        json={"error": {"message": "Duration must be positive."}},
    )
    with pytest.raises(Rejected) as caught:
        hq.reportings.create(TIME)
    assert type(caught.value) is Rejected


def test_no_write_passes_a_closed_gate(net):
    """I14"""
    hq = client(gate=ClosedGate())
    net.get(f"{BASE}/ProjectTasks(50412)", json=task())
    net.get(f"{BASE}/UserReportings(660017)", json=reporting())
    for write in (
        *(lambda create=create: create(hq) for create in CREATIONS.values()),
        *(lambda delete=delete: delete(hq) for _, delete, _ in DELETIONS.values()),
        lambda: hq.tasks.update("50412", {"name": "New"}),
        lambda: hq.reportings.update("4711", "660017", {"seconds": 60}),
        lambda: hq.tasks.finish("50412"),
        lambda: hq.tasks.open("50412"),
        lambda: hq.tasks.set_status("50412", "22"),
    ):
        with pytest.raises(WriteRefused):
            write()
    assert sent(net) == []
