"""What both halves of `Systems` share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from sandbox.awork.state import AworkState
from sandbox.clock import BERLIN
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row
from sandbox.server import Sandbox

TENANT = "nordlicht"
ANNA, BEN, CARL, DORA, ONLY_HQ = 1, 2, 3, 4, 5
DEACTIVATED, TWICE, REUSED, PART_TIME, SPELLED = 8, 9, 10, 11, 12
"""Of the small agency. Ben's address is in capitals in awork; ONLY_HQ has no account there."""
MACHINE = 99_001
People = Mapping[int, float | None] | Iterable[int]
"""Who is on a task; with hours, None for an equal share."""


def folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def address_of(user: Row) -> str:
    """Of a helloHQ user."""
    return str(user.get("EMailWork") or "").strip().casefold()


def addresses_of(user: Row) -> list[str]:
    """Of an awork user."""
    found = (info["value"] for info in user["userContactInfos"] if info["type"] == "email")
    return [value.strip().casefold() for value in found]


class Ground:
    """One agency: its two systems, its people, its time."""

    def __init__(self, sandbox: Sandbox, tenant: str = TENANT) -> None:
        self.sandbox, self.tenant = sandbox, tenant

    def wait(self, **length: float) -> None:
        self.sandbox.world.clock.advance(timedelta(**length))

    @property
    def today(self) -> date:
        return self.sandbox.world.clock.today()

    # -- people --------------------------------------------------------------------------------

    def user(self, person: int) -> int:
        """The helloHQ id of a person of the agency."""
        return 4700 + person

    def account(self, person: int) -> str:
        """The awork id of a person of the agency."""
        email = self.sandbox.world.tenants[self.tenant].agency.people[person - 1].email
        wanted = email.strip().casefold()
        return str(next(u["id"] for u in self.awork.users if wanted in addresses_of(u)))

    @property
    def freelancer(self) -> str:
        """The awork id of somebody whom helloHQ does not know."""
        found = (u for u in self.awork.users if "freya@extern.example" in addresses_of(u))
        return str(next(found)["id"])

    @property
    def hq(self) -> HqState:
        return self.sandbox.world.state(self.tenant, HqState)

    @property
    def awork(self) -> AworkState:
        return self.sandbox.world.state(self.tenant, AworkState)


def with_hours(people: People) -> dict[int, float | None]:
    return dict(people) if isinstance(people, Mapping) else dict.fromkeys(people)


def seconds(hours: float) -> int:
    return round(hours * 3600)


def utc(local: str) -> str:
    at = datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def started(local: str) -> Row:
    """When a time entry starts, in awork's split properties."""
    day, _, clock = (utc(local) if "T" in local else local).partition("T")
    given = {"startDateUtc": f"{day}T00:00:00Z"}
    return {**given, "startTimeUtc": clock.removesuffix("Z")} if clock else given


def moment_of(day: str | None, hour: int, current: datetime | None) -> str | None:
    """A working hour of a local day; a time of day that is there already stays."""
    if not day:
        return None
    clock = current.astimezone(BERLIN).time() if current else time(hour)
    at = datetime.combine(date.fromisoformat(day), clock, BERLIN).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def by_name(rows: Iterable[Row]) -> list[Row]:
    """In an order that does not depend on who was quicker to make them."""
    return sorted(rows, key=lambda row: (row["name"], row["id"]))
