from integrations.models.account import Connection, ConnectionSecret, Membership, Workspace
from integrations.models.integration import Incident, Integration
from integrations.models.link import Intent, Link, PendingDeletion, Problem
from integrations.models.run import RunEntry, StagedPage, SyncRun

__all__ = [
    "Connection",
    "ConnectionSecret",
    "Incident",
    "Integration",
    "Intent",
    "Link",
    "Membership",
    "PendingDeletion",
    "Problem",
    "RunEntry",
    "StagedPage",
    "SyncRun",
    "Workspace",
]
