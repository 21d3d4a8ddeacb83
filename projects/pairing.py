"""Which unlinked records of both systems are the same: natural keys for adoption (A1, A12). Pure.

Keys are spelled with helloHQ's ids, so that both sides of a stream give equal ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from integrations.engine.stream import Which, World
from integrations.vendors.awork.records import Project as AworkProject
from integrations.vendors.hellohq.project_records import Project
from projects.awork_plan import Branch
from projects.config import Config
from projects.hq_plan import Node
from projects.words import TASKS, folded


def awork_name(project: Project, config: Config) -> str:
    """A project's name in awork (A1)."""
    name = project.name.strip()
    numbered = config.answers.project_number_in_name and project.number.strip()
    return f"{project.number.strip()} {name}" if numbered else name


def pair_projects(
    ours: Iterable[Project],
    theirs: Iterable[AworkProject],
    marks: Mapping[str, str],
    config: Config,
) -> tuple[dict[str, str], set[str]]:
    """awork ids by helloHQ ids of unlinked projects that belong together, and helloHQ ids of
    those that claim what others claim too, or several.

    By AworkSyncId, else by our mark (`marks`: helloHQ ids by awork ids), and only if the previous
    version was used by number and name, else by name.
    """
    left, free = list(ours), {one.id: one.name for one in theirs}
    pairs: dict[str, str] = {}
    rivals: set[str] = set()
    for way in _ways(free, marks, config.answers.previous_version):
        open_ones = [one for one in left if one.id not in pairs and one.id not in rivals]
        claims = [(one.id, awork) for one in open_ones for awork in way(one) if awork in free]
        pairs |= _undisputed(claims)
        rivals |= {hq for hq, _awork in claims} - pairs.keys()
        free = {id: name for id, name in free.items() if id not in {one for _, one in claims}}
    return pairs, rivals


Way = Callable[[Project], list[str]]
"""The awork ids that a helloHQ project may stand for."""


def _ways(theirs: Mapping[str, str], marks: Mapping[str, str], by_name: bool) -> list[Way]:
    """`theirs`: names by awork ids."""
    marked, named = _grouped(marks), _grouped({id: folded(name) for id, name in theirs.items()})

    def by_id(one: Project) -> list[str]:
        synced = one.awork_sync_id.lower()
        return [synced] if synced in theirs else marked.get(one.id, [])

    def numbered(one: Project) -> list[str]:
        return named.get(folded(f"{one.number} {one.name}"), [])

    def same_name(one: Project) -> list[str]:
        return named.get(folded(one.name), [])

    return [by_id, numbered, same_name] if by_name else [by_id]


def _grouped(values: Mapping[str, str]) -> dict[str, list[str]]:
    """Keys by value."""
    found: dict[str, list[str]] = {}
    for key, value in values.items():
        found.setdefault(value, []).append(key)
    return found


def _undisputed(claims: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those pairs of which neither side is in another one."""
    claims = list(claims)
    ours, theirs = Counter(hq for hq, _ in claims), Counter(awork for _, awork in claims)
    return {hq: awork for hq, awork in claims if ours[hq] == theirs[awork] == 1}


def pair_tasks(
    nodes: Mapping[str, Node],
    branches: Mapping[str, Branch],
    marks: Mapping[str, str],
    world: World,
    no_list_name: str,
) -> tuple[dict[str, str], dict[str, str]]:
    """Natural keys of one project's unlinked nodes and branches, by id.

    A SyncId or mark that names exactly one record of the other side decides; else the names on
    the way down from the nearest linked ancestor. `marks`: helloHQ ids by awork ids.
    """
    named = _by_id(nodes, branches, marks, world)
    left = _Keys(world, Which.LEFT, {id: (n.parent, n.name) for id, n in nodes.items()}, {})
    branch_names = {
        id: (b.parent, b.name or no_list_name) for id, b in branches.items()
    }  # fmt: skip
    right = _Keys(world, Which.RIGHT, branch_names, {awork: hq for hq, awork in named.items()})
    left.same = {hq: hq for hq in named}
    return (
        {id: left.key(id) for id in nodes if not left.linked(id)},
        {id: right.key(id) for id in branches if not right.linked(id)},
    )


def _by_id(
    nodes: Mapping[str, Node], branches: Mapping[str, Branch], marks: Mapping[str, str],
    world: World,
) -> dict[str, str]:  # fmt: skip
    """awork ids by helloHQ ids of unlinked records that name each other."""
    claims = [
        (id, node.task.sync_id.lower()) for id, node in nodes.items()
        if node.task.sync_id.lower() in branches
    ]  # fmt: skip
    claims += [(hq, awork) for awork, hq in marks.items() if hq in nodes and awork in branches]
    claims = [
        (hq, awork)
        for hq, awork in dict.fromkeys(claims)
        if not world.partner(TASKS, Which.LEFT, hq) and not world.partner(TASKS, Which.RIGHT, awork)
        and (nodes[hq].level == 1) == (branches[awork].task is None)
    ]  # fmt: skip
    return _undisputed(claims)


class _Keys:
    def __init__(
        self, world: World, which: Which, tree: Mapping[str, tuple[str, str]], same: dict[str, str]
    ) -> None:
        self.world, self.which, self.tree, self.same = world, which, tree, same

    def linked(self, id: str) -> str:
        """The helloHQ id of a linked record."""
        partner = self.world.partner(TASKS, self.which, id)
        return (id if self.which is Which.LEFT else partner) if partner else ""

    def key(self, id: str) -> str:
        if id in self.same:
            return f"#{self.same[id]}"
        parent, name = self.tree[id]
        above = ""
        if parent:
            linked = self.linked(parent)
            above = f"#{linked}" if linked else self.key(parent)
        return f"{above}/{folded(name)}"
