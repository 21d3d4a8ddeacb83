"""The random editor and the laws themselves, on the emulators alone."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from integrations.models import Integration, RunEntry, SyncRun, Workspace
from sandbox.awork import tasks as api
from tests.projects.edits import WEIGHTS, Editor
from tests.projects.laws import AW, HQ, Facts, Round, edits, facts, lost_edits, lost_values
from tests.projects.rounds import sprinkle
from tests.projects.systems import ANNA, BEN, Systems
from tests.projects.test_oracle import equal

__all__ = ["equal"]  # fixture


def by_name(systems: Systems) -> Mapping[str, str]:
    """Who belongs to whom in `equal`, where names are unique."""
    state, rows = systems.awork, systems.hq.tables["ProjectTasks"]
    ids = {row["name"]: row["id"] for row in (*state.tasks, *state.lists)}
    return {str(row["Id"]): ids[row["Name"]] for row in rows if row["Name"] in ids}


def editor(systems: Systems, seed: int) -> Editor:
    pairs = by_name(systems)
    return Editor(systems, Random(seed), lambda: pairs)


def test_an_editor_does_a_bit_of_everything(equal: Systems) -> None:
    player = editor(equal, 7)
    sprinkle(equal, Random(7))
    player.play(400)
    kinds = [line.split()[1].rstrip(":") for line in player.log]
    assert len(kinds) == 400 and set(kinds) == set(WEIGHTS)


def test_every_kind_of_edit_changes_something(equal: Systems) -> None:
    for kind in ("field", "both", "new", "delete", "container", "level"):
        before = facts(equal)
        editor(equal, 3).play(3, without=[other for other in WEIGHTS if other != kind])
        after = facts(equal)
        assert edits(before, after) or before.keys() != after.keys(), kind


@pytest.fixture
def integration(db: None) -> Integration:
    workspace = Workspace.objects.create(slug="nordlicht", name="Nordlicht")
    return Integration.objects.create(workspace=workspace, kind="hellohq-awork")


def played(
    systems: Systems, integration: Integration, base: Facts, edited: Facts, run: SyncRun
) -> Round:
    pairs = by_name(systems)
    return Round(systems, integration, base, edited, facts(systems), pairs, run.pk)


def test_i2_an_overwritten_value_must_be_told(equal: Systems, integration: Integration) -> None:
    task, base = equal.aw_named("Startseite"), facts(equal)
    equal.aw_edit(task, last="2026-06-30")
    edited, run = facts(equal), SyncRun.objects.create(integration=integration)
    api.put_task(equal.awork, equal.awork.key.user, task, {"name": "Startseite"})
    round = played(equal, integration, base, edited, run)
    assert [line for line in lost_values(round) if "2026-06-30" in line]
    assert [line for line in lost_edits(round) if "last" in line]
    before = {"end": "2026-06-30", "start": "2026-06-15", "target": 28_800}
    RunEntry.objects.create(
        run=run, stream="tasks", action="update", state="done", right_id=task, before=before
    )
    assert [line for line in lost_values(round) if "last" in line or "target" in line] == []


def test_i2_a_removed_record_must_be_told(equal: Systems, integration: Integration) -> None:
    base = facts(equal)
    run = SyncRun.objects.create(integration=integration)
    task = equal.hq_named("Moodboard")
    equal.hq_delete(task)
    assert len(list(lost_values(played(equal, integration, base, base, run)))) == 1
    RunEntry.objects.create(
        run=run, stream="tasks", action="delete", state="done", left_id=str(task)
    )
    assert list(lost_values(played(equal, integration, base, base, run))) == []


def test_a13_of_two_edits_of_one_field_one_may_lose(
    equal: Systems, integration: Integration
) -> None:
    base, run = facts(equal), SyncRun.objects.create(integration=integration)
    equal.hq_edit(equal.hq_named("Startseite"), hours=9.0)
    equal.aw_edit(equal.aw_named("Startseite"), hours=10)
    edited = facts(equal)
    equal.hq_edit(equal.hq_named("Startseite"), hours=10.0)
    assert list(lost_edits(played(equal, integration, base, edited, run))) == []
    equal.aw_edit(equal.aw_named("Screens"), last="2026-08-01")
    edited = facts(equal)
    equal.aw_edit(equal.aw_named("Screens"), last="2026-07-10")
    assert len(list(lost_edits(played(equal, integration, base, edited, run)))) == 1


@pytest.mark.parametrize(("given", "lost"), [({"hours": 10}, 1), ({}, 0)])
def test_a15_an_edited_record_may_not_go_but_to_become_a_parent_is_no_edit(
    equal: Systems, integration: Integration, given: dict[str, int], lost: int
) -> None:
    base, run = facts(equal), SyncRun.objects.create(integration=integration)
    task, other = equal.aw_named("Moodboard"), equal.aw_named("Unterseiten")
    equal.aw_edit(task, **given)
    if not given:
        equal.aw_edit(other, under=task)
    edited = facts(equal)
    assert edits(base, edited)[AW, task].keys() == {"target"}
    equal.aw_edit(other, under=None)
    equal.aw_delete(task)
    round = played(equal, integration, base, edited, run)
    assert len([line for line in lost_edits(round) if "and gone" in line]) == lost


def test_a13_of_moves_that_make_a_circle_one_may_lose(
    equal: Systems, integration: Integration
) -> None:
    base, run = facts(equal), SyncRun.objects.create(integration=integration)
    upper, lower = "Screens", "Moodboard"
    equal.hq_edit(equal.hq_named(upper), under=equal.hq_named(lower))
    once = facts(equal)
    equal.aw_edit(equal.aw_named(lower), under=equal.aw_named(upper))
    edited = facts(equal)
    equal.hq_edit(equal.hq_named(upper), under=equal.hq_named("Design"))
    assert list(lost_edits(played(equal, integration, base, edited, run))) == []
    assert len(list(lost_edits(played(equal, integration, base, once, run)))) == 1


def test_a4_members_and_hours_are_edits_of_their_own(equal: Systems) -> None:
    base = facts(equal)
    equal.hq_edit(equal.hq_named("Startseite"), people={BEN: 3.0})
    changed = edits(base, facts(equal))[HQ, str(equal.hq_named("Startseite"))]
    assert changed == {f"person:{equal.user(ANNA)}": "gone", f"person:{equal.user(BEN)}": 180}
    assert (AW, equal.aw_named("Startseite")) not in edits(base, facts(equal))
