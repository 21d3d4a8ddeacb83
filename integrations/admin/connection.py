"""Connections: addresses for support, secrets that can be written and never read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from pydantic_core import PydanticCustomError
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)

from integrations import reasons, services
from integrations.admin.filters import WorkspaceFilter
from integrations.admin.present import TEST_COLOURS, badge, change, moment, without_address
from integrations.answers import check_address
from integrations.connections import (
    CONNECTION_ANSWERS,
    NO_SECRET,
    SECRET,
    address_names,
    option_names,
    required_secret_names,
    secret_names,
)
from integrations.models import Connection
from integrations.models.account import SecretUnreadable
from integrations.scope import Action, ScopedAdmin, is_support, visible

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LABELS: dict[str, str | _StrPromise] = {
    "client_id": _("Client ID"),
    "client_secret": _("Client secret"),
    "api_token": _("API token"),
    "api_token_v2": _("API token for version 2"),
    "api_key": _("API key"),
    "service_user_id": _("Service user ID"),
    "token": _("Service user token"),
    "base_url": _("API address"),
    "workspace_url": _("Workspace address"),
    "scim_base_url": _("SCIM address"),
    "api_version": _("API version"),
    "half_day_encoding": _("Encoding of half days"),
}


def _choices(vendor: str, name: str) -> tuple[str, ...]:
    """The values that an option is limited to; () for free text."""
    annotation = CONNECTION_ANSWERS[vendor].model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def identifiers(vendor: str) -> tuple[str, ...]:
    """Options that a customer admin enters, such as a client id: neither secret nor address."""
    hidden = set(address_names(vendor))
    return tuple(n for n in option_names(vendor) if n not in hidden and not _choices(vendor, n))


def technical(vendor: str) -> tuple[str, ...]:
    """Options that are support's business: further addresses and switches."""
    return tuple(name for name in option_names(vendor) if name not in identifiers(vendor))


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Shows no secret. A blank field keeps the secret that is stored."""

    vendor: str = ""

    class Meta:
        model = Connection
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored, self.unreadable = _stored(self.instance)
        for name in self.secrets:
            self.fields[name].help_text = self._hint(name)
        for name in self.options:
            self.fields[name].initial = self.instance.options.get(name, self.fields[name].initial)

    @property
    def secrets(self) -> list[str]:
        return [name for name in secret_names(self.vendor) if name in self.fields]

    @property
    def options(self) -> list[str]:
        return [name for name in option_names(self.vendor) if name in self.fields]

    def _hint(self, name: str) -> Any:
        if self.unreadable:
            return _("Set, but cannot be decrypted. Restore the encryption key first.")
        if self.stored.get(name):
            return _("Set. Leave blank to keep it.")
        required = name in required_secret_names(self.vendor)
        return _("Not set.") if required else _("Not set (optional).")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.unreadable and self.entered():
            raise forms.ValidationError(reasons.describe("secret_unreadable").next_step)
        return cleaned

    def clean_base_url(self) -> str:
        return _checked_address(self.cleaned_data["base_url"])

    def entered(self) -> dict[str, str]:
        """The secrets that were typed, by name."""
        values = {name: (self.cleaned_data.get(name) or "").strip() for name in self.secrets}
        return {name: value for name, value in values.items() if value}

    def store(self) -> None:
        """Keep the new options and secrets; call once the connection itself is saved."""
        if self.options:
            chosen = {name: self.cleaned_data[name] for name in self.options}
            self.instance.options = {**self.instance.options, **chosen}
            self.instance.save(update_fields=["options"])
        if entered := self.entered():
            self.instance.store_credentials({**self.stored, **entered})


def _stored(connection: Connection) -> tuple[dict[str, str], bool]:
    """The stored secrets, and whether there are some that cannot be decrypted."""
    if connection.pk is None:
        return {}, False
    try:
        return connection.credentials(), False
    except SecretUnreadable:
        return {}, True


def _checked_address(url: str) -> str:
    try:
        return check_address(url)
    except PydanticCustomError as error:
        raise forms.ValidationError(error.message()) from error


class AddressField(forms.URLField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", widget=UnfoldAdminURLInputWidget(), **kwargs)

    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        return _checked_address(cleaned) if cleaned else ""


def _field(vendor: str, name: str) -> forms.Field:
    label = LABELS.get(name, name)
    if name in secret_names(vendor):
        widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})
        valid = RegexValidator(SECRET, NO_SECRET, "invalid_secret")
        return forms.CharField(label=label, required=False, widget=widget, validators=[valid])
    if name in address_names(vendor):
        return AddressField(label=label, required=False)
    if choices := _choices(vendor, name):
        return forms.ChoiceField(
            label=label,
            choices=[(value, value) for value in choices],
            initial=CONNECTION_ANSWERS[vendor].model_fields[name].default,
            widget=UnfoldAdminSelectWidget(),
        )
    return forms.CharField(
        label=label, required=False, max_length=200, widget=UnfoldAdminTextInputWidget()
    )


def form_for(vendor: str, names: Iterable[str]) -> type[ConnectionForm]:
    """The form of a vendor's connection with fields for those secrets and options."""
    fields = {name: _field(vendor, name) for name in names}
    return type(f"{vendor}Form", (ConnectionForm,), {"vendor": vendor, **fields})


@admin.register(Connection)
class ConnectionAdmin(ScopedAdmin):
    list_display = ("system", "workspace", "state", "tested")
    list_display_links = ("system",)
    list_select_related = ("workspace",)
    list_filter = (WorkspaceFilter, "vendor", "test_state")
    allowed_lookups = frozenset({"workspace", "vendor__exact", "test_state__exact"})
    change_needs = Action.CONFIGURE
    change_form_outer_before_template = "integrations/connection_test.html"
    add_fieldsets = ((None, {"fields": ("workspace", "vendor", "base_url")}),)

    @admin.display(description=_("system"), ordering="vendor")
    def system(self, obj: Connection) -> str:
        return obj.get_vendor_display()

    @admin.display(description=_("connection test"), ordering="test_state")
    def state(self, obj: Connection) -> SafeString:
        return badge(TEST_COLOURS.get(obj.test_state, ""), obj.get_test_state_display())

    @admin.display(description=_("tested"), ordering="tested_at")
    def tested(self, obj: Connection) -> str:
        return moment(obj.tested_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("options")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", "vendor") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        names = (*identifiers(obj.vendor), *secret_names(obj.vendor))
        credentials = (_("Credentials"), {"fields": names})
        if not is_support(request.user):
            return (credentials,)
        technicalities = {"fields": ("base_url", *technical(obj.vendor))}
        return (credentials, (_("Technical settings"), technicalities))

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is not None:
            names = flatten_fieldsets(self.get_fieldsets(request, obj))
            kwargs["form"] = form_for(obj.vendor, [name for name in names if name != "base_url"])
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.changed_data:
            obj.test_state, obj.test_detail, obj.tested_at = Connection.Test.UNTESTED, "", None
        super().save_model(request, obj, form, change)
        if isinstance(form, ConnectionForm):
            form.store()

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """On to the credentials: their fields depend on the system."""
        self.message_user(request, _("Now enter the credentials."), messages.INFO)
        return HttpResponseRedirect(change(obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        connection = self.get_object(request, object_id)
        context = _context(request, connection) if connection else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(require_POST(self.test))
        return [
            path("<int:pk>/test/", view, name="integrations_connection_test"),
            *super().get_urls(),
        ]

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the system whether the credentials work, and say what it answered."""
        rows = visible(request.user, Connection.objects.all(), Action.CONFIGURE)
        connection = get_object_or_404(rows, pk=pk)
        result = services.test_connection(connection)
        level = messages.SUCCESS if result.ok else messages.ERROR
        messages.add_message(request, level, _for(request, connection, result.message))
        return HttpResponseRedirect(change(connection))


def _for(request: HttpRequest, connection: Connection, text: str) -> str:
    if is_support(request.user):
        return text
    return without_address(text, connection.base_url, *_further(connection))


def _further(connection: Connection) -> list[str]:
    names = address_names(connection.vendor)
    return [str(connection.options.get(name) or "") for name in names]


def _context(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    test = {
        "url": reverse("admin:integrations_connection_test", args=[connection.pk]),
        "state": connection.get_test_state_display(),
        "colour": TEST_COLOURS[Connection.Test(connection.test_state)],
        "detail": _for(request, connection, connection.test_detail),
        "tested_at": connection.tested_at,
    }
    return {"test": test}
