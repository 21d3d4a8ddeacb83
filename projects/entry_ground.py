"""What the time entries must know of projects, tasks and people. Pure over a run's reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from absences.people import active_users
from integrations.engine.stream import Reads, Which, World
from projects.ground import Ground
from projects.words import AW_TASKS, HQ_TASKS, TASKS


class EntryGround:
    """`whole(which)`: whether the run reads all reportings, or all time entries.

    Answers are worked out once for the same reads: thousands of entries ask.
    """

    def __init__(self, ground: Ground, whole: Callable[[Which], bool]) -> None:
        self.ground, self.whole = ground, whole
        self._reads: Reads | None = None
        self._known: dict[str, Any] = {}

    def _once(self, what: str, reads: Reads, work_out: Callable[[], Any]) -> Any:
        if self._reads is not reads:
            self._reads, self._known = reads, {}
        if what not in self._known:
            self._known[what] = work_out()
        return self._known[what]

    def running(self, reads: Reads, world: World) -> frozenset[str]:
        return frozenset(self.ground.linked(reads, world))

    def administration(self, project_id: str, reads: Reads, world: World) -> str | None:
        if HQ_TASKS + project_id not in reads:
            return None
        plan = self._once(
            project_id, reads, lambda: self.ground.hq_plan(project_id, reads).administration
        )
        return str(plan)

    def takes_part(self, task_id: str, reads: Reads, world: World) -> bool | None:
        found = self._tasks(reads, world).get(task_id)
        return (None if self._gaps(reads, world) else False) if found is None else found

    def task_exists(self, task_id: str, reads: Reads, world: World) -> bool | None:
        if task_id in self._tasks(reads, world):
            return True
        linked = world.partner(TASKS, Which.RIGHT, task_id) is not None
        return None if linked and self._gaps(reads, world) else False

    def _tasks(self, reads: Reads, world: World) -> Mapping[str, bool]:
        """The awork tasks that were read, and whether they take part."""
        found: Mapping[str, bool] = self._once(
            "tasks", reads, lambda: self._all_tasks(reads, world)
        )
        return found

    def _all_tasks(self, reads: Reads, world: World) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for awork in self.ground.linked(reads, world).values():
            if AW_TASKS + awork in reads:
                plan = self.ground.awork_plan(awork, reads)
                found |= {one.id: one.id in plan for one in reads[AW_TASKS + awork].records}
        return found

    def _gaps(self, reads: Reads, world: World) -> bool:
        """Whether there are linked projects whose tasks were not read."""
        return bool(self._once("gaps", reads, lambda: self._has_gaps(reads, world)))

    def _has_gaps(self, reads: Reads, world: World) -> bool:
        linked = self.ground.linked(reads, world).values()
        return any(AW_TASKS + awork not in reads for awork in linked)

    def project_exists(self, project_id: str, reads: Reads, world: World) -> bool | None:
        known = self._once("projects", reads, lambda: self.ground.awork_projects(reads))
        return project_id in known

    def is_active(self, user_id: str, reads: Reads, world: World) -> bool:
        today = self.ground.config.today
        return user_id in self._once("active", reads, lambda: active_users(reads, today))

    def complete(self, which: Which, reads: Reads) -> bool:
        return self.whole(which)
