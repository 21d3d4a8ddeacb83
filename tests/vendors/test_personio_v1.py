"""Personio API v1: its paging, its spellings, its refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import responses

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    RateLimited,
    Unavailable,
)
from integrations.vendors.personio.client import open_personio
from integrations.vendors.personio.records import Employee
from integrations.vendors.personio.v1 import decode_period, decode_time_off

from .support import Calls, FakeTime, FreeBudget

BASE = "https://api.personio.de"
TIME_OFFS = f"{BASE}/v1/company/time-offs"
PERIODS = f"{BASE}/v1/company/absence-periods"
EMPLOYEES = f"{BASE}/v1/company/employees"
TYPES = f"{BASE}/v1/company/time-off-types"
WINDOW = (date(2026, 1, 1), date(2026, 12, 31))
UUID = "6f0e1f0e-0000-4000-8000-000000000001"


def time_off(id: Any = 90001, **changes: Any) -> dict[str, Any]:
    attributes = {
        "id": id,
        "id_v2": f"v2-{id}",
        "status": "approved",
        "start_date": "2026-03-30T00:00:00+02:00",
        "end_date": "2026-04-02T00:00:00+02:00",
        "days_count": 3.5,
        "half_day_start": 0,
        "half_day_end": 1,
        "time_off_type": {
            "type": "TimeOffType",
            "attributes": {"id": 4711, "name": "Urlaub", "category": "paid_vacation"},
        },
        "employee": {"type": "Employee", "attributes": {"id": {"label": "ID", "value": 7}}},
        "created_at": "2026-01-12T09:15:00+01:00",
        "updated_at": "2026-01-13T08:00:00+0100",
    }
    return {"type": "TimeOffPeriod", "attributes": {**attributes, **changes}}


def period(id: Any = UUID, **changes: Any) -> dict[str, Any]:
    attributes = {
        "id": id,
        "measurement_unit": "hour",
        "effective_duration": 240,
        "employee": {"type": "Employee", "attributes": {"id": {"label": "ID", "value": 7}}},
        "absence_type": {
            "type": "AbsenceType",
            "attributes": {"id": "77aa", "name": "Arzttermin", "time_off_type_id": 4712},
        },
        "start": "2026-05-04T07:00:00.0Z",
        "end": "2026-05-04T11:00:00.0Z",
        "half_day_start": False,
        "half_day_end": False,
        "timezone": "Europe/Berlin",
        "status": "approved",
        "created_at": "2026-01-12T08:15:00Z",
        "updated_at": "2026-01-12T08:15:00Z",
        "breakdowns": [{"date": "2026-05-04", "effective_duration": 240}],
    }
    return {"type": "AbsencePeriod", "attributes": {**attributes, **changes}}


def employee(id: int, **fields: Any) -> dict[str, Any]:
    values = {"id": id, "email": f"p{id}@firma.example", "status": "active", **fields}
    wrapped = {key: {"label": key, "value": value} for key, value in values.items()}
    return {"type": "Employee", "attributes": wrapped}


class Personio:
    """A mocked account: `lists` maps a URL to a function from query to (metadata, items)."""

    def __init__(self, net: responses.RequestsMock) -> None:
        self.net, self.time, self.calls, self.budget = net, FakeTime(), Calls(), FreeBudget()
        self.queries: list[tuple[str, dict[str, str]]] = []
        self.reader = open_personio(
            "client-1",
            "secret-1",
            gate=ClosedGate(),
            count=self.calls,
            budget=self.budget,
            clock=self.time.clock(),
        )
        self.tokens = 0

    def login(self) -> None:
        def answer(request):
            self.tokens += 1
            data = {"token": f"papi-{self.tokens}", "expires_in": 86400}
            return 200, {}, _json({"success": True, "data": data})

        self.net.add_callback("POST", f"{BASE}/v1/auth", answer, content_type="application/json")

    def serve(self, url: str, answer: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        def callback(request):
            query = dict(request.params)
            self.queries.append((url, query))
            return 200, {}, _json({"success": True, **answer(query)})

        self.net.add_callback("GET", url, callback, content_type="application/json")


def _json(value: Any) -> str:
    return json.dumps(value)


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def account(net):
    personio = Personio(net)
    personio.login()
    return personio


def by_page(items: list[Any], *, size: int = 0, total: bool = True):
    """Serves `offset` as a 1-based page number; numbers come back as text."""

    def answer(query):
        limit, number = size or int(query["limit"]), int(query.get("offset", "1")) or 1
        part = items[(number - 1) * limit : number * limit]
        pages = max(1, -(-len(items) // limit))
        metadata: dict[str, Any] = {"current_page": str(number), "total_pages": str(pages)}
        if total:
            metadata["total_elements"] = str(len(items))
        return {"data": part, "metadata": metadata, "offset": str(number), "limit": str(limit)}

    return answer


def by_record(items: list[Any], *, metadata: bool = True):
    def answer(query):
        limit, offset = int(query["limit"]), int(query.get("offset", "0"))
        body: dict[str, Any] = {"data": items[offset : offset + limit]}
        if metadata:
            body["metadata"] = {
                "total_elements": len(items),
                "current_page": offset // limit,
                "total_pages": -(-len(items) // limit),
            }
        return body

    return answer


def ids(pages) -> list[str]:
    return [record.id for page in pages for record in page.records]


# Access


def test_credentials_go_in_the_body_and_the_token_in_the_header(account, net):
    """Credentials in the query are refused."""
    account.serve(TYPES, by_record([]))
    list(account.reader.absence_types())
    login, read = (call.request for call in net.calls)
    assert "secret-1" in login.body.decode() and "secret-1" not in login.url + read.url
    assert read.headers["Authorization"] == "Bearer papi-1"
    assert account.calls == ["personio", "personio"]


def test_the_token_is_kept_and_renewed_before_it_ends(account):
    account.serve(TYPES, by_record([]))
    list(account.reader.absence_types())
    list(account.reader.absence_types())
    assert account.tokens == 1
    account.time.now += 86400 - 59
    list(account.reader.absence_types())
    assert account.tokens == 2


def test_one_401_renews_the_token_and_a_second_fails(account, net):
    net.get(TYPES, status=401, json={"success": False, "error": {"code": 0, "message": "expired"}})
    net.get(TYPES, json={"success": True, "data": []})
    assert ids(account.reader.absence_types()) == [] and account.tokens == 2
    net.reset()
    account.login()
    net.get(TYPES, status=401, json={"success": False, "error": {"message": "blacklisted"}})
    with pytest.raises(AuthFailed):
        list(account.reader.absence_types())
    assert account.tokens == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refused_login_is_a_wrong_credential(net, status):
    net.post(f"{BASE}/v1/auth", status=status, json={"error": {"message": "no secret-1 here"}})
    with pytest.raises(AuthFailed) as caught:
        Personio(net).reader.check()
    assert caught.value.detail == "no *** here"


def test_a_login_out_of_order_is_not_a_wrong_credential(net):
    net.post(f"{BASE}/v1/auth", status=503)
    with pytest.raises(Unavailable):
        Personio(net).reader.check()


def test_rate_limit_of_the_login_is_kept(net):
    net.post(f"{BASE}/v1/auth", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimited):
        Personio(net).reader.check()


def test_threads_that_need_a_token_at_once_share_one_request(account):
    account.serve(TYPES, by_record([]))
    threads = [
        threading.Thread(target=lambda: list(account.reader.absence_types())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.tokens == 1 and len(account.queries) == 4


def test_repr_shows_no_secret(account):
    assert "secret-1" not in repr(vars(account.reader._access))


# Lists


@pytest.mark.parametrize("total", [True, False])
def test_time_offs_are_paged_by_page_number(account, total):
    account.serve(TIME_OFFS, by_page([time_off(n) for n in range(1, 451)], total=total))
    pages = list(account.reader.day_absences(*WINDOW))
    assert ids(pages) == [str(n) for n in range(1, 451)]
    assert [query["offset"] for _, query in account.queries] == ["1", "2", "3"]
    assert all(query["limit"] == "200" for _, query in account.queries)
    assert [bool(page.cursor) for page in pages] == [True, True, False]


def test_time_offs_ask_for_more_than_the_window_and_cut_it(account):
    """It is disputed whether overlapping absences are delivered."""
    before = time_off(1, start_date="2025-01-01T00:00:00+0100", end_date="2025-12-31T00:00:00+0100")
    into = time_off(2, start_date="2025-12-31T00:00:00+0100", end_date="2026-01-01T00:00:00+0100")
    after = time_off(3, start_date="2027-01-01T00:00:00+0100", end_date="2027-01-01T00:00:00+0100")
    open_end = time_off(4, start_date="2025-06-01T00:00:00+0100", end_date=None, half_day_end=0)
    account.serve(TIME_OFFS, by_page([before, into, after, open_end]))
    assert ids(account.reader.day_absences(*WINDOW)) == ["2", "4"]
    query = account.queries[0][1]
    assert query["start_date"] < "2023-02-01" and query["end_date"] > "2029-11-01"


@pytest.mark.parametrize("serve", [by_page, by_record])
def test_absence_periods_are_read_whichever_way_offset_counts(account, serve):
    account.serve(PERIODS, serve([period(f"u-{n}") for n in range(450)]))
    assert len(set(ids(account.reader.hour_absences(*WINDOW)))) == 450


def test_absence_periods_without_any_metadata_end_when_nothing_new_comes(account):
    account.serve(PERIODS, by_record([period(f"u-{n}") for n in range(250)], metadata=False))
    pages = list(account.reader.hour_absences(*WINDOW))
    assert len(ids(pages)) == 250 and pages[-1].cursor == ""


def test_employees_are_paged_by_record_with_a_page_count_from_0(account):
    account.serve(EMPLOYEES, by_record([employee(n) for n in range(1, 251)]))
    assert len(ids(account.reader.employees())) == 250
    assert [query["offset"] for _, query in account.queries] == ["0", "100", "200"]
    assert all(query["limit"] == "100" for _, query in account.queries)
    assert account.budget.costs == [10, 2, 2, 2]


def test_a_list_goes_on_from_a_cursor(account):
    account.serve(TIME_OFFS, by_page([time_off(n) for n in range(1, 451)]))
    first = next(account.reader.day_absences(*WINDOW))
    rest = ids(account.reader.day_absences(*WINDOW, cursor=first.cursor))
    assert rest == [str(n) for n in range(201, 451)]


@pytest.mark.parametrize("cursor", ["x", "pages:1", "pages:a:b:c:d"])
def test_a_foreign_cursor_is_refused(account, cursor):
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW, cursor=cursor))


def test_types_without_metadata_are_read_once_more_to_prove_the_end(account):
    kinds = [
        {"type": "TimeOffType", "attributes": {"id": n, "name": "x", "unit": "day"}}
        for n in range(1, 4)
    ]
    account.serve(TYPES, by_record(kinds, metadata=False))
    assert ids(account.reader.absence_types()) == ["1", "2", "3"]
    account.net.reset()
    account.login()
    account.serve(TYPES, lambda query: {"data": kinds})
    assert ids(account.reader.absence_types()) == ["1", "2", "3"]


def test_a_server_that_ignores_the_offset_is_caught(account):
    items = [time_off(n) for n in range(1, 4)]
    account.serve(TIME_OFFS, lambda query: {"data": items, "metadata": {"total_elements": 9}})
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW))
    account.net.reset()
    account.login()
    account.serve(TIME_OFFS, lambda query: {"data": items})
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW))


def test_a_repeated_page_is_noticed_across_a_resume(account):
    items = [time_off(n) for n in range(1, 4)]
    account.serve(TIME_OFFS, lambda query: {"data": items, "metadata": {"total_elements": 6}})
    first = next(account.reader.day_absences(*WINDOW))
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW, cursor=first.cursor))


@pytest.mark.parametrize("claimed", [449, 451])
def test_a_total_that_the_ids_do_not_match_is_no_complete_list(account, claimed):
    """P7: nothing is deleted after such a read."""
    answer = by_page([time_off(n) for n in range(1, 451)])

    def lying(query):
        body = answer(query)
        body["metadata"]["total_elements"] = claimed
        return body

    account.serve(TIME_OFFS, lying)
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW))


def test_a_total_that_moves_between_pages_is_no_complete_list(account):
    """A record deleted on a page already read shifts one from the next page out of sight."""
    items = [time_off(n) for n in range(1, 451)]
    reader = account.reader.day_absences(*WINDOW)
    account.serve(TIME_OFFS, lambda query: by_page(items)(query))
    next(reader)
    del items[10]
    with pytest.raises(InconsistentList):
        list(reader)


def test_a_record_that_comes_twice_is_delivered_once(account):
    pages = {"1": [time_off(1), time_off(1), time_off(2)], "2": [time_off(2), time_off(3)]}
    account.serve(
        TIME_OFFS, lambda q: {"data": pages[q["offset"]], "metadata": {"total_elements": 3}}
    )
    assert ids(account.reader.day_absences(*WINDOW)) == ["1", "2", "3"]


def test_a_malformed_record_is_named_and_the_others_are_read(account):
    """G8"""
    bad = time_off(2, start_date="soon")
    account.serve(TIME_OFFS, by_page([time_off(1), bad, time_off(3)]))
    (page,) = account.reader.day_absences(*WINDOW)
    assert [record.id for record in page.records] == ["1", "3"]
    assert [(item.id, item.detail) for item in page.malformed] == [("2", "start_date: not a time")]


@pytest.mark.parametrize("item", [time_off(None), time_off(""), "x", None, {"attributes": 3}])
def test_a_record_without_an_id_makes_the_list_inconsistent(account, item):
    account.serve(TIME_OFFS, by_page([time_off(1), item]))
    with pytest.raises(InconsistentList):
        list(account.reader.day_absences(*WINDOW))


@pytest.mark.parametrize("body", [{"data": {}}, {"success": False, "data": []}, {}, [1]])
def test_a_200_that_is_no_list_is_a_bad_answer(account, net, body):
    net.get(TIME_OFFS, json=body)
    with pytest.raises(BadAnswer):
        list(account.reader.day_absences(*WINDOW))


def test_an_error_in_the_middle_of_a_list_is_raised(account, net):
    answer = by_page([time_off(n) for n in range(1, 451)])

    def callback(request):
        if request.params["offset"] == "2":
            return 500, {}, _json({"success": False, "error": {"message": "Something went wrong"}})
        return 200, {}, _json(answer(dict(request.params)))

    net.add_callback("GET", TIME_OFFS, callback, content_type="application/json")
    with pytest.raises(Unavailable):
        list(account.reader.day_absences(*WINDOW))


# Records


def test_employees_are_reduced_to_what_is_needed(account):
    people = [
        employee(1, first_name="Ottilie", last_name="Brandt"),
        employee(2, status="leave"),
        employee(3, status="onboarding"),
        employee(4, status="inactive"),
        employee(5, email="", first_name=[], last_name=""),
    ]
    del people[1]["attributes"]["email"]
    account.serve(EMPLOYEES, by_record(people))
    (page,) = account.reader.employees()
    assert page.records[0] == Employee("1", "p1@firma.example", "Ottilie Brandt", True)
    assert [person.active for person in page.records] == [True, True, True, False, True]
    assert [person.email for person in page.records[1:5:3]] == ["", ""]


def test_types_of_both_units(account):
    fields = {"id": 4711, "id_v2": "0b9d", "name": "Urlaub", "category": None, "unit": "hour"}
    account.serve(TYPES, by_record([{"type": "TimeOffType", "attributes": fields}]))
    (page,) = account.reader.absence_types()
    (kind,) = page.records
    assert (kind.id, kind.id_v2, kind.name, kind.unit, kind.category) == (
        "4711", "0b9d", "Urlaub", "hour", "",
    )  # fmt: skip


def test_a_time_off():
    absence = decode_time_off(time_off())
    assert (absence.id, absence.id_v2, absence.employee_id) == ("90001", "v2-90001", "7")
    assert (absence.type_id, absence.type_id_v2, absence.type_name) == ("4711", "", "Urlaub")
    assert (absence.first, absence.last) == (date(2026, 3, 30), date(2026, 4, 2))
    assert (absence.half_first, absence.half_last, absence.amount) == (False, True, 3.5)
    assert (absence.starts_at, absence.minutes, absence.days) == (None, None, [])
    assert absence.created_at == "2026-01-12T08:15:00Z"
    assert absence.updated_at == "2026-01-13T07:00:00Z"


@pytest.mark.parametrize("offset", ["+0100", "+01:00", "+02:00", "-1000", "Z", ""])
def test_the_date_is_taken_as_written(offset):
    item = time_off(
        start_date=f"2026-03-30T00:00:00{offset}", end_date=f"2026-03-31T00:00:00{offset}"
    )
    absence = decode_time_off(item)
    assert (absence.first, absence.last) == (date(2026, 3, 30), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("start", "end", "amount", "expected"),
    [
        (0, 0, 1, (False, False)),
        (0, 1, 0.5, (False, True)),
        (1, 0, 0.5, (True, False)),
        (False, True, 0.5, (False, True)),
        ("1", "0", "0.5", (True, False)),
        (None, None, None, (False, False)),
        (1, 1, 1, (False, False)),
        (1, 1, 0.5, (False, True)),
        (1, 1, None, (False, False)),
    ],
)
def test_halves_of_a_single_day(start, end, amount, expected):
    """P6. A single day with both flags is what its amount says."""
    day = "2026-03-30T00:00:00+02:00"
    item = time_off(
        start_date=day, end_date=day, half_day_start=start, half_day_end=end, days_count=amount
    )
    absence = decode_time_off(item)
    assert (absence.half_first, absence.half_last) == expected


def test_halves_of_several_days_may_both_be_missing():
    absence = decode_time_off(time_off(half_day_start=True, half_day_end=1))
    assert (absence.half_first, absence.half_last) == (True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"half_day_start": 2},
        {"half_day_start": "maybe"},
        {"end_date": "2026-03-01T00:00:00+02:00"},
        {"status": None},
        {"employee": None},
        {"time_off_type": None},
        {"days_count": "many"},
        {"start_date": None},
    ],
)
def test_time_offs_that_cannot_be_read(changes):
    with pytest.raises(ValueError):
        decode_time_off(time_off(**changes))


@pytest.mark.parametrize("status", ["approved", "PENDING", "something_new"])
def test_every_status_is_delivered(account, status):
    """Filtering is not the client's business (P7)."""
    account.serve(TIME_OFFS, by_page([time_off(1, status=status)]))
    (page,) = account.reader.day_absences(*WINDOW)
    assert page.records[0].status == status.lower()


def test_an_hour_based_absence():
    absence = decode_period(period())
    assert (absence.id, absence.id_v2) == (UUID, UUID)
    assert (absence.type_id, absence.type_id_v2) == ("4712", "77aa")
    assert (absence.starts_at, absence.ends_at) == ("2026-05-04T07:00:00Z", "2026-05-04T11:00:00Z")
    assert absence.days == [date(2026, 5, 4)] and absence.minutes == 240
    assert (absence.first, absence.last) == (date(2026, 5, 4), date(2026, 5, 4))


def test_the_type_of_an_hour_based_absence_may_be_flat():
    kind = {"id": "77aa", "name": "Arzttermin", "time_off_type_id": 4712}
    assert decode_period(period(absence_type=kind)).type_id == "4712"


@pytest.mark.parametrize("breakdowns", [None, [{"date": "2026-06-01"}, {"date": "2026-06-02"}]])
def test_whole_days_of_hours_end_exclusively_in_their_own_zone(breakdowns):
    """The vendor's example of two days in Berlin."""
    item = period(start="2026-05-31T22:00:00Z", end="2026-06-02T22:00:00Z", breakdowns=breakdowns)
    absence = decode_period(item)
    assert absence.days == [date(2026, 6, 1), date(2026, 6, 2)]
    assert (absence.first, absence.last) == (date(2026, 6, 1), date(2026, 6, 2))


def test_an_open_end_of_hours():
    absence = decode_period(period(end=None))
    assert absence.last is None and absence.ends_at is None and absence.first == date(2026, 5, 4)


@pytest.mark.parametrize(
    "changes", [{"timezone": "Mars/Base"}, {"end": "2026-05-04T06:00:00Z"}, {"breakdowns": 7}]
)
def test_hour_based_absences_that_cannot_be_read(changes):
    with pytest.raises(ValueError):
        decode_period(period(**changes))


# Proof of a deletion


def test_a_time_off_exists_until_the_record_is_said_to_be_missing(account, net):
    """I7: delete only on proof."""
    net.get(f"{TIME_OFFS}/90001", json={"success": True, "data": time_off()})
    gone = {
        "success": False,
        "error": {"code": 404, "message": "The absence period was not found."},
    }
    net.get(f"{TIME_OFFS}/2", json=gone, status=404)
    assert account.reader.absence_exists("90001", "") is True
    assert account.reader.absence_exists("2", "") is False


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            {"body": "<html>404</html>", "content_type": "text/html", "status": 404},
            EndpointNotFound,
        ),
        ({"json": {}, "status": 404}, EndpointNotFound),
        (
            {
                "json": {"error": {"message": "The endpoint with /v1/… was not found."}},
                "status": 404,
            },
            EndpointNotFound,
        ),
        ({"json": {"error": {"message": "no"}}, "status": 403}, Forbidden),
        ({"json": {"success": True, "data": time_off(5)}}, BadAnswer),
        ({"json": {"success": True, "data": []}}, BadAnswer),
        ({"status": 500}, Unavailable),
    ],
)
def test_anything_else_proves_nothing(account, net, answer, error):
    net.get(f"{TIME_OFFS}/2", **answer)
    with pytest.raises(error):
        account.reader.absence_exists("2", "")


def test_an_hour_based_absence_is_probed_by_filter(account, net):
    net.get(PERIODS, json={"success": True, "data": [period()]})
    net.get(PERIODS, json={"success": True, "data": []})
    net.get(PERIODS, json={"success": True, "data": [period("another")]})
    net.get(PERIODS, json={"success": True})
    assert account.reader.absence_exists(UUID, UUID) is True
    assert net.calls[-1].request.params["absence_periods[]"] == UUID
    assert account.reader.absence_exists(UUID, UUID) is False
    for _ in range(2):
        with pytest.raises(BadAnswer):
            account.reader.absence_exists(UUID, UUID)


# The connection test (G2)


def test_check_is_empty_when_all_can_be_read(account):
    account.serve(EMPLOYEES, by_record([employee(1)]))
    account.serve(TYPES, by_record([]))
    account.serve(TIME_OFFS, by_page([]))
    account.serve(PERIODS, by_page([]))
    assert account.reader.check() == []
    assert {query["limit"] for _, query in account.queries} == {"1"}


def test_check_names_missing_scopes_and_the_email_attribute(account, net):
    refused = {"success": False, "error": {"code": 403, "message": "forbidden"}}
    person = employee(1)
    del person["attributes"]["email"]
    account.serve(EMPLOYEES, by_record([person]))
    for url in (TYPES, TIME_OFFS, PERIODS):
        net.get(url, json=refused, status=403)
    assert account.reader.check() == ["email", "absences:read"]
    net.replace("GET", EMPLOYEES, json=refused, status=403)
    assert account.reader.check() == ["employees:read", "absences:read"]
