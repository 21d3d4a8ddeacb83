"""The client for awork."""

from __future__ import annotations

from collections.abc import Collection

from integrations.remote import CallCounter, Forbidden, Gate
from integrations.vendors.awork.absences import Absences
from integrations.vendors.awork.access import Access
from integrations.vendors.awork.directory import ARCHIVED_TOO, Directory
from integrations.vendors.awork.errors import TRACE_HEADERS, VENDOR, refusal
from integrations.vendors.awork.pages import Listing
from integrations.vendors.awork.projects import Projects
from integrations.vendors.awork.tasks import Tasks
from integrations.vendors.awork.times import TimeEntries
from integrations.vendors.awork.webhooks import Webhooks
from integrations.vendors.budget import Budget, LocalBudget
from integrations.vendors.http import Clock, Transport

RATE, BURST = 8.0, 20
"""Requests per second: half of the 1000 a minute that all clients of a workspace share."""

QUICK = 15.0
"""Requests per second while awork says that more than half of its minute is left."""

BASE_URL = "https://api.awork.com"

AREAS = {
    "users": "/users",
    "companies": "/companies",
    "projects": "/projects",
    "tasks": "/me/projecttasks",
    "types of work": "/typeofwork",
    "time entries": "/timeentries",
    "absences": "/absences",
    "webhooks": "/webhooks",
}
"""What a key may be allowed to read, or not; absences also depend on the plan."""

CORE = tuple(name for name in AREAS if name not in ("absences", "webhooks"))
"""What every sync of projects needs."""

_EMAILS = "userContactInfos"


class AworkClient:
    """One workspace, in parts. Every method raises RemoteErrors.

    Lists yield pages and end only when the list is complete; else they raise.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        access = Access(transport, clock)
        self._access = access
        self.directory = Directory(access)
        self.projects = Projects(access)
        self.tasks = Tasks(access)
        self.times = TimeEntries(access)
        self.absences = Absences(access)
        self.webhooks = Webhooks(access)

    def check(self, areas: Collection[str] = CORE) -> list[str]:
        """What the key may not read: names of AREAS, or the users' `userContactInfos`.

        Nothing if []. Raises AuthFailed for a bad key, Unavailable …
        """
        self.directory.me()
        return [missing for area in areas for missing in self._missing(area)]

    def _missing(self, area: str) -> list[str]:
        people = area == "users"
        listing = Listing(AREAS[area], size=50 if people else 1, options=ARCHIVED_TOO * people)
        try:
            sample = next(self._access.walk(listing, dict[str, object])).records
        except Forbidden:
            return [area]
        unreadable = people and sample and all(not row.get(_EMAILS) for row in sample)
        return [_EMAILS] if unreadable else []


def open_awork(
    api_key: str,
    base_url: str = BASE_URL,
    *,
    gate: Gate,
    count: CallCounter,
    budget: Budget | None = None,
    allow_private: bool = False,
    clock: Clock | None = None,
) -> AworkClient:
    """A client for one workspace; the key decides which.

    `base_url` is without the version. Without a `budget` one of this process is used; workers
    that share a workspace share theirs.
    """
    clock = clock or Clock()
    transport = Transport(
        VENDOR,
        base_url,
        gate=gate,
        count=count,
        budget=budget or LocalBudget(RATE, BURST, quick=QUICK, vendor=VENDOR),
        allow_private=allow_private,
        headers={"Authorization": f"Bearer {api_key}"},
        secrets=(api_key,),
        refusal=refusal,
        trace_headers=TRACE_HEADERS,
        clock=clock,
    )
    return AworkClient(transport, clock)
