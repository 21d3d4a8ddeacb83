"""Puts the pages of personio-hellohq under the admin's address and login."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path

from absences import views
from absences.models import MappedType
from integrations import scope

scope.register(MappedType, "integration__workspace")


@admin.register(MappedType)
class MappedTypeAdmin(scope.ScopedAdmin):
    """The mapping is edited as a whole, on its own page: there is no list of its rows."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/mapping/", wrap(views.mapping), name="absences_mapping"),
            path("<int:pk>/settings/", wrap(views.settings), name="absences_settings"),
        ]
