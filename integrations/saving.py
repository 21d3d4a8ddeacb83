"""An activation file against the database: what does not fit together, and saving it (G1, G5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import SecretStr

from integrations import kinds
from integrations.activation_file import CommonAnswers, Person, Plan, WorkspaceAnswers
from integrations.answers import Answers, Finding, Path
from integrations.connections import option_names, secret_names
from integrations.models import Connection, Integration, Membership, Workspace
from integrations.models.account import SecretUnreadable


@dataclass(frozen=True)
class Outcome:
    """What was activated: the workspace's short name, vendors and kinds of the file."""

    workspace: str
    created: bool
    connections: list[str]
    integrations: list[str]


def check_against_database(plan: Plan, raw: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the valid parts of a file, given each other and what is stored."""
    workspace = _stored_workspace(plan.workspace)
    return [
        *_check_people(plan, workspace),
        *_check_secrets(plan, workspace),
        *_check_connections(plan, raw, workspace),
    ]


def _stored_workspace(answers: WorkspaceAnswers | None) -> Workspace | None:
    if answers is None:
        return None
    return Workspace.objects.select_for_update().filter(slug=answers.slug).first()


def _check_people(plan: Plan, workspace: Workspace | None) -> list[Finding]:
    if plan.admins is None or plan.viewers is None:
        return []
    return [
        *_check_listed_twice(plan.admins, plan.viewers),
        *_check_enablers(plan, _future_admins(plan, workspace)),
    ]


def _check_listed_twice(admins: list[Person], viewers: list[Person]) -> list[Finding]:
    found, seen = [], set[str]()
    for part, people in (("admins", admins), ("viewers", viewers)):
        for position, person in enumerate(people):
            if person.email in seen:
                path: Path = (part, position, "email")
                message = _("This person is listed twice; choose one role.")
                found.append(Finding(path, "listed_twice", message))
            seen.add(person.email)
    return found


def _check_enablers(plan: Plan, admins: list[str]) -> list[Finding]:
    found = []
    for slug, answers in plan.integrations.items():
        path: Path = ("integrations", slug, "enabled_by")
        if not admins:
            found.append(Finding(("admins",), "no_admin", _("The workspace needs an admin.")))
        elif answers.enabled_by and answers.enabled_by not in admins:
            message = _("This is no admin of the workspace; add the person to “admins”.")
            found.append(Finding(path, "not_an_admin", message))
        elif not _is_active(answers.enabled_by or admins[0]):
            message = _("The account of the person who enables it is deactivated: %(email)s.")
            text = message % {"email": answers.enabled_by or admins[0]}
            found.append(Finding(path, "inactive_user", text))
    return found


def _is_active(email: str) -> bool:
    user = find_user(email)
    return user is None or user.is_active


def _future_admins(plan: Plan, workspace: Workspace | None) -> list[str]:
    """E-mail addresses of the admins after saving: those of the file, then the active others."""
    named = [person.email for person in plan.admins or []]
    viewers = {person.email for person in plan.viewers or []}
    stored = Membership.objects.filter(
        workspace=workspace, role=Membership.Role.ADMIN, user__is_active=True
    )
    users = [row.user for row in stored.select_related("user").order_by("pk")] if workspace else []
    emails = ((user.email or user.get_username()).lower() for user in users)
    return list(dict.fromkeys([*named, *(email for email in emails if email not in viewers)]))


def _check_secrets(plan: Plan, workspace: Workspace | None) -> list[Finding]:
    stored = Connection.objects.filter(workspace=workspace, vendor__in=plan.connections)
    return [
        Finding(("connections", connection.vendor), "secret_unreadable", _unreadable_message())
        for connection in (stored if workspace else [])
        if not _readable(connection)
    ]


def _readable(connection: Connection) -> bool:
    try:
        connection.credentials()
    except SecretUnreadable:
        return False
    return True


def _unreadable_message() -> str:
    return _(
        "No key in FERNET_KEYS fits the stored credentials. Restore the key first; "
        "or delete the connection and activate again."
    )


def _check_connections(
    plan: Plan, raw: Mapping[str, Any], workspace: Workspace | None
) -> list[Finding]:
    """Every integration's two systems, in the file (valid or not) or stored."""
    answers = raw.get("connections")
    there = set(answers) if isinstance(answers, dict) else set[str]()
    if workspace:
        there |= set(workspace.connections.values_list("vendor", flat=True))
    return [
        Finding(("connections", vendor), "missing_connection", _missing_message(slug, vendor))
        for slug in plan.integrations
        for vendor in kinds.get(slug).vendors
        if vendor not in there
    ]


def _missing_message(slug: str, vendor: str) -> str:
    message = _("The integration %(integration)s needs a connection to %(system)s.")
    return message % {"integration": slug, "system": Connection.Vendor(vendor).label}


def save(plan: Plan, now: datetime) -> Outcome:
    """Store a plan without findings. Within the caller's transaction."""
    if plan.workspace is None:
        raise ValueError("a plan without a workspace cannot be saved")
    workspace, created = _save_workspace(plan.workspace)
    for person in plan.admins or []:
        _save_member(workspace, person, Membership.Role.ADMIN)
    for person in plan.viewers or []:
        _save_member(workspace, person, Membership.Role.VIEWER)
    for vendor, answers in plan.connections.items():
        _save_connection(workspace, vendor, answers)
    admins = _future_admins(plan, workspace)
    for slug, common in plan.integrations.items():
        _save_integration(workspace, slug, common, common.enabled_by or admins[0], now)
    return Outcome(workspace.slug, created, [*plan.connections], [*plan.integrations])


def _save_workspace(answers: WorkspaceAnswers) -> tuple[Workspace, bool]:
    values = answers.model_dump()
    return Workspace.objects.update_or_create(slug=values.pop("slug"), defaults=values)


def _save_member(workspace: Workspace, person: Person, role: Membership.Role) -> None:
    user = _save_user(person)
    Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})


def find_user(email: str) -> User | None:
    """The account of an address: by user name, else by e-mail. Of two, the older."""
    found = User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email)).order_by("pk")
    users = list(found)
    named = (user for user in users if user.username.lower() == email)
    return next(named, users[0] if users else None)


def _save_user(person: Person) -> User:
    """Password, rights and names of an existing account stay; it may use the admin."""
    user = find_user(person.email) or User(username=person.email, email=person.email)
    if user.pk is None:
        user.set_unusable_password()
    if not user.get_full_name():
        first, _space, last = person.name.partition(" ")
        user.first_name, user.last_name = first[:150], last[:150]
    user.is_staff = True
    user.save()
    return user


def _save_connection(workspace: Workspace, vendor: str, answers: Answers) -> None:
    values = _plain(answers)
    secrets = {name: str(values[name]) for name in secret_names(vendor)}
    wanted = {
        "base_url": values["base_url"],
        "options": {name: values[name] for name in option_names(vendor)},
    }
    connection, created = Connection.objects.get_or_create(
        workspace=workspace, vendor=vendor, defaults=wanted
    )
    same = all(getattr(connection, name) == value for name, value in wanted.items())
    if not created and same and connection.credentials() == secrets:
        return
    connection.base_url, connection.options = str(wanted["base_url"]), wanted["options"]
    connection.save(update_fields=["base_url", "options"])
    connection.store_credentials(secrets)


def _plain(answers: Answers) -> dict[str, Any]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in answers
    }


def _save_integration(
    workspace: Workspace, slug: str, answers: CommonAnswers, enabled_by: str, now: datetime
) -> None:
    """Links and history of an existing integration stay; a resting one is enabled again (G5)."""
    integration, _created = Integration.objects.get_or_create(workspace=workspace, kind=slug)
    integration.enabled_by = find_user(enabled_by)
    integration.notices_confirmed = answers.notices_confirmed
    integration.guard_count = answers.guard.count
    integration.guard_percent = answers.guard.percent
    if integration.state != Integration.State.ACTIVE:
        integration.state, integration.pause_reason = Integration.State.ACTIVE, ""
        integration.next_run_at = now
    integration.save()
    kinds.get(slug).configure(integration, answers)
