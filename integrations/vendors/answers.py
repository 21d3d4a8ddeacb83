"""What a remote answered, and which error a refusal is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.remote import AuthFailed, Forbidden, NotFound, Rejected, RemoteError

MAX_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What the remote answered.

    `data` is the parsed JSON, None for an empty body (and for an error body that is no JSON).
    `text` is the beginning of an error body, free of secrets; "" for a success. Bodies hold
    personal data and are left out of the repr.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(default=None, repr=False)
    text: str = field(default="", repr=False)

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("Content-Type", "").lower()


Refusal = Callable[[Answer], RemoteError]


def standard_refusal(vendor: str, status: int, detail: str) -> RemoteError:
    """The error class of a 4xx status. `detail` is cut to MAX_DETAIL characters."""
    kinds: dict[int, type[RemoteError]] = {401: AuthFailed, 403: Forbidden, 404: NotFound}
    return kinds.get(status, Rejected)(vendor, detail[:MAX_DETAIL], status=status)


def is_json(headers: Mapping[str, str]) -> bool:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind in ("application/json", "text/json") or kind.endswith("+json")
