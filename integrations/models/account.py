"""Workspaces, their people, and the connections to the vendors."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo, available_timezones

from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from fernet_fields import EncryptedTextField


class SecretUnreadable(Exception):
    """No key of FERNET_KEYS fits a stored secret. Restore the key; do not save over the secret."""

    code = "secret_unreadable"


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class Workspace(models.Model):
    """One agency. Everything that belongs to a customer hangs on its workspace."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    hellohq_url = models.URLField(_("helloHQ address"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Berlin", validators=[validate_time_zone]
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        default="de",
        choices=[("de", _("German")), ("en", _("English"))],
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Membership(models.Model):
    """What a user may do in a workspace. Support (superusers) needs none."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("administrator")
        VIEWER = "viewer", _("viewer")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey("auth.User", models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.ADMIN)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.workspace}"


class Connection(models.Model):
    """One account at one vendor. The secrets live in ConnectionSecret, away from every list.

    `options` holds what is not secret and not an address, for instance Personio's API version.
    `identity` is the remote account that answered first (G12).
    """

    class Vendor(models.TextChoices):
        PERSONIO = "personio", "Personio"
        HELLOHQ = "hellohq", "helloHQ"
        AWORK = "awork", "awork"
        HIBOB = "hibob", "HiBob"
        TRAVELPERK = "travelperk", "TravelPerk"

    class Test(models.TextChoices):
        UNTESTED = "untested", _("not tested")
        OK = "ok", _("works")
        FAILED = "failed", _("failed")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="connections")
    vendor = models.CharField(_("system"), max_length=20, choices=Vendor.choices)
    base_url = models.URLField(_("API address"))
    options = models.JSONField(_("options"), default=dict, blank=True)
    identity = models.CharField(max_length=300, blank=True, editable=False)
    test_state = models.CharField(
        _("connection test"), max_length=10, choices=Test.choices, default=Test.UNTESTED
    )
    test_detail = models.TextField(blank=True)
    tested_at = models.DateTimeField(_("tested"), null=True, blank=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["workspace", "vendor"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "vendor"], name="one_connection_per_vendor"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_vendor_display()} · {self.workspace}"

    def credentials(self) -> dict[str, str]:
        """The secrets by name. Raises SecretUnreadable when no key fits."""
        try:
            secret = ConnectionSecret.objects.filter(connection=self).first()
        except InvalidToken as error:
            raise SecretUnreadable(str(self)) from error
        return json.loads(secret.value) if secret else {}

    def store_credentials(self, credentials: dict[str, str]) -> None:
        """Replace all secrets; what was proven with the old ones no longer counts."""
        ConnectionSecret.objects.update_or_create(
            connection=self, defaults={"value": json.dumps(credentials)}
        )
        self.test_state, self.test_detail, self.tested_at = self.Test.UNTESTED, "", None
        self.save(update_fields=["test_state", "test_detail", "tested_at"])


class ConnectionSecret(models.Model):
    """A connection's credentials: a JSON object, encrypted with FERNET_KEYS (newest first)."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="secret")
    value = EncryptedTextField()
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"secret of {self.connection}"
