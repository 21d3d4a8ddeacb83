"""Writing lists and tasks of awork: what is sent for a change of the tasks stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from threading import Lock
from typing import Any

from integrations.engine.references import ref
from integrations.engine.stream import BLANK, Outcome, Recipe, Step, Which, Write
from integrations.remote import NotFound, Rejected
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.forms import ListPlace, TaskChanges, TaskDraft
from integrations.vendors.awork.records import Task
from projects.awork_plan import is_list, split_list
from projects.efforts import awork_people, people_in, whole_minutes
from projects.lexicon import OPEN, openness
from projects.marks import Marks
from projects.people import People
from projects.terms import Terms
from projects.text import to_html, to_text
from projects.words import EVEN, PERSON, TASKS, folded

FORM = frozenset({"name", "description", "start", "end", "target"})
CREATED = frozenset({"kind", "project", "order", "parent", "type", "status", "sync_id", *FORM})


def own_fields(task: Task) -> dict[str, Any]:
    """Fields that need nothing but the task itself."""
    return {
        "description": to_text(task.description),
        "start": task.start_on.isoformat() if task.start_on else None,
        "end": task.due_on.isoformat() if task.due_on else None,
        "target": whole_minutes(task.planned_seconds),
        "awork_own": f"{task.type_of_work_id} {task.status_id} {task.planned_seconds}",
    }


class Families:
    """A lock for each task and its sub-tasks. A move takes along what it found below its task,
    and may not do so with a sub-task that another move is putting elsewhere."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._own = Lock()

    def lock(self, task: str) -> Lock:
        with self._own:
            return self._locks[task]


@dataclass(frozen=True)
class AworkWriting:
    client: AworkClient
    terms: Terms
    people: People
    marks: Marks
    families: Families = field(default_factory=Families, init=False, compare=False, repr=False)

    def recipe(self, write: Write) -> Recipe:
        if write.action in ("delete", "archive"):
            return Recipe([Step("delete", lambda: self._delete(write))])
        if write.want["kind"] == "list":
            return Recipe([self._list_step(write)])
        known = _Known(
            dict(self.people.awork_ids),
            self.marks.definition("task"),
            write.id or "",
            bool(write.want.get("typed", True)),
        )
        return self._create(write, known) if write.id is None else self._update(write, known)

    # -- lists -----------------------------------------------------------------------------

    def _list_step(self, write: Write) -> Step:
        want = write.want
        if write.id is None:
            return Step("create", lambda: self._new_list(want), creates=True)
        project, list_id = split_list(write.id)

        def rename() -> Outcome:
            if list_id == "none":
                return Outcome(write.id, {})
            done = self.client.projects.rename_list(project, list_id, want["name"])
            return Outcome(write.id, {"name": done.name.strip()}, done.version)

        return Step("rename", rename, writes=write.changed)

    def _new_list(self, want: Mapping[str, Any]) -> Outcome:
        project = want["project"]
        made = self.client.projects.create_list(project, want["name"], float(want["order"] or 0))
        fields = {"kind": "list", "parent": None, "name": made.name.strip()}
        return Outcome(f"{project}/{made.id}", fields, made.version)

    # -- creating --------------------------------------------------------------------------

    def _create(self, write: Write, known: _Known) -> Recipe:
        want = write.want

        def create() -> Outcome:
            task = self.client.tasks.create(self._draft(want))
            known.id = task.id
            return self._outcome(task, known)

        steps = [Step("create", create, creates=True, writes=CREATED)]
        if want.get("mark") and known.definition:
            steps.append(self._mark_step(want["mark"], known))
        if people := people_in(want):
            steps.append(self._people_step(people, known))
            if manual := {u: s for u, s in people.items() if s != EVEN}:
                steps.append(self._efforts_step(manual, known))
        return Recipe(steps)

    def _draft(self, want: Mapping[str, Any]) -> TaskDraft:
        project, parent = want["project"], want["parent"]
        in_list = is_list(parent)
        list_id = split_list(parent)[1] if in_list else ""
        place = [ListPlace(list_id, float(want.get("order") or 0))] if in_list else []
        return TaskDraft(
            project, want["name"], self._activity(want, project), self._status(want, project),
            description=to_html(want.get("description") or ""),
            start_on=_day(want.get("start")), due_on=_day(want.get("end")),
            planned_seconds=want.get("target") or 0,
            parent_id="" if in_list else parent,
            lists=[] if list_id == "none" else place,
        )  # fmt: skip

    def _activity(self, want: Mapping[str, Any], project: str) -> str:
        """awork wants one of every task: without a counterpart, the first that is in use."""
        lexicon = self.terms.of_project(project)
        usable = sorted(
            (one for one in lexicon.activities.values() if not one.is_archived),
            key=lambda one: folded(one.name),
        )
        wanted = want.get("type") or ""
        if wanted not in lexicon.activities and not usable:
            raise Rejected("awork", "there is no activity to give to a task")
        return wanted if wanted in lexicon.activities else usable[0].id

    def _status(self, want: Mapping[str, Any], project: str, current: str = "") -> str:
        lexicon = self.terms.of_project(project)
        found = lexicon.awork_status(project, want.get("status") or OPEN, current)
        found = found or lexicon.awork_status(project, OPEN, current)
        if not found:
            raise Rejected("awork", "the project has no status to give to a task")
        return found

    # -- changing --------------------------------------------------------------------------

    def _update(self, write: Write, known: _Known) -> Recipe:
        want, changed = write.want, write.changed
        steps = [
            Step(name, partial(send, want, known), writes=frozenset({field}))
            for name, field, send in (
                ("move", "parent", self._move),
                ("type", "type", self._set_type),
                ("status", "status", self._set_status),
            )
            if field in changed
        ]
        if form := changed & FORM:
            steps.insert(0, Step("update", lambda: self._put(form, want, known), writes=form))
        if "mark" in changed and known.definition:
            steps.insert(0, self._mark_step(want["mark"], known))
        if people := {n.removeprefix(PERSON): want[n] for n in changed if n.startswith(PERSON)}:
            steps.append(self._people_step(people, known))
            if efforts := {user: value for user, value in people.items() if value != BLANK}:
                steps.append(self._efforts_step(efforts, known))
        return Recipe(steps or [Step("nothing", lambda: Outcome(known.id), writes=changed)])

    def _put(self, form: frozenset[str], want: Mapping[str, Any], known: _Known) -> Outcome:
        changes: TaskChanges = {}
        if "name" in form:
            changes["name"] = want["name"]
        if "description" in form:
            changes["description"] = to_html(want["description"])
        if "start" in form:
            changes["start_on"] = _day(want["start"])
        if "end" in form:
            changes["due_on"] = _day(want["end"])
        if "target" in form:
            changes["planned_seconds"] = want["target"]
        return self._outcome(self.client.tasks.update(known.id, changes), known)

    def _move(self, want: Mapping[str, Any], known: _Known) -> Outcome:
        task = self.client.tasks.one(known.id)
        with self.families.lock(task.parent_id or task.id):
            return self._move_from(task, want["parent"], known)

    def _move_from(self, task: Task, parent: str, known: _Known) -> Outcome:
        if not is_list(parent):
            below = [one.id for one in self.client.tasks.subtasks(task.id)]
            for id in below:  # awork has no deeper level
                self.client.tasks.move_under(id, parent)
            if task.parent_id != parent:
                self.client.tasks.move_under(task.id, parent)
            place = {"parent": ref(TASKS, Which.RIGHT, parent)}
            return replace(self._read(known), carried=dict.fromkeys(below, place))
        list_id = split_list(parent)[1].removesuffix("none")
        if task.parent_id:
            self.client.tasks.move_out(task.id, list_id)
        self.client.tasks.move(task.id, list_id)
        return self._read(known)

    def _set_status(self, want: Mapping[str, Any], known: _Known) -> Outcome:
        task = self.client.tasks.one(known.id)
        status = self._status(want, task.project_id, task.status_id)
        if status != task.status_id:
            self.client.tasks.set_status(task.id, status)
        return self._read(known)

    def _set_type(self, want: Mapping[str, Any], known: _Known) -> Outcome:
        if want["type"]:
            self.client.tasks.set_type_of_work(known.id, want["type"])
        return self._read(known)

    def _mark_step(self, mark: str, known: _Known) -> Step:
        def send() -> Outcome:
            self.client.tasks.set_text_field(known.id, known.definition, mark)
            return Outcome(known.id, {"mark": mark})

        return Step("mark", send, writes=frozenset({"mark"}))

    # -- people ----------------------------------------------------------------------------

    def _people_step(self, people: Mapping[str, Any], known: _Known) -> Step:
        """Only the named ones come or go; everybody else on the task stays."""

        def send() -> Outcome:
            task = self.client.tasks.one(known.id)
            there = [one.user_id for one in task.assignees]
            going = {known.awork_ids[user] for user, value in people.items() if value == BLANK}
            coming = [known.awork_ids[user] for user, value in people.items() if value != BLANK]
            wanted = [id for id in there if id not in going]
            wanted += [id for id in coming if id not in there]
            if wanted != there:
                self.client.tasks.set_assignees(known.id, wanted)
            return self._read(known)

        names = frozenset(PERSON + user for user, value in people.items() if value in (BLANK, EVEN))
        return Step("people", send, writes=names)

    def _efforts_step(self, efforts: Mapping[str, Any], known: _Known) -> Step:
        def send() -> Outcome:
            task = self.client.tasks.one(known.id)
            now = awork_people(task.assignees, known.hq_ids, known.hq_ids.values())
            wrong = {u: v for u, v in efforts.items() if now.get(PERSON + u) != v}
            if wrong:
                seconds = {known.awork_ids[u]: None if v == EVEN else v for u, v in wrong.items()}
                self.client.tasks.set_efforts(known.id, seconds)
            return self._read(known)

        return Step("efforts", send, writes=frozenset(PERSON + user for user in efforts))

    # -- what came back --------------------------------------------------------------------

    def _read(self, known: _Known) -> Outcome:
        return self._outcome(self.client.tasks.one(known.id), known)

    def _outcome(self, task: Task, known: _Known) -> Outcome:
        people = awork_people(task.assignees, known.hq_ids, known.hq_ids.values())
        fields = {"name": task.name.strip(), **own_fields(task), **people}
        return Outcome(task.id, fields | self._terms_of(task, known), task.version)

    def _terms_of(self, task: Task, known: _Known) -> dict[str, str]:
        """Activity and status as the next read will show them."""
        lexicon = self.terms.of_project(task.project_id)
        mapped = known.is_typed or lexicon.types_of(task.type_of_work_id)
        found = {"type": task.type_of_work_id if mapped else ""}
        for one in lexicon.statuses.get(task.project_id, ()):
            if one.id == task.status_id:
                found["status"] = folded(one.name) if known.is_typed else openness(one)
        return found

    # -- removing --------------------------------------------------------------------------

    def _delete(self, write: Write) -> Outcome:
        """A list loses no task by it; a task is not deleted with sub-tasks that shall stay."""
        id = write.id or ""
        if is_list(id):
            project, list_id = split_list(id)
            if list_id != "none":
                self.client.projects.delete_list(project, list_id)
            return Outcome(id)
        try:
            self.client.tasks.one(id)
        except NotFound:
            return Outcome(id)
        if self.client.tasks.subtasks(id):
            raise Rejected("awork", "there are still sub-tasks below this one")
        self.client.tasks.delete(id)
        return Outcome(id)


class _Known:
    """What the steps of one task share; the id of a new one is known once it is made. `is_typed`:
    its helloHQ task has a type, and so statuses of its own."""

    def __init__(
        self, awork_ids: Mapping[str, str], definition: str, id: str, is_typed: bool
    ) -> None:
        self.awork_ids, self.definition, self.id = awork_ids, definition, id
        self.is_typed = is_typed
        self.hq_ids = {awork: hq for hq, awork in awork_ids.items()}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
