"""helloHQ and awork as people use them, without the product: plain words for every edit.

People go by their number in the agency, counting from 1; days are ISO texts, hours are decimal.
helloHQ's ids are numbers, awork's are GUIDs.
"""

from __future__ import annotations

from tests.projects.awork_hands import Awork
from tests.projects.ground import (
    ANNA,
    BEN,
    CARL,
    DEACTIVATED,
    DORA,
    ONLY_HQ,
    PART_TIME,
    REUSED,
    SPELLED,
    TENANT,
    TWICE,
    address_of,
    addresses_of,
    folded,
)
from tests.projects.hellohq_hands import HelloHq

__all__ = [
    "ANNA", "BEN", "CARL", "DEACTIVATED", "DORA", "ONLY_HQ", "PART_TIME", "REUSED", "SPELLED",
    "TENANT", "TWICE", "Systems", "address_of", "addresses_of", "folded",
]  # fmt: skip


class Systems(HelloHq, Awork):
    """One agency's helloHQ and awork."""

    def clear_out(self) -> None:
        """Nothing of projects, times and absences on both sides; people and words stay."""
        for name in ("Projects", "ProjectTasks", "TaskAssignments", "UserReportings", "Absences",
                     "ProjectCustomFields", "Events"):  # fmt: skip
            table = self.hq.tables[name]
            for row in list(table):
                table.remove(row["Id"])
        state = self.awork
        owners = {project["id"] for project in state.projects}
        for statuses in (state.task_statuses, state.project_statuses):
            for row in statuses:
                if row["owner"] in owners:
                    statuses.remove(row["id"])
        for rows in (state.projects, state.lists, state.tasks, state.times, state.absences):
            for row in rows:
                rows.remove(row["id"])
        state.tick()
