"""What a workspace chose, ready to use. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from integrations.engine.stream import Winner
from projects.settings import HelloHqAworkSettings

WINNERS = {
    "hellohq": Winner.LEFT,
    "awork": Winner.RIGHT,
    "newest": Winner.NEWEST,
    "ask": Winner.ASK,
}


@dataclass(frozen=True)
class Config:
    """`slug`, `zone` and `german` are the workspace's; `today` is the local day.

    helloHQ is the left side of every stream, awork the right one.
    """

    slug: str
    zone: ZoneInfo
    today: date
    answers: HelloHqAworkSettings
    german: bool = True

    @property
    def one_way(self) -> bool:
        return self.answers.one_way_from_awork

    @property
    def project_winner(self) -> Winner:
        return WINNERS[self.answers.conflict_policy.projects]

    @property
    def task_winner(self) -> Winner:
        return WINNERS[self.answers.conflict_policy.tasks]

    @property
    def entries_from(self) -> date:
        return self.answers.time_entries_start_date or self.today

    @property
    def no_list(self) -> str:
        """The phase of tasks that are in no list (A2)."""
        return "Ohne Liste" if self.german else "No list"
