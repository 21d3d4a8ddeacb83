"""Events as awork delivers them, and an integration that they are for."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from integrations.models import Integration, Membership, Workspace
from projects.hooks import authorization
from projects.models import Hook

TENANT = "nordlicht"
TASK, OTHER, PROJECT, MOVED_TO, SOMEBODY, OURSELVES = (
    f"{number}a1b2c3d-0000-4000-a000-00000000000{number}" for number in range(1, 7)
)


def make_integration(slug: str = TENANT, **fields: Any) -> Integration:
    workspace = Workspace.objects.create(slug=slug, name=slug)
    admin = User.objects.create(username=f"admin@{slug}.example")
    Membership.objects.create(workspace=workspace, user=admin, role="admin")
    given = {"kind": "hellohq-awork", "state": "active", "enabled_by": admin, **fields}
    answered = {"one_way_from_awork": False}
    return Integration.objects.create(workspace=workspace, settings=answered, **given)


def event(name: str = "task_updated", id: Any = TASK, **more: Any) -> dict[str, Any]:
    entity = {"id": id, "projectId": PROJECT}
    return {
        "timestamp": "2026-03-02T09:15:11.4471234+00:00",
        "eventType": name,
        "entityType": name.partition("_")[0],
        "entityId": id,
        "entity": entity,
        "triggeredBy": {"id": SOMEBODY, "firstName": "Mia"},
        **more,
    }


def deliver(hook: Hook, content: Any = None, **more: Any) -> HttpResponse:
    """Deliver as awork does; `content` is an event or a raw body."""
    body = content if isinstance(content, bytes) else json.dumps(content or event())
    headers = {"Authorization": authorization(hook), **more.pop("headers", {})}
    client = Client(enforce_csrf_checks=True)
    url = more.pop("url", f"/hooks/awork/{hook.token}/")
    return client.post(url, body, content_type="application/json", headers=headers, **more)
