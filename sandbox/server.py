"""Runs the emulators, each on a port of its own, inside this process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.company import Size
from sandbox.control.app import ControlApp
from sandbox.http import QuietHandler
from sandbox.vendors import CONTROL_PORT, VENDORS
from sandbox.world import Vendor, World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
POLL = 0.02
"""Seconds in which a server notices that it is to stop."""


class Sandbox:
    """The emulators as a context manager: `with Sandbox() as s: s.urls["personio"] …`.

    `port_base` 0 takes free ports; otherwise a vendor serves at port_base plus its offset and the
    control app at port_base + 9. `urls` has the vendors' names and "control". The other
    arguments are World's. Ends with SystemExit when a port is taken.
    """

    def __init__(
        self,
        *,
        port_base: int = 0,
        size: Size = "small",
        seed: int = 1,
        today: date | None = None,
        latency: float = 0.0,
        enforce_limits: bool = False,
        vendors: Sequence[Vendor] = VENDORS,
    ) -> None:
        self.port_base = port_base
        self.world = World(
            vendors,
            size=size,
            seed=seed,
            today=today,
            latency=latency,
            enforce_limits=enforce_limits,
        )
        self.urls: dict[str, str] = {}
        self._servers: list[BaseWSGIServer] = []
        self._threads: list[Thread] = []

    def __enter__(self) -> Sandbox:
        try:
            for vendor in self.world.vendors.values():
                self._serve(vendor.name, vendor.port, vendor.app(self.world))
            self._serve("control", CONTROL_PORT, ControlApp(self.world, self.urls))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.world.stop()
        for server in self._servers[: len(self._threads)]:
            server.shutdown()
        for thread in self._threads:
            thread.join()
        self._servers.clear()
        self._threads.clear()

    def credentials(self, tenant: str) -> dict[str, dict[str, str]]:
        """Per vendor what a connection needs, `base_url` included."""
        return {
            name: {**vendor.credentials(tenant), **vendor.addresses(self.urls[name])}
            for name, vendor in self.world.vendors.items()
        }

    def _serve(self, name: str, offset: int, app: WSGIApplication) -> None:
        port = self.port_base + offset if self.port_base else 0
        server = make_server(HOST, port, app, threaded=True, request_handler=QuietHandler)
        thread = Thread(
            target=server.serve_forever, args=(POLL,), name=f"sandbox-{name}", daemon=True
        )
        thread.start()
        self._servers.append(server)
        self._threads.append(thread)
        self.urls[name] = f"http://{HOST}:{server.server_port}"
