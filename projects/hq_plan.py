"""helloHQ's project plan in awork's three levels (A2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.vendors.hellohq.project_records import Task
from projects.words import folded

SEPARATOR = " / "
DEEPEST = 3
"""awork has lists, tasks and sub-tasks."""


@dataclass(frozen=True, slots=True)
class Node:
    """`parent`: the node above in awork's levels, "" for a phase. `name`: with the names of the
    levels between that awork does not have. `level` is helloHQ's, 1 for a phase."""

    task: Task
    level: int
    parent: str
    name: str
    is_leaf: bool

    @property
    def is_flattened(self) -> bool:
        return self.level > DEEPEST


@dataclass(frozen=True)
class HqPlan:
    """The plan without its administration. `administration` is the task for times without one,
    "" if there is none; `broken` are tasks below something that is not there; `spelled` are those
    whose name is a part of a flattened one."""

    nodes: Mapping[str, Node]
    administration: str
    broken: frozenset[str]
    spelled: frozenset[str]

    def above(self, node: Node) -> Iterator[Node]:
        """The nodes on the way up, whatever awork's levels."""
        parent = self.nodes.get(node.task.parent_id)
        if parent is not None:
            yield parent
            yield from self.above(parent)


def hq_plan(tasks: Sequence[Task], administration: str) -> HqPlan:
    """All tasks of one project; `administration` is the name of that phase and task."""
    by_id = {task.id: task for task in tasks}
    chains = {task.id: _chain(task, by_id) for task in tasks}
    whole = {id: chain for id, chain in chains.items() if chain}
    admin = _administration(whole, folded(administration))
    hidden = _admin_phases(whole, folded(administration)) | {admin}
    parents = {task.parent_id for task in tasks}
    nodes = {
        id: _node(chain, id not in parents)
        for id, chain in whole.items()
        if not hidden.intersection(one.id for one in chain)
    }
    paths = [chain[DEEPEST - 1 :] for chain in whole.values() if len(chain) > DEEPEST]
    spelled = frozenset(task.id for path in paths for task in path)
    return HqPlan(nodes, admin, frozenset(chains.keys() - whole.keys()), spelled)


def _chain(task: Task, by_id: Mapping[str, Task]) -> list[Task]:
    """From the phase down to the task; [] if that does not lead anywhere."""
    chain, seen = [task], {task.id}
    while parent_id := chain[-1].parent_id:
        parent = by_id.get(parent_id)
        if parent is None or parent.id in seen:
            return []
        chain.append(parent)
        seen.add(parent.id)
    return chain[::-1]


def _node(chain: Sequence[Task], is_leaf: bool) -> Node:
    task, level = chain[-1], len(chain)
    above = chain[min(level, DEEPEST) - 2].id if level > 1 else ""
    names = chain[DEEPEST - 1 :] if level > DEEPEST else chain[-1:]
    return Node(task, level, above, SEPARATOR.join(one.name.strip() for one in names), is_leaf)


def _in_order(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.order is None, task.order or 0, int(task.id)))


def _admin_phases(chains: Mapping[str, Sequence[Task]], name: str) -> set[str]:
    phases = [chain[0] for chain in chains.values() if len(chain) == 1]
    flagged = {phase.id for phase in phases if phase.is_admin}
    return flagged or {phase.id for phase in phases if folded(phase.name) == name}


def _administration(chains: Mapping[str, Sequence[Task]], name: str) -> str:
    """helloHQ's flag, else the task of that name below the phase of that name, else the first of
    that name (A7)."""
    phases = _admin_phases(chains, name)
    below = _in_order(c[1] for c in chains.values() if len(c) == 2 and c[0].id in phases)
    named = [task for task in below if folded(task.name) == name]
    flagged = [task for task in below if chains[task.id][0].is_admin]
    upper = _in_order(c[-1] for c in chains.values() if len(c) <= 2 and folded(c[-1].name) == name)
    return next((task.id for task in [*named, *flagged, *upper]), "")


def without_path(name: str, above: Sequence[str]) -> str:
    """A name as awork has it, without the names of the levels that awork does not have."""
    path = "".join(f"{one.strip()}{SEPARATOR}" for one in above)
    return name.removeprefix(path) or name
