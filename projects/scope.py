"""Which helloHQ projects take part (A1, `project_scope`). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.vendors.hellohq.project_records import Project, ProjectStatus
from projects.config import Config
from projects.settings import ProjectScope
from projects.words import folded

NO = frozenset({"", "0", "false", "no", "nein"})
"""Values of a custom field that do not mark a project, folded."""


def is_running(project: Project, statuses: Mapping[str, ProjectStatus]) -> bool:
    """Whether helloHQ says that the project runs; one whose status is unknown does not."""
    if project.is_in_progress is not None:
        return project.is_in_progress
    status = statuses.get(project.status_id)
    return status is not None and status.is_in_progress


def in_scope(project: Project, statuses: Mapping[str, ProjectStatus], config: Config) -> bool:
    """Whether the project runs and was chosen; its template is not looked at."""
    return is_running(project, statuses) and _is_chosen(project, config.answers.project_scope)


def _is_chosen(project: Project, scope: ProjectScope) -> bool:
    if scope.mode == "picked":
        return project.id in scope.projects
    return scope.mode == "running" or _is_marked(project, scope)


def _is_marked(project: Project, scope: ProjectScope) -> bool:
    wanted, value = folded(scope.custom_field), folded(scope.value)
    found = [folded(field.value) for field in project.custom_fields if folded(field.name) == wanted]
    return value in found if value else any(one not in NO for one in found)
