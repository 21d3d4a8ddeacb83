"""G4: people are matched by address, the active first, and never guessed."""

from __future__ import annotations

from integrations.engine.match import plan_match
from integrations.engine.stream import Flow, Item, Snapshot
from tests.engine.pure import codes, link, snapshot, stream

PEOPLE = stream(Flow.MATCH, rules=())


def one(id: str, key: str, rank: int = 0) -> Item:
    return Item(id, {}, key=key, rank=rank)


def matched(left: Snapshot, right: Snapshot, *links: str) -> list[tuple[str | None, ...]]:
    known = [link(n, left_id=pair[:2], right_id=pair[2:]) for n, pair in enumerate(links, 1)]
    found = plan_match(PEOPLE, left, right, known)
    return [(c.action.value, c.left_id, c.right_id) for c in found.changes]


def test_a_unique_address_is_linked() -> None:
    assert matched(snapshot(one("l1", "a")), snapshot(one("r1", "a"), one("r2", "b"))) == [
        ("adopt", "l1", "r1")
    ]


def test_nobody_and_several_are_reported() -> None:
    left = snapshot(one("l1", "x"), one("l2", "a"), one("l3", ""))
    found = plan_match(PEOPLE, left, snapshot(one("r1", "a"), one("r2", "a")), [])
    ours = ["no_match", "ambiguous_match", "no_match"]
    theirs = ["ambiguous_match", "ambiguous_match"]
    assert (found.changes, codes(found)) == ([], [*ours, *theirs])


def test_two_of_us_for_one_of_them_are_ambiguous() -> None:
    left = snapshot(one("l1", "a"), one("l2", "a"))
    found = plan_match(PEOPLE, left, snapshot(one("r1", "a")), [])
    assert (found.changes, codes(found)) == ([], ["ambiguous_match"] * 3)


def test_active_people_match_first() -> None:
    right = snapshot(one("r1", "a", rank=1), one("r2", "a"))
    assert matched(snapshot(one("l1", "a")), right) == [("adopt", "l1", "r2")]


def test_a_later_change_of_address_breaks_no_link() -> None:
    """I11."""
    assert matched(snapshot(one("l1", "new")), snapshot(one("r1", "old")), "l1r1") == []


def test_a_reused_address_goes_to_the_active_one() -> None:
    right = snapshot(one("r1", "a", rank=1), one("r2", "a"))
    assert matched(snapshot(one("l1", "a")), right, "l1r1") == [
        ("unlink", "l1", "r1"), ("adopt", "l1", "r2"),
    ]  # fmt: skip


def test_an_incomplete_read_links_nobody() -> None:
    """G4: a second candidate might be on the page that is missing."""
    right = snapshot(one("r1", "a"), complete=False)
    assert matched(snapshot(one("l1", "a")), right) == []
