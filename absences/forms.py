"""The forms of personio-hellohq: the mapping (P3) and the settings (P1, P9, G9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from absences.mapping import MappingReport
from absences.models import HqAbsence
from integrations.models import Integration

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FULL_DAY_ONLY = frozenset(
    {HqAbsence.OVERTIME_COMPENSATION, HqAbsence.MATERNITY_LEAVE, HqAbsence.PARENTAL_LEAVE}
)
BY_HOURS = frozenset({HqAbsence.COMPANY_ABSENCE, HqAbsence.PRIVATE_ABSENCE})

NOTICES: tuple[str | _StrPromise, ...] = (
    _("Absences are read-only in helloHQ from now on, those that exist already included."),
    _("Vacation can no longer be requested in helloHQ: switch vacation requests off there."),
    _("Vacation accounts can no longer be managed in helloHQ: switch them off there."),
)


def hint(absence: HqAbsence) -> str | _StrPromise:
    if absence in FULL_DAY_ONLY:
        return _("full-day only")
    return _("hours are kept") if absence in BY_HOURS else ""


class MappingForm(forms.Form):
    """One field per helloHQ absence, named by its API value, with comma-separated names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for absence in HqAbsence:
            attrs = {"list": "personio-types", "autocomplete": "off", "data-names": ""}
            self.fields[absence.value] = forms.CharField(
                label=absence.label,
                help_text=hint(absence),
                required=False,
                widget=UnfoldAdminTextInputWidget(attrs),
            )

    @property
    def mapping(self) -> dict[str, str]:
        """The texts by HqAbsence value, of a form that is valid."""
        return {absence.value: self.cleaned_data[absence.value] for absence in HqAbsence}

    def take(self, report: MappingReport) -> None:
        """Show the report's errors at their fields."""
        for error in report.errors:
            self.add_error(str(HqAbsence(error.field).value), error.message)


class SettingsForm(forms.Form):
    sync_start_date = forms.DateField(
        label=_("Sync start date"),
        help_text=_("Absences that begin on or after this day are synced."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "hq-input"}),
    )
    guard_count = forms.IntegerField(
        label=_("Deletion guard: number"),
        min_value=0,
        help_text=_("Up to this many deletions a day are always carried out."),
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    guard_percent = forms.IntegerField(
        label=_("Deletion guard: percent"),
        min_value=0,
        max_value=100,
        help_text=_(
            "Up to this share of the linked records, too. More than both wait for approval."
        ),
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    notices_confirmed = forms.BooleanField(
        label=_("I have read these notices and changed the settings in helloHQ."),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    @staticmethod
    def initial_of(integration: Integration) -> dict[str, Any]:
        return {
            "sync_start_date": integration.settings.get("sync_start_date"),
            "guard_count": integration.guard_count,
            "guard_percent": integration.guard_percent,
            "notices_confirmed": integration.notices_confirmed,
        }

    def store(self, integration: Integration) -> None:
        """Keep the answers; the settings that this form does not show stay as they are."""
        answers: Mapping[str, Any] = self.cleaned_data
        start = answers["sync_start_date"].isoformat()
        integration.settings = {**integration.settings, "sync_start_date": start}
        integration.guard_count = answers["guard_count"]
        integration.guard_percent = answers["guard_percent"]
        integration.notices_confirmed = answers["notices_confirmed"]
        integration.save(
            update_fields=["settings", "guard_count", "guard_percent", "notices_confirmed"]
        )
