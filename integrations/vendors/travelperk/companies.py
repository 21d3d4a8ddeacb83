"""Companies [contract], read and created, never changed; and invoice profiles, read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.remote import Page
from integrations.vendors.http import Transport
from integrations.vendors.travelperk.centers import exact, given, same_name
from integrations.vendors.travelperk.paging import row_id
from integrations.vendors.travelperk.records import Company, CompanyDraft, InvoiceProfile
from integrations.vendors.travelperk.rest import Calls
from integrations.vendors.values import mapping, text

_COMPANIES, _PROFILES = "/companies", "/profiles"


class CompanyCalls:
    def __init__(self, rest: Transport) -> None:
        self._companies = Calls(rest)

    def companies(self, cursor: str = "") -> Iterator[Page[Company]]:
        return self._companies.listing(_COMPANIES, decode_company).pages(cursor)

    def company(self, id: str) -> Company:
        """Raises NotFound."""
        return self._companies.one(_COMPANIES, id, decode_company)

    def find_company(self, name: str) -> Company | None:
        """The one of exactly this name (NFC, case-sensitive); rather one that is not archived."""
        found = (one for page in self.companies() for one in page.records)
        named = [one for one in found if same_name(one.name, name)]
        return min(named, key=lambda one: one.archived, default=None)

    def create_company(self, draft: CompanyDraft) -> Company:
        """One unsafe request. Raises AlreadyExists; Forbidden where the account may create none."""
        optional = given(
            legal_name=draft.legal_name or None, country_code=draft.country_code or None
        )
        body = {"name": draft.name, **optional}
        return self._companies.create(_COMPANIES, body, decode_company)

    def invoice_profiles(self, cursor: str = "") -> Iterator[Page[InvoiceProfile]]:
        return self._companies.listing(_PROFILES, decode_profile).pages(cursor)


def decode_company(row: Any) -> Company:
    row = mapping(row, "company")
    return Company(
        id=row_id(row),
        name=exact(row.get("name")),
        legal_name=text(row.get("legal_name")),
        country_code=text(row.get("country_code")),
        is_default=row.get("is_default") is True,
        archived=row.get("archived") is True,
    )


def decode_profile(row: Any) -> InvoiceProfile:
    return InvoiceProfile(row_id(row), exact(mapping(row, "profile").get("name")))
