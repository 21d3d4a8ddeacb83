"""List filters whose choices stay within what the user may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from integrations import reasons
from integrations.admin.present import kind_title, stream_title
from integrations.models import Integration, Workspace
from integrations.scope import visible

RECENT = 2000
"""How many of the newest rows are looked at for a filter's choices: a list of all values would
read the whole table."""


class WorkspaceFilter(DropdownFilter):
    title = _("workspace")
    parameter_name = "workspace"
    path: ClassVar[str] = "workspace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = visible(request.user, Workspace.objects.order_by("name"))
        found = [(str(pk), name) for pk, name in rows.values_list("pk", "name")]
        return found if len(found) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return _where(queryset, self.path, self.value())


class IntegrationFilter(DropdownFilter):
    title = _("integration")
    parameter_name = "integration"
    path: ClassVar[str] = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = visible(request.user, Integration.objects.select_related("workspace"))
        return [(str(row.pk), f"{row.workspace} · {kind_title(row.kind)}") for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return _where(queryset, self.path, self.value())


def through(base: type[Any], path: str) -> type[Any]:
    """`base` for a model that reaches the filter's row by `path`."""
    return type(f"{base.__name__}Through", (base,), {"path": path})


def _where(queryset: QuerySet[Any], path: str, value: str | None) -> QuerySet[Any]:
    if not value:
        return queryset
    return queryset.filter(**{path: value}) if value.isdecimal() else queryset.none()


class DayRangeFilter(RangeDateFilter):
    """Calendar days in the current time zone, both inclusive."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self._midnight(end) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last:
            end = last + timedelta(days=1)
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": end})
        return queryset

    def _midnight(self, end: str) -> datetime | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            day = forms.DateField(required=False).clean(text)
        except forms.ValidationError:
            return None
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class RecentValuesFilter(DropdownFilter):
    """The values of a plain text column that occur in the newest visible rows."""

    model: ClassVar[type[Model]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = visible(request.user, self.model._default_manager.order_by("-pk"))
        values: set[str] = set(rows.values_list(self.parameter_name, flat=True)[:RECENT])
        chosen = request.GET.get(self.parameter_name, "")
        found = sorted(value for value in {*values, chosen} if value)
        return [(value, self.text(value)) for value in found]

    def text(self, value: str) -> str:
        return value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.parameter_name: value}) if value else queryset


class ReasonFilter(RecentValuesFilter):
    title = _("reason")

    def text(self, value: str) -> str:
        return str(reasons.describe(value).title)


class StreamFilter(RecentValuesFilter):
    title = _("data")
    parameter_name = "stream"

    def text(self, value: str) -> str:
        return stream_title(value)


def on(base: type[RecentValuesFilter], model: type[Model], field: str) -> type[RecentValuesFilter]:
    """`base` for one column of one model."""
    return type(
        f"{model.__name__}{base.__name__}", (base,), {"model": model, "parameter_name": field}
    )


def lookups_of(filters: Iterable[Any]) -> frozenset[str]:
    """The URL parameters of a list_filter: the only ones that its page takes."""
    names: set[str] = set()
    for item in filters:
        if isinstance(item, str):
            names.add(f"{item}__exact")
        elif isinstance(item, tuple):
            names |= {f"{item[0]}{end}" for end in ("__exact", "_from", "_to")}
        else:
            names.add(item.parameter_name)
    return frozenset(names)
