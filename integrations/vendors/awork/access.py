"""One connection to awork: single rows, lists, and writes with their outcome checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    EndpointNotFound,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Page,
)
from integrations.vendors.answers import Answer
from integrations.vendors.awork.codec import version_of
from integrations.vendors.awork.contract import (
    COLLISION_TRIES,
    TIME_ORDER,
    TIME_OVERLAP,
    VERSION_ORDER,
    VERSION_OVERLAP,
    version_time,
)
from integrations.vendors.awork.errors import (
    VENDOR,
    Collision,
    FilterRefused,
    Unauthorized,
    check_outcome,
)
from integrations.vendors.awork.filters import Condition, compare, guid
from integrations.vendors.awork.pages import Listing, Row, pages, row_id
from integrations.vendors.http import Clock, Transport
from integrations.vendors.lists import decode_all
from integrations.vendors.updates import check_version

T = TypeVar("T")

ROOT = "/api/v1"
_BY_TIME = "t"
_STAMPS = {"createdOn", "updatedOn", "resourceVersion"}


def path_of(template: str, *ids: str) -> str:
    """A path with ids filled in. Raises Rejected for what is no id."""
    return template.format(*(guid(id) for id in ids))


class Access:
    """What the parts of the client share. Raises RemoteErrors."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport, self.clock = transport, clock

    def keep_secret(self, secret: str) -> None:
        """A value that no error text may show."""
        self._transport.keep_secret(secret)

    def read(self, path: str, query: str = "") -> Answer:
        try:
            return self._transport.read("GET", ROOT + path, params=query or None)
        except Unauthorized as error:
            unclear = error
        raise self._settled(unclear)

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """One unsafe request."""
        try:
            return self._transport.write(method, ROOT + path, json=body)
        except Unauthorized as error:
            unclear = error
        raise self._settled(unclear)

    def _settled(self, error: Unauthorized) -> AuthFailed | Forbidden:
        """A bad token is refused everywhere, a missing permission not by `/me`."""
        try:
            self._transport.read("GET", f"{ROOT}/me")
        except (AuthFailed, Forbidden):
            return AuthFailed(VENDOR, error.detail, status=401)
        return Forbidden(VENDOR, error.detail, status=401)

    def row(self, path: str) -> Row:
        """A single record as awork holds it. Raises NotFound."""
        data = self.read(path).data
        if not isinstance(data, dict):
            raise BadAnswer(VENDOR, f"{path}: not an object")
        return data

    def one(self, path: str, decode: Callable[[Any], T]) -> T:
        return readable(decode, self.row(path))

    def walk(
        self,
        listing: Listing,
        decode: Callable[[Any], T],
        cursor: str = "",
        *,
        of_record: bool = False,
    ) -> Iterator[Page[T]]:
        """A list; one that belongs to no record cannot be missing itself (EndpointNotFound)."""
        fetch = self.read if of_record else self._collection
        return pages(lambda query: fetch(listing.path, query), listing, decode, cursor)

    def _collection(self, path: str, query: str) -> Answer:
        try:
            return self.read(path, query)
        except NotFound as error:
            detail = error.detail
        raise EndpointNotFound(VENDOR, detail, status=404)

    def changed(
        self,
        listing: Listing,
        decode: Callable[[Any], T],
        since: int,
        cursor: str = "",
    ) -> Iterator[Page[T]]:
        """What changed since a `resourceVersion`, and some that changed shortly before it.

        By `updatedOn` where awork refuses to filter by version. 0 reads everything.
        """
        if since <= 0:
            yield from self.walk(listing, decode, cursor)
            return
        begun = bool(cursor)
        if not cursor.startswith(_BY_TIME):
            try:
                for page in self.walk(_since_version(listing, since), decode, cursor):
                    begun = True
                    yield page
                return
            except FilterRefused:
                if begun:
                    raise
        for page in self.walk(_since_time(listing, since), decode, cursor[1:]):
            yield replace(page, cursor=page.cursor and _BY_TIME + page.cursor)

    def found(
        self, listing: Listing, decode: Callable[[Any], T], *, of_record: bool = False
    ) -> list[T]:
        """The few records that a condition selects; selected here where awork refuses it."""
        where = listing.where
        try:
            rows = self._rows(listing, of_record)
        except FilterRefused:
            everything = self._rows(replace(listing, where=None), of_record)
            rows = [row for row in everything if not where or where.holds(row)]
        return [readable(decode, row) for row in rows]

    def _rows(self, listing: Listing, of_record: bool) -> list[Row]:
        pages = self.walk(listing, dict[str, Any], of_record=of_record)
        return [row for page in pages for row in page.records]

    def everything(self, path: str, decode: Callable[[Any], T], query: str = "") -> list[T]:
        """A list without paging. Raises BadAnswer if one of its records cannot be read."""
        data = self._collection(path, query).data
        if not isinstance(data, list):
            raise BadAnswer(VENDOR, f"{path}: not a list")
        batch = decode_all(VENDOR, data, row_id, decode)
        if batch.malformed:
            raise BadAnswer(VENDOR, f"{path}: {batch.malformed[0].detail}")
        return batch.records

    def create(self, path: str, body: Row, decode: Callable[[Any], T]) -> T:
        """Create one record with one request."""
        return answered(decode, body, self.send("POST", path, body).data)

    def update(
        self,
        path: str,
        merge: Callable[[Row], tuple[Row, Row]],
        decode: Callable[[Any], T],
        expected: str = "",
        read: Callable[[], Row] | None = None,
    ) -> T:
        """Read, merge, PUT. `merge` gives the form as read and as it shall be.

        Sends nothing when both are equal. Raises Stale when `expected` is not the version that
        was read. A collision, which did nothing, is repeated from the reading on.
        """
        for left in reversed(range(COLLISION_TRIES)):
            row = read() if read else self.row(path)
            check_version(VENDOR, expected, readable(version_of, row))
            before, after = merge(row)
            if before == after:
                return readable(decode, row)
            try:
                return answered(decode, {**row, **after}, self.send("PUT", path, after).data)
            except Collision:
                if not left:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def operate(self, path: str, body: Any, id: str) -> None:
        """A business operation on one record; a 207 is read for what it says about `id`."""
        check_outcome(self.send("POST", path, body), id.lower())


def readable(decode: Callable[[Any], T], row: Row) -> T:
    try:
        return decode(row)
    except (ValueError, OverflowError) as error:
        detail = str(error)
    raise BadAnswer(VENDOR, detail)


def answered(decode: Callable[[Any], T], sent: Mapping[str, Any], data: Any) -> T:
    """The record in the answer to a write. Raises OutcomeUnknown for an unusable answer.

    A whole record, recognised by its stamps, leaves out what is empty; an answer that is less
    is completed with what was sent.
    """
    try:
        row_id(data)
        return decode(data if _STAMPS & data.keys() else {**sent, **data})
    except (ValueError, OverflowError) as error:
        detail = str(error)
    raise OutcomeUnknown(VENDOR, f"written, but the answer is unusable: {detail}")


def _since_version(listing: Listing, version: int) -> Listing:
    newer = compare("resourceVersion", "gt", max(0, version - VERSION_OVERLAP))
    return replace(listing, where=_both(listing.where, newer), order=VERSION_ORDER)


def _since_time(listing: Listing, version: int) -> Listing:
    newer = compare("updatedOn", "ge", version_time(version) - TIME_OVERLAP)
    return replace(listing, where=_both(listing.where, newer), order=TIME_ORDER)


def _both(one: Condition | None, other: Condition) -> Condition:
    return one & other if one else other
