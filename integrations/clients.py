"""Vendor clients for a workspace's connections, and the connection test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.connections import (
    CONNECTION_ANSWERS,
    Account,
    IncompleteConnectionError,
    address_names,
    option_names,
    required_secret_names,
    secret_names,
)
from integrations.models import Connection, Workspace
from integrations.models.account import SecretUnreadable
from integrations.reasons import describe
from integrations.remote import (
    AddressRefused,
    AuthFailed,
    BadAnswer,
    CallCounter,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    Gate,
    RateLimited,
    RemoteError,
    Unavailable,
)
from integrations.vendors.awork import client as awork
from integrations.vendors.budget import Budget, LocalBudget, RedisBudget
from integrations.vendors.hellohq import client as hellohq
from integrations.vendors.hibob import client as hibob
from integrations.vendors.personio import client as personio
from integrations.vendors.travelperk import client as travelperk

__all__ = [
    "CONNECTION_ANSWERS",
    "Clients",
    "IncompleteConnectionError",
    "TestResult",
    "address_names",
    "explain",
    "no_count",
    "option_names",
    "required_secret_names",
    "secret_names",
    "test_connection",
]


PACES: Mapping[str, tuple[float, int, float]] = {
    "personio": (personio.RATE, personio.BURST, personio.RATE),
    "hellohq": (hellohq.RATE, hellohq.BURST, hellohq.RATE),
    "awork": (awork.RATE, awork.BURST, awork.QUICK),
    "hibob": (hibob.RATE, hibob.BURST, hibob.RATE),
    "travelperk": (travelperk.RATE, travelperk.BURST, travelperk.RATE),
}
"""What we allow ourselves per remote account: requests per second, and at once; and per second
while the remote says that it has plenty left."""

_local_budgets: dict[str, Budget] = {}
_local_lock = threading.Lock()


def budget_for(account: Account) -> Budget:
    """The account's budget: one per process, or one for all workers where there is Redis."""
    vendor = account.connection.vendor
    (rate, burst, quick), key = PACES[vendor], account.key
    if settings.REDIS_URL:
        name = f"budget:{vendor}:{key}"
        return RedisBudget(_redis(), name, rate, burst, quick=quick, vendor=vendor)
    with _local_lock:
        if key not in _local_budgets:
            _local_budgets[key] = LocalBudget(rate, burst, quick=quick, vendor=vendor)
        return _local_budgets[key]


@cache
def _redis() -> Any:
    import redis

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5)


Opener = Callable[[Account, Gate, CallCounter], Any]


def _open_personio(account: Account, gate: Gate, count: CallCounter) -> personio.PersonioReader:
    return personio.open_personio(
        account.secret("client_id"),
        account.secret("client_secret"),
        account.connection.base_url,
        account.option("api_version"),
        gate=gate,
        count=count,
        budget=budget_for(account),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )


def _open_hellohq(account: Account, gate: Gate, count: CallCounter) -> hellohq.HelloHqClient:
    return hellohq.open_hellohq(
        account.secret("api_token"),
        account.connection.base_url,
        account.connection.workspace.time_zone,
        account.option("half_day_encoding"),
        gate=gate,
        count=count,
        budget=budget_for(account),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )


def _open_awork(account: Account, gate: Gate, count: CallCounter) -> awork.AworkClient:
    return awork.open_awork(
        account.secret("api_key"),
        account.connection.base_url,
        gate=gate,
        count=count,
        budget=budget_for(account),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )


def _open_hibob(account: Account, gate: Gate, count: CallCounter) -> hibob.HiBobClient:
    return hibob.open_hibob(
        account.secret("service_user_id"),
        account.secret("token"),
        account.connection.base_url,
        gate=gate,
        count=count,
        budget=budget_for(account),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )


def _open_travelperk(
    account: Account, gate: Gate, count: CallCounter
) -> travelperk.TravelPerkClient:
    return travelperk.open_travelperk(
        account.secret("api_key"),
        account.connection.base_url,
        account.option("scim_base_url"),
        gate=gate,
        count=count,
        budget=budget_for(account),
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )


OPENERS: dict[str, Opener] = {
    Connection.Vendor.PERSONIO.value: _open_personio,
    Connection.Vendor.HELLOHQ.value: _open_hellohq,
    Connection.Vendor.AWORK.value: _open_awork,
    Connection.Vendor.HIBOB.value: _open_hibob,
    Connection.Vendor.TRAVELPERK.value: _open_travelperk,
}


def no_count(vendor: str) -> None:
    """The counter of calls that belong to no run."""


class Clients:
    """The vendor clients of one workspace, opened when first used.

    Opening makes no remote call. It raises IncompleteConnectionError or SecretUnreadable.
    """

    def __init__(self, workspace: Workspace, gate: Gate, count: CallCounter) -> None:
        self._workspace, self._gate, self._count = workspace, gate, count
        self._opened: dict[str, Any] = {}

    @property
    def personio(self) -> personio.PersonioReader:
        return cast(personio.PersonioReader, self.open("personio"))

    @property
    def hellohq(self) -> hellohq.HelloHqClient:
        return cast(hellohq.HelloHqClient, self.open("hellohq"))

    @property
    def awork(self) -> awork.AworkClient:
        return cast(awork.AworkClient, self.open("awork"))

    @property
    def hibob(self) -> hibob.HiBobClient:
        return cast(hibob.HiBobClient, self.open("hibob"))

    @property
    def travelperk(self) -> travelperk.TravelPerkClient:
        return cast(travelperk.TravelPerkClient, self.open("travelperk"))

    def open(self, vendor: str) -> Any:
        if vendor not in self._opened:
            account = Account.of(self._connection(vendor))
            self._opened[vendor] = OPENERS[vendor](account, self._gate, self._count)
        return self._opened[vendor]

    def _connection(self, vendor: str) -> Connection:
        found = Connection.objects.filter(workspace=self._workspace, vendor=vendor)
        connection = found.select_related("workspace").first()
        if connection is None:
            raise IncompleteConnectionError(vendor)
        return connection


@dataclass(frozen=True)
class TestResult:
    """`code` is "connection_ok" or stable like a RemoteError's; `message` says what to do next.

    `names`: the credentials, scopes or attributes that are missing, as far as they are known.
    """

    __test__ = False

    ok: bool
    code: str
    message: str
    names: tuple[str, ...] = ()


def test_connection(connection: Connection) -> TestResult:
    """Log in and read samples (G2); the outcome is stored with the connection. Writes nothing."""
    result = _try(connection)
    states = Connection.Test
    connection.test_state = states.OK if result.ok else states.FAILED
    connection.test_detail, connection.tested_at = result.message, timezone.now()
    connection.save(update_fields=["test_state", "test_detail", "tested_at"])
    return result


test_connection.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test


def _try(connection: Connection) -> TestResult:
    system = connection.get_vendor_display()
    try:
        clients = Clients(connection.workspace, ClosedGate(), no_count)
        missing = clients.open(connection.vendor).check()
    except (RemoteError, IncompleteConnectionError, SecretUnreadable) as error:
        return explain(error, system)
    if missing == [hibob.LEAVERS_INVISIBLE]:
        reason = describe(hibob.LEAVERS_INVISIBLE)
        text = f"{reason.title}. {reason.next_step}"
        return TestResult(True, reason.code, text, tuple(missing))
    if missing:
        text = _missing(system, ", ".join(missing))
        return TestResult(False, Forbidden.code, text, tuple(missing))
    return TestResult(True, "connection_ok", _("%(system)s answers.") % {"system": system})


ConnectionTrouble = RemoteError | IncompleteConnectionError | SecretUnreadable


def explain(error: ConnectionTrouble, system: str) -> TestResult:
    """Why a vendor could not be reached or read: a stable code, and a text with the next step."""
    if isinstance(error, IncompleteConnectionError):
        names = ", ".join(error.names) or system
        return TestResult(False, error.code, _incomplete(system, names), error.names)
    if isinstance(error, SecretUnreadable):
        return TestResult(False, error.code, _unreadable(system))
    code, text = _remote_trouble(error)
    message = text % {"system": system, "detail": error.detail}
    return TestResult(False, code, message.strip())


def _missing(system: str, names: str) -> str:
    return _(
        "%(system)s lets us in, but this may not be read: %(names)s. "
        "Add the permission or attribute to the API credentials in %(system)s."
    ) % {"system": system, "names": names}


def _incomplete(system: str, names: str) -> str:
    message = _("%(system)s: %(names)s is missing. Enter it in the connection.")
    return message % {"system": system, "names": names}


def _unreadable(system: str) -> str:
    return _(
        "The stored credentials for %(system)s cannot be decrypted: no key in FERNET_KEYS fits. "
        "Restore the key; do not enter the credentials anew before."
    ) % {"system": system}


def _remote_trouble(error: RemoteError) -> tuple[str, str]:
    if isinstance(error, AuthFailed):
        return error.code, _(
            "%(system)s refuses the credentials. Check that they are complete and still valid, "
            "and enter them again."
        )
    if isinstance(error, Forbidden):
        return error.code, _(
            "%(system)s denies access (%(detail)s). "
            "Add the permission to the API credentials in %(system)s."
        )
    if isinstance(error, AddressRefused):
        return error.code, _(
            "The API address of %(system)s may not be called (%(detail)s). "
            "Support must correct the address."
        )
    if isinstance(error, RateLimited):
        return error.code, _("%(system)s asks us to wait. Try again in some minutes.")
    if isinstance(error, Unavailable):
        return _unavailable(error)
    if isinstance(error, EndpointNotFound) or _is_no_api(error):
        return "wrong_address", _(
            "The address of %(system)s answers, but not as its API (%(detail)s). "
            "Support must correct the address."
        )
    return error.code, _("%(system)s answered unexpectedly: %(detail)s. Try again later.")


def _is_no_api(error: RemoteError) -> bool:
    """Another kind of page than the API's: the address is wrong."""
    words = ("html", "no json")
    return isinstance(error, BadAnswer) and any(word in error.detail.lower() for word in words)


def _unavailable(error: Unavailable) -> tuple[str, str]:
    if "TLS" in error.detail:
        return "tls_failed", _(
            "%(system)s has no trusted certificate (%(detail)s). "
            "Check the API address and the clock of this machine."
        )
    if error.status is None:
        return "host_unreachable", _(
            "%(system)s cannot be reached (%(detail)s). "
            "Check the API address and the network of this machine."
        )
    return error.code, _("%(system)s is out of order at the moment (%(detail)s). Try again later.")
