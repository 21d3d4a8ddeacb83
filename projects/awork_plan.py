"""awork's lists, tasks and sub-tasks as one tree (A2). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.vendors.awork.records import Task, TaskList
from projects.words import folded


def list_ref(project_id: str, list_id: str) -> str:
    """How a list is named in links: awork asks for lists by their project."""
    return f"{project_id}/{list_id}"


def no_list(project_id: str) -> str:
    """Stands for the list of tasks that are in none."""
    return list_ref(project_id, "none")


def split_list(id: str) -> tuple[str, str]:
    """(project, list) of a list's name in links; the list is "none" for the one that is none."""
    project, _slash, list_id = id.partition("/")
    return project, list_id


def is_list(id: str) -> bool:
    return "/" in id


@dataclass(frozen=True, slots=True)
class Branch:
    """A list (`task` None) or a task. `parent`: the list or task above, "" for a list."""

    id: str
    parent: str
    name: str
    task: Task | None
    is_leaf: bool = True
    created_by: str = ""
    created_on: str = ""
    version: str = ""
    is_archived: bool = False


def awork_plan(
    project_id: str, lists: Sequence[TaskList], tasks: Sequence[Task], administration: str
) -> Mapping[str, Branch]:
    """One project's tree. Left out are the administration's list (A3), patterns of recurring
    tasks, other workspaces' tasks, and what is below any of these."""
    admin = folded(administration)
    branches = {
        branch.id: branch for one in lists if folded(one.name) != admin
        for branch in [_list_branch(project_id, one)]
    }  # fmt: skip
    if any(not task.list_id and not task.parent_id for task in tasks):
        branches[no_list(project_id)] = Branch(no_list(project_id), "", "", None)
    parents = {task.parent_id for task in tasks}
    mirrored = [t for t in tasks if not (t.is_recurring or t.is_external)]
    for task in sorted(mirrored, key=lambda one: bool(one.parent_id)):
        branch = _task_branch(project_id, task, task.id not in parents)
        if branch.parent in branches:
            branches[task.id] = branch
    return branches


def _list_branch(project_id: str, one: TaskList) -> Branch:
    return Branch(
        list_ref(project_id, one.id), "", one.name.strip(), None, created_by=one.created_by,
        created_on=one.created_on, version=one.version, is_archived=one.is_archived,
    )  # fmt: skip


def _task_branch(project_id: str, task: Task, is_leaf: bool) -> Branch:
    above = task.parent_id or list_ref(project_id, task.list_id or "none")
    return Branch(
        task.id, above, task.name.strip(), task, is_leaf, task.created_by, task.created_on,
        task.version,
    )  # fmt: skip
