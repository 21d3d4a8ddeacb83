"""Deleting something that a whole workspace or integration hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst

from integrations.scope import is_support


class CascadeMixin:
    """Says in numbers what goes as well: a list of every history entry would be no help.

    Support alone deletes, so the permissions of each dependent model are not asked.
    `cascades` names the dependent models and their paths to this one.
    """

    cascades: ClassVar[Mapping[type[Model], str]] = {}

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        if not is_support(request.user):
            return [], {}, {str(objs[0]._meta.verbose_name)}, []
        counts = {
            str(capfirst(model._meta.verbose_name_plural)): number
            for model, path in self.cascades.items()
            if (number := model._default_manager.filter(**{f"{path}__in": objs}).count())
        }
        return [str(obj) for obj in objs], counts, set(), []
