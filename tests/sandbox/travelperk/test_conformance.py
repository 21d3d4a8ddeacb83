"""An independent SCIM tester against the emulator, over real HTTP.

Needs scim2-tester (requirements-dev.txt); skipped without it.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.travelperk.schema import ENTERPRISE, TRAVELPERK
from tests.sandbox.travelperk.conftest import Json, TravelPerk

client_module = pytest.importorskip("scim2_client", reason="scim2-tester is not installed")
tester = pytest.importorskip("scim2_tester", reason="scim2-tester is not installed")
pytestmark = pytest.mark.slow


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


ADD, REMOVE, REPLACE = (f"check_{verb}_attribute" for verb in ("add", "remove", "replace"))
DEPARTURES = {
    # No POST …/.search: the vendor does not offer it.
    ("search_with_attributes", ""),
    # A manager is answered with $ref and displayName, as documented; the tester sent neither.
    (ADD, ENTERPRISE),
    (ADD, f"{ENTERPRISE}:manager"),
    (REPLACE, ENTERPRISE),
    (REPLACE, f"{ENTERPRISE}:manager"),
    # Added beside those which the tester had just added with the whole extension.
    (ADD, f"{TRAVELPERK}:travelDocuments"),
    # These have a default; everybody is in exactly one company.
    (REMOVE, "active"),
    (REMOVE, "preferredLanguage"),
    (REMOVE, "locale"),
    (REMOVE, ENTERPRISE),
    (REMOVE, f"{ENTERPRISE}:organization"),
}
"""Where the vendor is not what the tester expects, by check and attribute."""


def failures(results: list[Any]) -> set[tuple[str, str]]:
    fine = {"SUCCESS", "COMPLIANT", "ACCEPTABLE", "SKIPPED"}
    wrong = [result for result in results if result.status.name not in fine]
    return {(r.title, r.data.get("urn", "") if isinstance(r.data, dict) else "") for r in wrong}


def test_scim_tester_finds_only_what_the_vendor_does(perk: TravelPerk) -> None:
    results = tester.check_server(Wire(perk))
    assert failures(results) == DEPARTURES
    assert sum(result.status.name == "SUCCESS" for result in results) > 90


def test_scim_tester_would_notice(perk: TravelPerk) -> None:
    """With names that do not exist the same checks fail, so the run above means something."""
    wire = Wire(perk)
    wire.hints = {}
    assert (ADD, f"{ENTERPRISE}:costCenter") in failures(tester.check_server(wire))
