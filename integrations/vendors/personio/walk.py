"""Reading the lists of API v1 to their proven end.

Every list counts its `offset` in its own way, and for one of them nobody knows which. So the end
is not what a page says about itself, but that as many distinct ids came as `total_elements`
announced; where no total is announced, that nothing new comes any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from integrations.remote import BadAnswer, InconsistentList, Page
from integrations.vendors.lists import Batch, decode_all
from integrations.vendors.personio.access import VENDOR
from integrations.vendors.values import whole

T = TypeVar("T")

PAGES = "pages"  # offset is a page number, from 1
RECORDS = "records"  # offset counts records, from 0
UNVERIFIED = "unverified"  # either of them
_TRY_RECORDS, _TRY_PAGES = "records?", "pages?"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of API v1.

    `first_page` is what the first page calls itself in `current_page`, None where that is not
    known. `bare`: usually without metadata; a server that ignores `offset` there has delivered
    the whole list at once.
    """

    path: str
    limit: int
    scheme: str
    params: tuple[tuple[str, str], ...] = ()
    first_page: int | None = None
    bare: bool = False
    cost: int = 1


class Position(NamedTuple):
    """Where to read on: the cursor of a page, as text and back.

    `distinct` ids came before, the last page of them with the checksum `digest`.
    """

    scheme: str
    offset: int
    distinct: int = 0
    total: int | None = None
    digest: int = 0

    def cursor(self) -> str:
        return ":".join("" if part is None else str(part) for part in self)

    @classmethod
    def parse(cls, cursor: str) -> Position:
        try:
            scheme, offset, distinct, total, digest = cursor.split(":")
            known = int(total) if total else None
            return cls(scheme, int(offset), int(distinct), known, int(digest))
        except ValueError:
            raise InconsistentList(VENDOR, "not a cursor of this list") from None


class _Reply(NamedTuple):
    items: Sequence[Any]
    total: int | None
    current_page: int | None
    total_pages: int | None


@dataclass(frozen=True, slots=True)
class Walk(Generic[T]):
    """One list. `fetch` gets the query parameters and answers the JSON object."""

    listing: Listing
    fetch: Callable[[Sequence[tuple[str, str]]], Mapping[str, Any]]
    identify: Callable[[Any], str]
    decode: Callable[[Any], T]

    def pages(self, cursor: str = "") -> Iterator[Page[T]]:
        """Pages from `cursor` on; records that came twice only once.

        Raises InconsistentList, BadAnswer and what `fetch` raises; ends only when the list is
        complete.
        """
        at: Position | None = Position.parse(cursor) if cursor else self._start()
        known: set[str] = set()
        while at is not None:
            reply = self._reply(at)
            batch = decode_all(VENDOR, reply.items, self.identify, self.decode)
            fresh = Batch() if _digest(batch.ids) == at.digest else batch.without(known)
            known.update(batch.ids)
            following = self._following(at, reply, batch.ids, len(fresh.ids))
            if fresh.ids or following is None:
                after = following.cursor() if following else ""
                yield Page(tuple(fresh.records), after, reply.total, tuple(fresh.malformed))
            at = following

    def _start(self) -> Position:
        return Position(self.listing.scheme, 1 if self.listing.scheme == PAGES else 0)

    def _reply(self, at: Position) -> _Reply:
        params = [*self.listing.params, ("limit", str(self.listing.limit))]
        if at.scheme != UNVERIFIED:
            params.append(("offset", str(at.offset)))
        body = self.fetch(params)
        try:
            return _parsed(body)
        except ValueError as error:
            raise BadAnswer(VENDOR, f"{self.listing.path}: {error}") from None

    def _following(
        self, at: Position, reply: _Reply, ids: Sequence[str], fresh: int
    ) -> Position | None:
        """The next position, or None when the list is complete. Raises InconsistentList."""
        if None not in (at.total, reply.total) and at.total != reply.total:
            raise InconsistentList(VENDOR, f"{self.listing.path}: the total changed")
        total = at.total if reply.total is None else reply.total
        if not fresh:
            return self._after_nothing_new(at, total, repeats=bool(ids))
        count = at.distinct + fresh
        if total is not None and count > total:
            raise InconsistentList(VENDOR, f"{self.listing.path}: {count} of {total} records")
        if count == total or (total is None and self._last_by_pages(reply)):
            return None
        scheme, offset = _advance(at, len(reply.items))
        return Position(scheme, offset, count, total, _digest(ids))

    def _after_nothing_new(
        self, at: Position, total: int | None, *, repeats: bool
    ) -> Position | None:
        if at.distinct == total:
            return None
        if at.scheme == _TRY_RECORDS:
            return at._replace(scheme=_TRY_PAGES, offset=2, total=total)
        ignored = self.listing.bare or at.scheme == _TRY_PAGES
        if total is None and (not repeats or ignored):
            return None
        what = "a page repeats" if repeats else f"{at.distinct} of {total} records"
        raise InconsistentList(VENDOR, f"{self.listing.path}: {what}")

    def _last_by_pages(self, reply: _Reply) -> bool:
        if reply.total_pages is None:
            return False
        if self.listing.first_page is None or reply.current_page is None:
            return reply.total_pages <= 1
        return reply.current_page - self.listing.first_page + 1 >= reply.total_pages


def _advance(at: Position, items: int) -> tuple[str, int]:
    if at.scheme in (PAGES, _TRY_PAGES):
        return PAGES, at.offset + 1
    scheme = _TRY_RECORDS if at.scheme == UNVERIFIED else RECORDS
    return scheme, at.offset + items


def _parsed(body: Mapping[str, Any]) -> _Reply:
    """Raises ValueError for a body that is no list."""
    items, metadata = body.get("data"), body.get("metadata") or {}
    if body.get("success") is False or not isinstance(items, list):
        raise ValueError("not a list")
    if not isinstance(metadata, dict):
        raise ValueError("metadata: not an object")
    names = ("total_elements", "current_page", "total_pages")
    return _Reply(items, *(whole(metadata.get(name), name) for name in names))


def _digest(ids: Sequence[str]) -> int:
    """A checksum of a page's ids; 0 for none."""
    return zlib.crc32("\n".join(ids).encode())
