"""TravelPerk's hosts: SCIM and REST under one application."""

from __future__ import annotations

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.http import Endpoint, Refusal, VendorApp
from sandbox.limits import Bucket
from sandbox.travelperk import groups, rest, scim
from sandbox.travelperk.answers import detail, scim_error
from sandbox.travelperk.state import TravelPerkState
from sandbox.world import World

RATE, BURST = 10, 20
"""Requests a second and at once, for one key. The vendor publishes no numbers."""
RETRY_AFTER = 1
NO_APPROVALS = "Approval groups are part of the Pro plan."
NO_API = "The API is part of the Premium and Pro plans."


def api_key(request: Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "apikey" else ""


class TravelPerkApp(VendorApp):
    name = "travelperk"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._buckets = {slug: Bucket(RATE, BURST) for slug in world.tenants}

    def routes(self) -> list[Rule]:
        return [
            *scim.routes(self.world),
            *rest.routes(self.world),
            *groups.routes(self.world),
        ]

    def tenant_of(self, request: Request) -> str:
        key = api_key(request)
        return next((slug for slug in self.world.tenants if f"-{slug}" in key), "")

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        state = self.world.state(tenant, TravelPerkState) if tenant else None
        if state is None or state.account.api_key != api_key(request):
            raise Refusal(self.refuse(401, request))
        if not self._buckets[tenant].take() and self.world.enforce_limits:
            raise Refusal(self.refuse(429, request))
        if not scim.is_scim(request.path) and request.headers.get("Api-Version") != "1":
            raise Refusal(detail(400, "The header Api-Version is missing or unknown."))
        self._check_plan(state, request, endpoint)

    def _check_plan(self, state: TravelPerkState, request: Request, endpoint: Endpoint) -> None:
        account = state.account
        if account.plan == "starter":
            raise Refusal(self._say(403, request, NO_API))
        if endpoint.scope == groups.SCOPE:
            if account.plan != "pro":
                raise Refusal(self._say(403, request, NO_APPROVALS))
        elif endpoint.scope and endpoint.scope not in account.scopes:
            raise Refusal(self.refuse(403, request))

    def refuse(self, status: int, request: Request) -> Response:
        if status == 404 and scim.is_scim(request.path):
            return scim_error(404, f"{request.path} was not found.")
        response = self._say(status, request)
        if status == 429:
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    def _say(self, status: int, request: Request, text: str = "") -> Response:
        answer = scim_error if scim.is_scim(request.path) else detail
        return answer(status, text)

    def page_of(self, request: Request) -> int:
        if scim.is_scim(request.path):
            return scim.page_of(request)
        offset, limit = (request.args.get(name, "") for name in ("offset", "limit"))
        size = int(limit) if limit.isdecimal() and int(limit) else 10
        return (int(offset) if offset.isdecimal() else 0) // size + 1
