"""Fields of projects, tasks and times in the words of people, for history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from absences.describe import describe as describe_absence
from projects.lexicon import DONE, OPEN
from projects.words import ABSENCES, EVEN, PERSON

LABELS = {
    "name": gettext_lazy("name"),
    "client": gettext_lazy("client"),
    "start": gettext_lazy("start"),
    "end": gettext_lazy("end"),
    "parent": gettext_lazy("below"),
    "project": gettext_lazy("project"),
    "description": gettext_lazy("description"),
    "target": gettext_lazy("target"),
    "type": gettext_lazy("task type"),
    "status": gettext_lazy("status"),
    "task": gettext_lazy("task"),
    "user": gettext_lazy("person"),
    "seconds": gettext_lazy("duration"),
    "note": gettext_lazy("note"),
    "approved": gettext_lazy("accepted"),
    "events": gettext_lazy("events"),
    "uri": gettext_lazy("address"),
    "active": gettext_lazy("active"),
    "tasks_marked": gettext_lazy("tasks carry the helloHQ id"),
    "mark": gettext_lazy("helloHQ id"),
}
HIDDEN = frozenset(
    {"kind", "order", "spelled", "sync_id", "typed", "template", "entity", "authentication"}
    | {"only_main_entity", "hellohq_own", "awork_own"}
)


def describe(stream: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Readable values by label, in the active language."""
    if stream == ABSENCES:
        return describe_absence(fields)
    return {_label(n): _readable(n, v) for n, v in fields.items() if n not in HIDDEN}


def _label(name: str) -> str:
    if name.startswith(PERSON):
        return _("Assignment of helloHQ user %(id)s") % {"id": name.removeprefix(PERSON)}
    return str(LABELS.get(name, name))


def _readable(name: str, value: Any) -> str:
    if name.startswith(PERSON):
        return _effort(value)
    if name in ("target", "seconds"):
        return _hours(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("start", "end") and isinstance(value, str) and len(value) == 10:
        return date_format(date.fromisoformat(value))
    if isinstance(value, str) and value.startswith("@"):
        return value.rpartition("|")[2]
    if value in (OPEN, DONE):
        return _("done") if value == DONE else _("open")
    return str(value) if value or value == 0 else "–"


def _effort(value: Any) -> str:
    if value == EVEN:
        return _("equal share")
    return _hours(value) if value or (value == 0 and value != "") else "–"


def _hours(seconds: Any) -> str:
    if not isinstance(seconds, int):
        return "–"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02} h"
