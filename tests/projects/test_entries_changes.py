"""Pairing, changes on either side, the billable flag, partial reads (A7, A8, A16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from integrations.engine.stream import Which
from projects.words import (
    AW_ENTRIES_CHANGED,
    AW_ENTRY,
    HQ_REPORTING,
    HQ_REPORTINGS,
    HQ_REPORTINGS_OF,
)
from tests.projects.entry_support import (
    ACCEPTING,
    ASKING,
    Known,
    awork_side,
    changes,
    codes,
    entry,
    hq_side,
    linked,
    listing,
    plan,
    read,
    reporting,
    world,
)

BRIEF = Known(whole=frozenset())
NO_TASK = {"task_id": ""}
PRIVATE = {"task_id": "", "project_id": ""}


# -- nothing is billed twice ---------------------------------------------------------------------


def test_a7_an_equal_reporting_is_paired_off_before_anything_is_created() -> None:
    found = plan(read([entry()], [reporting(created_by="2")]))
    assert [(c.action, c.left_id, c.right_id) for c in found.changes] == [("adopt", "660", "e1")]


def test_a7_several_equal_ones_are_paired_one_by_one() -> None:
    three = [entry(id) for id in ("e1", "e2", "e3")]
    found = plan(read(three, [reporting("660"), reporting("661")]))
    assert [(c.action, c.left_id, c.right_id) for c in found.changes] == [
        ("adopt", "660", "e1"), ("adopt", "661", "e2"), ("create", None, "e3"),
    ]  # fmt: skip


def test_a7_a_reporting_that_differs_in_its_note_is_paired_and_gets_aworks() -> None:
    found = plan(read([entry()], [reporting(note="von Hand")]))
    assert changes(found)[1:] == [("update", "660", {"note": "Layout"})]
    assert changes(found)[0][:2] == ("adopt", "660")


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": "4712"},
        {"project_id": "209"},
        {"task_id": "502"},
        {"task_id": ""},
        {"start_on": "2026-03-03T08:01:00Z"},
        {"seconds": 5399},
    ],
    ids=str,
)
def test_a7_a_reporting_that_differs_otherwise_is_another_one(other: dict[str, object]) -> None:
    found = plan(read([entry()], [reporting(**other)]))
    assert [change[0] for change in changes(found)] == ["create"]


def test_a7_a_reporting_that_belongs_to_another_entry_is_not_paired() -> None:
    found = plan(read([entry(), entry("e2")], [reporting()]), [linked(entry())])
    assert [(c.action, c.right_id) for c in found.changes] == [("create", "e2")]


def test_a7_an_entry_without_task_is_paired_with_a_reporting_on_administration() -> None:
    found = plan(read([entry(**NO_TASK)], [reporting(task_id="590")]))
    assert [change[0] for change in changes(found)] == ["adopt"]


def test_a7_fractions_of_a_second_make_no_difference() -> None:
    found = plan(read([entry()], [reporting(start_on="2026-03-03T08:00:00.25Z")]))
    assert [change[0] for change in changes(found)] == ["adopt"]


def test_a7_reportings_that_could_not_all_be_read_hold_back_new_ones() -> None:
    reads = {**read([entry()]), HQ_REPORTINGS: listing(complete=False)}
    assert plan(reads).changes == []


def test_a7_a_brief_run_creates_only_where_it_read_the_projects_reportings() -> None:
    reads = read([entry(), entry("e2", project_id="p2", task_id="t2")])
    del reads[HQ_REPORTINGS]
    assert awork_side(BRIEF).projects_of_new(reads, world()) == {"208", "209"}
    reads[HQ_REPORTINGS_OF + "208"] = listing(reporting())
    found = plan(reads, known=BRIEF)
    assert [(c.action, c.right_id) for c in found.changes] == [("adopt", "e1")]


def test_a7_reportings_are_asked_for_only_where_an_entry_is_new() -> None:
    old = entry(day=date(2026, 2, 1))
    reads = read([entry(), replace(old, id="e2"), entry("e3", **PRIVATE)])
    assert awork_side(BRIEF).projects_of_new(reads, world(linked(entry()))) == frozenset()


# -- changes on either side ----------------------------------------------------------------------


def test_a7_an_edit_in_awork_is_written() -> None:
    one = entry()
    edited = replace(one, seconds=7200, note="Text", user_id="u2", version="101")
    found = plan(read([edited], [reporting()]), [linked(one)])
    assert changes(found) == [("update", "660", {"user": "4712", "seconds": 7200, "note": "Text"})]


def test_a7_an_entry_deleted_in_awork_takes_its_reporting_along() -> None:
    found = plan(read([], [reporting()]), [linked(entry())])
    assert [(c.action, c.left_id, c.reason) for c in found.changes] == [("delete", "660", "")]


def test_a7_an_entry_that_could_not_be_looked_for_stays() -> None:
    reads = {**read([], [reporting()]), "awork time entries": listing(complete=False)}
    assert plan(reads, [linked(entry())]).changes == []


def test_a7_a_reporting_changed_in_hellohq_stays_so() -> None:
    one = entry()
    found = plan(read([one], [reporting(seconds=3600)]), [linked(one)])
    assert (codes(found), found.changes) == (["changed_in_hq"], [])


def test_a7_a_reporting_changed_in_hellohq_is_overwritten_by_the_next_edit_in_awork() -> None:
    one = entry()
    edited = replace(one, note="Text", version="101")
    found = plan(read([edited], [reporting(seconds=3600)]), [linked(one)])
    assert changes(found) == [("update", "660", {"seconds": 5400, "note": "Text"})]


def test_a7_a_reporting_deleted_in_hellohq_stays_so() -> None:
    one = entry()
    found = plan(read([one]), [linked(one)])
    assert (codes(found), found.changes) == (["changed_in_hq"], [])


def test_a7_a_reporting_deleted_in_hellohq_comes_back_with_the_next_edit_in_awork() -> None:
    one = entry()
    found = plan(read([replace(one, note="Text", version="101")]), [linked(one)])
    assert [change[0] for change in changes(found)] == ["create"]


def test_a7_a_replacement_that_broke_off_is_completed() -> None:
    """DELETE was carried out, neither POST nor its restoration was."""
    one = entry()
    found = plan(read([one]), [replace(linked(one), left_id=None)])
    assert [change[:2] for change in changes(found)] == [("update", None)]


def test_i12_what_is_only_in_hellohq_stays_there() -> None:
    found = plan(read([], [reporting()]))
    assert (found.changes, found.findings) == ([], [])


# -- A8 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("billable", [True, False])
def test_a8_the_billable_flag_is_sent_with_a_new_reporting(billable: bool) -> None:
    ((action, _id, fields),) = changes(plan(read([entry(is_billable=billable)]), of=ASKING))
    assert (action, fields["approved"]) == ("create", billable)


def test_a8_an_acceptance_in_hellohq_is_neither_undone_nor_reported() -> None:
    one = entry(is_billable=False)
    reads = read([one], [reporting(is_approved=True)])
    found = plan(reads, [linked(one, approved=False)], of=ASKING)
    assert (found.changes, found.findings) == ([], [])


def test_a8_an_acceptance_outlives_other_edits() -> None:
    one = entry(is_billable=False)
    reads = read([replace(one, note="Text", version="101")], [reporting(is_approved=True)])
    found = plan(reads, [linked(one, approved=False)], of=ASKING)
    assert changes(found) == [("update", "660", {"note": "Text"})]


def test_a8_the_flag_is_written_again_when_it_changed_in_awork() -> None:
    one = entry(is_billable=False)
    reads = read([replace(one, is_billable=True, version="101")], [reporting(is_approved=False)])
    found = plan(reads, [linked(one, approved=False)], of=ASKING)
    assert changes(found) == [("update", "660", {"approved": True})]


def test_a8_pairing_undoes_no_acceptance() -> None:
    reads = read([entry(is_billable=False)], [reporting(is_approved=True)])
    found = plan(reads, of=ASKING)
    assert [change[0] for change in changes(found)] == ["adopt"]
    assert found.changes[0].agreed["approved"] is False  # what awork said, to notice its edits


@pytest.mark.parametrize("flag", [True, False])
def test_a8_where_hellohq_accepts_by_itself_the_flag_does_not_follow(flag: bool) -> None:
    one = entry()
    reads = read([replace(one, is_billable=flag, version="101")], [reporting(is_approved=not flag)])
    found = plan(reads, [linked(one)], of=ACCEPTING)
    assert (found.changes, found.findings) == ([], [])


# -- partial reads -------------------------------------------------------------------------------


def test_a16_a_window_proves_only_what_lies_inside() -> None:
    inside, outside = entry("e1"), entry("e2", starts_at="2026-03-02T08:00:00Z")
    links = [linked(inside, "660"), replace(linked(outside, "661"), id=10)]
    reads = read([], [reporting("660"), reporting("661", start_on=str(outside.starts_at))])
    partly = Known(whole=frozenset({Which.LEFT}))
    found = plan(reads, links, known=partly, window=date(2026, 3, 3))
    assert [(c.action, c.right_id) for c in found.changes] == [("delete", "e1")]


def test_a16_an_entry_moved_out_of_the_window_is_found_among_the_changes() -> None:
    one = entry()
    moved = replace(one, starts_at="2026-03-02T08:00:00Z", day=date(2026, 3, 2), version="101")
    reads = {**read([], [reporting()]), AW_ENTRIES_CHANGED: listing(moved)}
    partly = Known(whole=frozenset({Which.LEFT}))
    found = plan(reads, [linked(one)], known=partly, window=date(2026, 3, 3))
    assert changes(found) == [("update", "660", {"start": "2026-03-02T08:00:00Z"})]


def test_a16_a_brief_run_takes_up_changes_and_concludes_nothing_else() -> None:
    first, second = entry("e1"), entry("e2")
    links = [linked(first, "660"), replace(linked(second, "661"), id=10)]
    reads = {AW_ENTRIES_CHANGED: listing(replace(first, note="Text", version="101"))}
    found = plan(reads, links, known=BRIEF)
    assert changes(found) == [("update", "660", {"note": "Text"})]
    assert found.findings == []


def test_a16_the_later_state_of_an_entry_counts_wherever_it_was_read() -> None:
    old, new = entry(), entry(note="Text", version="101")
    for reads in (
        {**read([old], [reporting()]), AW_ENTRY + "e1": listing(new)},
        {**read([new], [reporting()]), AW_ENTRIES_CHANGED: listing(old)},
    ):
        found = plan(reads, [linked(old)])
        assert changes(found) == [("update", "660", {"note": "Text"})]


def test_a16_an_entry_that_awork_does_not_find_any_more_is_gone() -> None:
    reads = {AW_ENTRY + "e1": listing(), HQ_REPORTINGS: listing()}
    found = plan(reads, [linked(entry())], known=BRIEF)
    assert [(c.action, c.left_id) for c in found.changes] == [("delete", "660")]


def test_a16_a_reporting_that_hellohq_does_not_find_any_more_is_gone() -> None:
    one = entry()
    reads = {AW_ENTRIES_CHANGED: listing(one), HQ_REPORTING + "660": listing()}
    assert codes(plan(reads, [linked(one)], known=BRIEF)) == ["changed_in_hq"]
    reads[HQ_REPORTING + "660"] = listing(complete=False)
    assert codes(plan(reads, [linked(one)], known=BRIEF)) == []


def test_a16_reportings_that_were_not_read_are_not_missed() -> None:
    snapshot = hq_side(BRIEF).snapshot({}, world(linked(entry())))
    assert (snapshot.complete, snapshot.partial) == (True, True)
    assert snapshot.unreadable == {"660"}


def test_i6_a_reporting_of_somebody_elses_is_not_taken_for_an_unknown_create() -> None:
    reads = read([], [reporting("1", created_by="1"), reporting("2", created_by="2")])
    items = hq_side().snapshot(reads, world()).items
    assert {id: item.by_us for id, item in items.items()} == {"1": True, "2": False}
