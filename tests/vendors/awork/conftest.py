from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from integrations.vendors.awork.client import AworkClient

from .support import client


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def awork() -> AworkClient:
    return client()
