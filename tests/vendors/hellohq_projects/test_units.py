"""Hours and seconds, UTC and local days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.vendors.hellohq.units import (
    assigned_seconds,
    hours_of,
    local_day,
    on_day,
    seconds_of,
    utc,
)

BERLIN = ZoneInfo("Europe/Berlin")
zones = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York")])
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))


def text(at: datetime) -> str:
    return f"{at.replace(microsecond=0).isoformat()}Z"


@given(st.integers(0, 10**7))
def test_whole_minutes_are_read_back_exactly(minutes):
    """A3"""
    seconds = minutes * 60
    assert seconds_of(hours_of(seconds)) == seconds
    assert assigned_seconds(hours_of(seconds), "Hours") == seconds


@given(st.floats(0, 10**6))
def test_targets_are_whole_minutes_near_what_was_meant(hours):
    seconds = seconds_of(hours)
    assert seconds is not None and seconds % 60 == 0 and abs(seconds - hours * 3600) <= 30.001


@given(st.integers(0, 10**5))
def test_two_decimals_are_enough_for_a_minute(minutes):
    """helloHQ may round hours to hundredths."""
    hours = hours_of(minutes * 60)
    assert hours is not None and seconds_of(round(hours, 2)) == minutes * 60


def test_no_target_is_not_zero():
    assert seconds_of(None) is None and hours_of(None) is None
    assert seconds_of(0.0) == 0 and hours_of(0) == 0


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (90, "Minutes", 5400), (1.5, "Hours", 5400), (0.5, "Days", 14400), (2, "Weeks", 288000),
        (50, "Percent", None), (1, "NotSet", None), (1, "", None), (None, "Hours", None),
    ],
)  # fmt: skip
def test_units_of_assignments(value, unit, seconds):
    """A4"""
    assert assigned_seconds(value, unit) == seconds


@given(days, moments, zones)
def test_a_day_that_is_written_is_read_back(day, current, zone):
    """A3"""
    for before in ("", text(current)):
        written = on_day(day, before, zone, time(9))
        assert written is not None and local_day(written, zone) == day


@given(moments, zones)
def test_an_unchanged_day_keeps_its_time_of_day(at, zone):
    """A3"""
    current = text(at)
    assert on_day(local_day(current, zone), current, zone, time(9)) == current


def test_a_moved_day_keeps_the_local_time_of_day_across_the_clock_change():
    before = "2031-03-28T08:00:00Z"  # 09:00 in winter
    assert on_day(date(2031, 4, 1), before, BERLIN, time(12)) == "2031-04-01T07:00:00Z"
    assert on_day(date(2031, 4, 1), "", BERLIN, time(18)) == "2031-04-01T16:00:00Z"
    assert on_day(None, before, BERLIN, time(9)) is None


def test_midnight_in_berlin_is_the_day_before_in_utc():
    assert local_day("2031-07-06T22:30:00Z", BERLIN) == date(2031, 7, 7)
    assert local_day("", BERLIN) is None
    assert utc("2031-07-06T22:30:00") == datetime(2031, 7, 6, 22, 30, tzinfo=UTC)
    with pytest.raises(ValueError):
        utc("soon")
