"""What hellohq-awork remembers beyond links: how far it has read, and awork's webhook."""

from __future__ import annotations

import secrets

from django.db import models
from fernet_fields import EncryptedTextField

from integrations.models import Integration


class Cursor(models.Model):
    """How far the changes of one list were read and dealt with (I13).

    `value` is the remote's own stamp: the next read begins there, less an overlap. `seen` are the
    records of that overlap which were dealt with, each as "id@version".
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    source = models.CharField(max_length=60)
    value = models.CharField(max_length=40, blank=True)
    seen = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "source"], name="one_cursor_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.value}"


def new_secret() -> str:
    """43 letters, digits, "-" and "_" that nobody can guess."""
    return secrets.token_urlsafe(32)


class Hook(models.Model):
    """Where awork reports changes of one integration (A16): the token is part of the address, the
    secret comes as a header. `api_user` is our own user in awork, whose events are echoes.
    """

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="+")
    token = models.CharField(max_length=60, unique=True, default=new_secret)
    secret = EncryptedTextField(default=new_secret)
    api_user = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"webhook of {self.integration}"


class Hint(models.Model):
    """Something of awork that may have changed. Nothing of it is believed: it is read by its id.

    `project` is the one that the event named, "" for none. `gone`: reported as deleted.
    """

    class Kind(models.TextChoices):
        PROJECT = "project"
        LIST = "tasklist"
        TASK = "task"
        ENTRY = "timetracking"
        ABSENCE = "absence"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    entity = models.CharField(max_length=40)
    project = models.CharField(max_length=40, blank=True)
    gone = models.BooleanField(default=False)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "kind", "entity"], name="one_hint_per_entity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entity}"
