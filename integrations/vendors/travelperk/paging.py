"""Lists by position, SCIM's (`startIndex`, `count`) and REST's (`offset`, `limit`).

Neither promises an order, and the pages are no snapshot. So a list is complete when as many
distinct ids came as the total says; without a total, when a page is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from integrations.remote import BadAnswer, InconsistentList, Page
from integrations.vendors.lists import decode_all
from integrations.vendors.travelperk.refusals import VENDOR
from integrations.vendors.values import ident, mapping, whole

T = TypeVar("T")

PAGE = 50
"""SCIM's published maximum; cost centers are read by 50 elsewhere, so it works there too."""


class Rows(NamedTuple):
    rows: Sequence[Any]
    total: int | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One list. `fetch` gets the number of rows to leave out and answers the next ones."""

    fetch: Callable[[int], Rows]
    decode: Callable[[Any], T]

    def pages(self, cursor: str = "") -> Iterator[Page[T]]:
        """Pages from `cursor` on. Advances by what was returned; a short page means nothing.

        Raises InconsistentList when an id comes twice, the total changes, or rows are missing in
        the end.
        """
        read, total = _parse(cursor)
        known: set[str] = set()
        done = False
        while not done:
            rows, said = self.fetch(read)
            batch = decode_all(VENDOR, rows, row_id, self.decode)
            if len(batch.ids) != len(rows) or known.intersection(batch.ids):
                raise InconsistentList(VENDOR, "an id comes twice")
            if None not in (total, said) and total != said:
                raise InconsistentList(VENDOR, "the total changed while the list was read")
            known.update(batch.ids)
            read, total = read + len(rows), total if said is None else said
            done = _is_complete(read, total, len(rows))
            after = "" if done else f"{read}:{'' if total is None else total}"
            yield Page(tuple(batch.records), after, total, tuple(batch.malformed))


def _is_complete(read: int, total: int | None, rows: int) -> bool:
    if total is not None and (read > total or (not rows and read < total)):
        raise InconsistentList(VENDOR, f"{read} of {total} rows")
    return not rows if total is None else read == total


def _parse(cursor: str) -> tuple[int, int | None]:
    try:
        read, _, total = cursor.partition(":")
        return int(read or 0), int(total) if total else None
    except ValueError:
        raise InconsistentList(VENDOR, "not a cursor of this list") from None


def row_id(row: Any) -> str:
    return ident(mapping(row, "row").get("id"), "id")


def rows_of(data: Any, name: str, total: str) -> Rows:
    """The rows under `name` and the count under `total` of a list's envelope.

    SCIM may leave out `Resources` where there are none. Raises BadAnswer.
    """
    envelope = data if isinstance(data, dict) else {}
    try:
        count = whole(envelope.get(total), total)
    except ValueError as error:
        raise BadAnswer(VENDOR, str(error)) from None
    rows = envelope.get(name)
    if rows is None and name == "Resources" and count is not None:
        rows = []
    if not isinstance(rows, list):
        raise BadAnswer(VENDOR, f"not a list of {name}")
    return Rows(rows, count)


def params(filter: Mapping[str, str], **paging: int) -> dict[str, str]:
    return {**filter, **{name: str(value) for name, value in paging.items()}}
