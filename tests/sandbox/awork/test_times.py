"""awork: time entries, timers, absences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox.awork import edit
from tests.sandbox.awork.conftest import Awork


def form(awork: Awork, **more: Any) -> dict[str, Any]:
    return {
        "userId": awork.people()[0], "projectId": awork.project(), "timezone": "Europe/Berlin",
        "typeOfWorkId": awork.all("/typeofwork")[0]["id"],
        "startDateUtc": "2026-03-03T08:00:00Z", "duration": 5400, **more,
    }  # fmt: skip


def create(awork: Awork, **more: Any) -> dict[str, Any]:
    return dict(awork.send("POST", "/timeentries", form(awork, **more)))


def test_dates_and_times_come_apart(awork: Awork) -> None:
    row = create(awork)
    assert (row["startDateUtc"], row["startTimeUtc"]) == ("2026-03-03T00:00:00Z", "08:00:00")
    assert (row["endDateUtc"], row["endTimeUtc"]) == ("2026-03-03T00:00:00Z", "09:30:00")
    assert (row["startDateLocal"], row["startTimeLocal"]) == ("2026-03-03T00:00:00", "09:00:00")
    assert (row["isBillable"], row["isBilled"], row["breakDuration"]) == (False, False, 0)


def test_local_day_is_not_the_utc_day_after_midnight(awork: Awork) -> None:
    row = create(awork, startDateUtc=None, startDateLocal="2026-03-04T00:30:00")
    assert row["startDateUtc"] == "2026-03-03T00:00:00Z"
    assert row["startDateLocal"] == "2026-03-04T00:00:00"


@pytest.mark.parametrize(
    ("more", "duration", "end"),
    [
        ({"endDateUtc": "2026-03-03T08:20:00Z"}, 1200, "08:20:00"),
        ({"startDateUtc": None, "endDateUtc": "2026-03-03T10:00:00Z"}, 5400, "10:00:00"),
        ({"startDateUtc": "2026-03-03", "startTimeUtc": "08:00:00.0000000"}, 5400, "09:30:00"),
        ({"startDateUtc": "2026-03-03T00:00:00Z"}, 5400, None),
        ({"duration": 0}, 0, None),
    ],
)
def test_starts_ends_and_durations(
    awork: Awork, more: dict[str, Any], duration: int, end: str | None
) -> None:
    row = create(awork, **more)
    assert (row["duration"], row.get("endTimeUtc")) == (duration, end)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"timezone": None}, "validation-failed"),
        ({"timezone": "Mars"}, "validation-failed"),
        ({"userId": None}, "validation-failed"),
        ({"userId": "x"}, "not-found"),
        ({"typeOfWorkId": None}, "validation-failed"),
        ({"startDateLocal": "2026-03-03T09:00:00"}, "validation-failed"),
        ({"startDateUtc": None}, "validation-failed"),
        ({"duration": None}, "validation-failed"),
        ({"startDateUtc": "2026-03-03", "duration": 0}, "validation-failed"),
        ({"endDateUtc": "2026-03-03T07:00:00Z"}, "validation-failed"),
        ({"isBilled": True}, "invalid-operation"),
        ({"note": "x" * 1001}, "validation-failed"),
    ],
)
def test_refused_entries(awork: Awork, more: dict[str, Any], code: str) -> None:
    answer = awork("POST", "/timeentries", json=form(awork, **more))
    assert answer.json().get("code") == code, answer.text


def test_project_follows_the_task(awork: Awork) -> None:
    task = awork.new_task()
    assert create(awork, taskId=task["id"], projectId=None)["projectId"] == awork.project()
    before = awork.get(f"/tasks/{task['id']}")
    assert before["trackedDuration"] == 5400
    assert before["resourceVersion"] > task["resourceVersion"]
    other = form(awork, taskId=task["id"], projectId=awork.project("Markenauftritt"))
    awork.refused("POST", "/timeentries", other, "invalid-operation")


def test_put_replaces(awork: Awork) -> None:
    row = create(awork, note="Layout", isBillable=True, taskId=awork.new_task()["id"])
    after = awork.send("PUT", f"/timeentries/{row['id']}", form(awork, duration=60))
    assert "note" not in after and "taskId" not in after
    assert (after["isBillable"], after["duration"]) == (False, 60)
    awork.send("DELETE", f"/timeentries/{row['id']}", expect=204)
    awork.get(f"/timeentries/{row['id']}", expect=404)


def test_batch_operations(awork: Awork) -> None:
    one, two = create(awork, isBillable=True), create(awork)
    ids = {"timeEntryIds": [one["id"], two["id"], "x"]}
    result = awork.send("POST", "/timeentries/batch/setIsBilled", {**ids, "isBilled": True}, 207)
    assert result == {
        "ok": {"ids": [one["id"]]}, "notFound": {"ids": ["x"]},
        "badRequest": {"ids": [two["id"]]},
    }  # fmt: skip
    body = {**ids, "isBillable": False}
    awork.send("POST", "/timeentries/batch/setIsBillable", body, expect=207)
    assert awork.get(f"/timeentries/{one['id']}")["isBilled"] is False
    task = awork.new_task()
    body = {**ids, "newTaskId": task["id"]}
    awork.send("POST", "/timeentries/batch/setTask", body, expect=207)
    assert awork.get(f"/timeentries/{two['id']}")["taskId"] == task["id"]
    awork.send("POST", "/timeentries/batch/delete", ids, expect=207)
    awork.get(f"/timeentries/{one['id']}", expect=404)


def test_timer_runs_until_it_is_stopped(awork: Awork) -> None:
    user = awork.people()[1]
    path = f"/users/{user}/timetracking"
    given = {"timezone": "Europe/Berlin", "typeOfWorkId": awork.all("/typeofwork")[0]["id"]}
    row = awork.send("POST", f"{path}/start", given)
    assert row["duration"] == 0 and "endTimeUtc" not in row
    clock = awork.sandbox.world.clock
    clock.advance(timedelta(minutes=30))
    paused = awork.send("POST", f"{path}/pause")
    assert "endDate" not in paused["breaks"][-1]
    clock.advance(timedelta(minutes=10))
    awork.send("POST", f"{path}/resume")
    clock.advance(timedelta(minutes=5))
    done = awork.send("POST", f"{path}/stop")
    assert done["breakDuration"] // 60 == 10 and done["duration"] // 60 == 35
    assert done["endTimeUtc"]
    awork.send("POST", f"{path}/stop", expect=204)


def test_demo_has_every_kind_of_entry(awork: Awork) -> None:
    rows = awork.all("/timeentries")
    assert any(e["duration"] == 0 for e in rows)
    assert any("startTimeUtc" not in e and e["duration"] for e in rows)
    assert any("projectId" not in e for e in rows)
    assert any("taskId" not in e and "projectId" in e for e in rows)
    assert any(e["startDateUtc"][:10] != e["startDateLocal"][:10] for e in rows)
    across = [e for e in rows if e.get("endDateLocal", e["startDateLocal"]) > e["startDateLocal"]]
    assert across
    assert {e["isBillable"] for e in rows} == {True, False} == {e["isBilled"] for e in rows}


def test_absences_are_rounded_and_flags_depend_on_the_span(awork: Awork) -> None:
    user = awork.people()[0]

    def bounds(first: str, last: str, **flags: bool) -> tuple[str, str]:
        body = {"userId": user, "startOn": first, "endOn": last, **flags}
        row = awork.send("POST", "/absences", body)
        return row["startOn"], row["endOn"]

    day, later = "2026-07-06", "2026-07-10"
    assert bounds(day, f"{later}T09:00:00Z") == (f"{day}T00:00:00Z", f"{later}T23:59:59Z")
    assert bounds(day, day, isHalfDayOnStart=True) == (f"{day}T00:00:00Z", f"{day}T12:00:00Z")
    assert bounds(day, day, isHalfDayOnEnd=True) == (f"{day}T12:00:00Z", f"{day}T23:59:59Z")
    half = bounds(day, later, isHalfDayOnStart=True, isHalfDayOnEnd=True)
    assert half == (f"{day}T12:00:00Z", f"{later}T12:00:00Z")


def test_absences_of_a_provider(awork: Awork) -> None:
    body = {"userId": awork.people()[0], "startOn": "2026-07-06", "endOn": "2026-07-07",
            "description": "Urlaub", "externalProvider": "hq-sync:1:7"}  # fmt: skip
    row = awork.send("POST", "/absences", body)
    assert row["isReadOnly"] is True and "resourceVersion" not in row
    found = awork.all("/absences", filterby="startswith(externalProvider,'hq-sync')")
    assert [one["id"] for one in found] == [row["id"]]
    put = {k: v for k, v in body.items() if k not in ("description", "externalProvider")}
    after = awork.send("PUT", f"/absences/{row['id']}", put)
    assert "description" not in after and after["isReadOnly"] is False
    awork.send("DELETE", f"/absences/{row['id']}", expect=204)
    awork.get(f"/absences/{row['id']}", expect=404)
    backwards = {**body, "endOn": "2026-07-01"}
    awork.refused("POST", "/absences", backwards, "date-dependency")


def test_people_track_and_edit_in_their_screens(awork: Awork) -> None:
    state = awork.state
    row = edit.create_time(state, {"projectId": awork.project(), "duration": 600,
                                   "startDateUtc": "2026-03-03T08:00:00Z"})  # fmt: skip
    assert row["createdBy"] != state.key.user
    edit.update_time(state, row["id"], {"note": "neu", "duration": 1200})
    after = awork.get(f"/timeentries/{row['id']}")
    assert (after["note"], after["duration"], after["startTimeUtc"]) == ("neu", 1200, "08:00:00")
    edit.update_time(state, row["id"], {"startDateUtc": "2026-03-04T09:00:00Z"})
    assert awork.get(f"/timeentries/{row['id']}")["startDateUtc"] == "2026-03-04T00:00:00Z"
    edit.delete_time(state, row["id"])
    awork.get(f"/timeentries/{row['id']}", expect=404)
    timer = edit.start_timer(state, {"projectId": awork.project()})
    assert timer["id"] in {one["id"] for one in edit.timers(state)}
    edit.stop_timer(state, timer["id"])
    assert awork.get(f"/timeentries/{timer['id']}")["duration"] > 0


def test_people_edit_tasks_in_their_screens(awork: Awork) -> None:
    state, task, parent = awork.state, awork.new_task(startOn="2026-03-02"), awork.new_task()
    user = awork.people()[0]
    edit.update_task(state, task["id"], {
        "name": "Neu", "parentId": parent["id"], "assignees": [user],
        "plannedEfforts": {user: 60}, "closed": True, "tags": [{"name": "A"}],
    })  # fmt: skip
    after = awork.get(f"/tasks/{task['id']}")
    assert (after["name"], after["parentId"], after["startOn"][:10]) == (
        "Neu", parent["id"], "2026-03-02",
    )  # fmt: skip
    assert after["assignees"][0]["plannedEffort"] == 60
    assert after["taskStatus"]["type"] == "done" and after["tags"][0]["name"] == "A"
    made = edit.create_task(state, {"projectId": awork.project(), "name": "x", "closed": True})
    assert made["closedOn"]
    edit.delete_task(state, made["id"])
    awork.get(f"/tasks/{made['id']}", expect=404)
    with pytest.raises(KeyError):
        edit.update_task(state, "x", {"name": "y"})
    with pytest.raises(ValueError, match="colour"):
        edit.update_task(state, task["id"], {"colour": "red"})
