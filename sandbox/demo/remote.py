"""The running sandbox, seen from outside through its control app."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import requests

from sandbox.vendors import CONTROL_PORT, VENDORS

Json = dict[str, Any]


def ports(base: int) -> dict[str, int]:
    """Which ports a sandbox with this port base needs."""
    return {vendor.name: base + vendor.port for vendor in VENDORS} | {
        "sandbox": base + CONTROL_PORT
    }


class SandboxControl:
    def __init__(self, port_base: int) -> None:
        self.url = f"http://127.0.0.1:{port_base + CONTROL_PORT}"
        self._session = requests.Session()
        self._session.trust_env = False

    def is_ready(self) -> bool:
        try:
            return self._session.get(f"{self.url}/vendors", timeout=5).ok
        except requests.ConnectionError:
            return False

    def vendors(self) -> Json:
        """{"urls": {vendor: url}, "tenants": {slug: {vendor: credentials}}}"""
        return self._get("/vendors")

    def fingerprint(self, tenant: str, vendors: Sequence[str]) -> str:
        """Differs when any record of the tenant at one of these vendors differs."""
        answer = self._session.get(f"{self.url}/state/{tenant}", timeout=30)
        answer.raise_for_status()
        state = answer.json()
        return hashlib.sha256(repr([state[vendor] for vendor in vendors]).encode()).hexdigest()

    def _get(self, path: str) -> Json:
        answer = self._session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        found: Json = answer.json()
        return found
