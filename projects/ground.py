"""What one run sees of the projects of both systems. Pure over its reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from integrations.engine.stream import Reads, Which, World
from integrations.vendors.awork.records import Project as AworkProject
from integrations.vendors.hellohq.project_records import Project
from projects.awork_plan import Branch, awork_plan, list_ref
from projects.config import Config
from projects.hq_plan import HqPlan, hq_plan
from projects.scope import in_scope
from projects.words import (
    AW_LISTS,
    AW_PROJECTS,
    AW_TASK_STATUSES,
    AW_TASKS,
    AW_TYPES,
    AW_USERS,
    HQ_ACTIVE,
    HQ_PROJECTS,
    HQ_STATUSES,
    HQ_TASKS,
    HQ_TYPES,
    HQ_USERS,
    PROJECTS,
    TASKS,
)

NEEDED = (HQ_USERS, HQ_ACTIVE, AW_USERS, HQ_TYPES, AW_TYPES)


@dataclass(frozen=True)
class Ground:
    config: Config

    # -- projects --------------------------------------------------------------------------

    def hq_projects(self, reads: Reads) -> dict[str, Project]:
        return {one.id: one for one in reads[HQ_PROJECTS].records}

    def awork_projects(self, reads: Reads) -> dict[str, AworkProject]:
        return {one.id: one for one in reads[AW_PROJECTS].records if not one.is_external}

    def chosen(self, reads: Reads) -> dict[str, Project]:
        """helloHQ projects that run and take part, whatever their template."""
        statuses = {one.id: one for one in reads[HQ_STATUSES].records}
        projects = self.hq_projects(reads)
        return {id: p for id, p in projects.items() if in_scope(p, statuses, self.config)}

    def linked(self, reads: Reads, world: World) -> dict[str, str]:
        """awork ids by helloHQ ids of linked projects that take part and exist in both."""
        awork = self.awork_projects(reads)
        pairs = {id: world.partner(PROJECTS, Which.LEFT, id) for id in self.chosen(reads)}
        return {id: partner for id, partner in pairs.items() if partner and partner in awork}

    def read(self, reads: Reads, world: World) -> dict[str, str]:
        """Those of them whose tasks were read wholly, on both sides."""
        return {
            hq: awork
            for hq, awork in self.linked(reads, world).items()
            if all(
                name in reads and reads[name].complete and not reads[name].malformed
                for name in sources_of(hq, awork)
            )
        }

    def is_known(self, reads: Reads) -> bool:
        """Whether people, types and activities were read wholly: without them nobody can tell
        what a task says."""
        return all(reads[name].complete for name in NEEDED if name in reads)

    def hidden(self, reads: Reads, world: World, which: Which, shown: Collection[str]) -> set[str]:
        """Tasks that were read and take no part, the administration's for instance: they exist."""
        found: set[str] = set()
        for hq, awork in self.read(reads, world).items():
            if which is Which.LEFT:
                found |= {one.id for one in reads[HQ_TASKS + hq].records}
            else:
                found |= {one.id for one in reads[AW_TASKS + awork].records}
                found |= {list_ref(awork, one.id) for one in reads[AW_LISTS + awork].records}
        return found - set(shown)

    def future(self, reads: Reads, world: World) -> set[str]:
        """helloHQ projects whose tasks were read though awork does not have them yet: a dry run
        shows what would come (G6)."""
        return {
            id
            for id in self.chosen(reads)
            if not world.partner(PROJECTS, Which.LEFT, id)
            and HQ_TASKS + id in reads
            and reads[HQ_TASKS + id].complete
        }

    # -- plans -----------------------------------------------------------------------------

    def hq_plan(self, hq: str, reads: Reads) -> HqPlan:
        name = self.config.answers.administration_task_name
        return hq_plan(reads[HQ_TASKS + hq].records, name)

    def awork_plan(self, awork: str, reads: Reads) -> Mapping[str, Branch]:
        name = self.config.answers.administration_task_name
        lists, tasks = reads[AW_LISTS + awork].records, reads[AW_TASKS + awork].records
        return awork_plan(awork, lists, tasks, name)


def sources_of(hq: str, awork: str) -> list[str]:
    return [HQ_TASKS + hq, AW_LISTS + awork, AW_TASKS + awork, AW_TASK_STATUSES + awork]


def unread(world: World, read: Mapping[str, str], which: Which) -> frozenset[str]:
    """Tasks of linked pairs whose project was not read: nothing can be said about them."""
    return frozenset(
        id
        for link in world.links(TASKS)
        if (id := link.id_on(which)) and project_of(link.base) not in read
    )


def project_of(fields: Mapping[str, object]) -> str:
    """The helloHQ project of a task's or time entry's agreed fields; "" if it is not known."""
    value = fields.get("project")
    return value.rpartition("|")[2] if isinstance(value, str) else ""
