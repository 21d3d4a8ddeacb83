"""An independent SCIM 2.0 server (scim2-server), dressed up as TravelPerk, on a loopback port."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from scim2_models import (
    ComplexAttribute,
    EnterpriseUser,
    Extension,
    ResourceType,
    ScimProvider,
    UnauthorizedException,
    User,
)
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.utils import load_default_service_provider_config

from integrations.vendors.travelperk.scim import TRAVELPERK


class InvoiceProfile(ComplexAttribute):
    value: str | None = None


class TravelPerkUser(Extension):
    __schema__ = TRAVELPERK

    gender: str | None = None
    date_of_birth: str | None = None
    travel_policy: str | None = None
    invoice_profiles: list[InvoiceProfile] | None = None


Peer = User[EnterpriseUser | TravelPerkUser]


class Storage(InMemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(5120)

    def generate_id(self, resource_type: Any, resource: Any) -> str:
        return str(next(self._numbers))


class Application(WSGIApplication):
    def check_auth(self, request: Any) -> None:
        if request.header("Authorization") != "ApiKey k3y":
            raise UnauthorizedException


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def scim_server() -> Iterator[str]:
    """The SCIM base address; pages hold at most 50 users, whatever is asked."""
    config = load_default_service_provider_config()
    config.filter.max_results = 50
    models = [User, EnterpriseUser, TravelPerkUser]
    provider = ScimProvider(models, [ResourceType.from_resource(Peer)], config)
    application = Application(Storage(), provider)
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
