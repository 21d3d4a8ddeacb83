"""Tokens: v1's stable one and v2's OAuth client credentials."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from sandbox.http import Call, json_response, route
from sandbox.limits import Bucket
from sandbox.personio.state import Credential, PersonioState, Token
from sandbox.personio.v1 import failure
from sandbox.world import World


def bearer(request: Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else ""


def body(request: Request) -> dict[str, Any]:
    """The JSON object or the form, whatever was sent."""
    if request.is_json:
        given = request.get_json(silent=True)
        return given if isinstance(given, dict) else {}
    return request.form.to_dict()


def client_id(request: Request) -> str:
    return str(body(request).get("client_id") or request.args.get("client_id", ""))


class Auth:
    def __init__(self, world: World) -> None:
        self.world = world
        self._limits = {"v1": Bucket(1, 60), "v2": Bucket(2.5, 150)}

    def v1(self, call: Call) -> Response:
        if "client_id" in call.request.args or "client_secret" in call.request.args:
            return failure(403, "Credentials in the query string are not supported.")
        if self._too_many("v1"):
            return failure(429, "Too many requests")
        given = body(call.request)
        if not given.get("client_id") or not given.get("client_secret"):
            return failure(400, "client_id and client_secret are required")
        state = self._state(call.tenant, given)
        if state is None:
            return failure(403, "Wrong credentials", code=0)
        with self.world.tenants[call.tenant].lock:
            token = state.token("v1", frozenset(state.credential.v1_scopes))
        return json_response({"success": True, "data": self._answer(token, "token")})

    def v2(self, call: Call) -> Response:
        if "client_id" in call.request.args or "client_secret" in call.request.args:
            return self._oauth_error(403, "access_denied", "Credentials belong into the body.")
        if self._too_many("v2"):
            return self._oauth_error(429, "temporarily_unavailable", "Too many requests.")
        given = call.request.form.to_dict()
        if not {"grant_type", "client_id", "client_secret"} <= given.keys():
            return self._oauth_error(400, "invalid_request", "A form parameter is missing.")
        if given["grant_type"] != "client_credentials":
            return self._oauth_error(400, "unsupported_grant_type", "Only client_credentials.")
        state = self._state(call.tenant, given)
        if state is None:
            return self._oauth_error(400, "unauthorized_client", "Client authentication failed.")
        return self._v2_token(call.tenant, state, given.get("scope", ""))

    def _v2_token(self, tenant: str, state: PersonioState, wanted: str) -> Response:
        scopes = frozenset(wanted.split()) or frozenset(state.credential.v2_scopes)
        if not scopes <= state.credential.v2_scopes:
            return self._oauth_error(400, "invalid_scope", "The scope is not granted.")
        with self.world.tenants[tenant].lock:
            token = state.token("v2", scopes)
        return json_response({**self._answer(token, "access_token"), "token_type": "Bearer"})

    def revoke(self, call: Call) -> Response:
        value = call.request.form.get("token", "")
        for tenant in self.world.tenants.values():
            state = tenant.state(PersonioState)
            with tenant.lock:
                if state.valid_token("v2", value):
                    del state.tokens["v2"]
        return Response(status=200)

    def _too_many(self, version: str) -> bool:
        return not self._limits[version].take() and self.world.enforce_limits

    def _state(self, tenant: str, given: dict[str, Any]) -> PersonioState | None:
        if not tenant:
            return None
        state = self.world.state(tenant, PersonioState)
        return state if is_right(state.credential, given) else None

    def _answer(self, token: Token, name: str) -> dict[str, Any]:
        left = int((token.expires_at - self.world.clock.now()).total_seconds())
        return {name: token.value, "expires_in": left, "scope": " ".join(sorted(token.scopes))}

    def _oauth_error(self, status: int, error: str, text: str) -> Response:
        payload = {
            "error": error,
            "error_description": text,
            "error_uri": "https://developer.personio.de",
            "timestamp": self.world.clock.now().isoformat().replace("+00:00", "Z"),
            "trace_id": "sandbox",
            "meta": {},
        }
        return json_response(payload, status, "application/problem+json")


def is_right(credential: Credential, given: dict[str, Any]) -> bool:
    known = (credential.client_id, credential.client_secret)
    return (given.get("client_id"), given.get("client_secret")) == known


def routes(world: World) -> list[Rule]:
    handlers = Auth(world)
    return [
        route("/v1/auth", handlers.v1, "POST", public=True),
        route("/v2/auth/token", handlers.v2, "POST", public=True),
        route("/v2/auth/revoke", handlers.revoke, "POST", public=True),
    ]
