"""`manage.py history`: the runs of a workspace, or the entries of one run (G7)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.management.lookup import USAGE, add_scope, find_integrations, find_workspace
from integrations.management.sheets import BINARY, FORMATS, Sheet, entries_sheet, runs_sheet
from integrations.models import SyncRun


class Command(BaseCommand):
    help = (
        "Lists the runs of a workspace, newest first; with --run the entries of that run. "
        "JSON is a list of objects; csv, xls and xlsx have the same columns. Times are UTC."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scope(parser)
        parser.add_argument("--run", type=int, metavar="ID")
        parser.add_argument("--format", choices=FORMATS, default="table")
        parser.add_argument("--output", metavar="FILE", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        form, output = options["format"], options["output"]
        if form in BINARY and not output and sys.stdout.isatty():
            raise CommandError(_("Name a file with --output."), returncode=USAGE)
        try:
            self._deliver(_sheet(options), form, output)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read it has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(str(error.strerror), returncode=USAGE) from None

    def _deliver(self, sheet: Sheet, form: str, output: str) -> None:
        try:
            chunks = sheet.render(form)
        except ValueError as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if output:
            _write(Path(output), chunks)
        elif form in BINARY:
            sys.stdout.buffer.writelines(chunks)
        else:
            for chunk in chunks:
                self.stdout.write(chunk.decode(), ending="")


def _sheet(options: dict[str, Any]) -> Sheet:
    integrations = find_integrations(find_workspace(options["workspace"]), options["integration"])
    runs = SyncRun.objects.filter(integration__in=integrations)
    number = options["run"]
    if number is None:
        return runs_sheet(runs)
    run = runs.filter(pk=number).first()
    if run is None:
        message = _("There is no run %(number)d here.") % {"number": number}
        raise CommandError(message, returncode=USAGE)
    return entries_sheet(run)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(chunks)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=USAGE) from None
