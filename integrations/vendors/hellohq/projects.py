"""helloHQ's projects and what they are made from. They are only read."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.remote import Page
from integrations.vendors.hellohq.project_decode import (
    decode_company,
    decode_project,
    decode_project_status,
    decode_template,
)
from integrations.vendors.hellohq.project_records import (
    Company,
    Project,
    ProjectStatus,
    ProjectTemplate,
)
from integrations.vendors.hellohq.sets import EntitySets, readable

PROJECTS = "/v1/Projects"
_EXPANDED = {"$expand": "ProjectStatus,CustomFields"}


class Projects:
    """Lists go on after `cursor`, an opaque text of an earlier page of the same list."""

    def __init__(self, sets: EntitySets) -> None:
        self._sets = sets

    def changed(self, since: str = "", cursor: str = "") -> Iterator[Page[Project]]:
        """Those changed since a UTC time (see EntitySets.changed); all for ""."""
        return self._sets.changed(PROJECTS, decode_project, since, cursor, options=_EXPANDED)

    def one(self, id: str) -> Project:
        """Raises NotFound."""
        return readable(decode_project, self._sets.row(PROJECTS, id, _EXPANDED))

    def templates(self) -> list[ProjectTemplate]:
        return self._sets.all("/v1/ProjectTemplates", decode_template)

    def statuses(self) -> list[ProjectStatus]:
        return self._sets.all("/v1/ProjectStatuses", decode_project_status)

    def companies(self, cursor: str = "") -> Iterator[Page[Company]]:
        options = {"$select": "Id,Name,DebitorNumber,UpdatedOn"}
        return self._sets.pages("/v1/Companies", decode_company, cursor, options=options)
