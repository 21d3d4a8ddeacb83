"""Who sees and does what. Every page, action, export and command-free view asks here.

Support (superusers) may do everything. Everybody else has what their memberships grant, in those
workspaces only; Django's model permissions play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as Account
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline

from integrations.models import (
    Connection,
    Incident,
    Integration,
    Link,
    Membership,
    PendingDeletion,
    Problem,
    RunEntry,
    SyncRun,
    Workspace,
)

M = TypeVar("M", bound=models.Model)
User = Account | AnonymousUser


class Action(StrEnum):
    """What can be done in a workspace."""

    VIEW = "view"
    """See state and counts."""
    READ = "read"
    """See records: history, problems, mapping, people. Personal data."""
    OPERATE = "operate"
    """Start, pause, resume, disable; approve and reject deletions; download history."""
    CONFIGURE = "configure"
    """Change mapping, settings, guard and secret values."""
    ADMINISTER = "administer"
    """Workspaces, members, connections with their addresses, activation. Support only."""


GRANTS: dict[str, frozenset[Action]] = {
    Membership.Role.VIEWER: frozenset({Action.VIEW}),
    Membership.Role.ADMIN: frozenset({Action.VIEW, Action.READ, Action.OPERATE, Action.CONFIGURE}),
}


@dataclass(frozen=True)
class Scope:
    """The look-up path from a model to its workspace, and what seeing its rows takes."""

    path: str
    view: Action = Action.READ


_scopes: dict[type[models.Model], Scope] = {
    Workspace: Scope("pk", Action.VIEW),
    Integration: Scope("workspace", Action.VIEW),
    SyncRun: Scope("integration__workspace", Action.VIEW),
    Membership: Scope("workspace"),
    Connection: Scope("workspace"),
    Incident: Scope("integration__workspace"),
    Link: Scope("integration__workspace"),
    PendingDeletion: Scope("integration__workspace"),
    Problem: Scope("integration__workspace"),
    RunEntry: Scope("run__integration__workspace"),
}


def register(model: type[models.Model], path: str, view: Action = Action.READ) -> None:
    """For the apps' own models. An unregistered model is seen by support alone."""
    _scopes[model] = Scope(path, view)


def is_support(user: User) -> bool:
    return user.is_active and user.is_superuser


def _roles(user: User) -> dict[int, str]:
    """Role by workspace id, read once per user instance (that is: once per request)."""
    if not user.is_active or user.pk is None:
        return {}
    cached: dict[int, str] | None = getattr(user, "_workspace_roles", None)
    if cached is None:
        cached = dict(Membership.objects.filter(user=user).values_list("workspace_id", "role"))
        user._workspace_roles = cached  # type: ignore[attr-defined]
    return cached


def workspaces(user: User, action: Action) -> set[int]:
    """Ids of the workspaces where a user who is not support may do `action`."""
    return {pk for pk, role in _roles(user).items() if action in GRANTS.get(role, frozenset())}


def visible(user: User, queryset: models.QuerySet[M], action: Action | None = None) -> Any:
    """The rows of `queryset` that the user may see, or may do `action` with."""
    if is_support(user):
        return queryset
    scope = _scopes.get(queryset.model)
    if scope is None:
        return queryset.none()
    allowed = workspaces(user, action or scope.view)
    return queryset.filter(**{f"{scope.path}__in": allowed})


def workspace_id(obj: models.Model) -> int | None:
    """The workspace that an object belongs to; None where it belongs to none."""
    scope = _scopes.get(type(obj))
    if scope is None:
        return None
    *parents, last = scope.path.split("__")
    target: Any = obj
    for name in parents:
        target = getattr(target, name)
    found: int | None = target.pk if last == "pk" else getattr(target, f"{last}_id")
    return found


def may(user: User, action: Action, obj: models.Model | None = None) -> bool:
    """Whether the user may do `action` with `obj`, or anywhere at all without one."""
    if is_support(user):
        return True
    if action is Action.ADMINISTER:
        return False
    allowed = workspaces(user, action)
    return bool(allowed) if obj is None else workspace_id(obj) in allowed


class _Scoped:
    """Replaces Django's model permissions by the rules above.

    `allowed_lookups` are the only filters that a URL may carry: any other, on whatever column,
    would answer questions about values that are not shown.
    """

    model: type[models.Model]
    change_needs: ClassVar[Action] = Action.ADMINISTER
    add_needs: ClassVar[Action] = Action.ADMINISTER
    delete_needs: ClassVar[Action] = Action.ADMINISTER

    @property
    def view_needs(self) -> Action:
        scope = _scopes.get(self.model)
        return scope.view if scope else Action.ADMINISTER

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        queryset: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return visible(request.user, queryset)  # type: ignore[no-any-return]

    def _may(self, request: HttpRequest, action: Action, obj: models.Model | None) -> bool:
        return may(request.user, action, obj if isinstance(obj, self.model) else None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.view_needs, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_needs, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.add_needs, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.delete_needs, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs:
            related = db_field.remote_field.model._default_manager.all()
            kwargs["queryset"] = visible(request.user, related, self.choice_needs(db_field.name))
        if db_field._verbose_name is None:
            kwargs.setdefault("label", capfirst(db_field.remote_field.model._meta.verbose_name))
        return super().formfield_for_foreignkey(  # type: ignore[misc]
            db_field, request, **kwargs
        )

    def choice_needs(self, field_name: str) -> Action | None:
        """What a workspace must grant to be offered in a form."""
        return None


class ScopedAdmin(_Scoped, ModelAdmin):  # type: ignore[misc]
    """Base of every admin page of the product."""

    allowed_lookups: ClassVar[frozenset[str]] = frozenset()
    history_needs: ClassVar[Action] = Action.READ
    actions: Sequence[str] = ()
    list_filter_submit = True
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.allowed_lookups

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context = {"show_save_and_add_another": False, **context}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Who changed what: for those who may know the people."""
        obj = self.get_object(request, object_id)
        if obj is not None and not may(request.user, self.history_needs, obj):
            raise PermissionDenied
        return super().history_view(request, object_id, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without "delete selected": deletions go one by one, with their confirmation."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class ScopedInline(_Scoped, TabularInline):  # type: ignore[misc]
    """Rows of a parent that the user may see; support alone changes them."""

    extra = 0
    hide_title = True
