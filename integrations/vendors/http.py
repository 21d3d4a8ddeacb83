"""One connection to one remote over HTTP: safe reads that are repeated, unsafe writes that are not.

Knows no vendor. A vendor client hands in its base address, its secrets (to keep them out of every
text) and, if it can read the remote's error bodies better, a `refusal` function.
"""

from __future__ import annotations

import json as jsonlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urljoin

from integrations.remote import (
    AddressRefused,
    BadAnswer,
    CallCounter,
    EndpointNotFound,
    Gate,
    OutcomeUnknown,
    RateLimited,
    RemoteError,
    Unavailable,
)
from integrations.vendors.address import check_url, same_origin
from integrations.vendors.answers import (
    MAX_DETAIL,
    Answer,
    Refusal,
    is_json,
    standard_refusal,
)
from integrations.vendors.budget import LONGEST_SLEEP, Budget
from integrations.vendors.limits import (
    Clock,
    Pause,
    asked_wait,
    backoff,
    bucket_wait,
    has_plenty,
)
from integrations.vendors.values import storable
from integrations.vendors.wire import Lost, Params, Raw, Request, Wire

__all__ = ["Answer", "Clock", "Params", "Refusal", "Transport", "standard_refusal"]

log = logging.getLogger(__name__)

MAX_TRIES = 4
MAX_REDIRECTS = 3
_UNSTORABLE = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
"""Escapes of NUL and surrogates: the only way either gets into a JSON answer."""
_REPEATABLE = frozenset({408, 429})


class Transport:
    """One pooled session to `base_url`; safe for several threads.

    `base_url` may have a path, which is put before every path. Raises RemoteErrors only (and the
    gate's WriteRefused). `trace_headers` name ids of a request that go into errors.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        gate: Gate,
        count: CallCounter,
        budget: Budget,
        allow_private: bool = False,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        refusal: Refusal | None = None,
        trace_headers: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._gate, self._count, self._budget = gate, count, budget
        self._allow_private = allow_private
        self._refusal = refusal or self._plain_refusal
        self._trace_headers = trace_headers
        self._clock = clock or Clock()
        self._pause = Pause(vendor, self._clock)
        self._secrets: frozenset[str] = frozenset()
        self.keep_secret(*secrets)
        self._wire = Wire(headers or {}, self._clock.monotonic, allow_private=allow_private)

    def __repr__(self) -> str:
        return f"<Transport {self.vendor} {self._base_url}>"

    def close(self) -> None:
        self._wire.close()

    def keep_secret(self, *secrets: str) -> None:
        """Values that no error text may show: plain, percent-encoded or as JSON escapes them."""
        for secret in filter(None, secrets):
            forms = {secret, quote(secret, safe=""), secret.replace("/", r"\/")}
            self._secrets = self._secrets | forms

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
    ) -> Answer:
        """Send a request that changes nothing; at most MAX_TRIES times.

        429, 5xx, time-outs and lost connections are repeated after a pause. Raises RateLimited
        when the remote asks for a pause that is too long to sleep or asks too often, Unavailable,
        BadAnswer, AddressRefused, or what `refusal` makes of a 4xx.
        """
        request = Request(method, path, params, json, data, headers)
        for attempt in range(MAX_TRIES):
            outcome = self._exchange(request, cost)
            if isinstance(outcome, Lost):
                if attempt == MAX_TRIES - 1 or not outcome.again:
                    raise outcome.error(self.vendor, outcome.detail)
                self._clock.sleep(min(backoff(attempt, self._clock), LONGEST_SLEEP))
            elif outcome.status in _REPEATABLE or outcome.status >= 500:
                self._wait_for_room(outcome, attempt)
            else:
                return self._understood(outcome)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def write(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
    ) -> Answer:
        """Send an unsafe request once, inside the gate.

        Only a 429, which says that nothing was done, is repeated. Raises OutcomeUnknown when the
        request was sent and no usable answer came, Unavailable when it certainly was not sent,
        RateLimited, AddressRefused, WriteRefused, or what `refusal` makes of a 4xx.
        """
        request = Request(method, path, params, json, data, headers)
        for attempt in range(MAX_TRIES):
            outcome = self._exchange(request, cost, unsafe=True)
            if isinstance(outcome, Lost):
                kind = OutcomeUnknown if outcome.sent else outcome.error
                raise kind(self.vendor, outcome.detail)
            if outcome.status != 429:
                return self._carried_out(outcome)
            self._wait_for_room(outcome, attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _exchange(self, request: Request, cost: int, *, unsafe: bool = False) -> Raw | Lost:
        """Send one request, and after it the redirects of a GET within the same origin."""
        url = self._base_url + request.path
        for _ in range(MAX_REDIRECTS + 1):
            self._check(url)
            self._pause.wait()
            self._budget.wait(cost)
            if unsafe:
                with self._gate.write(self.vendor):
                    outcome = self._send(request, url)
            else:
                outcome = self._send(request, url)
            if isinstance(outcome, Lost) or not 300 <= outcome.status < 400:
                return outcome
            url = self._redirected(request, url, outcome, unsafe=unsafe)
            request = request._replace(params=None)
        return Lost(BadAnswer, "too many redirects", again=False)

    def _send(self, request: Request, url: str) -> Raw | Lost:
        self._count(self.vendor)
        outcome = self._wire.send(request, url)
        headers = {} if isinstance(outcome, Lost) else outcome.headers
        self._budget.hear(plenty=has_plenty(headers))
        result = outcome.detail if isinstance(outcome, Lost) else outcome.status
        log.debug("%s %s %s: %s", self.vendor, request.method, request.path, result)
        return outcome

    def _check(self, url: str) -> None:
        reason = check_url(url, allow_private=self._allow_private)
        if reason:
            raise AddressRefused(self.vendor, reason)

    def _redirected(self, request: Request, url: str, raw: Raw, *, unsafe: bool) -> str:
        """Where a redirect leads. Raises unless it is a GET that stays at its origin."""
        target = urljoin(url, raw.headers.get("Location", ""))
        if unsafe and raw.status not in (307, 308):
            # 302 and 303 are also how a form that was carried out is answered.
            raise OutcomeUnknown(self.vendor, "redirected", status=raw.status)
        if not raw.headers.get("Location") or not same_origin(url, target):
            raise AddressRefused(self.vendor, "redirected to another host", status=raw.status)
        if request.method.upper() != "GET":
            raise AddressRefused(self.vendor, "redirected", status=raw.status)
        return target

    def _wait_for_room(self, raw: Raw, attempt: int) -> None:
        """After a 429, 408 or 5xx: set the pause before the next attempt, or raise."""
        last = attempt == MAX_TRIES - 1
        detail = self._trouble(raw)
        if raw.status != 429:
            if last:
                raise Unavailable(self.vendor, detail, status=raw.status)
            told = raw.status == 503 and "Retry-After" in raw.headers  # rates say nothing of it
            asked = asked_wait(raw.headers, self._clock.wall()) if told else None
            if asked is not None and asked > LONGEST_SLEEP:
                raise RateLimited(self.vendor, detail, retry_after=asked)
            self._clock.sleep(min(asked or backoff(attempt, self._clock), LONGEST_SLEEP))
            return
        asked = asked_wait(raw.headers, self._clock.wall())
        pause = asked if asked is not None else max(0.5, backoff(attempt + 1, self._clock))
        self._pause.extend(pause)
        if last or pause > LONGEST_SLEEP:
            raise RateLimited(self.vendor, detail, retry_after=max(1.0, pause))

    def _understood(self, raw: Raw) -> Answer:
        self._note_pace(raw)
        if raw.status >= 400:
            raise self._refusal(self._error_answer(raw))
        return self._success(raw, BadAnswer)

    def _carried_out(self, raw: Raw) -> Answer:
        self._note_pace(raw)
        if raw.status in _REPEATABLE or raw.status >= 500:
            raise OutcomeUnknown(self.vendor, self._trouble(raw), status=raw.status)
        if raw.status >= 400:
            raise self._refusal(self._error_answer(raw))
        return self._success(raw, OutcomeUnknown)

    def _note_pace(self, raw: Raw) -> None:
        wait = bucket_wait(raw.headers)
        if wait is not None:
            self._pause.extend(wait)

    def _success(self, raw: Raw, unusable: type[RemoteError]) -> Answer:
        """Raises `unusable` for a body that is neither JSON nor empty."""
        if not raw.body.strip():
            return Answer(raw.status, raw.headers)
        if not is_json(raw.headers):
            raise unusable(self.vendor, "the answer is no JSON", status=raw.status)
        try:
            data = jsonlib.loads(raw.body)
            if _UNSTORABLE.search(raw.body):
                data = storable(data)
            return Answer(raw.status, raw.headers, data)
        except (ValueError, RecursionError):
            detail = "the answer is JSON that is cut off or broken"
        raise unusable(self.vendor, detail, status=raw.status)

    def _error_answer(self, raw: Raw) -> Answer:
        """An error's body, scrubbed before it is parsed, so that no part can show a secret."""
        text = self._scrub(raw.body[: 64 * 1024].decode("utf-8", "replace").strip())
        try:
            data = jsonlib.loads(text) if text and is_json(raw.headers) else None
        except (ValueError, RecursionError):
            data = None
        html = Answer(raw.status, raw.headers).is_html
        return Answer(raw.status, raw.headers, data, "an HTML page" if html else text[:MAX_DETAIL])

    def _trouble(self, raw: Raw) -> str:
        """What a failure says of itself, and the ids under which the remote's people find it."""
        ids = [f"{name} {raw.headers[name]}" for name in self._trace_headers if name in raw.headers]
        traces = f" [{', '.join(ids)}]"[:100] if ids else ""
        said = self._error_answer(raw).text or f"status {raw.status}"
        return said[: MAX_DETAIL - len(traces)] + traces

    def _scrub(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _plain_refusal(self, answer: Answer) -> RemoteError:
        if answer.status == 404 and answer.data is None:
            return EndpointNotFound(self.vendor, answer.text, status=404)
        return standard_refusal(self.vendor, answer.status, answer.text)
