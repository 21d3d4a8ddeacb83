"""Time entries as tests name them, and the two ways in which they are carried over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.projects.conftest import Agency, writes
from tests.projects.systems import ANNA

Carry = Callable[[], object]
WAYS = ["sync", "poll"]
Booked = tuple[int, str, str, int, str, bool]
FROM = "2026-06-01"
START, LATER = "2026-06-16T09:00", "2026-06-16T12:00"
BOOKED: Booked = (ANNA, "Startseite", "2026-06-16T07:00", 90, "Layout", True)


def carrier(agency: Agency, way: str) -> Carry:
    """Carries over what happened: as the command does, or the next poll."""

    def carry() -> object:
        agency.wait(seconds=30)
        if way == "poll":
            return agency.polled()
        done = agency.sync()
        assert done.exit in (0, 1), done  # 1: something was refused
        return done

    return carry


def quiet(agency: Agency) -> None:
    """Neither another poll nor another sync finds anything to do (I4)."""
    for way in WAYS:
        with agency.watched() as seen:
            carrier(agency, way)()
        assert (writes(seen), agency.history()) == ([], []), way


def codes(agency: Agency) -> list[str]:
    """Of all open problems."""
    return sorted(code for found in agency.problems().values() for code in found)


# -- times -----------------------------------------------------------------------------------


def begin(agency: Agency, **answers: Any) -> Agency:
    """Synced once and polled once, so that nothing is read any more without a reason."""
    agency.activate(time_entries_start_date=FROM, **answers)
    agency.synced()
    agency.polled()
    return agency


def booked(agency: Agency) -> list[Booked]:
    """All reportings: person, task, start in UTC, minutes, note, acceptance."""
    return sorted(
        (
            row["UserId"] - 4700,
            agency.hq_row(row["TaskId"])["Name"] if row["TaskId"] else "",
            f"{row['StartOn']:%Y-%m-%dT%H:%M}",
            row["Duration"] // 60,
            row["Note"],
            row["IsApproved"],
        )
        for row in agency.hq.tables["UserReportings"]
    )


def the_id(agency: Agency) -> int:
    (row,) = agency.hq.tables["UserReportings"]
    return int(row["Id"])


def entry(agency: Agency, task: str = "Startseite", start: str = START, **more: Any) -> str:
    more = {"minutes": 90, "note": "Layout", **more}
    return agency.aw_time(agency.aw_named(task), start, **more)
