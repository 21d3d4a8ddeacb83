"""The words that the engine and the vendor clients share: pages, errors and the write gate.

A leaf module. The engine and the vendors know it and not each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar

T = TypeVar("T")

REQUEST_TIMEOUT = 20.0
"""Seconds that one request may take, connect and read together. A killed client's request may
still commit at the remote within this time."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that the remote delivered and that cannot be read; the others of its page can."""

    id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    `cursor` says where to go on after it; "" marks the last page. `total` is what the remote
    says the whole list holds, or None where it does not say.
    """

    records: Sequence[T]
    cursor: str = ""
    total: int | None = None
    malformed: Sequence[Malformed] = field(default_factory=tuple)


class RemoteError(Exception):
    """A remote did not do what was asked. `detail` never holds a secret."""

    code: ClassVar[str] = "remote_error"
    outcome_unknown: ClassVar[bool] = False

    def __init__(self, vendor: str, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(f"{vendor}: {detail}" if detail else vendor)
        self.vendor = vendor
        self.detail = detail
        self.status = status


class AuthFailed(RemoteError):
    """The credentials are wrong, expired or revoked (after one renewal)."""

    code = "auth_failed"


class Forbidden(RemoteError):
    """The credentials are right and lack a scope or permission; `detail` names it if known."""

    code = "permission_missing"


class NotFound(RemoteError):
    """The remote says that this one record does not exist."""

    code = "not_found"


class EndpointNotFound(RemoteError):
    """The remote says that the route does not exist; it says nothing about any record."""

    code = "endpoint_not_found"


class Rejected(RemoteError):
    """The remote understood the request and refused it (400, 409, 422); repeating is useless."""

    code = "rejected_by_remote"


class Locked(Rejected):
    """Refused because the record is approved, billed or otherwise closed for edits."""

    code = "locked"


class RateLimited(RemoteError):
    """The remote asks to wait longer than a worker should sleep. `retry_after` in seconds."""

    code = "rate_limited"

    def __init__(self, vendor: str, detail: str = "", *, retry_after: float) -> None:
        super().__init__(vendor, detail, status=429)
        self.retry_after = retry_after


class Unavailable(RemoteError):
    """No answer that counts: refused connection, time-out of a safe request, 5xx, host unknown.

    The request had no effect, or it had none that matters (a safe request).
    """

    code = "remote_unavailable"


class OutcomeUnknown(RemoteError):
    """An unsafe request was sent and no usable answer came: it may have been carried out."""

    code = "outcome_unknown"
    outcome_unknown = True


class BadAnswer(RemoteError):
    """A read was answered with something that is no answer: HTML, cut-off JSON, a wrong shape."""

    code = "bad_answer"


class InconsistentList(RemoteError):
    """A list contradicts itself: its total does not match its ids, or a page or cursor repeats."""

    code = "inconsistent_list"


class AddressRefused(RemoteError):
    """The URL is not one that we call: a private address in production, or a foreign redirect."""

    code = "address_refused"


class WriteRefused(Exception):
    """An unsafe request outside the write gateway. A bug or a dry run; never a remote's doing."""


class Gate(Protocol):
    """What a vendor client asks before it sends an unsafe request."""

    def write(self, vendor: str) -> AbstractContextManager[None]:
        """Enter for the time of one unsafe request.

        Raises WriteRefused when no write is allowed here and now. The gate is closed unless the
        engine opened it: dry runs and previews hold no open gate.
        """


class ClosedGate:
    """The gate of everybody who only reads: tests of a connection, preflight, dry runs."""

    def write(self, vendor: str) -> AbstractContextManager[None]:
        raise WriteRefused(vendor)


class CallCounter(Protocol):
    """Told of every request that is sent, for the run's figures."""

    def __call__(self, vendor: str) -> None: ...
