"""A bench: one integration over a world of two remotes, worked like workers do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

import time_machine
from django.apps import apps
from django.utils import timezone

from integrations.engine.blueprint import Blueprint
from integrations.engine.gateway import Gateway
from integrations.engine.lease import Lease, claim, holder_name
from integrations.engine.run import work
from integrations.models import Integration, Link, RunEntry, SyncRun, Workspace
from tests.engine.remotes import Killed, World
from tests.engine.sides import Options, blueprint_of


@contextmanager
def commits_are_kill_points(world: World) -> Iterator[None]:
    """The engine may die before and after each commit; a dead one commits nothing any more."""
    commit = Lease.commit

    @contextmanager
    def point(lease: Lease) -> Iterator[None]:
        if world.kill.dead:
            raise Killed
        with commit(lease):
            yield
        world.kill.point()

    with mock.patch.object(Lease, "commit", point):
        yield


@dataclass
class Bench:
    """`clock` is None where the real time counts."""

    integration: Integration
    clock: time_machine.Traveller | None = None
    world: World = field(default_factory=World)
    options: Options = field(default_factory=Options)

    @classmethod
    def create(cls, slug: str = "w", clock: Any = None, **kwargs: Any) -> Bench:
        workspace = Workspace.objects.create(slug=slug, name=slug)
        integration = Integration.objects.create(
            workspace=workspace, kind="test", state=Integration.State.ACTIVE
        )
        return cls(integration, clock, **kwargs)

    def open(self, run: SyncRun, gateway: Gateway) -> Blueprint:
        return blueprint_of(self.world, self.options, gateway)

    def queue(self, **fields: Any) -> SyncRun:
        """A new run, or the unfinished one."""
        unfinished = self.integration.runs.filter(status__in=SyncRun.UNFINISHED).first()
        fields = {"trigger": SyncRun.Trigger.COMMAND, **fields}
        return unfinished or SyncRun.objects.create(integration=self.integration, **fields)

    def slice(self, run: SyncRun) -> bool:
        """What one delivery of the run's message does; False when it was not to be claimed."""
        lease = claim(run.pk, holder_name())
        if lease is None:
            return False
        with commits_are_kill_points(self.world):
            work(run.pk, lease, self.open, lambda progress: None, lambda: False)
        return True

    def finish(self, run: SyncRun) -> SyncRun:
        """Work on a run through all its waits."""
        for _number in range(40):
            run = SyncRun.objects.select_related("integration").get(pk=run.pk)
            if run.finished_at is not None:
                self.integration = Integration.objects.get(pk=self.integration.pk)
                return run
            if not self.slice(run):
                self.pass_time(run)
        raise AssertionError(f"run {run.pk} never ends: {run.status} {run.error_code}")

    def pass_time(self, run: SyncRun) -> None:
        until = run.not_before or run.lease_until or timezone.now()
        assert self.clock is not None
        self.clock.move_to(until + timedelta(seconds=1))

    def run(self, **fields: Any) -> SyncRun:
        return self.finish(self.queue(**fields))

    def die(self, run: SyncRun, at: int, **fields: Any) -> bool:
        """Work until the engine dies at its `at`-th point; False when it ended before."""
        self.world.kill.points, self.world.kill.at = 0, at
        try:
            self.slice(run)
        except Killed:
            return True
        finally:
            self.world.kill.at, self.world.kill.dead = None, False
        return False

    def tick(self, **delta: float) -> None:
        assert self.clock is not None
        self.clock.shift(timedelta(**delta))

    def links(self, stream: str) -> dict[str | None, str | None]:
        rows = Link.objects.filter(integration=self.integration, stream=stream)
        return dict(rows.values_list("left_id", "right_id"))

    def entries(self, run: SyncRun | None = None) -> list[RunEntry]:
        rows = RunEntry.objects.filter(run__integration=self.integration)
        return list(rows.filter(run=run) if run else rows)


def table_dump(integration: Integration | None = None) -> dict[str, list[Any]]:
    """Every row of our tables (of one integration, where a row belongs to one)."""
    dump: dict[str, list[Any]] = {}
    for model in apps.get_app_config("integrations").get_models():
        rows = model._default_manager.order_by("pk")
        names = {f.name for f in model._meta.get_fields()}
        if integration is not None and "integration" in names:
            rows = rows.filter(integration=integration)
        elif integration is not None and "run" in names:
            rows = rows.filter(run__integration=integration)
        elif integration is not None:
            continue
        dump[model.__name__] = list(rows.values())
    return dump
