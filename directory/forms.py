"""The settings of hibob-travelperk as a form (D2–D7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from directory.settings import DETAILS, HiBobTravelPerkSettings
from integrations.answers import findings
from integrations.models import Integration

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Choice = tuple[str, "str | _StrPromise"]

PLANS: Sequence[Choice] = [("premium", "Premium"), ("pro", "Pro")]
SCOPES: Sequence[Choice] = [("all", _("All employees")), ("selected", _("Employees of some sites"))]
SCOPE_OF_DETAILS: Sequence[Choice] = [
    ("full", _("Full employee data")),
    ("selected", _("Selected details")),
]
DETAIL_LABELS: Sequence[Choice] = [
    ("job_title", _("Job title · HiBob: Work › Job title")),
    ("phone", _("Phone · HiBob: Work contact details › Phone, mobile")),
    ("birth_date", _("Birth date · HiBob: Personal › Birth date (view and edit)")),
    ("gender", _("Gender · HiBob: Home › Gender")),
    ("cost_center", _("Cost center · HiBob: Work › Department")),
    ("line_manager", _("Line manager · HiBob: Work › Reports to")),
]
SOURCES: Sequence[Choice] = [("site", _("HiBob site")), ("employer", _("Employer entity"))]
METHODS: Sequence[Choice] = [
    ("auto_approve_in_policy", _("Automatically approve in-policy trips")),
    (
        "auto_approve_in_policy_notify",
        _("Automatically approve in-policy trips and notify the line manager"),
    ),
    ("manual_approve_all", _("Line manager approves all trips")),
]
FIELDS_OF = {
    "employees": "sites",
    "approvals": "override_confirmed",
    "details": "details",
}
"""Where a finding about a part of the settings is shown."""


class _Checks(forms.CheckboxSelectMultiple):
    template_name = "directory/checks.html"


class SettingsForm(forms.Form):
    plan = forms.ChoiceField(
        label=_("TravelPerk plan"), choices=PLANS, widget=UnfoldAdminSelectWidget(),
        help_text=_("Approval groups need the Pro plan."),
    )  # fmt: skip
    scope = forms.ChoiceField(
        label=_("Employees"), choices=SCOPES, widget=UnfoldAdminSelectWidget()
    )
    sites = forms.MultipleChoiceField(
        label=_("Sites"), required=False, widget=_Checks(),
        help_text=_("Sites as HiBob has them now."),
    )  # fmt: skip
    extent = forms.ChoiceField(
        label=_("Employee data"), choices=SCOPE_OF_DETAILS, widget=UnfoldAdminSelectWidget(),
        help_text=_("First name, last name and e-mail address are always synced."),
    )  # fmt: skip
    details = forms.MultipleChoiceField(
        label=_("Details"), choices=DETAIL_LABELS, required=False, widget=_Checks(),
        help_text=_(
            "Each with the HiBob section that the service user must be allowed to view. A selected "
            "detail that a person lacks is reported in the error log."
        ),
    )  # fmt: skip
    cost_centers = forms.BooleanField(
        label=_("Cost centers from departments"), required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )  # fmt: skip
    companies = forms.BooleanField(
        label=_("Provision companies"), required=False, widget=UnfoldBooleanSwitchWidget(),
        help_text=_("HiBob permission: Company › Settings › Site settings › Manage company sites."),
    )  # fmt: skip
    companies_from = forms.ChoiceField(
        label=_("Companies from"), choices=SOURCES, widget=UnfoldAdminSelectWidget()
    )
    create_missing = forms.BooleanField(
        label=_("Create missing companies"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    approvals = forms.BooleanField(
        label=_("Approval groups from line managers"), required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("Approval method"), choices=METHODS, widget=UnfoldAdminSelectWidget()
    )
    override_confirmed = forms.BooleanField(
        label=_("Existing automated approval workflows may be overridden."), required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Automated approval groups that are not from here are archived."),
    )  # fmt: skip
    daily = forms.BooleanField(
        label=_("Daily automatic sync"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    guard_count = forms.IntegerField(
        label=_("Deletion guard: number"), min_value=0, widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Up to this many people a day are archived without approval."),
    )  # fmt: skip
    guard_percent = forms.IntegerField(
        label=_("Deletion guard: percent"), min_value=0, max_value=100,
        widget=UnfoldAdminIntegerFieldWidget(),
    )  # fmt: skip
    notices_confirmed = forms.BooleanField(
        label=_("TravelPerk's own HiBob integration is switched off."), required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )  # fmt: skip

    def __init__(self, *args: Any, sites: Sequence[str], **kwargs: Any) -> None:
        """`sites`: names to choose from, the live ones and those chosen before."""
        super().__init__(*args, **kwargs)
        chosen = self.fields["sites"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(name, name) for name in sites]

    def clean(self) -> dict[str, Any]:
        """The same rules as an activation file, each error at its field."""
        super().clean()
        if not self.errors:
            try:
                self.answers = HiBobTravelPerkSettings.model_validate(self._part(), strict=False)
            except ValidationError as error:
                for finding in findings(error):
                    name = FIELDS_OF.get(str(finding.path[0]) if finding.path else "", "plan")
                    self.add_error(name, finding.message)
        return self.cleaned_data

    def _part(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "plan": given["plan"],
            "employees": {"scope": given["scope"], "sites": given["sites"]},
            "details": "full" if given["extent"] == "full" else given["details"],
            "cost_centers": given["cost_centers"],
            "companies": {
                "enabled": given["companies"],
                "from": given["companies_from"],
                "create_missing": given["create_missing"],
            },
            "approvals": {
                "enabled": given["approvals"],
                "method": given["method"],
                "override_confirmed": given["override_confirmed"],
            },
            "daily": given["daily"],
        }

    @staticmethod
    def initial_of(integration: Integration, answers: HiBobTravelPerkSettings) -> dict[str, Any]:
        full = answers.details == "full"
        return {
            "plan": answers.plan,
            "scope": answers.employees.scope,
            "sites": answers.employees.sites,
            "extent": "full" if full else "selected",
            "details": list(DETAILS) if full else list(answers.details),
            "cost_centers": answers.cost_centers,
            "companies": answers.companies.enabled,
            "companies_from": answers.companies.source,
            "create_missing": answers.companies.create_missing,
            "approvals": answers.approvals.enabled,
            "method": answers.approvals.method,
            "override_confirmed": answers.approvals.override_confirmed,
            "daily": answers.daily,
            "guard_count": integration.guard_count,
            "guard_percent": integration.guard_percent,
            "notices_confirmed": integration.notices_confirmed,
        }

    def store(self, integration: Integration) -> None:
        integration.settings = {**integration.settings, **self._part()}
        integration.guard_count = self.cleaned_data["guard_count"]
        integration.guard_percent = self.cleaned_data["guard_percent"]
        integration.notices_confirmed = self.cleaned_data["notices_confirmed"]
        integration.save(
            update_fields=["settings", "guard_count", "guard_percent", "notices_confirmed"]
        )
