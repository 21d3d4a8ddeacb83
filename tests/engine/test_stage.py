"""Pages that are kept while a run waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.lease import LeaseLost, claim, holder_name
from integrations.engine.read import Stage, gather
from integrations.engine.stream import Source
from integrations.models import Integration, StagedPage, SyncRun, Workspace
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


def test_a_gap_in_the_pages_is_read_again():
    """I7: the last page alone is no complete list."""
    kept, asked = stage(), []
    StagedPage.objects.create(run_id=kept.run_id, source="list", number=1, records=["b"], total=2)
    listing = gather(source(asked, limited=False), kept, quiet)
    assert (listing.records, listing.complete, asked) == (["a", "b"], True, [""])


def test_who_lost_the_lease_forgets_nobodys_pages():
    kept = stage()
    StagedPage.objects.create(
        run_id=kept.run_id, source="list", number=0, records=["a"], cursor="2"
    )
    SyncRun.objects.filter(pk=kept.run_id).update(fence=99)
    with pytest.raises(LeaseLost):
        kept.forget(source([], limited=False))
    assert StagedPage.objects.count() == 1
