"""The preflight of an integration: connection tests, then its kind's checklist (G2, G3)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from integrations import kinds
from integrations.clients import Clients, TestResult, explain, no_count, test_connection
from integrations.connections import IncompleteConnectionError
from integrations.kinds import Check, CheckState
from integrations.models import Connection, Integration
from integrations.remote import ClosedGate, RemoteError


def run_preflight(integration: Integration) -> list[Check]:
    """Test both connections; the checklist follows where both work. Writes to no vendor.

    Never raises for what a vendor does: that is a line with the state FAILED.
    """
    kind = kinds.get(integration.kind)
    checks = [_connection_check(integration, vendor) for vendor in kind.vendors]
    if all(check.state == CheckState.OK for check in checks):
        checks += _checklist(integration)
    return checks


def cannot_connect(checks: Iterable[Check]) -> bool:
    return any(check.state == CheckState.FAILED for check in checks)


def all_good(checks: Iterable[Check]) -> bool:
    return all(check.state == CheckState.OK for check in checks)


def _connection_check(integration: Integration, vendor: str) -> Check:
    connections = Connection.objects.filter(workspace=integration.workspace_id, vendor=vendor)
    connection = connections.select_related("workspace").first()
    system = Connection.Vendor(vendor).label
    if connection is None:
        return _line(explain(IncompleteConnectionError(vendor), system), system)
    return _line(test_connection(connection), system)


def _line(result: TestResult, system: str) -> Check:
    state = CheckState.OK if result.ok else CheckState.FAILED
    title = _("Connection to %(system)s") % {"system": system}
    action = "" if result.ok else result.message
    return Check(result.code, state, title, action, len(result.names), result.names)


def _checklist(integration: Integration) -> list[Check]:
    kind = kinds.get(integration.kind)
    clients = Clients(integration.workspace, ClosedGate(), no_count)
    try:
        return list(kind.preflight(integration, clients))
    except RemoteError as error:
        system = Connection.Vendor(error.vendor).label
        return [_line(explain(error, system), system)]
