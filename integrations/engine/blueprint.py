"""What an app tells the engine about one integration: its streams, what they need to be read, and
the accounts behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.engine.stream import Reads, Source, Stream, World

if TYPE_CHECKING:
    from integrations.engine.changes import Change


@dataclass(frozen=True, slots=True)
class Account:
    """The remote accounts behind a run, as far as the reads identify them (G12).

    `identities` by vendor; "" where the vendor has none to offer. `evidence` says by vendor
    whether linked records were found again: True, False, or None when nothing can be said.
    """

    identities: Mapping[str, str]
    evidence: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Everything of one integration's run that the engine cannot know.

    `sources(stale)` lists what to read; `stale` is True when unknown creates must be looked up.
    `more_sources` lists what to read in addition once people are matched. `learn` stores what
    the reads teach the app's own tables; it is called in the transaction that stores the plan.
    `admit` tests the credentials before a first run and returns what is missing; `require`
    returns what the reads lack without which nothing may be concluded from them. `learn` is told
    all changes that were planned, so that a cursor passes no record that still has to be written.
    """

    streams: Sequence[Stream]
    sources: Callable[[bool], Sequence[Source]]
    account: Callable[[Reads, World], Account]
    admit: Callable[[], Sequence[str]]
    more_sources: Callable[[Reads, World], Sequence[Source]] = lambda reads, world: ()
    require: Callable[[Reads], Sequence[str]] = lambda reads: ()
    learn: Callable[[Reads, Sequence[Change]], None] = lambda reads, changes: None
    concurrency: int = 4
