"""The demo that goes on: web, worker and beat as processes, and a schedule of seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import requests
from django.utils.translation import gettext as _

from integrations import schedule, services
from integrations.models import Integration, SyncRun
from sandbox.demo import table
from sandbox.demo.activation import INTEGRATIONS
from sandbox.demo.once import changes
from sandbox.demo.stage import Login, Stage, demo_integrations

WATCH_SECONDS = 2.0
"""How often the demo looks whether somebody changed a record in the sandbox."""
CELERY = (sys.executable, "-m", "celery", "-A", "config")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def start_processes(stage: Stage, port: int) -> None:
    """Returns when the web pages answer."""
    start = stage.children.start
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
    start("web", [*gunicorn, "--bind", f"127.0.0.1:{port}"], WEB_CONCURRENCY="1")
    start("worker", [*CELERY, "worker", "--loglevel", "INFO", *QUIET], LOG_LEVEL="INFO")
    start("beat", [*CELERY, "beat", "--loglevel", "INFO"], LOG_LEVEL="INFO")
    schedule.queue_due()
    stage.wait_for("web", lambda: _answers(f"http://127.0.0.1:{port}/admin/login/"))


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


def guide(port: int, stage: Stage, logins: Iterable[Login]) -> str:
    rows = [
        "",
        _("HQ Integrations runs. Open:"),
        f"  http://localhost:{port}/",
        *(_("    as %(role)s: %(user)s / %(password)s") % vars(login) for login in logins),
        _("The sandbox plays the other systems; change an absence, a task or a person there:"),
        f"  {stage.control.url}/",
        _("It is carried over within seconds; the run is in the history of the workspace."),
        _("In production runs start by schedule, and by the button “Sync now”."),
        _("Logs: %(folder)s") % {"folder": stage.children.logs},
        _("Ctrl-C ends everything."),
        "",
    ]
    return "\n".join(rows)


def follow_first_sync(stage: Stage, show: table.LiveTable) -> None:
    """Until every integration's first run is finished."""
    while True:
        runs = [run for one in demo_integrations() if (run := _first_run(one))]
        rows = [table.cells(run) for run in runs]
        if len(runs) == len(demo_integrations()) and all(run.finished_at for run in runs):
            show.finish(rows)
            return
        show.show(rows)
        stage.children.check()
        stage.pause(0.5)


def _first_run(integration: Integration) -> SyncRun | None:
    runs = integration.runs.select_related("integration__workspace")
    return runs.order_by("pk").first()


class Watcher:
    """Starts a run where a record changed in the sandbox, and returns what runs did meanwhile.

    A production installation learns of changes by schedule; a demo should not need patience.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._seen = {one.pk: self._print_of(one) for one in demo_integrations()}
        self._told = self._latest_run()
        self._last: dict[int, str] = {}

    def look(self) -> list[SyncRun]:
        for integration in demo_integrations():
            found = self._print_of(integration)
            if found != self._seen.get(integration.pk) and _requested(integration):
                self._seen[integration.pk] = found
        return self._ended()

    def _print_of(self, integration: Integration) -> str:
        watch = INTEGRATIONS[integration.kind].watch
        return self.stage.control.fingerprint(integration.workspace.slug, watch)

    def _ended(self) -> list[SyncRun]:
        fresh = SyncRun.objects.filter(pk__gt=self._told).exclude(finished_at=None)
        runs = list(fresh.select_related("integration__workspace").order_by("pk"))
        self._told = max([self._told, *(run.pk for run in runs)])
        return [run for run in runs if self._is_news(run)]

    def _is_news(self, run: SyncRun) -> bool:
        """Whether it did something, or ended otherwise than the one before."""
        before, self._last[run.integration_id] = self._last.get(run.integration_id), run.status
        return bool(changes(run)) or run.status != (before or SyncRun.Status.SUCCEEDED)

    @staticmethod
    def _latest_run() -> int:
        return SyncRun.objects.values_list("pk", flat=True).first() or 0


def _requested(integration: Integration) -> bool:
    """False when it cannot run now; the next look tries again."""
    try:
        services.request_run(integration, trigger=SyncRun.Trigger.SCHEDULE)
    except services.NotNow:
        return False
    return True
