"""What people do on both sides between two runs: small cases, each judged by oracle and laws."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.projects.conftest import Agency, writes
from tests.projects.edits import Editor
from tests.projects.laws import pairs_of
from tests.projects.remembered import first_sync
from tests.projects.rounds import FREE, play
from tests.projects.systems import ANNA, BEN, CARL, DORA

Case = Callable[[Agency], object]


def hq(name: str, /, **given: object) -> Case:
    return lambda a: a.hq_edit(a.hq_named(name), **given)


def aw(name: str, /, **given: object) -> Case:
    return lambda a: a.aw_edit(a.aw_named(name), **given)


def hq_gone(name: str) -> Case:
    return lambda a: a.hq_delete(a.hq_named(name))


def aw_gone(name: str) -> Case:
    return lambda a: a.aw_delete(a.aw_named(name))


def hq_new(name: str, under: str, **given: object) -> Case:
    return lambda a: a.hq_task(
        a.hq_row(a.hq_named(under))["ProjectId"], name, a.hq_named(under), **given
    )


def aw_new(name: str, under: str = "", list: str = "", **given: object) -> Case:
    return lambda a: a.aw_task(
        a.aw_project_named("Website"), name, a.aw_list_named(list) if list else "",
        a.aw_named(under) if under else "", **given,
    )  # fmt: skip


def to_phase(name: str, phase: str) -> Case:
    return lambda a: a.hq_edit(a.hq_named(name), under=a.hq_named(phase))


def to_list(name: str, place: str) -> Case:
    return lambda a: a.aw_edit(a.aw_named(name), list=place and a.aw_list_named(place))


def under_task(name: str, other: str | None) -> Case:
    return lambda a: a.aw_edit(a.aw_named(name), under=other and a.aw_named(other))


CASES: dict[str, list[Case]] = {
    "a15 edited in helloHQ, deleted in awork": [hq("Moodboard", hours=6.0), aw_gone("Moodboard")],
    "a15 edited in awork, deleted in helloHQ": [aw("Moodboard", hours=6), hq_gone("Moodboard")],
    "a15 deleted in helloHQ": [hq_gone("Moodboard")],
    "a15 deleted in awork": [aw_gone("Moodboard")],
    "a15 deleted on both sides": [hq_gone("Moodboard"), aw_gone("Moodboard")],
    "a15 a sub-task edited, its task deleted in awork": [
        hq("Startseite", hours=9.0), aw_gone("Screens"),
    ],
    "a15 a sub-task edited, its task deleted in helloHQ": [
        aw("Startseite", hours=9), hq_gone("Screens"),
    ],
    "a15 a new sub-task, its task deleted in awork": [
        hq_new("Neu", "Screens", hours=1.0), aw_gone("Screens"),
    ],
    "a15 a new sub-task, its task deleted in helloHQ": [
        aw_new("Neu", under="Screens"), hq_gone("Screens"),
    ],
    "a15 a new task, its list deleted in awork": [
        hq_new("Neu", "Design", hours=1.0),
        lambda a: a.aw_delete_list(a.aw_list_named("Design")),
    ],
    "a15 a new task, its phase deleted in helloHQ": [
        aw_new("Neu", list="Design"), hq_gone("Design"),
    ],
    "a15 the task moved in helloHQ, deleted in awork": [
        to_phase("Moodboard", "Launch"), aw_gone("Moodboard"),
    ],
    "a15 the task moved in awork, its phase deleted in helloHQ": [
        to_list("Moodboard", "Launch"), hq_gone("Design"),
    ],
    "a15 moved to a phase that awork deletes": [
        to_phase("Moodboard", "Launch"), lambda a: a.aw_delete_list(a.aw_list_named("Launch")),
    ],
    "a15 moved to a list that helloHQ deletes": [
        to_list("Moodboard", "Launch"), hq_gone("Launch"),
    ],
    "a15 a phase renamed in helloHQ, its list deleted in awork": [
        hq("Launch", name="Los"), lambda a: a.aw_delete_list(a.aw_list_named("Launch")),
    ],
    "a15 a list renamed in awork, its phase deleted in helloHQ": [
        lambda a: a.aw_rename_list(a.aw_list_named("Launch"), "Los"), hq_gone("Launch"),
    ],
    "a2 a list deleted in awork: its tasks stay": [
        lambda a: a.aw_delete_list(a.aw_list_named("Design"))
    ],
    "a2 a phase deleted in helloHQ: its tasks go": [hq_gone("Design")],
    "a2 a task out of all lists": [to_list("Moodboard", "")],
    "a2 a new task in no list": [aw_new("Lose")],
    "a2 a new task in a new list": [
        lambda a: a.aw_list(a.aw_project_named("Website"), "Neu"), aw_new("Da", list="Neu"),
    ],
    "a2 a new task in a new phase": [
        lambda a: a.hq_task(a.hq_row(a.hq_named("Design"))["ProjectId"], "Neu"),
        hq_new("Da", "Neu", hours=2.0),
    ],
    "a2 moved to different places": [to_phase("Moodboard", "Launch"),
                                     to_list("Moodboard", "Konzeption")],
    "a2 a task becomes a sub-task in awork": [under_task("Moodboard", "Screens")],
    "a2 a sub-task becomes a task in awork": [under_task("Startseite", None)],
    "a2 a task becomes a sub-task in helloHQ": [to_phase("Moodboard", "Screens")],
    "a2 a sub-task becomes a task in helloHQ": [to_phase("Startseite", "Launch")],
    "a2 a sub-task moves to another task in helloHQ": [to_phase("Startseite", "Moodboard")],
    "a2 a task with sub-tasks goes below another in helloHQ": [to_phase("Screens", "Moodboard")],
    "a2 a sub-task of a sub-task": [hq_new("Kopf", "Startseite", hours=3.0)],
    "a15 a new sub-task of a sub-task that awork deletes": [
        hq_new("Kopf", "Startseite", hours=3.0), aw_gone("Startseite"),
    ],
    "a2 a sub-task goes below its sibling": [to_phase("Startseite", "Unterseiten")],
    "a2 each below the other": [to_phase("Moodboard", "Screens"),
                                under_task("Abnahme durch den Kunden", "Moodboard")],
    "a3 first and last cross": [hq("Startseite", first="2026-06-19"),
                                aw("Startseite", last="2026-06-16")],
    "a3 one day in awork, other times of day in helloHQ": [
        lambda a: a.hq_edit(a.hq_named("Startseite"), StartOn="2026-06-15T13:00:00Z",
                            EndOn="2026-06-19T08:00:00Z"),
        aw("Startseite", first="2026-06-17", last="2026-06-17"),
    ],
    "a3 the same day on both sides": [hq("Startseite", last="2026-06-30"),
                                      aw("Startseite", last="2026-07-01")],
    "a3 different fields": [hq("Startseite", name="Home"), aw("Startseite", hours=5)],
    "a3 a text on both sides": [hq("Startseite", text="Eins"),
                                aw("Startseite", html="<p>Zwei</p>")],
    "a3 no dates any more": [hq("Startseite", first=None, last=None)],
    "a3 a new sub-task makes a parent": [aw_new("Neu", under="Moodboard", hours=2),
                                         hq("Moodboard", hours=7.0)],
    "a4 others on both sides": [hq("Startseite", people=[ANNA, BEN]),
                                aw("Startseite", people=[CARL])],
    "a4 nobody any more": [hq("Unterseiten", people={})],
    "a4 by hand in awork": [aw("Startseite", people={ANNA: 3.0})],
    "a4 by hand in helloHQ": [hq("Startseite", people={ANNA: 3.0})],
    "a4 by hand on both sides": [hq("Startseite", people={ANNA: 3.0}),
                                 aw("Startseite", people={ANNA: 4.0})],
    "a4 hours in helloHQ, off in awork": [hq("Unterseiten", people={ANNA: 7.0, BEN: 2.0}),
                                          aw("Unterseiten", people=[DORA])],
    "a4 the target in helloHQ": [hq("Startseite", hours=20.0)],
    "a4 the target in awork": [aw("Startseite", hours=20)],
    "a4 the target of hours by hand": [aw("Unterseiten", hours=20)],
    "a4 a freelancer in awork": [lambda a: a.aw_edit(
        a.aw_named("Startseite"), accounts=[a.account(ANNA), a.freelancer])],
    "a5 types on both sides": [hq("Startseite", type="Konzeption"),
                               aw("Startseite", type="Entwicklung")],
    "a5 a type and a status": [hq("Startseite", type="Konzeption"),
                               aw("Startseite", status="Fertig")],
    "a5 a status and a type": [hq("Startseite", status="Fertig"),
                               aw("Startseite", type="Konzeption")],
    "a5 done and open": [hq("Moodboard", done=False), aw("Moodboard", name="Stimmung")],
    "a5 done in awork": [lambda a: a.aw_close(a.aw_named("Startseite"))],
    "a5 a type that awork lacks": [hq("Startseite", type="Reinzeichnung")],
    "a5 a type that awork lacks, done in awork": [hq("Startseite", type="Reinzeichnung"),
                                                  aw("Startseite", status="Fertig")],
    "a5 a status that helloHQ lacks": [aw("Startseite", status="Blockiert")],
    "a5 without a type": [hq("Startseite", type=None), aw("Startseite", status="Fertig")],
}  # fmt: skip


REVERSED = [name for name, steps in CASES.items() if len(steps) == 2 and "new" not in name]
"""Those whose second edit does not need the first."""


class Script(Editor):
    """Edits as they are listed, a few seconds apart."""

    def __init__(self, agency: Agency, cases: list[Case]) -> None:
        super().__init__(agency, Random(0), lambda: pairs_of(agency.integration))
        self.agency, self.cases = agency, cases

    def play(self, number: int, *, without: object = ()) -> None:
        for case in self.cases:
            case(self.agency)
            self.systems.wait(seconds=3)


@pytest.fixture
def synced(agency: Agency) -> Agency:
    return first_sync(agency, guard=FREE, time_entries_start_date="2026-06-01")


def check(agency: Agency, cases: list[Case]) -> None:
    wrong = play(Script(agency, cases), agency.integration, 0, agency.sync)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("name", CASES)
def test_i3_both_sides_agree_after(synced: Agency, name: str) -> None:
    check(synced, CASES[name])


@pytest.mark.parametrize("name", REVERSED)
def test_i3_in_the_other_order_too(synced: Agency, name: str) -> None:
    check(synced, CASES[name][::-1])


def test_a15_what_is_new_below_a_closed_task_is_reported_once(synced: Agency) -> None:
    task = synced.hq_named("Moodboard")
    synced.aw_time(synced.aw_named("Moodboard"), "2026-06-17T09:00", 60)
    synced.synced()
    synced.aw_delete(synced.aw_named("Moodboard"))
    synced.synced()
    synced.hq_task(synced.hq_row(task)["ProjectId"], "Neu", task, hours=1.0)
    with synced.watched() as seen:
        result = synced.sync()
    assert result.reasons["parent_missing"] == 1
    assert writes(seen) == []
