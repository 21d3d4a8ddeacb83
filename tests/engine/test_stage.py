"""Pages that are kept while a run waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.lease import claim, holder_name
from integrations.engine.read import Stage, gather
from integrations.engine.stream import Source
from integrations.models import Integration, SyncRun, Workspace
from integrations.remote import Page, RateLimited

pytestmark = pytest.mark.django_db


def quiet(name: str, number: int) -> None:
    pass


def stage() -> Stage:
    workspace = Workspace.objects.create(slug="a", name="A")
    integration = Integration.objects.create(workspace=workspace, kind="k", state="active")
    run = SyncRun.objects.create(integration=integration, trigger="manual")
    return Stage(run.pk, claim(run.pk, holder_name()))


def source(asked: list[str], *, limited: bool) -> Source:
    """Two pages; the second is refused with a 429 while `limited`."""

    def pages(cursor: str) -> Iterator[Page[str]]:
        asked.append(cursor)
        if not cursor:
            yield Page(["a"], "2", 2)
        if limited:
            raise RateLimited("left", retry_after=60)
        yield Page(["b"], "", 2)

    return Source("list", "left", str, pages, str)


def test_a_429_never_starts_a_read_from_the_beginning():
    kept, asked = stage(), []
    with pytest.raises(RateLimited):
        gather(source(asked, limited=True), kept, quiet)
    listing = gather(source(asked, limited=False), kept, quiet)
    assert (listing.records, listing.complete, asked) == (["a", "b"], True, ["", "2"])


def test_pages_that_waited_too_long_are_old():
    """I2: what people changed since is not seen by an old page."""
    kept = stage()
    with pytest.raises(RateLimited):
        gather(source([], limited=True), kept, quiet)
    with time_machine.travel(timezone.now() + timedelta(minutes=29), tick=False):
        assert not kept.is_older(timedelta(minutes=30))
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert kept.is_older(timedelta(minutes=30))
