"""Absences. Everything raises AworkError."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.awork.answers import AworkError, invalid, missing
from sandbox.awork.forms import flag, read_form, text
from sandbox.awork.moments import parse_moment
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row

FORM = {
    "userId": text(),
    "description": text(1000),
    "externalProvider": text(100),
    "isHalfDayOnStart": flag(False),
    "isHalfDayOnEnd": flag(False),
}


def find_absence(state: AworkState, id: Any) -> Row:
    row = state.absences.get(id)
    if row is None:
        raise missing("absence")
    return row


def _form(state: AworkState, given: Any) -> Row:
    form = read_form(given, FORM)
    if not form["userId"]:
        raise invalid("UserId", "'UserId' must not be empty.")
    if form["userId"] not in state.users:
        raise missing("user")
    first = parse_moment("startOn", given.get("startOn"))
    last = parse_moment("endOn", given.get("endOn") or given.get("startOn"))
    if last.date() < first.date():
        raise AworkError("date-dependency", "The end must not be before the start.")
    return {**form, **rounded(first, last, form)}


def rounded(first: datetime, last: datetime, form: Row) -> Row:
    """Bounds at midnight, noon or the last second of a day, UTC. On a single day the first flag
    means its first half, on several days the afternoon of the first one."""
    single = first.date() == last.date()
    on_start, on_end = form["isHalfDayOnStart"], form["isHalfDayOnEnd"]
    late_start = on_end and not on_start if single else on_start
    early_end = on_start and not on_end if single else on_end
    return {
        "startOn": f"{first:%Y-%m-%d}T{'12' if late_start else '00'}:00:00Z",
        "endOn": f"{last:%Y-%m-%d}T{'12:00:00' if early_end else '23:59:59'}Z",
    }


def create_absence(state: AworkState, by: str, given: Any) -> Row:
    row = state.born(_form(state, given), by)
    state.absences.add(row)
    state.emit("absence_added", row, by)
    return row


def put_absence(state: AworkState, by: str, id: str, given: Any) -> Row:
    """The whole form: what is left out is cleared."""
    row = find_absence(state, id)
    form = _form(state, given)
    changes = [(n[0].upper() + n[1:], row.get(n), v) for n, v in form.items() if row.get(n) != v]
    state.absences.update(row, form)
    state.touch(row, by)
    state.emit("absence_updated", row, by, changes)
    return row


def delete_absence(state: AworkState, by: str, id: str) -> None:
    row = find_absence(state, id)
    state.absences.remove(id)
    state.tick()
    state.emit("absence_deleted", row, by, deleted=True)
