"""Alerts by mail: one for each cause when it begins, one when a failure is over (G11).

Mails name the integration, figures and what to do; never a person, an absence or a secret.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import kinds
from integrations.admin.present import count_badges, vendor_name
from integrations.models import Incident, Integration, Membership, SyncRun
from integrations.reasons import describe

log = logging.getLogger(__name__)

FAILURES = ("failed", "errors")


def causes(run: SyncRun) -> set[str]:
    """What is wrong after this run. Pure."""
    found = set()
    if run.status == SyncRun.Status.FAILED:
        return {"failed"}
    if run.counts.get("failed"):
        found.add("errors")
    if run.counts.get("held"):
        found.add("held")
    if run.reasons.get("unmapped_type"):
        found.add("unmapped")
    return found


def after_run(run: SyncRun) -> None:
    """Open and close incidents, and mail what is new. A dry run alerts nobody.

    A failed run says nothing about the other causes, so they stay as they are.
    """
    if run.mode == SyncRun.Mode.DRY_RUN or run.finished_at is None:
        return
    now_wrong = causes(run)
    still_open = Incident.objects.filter(integration=run.integration, closed_at=None)
    for incident in still_open:
        if incident.cause not in now_wrong and run.status != SyncRun.Status.FAILED:
            _close(incident, run)
    for cause in sorted(now_wrong):
        incident, _new = Incident.objects.get_or_create(
            integration=run.integration, cause=cause, closed_at=None,
            defaults={"opened_at": timezone.now(), "run": run},
        )  # fmt: skip
        if incident.mailed_at is None and _mail(run, cause):
            Incident.objects.filter(pk=incident.pk).update(mailed_at=timezone.now())


def _close(incident: Incident, run: SyncRun) -> None:
    incident.closed_at = timezone.now()
    incident.save(update_fields=["closed_at"])
    if incident.cause in FAILURES and incident.mailed_at is not None:
        _mail(run, "recovered")


def recipients(integration: Integration) -> list[str]:
    """The workspace's administrators; support where it has none."""
    admins = User.objects.filter(
        memberships__workspace=integration.workspace_id,
        memberships__role=Membership.Role.ADMIN,
        is_active=True,
    )
    return _addresses(admins) or _addresses(User.objects.filter(is_superuser=True, is_active=True))


def _addresses(users: Iterable[User]) -> list[str]:
    return sorted({user.email for user in users if user.email})


def _mail(run: SyncRun, cause: str) -> bool:
    """True when the mail server took it."""
    to = recipients(run.integration)
    if not to:
        return False
    with translation.override(run.integration.workspace.language):
        subject, body = render(run, cause)
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, to)
    except (SMTPException, OSError) as error:
        log.error("alert for run %s could not be mailed: %s", run.pk, error)
        return False
    return True


def _concerned(run: SyncRun) -> list[str]:
    """The systems that a failed run's detail speaks of; the detail itself may name people."""
    kind = kinds.get(run.integration.kind)
    vendors = (kind.left_vendor, kind.right_vendor)
    return [vendor_name(slug) for slug in vendors if slug in run.error_detail]


def render(run: SyncRun, cause: str) -> tuple[str, str]:
    """Subject and text in the active language."""
    workspace = run.integration.workspace
    title = kinds.get(run.integration.kind).title
    headline = {
        "failed": _("The synchronisation failed"),
        "errors": _("Some records could not be written"),
        "held": _("Deletions wait for your approval"),
        "unmapped": _("Absence types are not mapped yet"),
        "recovered": _("The synchronisation works again"),
    }[cause]
    page = reverse("admin:integrations_syncrun_change", args=[run.pk])
    reason = describe(run.error_code) if run.error_code else None
    context = {
        "headline": headline, "workspace": workspace, "title": title, "run": run,
        "systems": ", ".join(_concerned(run)),
        "figures": count_badges(run, links=False), "reason": reason,
        "url": f"{settings.PUBLIC_URL}{page}",
    }  # fmt: skip
    subject = " ".join(f"[{workspace}] {headline}".split())
    return subject, render_to_string("integrations/alert.txt", context)
