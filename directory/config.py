"""What a workspace chose to provision, ready to use. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from directory.settings import DETAILS, HiBobTravelPerkSettings
from integrations.vendors.hibob import fields as bob

DETAIL_FIELDS = {
    "job_title": (bob.TITLE,),
    "phone": (bob.WORK_PHONE, bob.WORK_MOBILE),
    "birth_date": (bob.BIRTH_DATE,),
    "gender": (bob.LEGAL_GENDER,),
    "cost_center": (bob.DEPARTMENT,),
    "line_manager": (bob.REPORTS_TO,),
}
"""The HiBob fields that a detail is read from."""
PERSONAL = frozenset({"birth_date", "gender"})
"""Details that are not even kept from TravelPerk's answers unless they were selected (D10)."""
BASIC_FIELDS = (
    bob.ID, bob.EMAIL, bob.FIRST_NAME, bob.SURNAME, bob.SITE, bob.COMPANY_ID, bob.START_DATE,
    bob.STATUS, bob.LIFECYCLE_STATUS, bob.TERMINATION_DATE, bob.LAST_DAY_OF_WORK,
)  # fmt: skip
_REQUIRED = (bob.EMAIL, bob.FIRST_NAME, bob.SURNAME, bob.START_DATE, bob.LIFECYCLE_STATUS)


@dataclass(frozen=True)
class Config:
    """Effective choices: `details` holds what they imply, `listed` what must not be empty."""

    sites: frozenset[str] | None
    details: frozenset[str]
    listed: frozenset[str]
    cost_centers: bool
    companies: str
    create_companies: bool
    approval_method: str

    @classmethod
    def of(cls, answers: HiBobTravelPerkSettings) -> Config:
        full = answers.details == "full"
        listed = frozenset() if full else frozenset(answers.details)
        centers = answers.cost_centers or "cost_center" in listed
        approvals = answers.approvals.enabled
        details = set(DETAILS) - {"cost_center"} if full else set(listed)
        details |= {"cost_center"} if centers else set()
        details |= {"line_manager"} if approvals else set()
        selected = answers.employees.scope == "selected"
        return cls(
            sites=frozenset(answers.employees.sites) if selected else None,
            details=frozenset(details),
            listed=listed,
            cost_centers=centers,
            companies=answers.companies.source if answers.companies.enabled else "",
            create_companies=answers.companies.create_missing,
            approval_method=answers.approvals.method if approvals and answers.plan == "pro" else "",
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """HiBob field ids to ask for: nothing that nobody selected (D10)."""
        wanted = [f for name in DETAILS if name in self.details for f in DETAIL_FIELDS[name]]
        if self.companies == "employer":
            wanted.append(bob.EMPLOYER)
        return (*BASIC_FIELDS, *wanted)

    @property
    def required(self) -> tuple[str, ...]:
        """Without one of these for anybody a run stops (D4)."""
        return _REQUIRED if self.sites is None else (*_REQUIRED, bob.SITE)

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """The fields behind each choice that may lack a permission without stopping a run."""
        found = {detail: DETAIL_FIELDS[detail] for detail in self.details}
        if self.companies:
            found["company"] = (bob.EMPLOYER if self.companies == "employer" else bob.SITE,)
        return found

    @property
    def lists(self) -> tuple[str, ...]:
        """Named lists that the fields refer to."""
        names = [bob.LISTS[field] for field in self.fields if field in bob.LISTS]
        return tuple(n for n in names if n not in (bob.LISTS[bob.STATUS], "lifecycleStatus"))
