"""Personio's absence types as they are now, for forms and checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.core.cache import cache

from absences.mapping import LiveType
from integrations.clients import Clients, no_count
from integrations.connections import Account
from integrations.models import Connection, Integration
from integrations.remote import ClosedGate
from integrations.vendors.personio.client import PersonioReader

KEPT_FOR = timedelta(minutes=5)


def live_types(integration: Integration, *, refresh: bool = False) -> list[LiveType]:
    """The types, read at most 5 minutes ago; `refresh` reads them now.

    Raises RemoteErrors, IncompleteConnectionError and SecretUnreadable.
    """
    key = _cache_key(integration)
    found: list[LiveType] | None = None if refresh else cache.get(key)
    if found is None:
        clients = Clients(integration.workspace, ClosedGate(), no_count)
        found = read_types(clients.personio)
        cache.set(key, found, KEPT_FOR.total_seconds())
    return found


def _cache_key(integration: Integration) -> str:
    """Per connection and remote account, so that new credentials never show old types."""
    connection = Connection.objects.filter(workspace=integration.workspace_id, vendor="personio")
    found = connection.first()
    account = Account.of(found).key if found else ""
    version = found.options.get("api_version", "") if found else ""
    return f"absences.live_types.{found.pk if found else 0}.{account}.{version}"


def read_types(personio: PersonioReader) -> list[LiveType]:
    return list(_types(personio))


def _types(personio: PersonioReader) -> Iterator[LiveType]:
    """`id` is the v1 id only: v2 delivers its own id in both places."""
    for page in personio.absence_types():
        for one in page.records:
            v1 = "" if one.id == one.id_v2 else one.id
            yield LiveType(v1, one.id_v2, one.name, one.unit, one.category)
