"""People who edit both systems at once, at random; the same seed does the same to equal plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.awork.answers import AworkError
from sandbox.awork.table import Row as AworkRow
from sandbox.odata.model import Row
from sandbox.projects import ONLY_AWORK_STATUS, ONLY_AWORK_TYPE, ONLY_HQ_TYPE, STATUSES, TYPES
from tests.projects.ground import by_name
from tests.projects.plans import ADMINISTRATION
from tests.projects.systems import ANNA, BEN, CARL, DORA, ONLY_HQ, Systems, folded

STAFF = (ANNA, BEN, CARL, DORA)
FIRST_DAY = date(2026, 6, 1)
FIELDS = ("name", "text", "first", "last", "dates", "target", "type", "status", "done", "people",
          "hours", "place")  # fmt: skip
WEIGHTS = {"field": 60, "both": 14, "new": 10, "delete": 5, "level": 6, "container": 3,
           "outside": 6, "time": 4}  # fmt: skip
"""What people do: edit a field, the same field on both sides, make and delete lines, move them
to another level, rename, make or delete phases and lists, edit what is not synced, track time."""
LASTING = "bleibt"
RECENT = timedelta(days=40)
PAUSE = 3.0
"""Seconds between two edits, so that one of them is the newer."""


class Editor:
    """`pairs` tells awork's ids by helloHQ's, for editing both sides of one task; nobody works
    below the helloHQ tasks that are `closed` for good."""

    def __init__(
        self,
        systems: Systems,
        chance: Random,
        pairs: Callable[[], Mapping[str, str]],
        closed: Callable[[], frozenset[int]] = frozenset,
    ) -> None:
        self.systems, self.chance, self.pairs, self.closed = systems, chance, pairs, closed
        self.serial = 0
        self.log: list[str] = []

    def play(self, number: int, *, without: Sequence[str] = ()) -> None:
        """So many edits; those that a system refuses are replaced by others."""
        kinds = {kind: weight for kind, weight in WEIGHTS.items() if kind not in without}
        done, tries = 0, 0
        while done < number and tries < 20 * number:
            tries += 1
            (kind,) = self.chance.choices(list(kinds), list(kinds.values()))
            done += self._try(kind)

    def _try(self, kind: str) -> bool:
        self.serial += 1
        try:
            act = getattr(self, f"_{kind}", None) or getattr(self, f"_{self._side()}_{kind}")
            done = act()
        except (ValueError, AworkError):  # what the systems themselves refuse
            return False
        if done:
            self.log.append(f"{self.serial} {kind}: {done}")
            self.systems.wait(seconds=PAUSE)
        return bool(done)

    # -- who is there

    def hq_tasks(self) -> list[Row]:
        """All but phases and the administration, of projects that are in awork too."""
        rows = self.systems.hq.tables["ProjectTasks"]
        linked, closed = self.pairs(), self.closed()
        tops = {r["Id"] for r in rows if r["ParentId"] is None and str(r["Id"]) in linked}
        chains = [(row, self._chain(row)) for row in rows if row["ParentId"]]
        found = [row for row, ids in chains if ids[-1] in tops and not closed & set(ids)]
        return sorted(found, key=lambda row: (row["Name"], row["Id"]))

    def _chain(self, row: Row) -> list[int]:
        """Ids from a task up to its phase."""
        above = self.systems.hq.tables["ProjectTasks"].get(row["ParentId"])
        return [row["Id"], *(self._chain(above) if above else [])]

    def phases(self, project: int | None = None) -> list[Row]:
        linked, rows = self.pairs(), self.systems.hq.tables["ProjectTasks"]
        return [
            row for row in sorted(rows, key=lambda row: (row["Name"], row["Id"]))
            if row["ParentId"] is None and project in (None, row["ProjectId"])
            and str(row["Id"]) in linked and folded(row["Name"]) != ADMINISTRATION
        ]  # fmt: skip

    def aw_tasks(self) -> list[AworkRow]:
        projects = self.aw_projects()
        return by_name(r for r in self.systems.awork.tasks if r["projectId"] in projects)

    def aw_projects(self) -> set[str]:
        """Those of linked lists."""
        lists, linked = self.systems.awork.lists, set(self.pairs().values())
        return {row["projectId"] for row in lists if row["id"] in linked}

    def lists(self, project: str | None = None) -> list[AworkRow]:
        projects = {project} if project else self.aw_projects()
        return by_name(r for r in self.systems.awork.lists if r["projectId"] in projects)

    def _side(self) -> str:
        return self.chance.choice(("hq", "aw"))

    # -- what they do: each says what, "" for nothing

    def _field(self) -> str:
        field = self.chance.choice(FIELDS)
        return self.hq_field(field) if self._side() == "hq" else self.aw_field(field)

    def _both(self) -> str:
        """The same task on both sides, usually the same field, sometimes one deletes it."""
        pairs, tasks = self.pairs(), self.systems.awork.tasks
        rows = [r for r in self.hq_tasks() if pairs.get(str(r["Id"])) in tasks]
        if not rows:
            return ""
        row = self.chance.choice(rows)
        other = tasks[pairs[str(row["Id"])]]
        field = self.chance.choice(FIELDS)
        fields = [field, field if self.chance.random() < 0.7 else self.chance.choice(FIELDS)]
        one = self.hq_field(fields[0], row) if self.chance.random() < 0.85 else self._hq_gone(row)
        self.systems.wait(seconds=PAUSE)
        other_done = self.aw_field(fields[1], other) if self.chance.random() < 0.85 else ""
        return f"{one} + {other_done or self._aw_gone(other)}"

    def hq_field(self, field: str, row: Row | None = None) -> str:
        rows = self.hq_tasks()
        row = row or (self.chance.choice(rows) if rows else None)
        if row is None:
            return ""
        given = self._hq_value(field, row)
        if given:
            self.systems.hq_edit(row["Id"], **given)
        return f"helloHQ {row['Id']} {given}" if given else ""

    def _hq_value(self, field: str, row: Row) -> dict[str, Any]:
        if field == "place":
            return self._hq_place(row)
        if field == "status":
            return self._hq_status(row)
        if field == "target":
            is_leaf = not self.systems.hq.tables["ProjectTasks"].where("ParentId", row["Id"])
            return {"hours": self._hours()} if is_leaf else {}
        if field in ("people", "hours"):
            by_hand = field == "hours"
            people = self.chance.sample((*STAFF, ONLY_HQ), self.chance.randint(0, 3))
            return {"people": {one: self._hours() if by_hand else None for one in people}}
        if field == "text":
            return {"text": f"Text {self.serial} HQ\n\n- eins\n- zwei"}
        return self._plain(field, "HQ", row["IsDone"], ONLY_HQ_TYPE)

    def aw_field(self, field: str, row: AworkRow | None = None) -> str:
        rows = self.aw_tasks()
        row = row or (self.chance.choice(rows) if rows else None)
        if row is None:
            return ""
        given = self._aw_value(field, row)
        if given:
            self.systems.aw_edit(row["id"], **given)
        return f"awork {row['id']} {given}" if given else ""

    def _aw_value(self, field: str, row: AworkRow) -> dict[str, Any]:
        if field == "place":
            return self._aw_place(row)
        if field == "status":
            return {"status": self.chance.choice((*STATUSES, *STATUSES, ONLY_AWORK_STATUS))}
        if field == "target":
            return {"hours": self._hours()}
        if field == "people":
            known = [self.systems.account(one) for one in STAFF]
            people = self.chance.sample(known, self.chance.randint(0, 3))
            strangers = [s["id"] for s in row["assignees"] if s["id"] not in known]
            return {"accounts": [*people, *strangers]}
        if field == "hours":
            some = self.chance.sample(STAFF, self.chance.randint(1, 2))
            return {"people": {one: self._hours() for one in some}}
        if field == "text":
            return {"html": f"<p>Text <b>{self.serial}</b> AW</p><ul><li>drei</li></ul>"}
        return self._plain(field, "AW", bool(row["closedOn"]), ONLY_AWORK_TYPE)

    def _plain(self, field: str, side: str, done: bool, odd_type: str) -> dict[str, Any]:
        """Fields that are the same on both sides."""
        first = FIRST_DAY + timedelta(days=self.chance.randint(0, 60))
        last = first + timedelta(days=self.chance.randint(0, 20))
        values: dict[str, dict[str, Any]] = {
            "name": {"name": f"Name {self.serial} {side}"},
            "first": {"first": str(first)},
            "last": {"last": str(last)},
            "dates": {"first": str(first), "last": str(last)},
            "type": {"type": self.chance.choice((*TYPES, *TYPES, odd_type))},
            "done": {"done": not done},
        }
        return values[field]

    def _hours(self) -> float:
        return self.chance.randint(1, 160) / 4

    def _hq_status(self, row: Row) -> dict[str, Any]:
        rows = self.systems.hq.tables["TaskTypeStatuses"].where("TaskTypeId", row["TaskTypeId"])
        return {"status": self.chance.choice(rows)["Name"]} if rows else {}

    # -- moves

    def _hq_place(self, row: Row) -> dict[str, Any]:
        """A task to another phase, a sub-task to another task; the level stays."""
        above = self.systems.hq_row(row["ParentId"])
        if above["ParentId"] is None:
            found = self.phases(row["ProjectId"])
        else:
            found = [r for r in self._tops(row["ProjectId"]) if r["Id"] != row["Id"]]
        found = [r for r in found if r["Id"] != row["ParentId"]]
        return {"under": self.chance.choice(found)["Id"]} if found else {}

    def _tops(self, project: int) -> list[Row]:
        """The tasks right below phases."""
        phases = {row["Id"] for row in self.phases(project)}
        return [row for row in self.hq_tasks() if row["ParentId"] in phases]

    def _aw_place(self, row: AworkRow) -> dict[str, Any]:
        if row["parentId"]:
            tops = [r for r in self._aw_tops(row["projectId"]) if r["id"] != row["parentId"]]
            return {"under": self.chance.choice(tops)["id"]} if tops else {}
        lists = [one["id"] for one in self.lists(row["projectId"])]
        places = [place for place in ("", *lists, *lists) if {"id": place} not in row["lists"]]
        return {"list": self.chance.choice(places)} if places else {}

    def _aw_tops(self, project: str) -> list[AworkRow]:
        rows = self.systems.awork.tasks.where("projectId", project)
        return by_name(row for row in rows if not row["parentId"])

    def _hq_level(self) -> str:
        """A task becomes a sub-task, with what is below it, or a sub-task a task."""
        rows = self.hq_tasks()
        if not rows:
            return ""
        row = self.chance.choice(rows)
        is_top = self.systems.hq_row(row["ParentId"])["ParentId"] is None
        places = self._tops(row["ProjectId"]) if is_top else self.phases(row["ProjectId"])
        places = [place for place in places if place["Id"] not in (row["Id"], row["ParentId"])]
        if not places:
            return ""
        under = self.chance.choice(places)["Id"]
        self.systems.hq_edit(row["Id"], under=under)
        return f"helloHQ {row['Id']} to {under}"

    def _aw_level(self) -> str:
        rows = self.aw_tasks()
        if not rows:
            return ""
        row = self.chance.choice(rows)
        if row["parentId"]:
            self.systems.aw_edit(row["id"], under=None)
            return f"awork {row['id']} up"
        tops = [one for one in self._aw_tops(row["projectId"]) if one["id"] != row["id"]]
        under = self.chance.choice(tops)["id"] if tops else ""
        if under:
            self.systems.aw_edit(row["id"], under=under)
        return f"awork {row['id']} under {under}" if under else ""

    # -- new and gone

    def _hq_new(self) -> str:
        phase = self.chance.choice(self.phases())
        tasks = self._tops(phase["ProjectId"])
        deep = [row for row in self.hq_tasks() if row["ProjectId"] == phase["ProjectId"]]
        (under,) = self.chance.choices(
            [phase, self._any(tasks, phase), self._any(deep, phase)], (5, 4, 1)
        )
        given = self._hq_value("dates", phase) | self._hq_value("people", phase)
        kind = {"type": self.chance.choice(TYPES)} if self.chance.random() < 0.9 else {}
        name = f"Neu {self.serial} HQ"
        more = {"hours": self._hours(), "text": f"Neu {self.serial}"}
        made = self.systems.hq_task(phase["ProjectId"], name, under["Id"], **given, **kind, **more)
        return f"helloHQ {made} under {under['Id']}"

    def _any(self, rows: Sequence[Any], other: Any) -> Any:
        return self.chance.choice(rows) if rows else other

    def _aw_new(self) -> str:
        place = self.chance.choice(self.lists())
        project = place["projectId"]
        given = {**self._plain("dates", "AW", False, ""), "hours": self._hours()}
        given |= {"html": f"<p>Neu <i>{self.serial}</i></p>", "status": "Offen"}
        given |= {"type": self.chance.choice(TYPES), "people": self.chance.sample(STAFF, 2)}
        tops = self._aw_tops(project)
        (where,) = self.chance.choices(
            [{"list": place["id"]}, {"under": self._any(tops, {"id": ""})["id"]}, {}], (5, 4, 1)
        )
        made = self.systems.aw_task(project, f"Neu {self.serial} AW", **given, **where)
        return f"awork {made} in {where}"

    def _delete(self) -> str:
        if self._side() == "hq":
            rows = self.hq_tasks()
            return self._hq_gone(self.chance.choice(rows)) if rows else ""
        tasks = self.aw_tasks()
        return self._aw_gone(self.chance.choice(tasks)) if tasks else ""

    def _hq_gone(self, row: Row) -> str:
        self.systems.hq_delete(row["Id"])
        return f"helloHQ {row['Id']} deleted"

    def _aw_gone(self, row: AworkRow) -> str:
        self.systems.aw_delete(row["id"])
        return f"awork {row['id']} deleted"

    def _container(self) -> str:
        """Phases and lists: renamed, made, deleted. Their tasks go in helloHQ, stay in awork."""
        what = self.chance.choices(("rename", "new", "delete"), (4, 3, 2))[0]
        if self._side() == "hq":
            return self._hq_container(what, self.chance.choice(self.phases()))
        return self._aw_container(what, self.chance.choice(self.lists()))

    def _hq_container(self, what: str, phase: Row) -> str:
        name = f"Phase {self.serial} HQ"
        if what == "rename":
            self.systems.hq_edit(phase["Id"], name=name)
        elif what == "new":
            self.systems.hq_task(phase["ProjectId"], name)
        elif len(self.phases(phase["ProjectId"])) > 2:
            self.systems.hq_delete(phase["Id"])
        else:
            return ""
        return f"helloHQ {phase['Id']} {what}"

    def _aw_container(self, what: str, place: AworkRow) -> str:
        name = f"Liste {self.serial} AW"
        if what == "rename":
            self.systems.aw_rename_list(place["id"], name)
        elif what == "new":
            self.systems.aw_list(place["projectId"], name)
        elif len(self.lists(place["projectId"])) > 2:
            self.systems.aw_delete_list(place["id"])
        else:
            return ""
        return f"awork {place['id']} {what}"

    # -- what is not synced, and times

    def _outside(self) -> str:
        if self._side() == "hq":
            return self._hq_outside()
        tasks = self.aw_tasks()
        if not tasks:
            return ""
        row, systems = self.chance.choice(tasks), self.systems
        what = self.chance.choice(("tags", "prio", "checklist", "freelancer"))
        if what == "tags":
            systems.aw_edit(row["id"], tags=[f"Tag {self.serial}"])
        elif what == "prio":
            systems.aw_edit(row["id"], prio=not row["isPrio"])
        elif what == "checklist":
            systems.aw_checklist(row["id"], f"Punkt {self.serial}")
        else:
            people = [share["id"] for share in row["assignees"]]
            systems.aw_edit(row["id"], accounts=[*people, systems.freelancer])
            systems.aw_effort(row["id"], self._hours(), systems.freelancer)
        return f"awork {row['id']} {what}"

    def _hq_outside(self) -> str:
        rows = self.hq_tasks()
        if not rows:
            return ""
        row = self.chance.choice(rows)
        what = self.chance.choice(("ChargeType", "Remaining", "machine"))
        if what == "machine":
            self.systems.hq_machine(row["Id"], self._hours())
        else:
            self.systems.hq_edit(row["Id"], **{what: {"ChargeType": "Fixed"}.get(what, 1.25)})
        return f"helloHQ {row['Id']} {what}"

    def _time(self) -> str:
        """An entry on a task: new, edited or deleted."""
        tasks = self.aw_tasks()
        times = [e for e in self.systems.awork.times if e["taskId"] and e["note"] != LASTING]
        what = self.chance.choice(("new", "edit", "delete")) if times else "new"
        if what == "new" and tasks:
            row, who = self.chance.choice(tasks), self.chance.choice(STAFF)
            day, minute = self.systems.today - timedelta(days=1), self.serial % 60
            start = f"{day}T{8 + self.serial % 10:02}:{minute:02}"
            minutes, note = self.chance.randint(1, 90), f"Zeit {self.serial}"
            self.systems.aw_time(row["id"], start, minutes, who=who, note=note)
        elif what == "edit" and times:
            entry = self.chance.choice(times)
            self.systems.aw_edit_time(entry["id"], duration=60 * self.chance.randint(1, 90))
        elif what == "delete" and (recent := [e for e in times if self._is_recent(e)]):
            self.systems.aw_delete_time(self.chance.choice(recent)["id"])
        else:
            return ""
        return f"awork time {what}"

    def _is_recent(self, entry: AworkRow) -> bool:
        """Only of the last weeks does every run notice that it is gone."""
        return bool(entry["startDateUtc"][:10] > str(self.systems.today - RECENT))
