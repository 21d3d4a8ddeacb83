"""Answers that are lost and processes that die: each record exactly once (I1, I6)."""

from __future__ import annotations

from datetime import date
from itertools import cycle
from typing import Any

import pytest

from integrations.engine.apply import Applier
from integrations.models import Intent, SyncRun
from tests.projects.absence_oracle import absence_differences
from tests.projects.conftest import NOON, Agency, writes
from tests.projects.oracle import differences
from tests.projects.remembered import remembered
from tests.projects.systems import ANNA, BEN, CARL, DORA

START = "2026-06-01"


def activate(agency: Agency) -> None:
    agency.activate(time_entries_start_date=START, absences=True, absence_start_date=START)


@pytest.fixture
def edited(agency: Agency) -> Agency:
    """Synced, and then changed on both sides in every way that a run writes."""
    return remembered(agency, _sync_and_edit)


def _sync_and_edit(agency: Agency) -> None:
    agency.hq_absence("2026-08-03", "2026-08-07")
    gone = agency.hq_absence("2026-09-07", who=BEN)
    activate(agency)
    website = int(agency.hq_row(agency.hq_named("Design"))["ProjectId"])
    agency.synced()
    old = agency.aw_time(agency.aw_named("Startseite"), "2026-06-17T08:00", 30)
    edited = agency.aw_time(agency.aw_named("Startseite"), "2026-06-17T09:00", 30)
    agency.synced()
    agency.wait(seconds=5)
    _edit_hellohq(agency, website, gone)
    _edit_awork(agency, old, edited)
    agency.hq_client("Neukunde AG")
    agency.hq_project("Auftakt", client="Neukunde AG")


def _edit_hellohq(agency: Agency, website: int, gone: int) -> None:
    phase = agency.hq_task(website, "Neue Phase")
    agency.hq_task(website, "Neu", phase, hours=6.0, people={ANNA: 4.0, BEN: 2.0})
    agency.hq_task(website, "Doppelt", phase, hours=1.0)
    agency.hq_task(website, "Doppelt", phase, hours=1.0)
    agency.hq_edit(agency.hq_named("Unterseiten"), people={ANNA: 3.0, CARL: 9.0})
    agency.hq_edit(agency.hq_named("Moodboard"), under=agency.hq_named("Launch"), name="Stimmung")
    agency.hq_delete(agency.hq_named("Kick-off"))
    agency.hq_edit_project(website, EndDate="2026-10-30")
    agency.hq_absence("2026-10-05", who=CARL)
    agency.hq_delete_absence(gone)


def _edit_awork(agency: Agency, old: str, edited: str) -> None:
    website = agency.aw_project_named("Website")
    place = agency.aw_list(website, "Neue Liste")
    task = agency.aw_task(website, "Fertiges", place, hours=3, people=[BEN], status="Fertig")
    for _time in range(2):
        agency.aw_task(website, "Zwilling", place, hours=1)
        agency.aw_time(task, "2026-06-16T09:00", 60)
    agency.aw_edit(agency.aw_named("Startseite"), people=[DORA], status="Fertig", hours=5)
    agency.aw_rename_list(agency.aw_list_named("Launch"), "Start")
    agency.aw_delete(agency.aw_named("Briefing"))
    agency.aw_delete_time(old)
    agency.aw_edit_time(edited, duration=2700, note="länger")


def as_undisturbed(agency: Agency) -> None:
    """Both sides are equal, nothing is there twice, nothing is left to do."""
    assert differences(agency) == [] and not Intent.objects.exists()
    assert absence_differences(agency, date(2026, 6, 1)) == []
    for table in (agency.awork.companies, agency.awork.fields, agency.awork.projects):
        rows = [(row["name"], row.get("entity")) for row in table]
        assert len(rows) == len(set(rows))
    assert len(agency.hq_all("Doppelt")) == len(agency.aw_all("Doppelt")) == 2
    assert len(agency.hq_all("Zwilling")) == len(agency.aw_all("Zwilling")) == 2
    assert len(agency.hq.tables["UserReportings"]) == len(agency.awork.times) == 3
    with agency.watched() as seen:
        assert agency.synced().counts == {}
    assert writes(seen) == []


def test_i3_undisturbed_all_of_it_is_synced_by_one_run(edited: Agency) -> None:
    edited.synced()
    as_undisturbed(edited)


CREATES = [
    ("awork", "POST", r"/companies$"),
    ("awork", "POST", r"/projects$"),
    ("awork", "POST", r"/tasklists$"),
    ("awork", "POST", r"/tasks$"),
    ("awork", "POST", r"/absences$"),
    ("hellohq", "POST", r"/ProjectTasks$"),
    ("hellohq", "POST", r"/do\.CreateReporting$"),
]
OTHERS = [
    ("awork", "PUT", r"/projects/[^/]*$"),
    ("awork", "POST", r"/projects/.*/setcustomfields$"),
    ("awork", "POST", r"/linkcustomfielddefinition$"),
    ("awork", "PUT", r"/tasks/[^/]*$"),
    ("awork", "POST", r"/tasks/.*/setcustomfields$"),
    ("awork", "POST", r"/changelists$"),
    ("awork", "POST", r"/setassignees$"),
    ("awork", "POST", r"/setplannedefforts$"),
    ("awork", "POST", r"/tasks/delete$"),
    ("awork", "DELETE", r"/absences/"),
    ("hellohq", "PUT", r"/ProjectTasks\("),
    ("hellohq", "POST", r"/do\.SetStatus$"),
    ("hellohq", "POST", r"/Assignments$"),
    ("hellohq", "DELETE", r"/Assignments\("),
    ("hellohq", "DELETE", r"/ProjectTasks\(\d+\)$"),
    ("hellohq", "PUT", r"/Reportings\("),
    ("hellohq", "DELETE", r"/Reportings\("),
]
Operation = tuple[str, str, str]


def disturbed(agency: Agency, operation: Operation, kind: str, **options: Any) -> None:
    """A run of which two requests of a kind have no answer, and the next one."""
    vendor, method, path = operation
    given = {"vendor": vendor, "method": method, "path": path, "times": 2, **options}
    with agency.fault(kind, **given) as fault:
        agency.sync()
    assert fault.hits
    agency.sync()
    as_undisturbed(agency)


@pytest.mark.slow
@pytest.mark.parametrize("operation", [*CREATES, *OTHERS], ids=" ".join)
@pytest.mark.parametrize("after_commit", [True, False], ids=["done", "lost"])
def test_i1_i6_a_write_without_an_answer_is_carried_out_once(
    edited: Agency, operation: Operation, after_commit: bool
) -> None:
    disturbed(edited, operation, "drop", after_commit=after_commit)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "kind"),
    list(zip(CREATES, cycle(["html", "server_error", "cut_json"]), strict=False)),
)
def test_i1_a_create_with_an_unusable_answer_is_carried_out_once(
    edited: Agency, operation: Operation, kind: str
) -> None:
    disturbed(edited, operation, kind, after_commit=True)


def test_i1_a_lost_create_is_not_mistaken_for_somebody_elses_project(agency: Agency) -> None:
    """It is equal in everything, but it was there before."""
    company = next(c["id"] for c in agency.awork.companies if c["name"] == "HAFENKONTOR GMBH")
    dates = {"startDate": "2026-06-01T00:00:00Z", "dueDate": "2026-09-30T00:00:00Z"}
    other = agency.aw_project("Website", "Website", companyId=company, **dates)
    activate(agency)
    agency.wait(hours=1)
    with agency.fault("drop", vendor="awork", method="POST", path="/projects$", times=1):
        agency.sync()
    agency.sync()
    (ours,) = agency.links("projects").values()
    assert ours != other and len(agency.awork.projects) == 2


class Killed(BaseException):
    """Nothing catches it, as nothing survives a SIGKILL."""


@pytest.mark.slow
@pytest.mark.parametrize("every", [2, 3, 7])
def test_i6_killed_after_every_few_writes_it_ends_as_undisturbed(
    edited: Agency, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    advance, written, kills = Applier._advance, 0, 0

    def advance_and_die(*arguments: Any) -> None:
        nonlocal written
        written += 1
        if written % every == 0:
            raise Killed
        advance(*arguments)

    monkeypatch.setattr(Applier, "_advance", advance_and_die)
    while True:
        try:
            edited.synced()
            break
        except Killed:
            kills += 1
            SyncRun.objects.filter(status="running").update(lease_until=NOON)
    monkeypatch.undo()
    assert kills
    as_undisturbed(edited)
