"""An agency after a first run, put back as it was instead of synced anew for every test.

What is kept of it is all that a run leaves behind: both systems, the time, and our rows.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import models

from sandbox.awork.courier import Courier
from sandbox.awork.state import AworkState
from sandbox.world import World
from tests.projects.conftest import Agency

APPS = {"auth", "integrations", "absences", "projects", "directory"}
Rows = dict[type[models.Model], list[Any]]
States = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    states: States
    now: datetime
    rows: Rows


_known: dict[str, Moment] = {}


def remembered(agency: Agency, build: Callable[[Agency], object], about: str = "") -> Agency:
    """The untouched `agency` as `build` leaves it, which is known by its name and `about`."""
    name = f"{build.__module__} {build.__qualname__} {about}"
    if name in _known:
        _put_back(agency, _known[name])
        return agency
    before = {model: {one.pk for one in rows} for model, rows in _rows().items()}
    build(agency)
    rows = {
        model: [one for one in rows if one.pk not in before[model]]
        for model, rows in _rows().items()
    }
    states = _copied(agency.sandbox.world, _states(agency))
    _known[name] = Moment(states, datetime.now(UTC), rows)
    return agency


def first_sync(agency: Agency, **answers: Any) -> Agency:
    """The untouched `agency`, activated with these answers and synced once."""

    def build(agency: Agency) -> None:
        agency.activate(**answers)
        agency.synced()

    return remembered(agency, build, str(sorted(answers.items())))


def _put_back(agency: Agency, moment: Moment) -> None:
    world = agency.sandbox.world
    tenant = world.tenants[agency.tenant]
    with tenant.lock:
        tenant.states = _copied(world, moment.states)
    world.journal.clear()
    agency.clock.move_to(moment.now)
    for model, rows in moment.rows.items():
        model._base_manager.bulk_create([copy.copy(one) for one in rows])


def _states(agency: Agency) -> States:
    return agency.sandbox.world.tenants[agency.tenant].states


def _copied(world: World, states: States) -> States:
    """Everything but the clock, which all share; a courier starts with nothing to deliver."""
    awork = next(state for state in states.values() if isinstance(state, AworkState))
    made = copy.deepcopy(states, {id(world.clock): world.clock, id(awork.courier): None})
    for state in made.values():
        if isinstance(state, AworkState):
            state.courier = Courier(state)
    return made


def _rows() -> Rows:
    """Every row there is, the tables with keys to others last."""
    found = apps.get_models(include_auto_created=True)
    return {m: list(m._base_manager.all()) for m in found if m._meta.app_label in APPS}
