"""awork's refusals as errors, and the outcome of its operations on many ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.remote import (
    AuthFailed,
    EndpointNotFound,
    Forbidden,
    Locked,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    Unavailable,
)
from integrations.vendors.answers import MAX_DETAIL, Answer, standard_refusal
from integrations.vendors.awork.contract import COLLISION, FILTER_REFUSED
from integrations.vendors.values import text

VENDOR = "awork"

TRACE_HEADERS = ("Trace-Id", "X-Edge-Ref")
"""What awork's support asks for when something failed."""

_EXPIRED = re.compile(r"token (has )?expired|expired token|invalid[ _]token", re.IGNORECASE)
_PERMISSION = re.compile(r"permission|not allowed|admin|insufficient", re.IGNORECASE)


class Unauthorized(AuthFailed):
    """A 401 that may mean a bad token or a missing permission; `GET /me` tells them apart."""


class Collision(Rejected):
    """Another request changed the record at the same moment. Nothing was done."""


class FilterRefused(Rejected):
    """awork does not understand this filter or order."""


_BY_CODE: Mapping[str, type[RemoteError]] = {
    COLLISION: Collision,
    FILTER_REFUSED: FilterRefused,
    "entity-archived": Locked,
    "insufficient-subscription-level": Forbidden,
}


def refusal(answer: Answer) -> RemoteError:
    """The error that a 4xx means, with awork's code, its explanation and the trace id."""
    body = _error_body(answer.data)
    detail = _detail(answer, body)
    kind = _kind(answer, body)
    if kind is None:
        return standard_refusal(VENDOR, answer.status, detail)
    return kind(VENDOR, detail, status=answer.status)


def _kind(answer: Answer, body: Mapping[str, Any]) -> type[RemoteError] | None:
    if answer.status == 401:
        return _unauthorized(f"{_words(body)} {answer.text}")
    if answer.status == 403 and not body:  # the edge, not awork: no word on permissions
        return Unavailable
    if answer.status == 404 and not body:
        return EndpointNotFound
    return _BY_CODE.get(text(body.get("code")))


def _unauthorized(said: str) -> type[RemoteError]:
    if _EXPIRED.search(said):
        return AuthFailed
    return Forbidden if _PERMISSION.search(said) else Unauthorized


def _error_body(data: Any) -> Mapping[str, Any]:
    """The object with `code` and `description`, bare or inside `message`; {} if there is none."""
    if not isinstance(data, dict):
        return {}
    inner = data.get("message")
    found = inner if isinstance(inner, dict) else data
    return found if {"code", "description", "message"} & found.keys() else {}


def _detail(answer: Answer, body: Mapping[str, Any]) -> str:
    trace, edge = (text(answer.headers.get(name)) for name in TRACE_HEADERS)
    ids = {TRACE_HEADERS[0]: trace or text(body.get("traceId")), TRACE_HEADERS[1]: edge}
    refs = [f"{name} {id}" for name, id in ids.items() if id]
    suffix = f" [{', '.join(refs)}]"[:100] if refs else ""
    said = _words(body) or answer.text
    return said[: MAX_DETAIL - len(suffix)] + suffix


def _words(body: Mapping[str, Any]) -> str:
    parts = [text(body.get(key)) for key in ("code", "description", "message")]
    return ": ".join(dict.fromkeys(filter(None, [*parts, *_more(body)])))


def _more(body: Mapping[str, Any]) -> Iterator[str]:
    details, invalid = body.get("details"), body.get("validationErrors")
    yield from (text(one) for one in (details if isinstance(details, list) else []))
    for one in invalid if isinstance(invalid, list) else []:
        if isinstance(one, dict):
            yield f"{text(one.get('property'))} {text(one.get('message'))}".strip()


_FAILED: Mapping[str, type[RemoteError]] = {
    "notFound": NotFound,
    "unauthorized": Forbidden,
    "badRequest": Rejected,
}


def check_outcome(answer: Answer, id: str) -> None:
    """Raise what a 207 says about one id: 2xx alone is no success.

    NotFound, Forbidden or Rejected; OutcomeUnknown when it does not name the id.
    """
    if answer.status != 207:
        return
    groups = answer.data if isinstance(answer.data, dict) else {}
    for name, kind in _FAILED.items():
        if id in _ids(groups.get(name)):
            raise kind(VENDOR, f"{name} {id}", status=207)
    if id not in _ids(groups.get("ok")):
        raise OutcomeUnknown(VENDOR, f"no word on {id}", status=207)


def _ids(group: Any) -> set[str]:
    found = group.get("ids") if isinstance(group, dict) else None
    return {text(id).lower() for id in found} if isinstance(found, list) else set()
