"""awork's host."""

from __future__ import annotations

from werkzeug.routing import Rule

from sandbox.awork import (
    absence_routes,
    people_routes,
    project_routes,
    task_routes,
    time_routes,
    webhook_routes,
)
from sandbox.awork.frame import AworkFrame

MODULES = (
    people_routes, project_routes, task_routes, time_routes, absence_routes, webhook_routes
)  # fmt: skip


class AworkApp(AworkFrame):
    def routes(self) -> list[Rule]:
        return [rule for module in MODULES for rule in module.routes(self)]
