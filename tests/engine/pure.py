"""Small words for tests of the pure planner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from integrations.engine.changes import Circumstances, Plan
from integrations.engine.plan import plan_stream
from integrations.engine.stream import Flow, Item, LinkState, Rule, Snapshot, Stream, Which, Winner

RULES = (
    Rule("own", owner=Which.LEFT),
    Rule("new", winner=Winner.NEWEST),
    Rule("ask", winner=Winner.ASK),
    Rule("l", winner=Winner.LEFT),
    Rule("r", winner=Winner.RIGHT),
)
BASE = {"own": 0, "new": 0, "ask": 0, "l": 0, "r": 0}
NOBODY: Any = None


def stream(flow: Flow = Flow.BOTH, **fields: Any) -> Stream:
    return Stream("s", NOBODY, NOBODY, fields.pop("rules", RULES), flow, **fields)


def item(id: str, *, item: dict[str, Any] | None = None, **fields: Any) -> Item:
    """A record that equals BASE but for `fields`; `item` sets what is no field."""
    return Item(id=id, fields={**BASE, **fields}, **(item or {}))


def snapshot(*items: Item, complete: bool = True, **fields: Any) -> Snapshot:
    return Snapshot({one.id: one for one in items}, complete, **fields)


def link(number: int = 1, **fields: Any) -> LinkState:
    values = {"left_id": f"l{number}", "right_id": f"r{number}", "base": BASE, **fields}
    return LinkState(number, **values)


def plan(
    left: Snapshot | Sequence[Item],
    right: Snapshot | Sequence[Item],
    links: Sequence[LinkState] = (),
    *,
    circumstances: Circumstances | None = None,
    of: Stream | None = None,
) -> Plan:
    sides = [one if isinstance(one, Snapshot) else snapshot(*one) for one in (left, right)]
    return plan_stream(of or stream(), *sides, links, circumstances or Circumstances())


def told(found: Plan) -> list[tuple[str, str, Any]]:
    """Changes as (action, side, after)."""
    return [(c.action.value, c.side.value, dict(c.after)) for c in found.changes]


def codes(found: Plan) -> list[str]:
    return [finding.trouble.code for finding in found.findings]
