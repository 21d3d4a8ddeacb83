"""The admin: the product's only web pages."""

from integrations.admin import accounts, connection, history, integration, problem, run

__all__ = ["accounts", "connection", "history", "integration", "problem", "run"]
