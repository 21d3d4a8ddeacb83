"""manage.py sync: one run in the foreground."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from integrations import polls, runner, services
from integrations.management import runs
from integrations.models import Integration, SyncRun


class Command(BaseCommand):
    help = "Runs one integration of one workspace in the foreground."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--integration", required=True, metavar="KIND")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--full", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.run(options))

    def run(self, options: dict[str, Any]) -> int:
        as_json = options["json"]
        integration = find(options["workspace"], options["integration"])
        if integration is None:
            text = _("There is no such workspace or integration.")
            return runs.refuse(self, "unknown_integration", text, as_json, runs.EXIT_USAGE)
        mode = SyncRun.Mode.DRY_RUN if options["dry_run"] else SyncRun.Mode.SYNC
        try:
            run = start(integration, mode, options["full"])
        except services.NotNow as refusal:
            active = refusal.code == "run_active"
            code = runs.EXIT_ACTIVE if active else runs.EXIT_USAGE
            return runs.refuse(self, refusal.code, str(refusal), as_json, code)
        if (options["full"] and not run.full) or polls.is_poll(run):
            return self.run_after(run, options)
        return runs.follow(self, run, as_json)

    def run_after(self, run: SyncRun, options: dict[str, Any]) -> int:
        """Finish an unfinished run that reads less than was asked for, then do that."""
        try:
            runs.work(run)
        except runner.AnotherRunIsActive:
            if not (polls.is_poll(run) and polls.wait_out(run)):
                return runs.refuse(
                    self, "run_active", _("Another run is active."), options["json"],
                    runs.EXIT_ACTIVE,
                )  # fmt: skip
        return self.run(options)


def find(slug: str, kind: str) -> Integration | None:
    integrations = Integration.objects.select_related("workspace", "enabled_by")
    return integrations.filter(workspace__slug=slug, kind=kind).first()


def start(integration: Integration, mode: str, full: bool) -> SyncRun:
    """A new run; or the unfinished one of the same kind, to wait for, take over and finish."""
    try:
        return services.request_run(
            integration, trigger=SyncRun.Trigger.COMMAND, mode=mode, full=full
        )
    except services.NotNow as refusal:
        unfinished = integration.runs.filter(status__in=SyncRun.UNFINISHED).first()
        if refusal.code != "run_active" or unfinished is None or unfinished.mode != mode:
            raise
    return unfinished
