"""The answers of a `hellohq-awork` activation (product.md, A)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from integrations.activation_file import CommonAnswers
from integrations.answers import Answers, Finding, Path, findings_error, problem
from projects.words import folded

Policy = Literal["hellohq", "awork", "newest", "ask"]


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in values if value.strip()))


def _named(name: str) -> str:
    if not name.strip():
        raise problem("blank", _("Enter a name."))
    return " ".join(name.split())


def _at(path: Path, code: str, message: str) -> PydanticCustomError:
    """An error at a place below the validated part."""
    return findings_error([Finding(path, code, message)])


def _check_names(names: Iterable[str]) -> list[Finding]:
    """Names are compared folded (A5), so none may be blank or come twice."""
    found, seen = [], dict[str, str]()
    for name in names:
        if not folded(name):
            found.append(Finding((name,), "blank", _("Enter a name.")))
        elif first := seen.get(folded(name)):
            message = _("This is the same name as “%(first)s”; list it once.")
            found.append(Finding((name,), "named_twice", message % {"first": first}))
        seen.setdefault(folded(name), name)
    return found


def _check_types(mapping: dict[str, str]) -> dict[str, str]:
    if found := _check_names(mapping):
        raise findings_error(found)
    return mapping


def _check_statuses(mapping: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    found = _check_names(mapping)
    for type_, statuses in mapping.items():
        inner = _check_names(statuses)
        found += [Finding((type_, *one.path), one.code, one.message) for one in inner]
    if found:
        raise findings_error(found)
    return mapping


class ConflictPolicy(Answers):
    """Who wins a field that was edited on both sides (A13); `ask` parks it."""

    projects: Policy = "hellohq"
    tasks: Policy = "newest"


class ProjectScope(Answers):
    """Which helloHQ projects take part (A1): all that run, those whose custom field has a value
    (any value but no, if `value` is blank), or those whose helloHQ ids are listed."""

    mode: Literal["running", "custom_field", "picked"] = "running"
    custom_field: str = ""
    value: str = ""
    projects: Annotated[list[str], AfterValidator(_distinct)] = []

    @model_validator(mode="after")
    def _needs_choice(self) -> ProjectScope:
        if self.mode == "custom_field" and not self.custom_field.strip():
            message = _("Name the custom field that marks the projects.")
            raise _at(("custom_field",), "no_custom_field", message)
        if self.mode == "picked" and not self.projects:
            message = _("Pick at least one project, or let all running ones take part.")
            raise _at(("projects",), "no_project", message)
        return self


class HelloHqAworkSettings(CommonAnswers):
    """One integration's part of an activation file; every answer has a default.

    `task_type_mapping`: helloHQ task type → awork activity; `task_status_mapping`: helloHQ task
    type → its status → awork status; by name, beyond those that have equal names (A5). "" leaves
    a type or status unmapped although awork has one of its name. Dates are inclusive;
    `time_entries_start_date` is the day of activation unless it is given (A7).
    """

    tasks_and_time_entries: bool = True
    one_way_from_awork: bool = False
    absences: bool = False
    absence_start_date: date | None = None
    previous_version: bool = False
    project_number_in_name: bool = False
    reportings_auto_accepted: bool = True
    administration_task_name: Annotated[str, Field(max_length=200), AfterValidator(_named)] = (
        "Administration"
    )
    task_type_mapping: Annotated[dict[str, str], AfterValidator(_check_types)] = {}
    task_status_mapping: Annotated[dict[str, dict[str, str]], AfterValidator(_check_statuses)] = {}
    time_entries_start_date: date | None = None
    keep_awork_absences: bool = False
    conflict_policy: ConflictPolicy = ConflictPolicy()
    project_scope: ProjectScope = ProjectScope()

    @model_validator(mode="after")
    def _needs_start(self) -> HelloHqAworkSettings:
        if self.absences and self.absence_start_date is None:
            message = _("Enter the absence start date.")
            raise _at(("absence_start_date",), "no_absence_start_date", message)
        return self
