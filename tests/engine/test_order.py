"""I10: parents first, removals last and children first."""

from __future__ import annotations

from typing import Any

from integrations.engine.changes import Action, Change
from integrations.engine.order import positions
from integrations.engine.references import ref
from integrations.engine.stream import Which
from tests.engine.pure import stream

TREE = stream(refs=frozenset({"parent"}), parent="parent")


def change(action: Action, number: int, parent: int | None = None) -> Change:
    fields: dict[str, Any] = {"parent": ref("s", Which.LEFT, f"l{parent}") if parent else None}
    where = {"before": fields} if action is Action.DELETE else {"want": fields}
    return Change("s", action, Which.RIGHT, f"l{number}", f"r{number}", **where)


def order(*changes: Change, number: int = 0, last: int = 0, of: Any = TREE) -> list[str | None]:
    found = zip(positions(of, number, last, changes), changes, strict=True)
    return [one.left_id for _position, one in sorted(found, key=lambda pair: pair[0])]


def test_parents_are_created_first() -> None:
    changes = [change(Action.CREATE, *at) for at in ((3, 2), (2, 1), (1,))]
    assert order(*changes) == ["l1", "l2", "l3"]


def test_children_are_deleted_first() -> None:
    changes = [change(Action.DELETE, *at) for at in ((1,), (2, 1), (3, 2))]
    assert order(*changes) == ["l3", "l2", "l1"]


def test_removals_come_after_everything_else_unless_they_free_what_is_needed() -> None:
    delete, create = change(Action.DELETE, 1), change(Action.CREATE, 2)
    assert order(delete, create) == ["l2", "l1"]
    assert order(delete, create, of=stream(removal_first=True)) == ["l1", "l2"]


def test_streams_run_in_order_and_remove_in_reverse() -> None:
    delete, create = change(Action.DELETE, 1), change(Action.CREATE, 2)
    first, second = (positions(TREE, number, 1, [delete, create]) for number in (0, 1))
    assert first[1] < second[1] < second[0] < first[0]


def test_a_circle_is_ordered_somehow() -> None:
    create = Action.CREATE
    assert len(order(change(create, 1, 2), change(create, 2, 1))) == 2


def test_siblings_may_run_side_by_side() -> None:
    create = Action.CREATE
    found = positions(TREE, 0, 0, [change(create, 1), change(create, 2, 1), change(create, 3, 1)])
    assert found[1] == found[2] > found[0]
