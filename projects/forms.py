"""The forms of hellohq-awork: settings, which projects take part, types and statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations.answers import Path, findings
from integrations.models import Integration
from projects.mapping import NAMED, OFF, Row
from projects.settings import HelloHqAworkSettings, ProjectScope
from projects.store import ENTRIES_FROM, answers, keep

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Choice = tuple[str, "str | _StrPromise"]

POLICIES: Sequence[Choice] = [
    ("hellohq", _("helloHQ wins")),
    ("awork", _("awork wins")),
    ("newest", _("The newer edit wins")),
    ("ask", _("Ask: a person decides")),
]
SCOPES: Sequence[Choice] = [
    ("running", _("All running projects")),
    ("custom_field", _("Running projects that are marked by a custom field")),
    ("picked", _("Running projects that are picked below")),
]
NOTICES: tuple[str | _StrPromise, ...] = (
    _("“Reporting auf geschlossene Aufgaben unterbinden” is switched off in helloHQ."),
    _("“Keine Reportings auf geschlossene Projekte” is switched on in awork."),
    _("“Reportings automatisch angenommen” is in helloHQ as it is answered above."),
    _("helloHQ’s own awork integration is switched off."),
)
SWITCHES = (
    "tasks_and_time_entries",
    "one_way_from_awork",
    "absences",
    "previous_version",
    "project_number_in_name",
    "reportings_auto_accepted",
    "keep_awork_absences",
)
PLAIN = (*SWITCHES, "absence_start_date", "administration_task_name", ENTRIES_FROM)
"""Fields that are named like their answers."""


def _switch(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=help_text, required=False, widget=UnfoldBooleanSwitchWidget()
    )


def _day(label: Any, help_text: Any) -> forms.DateField:
    attrs = {"type": "date", "class": "hq-input"}
    widget = forms.DateInput(format="%Y-%m-%d", attrs=attrs)
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget)


def _select(label: Any, choices: Sequence[Choice]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget())


class SettingsForm(forms.Form):
    tasks_and_time_entries = _switch(_("Tasks and time entries"))
    one_way_from_awork = _switch(
        _("One-way, from awork to helloHQ only"),
        _("Tasks of helloHQ are not copied to awork; projects still are."),
    )
    absences = _switch(
        _("Absences"), _("Approved full-day absences go from helloHQ to awork; helloHQ leads.")
    )
    absence_start_date = _day(
        _("Absence start date"), _("Absences that begin on or after this day are synced.")
    )
    previous_version = _switch(
        _("The previous version of the integration was used"),
        _("Projects, lists and tasks that awork has already are adopted, never duplicated."),
    )
    project_number_in_name = _switch(
        _("helloHQ project number in the awork name"),
        _("For instance “P-1042 Website”; else the name alone."),
    )
    reportings_auto_accepted = _switch(
        _("“Reportings automatisch angenommen” is switched on in helloHQ"),
        _("The billable flag of awork's time entries follows only if it is off."),
    )
    administration_task_name = forms.CharField(
        label=_("Name of the administration phase and task"), max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Time entries without a task go there; both are kept out of awork."),
    )  # fmt: skip
    time_entries_start_date = _day(
        _("Time entries start date"),
        _("Time entries from this day on are transferred. Blank: the day of activation."),
    )
    keep_awork_absences = _switch(
        _("Keep absences that only awork has"),
        _("Else absences of matched people without counterpart in helloHQ are removed."),
    )
    conflict_projects = _select(_("Projects changed in both systems"), POLICIES)
    conflict_tasks = _select(_("Tasks changed in both systems"), POLICIES)
    guard_count = forms.IntegerField(
        label=_("Deletion guard: number"), min_value=0, widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Up to this many deletions a day are always carried out."),
    )  # fmt: skip
    guard_percent = forms.IntegerField(
        label=_("Deletion guard: percent"), min_value=0, max_value=100,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_(
            "Up to this share of the linked records, too. More than both wait for approval."
        ),
    )  # fmt: skip
    notices_confirmed = _switch(_("I have checked these points in both systems."))

    def clean(self) -> dict[str, Any]:
        """The same rules as an activation file, each error at its field."""
        super().clean()
        if not self.errors:
            _check(self, self._part(), _settings_field)
        return self.cleaned_data

    def _part(self) -> dict[str, Any]:
        given = self.cleaned_data
        policy = {"projects": given["conflict_projects"], "tasks": given["conflict_tasks"]}
        return {**{name: given[name] for name in PLAIN}, "conflict_policy": policy}

    @staticmethod
    def initial_of(integration: Integration) -> dict[str, Any]:
        stored = answers(integration)
        return {
            **{name: getattr(stored, name) for name in PLAIN},
            "conflict_projects": stored.conflict_policy.projects,
            "conflict_tasks": stored.conflict_policy.tasks,
            "guard_count": integration.guard_count,
            "guard_percent": integration.guard_percent,
            "notices_confirmed": integration.notices_confirmed,
        }

    def store(self, integration: Integration) -> None:
        """A start of time entries that is left blank stays what it has become by activation."""
        part = HelloHqAworkSettings.model_validate(self._part(), strict=False)
        given = part.model_dump(mode="json", include={*PLAIN, "conflict_policy"})
        if given[ENTRIES_FROM] is None and integration.state != Integration.State.PREPARED:
            del given[ENTRIES_FROM]
        keep(integration, given)
        columns = ("guard_count", "guard_percent", "notices_confirmed")
        for name in columns:
            setattr(integration, name, self.cleaned_data[name])
        integration.save(update_fields=columns)


def _settings_field(path: Path) -> str | None:
    """Where a finding about the settings is shown; None is above the form."""
    parts = [str(step) for step in path]
    if parts[:1] == ["conflict_policy"] and len(parts) > 1:
        return f"conflict_{parts[1]}"
    return parts[0] if parts and parts[0] in PLAIN else None


def _check(form: forms.Form, part: Mapping[str, Any], field_of: Any) -> None:
    try:
        HelloHqAworkSettings.model_validate(part, strict=False)
    except ValidationError as error:
        for finding in findings(error):
            form.add_error(field_of(finding.path), finding.message)


class _AnyOf(forms.MultipleChoiceField):
    """Projects are picked from what helloHQ showed a while ago: ids that it does not know any
    more do no harm."""

    def valid_value(self, value: Any) -> bool:
        return True


class ScopeForm(forms.Form):
    mode = _select(_("Projects that take part"), SCOPES)
    custom_field = forms.CharField(
        label=_("Custom field"), required=False,
        widget=UnfoldAdminTextInputWidget({"list": "custom-fields", "autocomplete": "off"}),
        help_text=_("Name of the helloHQ project field that marks the projects."),
    )  # fmt: skip
    value = forms.CharField(
        label=_("Value"), required=False, widget=UnfoldAdminTextInputWidget(),
        help_text=_("Blank: any value but no."),
    )  # fmt: skip
    projects = _AnyOf(label=_("Picked projects"), required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            _check(self, {"project_scope": self.cleaned_data}, _scope_field)
        return self.cleaned_data

    @property
    def picked(self) -> set[str]:
        return set(self["projects"].value() or [])

    @staticmethod
    def initial_of(scope: ProjectScope) -> dict[str, Any]:
        return scope.model_dump()

    def store(self, integration: Integration) -> None:
        scope = ProjectScope.model_validate(self.cleaned_data, strict=False)
        keep(integration, {"project_scope": scope.model_dump(mode="json")})


def _scope_field(path: Path) -> str:
    return str(path[1]) if len(path) > 1 else "mode"


class MappingForm(forms.Form):
    """One choice per row. Names are not limited to what the systems have at the moment."""

    def __init__(self, *args: Any, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            widget = UnfoldAdminSelectWidget(attrs={"aria-label": row.name}, choices=row.choices)
            self.fields[row.key] = forms.RegexField(
                rf"^({OFF}|{NAMED}[\s\S]+)$", label=row.name, required=False, initial=row.value,
                widget=widget,
            )  # fmt: skip

    @property
    def values(self) -> dict[str, str]:
        """What was chosen in a form that is valid, by `Row.key`."""
        return dict(self.cleaned_data)
