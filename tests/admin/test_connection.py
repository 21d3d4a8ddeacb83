"""Secrets are written and never read; addresses are support's business."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations import services
from integrations.admin.connection import identifiers, technical
from integrations.connections import CONNECTION_ANSWERS, secret_names
from integrations.models import Connection
from tests.admin.conftest import Calls, Site

Login = Callable[[User], Client]
OLD, NEW = "SECRET-OWNSITE", "fresh-secret"


def change_url(site: Site) -> str:
    return reverse("admin:integrations_connection_change", args=[site.connection.pk])


def test_a_blank_field_keeps_the_secret(own: Site, login: Login) -> None:
    answer = login(own.admin).post(change_url(own), {"client_id": "papi-2", "client_secret": ""})
    assert answer.status_code == 302
    assert own.connection.credentials()["client_secret"] == OLD


def test_a_customer_admin_replaces_a_secret_without_seeing_it(own: Site, login: Login) -> None:
    client = login(own.admin)
    page = client.get(change_url(own)).content.decode()
    assert "Set. Leave blank to keep it." in page
    assert OLD not in page
    answer = client.post(
        change_url(own), {"client_id": "papi-2", "client_secret": NEW}, follow=True
    )
    assert own.connection.credentials()["client_secret"] == NEW
    assert NEW not in answer.content.decode()


def test_a_rejected_form_does_not_send_the_secret_back(
    own: Site, support: User, login: Login
) -> None:
    answer = login(support).post(
        change_url(own), {"base_url": "no address", "client_secret": NEW, "api_version": "v1"}
    )
    assert answer.status_code == 200
    assert NEW not in answer.content.decode()
    assert own.connection.credentials()["client_secret"] == OLD


def test_a_forged_post_of_a_customer_admin_sets_no_address(own: Site, login: Login) -> None:
    forged = {
        "client_secret": NEW,
        "base_url": "https://evil.example",
        "api_version": "v2",
        "options": '{"api_version": "v2"}',
        "vendor": "hellohq",
        "identity": "evil",
    }
    login(own.admin).post(change_url(own), forged)
    after = Connection.objects.get(pk=own.connection.pk)
    assert (after.base_url, after.vendor, after.identity) == (
        own.connection.base_url,
        "personio",
        "",
    )
    assert "api_version" not in after.options


def test_support_sets_addresses_and_refused_ones_are_named(
    own: Site, support: User, login: Login
) -> None:
    client = login(support)
    form = {"client_id": "papi-2", "client_secret": "", "api_version": "v2"}
    client.post(change_url(own), {**form, "base_url": "https://new.example/"})
    own.connection.refresh_from_db()
    assert own.connection.base_url == "https://new.example"
    assert own.connection.options["api_version"] == "v2"
    client.post(change_url(own), {**form, "base_url": "https://user:pw@new.example"})
    own.connection.refresh_from_db()
    assert own.connection.base_url == "https://new.example"


def test_changed_credentials_count_as_untested(own: Site, login: Login) -> None:
    login(own.admin).post(change_url(own), {"client_id": "papi-2", "client_secret": NEW})
    own.connection.refresh_from_db()
    assert own.connection.test_state == Connection.Test.UNTESTED


def test_the_admin_log_names_fields_and_holds_no_secret(own: Site, login: Login) -> None:
    login(own.admin).post(change_url(own), {"client_id": "papi-2", "client_secret": NEW})
    entry = LogEntry.objects.get()
    assert "Client secret" in entry.get_change_message()
    assert NEW not in entry.change_message + entry.object_repr


def test_an_unreadable_secret_is_not_saved_over(
    own: Site, login: Login, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost key is repaired by restoring it; the ciphertext stays what it was."""

    def unreadable(connection: Connection) -> dict[str, str]:
        from integrations.models.account import SecretUnreadable

        raise SecretUnreadable(str(connection))

    before = own.connection.secret.value
    monkeypatch.setattr(Connection, "credentials", unreadable)
    answer = login(own.admin).post(
        change_url(own), {"client_id": "papi-2", "client_secret": Fernet.generate_key().decode()}
    )
    assert "restore the encryption key" in answer.content.decode()
    monkeypatch.undo()
    own.connection.secret.refresh_from_db()
    assert own.connection.secret.value == before


def test_the_test_button_needs_a_post_and_says_what_came_of_it(
    own: Site, login: Login, calls: Calls
) -> None:
    client = login(own.admin)
    url = reverse("admin:integrations_connection_test", args=[own.connection.pk])
    assert client.get(url).status_code == 405
    assert "fine" in client.post(url, follow=True).content.decode()
    assert calls.names() == ["test_connection"]


def test_a_failed_test_names_no_address_to_a_customer(
    own: Site, support: User, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = f"no answer from {own.connection.base_url} ({own.address})"
    monkeypatch.setattr(
        services,
        "test_connection",
        lambda connection: services.TestResult(False, "remote_unavailable", message),
    )
    url = reverse("admin:integrations_connection_test", args=[own.connection.pk])
    seen = login(own.admin).post(url, follow=True).content.decode()
    assert "no answer from" in seen
    assert own.address not in seen
    assert own.address in login(support).post(url, follow=True).content.decode()


@pytest.mark.parametrize("vendor", Connection.Vendor.values)
def test_every_answer_of_a_vendor_has_its_place_in_the_form(vendor: str) -> None:
    shown = {*secret_names(vendor), *identifiers(vendor), *technical(vendor), "base_url"}
    assert shown == set(CONNECTION_ANSWERS[vendor].model_fields)
