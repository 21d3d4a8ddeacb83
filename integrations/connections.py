"""What a connection to each vendor consists of: its answers, its secrets, its remote account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, Field, SecretStr
from pydantic.fields import FieldInfo

from integrations.answers import Answers, check_address, problem
from integrations.models import Connection

SECRET = re.compile(r"[!-~]*\Z")
"""Printable ASCII without white space, as every credential is that fits into a header."""
NO_SECRET = gettext_lazy("This holds a space, line break or letter that no credential has.")


def _secret(value: SecretStr) -> SecretStr:
    if not SECRET.match(value.get_secret_value()):
        raise problem("invalid_secret", str(NO_SECRET))
    return value


OptionalSecret = Annotated[SecretStr, AfterValidator(_secret), Field(max_length=4000)]
Secret = Annotated[OptionalSecret, Field(min_length=1)]


class _Address:
    """Marks a field as an address that we call: set by support only."""


Address = Annotated[str, AfterValidator(check_address), _Address()]


class PersonioAnswers(Answers):
    client_id: Secret
    client_secret: Secret
    base_url: Address = "https://api.personio.de"
    api_version: Literal["v1", "v2"] = "v1"


class HelloHqAnswers(Answers):
    api_token: Secret
    base_url: Address = "https://api.hellohq.io"
    api_token_v2: OptionalSecret = SecretStr("")
    half_day_encoding: Literal["sameDay", "published"] = "sameDay"


class AworkAnswers(Answers):
    api_key: Secret
    workspace_url: Address
    base_url: Address = "https://api.awork.com"


class HiBobAnswers(Answers):
    service_user_id: Secret
    token: Secret
    base_url: Address = "https://api.hibob.com"


class TravelPerkAnswers(Answers):
    api_key: Secret
    base_url: Address = "https://api.travelperk.com"
    scim_base_url: Address = "https://app.travelperk.com/api/v2/scim"


CONNECTION_ANSWERS: Mapping[str, type[Answers]] = {
    Connection.Vendor.PERSONIO.value: PersonioAnswers,
    Connection.Vendor.HELLOHQ.value: HelloHqAnswers,
    Connection.Vendor.AWORK.value: AworkAnswers,
    Connection.Vendor.HIBOB.value: HiBobAnswers,
    Connection.Vendor.TRAVELPERK.value: TravelPerkAnswers,
}
"""Per vendor: which answers make up its connection. Credentials are SecretStr, ids included and
first; addresses are Address."""


def _fields(vendor: str) -> Mapping[str, FieldInfo]:
    return CONNECTION_ANSWERS[vendor].model_fields


def secret_names(vendor: str) -> tuple[str, ...]:
    """Names of the credentials, as `Connection.credentials()` holds them; an id counts as one."""
    return tuple(name for name, field in _fields(vendor).items() if field.annotation is SecretStr)


def required_secret_names(vendor: str) -> tuple[str, ...]:
    return tuple(name for name in secret_names(vendor) if _fields(vendor)[name].is_required())


def address_names(vendor: str) -> tuple[str, ...]:
    """Names of the addresses: `base_url`, and those that stand in the connection's options."""
    return tuple(
        name
        for name, field in _fields(vendor).items()
        if any(isinstance(mark, _Address) for mark in field.metadata)
    )


def option_names(vendor: str) -> tuple[str, ...]:
    """Names of what `Connection.options` holds: everything but the secrets and `base_url`."""
    hidden = {"base_url", *secret_names(vendor)}
    return tuple(name for name in _fields(vendor) if name not in hidden)


class IncompleteConnectionError(Exception):
    """There is no connection to this vendor, or a credential or option of it is blank."""

    code = "missing_credential"

    def __init__(self, vendor: str, names: tuple[str, ...] = ()) -> None:
        self.vendor, self.names = vendor, names
        super().__init__(f"{vendor}: {', '.join(names) or 'no connection'}")


@dataclass(frozen=True)
class Account:
    """A connection's answers, complete. Its repr shows no secret."""

    connection: Connection
    secrets: Mapping[str, SecretStr]

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Raises IncompleteConnectionError, and SecretUnreadable when no key fits."""
        vendor, secrets = connection.vendor, connection.credentials()
        needed = {**connection.options, **secrets, "base_url": connection.base_url}
        required = (name for name, field in _fields(vendor).items() if field.is_required())
        missing = tuple(name for name in required if not needed.get(name))
        if missing:
            raise IncompleteConnectionError(vendor, missing)
        return cls(connection, {name: SecretStr(value) for name, value in secrets.items()})

    def secret(self, name: str) -> str:
        return self.secrets[name].get_secret_value()

    def option(self, name: str) -> str:
        default = _fields(self.connection.vendor)[name].get_default()
        return str(self.connection.options.get(name) or default)

    @property
    def key(self) -> str:
        """A hash that all connections to this remote account share; it gives no secret away."""
        vendor = self.connection.vendor
        credential = self.secret(required_secret_names(vendor)[0])
        text = f"{vendor} {self.connection.base_url} {credential}"
        return salted_hmac("integrations.account", text, algorithm="sha256").hexdigest()[:32]
