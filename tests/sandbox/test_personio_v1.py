"""Personio v1 as real accounts answer."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.sandbox.conftest import TODAY, Client, v1_client

TIME_OFFS = "/v1/company/time-offs"
PERIODS = "/v1/company/absence-periods"
CATEGORIES = {
    "family_care", "maternity_parental_leave", "child_care", "short_time_allowance", "quarantine",
    "irrevocable_exemption", "sick_leave", "strike_and_lockout", "public_duty",
    "unpaid_suspension", "paid_vacation", "unpaid_vacation", "unexcused_absence", "offsite_work",
    "other", "undefined", None,
}  # fmt: skip


def rows(client: Client, path: str = TIME_OFFS, **params: Any) -> list[dict[str, Any]]:
    return [row["attributes"] for row in client.get(path, **params)["data"]]


def test_types_hold_days_and_hours(v1: Client) -> None:
    answer = v1.get("/v1/company/time-off-types")
    assert "metadata" not in answer
    types = {row["attributes"]["name"]: row["attributes"] for row in answer["data"]}
    assert {"Urlaub", "Krankheit", "Home-Office", "Umzug, privat"} <= types.keys()
    assert {kind["category"] for kind in types.values()} <= CATEGORIES
    assert types["Arzttermin"]["unit"] == "hour"
    assert types["Arzttermin"]["category"] is None
    assert set(types["Urlaub"]) == {
        "id", "id_v2", "name", "category", "unit", "approval_required",
    }  # fmt: skip


def test_offset_of_time_offs_is_a_page_number(v1: Client) -> None:
    everything = [row["id"] for row in rows(v1)]
    first = v1.get(TIME_OFFS, limit=10, offset=1)
    second = v1.get(TIME_OFFS, limit=10, offset=2)
    assert [r["attributes"]["id"] for r in first["data"]] == everything[:10]
    assert [r["attributes"]["id"] for r in second["data"]] == everything[10:20]
    assert first["metadata"]["current_page"] == 1
    assert [r["attributes"]["id"] for r in v1.get(TIME_OFFS, limit=10)["data"]] == everything[:10]


def test_numbers_come_back_as_strings_now_and_then(v1: Client) -> None:
    first = v1.get(TIME_OFFS, limit=10, offset=1)
    second = v1.get(TIME_OFFS, limit=10, offset=2)
    assert (first["offset"], first["limit"]) == ("1", "10")
    assert isinstance(first["metadata"]["total_elements"], int)
    assert second["metadata"]["total_elements"] == str(first["metadata"]["total_elements"])


def test_offset_elsewhere_counts_records(v1: Client) -> None:
    everything = [row["id"]["value"] for row in rows(v1, "/v1/company/employees")]
    page = v1.get("/v1/company/employees", limit=5, offset=5)
    assert [r["attributes"]["id"]["value"] for r in page["data"]] == everything[5:10]
    assert int(page["metadata"]["current_page"]) == 1
    assert v1.get("/v1/company/employees", limit=5)["metadata"]["current_page"] == 0
    assert len(rows(v1, PERIODS, limit=1, offset=1)) == 1


@pytest.mark.parametrize(
    ("path", "limit"), [(TIME_OFFS, 201), ("/v1/company/employees", 101), (PERIODS, 0)]
)
def test_limit_beyond_the_maximum(v1: Client, path: str, limit: int) -> None:
    assert v1.get(path, expect=400, limit=limit)["success"] is False


def test_flags_and_offsets_are_spelled_both_ways(v1: Client) -> None:
    found = rows(v1)
    assert {type(row["half_day_start"]) for row in found} == {bool, int}
    ends = {re.search(r"[+-]\d\d:?\d\d$", row["start_date"])[0] for row in found}  # type: ignore[index]
    assert {len(end) for end in ends} == {5, 6}
    reduced = {len(row["employee"]["attributes"]["email"]) for row in found}
    assert reduced == {2, 4}


def test_days_are_inclusive_local_midnights(sandbox: Sandbox, v1: Client) -> None:
    [known] = [
        a for a in v1.personio.absences.values() if a.first == date(TODAY.year, 3, 25)
        and a.last == date(TODAY.year, 4, 1)
    ]  # fmt: skip
    row = v1.get(f"{TIME_OFFS}/{known.id}")["data"]["attributes"]
    assert row["start_date"].startswith("2026-03-25T00:00:00+01")
    assert row["end_date"].startswith("2026-04-01T00:00:00+02")
    assert row["days_count"] == 6
    assert row["id_v2"] == known.id_v2


def test_half_days_and_their_count(v1: Client) -> None:
    half = [r for r in rows(v1) if r["half_day_start"] or r["half_day_end"]]
    assert any(r["days_count"] == 0.5 for r in half)
    assert any(r["days_count"] % 1 == 0.5 and r["days_count"] > 1 for r in half)


def test_public_holidays_do_not_count(v1: Client) -> None:
    from sandbox.personio import edit

    given = {"employee_id": 1001, "type_id": 4711, "first": "2026-05-01", "last": "2026-05-04"}
    created = edit.create_absence(v1.personio, given)
    assert v1.get(f"{TIME_OFFS}/{created['id']}")["data"]["attributes"]["days_count"] == 1


def test_statuses_hold_pending_and_unknown_ones(v1: Client) -> None:
    statuses = {row["status"] for row in rows(v1)}
    assert {"approved", "pending", "requested", "in_clarification"} <= statuses


def test_open_ended_absence_has_no_end(v1: Client) -> None:
    assert sum(row["end_date"] is None for row in rows(v1)) == 2


def test_some_absences_begin_before_2026(v1: Client) -> None:
    assert any(row["start_date"] < "2026" for row in rows(v1))


def test_window_overlaps_or_contains_by_account(sandbox: Sandbox, v1: Client) -> None:
    window = {"start_date": "2026-01-01", "end_date": "2026-01-31"}
    assert any(row["start_date"] < "2026" for row in rows(v1, **window))
    strict = rows(v1_client(sandbox, "isarwerk"), **window)
    assert all(row["start_date"] >= "2026" for row in strict)


def test_updated_from_takes_whole_days(v1: Client) -> None:
    from sandbox.personio import edit

    absence = next(a for a in v1.personio.absences.values() if not a.minutes)
    edit.update_absence(v1.personio, absence.id_v2, {"comment": "neu"})
    today = v1.sandbox.world.clock.today().isoformat()
    assert [row["id"] for row in rows(v1, updated_from=today)] == [absence.id]
    v1.get(TIME_OFFS, expect=400, updated_from="2026-01-01T00:00:00")


def test_employees_filter(v1: Client) -> None:
    wanted = {row["employee"]["attributes"]["id"]["value"] for row in rows(v1)}
    one = min(wanted)
    found = rows(v1, **{"employees[]": [one]})
    assert {row["employee"]["attributes"]["id"]["value"] for row in found} == {one}


def test_unknown_record_and_unknown_endpoint_differ(v1: Client) -> None:
    record = v1.get(f"{TIME_OFFS}/1", expect=404)
    assert record["error"] == {"code": 404, "message": "The absence period was not found."}
    assert "endpoint" in v1.get("/v1/company/nothing", expect=404)["error"]["message"]


def test_hours_only_at_absence_periods(v1: Client) -> None:
    hours = rows(v1, PERIODS)
    assert hours
    assert not {r["id"] for r in hours} & {r["id_v2"] for r in rows(v1)}
    assert {r["measurement_unit"] for r in hours} <= {"hour", "hours", "minutes"}
    for row in hours:
        assert row["effective_duration"] == sum(d["effective_duration"] for d in row["breakdowns"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\dZ", row["start"])
    shapes = {"attributes" in row["absence_type"] for row in hours}
    assert shapes == {True, False}
    assert rows(v1, PERIODS, **{"absence_types[]": ["4711"]}) == []
    missing = v1.get(PERIODS, expect=404, **{"absence_types[]": ["99"]})
    assert missing["error"]["message"] == "models.absence-types.not-found"
    invalid = v1.get(PERIODS, expect=400, **{"absence_periods[]": ["99"]})
    assert invalid["error"]["message"] == "The absence period id is invalid."
    one = rows(v1, PERIODS, **{"absence_periods[]": [hours[0]["id"]]})
    assert [row["id"] for row in one] == [hours[0]["id"]]


def test_summer_time_in_utc(v1: Client) -> None:
    from sandbox.personio import edit

    kind = next(t.id for t in v1.personio.types.values() if t.unit == "hour")
    given = {
        "employee_id": 1001, "type_id": kind, "first": "2026-07-01", "minute": 540, "minutes": 90,
    }  # fmt: skip
    created = edit.create_absence(v1.personio, given)
    [row] = rows(v1, PERIODS, **{"absence_periods[]": [created["id_v2"]]})
    assert (row["start"], row["end"]) == ("2026-07-01T07:00:00.0Z", "2026-07-01T08:30:00.0Z")


def test_employee_shape(v1: Client) -> None:
    people = [row["attributes"] for row in v1.get("/v1/company/employees")["data"]]
    assert {person["status"]["value"] for person in people} == {"active", "inactive"}
    assert people[0]["id"] == {
        "label": "ID", "value": 1001, "type": "integer", "universal_id": "id",
    }  # fmt: skip
    assert people[0]["dynamic_8801"]["universal_id"] is None
    assert people[0]["supervisor"]["value"] in ("", [])
    assert people[5]["supervisor"]["value"]["attributes"]["id"]["value"] == 1001
    assert isinstance(people[0]["weekly_working_hours"]["value"], str)
    assert all(person["email"]["value"].isascii() for person in people)
    names = "".join(p["last_name"]["value"] + p["first_name"]["value"] for p in people)
    assert not names.isascii()


def test_employee_projection_email_and_updated_since(v1: Client) -> None:
    from sandbox.personio import edit

    few = rows(v1, "/v1/company/employees", **{"attributes[]": ["email"]})
    assert set(few[0]) == {"id", "email"}
    mail = few[3]["email"]["value"]
    [same] = rows(v1, "/v1/company/employees", email=mail)
    assert same["email"]["value"] == mail
    edit.update_employee(v1.personio, "1002", {"position": "Chefin"})
    since = v1.sandbox.world.clock.today().isoformat()
    changed = v1.get("/v1/company/employees", updated_since=since, limit=1, offset=7)["data"]
    assert [row["attributes"]["id"]["value"] for row in changed] == [1002]


def test_deleted_absence_is_simply_gone(v1: Client) -> None:
    from sandbox.personio import edit

    victim = rows(v1)[0]["id"]
    edit.delete_absence(v1.personio, str(victim))
    assert victim not in {row["id"] for row in rows(v1)}
    v1.get(f"{TIME_OFFS}/{victim}", expect=404)


def test_token_is_echoed(v1: Client) -> None:
    answer = v1("GET", "/v1/company/employees")
    assert answer.headers["authorization"] == v1.session.headers["Authorization"]
