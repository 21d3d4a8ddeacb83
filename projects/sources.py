"""Lists as sources: how single answers become pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from integrations.engine.stream import Source
from integrations.remote import EndpointNotFound, Forbidden, NotFound, Page
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import Reporting
from integrations.vendors.hellohq.records import UserWithAbsences
from integrations.vendors.hellohq.reportings import Reportings

log = logging.getLogger(__name__)


def source(
    name: str, vendor: str, record: Any, pages: Callable[[str], Iterator[Page[Any]]]
) -> Source:
    return Source(name, vendor, record, pages, lambda one: one.id)


def once(read: Callable[[], Sequence[Any]]) -> Callable[[str], Iterator[Page[Any]]]:
    """A short list that comes as a whole."""

    def pages(cursor: str) -> Iterator[Page[Any]]:
        yield Page(read())

    return pages


def optional(read: Callable[[], Sequence[Any]]) -> Callable[[str], Iterator[Page[Any]]]:
    """A short list that helps and is not needed: a tenant that does not deliver it has none."""

    def pages(cursor: str) -> Iterator[Page[Any]]:
        try:
            yield Page(read())
        except (EndpointNotFound, NotFound, Forbidden) as error:
            log.info("helloHQ does not tell: %s", error)
            yield Page(())

    return pages


def unless_gone(read: Callable[[], Any]) -> Callable[[str], Iterator[Page[Any]]]:
    """One record; an empty list is the remote's word that it does not exist."""

    def pages(cursor: str) -> Iterator[Page[Any]]:
        try:
            yield Page([read()])
        except NotFound:
            yield Page(())

    return pages


def near(
    reportings: Reportings, first: date, project: str, cursor: str
) -> Iterator[Page[Reporting]]:
    return reportings.window(first, cursor, project_id=project)


def without_absences(hellohq: HelloHqClient, cursor: str) -> Iterator[Page[UserWithAbsences]]:
    """The active users, for a workspace whose absences are nobody's business."""
    for page in hellohq.users(False, cursor):
        users = [UserWithAbsences(one, []) for one in page.records]
        yield Page(users, page.cursor, page.total, page.malformed)
