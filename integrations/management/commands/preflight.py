"""`manage.py preflight`: connection tests and the checklist of a workspace's integrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.checks import all_good, cannot_connect, run_preflight
from integrations.kinds import Check, CheckState, registered
from integrations.management.lookup import add_scope, find_integrations, find_workspace, to_json

NEEDS_ATTENTION, CANNOT_CONNECT = 1, 4
MARKS = {
    CheckState.OK: "✓",
    CheckState.ATTENTION: "!",
    CheckState.TO_CONFIRM: "?",
    CheckState.FAILED: "✗",
}


class Command(BaseCommand):
    help = (
        "Tests the connections of a workspace and runs the checklists of its integrations. "
        "Exit: 0 all good, 1 something needs attention, 2 usage, 4 cannot connect."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scope(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = find_workspace(options["workspace"])
            integrations = find_integrations(workspace, options["integration"])
        except CommandError as error:
            if options["json"]:
                answer = {"error": {"code": "unknown_integration", "message": str(error)}}
                self.stdout.write(to_json(answer))
            raise
        installed = {kind.slug for kind in registered()}
        found = {one.kind: run_preflight(one) for one in integrations if one.kind in installed}
        if options["json"]:
            self.stdout.write(to_json(_report(workspace.slug, found)))
        else:
            self._print(found)
        if code := exit_code([check for checks in found.values() for check in checks]):
            raise SystemExit(code)

    def _print(self, found: dict[str, list[Check]]) -> None:
        if not found:
            self.stdout.write(_("The workspace has no integration yet."))
        for kind, checks in found.items():
            self.stdout.write(kind)
            for check in checks:
                self._print_line(check)

    def _print_line(self, check: Check) -> None:
        count = f": {check.count}" if check.count else ""
        self.stdout.write(f"  {MARKS[check.state]} {check.title}{count}")
        for name in check.names if check.state != CheckState.OK else ():
            self.stdout.write(f"      - {name}")
        if check.action:
            self.stdout.write(f"    → {check.action}")


def exit_code(checks: Sequence[Check]) -> int:
    if cannot_connect(checks):
        return CANNOT_CONNECT
    return 0 if all_good(checks) else NEEDS_ATTENTION


def _report(slug: str, found: dict[str, list[Check]]) -> dict[str, Any]:
    rows = [
        {"integration": kind, "checks": [_line(check) for check in checks]}
        for kind, checks in found.items()
    ]
    return {"workspace": slug, "integrations": rows}


def _line(check: Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "state": check.state.value,
        "title": str(check.title),
        "count": check.count,
        "names": [str(name) for name in check.names],
        "action": str(check.action),
    }
