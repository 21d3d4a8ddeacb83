"""Errors in the API's two shapes, and the checks that raise them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

from sandbox.http import Call, Refusal, json_response

Json = dict[str, Any]
SCIM_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MESSAGES = {
    400: "Bad request.",
    401: "Authentication credentials were not provided or are wrong.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    405: "Method not allowed.",
    429: "Request was throttled.",
    501: "Not implemented.",
}


def scim_response(payload: Any, status: int = 200) -> Response:
    return json_response(payload, status, SCIM_TYPE)


def scim_error(status: int, detail: str = "", scim_type: str = "") -> Response:
    payload = {"schemas": [ERROR], "status": str(status)}
    if scim_type:
        payload["scimType"] = scim_type
    payload["detail"] = detail or MESSAGES.get(status, "Something went wrong.")
    return scim_response(payload, status)


def bad_scim(detail: str, scim_type: str = "invalidValue") -> Refusal:
    return Refusal(scim_error(400, detail, scim_type))


def detail(status: int, text: str = "") -> Response:
    return json_response({"detail": text or MESSAGES.get(status, "Something went wrong.")}, status)


def refusal(status: int, text: str = "") -> Refusal:
    return Refusal(detail(status, text))


def invalid(name: str, text: str) -> Refusal:
    """400 for one field."""
    return Refusal(json_response({name: [text]}, 400))


def body_of(call: Call) -> Json:
    """The JSON object sent to the REST API."""
    given = call.request.get_json(silent=True, force=True)
    if not isinstance(given, dict):
        raise refusal(400, "A JSON object is needed.")
    return given


def text(given: Json, name: str, longest: int = 255) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(name, "This field may not be blank.")
    if len(value) > longest:
        raise invalid(name, f"Ensure this field has no more than {longest} characters.")
    return value


def flag(given: Json, name: str) -> bool:
    value = given.get(name)
    if not isinstance(value, bool):
        raise invalid(name, "Must be a valid boolean.")
    return value


def number(given: Any, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise invalid(name, "A valid integer is required.")
    return given


def numbers(given: Json, name: str) -> list[int]:
    """Distinct integers in the order given."""
    values = given.get(name)
    if not isinstance(values, list):
        raise invalid(name, "Expected a list of items.")
    return list(dict.fromkeys(number(value, name) for value in values))


def page(call: Call, name: str, rows: Iterable[Any], *, total: bool = True) -> Response:
    """`offset` and `limit` (10 by default, 50 at most)."""
    offset, limit = window(call)
    found = [] if call.empty_list else list(rows)
    shown = found[:limit] if call.repeat_page else found[offset : offset + limit]
    if call.lose_row:
        shown = shown[:-1]
    payload: Json = {"offset": offset, "limit": limit}
    if total:
        payload["total"] = len(found)
    return json_response({**payload, name: shown})


def window(call: Call) -> tuple[int, int]:
    given = {}
    for name, default in (("offset", "0"), ("limit", "10")):
        value = call.request.args.get(name, default)
        if not value.isdecimal():
            raise invalid(name, "A valid integer is required.")
        given[name] = int(value)
    return given["offset"], min(50, given["limit"] or 10)
