from __future__ import annotations

import pytest
import responses

from .support import client


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def perk():
    return client()
