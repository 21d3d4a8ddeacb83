"""Reading and writing helloHQ's entity sets: lists, single rows, replacements, deletions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from integrations.remote import (
    BadAnswer,
    EndpointNotFound,
    Locked,
    NotFound,
    OutcomeUnknown,
    Page,
    Rejected,
)
from integrations.vendors.hellohq import odata
from integrations.vendors.hellohq.decode import row_id
from integrations.vendors.hellohq.odata import VENDOR
from integrations.vendors.hellohq.units import utc
from integrations.vendors.http import Transport
from integrations.vendors.lists import decode_all
from integrations.vendors.updates import check_version
from integrations.vendors.values import ident, stamp, utc_text

T = TypeVar("T")
Row = Mapping[str, Any]

TOP = 500
OVERLAP = timedelta(minutes=2)
"""Re-read with the changes: a stamp may be given before its change becomes visible."""

_UNFILTERED = "all "


def number(id: str) -> int:
    """An id as helloHQ writes it. Raises Rejected for what is none."""
    if not id.isdecimal():
        raise Rejected(VENDOR, "not an id of helloHQ")
    return int(id)


class EntitySets:
    """Raises RemoteErrors. `options` are OData's query options."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, path: str, query: str = "") -> Any:
        return self._transport.read("GET", path, params=query or None).data

    def pages(
        self,
        path: str,
        decode: Callable[[Any], T],
        cursor: str = "",
        *,
        options: Row | None = None,
        where: Mapping[str, str] | None = None,
    ) -> Iterator[Page[T]]:
        """A list in the order of its ids.

        `where` holds ids by field; rows with other ones are a BadAnswer (a filter ignored).
        """
        wanted = {name: number(id) for name, id in (where or {}).items()}
        terms = [f"{name} eq {id}" for name, id in wanted.items()]
        chosen = {"$orderby": "Id", **(options or {})}
        if terms:
            filters = filter(None, [" and ".join(terms), chosen.get("$filter", "")])
            chosen["$filter"] = " and ".join(filters)
        checked = _checking(decode, wanted)
        return odata.pages(
            lambda query: self.get(path, query), chosen, TOP, row_id, checked, cursor
        )

    def changed(
        self,
        path: str,
        decode: Callable[[Any], T],
        since: str,
        cursor: str = "",
        *,
        options: Row | None = None,
        where: Mapping[str, str] | None = None,
        stamped: str = "UpdatedOn",
    ) -> Iterator[Page[T]]:
        """What changed since a UTC time, and in the two minutes before it; "" is everything.

        Everything, too, where helloHQ refuses to filter by the time.
        """
        begun = bool(cursor)
        if since and not cursor.startswith(_UNFILTERED):
            after = utc_text(utc(since).replace(microsecond=0) - OVERLAP)
            newer = {"$filter": f"{stamped} gt {after}", "$orderby": f"{stamped},Id"}
            try:
                for page in self.pages(
                    path, decode, cursor, options={**(options or {}), **newer}, where=where
                ):
                    begun = True
                    yield page
                return
            except Rejected as error:
                if begun or error.status != 400 or isinstance(error, Locked):
                    raise
        rest = cursor.removeprefix(_UNFILTERED)
        for page in self.pages(path, decode, rest, options=options, where=where):
            yield replace(page, cursor=page.cursor and _UNFILTERED * bool(since) + page.cursor)

    def all(self, path: str, decode: Callable[[Any], T], options: Row | None = None) -> list[T]:
        """A short list. Raises BadAnswer if one of its records cannot be read."""
        found: list[T] = []
        for page in self.pages(path, decode, options=options):
            if page.malformed:
                raise BadAnswer(VENDOR, f"{path}: {page.malformed[0].detail}")
            found += page.records
        return found

    def row(self, path: str, id: str, options: Row | None = None) -> Row:
        """A single record of a set.

        Raises NotFound when helloHQ says that it is missing, or says nothing and does not list
        it; EndpointNotFound when it is listed and cannot be read alone.
        """
        try:
            query = odata.query(options or {})
            return odata.object_of(self.get(f"{path}({number(id)})", query))
        except NotFound as error:
            said = error.detail
        if not said and self.is_listed(path, id):
            raise EndpointNotFound(VENDOR, "a listed record cannot be read", status=404)
        raise NotFound(VENDOR, said or f"{path}({id})", status=404)

    def is_listed(self, path: str, id: str) -> bool:
        query = odata.query({"$filter": f"Id eq {number(id)}", "$top": "1"})
        rows, _ = odata.rows_of(self.get(path, query))
        found = decode_all(VENDOR, rows, row_id, row_id).ids
        if found not in ([], [id]):
            raise BadAnswer(VENDOR, "the filter by Id was ignored")
        return bool(found)

    def create(self, path: str, body: Row, sent: Row, decode: Callable[[Any], T]) -> T:
        """Create a record with one request; fields that the answer leaves out are as in `sent`."""
        answer = self._transport.write("POST", path, json=body).data
        try:
            return decode({**sent, **odata.object_of(answer)})
        except (ValueError, OverflowError, BadAnswer) as error:
            detail = str(error)
        raise OutcomeUnknown(VENDOR, f"created, but the answer is unusable: {detail}")

    def act(self, path: str, body: Any = None) -> None:
        self._transport.write("POST", path, json=body)

    def update(
        self,
        path: str,
        read: Callable[[], Row],
        change: Callable[[Row], Row],
        decode: Callable[[Any], T],
        expected: str = "",
    ) -> T:
        """Read, merge, PUT the whole record. Sends nothing when nothing changes.

        Raises Stale when `expected` is not the `UpdatedOn` that was read, and Rejected, without
        sending, when `change` finds a value that cannot be written (ValueError).
        """
        row = read()
        check_version(VENDOR, expected, stamp(row.get("UpdatedOn")))
        before = _own_fields(row)
        try:
            after = {**before, **change(row)}
        except ValueError as error:
            raise Rejected(VENDOR, str(error)) from None
        if after == before:
            return readable(decode, row)
        answer = self._transport.write("PUT", path, json=after).data
        merged = {**after, **odata.object_of(answer)} if answer else read()
        try:
            return decode(merged)
        except (ValueError, OverflowError) as error:
            detail = str(error)
        raise OutcomeUnknown(VENDOR, f"written, but the answer is unusable: {detail}")

    def delete(self, path: str, set_path: str, id: str) -> None:
        """Delete a record, with one unsafe request. One that does not exist is deleted already.

        A 404 that does not say that the record is missing is checked against the list.
        """
        try:
            self._transport.write("DELETE", f"{path}({number(id)})")
            return
        except NotFound as error:
            said = error.detail
        if not said and self.is_listed(set_path, id):
            raise EndpointNotFound(VENDOR, "a listed record cannot be deleted", status=404)


def readable(decode: Callable[[Any], T], row: Row) -> T:
    try:
        return decode(row)
    except (ValueError, OverflowError) as error:
        detail = str(error)
    raise BadAnswer(VENDOR, detail)


def _own_fields(row: Row) -> dict[str, Any]:
    """What belongs to the record itself: no annotations, no related records."""
    return {
        name: value
        for name, value in row.items()
        if "@" not in name and not isinstance(value, dict | list)
    }


def _checking(decode: Callable[[Any], T], wanted: Mapping[str, int]) -> Callable[[Any], T]:
    def checked(row: Any) -> T:
        for name, id in wanted.items():
            if ident(row.get(name), name) != str(id):
                raise BadAnswer(VENDOR, f"the filter by {name} was ignored")
        return decode(row)

    return checked
