"""helloHQ's entity sets around projects."""

from __future__ import annotations

from sandbox.odata.model import AUDIT, EntityType, Navigation, Table, Tables

UNITS = ("Percent", "Hours", "Days", "Minutes", "Weeks", "NotSet")
CHARGE_TYPES = ("Fixed", "Variable", "Capped", "NotChargeable", "NotSet")
FIELD_KINDS = ("Text", "TextMultiline", "Date", "Dropdown", "Boolean", "Link", "Float", "Integer",
               "NotSet")  # fmt: skip

COMPANY = EntityType(
    "Company",
    {
        **AUDIT,
        "Name": "string",
        "IndustrialSector": "string",
        "Description": "string",
        "DebitorNumber": "number",
    },
)
PROJECT = EntityType(
    "Project",
    {
        **AUDIT,
        "Number": "string",
        "Name": "string",
        "Status": "string",
        "PlannedStartDate": "time",
        "PlannedEndDate": "time",
        "StartDate": "time",
        "EndDate": "time",
        "AworkSyncId": "string",
        "ProjectTemplateId": "number",
        "ProjectStatusId": "number",
        "CompanyId": "number",
        "LeadId": "number",
        "ResponsibleUserId": "number",
    },
    {
        "ProjectStatus": Navigation("ProjectStatuses", "ProjectStatusId", many=False),
        "ProjectTemplate": Navigation("ProjectTemplates", "ProjectTemplateId", many=False),
        "Company": Navigation("Companies", "CompanyId", many=False),
        "ResponsibleUser": Navigation("Users", "ResponsibleUserId", many=False),
        "Members": Navigation("ProjectMembers", "ProjectId", many=True),
        "CustomFields": Navigation("ProjectCustomFields", "EntityId", many=True),
        "Reportings": Navigation("UserReportings", "ProjectId", many=True),
    },
)
PROJECT_STATUS = EntityType("ProjectStatus", {**AUDIT, "Name": "string", "IsInProgress": "bool"})
PROJECT_TEMPLATE = EntityType(
    "ProjectTemplate",
    {**AUDIT, "Name": "string", "IsInternal": "bool"},
    {"ProjectStatus": Navigation("ProjectStatuses", "StatusIds", many=True, listed=True)},
)
PROJECT_ROLE = EntityType("ProjectRole", {**AUDIT, "Name": "string", "IsRequired": "bool"})
PROJECT_MEMBER = EntityType(
    "ProjectMember",
    {**AUDIT, "UserId": "number", "ProjectRoleId": "number", "ProjectId": "number"},
    {
        "User": Navigation("Users", "UserId", many=False),
        "ProjectRole": Navigation("ProjectRoles", "ProjectRoleId", many=False),
    },
)
PROJECT_FIELD = EntityType(
    "CustomField",
    {**AUDIT, "Name": "string", "Value": "string", "Type": "string"},
    enums={"Type": FIELD_KINDS},
)
FIELD_DEFINITION = EntityType(
    "CustomFieldDefinition",
    {
        **AUDIT,
        "Name": "string",
        "Description": "string",
        "Order": "number",
        "IsRequired": "bool",
        "TypeText": "string",
        "Category": "string",
    },
)
TASK = EntityType(
    "Task",
    {
        **AUDIT,
        "Name": "string",
        "Description": "string",
        "Order": "number",
        "ParentId": "number",
        "ProjectId": "number",
        "IsDone": "bool",
        "PlannedEffort": "number",
        "PercentDone": "number",
        "Remaining": "number",
        "StartOn": "time",
        "EndOn": "time",
        "TaskTypeId": "number",
        "TaskTypeStatusId": "number",
        "IsAppointment": "bool",
        "SyncId": "string",
        "Sync": "bool",
        "JiraProjectName": "string",
        "ProjectBudgetId": "number",
        "ChargeType": "string",
        "ChargeValue": "number",
    },
    {
        "Assignments": Navigation("TaskAssignments", "TaskId", many=True),
        "Dependencies": Navigation("TaskDependencies", "FromTaskId", many=True),
        "UserReportings": Navigation("UserReportings", "TaskId", many=True),
        "Project": Navigation("Projects", "ProjectId", many=False),
        "TaskType": Navigation("TaskTypes", "TaskTypeId", many=False),
        "TaskTypeStatus": Navigation("TaskTypeStatuses", "TaskTypeStatusId", many=False),
    },
    {"ChargeType": CHARGE_TYPES},
)
TASK_ASSIGNMENT = EntityType(
    "TaskAssignment",
    {
        **AUDIT,
        "TaskId": "number",
        "UserId": "number",
        "ResourceId": "number",
        "AssignmentValue": "number",
        "AssignmentUnit": "string",
    },
    {"User": Navigation("Users", "UserId", many=False)},
    {"AssignmentUnit": UNITS},
)
TASK_DEPENDENCY = EntityType(
    "TaskDependency", {**AUDIT, "FromTaskId": "number", "ToTaskId": "number"}
)
TASK_TYPE = EntityType(
    "TaskType",
    {**AUDIT, "Name": "string", "IsDefault": "bool"},
    {"TaskTypeStatus": Navigation("TaskTypeStatuses", "TaskTypeId", many=True)},
)
TASK_TYPE_STATUS = EntityType(
    "TaskTypeStatus",
    {**AUDIT, "Name": "string", "IsFinishedState": "bool", "TaskTypeId": "number"},
)
REPORTING = EntityType(
    "UserReporting",
    {
        **AUDIT,
        "Note": "string",
        "StartOn": "time",
        "Duration": "number",
        "BreakDuration": "number",
        "UserId": "number",
        "ProjectId": "number",
        "TaskId": "number",
        "IsApproved": "bool",
        "ChargeRateValue": "number",
        "InternalChargeRateValue": "number",
        "CurrencyChargeRateValue": "string",
        "CurrencyInternalChargeRateValue": "string",
    },
    {
        "User": Navigation("Users", "UserId", many=False),
        "Project": Navigation("Projects", "ProjectId", many=False),
        "Task": Navigation("ProjectTasks", "TaskId", many=False),
    },
)

PROJECT_SETS: dict[str, EntityType] = {
    "Companies": COMPANY,
    "CustomFieldDefinitions": FIELD_DEFINITION,
    "ProjectRoles": PROJECT_ROLE,
    "ProjectStatuses": PROJECT_STATUS,
    "ProjectTasks": TASK,
    "ProjectTemplates": PROJECT_TEMPLATE,
    "Projects": PROJECT,
    "TaskTypes": TASK_TYPE,
    "UserReportings": REPORTING,
}
USER_NAVIGATIONS = {
    "Assignments": Navigation("TaskAssignments", "UserId", many=True),
    "ProjectMembers": Navigation("ProjectMembers", "UserId", many=True),
    "Reportings": Navigation("UserReportings", "UserId", many=True),
}


def build_project_tables() -> Tables:
    return {
        "Companies": Table(COMPANY),
        "CustomFieldDefinitions": Table(FIELD_DEFINITION),
        "ProjectCustomFields": Table(PROJECT_FIELD, indexed=["EntityId"]),
        "ProjectMembers": Table(PROJECT_MEMBER, indexed=["ProjectId", "UserId"]),
        "ProjectRoles": Table(PROJECT_ROLE),
        "ProjectStatuses": Table(PROJECT_STATUS),
        "ProjectTasks": Table(TASK, indexed=["ProjectId", "ParentId"]),
        "ProjectTemplates": Table(PROJECT_TEMPLATE),
        "Projects": Table(PROJECT),
        "TaskAssignments": Table(TASK_ASSIGNMENT, indexed=["TaskId", "UserId"]),
        "TaskDependencies": Table(TASK_DEPENDENCY, indexed=["FromTaskId"]),
        "TaskTypes": Table(TASK_TYPE),
        "TaskTypeStatuses": Table(TASK_TYPE_STATUS, indexed=["TaskTypeId"]),
        "UserReportings": Table(REPORTING, indexed=["ProjectId", "TaskId", "UserId"]),
    }
