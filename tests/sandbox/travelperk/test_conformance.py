"""An independent SCIM tester against the emulator, over real HTTP.

Needs scim2-tester (requirements-dev.txt); skipped without it.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.travelperk.conftest import Json, TravelPerk

client_module = pytest.importorskip("scim2_client", reason="scim2-tester is not installed")
tester = pytest.importorskip("scim2_tester", reason="scim2-tester is not installed")


def hints(perk: TravelPerk) -> dict[str, list[str]]:
    """What exists in the account; the tester would invent names that the account refuses."""
    return {
        "costCenter": ["Kreation", "Projekt Alpha"],
        "organization": ["Nordlicht Agentur", "Berlin"],
        "manager.value": [str(id) for id in perk.people()[:2]],
        "dateOfBirth": ["1990-01-31", "1991-02-28"],
        "travelPolicy": perk.state.policies,
        "invoiceProfiles.value": [profile["name"] for profile in perk.state.profiles],
    }


class Wire(client_module.BaseSyncSCIMClient):  # type: ignore[misc,name-defined]
    """The tester's client on top of requests; the schemas it reads carry the hints."""

    def __init__(self, perk: TravelPerk) -> None:
        super().__init__()
        self.perk = perk
        self.hints = hints(perk)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        return self.perk(method, f"/api/v2/scim{url}", **options)

    def _parse_json(self, response: requests.Response) -> Any:
        answer = response.json()
        if "/Schemas" in response.url:
            for schema in answer.get("Resources", [answer]):
                self._hint(schema.get("attributes", []), "")
        return answer

    def _hint(self, attributes: list[Json], prefix: str) -> None:
        for attribute in attributes:
            name = prefix + attribute["name"]
            if name in self.hints:
                attribute["canonicalValues"] = self.hints[name]
            self._hint(attribute.get("subAttributes", []), f"{name}.")


def test_scim_tester_finds_nothing(perk: TravelPerk) -> None:
    results = tester.check_server(Wire(perk))
    fine = {"SUCCESS", "COMPLIANT", "ACCEPTABLE", "SKIPPED"}
    wrong = [f"{r.title}: {r.reason}" for r in results if r.status.name not in fine]
    assert wrong == []
    passed = [result for result in results if result.status.name == "SUCCESS"]
    assert len(passed) > 80


def test_scim_tester_would_notice(perk: TravelPerk) -> None:
    """With names that do not exist the same checks fail, so the run above means something."""
    wire = Wire(perk)
    wire.hints = {}
    results = tester.check_server(wire)
    assert any("does not exist" in str(result.reason) for result in results)
