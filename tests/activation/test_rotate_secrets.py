"""Keys: all credentials under the newest one, and a loud failure where none fits."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection as database
from fernet_fields import EncryptedTextField
from fernet_fields.hkdf import derive_fernet_key

from integrations.models import Connection, ConnectionSecret, Integration, Workspace
from projects.models import Hook
from tests.activation.test_connections import break_secret, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The live key list; the field derives its cipher from it anew each time."""
    live = ["old"]
    field = ConnectionSecret._meta.get_field("value")
    assert isinstance(field, EncryptedTextField)
    for name in ("keys", "fernet_keys", "fernet"):
        field.__dict__.pop(name, None)
    monkeypatch.setattr(type(field), "keys", property(lambda _: list(live)))
    monkeypatch.setattr(
        type(field),
        "fernet_keys",
        property(lambda self: [derive_fernet_key(key) for key in self.keys]),
    )
    monkeypatch.setattr(type(field), "fernet", property(_fernet))
    yield live


def _fernet(field: EncryptedTextField) -> object:
    from cryptography.fernet import MultiFernet

    return MultiFernet([Fernet(key) for key in field.fernet_keys])


def stored(connection: Connection) -> bytes:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT value FROM integrations_connectionsecret WHERE connection_id = %s",
            [connection.pk],
        )
        return bytes(cursor.fetchone()[0])


def opens(key: str, token: bytes) -> bool:
    try:
        Fernet(derive_fernet_key(key)).decrypt(token)
    except InvalidToken:
        return False
    return True


def test_the_newest_key_is_enough_afterwards(keys: list[str]) -> None:
    workspace = Workspace.objects.create(slug="n", name="N")
    connection = make(workspace, "personio", "https://p.example", client_id="a", client_secret="b")
    Connection.objects.update(test_state="ok")
    keys.insert(0, "new")
    call_command("rotate_secrets", stdout=io.StringIO())
    assert opens("new", stored(connection))
    assert not opens("old", stored(connection))
    keys.remove("old")
    assert connection.credentials() == {"client_id": "a", "client_secret": "b"}
    connection.refresh_from_db()
    assert connection.test_state == "ok"


def test_all_that_no_key_fits_are_named_and_the_others_are_rotated(keys: list[str]) -> None:
    lost = []
    for slug in ("a", "b", "c"):
        workspace = Workspace.objects.create(slug=slug, name=slug.upper())
        lost.append(make(workspace, "hellohq", "https://h.example", api_token="t"))
    fine = lost.pop(1)
    for connection in lost:
        break_secret(connection)
    keys.insert(0, "new")
    with pytest.raises(CommandError) as caught:
        call_command("rotate_secrets", stdout=io.StringIO())
    assert caught.value.returncode == 1
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        f"{one.workspace.slug}: helloHQ (#{one.pk})" for one in lost
    ]
    assert opens("new", stored(fine))
    assert stored(lost[0]) == b"garbage"


def test_secrets_that_an_app_made_are_rotated_too(keys: list[str]) -> None:
    """A16: awork's webhook keeps its secret when the old key goes."""
    workspace = Workspace.objects.create(slug="w", name="W")
    integration = Integration.objects.create(workspace=workspace, kind="hellohq-awork")
    secret = Hook.objects.create(integration=integration).secret
    keys[:] = ["new", "old"]
    call_command("rotate_secrets", stdout=io.StringIO())
    keys[:] = ["new"]
    assert Hook.objects.get().secret == secret
