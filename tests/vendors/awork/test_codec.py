"""awork's days, times, versions and filter language, both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.remote import Rejected
from integrations.vendors.awork.codec import (
    Days,
    absence_days,
    absence_form,
    booked,
    day,
    day_text,
    newest,
    version,
    version_of,
)
from integrations.vendors.awork.contract import distributed, version_time
from integrations.vendors.awork.filters import any_equals, compare, guid, literal, starts_with

from .support import P, T

D = date(2026, 7, 6)


@given(st.integers(0, 2**63 - 1))
def test_a_version_keeps_all_its_digits(number):
    assert version(number) == number == version(str(number)) == int(version_of(
        {"resourceVersion": number}
    ))  # fmt: skip


@pytest.mark.parametrize("value", [6.39e17, True, -1, 2**63, "6.39e17", [1]])
def test_a_version_that_was_rounded_is_no_version(value):
    with pytest.raises(ValueError):
        version(value)


def test_without_a_version_the_time_of_the_update_is_one():
    assert version_of({"updatedOn": "2026-03-02T09:15:11+01:00"}) == "2026-03-02T08:15:11Z"
    assert version_of({}) == ""
    assert newest(["12", "2026-03-02T08:15:11Z", "", "9"]) == 12 and newest([]) == 0


def test_ticks_are_a_time():
    assert version_time(621355968000000000) == datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(0, 10**6), st.integers(1, 50))
def test_an_equal_split_loses_no_second(total, people):
    """A4"""
    parts = distributed(total, people)
    assert sum(parts) == total and len(parts) == people
    assert max(parts[1:], default=0) - min(parts[1:], default=0) == 0 and parts[0] >= parts[-1]
    assert distributed(total, 0) == []


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_that_is_written_is_read_back(wanted):
    assert day(day_text(wanted), "startOn") == wanted
    assert day_text(wanted) == f"{wanted}T00:00:00Z"


def test_a_date_keeps_its_time_while_its_day_stays():
    """A3"""
    assert day_text(date(2026, 3, 2), "2026-03-02T16:00:00Z") == "2026-03-02T16:00:00Z"
    assert day_text(date(2026, 3, 3), "2026-03-02T16:00:00Z") == "2026-03-03T00:00:00Z"
    assert day_text(None, "2026-03-02T16:00:00Z") is None
    assert day("2026-03-02T23:30:00Z", "dueOn") == date(2026, 3, 2)
    assert day(None, "dueOn") is None


@st.composite
def _days(draw) -> Days:
    first = draw(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
    last = first + timedelta(draw(st.integers(0, 30)))
    halves = [(False, False), (True, False), (False, True)]
    if last > first:
        halves.append((True, True))
    return Days(first, last, *draw(st.sampled_from(halves)))


def _stored(form):
    """What the server makes of a form: boundaries at the ends of the days, in UTC."""
    return {
        **form,
        "startOn": f"{form['startOn']}T00:00:00Z",
        "endOn": f"{form['endOn']}T23:59:59Z",
    }


@given(_days())
def test_the_days_of_an_absence_are_read_back(days):
    """A10"""
    assert absence_days(_stored(absence_form(days))) == days


@given(_days(), _days())
def test_different_days_are_written_differently(one, other):
    assert (absence_form(one) == absence_form(other)) == (one == other)


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [
        (Days(D, D, half_last=True), True, False),  # the first half of one day is off
        (Days(D, D, half_first=True), False, True),  # the second half of it
        (Days(D, D + timedelta(1), half_first=True), True, False),  # begins at midday
        (Days(D, D + timedelta(1), half_last=True), False, True),  # ends at midday
    ],
)
def test_the_half_day_flags_mean_something_else_on_a_single_day(days, start, end):
    form = absence_form(days)
    assert (form["isHalfDayOnStart"], form["isHalfDayOnEnd"]) == (start, end)


def test_a_boundary_at_noon_is_a_half_day_and_two_halves_are_a_whole():
    noon = {"startOn": "2026-07-06T12:00:00Z", "endOn": "2026-07-07T12:00:00Z"}
    assert absence_days(noon) == Days(D, date(2026, 7, 7), True, True)
    both = {"isHalfDayOnStart": True, "isHalfDayOnEnd": True}
    assert absence_days({"startOn": "2026-07-06", "endOn": "2026-07-06", **both}) == Days(D, D)


@pytest.mark.parametrize("days", [Days(D, D - timedelta(1)), Days(D, D, True, True)])
def test_an_absence_without_any_time_cannot_be_written(days):
    with pytest.raises(ValueError):
        absence_form(days)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_the_day_of_booking_is_the_local_one(at):
    """A7: the local fields were wrong once, so the day follows from UTC and the zone."""
    at = at.replace(tzinfo=UTC, microsecond=0)
    row = {
        "startDateUtc": f"{at:%Y-%m-%d}T00:00:00Z",
        "startTimeUtc": f"{at:%H:%M:%S}.0000000",
        "startDateLocal": "1999-01-01T00:00:00",
        "timezone": "Asia/Kolkata",
    }
    starts, local = booked(row)
    assert starts == f"{at:%Y-%m-%dT%H:%M:%S}Z"
    assert local == (at + timedelta(hours=5, minutes=30)).date()


def test_a_date_only_entry_has_a_day_and_no_time():
    row = {"startDateUtc": "2026-03-02T23:00:00Z", "startDateLocal": "2026-03-03T00:00:00"}
    assert booked(row) == (None, date(2026, 3, 3))
    odd = {"startDateUtc": "2026-03-02", "startTimeUtc": "23:30:00", "timezone": "Mars/Base"}
    assert booked({**odd, "startDateLocal": "2026-03-03"})[1] == date(2026, 3, 3)
    for bad in ({}, {"startDateUtc": "2026-03-02", "startTimeUtc": "late"}, odd):
        with pytest.raises(ValueError):
            booked(bad)


# The filter language


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (32, "32"),
        (639077733114471234, "639077733114471234L"),
        ("O'Neill", "'O''Neill'"),
        (UUID(T), f"guid'{T}'"),
        (date(2026, 3, 1), "datetime'2026-03-01T00:00:00'"),
        (datetime(2026, 3, 1, 9, 0, 5, 7, UTC), "datetime'2026-03-01T09:00:05'"),
        (datetime.fromisoformat("2026-03-01T00:30:00+01:00"), "datetime'2026-02-28T23:30:00'"),
    ],
)
def test_literals(value, written):
    assert literal(value) == written


@given(st.text())
def test_no_text_breaks_out_of_its_quotes(value):
    inner = literal(value)[1:-1]
    assert inner.replace("''", "") == value.replace("'", "")
    assert inner.count("'") == 2 * value.count("'")


def test_only_ids_become_guids():
    assert guid(T.upper()) == UUID(T)
    for bad in ("", "x", f"{T}' or name eq 'x", f"{{{T}}}"):
        with pytest.raises(Rejected):
            guid(bad)
    with pytest.raises(ValueError):
        literal(datetime(2026, 3, 1))


def test_conditions_are_checked_on_rows_too():
    mine = compare("projectId", "eq", UUID(P)) & compare("resourceVersion", "gt", 10**17)
    assert mine.text == f"projectId eq guid'{P}' and resourceVersion gt {10**17}L"
    assert mine.holds({"projectId": P.upper(), "resourceVersion": 10**17 + 1})
    assert not mine.holds({"projectId": P, "resourceVersion": 10**17})
    assert not mine.holds({"resourceVersion": 10**17 + 1})
    since = compare("updatedOn", "ge", datetime(2026, 3, 1, tzinfo=UTC))
    assert since.holds({"updatedOn": "2026-03-01T00:00:00.1234567Z"}) and since.holds({})
    assert not since.holds({"updatedOn": "2026-03-01T00:30:00+01:00"})
    nested = compare("taskStatus/type", "ne", "done")
    assert nested.holds({"taskStatus": {"type": "todo"}}) and nested.holds({})
    assert not nested.holds({"taskStatus": {"type": "Done"}})
    running = compare("endTimeUtc", "eq", None)
    assert running.holds({}) and not running.holds({"endTimeUtc": "09:00:00"})
    ended = compare("endTimeUtc", "ne", None)
    assert ended.holds({"endTimeUtc": "09:00:00"}) and not ended.holds({})
    prefix = starts_with("externalProvider", "hq-sync:")
    assert prefix.text == "startswith(externalProvider,'hq-sync:')"
    assert prefix.holds({"externalProvider": "hq-sync:1:2"}) and not prefix.holds({})
    listed = any_equals("lists", "id", UUID(T))
    assert listed.text == f"lists/any(x: x/id eq guid'{T}')"
    assert listed.holds({"lists": [{"id": P}, {"id": T}]}) and not listed.holds({"lists": []})
    assert not compare("projectId", "lt", 5).holds({"projectId": "x"})
