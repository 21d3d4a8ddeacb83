"""`manage.py rotate_secrets`: all stored credentials under the newest of FERNET_KEYS."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import Connection, ConnectionSecret


class Command(BaseCommand):
    help = (
        "Encrypts all credentials with the first key of FERNET_KEYS; the others may go afterwards. "
        "Exit 1 and a list of the connections whose credentials no key can decrypt."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        connections = Connection.objects.filter(secret__isnull=False).select_related("workspace")
        lost = [connection for connection in connections.order_by("pk") if not rotate(connection)]
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


def _lost_message(lost: list[Connection]) -> str:
    lines = [f"  {one.workspace.slug}: {one.get_vendor_display()} (#{one.pk})" for one in lost]
    head = _(
        "No key in FERNET_KEYS fits these credentials. Restore the key that they were stored with, "
        "or enter them anew:"
    )
    return "\n".join([head, *lines])
