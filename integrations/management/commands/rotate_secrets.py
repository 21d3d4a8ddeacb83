"""`manage.py rotate_secrets`: all stored credentials under the newest of FERNET_KEYS."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from fernet_fields import EncryptedField

from integrations.models import Connection, ConnectionSecret


class Command(BaseCommand):
    help = (
        "Encrypts all credentials with the first key of FERNET_KEYS; the others may go afterwards. "
        "Exit 1 and a list of the connections whose credentials no key can decrypt."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        connections = Connection.objects.filter(secret__isnull=False).select_related("workspace")
        lost = [connection for connection in connections.order_by("pk") if not rotate(connection)]
        rotate_the_rest()
        number = len(connections) - len(lost)
        text = ngettext(
            "%(number)d connection was encrypted anew.",
            "%(number)d connections were encrypted anew.",
            number,
        )
        self.stdout.write(text % {"number": number})
        if lost:
            raise CommandError(_lost_message(lost), returncode=1)


def rotate(connection: Connection) -> bool:
    """Encrypt a connection's credentials anew; False where no key fits. Nothing else changes."""
    with transaction.atomic():
        rows = ConnectionSecret.objects.select_for_update().filter(connection=connection)
        try:
            secret = rows.first()
        except InvalidToken:
            return False
        if secret is not None:
            rows.update(value=secret.value)
    return True


def rotate_the_rest() -> None:
    """Secrets that an app made itself, as for a webhook; where no key fits, it makes new ones."""
    for model in apps.get_models():
        names = [one.name for one in model._meta.fields if isinstance(one, EncryptedField)]
        if names and model is not ConnectionSecret:
            for pk in model._default_manager.values_list("pk", flat=True):
                _rotate_row(model, pk, names)


def _rotate_row(model: type[Model], pk: object, names: list[str]) -> None:
    with transaction.atomic():
        rows = model._default_manager.select_for_update().filter(pk=pk)
        try:
            row = rows.first()
        except InvalidToken:
            return
        if row is not None:
            rows.update(**{name: getattr(row, name) for name in names})


def _lost_message(lost: list[Connection]) -> str:
    lines = [f"  {one.workspace.slug}: {one.get_vendor_display()} (#{one.pk})" for one in lost]
    head = _(
        "No key in FERNET_KEYS fits these credentials. Restore the key that they were stored with, "
        "or enter them anew:"
    )
    return "\n".join([head, *lines])
