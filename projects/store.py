"""The answers of a workspace, as its integration keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.activation_file import CommonAnswers
from integrations.models import Integration
from projects.config import Config
from projects.models import Cursor
from projects.settings import HelloHqAworkSettings

OWN = HelloHqAworkSettings.model_fields.keys() - CommonAnswers.model_fields.keys()
"""The answers that `Integration.settings` holds; the common ones have columns."""
ENTRIES_FROM = "time_entries_start_date"


def answers(integration: Integration) -> HelloHqAworkSettings:
    stored = {name: value for name, value in integration.settings.items() if name in OWN}
    return HelloHqAworkSettings.model_validate(stored, strict=False)


def configure(integration: Integration, answers: HelloHqAworkSettings) -> None:
    """Store all answers. Time entries start on the day given, else the one stored, else on the
    day of the first activation (A7)."""
    given = answers.model_dump(mode="json", include=set(OWN))
    if given[ENTRIES_FROM] is None:
        del given[ENTRIES_FROM]
    keep(integration, given)
    _start_entries(integration)


def config_of(integration: Integration) -> Config:
    """What a run works with. The first one of an active integration fixes A7's start date."""
    _start_entries(integration)
    workspace = integration.workspace
    return Config(
        slug=workspace.slug,
        zone=workspace.zone,
        today=timezone.localdate(timezone=workspace.zone),
        answers=answers(integration),
        german=workspace.language == "de",
    )


def keep(integration: Integration, values: Mapping[str, Any]) -> None:
    """Store some answers (JSON); the others stay as they are in the database now. What was read
    with other answers is read again."""
    with transaction.atomic():
        row = Integration.objects.select_for_update().only("settings").get(pk=integration.pk)
        row.settings = {**row.settings, **values}
        row.save(update_fields=["settings"])
        Cursor.objects.filter(integration=integration).delete()
    integration.settings = row.settings


def _start_entries(integration: Integration) -> None:
    active = integration.state == Integration.State.ACTIVE
    if active and not integration.settings.get(ENTRIES_FROM):
        today = timezone.localdate(timezone=integration.workspace.zone)
        keep(integration, {ENTRIES_FROM: today.isoformat()})
