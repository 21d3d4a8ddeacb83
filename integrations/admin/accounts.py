"""Workspaces and their people. Support only; customer admins look at their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from integrations.admin.deletion import CascadeMixin
from integrations.admin.present import TEST_COLOURS, badge, change, moment
from integrations.models import (
    Connection,
    Integration,
    Link,
    Membership,
    RunEntry,
    SyncRun,
    Workspace,
)
from integrations.scope import Action, ScopedAdmin, ScopedInline, is_support, may

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser")
    allowed_lookups = frozenset({"is_active__exact", "is_superuser__exact"})
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()


@admin.register(Group)
class GroupAdmin(ScopedAdmin, DjangoGroupAdmin):  # type: ignore[misc]
    """Groups grant nothing here; the page exists to look after those that exist."""


class MembershipInline(ScopedInline):
    model = Membership
    autocomplete_fields = ("user",)
    readonly_fields = ("person",)
    verbose_name_plural = _("members")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "role") if is_support(request.user) else ("person", "role")

    @admin.display(description=_("person"))
    def person(self, obj: Membership) -> str:
        return obj.user.get_full_name() or obj.user.get_username()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "workspace")


class ConnectionInline(ScopedInline):
    model = Connection
    fields = readonly_fields = ("link", "state", "tested")
    can_delete = False
    verbose_name_plural = _("connections")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("workspace")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("system"))
    def link(self, obj: Connection) -> SafeString:
        return format_html(
            '<a class="hq-link" href="{}">{}</a>', change(obj), obj.get_vendor_display()
        )

    @admin.display(description=_("tested"))
    def tested(self, obj: Connection) -> str:
        return moment(obj.tested_at)

    @admin.display(description=_("connection test"))
    def state(self, obj: Connection) -> SafeString:
        colour = TEST_COLOURS[Connection.Test(obj.test_state)]
        return badge(colour, obj.get_test_state_display())


@admin.register(Workspace)
class WorkspaceAdmin(CascadeMixin, ScopedAdmin):
    list_display = ("name", "slug", "language", "time_zone", "created_at")
    search_fields = ("name", "slug")
    fieldsets = (
        (None, {"fields": (("name", "slug"), "hellohq_url")}),
        (_("Region"), {"fields": (("language", "time_zone"),)}),
    )
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline, ConnectionInline)
    cascades = {
        Membership: "workspace",
        Connection: "workspace",
        Integration: "workspace",
        Link: "integration__workspace",
        SyncRun: "integration__workspace",
        RunEntry: "run__integration__workspace",
    }

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_prepopulated_fields(request, obj) if is_support(request.user) else {}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if is_support(request.user):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": (("name", "language", "time_zone"),)}),)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Members use these pages, so they must be able to log in here."""
        super().save_related(request, form, formsets, change)
        members = User.objects.filter(memberships__workspace=form.instance)
        members.filter(is_staff=False).update(is_staff=True)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        if obj is None:
            return (MembershipInline,)
        return self.inlines if may(request.user, Action.READ, obj) else ()
