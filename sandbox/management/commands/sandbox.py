"""Serve the vendors' emulators until interrupted."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from sandbox.company import NUMBERS
from sandbox.server import Sandbox


class Command(BaseCommand):
    help = "Serves emulators of the vendors' APIs, with demo companies, until interrupted."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port-base", type=int, default=8900)
        parser.add_argument("--size", choices=list(NUMBERS), default="small")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--latency-ms", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        sandbox = Sandbox(
            port_base=options["port_base"],
            size=options["size"],
            seed=options["seed"],
            latency=options["latency_ms"] / 1000,
        )
        with sandbox:
            self._announce(sandbox)
            stop.wait()

    def _announce(self, sandbox: Sandbox) -> None:
        for name, url in sandbox.urls.items():
            self.stdout.write(f"{name:<12}{url}")
        for slug in sandbox.world.tenants:
            self.stdout.write(f"\n{slug}")
            for name, vendor in sandbox.world.vendors.items():
                given = " ".join(f"{k}={v}" for k, v in vendor.credentials(slug).items())
                self.stdout.write(f"  {name:<10}{given}")
        self.stdout.write("\nready")
        self.stdout.flush()
