"""What one TravelPerk account holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from unicodedata import normalize

from sandbox.clock import Clock
from sandbox.travelperk.schema import ENTERPRISE

Json = dict[str, Any]
Plan = Literal["starter", "premium", "pro"]
Origin = Literal["manual", "automated", "default"]
METHODS = ("auto_approve_in_policy", "auto_approve_in_policy_notify", "manual_approve_all")
SCOPES = frozenset({"scim:read", "scim:write", "scim:delete"})


@dataclass
class User:
    """`attributes` is the writable SCIM resource without cost center and company, which are ids
    here: the extensions' attributes stand under their URNs."""

    id: int
    attributes: Json
    cost_center: int | None
    company: int
    created: datetime
    modified: datetime

    @property
    def user_name(self) -> str:
        return str(self.attributes["userName"])

    @property
    def external_id(self) -> str | None:
        return self.attributes.get("externalId")

    @property
    def active(self) -> bool:
        return bool(self.attributes["active"])

    @property
    def first_name(self) -> str:
        return str(self.attributes["name"]["givenName"])

    @property
    def last_name(self) -> str:
        return str(self.attributes["name"]["familyName"])

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def manager(self) -> int | None:
        manager = self.attributes.get(ENTERPRISE, {}).get("manager")
        return int(manager["value"]) if manager else None

    @property
    def phone(self) -> str | None:
        phones = self.attributes.get("phoneNumbers") or []
        return next((one["value"] for one in phones if one.get("value")), None)


@dataclass
class CostCenter:
    """`user_ids`: who was put in by name, besides those whose default it is."""

    id: int
    name: str
    archived: bool = False
    user_ids: set[int] = field(default_factory=set)
    approver_id: int | None = None
    delegate_id: int | None = None
    delegate_expiry: str | None = None


@dataclass
class Company:
    id: int
    name: str
    legal_name: str | None = None
    vat_number: str | None = None
    country_code: str | None = None
    is_default: bool = False
    archived: bool = False


@dataclass
class Group:
    """An approval group."""

    id: int
    name: str
    origin: Origin
    approver_id: int | None
    method: str
    created: datetime
    modified: datetime
    external_id: str | None = None
    archived: bool = False
    user_ids: set[int] = field(default_factory=set)


@dataclass
class Account:
    """`companies_writable`: companies can be created through the API."""

    api_key: str
    plan: Plan = "pro"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    companies_writable: bool = True


@dataclass
class Quirks:
    """Where nobody knows what real accounts do.

    `patch_answer`: 200 with the user, or 204. `external_id_filter`: answered, refused, or ignored
    (everybody is returned). `archived_listed`: the list of cost centers has the archived ones.
    `text_ids`: REST ids are strings. `unknown_references`: what a cost center, company, policy or
    invoice profile that does not exist leads to.
    """

    patch_answer: Literal[200, 204] = 200
    external_id_filter: Literal["answer", "refuse", "ignore"] = "answer"
    archived_listed: bool = True
    text_ids: bool = False
    unknown_references: Literal["refuse", "create", "ignore"] = "refuse"


@dataclass
class TravelPerkState:
    slug: str
    clock: Clock
    account: Account
    quirks: Quirks
    users: dict[int, User] = field(default_factory=dict)
    cost_centers: dict[int, CostCenter] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    policies: list[str] = field(default_factory=list)
    profiles: list[Json] = field(default_factory=list)
    last_id: int = 4_700

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def id(self, number: int) -> int | str:
        """As the REST API writes it."""
        return str(number) if self.quirks.text_ids else number

    def default_company(self) -> Company:
        return next(company for company in self.companies.values() if company.is_default)

    def company_named(self, name: str) -> Company | None:
        """Case and characters count; composed and decomposed ones are the same."""
        wanted = normalize("NFC", name)
        found = (c for c in self.companies.values() if normalize("NFC", c.name) == wanted)
        return next((company for company in found if not company.archived), None)

    def cost_center_named(self, name: str) -> CostCenter | None:
        """Among those that are not archived."""
        found = (c for c in self.cost_centers.values() if c.name == name and not c.archived)
        return next(found, None)

    def add_cost_center(self, name: str) -> CostCenter:
        center = CostCenter(self.next_id(), name)
        self.cost_centers[center.id] = center
        return center

    def add_company(self, name: str, **more: Any) -> Company:
        company = Company(self.next_id(), name, **more)
        self.companies[company.id] = company
        return company

    def members(self, center: CostCenter) -> list[User]:
        ids = center.user_ids
        return [u for u in self.users.values() if u.id in ids or u.cost_center == center.id]

    def set_members(self, center: CostCenter, ids: Iterable[int]) -> None:
        """The whole set: whoever is left out is removed."""
        center.user_ids = set(ids)
        for user in self.users.values():
            if user.id in center.user_ids and user.cost_center is None:
                user.cost_center = center.id
            elif user.id not in center.user_ids and user.cost_center == center.id:
                user.cost_center = None

    def named(self, user_name: str) -> User | None:
        wanted = user_name.lower()
        return next((u for u in self.users.values() if u.user_name.lower() == wanted), None)

    def external(self, external_id: str) -> User | None:
        return next((u for u in self.users.values() if u.external_id == external_id), None)

    def automated_groups_of(self, user_id: int) -> Iterator[Group]:
        for group in self.groups.values():
            if group.origin == "automated" and user_id in group.user_ids:
                yield group

    def erase(self, user: User) -> None:
        """Without a trace, as deleting a person does."""
        del self.users[user.id]
        for center in self.cost_centers.values():
            center.user_ids.discard(user.id)
        for group in self.groups.values():
            group.user_ids.discard(user.id)
            group.approver_id = None if group.approver_id == user.id else group.approver_id
        for other in self.users.values():
            if other.manager == user.id:
                del other.attributes[ENTERPRISE]["manager"]
