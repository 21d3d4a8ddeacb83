"""Approval groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.http import Call, json_response, route
from sandbox.travelperk.answers import (
    body_of,
    flag,
    invalid,
    number,
    numbers,
    page,
    refusal,
    text,
)
from sandbox.travelperk.rest import known_users
from sandbox.travelperk.state import METHODS, Group, TravelPerkState
from sandbox.travelperk.users import brief, member_json
from sandbox.world import World

Json = dict[str, Any]
SCOPE = "approval_groups"
"""What the plan must have."""


class Groups:
    def __init__(self, world: World) -> None:
        self.world = world

    def state(self, call: Call) -> TravelPerkState:
        return self.world.state(call.tenant, TravelPerkState)

    def groups(self, call: Call) -> Response:
        """?origin= ?archived=true|false"""
        state, args = self.state(call), call.request.args
        archived = {"true": True, "false": False}.get(args.get("archived", ""))
        rows = [
            group_json(state, group)
            for group in sorted(state.groups.values(), key=lambda group: group.id)
            if args.get("origin", group.origin) == group.origin
            and archived in (None, group.archived)
        ]
        return page(call, "approval_groups", rows)

    def create(self, call: Call) -> Response:
        state, given = self.state(call), body_of(call)
        name, external_id = text(given, "name"), given.get("external_id")
        if external_id is not None:
            external_id = text(given, "external_id", longest=64)
        approver = self._approver(state, given, set())
        method = _method(given)
        self._check_unique(state, name, external_id)
        now = state.clock.now()
        group = Group(state.next_id(), name, "automated", approver, method, now, now, external_id)
        state.groups[group.id] = group
        return json_response(detail_json(state, group), 201)

    def get(self, call: Call, id: str) -> Response:
        return json_response(detail_json(self.state(call), self.group(call, id)))

    def change(self, call: Call, id: str) -> Response:
        state, group, given = self.state(call), self._own(call, id), body_of(call)
        name = text(given, "name") if "name" in given else group.name
        archived = flag(given, "archive") if "archive" in given else group.archived
        method = _method(given) if "approval_method" in given else group.method
        approver = group.approver_id
        if "approver_id" in given:
            approver = self._approver(state, given, group.user_ids)
        if not archived:
            self._check_unique(state, name, None, group.id)
        group.name, group.archived, group.method = name, archived, method
        group.approver_id, group.modified = approver, state.clock.now()
        return json_response(detail_json(state, group))

    def change_many(self, call: Call) -> Response:
        state, given = self.state(call), body_of(call)
        archived = flag(given, "archive")
        groups = [self._own(call, str(id)) for id in numbers(given, "id_list")]
        if not archived:
            for group in groups:
                self._check_unique(state, group.name, None, group.id)
        for group in groups:
            group.archived, group.modified = archived, state.clock.now()
        return json_response({"updated_count": len(groups)})

    def put_members(self, call: Call, id: str) -> Response:
        """The whole set; who comes from another automated group leaves that."""
        state, group = self.state(call), self._own(call, id)
        ids = known_users(state, body_of(call))
        for user_id in ids:
            if not state.users[user_id].active:
                raise invalid("user_ids", f"The user {user_id} is archived.")
            if user_id == group.approver_id:
                raise invalid("user_ids", "The approver cannot be a member.")
        for user_id in ids:
            for other in state.automated_groups_of(user_id):
                other.user_ids.discard(user_id)
        group.user_ids, group.modified = set(ids), state.clock.now()
        return json_response(detail_json(state, group))

    def group(self, call: Call, id: str) -> Group:
        """Raises Refusal (404)."""
        found = self.state(call).groups.get(int(id)) if id.isdecimal() else None
        if found is None:
            raise refusal(404)
        return found

    def _own(self, call: Call, id: str) -> Group:
        group = self.group(call, id)
        if group.origin != "automated":
            raise refusal(403, "Only automated approval groups can be changed through the API.")
        return group

    def _approver(self, state: TravelPerkState, given: Json, members: set[int]) -> int:
        id = number(given.get("approver_id"), "approver_id")
        user = state.users.get(id)
        if user is None or not user.active:
            raise invalid("approver_id", "The user does not exist or is archived.")
        if id in members:
            raise invalid("approver_id", "The approver cannot be a member.")
        return id

    def _check_unique(
        self, state: TravelPerkState, name: str, external_id: str | None, own: int = 0
    ) -> None:
        """Names among the living, external ids among all."""
        for group in state.groups.values():
            if group.id == own:
                continue
            if group.name == name and not group.archived:
                raise refusal(409, "An approval group with this name exists.")
            if external_id is not None and group.external_id == external_id:
                raise refusal(409, "An approval group with this external_id exists.")


def _method(given: Json) -> str:
    method = given.get("approval_method")
    if method not in METHODS:
        raise invalid("approval_method", f"Must be one of {', '.join(METHODS)}.")
    return str(method)


def group_json(state: TravelPerkState, group: Group) -> Json:
    approver = state.users.get(group.approver_id or 0)
    return {
        "id": str(group.id),
        "name": group.name,
        "external_id": group.external_id,
        "origin": group.origin,
        "approver_id": group.approver_id,
        "approver": brief(approver) if approver else None,
        "approval_method": group.method,
        "archived": group.archived,
        "count_users": len(group.user_ids),
        "created": _instant(group.created),
        "modified": _instant(group.modified),
    }


def detail_json(state: TravelPerkState, group: Group) -> Json:
    users = [member_json(state.users[id]) for id in sorted(group.user_ids)]
    return {**group_json(state, group), "users": users}


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def routes(world: World) -> list[Rule]:
    groups = Groups(world)
    base = "/approval_groups"
    return [
        route(base, groups.groups, scope=SCOPE),
        route(base, groups.create, "POST", scope=SCOPE),
        route(f"{base}/bulk_update", groups.change_many, "PATCH", scope=SCOPE),
        route(f"{base}/<id>", groups.get, scope=SCOPE),
        route(f"{base}/<id>", groups.change, "PATCH", scope=SCOPE),
        route(f"{base}/<id>/users", groups.put_members, "PUT", scope=SCOPE),
    ]
