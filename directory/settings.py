"""The answers of a `hibob-travelperk` activation (D2–D7)."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, model_validator

from integrations.activation_file import CommonAnswers
from integrations.answers import Answers, problem

DETAILS = ("job_title", "phone", "birth_date", "gender", "cost_center", "line_manager")
Detail = Literal["job_title", "phone", "birth_date", "gender", "cost_center", "line_manager"]
METHODS = ("auto_approve_in_policy", "auto_approve_in_policy_notify", "manual_approve_all")
Method = Literal["auto_approve_in_policy", "auto_approve_in_policy_notify", "manual_approve_all"]


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in values))


class Employees(Answers):
    """Who takes part: everybody, or the people of some HiBob sites, by name (D3)."""

    scope: Literal["all", "selected"] = "all"
    sites: Annotated[list[str], AfterValidator(_distinct)] = []

    @model_validator(mode="after")
    def _needs_sites(self) -> Employees:
        if self.scope == "selected" and not any(self.sites):
            raise problem("no_site", _("Choose at least one site, or all employees."))
        return self


class Companies(Answers):
    """Whether and from what companies are provisioned (D7)."""

    enabled: bool = False
    source: Annotated[Literal["site", "employer"], Field(alias="from")] = "site"
    create_missing: bool = True


class Approvals(Answers):
    """One approval group per line manager (D6)."""

    enabled: bool = False
    method: Method = "auto_approve_in_policy"
    override_confirmed: bool = False

    @model_validator(mode="after")
    def _must_be_confirmed(self) -> Approvals:
        if self.enabled and not self.override_confirmed:
            text = _("Confirm that existing automated approval workflows are overridden.")
            raise problem("override_not_confirmed", text)
        return self


class HiBobTravelPerkSettings(CommonAnswers):
    """One integration's part of an activation file; every answer has a default."""

    plan: Literal["premium", "pro"] = "premium"
    employees: Employees = Employees()
    details: Literal["full"] | Annotated[list[Detail], AfterValidator(_distinct)] = "full"
    cost_centers: bool = False
    companies: Companies = Companies()
    approvals: Approvals = Approvals()
    daily: bool = False
