"""The buttons of an integration: what they are called, who may press them, what they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations import kinds, services
from integrations.admin.present import vendor_name
from integrations.models import Integration, SyncRun
from integrations.scope import Action, may

State = Integration.State


@dataclass(frozen=True)
class Verb:
    """One button. `states` are the states of the integration in which it is offered.

    `explanation` stands on the confirmation page; `confirm` sends the user there first.
    """

    slug: str
    title: str | Promise
    icon: str
    states: frozenset[str]
    explanation: str | Promise
    done: str | Promise
    act: Callable[[Integration, Any], object]
    needs: Action = Action.OPERATE
    variant: str = "default"
    confirm: bool = False
    on_dashboard: bool = True
    after_error: str = ""
    """Offered only when the last run failed with this code."""


def _run(**options: Any) -> Callable[[Integration, Any], object]:
    def start(integration: Integration, user: Any) -> object:
        return services.request_run(
            integration, trigger=SyncRun.Trigger.MANUAL, user=user, **options
        )

    return start


def _activate(integration: Integration, user: Any) -> object:
    """Test both connections first (G2), so that an integration never starts blind."""
    for vendor in kinds.get(integration.kind).vendors:
        connection = integration.workspace.connections.filter(vendor=vendor).first()
        if connection is None:
            text = gettext("There is no connection to %(system)s yet.")
            raise services.NotNow("missing_connection", text % {"system": vendor_name(vendor)})
        result = services.test_connection(connection)
        if not result.ok:
            raise services.NotNow(result.code, result.message)
    services.activate(integration, user=user)
    return None


VERBS: dict[str, Verb] = {
    verb.slug: verb
    for verb in (
        Verb(
            "sync",
            _("Sync now"),
            "sync",
            frozenset({State.ACTIVE}),
            _("Everything that changed since the last run is transferred now."),
            _("The run was started."),
            _run(),
            variant="primary",
        ),
        Verb(
            "dry-run",
            _("Dry run"),
            "visibility",
            frozenset({State.PREPARED, State.ACTIVE}),
            _("Shows every change that a run would make, and makes none of them."),
            _("The dry run was started."),
            _run(mode="dry_run"),
        ),
        Verb(
            "full",
            _("Full sync"),
            "published_with_changes",
            frozenset({State.ACTIVE}),
            _("Reads both systems entirely and also finds what was changed by hand."),
            _("The full run was started."),
            _run(full=True),
            on_dashboard=False,
        ),
        Verb(
            "pause",
            _("Pause"),
            "pause",
            frozenset({State.ACTIVE}),
            _("No run starts until somebody resumes the integration."),
            _("The integration is paused."),
            lambda integration, user: services.pause(
                integration, reason="paused_by_user", user=user
            ),
        ),
        Verb(
            "resume",
            _("Resume"),
            "play_arrow",
            frozenset({State.PAUSED}),
            _(
                "Runs start again by schedule. If the person who enabled the integration has left, "
                "you take that place."
            ),
            _("The integration is active again."),
            lambda integration, user: services.resume(integration, user=user),
            variant="primary",
        ),
        Verb(
            "activate",
            _("Activate"),
            "check_circle",
            frozenset({State.PREPARED, State.DISABLED}),
            _("The connections are tested; then runs start by schedule."),
            _("The integration is active."),
            _activate,
            needs=Action.ADMINISTER,
            variant="primary",
            confirm=True,
        ),
        Verb(
            "disable",
            _("Disable"),
            "power_settings_new",
            frozenset({State.PREPARED, State.ACTIVE, State.PAUSED}),
            _(
                "No run starts any more. Everything that was synced stays in both systems, and so "
                "do the settings, the mapping and the history. When the integration is activated "
                "again it adopts the existing records: nothing is duplicated."
            ),
            _("The integration is disabled. What was synced stays."),
            lambda integration, user: services.disable(integration, user=user),
            variant="danger",
            confirm=True,
            on_dashboard=False,
        ),
        Verb(
            "accept-account",
            _("Accept the other account"),
            "swap_horiz",
            frozenset({State.ACTIVE, State.PAUSED}),
            _(
                "The credentials lead to another account than before. If that is meant, all links "
                "are forgotten; nothing is deleted, and the next run adopts what is equal."
            ),
            _("The account is accepted. The next run adopts what is equal."),
            lambda integration, user: services.accept_account(integration, user=user),
            needs=Action.ADMINISTER,
            confirm=True,
            on_dashboard=False,
            after_error="account_changed",
        ),
    )
}


def offered(request: HttpRequest, integration: Integration, last_error: str) -> list[Verb]:
    """The buttons that the user may press now; `last_error` is the last run's error code."""
    return [
        verb
        for verb in VERBS.values()
        if integration.state in verb.states
        and verb.after_error in ("", last_error)
        and may(request.user, verb.needs, integration)
    ]
