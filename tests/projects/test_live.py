"""What the pages ask: both emulators, over HTTP."""

from __future__ import annotations

import pytest

from integrations.connections import secret_names
from integrations.models import Connection, Integration, Workspace
from projects import live
from projects.mapping import rows
from projects.store import answers
from projects.words import folded
from tests.projects.conftest import Agency


@pytest.fixture
def integration(agency: Agency) -> Integration:
    workspace = Workspace.objects.create(slug=agency.tenant, name="Nordlicht Agentur")
    for vendor, given in agency.sandbox.credentials(agency.tenant).items():
        connection = Connection.objects.create(
            workspace=workspace, vendor=vendor, base_url=given["base_url"],
            options={"workspace_url": given.get("workspace_url", "")},
        )  # fmt: skip
        secrets = {name: given[name] for name in secret_names(vendor) if name in given}
        connection.store_credentials(secrets)
    return Integration.objects.create(workspace=workspace, kind="hellohq-awork")


def test_a1_projects_and_templates_of_both_systems(
    agency: Agency, integration: Integration
) -> None:
    with agency.watched() as seen:
        clients = live.clients(integration)
        hellohq = live.hq_projects(clients).value
        templates = live.awork_templates(clients).value
    assert hellohq is not None and templates is not None
    (project,) = hellohq.projects
    assert (project.number, project.name) == ("001", "Website")
    assert folded(hellohq.templates[project.template_id]) in templates
    assert seen and not [entry for entry in seen if entry.unsafe]


def test_a5_types_and_statuses_of_both_systems(agency: Agency, integration: Integration) -> None:
    clients = live.clients(integration)
    types, names = live.hq_types(clients).value, live.awork_names(clients, integration).value
    assert types and names
    table = rows(types, names.activities, names.statuses, answers(integration))
    suggested = {row.path for row in table if row.state == "suggested"}
    assert ("Design",) in suggested and {row.path for row in table} - suggested


def test_g8_a_system_that_does_not_answer_says_why(
    agency: Agency, integration: Integration
) -> None:
    Connection.objects.filter(vendor="awork").update(base_url="http://127.0.0.1:9")
    Connection.objects.filter(vendor="hellohq").delete()
    clients = live.clients(integration)
    awork, hellohq = live.awork_names(clients, integration), live.hq_types(clients)
    assert awork.value is None and awork.trouble and awork.trouble.code == "remote_unavailable"
    assert hellohq.value is None and hellohq.trouble
    assert hellohq.trouble.code == "missing_credential"
