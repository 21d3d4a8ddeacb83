"""helloHQ: users and their absences, through the OData API v1."""
