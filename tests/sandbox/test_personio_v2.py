"""Personio v2: envelope, cursors, filters, halves and breakdowns."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from sandbox.personio import edit
from sandbox.server import Sandbox
from tests.sandbox.conftest import Client, v2_client

PERIODS = "/v2/absence-periods"


def cursor_of(answer: dict[str, Any]) -> str:
    href = (answer["_meta"]["links"].get("next") or {}).get("href", "")
    return parse_qs(urlparse(href).query).get("cursor", [""])[0]


def everything(client: Client, path: str = PERIODS, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    answer = client.get(path, **params)
    while True:
        rows += answer["_data"]
        if not (cursor := cursor_of(answer)):
            return rows
        answer = client.get(path, cursor=cursor, **params)


def add(client: Client, first: str, **more: Any) -> dict[str, Any]:
    given = {"employee_id": 1001, "type_id": 4711, "first": first, **more}
    created = edit.create_absence(client.personio, given)
    return client.get(f"{PERIODS}/{created['id_v2']}")


def test_cursor_visits_every_period_once(v2: Client) -> None:
    ids = [row["id"] for row in everything(v2, limit=7)]
    assert sorted(ids) == sorted(v2.personio.absences)


def test_links_absolute_relative_missing_and_null(sandbox: Sandbox, v2: Client) -> None:
    href = v2.get(PERIODS, limit=1)["_meta"]["links"]["next"]["href"]
    assert href.startswith(sandbox.urls["personio"])
    assert "next" not in v2.get("/v2/absence-types")["_meta"]["links"]
    relative = v2_client(sandbox, "isarwerk").get(PERIODS, limit=1)
    assert relative["_meta"]["links"]["next"]["href"].startswith("/v2/")
    last = v2_client(sandbox, "elbtal").get("/v2/absence-types")
    assert last["_meta"]["links"]["next"] is None


@pytest.mark.parametrize(
    ("path", "limit"),
    [(PERIODS, 101), ("/v2/absence-types", 101), ("/v2/persons", 51), (PERIODS, 0)],
)
def test_limit_beyond_the_maximum(v2: Client, path: str, limit: int) -> None:
    detail = v2.get(path, expect=400, limit=limit)["errors"][0]["detail"]
    assert detail == "Provided value for limit is not valid"


def test_bad_cursor_and_unknown_filter(v2: Client) -> None:
    v2.get(PERIODS, expect=400, cursor="cur_nonsense")
    v2.get(PERIODS, expect=400, **{"starts_from.date.gte": "2026-01-01"})
    v2.get(PERIODS, expect=400, **{"updated_at.gte": "gestern"})


def test_full_day_ends_at_the_next_midnight(v2: Client) -> None:
    row = add(v2, "2026-03-30", last="2026-04-02")
    assert row["starts_from"] == {"date_time": "2026-03-30T00:00:00", "type": "FIRST_HALF"}
    assert row["ends_at"] == {"date_time": "2026-04-03T00:00:00", "type": "SECOND_HALF"}
    assert row["timezone_id"] == "Europe/Berlin"
    assert row["approval"] == {"status": "APPROVED"}
    assert row["person"] == {"id": "1001"}


@pytest.mark.parametrize(
    ("halves", "types"),
    [
        ({"half_end": True}, ("FIRST_HALF", "FIRST_HALF")),
        ({"half_start": True}, ("SECOND_HALF", "SECOND_HALF")),
    ],
)
def test_half_days(v2: Client, halves: dict[str, bool], types: tuple[str, str]) -> None:
    row = add(v2, "2026-03-30", **halves)
    assert (row["starts_from"]["type"], row["ends_at"]["type"]) == types
    [day] = v2.get(f"{PERIODS}/{row['id']}/breakdowns")["_data"]
    assert day == {"date": "2026-03-30", "effective_duration": {"unit": "DAY", "value": 0.5}}


def test_open_end_is_null(v2: Client) -> None:
    assert add(v2, "2026-06-01", last=None)["ends_at"] is None


def test_hours_have_no_halves(v2: Client) -> None:
    kind = next(t.id for t in v2.personio.types.values() if t.unit == "hour")
    row = add(v2, "2026-06-01", type_id=kind, minute=540, minutes=90)
    assert row["starts_from"] == {"date_time": "2026-06-01T09:00:00", "type": None}
    assert row["ends_at"] == {"date_time": "2026-06-01T10:30:00", "type": None}
    [day] = v2.get(f"{PERIODS}/{row['id']}/breakdowns")["_data"]
    assert day["effective_duration"] == {"unit": "HOUR", "value": 1.5}


def test_breakdowns_page_by_28_and_show_zero_on_free_days(v2: Client) -> None:
    row = add(v2, "2026-08-03", last="2026-09-06")
    days = everything(v2, f"{PERIODS}/{row['id']}/breakdowns")
    assert len(days) == 35
    assert sum(day["effective_duration"]["value"] for day in days) == 25
    v2.get(f"{PERIODS}/{row['id']}/breakdowns", expect=400, limit=29)


def test_filters(v2: Client) -> None:
    row = add(v2, "2027-05-03", last="2027-05-07")
    assert row in everything(v2, id=row["id"])
    assert {r["person"]["id"] for r in everything(v2, **{"person.id": "1001,1002"})} == {
        "1001",
        "1002",
    }
    later = everything(v2, **{"starts_from.date_time.gte": "2027-05-01T00:00:00.000"})
    assert row["id"] in {r["id"] for r in later}
    ended = everything(v2, **{"ends_at.date_time.lte": "2027-05-07T00:00:00Z"})
    assert row["id"] not in {r["id"] for r in ended}
    middle = {
        "starts_from.date_time.gte": "2027-05-04T00:00:00",
        "ends_at.date_time.lte": "2027-05-05T00:00:00",
    }
    assert row["id"] in {r["id"] for r in everything(v2, **middle)}


def test_updated_at_is_an_instant(v2: Client) -> None:
    before = {row["id"]: row["updated_at"] for row in everything(v2)}
    id = next(iter(before))
    edit.update_absence(v2.personio, id, {"comment": "neu"})
    now = v2.get(f"{PERIODS}/{id}")["updated_at"]
    assert now > before[id] and now.endswith("Z")
    assert [row["id"] for row in everything(v2, **{"updated_at.gte": now})] == [id]


def test_approval_states(v2: Client) -> None:
    states = {row["approval"]["status"] for row in everything(v2)}
    assert states == {
        "APPROVED", "PENDING", "DELETION_PENDING", "SUBSTITUTE_REQUESTED", "IN_CLARIFICATION",
    }  # fmt: skip


def test_types(v2: Client) -> None:
    kinds = {row["name"]: row for row in everything(v2, "/v2/absence-types")}
    assert kinds["Urlaub"]["category"] == "PAID_VACATION"
    assert kinds["Urlaub"]["unit"] == "DAY"
    assert kinds["Arzttermin"]["category"] is None
    one = v2.get(f"/v2/absence-types/{kinds['Urlaub']['id']}")
    assert one == kinds["Urlaub"]


def test_persons_and_employments(v2: Client) -> None:
    assert len(v2.get("/v2/persons")["_data"]) == 10
    people = everything(v2, "/v2/persons", limit=5)
    assert len(people) == 12
    assert {person["status"] for person in people} == {"ACTIVE", "INACTIVE"}
    assert people[0]["custom_attributes"][0]["type"] == "string"
    inactive = everything(v2, "/v2/persons", status="INACTIVE")
    [employment] = v2.get(f"/v2/persons/{inactive[0]['id']}/employments")["_data"]
    assert employment["employment_end_date"] is not None
    [found] = everything(v2, "/v2/persons", email=people[2]["email"])
    assert found["id"] == people[2]["id"]


def test_unknown_record_and_unknown_endpoint_differ(v2: Client) -> None:
    record = v2.get(f"{PERIODS}/nothing", expect=404)["errors"][0]["detail"]
    assert record == "The absence period was not found."
    route = v2.get("/v2/absences", expect=404)["errors"][0]["detail"]
    assert route == "The endpoint with /v2/absences was not found."


def test_rate_headers_on_every_answer(v2: Client) -> None:
    headers = v2("GET", PERIODS).headers
    for name in ("replenish-rate", "burst-capacity", "requested-tokens", "remaining"):
        assert headers[f"x-ratelimit-{name}"].isdecimal()
