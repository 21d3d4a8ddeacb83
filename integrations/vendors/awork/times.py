"""Time entries. They are only read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integrations.remote import BadAnswer, Page
from integrations.vendors.awork.access import Access, path_of, readable
from integrations.vendors.awork.decode import decode_entry, decode_time_setting
from integrations.vendors.awork.errors import VENDOR
from integrations.vendors.awork.filters import Condition, compare, guid
from integrations.vendors.awork.pages import Listing, row_id
from integrations.vendors.awork.records import TimeEntry, TimeSetting
from integrations.vendors.values import mapping

_ENTRIES = "/timeentries"


class TimeEntries:
    """Everybody's entries, also running, date-only and private ones.

    Lists go on after `cursor`, an opaque text of an earlier page of the same list.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self, cursor: str = "") -> Iterator[Page[TimeEntry]]:
        return self._access.walk(Listing(_ENTRIES), decode_entry, cursor)

    def changed(self, since: int, cursor: str = "") -> Iterator[Page[TimeEntry]]:
        """Those changed since a `resourceVersion`; see Access.changed."""
        return self._access.changed(Listing(_ENTRIES), decode_entry, since, cursor)

    def window(
        self, first: date, until: date | None = None, cursor: str = "", project_id: str = ""
    ) -> Iterator[Page[TimeEntry]]:
        """Entries that start from `first` on and before `until`, both UTC days.

        The local day of an entry may be the day before or after its UTC day.
        """
        where = _starting(first, until)
        if project_id:
            where &= compare("projectId", "eq", guid(project_id))
        return self._access.walk(Listing(_ENTRIES, where), decode_entry, cursor)

    def ids(self, first: date, until: date | None = None, cursor: str = "") -> Iterator[Page[str]]:
        """The ids of `window`, to find out which are gone. awork has no shorter answer for it."""
        listing = Listing(_ENTRIES, _starting(first, until), size=1000)
        return self._access.walk(listing, row_id, cursor)

    def one(self, id: str) -> TimeEntry:
        """Raises NotFound."""
        return self._access.one(path_of("/timeentries/{}", id), decode_entry)

    def settings(self) -> list[TimeSetting]:
        """The workspace's rules, such as `prevent-on-done-projects` (A9)."""
        rows = self._access.read("/timetracking/settings").data
        if not isinstance(rows, list):
            raise BadAnswer(VENDOR, "time tracking settings: not a list")
        return [readable(lambda one: decode_time_setting(mapping(one, "row")), row) for row in rows]


def _starting(first: date, until: date | None) -> Condition:
    after = compare("startDateUtc", "ge", first)
    return after & compare("startDateUtc", "lt", until) if until else after
