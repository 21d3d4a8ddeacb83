"""Faults on demand, and the journal that tells what happened."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.sandbox.conftest import Client
from tests.sandbox.test_hellohq import ABSENCES, absence

TIME_OFFS = "/v1/company/time-offs"


def test_429_for_n_requests_without_retry_after(sandbox: Sandbox, v2: Client) -> None:
    sandbox.world.faults.add(Fault("rate_limited", vendor="personio", times=2))
    answers = [v2("GET", "/v2/persons") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert "Retry-After" not in answers[0].headers
    assert answers[0].headers["x-ratelimit-remaining"] == "0"
    assert answers[0].headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors(sandbox: Sandbox, hq: Client, status: int) -> None:
    sandbox.world.faults.add(Fault("server_error", status=status))
    assert hq("GET", "/v1/Users").status_code == status
    assert hq("GET", "/v1/Users").status_code == 200


def test_forbidden_and_unauthorized(sandbox: Sandbox, hq: Client, v1: Client) -> None:
    sandbox.world.faults.add(Fault("forbidden", vendor="hellohq"))
    sandbox.world.faults.add(Fault("unauthorized", vendor="personio"))
    assert hq("GET", "/v1/Users").status_code == 403
    assert v1("GET", TIME_OFFS).status_code == 401


def test_dropped_before_and_after_the_commit(sandbox: Sandbox, hq: Client) -> None:
    before = len(hq.hq.absences)
    sandbox.world.faults.add(Fault("drop", method="POST"))
    with pytest.raises(requests.ConnectionError):
        hq("POST", ABSENCES, json=absence())
    assert len(hq.hq.absences) == before
    sandbox.world.faults.add(Fault("drop", method="POST", after_commit=True))
    with pytest.raises(requests.ConnectionError):
        hq("POST", ABSENCES, json=absence())
    assert len(hq.hq.absences) == before + 1
    assert [e.status for e in sandbox.world.journal.entries("hellohq")] == [0, 0]


def test_error_and_html_after_the_commit(sandbox: Sandbox, hq: Client) -> None:
    before = len(hq.hq.absences)
    sandbox.world.faults.add(Fault("server_error", status=502, after_commit=True))
    assert hq("POST", ABSENCES, json=absence()).status_code == 502
    sandbox.world.faults.add(Fault("html", after_commit=True))
    answer = hq("POST", ABSENCES, json=absence())
    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")
    assert len(hq.hq.absences) == before + 2


def test_truncated_and_cut_answers(sandbox: Sandbox, hq: Client) -> None:
    sandbox.world.faults.add(Fault("truncate"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        hq("GET", "/v1/Users")
    sandbox.world.faults.add(Fault("cut_json"))
    answer = hq("GET", "/v1/Users")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_empty_lists(sandbox: Sandbox, v1: Client, v2: Client, hq: Client) -> None:
    sandbox.world.faults.add(Fault("empty_list", times=0))
    empty = v1.get(TIME_OFFS)
    assert (empty["data"], empty["metadata"]["total_elements"]) == ([], 0)
    assert v2.get("/v2/absence-periods")["_data"] == []
    counted = hq.get("/v1/Users", **{"$count": "true"})
    assert (counted["value"], counted["@odata.count"]) == ([], 0)
    sandbox.world.faults.clear()
    assert v1.get(TIME_OFFS)["data"]


def test_lost_row_contradicts_the_total(sandbox: Sandbox, v1: Client, hq: Client) -> None:
    sandbox.world.faults.add(Fault("lose_row", times=0))
    page = v1.get(TIME_OFFS)
    assert len(page["data"]) == page["metadata"]["total_elements"] - 1
    page = hq.get("/v1/Users", **{"$count": "true"})
    assert len(page["value"]) == page["@odata.count"] - 1


def test_repeated_pages_and_cursors(sandbox: Sandbox, v1: Client, v2: Client, hq: Client) -> None:
    first = v1.get(TIME_OFFS, limit=5, offset=1)["data"]
    sandbox.world.faults.add(Fault("repeat_page", times=0))
    assert v1.get(TIME_OFFS, limit=5, offset=2)["data"] == first
    one = v2.get("/v2/absence-periods", limit=5)["_meta"]["links"]["next"]["href"]
    again = requests.get(one, headers=v2.session.headers, params={"limit": 5}, timeout=10)
    assert again.json()["_meta"]["links"]["next"]["href"] == one
    rows = [hq.get("/v1/Users", **{"$top": "2", "$skip": s})["value"] for s in ("0", "2")]
    assert rows[0] == rows[1]


def test_failing_on_page_n(sandbox: Sandbox, v1: Client, v2: Client, hq: Client) -> None:
    sandbox.world.faults.add(Fault("server_error", page=2, times=0, status=500))
    assert v1("GET", TIME_OFFS, params={"limit": 5, "offset": 1}).status_code == 200
    assert v1("GET", TIME_OFFS, params={"limit": 5, "offset": 2}).status_code == 500
    assert v1("GET", "/v1/company/employees?limit=5&offset=5").status_code == 500
    assert hq("GET", "/v1/Users?$top=2&$skip=2").status_code == 500
    href = v2.get("/v2/persons", limit=5)["_meta"]["links"]["next"]["href"]
    assert requests.get(href, headers=v2.session.headers, timeout=10).status_code == 500


def test_matchers(sandbox: Sandbox, v1: Client, hq: Client) -> None:
    sandbox.world.faults.add(
        Fault("server_error", vendor="hellohq", tenant="nordlicht", path=r"Users\(\d+\)", skip=1)
    )
    sandbox.world.faults.add(Fault("server_error", tenant="elbtal", times=0))
    assert v1("GET", "/v1/company/employees").status_code == 200
    assert hq("GET", "/v1/Users").status_code == 200
    codes = [hq("GET", "/v1/Users(4701)").status_code for _ in range(3)]
    assert codes == [200, 503, 200]


def test_latency_and_hang(sandbox: Sandbox, hq: Client) -> None:
    sandbox.world.faults.add(Fault("latency", seconds=0.15))
    assert hq("GET", "/v1/Users").elapsed.total_seconds() >= 0.15
    before = len(hq.hq.absences)
    sandbox.world.faults.add(Fault("hang", seconds=0.3, after_commit=True))
    sender = threading.Thread(target=hq, args=("POST", ABSENCES), kwargs={"json": absence()})
    sender.start()
    wait_for(lambda: len(hq.hq.absences) == before + 1)
    assert sender.is_alive(), "carried out, and no answer yet"
    sender.join()


def test_hanging_request_commits_late(sandbox: Sandbox, hq: Client) -> None:
    """A client that gave up may still see its write happen."""
    before = len(hq.hq.absences)
    sandbox.world.faults.add(Fault("hang", seconds=0.4))
    with pytest.raises(requests.Timeout):
        requests.post(hq.url + ABSENCES, json=absence(), headers=hq.session.headers, timeout=0.1)
    assert len(hq.hq.absences) == before
    wait_for(lambda: len(hq.hq.absences) == before + 1)


def test_stopping_does_not_wait_for_hanging_requests() -> None:
    with Sandbox() as sandbox:
        sandbox.world.faults.add(Fault("hang", seconds=60))
        hq = Client(sandbox, "hellohq", "nordlicht", "hq-token-nordlicht")
        thread = threading.Thread(target=hq, args=("GET", "/v1/Users"), daemon=True)
        thread.start()
        wait_for(lambda: sandbox.world.faults.all()[0].hits == 1)
        started = time.monotonic()
    assert time.monotonic() - started < 2


def test_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("earthquake")  # type: ignore[arg-type]


def test_journal_counts_unsafe_requests_but_not_token_calls(
    sandbox: Sandbox, v1: Client, hq: Client
) -> None:
    hq.get("/v1/Users", **{"$top": "1"})
    hq("POST", ABSENCES, json=absence())
    journal = sandbox.world.journal
    assert (journal.count("hellohq").requests, journal.count("hellohq").unsafe) == (2, 1)
    assert (journal.count("personio").requests, journal.count("personio").unsafe) == (1, 0)
    [unsafe] = journal.entries(unsafe=True)
    assert (unsafe.method, unsafe.path, unsafe.status) == ("POST", ABSENCES, 201)
    assert unsafe.tenant == "nordlicht"
    assert journal.entries("hellohq")[0].query == "%24top=1"
    [token] = journal.entries("personio")
    assert (token.tenant, token.path) == ("nordlicht", "/v1/auth")


def wait_for(condition: object, seconds: float = 5.0) -> None:
    """Polls what another thread is about to do."""
    ends = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends, "did not happen"
        time.sleep(0.01)
