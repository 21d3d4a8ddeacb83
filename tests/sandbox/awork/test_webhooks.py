"""awork: webhooks are registered by API and delivered over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.awork import edit
from tests.sandbox.awork.conftest import Awork, Receiver

EVENTS = "task_added,task_updated,task_deleted,timetracking_updated,taskassignment_added"


def register(awork: Awork, receiver: Receiver, **more: Any) -> dict[str, Any]:
    awork.state.courier.disorder.retry_seconds = 0.0001
    form = {"name": "sync", "uri": receiver.url, "events": EVENTS, "isActive": True,
            "onlyTriggerForMainEntityChanges": True, "authenticationType": "header",
            "authentication": "Authorization=Bearer made-up", **more}  # fmt: skip
    return dict(awork.send("POST", "/webhooks", form))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_event_carries_the_entity_the_actor_and_the_header(
    awork: Awork, receiver: Receiver
) -> None:
    register(awork, receiver)
    task = awork.new_task()
    assert receiver.wait(1) == ["task_added"]
    event = receiver.events[0]
    assert receiver.headers[0]["authorization"] == "Bearer made-up"
    assert (event["entityType"], event["entityId"]) == ("task", task["id"])
    assert event["entity"] == task
    assert event["triggeredBy"]["id"] == awork.get("/me")["id"]
    assert event["timestamp"].endswith("+00:00") and event["traceId"]
    person = edit.acting(awork.state)
    edit.update_task(awork.state, task["id"], {"name": "Von Hand"})
    receiver.wait(2)
    assert receiver.events[1]["triggeredBy"]["id"] == person
    assert {"property": "Name", "old": "Neu", "new": "Von Hand"} in receiver.events[1]["changes"]


def test_events_of_a_life(awork: Awork, receiver: Receiver) -> None:
    register(awork, receiver)
    task, person = awork.new_task(), awork.people()[0]
    awork.send("POST", f"/tasks/{task['id']}/setassignees", [person], expect=204)
    awork.send("POST", f"/tasks/{task['id']}/addtags", [{"name": "A"}], expect=204)
    awork.send("POST", "/tasks/delete", {"taskIds": [task["id"]]}, expect=204)
    assert receiver.wait(4) == [
        "task_added",
        "taskassignment_added",
        "task_updated",
        "task_deleted",
    ]
    assert receiver.events[1]["changes"] == [{"property": "Assignee", "old": None, "new": person}]
    assert receiver.events[3]["entity"]["deletedBy"] == awork.get("/me")["id"]


def test_nested_changes_storm_unless_they_are_off(awork: Awork, receiver: Receiver) -> None:
    hook = register(awork, receiver, onlyTriggerForMainEntityChanges=False)
    project = awork.project()
    number = len(awork.all(f"/projects/{project}/timeentries"))
    tag = f"/projects/{project}/addtags"
    awork.send("POST", tag, [{"name": "A"}], expect=204)
    assert receiver.wait(number) == ["timetracking_updated"] * number
    form = {**hook, "onlyTriggerForMainEntityChanges": True}
    awork.send("PUT", f"/webhooks/{hook['id']}", form)
    awork.send("POST", tag, [{"name": "B"}], expect=204)
    awork.new_task()
    assert receiver.wait(number + 1)[number:] == ["task_added"]


def test_paused_after_more_than_ten_failures(awork: Awork, receiver: Receiver) -> None:
    hook = register(awork, receiver)
    receiver.status = 500
    awork.new_task()
    path = f"/webhooks/{hook['id']}"
    until(lambda: awork.get(path)["isActive"] is False)
    assert len(receiver.events) == 11
    assert awork.get(path)["lastFailureReason"] == "HTTP 500"
    logs = awork.get(f"{path}/logs")
    assert len(logs) == 11 and not logs[0]["isSuccessful"] and logs[0]["responseCode"] == 500
    awork.new_task()
    receiver.status = 204
    awork.send("PUT", path, {**hook, "isActive": True})
    awork.new_task()
    receiver.wait(12)
    assert "lastFailureReason" not in awork.get(path)


def test_retried_until_it_is_taken(awork: Awork, receiver: Receiver) -> None:
    hook = register(awork, receiver)
    logs = awork.state.courier.logs
    receiver.status = 503
    task = awork.new_task()
    receiver.wait(2)
    receiver.status = 204
    number = len(receiver.events) + 1
    until(lambda: bool(logs[hook["id"]][-1]["isSuccessful"]))
    assert {event["entityId"] for event in receiver.events} == {task["id"]}
    assert len(receiver.events) <= number + 1


def test_lost_doubled_reversed_and_held(awork: Awork, receiver: Receiver) -> None:
    register(awork, receiver, events="task_added")

    def disorder(**given: Any) -> None:
        edit.update_workspace(awork.state, "workspace", given)

    def names() -> list[str]:
        return [event["entity"]["name"] for event in receiver.events]

    disorder(lose=1, double=1)
    for name in "ab":
        awork.new_task(name=name)
    receiver.wait(2)
    assert names() == ["b", "b"]
    disorder(reverse=2)
    for name in "cd":
        awork.new_task(name=name)
    receiver.wait(4)
    assert names()[2:] == ["d", "c"]
    disorder(hold=True)
    awork.new_task(name="e")
    awork.new_task(name="f")
    assert len(receiver.events) == 4
    disorder(hold=False)
    receiver.wait(6)
    assert names()[4:] == ["e", "f"]


@pytest.mark.parametrize(
    "more",
    [
        {"uri": "nowhere"},
        {"events": "task_added,client_added"},
        {"events": ""},
        {"authenticationType": "basic"},
        {"authentication": ""},
        {"name": ""},
    ],
)
def test_refused_webhooks(awork: Awork, more: dict[str, str]) -> None:
    form = {"name": "sync", "uri": "https://sync.example.test/x", "events": EVENTS,
            "isActive": True, "authenticationType": "header", "authentication": "A=b",
            **more}  # fmt: skip
    awork.refused("POST", "/webhooks", form, "validation-failed")


def test_types_and_deletion(awork: Awork, receiver: Receiver) -> None:
    assert {"task_added", "timetracking_deleted"} <= set(awork.get("/webhooks/eventtypes"))
    hook = register(awork, receiver)
    assert (hook["receiverType"], len(awork.all("/webhooks"))) == ("custom", 1)
    awork.send("DELETE", f"/webhooks/{hook['id']}", expect=204)
    awork.get(f"/webhooks/{hook['id']}", expect=404)
    awork.new_task()
    assert receiver.events == []
