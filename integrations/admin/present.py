"""How values look: labels, colours and links that several pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from integrations import kinds, reasons
from integrations.models import (
    Connection,
    Integration,
    PendingDeletion,
    RunEntry,
    SyncRun,
    Workspace,
)

INTEGRATION_COLOURS: dict[str, str] = {
    Integration.State.PREPARED: "info",
    Integration.State.ACTIVE: "success",
    Integration.State.PAUSED: "warning",
    Integration.State.DISABLED: "default",
}
RUN_COLOURS: dict[str, str] = {
    SyncRun.Status.QUEUED: "info",
    SyncRun.Status.RUNNING: "info",
    SyncRun.Status.SUCCEEDED: "success",
    SyncRun.Status.SUCCEEDED_WITH_ERRORS: "warning",
    SyncRun.Status.HELD: "warning",
    SyncRun.Status.FAILED: "danger",
}
ACTION_COLOURS: dict[str, str] = {
    RunEntry.Action.CREATE: "success",
    RunEntry.Action.UPDATE: "info",
    RunEntry.Action.ADOPT: "info",
    RunEntry.Action.RESOLVED: "success",
    RunEntry.Action.DELETE: "danger",
    RunEntry.Action.ARCHIVE: "danger",
    RunEntry.Action.UNLINK: "default",
    RunEntry.Action.SKIP: "default",
    RunEntry.Action.CONFLICT: "warning",
    RunEntry.Action.FAIL: "danger",
}
TEST_COLOURS: dict[str, str] = {
    Connection.Test.UNTESTED: "default",
    Connection.Test.OK: "success",
    Connection.Test.FAILED: "danger",
}
DECISION_COLOURS: dict[str, str] = {
    PendingDeletion.Decision.PENDING: "warning",
    PendingDeletion.Decision.APPROVED: "success",
    PendingDeletion.Decision.REJECTED: "default",
}


@dataclass(frozen=True)
class _Count:
    label: str | Promise
    colour: str
    query: Mapping[str, str]


COUNTS: dict[str, _Count] = {
    "created": _Count(_("created"), "success", {"action__exact": "create"}),
    "updated": _Count(_("updated"), "info", {"action__exact": "update"}),
    "deleted": _Count(_("deleted"), "danger", {"action__exact": "delete"}),
    "archived": _Count(_("archived"), "danger", {"action__exact": "archive"}),
    "adopted": _Count(_("adopted"), "info", {"action__exact": "adopt"}),
    "unchanged": _Count(_("unchanged"), "default", {}),
    "skipped": _Count(_("skipped"), "default", {"action__exact": "skip"}),
    "conflicts": _Count(_("in conflict"), "warning", {"action__exact": "conflict"}),
    "failed": _Count(_("failed"), "danger", {"action__exact": "fail"}),
    "held": _Count(_("held"), "warning", {"state__exact": "held"}),
}


@dataclass(frozen=True)
class Badge:
    """A figure with its label; `url` is empty where there is nothing to look at."""

    key: str
    label: str | Promise
    value: int
    colour: str
    url: str = ""


def count_badges(run: SyncRun, *, links: bool) -> list[Badge]:
    """The figures of a run that are not zero, in their fixed order."""
    return [
        Badge(key, count.label, value, count.colour, _entries(run, count.query) if links else "")
        for key, count in COUNTS.items()
        if (value := int(run.counts.get(key, 0)))
    ]


def _entries(run: SyncRun, query: Mapping[str, str]) -> str:
    if not query:
        return ""
    return changelist(RunEntry, {"run__id__exact": str(run.pk), **query})


def changelist(model: type[Any], query: Mapping[str, str] | None = None) -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(query)}" if query else url


def change(obj: Any) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


@dataclass(frozen=True)
class ReasonCount:
    reason: reasons.Reason
    count: int
    url: str = ""


def badge(colour: str, text: str) -> SafeString:
    return format_html('<span class="hq-badge hq-badge--{}">{}</span>', colour, text)


def moment(time: datetime | None) -> str:
    """Date and time of day, short, in the current time zone and language."""
    if time is None:
        return "–"
    text = date_format(timezone.localtime(time), "SHORT_DATETIME_FORMAT")
    return text.replace(" ", "\N{NO-BREAK SPACE}")


_STREAMS: dict[str, str | Promise] = {
    "absences": _("Absences"),
    "people": _("People"),
    "projects": _("Projects"),
    "tasks": _("Tasks"),
    "time_entries": _("Time entries"),
    "users": _("Employees"),
    "cost_centers": _("Cost centers"),
    "companies": _("Companies"),
    "approval_groups": _("Approval groups"),
    "clients": _("Clients"),
    "mark_fields": _("Custom fields"),
    "webhooks": _("Webhooks"),
    "awork_absences": _("Absences"),
}
_DETAILS: dict[str, str | Promise] = {
    "sync_start": _("Sync start date"),
    "type_name": _("absence type"),
    "type_id": _("ID of the type"),
    "message": _("message"),
    "detail": _("detail"),
    "field": _("field"),
    "email": _("e-mail address"),
    "key": _("e-mail address"),
    "candidates": _("candidates"),
    "employee": _("employee"),
    "status": _("status"),
    "start": _("start"),
    "person": _("person"),
    "people": _("people"),
    "template": _("template"),
    "type": _("task type"),
    "error": _("error"),
    "company": _("company"),
    "manager": _("line manager"),
    "left": _("first system"),
    "right": _("second system"),
}


def stream_title(slug: str) -> str:
    """What a stream carries, in words where we have some."""
    return str(_STREAMS.get(slug, slug))


def detail_label(name: str, kind: str = "") -> str:
    """What a value of a detail is; those of the two sides by their systems' names."""
    systems = direction(kind) if name in ("left", "right") else None
    if systems is not None:
        return systems.left if name == "left" else systems.right
    return str(_DETAILS.get(name, name.replace("_", " ")))


def kind_title(slug: str) -> str:
    """The kind's name; its slug when its app is not installed."""
    try:
        return str(kinds.get(slug).title)
    except KeyError:
        return slug


def vendor_name(slug: str) -> str:
    return str(dict(Connection.Vendor.choices).get(slug, slug))


@dataclass(frozen=True)
class Direction:
    """Names of the two systems, source first; `both` when data flows back, too."""

    left: str
    right: str
    both: bool


def direction(slug: str) -> Direction | None:
    """None when the kind's app is not installed."""
    try:
        kind = kinds.get(slug)
    except KeyError:
        return None
    return Direction(
        vendor_name(kind.left_vendor), vendor_name(kind.right_vendor), kind.arrow == "↔"
    )


def duration_text(run: SyncRun) -> str:
    """The time between start and end, "" while the run is not finished."""
    if run.started_at is None or run.finished_at is None:
        return ""
    minutes, seconds = divmod(round((run.finished_at - run.started_at).total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def addresses(workspace: Workspace) -> list[str]:
    """Every address that is called for a workspace."""
    rows = workspace.connections.values_list("base_url", "options")
    found = [value for base_url, options in rows for value in (base_url, *options.values())]
    return [value for value in found if isinstance(value, str) and "://" in value]


def without_address(text: str, *addresses: str) -> str:
    """`text` for people who may not know where the systems are called."""
    for address in filter(None, addresses):
        host = address.split("://")[-1].split("/")[0]
        text = text.replace(address, "…").replace(host, "…")
    return text


@dataclass(frozen=True)
class Change:
    """One field of a history entry, before and after; None where it does not exist."""

    label: str
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def changes(entry: RunEntry) -> list[Change]:
    """The entry's fields with their readable values, in the order they are stored."""
    before, after = readable(entry, entry.before), readable(entry, entry.after)
    return [
        Change(label, before.get(label), after.get(label))
        for label in dict.fromkeys([*before, *after])
    ]


def readable(entry: RunEntry, fields: Mapping[str, Any] | None) -> dict[str, str]:
    """Readable values by field label."""
    if not fields:
        return {}
    try:
        kind = kinds.get(entry.run.integration.kind)
    except KeyError:
        return {name: str(value) for name, value in fields.items()}
    return kind.describe_fields(entry.stream, fields)
