"""awork's lists and tasks as the right side of the tasks stream (A2–A5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.references import ref
from integrations.engine.stream import (
    Item,
    LinkState,
    Reads,
    Recipe,
    Snapshot,
    Trouble,
    Which,
    World,
    Write,
)
from integrations.remote import NotFound
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.codec import newest
from integrations.vendors.awork.contract import version_time
from integrations.vendors.awork.records import Task
from integrations.vendors.hellohq.units import utc
from projects.awork_plan import Branch, is_list, no_list, split_list
from projects.awork_writing import AworkWriting, own_fields
from projects.efforts import awork_people
from projects.ground import Ground, unread
from projects.hq_tasks import LIST, TASK, is_elsewhere, keys_of, level_changed
from projects.lexicon import DONE, OPEN, Lexicon, openness
from projects.marks import mark_of
from projects.people import able
from projects.terms import Terms
from projects.words import (
    AW_ME,
    AW_PROJECTS,
    MARKS,
    PEOPLE,
    PERSON,
    PROJECTS,
    TASKS,
    folded,
)

TEMPLATE_TIME = timedelta(minutes=2)
"""Within this of its project everything exists that a template brings along."""


@dataclass(frozen=True)
class AworkTasks:
    ground: Ground
    client: AworkClient
    terms: Terms
    writing: AworkWriting
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        if not self.ground.is_known(reads):
            return Snapshot({}, False, usable=False)
        lexicon, read = self.terms.learn(reads), self.ground.read(reads, world)
        people = able(reads, world, self.ground.config)
        links = {link.right_id: link for link in world.links(TASKS) if link.right_id}
        items: dict[str, Item] = {}
        for hq, awork in read.items():
            view = _View(self.ground, hq, awork, reads, world, lexicon, people, links)
            items.update(view.items())
        unreadable = unread(world, read, Which.RIGHT)
        unreadable |= self.ground.hidden(reads, world, Which.RIGHT, items)
        whole = read.keys() == self.ground.linked(reads, world).keys()
        return Snapshot(items, True, unreadable=unreadable - items.keys(), partial=not whole)

    def recipe(self, write: Write) -> Recipe:
        return self.writing.recipe(write)

    def confirm_gone(self, id: str, alias: str) -> bool:
        try:
            if is_list(id):
                project, list_id = split_list(id)
                if list_id == "none":
                    return True
                self.client.projects.task_list(project, list_id)
            else:
                self.client.tasks.one(id)
        except NotFound:
            return True
        return False


class _View:
    """One project's lists and tasks as items."""

    def __init__(
        self, ground: Ground, hq: str, awork: str, reads: Reads, world: World, lexicon: Lexicon,
        people: frozenset[str], links: Mapping[str, LinkState],
    ) -> None:  # fmt: skip
        self.config, self.hq, self.awork = ground.config, hq, awork
        self.world, self.lexicon, self.people, self.links = world, lexicon, people, links
        self.branches = dict(ground.awork_plan(awork, reads))
        self._settle_no_list()
        self.plan = ground.hq_plan(hq, reads)
        ours, self.keys = keys_of(ground, self.plan, hq, awork, reads, world)
        self.alike = {key: id for id, key in ours.items()}
        self.me = reads[AW_ME].records[0].user_id if reads[AW_ME].records else ""
        self.definition = world.partner(MARKS, Which.LEFT, "task")
        projects = {one.id: one for one in reads[AW_PROJECTS].records}
        self.project = projects[awork]
        made = {link.left_id for link in world.links(PROJECTS) if not link.adopted}
        self.is_ours = hq in made

    def _settle_no_list(self) -> None:
        """The phase for tasks without list stays as long as it is linked; those that came from
        elsewhere need none."""
        id = no_list(self.awork)
        here = (one for one in self.branches.values() if not self._is_elsewhere(one))
        if id in self.links or any(one.parent == id for one in here):
            self.branches[id] = Branch(id, "", "", None)
        else:
            self.branches.pop(id, None)

    def items(self) -> dict[str, Item]:
        return {id: self._item(branch) for id, branch in self.branches.items()}

    def _item(self, branch: Branch) -> Item:
        link = self.links.get(branch.id)
        if self._is_elsewhere(branch):
            return Item(branch.id, None, branch.version, branch.name, trouble=level_changed())
        if branch.parent and self._is_elsewhere(self.branches[branch.parent]):
            return Item(branch.id, None, branch.version, branch.name)
        kind = _kind(branch)
        notes: list[Trouble] = []
        fields = self._base_fields(branch, kind)
        if branch.task is not None:
            fields |= self._task_fields(branch, branch.task, notes)
        return Item(
            branch.id, fields, branch.version, fields.get("name") or branch.name,
            key=f"{self.hq}|{self.keys[branch.id]}" if branch.id in self.keys else "",
            notes=notes, changed_at=self._changed_at(branch.task, fields, link),
            created_at=_time(branch.created_on), by_us=self.me in ("", branch.created_by),
            adopt_only=branch.is_archived, untouched=self._is_untouched(branch),
            own_words=self._own_words(branch.task, fields),
        )  # fmt: skip

    def _is_elsewhere(self, branch: Branch) -> bool:
        """A sub-task of such a one waits with it."""
        link = self.links.get(branch.id)
        return link is not None and is_elsewhere(link, self.hq, _kind(branch))

    def _is_untouched(self, branch: Branch) -> bool:
        """Came with the template when we made the project, and nobody edited it since."""
        task = branch.task
        if not self.is_ours or task is None or not task.created_on:
            return False
        made = utc(self.project.created_on) if self.project.created_on else None
        edited = utc(task.updated_on or task.created_on)
        return made is not None and abs(edited - made) <= TEMPLATE_TIME

    def _base_fields(self, branch: Branch, kind: str) -> dict[str, Any]:
        fields = {
            "kind": kind,
            "project": ref(PROJECTS, Which.RIGHT, self.awork),
            "parent": ref(TASKS, Which.RIGHT, branch.parent) if branch.parent else None,
        }
        if branch.id != no_list(self.awork):
            return {**fields, "name": branch.name, "sync_id": split_list(branch.id)[1] or branch.id}
        linked = branch.id in self.links
        return fields if linked else {**fields, "name": self.config.no_list}

    def _task_fields(self, branch: Branch, task: Task, notes: list[Trouble]) -> dict[str, Any]:
        fields = own_fields(task)
        if not branch.is_leaf:
            del fields["target"]
        fields |= self._terms(task, notes)
        hq_ids = {one.user_id: self.world.partner(PEOPLE, Which.RIGHT, one.user_id) or ""
                  for one in task.assignees}  # fmt: skip
        fields |= awork_people(task.assignees, hq_ids, self.people)
        if self.definition and not self.config.one_way:
            fields["mark"] = mark_of(task.custom_fields, self.definition)
        return fields

    def _terms(self, task: Task, notes: list[Trouble]) -> dict[str, str]:
        """The activity, and the status by name where the task's helloHQ type has such a one."""
        found = {}
        current = self._hq_type(task.id)
        type_id = self.lexicon.type_for(task.type_of_work_id, current or "")
        if type_id:
            found["type"] = task.type_of_work_id
        else:
            notes.append(Trouble("unmapped_type", detail=self._activity(task), key="type"))
            found |= {} if current else {"type": ""}
        effective = (type_id or current or "") if current != "" else ""
        status = self._status(task, effective)
        if status:
            found["status"] = status
        else:
            detail = {"status": self._status_name(task)}
            notes.append(Trouble("unmapped_status", detail=detail, key="status"))
        return found

    def _hq_type(self, task_id: str) -> str | None:
        """The type of the helloHQ task that is, or will be, linked; "" if it has none, None for no
        such task."""
        partner = self.world.partner(TASKS, Which.RIGHT, task_id)
        node = self.plan.nodes.get(partner or self.alike.get(self.keys.get(task_id, ""), ""))
        if node is not None:
            return node.task.type_id
        link = self.links.get(task_id)
        was_typeless = link is not None and link.base.get("status") in (OPEN, DONE)
        return "" if was_typeless else None

    def _activity(self, task: Task) -> dict[str, str]:
        found = self.lexicon.activities.get(task.type_of_work_id)
        return {"type": found.name if found else ""}

    def _status_name(self, task: Task) -> str:
        found = self.lexicon.statuses.get(self.awork, ())
        return next((folded(one.name) for one in found if one.id == task.status_id), "")

    def _own_words(self, task: Task | None, fields: Mapping[str, Any]) -> dict[str, str]:
        """The status itself, where all that helloHQ can say is whether a task is done (A5)."""
        if task is None or fields.get("status") not in (OPEN, DONE):
            return {}
        return {"status": self._status_name(task)}

    def _status(self, task: Task, type_id: str) -> str:
        if not type_id:
            found = self.lexicon.statuses.get(self.awork, ())
            return next((openness(one) for one in found if one.id == task.status_id), "")
        name = self._status_name(task)
        return name if self.lexicon.statuses_named(type_id, name) else ""

    def _changed_at(
        self, task: Task | None, fields: Mapping[str, Any], link: LinkState | None
    ) -> datetime | None:
        """When the task itself was edited; its lists and people have only the version's time."""
        if task is None:
            return None
        base = link.base if link else {}
        people = {n for n in (*fields, *base) if n.startswith(PERSON)}
        nested = any(fields.get(n, "") != base.get(n, "") for n in people)
        moved = fields["parent"] != base.get("parent")
        at = _time(task.updated_on)
        stamped = newest([task.version])
        return version_time(stamped) if stamped and (nested or moved or at is None) else at


def _kind(branch: Branch) -> str:
    return LIST if branch.task is None else TASK


def _time(text: str) -> datetime | None:
    return utc(text) if text else None
