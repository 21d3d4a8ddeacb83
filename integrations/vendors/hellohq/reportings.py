"""helloHQ's reportings: time spent on projects, which may get billed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

from integrations.remote import Locked, Page, Rejected
from integrations.vendors.hellohq.odata import VENDOR
from integrations.vendors.hellohq.project_decode import decode_reporting
from integrations.vendors.hellohq.project_records import (
    Reporting,
    ReportingChanges,
    ReportingDraft,
)
from integrations.vendors.hellohq.sets import EntitySets, number, readable
from integrations.vendors.hellohq.units import utc
from integrations.vendors.values import utc_text

T = TypeVar("T")

REPORTINGS = "/v1/UserReportings"

_CLOSED = re.compile(
    r"\b(done|finished|completed|invoiced|accepted|period"
    r"|erledigt\w*|fertig\w*|geschlossen\w*|verrechnet\w*|zeitraum\w*)\b",
    re.IGNORECASE,
)
"""Refusals of reportings that no document words: done tasks, closed projects and months, the
rolling reporting period."""


class Reportings:
    """Lists go on after `cursor`, an opaque text of an earlier page of the same list.

    Writes raise Locked when the reporting is approved or billed, or its task, project, month or
    period is closed.
    """

    def __init__(self, sets: EntitySets) -> None:
        self._sets = sets

    def changed(
        self, since: str = "", cursor: str = "", *, project_id: str = ""
    ) -> Iterator[Page[Reporting]]:
        """Those changed since a UTC time (see EntitySets.changed), all for ""."""
        where = {"ProjectId": project_id} if project_id else {}
        return self._sets.changed(REPORTINGS, decode_reporting, since, cursor, where=where)

    def of_project(self, project_id: str, cursor: str = "") -> Iterator[Page[Reporting]]:
        return self.changed(cursor=cursor, project_id=project_id)

    def window(
        self, first: date, cursor: str = "", *, project_id: str = ""
    ) -> Iterator[Page[Reporting]]:
        """Those that start from a UTC day on."""
        where = {"ProjectId": project_id} if project_id else {}
        options = {"$filter": f"StartOn ge {first.isoformat()}T00:00:00Z"}
        return self._sets.pages(REPORTINGS, decode_reporting, cursor, options=options, where=where)

    def equal_to(self, draft: ReportingDraft) -> list[Reporting]:
        """Those of the same person, project, task, start and duration, to look up a creation
        whose outcome is unknown."""
        start = _time(draft.start_on)
        where = {"UserId": draft.user_id, "ProjectId": draft.project_id}
        options = {"$filter": f"StartOn eq {start}"}
        pages = self._sets.pages(REPORTINGS, decode_reporting, options=options, where=where)
        found = [one for page in pages for one in page.records]
        same = (draft.task_id, start, draft.seconds)
        return [one for one in found if (one.task_id, one.start_on, one.seconds) == same]

    def exist_for(self, task_id: str) -> bool:
        """Whether any time was spent on a task."""
        pages = self._sets.pages(REPORTINGS, decode_reporting, where={"TaskId": task_id})
        return any(page.records or page.malformed for page in pages)

    def one(self, id: str) -> Reporting:
        """Raises NotFound."""
        return readable(decode_reporting, self._sets.row(REPORTINGS, id))

    def create(self, draft: ReportingDraft) -> Reporting:
        body = _body(draft)
        renamed = {"StartDate": "StartOn", "Description": "Note"}
        sent = {renamed.get(name, name): value for name, value in body.items()}
        sent["ProjectId"] = number(draft.project_id)
        path = f"/v1/Projects({number(draft.project_id)})/do.CreateReporting"
        return _locking(lambda: self._sets.create(path, body, sent, decode_reporting))

    def update(
        self, user_id: str, id: str, changes: ReportingChanges, expected: str = ""
    ) -> Reporting:
        """Raises Stale when the reporting is not at `expected` any more."""
        return _locking(
            lambda: self._sets.update(
                f"{_of_user(user_id)}({number(id)})",
                lambda: self._sets.row(REPORTINGS, id),
                lambda row: _changed(readable(decode_reporting, row), changes),
                decode_reporting,
                expected,
            )
        )

    def delete(self, user_id: str, id: str) -> None:
        """One that does not exist is deleted already."""
        _locking(lambda: self._sets.delete(_of_user(user_id), REPORTINGS, id))


def _of_user(user_id: str) -> str:
    return f"/v1/Users({number(user_id)})/Reportings"


def _body(draft: ReportingDraft) -> dict[str, Any]:
    given = {
        "TaskId": number(draft.task_id) if draft.task_id else None,
        "Description": draft.note or None,
        "IsApproved": draft.is_approved,
    }
    fixed = {
        "UserId": number(draft.user_id),
        "StartDate": _time(draft.start_on),
        "Duration": draft.seconds,
    }
    return {**fixed, **{name: value for name, value in given.items() if value is not None}}


def _changed(before: Reporting, changes: ReportingChanges) -> dict[str, Any]:
    """The fields of the row that differ."""
    names = {
        "project_id": "ProjectId",
        "task_id": "TaskId",
        "start_on": "StartOn",
        "seconds": "Duration",
        "note": "Note",
        "is_approved": "IsApproved",
    }
    differing = {
        key: value
        for key, value in changes.items()
        if (_time(str(value)) if key == "start_on" else value) != getattr(before, key)
    }
    return {names[key]: _written(key, value) for key, value in differing.items()}


def _written(key: str, value: Any) -> Any:
    if key in ("project_id", "task_id"):
        return number(value) if value else None
    return _time(value) if key == "start_on" else value


def _time(at: str) -> str:
    """Raises Rejected for what is no time."""
    try:
        return utc_text(utc(at))
    except ValueError as error:
        detail = str(error)
    raise Rejected(VENDOR, detail)


def _locking(send: Callable[[], T]) -> T:
    try:
        return send()
    except Rejected as error:
        if type(error) is not Rejected or error.status != 400 or not _CLOSED.search(error.detail):
            raise
        detail = error.detail
    raise Locked(VENDOR, detail, status=400)
