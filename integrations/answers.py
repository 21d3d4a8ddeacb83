"""What activation files are made of: strict models, and every error with its path and a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

T = TypeVar("T")
Path = tuple[str | int, ...]
ADDRESS_LENGTH = 200


class Answers(BaseModel):
    """A part of an activation file: no unknown keys, no guessed types, no secrets in errors."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """An error in an activation file. `code` is stable, `message` translated, never a secret."""

    path: Path
    code: str
    message: str

    @property
    def dotted(self) -> str:
        return ".".join(map(str, self.path))


class InvalidAnswersError(Exception):
    """Answers that cannot be accepted; holds every finding."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(dict.fromkeys(findings))
        super().__init__("\n".join(f"{one.dotted}: {one.message}" for one in self.findings))


def problem(code: str, message: str) -> PydanticCustomError:
    """To raise in a validator: one error at its place."""
    return PydanticCustomError("finding", "{message}", {"code": code, "message": message})


def findings_error(findings: Iterable[Finding]) -> PydanticCustomError:
    """To raise in a validator: several errors, their paths relative to its place."""
    found = list(findings)
    message = " ".join(one.message for one in found)
    return PydanticCustomError("findings", "{message}", {"findings": found, "message": message})


def read(adapter: TypeAdapter[T], raw: object, path: Path) -> T:
    """Raw JSON data as `adapter`'s type, strictly. Raises InvalidAnswersError."""
    try:
        return adapter.validate_json(json.dumps(raw))
    except ValidationError as error:
        raise InvalidAnswersError(findings(error, path)) from None


def findings(error: ValidationError, path: Path = ()) -> list[Finding]:
    """A pydantic error as findings below `path`."""
    details = error.errors(include_url=False, include_input=False)
    return [finding for detail in details for finding in _expand(detail, path)]


def _expand(detail: ErrorDetails, prefix: Path) -> list[Finding]:
    path = (*prefix, *(step for step in detail["loc"] if step != "[key]"))
    context = detail.get("ctx", {})
    if detail["type"] == "finding":
        return [Finding(path, context["code"], context["message"])]
    if detail["type"] == "findings":
        return [Finding((*path, *one.path), one.code, one.message) for one in context["findings"]]
    code, text = _meaning(detail["type"])
    allowed = str(context.get("expected", "")).replace(" or ", ", ")
    limits = [context[name] for name in ("ge", "gt", "le", "lt", "max_length") if name in context]
    return [Finding(path, code, str(text) % {"allowed": allowed, "limit": (limits or [""])[0]})]


_WRONG_TYPE: Mapping[str, Any] = {
    "string": gettext_lazy("Write a text in quotation marks."),
    "bool": gettext_lazy("Write true or false."),
    "int": gettext_lazy("Write a whole number, without quotation marks."),
    "float": gettext_lazy("Write a number, without quotation marks."),
    "dict": gettext_lazy("Write an object: { … }."),
    "model": gettext_lazy("Write an object: { … }."),
    "list": gettext_lazy("Write a list: [ … ]."),
    "tuple": gettext_lazy("Write a list: [ … ]."),
    "set": gettext_lazy("Write a list: [ … ]."),
    "frozen": gettext_lazy("Write a list: [ … ]."),
}
_TEXTS: Mapping[str, tuple[str, Any]] = {
    "missing": ("missing_key", gettext_lazy("This is missing.")),
    "extra_forbidden": ("unknown_key", gettext_lazy("This is not known; check its spelling.")),
    "too_short": ("empty", gettext_lazy("This must not be empty.")),
    "string_too_short": ("empty", gettext_lazy("This must not be empty.")),
    "too_long": ("too_long", gettext_lazy("This is too long; at most %(limit)s.")),
    "string_too_long": (
        "too_long",
        gettext_lazy("This is too long; at most %(limit)s characters."),
    ),
    "string_pattern_mismatch": ("not_allowed", gettext_lazy("This is not written correctly.")),
    "literal_error": ("not_allowed", gettext_lazy("Allowed are: %(allowed)s.")),
    "enum": ("not_allowed", gettext_lazy("Allowed are: %(allowed)s.")),
    "greater_than_equal": ("out_of_range", gettext_lazy("The least allowed is %(limit)s.")),
    "greater_than": ("out_of_range", gettext_lazy("It must be more than %(limit)s.")),
    "less_than_equal": ("out_of_range", gettext_lazy("The most allowed is %(limit)s.")),
    "less_than": ("out_of_range", gettext_lazy("It must be less than %(limit)s.")),
}
_DATE = ("invalid_date", gettext_lazy("Write an existing day as YYYY-MM-DD."))
_OTHER = ("invalid", gettext_lazy("This is not accepted."))


def _meaning(kind: str) -> tuple[str, Any]:
    """Code and text of a pydantic error type."""
    if kind in _TEXTS:
        return _TEXTS[kind]
    if kind.startswith("date"):
        return _DATE
    name = kind.partition("_")[0]
    if kind.endswith(("_type", "_parsing", "_from_float")) and name in _WRONG_TYPE:
        return "wrong_type", _WRONG_TYPE[name]
    return _OTHER


def check_address(url: str) -> str:
    """For AfterValidator: an https address without credentials, query or trailing slash.

    Plain http is for test servers: only where private addresses may be called.
    """
    schemes = ("https", "http") if settings.ALLOW_PRIVATE_ADDRESSES else ("https",)
    if len(url) > ADDRESS_LENGTH or not _is_plain_address(url, schemes):
        message = _(
            "Write an address without password and query that begins with %(schemes)s, "
            "for instance https://api.example.com."
        )
        raise problem("invalid_address", message % {"schemes": _(" or ").join(schemes)})
    return url.rstrip("/")


def _is_plain_address(url: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    extras = parts.username, parts.password, parts.query, parts.fragment
    return (
        parts.scheme in schemes
        and not any(extras)
        and bool(re.fullmatch(r"[\w.:-]+", host))
        and not re.search(r"\s", url)
    )
