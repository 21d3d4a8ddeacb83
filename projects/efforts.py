"""Hours of people on tasks: equal shares and values of their own (A4). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from integrations.vendors.awork.records import Assignee
from integrations.vendors.hellohq.project_records import Assignment
from projects.words import EVEN, PERSON

MINUTE = 60
Effort = str | int
"""EVEN, or seconds of their own."""


def whole_minutes(seconds: int | None) -> int:
    """A target or effort as it is compared; no value counts as 0."""
    return round((seconds or 0) / MINUTE) * MINUTE


def equal_share(target: int, people: int) -> int:
    """Seconds of one of `people` people, in whole minutes."""
    return round(target / people / MINUTE) * MINUTE if people else 0


def hours_of(assignments: Sequence[Assignment]) -> dict[str, int | None]:
    """Seconds by helloHQ user; None where one has a percentage, which says nothing of hours."""
    found: dict[str, list[int | None]] = defaultdict(list)
    for one in assignments:
        if one.user_id:
            found[one.user_id].append(one.planned_seconds)
    return {
        user: None if None in parts else sum(part or 0 for part in parts)
        for user, parts in found.items()
    }


def hq_people(
    assignments: Sequence[Assignment],
    target: int,
    able: Collection[str],
    agreed: Mapping[str, object],
) -> dict[str, Effort]:
    """The people on a helloHQ task as fields: an equal share, to the minute, is EVEN, and so is
    everybody's where nobody was given any hours. Hours that are `agreed` stay what they are, even
    if another target makes them an equal share."""
    hours = hours_of(assignments)
    target = target if any(hours.values()) else 0

    def effort(user: str, seconds: int | None) -> Effort:
        minutes = whole_minutes(seconds)
        settled = seconds is not None and agreed.get(PERSON + user) == minutes
        even = not settled and is_even(seconds, target, len(hours))
        return EVEN if even else minutes

    return {PERSON + user: effort(user, s) for user, s in hours.items() if user in able}


def is_even(seconds: int | None, target: int, people: int) -> bool:
    return seconds is None or abs(seconds - target / people) < MINUTE


def awork_people(
    assignees: Sequence[Assignee], hq_ids: Mapping[str, str], able: Collection[str]
) -> dict[str, Effort]:
    """The people on an awork task as fields, by helloHQ user."""
    return {
        PERSON + user: EVEN if one.is_distributed else whole_minutes(one.planned_seconds)
        for one in assignees
        if (user := hq_ids.get(one.user_id)) and user in able
    }


def people_in(fields: Mapping[str, object]) -> dict[str, Effort]:
    """Efforts by helloHQ user of a task's fields, without those who are not on it."""
    return {
        name.removeprefix(PERSON): value
        for name, value in fields.items()
        if name.startswith(PERSON) and isinstance(value, str | int) and value != ""
    }
