"""OData as helloHQ speaks it: queries, pages, and its error bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from integrations.remote import (
    BadAnswer,
    EndpointNotFound,
    InconsistentList,
    Locked,
    NotFound,
    Page,
    RemoteError,
)
from integrations.vendors.answers import MAX_DETAIL, Answer, standard_refusal
from integrations.vendors.lists import decode_all
from integrations.vendors.values import mapping, text, whole

T = TypeVar("T")

VENDOR = "hellohq"
MAX_TOP = 1000
_PLAIN = "$(),/=:'"

_LOCKED = re.compile(
    r"\b(approved|billed|closed|locked"
    r"|genehmigt\w*|angenommen\w*|abgerechnet\w*|abgeschlossen\w*|gesperrt\w*)\b",
    re.IGNORECASE,
)
_ROUTE = re.compile(r"no http resource|no (type|route|action) was found|endpoint|\broute\b", re.I)


def query(options: Mapping[str, str]) -> str:
    """A query string: blanks as %20, `+` and `&` in values encoded, `$` and OData's signs plain."""
    pairs = ((quote(name, safe="$"), quote(value, safe=_PLAIN)) for name, value in options.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


class _Position(NamedTuple):
    """The cursor of a page: rows read so far, and how many there are (None: not said)."""

    skip: int
    total: int | None

    def cursor(self) -> str:
        return f"{self.skip}:{'' if self.total is None else self.total}"

    @classmethod
    def parse(cls, cursor: str) -> _Position:
        try:
            skip, total = cursor.split(":")
            return cls(int(skip), int(total) if total else None)
        except ValueError:
            raise InconsistentList(VENDOR, "not a cursor of this list") from None


def pages(
    fetch: Callable[[str], Any],
    options: Mapping[str, str],
    top: int,
    identify: Callable[[Any], str],
    decode: Callable[[Any], T],
    cursor: str = "",
) -> Iterator[Page[T]]:
    """The pages of a list, by `$skip`.

    `fetch` gets a query string and answers the JSON. The end is reached when `@odata.count` rows
    were read or, where there is no count, with an empty page; a short page means nothing. Raises
    InconsistentList when an id comes twice, the count changes, or rows are missing in the end.
    """
    at = _Position.parse(cursor) if cursor else _Position(0, None)
    known: set[str] = set()
    while True:
        paging = {"$count": "true", "$top": str(min(top, MAX_TOP)), "$skip": str(at.skip)}
        rows, total = rows_of(fetch(query({**options, **paging})))
        batch = decode_all(VENDOR, rows, identify, decode)
        if len(batch.ids) != len(rows) or known.intersection(batch.ids):
            raise InconsistentList(VENDOR, "an id comes twice")
        known.update(batch.ids)
        at, done = _advance(at, len(rows), total)
        yield Page(tuple(batch.records), "" if done else at.cursor(), total, tuple(batch.malformed))
        if done:
            return


def _advance(at: _Position, rows: int, total: int | None) -> tuple[_Position, bool]:
    """Where to go on, and whether the list is complete."""
    if None not in (at.total, total) and at.total != total:
        raise InconsistentList(VENDOR, "the count changed while the list was read")
    total = at.total if total is None else total
    read = at.skip + rows
    if total is not None and (read > total or (not rows and read < total)):
        raise InconsistentList(VENDOR, f"{read} of {total} rows")
    return _Position(read, total), (not rows if total is None else read == total)


def rows_of(data: Any) -> tuple[Sequence[Any], int | None]:
    """The rows and the count of a list, in OData's envelope or bare. Raises BadAnswer."""
    if isinstance(data, list):
        return data, None
    rows = data.get("value") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise BadAnswer(VENDOR, "not a list")
    try:
        return rows, whole(data.get("@odata.count"), "@odata.count")
    except ValueError as error:
        raise BadAnswer(VENDOR, str(error)) from None


def object_of(data: Any) -> Mapping[str, Any]:
    """A single object, bare or as the only row of a list. Raises BadAnswer."""
    rows = data.get("value") if isinstance(data, dict) else data
    found = rows[0] if isinstance(rows, list) and len(rows) == 1 else data
    try:
        return mapping(found, "answer")
    except ValueError as error:
        raise BadAnswer(VENDOR, str(error)) from None


def refusal(answer: Answer) -> RemoteError:
    """The error that a 4xx means.

    A 404 that does not say what was not found (empty, plain text) is a NotFound without detail:
    the caller has to make sure. A page of HTML, or a text about routes, is no word on a record.
    """
    detail = error_text(answer.data)
    shown = (detail or answer.text)[:MAX_DETAIL]
    if answer.status == 404 and (answer.is_html or _ROUTE.search(shown)):
        return EndpointNotFound(VENDOR, shown, status=404)
    if answer.status == 404:
        return NotFound(VENDOR, detail[:MAX_DETAIL], status=404)
    if answer.status == 400 and _LOCKED.search(shown):
        return Locked(VENDOR, shown, status=400)
    return standard_refusal(VENDOR, answer.status, shown)


def error_text(data: Any) -> str:
    """The message in an error body of OData, ASP.NET or RFC 7807; "" if it is none of them."""
    if not isinstance(data, dict):
        return text(data)
    if isinstance(data.get("error"), dict):
        return _odata_error(data["error"])
    if "Message" in data:
        parts = [text(data["Message"]), text(data.get("ExceptionMessage"))]
        return _joined([*parts, *_by_field(data.get("ModelState"))])
    parts = [text(data.get("title")), text(data.get("detail"))]
    return _joined([*parts, *_by_field(data.get("errors"))])


def _odata_error(error: Mapping[str, Any]) -> str:
    details = error.get("details")
    more = details if isinstance(details, list) else []
    messages = [text(item.get("message")) for item in more if isinstance(item, dict)]
    return _joined([text(error.get("message")), *messages])


def _by_field(value: Any) -> list[str]:
    """The messages of `{"Field": ["message", …]}`, with the field's name."""
    if not isinstance(value, dict):
        return []
    lists = ((name, found if isinstance(found, list) else [found]) for name, found in value.items())
    return [f"{name}: {text(message)}" for name, found in lists for message in found]


def _joined(parts: Sequence[str]) -> str:
    return " – ".join(dict.fromkeys(filter(None, parts)))
