"""Tokens, requests and refusals of both versions of the Personio API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    EndpointNotFound,
    Forbidden,
    RateLimited,
    RemoteError,
    Unavailable,
)
from integrations.vendors.answers import MAX_DETAIL, Answer, standard_refusal
from integrations.vendors.http import Transport
from integrations.vendors.values import text, whole
from integrations.vendors.wire import Params

VENDOR = "personio"
AUTH_COST = 10  # 60 token calls a minute, where 10 requests a second cost 1 each
_RENEW_BEFORE = 60.0
_BRIEF_TROUBLE = ("server_error", "temporarily_unavailable")


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    client_secret: str = field(repr=False)


class TokenRequest(Protocol):
    """How a version of the API is asked for a token: answers (token, seconds it lives)."""

    def __call__(self, transport: Transport, credentials: Credentials) -> tuple[str, float]: ...


class Access:
    """Authorised reads. One token for all threads, renewed before it ends and once on a 401."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        request_token: TokenRequest,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport, self._credentials = transport, credentials
        self._request_token, self._clock = request_token, clock
        self._lock = threading.Lock()
        self._token, self._ends = "", 0.0

    def get(self, path: str, params: Params = (), *, cost: int = 1) -> Mapping[str, Any]:
        """The JSON object at `path`. Raises RemoteErrors; BadAnswer if it is no object."""
        token = self._current()
        try:
            answer = self._get(path, params, token, cost)
        except AuthFailed:
            answer = self._get(path, params, self._current(refused=token), cost)
        if not isinstance(answer.data, dict):
            raise BadAnswer(VENDOR, f"{path}: not an object", status=answer.status)
        return answer.data

    def authorise(self) -> None:
        self._current()

    def _get(self, path: str, params: Params, token: str, cost: int) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        return self._transport.read("GET", path, params=params, headers=headers, cost=cost)

    def _current(self, refused: str = "") -> str:
        """A token other than `refused`; threads that need a new one at once share one request."""
        with self._lock:
            if self._token in ("", refused) or self._clock() >= self._ends:
                asked_at = self._clock()
                token, lifetime = self._request_token(self._transport, self._credentials)
                self._transport.keep_secret(token)
                self._token, self._ends = token, asked_at + max(0.0, lifetime - _RENEW_BEFORE)
            return self._token


def token_v1(transport: Transport, credentials: Credentials) -> tuple[str, float]:
    body = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    answer = _ask(lambda: transport.read("POST", "/v1/auth", json=body, cost=AUTH_COST))
    data = answer.data.get("data") if isinstance(answer.data, dict) else None
    return _token(data, "token")


def token_v2(transport: Transport, credentials: Credentials) -> tuple[str, float]:
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    answer = _ask(lambda: transport.read("POST", "/v2/auth/token", data=form, cost=AUTH_COST))
    return _token(answer.data, "access_token")


def _ask(request: Callable[[], Answer]) -> Answer:
    """A refused token call means wrong credentials, whatever 4xx says so."""
    try:
        return request()
    except (Unavailable, RateLimited, BadAnswer, EndpointNotFound):
        raise
    except RemoteError as error:
        if error.status is None:
            raise
        detail, status = error.detail, error.status
    if any(word in detail for word in _BRIEF_TROUBLE):
        raise Unavailable(VENDOR, detail, status=status)
    if "invalid_scope" in detail:
        raise Forbidden(VENDOR, detail, status=status)
    raise AuthFailed(VENDOR, detail, status=status)


def _token(data: Any, key: str) -> tuple[str, float]:
    token = text(data.get(key)) if isinstance(data, dict) else ""
    if not token:
        raise BadAnswer(VENDOR, "the token call was answered without a token")
    try:
        lifetime = whole(data.get("expires_in"), "expires_in")
    except ValueError:
        lifetime = None
    return token, float(lifetime or 0) or 3600.0


def refusal(answer: Answer) -> RemoteError:
    """The error that a 4xx means.

    A 404 counts for a record only in Personio's own error format, and not where it says that the
    endpoint was not found: an unreachable route must not look like a deletion.
    """
    detail = error_text(answer.data)
    if answer.status == 404 and (not detail or _names_a_route(detail)):
        shown = (detail or answer.text)[:MAX_DETAIL]
        return EndpointNotFound(VENDOR, shown, status=404)
    return standard_refusal(VENDOR, answer.status, detail or answer.text)


def error_text(data: Any) -> str:
    """The message in an error body of v1, v2 or the v2 token call; "" if it is none of them."""
    if not isinstance(data, dict):
        return ""
    error, errors = data.get("error"), data.get("errors")
    if isinstance(error, dict):
        return text(error.get("message"))
    if isinstance(error, str):
        return ": ".join(filter(None, (error, text(data.get("error_description")))))
    if isinstance(errors, list):
        parts = [_problem(item) for item in errors if isinstance(item, dict)]
        return "; ".join(filter(None, parts))
    return ""


def _problem(item: Mapping[str, Any]) -> str:
    return ": ".join(filter(None, (text(item.get("title")), text(item.get("detail")))))


def _names_a_route(detail: str) -> bool:
    lowered = detail.lower()
    return any(word in lowered for word in ("endpoint", "endpunkt", "route"))
