"""What TravelPerk holds. Texts are "" where nothing is set (SCIM: null, absent and empty alike)."""

from __future__ import annotations

from dataclasses import dataclass, field

AUTO_APPROVE_IN_POLICY = "auto_approve_in_policy"
AUTO_APPROVE_IN_POLICY_NOTIFY = "auto_approve_in_policy_notify"
MANUAL_APPROVE_ALL = "manual_approve_all"
APPROVAL_METHODS = (AUTO_APPROVE_IN_POLICY, AUTO_APPROVE_IN_POLICY_NOTIFY, MANUAL_APPROVE_ALL)

MANUAL, AUTOMATED, DEFAULT = "manual", "automated", "default"
"""Origins of approval groups, in their order of precedence."""


@dataclass(frozen=True, slots=True)
class UserDraft:
    """A user to create; the fields mean the same as in ScimUser. "" and [] are not sent."""

    user_name: str
    given_name: str
    family_name: str
    external_id: str = ""
    active: bool = True
    middle_name: str = ""
    honorific_prefix: str = ""
    title: str = ""
    phone: str = ""
    preferred_language: str = ""
    locale: str = ""
    cost_center: str = ""
    manager_id: str = ""
    company: str = ""
    gender: str = ""
    birth_date: str = ""
    travel_policy: str = ""
    invoice_profiles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ScimUser:
    """A user; `active` False is what the product calls archived.

    `user_name` is the work e-mail and login, `external_id` the caller's own key, `title` the job
    title, `phone` the one of type work. `cost_center`, `company`, `travel_policy` and
    `invoice_profiles` are names, `manager_id` is the id of another user. `gender` is "M" or "F",
    `birth_date` `YYYY-MM-DD`; a spelling that is not known stays as it is. `created` and
    `last_modified` are UTC with `Z`.

    Travel documents, country of residence, emergency contacts, approvers and the expense
    extension are neither read nor written: nobody maps them, and most are personal.
    """

    id: str
    user_name: str
    given_name: str
    family_name: str
    external_id: str
    active: bool
    middle_name: str
    honorific_prefix: str
    title: str
    phone: str
    preferred_language: str
    locale: str
    cost_center: str
    manager_id: str
    company: str
    gender: str
    birth_date: str
    travel_policy: str
    invoice_profiles: list[str]
    created: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class CostCenter:
    """A cost center. What the list of them does not say is None: `archived`, `user_ids`."""

    id: str
    name: str
    archived: bool | None
    count_users: int | None
    user_ids: list[str] | None


@dataclass(frozen=True, slots=True)
class ApprovalGroup:
    """An approval group; `origin` is MANUAL, AUTOMATED or DEFAULT.

    `external_id` is the manager's key at the source, `approver_id` a user's id; both may be "".
    `user_ids` is None in the list, which leaves the members out. Times are UTC with `Z`.
    """

    id: str
    name: str
    external_id: str
    origin: str
    approver_id: str
    approval_method: str
    archived: bool
    count_users: int | None
    user_ids: list[str] | None
    created: str
    modified: str


@dataclass(frozen=True, slots=True)
class ApprovalGroupDraft:
    """An approval group to create. `approver_id` is an active user; it becomes AUTOMATED."""

    name: str
    approver_id: str
    approval_method: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """A legal entity of the account. People of no other company belong to the default one."""

    id: str
    name: str
    legal_name: str
    country_code: str
    is_default: bool
    archived: bool


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    name: str
    legal_name: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceProfile:
    """Where invoices go; the id is a UUID. Users refer to it by name."""

    id: str
    name: str
