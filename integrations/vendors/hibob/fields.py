"""Field ids and list names of HiBob's standard fields, as a tenant's metadata spells them.

Seen in live metadata ([client code]); a tenant may rename labels, lists and items, not ids.
"""

from __future__ import annotations

ID = "root.id"
EMAIL = "root.email"
FIRST_NAME = "root.firstName"
SURNAME = "root.surname"
SECOND_NAME = "root.secondName"
DISPLAY_NAME = "root.displayName"
COMPANY_ID = "root.companyId"

TITLE = "work.title"
DEPARTMENT = "work.department"
SITE = "work.site"
SITE_ID = "work.siteId"
START_DATE = "work.startDate"
ORIGINAL_START_DATE = "work.originalStartDate"
REPORTS_TO = "work.reportsTo"
MANAGER = "work.manager"
WORK_MOBILE = "work.workMobile"
WORK_PHONE = "work.workPhone"
EMPLOYEE_NUMBER = "work.employeeIdInCompany"

STATUS = "internal.status"
LIFECYCLE_STATUS = "internal.lifecycleStatus"
TERMINATION_DATE = "internal.terminationDate"
FIRST_DAY_OF_WORK = "employee.firstDayOfWork"
LAST_DAY_OF_WORK = "employee.lastDayOfWork"

BIRTH_DATE = "personal.birthDate"
LEGAL_GENDER = "home.legalGender"
LEGAL_SEX = "employee.legalSex"
MOBILE_PHONE = "home.mobilePhone"
PRIVATE_PHONE = "home.privatePhone"
EMPLOYER = "employee.employerId"

DATES = frozenset(
    {
        START_DATE,
        ORIGINAL_START_DATE,
        TERMINATION_DATE,
        FIRST_DAY_OF_WORK,
        LAST_DAY_OF_WORK,
        BIRTH_DATE,
        "root.creationDate",
        "work.activeEffectiveDate",
        "internal.probationEndDate",
        "internal.currentActiveStatusStartDate",
        "employee.recentLeaveStartDate",
        "employee.recentLeaveEndDate",
        "address.activeEffectiveDate",
    }
)
"""Calendar days, `YYYY-MM-DD`, without a zone."""

LISTS = {
    TITLE: "title",
    DEPARTMENT: "department",
    SITE_ID: "site",
    STATUS: "status",
    LIFECYCLE_STATUS: "lifecycleStatus",
    LEGAL_GENDER: "legalGenderEnhanced",
    LEGAL_SEX: "legalGender",
    EMPLOYER: "employer_entity_list",
}
"""Fields whose value is the id of an item of this named list."""

IDS = frozenset({ID, REPORTS_TO, MANAGER, COMPANY_ID, *LISTS})
"""Fields that hold an id of something: text, or a number that must be whole."""

MANDATORY = (ID, EMAIL, FIRST_NAME, SURNAME)
STATUS_FIELDS = (START_DATE, STATUS, LIFECYCLE_STATUS, TERMINATION_DATE)
"""What it takes to tell who is employed. LAST_DAY_OF_WORK makes it more exact where it exists."""

# internal.status
ACTIVE, INACTIVE = "Active", "Inactive"

# internal.lifecycleStatus: the item ids that every tenant has. Compare case-insensitively; the
# spelling of those with a blank is [client code], and customers add kinds of leave of their own.
HIRED, EMPLOYED, TERMINATED = "hired", "employed", "terminated"
GARDEN_LEAVE, LEAVE, PARENTAL_LEAVE = "garden leave", "leave", "parental leave"
