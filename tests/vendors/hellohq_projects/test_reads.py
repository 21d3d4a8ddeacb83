"""The helloHQ client reading projects, tasks, reportings and deletions."""

from __future__ import annotations

import json
from datetime import date

import pytest
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    EndpointNotFound,
    InconsistentList,
    NotFound,
    Rejected,
)
from integrations.vendors.hellohq.project_records import (
    Assignment,
    Company,
    CustomField,
    Deletion,
    ProjectStatus,
    ProjectTemplate,
    Reporting,
    TaskType,
    TaskTypeStatus,
)

from .support import (
    BASE,
    CHANGED,
    assignment,
    audit,
    project,
    reporting,
    serve,
    task,
    without,
)

FEED = "ConfigSystemEvents/do.GetDeleted()"


def ids(pages) -> list[str]:
    return [record.id for page in pages for record in page.records]


def staged(record) -> bool:
    adapter = TypeAdapter(type(record))
    return adapter.validate_json(adapter.dump_json(record)) == record


# Changed since


LISTS = {
    "Projects": (lambda hq: hq.projects.changed, project),
    "ProjectTasks": (lambda hq: hq.tasks.changed, task),
    "UserReportings": (lambda hq: hq.reportings.changed, reporting),
}


@pytest.mark.parametrize("path", LISTS)
def test_changes_are_read_with_an_overlap_of_two_minutes(net, hq, path):
    read, row = LISTS[path]
    serve(net, path, [row()])
    (page,) = read(hq)("2031-03-04T10:11:12.5Z")
    assert page.total == 1 and page.cursor == "" and staged(page.records[0])
    params = net.calls[0].request.params
    assert params["$filter"] == "UpdatedOn gt 2031-03-04T10:09:12Z"
    assert (params["$orderby"], params["$top"]) == ("UpdatedOn,Id", "500")


@pytest.mark.parametrize("path", LISTS)
def test_without_a_time_everything_is_read_in_the_order_of_ids(net, hq, path):
    read, row = LISTS[path]
    serve(net, path, [row(n) for n in range(1, 8)], most=3)
    assert ids(read(hq)()) == [str(n) for n in range(1, 8)]
    params = net.calls[0].request.params
    assert params["$orderby"] == "Id" and "$filter" not in params


@pytest.mark.parametrize("path", LISTS)
def test_everything_is_read_where_the_time_is_refused(net, hq, path):
    read, row = LISTS[path]
    rows = [row(n) for n in range(1, 8)]

    def answer(request):
        if "$filter" in request.params:
            return 400, {}, json.dumps({"error": {"message": "no such filter"}})
        skip = int(request.params["$skip"])
        return 200, {}, json.dumps({"@odata.count": 7, "value": rows[skip : skip + 3]})

    net.add_callback("GET", f"{BASE}/{path}", answer, content_type="application/json")
    first = next(read(hq)(CHANGED))
    assert ids(read(hq)(CHANGED, first.cursor)) == ["4", "5", "6", "7"]
    assert ids(read(hq)(CHANGED)) == [str(n) for n in range(1, 8)]


def test_a_refused_token_is_no_refused_filter(net, hq):
    net.get(f"{BASE}/Projects", status=401)
    with pytest.raises(AuthFailed):
        list(hq.projects.changed(CHANGED))
    assert len(net.calls) == 1


def test_a_list_that_contradicts_itself(net, hq):
    """I7"""
    serve(net, "Projects", [project(1), project(2), project(1)], most=2)
    with pytest.raises(InconsistentList):
        list(hq.projects.changed())


@pytest.mark.parametrize("path", ["ProjectTasks", "UserReportings"])
def test_the_records_of_one_project(net, hq, path):
    read, row = LISTS[path]
    serve(net, path, [row()])
    list(read(hq)(CHANGED, project_id="208"))
    where = "ProjectId eq 208 and UpdatedOn gt 2031-03-04T09:58:00Z"
    assert net.calls[0].request.params["$filter"] == where
    part = hq.tasks if path == "ProjectTasks" else hq.reportings
    list(part.of_project("208"))
    assert net.calls[1].request.params["$filter"] == "ProjectId eq 208"
    with pytest.raises(BadAnswer, match="ignored"):
        list(part.of_project("209"))
    with pytest.raises(Rejected):
        list(part.of_project("208 or 1 eq 1"))


# Projects (A1)


def test_a_project_in_full(net, hq):
    net.get(f"{BASE}/Projects(208)", json=project())
    found = hq.projects.one("208")
    assert net.calls[0].request.params["$expand"] == "ProjectStatus,CustomFields"
    assert (found.number, found.name, found.company_id) == ("P-0815", "Relaunch", "5")
    assert (found.status_id, found.is_in_progress, found.template_id) == ("4", True, "3")
    assert (found.start_date, found.end_date) == (date(2031, 3, 1), None)
    assert found.planned_end_date == date(2031, 6, 30)
    assert found.awork_sync_id == "7f0c5a52-1111-4222-8333-9d3e7a1b0c44"
    assert found.custom_fields == [CustomField("Color", "red", "Text")]
    assert (found.created_by, found.created_on) == ("12", "2031-03-01T08:00:00Z")
    assert found.updated_on == CHANGED


def test_a_project_without_its_status_is_neither_running_nor_not(net, hq):
    net.get(f"{BASE}/Projects(208)", json=without(project(), "ProjectStatus"))
    found = hq.projects.one("208")
    assert (found.is_in_progress, found.status_id) == (None, "4")


def test_templates_statuses_and_companies(net, hq):
    serve(net, "ProjectTemplates", [{"Id": 3, "Name": " Web ", "IsInternal": False}])
    assert hq.projects.templates() == [ProjectTemplate("3", "Web", False)]
    serve(net, "ProjectStatuses", [{"Id": 4, "Name": "Running", "IsInProgress": True}])
    assert hq.projects.statuses() == [ProjectStatus("4", "Running", True)]
    serve(net, "Companies", [{"Id": 5, "Name": "Acme", "DebitorNumber": 10001, **audit()}])
    (page,) = hq.projects.companies()
    assert page.records == (Company("5", "Acme", "10001", CHANGED),)


# Single records: only helloHQ's word counts as gone


SINGLE = {
    "Projects(208)": (lambda hq: hq.projects.one("208"), project),
    "ProjectTasks(208)": (lambda hq: hq.tasks.one("208"), task),
    "UserReportings(208)": (lambda hq: hq.reportings.one("208"), reporting),
}


@pytest.mark.parametrize("path", SINGLE)
def test_a_record_that_is_said_to_be_missing(net, hq, path):
    """I7"""
    gone = {"error": {"code": "", "message": "Not found."}}
    net.get(f"{BASE}/{path}", status=404, json=gone)
    with pytest.raises(NotFound):
        SINGLE[path][0](hq)
    assert len(net.calls) == 1


@pytest.mark.parametrize("path", SINGLE)
def test_a_404_without_a_word_is_checked_against_the_list(net, hq, path):
    """I7"""
    read, row = SINGLE[path]
    listed = path.split("(")[0]
    net.get(f"{BASE}/{path}", status=404)
    serve(net, listed, [])
    with pytest.raises(NotFound):
        read(hq)
    assert net.calls[1].request.params["$filter"] == "Id eq 208"
    net.remove("GET", f"{BASE}/{listed}")
    serve(net, listed, [row(208)])
    with pytest.raises(EndpointNotFound):
        read(hq)
    net.remove("GET", f"{BASE}/{listed}")
    serve(net, listed, [row(209)])
    with pytest.raises(BadAnswer):
        read(hq)


# Tasks (A2, A3, A4)


def test_a_task_in_full(net, hq):
    net.get(f"{BASE}/ProjectTasks(50412)", json=task())
    found = hq.tasks.one("50412")
    assert net.calls[0].request.params["$expand"] == "Assignments"
    assert (found.project_id, found.parent_id, found.order) == ("208", "50400", 14)
    assert (found.start_on, found.end_on) == ("2031-03-03T08:00:00Z", "2031-03-07T16:00:00Z")
    assert (found.planned_seconds, found.type_id, found.status_id) == (45000, "7", "21")
    assert (found.is_done, found.charge_type, found.sync_id, found.sync) == (
        False, "Variable", "", True,
    )  # fmt: skip
    assert found.assignments == [Assignment("7001", "50412", "4711", "9", 22500, "Hours")]
    assert (found.is_admin, found.updated_on) == (None, CHANGED)


def test_a_phase_and_the_administration_flag(net, hq):
    """A7"""
    row = task(ParentId=None, PlannedEffort=None, TaskTypeId=None, IsAdminPhase=True)
    net.get(f"{BASE}/ProjectTasks(50412)", json=row)
    found = hq.tasks.one("50412")
    assert (found.parent_id, found.planned_seconds, found.type_id) == ("", None, "")
    assert found.is_admin is True


@pytest.mark.parametrize("changes", [{"Assignments": None}, {}])
def test_an_expansion_that_was_ignored_is_no_empty_staffing(net, hq, changes):
    row = {**without(task(), "Assignments"), **changes}
    serve(net, "ProjectTasks", [row])
    with pytest.raises(BadAnswer):
        list(hq.tasks.changed())


def test_a_staffing_that_was_cut_is_read_on_its_own(net, hq):
    serve(net, "ProjectTasks", [task(**{"Assignments@odata.nextLink": "https://x.example"})])
    rows = [assignment(n) for n in range(1, 6)]
    serve(net, "ProjectTasks(50412)/Assignments", rows, most=2)
    (page,) = hq.tasks.changed()
    assert [one.id for one in page.records[0].assignments] == ["1", "2", "3", "4", "5"]
    assert [one.id for one in hq.tasks.assignments("50412")] == ["1", "2", "3", "4", "5"]


def test_machines_and_percentages_are_told_apart(net, hq):
    rows = [assignment(1, UserId=None), assignment(2, AssignmentUnit="Percent")]
    serve(net, "ProjectTasks(50412)/Assignments", rows)
    machine, share = hq.tasks.assignments("50412")
    assert (machine.user_id, machine.resource_id) == ("", "9")
    assert (share.planned_seconds, share.unit) == (None, "Percent")


@pytest.mark.parametrize(
    "changes",
    [
        {"StartOn": "soon"}, {"PlannedEffort": "much"}, {"ProjectId": None},
        {"Assignments": [assignment(AssignmentValue="x")]}, {"Assignments": [3]},
    ],
)  # fmt: skip
def test_a_task_that_cannot_be_read_is_named(net, hq, changes):
    """G8"""
    serve(net, "ProjectTasks", [task(1, **changes), task(2)])
    (page,) = hq.tasks.changed()
    assert [bad.id for bad in page.malformed] == ["1"] and ids([page]) == ["2"]
    assert page.total == 2


def test_task_types_come_with_their_statuses(net, hq):
    """A5"""
    statuses = [{"Id": 21, "Name": "Done", "IsFinishedState": True, "TaskTypeId": 7}]
    row = {"Id": 7, "Name": "Design", "IsDefault": True, "TaskTypeStatus": statuses}
    serve(net, "TaskTypes", [row])
    expected = TaskType("7", "Design", True, [TaskTypeStatus("21", "7", "Done", True)])
    assert hq.tasks.types() == [expected]
    net.remove("GET", f"{BASE}/TaskTypes")
    serve(net, "TaskTypes", [without(row, "TaskTypeStatus")])
    with pytest.raises(BadAnswer):
        hq.tasks.types()


# Reportings (A7)


def test_a_reporting_in_full(net, hq):
    net.get(f"{BASE}/UserReportings(660017)", json=reporting(StartOn="2031-03-04T09:15:00"))
    assert hq.reportings.one("660017") == Reporting(
        "660017", "4711", "208", "50412", "2031-03-04T09:15:00Z", 5400, 600, "Scene 3", True,
        None, "12", "2031-03-01T08:00:00Z", "13", CHANGED,
    )  # fmt: skip


@pytest.mark.parametrize("changes", [{"StartOn": None}, {"UserId": None}, {"Duration": "long"}])
def test_a_reporting_that_cannot_be_read_is_named(net, hq, changes):
    serve(net, "UserReportings", [reporting(1, **changes), reporting(2)])
    (page,) = hq.reportings.changed()
    assert [bad.id for bad in page.malformed] == ["1"] and ids([page]) == ["2"]


# Deletions


def test_the_feed_of_deletions(net, hq):
    event = {"Type": "EntityDeleted", "DatabaseObject": "Task", "EntityId": 50412, **audit()}
    rows = [{"Id": 1, **event}, {"Id": 2, **event, "Type": "PropertyChanged"}]
    serve(net, FEED, rows)
    (page,) = hq.deletions("2031-03-01T08:01:00Z")
    assert page.records == (Deletion("1", "task", "50412", "2031-03-01T08:00:00Z", "12"),)
    assert page.total is None
    params = net.calls[0].request.params
    assert params["$filter"] == "CreatedOn gt 2031-03-01T07:59:00Z"
    assert params["$orderby"] == "CreatedOn,Id"


def test_check_names_what_may_not_be_read(net, hq):
    """G2"""
    for path in ("ProjectTasks", "UserReportings", "ProjectTemplates", "TaskTypes", "Companies"):
        serve(net, path, [])
    serve(net, FEED, [])
    net.get(f"{BASE}/Projects", status=403)
    assert hq.check_projects() == ["Projects"]
