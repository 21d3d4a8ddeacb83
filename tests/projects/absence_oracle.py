"""Whether awork has the absences that it should have (A10), told from the rule alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from tests.projects.plans import matched
from tests.projects.systems import Systems

NOT_SYNCED_KINDS = ("RemoteWork", "PrivateAbsence", "CompanyAbsence")


def absence_differences(systems: Systems, start: date, *, keep: bool = False) -> list[str]:
    """What is not as A10 says, for absences that begin on or after `start`. `keep`:
    `keep_awork_absences` is on. Corporate reasons are not looked at."""
    accounts = matched(systems)
    wanted: Counter[tuple[int, str, str]] = Counter()
    for row in systems.hq.absences:
        first, last = row["Start"], row["End"] - timedelta(microseconds=1)
        hours = row["Start"].hour + row["End"].hour
        synced = row["Type"] not in NOT_SYNCED_KINDS and hours == 0 and row["IsApproved"]
        if synced and first.date() >= start and row["UserId"] in accounts:
            wanted[row["UserId"], f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"] += 1
    held: Counter[tuple[int, str, str]] = Counter()
    foreign: Counter[tuple[int, str, str]] = Counter()
    users = {account: user for user, account in accounts.items()}
    for row in systems.awork.absences:
        half = row["isHalfDayOnStart"] or row["isHalfDayOnEnd"]
        if row["userId"] in users and not half and row["startOn"][:10] >= start.isoformat():
            key = users[row["userId"]], row["startOn"][:10], row["endOn"][:10]
            held[key] += 1
            mark = row["externalProvider"] or ""
            foreign[key] += bool(mark and not mark.startswith("hq-sync"))
    spare = held - wanted - foreign if not keep else Counter()
    missing = [f"absence {key}: missing in awork" for key in (wanted - held).elements()]
    return missing + [f"absence {key}: too much in awork" for key in spare.elements()]
