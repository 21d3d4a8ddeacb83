"""The oracle itself: it is silent about what is equal, and names every single difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine

from sandbox.projects import CLIENTS
from sandbox.server import Sandbox
from tests.projects.absence_oracle import absence_differences
from tests.projects.conftest import NOON, Agency, fill
from tests.projects.oracle import Answers, differences
from tests.projects.outside import picture, untouched
from tests.projects.plans import words_of
from tests.projects.systems import ANNA, BEN, CARL, DORA, ONLY_HQ, Systems

AUTO = Answers()


@pytest.fixture
def equal(running: Sandbox) -> Iterator[Systems]:
    """`agency`, mirrored in awork by hand; needs no database."""
    with time_machine.travel(NOON, tick=True):
        running.world.reset()
        systems = Systems(running)
        systems.clear_out()
        fill(systems)
        mirror(systems)
        yield systems


def mirror(systems: Systems) -> None:
    client = next(c["id"] for c in systems.awork.companies if c["name"] == CLIENTS[0].upper())
    dates = {"startDate": "2026-06-01T00:00:00Z", "dueDate": "2026-09-30T00:00:00Z"}
    project = systems.aw_project("Website", "Website", companyId=client, **dates)
    (start,) = [row for row in systems.awork.tasks if row["name"] == "Datenschutz prüfen"]
    systems.aw_delete(start["id"])
    design = systems.aw_list(project, "Design")
    screens = systems.aw_task(
        project, "Screens", design, type="Design", status="In Arbeit", first="2026-06-15",
        last="2026-07-10", html="<p>Drei Varianten</p><ul><li>hell</li><li>dunkel</li></ul>",
    )  # fmt: skip
    systems.aw_task(
        project, "Startseite", under=screens, type="Design", hours=8, first="2026-06-15",
        last="2026-06-19", people=[ANNA],
    )  # fmt: skip
    systems.aw_task(
        project, "Unterseiten", under=screens, type="Design", hours=12, first="2026-06-22",
        last="2026-07-10", people={ANNA: 10.0, BEN: 2.0},
    )  # fmt: skip
    systems.aw_task(
        project, "Moodboard", design, type="Konzeption", status="Fertig", hours=4.5, people=[CARL]
    )


def test_equal_systems_have_no_differences(equal: Systems) -> None:
    assert differences(equal, AUTO) == []


def test_the_demo_is_not_equal_before_its_first_sync(demo: Agency) -> None:
    assert any("0 times in awork" in line for line in differences(demo, AUTO))


def hq(name: str, /, **given: object) -> Callable[[Systems], None]:
    return lambda s: s.hq_edit(s.hq_named(name), **given)


def aw(name: str, /, **given: object) -> Callable[[Systems], None]:
    return lambda s: s.aw_edit(s.aw_named(name), **given)


CHANGES: dict[str, Callable[[Systems], None]] = {
    "A3 name": hq("Startseite", name="Startseiten"),
    "A3 start": hq("Startseite", first="2026-06-16"),
    "A3 end": aw("Startseite", last="2026-06-18"),
    "A3 target": aw("Startseite", hours=8.25),
    "A3 text": hq("Screens", text="Zwei Varianten"),
    "A4 person": aw("Startseite", people=[ANNA, DORA]),
    "A4 by hand": lambda s: s.aw_effort(s.aw_named("Startseite"), 3, s.account(ANNA)),
    "A4 hours": hq("Unterseiten", people={ANNA: 9.0, BEN: 3.0}),
    "A5 type": aw("Moodboard", type="Entwicklung"),
    "A5 status": hq("Startseite", status="Abnahme"),
    "A5 done": lambda s: s.aw_close(s.aw_named("Briefing")),
    "A2 list": lambda s: s.aw_edit(s.aw_named("Moodboard"), list=s.aw_list_named("Launch")),
    "A2 no list": aw("Moodboard", list=""),
    "A2 phase": lambda s: s.aw_rename_list(s.aw_list_named("Design"), "Entwurf"),
    "A2 level": aw("Startseite", under=None),
    "A2 new": lambda s: s.hq_task(s.hq_row(s.hq_named("Design"))["ProjectId"], "Neu"),
    "A15 gone": lambda s: s.aw_delete(s.aw_named("Moodboard")),
    "A1 name": lambda s: s.hq_edit_project(_project(s), Name="Webseite"),
    "A1 client": lambda s: s.hq_edit_project(_project(s), client=CLIENTS[1]),
    "A1 end": lambda s: s.hq_edit_project(_project(s), EndDate="2026-10-01"),
    "A7 entry": lambda s: _entry(s),
    "A7 without task": lambda s: _entry(s, whole=False),
}


def _project(systems: Systems) -> int:
    return int(next(iter(systems.hq.tables["Projects"]))["Id"])


def _entry(systems: Systems, *, whole: bool = True) -> None:
    project = systems.aw_project_named("Website")
    task = systems.aw_named("Moodboard") if whole else None
    systems.aw_time(task, "2026-06-17T09:00", 60, project=project, note="Layout")


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_found(equal: Systems, name: str) -> None:
    CHANGES[name](equal)
    assert differences(equal, AUTO), name


def test_a7_a_transferred_entry_is_equal(equal: Systems) -> None:
    _entry(equal)
    equal.hq_reporting(equal.hq_named("Moodboard"), "2026-06-17T09:00", 60, note="Layout")
    assert differences(equal, AUTO) == []


def test_a7_an_entry_without_task_belongs_to_the_administration(equal: Systems) -> None:
    _entry(equal, whole=False)
    phase, task = equal.hq_all("Administration")
    equal.hq_reporting(task, "2026-06-17T09:00", 60, note="Layout")
    assert differences(equal, AUTO) == [] and equal.hq_row(task)["ParentId"] == phase


def test_a2_a_deep_line_is_named_with_its_path(equal: Systems) -> None:
    task = equal.hq_named("Startseite")
    equal.hq_task(_project(equal), "Kopf", task, hours=8.0)
    screens = equal.aw_named("Screens")
    project = equal.aw_project_named("Website")
    equal.aw_task(project, "Startseite / Kopf", under=screens, hours=8)
    assert differences(equal, AUTO) == []


def test_a4_people_of_one_system_only_do_not_count(equal: Systems) -> None:
    task = equal.aw_named("Moodboard")
    equal.aw_edit(task, accounts=[equal.account(CARL), equal.freelancer])
    equal.hq_edit(equal.hq_named("Moodboard"), people=[CARL, ONLY_HQ])
    equal.hq_machine(equal.hq_named("Startseite"))
    assert differences(equal, AUTO) == []


def test_a5_what_the_other_side_does_not_know_is_left_alone(equal: Systems) -> None:
    equal.aw_edit(equal.aw_named("Moodboard"), type="Recherche")
    equal.aw_edit(equal.aw_named("Startseite"), status="Blockiert")
    equal.hq_edit(equal.hq_named("Briefing"), type="Reinzeichnung", status="Offen")
    assert differences(equal, AUTO) == []


OUTSIDE: dict[str, Callable[[Systems], None]] = {
    "tags": aw("Startseite", tags=["wichtig"]),
    "isPrio": aw("Startseite", prio=True),
    "checklist": lambda s: s.aw_checklist(s.aw_named("Startseite"), "Farben"),
    "format": aw(
        "Screens", html="<p><b>Drei</b> Varianten</p><ul><li>hell</li><li>dunkel</li></ul>"
    ),
    "effort": lambda s: s.aw_edit(
        s.aw_named("Moodboard"), accounts=[s.account(CARL), s.freelancer]
    ),
    "timeBudget": lambda s: s.aw_edit_project(s.aw_project_named("Website"), timeBudget=3600),
    "color": lambda s: s.aw_edit_project(s.aw_project_named("Website"), color="red"),
    "ChargeType": hq("Startseite", ChargeType="Fixed"),
    "Remaining": hq("Startseite", Remaining=1.0),
    "Sync": hq("Startseite", Sync=True),
    "SyncId": hq("Startseite", SyncId="JIRA-1"),
    "machine": lambda s: s.hq_machine(s.hq_named("Startseite")) and None,
    "percent": lambda s: s.hq_percent(s.hq_named("Startseite"), BEN) and None,
    "only in HQ": hq("Moodboard", people=[CARL]),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a14_what_is_outside_the_sync_is_watched(equal: Systems, name: str) -> None:
    before = picture(equal)
    assert untouched(before, picture(equal)) == []
    OUTSIDE[name](equal)
    assert untouched(before, picture(equal)), name


def test_a14_a_change_of_a_synced_field_is_none_of_its_business(equal: Systems) -> None:
    before = picture(equal)
    aw("Startseite", name="Anders", last="2026-06-20", hours=9, html="<p>neu</p>")(equal)
    hq("Startseite", name="Anders", last="2026-06-20", hours=9.0, text="neu")(equal)
    assert untouched(before, picture(equal)) == []


def test_a10_absences_are_compared(equal: Systems) -> None:
    start = NOON.date()
    equal.hq_absence("2026-07-06", "2026-07-10")
    equal.hq_absence("2026-07-13", type="RemoteWork")
    assert len(absence_differences(equal, start)) == 1
    equal.aw_absence("2026-07-06", "2026-07-10")
    equal.aw_absence("2026-08-03", externalProvider="personio")
    assert absence_differences(equal, start) == []
    equal.aw_absence("2026-08-10")
    assert len(absence_differences(equal, start)) == 1


def test_words_of_a_description_do_not_depend_on_its_format() -> None:
    html = "<p>Drei <b>Vari</b>anten</p><ul><li>hell &amp; bunt</li></ul>"
    assert words_of(html) == words_of("Drei Varianten\n\n- hell & bunt")


def test_the_agency_can_be_activated(agency: Agency, tmp_path: Path) -> None:
    assert "awork" in agency.document()["connections"]
