"""helloHQ's task types and statuses in awork's words (A5). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from integrations.vendors.awork.records import TaskStatus, TypeOfWork
from integrations.vendors.hellohq.project_records import Task, TaskType, TaskTypeStatus
from projects.words import folded

OPEN, DONE = ":open", ":done"
"""Status of a task whose helloHQ side has no type, and so no statuses."""


def awork_name(name: str, mapping: Mapping[str, str]) -> str:
    """The awork name, folded, that a helloHQ type or status stands for: as mapped, else its own."""
    mapped = {folded(left): folded(right) for left, right in mapping.items()}
    return mapped.get(folded(name), folded(name))


def status_mapping(mapping: Mapping[str, Mapping[str, str]], type_name: str) -> Mapping[str, str]:
    return next((m for name, m in mapping.items() if folded(name) == folded(type_name)), {})


@dataclass(frozen=True)
class Lexicon:
    """Types are compared by the awork activity's id, statuses by the awork status' folded name.

    `statuses` holds each awork project's own, in order.
    """

    types: Mapping[str, TaskType]
    activities: Mapping[str, TypeOfWork]
    statuses: Mapping[str, Sequence[TaskStatus]]
    type_mapping: Mapping[str, str]
    statuses_mapping: Mapping[str, Mapping[str, str]]

    # -- types -----------------------------------------------------------------------------

    def activity_of(self, type_id: str) -> str:
        """The id of the awork activity of a helloHQ type; "" if there is none."""
        return self._activities.get(type_id, "")

    @cached_property
    def _activities(self) -> Mapping[str, str]:
        """awork's activities by helloHQ type; an archived one only where no other has the name."""
        ranked = sorted(self.activities.values(), key=lambda one: (not one.is_archived, one.id))
        named = {folded(one.name): one.id for one in ranked}
        return {
            id: named.get(awork_name(one.name, self.type_mapping), "")
            for id, one in self.types.items()
        }

    def types_of(self, activity: str) -> list[str]:
        """The helloHQ types that stand for an activity, as helloHQ lists them."""
        return [id for id in self.types if activity and self.activity_of(id) == activity]

    def type_for(self, activity: str, current: str) -> str:
        """The way back: the current type if it fits, else the first listed; "" for none."""
        fitting = self.types_of(activity)
        return current if current in fitting else next(iter(fitting), "")

    # -- statuses --------------------------------------------------------------------------

    def status_name(self, type_id: str, status_id: str) -> str:
        """What awork would call a status of a helloHQ type, folded; "" for an unknown one."""
        type_ = self.types.get(type_id)
        status = next((s for s in type_.statuses if s.id == status_id), None) if type_ else None
        return self._name_of(type_, status) if type_ and status else ""

    def status_of(self, task: Task) -> str:
        """Of a helloHQ task with a type; one without a status is in the first that fits."""
        status_id = task.status_id or self.first_status(task.type_id, task.is_done)
        return self.status_name(task.type_id, status_id)

    def _name_of(self, type_: TaskType, status: TaskTypeStatus) -> str:
        return awork_name(status.name, status_mapping(self.statuses_mapping, type_.name))

    def statuses_named(self, type_id: str, name: str) -> list[str]:
        """The statuses of a helloHQ type that stand for an awork status, as listed."""
        type_ = self.types.get(type_id)
        found = type_.statuses if type_ else []
        return [s.id for s in found if type_ and self._name_of(type_, s) == name]

    def status_for(self, type_id: str, name: str, current: str) -> str:
        """The way back: the current status if it fits, else the first listed; "" for none."""
        fitting = self.statuses_named(type_id, name)
        return current if current in fitting else next(iter(fitting), "")

    def is_finished(self, type_id: str, status_id: str) -> bool:
        type_ = self.types.get(type_id)
        return any(s.is_finished for s in (type_.statuses if type_ else []) if s.id == status_id)

    def first_status(self, type_id: str, done: bool) -> str:
        """The first status of a type that finishes a task, or does not; "" for none."""
        type_ = self.types.get(type_id)
        found = type_.statuses if type_ else []
        return next((status.id for status in found if status.is_finished == done), "")

    def awork_names(self, project_id: str) -> Mapping[str, list[TaskStatus]]:
        """The statuses of an awork project by folded name, in order."""
        found: dict[str, list[TaskStatus]] = defaultdict(list)
        for status in self.statuses.get(project_id, ()):
            found[folded(status.name)].append(status)
        return found

    def awork_status(self, project_id: str, wanted: str, current: str) -> str:
        """The awork status for a name, or for OPEN or DONE: the current one if it fits, else the
        first, for OPEN one that is still to do."""
        fitting = [
            one for one in self.statuses.get(project_id, ())
            if folded(one.name) == wanted or (wanted in (OPEN, DONE) and openness(one) == wanted)
        ]  # fmt: skip
        fitting.sort(key=lambda one: wanted == OPEN and one.type != "todo")
        ids = [one.id for one in fitting]
        return current if current in ids else next(iter(ids), "")


def openness(status: TaskStatus) -> str:
    return DONE if status.type == "done" else OPEN
