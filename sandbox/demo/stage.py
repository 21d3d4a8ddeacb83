"""Sets the demo up: database, sandbox, workspaces and people."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django.utils.crypto import get_random_string

from integrations import kinds
from integrations.activation import activate
from integrations.models import Integration
from sandbox.demo.activation import INTEGRATIONS, WORKSPACES, activation_file
from sandbox.demo.children import ChildDied, Children
from sandbox.demo.remote import SandboxControl

START_SECONDS = 60.0


class Ended(BaseException):
    """Somebody asked the demo to end. No Exception, so that nothing takes it for a failure."""


@dataclass(frozen=True)
class Login:
    role: str
    user: str
    password: str


class Stage:
    """`pause(seconds)` waits, and raises Ended when the demo is to end."""

    def __init__(self, port_base: int, pause: Callable[[float], None]) -> None:
        self.port_base = port_base
        self.pause = pause
        self.control = SandboxControl(port_base)
        self.children = Children(settings.VAR_DIR / "log", settings.BASE_DIR)

    def prepare(self) -> None:
        """The sandbox runs and the demo's workspaces are active afterwards."""
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        self.children.start("sandbox", [*manage, "sandbox", "--port-base", str(self.port_base)])
        call_command("migrate", verbosity=0)
        self.wait_for("sandbox", self.control.is_ready)
        self._activate()

    def wait_for(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Raises ChildDied when a process dies meanwhile, or when it takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            self.children.check()
            if time.monotonic() > deadline:
                raise ChildDied(f"{name} does not answer; see {self.children.log(name)}")
            self.pause(0.2)

    def _activate(self) -> None:
        vendors = self.control.vendors()
        folder = settings.VAR_DIR / "activation"
        folder.mkdir(exist_ok=True)
        for workspace in WORKSPACES:
            document = activation_file(
                workspace, vendors["urls"], vendors["tenants"][workspace.slug], installed()
            )
            content = json.dumps(document, indent=2, ensure_ascii=False).encode()
            Path(folder / f"{workspace.slug}.json").write_bytes(content)
            activate(content, timezone.now())

    def create_logins(self) -> list[Login]:
        """A support user and the first workspace's administrator, with new passwords."""
        User.objects.update_or_create(
            username="support",
            defaults={"is_staff": True, "is_superuser": True, "email": "support@localhost"},
        )
        first = WORKSPACES[0]
        return [_login("support", "support"), _login(first.slug, first.email)]


def _login(role: str, name: str) -> Login:
    user = User.objects.get(username=name)
    password = get_random_string(10, "abcdefghjkmnpqrstuvwxyz23456789")
    user.set_password(password)
    user.save(update_fields=["password"])
    return Login(role, name, password)


def installed() -> list[str]:
    """Kinds of the demo whose app is installed."""
    known = {kind.slug for kind in kinds.registered()}
    return [slug for slug in INTEGRATIONS if slug in known]


def demo_integrations() -> list[Integration]:
    rows = Integration.objects.filter(workspace__slug__in=[one.slug for one in WORKSPACES])
    order = [one.slug for one in WORKSPACES]
    kinds_in_order = list(INTEGRATIONS)
    found = rows.filter(kind__in=installed()).select_related("workspace", "enabled_by")
    return sorted(
        found, key=lambda one: (order.index(one.workspace.slug), kinds_in_order.index(one.kind))
    )
