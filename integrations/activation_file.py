"""What an activation file says, part by part, and every mistake in it (G1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, TypeAdapter

from integrations import kinds
from integrations.answers import (
    Answers,
    Finding,
    InvalidAnswersError,
    Path,
    check_address,
    problem,
    read,
)
from integrations.connections import CONNECTION_ANSWERS
from integrations.models.account import validate_time_zone


def _email(text: str) -> str:
    """Lower-cased, as user names are."""
    try:
        validate_email(text)
    except DjangoValidationError:
        raise problem("invalid_email", _("This is not an e-mail address.")) from None
    return text.lower()


def _time_zone(name: str) -> str:
    try:
        validate_time_zone(name)
    except DjangoValidationError:
        message = _("This is not a time zone; write one like Europe/Berlin.")
        raise problem("unknown_time_zone", message) from None
    return name


def _optional_address(url: str) -> str:
    return check_address(url) if url else ""


Email = Annotated[str, Field(max_length=150), AfterValidator(_email)]
Percent = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=0, le=1_000_000)]


class Guard(Answers):
    """G9: deletions above both the number and the percentage wait for approval."""

    count: Number = 5
    percent: Percent = 10


class CommonAnswers(Answers):
    """What every integration's part may say. `enabled_by` None: the first admin (G10)."""

    enabled_by: Email | None = None
    notices_confirmed: bool = False
    guard: Guard = Guard()


class WorkspaceAnswers(Answers):
    slug: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=50)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    hellohq_url: Annotated[str, AfterValidator(_optional_address)] = ""
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/Berlin"
    language: Literal["de", "en"] = "de"


class Person(Answers):
    email: Email
    name: Annotated[str, Field(max_length=200)] = ""


class ActivationFile(Answers):
    """The outermost object. Parts are validated one by one, so that every error is found."""

    workspace: WorkspaceAnswers
    admins: list[Person] = []
    viewers: list[Person] = []
    connections: dict[str, Any] = {}
    integrations: dict[str, Any] = {}


@dataclass
class Plan:
    """The parts of a file that are valid by themselves."""

    workspace: WorkspaceAnswers | None = None
    admins: list[Person] | None = None
    viewers: list[Person] | None = None
    connections: dict[str, Answers] = field(default_factory=dict)
    integrations: dict[str, CommonAnswers] = field(default_factory=dict)


def read_file(raw: Mapping[str, Any]) -> tuple[Plan, list[Finding]]:
    """What can be understood of a file, and all that cannot."""
    reader = _Reader()
    unknown = {key: raw[key] for key in raw if key not in ActivationFile.model_fields}
    reader.take(TypeAdapter(ActivationFile), {**_SMALLEST, **unknown}, ())
    plan = Plan(
        workspace=reader.part(raw, "workspace", WorkspaceAnswers),
        admins=reader.part(raw, "admins", list[Person]),
        viewers=reader.part(raw, "viewers", list[Person]),
    )
    for vendor, answers in reader.group(raw, "connections").items():
        reader.connection(plan, vendor, answers)
    for kind, answers in reader.group(raw, "integrations").items():
        reader.integration(plan, kind, answers)
    return plan, reader.findings


_SMALLEST = {"workspace": {"slug": "a", "name": "a"}}


class _Reader:
    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def take(self, adapter: TypeAdapter[Any], raw: object, path: Path) -> Any:
        """The validated value, or None and findings."""
        try:
            return read(adapter, raw, path)
        except InvalidAnswersError as error:
            self.findings += error.findings
            return None

    def part(self, raw: Mapping[str, Any], name: str, kind: Any) -> Any:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        if name in raw:
            return self.take(adapter, raw[name], (name,))
        default = ActivationFile.model_fields[name]
        if not default.is_required():
            return default.get_default()
        return self.take(TypeAdapter(ActivationFile), {}, ())

    def group(self, raw: Mapping[str, Any], name: str) -> dict[str, Any]:
        return self.part(raw, name, dict[str, Any]) or {}

    def connection(self, plan: Plan, vendor: str, answers: object) -> None:
        path = ("connections", vendor)
        if vendor not in CONNECTION_ANSWERS:
            message = _("There is no such system. Known are: %(names)s.")
            names = ", ".join(CONNECTION_ANSWERS)
            self.findings.append(Finding(path, "unknown_system", message % {"names": names}))
        elif value := self.take(TypeAdapter(CONNECTION_ANSWERS[vendor]), answers, path):
            plan.connections[vendor] = value

    def integration(self, plan: Plan, slug: str, answers: object) -> None:
        path = ("integrations", slug)
        try:
            kind = kinds.get(slug)
        except KeyError:
            message = _("There is no such integration here. Installed are: %(names)s.")
            names = ", ".join(one.slug for one in kinds.registered()) or "–"
            self.findings.append(Finding(path, "unknown_integration", message % {"names": names}))
            return
        if value := self.take(TypeAdapter(kind.settings_model), answers, path):
            plan.integrations[slug] = cast(CommonAnswers, value)
