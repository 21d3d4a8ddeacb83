"""The client for TravelPerk: SCIM and REST behind one key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from integrations.remote import CallCounter, EndpointNotFound, Forbidden, Gate
from integrations.vendors.budget import Budget, LocalBudget
from integrations.vendors.http import Clock, Transport
from integrations.vendors.travelperk.centers import CostCenterCalls
from integrations.vendors.travelperk.companies import CompanyCalls
from integrations.vendors.travelperk.groups import ApprovalGroupCalls
from integrations.vendors.travelperk.refusals import VENDOR, refusal
from integrations.vendors.travelperk.users import UserCalls

RATE, BURST = 5.0, 10
"""Requests per second, SCIM and REST together. No limit is published; 429 is obeyed."""

BASE_URL = "https://api.travelperk.com"
SCIM_BASE_URL = "https://app.travelperk.com/api/v2/scim"

_SCIM_ACCEPT = "application/scim+json, application/json"


class TravelPerkClient(UserCalls, CostCenterCalls, ApprovalGroupCalls, CompanyCalls):
    """One account. Every method raises RemoteErrors.

    No call tells which account a key belongs to, so a change of it shows only in records that
    are not there any more (G12). The lists go on after `cursor`, an opaque text of an earlier
    page of the same list, and end only when the list is complete; else they raise.
    """

    def __init__(self, rest: Transport, scim: Transport) -> None:
        UserCalls.__init__(self, scim)
        CostCenterCalls.__init__(self, rest)
        ApprovalGroupCalls.__init__(self, rest)
        CompanyCalls.__init__(self, rest)

    def check(self, *, companies: bool = False, approval_groups: bool = False) -> list[str]:
        """What the key may not read (`users`, `cost_centers` …), nothing if [].

        Reads a page of every list; of companies and approval groups only if asked, as not every
        account has them, and then one that does not exist is named too. Raises AuthFailed,
        Unavailable …
        """
        lists: dict[str, Callable[[], object]] = {
            "users": lambda: next(self.users()),
            "cost_centers": lambda: next(self.cost_centers()),
        }
        missing = [name for name, probe in lists.items() if not _allowed(probe)]
        if companies and not _offered(lambda: next(self.companies())):
            missing.append("companies")
        if approval_groups and not _offered(lambda: next(self.approval_groups())):
            missing.append("approval_groups")
        return missing


def _allowed(probe: Callable[[], object]) -> bool:
    try:
        probe()
    except Forbidden:
        return False
    return True


def _offered(probe: Callable[[], object]) -> bool:
    try:
        return _allowed(probe)
    except EndpointNotFound:
        return False


def open_travelperk(
    api_key: str,
    base_url: str = BASE_URL,
    scim_base_url: str = SCIM_BASE_URL,
    *,
    gate: Gate,
    count: CallCounter,
    budget: Budget | None = None,
    allow_private: bool = False,
    clock: Clock | None = None,
    auth_scheme: str = "ApiKey",
) -> TravelPerkClient:
    """A client for one account; the key decides which. The two addresses are independent.

    `auth_scheme` goes before the key in `Authorization` ("Bearer" for a partner's token). Without
    a `budget` one of this process is used; workers that share an account share theirs.
    """
    opened = partial(
        Transport,
        VENDOR,
        gate=gate,
        count=count,
        budget=budget or LocalBudget(RATE, BURST, vendor=VENDOR),
        allow_private=allow_private,
        secrets=(api_key,),
        refusal=refusal,
        clock=clock,
    )
    headers = {"Authorization": f"{auth_scheme} {api_key}", "Api-Version": "1"}
    rest = opened(base_url, headers=headers)
    # Bodies go out as plain JSON, which is what clients are known to send; both are accepted back.
    scim = opened(scim_base_url, headers={**headers, "Accept": _SCIM_ACCEPT})
    return TravelPerkClient(rest, scim)
