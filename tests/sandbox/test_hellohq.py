"""helloHQ v1: reading, writing and refusing absences, users, the rest of the sets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.conftest import TIMEOUT, Client, hq_client

USER = 4701
ABSENCES = f"/v1/Users({USER})/Absences"
KINDS = {
    "Vacation", "PrivateAbsence", "CompanyAbsence", "SickLeave", "SickLeaveUnpaid",
    "OvertimeCompensation", "ProfessionalEducation", "TradeSchool", "SpecialLeave",
    "ParentalLeave", "VacationUnpaid", "RemoteWork", "ChildSick", "MaternityLeave",
}  # fmt: skip


def absence(**changes: Any) -> dict[str, Any]:
    return {
        "UserId": USER,
        "Type": "Vacation",
        "Start": "2026-07-06T00:00:00",
        "End": "2026-07-11T00:00:00",
        "Note": "Urlaub",
        "IsApproved": True,
    } | changes


def post(hq: Client, status: int = 201, **changes: Any) -> dict[str, Any]:
    answer = hq("POST", ABSENCES, json=absence(**changes))
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def test_created_absence_comes_back(hq: Client) -> None:
    row = post(hq)
    assert row["MissedDays"] == 5.0
    assert row["Start"] == "2026-07-06T00:00:00"
    assert row["CreatedBy"] == hq.get("/v1/Me")["Id"]
    assert row["CreatedOn"] == row["UpdatedOn"] and row["CreatedOn"].endswith("Z")
    stored = hq.get(f"{ABSENCES}({row['Id']})")
    assert {**stored, "@odata.context": ""} == {**row, "@odata.context": ""}


@pytest.mark.parametrize(
    ("start", "end", "missed"),
    [
        ("2026-07-06T00:00:00", "2026-07-06T12:00:00", 0.5),
        ("2026-07-06T12:00:00", "2026-07-07T00:00:00", 0.5),
        ("2026-07-06T12:00:00", "2026-07-09T00:00:00", 2.5),
        ("2026-07-06T00:00:00", "2026-07-08T12:00:00", 2.5),
        ("2026-07-03T00:00:00", "2026-07-07T00:00:00", 2.0),
        ("2026-07-03T00:00:00", "2026-07-04T12:00:00", 1.0),
    ],
)
def test_missed_days_are_working_days(hq: Client, start: str, end: str, missed: float) -> None:
    assert post(hq, Start=start, End=end)["MissedDays"] == missed


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Type": "Ferien"}, "enum"),
        ({"End": "2026-07-06T00:00:00"}, "End must be after Start"),
        ({"End": "2026-07-01T00:00:00"}, "End must be after Start"),
        ({"Start": "2026-07-06T00:00:00Z"}, "time zone"),
        ({"Start": "2026-07-06T09:00:00"}, "half day"),
        ({"Type": "CompanyAbsence"}, "UTC"),
        ({"Type": "ParentalLeave", "Start": "2026-07-06T12:00:00"}, "full days"),
        ({"UserId": 4702}, "UserId"),
        ({"Start": None}, "Start is required"),
        ({"Start": "gestern"}, "date-time"),
        ({"Reason": "x"}, "does not exist"),
    ],
)
def test_refused_absences(hq: Client, changes: dict[str, Any], word: str) -> None:
    before = len(hq.hq.absences)
    error = post(hq, 400, **changes)["error"]
    assert word in error["message"] and error["code"] == ""
    assert len(hq.hq.absences) == before


def test_all_kinds_are_accepted(hq: Client) -> None:
    for kind in KINDS:
        zone = "Z" if kind in ("CompanyAbsence", "PrivateAbsence") else ""
        given = {"Start": f"2026-07-06T00:00:00{zone}", "End": f"2026-07-07T00:00:00{zone}"}
        assert post(hq, Type=kind, **given)["Start"] == given["Start"]


def test_missing_body_and_unknown_user(hq: Client) -> None:
    assert hq("POST", ABSENCES).status_code == 400
    assert hq("POST", "/v1/Users(99)/Absences", json=absence(UserId=99)).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_there_is_no_update(hq: Client, method: str) -> None:
    row = post(hq)
    answer = hq(method, f"{ABSENCES}({row['Id']})", json=absence())
    assert answer.status_code == 405
    assert "does not support http method" in answer.json()["Message"]


def test_delete_is_200_then_404_and_leaves_a_trace(hq: Client) -> None:
    row = post(hq)
    path = f"{ABSENCES}({row['Id']})"
    assert hq("DELETE", f"/v1/Users(4702)/Absences({row['Id']})").status_code == 404
    assert hq("DELETE", path).status_code == 200
    gone = hq("DELETE", path)
    assert gone.status_code == 404 and "message" in gone.json()["error"]
    events = hq.get(
        "/v1/ConfigSystemEvents/do.GetDeleted()", **{"$filter": "Type eq 'EntityDeleted'"}
    )["value"]
    assert [event["EntityId"] for event in events] == [row["Id"]]


def test_unknown_route_is_no_odata_error(hq: Client) -> None:
    assert set(hq.get("/v1/Nothing", expect=404)) == {"Message"}


def test_wrong_token_and_lost_permissions(sandbox: Sandbox, hq: Client) -> None:
    assert "Message" in Client(sandbox, "hellohq", "", "no").get("/v1/Me", expect=401)
    hq.hq.token.scopes.discard("write_all")
    post(hq, 403)
    hq.get("/v1/Users")
    hq.hq.token.scopes.clear()
    hq.get("/v1/Users", expect=403)


def test_deactivated_users_on_demand_only(hq: Client) -> None:
    active = {row["Id"] for row in hq.get("/v1/Users")["value"]}
    everybody = {row["Id"] for row in hq.get("/v1/Users", includedeactivated="true")["value"]}
    assert active < everybody
    assert everybody - active == hq.hq.deactivated
    assert "IsActive" not in hq.get("/v1/Me")


def test_cast_of_the_demo(sandbox: Sandbox, hq: Client) -> None:
    """Each oddity that a matching by e-mail must cope with is there, in every tenant."""
    for tenant in sandbox.world.tenants:
        client = hq_client(sandbox, tenant)
        active = [u["EMailWork"] for u in client.get("/v1/Users")["value"]]
        folded = [mail.strip().lower() for mail in active]
        assert len(set(folded)) == len(folded) - 1, "two users with one address"
        assert any(mail != mail.strip().lower() for mail in active)
        assert "" in folded
        staff = {e.email for e in client.personio.employees.values()}
        assert len(staff - set(folded)) == 3, "nobody, deactivated, left"


def test_some_absences_are_equal_to_personios_and_some_are_foreign(hq: Client) -> None:
    known = {(a.employee_id - 1000, a.first.isoformat()) for a in hq.personio.absences.values()}
    rows = [(row["UserId"] - 4700, f"{row['Start']:%Y-%m-%d}") for row in hq.hq.absences]
    assert len([row for row in rows if row in known]) >= 2
    assert len([row for row in rows if row not in known]) >= 3


def test_all_absences_in_one_call(hq: Client) -> None:
    row = post(hq)
    users = hq.get("/v1/Users", **{"$expand": "Absences", "$top": "1000"})["value"]
    [mine] = [user["Absences"] for user in users if user["Id"] == USER]
    assert row["Id"] in {absence["Id"] for absence in mine}


def test_other_sets(hq: Client) -> None:
    hours = hq.get(f"/v1/Users({USER})/UserWorkingHours")["value"]
    assert [row["Weekday"] for row in hours] == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    ]  # fmt: skip
    assert (hours[0]["StartTime"], hours[0]["Duration"]) == (9.0, 8.0)
    days = hq.get("/v1/PublicHolidays", **{"$filter": "Date ge 2026-04-01 and Date lt 2026-05-01"})
    assert [(row["Name"], row["Date"]) for row in days["value"]] == [
        ("Karfreitag", "2026-04-03T00:00:00"),
        ("Ostermontag", "2026-04-06T00:00:00"),
    ]
    assert hq.get("/v1/Subsystem")["value"][0]["IsMaster"] is True


def test_refresh_token_rotates_and_access_expires() -> None:
    with Sandbox() as sandbox:
        url = sandbox.urls["hellohq"] + "/Token"
        form = {"grant_type": "refresh_token", "refresh_token": "hq-refresh-nordlicht"}
        auth = ("hq-nordlicht", "hq-secret-nordlicht")
        answer = requests.post(url, data=form, auth=auth, timeout=TIMEOUT).json()
        assert answer["token_type"] == "bearer"
        again = requests.post(url, data=form, auth=auth, timeout=TIMEOUT)
        assert again.json() == {"error": "invalid_grant"}
        client = Client(sandbox, "hellohq", "nordlicht", answer["access_token"])
        client.get("/v1/Me")
        sandbox.world.clock.advance(timedelta(seconds=answer["expires_in"] + 1))
        client.get("/v1/Me", expect=401)
