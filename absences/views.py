"""The pages of personio-hellohq in the admin, scoped like every other page of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from absences import live
from absences.forms import NOTICES, MappingForm, SettingsForm
from absences.mapping import (
    LiveType,
    current_mapping,
    name_key,
    parse_names,
    store_mapping,
    suggest,
)
from absences.models import HqAbsence
from integrations import pages, reasons
from integrations.connections import IncompleteConnectionError
from integrations.models import Integration, Problem
from integrations.models.account import SecretUnreadable
from integrations.remote import RemoteError

KIND = "personio-hellohq"


@dataclass(frozen=True)
class Waiting:
    """An absence type that is not mapped, and how many absences wait for it."""

    name: str
    count: int


@dataclass(frozen=True)
class Row:
    """One field of the mapping, with the types that its name suggests."""

    field: BoundField
    suggestions: Sequence[str]


def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    types, trouble = _live(integration)
    if request.method == "POST":
        form = MappingForm(request.POST)
        if form.is_valid() and _store(request, integration, form, types or []):
            return HttpResponseRedirect(request.path)
    else:
        form = MappingForm(initial=current_mapping(integration))
    context = {
        "form": form,
        "rows": _rows(form, types or []),
        "types": _names(types or []),
        "known": types is not None,
        "trouble": trouble,
        "waiting": _waiting(integration),
    }
    return pages.page(
        request, integration, "absences/mapping.html", _("Mapping of absences"), context
    )


def _live(integration: Integration) -> tuple[list[LiveType] | None, reasons.Reason | None]:
    """Personio's types, or why they cannot be had: the form works without them."""
    try:
        return live.live_types(integration), None
    except (RemoteError, IncompleteConnectionError, SecretUnreadable) as error:
        return None, reasons.describe(error.code)


def _store(
    request: HttpRequest, integration: Integration, form: MappingForm, types: Sequence[LiveType]
) -> bool:
    report = store_mapping(integration, form.mapping, types)
    if report.errors:
        form.take(report)
        return False
    for warning in report.warnings:
        messages.warning(request, warning.message)
    pages.log(request, integration, "mapping")
    messages.success(
        request, _("The mapping is saved. What waited for it syncs with the next run.")
    )
    return True


def _names(types: Sequence[LiveType]) -> list[str]:
    """How to write each type: with its id where another one has the same name."""
    keys = [name_key(one.name) for one in types]
    names = [
        one.choice if keys.count(key) > 1 else one.name
        for one, key in zip(types, keys, strict=True)
    ]
    return sorted(names, key=str.casefold)


def _rows(form: MappingForm, types: Sequence[LiveType]) -> list[Row]:
    suggested = suggest(types)
    taken = _taken(form)
    return [
        Row(
            form[absence.value],
            [
                one.name
                for one in types
                if suggested.get(one.key) == absence.value and name_key(one.name) not in taken
            ],
        )
        for absence in HqAbsence
    ]


def _taken(form: MappingForm) -> set[str]:
    """Keys of the names that are entered already; a list with an open quote counts for none."""
    keys: set[str] = set()
    for absence in HqAbsence:
        try:
            keys |= {name_key(name) for name in parse_names(str(form[absence.value].value() or ""))}
        except ValueError:
            continue
    return keys


def _waiting(integration: Integration) -> list[Waiting]:
    counted = (
        Problem.objects.filter(integration=integration, code="unmapped_type")
        .order_by()
        .values("detail__type_name", "detail__type_id")
        .annotate(n=Count("pk"))
    )
    found = [
        Waiting(row["detail__type_name"] or row["detail__type_id"] or "?", row["n"])
        for row in counted
    ]
    return sorted(found, key=lambda one: (-one.count, one.name))


def settings(request: HttpRequest, pk: int) -> HttpResponse:
    integration = pages.configurable(request, KIND, pk)
    form = SettingsForm(request.POST or None, initial=SettingsForm.initial_of(integration))
    if request.method == "POST" and form.is_valid():
        form.store(integration)
        pages.log(request, integration, "settings")
        messages.success(request, _("The settings are saved."))
        return HttpResponseRedirect(request.path)
    context = {"form": form, "notices": NOTICES}
    return pages.page(request, integration, "absences/settings.html", _("Settings"), context)
