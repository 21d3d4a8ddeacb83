"""Reading awork's lists to their proven end: `page` and `pageSize`, and the totals in headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from integrations.remote import BadAnswer, InconsistentList, Page
from integrations.vendors.answers import Answer
from integrations.vendors.awork.contract import STABLE_ORDER
from integrations.vendors.awork.errors import VENDOR, FilterRefused
from integrations.vendors.awork.filters import Condition
from integrations.vendors.lists import decode_all
from integrations.vendors.values import ident, mapping, whole

T = TypeVar("T")
Row = Mapping[str, Any]
Fetch = Callable[[str], Answer]

PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of awork. `where` narrows it, and every row that comes is checked against it."""

    path: str
    where: Condition | None = None
    order: str = STABLE_ORDER
    size: int = PAGE_SIZE
    options: tuple[tuple[str, str], ...] = ()

    def query(self, page: int) -> str:
        """Both `page` and `pageSize`: the documentation contradicts itself about the default."""
        pairs = [("page", str(page)), ("pageSize", str(self.size)), *self.options]
        if self.where:
            pairs.append(("filterby", self.where.text))
        if self.order:
            pairs.append(("orderby", self.order))
        return urlencode(pairs, quote_via=quote, safe="(),/:'")


class _Position(NamedTuple):
    """The cursor of a page: the next page, distinct rows so far, and how many there are."""

    page: int = 1
    read: int = 0
    total: int | None = None

    def cursor(self) -> str:
        return f"{self.page}:{self.read}:{'' if self.total is None else self.total}"

    @classmethod
    def parse(cls, cursor: str) -> _Position:
        try:
            page, read, total = cursor.split(":")
            return cls(int(page), int(read), int(total) if total else None)
        except ValueError:
            raise InconsistentList(VENDOR, "not a cursor of this list") from None


class _Reply(NamedTuple):
    rows: Sequence[Any]
    page: int | None
    size: int | None
    total: int | None


def row_id(row: Any) -> str:
    return ident(mapping(row, "row").get("id"), "id").lower()


def pages(
    fetch: Fetch,
    listing: Listing,
    decode: Callable[[Any], T],
    cursor: str = "",
    identify: Callable[[Any], str] = row_id,
) -> Iterator[Page[T]]:
    """The pages of a list.

    It ends when as many distinct ids came as `aw-totalitems` announced; where nothing is
    announced, with an empty page or one that is shorter than `aw-pagesize`. Raises
    InconsistentList when an id comes twice, the total changes or rows are missing in the end, and
    BadAnswer for rows that the filter should have left out.
    """
    at = _Position.parse(cursor) if cursor else _Position()
    known: set[str] = set()
    while True:
        reply = _parsed(_fetched(fetch, listing, at.page))
        _check(listing, at, reply)
        batch = decode_all(VENDOR, reply.rows, identify, decode)
        if len(batch.ids) != len(reply.rows) or known.intersection(batch.ids):
            raise InconsistentList(VENDOR, f"{listing.path}: an id comes twice")
        known.update(batch.ids)
        at, done = _advance(listing, at, reply)
        after = "" if done else at.cursor()
        yield Page(tuple(batch.records), after, at.total, tuple(batch.malformed))
        if done:
            return


def _fetched(fetch: Fetch, listing: Listing, page: int) -> Answer:
    """One page; in awork's own order where it refuses ours, which is a guess."""
    try:
        return fetch(listing.query(page))
    except FilterRefused:
        if listing.order != STABLE_ORDER:
            raise
    return fetch(replace(listing, order="").query(page))


def _parsed(answer: Answer) -> _Reply:
    if not isinstance(answer.data, list):
        raise BadAnswer(VENDOR, "not a list", status=answer.status)
    names = ("aw-page", "aw-pagesize", "aw-totalitems")
    try:
        return _Reply(answer.data, *(whole(answer.headers.get(name), name) for name in names))
    except ValueError as error:
        raise BadAnswer(VENDOR, str(error)) from None


def _check(listing: Listing, at: _Position, reply: _Reply) -> None:
    if reply.page not in (None, at.page):
        raise InconsistentList(VENDOR, f"{listing.path}: page {reply.page} instead of {at.page}")
    if listing.where and not all(listing.where.holds(row) for row in reply.rows):
        raise BadAnswer(VENDOR, f"{listing.path}: the filter was ignored")


def _advance(listing: Listing, at: _Position, reply: _Reply) -> tuple[_Position, bool]:
    """Where to go on, and whether the list is complete."""
    if None not in (at.total, reply.total) and at.total != reply.total:
        raise InconsistentList(VENDOR, f"{listing.path}: the total changed")
    total = at.total if reply.total is None else reply.total
    read = at.read + len(reply.rows)
    if total is not None and (read > total or (not reply.rows and read < total)):
        raise InconsistentList(VENDOR, f"{listing.path}: {read} of {total} rows")
    short = not reply.rows or (reply.size is not None and len(reply.rows) < reply.size)
    return _Position(at.page + 1, read, total), short if total is None else read == total
