"""Halves, whole days, hours and open ends, from Personio to helloHQ: P6, P10."""

from __future__ import annotations

import pytest

from tests.absences.conftest import BEN, STAYS, Agency, user_of

OVERTIME = "Überstundenausgleich"


# -- P6: halves --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("first", "last", "half_start", "half_end", "start", "end"),
    [
        ("2026-07-06", "2026-07-06", False, False, "2026-07-06", "2026-07-07"),
        ("2026-07-06", "2026-07-06", False, True, "2026-07-06", "2026-07-06T12"),
        ("2026-07-06", "2026-07-06", True, False, "2026-07-06T12", "2026-07-07"),
        ("2026-07-06", "2026-07-08", True, False, "2026-07-06T12", "2026-07-09"),
        ("2026-07-06", "2026-07-08", False, True, "2026-07-06", "2026-07-08T12"),
        ("2026-07-06", "2026-07-08", True, True, "2026-07-06T12", "2026-07-08T12"),
        ("2026-03-28", "2026-03-30", False, False, "2026-03-28", "2026-03-31"),
        ("2026-10-24", "2026-10-26", False, False, "2026-10-24", "2026-10-27"),
        ("2026-12-24", "2027-01-04", False, True, "2026-12-24", "2027-01-04T12"),
        ("2028-02-28", "2028-02-29", False, False, "2028-02-28", "2028-03-01"),
    ],
)
def test_p6_days_and_halves_carry_over(
    empty_agency: Agency, version: str, first: str, last: str, half_start: bool, half_end: bool,
    start: str, end: str,
) -> None:  # fmt: skip
    agency = empty_agency
    made = agency.absence(first, last, half_start=half_start, half_end=half_end)
    agency.activate(connections={"personio": {"api_version": version}})
    assert agency.synced().counts == {"created": 1}
    assert agency.hq_row(made) == (4701, "Vacation", start, end)
    assert agency.synced().counts == {}


@pytest.mark.parametrize("type", [OVERTIME, "Elternzeit", "Mutterschutz"])
def test_p6_half_days_of_full_day_kinds_are_widened_and_history_says_so(
    agency: Agency, type: str
) -> None:
    made = agency.absence("2026-07-06", "2026-07-08", type=type, half_start=True, half_end=True)
    agency.synced()
    assert agency.hq_row(made)[2:] == ("2026-07-06", "2026-07-09")
    assert ("create", "widened") in agency.history()
    assert agency.synced().counts == {}


# -- P6: covered -------------------------------------------------------------------------------


@pytest.fixture
def halves(agency: Agency) -> tuple[str, str]:
    """Two halves of one day, entered as one whole day of overtime compensation."""
    morning = agency.absence("2026-07-06", type=OVERTIME, half_end=True)
    noon = agency.absence("2026-07-06", type=OVERTIME, half_start=True)
    result = agency.synced()
    assert result.reasons == {"covered": 1}
    assert agency.problems() == {noon: ["covered"]}
    assert agency.hq_rows() == [(4701, "OvertimeCompensation", "2026-07-06", "2026-07-07"), STAYS]
    return morning, noon


def test_p6_the_second_half_stays_covered(agency: Agency, halves: tuple[str, str]) -> None:
    result = agency.synced()
    assert result.reasons == {"covered": 1} and agency.entries() == []


def test_p6_the_covered_half_is_written_when_the_first_goes(
    agency: Agency, halves: tuple[str, str]
) -> None:
    morning, noon = halves
    agency.delete(morning)
    result = agency.synced()
    assert result.counts == {"created": 1, "deleted": 1} and result.reasons == {}
    assert agency.hq_row(noon) == (4701, "OvertimeCompensation", "2026-07-06", "2026-07-07")
    assert len(agency.hq_rows()) == 2 and agency.synced().counts == {}


def test_p6_the_covered_half_is_written_when_the_first_moves_away(
    agency: Agency, halves: tuple[str, str]
) -> None:
    morning, noon = halves
    agency.edit(morning, first="2026-07-07", last="2026-07-07")
    agency.synced()
    agency.synced()
    assert agency.hq_row(morning)[2] == "2026-07-07"
    assert agency.hq_row(noon)[2] == "2026-07-06"
    assert agency.problems() == {}


def test_p6_nothing_happens_when_the_covered_half_goes(
    agency: Agency, halves: tuple[str, str]
) -> None:
    agency.delete(halves[1])
    with agency.watched() as seen:
        agency.synced()
    assert not [request for request in seen if request.unsafe]
    assert agency.problems() == {}


def test_p6_the_covered_half_waits_while_the_deletion_of_the_first_is_held(
    agency: Agency, halves: tuple[str, str]
) -> None:
    agency.activate(guard={"count": 0, "percent": 0})
    agency.delete(halves[0])
    held = agency.synced(exit=3)
    assert len(agency.hq_rows()) == 2 and agency.problems() == {halves[1]: ["covered"]}
    assert agency.synced(exit=3).counts == {"held": 1, "skipped": 1}
    assert agency.release(held.run).exit == 0
    agency.synced()
    assert agency.hq_row(halves[1]) == (4701, "OvertimeCompensation", "2026-07-06", "2026-07-07")
    assert len(agency.hq_rows()) == 2 and agency.problems() == {}


def test_p6_a_widened_end_covers_the_neighbour_that_begins_on_that_day(agency: Agency) -> None:
    long = agency.absence("2026-07-06", "2026-07-08", type=OVERTIME, half_end=True)
    next_one = agency.absence("2026-07-08", "2026-07-10", type=OVERTIME, half_start=True)
    agency.synced()
    assert agency.hq_row(long)[2:] == ("2026-07-06", "2026-07-09")
    assert agency.problems() == {next_one: ["covered"]}


def test_p6_two_people_cover_each_other_never(agency: Agency) -> None:
    agency.absence("2026-07-06", type=OVERTIME, half_end=True)
    agency.absence("2026-07-06", type=OVERTIME, half_start=True, who=BEN)
    assert agency.synced().counts == {"created": 3}


def test_p6_halves_of_one_day_are_two_absences_where_halves_are_possible(agency: Agency) -> None:
    agency.absence("2026-07-06", half_end=True)
    agency.absence("2026-07-06", half_start=True)
    agency.synced()
    assert agency.hq_rows()[:2] == [
        (4701, "Vacation", "2026-07-06", "2026-07-06T12"),
        (4701, "Vacation", "2026-07-06T12", "2026-07-07"),
    ]


# -- P10: hours --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p10_hours_go_to_personal_reasons_with_their_times(
    empty_agency: Agency, version: str
) -> None:
    agency = empty_agency
    summer = agency.absence("2026-07-06", type="Arzttermin", minute=540, minutes=150)
    winter = agency.absence("2026-01-12", type="Arzttermin", minute=540, minutes=150)
    agency.activate(connections={"personio": {"api_version": version}})
    agency.synced()
    assert agency.hq_row(summer)[1:] == ("PrivateAbsence", "2026-07-06T07:00Z", "2026-07-06T09:30Z")
    assert agency.hq_row(winter)[1:] == ("PrivateAbsence", "2026-01-12T08:00Z", "2026-01-12T10:30Z")
    assert agency.synced().counts == {}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p10_hours_take_the_day_in_any_other_kind(empty_agency: Agency, version: str) -> None:
    agency = empty_agency
    made = agency.absence("2026-07-06", type="Arzttermin", minute=540, minutes=150)
    agency.activate(
        absence_mapping={"Sickness": "Arzttermin"},
        connections={"personio": {"api_version": version}},
    )
    agency.synced()
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-07-06", "2026-07-07")
    assert agency.synced().counts == {}


@pytest.mark.parametrize(
    ("half_start", "half_end", "start", "end"),
    [
        (False, False, "2026-07-06T07:00Z", "2026-07-06T16:00Z"),
        (False, True, "2026-07-06T07:00Z", "2026-07-06T11:30Z"),
        (True, False, "2026-07-06T11:30Z", "2026-07-06T16:00Z"),
    ],
)
def test_p10_a_day_in_an_hour_kind_takes_the_working_hours(
    agency: Agency, half_start: bool, half_end: bool, start: str, end: str
) -> None:
    """In helloHQ Anna works from 9 to 18."""
    made = agency.absence(
        "2026-07-06", type="Betriebsausflug", half_start=half_start, half_end=half_end
    )
    agency.synced()
    assert agency.hq_row(made) == (4701, "CompanyAbsence", start, end)


def test_p10_changed_working_hours_move_nothing_that_is_entered(agency: Agency) -> None:
    made = agency.absence("2026-07-06", type="Betriebsausflug")
    agency.synced()
    for row in list(agency.hq.tables["UserWorkingHours"]):
        agency.hq.tables["UserWorkingHours"].add({**row, "StartTime": 7.5})
    assert agency.synced().counts == {} and agency.synced("--full").counts == {}
    assert agency.hq_row(made)[2] == "2026-07-06T07:00Z"
    agency.edit(made, comment="später")
    agency.synced()
    assert agency.hq_row(made)[2] == "2026-07-06T05:30Z"


def test_p10_without_working_hours_in_hellohq_it_is_nine_to_five(agency: Agency) -> None:
    made = agency.absence("2026-07-06", type="Betriebsausflug")
    with agency.fault("server_error", vendor="hellohq", path="UserWorkingHours", status=404):
        agency.synced()
    assert agency.hq_row(made)[2:] == ("2026-07-06T07:00Z", "2026-07-06T15:00Z")


# -- P10: open ends ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p10_an_open_end_is_the_end_of_next_month_and_moves_on_monthly(
    empty_agency: Agency, version: str
) -> None:
    agency = empty_agency
    made = agency.absence("2026-06-08", None, type="Krankheit")
    agency.activate(connections={"personio": {"api_version": version}})
    agency.synced()
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-06-08", "2026-08-01")
    agency.wait(days=13)
    assert agency.synced().counts == {}, "30 June: still the same month"
    agency.wait(days=1)
    assert agency.synced().counts == {"updated": 1}
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-06-08", "2026-09-01")
    assert agency.synced().counts == {}


def test_p10_an_open_end_that_is_closed_ends_there(agency: Agency) -> None:
    made = agency.absence("2026-06-08", None, type="Krankheit")
    agency.synced()
    agency.edit(made, last="2026-06-19")
    agency.synced()
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-06-08", "2026-06-20")
    agency.wait(days=30)
    assert agency.synced().counts == {}


def test_p10_p5_an_open_end_moves_on_as_the_kind_it_was_entered_as(agency: Agency) -> None:
    made = agency.absence("2026-06-08", None, type="Krankheit")
    agency.synced()
    agency.map(SickLeave="", SickLeaveUnpaid="Krankheit")
    agency.wait(days=14)
    agency.synced()
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-06-08", "2026-09-01")
    agency.map(SickLeaveUnpaid="")
    agency.wait(days=31)
    agency.synced()
    assert agency.hq_row(made) == (4701, "SickLeave", "2026-06-08", "2026-10-01")


def test_p10_an_open_end_in_an_hour_kind_moves_on_too(agency: Agency) -> None:
    made = agency.absence("2026-06-08", None, type="Betriebsausflug")
    agency.synced()
    assert agency.hq_row(made)[2:] == ("2026-06-08T07:00Z", "2026-07-31T16:00Z")
    with agency.watched() as seen:
        assert agency.synced().counts == {}
    assert not [request for request in seen if "UserWorkingHours" in request.path]
    agency.wait(days=14)
    agency.synced()
    assert agency.hq_row(made)[2:] == ("2026-06-08T07:00Z", "2026-08-31T16:00Z")
    assert agency.synced().counts == {}


def test_p10_the_workspaces_own_time_zone_says_which_day_it_is(empty_agency: Agency) -> None:
    """At 22:30 UTC on 30 June it is July in Berlin."""
    agency = empty_agency
    made = agency.absence("2026-06-08", None, type="Krankheit")
    agency.activate()
    agency.clock.move_to("2026-06-30T22:30:00+00:00")
    agency.synced()
    assert agency.hq_row(made)[3] == "2026-09-01"


def test_p10_an_open_end_of_somebody_inactive_does_not_move_on(agency: Agency) -> None:
    made = agency.absence("2026-06-08", None, type="Krankheit", who=BEN)
    agency.synced()
    agency.user(user_of(BEN), IsDeactivated=True)
    agency.wait(days=14)
    agency.synced()
    assert agency.hq_row(made)[3] == "2026-08-01"
    assert agency.problems() == {made: ["inactive_person"]}


def test_p10_an_absence_longer_than_a_year_is_read_whole(agency: Agency) -> None:
    made = agency.absence("2026-02-02", "2029-02-01", type="Elternzeit")
    agency.synced()
    assert agency.hq_row(made)[2:] == ("2026-02-02", "2029-02-02")
