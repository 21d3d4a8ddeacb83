"""helloHQ's API v1 (OData)."""
