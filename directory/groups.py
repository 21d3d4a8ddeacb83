"""Approval groups: one per line manager, with the direct reports (D6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from directory.config import Config
from directory.world import (
    GROUP,
    GROUP_STREAM,
    GROUPS,
    PEOPLE,
    USER_STREAM,
    USERS,
    Directory,
    detailed,
)
from integrations.engine.references import parse, ref
from integrations.engine.stream import (
    Item,
    LinkState,
    Outcome,
    Reads,
    Recipe,
    Snapshot,
    Step,
    Which,
    World,
    Write,
)
from integrations.vendors.travelperk.client import TravelPerkClient
from integrations.vendors.travelperk.records import AUTOMATED, ApprovalGroup, ApprovalGroupDraft
from integrations.vendors.travelperk.refusals import AlreadyExists

FIELDS = ("name", "external_id", "approver", "method", "archived", "members")
NAME_LENGTH = 255


@dataclass(frozen=True)
class LineManagers:
    """Left: every provisioned manager with the provisioned people who report to them."""

    config: Config
    today: date
    vendor: str = "hibob"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        directory = Directory.of(self.config, self.today, reads, world)
        links = world.links(GROUP_STREAM)
        items = {
            manager: self._item(manager, members, directory)
            for manager, members in _members(directory, links).items()
        }
        complete = reads[PEOPLE].complete and "line_manager" not in directory.unpermitted
        return Snapshot(items, complete, usable=complete)

    def _item(self, manager: str, members: set[str], directory: Directory) -> Item:
        suffix = f" · {manager}"
        name = f"HiBob · {_name(manager, directory)}"[: NAME_LENGTH - len(suffix)] + suffix
        fields = {
            "name": name,
            "external_id": manager,
            "approver": ref(USER_STREAM, Which.LEFT, manager),
            "method": self.config.approval_method,
            "archived": False,
            "members": sorted(members),
        }
        return Item(manager, fields, label=name, key=manager)

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("HiBob is only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        """A manager without reports: the people that were read have said so."""
        return True


def _members(directory: Directory, links: Sequence[LinkState]) -> dict[str, set[str]]:
    """Who reports to whom, as references. Whoever is held as vanished stays in the group."""
    found: dict[str, set[str]] = defaultdict(set)
    for employee in directory.provisioned.values():
        if manager := directory.manager_of(employee):
            found[manager].add(ref(USER_STREAM, Which.LEFT, employee.id))
    for link in links:
        manager = link.left_id or ""
        if link.base.get("archived") or not directory.can_lead(manager):
            continue
        for member in link.base.get("members") or []:
            _stream, which, id = parse(member)
            if which is Which.LEFT and directory.is_held(id):
                found[manager].add(member)
    return dict(found)


def _name(manager: str, directory: Directory) -> str:
    """Somebody who is held keeps the name that we know."""
    known = directory.everybody.get(manager)
    return known.name if known else directory.links[manager].label


@dataclass(frozen=True)
class ApprovalGroups:
    """Right: the automated groups. Manual ones are not ours to see."""

    client: TravelPerkClient
    vendor: str = "travelperk"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        links = {link.right_id: link for link in world.links(GROUP_STREAM)}
        listing, users = reads[GROUPS], reads[USERS]
        # No users at all, but links to some: the account is not to be trusted just now.
        sound = users.complete and bool(users.records or not world.links(USER_STREAM))
        items = {
            row.id: self._item(row, links.get(row.id))
            for row in detailed(listing.records, GROUP, reads)
            if row.origin == AUTOMATED
        }
        return Snapshot(items, listing.complete, usable=listing.complete and sound)

    def _item(self, group: ApprovalGroup, link: LinkState | None) -> Item:
        """An archived group may have lost members to others since: it gets them anew."""
        fields = group_fields(group)
        if group.user_ids is None and group.archived:
            fields["members"] = []
        elif group.user_ids is None and link is not None:
            fields["members"] = link.base.get("members") or []
        return Item(
            group.id, fields, version=group.modified, label=group.name, key=group.external_id
        )

    def recipe(self, write: Write) -> Recipe:
        """The group first, then its members as one full set."""
        steps: list[Step] = []
        made = [write.id or ""]

        def create() -> Outcome:
            outcome = self._create(write.want)
            made[0] = outcome.id or ""
            return outcome

        plain = frozenset(FIELDS) - {"members"}
        if write.action == "create":
            steps.append(Step("create", create, True, plain))
        elif write.changed & plain:
            steps.append(Step("patch", lambda: self._patch(write), writes=write.changed & plain))
        if write.action != "archive" and _members_move(write):
            members = frozenset({"members"})
            steps.append(
                Step("members", lambda: self._set_members(made[0], write.want), writes=members)
            )
        return Recipe(steps)

    def _create(self, want: Mapping[str, Any]) -> Outcome:
        draft = ApprovalGroupDraft(
            want["name"], want["approver"], want["method"], want["external_id"]
        )
        try:
            return _outcome(self.client.create_approval_group(draft))
        except AlreadyExists:
            found = self.client.find_approval_group(want["external_id"])
            if found is None:
                raise
            return _outcome(found, adopted=True)

    def _patch(self, write: Write) -> Outcome:
        want, changed = write.want, write.changed
        group = self.client.patch_approval_group(
            write.id or "",
            name=want["name"] if "name" in changed else None,
            approver_id=want["approver"] if "approver" in changed else None,
            approval_method=want["method"] if "method" in changed else None,
            external_id=want["external_id"] if "external_id" in changed else None,
            archive=want["archived"] if "archived" in changed else None,
        )
        return _outcome(group)

    def _set_members(self, id: str, want: Mapping[str, Any]) -> Outcome:
        return _outcome(self.client.set_approval_group_users(id, want["members"]))

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def _members_move(write: Write) -> bool:
    """Not when all that is new are people who have no profile yet."""
    return "members" in write.changed and write.want["members"] != write.before.get("members", [])


def group_fields(group: ApprovalGroup) -> dict[str, Any]:
    """Canonical fields; without members where they were not read."""
    approver = ref(USER_STREAM, Which.RIGHT, group.approver_id) if group.approver_id else None
    fields: dict[str, Any] = {
        "name": group.name,
        "external_id": group.external_id,
        "approver": approver,
        "method": group.approval_method,
        "archived": group.archived,
    }
    if group.user_ids is not None:
        fields["members"] = sorted(ref(USER_STREAM, Which.RIGHT, id) for id in group.user_ids)
    return fields


def _outcome(group: ApprovalGroup, *, adopted: bool = False) -> Outcome:
    return Outcome(group.id, group_fields(group), group.modified, adopted=adopted)


def needs_detail(row: ApprovalGroup, link: LinkState | None, full: bool) -> bool:
    """Members are read only where they may have moved: nothing per group in a quiet run."""
    if row.origin != AUTOMATED or row.archived:
        return False
    return full or link is None or row.count_users != len(link.base.get("members") or [])


def is_foreign(item: Item) -> bool:
    """Every live automated group that is not one of ours is overridden, as was confirmed."""
    return bool(item.fields) and item.fields is not None and item.fields["archived"] is False
