"""Reads that are not complete, and what must not follow from them: I7, G4, G9, design.md."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from sandbox.personio.app import PersonioApp
from sandbox.personio.edit import find_absence
from tests.absences.conftest import CARL, STAYS, Agency

FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "server_error", "status": 500},
    "html": {"kind": "html"},
    "cut": {"kind": "cut_json"},
    "truncated": {"kind": "truncate"},
    "lost row": {"kind": "lose_row"},
    "scope": {"kind": "forbidden"},
    "401": {"kind": "unauthorized"},
    "dropped": {"kind": "drop"},
    "no endpoint": {"kind": "server_error", "status": 404},
}
LISTS = {
    "time-offs": "personio",
    "absence-periods": "personio",
    "employees": "personio",
    "time-off-types": "personio",
    "/v1/Users": "hellohq",
}


@pytest.fixture
def two(agency: Agency) -> tuple[str, str]:
    """A day-based and an hour-based absence, entered, then deleted in Personio; one of each
    stays."""
    agency.absence("2026-12-02", type="Arzttermin", minute=540, minutes=60, who=CARL)
    daily = agency.absence("2026-07-06")
    hourly = agency.absence("2026-07-07", type="Arzttermin", minute=540, minutes=60)
    agency.synced()
    agency.delete(daily, hourly)
    return daily, hourly


@pytest.mark.parametrize(
    ("fault", "path"),
    # The list of types has no total, so that nothing could show a lost row.
    [(f, p) for f in FAULTS for p in LISTS if (f, p) != ("lost row", "time-off-types")],
)
def test_i7_a_list_that_was_not_read_completely_deletes_nothing(
    agency: Agency, two: tuple[str, str], fault: str, path: str
) -> None:
    before = agency.hq_rows()
    with agency.fault(**FAULTS[fault], vendor=LISTS[path], path=f"{path}$"):
        result = agency.synced(exit=4)
    assert agency.hq_rows() == before and result.answer["status"] == "failed"
    assert result.error not in ("", "internal_error") and "deleted" not in result.counts
    assert agency.synced().counts == {"deleted": 2}
    assert len(agency.hq_rows()) == 2 and STAYS in agency.hq_rows()


@pytest.mark.parametrize(
    "fault", ["server_error", "repeat_page", "lose_row", "html", "cut_json", "drop"]
)
def test_i7_the_third_page_is_as_good_as_the_first(agency: Agency, fault: str) -> None:
    """650 absences are four pages; on the third one it goes wrong."""
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(650)]
    made = [agency.absence(day.isoformat()) for day in days]
    for day in days:
        agency.hq_add(day.isoformat(), (day + timedelta(days=1)).isoformat())
    assert agency.synced().counts == {"adopted": 650, "created": 1}
    agency.delete(*made[:3])
    with agency.fault(fault, vendor="personio", path="time-offs", page=3):
        result = agency.synced(exit=4)
    assert "deleted" not in result.counts and len(agency.hq_rows()) == 651
    assert agency.synced().counts == {"deleted": 3}


def test_i7_new_absences_are_written_although_another_list_failed(agency: Agency) -> None:
    """What was read for certain is used; only what absence would prove is not."""
    agency.synced()
    made = agency.absence("2026-07-06")
    with agency.fault("server_error", vendor="personio", path="absence-periods"):
        agency.synced(exit=4)
    assert agency.hq_row(made)[2] == "2026-07-06"


def test_i7_nothing_is_written_while_the_people_are_unknown(agency: Agency) -> None:
    agency.synced()
    agency.absence("2026-07-06")
    with agency.watched() as seen, agency.fault("forbidden", path="employees"):
        agency.synced(exit=4)
    assert not [request for request in seen if request.unsafe]


def test_i7_g2_a_hidden_attribute_deletes_and_unlinks_nothing(
    agency: Agency, two: tuple[str, str]
) -> None:
    """Without e-mail addresses nobody new is matched; who is linked stays linked."""
    agency.personio.credential.hidden = {"email"}
    new = agency.absence("2026-08-03", who=CARL)
    agency.synced()
    assert agency.hq_row(new)[0] == 4703


def test_i7_a_lost_scope_for_absences_is_named(agency: Agency, two: tuple[str, str]) -> None:
    agency.personio.credential.v1_scopes = {"employees:read"}
    result = agency.synced(exit=4)
    assert result.error == "permission_missing" and len(agency.hq_rows()) == 4


@pytest.mark.parametrize("status", [500, 403, 404])
def test_i7_a_deletion_that_personio_does_not_confirm_is_not_carried_out(
    agency: Agency, status: int
) -> None:
    """A 404 that speaks of an endpoint is no word on the record."""
    made = agency.absence("2026-07-06")
    agency.synced()
    agency.delete(made)
    single = r"/company/time-offs/\d+$"
    fails = (
        agency.without_route(PersonioApp, single)
        if status == 404
        else agency.fault("server_error", path=single, status=status)
    )
    with fails:
        result = agency.synced(exit=1)
    assert result.reasons == {"delete_unconfirmed": 1} and len(agency.hq_rows()) == 2
    assert agency.synced().counts == {"deleted": 1} and agency.problems() == {}


@pytest.mark.parametrize("versions", [("v1", "v1"), ("v2", "v2"), ("v1", "v2"), ("v2", "v1")])
@pytest.mark.parametrize("hourly", [False, True])
def test_i7_missing_from_the_list_but_still_there_it_is_kept_and_reported(
    empty_agency: Agency, versions: tuple[str, str], hourly: bool
) -> None:
    """Also when the one version of the API has linked what the other asks for."""
    agency = empty_agency
    for day in ("2026-08-03", "2026-08-04"):
        agency.absence(day, type="Arzttermin", minute=540, minutes=60)
    more = {"type": "Arzttermin", "minute": 540, "minutes": 60} if hourly else {}
    made = agency.absence("2026-07-06", **more)
    for version in versions:
        agency.activate(connections={"personio": {"api_version": version}})
        agency.synced()
    with _hidden_from_lists(agency, made):
        result = agency.synced(exit=1)
        assert result.reasons == {"delete_unconfirmed": 1}
        assert agency.synced(exit=1).counts == {"failed": 1} and agency.entries() == []
    assert agency.hq_row(made) and agency.synced().counts == {}
    assert agency.problems() == {}


def _hidden_from_lists(agency: Agency, id: str) -> AbstractContextManager[None]:
    """Lists leave the record out, totals included; asked for alone it is there."""
    hidden = find_absence(agency.personio, id).id_v2

    def handle(app: Any, request: Request, go: Callable[[], Response]) -> Response:
        alone = {"absence_periods[]", "id"} & set(request.args)
        if alone or not request.path.endswith(("/time-offs", "/absence-periods")):
            return go()
        kept = agency.personio.absences
        agency.personio.absences = {k: v for k, v in kept.items() if k != hidden}
        try:
            return go()
        finally:
            agency.personio.absences = kept

    return agency.interposed(PersonioApp, handle)
