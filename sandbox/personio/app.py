"""Personio's host: both API versions under one application."""

from __future__ import annotations

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.http import Endpoint, Refusal, VendorApp
from sandbox.limits import Bucket
from sandbox.personio import auth, v1, v2, v2_persons
from sandbox.personio.state import PersonioState
from sandbox.world import World

TOKEN_PATHS = frozenset({"/v1/auth", "/v2/auth/token", "/v2/auth/revoke"})
DEFAULT_RATE = (10, 20)
RATES = {"/v1/company/employees": (5, 15), "/v2/persons": (30, 30)}
"""Requests a second, and at once."""


class PersonioApp(VendorApp):
    name = "personio"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def routes(self) -> list[Rule]:
        return [
            *auth.routes(self.world),
            *v1.routes(self.world),
            *v2.routes(self.world),
            *v2_persons.routes(self.world),
        ]

    def tenant_of(self, request: Request) -> str:
        if request.path in TOKEN_PATHS:
            return self._known(auth.client_id(request).removeprefix("papi-"))
        return self._known(auth.bearer(request).removeprefix("papi-").split("-")[0])

    def _known(self, slug: str) -> str:
        return slug if slug in self.world.tenants else ""

    def authorize(self, request: Request, tenant: str, endpoint: Endpoint) -> None:
        version = api_version(request)
        state = self.world.state(tenant, PersonioState) if tenant else None
        token = state.valid_token(version, auth.bearer(request)) if state else None
        if state is None or token is None:
            raise Refusal(self.refuse(401, request))
        allowed = state.credential.v1_scopes | state.credential.v2_scopes
        if endpoint.scope and endpoint.scope not in token.scopes & allowed:
            raise Refusal(self.refuse(403, request))
        if not self._bucket(request, tenant).take() and self.world.enforce_limits:
            raise Refusal(self.refuse(429, request))

    def refuse(self, status: int, request: Request) -> Response:
        if api_version(request) == "v2":
            return v2.problem(status, v2.DETAILS.get(status, "Something went wrong"))
        return v1.failure(status, v1.MESSAGES.get(status, "Something went wrong"))

    def route_not_found(self, request: Request) -> Response:
        if api_version(request) == "v2":
            return v2.problem(404, f"The endpoint with {request.path} was not found.")
        return v1.failure(404, "The requested endpoint was not found.")

    def is_token_call(self, request: Request) -> bool:
        return request.path in TOKEN_PATHS

    def page_of(self, request: Request) -> int:
        return v2.page_of(request) if api_version(request) == "v2" else v1.page_of(request)

    def finish(self, request: Request, tenant: str, response: Response) -> None:
        if request.path in TOKEN_PATHS or not tenant:
            return
        if api_version(request) == "v1":
            response.headers["authorization"] = f"Bearer {auth.bearer(request)}"
            return
        bucket = self._bucket(request, tenant)
        remaining = 0 if response.status_code == 429 else bucket.remaining
        response.headers["x-ratelimit-replenish-rate"] = str(int(bucket.rate))
        response.headers["x-ratelimit-burst-capacity"] = str(bucket.burst)
        response.headers["x-ratelimit-requested-tokens"] = "1"
        response.headers["x-ratelimit-remaining"] = str(remaining)

    def _bucket(self, request: Request, tenant: str) -> Bucket:
        """One per tenant and endpoint; records of a list share the list's."""
        depth = 3 if api_version(request) == "v2" else 4
        path = "/".join(request.path.split("/")[:depth])
        return self._buckets.setdefault((tenant, path), Bucket(*RATES.get(path, DEFAULT_RATE)))


def api_version(request: Request) -> str:
    return "v2" if request.path.startswith("/v2") else "v1"
