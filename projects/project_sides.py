"""helloHQ's projects in awork (A1): created from the template of the same name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.engine.references import ref
from integrations.engine.stream import (
    Flow,
    Item,
    LinkState,
    Outcome,
    Reads,
    Recipe,
    Rule,
    Snapshot,
    Step,
    Stream,
    Trouble,
    Which,
    Winner,
    World,
    Write,
)
from integrations.remote import NotFound
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.forms import ProjectChanges, ProjectDraft
from integrations.vendors.awork.records import Project as AworkProject
from integrations.vendors.hellohq.project_records import Project
from integrations.vendors.hellohq.units import utc
from projects.ground import Ground
from projects.marks import Marks, defined, mark_of
from projects.pairing import awork_name, pair_projects
from projects.permissions import no_matter_of_the_run
from projects.words import (
    AW_FIELDS,
    AW_ME,
    AW_PROJECTS,
    AW_TEMPLATES,
    CLIENTS,
    HQ_PROJECTS,
    HQ_TEMPLATES,
    PROJECTS,
    folded,
)

OWNED = ("name", "client", "start", "end")
FIELDS = (*OWNED, "mark", "tasks_marked")


@dataclass(frozen=True)
class HqProjects:
    """Left: projects that run and take part. One that no longer does is left alone."""

    ground: Ground
    mark_tasks: bool
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        chosen = self.ground.chosen(reads)
        links = {link.left_id: link for link in world.links(PROJECTS) if link.left_id}
        pairs, rivals = pairs_to_adopt(self.ground, reads, world)
        templates = _templates(reads)
        rows = reads[HQ_TEMPLATES].records if HQ_TEMPLATES in reads else ()
        names = {one.id: one.name for one in rows}
        whole = HQ_TEMPLATES in reads
        items = {
            id: self._item(one, links.get(id), pairs.get(id), id in rivals, templates, names)
            for id, one in chosen.items()
            if whole or id in links
        }
        known = self.ground.hq_projects(reads)
        resting = frozenset(id for id in links if id in known and id not in chosen)
        listing = reads[HQ_PROJECTS]
        unreadable = resting | {part.id for part in listing.malformed}
        return Snapshot(items, listing.complete, unreadable=unreadable, partial=not whole)

    def _item(
        self, one: Project, link: LinkState | None, pair: str | None, is_rival: bool,
        templates: dict[str, str], names: dict[str, str],
    ) -> Item:  # fmt: skip
        label = awork_name(one, self.ground.config)
        if link is None and is_rival:
            return Item(one.id, None, label=label, trouble=Trouble("ambiguous_match"))
        template = templates.get(one.template_id, "")
        if link is None and not pair and not template:
            return Item(one.id, None, label=label, trouble=_template_missing(one, names))
        fields = self._fields(one, label, link) | {"template": template}
        key = f"hq:{one.id}" if pair else ""
        return Item(one.id, fields, one.updated_on, label, key=key)

    def _fields(self, one: Project, label: str, link: LinkState | None) -> dict[str, Any]:
        """An empty date is only told to awork where it had one from us before (A14)."""
        before = link.base if link else {}
        dates = {"start": one.start_date or one.planned_start_date,
                 "end": one.end_date or one.planned_end_date}  # fmt: skip
        told = {name: _text(at) for name, at in dates.items() if at or before.get(name)}
        client = {"client": ref(CLIENTS, Which.LEFT, one.company_id)} if one.company_id else {}
        tasks = {"tasks_marked": True} if self.mark_tasks else {}
        return {"name": label, "mark": one.id, **told, **client, **tasks}

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("helloHQ's projects are only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _template_missing(project: Project, names: dict[str, str]) -> Trouble:
    name = names.get(project.template_id, project.template_id)
    return Trouble("template_missing", detail={"template": name})


def _templates(reads: Reads) -> dict[str, str]:
    """awork's templates by the ids of helloHQ's templates of the same name."""
    if HQ_TEMPLATES not in reads or AW_TEMPLATES not in reads:
        return {}
    theirs = {folded(one.name): one.id for one in reversed(reads[AW_TEMPLATES].records)}
    ours = {one.id: theirs.get(folded(one.name), "") for one in reads[HQ_TEMPLATES].records}
    return {id: template for id, template in ours.items() if template}


def pairs_to_adopt(ground: Ground, reads: Reads, world: World) -> tuple[dict[str, str], set[str]]:
    """awork ids by helloHQ ids of unlinked projects that belong together, and helloHQ ids of
    those that nobody can tell apart."""
    ours = [
        one for id, one in ground.chosen(reads).items()
        if not world.partner(PROJECTS, Which.LEFT, id)
    ]  # fmt: skip
    theirs = [
        one for id, one in ground.awork_projects(reads).items()
        if not world.partner(PROJECTS, Which.RIGHT, id)
    ]  # fmt: skip
    field = defined(reads, world, "project")
    marks = {one.id: mark_of(one.custom_fields, field.id) for one in theirs} if field else {}
    return pair_projects(ours, theirs, marks, ground.config)


@dataclass(frozen=True)
class AworkProjects:
    ground: Ground
    client: AworkClient
    marks: Marks
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        pairs, _rivals = pairs_to_adopt(self.ground, reads, world)
        adoptable = {awork: hq for hq, awork in pairs.items()}
        items = {
            id: self._item(one, adoptable.get(id, ""), reads, world)
            for id, one in self.ground.awork_projects(reads).items()
        }
        listing = reads[AW_PROJECTS]
        unreadable = frozenset(part.id for part in listing.malformed)
        marked = AW_FIELDS not in reads or reads[AW_FIELDS].complete
        return Snapshot(items, listing.complete and marked, unreadable=unreadable)

    def _item(self, one: AworkProject, pair: str, reads: Reads, world: World) -> Item:
        fields = fields_of(one)
        if field := defined(reads, world, "project"):
            fields["mark"] = mark_of(one.custom_fields, field.id)
        if field := defined(reads, world, "task"):
            fields["tasks_marked"] = one.id in field.project_ids
        me = next((account.user_id for account in reads[AW_ME].records), "")
        return Item(
            one.id, fields, one.version, one.name, key=f"hq:{pair}" if pair else "",
            created_at=utc(one.created_on) if one.created_on else None,
            by_us=me in ("", one.created_by),
        )  # fmt: skip

    # -- writing ---------------------------------------------------------------------------

    def recipe(self, write: Write) -> Recipe:
        known = [write.id] if write.id else []
        steps = [] if write.id else [_remembering(self._create(write), known)]

        def id() -> str:
            return known[0]

        changed = write.changed if write.id else frozenset(write.want)
        if write.id and changed & set(OWNED):
            steps.append(self._update(write))
        steps += self._marking(write, changed, id)
        if not write.id:
            steps.append(Step("settle", lambda: self._settle(id()), writes=frozenset()))
        return Recipe(steps)

    def _create(self, write: Write) -> Step:
        want = write.want
        draft = ProjectDraft(
            name=want["name"], template_id=want.get("template") or "",
            company_id=want.get("client") or "", start_date=_day(want.get("start")),
            due_date=_day(want.get("end")),
        )  # fmt: skip
        send = lambda: _outcome(self.client.projects.create(draft))  # noqa: E731
        return Step("create", send, creates=True, writes=frozenset({*OWNED, "template"}))

    def _update(self, write: Write) -> Step:
        changes: ProjectChanges = {}
        if "name" in write.changed:
            changes["name"] = write.want["name"]
        if "client" in write.changed:
            changes["company_id"] = write.want["client"]
        if "start" in write.changed:
            changes["start_date"] = _day(write.want["start"])
        if "end" in write.changed:
            changes["due_date"] = _day(write.want["end"])
        send = lambda: _outcome(self.client.projects.update(write.id or "", changes))  # noqa: E731
        return Step("update", send, writes=frozenset(OWNED))

    def _marking(self, write: Write, changed: frozenset[str], id: Callable[[], str]) -> list[Step]:
        field, task_field = self.marks.definition("project"), self.marks.definition("task")
        steps = []
        if "mark" in changed and field:
            mark = write.want["mark"]

            def set_mark() -> Outcome:
                self.client.projects.set_text_field(id(), field, mark)
                return Outcome(id(), {"mark": mark})

            steps.append(Step("mark", set_mark, writes=frozenset({"mark"})))
        if "tasks_marked" in changed and task_field:

            def link_field() -> Outcome:
                with no_matter_of_the_run():
                    self.client.directory.link_field(id(), task_field)
                return Outcome(id(), {"tasks_marked": True})

            steps.append(Step("link field", link_field, writes=frozenset({"tasks_marked"})))
        return steps

    def _settle(self, id: str) -> Outcome:
        """What the template brings along is adopted only once it is all there."""
        self.client.projects.settle(id)
        return _outcome(self.client.projects.one(id))

    def confirm_gone(self, id: str, alias: str) -> bool:
        try:
            self.client.projects.one(id)
        except NotFound:
            return True
        return False


def _remembering(step: Step, known: list[str]) -> Step:
    """The same step; later ones learn the id that it gave."""

    def send() -> Outcome:
        outcome = step.send()
        known[:] = [outcome.id or ""]
        return outcome

    return Step(step.name, send, step.creates, step.writes)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def fields_of(one: AworkProject) -> dict[str, Any]:
    return {
        "name": one.name.strip(),
        "client": ref(CLIENTS, Which.RIGHT, one.company_id) if one.company_id else None,
        "start": _text(one.start_date),
        "end": _text(one.due_date),
    }


def _outcome(one: AworkProject) -> Outcome:
    return Outcome(one.id, fields_of(one), one.version)


def projects_stream(left: HqProjects, right: AworkProjects) -> Stream:
    """helloHQ owns its fields, unless the workspace chose otherwise for conflicts (A13)."""
    winner = left.ground.config.project_winner
    owner = Which.LEFT if winner is Winner.LEFT else None
    rules = [Rule(name, owner, winner) for name in OWNED]
    rules += [Rule(name, Which.LEFT) for name in ("mark", "tasks_marked")]
    return Stream(
        PROJECTS, left, right, rules=rules, flow=Flow.TO_RIGHT, keeps=True,
        lost_copy="target_missing", begins_others=True, refs=frozenset({"client"}),
        optional=frozenset({"client"}),
    )  # fmt: skip
