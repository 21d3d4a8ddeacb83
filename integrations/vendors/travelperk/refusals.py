"""What TravelPerk's refusals mean."""

from __future__ import annotations

import re
from typing import Any

from integrations.remote import EndpointNotFound, Rejected, RemoteError
from integrations.vendors.answers import MAX_DETAIL, Answer, standard_refusal
from integrations.vendors.travelperk.scim import ERROR
from integrations.vendors.values import text

VENDOR = "travelperk"

_PERSONAL = re.compile(
    r"\S*@\S*"  # an e-mail address, and what is written round it
    r"|\b\d{4}[-/]\d{1,2}[-/]\d{1,2}\b"  # a date
    r"|\+?\d[\d ()/-]{6,}\d"  # a phone number
)


class AlreadyExists(Rejected):
    """Another record has this user name, external id or name (409)."""


def refusal(answer: Answer) -> RemoteError:
    """The error that a 4xx means: decided by its status, and by `scimType` if there is one.

    A 404 without a JSON body is about the path. The text is shown without personal data.
    """
    detail = masked(error_text(answer.data) or answer.text)[:MAX_DETAIL]
    if answer.status == 409 or (answer.status == 400 and _scim_type(answer.data) == "uniqueness"):
        return AlreadyExists(VENDOR, detail, status=answer.status)
    if answer.status == 404 and not isinstance(answer.data, dict):
        return EndpointNotFound(VENDOR, detail, status=404)
    return standard_refusal(VENDOR, answer.status, detail)


def masked(detail: str) -> str:
    """Without e-mail addresses, dates and phone numbers, which error texts like to repeat."""
    return _PERSONAL.sub("…", detail)


def error_text(data: Any) -> str:
    """The message of a SCIM error, or of REST: `{"detail": …}` or messages by field."""
    if not isinstance(data, dict):
        return text(data)
    if _is_scim(data):
        parts = [_scim_type(data), text(data.get("detail"))]
        return ": ".join(filter(None, parts))
    for key in ("detail", "message", "error"):
        if text(data.get(key)):
            return text(data[key])
    return "; ".join(_by_field(name, found) for name, found in data.items())


def _by_field(name: str, found: Any) -> str:
    messages = found if isinstance(found, list) else [found]
    return f"{name}: {' '.join(filter(None, map(text, messages)))}"


def _scim_type(data: Any) -> str:
    return text(data.get("scimType")) if isinstance(data, dict) and _is_scim(data) else ""


def _is_scim(data: dict[str, Any]) -> bool:
    schemas = data.get("schemas")
    return isinstance(schemas, list) and ERROR in schemas
