"""awork's refusals."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.http import json_response

LINK = "https://developers.awork.com/"
DESCRIPTIONS = {
    "validation-failed": "The model sent in the request is invalid.",
    "not-found": "The entity was not found.",
    "unauthorized": "The request is not authorized.",
    "invalid-operation": "The operation is not allowed.",
    "invalid-filter-or-order": "The filter or order expression is invalid.",
    "date-dependency": "The start date must not be after the due date.",
    "deactivated-user": "The user is deactivated.",
    "already-exist-error": "The entity exists already.",
    "duplication-violation": "The entity exists already.",
    "concurrency-violation": "The entity was changed meanwhile.",
    "server-error": "An unexpected error occurred.",
}


class AworkError(ValueError):
    """A request that awork refuses; `problems` are (property, message)."""

    def __init__(
        self,
        code: str,
        text: str = "",
        status: int = 400,
        problems: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.code, self.status, self.problems = code, status, problems
        self.text = text or DESCRIPTIONS.get(code, code)
        super().__init__(self.text if not problems else f"{problems[0][0]}: {problems[0][1]}")


def invalid(property: str, message: str) -> AworkError:
    return AworkError("validation-failed", problems=((property, message),))


def missing(kind: str) -> AworkError:
    return AworkError("not-found", f"The {kind} was not found.", 404)


def forbidden_operation(text: str) -> AworkError:
    return AworkError("invalid-operation", text)


def error_response(error: AworkError, trace: str) -> Response:
    body: dict[str, Any] = {
        "code": error.code,
        "description": error.text,
        "link": LINK,
        "traceId": trace,
    }
    if error.problems:
        body["validationErrors"] = [{"property": p, "message": m} for p, m in error.problems]
    return json_response(body, error.status)
