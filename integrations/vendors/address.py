"""Which addresses may be called: https, and no private network unless it is allowed."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

POOL_SIZE = 4


class PrivateAddressError(Exception):
    """The host resolves to an address that is not public. Raised before anything is sent."""


def check_url(url: str, *, allow_private: bool) -> str:
    """Why `url` may not be called, or "". Plain http is for private test servers only."""
    parts = urlsplit(url)
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        return f"not a {' or '.join(schemes)} address"
    if parts.username or parts.password:
        return "credentials in the address"
    return ""


def same_origin(one: str, other: str) -> bool:
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet; an embedded IPv4 address counts too."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


def public_addresses(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, every one of them public, else PrivateAddressError; or gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(is_public(address) for address in addresses):
        raise PrivateAddressError(host)
    return addresses


class _Public(HTTPConnection):
    """Connects to an address that was checked, so that a second DNS answer cannot matter."""

    _dns_host: str

    def _new_conn(self) -> socket.socket:
        try:
            addresses = public_addresses(self._dns_host, int(self.port or 0))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        return self._connect_to_one_of(addresses)

    def _connect_to_one_of(self, addresses: Sequence[str]) -> socket.socket:
        name, timeout = self._dns_host, self.timeout
        until = time.monotonic() + (timeout or 0.0)
        try:
            for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
                self._dns_host = address
                if timeout is not None:
                    self.timeout = max(0.05, (until - time.monotonic()) / left)
                try:
                    return super()._new_conn()
                except Exception:
                    if left == 1:
                        raise
        finally:
            self._dns_host, self.timeout = name, timeout
        raise NewConnectionError(self, "the host has no address")


class _PublicTls(_Public, HTTPSConnection):
    pass


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _Public


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTls


class PublicOnlyAdapter(HTTPAdapter):
    """An adapter whose connections end in the public internet or not at all."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTlsPool}


def adapter(*, allow_private: bool) -> HTTPAdapter:
    kind = HTTPAdapter if allow_private else PublicOnlyAdapter
    return kind(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE, max_retries=0)
