"""What the integration can do without: a key that lacks it fails one record, not the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integrations.remote import Forbidden, Rejected


@contextmanager
def no_matter_of_the_run() -> Iterator[None]:
    """Turns a denied permission into the refusal of this record."""
    try:
        yield
    except Forbidden as error:
        raise Rejected(error.vendor, error.detail, status=error.status) from error
