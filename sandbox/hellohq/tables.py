"""helloHQ's entity sets: their types, and which table holds them.

A new set is one EntityType, one line in TABLES and, if it is read by itself, one in SETS.
"""

from __future__ import annotations

from sandbox.hellohq.project_tables import (
    PROJECT_SETS,
    USER_NAVIGATIONS,
    build_project_tables,
)
from sandbox.odata.model import AUDIT, EntityType, Navigation, Table, Tables

KINDS = (
    "Vacation",
    "PrivateAbsence",
    "CompanyAbsence",
    "SickLeave",
    "SickLeaveUnpaid",
    "OvertimeCompensation",
    "ProfessionalEducation",
    "TradeSchool",
    "SpecialLeave",
    "ParentalLeave",
    "VacationUnpaid",
    "RemoteWork",
    "ChildSick",
    "MaternityLeave",
)
HOURLY = frozenset({"CompanyAbsence", "PrivateAbsence"})
FULL_DAY_ONLY = frozenset({"OvertimeCompensation", "MaternityLeave", "ParentalLeave"})
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "NotSet")

USER = EntityType(
    "User",
    {
        **AUDIT,
        "FirstName": "string",
        "LastName": "string",
        "UserName": "string",
        "EMailWork": "string",
        "EmployeeNumber": "string",
        "Department": "string",
        "EntryDate": "time",
        "LeavingDate": "time",
        "FederalState": "string",
        "Country": "string",
        "BasicLoadInHours": "number",
    },
    {
        "Absences": Navigation("Absences", "UserId", many=True),
        "UserWorkingHours": Navigation("UserWorkingHours", "UserId", many=True),
        "CustomFields": Navigation("UserCustomFields", "EntityId", many=True),
        **USER_NAVIGATIONS,
    },
)
ABSENCE = EntityType(
    "UserAbsence",
    {
        **AUDIT,
        "UserId": "number",
        "Type": "string",
        "Start": "time",
        "End": "time",
        "Note": "string",
        "IsApproved": "bool",
        "MissedDays": "number",
    },
    {"User": Navigation("Users", "UserId", many=False)},
    {"Type": KINDS},
)
WORKING_HOURS = EntityType(
    "UserWorkingHours",
    {
        **AUDIT,
        "Weekday": "string",
        "StartTime": "number",
        "EndTime": "number",
        "Duration": "number",
    },
    enums={"Weekday": WEEKDAYS},
)
CUSTOM_FIELD = EntityType(
    "CustomField", {**AUDIT, "Name": "string", "Value": "string", "Type": "string"}
)
HOLIDAY = EntityType(
    "PublicHoliday",
    {**AUDIT, "Name": "string", "Date": "time", "Country": "string"},
)
SUBSYSTEM = EntityType("Subsystem", {**AUDIT, "Name": "string", "IsMaster": "bool"})
EVENT = EntityType(
    "ConfigSystemEvent",
    {
        **AUDIT,
        "PropertyName": "string",
        "EntityId": "number",
        "OldValue": "string",
        "NewValue": "string",
        "Type": "string",
        "DatabaseObject": "string",
    },
    enums={"Type": ("EntityCreated", "PropertyChanged", "EntityDeleted", "NotSet")},
)

SETS: dict[str, EntityType] = {
    "Users": USER,
    "PublicHolidays": HOLIDAY,
    "Subsystem": SUBSYSTEM,
    **PROJECT_SETS,
}
"""Sets that are read as /v1/{set}, /v1/{set}({Id}) and /v1/{set}({Id})/{navigation}."""


def build_tables() -> Tables:
    return {
        "Users": Table(USER),
        "Absences": Table(ABSENCE, indexed=["UserId"]),
        "UserWorkingHours": Table(WORKING_HOURS, indexed=["UserId"]),
        "UserCustomFields": Table(CUSTOM_FIELD, indexed=["EntityId"]),
        "PublicHolidays": Table(HOLIDAY),
        "Subsystem": Table(SUBSYSTEM),
        "Events": Table(EVENT),
        **build_project_tables(),
    }
