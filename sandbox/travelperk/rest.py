"""The REST half, but for approval groups: cost centers, companies, users, invoice profiles."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.http import Call, json_response, route
from sandbox.travelperk.answers import (
    body_of,
    detail,
    flag,
    invalid,
    number,
    numbers,
    page,
    refusal,
    text,
)
from sandbox.travelperk.state import Company, CostCenter, TravelPerkState
from sandbox.travelperk.users import brief, member_json, rest_json
from sandbox.world import World

Json = dict[str, Any]


def known_users(state: TravelPerkState, given: Json) -> list[int]:
    """The body's `user_ids`; raises Refusal if one is unknown."""
    ids = numbers(given, "user_ids")
    for id in ids:
        if id not in state.users:
            raise invalid("user_ids", f'Invalid pk "{id}" - object does not exist.')
    return ids


class Rest:
    def __init__(self, world: World) -> None:
        self.world = world

    def state(self, call: Call) -> TravelPerkState:
        return self.world.state(call.tenant, TravelPerkState)

    # -- users and invoice profiles, which are only read

    def users(self, call: Call) -> Response:
        users = sorted(self.state(call).users.values(), key=lambda user: user.id)
        return page(call, "users", [rest_json(user) for user in users])

    def profiles(self, call: Call) -> Response:
        return page(call, "profiles", self.state(call).profiles)

    # -- cost centers

    def cost_centers(self, call: Call) -> Response:
        state = self.state(call)
        rows = [
            {"id": state.id(c.id), "name": c.name, "count_users": len(state.members(c))}
            for c in sorted(state.cost_centers.values(), key=lambda c: c.id)
            if state.quirks.archived_listed or not c.archived
        ]
        return page(call, "cost_centers", rows, total=False)

    def create_cost_center(self, call: Call) -> Response:
        state, given = self.state(call), body_of(call)
        name = text(given, "name")
        self._check_name(state, name)
        self._check_people(state, given)
        center = state.add_cost_center(name)
        self._set_people(center, given)
        return json_response(center_json(state, center), 201)

    def _check_name(self, state: TravelPerkState, name: str, own: int = 0) -> None:
        twin = state.cost_center_named(name)
        if twin and twin.id != own:
            raise refusal(409, "A cost center with this name exists.")

    def _check_people(self, state: TravelPerkState, given: Json) -> None:
        for name in ("approver_id", "delegate_id"):
            value = given.get(name)
            if value is not None and number(value, name) not in state.users:
                raise invalid(name, "The user does not exist.")

    def _set_people(self, center: CostCenter, given: Json) -> None:
        """Null does not clear them."""
        for name in ("approver_id", "delegate_id", "delegate_expiry"):
            if given.get(name) is not None:
                setattr(center, name, given[name])

    def center(self, call: Call, id: str) -> CostCenter:
        """Raises Refusal (404)."""
        found = self.state(call).cost_centers.get(int(id)) if id.isdecimal() else None
        if found is None:
            raise refusal(404)
        return found

    def cost_center(self, call: Call, id: str) -> Response:
        center = self.center(call, id)
        scope = {"all_companies": True, "companies": []}
        return json_response({**center_json(self.state(call), center), **scope})

    def change_cost_center(self, call: Call, id: str) -> Response:
        state, center, given = self.state(call), self.center(call, id), body_of(call)
        name = text(given, "name") if "name" in given else center.name
        archived = flag(given, "archive") if "archive" in given else center.archived
        if not archived:
            self._check_name(state, name, center.id)
        self._check_people(state, given)
        center.name, center.archived = name, archived
        self._set_people(center, given)
        return json_response(center_json(state, center))

    def change_cost_centers(self, call: Call) -> Response:
        state, given = self.state(call), body_of(call)
        archived, ids = flag(given, "archive"), numbers(given, "id_list")
        centers = [self.center(call, str(id)) for id in ids]
        if not archived:
            for center in centers:
                self._check_name(state, center.name, center.id)
        for center in centers:
            center.archived = archived
        return json_response({"updated_count": len(centers)})

    def put_members(self, call: Call, id: str) -> Response:
        state, center = self.state(call), self.center(call, id)
        state.set_members(center, known_users(state, body_of(call)))
        return json_response(center_json(state, center))

    # -- companies

    def companies(self, call: Call) -> Response:
        state = self.state(call)
        companies = sorted(state.companies.values(), key=lambda company: company.id)
        return page(call, "companies", [company_json(state, company) for company in companies])

    def company(self, call: Call, id: str) -> Response:
        state = self.state(call)
        found = state.companies.get(int(id)) if id.isdecimal() else None
        return json_response(company_json(state, found)) if found else detail(404)

    def create_company(self, call: Call) -> Response:
        state, given = self.state(call), body_of(call)
        if not state.account.companies_writable:
            raise refusal(403, "Companies of this account cannot be created through the API.")
        name = text(given, "name")
        if state.company_named(name):
            raise refusal(409, "A company with this name exists.")
        more = {n: text(given, n) for n in ("legal_name", "country_code") if given.get(n)}
        return json_response(company_json(state, state.add_company(name, **more)), 201)


def center_json(state: TravelPerkState, center: CostCenter) -> Json:
    members = state.members(center)
    approver = state.users.get(center.approver_id or 0)
    delegate = state.users.get(center.delegate_id or 0)
    return {
        "id": state.id(center.id),
        "name": center.name,
        "archived": center.archived,
        "users": [member_json(user) for user in members],
        "count_users": len(members),
        "approver_id": center.approver_id,
        "approver": brief(approver) if approver else None,
        "delegate_id": center.delegate_id,
        "delegate": brief(delegate) if delegate else None,
        "delegate_expiry": center.delegate_expiry,
    }


def company_json(state: TravelPerkState, company: Company) -> Json:
    return {
        "id": state.id(company.id),
        "name": company.name,
        "legal_name": company.legal_name,
        "vat_number": company.vat_number,
        "country_code": company.country_code,
        "is_default": company.is_default,
        "archived": company.archived,
        "count_users": sum(user.company == company.id for user in state.users.values()),
    }


def routes(world: World) -> list[Rule]:
    rest = Rest(world)
    return [
        route("/users", rest.users),
        route("/profiles", rest.profiles),
        route("/cost_centers", rest.cost_centers),
        route("/cost_centers", rest.create_cost_center, "POST"),
        route("/cost_centers/bulk_update", rest.change_cost_centers, "PATCH"),
        route("/cost_centers/<id>", rest.cost_center),
        route("/cost_centers/<id>", rest.change_cost_center, "PATCH"),
        route("/cost_centers/<id>/users", rest.put_members, "PUT"),
        route("/companies", rest.companies),
        route("/companies", rest.create_company, "POST"),
        route("/companies/<id>", rest.company),
    ]
