"""Where awork reports events (A16). An event is a hint and nothing else: it starts a run, which
reads for itself.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import services
from integrations.models import Integration, SyncRun
from projects.hints import actor, hints_of, keep
from projects.hooks import HEADER, authorization
from projects.models import Hook

log = logging.getLogger(__name__)

LIMIT = 256 * 1024
_DECOY = Hook()
"""Compared with where a token is unknown, so that this takes as long as a wrong secret."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """204, also for what is of no interest; 404 without the right token and secret, 400 and 413
    for what cannot be read."""
    hook = _authentic(request, token)
    if hook is None:
        return HttpResponse(status=404)
    body = request.read(LIMIT + 1)
    if len(body) > LIMIT:
        return HttpResponse(status=413)
    event = _parsed(body)
    if event is None:
        return HttpResponse(status=400)
    _take(hook, event)
    return HttpResponse(status=204)


def _authentic(request: HttpRequest, token: str) -> Hook | None:
    """The hook of the address, if the header has its secret."""
    hook = Hook.objects.select_related("integration").filter(token=token).first()
    given = request.headers.get(HEADER, "")
    right = constant_time_compare(given, authorization(hook or _DECOY))
    return hook if right else None


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        log.info("an event of awork is no JSON: %s", type(error).__name__)
        return None
    return event if isinstance(event, dict) else None


def _take(hook: Hook, event: dict[str, Any]) -> None:
    """Our own writes come back as events, too: they are dropped."""
    integration, hints = hook.integration, hints_of(event)
    echo = bool(hook.api_user) and actor(event) == hook.api_user.lower()
    if hints and not echo and integration.state == Integration.State.ACTIVE:
        keep(integration, hints)
        _wake(integration)


def _wake(integration: Integration) -> None:
    """A run at once. While one is under way, another one follows it, however much is reported;
    one that has not begun yet will see the hints by itself."""
    run = _unfinished(integration)
    if run is None:
        try:
            services.request_run(integration, trigger=SyncRun.Trigger.WEBHOOK)
        except services.NotNow as refusal:
            log.info("%s does not start: %s", integration, refusal.code)
            run = _unfinished(integration)
    if run is not None and (run.started_at or run.mode != SyncRun.Mode.SYNC):
        _queue_next(integration)


def _unfinished(integration: Integration) -> SyncRun | None:
    return integration.runs.filter(status__in=SyncRun.UNFINISHED).first()


def _queue_next(integration: Integration) -> None:
    now = timezone.now()
    later = Integration.objects.filter(pk=integration.pk, state=Integration.State.ACTIVE)
    later.filter(Q(next_run_at=None) | Q(next_run_at__gt=now)).update(next_run_at=now)
