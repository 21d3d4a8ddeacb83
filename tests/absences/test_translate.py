"""What a Personio absence becomes in helloHQ: P1, P4, P6, P7, P10. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from absences.mapping import MappedName, TypeMapping
from absences.translate import (
    FIELDS,
    Calendar,
    Claim,
    covered,
    natural_key,
    rolling,
    standing,
    target_kind,
    translate,
    version,
    widened,
)
from integrations.engine.stream import Trouble
from integrations.vendors.hellohq.records import (
    ABSENCE_KINDS,
    FULL_DAY_KINDS,
    HOUR_BASED_KINDS,
    WorkingHours,
)
from integrations.vendors.personio.records import Absence

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_SIX = [WorkingHours(day, "09:00", "18:00") for day in range(5)]
CALENDAR = Calendar(date(2026, 6, 17), BERLIN, {"7": NINE_TO_SIX})
DAY_KINDS = sorted(set(ABSENCE_KINDS) - HOUR_BASED_KINDS)
HALF_KINDS = sorted(set(DAY_KINDS) - FULL_DAY_KINDS)


def leave(first: str, last: str | None = "", **more: Any) -> Absence:
    """A day-based absence; `last` "" is a single day, None open-ended."""
    begin = date.fromisoformat(first)
    made = Absence(
        id="1", id_v2="u-1", employee_id="e", type_id="4711", type_id_v2="t-1",
        type_name="Urlaub", status="approved", first=begin,
        last=begin if last == "" else date.fromisoformat(last) if last else None,
        half_first=False, half_last=False, starts_at=None, ends_at=None, minutes=None,
        days=[], amount=None, created_at="", updated_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    return replace(made, **more)


def hours(start: str, end: str | None, *days: str) -> Absence:
    listed = [date.fromisoformat(day) for day in days]
    return leave(
        days[0], days[-1] if end else None, starts_at=start, ends_at=end, days=listed, minutes=60
    )


def days_of(absence: Absence, kind: str = "Vacation") -> tuple[Any, ...]:
    fields = translate(absence, "7", kind, CALENDAR)
    assert fields["starts_at"] is None and fields["ends_at"] is None
    return fields["first"], fields["last"], fields["half_first"], fields["half_last"]


def times_of(absence: Absence, kind: str = "CompanyAbsence", user: str = "7") -> tuple[str, str]:
    fields = translate(absence, user, kind, CALENDAR)
    assert fields["first"] is None and fields["last"] is None
    assert not fields["half_first"] and not fields["half_last"]
    return fields["starts_at"], fields["ends_at"]


spans = st.builds(
    lambda first, length: (first, first + timedelta(days=length)),
    st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    st.integers(0, 400),
)


@st.composite
def leaves(draw: st.DrawFn) -> Absence:
    first, last = draw(spans)
    half_first, half_last = draw(st.booleans()), draw(st.booleans())
    if first == last and half_first:
        half_last = False
    return leave(first.isoformat(), last.isoformat(), half_first=half_first, half_last=half_last)


# -- P6 ----------------------------------------------------------------------------------------


@given(leaves(), st.sampled_from(HALF_KINDS))
def test_p6_days_and_halves_carry_over_to_every_kind_that_knows_halves(
    absence: Absence, kind: str
) -> None:
    assert absence.last is not None
    assert days_of(absence, kind) == (
        absence.first.isoformat(), absence.last.isoformat(), absence.half_first, absence.half_last
    )  # fmt: skip
    assert not widened(absence, kind)


@given(leaves(), st.sampled_from(sorted(FULL_DAY_KINDS)))
def test_p6_full_day_kinds_take_the_same_days_without_halves(absence: Absence, kind: str) -> None:
    assert absence.last is not None
    whole = (absence.first.isoformat(), absence.last.isoformat(), False, False)
    assert days_of(absence, kind) == whole
    assert widened(absence, kind) == (absence.half_first or absence.half_last)


def test_p6_the_full_day_kinds_are_the_three_that_the_seed_names() -> None:
    assert {"OvertimeCompensation", "MaternityLeave", "ParentalLeave"} == FULL_DAY_KINDS


# -- P10: days ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "end"),
    [
        ("2026-06-17", "2026-07-31"),
        ("2026-06-30", "2026-07-31"),
        ("2026-07-01", "2026-08-31"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-30", "2026-12-31"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-15", "2028-02-29"),
        ("2100-01-15", "2100-02-28"),
    ],
)
def test_p10_an_open_end_is_the_end_of_the_next_month(today: str, end: str) -> None:
    calendar = replace(CALENDAR, today=date.fromisoformat(today))
    absence = leave("2020-06-01", None)
    assert translate(absence, "7", "SickLeave", calendar)["last"] == end


@given(st.dates(date(2000, 1, 1), date(2199, 11, 30)))
def test_p10_the_horizon_is_a_last_day_of_month_28_to_62_days_ahead(today: date) -> None:
    horizon = replace(CALENDAR, today=today).horizon
    assert (horizon + timedelta(days=1)).day == 1
    assert 28 <= (horizon - today).days <= 62
    assert (horizon.month - today.month) % 12 == 1


def test_p10_an_open_absence_that_begins_behind_the_horizon_is_its_first_day() -> None:
    assert days_of(leave("2026-09-07", None)) == ("2026-09-07", "2026-09-07", False, False)


def test_p10_only_an_open_absence_rolls_on() -> None:
    assert rolling(leave("2026-06-01", "2026-06-30"), "7", {}, CALENDAR) == {}
    closed = hours("2026-05-04T07:00:00Z", "2026-05-04T11:00:00Z", "2026-05-04")
    assert rolling(closed, "7", {}, CALENDAR) == {}
    assert rolling(leave("2026-06-01", None), "7", {}, CALENDAR) == {
        "last": "2026-07-31", "ends_at": "2026-07-31T16:00:00Z"
    }  # fmt: skip


def test_p10_hours_become_the_days_they_cover_in_a_day_kind() -> None:
    absence = hours(
        "2026-05-04T20:00:00Z", "2026-05-06T06:00:00Z", "2026-05-04", "2026-05-05", "2026-05-06"
    )
    assert days_of(absence, "SickLeave") == ("2026-05-04", "2026-05-06", False, False)


def test_p10_hours_become_a_whole_day_in_a_full_day_kind_and_are_not_called_widened() -> None:
    absence = hours("2026-05-04T07:00:00Z", "2026-05-04T09:00:00Z", "2026-05-04")
    assert days_of(absence, "OvertimeCompensation") == ("2026-05-04", "2026-05-04", False, False)


# -- P10: hours --------------------------------------------------------------------------------


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC)),
    st.integers(1, 3000),
    st.sampled_from(sorted(HOUR_BASED_KINDS)),
)
def test_p10_hours_carry_over_exactly_to_the_hour_kinds(
    start: datetime, minutes: int, kind: str
) -> None:
    start = start.replace(microsecond=0, second=0)
    end = start + timedelta(minutes=minutes)
    written = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"
    assert times_of(hours(*written, start.date().isoformat()), kind) == written


@pytest.mark.parametrize(
    ("absence", "expected"),
    [
        (leave("2026-07-06"), ("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z")),
        (leave("2026-01-12"), ("2026-01-12T08:00:00Z", "2026-01-12T17:00:00Z")),
        (leave("2026-07-06", half_last=True), ("2026-07-06T07:00:00Z", "2026-07-06T11:30:00Z")),
        (leave("2026-07-06", half_first=True), ("2026-07-06T11:30:00Z", "2026-07-06T16:00:00Z")),
        (
            leave("2026-07-06", "2026-07-08", half_first=True, half_last=True),
            ("2026-07-06T11:30:00Z", "2026-07-08T11:30:00Z"),
        ),
        # across the change to summer time (29 March) and back (25 October)
        (leave("2026-03-27", "2026-03-30"), ("2026-03-27T08:00:00Z", "2026-03-30T16:00:00Z")),
        (leave("2026-10-23", "2026-10-26"), ("2026-10-23T07:00:00Z", "2026-10-26T17:00:00Z")),
        # a Sunday has no working hours: nine to five
        (leave("2026-03-29"), ("2026-03-29T07:00:00Z", "2026-03-29T15:00:00Z")),
        (leave("2026-10-25"), ("2026-10-25T08:00:00Z", "2026-10-25T16:00:00Z")),
    ],
)  # fmt: skip
def test_p10_days_become_working_hours_in_an_hour_kind(
    absence: Absence, expected: tuple[str, str]
) -> None:
    assert times_of(absence) == expected


def test_p10_without_known_working_hours_it_is_nine_to_five() -> None:
    expected = ("2026-07-06T07:00:00Z", "2026-07-06T15:00:00Z")
    assert times_of(leave("2026-07-06"), user="unknown") == expected


def test_p10_a_lunch_break_is_inside_the_working_day() -> None:
    split = [WorkingHours(0, "13:00", "17:00"), WorkingHours(0, "08:00", "12:00")]
    calendar = replace(CALENDAR, hours={"7": split})
    fields = translate(leave("2026-07-06"), "7", "PrivateAbsence", calendar)
    assert (fields["starts_at"], fields["ends_at"]) == (
        "2026-07-06T06:00:00Z", "2026-07-06T15:00:00Z"
    )  # fmt: skip


@given(leaves(), st.sampled_from(sorted(HOUR_BASED_KINDS)))
def test_p10_every_day_based_absence_gives_a_positive_span_of_hours(
    absence: Absence, kind: str
) -> None:
    start, end = times_of(absence, kind)
    assert start < end


def test_p10_an_open_hour_based_absence_ends_with_the_work_of_its_last_day() -> None:
    start, end = times_of(hours("2026-06-15T06:30:00Z", None, "2026-06-15"))
    assert end == "2026-07-31T16:00:00Z"
    assert start == "2026-06-15T06:30:00Z", "its beginning is known to the minute"


# -- P1, P4, P5, P7 ----------------------------------------------------------------------------

MAPPING = TypeMapping((MappedName("Vacation", "Urlaub", "4711", "t-1"),))


def test_p1_the_start_date_itself_is_synced_and_the_day_before_is_not() -> None:
    start = date(2026, 1, 1)
    assert target_kind(leave("2026-01-01"), start, MAPPING) == "Vacation"
    early = target_kind(leave("2025-12-31", "2026-01-09"), start, MAPPING)
    assert isinstance(early, Trouble) and early.code == "starts_before_sync_start"


def test_p4_an_unmapped_type_is_named() -> None:
    odd = leave("2026-02-02", type_id="9", type_id_v2="t-9", type_name="Sabbatical")
    found = target_kind(odd, date(2026, 1, 1), MAPPING)
    assert isinstance(found, Trouble) and found.code == "unmapped_type"
    assert found.detail["type_name"] == "Sabbatical"


@pytest.mark.parametrize("status", ["approved", "deletion_pending"])
def test_p7_approved_counts(status: str) -> None:
    assert standing(leave("2026-02-02", status=status)) == (None, False)


@pytest.mark.parametrize("status", ["pending", "requested", "rejected", "substitute_requested"])
def test_p7_what_is_known_not_to_be_approved_is_withdrawn(status: str) -> None:
    trouble, withdrawn = standing(leave("2026-02-02", status=status))
    assert trouble is not None and trouble.code == "not_approved" and withdrawn


def test_p7_an_unknown_status_is_not_approved_and_proves_nothing() -> None:
    trouble, withdrawn = standing(leave("2026-02-02", status="in_clarification"))
    assert trouble is not None and trouble.code == "not_approved" and not withdrawn


def test_p5_every_edit_in_personio_moves_the_version() -> None:
    known = leave("2026-02-02")
    moved = [
        replace(known, **change)
        for change in (
            {"employee_id": "f"}, {"type_id_v2": "t-2"}, {"first": date(2026, 2, 1)},
            {"last": date(2026, 2, 3)}, {"last": None}, {"half_first": True},
            {"half_last": True}, {"updated_at": "2026-01-02T00:00:00Z"},
        )
    ]  # fmt: skip
    assert len({version(one) for one in [known, *moved]}) == len(moved) + 1


def test_p3_a_renamed_type_does_not_move_the_version() -> None:
    known = leave("2026-02-02")
    assert version(replace(known, type_name="Erholungsurlaub")) == version(known)


@given(leaves(), leaves(), st.sampled_from(ABSENCE_KINDS), st.sampled_from(ABSENCE_KINDS))
def test_p8_the_natural_key_is_equal_where_all_compared_fields_are(
    one: Absence, other: Absence, kind: str, other_kind: str
) -> None:
    first = translate(one, "7", kind, CALENDAR)
    second = translate(other, "7", other_kind, CALENDAR)
    same = all(first[name] == second[name] for name in FIELDS)
    assert (natural_key(first) == natural_key(second)) == same


# -- P6: covered -------------------------------------------------------------------------------


def claim(id: str, first: str, last: str = "", **more: Any) -> Claim:
    given = {"user": "7", "kind": "OvertimeCompensation", "widened": True,
             "linked": False, "settled": False, **more}  # fmt: skip
    return Claim(id=id, first=first, last=last or first, **given)


def test_p6_of_two_halves_of_one_day_the_later_is_covered() -> None:
    assert covered([claim("b", "2026-07-06"), claim("a", "2026-07-06")]) == {"b": "a"}


def test_p6_what_is_entered_keeps_its_day_although_another_comes_before_it() -> None:
    settled = claim("z", "2026-07-06", "2026-07-08", linked=True, settled=True)
    assert covered([claim("a", "2026-07-01", "2026-07-06"), settled]) == {"a": "z"}


def test_p6_touching_days_of_other_people_kinds_or_days_do_not_cover() -> None:
    others = [
        claim("a", "2026-07-06"),
        claim("b", "2026-07-06", user="8"),
        claim("c", "2026-07-06", kind="ParentalLeave"),
        claim("d", "2026-07-07"),
    ]
    assert covered(others) == {}


def test_p6_full_days_that_overlap_anyway_are_not_covered() -> None:
    """Nothing was widened: Personio itself says that both are there."""
    overlapping = [claim("a", "2026-07-06", widened=False), claim("b", "2026-07-06", widened=False)]
    assert covered(overlapping) == {}


def test_p6_a_covered_record_covers_nobody_itself() -> None:
    """b is covered by a; c meets only b and therefore stays."""
    chain = [
        claim("a", "2026-07-06", "2026-07-07"),
        claim("b", "2026-07-07", "2026-07-09"),
        claim("c", "2026-07-09", "2026-07-10"),
    ]
    assert covered(chain) == {"b": "a"}


@given(
    st.lists(
        st.builds(
            lambda first, length, widened, settled: (first, length, widened, settled),
            st.integers(0, 20), st.integers(0, 5), st.booleans(), st.booleans(),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_p6_after_covering_nothing_widened_meets(rows: list[tuple[int, int, bool, bool]]) -> None:
    day = date(2026, 7, 1)
    claims = [
        claim(
            str(number), (day + timedelta(days=first)).isoformat(),
            (day + timedelta(days=first + length)).isoformat(),
            widened=widened, linked=settled, settled=settled,
        )
        for number, (first, length, widened, settled) in enumerate(rows)
    ]  # fmt: skip
    behind = covered(claims)
    kept = [one for one in claims if one.id not in behind]
    clashes = [
        (one.id, other.id)
        for one in kept
        for other in kept
        if one.id < other.id and one.meets(other) and (one.widened or other.widened)
    ]
    assert clashes == []
    assert set(behind.values()) <= {one.id for one in kept}
