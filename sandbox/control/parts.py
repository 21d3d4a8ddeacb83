"""What the pages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from sandbox.world import World

SHOWN = 200
"""Rows per table; large worlds are filtered instead."""
ABSENCE_VENDORS = frozenset({"personio", "hellohq"})
DIRECTORY_VENDORS = frozenset({"hibob", "travelperk"})
PLAN_VENDORS = frozenset({"hellohq", "awork"})
VIEWS = {
    "": ("Abwesenheiten", ABSENCE_VENDORS),
    "plan": ("Projekte", PLAN_VENDORS),
    "directory": ("Verzeichnis", DIRECTORY_VENDORS),
}
"""Each with its path below the tenant's and the vendors that it needs."""


def options(values: Mapping[Any, str], chosen: Any) -> Markup:
    return Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if str(value) == str(chosen) else "", label
        )
        for value, label in values.items()
    )


def tenant_links(world: World, current: str, path: str = "") -> Markup:
    """`path` below the tenant's page, with its slash."""
    return Markup("").join(
        Markup('<a href="/ui/{}{}" class="{}">{}</a>').format(
            slug, path, "here" if slug == current else "", tenant.agency.name
        )
        for slug, tenant in world.tenants.items()
    )


def views(world: World, slug: str, current: str) -> Markup:
    """Links to the pages whose vendors are there."""
    links = Markup("").join(
        Markup('<a href="/ui/{}{}" class="{}">{}</a>').format(
            slug, f"/{path}" if path else "", "here" if path == current else "", label
        )
        for path, (label, needed) in VIEWS.items()
        if needed <= world.vendors.keys()
    )
    return Markup("<nav>{}</nav>").format(links)
