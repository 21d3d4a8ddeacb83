"""One reader for Personio, whichever version of its API is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from integrations.remote import CallCounter, Gate, Page
from integrations.vendors.budget import Budget, LocalBudget
from integrations.vendors.http import Clock, Transport
from integrations.vendors.personio.access import (
    VENDOR,
    Access,
    Credentials,
    refusal,
    token_v1,
    token_v2,
)
from integrations.vendors.personio.records import Absence, AbsenceType, Employee
from integrations.vendors.personio.v1 import V1Reader
from integrations.vendors.personio.v2 import V2Reader

RATE, BURST = 10.0, 10
"""Requests per second. The employees of v1 (300 a minute) count double, a token call ten times."""

BASE_URL = "https://api.personio.de"


class PersonioReader(Protocol):
    """Reads Personio. Every method raises RemoteErrors.

    The lists go on after `cursor`, an opaque text of an earlier page of the same list, and end
    only when the list is complete; else they raise. A window is inclusive on both ends; whatever
    overlaps it is delivered, pending and unknown statuses included.
    """

    def employees(self, cursor: str = "") -> Iterator[Page[Employee]]: ...

    def absence_types(self, cursor: str = "") -> Iterator[Page[AbsenceType]]: ...

    def day_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]: ...

    def hour_absences(
        self, window_first: date, window_last: date, cursor: str = ""
    ) -> Iterator[Page[Absence]]: ...

    def absence_exists(self, id: str, id_v2: str) -> bool:
        """Whether the record is still there. False only where the remote says so of this one."""
        ...

    def check(self) -> list[str]:
        """The scopes and attributes that are missing (`employees:read`, `email` …), none if [].

        Logs in and reads a sample of every list. Raises AuthFailed, Unavailable …
        """
        ...


def open_personio(
    client_id: str,
    client_secret: str,
    base_url: str = BASE_URL,
    version: str = "v1",
    *,
    gate: Gate,
    count: CallCounter,
    budget: Budget | None = None,
    allow_private: bool = False,
    clock: Clock | None = None,
) -> PersonioReader:
    """A reader for one account. `version` is "v1" or "v2" (else ValueError).

    Without a `budget` one of this process is used; workers that share an account share theirs.
    """
    if version not in ("v1", "v2"):
        raise ValueError(f"Personio has no API {version!r}")
    clock = clock or Clock()
    transport = Transport(
        VENDOR,
        base_url,
        gate=gate,
        count=count,
        budget=budget or LocalBudget(RATE, BURST, vendor=VENDOR),
        allow_private=allow_private,
        secrets=(client_secret,),
        refusal=refusal,
        clock=clock,
    )
    credentials = Credentials(client_id, client_secret)
    if version == "v1":
        return V1Reader(Access(transport, credentials, token_v1, clock.monotonic))
    return V2Reader(Access(transport, credentials, token_v2, clock.monotonic))
