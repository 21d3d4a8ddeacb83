"""The awork client writing: one request each, nothing lost that is not ours."""

from __future__ import annotations

import json
from datetime import date

import pytest

from integrations.remote import (
    ClosedGate,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Rejected,
    WriteRefused,
)
from integrations.vendors.awork.errors import Collision
from integrations.vendors.awork.forms import (
    AbsenceDraft,
    ListPlace,
    ProjectDraft,
    TaskDraft,
    WebhookDraft,
)
from integrations.vendors.updates import Stale

from ..support import FakeTime
from .support import (
    API,
    VERSION,
    L,
    P,
    S,
    T,
    U,
    W,
    absence,
    client,
    error,
    guid,
    project,
    sent,
    serve,
    task,
    without,
)

DRAFT = TaskDraft(P, "Screen design", W, S, planned_seconds=28800, lists=[ListPlace(L, 3)])


def echo(net, method: str, path: str, *, row=None, status: int = 200) -> None:
    """Answer a write with the record that it leads to."""

    def answer(request):
        return status, {}, json.dumps({**(row or {"id": T}), **json.loads(request.body)})

    net.add_callback(method, API + path, answer, content_type="application/json")


# Creating


def test_a_task_is_created_with_one_request_and_all_that_awork_would_guess(net, awork):
    echo(net, "POST", "/tasks")
    created = awork.tasks.create(DRAFT)
    assert sent(net) == [
        (
            "POST",
            "/tasks",
            {
                "baseType": "projecttask",
                "entityId": P,
                "name": "Screen design",
                "typeOfWorkId": W,
                "taskStatusId": S,
                "lists": [{"id": L, "order": 3}],
                "plannedDuration": 28800,
                "isPrio": False,
            },
        )
    ]
    assert (created.id, created.project_id, created.planned_seconds) == (T, P, 28800)


def test_no_target_value_is_sent_as_zero_and_days_as_midnight_utc(net, awork):
    """A3: the server may have a default of its own."""
    echo(net, "POST", "/tasks")
    awork.tasks.create(
        TaskDraft(P, "Sub", W, S, start_on=date(2026, 3, 2), due_on=date(2026, 3, 3), parent_id=L)
    )
    body = sent(net)[0][2]
    assert (body["plannedDuration"], body["parentId"], "lists" in body) == (0, L, False)
    assert (body["startOn"], body["dueOn"]) == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")


def test_a_project_is_created_from_its_template(net, awork):
    """A1"""
    echo(net, "POST", "/projects", row={"id": P})
    draft = ProjectDraft("Relaunch", W, U, date(2026, 3, 2), date(2026, 6, 30))
    created = awork.projects.create(draft)
    assert sent(net)[0][2] == {
        "name": "Relaunch",
        "companyId": U,
        "projectTemplateId": W,
        "startDate": "2026-03-02T00:00:00Z",
        "dueDate": "2026-06-30T00:00:00Z",
    }
    assert (created.id, created.due_date, created.template_id) == (P, date(2026, 6, 30), W)


def test_small_creations(net, awork):
    echo(net, "POST", "/companies")
    assert awork.directory.create_company("Acme").name == "Acme"
    echo(net, "POST", f"/projects/{P}/tasklists", row={"id": L})
    made = awork.projects.create_list(P, "Concept", 2.0)
    assert (made.id, made.project_id, made.order) == (L, P, 2.0)
    echo(net, "POST", "/customfielddefinitions", row={"id": W})
    assert awork.directory.create_text_field("HQ-ID", "task").entity == "task"
    bodies = [body for _, _, body in sent(net)]
    assert bodies == [
        {"name": "Acme"},
        {"name": "Concept", "order": 2.0},
        {"name": "HQ-ID", "type": "text", "entity": "task", "order": 0.0},
    ]
    with pytest.raises(ValueError):
        awork.directory.create_text_field("HQ-ID", "company")


@pytest.mark.parametrize(
    "answer", [{"body": ""}, {"json": []}, {"json": {"name": "x"}}, {"json": task(startOn="soon")}]
)
def test_a_creation_answered_unusably_has_an_unknown_outcome(net, awork, answer):
    net.post(f"{API}/tasks", **answer)
    with pytest.raises(OutcomeUnknown):
        awork.tasks.create(DRAFT)
    assert len(net.calls) == 1


def test_a_creation_that_collides_is_not_sent_again(net, awork):
    net.post(f"{API}/tasks", status=400, json=error("concurrency-violation"))
    with pytest.raises(Collision):
        awork.tasks.create(DRAFT)
    assert len(net.calls) == 1


def growing(net, path: str, counts: list[int]) -> None:
    """A list that has another length each time it is asked for; the last one stays."""

    def answer(request):
        count = counts.pop(0) if len(counts) > 1 else counts[0]
        rows = [{"id": guid(1)}] if count else []
        return 200, {"aw-totalitems": str(count)}, json.dumps(rows)

    net.add_callback("GET", API + path, answer, content_type="application/json")


def test_a_new_project_is_waited_for(net):
    """A1: its template's lists and tasks may come later."""
    time = FakeTime()
    awork = client(time)
    growing(net, f"/projects/{P}/tasklists", [0, 2, 3])
    growing(net, f"/projects/{P}/projecttasks", [0, 0, 4, 5])
    assert awork.projects.settle(P) is True
    assert time.slept == [1.0, 2.0, 4.0, 5.0]


def test_a_project_that_never_settles_is_waited_for_a_minute(net):
    time = FakeTime()
    growing(net, f"/projects/{P}/tasklists", [0])
    growing(net, f"/projects/{P}/projecttasks", list(range(100)))
    assert client(time).projects.settle(P) is False
    assert 60 <= sum(time.slept) < 66


# Replacing


FORM = {
    "name": "Screen design",
    "description": "<p>Three variants</p>",
    "isPrio": True,
    "startOn": "2026-03-02T16:00:00Z",
    "dueOn": "2026-03-13T00:00:00Z",
    "laneOrder": 4,
    "plannedDuration": 28800,
}


def test_a_task_is_replaced_with_all_that_others_own(net, awork):
    """A14: an omitted field would be cleared."""
    net.get(f"{API}/tasks/{T}", json=task())
    echo(net, "PUT", f"/tasks/{T}")
    changed = awork.tasks.update(T, {"name": "New", "due_on": date(2026, 3, 20)}, str(VERSION))
    assert sent(net) == [
        ("PUT", f"/tasks/{T}", {**FORM, "name": "New", "dueOn": "2026-03-20T00:00:00Z"})
    ]
    assert (changed.name, changed.status_id) == ("New", S)  # left out of the answer: as it was


def test_fields_are_emptied_and_times_of_day_are_kept(net, awork):
    """A3"""
    net.get(f"{API}/tasks/{T}", json=without(task(), "plannedDuration"))
    echo(net, "PUT", f"/tasks/{T}")
    awork.tasks.update(T, {"description": "", "start_on": date(2026, 3, 2), "due_on": None})
    expected = {**FORM, "description": None, "dueOn": None, "plannedDuration": 0}
    assert sent(net)[0][2] == expected


def test_nothing_to_change_sends_nothing(net, awork):
    """I4"""
    net.get(f"{API}/tasks/{T}", json=task())
    same = {"name": "Screen design", "start_on": date(2026, 3, 2), "planned_seconds": 28800}
    assert awork.tasks.update(T, same).id == T
    assert sent(net) == []


def test_a_record_that_moved_is_not_overwritten(net, awork):
    """I2"""
    net.get(f"{API}/tasks/{T}", json=task())
    net.get(f"{API}/projects/{P}", json=project())
    net.get(f"{API}/absences/{T}", json=absence())
    for update in (
        lambda: awork.tasks.update(T, {"name": "New"}, str(VERSION - 1)),
        lambda: awork.projects.update(P, {"name": "New"}, str(VERSION - 1)),
        lambda: awork.absences.update(T, {"description": "x"}, "2026-07-01T07:59:59Z"),
    ):
        with pytest.raises(Stale) as caught:
            update()
        assert caught.value.code == "stale"
    assert sent(net) == []


def test_a_collision_is_read_and_merged_again(net, awork):
    """I2: the second reading shows what the other one wrote."""
    url = f"{API}/tasks/{T}"
    net.get(url, json=task())
    net.get(url, json=task(laneOrder=9))
    net.put(url, status=400, json=error("concurrency-violation"))
    net.put(url, json=task(name="New"))
    awork.tasks.update(T, {"name": "New"})
    assert [body["laneOrder"] for _, _, body in sent(net)] == [4, 9]


def test_endless_collisions_end(net, awork):
    net.get(f"{API}/tasks/{T}", json=task())
    net.put(f"{API}/tasks/{T}", status=400, json=error("concurrency-violation"))
    with pytest.raises(Collision):
        awork.tasks.update(T, {"name": "New"})
    assert len(sent(net)) == 3


def test_a_collision_does_not_hide_that_the_record_moved(net, awork):
    url = f"{API}/tasks/{T}"
    net.get(url, json=task())
    net.get(url, json=task(resourceVersion=VERSION + 1))
    net.put(url, status=400, json=error("concurrency-violation"))
    with pytest.raises(Stale):
        awork.tasks.update(T, {"name": "New"}, str(VERSION))


def test_a_project_keeps_its_client_budget_and_flags(net, awork):
    """A14: the very accident of the old integration. References may come as objects only."""
    net.get(f"{API}/projects/{P}", json=project())
    echo(net, "PUT", f"/projects/{P}", row={"id": P})
    awork.projects.update(P, {"due_date": date(2026, 6, 30)})
    assert sent(net)[0][2] == {
        "name": "HQ-2026-0815 Relaunch",
        "isPrivate": False,
        "startDate": "2026-03-02T00:00:00Z",
        "dueDate": "2026-06-30T00:00:00Z",
        "companyId": guid(0x700),
        "timeBudget": 288000,
        "isBillableByDefault": True,
        "projectTypeId": guid(0x800),
        "color": "purple",
        "deductNonBillableHours": True,
    }


def test_the_budget_of_a_retainer_is_not_sent(net, awork):
    net.get(f"{API}/projects/{P}", json=project(isRetainer=True, companyId=U))
    echo(net, "PUT", f"/projects/{P}", row={"id": P})
    awork.projects.update(P, {"company_id": ""})
    body = sent(net)[0][2]
    assert "timeBudget" not in body and body["companyId"] is None


def test_what_a_whole_answer_leaves_out_is_empty(net, awork):
    """Not what it was before: awork leaves out null fields."""
    net.get(f"{API}/projects/{P}", json=project(companyId=guid(0x700)))
    answer = without(project(dueDate="2026-06-30T00:00:00Z"), "company", "startDate")
    net.put(f"{API}/projects/{P}", json=answer)
    changed = awork.projects.update(P, {"company_id": "", "start_date": None})
    assert (changed.company_id, changed.start_date) == ("", None)
    assert changed.due_date == date(2026, 6, 30)


def test_lists_and_companies_are_replaced_too(net, awork):
    row = {"id": L, "name": "Old", "isHiddenForConnectUsers": True, "order": 2}
    serve(net, f"/projects/{P}/tasklists", [{**row, "updatedOn": "2026-03-01T08:00:00Z"}])
    echo(net, "PUT", f"/projects/{P}/tasklists/{L}", row={"id": L})
    renamed = awork.projects.rename_list(P, L, "New", "2026-03-01T08:00:00Z")
    assert (renamed.name, renamed.order) == ("New", 2.0)
    assert sent(net)[0][2] == {"name": "New", "isHiddenForConnectUsers": True}
    with pytest.raises(Stale):
        awork.projects.rename_list(P, L, "New", "2026-02-01T08:00:00Z")
    net.get(f"{API}/companies/{W}", json={"id": W, "name": "Acme", "industry": "Steel"})
    echo(net, "PUT", f"/companies/{W}", row={"id": W})
    awork.directory.update_company(W, {"name": "Acme Ltd"})
    assert sent(net)[1][2] == {"name": "Acme Ltd", "industry": "Steel"}


# Operations


def operations(awork):
    return {
        "/tasks/changestatuses": lambda: awork.tasks.set_status(T, S),
        "/tasks/changetypeofwork": lambda: awork.tasks.set_type_of_work(T, W),
        "/tasks/changelists": lambda: awork.tasks.set_lists(T, [ListPlace(L, 1.5, True)]),
        "/tasks/changesubtasks": lambda: awork.tasks.move_under(T, P, 2.0),
        "/tasks/changesubtaskstoparent": lambda: awork.tasks.move_out(T, L),
        f"/tasks/{T}/setassignees": lambda: awork.tasks.set_assignees(T, [U]),
        f"/tasks/{T}/setplannedefforts": lambda: awork.tasks.set_efforts(T, {U: 60, W: None}),
        f"/tasks/{T}/setcustomfields": lambda: awork.tasks.set_text_field(T, W, "HQ-1"),
        "/tasks/delete": lambda: awork.tasks.delete(T),
        f"/projects/{P}/setcustomfields": lambda: awork.projects.set_text_field(P, W, ""),
        f"/projects/{P}/tasklists/{L}/updateorder": lambda: awork.projects.order_list(P, L, 2.5),
        f"/projects/{P}/tasklists/{L}/delete": lambda: awork.projects.delete_list(P, L),
        f"/projects/{P}/linkcustomfielddefinition": lambda: awork.directory.link_field(P, W, 1.0),
    }


BODIES = {
    "/tasks/changestatuses": [{"taskId": T, "statusId": S}],
    "/tasks/changetypeofwork": {"taskIds": [T], "typeOfWorkId": W, "changeTimeEntries": False},
    "/tasks/changelists": [
        {"taskId": T, "taskLists": [{"id": L, "order": 1.5, "isPrimary": True}]}
    ],
    "/tasks/changesubtasks": [{"taskId": T, "parentId": P, "order": 2.0}],
    "/tasks/changesubtaskstoparent": [{"taskId": T, "listId": L}],
    f"/tasks/{T}/setassignees": [U],
    f"/tasks/{T}/setplannedefforts": [
        {"userId": U, "plannedEffort": 60}, {"userId": W, "plannedEffort": None},
    ],
    f"/tasks/{T}/setcustomfields": [{"customFieldDefinitionId": W, "textValue": "HQ-1"}],
    "/tasks/delete": {"taskIds": [T], "deleteTimeTrackings": False},
    f"/projects/{P}/setcustomfields": [{"customFieldDefinitionId": W, "textValue": None}],
    f"/projects/{P}/tasklists/{L}/updateorder": {"order": 2.5},
    f"/projects/{P}/tasklists/{L}/delete": {"deleteTasks": False, "deleteTimes": False},
    f"/projects/{P}/linkcustomfielddefinition": {"customFieldDefinitionId": W, "order": 1.0},
}  # fmt: skip


@pytest.mark.parametrize("path", BODIES)
def test_an_operation_is_one_request(net, awork, path):
    net.post(API + path, status=204)
    operations(awork)[path]()
    assert sent(net) == [("POST", path, BODIES[path])]
    assert len(net.calls) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"notFound": {"ids": [T.upper()]}}, NotFound),
        ({"ok": {"ids": []}, "unauthorized": {"ids": [T]}}, Forbidden),
        ({"badRequest": {"ids": [T]}, "ok": {"ids": [L]}}, Rejected),
        ({"ok": {"ids": [L]}}, OutcomeUnknown),
        ([], OutcomeUnknown),
    ],
)
def test_a_207_is_no_success(net, awork, body, kind):
    net.post(f"{API}/tasks/changestatuses", status=207, json=body)
    with pytest.raises(kind) as caught:
        awork.tasks.set_status(T, S)
    assert type(caught.value) is kind


def test_a_207_that_names_the_task_as_ok_is_one(net, awork):
    net.post(f"{API}/tasks/changestatuses", status=207, json={"ok": {"ids": [T]}})
    awork.tasks.set_status(T, S)
    assert len(sent(net)) == 1


def test_what_is_gone_is_deleted_and_what_is_linked_is_linked(net, awork):
    net.post(f"{API}/tasks/delete", status=207, json={"notFound": {"ids": [T]}})
    awork.tasks.delete(T)
    net.post(f"{API}/projects/{P}/tasklists/{L}/delete", status=404, json=error("not-found"))
    awork.projects.delete_list(P, L)
    for path in (f"/absences/{T}", f"/webhooks/{T}"):
        net.delete(API + path, status=404, json=error("not-found"))
    awork.absences.delete(T)
    awork.webhooks.delete(T)
    net.post(f"{API}/projects/{P}/linkcustomfielddefinition", status=409, json=error("x"))
    awork.directory.link_field(P, W)
    assert len(sent(net)) == 5


def test_a_move_keeps_the_other_lists(net, awork):
    """A2, A14: the array is the whole new set."""
    other = {"id": guid(9), "order": 5, "orderOfTask": 2.5}
    primary = {"id": L, "order": 9, "orderOfTask": 1, "isPrimary": True}
    net.get(f"{API}/tasks/{T}", json=task(lists=[other, primary]))
    net.post(f"{API}/tasks/changelists", json=[])
    awork.tasks.move(T, W)
    awork.tasks.move(T, "")
    kept = {"id": guid(9), "order": 2.5}
    assert [body[0]["taskLists"] for _, _, body in sent(net)] == [
        [{"id": W, "isPrimary": True}, kept],
        [kept],
    ]


def test_no_write_passes_a_closed_gate(net):
    """I14"""
    awork = client(gate=ClosedGate())
    net.get(f"{API}/tasks/{T}", json=task())
    writes = [
        *operations(awork).values(),
        lambda: awork.tasks.create(DRAFT),
        lambda: awork.tasks.update(T, {"name": "New"}),
        lambda: awork.absences.delete(T),
        lambda: awork.webhooks.delete(T),
    ]
    for write in writes:
        with pytest.raises(WriteRefused):
            write()
    assert sent(net) == []


# Absences (A10)


def test_an_absence_is_created_with_calendar_days_and_our_mark(net, awork):
    echo(net, "POST", "/absences")
    day = date(2026, 7, 6)
    draft = AbsenceDraft(U, day, day, half_last=True, description="Urlaub", external_provider="m")
    created = awork.absences.create(draft)
    assert sent(net)[0][2] == {
        "userId": U,
        "startOn": "2026-07-06",
        "endOn": "2026-07-06",
        "isHalfDayOnStart": True,
        "isHalfDayOnEnd": False,
        "description": "Urlaub",
        "externalProvider": "m",
    }
    assert (created.first, created.half_first, created.half_last) == (day, False, True)
    with pytest.raises(Rejected):
        awork.absences.create(AbsenceDraft(U, day, date(2026, 7, 5)))
    assert len(net.calls) == 1


def test_an_absence_that_becomes_a_single_day_turns_its_flags(net, awork):
    net.get(f"{API}/absences/{T}", json=absence(isHalfDayOnStart=True))
    echo(net, "PUT", f"/absences/{T}")
    awork.absences.update(T, {"last": date(2026, 7, 6)})
    assert sent(net)[0][2] == {
        "userId": U,
        "startOn": "2026-07-06",
        "endOn": "2026-07-06",
        "description": "Urlaub",
        "externalProvider": "hq-sync:1:7",
        "isHalfDayOnStart": False,
        "isHalfDayOnEnd": True,
    }
    with pytest.raises(Rejected):
        awork.absences.update(T, {"last": date(2026, 7, 1)})


def test_an_absence_keeps_its_days_as_they_were_read(net, awork):
    net.get(f"{API}/absences/{T}", json=absence())
    echo(net, "PUT", f"/absences/{T}")
    awork.absences.update(T, {"description": "Krank", "last": date(2026, 7, 10)})
    body = sent(net)[0][2]
    assert (body["endOn"], body["description"]) == ("2026-07-10T23:59:59Z", "Krank")


def test_a_new_absence_may_be_unknown_for_a_moment(net):
    time = FakeTime()
    awork = client(time)
    net.get(f"{API}/absences/{T}", json=absence())
    net.put(f"{API}/absences/{T}", status=404, json=error("not-found"))
    net.put(f"{API}/absences/{T}", json=absence(description="x"))
    assert awork.absences.update(T, {"description": "x"}).description == "x"
    assert time.slept == [1.0] and len(sent(net)) == 2
    net.replace("PUT", f"{API}/absences/{T}", status=404, json=error("not-found"))
    with pytest.raises(NotFound):
        awork.absences.update(T, {"description": "x"})


# Webhooks (A16)


HOOK = {
    "id": W,
    "name": "hq-sync",
    "uri": "https://sync.example.test/hooks/7c1d",
    "events": "task_added, task_updated",
    "isActive": False,
    "onlyTriggerForMainEntityChanges": True,
    "authenticationType": "header",
    "language": "de-DE",
    "lastFailureReason": "timeout",
}


def test_a_webhook_is_created_with_its_header(net, awork):
    echo(net, "POST", "/webhooks", row={"id": W})
    draft = WebhookDraft("hq-sync", HOOK["uri"], ["task_added"], "Authorization", "secret-1")
    created = awork.webhooks.create(draft)
    body = sent(net)[0][2]
    assert body == {
        "name": "hq-sync",
        "uri": HOOK["uri"],
        "events": "task_added",
        "isActive": True,
        "onlyTriggerForMainEntityChanges": True,
        "authenticationType": "header",
        "authentication": "Authorization=secret-1",
    }
    assert created.events == ["task_added"] and created.is_active
    assert "secret-1" not in repr(draft) + repr(created)


def test_a_paused_webhook_is_switched_on_again_with_its_secret(net, awork):
    serve(net, "/webhooks", [HOOK])
    (paused,) = awork.webhooks.all()
    assert (paused.is_active, paused.last_failure) == (False, "timeout")
    assert paused.events == ["task_added", "task_updated"]
    net.get(f"{API}/webhooks/{W}", json=HOOK)
    echo(net, "PUT", f"/webhooks/{W}", row={"id": W})
    with pytest.raises(Rejected):
        awork.webhooks.update(W, {"is_active": True})
    assert sent(net) == []
    header = ("Authorization", "secret-1")
    assert awork.webhooks.update(W, {"is_active": True, "header": header}).is_active
    expected = {**without(HOOK, "id", "lastFailureReason"), "isActive": True}
    assert sent(net)[0][2] == {**expected, "authentication": "Authorization=secret-1"}


def test_a_webhook_whose_header_awork_shows_keeps_it(net, awork):
    net.get(f"{API}/webhooks/{W}", json={**HOOK, "authentication": "X=1"})
    echo(net, "PUT", f"/webhooks/{W}", row={"id": W})
    awork.webhooks.update(W, {"events": ["task_added", "user_added"], "only_main_entity": False})
    body = sent(net)[0][2]
    assert (body["authentication"], body["events"]) == ("X=1", "task_added,user_added")
    assert body["onlyTriggerForMainEntityChanges"] is False and body["language"] == "de-DE"
