"""Absences of people; holidays of the whole company are not among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from integrations.remote import NotFound, Page, Rejected
from integrations.vendors.awork.access import Access, path_of
from integrations.vendors.awork.contract import NEW_ABSENCE_PAUSE
from integrations.vendors.awork.decode import decode_absence
from integrations.vendors.awork.errors import VENDOR
from integrations.vendors.awork.filters import starts_with
from integrations.vendors.awork.forms import (
    AbsenceChanges,
    AbsenceDraft,
    Row,
    absence_body,
    merged_absence,
)
from integrations.vendors.awork.pages import Listing
from integrations.vendors.awork.records import Absence

T = TypeVar("T")

_ABSENCES, _ABSENCE = "/absences", "/absences/{}"


class Absences:
    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self, cursor: str = "") -> Iterator[Page[Absence]]:
        """`cursor` is of an earlier page."""
        return self._access.walk(Listing(_ABSENCES), decode_absence, cursor)

    def marked(self, prefix: str) -> list[Absence]:
        """Those whose external provider begins with `prefix`."""
        where = starts_with("externalProvider", prefix)
        return self._access.found(Listing(_ABSENCES, where), decode_absence)

    def one(self, id: str) -> Absence:
        """Raises NotFound."""
        return self._access.one(path_of(_ABSENCE, id), decode_absence)

    def create(self, draft: AbsenceDraft) -> Absence:
        """Raises Rejected, and sends nothing, for days that leave nothing."""
        body = _writable(lambda: absence_body(draft))
        return self._access.create(_ABSENCES, body, decode_absence)

    def update(self, id: str, changes: AbsenceChanges, expected: str = "") -> Absence:
        """Raises Stale when the absence is not at version `expected` any more."""
        try:
            return self._update(id, changes, expected)
        except NotFound:
            self._access.clock.sleep(NEW_ABSENCE_PAUSE)
        return self._update(id, changes, expected)

    def _update(self, id: str, changes: AbsenceChanges, expected: str) -> Absence:
        def merge(row: Row) -> tuple[Row, Row]:
            return _writable(lambda: merged_absence(row, changes))

        return self._access.update(path_of(_ABSENCE, id), merge, decode_absence, expected)

    def delete(self, id: str) -> None:
        """An absence that does not exist is deleted already."""
        try:
            self._access.send("DELETE", path_of(_ABSENCE, id))
        except NotFound:
            return


def _writable(make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        detail = str(error)
    raise Rejected(VENDOR, detail)
