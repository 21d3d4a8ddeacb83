"""Cost centers ("cost objects"). They can be archived, never deleted."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from integrations.remote import Page
from integrations.vendors.http import Transport
from integrations.vendors.travelperk.paging import row_id
from integrations.vendors.travelperk.records import CostCenter
from integrations.vendors.travelperk.rest import Calls, members
from integrations.vendors.values import mapping, text, whole

_CENTERS = "/cost_centers"


class CostCenterCalls:
    def __init__(self, rest: Transport) -> None:
        self._centers = Calls(rest)

    def cost_centers(self, cursor: str = "") -> Iterator[Page[CostCenter]]:
        """The cost centers without members. Whether archived ones are among them is not known."""
        return self._centers.listing(_CENTERS, decode_cost_center).pages(cursor)

    def cost_center(self, id: str) -> CostCenter:
        """With members and `archived`. Raises NotFound."""
        return self._centers.one(_CENTERS, id, decode_cost_center)

    def find_cost_center(self, name: str) -> CostCenter | None:
        """The one of exactly this name (NFC), in detail; rather one that is not archived."""
        rows = self._centers.listing(_CENTERS, decode_cost_center).pages()
        ids = [row.id for page in rows for row in page.records if same_name(row.name, name)]
        found = (self.cost_center(id) for id in ids)
        return min(found, key=lambda one: one.archived is True, default=None)

    def create_cost_center(self, name: str) -> CostCenter:
        """One unsafe request. Raises AlreadyExists, perhaps also for an archived namesake."""
        return self._centers.create(_CENTERS, {"name": name}, decode_cost_center)

    def patch_cost_center(
        self, id: str, *, name: str | None = None, archive: bool | None = None
    ) -> CostCenter:
        """Rename, archive or re-open; None leaves it as it is."""
        body = given(name=name, archive=archive)
        return self._centers.patch(_CENTERS, id, body, decode_cost_center)

    def set_cost_center_users(self, id: str, user_ids: Collection[str]) -> CostCenter:
        """Replace all members by these; whoever is left out is removed."""
        return self._centers.replace_users(_CENTERS, id, user_ids, decode_cost_center)


def decode_cost_center(row: Any) -> CostCenter:
    row = mapping(row, "cost center")
    archived = row.get("archived")
    return CostCenter(
        id=row_id(row),
        name=exact(row.get("name")),
        archived=archived if isinstance(archived, bool) else None,
        count_users=whole(row.get("count_users"), "count_users"),
        user_ids=members(row),
    )


def given(**fields: Any) -> Mapping[str, Any]:
    """The fields that are not None; null clears nothing in these bodies."""
    return {name: value for name, value in fields.items() if value is not None}


def exact(name: Any) -> str:
    """A name with the blanks around it: names are compared character by character."""
    return name if isinstance(name, str) else text(name)


def same_name(one: str, other: str) -> bool:
    """As TravelPerk compares names: case-sensitive; only the Unicode form may differ."""
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
