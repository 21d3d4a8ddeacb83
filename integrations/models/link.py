"""Links between the two sides, and what is pending about single records."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models.integration import Integration
from integrations.models.run import SyncRun


class Link(models.Model):
    """A record of the left system and its counterpart on the right.

    `base` holds the canonical fields that both sides last agreed on, `echo` what a lossy remote
    returned for them. `left_version` and
    `right_version` are the remotes' versions at that time. A missing id means that this side's
    record is lost and will be made again; a retired link blocks that (A15).
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="links")
    stream = models.CharField(max_length=40)
    left_id = models.CharField(max_length=200, null=True)
    left_alias = models.CharField(max_length=200, blank=True)
    right_id = models.CharField(max_length=200, null=True)
    base = models.JSONField(default=dict)
    echo = models.JSONField(default=dict)
    left_version = models.CharField(max_length=200, blank=True)
    right_version = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    origin = models.CharField(max_length=10, default="created")
    label = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "stream", "left_id"], name="one_link_per_left_record"
            ),
            models.UniqueConstraint(
                fields=["integration", "stream", "right_id"], name="one_link_per_right_record"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream}: {self.left_id} ↔ {self.right_id}"


class Intent(models.Model):
    """A create that was sent or is about to be: committed before the POST, closed with its result.

    While it is open the outcome is unknown. It is resolved by a look-up in a complete read that
    begins after `settled_at` (send time + request time-out + 5 s), never by sending again.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="intents")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="intents")
    stream = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    marker = models.CharField(max_length=64)
    link = models.ForeignKey(Link, models.SET_NULL, null=True, related_name="+")
    entry = models.ForeignKey("RunEntry", models.SET_NULL, null=True, related_name="+")
    source_id = models.CharField(max_length=200)
    source_alias = models.CharField(max_length=200, blank=True)
    source_version = models.CharField(max_length=200, blank=True)
    fields = models.JSONField()
    label = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()
    settled_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["integration", "settled_at"], name="intent_settled")]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "stream", "side", "source_id"], name="one_open_intent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream}: {self.source_id}"


class Problem(models.Model):
    """A skip, failure or conflict that lasts (G7): listed while it lasts, counted in every run.

    `attempts` and `retry_at` are the ladder of a write that the remote refuses: scheduled runs
    leave the record alone until `retry_at`, a run that somebody asked for does not.
    """

    class Severity(models.TextChoices):
        SKIP = "skip", _("skipped")
        CONFLICT = "conflict", _("conflict")
        FAIL = "fail", _("failed")

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="problems")
    stream = models.CharField(_("data"), max_length=40)
    record_id = models.CharField(max_length=210)
    code = models.CharField(_("reason"), max_length=60)
    severity = models.CharField(_("kind"), max_length=10, choices=Severity.choices)
    label = models.CharField(_("record"), max_length=300, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=10, blank=True)
    opened_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("open problem")
        verbose_name_plural = _("open problems")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "stream", "record_id", "code"], name="one_open_problem"
            )
        ]
        indexes = [models.Index(fields=["integration", "code"], name="problem_by_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.label or self.record_id}"


class PendingDeletion(models.Model):
    """A deletion or archiving that the guard holds back until somebody decides (G9).

    `fingerprint` is the state of the record it was asked for: a rejection is forgotten when the
    record changes, and the row goes when the record reappears.
    """

    class Decision(models.TextChoices):
        PENDING = "pending", _("waits")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="pending_deletions")
    link = models.OneToOneField(Link, models.CASCADE, related_name="pending_deletion")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="held_deletions")
    stream = models.CharField(_("data"), max_length=40)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    label = models.CharField(_("record"), max_length=300, blank=True)
    fingerprint = models.CharField(max_length=64)
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision.choices, default=Decision.PENDING
    )
    decided_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("pending deletion")
        verbose_name_plural = _("pending deletions")
        ordering = ["-id"]
        indexes = [models.Index(fields=["integration", "decision"], name="pending_decision")]

    def __str__(self) -> str:
        return self.label or str(self.link)
