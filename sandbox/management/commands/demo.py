"""manage.py demo: everything in one command, to look at and to play with."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from sandbox.demo import environment, live, once, remote, table
from sandbox.demo.children import ChildDied, busy_ports
from sandbox.demo.stage import Ended, Stage

FAILED = 1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = (
        "Runs the product with a sandbox of the vendors and three demo workspaces, in a folder of "
        "its own: web pages, worker and schedule. Ctrl-C ends everything. With --once it runs "
        "every integration until nothing changes, prints a table and exits (0: all came to rest)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--port", type=int, default=8000, help="of the web pages")
        parser.add_argument("--port-base", type=int, default=8900, help="first of the sandbox's")

    def handle(self, *args: Any, **options: Any) -> None:
        if not environment.is_inside():
            self._enter(options)
        stop = Event()
        for number in SIGNALS:
            signal.signal(number, lambda *_: stop.set())
        stage = Stage(options["port_base"], lambda seconds: _pause(stop, seconds))
        try:
            good = self._once(stage) if options["once"] else self._live(stage, options["port"])
        except Ended:
            good = True
        except ChildDied as death:
            self.stderr.write(str(death))
            good = False
        finally:
            stage.children.stop()
        if stop.is_set():
            self.stdout.write(_("The demo has ended."))
        sys.exit(0 if good else FAILED)

    def _enter(self, options: dict[str, Any]) -> None:
        needed = remote.ports(options["port_base"])
        if not options["once"]:
            needed["web"] = options["port"]
        if busy := busy_ports(needed):
            names = ", ".join(f"{port} ({name})" for name, port in busy.items())
            message = _(
                "In use already: port %(names)s. Choose others with --port (web pages) or "
                '--port-base (sandbox); with make: make demo ARGS="--port 8001".'
            )
            raise CommandError(message % {"names": names}, returncode=FAILED)
        try:
            environment.enter(settings.VAR_DIR, port=options["port"])
        except environment.AnotherDemoRuns:
            text = _("Another demo runs already; end it first, or set VAR_DIR to another folder.")
            raise CommandError(text, returncode=FAILED) from None

    def _once(self, stage: Stage) -> bool:
        self.stdout.write(_("Setting up the sandbox and three workspaces …"))
        stage.prepare()
        return once.run_all(table.LiveTable(sys.stdout), stage.pause)

    def _live(self, stage: Stage, port: int) -> bool:
        """Goes on until Ended or ChildDied is raised."""
        self.stdout.write(_("Setting up the sandbox and three workspaces …"))
        stage.prepare()
        logins = stage.create_logins()
        live.start_processes(stage, port)
        self.stdout.write(live.guide(port, stage, logins))
        self.stdout.write(_("First synchronisation:"))
        live.follow_first_sync(stage, table.LiveTable(sys.stdout))
        watcher = live.Watcher(stage)
        while True:
            stage.pause(live.WATCH_SECONDS)
            stage.children.check()
            for run in watcher.look():
                self.stdout.write(table.sentence(run))


def _pause(stop: Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise Ended
