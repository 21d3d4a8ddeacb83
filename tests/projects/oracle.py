"""Whether helloHQ and awork say the same: told from the rules alone (product.md A1–A10).

It reads both systems' state, knows no link and uses nothing of the product, so that it can catch
it. Records are paired by their place and name, equal ones by whatever differs least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sandbox.clock import BERLIN
from sandbox.hellohq.state import SYNC_USER
from sandbox.odata.model import Row
from tests.projects.plans import ADMINISTRATION, NONE, Line, Plans, day_of
from tests.projects.systems import Systems, folded

NO_LIST = ("ohne liste", "no list")
Entry = tuple[int, int, str, int, str, bool | None]
"""User, task, start (UTC, or a mere day), seconds, note, accepted (None: not compared)."""


@dataclass(frozen=True)
class Answers:
    """The activation's answers that decide what has to be equal. `retired`: helloHQ tasks that
    were closed instead of deleted (A15); `loose`: helloHQ's phases for what is in no list;
    `changed_in_hq`: reportings that people edited or deleted in helloHQ (A7), as (user, start)."""

    number_in_name: bool = False
    one_way: bool = False
    tasks: bool = True
    auto_accepted: bool = True
    entries_from: date = date.min
    types: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    retired: frozenset[int] = frozenset()
    loose: frozenset[int] = frozenset()
    changed_in_hq: frozenset[tuple[int, str]] = frozenset()


def differences(systems: Systems, answers: Answers | None = None) -> list[str]:
    """Everything that is not as the rules say, in words; [] when all is equal."""
    compared = _Comparison(systems, answers or Answers())
    return [*compared.projects(), *compared.entries()]


class _Comparison:
    def __init__(self, systems: Systems, answers: Answers) -> None:
        self.hq, self.awork = systems.hq, systems.awork
        self.answers = answers
        self.plans = Plans(systems, answers.retired)
        self.accounts, self.users = self.plans.accounts, self.plans.users
        self.mapped_types = {folded(a): folded(b) for a, b in answers.types.items()}
        self.mapped_statuses = {
            folded(kind): {folded(a): folded(b) for a, b in names.items()}
            for kind, names in answers.statuses.items()
        }
        self.pairs: list[tuple[Row, Row]] = []
        self.tasks: dict[str, int] = {}
        """helloHQ's task or phase by the id of awork's."""

    # -- projects (A1)

    def projects(self) -> Iterator[str]:
        for row in self.taking_part():
            name = self.name_of(row)
            found = [p for p in self.awork.projects if p["name"] == name]
            if len(found) != 1:
                yield f"project {name}: {len(found)} times in awork"
            else:
                self.pairs.append((row, found[0]))
                yield from self._project(name, row, found[0])

    def taking_part(self) -> list[Row]:
        """helloHQ's running projects whose template awork has too."""
        templates = {folded(row["name"]) for row in self.awork.templates}
        names = self.hq.tables
        return [
            row for row in names["Projects"]
            if (names["ProjectStatuses"].get(row["ProjectStatusId"]) or {}).get("IsInProgress")
            and folded((names["ProjectTemplates"].get(row["ProjectTemplateId"]) or {})["Name"])
            in templates
        ]  # fmt: skip

    def name_of(self, row: Row) -> str:
        number = row["Number"] if self.answers.number_in_name else None
        return f"{number} {row['Name']}" if number else str(row["Name"])

    def _project(self, name: str, row: Row, project: Row) -> Iterator[str]:
        client = self.hq.tables["Companies"].get(row["CompanyId"])
        company = self.awork.companies.get(project["companyId"])
        ends = row["EndDate"] or row["PlannedEndDate"]
        facts = {
            "start": (f"{row['StartDate']:%Y-%m-%d}", day_of(project["startDate"])),
            "end": (f"{ends:%Y-%m-%d}" if ends else "", day_of(project["dueDate"])),
        }
        if client:
            facts["client"] = (folded(client["Name"]), folded(company["name"] if company else ""))
        for what, (ours, theirs) in facts.items():
            if ours != theirs:
                yield f"project {name}: {what} {ours!r} | {theirs!r}"
        if self.answers.tasks:
            yield from self._plan(name, row, project)

    # -- the plan (A2–A5)

    def _plan(self, name: str, row: Row, project: Row) -> Iterator[str]:
        ours, theirs = self.plans.hq_plan(row["Id"]), self.plans.awork_plan(project)
        yield from self._level(name, ours, theirs, project, 1)

    def _level(
        self, place: str, ours: list[Line], theirs: list[Line], project: Row, level: int
    ) -> Iterator[str]:
        left = list(theirs)
        for line in _in_order(ours, theirs):
            fitting = [o for o in left if set(line.names) & set(o.names)]
            fitting = fitting or [o for o in left if o.id == NONE]
            where = f"{place} / {line.names[0]}"
            if not fitting:
                if not self._may_be_alone(line, level):
                    yield f"{where}: only in helloHQ ({line.id})"
                continue
            other = min(fitting, key=lambda o: len(list(self._line(where, line, o, project))))
            left.remove(other)
            self.tasks[other.id] = int(line.id)
            if level > 1:
                yield from self._line(where, line, other, project)
            yield from self._level(where, line.children, other.children, project, level + 1)
        for other in left:
            yield f"{place} / {other.names[0]}: only in awork ({other.id})"

    def _may_be_alone(self, line: Line, level: int) -> bool:
        """The phase for what is in no list, while nothing is; in one-way mode nothing of
        helloHQ's has to be in awork."""
        loose = folded(line.names[0]) in NO_LIST or int(line.id) in self.answers.loose
        return (level == 1 and loose and not line.children) or self.answers.one_way

    def _line(self, where: str, ours: Line, theirs: Line, project: Row) -> Iterator[str]:
        facts: dict[str, tuple[object, object]] = {
            "start": (ours.first, theirs.first),
            "end": (ours.last, theirs.last),
            "text": (ours.words, theirs.words),
        }
        if ours.minutes is not None and theirs.minutes is not None:
            facts["target"] = (ours.minutes, theirs.minutes)
        if not self._type_fits(ours, theirs):
            facts["type"] = (ours.kind, theirs.kind)
        if not self._status_fits(ours, theirs, project):
            facts["status"] = (f"{ours.kind}: {ours.status or ours.done}", theirs.status)
        facts["people"] = (sorted(ours.people), sorted(theirs.people))
        if not self.awork.multi_assignment and len(ours.people) > 1:
            del facts["people"]
            if len(theirs.people) != 1 or not theirs.people.keys() <= ours.people.keys():
                facts["people"] = (sorted(ours.people), sorted(theirs.people))
        for user in ours.people.keys() & theirs.people.keys():
            by_hand = theirs.people[user]
            if by_hand is not None and self._hours(ours, user) is not None:
                facts[f"hours of {user}"] = (self._hours(ours, user), by_hand)
        for what, (one, other) in facts.items():
            if one != other:
                yield f"{where}: {what} {one!r} | {other!r}"

    def _hours(self, line: Line, user: int) -> int | None:
        """What somebody has in helloHQ, an equal share computed; None for a share of a sum."""
        share = line.people[user]
        if share is not None or line.minutes is None:
            return share
        return round(line.minutes / max(1, self._assigned(int(line.id))))

    def _assigned(self, task: int) -> int:
        rows = self.hq.tables["TaskAssignments"].where("TaskId", task)
        return len([row for row in rows if row["UserId"]])

    def _type_fits(self, ours: Line, theirs: Line) -> bool:
        """A type that the other side does not know, or none, is left alone (A5)."""
        kinds = {folded(row["Name"]) for row in self.hq.tables["TaskTypes"]}
        stand_for = {self.mapped_types.get(kind, kind) for kind in kinds}
        activities = {folded(row["name"]) for row in self.awork.types_of_work}
        wanted = self.mapped_types.get(ours.kind, ours.kind)
        unknown = not ours.kind or wanted not in activities or theirs.kind not in stand_for
        return unknown or wanted == theirs.kind

    def _status_fits(self, ours: Line, theirs: Line, project: Row) -> bool:
        rows = self.awork.statuses_of(project, self.awork.task_statuses)
        if not ours.kind:
            return ours.done == theirs.done
        mapping = self.mapped_statuses.get(ours.kind, {})
        types = {folded(r["Name"]): r["Id"] for r in self.hq.tables["TaskTypes"]}
        names = self.hq.tables["TaskTypeStatuses"].where("TaskTypeId", types[ours.kind])
        stand_for = {mapping.get(name, name) for name in (folded(n["Name"]) for n in names)}
        if not ours.status:
            return theirs.status not in stand_for or ours.done == theirs.done
        wanted = mapping.get(ours.status, ours.status)
        unknown = wanted not in {folded(r["name"]) for r in rows} or theirs.status not in stand_for
        return unknown or wanted == theirs.status

    # -- time entries (A7, A8); `projects` must have been read

    def entries(self) -> Iterator[str]:
        if not self.answers.tasks:
            return
        wanted = Counter(key for entry in self.awork.times if (key := self._wanted(entry)))
        rows = list(self.hq.tables["UserReportings"])
        held = Counter(map(self._reporting, rows))
        ours = Counter(self._reporting(row) for row in rows if row["CreatedBy"] == SYNC_USER)
        missing, spare = wanted - held, ours - wanted
        _pair_days(missing, spare)
        excused = self._excused()
        for key, number in missing.items():
            if (key[0], key[2]) not in self.answers.changed_in_hq:
                yield f"reporting {key}: {number} missing"
        for key, number in spare.items():
            moments = {(key[0], key[2]), (key[0], _booked(key[2]).isoformat())}
            if number and not moments & excused:
                yield f"reporting {key}: {number} too many"

    def _wanted(self, entry: Row) -> Entry | None:
        projects = {project["id"]: row for row, project in self.pairs}
        project = projects.get(entry["projectId"] or "")
        user = self.users.get(entry["userId"] or "")
        if project is None or user is None or not entry["duration"]:
            return None
        start = _start(entry)
        if _booked(start) < self.answers.entries_from:
            return None
        task = self.tasks.get(entry["taskId"] or "") or administration_task(
            self.hq.tables["ProjectTasks"].where("ProjectId", project["Id"])
        )
        if task is None:
            return None
        accepted = None if self.answers.auto_accepted else bool(entry["isBillable"])
        text = " ".join((entry["note"] or "").split())
        return user, task, start, entry["duration"], text, accepted

    def _reporting(self, row: Row) -> Entry:
        start = f"{row['StartOn'].astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        accepted = None if self.answers.auto_accepted else bool(row["IsApproved"])
        note = " ".join((row["Note"] or "").split())
        return row["UserId"], row["TaskId"] or 0, start, row["Duration"], note, accepted

    def _excused(self) -> set[tuple[int, str]]:
        """Of entries that lost their task and project (`entry_detached`)."""
        detached = {
            (self.users[entry["userId"]], _start(entry))
            for entry in self.awork.times
            if not entry["projectId"] and entry["userId"] in self.users
        }
        return detached | self.answers.changed_in_hq


def _in_order(ours: Sequence[Line], theirs: Sequence[Line]) -> list[Line]:
    """Those with the most names first, and last those that can only be the phase for what is in
    no list, renamed."""
    named = {name for line in theirs for name in line.names}
    return sorted(ours, key=lambda one: (not set(one.names) & named, -len(one.names)))


def _pair_days(missing: Counter[Entry], spare: Counter[Entry]) -> None:
    """An entry without a time of day may have any in helloHQ."""
    for key in [key for key in missing if "T" not in key[2]]:
        for other in list(spare):
            booked = _booked(other[2]).isoformat()
            if (*other[:2], booked, *other[3:]) == key:
                number = min(missing[key], spare[other])
                missing[key] -= number
                spare[other] -= number
        if not missing[key]:
            del missing[key]


def administration_task(tasks: Sequence[Row]) -> int | None:
    """The task of that name below the phase of that name, else the first of that name (A7)."""
    named = [row for row in tasks if folded(row["Name"]) == ADMINISTRATION]
    phases = {row["Id"] for row in named if row["ParentId"] is None}
    below = [row["Id"] for row in named if row["ParentId"] in phases]
    return next(iter([*below, *(row["Id"] for row in named if row["ParentId"])]), None)


def _start(entry: Row) -> str:
    """UTC; the mere day of an entry without time."""
    day, clock = entry["startDateUtc"][:10], entry["startTimeUtc"]
    return f"{day}T{clock[:8]}" if clock else entry["startDateLocal"][:10]


def _booked(start: str) -> date:
    """The local day that an entry counts for."""
    if "T" not in start:
        return date.fromisoformat(start)
    return datetime.fromisoformat(f"{start}+00:00").astimezone(BERLIN).date()
