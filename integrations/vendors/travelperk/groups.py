"""Approval groups: one per line manager. All of this is [contract]."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from integrations.remote import Page, Rejected
from integrations.vendors.http import Transport
from integrations.vendors.travelperk.centers import given
from integrations.vendors.travelperk.paging import row_id
from integrations.vendors.travelperk.records import (
    APPROVAL_METHODS,
    ApprovalGroup,
    ApprovalGroupDraft,
)
from integrations.vendors.travelperk.refusals import VENDOR
from integrations.vendors.travelperk.rest import Calls, members, number
from integrations.vendors.values import ident, mapping, stamp, text, whole

_GROUPS = "/approval_groups"


class ApprovalGroupCalls:
    def __init__(self, rest: Transport) -> None:
        self._groups = Calls(rest)

    def approval_groups(
        self, cursor: str = "", *, archived: bool | None = None
    ) -> Iterator[Page[ApprovalGroup]]:
        """The groups of every origin, without members; only archived or only live ones if asked."""
        filter = {} if archived is None else {"archived": str(archived).lower()}
        return self._groups.listing(_GROUPS, decode_group, filter).pages(cursor)

    def approval_group(self, id: str) -> ApprovalGroup:
        """With members. Raises NotFound."""
        return self._groups.one(_GROUPS, id, decode_group)

    def find_approval_group(self, external_id: str) -> ApprovalGroup | None:
        """The group with this external id, archived or not, with members. It is no filter, so
        all groups are read; and then the archived ones, should the list leave them out."""
        for archived in (None, True):
            for page in self.approval_groups(archived=archived):
                for group in page.records:
                    if external_id and group.external_id == external_id:
                        return self.approval_group(group.id)
        return None

    def create_approval_group(self, draft: ApprovalGroupDraft) -> ApprovalGroup:
        """One unsafe request; the group is automated and empty.

        Raises AlreadyExists for a name or external id that is taken (an archived group keeps its
        external id); Rejected, and sends nothing, for a method or approver that is none.
        """
        body = {
            "name": draft.name,
            "approver_id": number(draft.approver_id),
            "approval_method": _method(draft.approval_method),
            **given(external_id=draft.external_id or None),
        }
        return self._groups.create(_GROUPS, body, decode_group)

    def patch_approval_group(
        self,
        id: str,
        *,
        name: str | None = None,
        approver_id: str | None = None,
        approval_method: str | None = None,
        external_id: str | None = None,
        archive: bool | None = None,
    ) -> ApprovalGroup:
        """Change an automated group; None leaves a field as it is. Raises Forbidden for others."""
        body = given(
            name=name,
            approver_id=None if approver_id is None else number(approver_id),
            approval_method=None if approval_method is None else _method(approval_method),
            external_id=external_id,
            archive=archive,
        )
        return self._groups.patch(_GROUPS, id, body, decode_group)

    def set_approval_group_users(self, id: str, user_ids: Collection[str]) -> ApprovalGroup:
        """Replace all members by these active users; they leave their other automated group.

        Raises Rejected, and changes nothing, if one of them is unknown or archived.
        """
        return self._groups.replace_users(_GROUPS, id, user_ids, decode_group)


def _method(name: str) -> str:
    if name not in APPROVAL_METHODS:
        raise Rejected(VENDOR, "not an approval method of TravelPerk")
    return name


def decode_group(row: Any) -> ApprovalGroup:
    row = mapping(row, "approval group")
    if not isinstance(row.get("archived"), bool):
        raise ValueError("archived: missing")
    return ApprovalGroup(
        id=row_id(row),
        name=text(row.get("name")),
        external_id=text(row.get("external_id")),
        origin=ident(row.get("origin"), "origin"),
        approver_id=text(row.get("approver_id")),
        approval_method=text(row.get("approval_method")),
        archived=row["archived"],
        count_users=whole(row.get("count_users"), "count_users"),
        user_ids=members(row),
        created=stamp(row.get("created")),
        modified=stamp(row.get("modified")),
    )
