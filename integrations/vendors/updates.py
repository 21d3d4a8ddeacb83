"""Replacing a record that others edit too: what is written must be what was agreed upon."""

from __future__ import annotations

from integrations.remote import RemoteError


class Stale(RemoteError):
    """The record changed since the caller read it; nothing was written."""

    code = "stale"


def check_version(vendor: str, expected: str, found: str) -> None:
    """Raise Stale when a version is expected and another one was found."""
    if expected and expected != found:
        raise Stale(vendor, f"version {found or 'unknown'} instead of {expected}")
