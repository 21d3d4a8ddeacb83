"""The helloHQ client: lists by $skip, both half-day encodings, writes and refusals."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    Locked,
    NotFound,
    OutcomeUnknown,
    Rejected,
    WriteRefused,
)
from integrations.vendors.hellohq import odata
from integrations.vendors.hellohq.client import open_hellohq
from integrations.vendors.hellohq.records import (
    ABSENCE_KINDS,
    FULL_DAY_KINDS,
    HOUR_BASED_KINDS,
    AbsenceDraft,
    Subsystem,
    User,
    UserWithAbsences,
    WorkingHours,
)
from integrations.vendors.hellohq.spans import (
    ENCODINGS,
    Days,
    decode_days,
    encode_days,
    missed_days_unexpected,
)

from .support import Calls, FakeTime, FreeBudget, OpenGate

BASE = "https://api.hellohq.io"
USERS, ABSENCES = f"{BASE}/v1/Users", f"{BASE}/v1/Users(4711)/Absences"
BERLIN = ZoneInfo("Europe/Berlin")
D = date(2031, 7, 7)  # a Monday


def user(id: int, **changes: Any) -> dict[str, Any]:
    fields = {"Id": id, "FirstName": "Mira", "LastName": "Talmann", "LeavingDate": None}
    return {**fields, "EMailWork": f" u{id}@birkenwerk.example ", **changes}


def absence(id: Any, **changes: Any) -> dict[str, Any]:
    fields = {
        "Id": id,
        "UserId": 4711,
        "Type": "Vacation",
        "Start": "2031-07-07T00:00:00",
        "End": "2031-07-12T00:00:00",
        "MissedDays": 5.0,
        "IsApproved": True,
        "Note": "Erholungsurlaub",
        "CreatedBy": 1,
        "CreatedOn": "2031-01-07T08:00:00Z",
        "UpdatedOn": "2031-02-11T09:30:00",
    }
    return {**fields, **changes}


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def client(**options: Any):
    options = {"gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), **options}
    return open_hellohq("token-1", clock=FakeTime().clock(), **options)


@pytest.fixture
def hq():
    return client()


def serve(net, url: str, rows: list[Any], *, most: int = 1000, count: bool = True) -> None:
    """A list that never returns more than `most` rows a page."""

    def answer(request):
        skip, top = int(request.params.get("$skip", 0)), int(request.params.get("$top", 1000))
        body: dict[str, Any] = {"value": rows[skip : skip + min(top, most)]}
        if count:
            body["@odata.count"] = len(rows)
        return 200, {}, json.dumps(body)

    net.add_callback("GET", url, answer, content_type="application/json; odata.metadata=minimal")


def ids(pages) -> list[str]:
    return [record.id for page in pages for record in page.records]


# Lists


def test_users_are_asked_for_with_their_fields_and_the_token(net, hq):
    serve(net, USERS, [user(1, LeavingDate="2031-03-31T00:00:00Z")])
    (page,) = hq.users(include_deactivated=False)
    assert page.records == (User("1", "u1@birkenwerk.example", "Mira Talmann", date(2031, 3, 31)),)
    request = net.calls[0].request
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.params["$top"] == "500" and request.params["$count"] == "true"
    assert request.params["$select"] == "Id,FirstName,LastName,EMailWork,LeavingDate,UpdatedOn"
    assert "includedeactivated" not in request.params
    list(hq.users(include_deactivated=True))
    assert net.calls[1].request.params["includedeactivated"] == "true"


@pytest.mark.parametrize("count", [True, False])
def test_a_short_page_is_not_the_end(net, hq, count):
    """The server may cap a page below $top."""
    serve(net, USERS, [user(n) for n in range(1, 8)], most=3, count=count)
    assert ids(hq.users(False)) == [str(n) for n in range(1, 8)]
    assert len(net.calls) == (3 if count else 4)


def test_a_list_goes_on_from_a_cursor(net, hq):
    serve(net, USERS, [user(n) for n in range(1, 8)], most=3)
    first = next(hq.users(False))
    assert ids(hq.users(False, cursor=first.cursor)) == ["4", "5", "6", "7"]
    with pytest.raises(InconsistentList):
        list(hq.users(False, cursor="x"))


def test_lists_that_contradict_themselves(net, hq):
    serve(net, USERS, [user(1), user(2), user(1)], most=2)
    with pytest.raises(InconsistentList):
        list(hq.users(False))
    for bodies in (
        [{"@odata.count": 3, "value": [user(1)]}, {"@odata.count": 3, "value": []}],
        [{"@odata.count": 3, "value": [user(1)]}, {"@odata.count": 2, "value": [user(2)]}],
        [{"@odata.count": 1, "value": [user(1), user(2)]}],
        [{"value": [{"FirstName": "nobody"}]}],
    ):
        net.reset()
        for body in bodies:
            net.get(USERS, json=body)
        with pytest.raises(InconsistentList):
            list(hq.users(False))


@pytest.mark.parametrize("body", [{}, {"value": {}}, 3, {"value": [], "@odata.count": "many"}])
def test_a_200_that_is_no_list_is_a_bad_answer(net, hq, body):
    net.get(USERS, json=body)
    with pytest.raises(BadAnswer):
        list(hq.users(False))


def test_all_absences_come_with_their_users(net, hq):
    hours = absence(
        3, Type="PrivateAbsence", Start="2031-05-04T06:00:00", End="2031-05-04T08:00:00Z"
    )
    serve(net, USERS, [user(1, Absences=[absence(2), hours]), user(4, Absences=[])])
    (page,) = hq.users_with_absences()
    days, times = page.records[0].absences
    assert (days.first, days.last, days.starts_at) == (D, date(2031, 7, 11), None)
    assert (days.user_id, days.created_by, days.note) == ("4711", "1", "Erholungsurlaub")
    assert (days.is_approved, days.missed_days) == (True, 5.0)
    assert (days.created_on, days.updated_on) == ("2031-01-07T08:00:00Z", "2031-02-11T09:30:00Z")
    assert (times.first, times.starts_at, times.ends_at) == (
        None, "2031-05-04T06:00:00Z", "2031-05-04T08:00:00Z",
    )  # fmt: skip
    assert page.records[1].absences == []
    staged = TypeAdapter(list[UserWithAbsences])
    assert staged.validate_json(staged.dump_json(list(page.records))) == list(page.records)
    assert net.calls[0].request.params["$expand"] == "Absences"


@pytest.mark.parametrize("row", [user(1), user(1, Absences=None)])
def test_an_expansion_that_was_ignored_is_no_empty_list(net, hq, row):
    """I7: it would look as if every absence had been deleted."""
    serve(net, USERS, [row])
    with pytest.raises(BadAnswer):
        list(hq.users_with_absences())


def test_an_expansion_that_was_cut_is_read_on_its_own(net, hq):
    row = user(4711, Absences=[absence(1)], **{"Absences@odata.nextLink": "https://x.example"})
    serve(net, USERS, [row])
    serve(net, ABSENCES, [absence(n) for n in range(1, 6)], most=2)
    (page,) = hq.users_with_absences()
    assert [each.id for each in page.records[0].absences] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Start": "2031-07-07T09:00:00", "End": "2031-07-07T11:00:00"},
        {"End": "2031-07-07T00:00:00"},
        {"End": None},
        {"Start": "soon"},
        {"Type": None},
        {"Type": "CompanyAbsence", "End": "2031-07-01T00:00:00Z"},
        {"MissedDays": "many"},
    ],
)
def test_an_absence_that_cannot_be_read_is_named(net, hq, changes):
    """G8"""
    serve(net, USERS, [user(1, Absences=[absence(2, **changes), absence(3)])])
    (page,) = hq.users_with_absences()
    assert [item.id for item in page.malformed] == ["2"]
    assert [each.id for each in page.records[0].absences] == ["3"]


def test_absence_ids_are_distinct_over_all_users(net, hq):
    for rows in ([absence(2), absence(2)], [absence(2)], [absence(None)]):
        net.reset()
        serve(net, USERS, [user(1, Absences=rows), user(3, Absences=[absence(2)])])
        with pytest.raises(InconsistentList):
            list(hq.users_with_absences())


def test_small_reads(net, hq):
    weekdays = [
        {"Id": 1, "Weekday": "Monday", "StartTime": 9.0, "EndTime": 17.5},
        {"Id": 2, "Weekday": "Sunday", "StartTime": 0.0, "EndTime": 0.0},
        {"Id": 3, "Weekday": "NotSet", "StartTime": 9.0, "EndTime": 17.0},
        {"Id": 4, "Weekday": "Saturday", "StartTime": "20", "EndTime": 24},
    ]
    net.get(f"{BASE}/v1/Users(7)/UserWorkingHours", json={"value": weekdays})
    assert hq.working_hours("7") == [
        WorkingHours(0, "09:00", "17:30"),
        WorkingHours(5, "20:00", "23:59"),
    ]
    net.get(f"{BASE}/v1/Subsystem", json=[{"Id": 1, "Name": "Main", "IsMaster": True}])
    assert hq.subsystems() == [Subsystem("1", "Main", True)]
    net.get(f"{BASE}/v1/Me", json={"Id": 12, "FirstName": "Sync"})
    assert hq.me() == "12"
    net.replace("GET", f"{BASE}/v1/Me", json={"value": [{"Id": 13}]})
    assert hq.me() == "13"
    net.replace("GET", f"{BASE}/v1/Me", json={})
    with pytest.raises(BadAnswer):
        hq.me()


def test_check_names_what_cannot_be_read(net, hq):
    """G2; `Me` and `Subsystem` help and are not needed, so they are not asked."""
    serve(net, USERS, [user(1, Absences=[])])
    assert hq.check() == []
    net.reset()
    serve(net, USERS, [{"Id": 1}])
    assert hq.check() == ["EMailWork", "Absences"]
    net.reset()
    net.get(USERS, status=403, json={"Message": "no"})
    assert hq.check() == ["Users", "Absences"]
    net.reset()
    net.get(USERS, status=401)
    with pytest.raises(AuthFailed):
        hq.check()


def test_queries_are_percent_encoded():
    """`+` and `&` must be."""
    found = odata.query({"$filter": "UpdatedOn gt 2018-01-26T18:15:00+01:00 and Name eq 'A&B'"})
    assert (
        found == "$filter=UpdatedOn%20gt%202018-01-26T18:15:00%2B01:00%20and%20Name%20eq%20'A%26B'"
    )


# Half days


@st.composite
def _days(draw) -> Days:
    first = draw(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
    last = first + timedelta(draw(st.integers(0, 400)))
    halves = [(False, False), (True, False), (False, True)]
    if last > first:
        halves.append((True, True))
    return Days(first, last, *draw(st.sampled_from(halves)))


@given(_days(), st.sampled_from(ENCODINGS))
def test_what_is_written_is_read_back(days, encoding):
    start, end = encode_days(days, encoding)
    assert decode_days(start, end, encoding, BERLIN) == days
    assert "Z" not in start + end and "+" not in start + end


@given(_days(), _days(), st.sampled_from(ENCODINGS))
def test_different_days_are_written_differently(one, other, encoding):
    assert (encode_days(one, encoding) == encode_days(other, encoding)) == (one == other)


@pytest.mark.parametrize(
    ("days", "same_day", "published"),
    [
        (Days(D, D), ("07T00", "08T00"), ("07T00", "08T00")),
        (Days(D, D, False, True), ("07T00", "07T12"), ("07T00", "08T12")),
        (Days(D, D, True, False), ("07T12", "08T00"), ("07T12", "08T00")),
        (Days(D, D + timedelta(2), True, False), ("07T12", "10T00"), ("07T12", "10T00")),
        (Days(D, D + timedelta(2), False, True), ("07T00", "09T12"), ("07T00", "10T12")),
    ],
)
def test_the_table_of_half_days(days, same_day, published):
    """P6"""
    for encoding, hours in (("sameDay", same_day), ("published", published)):
        expected = tuple(f"2031-07-{hour}:00:00" for hour in hours)
        assert encode_days(days, encoding) == expected


@pytest.mark.parametrize("days", [Days(D, D, True, True), Days(D, D - timedelta(1))])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_absence_without_any_time_cannot_be_written(days, encoding):
    with pytest.raises(ValueError):
        encode_days(days, encoding)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2031-07-07T00:00:00", "2031-07-08T00:00:00"),
        ("2031-07-07T00:00:00Z", "2031-07-08T00:00:00Z"),
        ("2031-07-07T00:00:00+02:00", "2031-07-08T00:00:00+0200"),
        ("2031-07-06T22:00:00Z", "2031-07-07T22:00:00Z"),
    ],
)
def test_a_day_is_read_as_written_or_in_the_tenants_zone(start, end):
    assert decode_days(start, end, "sameDay", BERLIN) == Days(D, D)


@pytest.mark.parametrize(
    ("days", "missed", "unexpected"),
    [
        (Days(D, D, True, False), 0.5, False),
        (Days(D, D, True, False), 1.5, True),
        (Days(D, D, True, False), 0.0, True),
        (Days(D - timedelta(1), D - timedelta(1), True, False), 0.0, False),
        (Days(D, D + timedelta(4), False, True), 4.5, False),
        (Days(D, D + timedelta(4), False, True), 3.5, False),
        (Days(D, D + timedelta(4), False, True), 4.0, True),
        (Days(D, D + timedelta(4), False, True), 5.5, True),
        (Days(D, D + timedelta(4), True, True), 4.0, False),
        (Days(date(2031, 12, 22), date(2031, 12, 24), True, False), 2.0, False),
        (Days(D, D), 7.0, False),
        (Days(D, D, True, False), None, False),
    ],
)
def test_missed_days_are_compared_with_the_half_days_sent(days, missed, unexpected):
    assert missed_days_unexpected(days, missed) is unexpected


# Writes


DRAFT = AbsenceDraft("4711", "Vacation", D, date(2031, 7, 11), note="Erholungsurlaub")


def test_the_kinds():
    assert len(set(ABSENCE_KINDS)) == 14
    assert set(ABSENCE_KINDS) > HOUR_BASED_KINDS | FULL_DAY_KINDS
    assert not HOUR_BASED_KINDS & FULL_DAY_KINDS


def test_create_sends_one_approved_absence_and_returns_what_came_back(net, hq):
    net.post(ABSENCES, json=absence(88123, Note="other"), status=201)
    created = hq.create_absence(DRAFT)
    assert json.loads(net.calls[0].request.body) == {
        "UserId": 4711,
        "Type": "Vacation",
        "Start": "2031-07-07T00:00:00",
        "End": "2031-07-12T00:00:00",
        "Note": "Erholungsurlaub",
        "IsApproved": True,
    }
    assert (created.id, created.note, created.missed_days_unexpected) == ("88123", "other", False)
    assert len(net.calls) == 1


def test_create_of_hours_is_sent_in_utc(net, hq):
    """P10"""
    draft = AbsenceDraft(
        "4711",
        "CompanyAbsence",
        starts_at="2031-05-04T08:00:00+02:00",
        ends_at="2031-05-04T07:00:00Z",
    )
    net.post(ABSENCES, json={"Id": 5}, status=201)
    created = hq.create_absence(draft)
    body = json.loads(net.calls[0].request.body)
    assert (body["Start"], body["End"]) == ("2031-05-04T06:00:00Z", "2031-05-04T07:00:00Z")
    assert (created.id, created.starts_at) == ("5", "2031-05-04T06:00:00Z")


@pytest.mark.parametrize(("encoding", "end"), [("sameDay", "07"), ("published", "08")])
@pytest.mark.parametrize(("missed", "unexpected"), [(0.5, False), (1.5, True)])
def test_create_tells_when_half_days_are_counted_otherwise(net, encoding, end, missed, unexpected):
    def answer(request):
        return 201, {}, json.dumps({**json.loads(request.body), "Id": 1, "MissedDays": missed})

    net.add_callback("POST", ABSENCES, answer, content_type="application/json")
    created = client(half_day_encoding=encoding).create_absence(
        AbsenceDraft("4711", "SickLeave", D, D, half_last=True)
    )
    assert json.loads(net.calls[0].request.body)["End"] == f"2031-07-{end}T12:00:00"
    assert (created.first, created.last, created.half_last) == (D, D, True)
    assert created.missed_days_unexpected is unexpected


@pytest.mark.parametrize(
    "draft",
    [
        AbsenceDraft("4711", "Holiday", D, D),
        AbsenceDraft("4711", "ParentalLeave", D, D, half_first=True),
        AbsenceDraft("4711", "Vacation"),
        AbsenceDraft("4711", "Vacation", D, D, True, True),
        AbsenceDraft("4711", "PrivateAbsence", D, D),
        AbsenceDraft("x) or (1", "Vacation", D, D),
    ],
)
def test_a_draft_that_cannot_be_written_is_not_sent(net, hq, draft):
    with pytest.raises(Rejected):
        hq.create_absence(draft)
    assert len(net.calls) == 0


@pytest.mark.parametrize("answer", [{"body": ""}, {"json": {}}, {"json": absence(1, Start="soon")}])
def test_a_creation_answered_unusably_has_an_unknown_outcome(net, hq, answer):
    net.post(ABSENCES, status=201, **answer)
    with pytest.raises(OutcomeUnknown):
        hq.create_absence(DRAFT)


def test_no_write_passes_a_closed_gate(net):
    """I14"""
    hq = client(gate=ClosedGate())
    for write in (lambda: hq.create_absence(DRAFT), lambda: hq.delete_absence("4711", "1")):
        with pytest.raises(WriteRefused):
            write()
    assert len(net.calls) == 0


@pytest.mark.parametrize("answer", [{"status": 200, "json": {}}, {"status": 204}, {"status": 200}])
def test_delete(net, hq, answer):
    net.delete(f"{ABSENCES}(1)", **answer)
    hq.delete_absence("4711", "1")
    assert len(net.calls) == 1


def test_delete_of_a_record_that_is_said_to_be_missing_is_done(net, hq):
    gone = {"error": {"code": "", "message": "Absence 1 not found."}}
    net.delete(f"{ABSENCES}(1)", status=404, json=gone)
    hq.delete_absence("4711", "1")
    assert len(net.calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<html>IIS</html>", "content_type": "text/html"},
        {"json": {"Message": "No HTTP resource was found that matches the request URI."}},
    ],
)
def test_delete_on_a_route_that_is_missing_is_not_done(net, hq, answer):
    net.delete(f"{ABSENCES}(1)", status=404, **answer)
    with pytest.raises(EndpointNotFound):
        hq.delete_absence("4711", "1")


def test_a_404_without_a_word_is_checked_against_the_list(net, hq):
    net.delete(f"{ABSENCES}(1)", status=404)
    net.get(ABSENCES, json={"value": []})
    hq.delete_absence("4711", "1")
    assert net.calls[1].request.params["$filter"] == "Id eq 1"
    net.replace("GET", ABSENCES, json={"value": [absence(1)]})
    with pytest.raises(EndpointNotFound):
        hq.delete_absence("4711", "1")
    net.replace("GET", ABSENCES, json={"value": [absence(2)]})
    with pytest.raises(BadAnswer):
        hq.delete_absence("4711", "1")


def test_a_single_absence(net, hq):
    net.get(f"{ABSENCES}(1)", json=absence(1))
    found = hq.absence("4711", "1")
    assert (found.id, found.user_id, found.first) == ("1", "4711", D)


def test_a_single_absence_is_missing_on_the_vendors_word_or_by_its_list(net, hq):
    net.get(f"{ABSENCES}(1)", status=404, json={"error": {"message": "Absence 1 not found."}})
    with pytest.raises(NotFound):
        hq.absence("4711", "1")
    net.replace("GET", f"{ABSENCES}(1)", status=404)
    net.get(ABSENCES, json={"value": []})
    with pytest.raises(NotFound):
        hq.absence("4711", "1")
    net.replace("GET", ABSENCES, json={"value": [absence(1)]})
    with pytest.raises(EndpointNotFound):
        hq.absence("4711", "1")


# Refusals


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"error": {"code": "", "message": "End must be after Start."}},
            "End must be after Start.",
        ),
        ({"error": {"message": "Bad.", "details": [{"message": "End"}, 3]}}, "Bad. – End"),
        (
            {"Message": "Invalid.", "ExceptionMessage": "x", "ModelState": {"a.End": ["late"]}},
            "Invalid. – x – a.End: late",
        ),
        (
            {
                "type": "t",
                "title": "Bad",
                "status": 400,
                "detail": "d",
                "errors": {"End": ["late"]},
            },
            "Bad – d – End: late",
        ),
        ("just text", "just text"),
    ],
)
def test_error_bodies_of_all_shapes(net, hq, body, expected):
    content = {"body": body} if isinstance(body, str) else {"json": body}
    net.post(ABSENCES, status=400, **content)
    with pytest.raises(Rejected) as caught:
        hq.create_absence(DRAFT)
    assert caught.value.detail == expected and type(caught.value) is Rejected


@pytest.mark.parametrize(
    "text",
    [
        "The absence is approved", "already billed", "Month CLOSED", "record is locked",
        "Bereits genehmigt", "wurde angenommen", "abgerechnete Zeit", "Monat abgeschlossen",
        "ist gesperrt.",
    ],
)  # fmt: skip
def test_a_400_on_a_closed_record_is_locked(net, hq, text):
    net.post(ABSENCES, status=400, json={"Message": text})
    with pytest.raises(Locked):
        hq.create_absence(DRAFT)


@pytest.mark.parametrize("text", ["IsApproved is required", "unlocked", "disclosed"])
def test_other_400s_are_rejected_only(net, hq, text):
    net.post(ABSENCES, status=400, json={"Message": text})
    with pytest.raises(Rejected) as caught:
        hq.create_absence(DRAFT)
    assert not isinstance(caught.value, Locked)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AuthFailed), (403, Forbidden), (404, NotFound), (409, Rejected), (412, Rejected)],
)
def test_statuses(net, hq, status, error):
    net.post(ABSENCES, status=status, json={"Message": "token-1 approved " + "x" * 900})
    with pytest.raises(error) as caught:
        hq.create_absence(DRAFT)
    assert not isinstance(caught.value, Locked)
    assert caught.value.detail.startswith("***") and len(caught.value.detail) == 500


def test_settings_that_do_not_exist_are_a_mistake():
    for wrong in ({"half_day_encoding": "other"}, {"time_zone": "Mars/Base"}):
        with pytest.raises(ValueError):
            client(**wrong)
