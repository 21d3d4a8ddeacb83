"""Time entries and reportings, and what a run knows around them, without any remote.

awork's projects p1 and p2 are helloHQ's 208 and 209, its tasks t1 (of p1) and t2 (of p2) are 501
and 502, its users u1 and u2 are 4711 and 4712. 590 and 591 are the administration tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.changes import Circumstances, Plan
from integrations.engine.plan import plan_stream
from integrations.engine.planning import canonical_snapshot
from integrations.engine.references import ref
from integrations.engine.stream import Item, LinkState, Listing, Reads, Snapshot, Which, World
from integrations.engine.world import Identities
from integrations.remote import Malformed
from integrations.vendors.awork.records import TimeEntry
from integrations.vendors.awork.records import User as AworkUser
from integrations.vendors.hellohq.project_records import Reporting
from projects.awork_entries import AworkEntries, version_of
from projects.config import Config
from projects.entries import entries_stream
from projects.hq_reportings import HqReportings
from projects.settings import HelloHqAworkSettings
from projects.words import (
    AW_ENTRIES,
    AW_USERS,
    ENTRIES,
    HQ_ME,
    HQ_REPORTINGS,
    PEOPLE,
    PROJECTS,
    TASKS,
)

BERLIN = ZoneInfo("Europe/Berlin")
NO_CLIENT: Any = None
EVERYTHING = frozenset(Which)


def config(zone: ZoneInfo = BERLIN, **answers: Any) -> Config:
    given = {"time_entries_start_date": date(2026, 3, 1), **answers}
    return Config("nordlicht", zone, date(2026, 6, 17), HelloHqAworkSettings(**given))


ACCEPTING = config()
ASKING = config(reportings_auto_accepted=False)


@dataclass
class Known:
    """What the run knows (Ground); unless said otherwise everything runs, exists and was read."""

    runs: frozenset[str] = frozenset({"208", "209"})
    admin: Mapping[str, str | None] = field(default_factory=lambda: {"208": "590", "209": "591"})
    syncing: Mapping[str, bool | None] = field(default_factory=dict)
    tasks: Mapping[str, bool | None] = field(default_factory=dict)
    projects: Mapping[str, bool | None] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    whole: frozenset[Which] = EVERYTHING

    def running(self, reads: Reads, world: World) -> frozenset[str]:
        return self.runs

    def administration(self, project_id: str, reads: Reads, world: World) -> str | None:
        return self.admin[project_id]

    def takes_part(self, task_id: str, reads: Reads, world: World) -> bool | None:
        return self.syncing.get(task_id, False)

    def task_exists(self, task_id: str, reads: Reads, world: World) -> bool | None:
        return self.tasks.get(task_id, True)

    def project_exists(self, project_id: str, reads: Reads, world: World) -> bool | None:
        return self.projects.get(project_id, True)

    def is_active(self, user_id: str, reads: Reads, world: World) -> bool:
        return user_id not in self.inactive

    def complete(self, which: Which, reads: Reads) -> bool:
        return which in self.whole


def entry(id: str = "e1", **changes: Any) -> TimeEntry:
    """An hour and a half of u1's on t1, from 09:00 to 10:30 in Berlin."""
    made = TimeEntry(
        id, "u1", "p1", "t1", "w1", "Layout", date(2026, 3, 3), "2026-03-03T08:00:00Z", 5400, 0,
        False, True, False, False, "Europe/Berlin", "u1", "2026-03-03T10:00:00Z", "u1",
        "2026-03-03T10:00:00Z", "100",
    )  # fmt: skip
    return replace(made, **changes)


def reporting(id: str = "660", **changes: Any) -> Reporting:
    """What `entry` becomes."""
    made = Reporting(
        id, "4711", "208", "501", "2026-03-03T08:00:00Z", 5400, 0, "Layout", True, None,
        "1", "2026-03-03T11:00:00Z", "1", "2026-03-03T11:00:00Z",
    )  # fmt: skip
    return replace(made, **changes)


def linked(one: TimeEntry, to: str = "660", **base: Any) -> LinkState:
    """The link of an entry and the reporting that it became."""
    fields = {
        "project": ref(PROJECTS, Which.LEFT, "208"), "task": ref(TASKS, Which.LEFT, "501"),
        "user": "4711", "start": one.starts_at or "", "seconds": one.seconds, "note": one.note,
        "approved": True, **base,
    }  # fmt: skip
    return LinkState(9, to, one.id, fields, right_version=version_of(one), label="agreed")


def listing(*records: Any, complete: bool = True, bad: Sequence[str] = ()) -> Listing:
    return Listing(records, complete, malformed=[Malformed(id, "no duration") for id in bad])


def read(
    entries: Sequence[TimeEntry] = (), reportings: Sequence[Reporting] = (), **more: Listing
) -> dict[str, Listing]:
    """Both lists wholly; `more` by the name of a source."""
    people = [AworkUser(id, name, [], False, False, False, False, False, "1")
              for id, name in (("u1", "Anna Berg"), ("u3", "Freya Frei"))]  # fmt: skip
    return {
        AW_ENTRIES: listing(*entries), HQ_REPORTINGS: listing(*reportings),
        AW_USERS: listing(*people), HQ_ME: listing("1"), **more,
    }  # fmt: skip


def world(*links: LinkState, without: Sequence[str] = ()) -> Identities:
    """`without` names awork ids that are not linked."""
    pairs = {
        PEOPLE: (("4711", "u1"), ("4712", "u2")),
        PROJECTS: (("208", "p1"), ("209", "p2")),
        TASKS: (("501", "t1"), ("502", "t2")),
    }
    stored = {
        stream: [LinkState(0, hq, aw, {}) for hq, aw in found if aw not in without]
        for stream, found in pairs.items()
    }
    return Identities({**stored, ENTRIES: list(links)})


def awork_side(
    known: Known | None = None, of: Config = ACCEPTING, window: date | None = None
) -> AworkEntries:
    return AworkEntries(NO_CLIENT, of, known or Known(), lambda: window)


def hq_side(known: Known | None = None, of: Config = ACCEPTING) -> HqReportings:
    return HqReportings(NO_CLIENT, of, known or Known())


def item_of(
    one: TimeEntry,
    *links: LinkState,
    known: Known | None = None,
    of: Config = ACCEPTING,
    without: Sequence[str] = (),
) -> Item | None:
    """How the awork side tells one entry."""
    snapshot = awork_side(known, of).snapshot(read([one]), world(*links, without=without))
    return snapshot.items.get(one.id)


def told(item: Item | None) -> dict[str, Any]:
    """The fields of an entry that takes part."""
    assert item is not None
    assert item.trouble is None
    assert item.fields is not None
    return dict(item.fields)


def trouble_of(item: Item | None) -> str:
    """The code of a trouble that leaves the reporting as it is."""
    assert item is not None
    assert item.trouble is not None
    assert item.fields is None
    assert not item.withdrawn
    return item.trouble.code


def is_left_alone(item: Item | None) -> bool:
    return item is not None and (item.fields, item.trouble, item.withdrawn) == (None, None, False)


def plan(
    reads: Reads,
    links: Sequence[LinkState] = (),
    *,
    known: Known | None = None,
    of: Config = ACCEPTING,
    window: date | None = None,
    around: Identities | None = None,
) -> Plan:
    """What the engine makes of the stream."""
    stream = entries_stream(hq_side(known, of), awork_side(known, of, window), of)
    about = around or world(*links)

    def shown(which: Which) -> Snapshot:
        return canonical_snapshot(stream, stream.side(which).snapshot(reads, about), about)

    return plan_stream(stream, shown(Which.LEFT), shown(Which.RIGHT), links, Circumstances())


def changes(found: Plan) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Action, reporting and the fields that change."""
    return [(c.action.value, c.left_id, dict(c.after)) for c in found.changes]


def codes(found: Plan) -> list[str]:
    return [finding.trouble.code for finding in found.findings]
