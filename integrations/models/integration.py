"""An integration of a workspace, and what is wrong with it at the moment."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models.account import Workspace


class Integration(models.Model):
    """One kind of integration in one workspace. `settings` is validated by its kind."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("prepared")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("disabled")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="integrations")
    kind = models.CharField(_("integration"), max_length=40)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PREPARED
    )
    pause_reason = models.CharField(max_length=40, blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    enabled_by = models.ForeignKey(
        "auth.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("enabled by"),
    )
    notices_confirmed = models.BooleanField(_("notices confirmed"), default=False)
    guard_count = models.PositiveIntegerField(_("deletion guard: number"), default=5)
    guard_percent = models.PositiveIntegerField(
        _("deletion guard: percent"), default=10, validators=[MaxValueValidator(100)]
    )
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    last_full_at = models.DateTimeField(_("last full run"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        ordering = ["workspace", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind"], name="one_integration_per_kind")
        ]
        indexes = [models.Index(fields=["state", "next_run_at"], name="integration_due")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.workspace}"


class Incident(models.Model):
    """One cause for an alert, from its first run to its recovery (G11: one mail per cause)."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="incidents")
    cause = models.CharField(_("cause"), max_length=60)
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("until"), null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    run = models.ForeignKey("SyncRun", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "cause"],
                condition=models.Q(closed_at=None),
                name="one_open_incident_per_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} · {self.integration}"
