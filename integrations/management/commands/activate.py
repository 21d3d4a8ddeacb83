"""`manage.py activate FILE`: a workspace with its connections and integrations, from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.activation import Finding, InvalidAnswersError, Outcome, activate
from integrations.management.lookup import USAGE, to_json


class Command(BaseCommand):
    help = (
        "Creates or updates a workspace, its connections and integrations from a JSON file. "
        "Each part that the file names is replaced as a whole: an optional key that is left out "
        "means its default. What it does not name stays. With any error nothing is saved."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = activate(_content(options["file"]), timezone.now())
        except InvalidAnswersError as error:
            self._refuse(error.findings, as_json=options["json"])
            raise SystemExit(USAGE) from None
        if options["json"]:
            self.stdout.write(to_json(asdict(outcome)))
        else:
            self._summarise(outcome)

    def _refuse(self, findings: list[Finding], *, as_json: bool) -> None:
        if as_json:
            rows = [
                {"path": one.dotted, "code": one.code, "message": one.message} for one in findings
            ]
            self.stdout.write(to_json({"errors": rows}))
            return
        self.stderr.write(_("Nothing was saved:"))
        for one in findings:
            place = f"{one.dotted}: " if one.path else ""
            self.stderr.write(f"  {place}{one.message} ({one.code})")

    def _summarise(self, outcome: Outcome) -> None:
        done = _("created") if outcome.created else _("updated")
        self.stdout.write(
            _("Workspace %(slug)s: %(done)s") % {"slug": outcome.workspace, "done": done}
        )
        for title, names in (
            (_("Connections"), outcome.connections),
            (_("Integrations"), outcome.integrations),
        ):
            self.stdout.write(f"  {title}: {', '.join(names) or '–'}")
        step = _("Next: manage.py preflight --workspace %(slug)s")
        self.stdout.write(step % {"slug": outcome.workspace})


def _content(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        message = _("The file cannot be read: %(reason)s") % {"reason": error.strerror or name}
        raise InvalidAnswersError([Finding((), "unreadable_file", message)]) from None
