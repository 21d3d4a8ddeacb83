"""The plans of both systems in one shape, for comparing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape

from sandbox.clock import BERLIN
from sandbox.odata.model import Row
from tests.projects.systems import Systems, address_of, addresses_of, folded

ADMINISTRATION = "administration"
NONE = "none"
"""Id of the list for tasks that are in none."""
EVEN = None
"""An equal share of the target."""


@dataclass
class Line:
    """A phase, task or sub-task of either side. `names`: any of these is right. `minutes` None:
    no leaf, its target does not count. `people`: minutes by helloHQ user, EVEN for a share."""

    id: str
    names: tuple[str, ...]
    first: str = ""
    last: str = ""
    minutes: int | None = None
    kind: str = ""
    status: str = ""
    done: bool = False
    words: tuple[str, ...] = ()
    people: dict[int, int | None] = field(default_factory=dict)
    children: list[Line] = field(default_factory=list)


def words_of(text: str) -> tuple[str, ...]:
    """What a description says, whatever its format."""
    blocks = re.sub(r"(?i)</?(p|br|ul|ol|li|div|h\d|blockquote|pre|tr|td)\b[^>]*>", " ", text)
    return tuple(re.findall(r"\w+", unescape(re.sub(r"<[^>]+>", "", blocks))))


def local_day(moment: datetime | None) -> str:
    return moment.astimezone(BERLIN).date().isoformat() if moment else ""


def is_active(user: Row) -> bool:
    """Of an awork user."""
    return not (user["isArchived"] or user["isDeactivated"] or user["isExternal"])


def matched(systems: Systems) -> dict[int, str]:
    """awork ids by helloHQ user, for people who are active and alone with their address on both
    sides (G4)."""
    hq = [user for user in systems.hq.users if user["Id"] not in systems.hq.deactivated]
    known = Counter(address_of(user) for user in hq)
    holders: dict[str, list[str]] = {}
    for user in systems.awork.users:
        for address in set(addresses_of(user)) if is_active(user) else ():
            holders.setdefault(address, []).append(user["id"])
    return {
        user["Id"]: holders[address][0]
        for user in hq
        if (address := address_of(user)) and known[address] == 1
        and len(holders.get(address, ())) == 1
    }  # fmt: skip


def day_of(text: str | None) -> str:
    return (text or "")[:10]


class Plans:
    """Reads either side's plan of a project; `retired` helloHQ tasks are left out."""

    def __init__(self, systems: Systems, retired: frozenset[int] = frozenset()) -> None:
        self.hq, self.awork, self.retired = systems.hq, systems.awork, retired
        self.accounts = matched(systems)
        self.users = {account: user for user, account in self.accounts.items()}

    # -- helloHQ's plan

    def hq_plan(self, project: int) -> list[Line]:
        rows = self.hq.tables["ProjectTasks"].where("ProjectId", project)
        below: dict[int | None, list[Row]] = {}
        for row in rows:
            if row["Id"] not in self.retired:
                below.setdefault(row["ParentId"], []).append(row)
        phases = [row for row in below.get(None, []) if folded(row["Name"]) != ADMINISTRATION]
        return [
            Line(
                str(phase["Id"]), (phase["Name"].strip(),),
                children=[self._hq_task(row, below) for row in below.get(phase["Id"], [])],
            )
            for phase in phases
        ]  # fmt: skip

    def _hq_task(self, row: Row, below: Mapping[int | None, list[Row]]) -> Line:
        line = self.hq_line(row, (row["Name"].strip(),))
        line.children = list(self._deeper(row, (), below))
        return line

    def _deeper(
        self, row: Row, path: tuple[str, ...], below: Mapping[int | None, list[Row]]
    ) -> Iterator[Line]:
        """All below a task, as awork has them: side by side, named with their path (A2)."""
        for child in below.get(row["Id"], []):
            names = (*path, child["Name"].strip())
            either = dict.fromkeys((" / ".join(names), names[-1]))
            yield self.hq_line(child, tuple(either))
            yield from self._deeper(child, names, below)

    def hq_line(self, row: Row, names: tuple[str, ...]) -> Line:
        tables = self.hq.tables
        kind = tables["TaskTypes"].get(row["TaskTypeId"])
        status = tables["TaskTypeStatuses"].get(row["TaskTypeStatusId"])
        return Line(
            str(row["Id"]), names, local_day(row["StartOn"]), local_day(row["EndOn"]),
            None if self._is_parent(row) else round((row["PlannedEffort"] or 0.0) * 60),
            folded(kind["Name"]) if kind else "", folded(status["Name"]) if status else "",
            row["IsDone"] is True, words_of(row["Description"] or ""), self._shares(row),
        )  # fmt: skip

    def _is_parent(self, row: Row) -> bool:
        return bool(self.hq.tables["ProjectTasks"].where("ParentId", row["Id"]))

    def _shares(self, row: Row) -> dict[int, int | None]:
        """Of matched people; a share of capacity says nothing of hours."""
        found = self.hq.tables["TaskAssignments"].where("TaskId", row["Id"])
        people = [one for one in found if one["UserId"]]
        even = (row["PlannedEffort"] or 0.0) / len(people) if people else 0.0

        def share(one: Row) -> int | None:
            percent = one["AssignmentUnit"] == "Percent"
            is_even = percent or abs(one["AssignmentValue"] - even) * 60 < 1
            return EVEN if is_even else round(one["AssignmentValue"] * 60)

        return {one["UserId"]: share(one) for one in people if one["UserId"] in self.accounts}

    # -- awork's plan

    def awork_plan(self, project: Row) -> list[Line]:
        tasks = self.awork.tasks.where("projectId", project["id"])
        lists = {
            row["id"]: Line(f"{row['id']}", (row["name"].strip(),))
            for row in self.awork.lists.where("projectId", project["id"])
        }
        loose = Line(NONE, ("Ohne Liste", "No list"))
        tops = {row["id"]: self.awork_line(row) for row in tasks if not row["parentId"]}
        for row in tasks:
            if row["parentId"]:
                tops[row["parentId"]].children.append(self.awork_line(row))
            else:
                place = self.awork.list_of(row)
                (lists[place] if place else loose).children.append(tops[row["id"]])
        return [*lists.values(), *([loose] if loose.children else [])]

    def awork_line(self, row: Row) -> Line:
        status = self.awork.task_statuses[row["taskStatusId"]]
        shares = {share["id"]: share for share in row["assignees"]}
        return Line(
            row["id"], (row["name"].strip(),), day_of(row["startOn"]), day_of(row["dueOn"]),
            None if self.awork.subtasks(row) else round((row["plannedDuration"] or 0) / 60),
            folded(self.awork.types_of_work[row["typeOfWorkId"]]["name"]), folded(status["name"]),
            status["type"] == "done", words_of(row["description"] or ""),
            {
                self.users[id]: EVEN if share["isDistributedPlannedEffort"]
                else round(share["plannedEffort"] / 60)
                for id, share in shares.items() if id in self.users
            },
        )  # fmt: skip
