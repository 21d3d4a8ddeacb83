"""Writes that go wrong half-way: no duplicates, nothing lost: G8, I1, I6, design.md."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from integrations.engine.apply import Applier
from integrations.engine.run import MAX_STOPS
from integrations.models import Intent, SyncRun
from sandbox.hellohq.app import HelloHqApp
from sandbox.http import json_response
from sandbox.personio.app import PersonioApp
from sandbox.personio.edit import update_credential
from tests.absences.conftest import BEN, CARL, NOON, STAYS, Agency

WEEK = (4701, "Vacation", "2026-07-06", "2026-07-11")


@pytest.fixture
def made(agency: Agency) -> str:
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.synced()
    return made


# -- outcomes that stay unknown ----------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop", "html", "server_error"])
@pytest.mark.parametrize("after_commit", [True, False])
def test_i1_a_creation_without_an_answer_ends_as_exactly_one(
    agency: Agency, fault: str, after_commit: bool
) -> None:
    made = agency.absence("2026-07-06", "2026-07-10")
    options = {"vendor": "hellohq", "method": "POST", "path": "4701", "times": 1}
    with agency.fault(fault, after_commit=after_commit, **options):
        result = agency.synced()
    assert agency.hq_rows() == [WEEK, STAYS] and agency.hq_row(made) == WEEK
    assert result.counts == {"created": 2} and not Intent.objects.exists()
    assert agency.synced().counts == {}


def test_i1_a_creation_whose_answer_is_cut_off_ends_as_exactly_one(agency: Agency) -> None:
    made = agency.absence("2026-07-06", "2026-07-10")
    with agency.fault("cut_json", vendor="hellohq", method="POST", path="4701", times=1):
        agency.synced()
    assert agency.hq_rows() == [WEEK, STAYS] and agency.hq_row(made) == WEEK


def test_i1_two_equal_creations_without_an_answer_end_as_exactly_two(agency: Agency) -> None:
    made = [agency.absence("2026-07-06", "2026-07-10") for _time in range(2)]
    with agency.fault("drop", vendor="hellohq", method="POST", after_commit=True, times=2):
        agency.synced()
    assert agency.hq_rows() == [WEEK, WEEK, STAYS]
    assert len({agency.hq_id(id) for id in made}) == 2


def test_i1_p8_an_equal_absence_of_somebody_else_is_not_taken_for_the_lost_creation(
    agency: Agency,
) -> None:
    """It was typed in before ours was sent; the POST was never carried out."""
    agency.synced()
    made = agency.absence("2026-07-06", "2026-07-10")
    with agency.fault("drop", vendor="hellohq", method="POST", times=1) as fault:
        agency.synced()
    assert fault.hits == 1 and agency.hq_row(made) == WEEK
    assert agency.hq_rows() == [WEEK, STAYS]


@pytest.mark.parametrize("after_commit", [True, False])
def test_p7_a_deletion_without_an_answer_is_carried_out_once(
    agency: Agency, made: str, after_commit: bool
) -> None:
    agency.delete(made)
    options = {"vendor": "hellohq", "method": "DELETE", "times": 1}
    with agency.fault("drop", after_commit=after_commit, **options):
        result = agency.synced()
    assert agency.hq_rows() == [STAYS] and result.exit == 0
    assert agency.synced().counts == {}


@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("after_commit", [True, False])
@pytest.mark.parametrize("fault", ["drop", "server_error"])
def test_i6_a_replacement_that_breaks_anywhere_ends_as_one_adjusted_absence(
    agency: Agency, made: str, method: str, after_commit: bool, fault: str
) -> None:
    agency.edit(made, last="2026-07-08")
    options = {"vendor": "hellohq", "method": method, "times": 1}
    with agency.fault(fault, after_commit=after_commit, **options):
        agency.synced()
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-06", "2026-07-09")
    assert len(agency.hq_rows()) == 2 and agency.synced().counts == {}


class Killed(BaseException):
    """Nothing catches it, as nothing survives a SIGKILL."""


def test_i6_killed_after_every_single_write_the_run_still_ends_with_each_exactly_once(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More often than a run may be put off by a remote: a kill is not counted against it."""
    days = [f"2026-{month:02}-{day:02}" for month in (7, 8, 9, 10) for day in range(1, 29)]
    made = [agency.absence(day) for day in days]
    advance, written = Applier._advance, 0

    def advance_and_die(*arguments: Any) -> None:
        nonlocal written
        written += 1
        if written % 2 == 0:
            raise Killed
        advance(*arguments)

    monkeypatch.setattr(Applier, "_advance", advance_and_die)
    kills = 0
    while True:
        try:
            result = agency.synced()
            break
        except Killed:
            kills += 1
            SyncRun.objects.filter(status="running").update(lease_until=NOON)
    assert kills > MAX_STOPS and result.counts == {"created": len(days) + 1}
    assert len(agency.hq_rows()) == len(set(agency.hq_rows())) == len(days) + 1
    assert {agency.hq_row(id)[2] for id in made} == set(days)
    monkeypatch.undo()
    assert agency.synced().counts == {}


# -- refusals ----------------------------------------------------------------------------------


def refused(agency: Agency, start: str) -> AbstractContextManager[None]:
    """helloHQ refuses every absence that begins on that day."""

    def handle(app: HelloHqApp, request: Request, go: Callable[[], Response]) -> Response:
        body = request.get_json(silent=True) or {}
        if request.method == "POST" and str(body.get("Start", "")).startswith(start):
            error = {"code": "", "message": "Validation failed: not on that day."}
            return json_response({"error": error}, 400)
        return go()

    return agency.interposed(HelloHqApp, handle)


def test_g8_one_refused_record_does_not_stop_the_others(agency: Agency) -> None:
    bad = agency.absence("2026-07-06")
    good = [agency.absence(f"2026-08-{day:02}") for day in range(3, 8)]
    with refused(agency, "2026-07-06"):
        result = agency.synced(exit=1)
        assert result.answer["status"] == "succeeded_with_errors"
        assert result.counts == {"created": 6, "failed": 1}
        assert result.reasons == {"rejected_by_remote": 1}
        assert all(agency.hq_row(id) for id in good)
        again = agency.synced(exit=1)
        assert again.counts == {"failed": 1} and agency.entries() == [], "no news, no row"
    assert agency.problems() == {bad: ["rejected_by_remote"]}
    assert agency.synced().counts == {"created": 1} and agency.problems() == {}


def test_g8_the_error_of_a_refusal_is_told(agency: Agency) -> None:
    agency.absence("2026-07-06")
    with refused(agency, "2026-07-06"):
        agency.synced(exit=1)
    [entry] = [entry for entry in agency.entries() if entry.state == "failed"]
    assert "not on that day" in entry.detail["error"]


def test_p7_refused_after_the_deletion_the_old_one_is_put_back(agency: Agency, made: str) -> None:
    agency.edit(made, first="2026-07-08")
    with refused(agency, "2026-07-08"):
        result = agency.synced(exit=1)
        assert result.reasons == {"rejected_by_remote": 1}
        assert agency.hq_row(made) == WEEK and len(agency.hq_rows()) == 2
    assert agency.synced().counts == {"updated": 1}
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-08", "2026-07-11")
    assert agency.problems() == {}


def test_p7_put_back_halves_and_hours_are_what_they_were(agency: Agency) -> None:
    half = agency.absence("2026-07-06", half_end=True)
    hours = agency.absence("2026-07-07", type="Arzttermin", minute=540, minutes=60)
    agency.synced()
    before = agency.hq_rows()
    agency.edit(half, first="2026-09-01", last="2026-09-01")
    agency.edit(hours, first="2026-09-02", last="2026-09-02")
    with refused(agency, "2026-09"):
        agency.synced(exit=1)
    assert agency.hq_rows() == before


def test_p7_when_even_that_is_refused_it_is_reported_and_made_up_for(
    agency: Agency, made: str
) -> None:
    agency.edit(made, last="2026-07-08")
    with refused(agency, "2026-07-06"):
        result = agency.synced(exit=1)
        assert result.reasons == {"target_missing": 1} and agency.hq_rows() == [STAYS]
        agency.synced(exit=1)
    agency.synced()
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-06", "2026-07-09")
    assert agency.problems() == {}


def test_p7_the_old_one_is_put_back_once_although_the_answer_was_lost(
    agency: Agency, made: str
) -> None:
    agency.edit(made, first="2026-07-08")
    options = {"vendor": "hellohq", "method": "POST", "after_commit": True}
    with (
        refused(agency, "2026-07-08"),
        agency.fault("drop", skip=1, times=1, **options) as fault,
    ):
        agency.sync()
        assert fault.hits == 1 and agency.hq_rows() == [WEEK, STAYS]
        agency.synced(exit=1)
        assert agency.hq_rows() == [WEEK, STAYS]
    agency.synced()
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-08", "2026-07-11")
    assert len(agency.hq_rows()) == 2


def test_p7_refused_and_then_deleted_in_personio_nothing_is_left(agency: Agency, made: str) -> None:
    agency.edit(made, last="2026-07-08")
    with refused(agency, "2026-07-06"):
        agency.synced(exit=1)
    agency.delete(made)
    agency.synced()
    assert agency.hq_rows() == [STAYS] and agency.problems() == {}


def test_g8_one_malformed_record_does_not_stop_the_others_and_is_never_deleted(
    agency: Agency, made: str
) -> None:
    new = agency.absence("2026-08-03", who=BEN)

    def handle(app: object, request: Request, go: Callable[[], Response]) -> Response:
        response = go()
        if request.path.endswith("/time-offs"):
            payload = response.get_json()
            for row in payload["data"]:
                if str(row["attributes"]["id"]) == made:
                    row["attributes"]["start_date"] = "irgendwann"
            return json_response(payload)
        return response

    with agency.interposed(PersonioApp, handle):
        result = agency.synced(exit=1)
        assert result.reasons == {"malformed_record": 1}
        assert agency.synced(exit=1).counts == {"failed": 1} and agency.entries() == []
    assert agency.hq_row(made) == WEEK and agency.hq_row(new)[2] == "2026-08-03"
    assert agency.synced().counts == {} and agency.problems() == {}


def test_g8_a_record_that_is_locked_in_hellohq_says_so(agency: Agency, made: str) -> None:
    agency.delete(made)

    def handle(app: object, request: Request, go: Callable[[], Response]) -> Response:
        error = {"code": "", "message": "The absence is locked: the month is closed."}
        return json_response({"error": error}, 400) if request.method == "DELETE" else go()

    with agency.interposed(HelloHqApp, handle):
        result = agency.synced(exit=1)
    assert result.reasons == {"locked": 1} and WEEK in agency.hq_rows()
    assert agency.synced().counts == {"deleted": 1}


# -- limits and tokens -------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["personio", "hellohq"])
@pytest.mark.parametrize("times", [1, 6])
def test_429_on_reads_is_waited_for(agency: Agency, vendor: str, times: int) -> None:
    made = agency.absence("2026-07-06", "2026-07-10")
    with agency.fault("rate_limited", vendor=vendor, method="GET", times=times):
        agency.synced()
    assert agency.hq_row(made) == WEEK


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("times", [1, 6])
def test_429_on_writes_is_waited_for(agency: Agency, made: str, method: str, times: int) -> None:
    agency.edit(made, last="2026-07-08")
    agency.absence("2026-09-01", who=CARL)
    with agency.fault("rate_limited", vendor="hellohq", method=method, times=times) as fault:
        agency.synced()
    assert fault.hits == times and len(agency.hq_rows()) == 3
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-06", "2026-07-09")


def test_429_an_already_read_page_is_not_read_again(agency: Agency) -> None:
    agency.synced()
    with (
        agency.fault("rate_limited", vendor="hellohq", method="GET", times=6),
        agency.watched() as seen,
    ):
        agency.synced()
    offs = [request for request in seen if request.path.endswith("/time-offs")]
    assert len(offs) == 1


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_token_that_expires_in_the_middle_is_renewed(empty_agency: Agency, version: str) -> None:
    agency = empty_agency
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.activate(connections={"personio": {"api_version": version}})
    path = "time-offs" if version == "v1" else "absence-periods"
    with agency.fault("unauthorized", vendor="personio", path=path, times=1), agency.watched() as s:
        agency.synced()
    assert agency.hq_row(made) == WEEK
    tokens = [request for request in s if "/auth" in request.path]
    assert len(tokens) == 2


def test_g2_wrong_credentials_write_nothing_and_are_named(empty_agency: Agency) -> None:
    empty_agency.absence("2026-07-06")
    empty_agency.activate(connections={"personio": {"client_secret": "falsch"}})
    result = empty_agency.synced(exit=4)
    assert result.error == "auth_failed" and empty_agency.hq_rows() == []


@pytest.mark.parametrize(
    ("missing", "named"),
    [({"v1_scopes": ["employees:read"]}, "absences:read"), ({"hidden": ["email"]}, "email")],
)
def test_g2_the_first_run_names_what_is_missing(
    empty_agency: Agency, missing: dict, named: str
) -> None:
    empty_agency.absence("2026-07-06")
    empty_agency.activate()
    update_credential(empty_agency.personio, "api", missing)
    result = empty_agency.synced(exit=4)
    assert result.error == "permission_missing" and empty_agency.hq_rows() == []
    assert named in result.answer["error"]["detail"]


def test_a_lost_right_to_write_is_an_error_of_the_run(agency: Agency) -> None:
    agency.absence("2026-07-06")
    agency.hq.token.scopes = {"read_all"}
    result = agency.synced(exit=4)
    assert result.error == "permission_missing" and agency.hq_rows() == []
    agency.hq.token.scopes = {"read_all", "write_all"}
    assert agency.synced().counts == {"created": 2}
