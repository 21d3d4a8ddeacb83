"""What a whole workspace shares: people, clients, types of work, custom fields."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.remote import Page, Rejected
from integrations.vendors.awork.access import Access, path_of
from integrations.vendors.awork.decode import (
    decode_account,
    decode_company,
    decode_definition,
    decode_type,
    decode_user,
)
from integrations.vendors.awork.forms import CompanyChanges, merged_company
from integrations.vendors.awork.pages import Listing
from integrations.vendors.awork.records import (
    Account,
    Company,
    FieldDefinition,
    TypeOfWork,
    User,
)

ARCHIVED_TOO = (("showArchived", "true"),)

_COMPANIES = "/companies"
_COMPANY = "/companies/{}"
_FIELDS = "/customfielddefinitions"


class Directory:
    """Lists go on after `cursor`, an opaque text of an earlier page of the same list."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def me(self) -> Account:
        """The API user and the workspace of the key (G12)."""
        return self._access.one("/me", decode_account)

    def users(self, cursor: str = "") -> Iterator[Page[User]]:
        """Everybody: archived and deactivated people, guests of other workspaces, API users."""
        return self._access.walk(Listing("/users", options=ARCHIVED_TOO), decode_user, cursor)

    def companies(self, cursor: str = "") -> Iterator[Page[Company]]:
        return self._access.walk(Listing(_COMPANIES), decode_company, cursor)

    def companies_changed(self, since: int, cursor: str = "") -> Iterator[Page[Company]]:
        """Those changed since a `resourceVersion`; see Access.changed."""
        return self._access.changed(Listing(_COMPANIES), decode_company, since, cursor)

    def company(self, id: str) -> Company:
        """Raises NotFound."""
        return self._access.one(path_of(_COMPANY, id), decode_company)

    def create_company(self, name: str) -> Company:
        return self._access.create(_COMPANIES, {"name": name}, decode_company)

    def update_company(self, id: str, changes: CompanyChanges, expected: str = "") -> Company:
        """Raises Stale when the company is not at version `expected` any more."""
        return self._access.update(
            path_of(_COMPANY, id),
            lambda row: merged_company(row, changes),
            decode_company,
            expected,
        )

    def types_of_work(self, cursor: str = "") -> Iterator[Page[TypeOfWork]]:
        """All of the workspace, archived ones included."""
        return self._access.walk(Listing("/typeofwork", options=ARCHIVED_TOO), decode_type, cursor)

    def field_definitions(self) -> list[FieldDefinition]:
        """The custom fields of tasks and projects, with the projects they are linked to."""
        query = "includeLinkedProjectIds=true"
        return self._access.everything(_FIELDS, decode_definition, query)

    def create_text_field(self, name: str, entity: str, order: float = 0.0) -> FieldDefinition:
        """A text field of all projects, or of tasks in the projects it will be linked to."""
        if entity not in ("task", "project"):
            raise ValueError(f"no custom fields for {entity!r}")
        body = {"name": name, "type": "text", "entity": entity, "order": order}
        return self._access.create(_FIELDS, body, decode_definition)

    def link_field(self, project_id: str, definition_id: str, order: float = 0.0) -> None:
        """Make a task field available in a project; one that is linked already stays so."""
        path = path_of("/projects/{}/linkcustomfielddefinition", project_id)
        body = {"customFieldDefinitionId": definition_id, "order": order}
        try:
            self._access.operate(path, body, project_id)
        except Rejected as error:
            if error.status != 409:
                raise
