"""What awork's documentation leaves open, and what this client assumes instead.

Everything here is a guess that a real workspace may prove wrong; nothing else in this package is.
Each one says what it rests on: a public client, staff, a conclusion, or nothing at all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SYSTEM_ACTOR = "01010001-0000-0000-0000-111111111111"
"""Seen as `updatedBy` of what automations changed; never us."""

STABLE_ORDER = "id asc"
"""Paging is by offset, so the order must not move while a list is read; that ids can be ordered
by is concluded from the generic rule."""

VERSION_ORDER, TIME_ORDER = "resourceVersion asc", "updatedOn asc"

TIME_OVERLAP = timedelta(minutes=5)
"""Re-read by `updatedOn` where a filter by `resourceVersion` (literal `…L`) is refused."""

VERSION_OVERLAP = 30 * 10_000_000
"""Ticks re-read by `resourceVersion`: a stamp may be given before its change becomes visible."""

FILTER_REFUSED = "invalid-filter-or-order"

COLLISION, COLLISION_TRIES = "concurrency-violation", 3
"""Answered with 400 when two requests meet: nothing was done, so read, merge and PUT again."""

TEMPLATE_WAIT = 60.0
"""Seconds until the lists and tasks of a project's template exist at the latest."""

TEMPLATE_PAUSE = 1.0
"""Seconds before the first look whether they are there."""

NEW_ABSENCE_PAUSE = 1.0
"""Seconds. A new absence was once unknown to its PUT; one repetition after a pause."""

_FIRST_TICK = datetime(1, 1, 1, tzinfo=UTC)


def version_time(version: int) -> datetime:
    """When a `resourceVersion` was given: .NET ticks, as recorded pairs show."""
    return _FIRST_TICK + timedelta(microseconds=version // 10)


def version_at(at: datetime) -> int:
    """The inverse: the `resourceVersion` that was given at a time, to the microsecond."""
    return (at - _FIRST_TICK) // timedelta(microseconds=1) * 10


def distributed(planned_seconds: int, people: int) -> list[int]:
    """A task's value split among the people without one of their own; the first gets the rest."""
    if not people:
        return []
    share, rest = divmod(planned_seconds, people)
    return [share + rest, *[share] * (people - 1)]
