"""One HTTP request on the wire; whatever goes wrong becomes a value, not an exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
)

from integrations.remote import (
    REQUEST_TIMEOUT,
    AddressRefused,
    BadAnswer,
    RemoteError,
    Unavailable,
)
from integrations.vendors.address import PrivateAddressError, adapter

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = REQUEST_TIMEOUT - CONNECT_TIMEOUT
MAX_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024

Params = str | Mapping[str, str] | Sequence[tuple[str, str]]


class Request(NamedTuple):
    method: str
    path: str
    params: Params | None
    json: Any
    data: Mapping[str, str] | None
    headers: Mapping[str, str] | None


class Lost(NamedTuple):
    """No usable answer. `sent`: the request may have reached the remote."""

    error: type[RemoteError]
    detail: str
    sent: bool = True
    again: bool = True


class Raw(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """A pooled session. Times out after REQUEST_TIMEOUT seconds, connecting and reading."""

    def __init__(
        self, headers: Mapping[str, str], monotonic: Callable[[], float], *, allow_private: bool
    ) -> None:
        self._session = _session(headers, allow_private=allow_private)
        self._monotonic = monotonic

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, url: str) -> Raw | Lost:
        """One request on the wire; every failure of it becomes a value.

        Not raised from within the handlers: a library's exception carries the request with its
        credentials, and would hang on ours as its context.
        """
        until = self._monotonic() + REQUEST_TIMEOUT
        try:
            response = self._session.request(
                request.method,
                url,
                params=request.params,
                json=request.json,
                data=request.data,
                headers=dict(request.headers or {}),
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            )
        except PrivateAddressError:
            return Lost(AddressRefused, "a private address", sent=False, again=False)
        except requests.RequestException as error:
            return _lost_before_answer(error)
        with response:
            return self._body(response, until)

    def _body(self, response: requests.Response, until: float) -> Raw | Lost:
        """Read the body up to MAX_ANSWER bytes and until the request's time is over."""
        body = bytearray()
        try:
            while chunk := self._chunk(response, until):
                body += chunk
                if len(body) > MAX_ANSWER:
                    return Lost(BadAnswer, "the answer is too large", again=False)
        except (ReadTimeoutError, TimeoutError):
            return Lost(Unavailable, "the answer took too long")
        except (HTTPError, OSError):
            return Lost(BadAnswer, "the answer was cut off")
        return Raw(response.status_code, response.headers, bytes(body))

    def _chunk(self, response: requests.Response, until: float) -> bytes:
        left = until - self._monotonic()
        if left <= 0:
            raise TimeoutError
        sock = getattr(getattr(response.raw, "connection", None), "sock", None)
        if sock is not None:
            sock.settimeout(min(left, READ_TIMEOUT))
        chunk: bytes = response.raw.read1(_CHUNK, decode_content=True)
        return chunk


def _session(headers: Mapping[str, str], *, allow_private: bool) -> requests.Session:
    """A session without shared state: no cookies, no netrc, no proxy from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "application/json", **headers})
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter(allow_private=allow_private))
    return session


def _lost_before_answer(error: requests.RequestException) -> Lost:
    if isinstance(error, requests.exceptions.SSLError):
        return Lost(Unavailable, "no trusted TLS connection", sent=False, again=False)
    if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
        return Lost(Unavailable, "no connection", sent=False)
    if isinstance(error, requests.Timeout):
        return Lost(Unavailable, "no answer in time")
    if isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return Lost(Unavailable, "the connection was lost")
    return Lost(Unavailable, f"the request failed ({type(error).__name__})", again=False)


def _never_connected(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return isinstance(cause, (NewConnectionError, ConnectTimeoutError))
