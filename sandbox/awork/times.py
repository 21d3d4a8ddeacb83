"""Time entries and timers. Everything raises AworkError."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.awork.answers import forbidden_operation, invalid, missing
from sandbox.awork.forms import flag, number, read_form, text
from sandbox.awork.moments import parse_clock, parse_moment, written
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import find_project, find_task

LONGEST_NOTE = 1000
FORM = {
    "isBillable": flag(False),
    "isBilled": flag(False),
    "taskId": text(),
    "projectId": text(),
    "note": text(LONGEST_NOTE),
    "timezone": text(),
    "duration": number(None),
    "typeOfWorkId": text(),
    "userId": text(),
}
MOMENTS = [f"{edge}{part}{zone}" for edge in ("start", "end") for part in ("Date", "Time")
           for zone in ("Utc", "Local")]  # fmt: skip


def create_entry(state: AworkState, by: str, given: Any) -> Row:
    form = _form(state, given, None)
    if form["userId"] is None:
        raise invalid("UserId", "'UserId' must not be empty.")
    when = _when(given, form)
    return add_entry(state, by, {**form, **when, "breaks": [], "breakDuration": 0})


def add_entry(state: AworkState, by: str, row: Row) -> Row:
    state.times.add(state.born(row, by))
    _ripple(state, row)
    state.emit("timetracking_added", row, by)
    return row


def put_entry(state: AworkState, by: str, id: str, given: Any) -> Row:
    """The whole form: what is left out is cleared; breaks are kept."""
    row = find_entry(state, id)
    form = _form(state, given, row)
    form |= _when(given, form, row["breakDuration"])
    changes = [(n[0].upper() + n[1:], row.get(n), v) for n, v in form.items() if row.get(n) != v]
    _ripple(state, row)
    state.times.update(row, form)
    state.touch(row, by)
    _ripple(state, row)
    state.emit("timetracking_updated", row, by, changes)
    return row


def delete_entry(state: AworkState, by: str, row: Row) -> None:
    state.times.remove(row["id"])
    state.tick()
    _ripple(state, row)
    state.emit("timetracking_deleted", row, by, deleted=True)


def change_entry(state: AworkState, by: str, row: Row, changes: Row) -> None:
    """One property by an operation of its own."""
    listed = [(n[0].upper() + n[1:], row.get(n), v) for n, v in changes.items()]
    state.times.update(row, changes)
    if not row["isBillable"]:
        row["isBilled"] = False
    state.touch(row, by)
    state.emit("timetracking_updated", row, by, listed)


def find_entry(state: AworkState, id: Any) -> Row:
    row = state.times.get(id)
    if row is None:
        raise missing("time entry")
    return row


def _ripple(state: AworkState, row: Row) -> None:
    """The task's tracked duration changed."""
    task = state.tasks.get(row.get("taskId"))
    if task:
        state.bump(task)


def _form(state: AworkState, given: Any, old: Row | None) -> Row:
    form = read_form(given, FORM)
    for name in ("timezone", "typeOfWorkId"):
        if not form[name]:
            raise invalid(name[0].upper() + name[1:], f"'{name}' must not be empty.")
    zone_of(form["timezone"])
    form["userId"] = form["userId"] or (old["userId"] if old else None)
    if form["typeOfWorkId"] not in state.types_of_work:
        raise missing("type of work")
    if form["userId"] and form["userId"] not in state.users:
        raise missing("user")
    if form["taskId"]:
        task = find_task(state, form["taskId"])
        if form["projectId"] not in (None, task["projectId"]):
            raise forbidden_operation("The task does not belong to the project.")
        form["projectId"] = task["projectId"]
    elif form["projectId"]:
        find_project(state, form["projectId"])
    if form["isBilled"] and not form["isBillable"]:
        raise forbidden_operation("An entry that is not billable cannot be billed.")
    return form


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid("Timezone", f"'{name}' is not a time zone.") from None


def _when(given: Row, form: Row, pause: int = 0) -> Row:
    """Start, end and duration from the UTC or the local group of properties."""
    sent = {n: given[n] for n in MOMENTS if given.get(n) is not None}
    groups = {name[-3:] for name in sent}
    if len(groups) > 1:
        raise invalid("StartDateUtc", "Either the UTC or the local properties may be used.")
    group = "Local" if groups == {"cal"} else "Utc"
    zone = zone_of(form["timezone"]) if group == "Local" else UTC
    start, start_has_time = _edge(sent, "start", group, zone)
    end, end_has_time = _edge(sent, "end", group, zone)
    duration = form["duration"]
    if start and not start_has_time and not end_has_time:
        if not duration:
            raise invalid("Duration", "'Duration' is needed for an entry without times.")
        return date_only(start.date().isoformat(), duration)
    if start and end:
        duration = int((end - start).total_seconds()) - pause
        if duration < 0:
            raise invalid("EndDateUtc", "The end must not be before the start.")
    elif start is None and end and duration is not None:
        start = end - timedelta(seconds=duration + pause)
    elif start is None or duration is None:
        raise invalid("StartDateUtc", "A start and an end or a duration are needed.")
    return span(start, duration, form["timezone"], pause)


def _edge(sent: Row, edge: str, group: str, zone: Any) -> tuple[datetime | None, bool]:
    """The moment, and whether a time of day was given with it."""
    date_name, time_name = f"{edge}Date{group}", f"{edge}Time{group}"
    if date_name not in sent:
        return None, False
    moment = parse_moment(date_name, sent[date_name])
    has_time = time_name in sent or moment.time() != moment.time().min
    if time_name in sent:
        moment = datetime.combine(moment.date(), parse_clock(time_name, sent[time_name]))
    return moment.replace(tzinfo=zone).astimezone(UTC) if has_time else moment, has_time


def date_only(day: str, duration: int) -> Row:
    nothing = dict.fromkeys(MOMENTS)
    local = f"{day}T00:00:00"
    return {**nothing, "startDateUtc": f"{local}Z", "startDateLocal": local, "duration": duration}


def span(start: datetime, duration: int, timezone: str, pause: int = 0) -> Row:
    """The split properties of an entry; one of duration 0 is running and has no end."""
    zone = ZoneInfo(timezone)
    row: Row = {**dict.fromkeys(MOMENTS), "duration": duration}
    ends = [("start", start)]
    if duration:
        ends.append(("end", start + timedelta(seconds=duration + pause)))
    for edge, moment in ends:
        for name, there in (("Utc", moment.astimezone(UTC)), ("Local", moment.astimezone(zone))):
            day, _, clock = there.isoformat(timespec="seconds").partition("T")
            row[f"{edge}Date{name}"] = f"{day}T00:00:00{'Z' if name == 'Utc' else ''}"
            row[f"{edge}Time{name}"] = clock[:8]
    return row


def start_of(row: Row) -> datetime:
    """The instant at which an entry begins; midnight UTC of a date-only one."""
    clock = row["startTimeUtc"] or "00:00:00"
    return datetime.fromisoformat(f"{row['startDateUtc'][:10]}T{clock}+00:00")


# -- timers


def running_of(state: AworkState, user_id: str) -> Row | None:
    entries = state.times.where("userId", user_id)
    return next((e for e in entries if e["duration"] == 0 and e["startTimeUtc"]), None)


def start_timer(state: AworkState, by: str, user_id: str, given: Any) -> Row:
    """One timer per user: one that runs is stopped."""
    if user_id not in state.users:
        raise missing("user")
    stop_timer(state, by, user_id)
    form = _form(state, {**(given or {}), "userId": user_id}, None)
    when = span(state.clock.now(), 0, form["timezone"])
    return add_entry(state, by, {**form, **when, "breaks": [], "breakDuration": 0})


def stop_timer(state: AworkState, by: str, user_id: str) -> Row | None:
    """The stopped entry, at least a second long; None if none was running."""
    row = running_of(state, user_id)
    if row is None:
        return None
    _end_break(state, row)
    passed = int((state.clock.now() - start_of(row)).total_seconds())
    duration = max(1, passed - row["breakDuration"])
    row.update(span(start_of(row), duration, row["timezone"], row["breakDuration"]))
    state.touch(row, by)
    _ripple(state, row)
    state.emit("timetracking_updated", row, by)
    return row


def pause_timer(state: AworkState, by: str, user_id: str, *, resume: bool) -> Row | None:
    row = running_of(state, user_id)
    if row is None:
        return None
    open_break = row["breaks"] and "endDate" not in row["breaks"][-1]
    if resume:
        _end_break(state, row)
    elif not open_break:
        row["breaks"] = [*row["breaks"], {"startDate": written(state.clock.now())}]
    state.touch(row, by)
    state.emit("timetracking_updated", row, by)
    return row


def _end_break(state: AworkState, row: Row) -> None:
    if not row["breaks"] or "endDate" in row["breaks"][-1]:
        return
    last = row["breaks"][-1]
    now = state.clock.now()
    row["breaks"] = [*row["breaks"][:-1], {**last, "endDate": written(now)}]
    began = parse_moment("startDate", last["startDate"])
    row["breakDuration"] += int((now - began).total_seconds())
