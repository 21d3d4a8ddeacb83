"""The three-way decision over single fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.stream import BLANK, Fields, Rule, Which, Winner

MISSING = object()


@dataclass(frozen=True, slots=True)
class Clash:
    """A field edited on both sides, or edited on the side that does not own it; `crossed`: edited
    on one side, where it does not fit what the other side edited elsewhere."""

    name: str
    base: Any
    left: Any
    right: Any
    kept: Which | None
    crossed: bool = False


@dataclass
class Verdict:
    """Fields to write on each side, fields both agree on, and what somebody lost or must decide.

    A clash with `kept` None is parked: neither side is written.
    """

    to_left: dict[str, Any] = field(default_factory=dict)
    to_right: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)

    def merged(self, name: str) -> Any:
        """What both sides will have; None while that is open."""
        found = (fields.get(name) for fields in (self.to_left, self.to_right, self.agreed))
        return next((value for value in found if value is not None), None)

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
        alone = rule.witness or (rule.lapses and (rule.name in left) != (rule.name in right))
        if alone:
            said = {**left, **right}
            verdict.agreed |= {rule.name: said[rule.name]} if rule.name in said else {}
            continue
        blank = BLANK if rule.prefix else MISSING
        for name in names(rule, base, left, right):
            ours, theirs = left.get(name, blank), right.get(name, blank)
            if ours is not MISSING and theirs is not MISSING:
                before = base.get(name, blank)
                _decide_field(rule, name, before, ours, theirs, newer, resolutions, verdict)
    for rule in rules:
        if rule.until and _crosses(rule, verdict):
            _uncross(rule, left, right, newer, resolutions, verdict)
    return verdict


def _crosses(rule: Rule, verdict: Verdict) -> bool:
    """Whether two edits that do not fit together would be merged: one would end before it
    begins, which both sides refuse."""
    first, last = verdict.merged(rule.name), verdict.merged(rule.until)
    return bool(first and last) and first > last


def _uncross(
    rule: Rule,
    left: Fields,
    right: Fields,
    newer: Which | None,
    resolutions: Mapping[str, Which],
    verdict: Verdict,
) -> None:
    """Both fields as one side has them, as if each had been edited on both."""
    changed, resolution = {Which.LEFT: True, Which.RIGHT: True}, resolutions.get(rule.name)
    kept = _keeper(rule, changed, newer, resolution, None)
    pair = (rule.name, rule.until)
    verdict.clashes = [clash for clash in verdict.clashes if clash.name not in pair]
    for name in pair:
        verdict.to_left.pop(name, None)
        verdict.to_right.pop(name, None)
        if left[name] != right[name]:
            verdict.clashes.append(Clash(name, None, left[name], right[name], kept, crossed=True))
            if kept is not None:
                verdict.give(kept.other, name, left[name] if kept is Which.LEFT else right[name])


def names(rule: Rule, *records: Fields) -> list[str]:
    """The fields of these records that a rule speaks of: its own, or the members of its set."""
    if not rule.prefix:
        return [rule.name]
    return sorted({name for record in records for name in record if rule.covers(name)})


def _decide_field(
    rule: Rule,
    name: str,
    base: Any,
    ours: Any,
    theirs: Any,
    newer: Which | None,
    resolutions: Mapping[str, Which],
    verdict: Verdict,
) -> None:
    if ours == theirs:
        verdict.agreed[name] = ours
        return
    changed = {Which.LEFT: ours != base, Which.RIGHT: theirs != base}
    kept = _keeper(rule, changed, newer, resolutions.get(name), _present(rule, ours, theirs))
    foreign_edit = rule.owner is not None and changed[rule.owner.other]
    owned_afresh = base is MISSING and rule.owner is not None
    said = not owned_afresh or _says(theirs if kept is Which.LEFT else ours)
    if said and (all(changed.values()) or foreign_edit):
        shown = None if base is MISSING else base
        verdict.clashes.append(Clash(name, shown, ours, theirs, kept))
    if kept is not None:
        verdict.give(kept.other, name, ours if kept is Which.LEFT else theirs)


def _says(value: Any) -> bool:
    """Nothing is lost with an empty value that was never agreed upon."""
    return value not in (None, "", 0, False, [])


def _present(rule: Rule, ours: Any, theirs: Any) -> Which | None:
    """The only side that has this member of a set."""
    if not rule.prefix or BLANK not in (ours, theirs):
        return None
    return Which.RIGHT if ours == BLANK else Which.LEFT


def _keeper(
    rule: Rule,
    changed: Mapping[Which, bool],
    newer: Which | None,
    resolution: Which | None,
    present: Which | None,
) -> Which | None:
    """The side whose value stays; None parks the field."""
    if rule.owner is not None:
        return rule.owner
    if not changed[Which.RIGHT]:
        return Which.LEFT
    if not changed[Which.LEFT]:
        return Which.RIGHT
    if resolution is not None or present is not None:
        return resolution or present
    if rule.winner is Winner.ASK:
        return None
    if rule.winner is Winner.NEWEST:
        return newer or Which.LEFT
    return Which(rule.winner.value)
