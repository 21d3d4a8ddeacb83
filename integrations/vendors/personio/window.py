"""Cutting a list of absences to the days that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from integrations.remote import Page
from integrations.vendors.personio.records import Absence

LONGEST_LEAVE = timedelta(days=3 * 366)
"""Parental leave. An absence as long as this may begin or end outside the window and overlap it."""


def within(pages: Iterable[Page[Absence]], first: date, last: date) -> Iterator[Page[Absence]]:
    """The pages with only those absences that overlap first … last (inclusive).

    The remote's total counts the wider list and is left out.
    """
    for page in pages:
        kept = tuple(absence for absence in page.records if overlaps(absence, first, last))
        yield replace(page, records=kept, total=None)


def overlaps(absence: Absence, first: date, last: date) -> bool:
    return absence.first <= last and (absence.last is None or absence.last >= first)
