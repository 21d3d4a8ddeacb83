"""Absences of helloHQ in awork, through the product: by command and by poll (A10)."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.hellohq import edit as office
from tests.projects.absence_oracle import absence_differences
from tests.projects.conftest import Agency, writes
from tests.projects.systems import ANNA, BEN, CARL, ONLY_HQ
from tests.projects.timekeeping import WAYS, Carry, carrier, codes, quiet

START = "2026-06-01"
JULY = "2026-07-06", "2026-07-10"
Row = tuple[str, str, str]


def begin(agency: Agency, **answers: object) -> Agency:
    agency.activate(
        tasks_and_time_entries=False, absences=True, absence_start_date=START, **answers
    )
    agency.synced()
    return agency


@pytest.fixture
def started(agency: Agency) -> Agency:
    return begin(agency)


@pytest.fixture(params=WAYS)
def carry(agency: Agency, request: pytest.FixtureRequest) -> Carry:
    return carrier(agency, request.param)


def shown(agency: Agency) -> list[Row]:
    """awork's absences: account, first and last moment."""
    return sorted(
        (row["userId"], row["startOn"][:16], row["endOn"][:16]) for row in agency.awork.absences
    )


def away(agency: Agency, person: int, first: str, last: str) -> Row:
    return (agency.account(person), f"{first}T00:00", f"{last}T23:59")


def only(agency: Agency) -> str:
    (row,) = agency.awork.absences
    return str(row["id"])


# -- what helloHQ says -----------------------------------------------------------------------


def test_a10_create_edit_delete(started: Agency, carry: Carry) -> None:
    one = started.hq_absence(*JULY)
    started.hq_absence("2026-08-03", who=BEN, type="SickLeave")
    carry()
    copy = started.links("awork_absences")[str(one)]
    vacation, sick = away(started, ANNA, *JULY), away(started, BEN, "2026-08-03", "2026-08-03")
    assert shown(started) == sorted([vacation, sick])
    office.update_absence(started.hq, str(one), {"End": "2026-07-09T00:00:00"})
    carry()
    assert away(started, ANNA, "2026-07-06", "2026-07-08") in shown(started)
    assert started.links("awork_absences")[str(one)] == copy
    quiet(started)
    started.hq_delete_absence(one)
    carry()
    assert shown(started) == [sick]
    quiet(started)


def test_a10_only_what_begins_on_or_after_the_start_date(started: Agency, carry: Carry) -> None:
    started.hq_absence("2026-05-29", "2026-06-03")
    started.hq_absence("2026-06-01", "2026-06-02", who=BEN)
    carry()
    assert shown(started) == [away(started, BEN, START, "2026-06-02")]
    assert codes(started) == ["starts_before_sync_start"]


@pytest.mark.parametrize("kind", ["RemoteWork", "PrivateAbsence"])
def test_a10_kinds_that_are_not_synced_are_reported(
    started: Agency, carry: Carry, kind: str
) -> None:
    bounds = {"Start": "2026-07-06T07:00:00Z", "End": "2026-07-06T15:00:00Z"}
    started.hq_absence("2026-07-06", type=kind, **(bounds if kind == "PrivateAbsence" else {}))
    carry()
    assert (shown(started), codes(started)) == ([], ["kind_not_synced"])


def test_a10_half_days_are_reported_and_withdrawn(started: Agency, carry: Carry) -> None:
    one = started.hq_absence(*JULY)
    started.hq_absence("2026-08-03", who=BEN)
    carry()
    assert len(shown(started)) == 2
    office.update_absence(started.hq, str(one), {"Start": "2026-07-06T12:00:00"})
    carry()
    assert [row[0] for row in shown(started)] == [started.account(BEN)]
    assert codes(started) == ["not_full_day"]
    office.update_absence(started.hq, str(one), {"Start": "2026-07-06T00:00:00"})
    carry()
    assert (len(shown(started)), codes(started)) == (2, [])
    quiet(started)


def test_a10_what_is_not_approved_waits(started: Agency, carry: Carry) -> None:
    one = started.hq_absence(*JULY, IsApproved=False)
    carry()
    assert (shown(started), codes(started)) == ([], ["not_approved"])
    office.update_absence(started.hq, str(one), {"IsApproved": True})
    carry()
    assert (len(shown(started)), codes(started)) == (1, [])


def test_a10_people_of_hellohq_only_are_left_out(started: Agency, carry: Carry) -> None:
    started.hq_absence(*JULY, who=ONLY_HQ)
    carry()
    assert (shown(started), codes(started)) == ([], [])


def test_a10_corporate_reasons_count_when_they_take_whole_working_days(
    started: Agency, carry: Carry
) -> None:
    for person, until in ((ANNA, "16:00:00Z"), (BEN, "13:00:00Z")):
        started.hq_absence(
            "2026-07-06", who=person, type="CompanyAbsence", Start="2026-07-06T07:00:00Z",
            End=f"2026-07-06T{until}",
        )  # fmt: skip
    carry()
    assert [row[0] for row in shown(started)] == [started.account(ANNA)]
    assert codes(started) == ["not_full_day"]
    quiet(started)


# -- what people do in awork -----------------------------------------------------------------


def test_a10_an_edit_in_awork_is_overwritten(started: Agency, carry: Carry) -> None:
    started.hq_absence(*JULY)
    carry()
    before = shown(started)
    started.aw_edit_absence(only(started), endOn="2026-07-24", description="Länger")
    carry()
    assert shown(started) == before
    assert started.history() == [("awork_absences", "update", "drift_restored")]
    quiet(started)


def test_a10_a_copy_that_was_deleted_in_awork_comes_back(started: Agency, carry: Carry) -> None:
    started.hq_absence(*JULY)
    started.hq_absence("2026-08-03", who=BEN)
    carry()
    before = shown(started)
    (copy,) = started.awork.absences.where("userId", started.account(ANNA))
    started.aw_delete_absence(copy["id"])
    carry()
    assert shown(started) == before
    quiet(started)


def test_a10_an_equal_absence_is_adopted(agency: Agency) -> None:
    agency.hq_absence(*JULY)
    by_hand = agency.aw_absence(*JULY)
    begin(agency)
    assert list(agency.links("awork_absences").values()) == [by_hand]
    assert shown(agency) == [away(agency, ANNA, *JULY)]
    quiet(agency)


def test_a10_strange_absences_are_removed(started: Agency, carry: Carry) -> None:
    started.hq_absence(*JULY)
    carry()
    started.aw_absence("2026-09-07")
    started.aw_absence("2026-09-14", isHalfDayOnStart=True)
    started.aw_absence("2026-09-21", externalProvider="personio")
    started.aw_absence("2026-05-04")
    carry()
    assert {row[1][:10] for row in shown(started)} == {
        "2026-07-06", "2026-09-14", "2026-09-21", "2026-05-04",
    }  # fmt: skip
    assert started.history() == [("awork_absences", "delete", "foreign")]
    quiet(started)


def test_a10_strange_absences_of_people_whom_hellohq_does_not_know_stay(
    started: Agency, carry: Carry
) -> None:
    started.hq_absence(*JULY)
    carry()
    given = {"userId": started.freelancer, "startOn": "2026-09-07", "endOn": "2026-09-07"}
    started.aw_absence("2026-09-07", **given)
    carry()
    assert len(shown(started)) == 2


def test_a10_strange_absences_may_be_kept(agency: Agency, carry: Carry) -> None:
    agency.hq_absence(*JULY)
    begin(agency, keep_awork_absences=True)
    strange = agency.aw_absence("2026-09-07")
    carry()
    assert strange in agency.awork.absences
    assert (agency.history(), codes(agency)) == ([], [])


def strangers(agency: Agency, number: int = 6) -> list[str]:
    """In awork only, next to one of helloHQ's."""
    agency.hq_absence(*JULY)
    return [agency.aw_absence(f"2026-09-{day:02}", who=CARL) for day in range(7, 7 + number)]


def test_g9_many_strange_absences_are_held_until_they_are_released(agency: Agency) -> None:
    found = strangers(agency)
    agency.activate(tasks_and_time_entries=False, absences=True, absence_start_date=START)
    held = agency.sync()
    assert (held.exit, held.counts["held"]) == (3, 6)
    assert len(shown(agency)) == 7
    assert all(id in agency.awork.absences for id in found)
    agency.wait(seconds=30)
    assert agency.polled().counts["held"] == 6
    assert len(agency.pending()) == 6
    assert agency.release(held.run).exit == 0
    assert not any(id in agency.awork.absences for id in found)
    quiet(agency)


def test_g9_a_rejected_removal_is_remembered_until_the_absence_changes(agency: Agency) -> None:
    found = strangers(agency)
    agency.activate(tasks_and_time_entries=False, absences=True, absence_start_date=START)
    held = agency.sync()
    assert agency.release(held.run, "--reject").exit == 0
    quiet(agency)
    assert all(id in agency.awork.absences for id in found)
    agency.aw_edit_absence(found[0], endOn="2026-09-08")
    agency.wait(seconds=30)
    agency.synced()
    assert [id in agency.awork.absences for id in found] == [False] + [True] * 5


def test_g9_a_strange_absence_that_hellohq_gets_meanwhile_is_no_longer_held(
    agency: Agency,
) -> None:
    found = strangers(agency)
    agency.activate(tasks_and_time_entries=False, absences=True, absence_start_date=START)
    held = agency.sync()
    agency.hq_absence("2026-09-07", who=CARL)
    agency.release(held.run)
    assert [id in agency.awork.absences for id in found] == [True] + [False] * 5
    assert found[0] in agency.links("awork_absences").values()


# -- the whole agency ------------------------------------------------------------------------


def test_a10_the_demo_agency_ends_as_the_rule_says(demo: Agency) -> None:
    demo.activate(
        tasks_and_time_entries=False, absences=True, absence_start_date=START,
        guard={"count": 10_000, "percent": 100},
    )  # fmt: skip
    demo.sync()
    assert absence_differences(demo, date.fromisoformat(START)) == []
    with demo.watched() as seen:
        demo.wait(seconds=30)
        demo.sync()
    assert writes(seen) == []


def test_a10_without_absences_nothing_of_them_is_read(agency: Agency) -> None:
    agency.hq_absence(*JULY)
    agency.activate(tasks_and_time_entries=False)
    agency.synced()
    with agency.watched() as seen:
        agency.synced("--full")
    assert [e for e in seen if "bsence" in e.path + e.query or "WorkingHours" in e.path] == []
    assert shown(agency) == []
