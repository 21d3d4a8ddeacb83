"""Runs, their entries (plan first, history afterwards) and the pages staged for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models.integration import Integration


class SyncRun(models.Model):
    """One run of one integration.

    At most one is unfinished per integration. It is claimed by conditional update: `fence` grows
    with every claim, and whoever holds an older one may not commit. `not_before` is when a
    waiting run may go on; `counts`, `reasons` and `api_calls` are its figures.
    """

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("schedule")
        MANUAL = "manual", _("button")
        COMMAND = "command", _("command")
        RELEASE = "release", _("release")
        WEBHOOK = "webhook", _("webhook")

    class Mode(models.TextChoices):
        SYNC = "sync", _("sync")
        DRY_RUN = "dry_run", _("dry run")

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        SUCCEEDED_WITH_ERRORS = "succeeded_with_errors", _("succeeded with errors")
        HELD = "held", _("held")
        FAILED = "failed", _("failed")

    class Phase(models.TextChoices):
        READ = "read", _("reading")
        APPLY = "apply", _("writing")

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="runs")
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger.choices)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.SYNC)
    full = models.BooleanField(_("full"), default=False)
    status = models.CharField(
        _("status"), max_length=24, choices=Status.choices, default=Status.QUEUED
    )
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.READ)
    requested_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    releases = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=200, blank=True)
    fence = models.PositiveIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0)
    again = models.BooleanField(default=False)
    stops = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    api_calls = models.JSONField(default=dict)
    error_code = models.CharField(_("error"), max_length=60, blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration"],
                condition=models.Q(status__in=["queued", "running"]),
                name="one_unfinished_run",
            )
        ]
        indexes = [
            models.Index(fields=["integration", "-id"], name="run_history"),
            models.Index(fields=["status", "lease_until"], name="run_lease"),
            models.Index(fields=["finished_at"], name="run_finished"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StagedPage(models.Model):
    """A page that was read completely, kept with its run so that a wait never re-reads it."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="pages")
    source = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    cursor = models.TextField(blank=True)
    total = models.PositiveIntegerField(null=True)
    records = models.JSONField()
    malformed = models.JSONField(default=list)
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "source", "number"], name="one_page_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class RunEntry(models.Model):
    """What a run plans for one record, and what became of it: the history (G7).

    `before` and `after` hold the mapped fields that the entry changes. `plan` holds what is
    needed to carry it out and is emptied afterwards.
    """

    class Action(models.TextChoices):
        CREATE = "create", _("created")
        UPDATE = "update", _("updated")
        DELETE = "delete", _("deleted")
        ARCHIVE = "archive", _("archived")
        ADOPT = "adopt", _("adopted")
        SKIP = "skip", _("skipped")
        CONFLICT = "conflict", _("conflict")
        FAIL = "fail", _("failed")
        RESOLVED = "resolved", _("resolved")
        UNLINK = "unlink", _("link dropped")

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        HELD = "held", _("waits for approval")
        UNKNOWN = "unknown", _("outcome unknown")

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="entries")
    stream = models.CharField(_("data"), max_length=40)
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    side = models.CharField(_("written to"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    left_id = models.CharField(max_length=200, blank=True)
    right_id = models.CharField(max_length=200, blank=True)
    label = models.CharField(_("record"), max_length=300, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    plan = models.JSONField(null=True, editable=False)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["run", "state", "position"], name="entry_work"),
            models.Index(fields=["run", "action"], name="entry_by_action"),
            models.Index(fields=["created_at"], name="entry_time"),
            models.Index(fields=["reason"], name="entry_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.label or self.left_id or self.right_id}"
