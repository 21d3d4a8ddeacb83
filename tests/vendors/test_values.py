"""JSON values on their way into the database."""

from __future__ import annotations

import pytest
import responses

from integrations.remote import ClosedGate
from integrations.vendors.budget import LocalBudget
from integrations.vendors.http import Transport
from integrations.vendors.values import storable


def test_what_no_database_takes_is_replaced_everywhere():
    assert storable({"a\x00": ["b\ud800", 1, None, {"c": "\x00"}]}) == {
        "a\ufffd": ["b\ufffd", 1, None, {"c": "\ufffd"}]
    }
    assert storable("Jürgen 🦉") == "Jürgen 🦉"


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\uDFFF"])
def test_answers_hold_nothing_that_cannot_be_stored(escape):
    """G8: one odd record does not fail the whole run, on PostgreSQL either."""
    with responses.RequestsMock() as net:
        net.get("https://a.example/x", body=f'{{"name": "A{escape}B", "ok": "\\ud83e\\udd89"}}',
                content_type="application/json")  # fmt: skip
        transport = Transport(
            "a", "https://a.example", gate=ClosedGate(), count=lambda vendor: None,
            budget=LocalBudget(100, 100),
        )  # fmt: skip
        assert transport.read("GET", "/x").data == {"name": "A\ufffdB", "ok": "🦉"}
