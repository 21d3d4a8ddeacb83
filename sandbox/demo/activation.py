"""The demo's workspaces as activation files. Another integration is one entry in INTEGRATIONS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations import kinds
from sandbox.company import AGENCIES, EARLY, KINDS
from sandbox.vendors import VENDORS

Json = dict[str, Any]


@dataclass(frozen=True)
class Setup:
    """One integration in the demo. `answers` gives its part of the activation file for a
    workspace; a change at one of the vendors in `watch` starts a run."""

    answers: Callable[[str], Json]
    watch: tuple[str, ...]
    workspaces: Collection[str] = tuple(AGENCIES)


@dataclass(frozen=True)
class DemoWorkspace:
    slug: str
    admin: str
    options: Mapping[str, Json] = field(default_factory=dict)
    """Per vendor what its connection has beyond credentials."""

    @property
    def email(self) -> str:
        return f"{self.admin.split()[0].lower()}@{self.slug}.example"


WORKSPACES = (
    DemoWorkspace("nordlicht", "Anna Berg"),
    DemoWorkspace("isarwerk", "Jonas Huber"),
    DemoWorkspace("elbtal", "Mira Lorenz", {"personio": {"api_version": "v2"}}),
)


def _personio_hellohq(slug: str) -> Json:
    names: dict[str, list[str]] = defaultdict(list)
    for kind in KINDS:
        if kind.hq:
            names[kind.hq].append(f'"{kind.name}"' if "," in kind.name else kind.name)
    return {
        "sync_start_date": EARLY.isoformat(),
        "absence_mapping": {hq: ", ".join(types) for hq, types in names.items()},
        "notices_confirmed": True,
    }


def _hellohq_awork(slug: str) -> Json:
    return {
        "project_number_in_name": True,
        "absences": True,
        "absence_start_date": EARLY.isoformat(),
        "time_entries_start_date": EARLY.isoformat(),
        "task_type_mapping": {"Standard": "Projektmanagement"},
        "task_status_mapping": {"Entwicklung": {"Getestet": "Abnahme"}},
        "reportings_auto_accepted": slug == "nordlicht",
        "notices_confirmed": True,
    }


def _hibob_travelperk(slug: str) -> Json:
    return {
        "plan": "pro",
        "employees": {"scope": "selected", "sites": ["Berlin", "Leipzig"]},
        "details": ["job_title", "phone", "cost_center", "line_manager"],
        "cost_centers": True,
        "companies": {"enabled": True},
        "approvals": {
            "enabled": True,
            "method": "auto_approve_in_policy_notify",
            "override_confirmed": True,
        },
        "daily": True,
        "notices_confirmed": True,
    }


INTEGRATIONS: Mapping[str, Setup] = {
    "personio-hellohq": Setup(_personio_hellohq, watch=("personio",)),
    "hellohq-awork": Setup(
        _hellohq_awork, watch=("hellohq", "awork"), workspaces=("nordlicht", "isarwerk")
    ),
    "hibob-travelperk": Setup(_hibob_travelperk, watch=("hibob",)),
}
"""In the order in which `--once` runs them: what one writes, a later one reads."""


ADDRESSES = {vendor.name: vendor.addresses for vendor in VENDORS}


def activation_file(
    workspace: DemoWorkspace,
    urls: Mapping[str, str],
    credentials: Mapping[str, Json],
    slugs: Iterable[str],
) -> Json:
    """What `activate` takes, with these integrations and the connections they need. `urls` and
    `credentials` are the sandbox's, by vendor."""
    wanted = [slug for slug in slugs if workspace.slug in INTEGRATIONS[slug].workspaces]
    vendors = dict.fromkeys(vendor for slug in wanted for vendor in kinds.get(slug).vendors)
    return {
        "workspace": {"slug": workspace.slug, "name": AGENCIES[workspace.slug]},
        "admins": [{"email": workspace.email, "name": workspace.admin}],
        "connections": {
            vendor: {
                **ADDRESSES[vendor](urls[vendor]),
                **credentials[vendor],
                **workspace.options.get(vendor, {}),
            }
            for vendor in vendors
        },
        "integrations": {slug: INTEGRATIONS[slug].answers(workspace.slug) for slug in wanted},
    }
