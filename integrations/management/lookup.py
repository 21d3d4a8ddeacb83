"""What the commands share: finding a workspace's integrations, and printing JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.models import Integration, Workspace

USAGE = 2
"""Exit code of a wrong call."""


def add_scope(parser: CommandParser) -> None:
    parser.add_argument("--workspace", required=True, metavar="SLUG")
    parser.add_argument("--integration", metavar="KIND", default="")


def find_workspace(slug: str) -> Workspace:
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        known = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)) or "–"
        message = _("There is no workspace “%(slug)s”. There are: %(known)s")
        raise CommandError(message % {"slug": slug, "known": known}, returncode=USAGE)
    return workspace


def find_integrations(workspace: Workspace, kind: str = "") -> Sequence[Integration]:
    """The workspace's integrations, or the one of `kind`."""
    rows = Integration.objects.filter(workspace=workspace, **({"kind": kind} if kind else {}))
    found = list(rows.select_related("workspace").order_by("kind"))
    if kind and not found:
        message = _("The workspace “%(slug)s” has no integration “%(kind)s”.")
        text = message % {"slug": workspace.slug, "kind": kind}
        raise CommandError(text, returncode=USAGE)
    return found


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
