"""The three-way decision over single fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.stream import Fields, Rule, Which, Winner

MISSING = object()


@dataclass(frozen=True, slots=True)
class Clash:
    """A field edited on both sides, or edited on the side that does not own it."""

    name: str
    base: Any
    left: Any
    right: Any
    kept: Which | None


@dataclass
class Verdict:
    """Fields to write on each side, fields both agree on, and what somebody lost or must decide.

    A clash with `kept` None is parked: neither side is written.
    """

    to_left: dict[str, Any] = field(default_factory=dict)
    to_right: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)

    def give(self, which: Which, name: str, value: Any) -> None:
        (self.to_left if which is Which.LEFT else self.to_right)[name] = value


def decide(
    base: Fields,
    left: Fields,
    right: Fields,
    rules: Sequence[Rule],
    newer: Which | None,
    resolutions: Mapping[str, Which],
) -> Verdict:
    """Decide every field that both sides deliver; a field missing on one side is left alone.

    `newer` is the side that was edited last, if known. `resolutions` are a person's decisions
    about parked fields.
    """
    verdict = Verdict()
    for rule in rules:
        if rule.name in left and rule.name in right:
            _decide_field(
                rule, base.get(rule.name, MISSING), left, right, newer, resolutions, verdict
            )
    return verdict


def _decide_field(
    rule: Rule,
    base: Any,
    left: Fields,
    right: Fields,
    newer: Which | None,
    resolutions: Mapping[str, Which],
    verdict: Verdict,
) -> None:
    name, ours, theirs = rule.name, left[rule.name], right[rule.name]
    if ours == theirs:
        verdict.agreed[name] = ours
        return
    changed = {Which.LEFT: ours != base, Which.RIGHT: theirs != base}
    kept = _keeper(rule, changed, newer, resolutions.get(name))
    foreign_edit = rule.owner is not None and changed[rule.owner.other]
    if all(changed.values()) or foreign_edit:
        shown = None if base is MISSING else base
        verdict.clashes.append(Clash(name, shown, ours, theirs, kept))
    if kept is not None:
        verdict.give(kept.other, name, ours if kept is Which.LEFT else theirs)


def _keeper(
    rule: Rule, changed: Mapping[Which, bool], newer: Which | None, resolution: Which | None
) -> Which | None:
    """The side whose value stays; None parks the field."""
    if rule.owner is not None:
        return rule.owner
    if not changed[Which.RIGHT]:
        return Which.LEFT
    if not changed[Which.LEFT]:
        return Which.RIGHT
    if resolution is not None:
        return resolution
    if rule.winner is Winner.ASK:
        return None
    if rule.winner is Winner.NEWEST:
        return newer or Which.LEFT
    return Which(rule.winner.value)
