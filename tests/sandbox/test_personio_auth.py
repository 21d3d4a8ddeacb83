"""Tokens, scopes and hidden attributes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.conftest import TIMEOUT, Client, credentials, v1_client, v2_client


def post(sandbox: Sandbox, path: str, **options: object) -> requests.Response:
    return requests.post(sandbox.urls["personio"] + path, timeout=TIMEOUT, **options)


@pytest.mark.parametrize("form", ["json", "data"])
def test_v1_token_from_json_or_form(sandbox: Sandbox, form: str) -> None:
    answer = post(sandbox, "/v1/auth", **{form: credentials()}).json()
    assert answer["success"] is True
    assert answer["data"]["token"].startswith("papi-")
    assert answer["data"]["expires_in"] == 86400
    assert set(answer["data"]["scope"].split()) == {"employees:read", "absences:read"}


@pytest.mark.parametrize("path", ["/v1/auth", "/v2/auth/token"])
def test_credentials_in_the_query_string_are_refused(sandbox: Sandbox, path: str) -> None:
    assert post(sandbox, path, params=credentials()).status_code == 403


def test_v1_wrong_secret(sandbox: Sandbox) -> None:
    answer = post(sandbox, "/v1/auth", json={**credentials(), "client_secret": "no"})
    assert answer.status_code == 403
    assert answer.json() == {
        "success": False,
        "error": {"code": 0, "message": "Wrong credentials"},
    }


def test_v2_token_needs_a_form_and_fails_with_400(sandbox: Sandbox) -> None:
    form = {"grant_type": "client_credentials", **credentials()}
    good = post(sandbox, "/v2/auth/token", data=form).json()
    assert good["token_type"] == "Bearer"
    assert good["expires_in"] == 86400
    assert post(sandbox, "/v2/auth/token", json=form).json()["error"] == "invalid_request"
    wrong = post(sandbox, "/v2/auth/token", data={**form, "client_secret": "no"})
    assert wrong.status_code == 400
    assert wrong.headers["Content-Type"] == "application/problem+json"
    assert wrong.json()["error"] == "unauthorized_client"
    other = post(sandbox, "/v2/auth/token", data={**form, "grant_type": "password"})
    assert other.json()["error"] == "unsupported_grant_type"


def test_v2_token_with_fewer_scopes(sandbox: Sandbox) -> None:
    form = {"grant_type": "client_credentials", **credentials()}
    answer = post(sandbox, "/v2/auth/token", data={**form, "scope": "personio:persons:read"})
    client = Client(sandbox, "personio", "nordlicht", answer.json()["access_token"])
    client.get("/v2/persons")
    client.get("/v2/absence-types", expect=403)


def test_token_is_stable_for_24_hours_and_then_expires() -> None:
    with Sandbox() as sandbox:
        v1, v2 = v1_client(sandbox), v2_client(sandbox)
        clock = sandbox.world.clock
        clock.advance(timedelta(hours=23))
        same = v1_client(sandbox)
        assert same.session.headers["Authorization"] == v1.session.headers["Authorization"]
        v1.get("/v1/company/time-off-types")
        clock.advance(timedelta(hours=1, seconds=1))
        v1.get("/v1/company/time-off-types", expect=401)
        v2.get("/v2/absence-types", expect=401)
        v1_client(sandbox).get("/v1/company/time-off-types")


def test_revoked_v2_token(sandbox: Sandbox, v2: Client) -> None:
    token = str(v2.session.headers["Authorization"]).removeprefix("Bearer ")
    assert post(sandbox, "/v2/auth/revoke", data={"token": token}).status_code == 200
    v2.get("/v2/absence-types", expect=401)


def test_lost_scope_is_403_at_once(v1: Client, v2: Client) -> None:
    v1.personio.credential.v1_scopes.discard("absences:read")
    v1.personio.credential.v2_scopes.discard("personio:absences:read")
    assert "forbidden" in v1.get("/v1/company/time-offs", expect=403)["error"]["message"]
    assert v2.get("/v2/absence-periods", expect=403)["errors"][0]["title"] == "Forbidden"
    v1.get("/v1/company/employees")
    v2.get("/v2/persons")


def test_hidden_attribute_is_silently_missing(v1: Client, v2: Client) -> None:
    v1.personio.credential.hidden.add("email")
    person = v1.get("/v1/company/employees")["data"][0]["attributes"]
    assert "email" not in person and "last_name" in person
    absence = v1.get("/v1/company/time-offs")["data"][0]["attributes"]
    assert "email" not in absence["employee"]["attributes"]
    keys = {row["key"] for row in v1.get("/v1/company/employees/attributes")["data"]}
    assert "email" not in keys
    assert "email" not in v2.get("/v2/persons")["_data"][0]


def test_tokens_are_per_tenant(sandbox: Sandbox, v1: Client) -> None:
    there = v1_client(sandbox, "isarwerk").get("/v1/company/employees")["data"]
    here = v1.get("/v1/company/employees")["data"]
    emails = {row["attributes"]["email"]["value"].partition("@")[2] for row in there}
    assert emails == {"isarwerk.example"}
    assert here != there


def test_writing_needs_a_scope_that_the_credential_lacks(v1: Client, v2: Client) -> None:
    assert v1("POST", "/v1/company/time-offs", json={}).status_code == 403
    assert v2("DELETE", "/v2/absence-periods/x").status_code == 403


def test_rate_limits_when_they_are_enforced() -> None:
    with Sandbox(enforce_limits=True) as sandbox:
        v2 = v2_client(sandbox)
        answers = [v2("GET", "/v2/absence-types") for _ in range(60)]
        limited = [answer for answer in answers if answer.status_code == 429]
        assert limited
        assert "Retry-After" not in limited[0].headers
        assert limited[0].headers["x-ratelimit-remaining"] == "0"
        assert answers[0].headers["x-ratelimit-burst-capacity"] == "20"
