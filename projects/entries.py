"""The stream of time entries, awork → helloHQ only (A7, A8), and the words its sides share."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from integrations.engine.references import parse
from integrations.engine.stream import Flow, LinkState, Reads, Rule, Side, Stream, Which, World
from projects.config import Config
from projects.words import ENTRIES, HQ_REPORTINGS_OF

FIELDS = ("project", "task", "user", "start", "seconds", "note")
CHANGED = "changed_in_hq"
MOST_SINGLES = 200
"""How many reportings that a list did not show one run asks for one by one."""


class Ground(Protocol):
    """What the run knows of projects, tasks and people. Pure; ids as plain texts.

    None says that this run did not read what the answer depends on: the entry then waits.
    """

    def running(self, reads: Reads, world: World) -> frozenset[str]:
        """helloHQ ids of the linked projects whose status in helloHQ is a running one."""

    def administration(self, project_id: str, reads: Reads, world: World) -> str | None:
        """The helloHQ id of a helloHQ project's administration task, "" if there is none."""

    def takes_part(self, task_id: str, reads: Reads, world: World) -> bool | None:
        """Whether an awork task that is not linked yet is one of those that sync."""

    def task_exists(self, task_id: str, reads: Reads, world: World) -> bool | None:
        """Whether awork still has a task, by its awork id."""

    def project_exists(self, project_id: str, reads: Reads, world: World) -> bool | None:
        """Whether awork still has a project, by its awork id."""

    def is_active(self, user_id: str, reads: Reads, world: World) -> bool:
        """Whether a helloHQ user is active (G4)."""

    def complete(self, which: Which, reads: Reads) -> bool:
        """Whether this run read all reportings, or all time entries, of that side."""


def entries_stream(hq: Side, awork: Side, config: Config) -> Stream:
    """The billable flag is compared only where helloHQ does not accept by itself (A8)."""
    rules = [Rule(name, owner=Which.RIGHT) for name in FIELDS]
    if not config.answers.reportings_auto_accepted:
        rules.append(Rule("approved", owner=Which.RIGHT, stays=True))
    return Stream(
        ENTRIES,
        hq,
        awork,
        rules,
        Flow.TO_LEFT,
        pairs_equals=True,
        yields=CHANGED,
        lost_copy=CHANGED,
        refs=frozenset({"project", "task"}),
    )


def pairing_key(user: str, project: str, task: str, start: str, seconds: int) -> str:
    """What makes a reporting equal to a time entry, in helloHQ's ids (A7)."""
    return "|".join((user, project, task, start, str(seconds)))


def label(name: str, start: datetime, seconds: int) -> str:
    """How history calls an entry; `start` is local."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{name}, {start:%Y-%m-%d %H:%M}, {hours}:{minutes:02} h".removeprefix(", ")


def links_of(world: World, which: Which) -> dict[str, LinkState]:
    """The links of the stream by the id on one side."""
    return {id: link for link in world.links(ENTRIES) if (id := link.id_on(which))}


def agreed_project(link: LinkState) -> str:
    """The helloHQ project that the reporting of a link is booked on, as far as that is known."""
    if not (project := link.base.get("project")):
        return ""
    _stream, which, id = parse(project)
    return id if which is Which.LEFT else ""


def pairable(project_id: str, ground: Ground, reads: Reads) -> bool:
    """Whether the reportings of a helloHQ project were read, so that an equal one is found."""
    return ground.complete(Which.LEFT, reads) or HQ_REPORTINGS_OF + project_id in reads
