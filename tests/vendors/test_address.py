"""Which IP addresses count as public, and that all of a host's must."""

from __future__ import annotations

import socket

import pytest
from urllib3.exceptions import NewConnectionError

from integrations.vendors import address


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "2002:7f00:1::", "::",
    ],
)  # fmt: skip
def test_private_addresses(ip):
    assert not address.is_public(ip)


@pytest.mark.parametrize("ip", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(ip):
    assert address.is_public(ip)


def _resolving(monkeypatch, *ips):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ips]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch):
    _resolving(monkeypatch, "1.1.1.1", "10.0.0.1")
    with pytest.raises(address.PrivateAddressError):
        address.public_addresses("host.example", 443)


def test_the_connection_goes_to_the_checked_address_and_the_next_one_if_it_fails(monkeypatch):
    """DNS rebinding: the name is not resolved a second time to connect."""
    _resolving(monkeypatch, "1.1.1.1", "1.0.0.1")
    tried = []

    def connect(target, timeout, **options):
        tried.append((target, timeout))
        if target[0] == "1.1.1.1":
            raise OSError("unreachable")
        return "socket"

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    connection = address._Public("host.example", 443, timeout=4.0)
    assert connection._new_conn() == "socket"
    assert [target for target, _ in tried] == [("1.1.1.1", 443), ("1.0.0.1", 443)]
    assert tried[0][1] == pytest.approx(2.0, abs=0.1)
    assert connection.host == "host.example" and connection.timeout == 4.0


def test_a_host_none_of_whose_addresses_answers_was_never_reached(monkeypatch):
    _resolving(monkeypatch, "1.1.1.1")

    def connect(*args, **options):
        raise OSError("unreachable")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(NewConnectionError):
        address._Public("host.example", 443, timeout=4.0)._new_conn()
