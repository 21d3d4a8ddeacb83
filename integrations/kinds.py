"""The registry of integration kinds. An app registers its kind in AppConfig.ready; the core
never names an app, so deleting an integration is deleting its app.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise

    from integrations.clients import Clients
    from integrations.engine.blueprint import Blueprint
    from integrations.models import Integration


class CheckState(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    TO_CONFIRM = "to_confirm"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One line of a preflight (G3). `code` is stable; `names` are the records it is about."""

    code: str
    state: CheckState
    title: str
    action: str = ""
    count: int = 0
    names: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Page:
    """A page of its own that a kind adds to the admin of its integration, such as the mapping."""

    url_name: str
    title: str | _StrPromise


class IntegrationKind(ABC):
    """What the core must know of an integration."""

    slug: ClassVar[str]
    title: ClassVar[str | _StrPromise]
    left_vendor: ClassVar[str]
    right_vendor: ClassVar[str]
    arrow: ClassVar[str] = "→"
    """Which way data flows between the two: "→" or "↔"."""
    interval: ClassVar[timedelta | None]
    full_interval: ClassVar[timedelta] = timedelta(days=1)
    settings_model: ClassVar[type[BaseModel]]
    pages: ClassVar[Sequence[Page]] = ()

    @property
    def vendors(self) -> tuple[str, str]:
        return self.left_vendor, self.right_vendor

    def unready(self, integration: Integration) -> str:
        """What must be answered before any run, translated; "" when nothing is missing."""
        return ""

    def schedule(self, integration: Integration) -> timedelta | None:
        """Time between two runs; None when only buttons and commands start one."""
        return self.interval

    @abstractmethod
    def configure(self, integration: Integration, answers: BaseModel) -> None:
        """Store validated answers (an instance of `settings_model`) with the integration."""

    @abstractmethod
    def blueprint(
        self, integration: Integration, clients: Clients, *, full: bool, brief: bool, dry: bool
    ) -> Blueprint:
        """Sources and streams of one run; a `full` one looks for drift too, a `brief` one (a
        poll or a hint, never a person) need only read what changed, a `dry` one writes nothing."""

    @abstractmethod
    def preflight(self, integration: Integration, clients: Clients) -> Sequence[Check]:
        """The checklist beyond the connection tests. Reads only."""

    def admin_urls(self, wrap: Callable[[Any], Any]) -> Sequence[URLPattern]:
        """The kind's `pages`, below its integrations in the admin; `wrap` demands a log-in."""
        return []

    def public_urls(self) -> Sequence[URLPattern]:
        """Addresses that a vendor calls without a log-in, below the root of the site."""
        return []

    def describe_fields(self, stream: str, fields: Mapping[str, Any]) -> dict[str, str]:
        """Labels and readable values of a history entry's before/after, in the active language."""
        return {name: str(value) for name, value in fields.items()}


class NotInstalled(KeyError):
    """The app of an integration's kind was removed; its data is still there."""

    code = "unknown_integration"


_kinds: dict[str, IntegrationKind] = {}


def register(kind: IntegrationKind) -> None:
    _kinds[kind.slug] = kind


def get(slug: str) -> IntegrationKind:
    """Raises NotInstalled (a KeyError) for a kind whose app is not installed."""
    if slug not in _kinds:
        raise NotInstalled(f"{slug}: its app is not installed")
    return _kinds[slug]


def registered() -> list[IntegrationKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.slug)
