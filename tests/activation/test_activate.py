"""G1: activation from a file; everything or nothing, every error at once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from absences.mapping import current_mapping
from integrations.activation import InvalidAnswersError, activate
from integrations.models import (
    Connection,
    ConnectionSecret,
    Integration,
    Link,
    Membership,
    Workspace,
)

pytestmark = pytest.mark.django_db
KIND = "personio-hellohq"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def run(document: object, now: datetime = NOW) -> Any:
    return activate(json.dumps(document).encode(), now)


def errors(document: object) -> dict[str, str]:
    """Codes by path; nothing may have been saved."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    before = _everything()
    with pytest.raises(InvalidAnswersError) as caught:
        activate(raw, NOW)
    assert _everything() == before
    found = {one.dotted: one.code for one in caught.value.findings}
    assert len(found) == len(caught.value.findings)
    assert all(one.message for one in caught.value.findings)
    return found


def _everything() -> list[Any]:
    models = (Workspace, User, Membership, Connection, ConnectionSecret, Integration)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_g1_a_file_creates_everything(document: dict[str, Any]) -> None:
    outcome = run(document)
    assert (outcome.workspace, outcome.created) == ("nordlicht", True)
    integration = Integration.objects.get()
    assert integration.state == "active"
    assert integration.next_run_at == NOW
    assert integration.notices_confirmed
    assert (integration.guard_count, integration.guard_percent) == (7, 20)
    assert integration.enabled_by == User.objects.get(username="anna@nordlicht.example")
    assert integration.settings == {"sync_start_date": "2026-01-01"}
    assert current_mapping(integration)["Vacation"] == "Urlaub, Paid vacation"
    assert current_mapping(integration)["SickLeave"] == "Krank"


def test_g1_people_are_staff_without_password(document: dict[str, Any]) -> None:
    run(document)
    anna = User.objects.get(username="anna@nordlicht.example")
    assert (anna.email, anna.first_name, anna.last_name) == (anna.username, "Anna", "Berg")
    assert anna.is_staff
    assert not anna.is_superuser
    assert not anna.has_usable_password()
    roles = dict(Membership.objects.values_list("user__username", "role"))
    assert roles == {"anna@nordlicht.example": "admin", "vera@nordlicht.example": "viewer"}


def test_g1_secrets_are_stored_encrypted_and_apart(document: dict[str, Any]) -> None:
    run(document)
    personio = Connection.objects.get(vendor="personio")
    assert personio.credentials() == {"client_id": "papi-0001", "client_secret": "geheim-1"}
    assert personio.options == {"api_version": "v1"}
    assert personio.base_url == "https://api.personio.de"
    hellohq = Connection.objects.get(vendor="hellohq")
    assert hellohq.credentials() == {"api_token": "geheim-2", "api_token_v2": ""}
    assert hellohq.options == {"half_day_encoding": "sameDay"}


def test_g1_twice_changes_nothing(document: dict[str, Any]) -> None:
    run(document)
    Connection.objects.update(test_state="ok")
    before = _everything()
    outcome = run(document, NOW + timedelta(days=1))
    assert not outcome.created
    assert _everything() == before


def test_g1_an_update_keeps_links_and_schedule(document: dict[str, Any]) -> None:
    run(document)
    Link.objects.create(integration=Integration.objects.get(), stream="absences", left_id="1")
    document["integrations"][KIND]["sync_start_date"] = "2026-02-01"
    run(document, NOW + timedelta(days=1))
    integration = Integration.objects.get()
    assert integration.settings == {"sync_start_date": "2026-02-01"}
    assert integration.next_run_at == NOW
    assert Link.objects.count() == 1


def test_g1_what_an_update_leaves_out_means_its_default(document: dict[str, Any]) -> None:
    run(document)
    document["integrations"][KIND] = {"sync_start_date": "2026-01-01"}
    run(document)
    integration = Integration.objects.get()
    assert (integration.guard_count, integration.guard_percent) == (5, 10)
    assert not integration.notices_confirmed
    assert set(current_mapping(integration).values()) == {""}


def test_g1_any_subset(document: dict[str, Any]) -> None:
    run({"workspace": document["workspace"], "admins": document["admins"]})
    run({"workspace": document["workspace"], "connections": document["connections"]})
    run({"workspace": document["workspace"], "integrations": document["integrations"]})
    assert Integration.objects.get().enabled_by == User.objects.get()


def test_g5_a_resting_integration_is_enabled_again(document: dict[str, Any]) -> None:
    run(document)
    Integration.objects.update(state="paused", pause_reason="enabler_gone", next_run_at=None)
    run(document, NOW + timedelta(hours=3))
    integration = Integration.objects.get()
    assert (integration.state, integration.pause_reason) == ("active", "")
    assert integration.next_run_at == NOW + timedelta(hours=3)


def test_g10_the_first_admin_enables_by_default(document: dict[str, Any]) -> None:
    del document["integrations"][KIND]["enabled_by"]
    document["admins"].insert(0, {"email": "ben@nordlicht.example"})
    run(document)
    assert Integration.objects.get().enabled_by == User.objects.get(email="ben@nordlicht.example")


def test_g1_an_existing_account_keeps_its_name_password_and_rights(
    document: dict[str, Any],
) -> None:
    root = User.objects.create_superuser("root", "ANNA@nordlicht.example", "pw", first_name="A")
    run(document)
    root.refresh_from_db()
    assert root.is_superuser
    assert root.check_password("pw")
    assert root.get_full_name() == "A"
    assert Membership.objects.get(role="admin").user == root
    assert Integration.objects.get().enabled_by == root


def test_g1_a_new_secret_makes_the_test_count_no_more(document: dict[str, Any]) -> None:
    run(document)
    Connection.objects.update(test_state="ok")
    document["connections"]["personio"]["client_secret"] = "anders"
    run(document)
    states = dict(Connection.objects.values_list("vendor", "test_state"))
    assert states == {"personio": "untested", "hellohq": "ok"}


def test_g1_connections_of_all_five_systems(document: dict[str, Any]) -> None:
    document["connections"] |= {
        "awork": {"api_key": "k", "workspace_url": "https://nordlicht.awork.com/"},
        "hibob": {"service_user_id": "SERVICE-1", "token": "t"},
        "travelperk": {"api_key": "k"},
    }
    run(document)
    options = dict(Connection.objects.values_list("vendor", "options"))
    assert options["awork"] == {"workspace_url": "https://nordlicht.awork.com"}
    assert options["travelperk"] == {"scim_base_url": "https://app.travelperk.com/api/v2/scim"}
    hibob = Connection.objects.get(vendor="hibob")
    assert hibob.credentials() == {"service_user_id": "SERVICE-1", "token": "t"}


def test_g1_all_errors_at_once(document: dict[str, Any]) -> None:
    document["workspace"]["time_zone"] = "Berlin"
    document["workspace"]["language"] = "fr"
    document["admins"].append({"email": "nobody", "nmae": "x"})
    document["connections"]["personio"] = {"client_id": "", "api_version": "v3"}
    document["connections"]["hellohq"]["base_url"] = "ftp://api.hellohq.io"
    document["connections"]["slack"] = {}
    part = document["integrations"][KIND]
    part |= {"sync_start_date": "01.01.2026", "notices_confirmed": "yes", "typo": 1}
    part["guard"] = {"count": -1, "percent": 101}
    part["absence_mapping"] = {"Holiday": 5}
    document["integrations"]["jira"] = {}
    document["extra"] = 1
    assert errors(document) == {
        "extra": "unknown_key",
        "workspace.time_zone": "unknown_time_zone",
        "workspace.language": "not_allowed",
        "admins.1.email": "invalid_email",
        "admins.1.nmae": "unknown_key",
        "connections.personio.client_id": "empty",
        "connections.personio.client_secret": "missing_key",
        "connections.personio.api_version": "not_allowed",
        "connections.hellohq.base_url": "invalid_address",
        "connections.slack": "unknown_system",
        f"integrations.{KIND}.sync_start_date": "invalid_date",
        f"integrations.{KIND}.notices_confirmed": "wrong_type",
        f"integrations.{KIND}.guard.count": "out_of_range",
        f"integrations.{KIND}.guard.percent": "out_of_range",
        f"integrations.{KIND}.absence_mapping.Holiday": "wrong_type",
        f"integrations.{KIND}.typo": "unknown_key",
        "integrations.jira": "unknown_integration",
    }


def test_p3_mapping_errors_have_the_path_of_the_label(document: dict[str, Any]) -> None:
    document["integrations"][KIND]["absence_mapping"] = {
        "Holiday": "Urlaub",
        "Special leave": "urlaub",
        "Urlaub": "Frei",
        "Ferien": "x",
        "Remote work": '"Home',
    }
    path = f"integrations.{KIND}.absence_mapping"
    assert errors(document) == {
        f"{path}.Special leave": "type_mapped_twice",
        f"{path}.Urlaub": "hq_absence_named_twice",
        f"{path}.Ferien": "unknown_hq_absence",
        f"{path}.Remote work": "unclosed_quote",
    }


def test_g1_semantic_errors_come_with_the_others(document: dict[str, Any]) -> None:
    document["workspace"]["name"] = ""
    document["integrations"][KIND]["enabled_by"] = "vera@nordlicht.example"
    del document["connections"]["hellohq"]
    assert errors(document) == {
        "workspace.name": "empty",
        f"integrations.{KIND}.enabled_by": "not_an_admin",
        "connections.hellohq": "missing_connection",
    }


def test_g10_somebody_must_be_admin(document: dict[str, Any]) -> None:
    del document["admins"]
    del document["integrations"][KIND]["enabled_by"]
    assert errors(document) == {"admins": "no_admin"}


def test_g10_a_deactivated_person_cannot_enable(document: dict[str, Any]) -> None:
    User.objects.create(username="anna@nordlicht.example", is_active=False)
    assert errors(document) == {f"integrations.{KIND}.enabled_by": "inactive_user"}


def test_g10_an_admin_who_becomes_viewer_cannot_enable(document: dict[str, Any]) -> None:
    run(document)
    document["viewers"], document["admins"] = document["admins"], [{"email": "ben@n.example"}]
    assert errors(document) == {f"integrations.{KIND}.enabled_by": "not_an_admin"}


def test_g10_a_deactivated_stored_admin_is_no_default(document: dict[str, Any]) -> None:
    document["admins"].append({"email": "ben@nordlicht.example"})
    run(document)
    User.objects.filter(email="anna@nordlicht.example").update(is_active=False)
    del document["admins"], document["integrations"][KIND]["enabled_by"]
    run(document)
    assert Integration.objects.get().enabled_by == User.objects.get(email="ben@nordlicht.example")


def test_g1_nobody_has_two_roles(document: dict[str, Any]) -> None:
    document["viewers"].append({"email": " ANNA@nordlicht.example"})
    assert errors(document) == {"viewers.1.email": "listed_twice"}


def test_g1_a_missing_workspace(document: dict[str, Any]) -> None:
    del document["workspace"]
    assert errors(document) == {"workspace": "missing_key"}


def test_g1_parts_of_a_wrong_kind() -> None:
    assert errors({"workspace": [], "admins": {}, "connections": [], "integrations": 1}) == {
        "workspace": "wrong_type",
        "admins": "wrong_type",
        "connections": "wrong_type",
        "integrations": "wrong_type",
    }


def test_g1_secrets_stay_when_no_key_fits(document: dict[str, Any]) -> None:
    run(document)
    ConnectionSecret.objects.filter(connection__vendor="personio").delete()
    _insert_garbage(Connection.objects.get(vendor="personio"))
    with pytest.raises(InvalidAnswersError) as caught:
        run(document)
    assert [one.dotted for one in caught.value.findings] == ["connections.personio"]
    assert caught.value.findings[0].code == "secret_unreadable"


def _insert_garbage(connection: Connection) -> None:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO integrations_connectionsecret (connection_id, value, changed_at)"
            " VALUES (%s, %s, %s)",
            [connection.pk, b"garbage", NOW.isoformat()],
        )


@pytest.mark.parametrize(
    "address",
    [
        "http://api.hellohq.io",
        "https://",
        "api.hellohq.io",
        "https://user:pw@api.hellohq.io",
        "https://api.hellohq.io/?token=x",
        "https://api.hellohq.io:port",
        "https://a b.example",
        "javascript:alert(1)",
    ],
)
def test_g1_addresses_must_be_https(document: dict[str, Any], settings: Any, address: str) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    document["connections"]["hellohq"]["base_url"] = address
    assert errors(document) == {"connections.hellohq.base_url": "invalid_address"}


def test_g1_http_where_private_addresses_are_allowed(
    document: dict[str, Any], settings: Any
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    document["connections"]["hellohq"]["base_url"] = "http://127.0.0.1:8901/"
    run(document)
    assert Connection.objects.get(vendor="hellohq").base_url == "http://127.0.0.1:8901"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"workspace": {\n  "slug" "x"}}', {"": "malformed_json"}),
        (b"", {"": "malformed_json"}),
        (b'{"a": NaN}', {"": "malformed_json"}),
        (b'{"a": "\xff"}', {"": "malformed_json"}),
        (b"[" * 100_000, {"": "malformed_json"}),
        (b"[]", {"": "wrong_type"}),
        (
            b'{"connections": {"hibob": {"token": "a", "token": "b"}}}',
            {"connections.hibob.token": "duplicate_key"},
        ),
        (b'{"workspace": {"name": "a\\u0000"}}', {"workspace.name": "invalid_character"}),
        (b'{"admins": [{"name": "\\ud800"}]}', {"admins.0.name": "invalid_character"}),
    ],
)
def test_g1_documents_that_are_no_json_object(raw: bytes, found: dict[str, str]) -> None:
    assert errors(raw) == found


def test_g1_malformed_json_names_line_and_column() -> None:
    with pytest.raises(InvalidAnswersError, match="line 2, column 10"):
        activate(b'{"workspace": {\n  "slug" "x"}}', NOW)


def test_g1_a_byte_order_mark_is_fine(document: dict[str, Any]) -> None:
    activate(b"\xef\xbb\xbf" + json.dumps(document).encode(), NOW)
    assert Workspace.objects.exists()


def command(name: str, **options: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("activate", name, stdout=out, stderr=err, no_color=True, **options)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_prints_one_json_object(
    document: dict[str, Any], as_file: Callable[[object], str]
) -> None:
    code, out, _ = command(as_file(document), json=True)
    assert code == 0
    assert json.loads(out) == {
        "workspace": "nordlicht",
        "created": True,
        "connections": ["personio", "hellohq"],
        "integrations": [KIND],
    }


def test_the_command_tells_the_next_step(
    document: dict[str, Any], as_file: Callable[[object], str]
) -> None:
    _, out, _ = command(as_file(document))
    assert "manage.py preflight --workspace nordlicht" in out


def test_the_command_lists_errors_and_no_secret(
    document: dict[str, Any], as_file: Callable[[object], str]
) -> None:
    document["connections"]["personio"]["client_secret"] = "geheim geheim"
    document["connections"]["hellohq"]["api_token"] = ["geheim-2"]
    document["workspace"]["slug"] = "geheim 3"
    for options in ({"json": True}, {}):
        code, out, err = command(as_file(document), **options)
        assert code == 2
        assert "geheim" not in out + err
        assert "connections.personio.client_secret" in out + err
    rows = json.loads(command(as_file(document), json=True)[1])["errors"]
    assert {row["path"]: row["code"] for row in rows} == {
        "workspace.slug": "not_allowed",
        "connections.personio.client_secret": "invalid_secret",
        "connections.hellohq.api_token": "wrong_type",
    }
    assert not Workspace.objects.exists()


def test_the_command_names_a_file_that_cannot_be_read(tmp_path: Any) -> None:
    code, out, _ = command(str(tmp_path / "nothing.json"), json=True)
    assert code == 2
    assert json.loads(out)["errors"][0]["code"] == "unreadable_file"
