"""What the REST resources have in common: envelopes, ids and answers to writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from integrations.remote import (
    BadAnswer,
    EndpointNotFound,
    NotFound,
    OutcomeUnknown,
    Rejected,
)
from integrations.vendors.http import Transport
from integrations.vendors.lists import require_list
from integrations.vendors.travelperk.paging import PAGE, Listing, Rows, params, row_id, rows_of
from integrations.vendors.travelperk.refusals import VENDOR
from integrations.vendors.values import mapping

T = TypeVar("T")

log = logging.getLogger(__name__)


class Calls:
    """One of the two APIs behind its transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def listing(
        self, path: str, decode: Callable[[Any], T], filter: Mapping[str, str] | None = None
    ) -> Listing[T]:
        """A REST list; its rows are under the name of the resource."""
        name = path.rpartition("/")[2]

        def fetch(read: int) -> Rows:
            asked = params(filter or {}, offset=read, limit=PAGE)
            return rows_of(self.collection(path, asked), name, "total")

        return Listing(fetch, decode)

    def collection(self, path: str, asked: Mapping[str, str]) -> Any:
        """The JSON of a list. Here a 404 is about the path, whatever its body says."""
        try:
            return self._transport.read("GET", path, params=asked).data
        except NotFound as error:
            detail = error.detail
        raise EndpointNotFound(VENDOR, detail, status=404)

    def one(self, path: str, id: str, decode: Callable[[Any], T]) -> T:
        """Raises NotFound, or BadAnswer for what is not this record."""
        data = self._transport.read("GET", item(path, id)).data
        try:
            if row_id(data) == id:
                return decode(data)
            detail = "another record came than was asked for"
        except ValueError as error:
            detail = str(error)
        raise BadAnswer(VENDOR, f"{path}: {detail}")

    def create(self, path: str, body: Mapping[str, Any], decode: Callable[[Any], T]) -> T:
        """Exactly one request. Raises OutcomeUnknown if the answer does not show the record."""
        data = self._transport.write("POST", path, json=body).data
        try:
            return decode(mapping(data, "answer"))
        except ValueError as error:
            detail = f"created, but the answer is unusable: {error}"
        raise OutcomeUnknown(VENDOR, detail)

    def patch(self, path: str, id: str, body: Mapping[str, Any], decode: Callable[[Any], T]) -> T:
        """One request, none for an empty body. Returns the record as it is afterwards."""
        if not body:
            return self.one(path, id, decode)
        data = self._transport.write("PATCH", item(path, id), json=body).data
        return self._afterwards(data, path, id, decode)

    def replace_users(
        self, path: str, id: str, user_ids: Collection[str], decode: Callable[[Any], T]
    ) -> T:
        """Replace the whole set of members, with one request; whoever is left out is removed."""
        body = {"user_ids": sorted({number(user) for user in user_ids})}
        data = self._transport.write("PUT", f"{item(path, id)}/users", json=body).data
        return self._afterwards(data, path, id, decode)

    def _afterwards(self, data: Any, path: str, id: str, decode: Callable[[Any], T]) -> T:
        """The record in the answer; an answer without it is a success too, then it is read."""
        try:
            if isinstance(data, dict) and row_id(data) == id:
                return decode(data)
        except ValueError as error:
            log.info("%s: reading again after a write: %s", path, error)
        return self.one(path, id, decode)


def item(path: str, id: str) -> str:
    """Raises Rejected, and nothing is sent, for an id that would name another path."""
    if not id.strip() or id in (".", ".."):
        raise Rejected(VENDOR, "not an id of TravelPerk")
    return f"{path}/{quote(id, safe='')}"


def number(id: str) -> int:
    """A user's id as REST bodies hold it. Raises Rejected for one that is no number."""
    if not (id.isascii() and id.isdecimal()):
        raise Rejected(VENDOR, "not a user id of TravelPerk")
    return int(id)


def members(row: Mapping[str, Any]) -> list[str] | None:
    """The user ids of a record, None where it does not show its members."""
    users = row.get("users")
    return None if users is None else [row_id(user) for user in require_list(users)]
