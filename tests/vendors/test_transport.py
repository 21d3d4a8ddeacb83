"""The HTTP rules that every vendor client gets from Transport."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import threading
import time
import traceback

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from integrations.remote import (
    AddressRefused,
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    WriteRefused,
)
from integrations.vendors import wire
from integrations.vendors.http import Transport

from .support import Calls, FakeTime, FreeBudget, OpenGate

BASE = "https://api.vendor.example"
REFUSED = requests.ConnectionError(
    MaxRetryError(None, "/", NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)


class Rig:
    def __init__(self, base: str = BASE, gate: object = None, **options: object) -> None:
        self.time, self.calls, self.budget = FakeTime(), Calls(), FreeBudget()
        self.gate = gate or OpenGate()
        self.transport = Transport(
            "vendor",
            base,
            gate=self.gate,
            count=self.calls,
            budget=self.budget,
            clock=self.time.clock(),
            secrets=("s3cr/t",),
            **options,
        )
        self.read, self.write = self.transport.read, self.transport.write


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def rig():
    return Rig()


def test_read_returns_json_and_counts_the_request(net, rig):
    net.get(f"{BASE}/x", json={"a": 1})
    assert rig.read("GET", "/x").data == {"a": 1}
    assert rig.calls == ["vendor"] and rig.budget.costs == [1]


def test_every_request_has_a_timeout_of_at_most_20_seconds(net, rig):
    net.get(f"{BASE}/x", json={})
    rig.read("GET", "/x")
    timeout = net.calls[0].request.req_kwargs["timeout"]
    assert sum(timeout) == 20.0 and all(timeout)
    assert net.calls[0].request.req_kwargs["verify"] is True


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_read_repeats_what_may_pass(net, rig, status):
    net.get(f"{BASE}/x", status=status)
    net.get(f"{BASE}/x", json=[1])
    assert rig.read("GET", "/x").data == [1]
    assert len(rig.calls) == 2 and len(rig.time.slept) == 1


@pytest.mark.parametrize("error", [requests.ReadTimeout(), requests.ConnectionError(), REFUSED])
def test_read_gives_up_after_four_tries_as_unavailable(net, rig, error):
    net.get(f"{BASE}/x", body=error)
    with pytest.raises(Unavailable):
        rig.read("GET", "/x")
    assert len(rig.calls) == 4
    assert rig.time.slept == [1.0, 2.0, 4.0]


def test_read_of_a_lasting_429_without_retry_after_is_rate_limited(net, rig):
    """No Retry-After; exponential backoff, then the slice ends."""
    net.get(f"{BASE}/x", status=429)
    with pytest.raises(RateLimited) as caught:
        rig.read("GET", "/x")
    assert caught.value.retry_after >= 1.0
    assert len(rig.calls) <= 4 and max(rig.time.slept) <= 5.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "Thu, 01 Jan 2026 00:00:02 GMT"}, 2.0),
        ({"RateLimit-Reset": "4"}, 4.0),
        ({"X-RateLimit-Reset": "1767225601"}, 1.0),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-replenish-rate": "2",
                "x-ratelimit-requested-tokens": "5",
            },
            2.5,
        ),
    ],
)
def test_read_waits_as_long_as_a_429_asks(net, rig, headers, seconds):
    net.get(f"{BASE}/x", status=429, headers=headers)
    net.get(f"{BASE}/x", json={})
    rig.read("GET", "/x")
    assert rig.time.slept == [seconds]


def test_a_wait_of_more_than_five_seconds_ends_the_slice_and_holds_for_all_threads(net, rig):
    net.get(f"{BASE}/x", status=429, headers={"Retry-After": "90"})
    with pytest.raises(RateLimited) as caught:
        rig.read("GET", "/x")
    assert caught.value.retry_after == 90.0 and rig.time.slept == []
    with pytest.raises(RateLimited):
        rig.read("GET", "/y")
    assert len(rig.calls) == 1


def test_an_empty_bucket_delays_the_next_request(net, rig):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-replenish-rate": "10"}
    net.get(f"{BASE}/x", json={}, headers=headers)
    rig.read("GET", "/x")
    assert rig.time.slept == []
    rig.read("GET", "/x")
    assert rig.time.slept == [pytest.approx(0.1)]


def _minute(limit: object, remaining: object) -> dict[str, str]:
    names = ("x-ratelimit-limit-minute", "x-ratelimit-remaining-minute")
    return {name: str(value) for name, value in zip(names, (limit, remaining), strict=True)}


@pytest.mark.parametrize(
    ("headers", "plenty"),
    [
        (_minute(1000, 501), True),
        (_minute(3000, 2999.0), True),
        (_minute(1000, 500), False),
        (_minute(1000, 0), False),
        (_minute(0, 0), False),
        (_minute(0, 1), False),
        (_minute(-2, 1), False),
        (_minute("many", "plenty"), False),
        ({"x-ratelimit-remaining-minute": "999"}, False),
        ({"x-ratelimit-limit-minute": "1000"}, False),
        ({"x-ratelimit-limit-second": "50", "x-ratelimit-remaining-second": "49"}, False),
        ({}, False),
    ],
)
def test_the_budget_hears_whether_more_than_half_of_the_minute_is_left(net, rig, headers, plenty):
    net.get(f"{BASE}/x", json={}, headers=headers)
    net.post(f"{BASE}/x", status=400, json={}, headers=headers)
    rig.read("GET", "/x")
    with pytest.raises(Rejected):
        rig.write("POST", "/x")
    assert rig.budget.heard == [plenty, plenty]


def test_a_lost_answer_and_a_429_end_the_quick_pace(net, rig):
    net.get(f"{BASE}/x", json={}, headers=_minute(1000, 900))
    net.get(f"{BASE}/x", body=requests.ConnectionError("cut"))
    net.get(f"{BASE}/x", status=429, headers={"Retry-After": "1"})
    net.get(f"{BASE}/x", json={}, headers=_minute(1000, 900))
    rig.read("GET", "/x")
    rig.read("GET", "/x")
    assert rig.budget.heard == [True, False, False, True]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>maintenance</html>", "text/html"),
        ('{"a": [1, 2', "application/json"),
        ("\ufffd\x00", "application/json"),
        ("ok", "text/plain"),
        ('{"a":' * 5000, "application/json"),
    ],
)
def test_a_200_without_usable_json_is_a_bad_answer_or_an_unknown_outcome(net, rig, body, kind):
    net.get(f"{BASE}/x", body=body, content_type=kind)
    net.post(f"{BASE}/x", body=body, content_type=kind)
    with pytest.raises(BadAnswer):
        rig.read("GET", "/x")
    with pytest.raises(OutcomeUnknown):
        rig.write("POST", "/x")


def test_json_with_a_suffix_type_is_json(net, rig):
    net.get(f"{BASE}/x", body="{}", content_type="application/scim+json; charset=utf-8")
    assert rig.read("GET", "/x").data == {}


def test_an_empty_success_is_an_answer(net, rig):
    net.delete(f"{BASE}/x", status=204)
    assert rig.write("DELETE", "/x").data is None


def test_an_answer_above_the_limit_is_refused(net, rig, monkeypatch):
    monkeypatch.setattr(wire, "MAX_ANSWER", 1000)
    net.get(f"{BASE}/x", json="a" * 2000)
    with pytest.raises(BadAnswer):
        rig.read("GET", "/x")
    assert len(rig.calls) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (401, AuthFailed), (403, Forbidden), (404, NotFound), (409, Rejected)],
)
def test_refusals_are_told_apart_and_not_repeated(net, rig, status, error):
    net.get(f"{BASE}/x", json={"m": 1}, status=status)
    net.put(f"{BASE}/x", json={"m": 1}, status=status)
    for call in (rig.read, rig.write):
        with pytest.raises(error) as caught:
            call("GET" if call == rig.read else "PUT", "/x")
        assert caught.value.status == status
    assert len(rig.calls) == 2


def test_a_404_page_says_nothing_about_a_record(net, rig):
    net.get(f"{BASE}/x", body="<html>nginx</html>", content_type="text/html", status=404)
    with pytest.raises(EndpointNotFound):
        rig.read("GET", "/x")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_write_answered_by_a_server_error_has_an_unknown_outcome(net, rig, status):
    net.post(f"{BASE}/x", status=status)
    with pytest.raises(OutcomeUnknown):
        rig.write("POST", "/x", json={})
    assert len(rig.calls) == 1


@pytest.mark.parametrize("error", [requests.ReadTimeout(), requests.ConnectionError("reset")])
def test_write_without_answer_has_an_unknown_outcome(net, rig, error):
    net.post(f"{BASE}/x", body=error)
    with pytest.raises(OutcomeUnknown):
        rig.write("POST", "/x", json={})
    assert len(rig.calls) == 1


@pytest.mark.parametrize(
    "error", [REFUSED, requests.ConnectTimeout(), requests.exceptions.SSLError()]
)
def test_write_that_was_never_sent_is_unavailable(net, rig, error):
    net.post(f"{BASE}/x", body=error)
    with pytest.raises(Unavailable):
        rig.write("POST", "/x", json={})
    assert len(rig.calls) == 1


def test_write_repeats_only_a_429_and_enters_the_gate_each_time(net, rig):
    net.post(f"{BASE}/x", status=429, headers={"Retry-After": "1"})
    net.post(f"{BASE}/x", json={"id": 1}, status=201)
    assert rig.write("POST", "/x", json={}).data == {"id": 1}
    assert rig.gate.entered == ["vendor", "vendor"] and rig.time.slept == [1.0]


def test_write_with_a_long_429_is_rate_limited(net, rig):
    net.post(f"{BASE}/x", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimited):
        rig.write("POST", "/x", json={})


def test_write_is_sent_inside_the_gate_and_a_read_is_not(net, rig):
    states = []

    def answer(request):
        states.append(rig.gate.open)
        return 200, {"Content-Type": "application/json"}, "{}"

    net.add_callback("POST", f"{BASE}/x", answer)
    rig.write("POST", "/x")
    rig.read("POST", "/x")
    assert states == [True, False]


def test_a_closed_gate_lets_no_unsafe_request_out(net):
    """I14: a dry run sends no unsafe request."""
    rig = Rig(gate=ClosedGate())
    net.post(f"{BASE}/x", json={})
    with pytest.raises(WriteRefused):
        rig.write("POST", "/x")
    assert rig.calls == [] and len(net.calls) == 0


def test_a_redirect_to_another_host_is_refused(net, rig):
    net.get(f"{BASE}/x", status=302, headers={"Location": "https://evil.example/x"})
    net.get("https://evil.example/x", json={})
    with pytest.raises(AddressRefused):
        rig.read("GET", "/x", headers={"Authorization": "Bearer s3cr/t"})
    assert len(net.calls) == 1


def test_a_get_follows_a_redirect_within_its_host_and_not_forever(net, rig):
    net.get(f"{BASE}/x", status=301, headers={"Location": "/y"})
    net.get(f"{BASE}/y", json=[7])
    assert rig.read("GET", "/x").data == [7]
    net.get(f"{BASE}/loop", status=301, headers={"Location": "/loop"})
    with pytest.raises(BadAnswer):
        rig.read("GET", "/loop")


@pytest.mark.parametrize(("status", "error"), [(302, OutcomeUnknown), (307, AddressRefused)])
def test_a_redirected_write_is_not_sent_again(net, rig, status, error):
    net.post(f"{BASE}/x", status=status, headers={"Location": "/y"})
    with pytest.raises(error):
        rig.write("POST", "/x")
    assert len(rig.calls) == 1


def test_secrets_are_in_no_text_of_an_error(net, rig):
    net.get(f"{BASE}/x", body=r"bad s3cr/t or s3cr%2Ft or s3cr\/t", status=403)
    rig.transport.keep_secret("tok-9")
    net.get(f"{BASE}/y", body="token tok-9 " + "x" * 2000, status=400)
    net.get(f"{BASE}/z", body=requests.ReadTimeout("tok-9 s3cr/t"))
    for path in ("/x", "/y", "/z"):
        with pytest.raises((Forbidden, Rejected, Unavailable)) as caught:
            rig.read("GET", path, headers={"Authorization": "Bearer tok-9"})
        shown = "".join(traceback.format_exception_only(caught.value)) + repr(rig.transport)
        shown += repr(vars(caught.value))
        assert "s3cr" not in shown and "tok-9" not in shown
        assert len(caught.value.detail) <= 500
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "base", ["http://api.vendor.example", "ftp://x.example", "https://u:p@api.vendor.example", "x"]
)
def test_only_plain_https_addresses_are_called(net, base):
    with pytest.raises(AddressRefused):
        Rig(base).read("GET", "/x")
    assert len(net.calls) == 0


class _Server:
    """A real loopback server, for what a mock of the library cannot show."""

    def __enter__(self):
        hits = self.hits = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hits.append((self.path, self.headers.get("Cookie")))
                body = b'{"ok": true}'
                self.send_response(200)
                if self.path in ("/chunks", "/trickle"):
                    return self.in_chunks(gzip.compress(b'{"ok": ' + b" " * 300_000 + b"true}"))
                self.send_header("Content-Type", "application/json")
                self.send_header("Set-Cookie", "session=1; Path=/")
                self.close_connection = self.path == "/cut"
                length = len(body) + (10 if self.path == "/cut" else 0)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                return self.wfile.write(body)

            def in_chunks(self, body):
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for start in range(0, len(body), 7):
                    part = body[start : start + 7]
                    with contextlib.suppress(OSError):
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                        self.wfile.flush()
                    if self.path == "/trickle":
                        time.sleep(0.02)
                with contextlib.suppress(OSError):
                    self.wfile.write(b"0\r\n\r\n")

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve = self.server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()


def test_loopback_is_reached_only_when_private_addresses_are_allowed(monkeypatch):
    with _Server() as server:
        assert Rig(server.url, allow_private=True).read("GET", "/x").data == {"ok": True}
        monkeypatch.setattr("integrations.vendors.http.check_url", lambda url, allow_private: "")
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(AddressRefused):
                Rig(url).read("GET", "/x")
        assert server.hits == [("/x", None)]


def test_no_cookie_is_kept():
    with _Server() as server:
        rig = Rig(server.url, allow_private=True)
        rig.read("GET", "/a")
        rig.read("GET", "/b")
        assert server.hits == [("/a", None), ("/b", None)]


def test_a_body_shorter_than_announced_is_no_answer():
    with _Server() as server:
        rig = Rig(server.url, allow_private=True)
        with pytest.raises(BadAnswer):
            rig.read("GET", "/cut")
        with pytest.raises(OutcomeUnknown):
            rig.write("POST", "/cut")


def test_a_compressed_answer_in_small_chunks_is_whole():
    with _Server() as server:
        rig = Rig(server.url, allow_private=True)
        assert rig.read("GET", "/chunks").data == {"ok": True}
        assert rig.read("GET", "/x").data == {"ok": True}


def test_an_answer_that_trickles_ends_with_the_time_of_its_request(monkeypatch):
    with _Server() as server:
        rig = Rig(server.url, allow_private=True)
        rig.transport._wire._monotonic = time.monotonic
        monkeypatch.setattr(wire, "REQUEST_TIMEOUT", 0.2)
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            rig.write("POST", "/trickle")
        assert time.monotonic() - started < 0.6


def test_a_refused_connection_and_an_unknown_host_are_unavailable_for_writes():
    with _Server() as server:
        url = server.url
    for base in (url, "http://no-such-host.invalid"):
        with pytest.raises(Unavailable):
            Rig(base, allow_private=True).write("POST", "/x")


def test_one_transport_serves_threads_at_once():
    with _Server() as server:
        rig = Rig(server.url, allow_private=True)
        threads = [
            threading.Thread(target=lambda: [rig.read("GET", "/t") for _ in range(10)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rig.calls) == 40 and server.hits.count(("/t", None)) == 40
