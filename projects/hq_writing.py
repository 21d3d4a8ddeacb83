"""Writing phases and tasks of helloHQ: what is sent for a change of the tasks stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from integrations.engine.stream import BLANK, Outcome, Recipe, Step, Write
from integrations.remote import NotFound, Rejected, RemoteError
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import Task, TaskChanges, TaskDraft
from integrations.vendors.hellohq.units import local_day, on_day, utc
from projects.config import Config
from projects.efforts import equal_share, hours_of, hq_people, people_in, whole_minutes
from projects.hq_plan import DEEPEST, without_path
from projects.lexicon import DONE, OPEN
from projects.people import People
from projects.terms import Terms
from projects.text import normal
from projects.words import EVEN, PERSON

MORNING, EVENING = time(9), time(17)
"""Local times of day of a start or end that had none (A3)."""
FORM = frozenset({"name", "description", "parent", "start", "end", "target", "type"})
CREATED = frozenset({"kind", "project", "order", "mark", "sync_id", "status", *FORM})


def own_fields(task: Task, zone: ZoneInfo) -> dict[str, Any]:
    """Fields that need nothing but the task itself; days are calendar days in `zone` (A3)."""
    start, end = local_day(task.start_on, zone), local_day(task.end_on, zone)
    return {
        "description": normal(task.description),
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "target": whole_minutes(task.planned_seconds),
        "hellohq_own": f"{task.type_id} {task.status_id} {task.is_done}",
    }


@dataclass(frozen=True)
class HqWriting:
    config: Config
    client: HelloHqClient
    terms: Terms
    people: People

    def recipe(self, write: Write) -> Recipe:
        if write.action in ("delete", "archive"):
            return Recipe([Step("delete", lambda: self._delete(write))])
        people = frozenset(self.people.awork_ids)
        if write.id is None:
            return self._create(write, people)
        return self._update(write, people)

    # -- creating --------------------------------------------------------------------------

    def _create(self, write: Write, able: frozenset[str]) -> Recipe:
        made: list[Task] = []

        def create() -> Outcome:
            task = self.client.tasks.create(self._draft(write.want))
            made[:] = [task]
            return self._outcome(task, write.want)

        steps = [Step("create", create, creates=True, writes=CREATED)]
        if write.want.get("status") == DONE:
            steps.append(self._status_step(write, lambda: made[0].id))
        elif write.want["kind"] != "list":
            steps.append(self._settling_step(write, made))
        if wanted := people_in(write.want):
            steps.append(self._people_step(wanted, write, lambda: made[0].id, able))
        return Recipe(steps)

    def _settling_step(self, write: Write, made: list[Task]) -> Step:
        send = lambda: self._outcome(self._settled(made[0]), write.want)  # noqa: E731
        return Step("status", send, writes=frozenset({"status"}))

    def _draft(self, want: Mapping[str, Any]) -> TaskDraft:
        draft = TaskDraft(
            want["project"], want["name"], want["parent"] or "", sync_id=want.get("sync_id") or ""
        )
        if want["kind"] == "list":
            return draft
        type_id, status_id = self._terms_for(want, None)
        return TaskDraft(
            draft.project_id, draft.name, draft.parent_id,
            description=want.get("description") or "",
            start_on=self._at(want.get("start"), "", MORNING) or "",
            end_on=self._at(want.get("end"), "", EVENING) or "",
            planned_seconds=want.get("target") or None,
            type_id=type_id, status_id=status_id, sync_id=draft.sync_id,
        )  # fmt: skip

    def _terms_for(self, want: Mapping[str, Any], task: Task | None) -> tuple[str, str]:
        """Type and status as helloHQ shall have them; the status is one of the type's."""
        lexicon = self.terms.of_project("")
        current_type, current = (task.type_id, task.status_id) if task else ("", "")
        type_id = lexicon.type_for(want.get("type") or "", current_type) or current_type
        status = want.get("status") or ""
        status_id = lexicon.status_for(type_id, status, current if type_id == current_type else "")
        if not status_id and type_id != current_type and type_id:
            was_done = task is not None and task.is_done and status != OPEN
            status_id = lexicon.first_status(type_id, status == DONE or was_done)
        return type_id, status_id

    def _at(self, day: str | None, current: str, default: time) -> str | None:
        wanted = date.fromisoformat(day) if day else None
        return on_day(wanted, current, self.config.zone, default)

    # -- changing --------------------------------------------------------------------------

    def _update(self, write: Write, able: frozenset[str]) -> Recipe:
        id = write.id or ""
        steps = []
        if form := write.changed & FORM:
            steps.append(Step("update", lambda: self._put(id, form, write, able), writes=form))
        if "status" in write.changed:
            steps.append(self._status_step(write, lambda: id))
        names = {name for name in write.changed if name.startswith(PERSON)}
        if names:
            wanted = {name.removeprefix(PERSON): write.want[name] for name in names}
            steps.append(self._people_step(wanted, write, lambda: id, able))
        return Recipe(steps or [Step("nothing", lambda: Outcome(id), writes=write.changed)])

    def _put(self, id: str, form: frozenset[str], write: Write, able: frozenset[str]) -> Outcome:
        before = self.client.tasks.one(id)
        changes = self._changes(before, form, write.want)
        task = self.client.tasks.update(id, changes) if changes else before
        task = self._settled(task) if "type" in form else task
        plain = "target" not in form or not before.assignments
        told = self._outcome(task, write.want) if plain else self._told(before, write, able)
        renames = bool(write.want.get("spelled") and form & {"name", "parent"})
        named = "type" in form and not before.type_id  # its statuses have names from now on
        effects = told.effects | ({"status"} if named else set())
        retyped = "type" in form and task.status_id != before.status_id
        return replace(told, again=renames or named or retyped, effects=effects)

    def _changes(self, task: Task, form: frozenset[str], want: Mapping[str, Any]) -> TaskChanges:
        changes: TaskChanges = {}
        if "name" in form:
            changes["name"] = self._own_name(task, want["name"])
        if "description" in form:
            changes["description"] = want["description"]
        if "parent" in form:
            changes["parent_id"] = want["parent"] or ""
        if "start" in form:
            changes["start_on"] = self._at(want["start"], task.start_on, MORNING)
        if "end" in form:
            changes["end_on"] = self._at(want["end"], task.end_on, EVENING)
        self._put_in_order(task, want, changes)
        if "target" in form:
            changes["planned_seconds"] = want["target"]
        if "type" in form and want["type"]:
            changes["type_id"], changes["status_id"] = self._terms_for(want, task)
        return changes

    def _put_in_order(self, task: Task, want: Mapping[str, Any], changes: TaskChanges) -> None:
        """Times of day that were kept must not end a day's task before it begins."""
        start = changes.get("start_on", task.start_on)
        end = changes.get("end_on", task.end_on)
        if not (start and end) or utc(start) <= utc(end):
            return
        if "end_on" in changes:
            evening = self._at(want["end"], "", EVENING) or ""
            changes["end_on"] = end = max(evening, "" if "start_on" in changes else start)
        if "start_on" in changes:
            changes["start_on"] = min(self._at(want["start"], "", MORNING) or "", end)

    def _own_name(self, task: Task, name: str) -> str:
        """Without the names of the levels between that awork does not have (A2)."""
        above: list[Task] = []
        at = task
        while at.parent_id and at.parent_id not in {one.id for one in above}:
            at = self.client.tasks.one(at.parent_id)
            above.insert(0, at)
        return without_path(name, [one.name for one in above[DEEPEST - 1 :]])

    def _status_step(self, write: Write, id: Callable[[], str]) -> Step:
        def send() -> Outcome:
            task = self.client.tasks.one(id())
            self._set_status(task, write.want)
            return self._outcome(self.client.tasks.one(task.id), write.want)

        return Step("status", send, writes=frozenset({"status"}))

    def _set_status(self, task: Task, want: Mapping[str, Any]) -> None:
        wanted = want["status"]
        if wanted in (OPEN, DONE):
            if task.is_done != (wanted == DONE):
                (self.client.tasks.finish if wanted == DONE else self.client.tasks.open)(task.id)
            return
        lexicon = self.terms.of_project("")
        status_id = lexicon.status_for(task.type_id, wanted, task.status_id)
        if not status_id:
            raise Rejected("hellohq", f"no status for {wanted!r} in the type of this task")
        if status_id != task.status_id:
            self.client.tasks.set_status(task.id, status_id)

    def _settled(self, task: Task) -> Task:
        """A status that was written along with other fields does not finish a task by itself."""
        if not task.status_id or task.is_done == self._finishes(task.type_id, task.status_id):
            return task
        self.client.tasks.set_status(task.id, task.status_id)
        return self.client.tasks.one(task.id)

    def _finishes(self, type_id: str, status_id: str) -> bool:
        return self.terms.of_project("").is_finished(type_id, status_id)

    # -- people ----------------------------------------------------------------------------

    def _people_step(
        self, wanted: Mapping[str, Any], write: Write, id: Callable[[], str], able: frozenset[str]
    ) -> Step:
        def send() -> Outcome:
            before = self.client.tasks.one(id())
            self._staff(before, wanted)
            return self._told(before, write, able)

        return Step("people", send, writes=frozenset(PERSON + user for user in wanted))

    def _staff(self, task: Task, wanted: Mapping[str, Any]) -> None:
        """Bring the named people's assignments in line. helloHQ has no verb to change one: it is
        removed and made again; until that is done, the agreement still names the old hours."""
        hours = hours_of(task.assignments or [])
        staying = (hours.keys() | wanted.keys()) - {u for u, v in wanted.items() if v == BLANK}
        share = equal_share(whole_minutes(task.planned_seconds), len(staying))
        for user, value in sorted(wanted.items()):
            seconds = share if value == EVEN else value
            if value != BLANK and user in hours and hours[user] == seconds:
                continue
            self._reassign(task, user, None if value == BLANK else seconds, hours.get(user))

    def _reassign(self, task: Task, user: str, seconds: int | None, before: int | None) -> None:
        for one in task.assignments or []:
            if one.user_id == user:
                self.client.tasks.unassign(task.id, one.id)
        if seconds is None:
            return
        try:
            self.client.tasks.assign(task.id, user, seconds)
        except Rejected:
            if before is not None:
                self.client.tasks.assign(task.id, user, before)
            raise

    def _told(self, before: Task, write: Write, able: frozenset[str]) -> Outcome:
        """What helloHQ holds now. Somebody's unchanged hours that are no equal share any more,
        because of what we wrote, are not an edit of theirs."""
        after = self.client.tasks.one(before.id)
        old, new = _people(before, able), _people(after, able)
        hours = hours_of(before.assignments or []), hours_of(after.assignments or [])
        effects = frozenset(
            name
            for name, value in old.items()
            if name not in write.changed
            and write.want.get(name) == value
            and new.get(name) not in (value, None)
            and hours[0][name.removeprefix(PERSON)] == hours[1][name.removeprefix(PERSON)]
        )
        told = self._outcome(after, write.want)
        return Outcome(told.id, {**(told.fields or {}), **new}, told.version, effects=effects)

    # -- what came back --------------------------------------------------------------------

    def _outcome(self, task: Task, want: Mapping[str, Any]) -> Outcome:
        """As the next read would show it, as far as a single task tells."""
        fields: dict[str, Any] = {}
        if task.parent_id == (want.get("parent") or ""):
            fields["name"] = task.name.strip()
        if want.get("kind") != "list":
            fields |= own_fields(task, self.config.zone) | self._terms_of(task)
        return Outcome(task.id, fields, task.updated_on)

    def _terms_of(self, task: Task) -> dict[str, str]:
        if not task.type_id:
            return {"type": "", "status": DONE if task.is_done else OPEN}
        lexicon = self.terms.of_project("")
        found = {
            "type": lexicon.activity_of(task.type_id),
            "status": lexicon.status_of(task),
        }
        return {name: value for name, value in found.items() if value}

    # -- removing --------------------------------------------------------------------------

    def _delete(self, write: Write) -> Outcome:
        """One with times, or with closed tasks below it, is closed and kept: they may be billed
        (A15). One with open tasks below it, which nobody asked to remove, stays."""
        id = write.id or ""
        try:
            task = self.client.tasks.one(id)
        except NotFound:
            return Outcome(id)
        pages = self.client.tasks.of_project(task.project_id)
        below = [one for page in pages for one in page.records if one.parent_id == id]
        if not all(one.is_done for one in below):
            raise Rejected("hellohq", "there are still tasks below this one")
        if below or self.client.reportings.exist_for(id):
            if task.parent_id:
                self._close(task)
            return Outcome(id, retired="closed_not_deleted")
        self.client.tasks.delete(id)
        return Outcome(id)

    def _close(self, task: Task) -> None:
        if task.is_done:
            return
        status_id = self.terms.of_project("").first_status(task.type_id, done=True)
        try:
            if status_id:
                self.client.tasks.set_status(task.id, status_id)
            else:
                self.client.tasks.finish(task.id)
        except RemoteError as error:
            raise Rejected("hellohq", f"cannot be closed: {error.detail}") from error


def _people(task: Task, able: frozenset[str]) -> dict[str, Any]:
    return dict(hq_people(task.assignments or [], whole_minutes(task.planned_seconds), able, {}))
