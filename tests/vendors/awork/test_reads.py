"""The awork client reading: lists to their proven end, records, refusals."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    Locked,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from integrations.vendors.awork.contract import VERSION_OVERLAP
from integrations.vendors.awork.records import (
    Account,
    Assignee,
    Company,
    Delivery,
    FieldDefinition,
    FieldValue,
    InList,
    Project,
    ProjectStatus,
    ProjectTemplate,
    Task,
    TaskList,
    TaskStatus,
    TimeSetting,
    TypeOfWork,
    User,
)

from ..support import FakeTime
from .support import (
    API,
    KEY,
    VERSION,
    L,
    P,
    S,
    T,
    U,
    W,
    absence,
    client,
    entry,
    error,
    guid,
    project,
    serve,
    task,
    without,
)

USERS = f"{API}/users"


def ids(pages) -> list[str]:
    return [record.id for page in pages for record in page.records]


def staged(record) -> bool:
    adapter = TypeAdapter(type(record))
    return adapter.validate_json(adapter.dump_json(record)) == record


# Lists


def test_a_list_is_asked_for_with_page_and_size_and_in_a_stable_order(net, awork):
    serve(net, "/projects", [project()])
    (page,) = awork.projects.all()
    assert page.total == 1 and page.cursor == ""
    request = net.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.params == {"page": "1", "pageSize": "500", "orderby": "id asc"}


@pytest.mark.parametrize("total", [True, False])
def test_a_list_is_read_to_its_end(net, awork, total):
    serve(net, "/companies", [{"id": guid(n)} for n in range(7)], most=3, total=total)
    assert ids(awork.directory.companies()) == [guid(n) for n in range(7)]
    assert len(net.calls) == 3


def test_without_any_word_on_sizes_only_an_empty_page_is_the_end(net, awork):
    for rows in ([{"id": guid(1)}], [{"id": guid(2)}], []):
        net.get(f"{API}/companies", json=rows)
    assert ids(awork.directory.companies()) == [guid(1), guid(2)]


def test_a_list_goes_on_from_a_cursor(net, awork):
    serve(net, "/companies", [{"id": guid(n)} for n in range(7)], most=3)
    first = next(awork.directory.companies())
    assert ids(awork.directory.companies(first.cursor)) == [guid(n) for n in range(3, 7)]
    with pytest.raises(InconsistentList):
        list(awork.directory.companies("x"))


@pytest.mark.parametrize(
    "pages",
    [
        [(2, 3, [1, 2]), (2, 3, [2])],
        [(2, 3, [1, 2]), (2, 4, [3])],
        [(2, 3, [1, 2]), (2, 3, [])],
        [(2, 1, [1, 2])],
        [(2, 2, [1, 1])],
    ],
)
def test_lists_that_contradict_themselves(net, awork, pages):
    """I7: offsets move while others edit; a record that slipped through must not look deleted."""
    for size, total, numbers in pages:
        headers = {"aw-pagesize": str(size), "aw-totalitems": str(total)}
        net.get(f"{API}/companies", json=[{"id": guid(n)} for n in numbers], headers=headers)
    with pytest.raises(InconsistentList):
        list(awork.directory.companies())


def test_another_page_than_was_asked_for_proves_nothing(net, awork):
    net.get(f"{API}/companies", json=[], headers={"aw-page": "2"})
    with pytest.raises(InconsistentList):
        list(awork.directory.companies())


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}},
        {"json": [], "headers": {"aw-totalitems": "many"}},
        {"body": "<html>moved</html>", "content_type": "text/html"},
        {"body": "[{", "content_type": "application/json"},
    ],
)
def test_a_200_that_is_no_list_is_a_bad_answer(net, awork, answer):
    """The old host answers with a page of HTML."""
    net.get(f"{API}/companies", **answer)
    with pytest.raises(BadAnswer):
        list(awork.directory.companies())


def test_a_malformed_record_is_named(net, awork):
    """G8"""
    serve(net, "/me/projecttasks", [task(guid(1), resourceVersion=6.39e17), task(guid(2))])
    (page,) = awork.tasks.all()
    assert [bad.id for bad in page.malformed] == [guid(1)] and ids([page]) == [guid(2)]


def test_a_filter_that_was_ignored_is_noticed(net, awork):
    serve(net, "/timeentries", [entry(startDateUtc="2026-02-28T00:00:00Z")])
    with pytest.raises(BadAnswer, match="ignored"):
        list(awork.times.window(date(2026, 3, 1)))


def test_an_order_that_is_refused_is_left_to_awork(net, awork):
    refused = error("invalid-filter-or-order")
    net.get(f"{API}/companies", status=400, json=refused)
    net.get(f"{API}/companies", json=[], headers={"aw-totalitems": "0"})
    assert ids(awork.directory.companies()) == []
    assert "orderby" not in net.calls[1].request.params


# Changes


def test_changes_are_read_by_version_with_an_overlap(net, awork):
    """A16"""
    since = VERSION - 5
    serve(net, "/me/projecttasks", [task(resourceVersion=VERSION)])
    (page,) = awork.tasks.changed(since)
    assert int(page.records[0].version) == VERSION
    params = net.calls[0].request.params
    assert params["filterby"] == f"resourceVersion gt {since - VERSION_OVERLAP}L"
    assert params["orderby"] == "resourceVersion asc"


def test_changes_are_read_by_time_where_the_version_is_refused(net, awork):
    net.get(f"{API}/timeentries", status=400, json=error("invalid-filter-or-order"))
    pages = [entry(guid(n), updatedOn="2026-03-02T09:12:00Z") for n in (1, 2)]
    headers = {"aw-totalitems": "2"}
    net.get(f"{API}/timeentries", json=pages[:1], headers=headers)
    first = next(awork.times.changed(VERSION))
    where = net.calls[1].request.params["filterby"]
    assert where == "updatedOn ge datetime'2026-02-27T07:10:11'"  # the version's time, less 5 min
    net.get(f"{API}/timeentries", json=pages[1:], headers=headers)
    net.calls.reset()
    assert ids(awork.times.changed(VERSION, first.cursor)) == [guid(2)]
    assert len(net.calls) == 1 and net.calls[0].request.params["page"] == "2"


def test_changes_since_nothing_are_everything(net, awork):
    serve(net, "/projects", [project()])
    assert ids(awork.projects.changed(0)) == [P]
    assert "filterby" not in net.calls[0].request.params


# Records


def test_me_names_the_workspace(net, awork):
    """G12"""
    space = {"id": W, "name": "Demo", "url": "demo.awork.com"}
    net.get(f"{API}/me", json={"id": U, "firstName": "Sync", "workspace": space})
    assert awork.directory.me() == Account(U, "Sync", W, "Demo", "demo.awork.com")
    net.replace("GET", f"{API}/me", json={"id": U})
    with pytest.raises(BadAnswer):
        awork.directory.me()


def test_users_come_with_all_addresses_and_flags(net, awork):
    """G4"""
    infos = [
        {"type": "phone", "value": "1"},
        {"type": "email", "subType": "private", "value": "mia@home.test"},
        {"type": "Email", "subType": "work", "value": " mia@example.test "},
    ]
    rows = [
        {"id": guid(1), "firstName": "Mia ", "lastName": "Muster", "userContactInfos": infos},
        {"id": guid(2), "isArchived": True},
        {"id": guid(3), "status": {"isDeactivated": True}},
        {"id": guid(4), "isExternal": True},
        {"id": guid(5), "isAgent": True},
        {"id": guid(6), "status": {"invitationAccepted": False}},
        {"id": guid(7), "deletedOn": "2026-01-01T00:00:00Z"},
    ]
    serve(net, "/users", rows)
    (page,) = awork.directory.users()
    assert net.calls[0].request.params["showArchived"] == "true"
    mia, *others, pending, deleted = page.records
    emails = ["mia@example.test", "mia@home.test"]
    assert mia == User(guid(1), "Mia Muster", emails, False, False, False, False, False, "")
    assert mia.is_active and not any(one.is_active for one in [*others, deleted])
    assert pending.is_active and pending.is_pending
    assert staged(mia)


def test_a_project_in_full_and_with_everything_left_out(net, awork):
    net.get(f"{API}/projects/{P}", json=project())
    found = awork.projects.one(P)
    assert (found.start_date, found.due_date) == (date(2026, 3, 2), None)
    assert (found.company_id, found.template_id) == (guid(0x700), guid(0x900))
    assert (found.status_id, found.status_type) == (S, "progress")
    assert found.is_multi_assignment_allowed and found.version == str(VERSION)
    assert staged(found)
    net.replace("GET", f"{API}/projects/{P}", json={"id": P})
    bare = awork.projects.one(P)
    assert isinstance(bare, Project) and (bare.company_id, bare.version) == ("", "")


def test_a_task_in_full(net, awork):
    net.get(f"{API}/tasks/{T}", json=task())
    found = awork.tasks.one(T)
    assert (found.start_on, found.due_on) == (date(2026, 3, 2), date(2026, 3, 13))
    assert (found.status_id, found.status_type, found.type_of_work_id) == (S, "todo", W)
    assert found.lists == [InList(L, "Concept", 1.5, 7.0, False)] and found.list_id == L
    assert found.assignees == [Assignee(U, 14400, True, False)]
    assert found.custom_fields == [FieldValue(W, "HQ-4711")]
    assert (found.created_by, found.planned_seconds, found.version) == (U, 28800, str(VERSION))
    assert staged(found)


def test_a_task_with_everything_left_out(net, awork):
    """Null fields are missing from awork's answers."""
    net.get(f"{API}/tasks/{T}", json={"id": T, "projectId": P})
    bare = awork.tasks.one(T)
    assert isinstance(bare, Task) and bare.planned_seconds is None
    assert (bare.lists, bare.assignees, bare.list_id, bare.closed_on) == ([], [], "", "")


def test_the_primary_list_counts_else_the_first(net, awork):
    """A2"""
    lists = [{"id": guid(1), "order": 2}, {"id": guid(2), "order": -3}]
    net.get(f"{API}/tasks/{T}", json=task(lists=lists))
    assert awork.tasks.one(T).list_id == guid(2)
    lists[0]["isPrimary"] = True
    net.replace("GET", f"{API}/tasks/{T}", json=task(lists=lists))
    assert awork.tasks.one(T).list_id == guid(1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("textValue", "5"), ("numberValue", 1), ("booleanValue", False), ("userIdValue", U),
        ("dateValue", "2026-03-01T00:00:00Z"), ("other", None),
    ],
)  # fmt: skip
def test_values_of_custom_fields(net, awork, field, value):
    custom = {"customFieldDefinitionId": W, field: value}
    net.get(f"{API}/projects/{P}", json=project(customFields=[custom]))
    found = awork.projects.one(P).custom_fields
    assert found == [FieldValue(W, value)] and type(found[0].value) is not int
    assert staged(found[0])


def test_statuses_belong_to_the_project_that_was_asked(net, awork):
    """A5: one id occurs in several projects."""
    row = {"id": S, "name": "Doing", "type": "progress", "order": 2, "workflowId": W}
    serve(net, f"/projects/{P}/taskstatuses", [row])
    serve(net, f"/projects/{P}/projectstatuses", [row])
    (page,) = awork.projects.task_statuses(P)
    assert page.records == (TaskStatus(S, P, "Doing", "progress", 2.0),)
    (page,) = awork.projects.statuses(P)
    assert page.records == (ProjectStatus(S, P, "Doing", "progress", 2.0),)


def test_lists_templates_types_and_fields(net, awork):
    row = {"id": L, "name": "Concept", "order": -2, "isArchived": True}
    serve(net, f"/projects/{P}/tasklists", [{**row, "updatedOn": "2026-03-01T08:00:00Z"}])
    expected = TaskList(L, P, "Concept", -2.0, True, "", "", "2026-03-01T08:00:00Z")
    (page,) = awork.projects.task_lists(P)
    assert page.records == (expected,) and awork.projects.task_list(P, L) == expected
    assert net.calls[0].request.params["showArchived"] == "true"
    with pytest.raises(NotFound):
        awork.projects.task_list(P, T)
    serve(net, "/projecttemplates", [{"id": T, "name": " Website "}])
    assert next(awork.projects.templates()).records == (ProjectTemplate(T, "Website"),)
    serve(net, "/typeofwork", [{"id": W, "name": "Design", "isArchived": True}])
    assert next(awork.directory.types_of_work()).records == (TypeOfWork(W, "Design", True),)
    field = {"id": W, "name": "HQ-ID", "type": "text", "entity": "task", "linkedProjectIds": [P]}
    net.get(f"{API}/customfielddefinitions", json=[field])
    found = awork.directory.field_definitions()
    assert found == [FieldDefinition(W, "HQ-ID", "text", "task", [P])]
    net.replace("GET", f"{API}/customfielddefinitions", json={})
    with pytest.raises(BadAnswer):
        awork.directory.field_definitions()
    serve(net, "/companies", [{"id": W, "name": "Acme", "resourceVersion": VERSION}])
    company = next(awork.directory.companies()).records[0]
    assert company == Company(W, "Acme", "", "", False, str(VERSION))


def test_tasks_of_a_project_and_of_a_parent(net, awork):
    serve(net, f"/projects/{P}/projecttasks", [task(lists=[{"id": L, "orderOfTask": 7.5}])])
    assert ids(awork.tasks.of_project(P)) == [T]
    assert awork.tasks.next_order(P, L) == 8.5
    serve(net, "/me/projecttasks", [task(guid(1), parentId=T)])
    assert [one.id for one in awork.tasks.subtasks(T)] == [guid(1)]
    assert net.calls[-1].request.params["filterby"] == f"parentId eq guid'{T}'"


def test_a_mark_is_looked_up_here_where_awork_cannot(net, awork):
    """Only plain filters are sure to be understood."""
    for path, rows in (
        ("/me/projecttasks", [task(), task(guid(1), customFields=[])]),
        ("/absences", [absence(), absence(guid(1), externalProvider="other")]),
    ):
        serve(net, path, rows, refuse="filterby")
    assert [one.id for one in awork.tasks.marked("HQ-4711")] == [T]
    assert [one.id for one in awork.absences.marked("hq-sync:")] == [T]


def test_an_empty_list_gives_the_first_place(net, awork):
    serve(net, f"/projects/{P}/projecttasks", [])
    assert awork.tasks.next_order(P, L) == 1.0


# Time entries (A7)


def test_a_finished_entry(net, awork):
    net.get(f"{API}/timeentries/{T}", json=entry())
    found = awork.times.one(T)
    assert (found.starts_at, found.day) == ("2026-03-03T08:00:00Z", date(2026, 3, 3))
    assert (found.seconds, found.break_seconds, found.note) == (5400, 600, "Layout")
    assert not found.is_running and not found.is_date_only
    assert (found.is_billable, found.is_billed, found.version) == (True, False, str(VERSION))
    assert staged(found)


def test_an_entry_shortly_after_midnight_counts_for_the_local_day(net, awork):
    row = entry(startDateUtc="2026-03-02T00:00:00Z", startTimeUtc="23:30:00.5000000")
    net.get(f"{API}/timeentries/{T}", json=row)
    found = awork.times.one(T)
    assert (found.day, found.starts_at) == (date(2026, 3, 3), "2026-03-02T23:30:00Z")


def test_running_and_date_only_entries_are_told_apart(net, awork):
    """Neither has an end."""
    endless = without(entry(duration=0), "endTimeUtc", "endDateUtc")
    serve(
        net,
        "/timeentries",
        [
            {**endless, "id": guid(1)},
            {**without(endless, "startTimeUtc"), "id": guid(2), "duration": 3600},
            {**endless, "id": guid(3), "duration": 60, "breaks": [{"startDate": "x"}]},
            {**endless, "id": guid(4), "duration": 60, "breaks": [{"endDate": "x"}]},
        ],
    )
    running, date_only, paused, finished = next(awork.times.all()).records
    assert running.is_running and not running.is_date_only
    assert paused.is_running and not finished.is_running
    assert date_only.is_date_only and not date_only.is_running and date_only.seconds == 3600


def test_an_entry_that_lost_its_task_project_and_person(net, awork):
    row = without(entry(), "taskId", "projectId", "userId")
    net.get(f"{API}/timeentries/{T}", json=row)
    found = awork.times.one(T)
    assert (found.task_id, found.project_id, found.user_id) == ("", "", "")


def test_a_window_of_entries(net, awork):
    serve(net, "/timeentries", [entry()])
    pages = awork.times.window(date(2026, 3, 1), date(2026, 4, 1), project_id=P)
    assert ids(pages) == [T]
    assert net.calls[0].request.params["filterby"] == (
        "startDateUtc ge datetime'2026-03-01T00:00:00' and "
        f"startDateUtc lt datetime'2026-04-01T00:00:00' and projectId eq guid'{P}'"
    )


def test_the_ids_of_a_window(net, awork):
    serve(net, "/timeentries", [entry(guid(n)) for n in range(7)], most=3)
    pages = list(awork.times.ids(date(2026, 3, 1)))
    assert [id for page in pages for id in page.records] == [guid(n) for n in range(7)]
    assert net.calls[0].request.params["pageSize"] == "1000"


def test_rules_for_time_tracking(net, awork):
    """A9"""
    rows = [{"type": "prevent-on-done-projects", "enabled": True}, {"type": "x", "dayCount": 3}]
    net.get(f"{API}/timetracking/settings", json=rows)
    assert awork.times.settings() == [
        TimeSetting("prevent-on-done-projects", True, None),
        TimeSetting("x", False, 3),
    ]


def test_absences_and_webhook_logs(net, awork):
    serve(net, "/absences", [absence()])
    (page,) = awork.absences.all()
    found = page.records[0]
    assert (found.first, found.last) == (date(2026, 7, 6), date(2026, 7, 10))
    assert (found.half_first, found.half_last, found.external_provider) == (
        False, False, "hq-sync:1:7",
    )  # fmt: skip
    assert found.version == "2026-07-01T08:00:00Z" and staged(found)
    log = {"message": "{}", "responseCode": 500, "createdOn": "2026-03-01T08:00:00", "reason": "x"}
    net.get(f"{API}/webhooks/{W}/logs", json=[log])
    assert awork.webhooks.deliveries(W) == [Delivery("{}", 500, "2026-03-01T08:00:00Z", "x", False)]
    net.get(f"{API}/webhooks/eventtypes", json=["task_added"])
    assert awork.webhooks.event_types() == ["task_added"]


# Refusals


def refused(net, awork, status: int, **answer):
    net.get(f"{API}/tasks/{T}", status=status, **answer)
    with pytest.raises(Exception) as caught:
        awork.tasks.one(T)
    return caught.value


def test_a_missing_record_is_not_a_missing_route(net, awork):
    assert type(refused(net, awork, 404, json=error("not-found"))) is NotFound
    net.reset()
    assert type(refused(net, awork, 404, body="<html/>", content_type="text/html")) is (
        EndpointNotFound
    )
    net.reset()
    net.get(f"{API}/companies", status=404, json=error("not-found"))
    with pytest.raises(EndpointNotFound):
        list(awork.directory.companies())


def test_errors_keep_their_explanation_and_the_trace(net, awork):
    invalid = [{"property": "Name", "message": "must not be empty."}]
    body = error("validation-failed", validationErrors=invalid, details=["d" * 600])
    found = refused(net, awork, 400, json=body, headers={"X-Edge-Ref": "e1"})
    assert type(found) is Rejected and len(found.detail) == 500
    assert found.detail.startswith("validation-failed: No.")
    assert found.detail.endswith("[Trace-Id 0f3c9a5e, X-Edge-Ref e1]")
    net.reset()
    found = refused(net, awork, 400, json=error("x", validationErrors=invalid))
    assert "Name must not be empty." in found.detail
    net.reset()
    found = refused(net, awork, 400, json={"message": {"code": "unauthorized", "description": KEY}})
    assert found.detail == "unauthorized: ***"
    net.reset()
    found = refused(net, awork, 404, body="", headers={"Trace-Id": "t9"})
    assert found.detail.endswith("[Trace-Id t9]")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("entity-archived", Locked),
        ("insufficient-subscription-level", Forbidden),
        ("invalid-operation", Rejected),
    ],
)
def test_codes_with_a_meaning(net, awork, code, kind):
    assert type(refused(net, awork, 400, json=error(code))) is kind


@pytest.mark.parametrize(
    ("body", "me", "kind", "calls"),
    [
        (error("unauthorized"), 200, Forbidden, 2),
        (error("unauthorized"), 401, AuthFailed, 2),
        ({"message": {"code": "unauthorized"}}, 200, Forbidden, 2),
        (error("unauthorized", description="The token expired."), 200, AuthFailed, 1),
        (error("unauthorized", description="Missing permission x."), 401, Forbidden, 1),
    ],
)
def test_a_401_is_a_bad_token_or_a_missing_permission(net, awork, body, me, kind, calls):
    """G2: there is no other status for permissions, so `GET /me` decides in doubt."""
    space = {"id": U, "workspace": {"id": W}}
    net.get(f"{API}/me", status=me, json=space if me == 200 else error("unauthorized"))
    found = refused(net, awork, 401, json=body)
    assert type(found) is kind and found.status == 401
    assert len(net.calls) == calls


def test_a_bad_key_is_told_at_me(net, awork):
    net.get(f"{API}/me", status=401, body="")
    with pytest.raises(AuthFailed):
        awork.check()


def test_the_edge_is_no_permission(net, awork):
    found = refused(net, awork, 403, body="Request blocked", headers={"X-Edge-Ref": "e7"})
    assert type(found) is Unavailable and "X-Edge-Ref e7" in found.detail
    net.reset()
    assert type(refused(net, awork, 403, json=error("unauthorized"))) is Forbidden


def test_a_failure_of_the_server_keeps_the_trace(net, awork):
    net.get(f"{API}/tasks/{T}", status=500, body="", headers={"Trace-Id": "t9"})
    with pytest.raises(Unavailable) as caught:
        awork.tasks.one(T)
    assert caught.value.detail == "status 500 [Trace-Id t9]"
    net.post(f"{API}/tasks/changestatuses", status=502, json={}, headers={"X-Edge-Ref": "e1"})
    with pytest.raises(OutcomeUnknown) as unknown:
        awork.tasks.set_status(T, S)
    assert unknown.value.detail == "{} [X-Edge-Ref e1]"


def test_a_429_waits_as_long_as_it_asks(net):
    time = FakeTime()
    awork = client(time)
    for headers in ({"ratelimit-reset": "3"}, {"Retry-After": "2", "ratelimit-reset": "50"}):
        net.get(f"{API}/tasks/{T}", status=429, headers=headers)
    net.get(f"{API}/tasks/{T}", json=task())
    assert awork.tasks.one(T).id == T
    assert time.slept == [3.0, 2.0]
    net.get(f"{API}/tasks/{P}", status=429, headers={"ratelimit-reset": "30"})
    with pytest.raises(RateLimited) as caught:
        awork.tasks.one(P)
    assert caught.value.retry_after == 30.0


def test_no_id_no_request(net, awork):
    for read in (awork.tasks.one, awork.projects.one, awork.times.one, awork.absences.one):
        with pytest.raises(Rejected):
            read("../me")
    assert len(net.calls) == 0


def test_check_names_what_may_not_be_read(net, awork):
    """G2"""
    net.get(f"{API}/me", json={"id": U, "workspace": {"id": W}})
    serve(net, "/users", [{"id": U, "userContactInfos": [{"type": "email", "value": "x"}]}])
    serve(net, "/projects", [])
    net.get(f"{API}/absences", status=401, json=error("unauthorized"))
    assert awork.check(("users", "projects", "absences")) == ["absences"]
    net.remove("GET", USERS)
    serve(net, "/users", [{"id": U}])
    assert awork.check(("users",)) == ["userContactInfos"]
