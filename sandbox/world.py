"""The sandbox's world: the tenants with their state at every vendor, time, faults, the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Event, RLock
from typing import Any, TypeVar

from sandbox.clock import Clock
from sandbox.company import Agency, Size, build_agencies
from sandbox.faults import Faults
from sandbox.http import VendorApp
from sandbox.journal import Journal

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Collection:
    """Records that a person may edit in the vendor's UI; the control API offers them.

    Records are plain JSON objects. `create` and `update` return the record as it is then.
    All raise KeyError for an unknown id and ValueError for a value that cannot be.
    """

    all: Callable[[Any], list[dict[str, Any]]]
    create: Callable[[Any, dict[str, Any]], dict[str, Any]]
    update: Callable[[Any, str, dict[str, Any]], dict[str, Any]]
    delete: Callable[[Any, str], None]


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a vendor module registers. `port` is the offset to the port base; `paths` are the
    addresses of a connection besides `base_url`, below the emulator's own."""

    name: str
    port: int
    seed: Callable[[Agency, Clock], Any]
    app: Callable[[World], VendorApp]
    credentials: Callable[[str], dict[str, str]]
    collections: Mapping[str, Collection]
    paths: Mapping[str, str] = field(default_factory=dict)

    def addresses(self, url: str) -> dict[str, str]:
        return {"base_url": url, **{name: url + path for name, path in self.paths.items()}}


@dataclass
class Tenant:
    """One agency. `lock` guards the state at all vendors."""

    agency: Agency
    states: dict[str, Any]
    lock: RLock = field(default_factory=RLock)

    def state(self, kind: type[S]) -> S:
        return next(state for state in self.states.values() if isinstance(state, kind))


class World:
    """Everything that the emulators share. The same arguments give the same world.

    `today` is the day in Berlin around which the records are spread; `latency` (seconds) is added
    to every answer; `enforce_limits` turns the vendors' rate limits on.
    """

    def __init__(
        self,
        vendors: Sequence[Vendor],
        *,
        size: Size = "small",
        seed: int = 1,
        today: date | None = None,
        latency: float = 0.0,
        enforce_limits: bool = False,
    ) -> None:
        self.vendors = {vendor.name: vendor for vendor in vendors}
        self.size: Size = size
        self.seed = seed
        self.latency = latency
        self.enforce_limits = enforce_limits
        self.clock = Clock(today)
        self.faults = Faults()
        self.journal = Journal()
        self._stopping = Event()
        self._first_day = self.clock.today()
        self.tenants = self._build()

    def reset(self) -> None:
        """Back to the first state: records, credentials, faults, journal. Time stays."""
        for slug, fresh in self._build().items():
            with self.tenants[slug].lock:
                self.tenants[slug].states = fresh.states
        self.faults.clear()
        self.journal.clear()

    def state(self, tenant: str, kind: type[S]) -> S:
        """A tenant's state at one vendor, e.g. `world.state("nordlicht", PersonioState)`."""
        return self.tenants[tenant].state(kind)

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than the sandbox runs."""
        if seconds > 0:
            self._stopping.wait(seconds)

    def stop(self) -> None:
        self._stopping.set()

    def _build(self) -> dict[str, Tenant]:
        agencies = build_agencies(self.size, self.seed, self._first_day)
        return {agency.slug: self._tenant(agency) for agency in agencies}

    def _tenant(self, agency: Agency) -> Tenant:
        states = {name: v.seed(agency, self.clock) for name, v in self.vendors.items()}
        return Tenant(agency, states)
