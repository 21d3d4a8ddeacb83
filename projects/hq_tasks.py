"""helloHQ's phases and tasks as the left side of the tasks stream (A2–A5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.engine.references import ref
from integrations.engine.stream import (
    Item,
    LinkState,
    Reads,
    Recipe,
    Severity,
    Snapshot,
    Trouble,
    Which,
    World,
    Write,
)
from integrations.remote import NotFound
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import Assignment, Task
from integrations.vendors.hellohq.units import utc
from projects.efforts import hq_people, whole_minutes
from projects.ground import Ground, project_of, unread
from projects.hq_plan import HqPlan, Node
from projects.hq_writing import HqWriting, own_fields
from projects.lexicon import DONE, OPEN, Lexicon
from projects.marks import defined, mark_of
from projects.pairing import pair_tasks
from projects.people import able
from projects.terms import Terms
from projects.words import (
    AW_PROJECTS,
    AW_TASKS,
    EVEN,
    HQ_ME,
    PEOPLE,
    PERSON,
    PROJECTS,
    TASKS,
)

LIST, TASK = "list", "task"


@dataclass(frozen=True)
class HqTasks:
    ground: Ground
    client: HelloHqClient
    terms: Terms
    writing: HqWriting
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if not self.ground.is_known(reads):
            return Snapshot({}, False, usable=False)
        lexicon, read = self.terms.learn(reads), self.ground.read(reads, world)
        people = able(reads, world, self.ground.config)
        links = {link.left_id: link for link in world.links(TASKS) if link.left_id}
        items: dict[str, Item] = {}
        for hq, awork in read.items():
            view = _View(self.ground, hq, awork, reads, world, lexicon, people, links)
            items.update(view.items())
        for hq in self.ground.future(reads, world):
            view = _View(self.ground, hq, "", reads, world, lexicon, people, links)
            items.update(view.items())
        unreadable = unread(world, read, Which.LEFT)
        unreadable |= self.ground.hidden(reads, world, Which.LEFT, items)
        whole = read.keys() == self.ground.linked(reads, world).keys()
        return Snapshot(items, True, unreadable=unreadable - items.keys(), partial=not whole)

    def recipe(self, write: Write) -> Recipe:
        return self.writing.recipe(write)

    def confirm_gone(self, id: str, alias: str) -> bool:
        try:
            self.client.tasks.one(id)
        except NotFound:
            return True
        return False


class _View:
    """One project's plan as items. `awork` is "" for a project that awork does not have yet."""

    def __init__(
        self, ground: Ground, hq: str, awork: str, reads: Reads, world: World, lexicon: Lexicon,
        people: frozenset[str], links: Mapping[str, LinkState],
    ) -> None:  # fmt: skip
        self.config, self.hq, self.awork = ground.config, hq, awork
        self.world, self.lexicon, self.people, self.links = world, lexicon, people, links
        self.plan = ground.hq_plan(hq, reads)
        self.me = next(iter(reads[HQ_ME].records), "") if HQ_ME in reads else ""
        self.keys: Mapping[str, str] = {}
        self.there: Mapping[str, set[str]] = {}
        self.one_each = False
        if awork:
            self.keys = keys_of(ground, self.plan, hq, awork, reads, world)[0]
            projects = {one.id: one for one in reads[AW_PROJECTS].records}
            self.one_each = not projects[awork].is_multi_assignment_allowed
            self.there = _assigned_in_awork(reads, awork, world)

    def items(self) -> dict[str, Item]:
        found = {id: self._item(node) for id, node in self.plan.nodes.items()}
        for id in self.plan.broken:
            found[id] = Item(id, None, trouble=Trouble("parent_missing"))
        return found

    def _item(self, node: Node) -> Item:
        task = node.task
        if self._is_elsewhere(node):
            return Item(task.id, None, task.updated_on, node.name, trouble=level_changed())
        if any(map(self._is_elsewhere, self.plan.above(node))):
            return Item(task.id, None, task.updated_on, node.name)
        notes: list[Trouble] = []
        fields = self._base_fields(node) | (self._task_fields(node, notes) if node.parent else {})
        return Item(
            task.id, fields, task.updated_on, node.name,
            key=f"{self.hq}|{self.keys[task.id]}" if task.id in self.keys else "",
            notes=notes, changed_at=_time(task.updated_on), created_at=_time(task.created_on),
            by_us=self.me in ("", task.created_by), rank=task.order or 0,
            below=task.parent_id if node.is_flattened else "",
            own_words=self._own_words(node, fields),
        )  # fmt: skip

    def _own_words(self, node: Node, fields: Mapping[str, Any]) -> dict[str, str]:
        """A status that awork does not have: it goes when the type changes (A5). The place of what
        is deeper than awork's levels (A2)."""
        task = node.task
        place = {"parent": ref(TASKS, Which.LEFT, task.parent_id)} if node.is_flattened else {}
        type_ = self.lexicon.types.get(task.type_id)
        found = type_.statuses if type_ and "status" not in fields else []
        names = [one.name for one in found if one.id == task.status_id]
        return place | ({"status": names[0]} if names else {})

    def _is_elsewhere(self, node: Node) -> bool:
        """What is below such a one waits with it."""
        link = self.links.get(node.task.id)
        return link is not None and is_elsewhere(link, self.hq, _kind(node))

    def _base_fields(self, node: Node) -> dict[str, Any]:
        return {
            "kind": _kind(node),
            "project": ref(PROJECTS, Which.LEFT, self.hq),
            "parent": ref(TASKS, Which.LEFT, node.parent) if node.parent else None,
            "name": node.name,
            "order": node.task.order or 0,
            "spelled": node.task.id in self.plan.spelled,
        }

    def _task_fields(self, node: Node, notes: list[Trouble]) -> dict[str, Any]:
        task = node.task
        fields = own_fields(task, self.config.zone)
        if not node.is_leaf:
            del fields["target"]
        if node.is_flattened:
            notes.append(Trouble("flattened", key="level"))
        fields |= self._terms(task, notes)
        fields |= self._people(task, notes)
        fields["typed"] = bool(task.type_id)
        if not self.config.one_way and not self._is_theirs(task):
            fields["mark"] = task.id
        return fields

    def _terms(self, task: Task, notes: list[Trouble]) -> dict[str, str]:
        """Type and status in awork's words. What has no counterpart there is left alone (A5);
        a new task gets what awork gives it, which is then no edit."""
        vague = {"type": "", "status": DONE if task.is_done else OPEN}
        if not task.type_id:
            return vague
        found = {} if task.id in self.links else vague
        if activity := self.lexicon.activity_of(task.type_id):
            found["type"] = activity
        else:
            type_ = self.lexicon.types.get(task.type_id)
            detail = {"type": type_.name if type_ else task.type_id}
            notes.append(Trouble("unmapped_type", detail=detail, key="type"))
        status = self.lexicon.status_of(task)
        if not self.awork or status in self.lexicon.awork_names(self.awork):
            found["status"] = status
        else:
            notes.append(Trouble("unmapped_status", detail={"status": status}, key="status"))
        return found

    def _people(self, task: Task, notes: list[Trouble]) -> dict[str, Any]:
        target = whole_minutes(task.planned_seconds)
        link = self.links.get(task.id)
        agreed = link.base if link else {}
        people = hq_people(task.assignments or [], target, self.people, agreed)
        if not self.plan.nodes[task.id].is_leaf:
            people = self._agreed(task.id, people)
        if self.one_each and len(people) > 1:
            kept = self._only_one(task, people)
            left_out = sorted(people.keys() - {kept})
            detail = {"people": [name.removeprefix(PERSON) for name in left_out]}
            notes.append(Trouble("multi_assignment_off", detail=detail, key="people"))
            return {kept: people[kept]}
        return dict(people)

    def _agreed(self, id: str, people: Mapping[str, Any]) -> dict[str, Any]:
        """Of a task whose target is the sum of those below, nobody has a share: as agreed, unless
        hours of somebody's own were changed."""
        base = self.links[id].base if id in self.links else {}
        own = {name for name, value in people.items() if value != EVEN}
        own &= {name for name, value in base.items() if isinstance(value, int)}
        agreed = {name: base.get(name) or EVEN for name in people}
        return {name: people[name] if name in own else agreed[name] for name in people}

    def _only_one(self, task: Task, people: Mapping[str, Any]) -> str:
        """Whoever is on the task in awork, else the first."""
        partner = self.world.partner(TASKS, Which.LEFT, task.id) or ""
        there = [name for name in people if name in self.there.get(partner, ())]
        first = [PERSON + a.user_id for a in _by_age(task.assignments or [])]
        return next(name for name in [*there, *first] if name in people)

    def _is_theirs(self, task: Task) -> bool:
        """Made by us from an awork task, whose id it carries."""
        partner = self.world.partner(TASKS, Which.LEFT, task.id)
        return bool(partner) and task.sync_id.lower() == partner


def _by_age(assignments: list[Assignment]) -> list[Assignment]:
    return sorted(assignments, key=lambda one: int(one.id))


def _assigned_in_awork(reads: Reads, awork: str, world: World) -> dict[str, set[str]]:
    """Fields of the people on awork's tasks, by task."""
    return {
        task.id: {
            PERSON + user for one in task.assignees
            if (user := world.partner(PEOPLE, Which.RIGHT, one.user_id))
        }
        for task in reads[AW_TASKS + awork].records
    }  # fmt: skip


def _kind(node: Node) -> str:
    return TASK if node.parent else LIST


def is_elsewhere(link: LinkState, hq: str, kind: str) -> bool:
    """Moved to another project, or between lists and tasks, since it was linked (A2)."""
    if "kind" not in link.base:
        return False
    return link.base["kind"] != kind or project_of(link.base) != hq


def level_changed() -> Trouble:
    return Trouble("level_changed", Severity.CONFLICT)


def keys_of(
    ground: Ground, plan: HqPlan, hq: str, awork: str, reads: Reads, world: World
) -> tuple[dict[str, str], dict[str, str]]:
    """Natural keys of a project's unlinked records in helloHQ and in awork."""
    field = defined(reads, world, "task")
    definition = field.id if field else world.partner("mark_fields", Which.LEFT, "task")
    marks = {
        task.id: mark
        for task in reads[AW_TASKS + awork].records
        if (mark := mark_of(task.custom_fields, definition))
    }
    branches = ground.awork_plan(awork, reads)
    return pair_tasks(plan.nodes, branches, marks, world, ground.config.no_list)


def _time(text: str) -> datetime | None:
    return utc(text) if text else None
