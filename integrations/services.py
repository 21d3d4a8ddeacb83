"""What people and schedules may ask of an integration. Every change of its state is here."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from integrations import kinds
from integrations.checks import run_preflight
from integrations.clients import TestResult, test_connection
from integrations.engine import record
from integrations.kinds import Check
from integrations.models import (
    Connection,
    Integration,
    Intent,
    Link,
    Membership,
    PendingDeletion,
    RunEntry,
    SyncRun,
)

__all__ = [
    "Check",
    "NotNow",
    "TestResult",
    "accept_account",
    "activate",
    "cancel_disabled",
    "decide_deletions",
    "disable",
    "enabler_is_gone",
    "pause",
    "request_run",
    "resume",
    "run_preflight",
    "test_connection",
    "wake",
]

log = logging.getLogger(__name__)


class NotNow(Exception):
    """The request does not fit the integration's state. `code` is stable, str() translated."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def request_run(
    integration: Integration,
    *,
    trigger: str,
    mode: str = SyncRun.Mode.SYNC,
    full: bool = False,
    user: User | None = None,
    releases: SyncRun | None = None,
) -> SyncRun:
    """Queue a run and wake a worker once it is committed. Raises NotNow."""
    _check_enabler(integration)
    try:
        with transaction.atomic():
            _check_may_run(_locked(integration), mode)
            run = SyncRun.objects.create(
                integration=integration, trigger=trigger, mode=mode, full=full,
                requested_by=user, releases=releases,
            )  # fmt: skip
    except IntegrityError:
        message = _("A run of this integration is already under way. Wait until it is finished.")
        raise NotNow("run_active", message) from None
    if trigger not in (SyncRun.Trigger.COMMAND, SyncRun.Trigger.RELEASE):
        transaction.on_commit(lambda: wake(run.pk))
    return run


def _check_may_run(integration: Integration, mode: str) -> None:
    state = Integration.State(integration.state)
    if state is Integration.State.PREPARED and mode == SyncRun.Mode.DRY_RUN:
        return
    if state is not Integration.State.ACTIVE:
        text = _("The integration is %(state)s. Resume or activate it first.")
        raise NotNow(state.value, text % {"state": state.label})
    if missing := kinds.get(integration.kind).unready(integration):
        raise NotNow("not_configured", missing)


def _locked(integration: Integration) -> Integration:
    """The integration as it is now, kept from changing until the transaction ends."""
    return Integration.objects.select_for_update().get(pk=integration.pk)


def _check_enabler(integration: Integration) -> None:
    """G10: without its person an active integration pauses until another one answers for it."""
    if integration.state == Integration.State.ACTIVE and enabler_is_gone(integration):
        pause(integration, reason="enabled_by_inactive", user=None)
        text = _("The person who enabled this integration is no longer active. Another "
                 "administrator must resume it.")  # fmt: skip
        raise NotNow("enabled_by_inactive", text)


def enabler_is_gone(integration: Integration) -> bool:
    """G10: the person was deactivated or is no longer an administrator of the workspace."""
    user = integration.enabled_by
    if user is None or not user.is_active:
        return True
    if user.is_superuser:
        return False
    return not Membership.objects.filter(
        workspace=integration.workspace_id, user=user, role=Membership.Role.ADMIN
    ).exists()


def wake(run_id: int) -> None:
    """Tell a worker about a queued run. If the broker is away, `dispatch_due` tells it later."""
    try:
        current_app.send_task("integrations.tasks.work_run", args=[run_id])
    except (OperationalError, OSError) as error:
        log.warning("broker not reachable, run %s waits for the next dispatch: %s", run_id, error)
        return
    SyncRun.objects.filter(pk=run_id).update(sent_at=timezone.now())


# -- states --------------------------------------------------------------------------------


def activate(integration: Integration, *, user: User) -> None:
    """Confirm a prepared (or disabled) integration; its first run is due at once (G1).

    Its credentials are tested first (G2). Raises NotNow with what is wrong with them.
    """
    if missing := kinds.get(integration.kind).unready(integration):
        raise NotNow("not_configured", missing)
    _check_connections(integration)
    _set(integration, Integration.State.ACTIVE, enabled_by=user, next_run_at=timezone.now())


def _check_connections(integration: Integration) -> None:
    kind = kinds.get(integration.kind)
    connections = Connection.objects.filter(workspace=integration.workspace_id)
    for vendor in kind.vendors:
        connection = connections.filter(vendor=vendor).first()
        if connection is None:
            name = Connection.Vendor(vendor).label
            raise NotNow("missing_connection", _("There is no connection to %s yet.") % name)
        result = test_connection(connection)
        if not result.ok:
            raise NotNow(result.code, f"{connection}: {result.message}")


def pause(integration: Integration, *, reason: str, user: User | None) -> None:
    """No run starts until it is resumed; one that is under way finishes."""
    _require(integration, Integration.State.ACTIVE)
    _set(integration, Integration.State.PAUSED, pause_reason=reason)


def resume(integration: Integration, *, user: User) -> None:
    """Go on; whoever resumes answers for it from now on if the former person is gone (G10)."""
    _require(integration, Integration.State.PAUSED)
    gone = enabler_is_gone(integration)
    _set(
        integration,
        Integration.State.ACTIVE,
        enabled_by=user if gone else integration.enabled_by,
        next_run_at=timezone.now(),
    )


def disable(integration: Integration, *, user: User) -> None:
    """Stop for good. What was synced stays, and so do the links: reconnecting continues (G5).

    A run that is being worked on ends with its slice.
    """
    with transaction.atomic():
        _set(integration, Integration.State.DISABLED, next_run_at=None)
        cancel_disabled()


def cancel_disabled() -> None:
    """Finish the waiting runs of disabled integrations; nothing that they read is kept."""
    waiting = SyncRun.objects.filter(
        integration__state=Integration.State.DISABLED, status=SyncRun.Status.QUEUED
    )
    for run in waiting.select_related("integration"):
        with transaction.atomic():
            run.pages.all().delete()
            run.entries.filter(state=RunEntry.State.PLANNED).delete()
            run.counts, run.reasons = record.figures(run)
            run.status, run.error_code = SyncRun.Status.FAILED, "disabled"
            run.finished_at, run.not_before = timezone.now(), None
            run.save()


def _require(integration: Integration, state: Integration.State) -> None:
    if integration.state != state:
        text = _("The integration is %(state)s.")
        raise NotNow("wrong_state", text % {"state": integration.get_state_display()})


def _set(
    integration: Integration,
    state: Integration.State,
    *,
    pause_reason: str = "",
    enabled_by: User | None = None,
    next_run_at: datetime | None = None,
) -> None:
    integration.state, integration.pause_reason = state, pause_reason
    fields = ["state", "pause_reason"]
    if state in (Integration.State.ACTIVE, Integration.State.DISABLED):
        integration.next_run_at = next_run_at
        fields.append("next_run_at")
    if enabled_by is not None:
        integration.enabled_by = enabled_by
        fields.append("enabled_by")
    integration.save(update_fields=fields)


def accept_account(integration: Integration, *, user: User) -> None:
    """The other account that the credentials lead to is meant (G12): forget all links.

    Nothing is deleted at a remote; the next run adopts what is equal. Raises NotNow.
    """
    with transaction.atomic():
        if integration.runs.filter(status__in=SyncRun.UNFINISHED).exists():
            raise NotNow("run_active", _("Wait until the run that is under way is finished."))
        Intent.objects.filter(integration=integration).delete()
        Link.objects.filter(integration=integration).delete()
        Connection.objects.filter(workspace=integration.workspace_id).update(identity="")


# -- deletions that wait -------------------------------------------------------------------


def pending(run: SyncRun) -> QuerySet[PendingDeletion]:
    """The deletions that a decision on this run covers: what was pending when it ended."""
    return PendingDeletion.objects.filter(
        integration=run.integration_id,
        run_id__lte=run.pk,
        decision=PendingDeletion.Decision.PENDING,
    )


def decide_deletions(
    run: SyncRun, *, approve: bool, user: User | None, only: Iterable[int] | None = None
) -> SyncRun | None:
    """Approve or reject what a held run left pending (G9); `only` limits it to those rows.

    An approval returns the queued run that reads again and carries it out; the caller wakes or
    works it. None when nothing is pending any more, or after a rejection. Raises NotNow.
    """
    rows = pending(run)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    decision = PendingDeletion.Decision.APPROVED if approve else PendingDeletion.Decision.REJECTED
    with transaction.atomic():
        release = None
        if approve and rows.exists():
            release = request_run(
                run.integration, trigger=SyncRun.Trigger.RELEASE, user=user, releases=run
            )
        rows.update(decision=decision, decided_by=user)
    return release
