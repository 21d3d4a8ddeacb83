"""The users stream against an independent SCIM 2.0 server instead of our own emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.models import Link
from integrations.vendors.travelperk.client import TravelPerkClient
from integrations.vendors.travelperk.records import ScimUser
from sandbox.hibob import edit as bob
from tests.directory.conftest import EVERYBODY, Firm
from tests.vendors.support import Calls, FreeBudget, OpenGate

pytest.importorskip("scim2_server", reason="needs scim2-server==0.8.3: pip install scim2-server")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from tests.vendors.travelperk import peer

    monkeypatch.setattr(peer.Application, "check_auth", lambda self, request: None)
    with peer.scim_server() as url:
        yield url


@pytest.fixture
def client(address: str) -> TravelPerkClient:
    from integrations.vendors.travelperk.client import open_travelperk

    return open_travelperk(
        "k3y", scim_base_url=address, gate=OpenGate(), count=Calls(), budget=FreeBudget(),
        allow_private=True,
    )  # fmt: skip


@pytest.fixture
def peered(firm: Firm, address: str) -> Firm:
    """Without line managers: see the test of those."""
    details = ["job_title", "phone", "birth_date", "gender"]
    firm.activate(details=details, connections={"travelperk": {"scim_base_url": address}})
    return firm


def people(client: TravelPerkClient) -> dict[str, ScimUser]:
    return {user.user_name: user for page in client.users() for user in page.records}


def test_d2_d8_d9_the_life_of_a_directory(peered: Firm, client: TravelPerkClient) -> None:
    """Hired, changed, left, back: always the same profile, and quiet runs in between."""
    for n in range(60):
        peered.hire(f"Neu{n}", "Anna")
    assert peered.synced().counts == {"created": 65}
    before = people(client)
    carl = before["carl@firm.example"]
    facts: dict[str, Any] = {
        "external_id": peered.ids["Carl"], "given_name": "Carl", "family_name": "Muster",
        "active": True, "title": "Texter", "phone": "+49 30 1000", "birth_date": "1990-02-03",
        "gender": "F",
    }  # fmt: skip
    assert {name: getattr(carl, name) for name in facts} == facts
    assert peered.synced().counts == {} and people(client) == before
    bob.change_email(peered.hibob, peered.ids["Carl"], "karl@firm.example")
    assert peered.synced().counts == {"updated": 1}
    peered.leave("Carl")
    assert peered.synced().counts == {"archived": 1}
    gone = people(client)["karl@firm.example"]
    assert (gone.id, gone.active, gone.title) == (carl.id, False, "Texter")
    bob.rehire(peered.hibob, peered.ids["Carl"], "2026-06-10")
    assert peered.synced().counts == {"updated": 1}
    assert people(client)["karl@firm.example"].active and len(people(client)) == 65


def test_d11_with_links_lost_everybody_is_adopted(peered: Firm, client: TravelPerkClient) -> None:
    peered.synced()
    before = people(client)
    Link.objects.all().delete()
    assert peered.synced().counts == {"adopted": len(EVERYBODY)}
    assert people(client) == before


@pytest.mark.xfail(strict=True, reason="RFC 7643's schema wants manager.$ref, which is not sent")
def test_d6_line_managers_are_users_of_the_peer(
    firm: Firm, address: str, client: TravelPerkClient
) -> None:
    firm.activate(details=["line_manager"], connections={"travelperk": {"scim_base_url": address}})
    firm.synced()
    found = people(client)
    assert found["carl@firm.example"].manager_id == found["ben@firm.example"].id
