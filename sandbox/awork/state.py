"""What one awork workspace holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.awork.courier import Courier
from sandbox.awork.moments import stamp, ticks
from sandbox.awork.table import Row, Table
from sandbox.clock import Clock

AREAS = ("projects", "tasks", "times", "users", "absences", "config")
"""What a key may be permitted; each also with ":write"."""


@dataclass
class ApiKey:
    """The workspace's key. `user` is the id of the API user that it acts as."""

    value: str
    user: str = ""
    permissions: set[str] = field(default_factory=lambda: {*AREAS, *(f"{a}:write" for a in AREAS)})


@dataclass
class AworkState:
    """`clock` is the sandbox's; all ids come from `chance`, so that a seed repeats itself.

    `multi_assignment` False: awork's multi-assignment is off. `time_settings` is what
    /timetracking/settings says.
    """

    slug: str
    name: str
    clock: Clock
    chance: Random
    key: ApiKey
    multi_assignment: bool = True
    time_settings: list[Row] = field(default_factory=list)
    users: Table = field(default_factory=Table)
    companies: Table = field(default_factory=Table)
    project_types: Table = field(default_factory=Table)
    project_roles: Table = field(default_factory=Table)
    projects: Table = field(default_factory=lambda: Table("companyId"))
    templates: Table = field(default_factory=Table)
    workflows: Table = field(default_factory=Table)
    project_statuses: Table = field(default_factory=lambda: Table("owner"))
    task_statuses: Table = field(default_factory=lambda: Table("owner"))
    lists: Table = field(default_factory=lambda: Table("projectId"))
    tasks: Table = field(default_factory=lambda: Table("projectId", "parentId"))
    types_of_work: Table = field(default_factory=Table)
    times: Table = field(default_factory=lambda: Table("projectId", "taskId", "userId"))
    absences: Table = field(default_factory=lambda: Table("userId"))
    fields: Table = field(default_factory=Table)
    webhooks: Table = field(default_factory=Table)
    last_tick: int = 0
    last_task_number: int = 0

    def __post_init__(self) -> None:
        self.workspace_id = self.new_id()
        self.courier = Courier(self)

    def new_id(self) -> str:
        """A random (version 4) GUID."""
        digits = f"{self.chance.getrandbits(128):032x}"
        groups = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:])
        return "-".join(groups)

    def tick(self) -> int:
        """.NET ticks of now, later than every one before."""
        self.last_tick = max(self.last_tick + 1, ticks(self.clock.now()))
        return self.last_tick

    def born(self, row: Row, by: str, at: int = 0) -> Row:
        """Id, audit fields and version of a new row."""
        tick = at or self.tick()
        moment = stamp(tick)
        row.setdefault("id", self.new_id())
        audit = {"createdOn": moment, "createdBy": by, "updatedOn": moment, "updatedBy": by}
        row.update(audit, resourceVersion=tick)
        return row

    def touch(self, row: Row, by: str) -> None:
        """A property of the row's own was changed."""
        tick = self.tick()
        row.update(updatedOn=stamp(tick), updatedBy=by, resourceVersion=tick)

    def bump(self, row: Row) -> None:
        """Something nested was changed: `updatedOn` does not notice."""
        row["resourceVersion"] = self.tick()

    def emit(
        self,
        event: str,
        row: Row,
        by: str,
        changes: Iterable[tuple[str, Any, Any]] = (),
        *,
        nested: bool = False,
        deleted: bool = False,
    ) -> None:
        """Tell the webhooks. `nested`: caused by another entity, so that hooks for main changes
        do not get it; `changes` are (Property, old, new)."""
        if len(self.webhooks):
            self.courier.announce(event, row, by, list(changes), nested=nested, deleted=deleted)

    # -- what belongs together

    def statuses_of(self, project: Row, table: Table) -> list[Row]:
        """The project's own statuses or its workflow's, by order."""
        rows = table.where("owner", project.get("workflowId") or project["id"])
        return sorted(rows, key=lambda row: row["order"])

    def subtasks(self, task: Row) -> list[Row]:
        return self.tasks.where("parentId", task["id"])

    def list_of(self, task: Row) -> str | None:
        """The id of the task's primary list."""
        primary = next((li["id"] for li in task["lists"] if li.get("isPrimary")), None)
        return primary or next((li["id"] for li in task["lists"]), None)
