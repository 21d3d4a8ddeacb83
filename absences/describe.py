"""Fields of absences in the words of people, for history. Only who may see records sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from absences.models import HqAbsence

LABELS = {
    "user": gettext_lazy("helloHQ user"),
    "kind": gettext_lazy("absence"),
    "first": gettext_lazy("first day"),
    "last": gettext_lazy("last day"),
    "half_first": gettext_lazy("first day from noon"),
    "half_last": gettext_lazy("last day until noon"),
    "starts_at": gettext_lazy("start"),
    "ends_at": gettext_lazy("end"),
    "note": gettext_lazy("note"),
    "description": gettext_lazy("description"),
    "provider": gettext_lazy("provider"),
}


def describe(fields: Mapping[str, Any]) -> dict[str, str]:
    """Readable values by label; empty ones are left out."""
    return {str(LABELS.get(n, n)): _readable(n, v) for n, v in fields.items() if v or v == 0}


def _readable(name: str, value: Any) -> str:
    if name == "kind":
        return str(HqAbsence(value).label) if value in HqAbsence.values else str(value)
    if name in ("first", "last"):
        return date_format(date.fromisoformat(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
