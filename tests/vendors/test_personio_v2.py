"""Personio API v2: cursors, boundaries of half days, and that both versions say the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
import responses
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    Rejected,
    Unavailable,
)
from integrations.vendors.personio.client import open_personio
from integrations.vendors.personio.records import Absence, AbsenceType
from integrations.vendors.personio.spans import Span, span_v2
from integrations.vendors.personio.v1 import decode_period as decode_hours_v1
from integrations.vendors.personio.v1 import decode_time_off
from integrations.vendors.personio.v2 import decode_period

from .support import Calls, FakeTime, FreeBudget
from .test_personio_v1 import period as hours_v1
from .test_personio_v1 import time_off

BASE = "https://api.personio.de"
PERIODS, TYPES = f"{BASE}/v2/absence-periods", f"{BASE}/v2/absence-types"
PERSONS = f"{BASE}/v2/persons"
WINDOW = (date(2026, 1, 1), date(2026, 12, 31))
DAY = AbsenceType("0b9d", "0b9d", "Urlaub", "day", "paid_vacation")
HOUR = AbsenceType("77aa", "77aa", "Arzttermin", "hour", "")
D = date(2026, 3, 30)
BERLIN = ZoneInfo("Europe/Berlin")


def period(id: Any = "p-1", **changes: Any) -> dict[str, Any]:
    fields = {
        "id": id,
        "person": {"id": "7"},
        "absence_type": {"id": "0b9d"},
        "starts_from": {"date_time": "2026-03-30T00:00:00", "type": "FIRST_HALF"},
        "ends_at": {"date_time": "2026-04-03T00:00:00", "type": "SECOND_HALF"},
        "timezone_id": "Europe/Berlin",
        "approval": {"status": "APPROVED"},
        "created_at": "2026-01-12T08:15:00Z",
        "updated_at": "2026-01-13T07:00:00Z",
    }
    return {**fields, **changes}


def page(items: list[Any], following: Any = None) -> dict[str, Any]:
    links = {"self": {"href": "…"}}
    if following is not None:
        links["next"] = following
    return {"_data": items, "_meta": {"links": links}}


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        token = {"access_token": "papi-1", "token_type": "Bearer", "expires_in": 86400}
        mock.post(f"{BASE}/v2/auth/token", json=token)
        kinds = [
            {"id": "0b9d", "name": "Urlaub", "category": "PAID_VACATION", "unit": "DAY"},
            {"id": "77aa", "name": "Arzttermin", "category": None, "unit": "HOUR"},
        ]
        mock.get(TYPES, json=page(kinds))
        yield mock


@pytest.fixture
def reader(net):
    return open_personio(
        "client-1",
        "secret-1",
        version="v2",
        gate=ClosedGate(),
        count=Calls(),
        budget=FreeBudget(),
        clock=FakeTime().clock(),
    )


def _queries(net, url: str) -> list[dict[str, str]]:
    return [call.request.params for call in net.calls if call.request.url.startswith(url)]


def test_the_token_is_asked_for_with_a_form(net, reader):
    list(reader.absence_types())
    body = parse_qs(net.calls[0].request.body)
    assert body["grant_type"] == ["client_credentials"] and body["client_secret"] == ["secret-1"]
    assert "secret-1" not in net.calls[0].request.url


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("unauthorized_client", AuthFailed),
        ("invalid_scope", Forbidden),
        ("temporarily_unavailable", Unavailable),
    ],
)
def test_a_400_of_the_token_call_is_read_by_its_error(net, reader, error, expected):
    problem = {"error": error, "error_description": "secret-1 is wrong"}
    net.replace("POST", f"{BASE}/v2/auth/token", json=problem, status=400)
    with pytest.raises(expected) as caught:
        list(reader.absence_types())
    assert caught.value.detail == f"{error}: *** is wrong"


@pytest.mark.parametrize(
    "following",
    [
        {"href": "https://api.personio.de/v2/absence-periods?cursor=cur_2&limit=1"},
        {"href": "/v2/absence-periods?limit=1&cursor=cur_2"},
        {"href": "https://elsewhere.example/x?cursor=cur_2"},
        "/v2/absence-periods?cursor=cur_2",
    ],
)
def test_the_cursor_goes_with_the_original_filters(net, reader, following):
    net.get(PERIODS, json=page([period("a")], following))
    net.get(PERIODS, json=page([period("b")], {"href": None}))
    pages = list(reader.day_absences(*WINDOW))
    assert [record.id for each in pages for record in each.records] == ["a", "b"]
    assert [each.cursor for each in pages] == ["cur_2", ""]
    first, second = _queries(net, PERIODS)
    assert second == {**first, "cursor": "cur_2"} and first["limit"] == "100"
    assert first["starts_from.date_time.lte"] == "2026-12-31T23:59:59.000"


def test_a_list_goes_on_from_a_cursor(net, reader):
    net.get(PERIODS, json={"_data": [period("b")]})
    (last,) = reader.day_absences(*WINDOW, cursor="cur_2")
    assert last.cursor == "" and _queries(net, PERIODS)[0]["cursor"] == "cur_2"


def test_a_cursor_that_repeats_is_an_error(net, reader):
    net.get(PERIODS, json=page([period("a")], {"href": "?cursor=c"}))
    net.get(PERIODS, json=page([period("b")], {"href": "?cursor=c"}))
    with pytest.raises(InconsistentList):
        list(reader.day_absences(*WINDOW))


def test_a_page_that_repeats_is_an_error(net, reader):
    net.get(PERIODS, json=page([period("a")], {"href": "?cursor=c"}))
    net.get(PERIODS, json=page([period("a")]))
    with pytest.raises(InconsistentList):
        list(reader.day_absences(*WINDOW))


def test_a_next_page_without_a_cursor_is_an_error(net, reader):
    net.get(PERIODS, json=page([period("a")], {"href": "/v2/absence-periods?page=2"}))
    with pytest.raises(InconsistentList):
        list(reader.day_absences(*WINDOW))


@pytest.mark.parametrize("body", [{}, {"_data": {}}, {"data": []}, []])
def test_a_200_that_is_no_list_is_a_bad_answer(net, reader, body):
    net.get(PERIODS, json=body)
    with pytest.raises(BadAnswer):
        list(reader.day_absences(*WINDOW))


def test_both_kinds_come_in_one_list_and_the_other_list_is_empty(net, reader):
    times = {
        "starts_from": {"date_time": "2026-05-04T00:00:00", "type": None},
        "ends_at": {"date_time": "2026-05-05T00:00:00", "type": None},
        "absence_type": {"id": "77aa"},
    }
    net.get(PERIODS, json=page([period("a"), period("b", **times)]))
    (both,) = reader.day_absences(*WINDOW)
    day, hour = both.records
    assert (day.type_name, day.starts_at) == ("Urlaub", None)
    assert (hour.type_name, hour.starts_at) == ("Arzttermin", "2026-05-03T22:00:00Z")
    (none,) = reader.hour_absences(*WINDOW)
    assert none.records == () and none.cursor == ""
    assert len(_queries(net, TYPES)) == 1


def test_an_unlisted_type_is_looked_up_once_and_its_unit_read_from_the_times(net, reader):
    hours = {
        "starts_from": {"date_time": "2026-05-04T09:00:00"},
        "ends_at": {"date_time": "2026-05-04T11:00:00"},
    }
    new = {"absence_type": {"id": "new"}}
    net.get(PERIODS, json=page([period("a", **new), period("b", **new, **hours)]))
    (both,) = reader.day_absences(*WINDOW)
    assert [record.starts_at for record in both.records] == [None, "2026-05-04T07:00:00Z"]
    assert len(_queries(net, TYPES)) == 1


def test_malformed_and_nameless_records(net, reader):
    """G8"""
    broken = [period("x", ends_at="soon"), period("y", starts_from=None), period("z", person={})]
    broken += [period("w", starts_from={"date_time": "2026-03-30T00:00:00", "type": "THIRD"})]
    net.get(PERIODS, json=page([period("a"), *broken]))
    (each,) = reader.day_absences(*WINDOW)
    assert [record.id for record in each.records] == ["a"]
    assert [item.id for item in each.malformed] == ["x", "y", "z", "w"]
    net.replace("GET", PERIODS, json=page([period(None)]))
    with pytest.raises(InconsistentList):
        list(reader.day_absences(*WINDOW))


def test_persons(net, reader):
    people = [
        {"id": "3003", "email": "a@f.example", "first_name": "A", "last_name": "B"},
        {"id": "3004", "status": "INACTIVE"},
    ]
    net.get(PERSONS, json=page(people))
    (each,) = reader.employees()
    assert [person.active for person in each.records] == [True, False]
    assert each.records[0].name == "A B" and _queries(net, PERSONS)[0]["limit"] == "50"


# Boundaries


def _boundary(day: date, half: str | None, clock: str = "00:00:00") -> dict[str, Any]:
    return {"date_time": f"{day}T{clock}", "type": half}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (("FIRST_HALF", 0, "00:00:00"), ("SECOND_HALF", 1, "00:00:00"), Span(D, D)),
        ((None, 0, "00:00:00"), (None, 1, "00:00:00"), Span(D, D)),
        (("FIRST_HALF", 0, "00:00:00"), ("FIRST_HALF", 1, "00:00:00"), Span(D, D, False, True)),
        (("FIRST_HALF", 0, "00:00:00"), ("FIRST_HALF", 0, "12:00:00"), Span(D, D, False, True)),
        (("FIRST_HALF", 0, "00:00:00"), ("FIRST_HALF", 0, "00:00:00"), Span(D, D, False, True)),
        (("SECOND_HALF", 0, "00:00:00"), ("SECOND_HALF", 1, "00:00:00"), Span(D, D, True, False)),
        (("SECOND_HALF", 0, "12:00:00"), ("SECOND_HALF", 1, "00:00:00"), Span(D, D, True, False)),
        (("SECOND_HALF", 0, "12:00:00"), ("SECOND_HALF", 0, "23:59:59"), Span(D, D, True, False)),
        ((None, 0, "12:00:00"), (None, 1, "12:00:00"), Span(D, D + timedelta(1), True, True)),
        (
            ("SECOND_HALF", 0, "00:00:00"),
            ("FIRST_HALF", 3, "00:00:00"),
            Span(D, D + timedelta(2), True, True),
        ),
    ],
)
def test_boundaries_of_day_based_absences(start, end, expected):
    half, _, clock = start
    end_half, days, end_clock = end
    found = span_v2(_boundary(D, half, clock), _boundary(D + timedelta(days), end_half, end_clock))
    assert found == expected


@pytest.mark.parametrize("end", [None, {"date_time": None}])
def test_an_open_end(end):
    """P10"""
    absence = decode_period(period(ends_at=end), DAY)
    assert absence.first == D and absence.last is None and absence.half_last is False


def test_an_end_before_the_start_cannot_be_read():
    with pytest.raises(ValueError):
        span_v2(_boundary(D, None), _boundary(D - timedelta(3), None))


@pytest.mark.parametrize("status", ["DELETION_PENDING", "WHATEVER"])
def test_statuses_are_lower_case(status):
    assert decode_period(period(approval={"status": status}), DAY).status == status.lower()


def test_hours_across_the_change_of_clocks():
    item = period(
        starts_from={"date_time": "2026-03-28T00:00:00"},
        ends_at={"date_time": "2026-03-30T00:00:00"},
    )
    absence = decode_period(item, HOUR)
    assert (absence.starts_at, absence.ends_at) == ("2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z")
    assert absence.days == [date(2026, 3, 28), date(2026, 3, 29)]
    with pytest.raises(ValueError):
        decode_period({**item, "timezone_id": None}, HOUR)


_days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@st.composite
def _spans(draw) -> Span:
    first = draw(_days)
    last = first + timedelta(draw(st.integers(0, 400)))
    halves = [(False, False), (True, False), (False, True)]
    if last > first:
        halves.append((True, True))
    return Span(first, last, *draw(st.sampled_from(halves)))


@given(_spans(), st.sampled_from(["+0100", "+02:00", "Z"]), st.booleans(), st.booleans())
def test_both_versions_of_a_day_based_absence_are_the_same(span, offset, as_number, at_noon):
    flags = (int(span.half_first), int(span.half_last)) if as_number else span[2:]
    one = decode_time_off(
        time_off(
            start_date=f"{span.first}T00:00:00{offset}",
            end_date=f"{span.last}T00:00:00{offset}",
            half_day_start=flags[0],
            half_day_end=flags[1],
        )
    )
    noon_end = at_noon and span.half_last
    end_day = span.last if noon_end else span.last + timedelta(1)
    item = period(
        one.id_v2,
        starts_from=_boundary(span.first, "SECOND_HALF" if span.half_first else "FIRST_HALF"),
        ends_at=_boundary(
            end_day,
            "FIRST_HALF" if span.half_last else "SECOND_HALF",
            "12:00:00" if noon_end else "00:00:00",
        ),
    )
    two = decode_period(item, DAY)
    names = ("id_v2", "employee_id", "type_name", "status", "first", "last", "half_first")
    names += ("half_last", "starts_at", "ends_at", "days", "created_at", "updated_at")
    assert [getattr(one, name) for name in names] == [getattr(two, name) for name in names]
    assert (two.first, two.last, two.half_first, two.half_last) == span


@given(_days, st.integers(5, 20), st.integers(1, 60 * 72))
def test_both_versions_of_an_hour_based_absence_are_the_same(day, hour, minutes):
    starts = datetime.combine(day, time(hour), UTC)
    local = [at.astimezone(BERLIN) for at in (starts, starts + timedelta(minutes=minutes))]
    # In the hour that comes twice in October v2 cannot say which of both it means.
    assume(not any(at.fold for at in local))
    start, end = (f"{at.astimezone(UTC):%FT%T}.0Z" for at in local)
    one = decode_hours_v1(hours_v1("h-1", start=start, end=end, breakdowns=[]))
    item = period(
        "h-1",
        absence_type={"id": "77aa"},
        starts_from={"date_time": f"{local[0]:%FT%T}", "type": None},
        ends_at={"date_time": f"{local[1]:%FT%T}", "type": None},
    )
    two = decode_period(item, HOUR)
    names = ("id_v2", "starts_at", "ends_at", "days", "first", "last", "type_id_v2", "type_name")
    assert [getattr(one, name) for name in names] == [getattr(two, name) for name in names]


def test_records_survive_being_staged_as_json():
    staged = TypeAdapter(list[Absence])
    records = [
        decode_time_off(time_off()),
        decode_hours_v1(hours_v1()),
        decode_period(period(), DAY),
    ]
    assert staged.validate_json(staged.dump_json(records)) == records


# Proof of a deletion (I7)


@pytest.mark.parametrize("body", [period("p-1"), {"_data": period("p-1")}])
def test_an_absence_that_is_there_bare_or_wrapped(net, reader, body):
    net.get(f"{PERIODS}/p-1", json=body)
    assert reader.absence_exists("90001", "p-1") is True


def test_a_404_counts_for_the_record_and_not_for_the_endpoint(net, reader):
    problem = {"errors": [{"title": "Not found", "detail": "Absence period was not found."}]}
    net.get(f"{PERIODS}/p-1", json=problem, status=404, content_type="application/problem+json")
    assert reader.absence_exists("p-1", "p-1") is False
    lost = {"errors": [{"detail": "The endpoint with /v2/absence-periods/p-2 was not found."}]}
    net.get(f"{PERIODS}/p-2", json=lost, status=404)
    with pytest.raises(EndpointNotFound):
        reader.absence_exists("p-2", "p-2")


def test_another_record_or_no_v2_id_prove_nothing(net, reader):
    net.get(f"{PERIODS}/p-1", json=period("p-9"))
    with pytest.raises(BadAnswer):
        reader.absence_exists("", "p-1")
    with pytest.raises(Rejected):
        reader.absence_exists("90001", "")


def test_check_names_scopes_and_email(net, reader):
    """G2"""
    problem = {"errors": [{"title": "Forbidden", "detail": "scope"}]}
    net.get(PERSONS, json=page([{"id": "1"}]))
    net.get(PERIODS, json=problem, status=403)
    assert reader.check() == ["email", "personio:absences:read"]


def test_an_unknown_version_is_a_mistake():
    with pytest.raises(ValueError):
        open_personio("a", "b", version="v3", gate=ClosedGate(), count=Calls())
