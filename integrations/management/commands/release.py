"""manage.py release: decide the deletions that a held run left pending (G9)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from integrations import services
from integrations.management import runs
from integrations.models import PendingDeletion, SyncRun


class Command(BaseCommand):
    help = "Approves (or rejects) the pending deletions of a held run and carries them out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN")
        parser.add_argument("--reject", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.run(options))

    def run(self, options: dict[str, Any]) -> int:
        as_json = options["json"]
        runs_with = SyncRun.objects.select_related("integration__workspace")
        held = runs_with.filter(pk=options["run"]).first()
        if held is None:
            text = _("There is no such run.")
            return runs.refuse(self, "unknown_run", text, as_json, runs.EXIT_USAGE)
        waiting = services.pending(held).exists()
        try:
            release = services.decide_deletions(held, approve=not options["reject"], user=None)
        except services.NotNow as refusal:
            active = refusal.code == "run_active"
            code = runs.EXIT_ACTIVE if active else runs.EXIT_USAGE
            return runs.refuse(self, refusal.code, str(refusal), as_json, code)
        if release is not None:
            return runs.follow(self, release, as_json)
        return self._nothing_to_do(held, as_json, decided=waiting and options["reject"])

    def _nothing_to_do(self, held: SyncRun, as_json: bool, *, decided: bool) -> int:
        """A rejection is only remembered; an approval with nothing pending changes nothing."""
        pending = PendingDeletion.objects.filter(
            integration=held.integration_id, decision=PendingDeletion.Decision.PENDING
        ).count()
        held.counts = {**held.counts, "held": pending}
        if not decided:
            self.stderr.write(_("Nothing of this run waits for a decision."))
        self.stdout.write(json.dumps(runs.report(held)) if as_json else runs.text(held))
        return runs.EXIT_HELD if pending else runs.EXIT_DONE
