"""G2: the connection test names what is missing; no text shows a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import responses

from integrations import clients
from integrations.clients import (
    CONNECTION_ANSWERS,
    Clients,
    address_names,
    budget_for,
    no_count,
    option_names,
    secret_names,
    test_connection,
)
from integrations.connections import Account, IncompleteConnectionError
from integrations.models import Connection, ConnectionSecret, Workspace
from integrations.remote import (
    AddressRefused,
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    RateLimited,
    RemoteError,
    Unavailable,
)
from integrations.vendors.budget import LocalBudget, RedisBudget

pytestmark = pytest.mark.django_db
PERSONIO = "https://personio.example"
HELLOHQ = "https://hellohq.example"
AWORK = "https://awork.example"


@pytest.fixture
def workspace() -> Workspace:
    return Workspace.objects.create(slug="nordlicht", name="Nordlicht")


@pytest.fixture
def personio(workspace: Workspace) -> Connection:
    return make(workspace, "personio", PERSONIO, client_id="papi-1", client_secret="geheim-1")


@pytest.fixture
def hellohq(workspace: Workspace) -> Connection:
    return make(workspace, "hellohq", HELLOHQ, api_token="geheim-2", api_token_v2="")


def make(workspace: Workspace, vendor: str, url: str, **secrets: str) -> Connection:
    connection = Connection.objects.create(workspace=workspace, vendor=vendor, base_url=url)
    connection.store_credentials(secrets)
    return connection


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(
            f"{PERSONIO}/v1/auth",
            json={"success": True, "data": {"token": "papi-token", "expires_in": 86400}},
        )
        for name in ("time-offs", "absence-periods", "time-off-types"):
            mock.get(f"{PERSONIO}/v1/company/{name}", json={"success": True, "data": []})
        yield mock


def employees(*attributes: str) -> dict[str, Any]:
    fields = {name: {"label": name, "value": "x"} for name in ("id", *attributes)}
    return {"success": True, "data": [{"type": "Employee", "attributes": fields}]}


def test_g2_a_connection_that_works(personio: Connection, web: responses.RequestsMock) -> None:
    web.get(f"{PERSONIO}/v1/company/employees", json=employees("email"))
    assert test_connection(personio).code == "connection_ok"
    personio.refresh_from_db()
    assert personio.test_state == "ok"
    assert personio.tested_at


def test_g2_a_missing_scope_and_attribute_are_named(
    personio: Connection, web: responses.RequestsMock
) -> None:
    web.get(f"{PERSONIO}/v1/company/employees", json=employees("first_name"))
    web.replace(responses.GET, f"{PERSONIO}/v1/company/time-offs", status=403, json={})
    result = test_connection(personio)
    assert (result.ok, result.code) == (False, "permission_missing")
    assert "absences:read" in result.message
    assert "email" in result.message
    personio.refresh_from_db()
    assert (personio.test_state, personio.test_detail) == ("failed", result.message)


def test_g2_wrong_credentials_are_not_echoed(
    personio: Connection, web: responses.RequestsMock
) -> None:
    answer = {"success": False, "error": {"message": "papi-1 geheim-1 is wrong"}}
    web.replace(responses.POST, f"{PERSONIO}/v1/auth", status=403, json=answer)
    result = test_connection(personio)
    assert result.code == "auth_failed"
    assert "geheim" not in result.message


def test_g2_a_web_page_means_a_wrong_address(hellohq: Connection) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{HELLOHQ}/v1/Users", body="<html>", content_type="text/html")
        assert test_connection(hellohq).code == "wrong_address"


def test_g2_a_private_address_is_refused_before_anything_is_sent(
    hellohq: Connection, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    hellohq.base_url = "https://127.0.0.1:9"
    hellohq.save()
    assert test_connection(hellohq).code == "address_refused"


class Refusing:
    def __init__(self, error: RemoteError) -> None:
        self.error = error

    def check(self) -> list[str]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthFailed("personio", "no", status=401), "auth_failed"),
        (Forbidden("personio", "employees:read", status=403), "permission_missing"),
        (Unavailable("personio", "no trusted TLS connection"), "tls_failed"),
        (Unavailable("personio", "no connection"), "host_unreachable"),
        (Unavailable("personio", "status 503", status=503), "remote_unavailable"),
        (BadAnswer("personio", "the answer is no JSON"), "wrong_address"),
        (BadAnswer("personio", "cut off"), "bad_answer"),
        (EndpointNotFound("personio", "an HTML page", status=404), "wrong_address"),
        (AddressRefused("personio", "redirected to another host"), "address_refused"),
        (RateLimited("personio", retry_after=60.0), "rate_limited"),
        (InconsistentList("personio", "twice"), "inconsistent_list"),
    ],
)
def test_g2_every_error_has_a_code_and_a_next_step(
    personio: Connection, monkeypatch: pytest.MonkeyPatch, error: RemoteError, code: str
) -> None:
    monkeypatch.setitem(clients.OPENERS, "personio", lambda *_: Refusing(error))
    result = test_connection(personio)
    assert (result.ok, result.code) == (False, code)
    assert result.message.startswith(("Personio", "The a", "The A"))
    assert "%(" not in result.message


def test_g2_a_missing_credential_is_named(workspace: Workspace) -> None:
    connection = make(workspace, "personio", PERSONIO, client_id="papi-1")
    result = test_connection(connection)
    assert result.code == "missing_credential"
    assert "client_secret" in result.message


def test_g2_an_unreadable_secret_is_no_wrong_secret(personio: Connection) -> None:
    break_secret(personio)
    assert test_connection(personio).code == "secret_unreadable"


def break_secret(connection: Connection) -> None:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_connectionsecret SET value = %s WHERE connection_id = %s",
            [b"garbage", connection.pk],
        )


def test_g2_every_system_can_be_tested() -> None:
    assert set(clients.OPENERS) == set(clients.PACES) == set(Connection.Vendor.values)


PERSON = {"id": str(UUID(int=1)), "userContactInfos": [{"type": "email", "value": "a@b.example"}]}


@pytest.fixture
def awork(workspace: Workspace) -> Connection:
    connection = make(workspace, "awork", AWORK, api_key="geheim-3")
    connection.options = {"workspace_url": "https://nordlicht.awork.example"}
    connection.save()
    return connection


def awork_answers(web: responses.RequestsMock, *refused: str, person: Any = PERSON) -> None:
    """Every area of awork, with 401 as awork's only word for a missing permission."""
    web.get(f"{AWORK}/api/v1/me", json={"id": PERSON["id"], "workspace": {"id": PERSON["id"]}})
    for name in ("users", "companies", "projects", "me/projecttasks", "typeofwork", "timeentries"):
        denied = {"status": 401, "json": {"code": "unauthorized", "description": "No."}}
        known = {"json": [person] if name == "users" else []}
        web.get(f"{AWORK}/api/v1/{name}", **denied if name in refused else known)


def test_g2_awork_answers_and_what_only_some_syncs_need_is_not_asked(awork: Connection) -> None:
    with responses.RequestsMock() as web:
        awork_answers(web)
        assert test_connection(awork).code == "connection_ok"
        asked = {urlsplit(call.request.url).path.removeprefix("/api/v1/") for call in web.calls}
        keys = {call.request.headers["Authorization"] for call in web.calls}
    assert not {"absences", "webhooks"} & asked
    assert {"me", "users", "companies", "projects", "me/projecttasks"} < asked
    assert keys == {"Bearer geheim-3"}
    awork.refresh_from_db()
    assert awork.test_state == "ok"


def test_g2_what_an_awork_key_may_not_read_is_named(awork: Connection) -> None:
    with responses.RequestsMock() as web:
        awork_answers(web, "me/projecttasks", "timeentries", person={"id": PERSON["id"]})
        result = test_connection(awork)
    assert (result.ok, result.code) == (False, "permission_missing")
    assert result.names == ("userContactInfos", "tasks", "time entries")
    assert "userContactInfos, tasks, time entries" in result.message
    awork.refresh_from_db()
    assert (awork.test_state, awork.test_detail) == ("failed", result.message)


def test_g2_a_wrong_awork_key_is_not_echoed(awork: Connection) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{AWORK}/api/v1/me", status=401, body="geheim-3 is unknown")
        result = test_connection(awork)
    assert result.code == "auth_failed"
    assert "geheim" not in result.message


def test_g2_a_missing_awork_key_or_address_is_named(workspace: Workspace) -> None:
    connection = make(workspace, "awork", AWORK, api_key="")
    assert test_connection(connection).names == ("api_key", "workspace_url")


def test_the_pace_of_awork_follows_what_it_says_is_left(awork: Connection, settings: Any) -> None:
    settings.REDIS_URL = ""
    budget = budget_for(Account.of(awork))
    awork_client = Clients(awork.workspace, ClosedGate(), no_count).awork
    left = {"x-ratelimit-limit-minute": "1000", "x-ratelimit-remaining-minute": "900"}
    with responses.RequestsMock() as web:
        web.get(f"{AWORK}/api/v1/me", json={"id": "u", "workspace": {"id": "w"}}, headers=left)
        awork_client.directory.me()
    assert isinstance(budget, LocalBudget)
    assert budget.rate == 15.0
    budget.hear(plenty=False)
    assert budget.rate == 8.0


def test_clients_are_opened_once(workspace: Workspace, personio: Connection) -> None:
    opened = Clients(workspace, ClosedGate(), no_count)
    assert opened.personio is opened.personio
    with pytest.raises(IncompleteConnectionError):
        _ = opened.hellohq


def test_i9_clients_use_their_own_workspace(workspace: Workspace, personio: Connection) -> None:
    other = Workspace.objects.create(slug="b", name="B")
    with pytest.raises(IncompleteConnectionError):
        _ = Clients(other, ClosedGate(), no_count).personio


def test_two_connections_to_one_account_share_a_budget(personio: Connection, settings: Any) -> None:
    settings.REDIS_URL = ""
    other = Workspace.objects.create(slug="b", name="B")
    same = make(other, "personio", PERSONIO, client_id="papi-1", client_secret="anders")
    assert budget_for(Account.of(personio)) is budget_for(Account.of(same))
    assert isinstance(budget_for(Account.of(same)), LocalBudget)
    same.store_credentials({"client_id": "papi-2", "client_secret": "anders"})
    assert budget_for(Account.of(personio)) is not budget_for(Account.of(same))


def test_with_redis_the_budget_is_shared_by_all_workers(
    hellohq: Connection, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://localhost:6379/0"
    monkeypatch.setattr(clients, "_redis", lambda: object())
    account = Account.of(hellohq)
    assert isinstance(budget_for(account), RedisBudget)
    assert "geheim" not in account.key
    assert "geheim" not in repr(account)


def test_every_vendor_has_answers() -> None:
    assert list(CONNECTION_ANSWERS) == Connection.Vendor.values
    assert secret_names("personio") == ("client_id", "client_secret")
    assert secret_names("hellohq") == ("api_token", "api_token_v2")
    assert option_names("travelperk") == ("scim_base_url",)
    assert address_names("awork") == ("workspace_url", "base_url")
    assert option_names("hellohq") == ("half_day_encoding",)


def test_no_secret_row_is_a_missing_credential(personio: Connection) -> None:
    ConnectionSecret.objects.all().delete()
    assert test_connection(personio).code == "missing_credential"
