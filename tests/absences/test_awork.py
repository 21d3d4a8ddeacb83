"""Which absences of helloHQ are to be in awork, and which of awork's are not (A10). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from absences.awork import needs_hours
from absences.describe import describe
from absences.full_days import FIELDS
from integrations.engine.changes import REMOVALS, Action, Plan
from integrations.engine.stream import (
    Item,
    Listing,
    Which,
    Write,
)
from integrations.vendors.hellohq.records import Absence as HqRecord
from integrations.vendors.hellohq.records import User, WorkingHours

from .awork_case import (
    ALONE,
    ANNA,
    BEN,
    CANONICAL,
    NINE_TO_SIX,
    SETTING,
    START,
    Case,
    aw,
    company,
    hq,
    link,
    mark,
    ours,
)


def only(absence: HqRecord, **case: Any) -> Item:
    """The item of a single absence."""
    (item,) = Case([absence], **case).left().items.values()
    return item


def reason(item: Item) -> str:
    return item.trouble.code if item.trouble else ""


def test_a10_an_approved_full_day_absence_in_canonical_words() -> None:
    item = only(hq())
    assert (item.fields, reason(item), item.withdrawn) == (CANONICAL, "", False)
    assert set(CANONICAL) == set(FIELDS)
    assert item.label == "Anna Berg, 2026-07-06 – 2026-07-10"


def test_a10_the_description_is_the_kind_in_the_language_of_the_workspace() -> None:
    english = only(hq(kind="SickLeave"), setting=replace(SETTING, german=False)).fields
    german = only(hq(kind="SickLeave")).fields
    assert english and german
    assert (english["description"], german["description"]) == ("Sickness", "Krankheit")


def test_a10_awork_says_the_same_in_the_same_words() -> None:
    (item,) = Case(awork=[ours()]).right().items.values()
    assert item.fields == CANONICAL


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_approved": False}, "not_approved"),
        ({"kind": "RemoteWork"}, "kind_not_synced"),
        ({"kind": "Outage"}, "kind_not_synced"),
        ({"half_first": True}, "not_full_day"),
        ({"half_last": True}, "not_full_day"),
    ],
)
def test_a10_what_must_not_be_in_awork_is_reported_and_withdrawn(
    changes: dict[str, Any], code: str
) -> None:
    for links in ((), [link()]):
        item = only(hq(**changes), links=links)
        assert (item.fields, reason(item), item.withdrawn) == (None, code, True)


def test_a10_personal_reasons_are_not_synced_even_for_whole_days() -> None:
    absence = company("2026-07-06T00:00:00Z", "2026-07-10T22:00:00Z", kind="PrivateAbsence")
    assert reason(only(absence)) == "kind_not_synced"


def test_a10_one_that_begins_before_the_start_date_is_reported_and_its_copy_stays() -> None:
    early = hq(first=date(2026, 5, 31))
    assert reason(only(early)) == "starts_before_sync_start"
    plan = Case([early], [ours()], [link()]).plan()
    assert plan.changes == []
    assert [f.trouble.code for f in plan.findings] == ["starts_before_sync_start"]
    assert reason(only(hq(first=START))) == ""


def test_a10_what_ended_years_before_the_start_date_is_not_even_reported() -> None:
    old = hq(first=date(2020, 1, 6), last=date(2020, 1, 7))
    assert Case([old]).left().items == {}
    assert reason(only(old, links=[link()])) == "starts_before_sync_start"


def test_a10_people_unknown_to_awork_get_no_row_per_absence() -> None:
    plan = Case([hq(user_id=ALONE)]).plan()
    assert (plan.changes, plan.findings) == ([], [])


def test_g4_a_linked_absence_stays_while_its_person_has_no_partner() -> None:
    plan = Case([hq(user_id=ALONE)], [ours(user_id="aw-x")], [link()]).plan()
    assert plan.changes == []
    assert [f.trouble.code for f in plan.findings] == ["no_match"]


def test_g4_records_of_an_inactive_person_stay_as_they_are() -> None:
    """helloHQ lists neither the user nor the absence any more."""
    ben = User(BEN, "ben@x", "Ben Toll", None)
    for awork in ([ours(first=date(2026, 7, 7))], []):
        plan = Case([], awork, [link()], users=[ben]).plan()
        assert plan.changes == []
        assert [f.trouble.code for f in plan.findings] == ["inactive_person"]


def test_g4_somebody_who_has_left_counts_as_inactive_while_still_listed() -> None:
    gone = User(ANNA, "anna@x", "Anna Berg", date(2026, 6, 16))
    item = only(hq(is_approved=False), users=[gone], links=[link()])
    assert (reason(item), item.withdrawn) == ("inactive_person", False)
    assert reason(only(hq(), users=[gone])) == "inactive_person"


# Absences by the hour


def known(*hours: WorkingHours) -> dict[str, Listing]:
    return {ANNA: Listing(list(hours), True)}


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z", ("2026-07-06", "2026-07-06")),
        ("2026-07-05T22:00:00Z", "2026-07-10T22:00:00Z", ("2026-07-06", "2026-07-10")),
        ("2026-07-04T08:00:00Z", "2026-07-06T16:00:00Z", ("2026-07-04", "2026-07-06")),
        ("2026-07-06T07:01:00Z", "2026-07-06T16:00:00Z", None),
        ("2026-07-06T07:00:00Z", "2026-07-07T15:59:00Z", None),
        ("2026-07-06T17:00:00Z", "2026-07-07T16:00:00Z", None),
        ("2026-07-04T07:00:00Z", "2026-07-04T16:00:00Z", None),
    ],
    ids=["to the minute", "midnights", "from Saturday", "late", "short", "eve", "Saturday"],
)
def test_a10_corporate_reasons_count_when_they_span_whole_working_days(
    start: str, end: str, days: tuple[str, str] | None
) -> None:
    """In Berlin's summer, 9 to 18 is 7 to 16 UTC."""
    item = only(company(start, end), hours=known(*NINE_TO_SIX))
    if days is None:
        assert (reason(item), item.withdrawn) == ("not_full_day", True)
    else:
        assert item.fields and (item.fields["first"], item.fields["last"]) == days


def test_a10_without_known_hours_a_working_day_is_nine_to_five_from_monday_to_friday() -> None:
    whole = company("2026-07-06T07:00:00Z", "2026-07-06T15:00:00Z")
    assert reason(only(whole, hours=known())) == ""
    sunday = company("2026-07-05T07:00:00Z", "2026-07-05T15:00:00Z")
    assert reason(only(sunday, hours=known())) == "not_full_day"


def test_a10_hours_are_read_for_those_only_whose_absences_need_them() -> None:
    day = ("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z")
    absences = [
        company(*day, id="1"),
        company(*day, id="2"),
        company(*day, id="3", user_id=BEN, is_approved=False),
        company("2026-05-04T07:00:00Z", "2026-05-04T16:00:00Z", id="4", user_id=BEN),
        company(*day, id="5", user_id=ALONE),
        hq("6", user_id=BEN),
        company(*day, id="7", user_id=BEN, kind="PrivateAbsence"),
    ]
    case = Case(absences)
    assert needs_hours(case.reads, case.world, SETTING) == [ANNA]


def test_a10_an_entered_one_is_judged_again_only_when_it_was_edited() -> None:
    absence = company("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z")
    agreed = link(left_version=only(absence, hours=known(*NINE_TO_SIX)).version)
    case = Case([absence], links=[agreed])
    assert needs_hours(case.reads, case.world, SETTING) == []
    assert case.left().items["1"].fields is not None
    edited = Case([replace(absence, ends_at="2026-07-06T12:00:00Z")], links=[agreed])
    assert needs_hours(edited.reads, edited.world, SETTING) == [ANNA]
    edited.hours = known(*NINE_TO_SIX)
    assert edited.left().items["1"].withdrawn


def test_a10_hours_that_could_not_be_read_prove_nothing() -> None:
    absence = company("2026-07-06T07:00:00Z", "2026-07-06T12:00:00Z")
    for hours in ({}, {ANNA: Listing([], False)}):
        left = Case([absence], hours=hours).left()
        assert (left.items, left.unreadable) == ({}, {"1"})
        plan = Case([absence], [ours()], [link()], hours).plan()
        assert [c for c in plan.changes if c.action in REMOVALS] == []


# Adoption and removal of what helloHQ does not know


def pairs(plan: Plan) -> set[tuple[str | None, str | None]]:
    adopted = [change for change in plan.changes if change.action is Action.ADOPT]
    return {(change.left_id, change.right_id) for change in adopted}


def test_a10_an_equal_one_is_adopted_and_then_gets_our_mark_and_description() -> None:
    plan = Case([hq()], [aw(description="weg")]).plan()
    assert pairs(plan) == {("1", "a1")}
    (update,) = (change for change in plan.changes if change.action is Action.UPDATE)
    assert update.after == {"description": "Urlaub", "provider": mark("1")}


def test_a10_several_equal_ones_are_paired_off() -> None:
    plan = Case([hq("1"), hq("2")], [aw("a1"), aw("a2"), aw("a3")]).plan()
    assert {pair for pair in pairs(plan) if pair[0]} == {("1", "a1"), ("2", "a2")}


@pytest.mark.parametrize(
    "changes",
    [
        {"half_last": True},
        {"last": date(2026, 7, 9)},
        {"user_id": f"aw-{BEN}"},
        {"external_provider": "personio"},
        {"external_provider": "hq-sync:isarwerk:1"},
    ],
)
def test_a10_what_differs_or_belongs_to_another_provider_is_not_adopted(
    changes: dict[str, Any],
) -> None:
    plan = Case([hq()], [aw(**changes)]).plan()
    assert ("1", "a1") not in pairs(plan)
    assert [change.left_id for change in plan.changes if change.action is Action.CREATE] == ["1"]


def test_a10_one_of_ours_that_lost_its_link_is_adopted_by_its_mark_before_any_equal_one() -> None:
    moved = ours(id="z", first=date(2026, 7, 7), half_last=True)
    case = Case([hq()], [aw("a1"), moved], keep=True)
    assert pairs(case.plan()) == {("1", "z")}
    (update,) = (change for change in case.plan().changes if change.action is Action.UPDATE)
    assert update.after == {"first": "2026-07-06", "half_last": False}


def test_a10_what_hellohq_does_not_account_for_is_foreign() -> None:
    case = Case([hq("1")], [ours("1"), aw("a2", user_id=f"aw-{BEN}"), ours("99", id="a3")])
    assert case.foreign() == {"a2", "a3"}


@pytest.mark.parametrize(
    "changes",
    [
        {"external_provider": "personio"},
        {"external_provider": "hq-sync:isarwerk:1"},
        {"half_first": True},
        {"first": date(2026, 5, 31)},
        {"user_id": "aw-x"},
    ],
)
def test_a10_tolerated_absences_of_awork(changes: dict[str, Any]) -> None:
    assert Case(awork=[aw(**changes)]).foreign() == set()


def test_a10_keep_awork_absences_spares_what_people_entered() -> None:
    awork = [aw("a1"), ours("99", id="a2")]
    assert Case(awork=awork).foreign() == {"a1", "a2"}
    assert Case(awork=awork, keep=True).foreign() == {"a2"}


def test_g4_absences_of_inactive_people_are_tolerated() -> None:
    ben = User(BEN, "ben@x", "Ben Toll", None)
    assert Case(awork=[aw("a1"), ours("99", id="a2")], users=[ben]).foreign() == set()


def test_a10_a_copy_is_stray_when_its_source_is_withdrawn_or_has_another_copy() -> None:
    assert Case([hq(is_approved=False)], [ours()]).foreign() == {"a1"}
    assert Case([hq()], [ours(), ours(id="a2")], [link()]).foreign() == {"a2"}
    assert Case([hq(first=date(2026, 5, 31))], [ours()]).foreign() == set()


def test_a10_nothing_is_foreign_for_want_of_knowledge() -> None:
    awork = [aw("a1"), ours("5", id="a2"), ours("99", id="a3")]
    assert Case(awork=awork, malformed=["5"]).foreign() == {"a3"}
    unjudged = company("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z", id="5")
    assert Case([unjudged], awork).foreign() == {"a3"}
    assert Case(awork=awork, complete=False).plan().changes == []


def test_a10_an_absence_that_hellohq_replaced_keeps_its_copy() -> None:
    """Personio's sync deletes and creates: the new absence has a new id."""
    plan = Case([hq("2", kind="SickLeave")], [ours("1")], [link()]).plan()
    assert pairs(plan) == {("2", "a1")}
    (update,) = (change for change in plan.changes if change.action is Action.UPDATE)
    assert update.after == {"description": "Krankheit", "provider": mark("2")}
    assert not [change for change in plan.changes if change.action in (*REMOVALS, Action.CREATE)]


# What cannot be read


def test_g8_an_unreadable_absence_is_reported_and_its_copy_stays() -> None:
    plan = Case([], [ours()], [link()], malformed=["1"]).plan()
    assert plan.changes == []
    assert [f.trouble.code for f in plan.findings] == ["malformed_record"]


def test_g8_absences_of_an_unreadable_user_prove_nothing() -> None:
    case = Case([], [ours()], [link()], malformed=[ANNA], users=[])
    assert case.left().unreadable == {"1"}
    assert case.plan().changes == []


def test_g9_an_incomplete_read_allows_no_plan() -> None:
    assert not Case([hq()], complete=False).left().usable


# History


def test_g7_fields_are_told_in_the_words_of_people() -> None:
    with override("en"):
        told = describe(CANONICAL)
    assert told == {
        "helloHQ user": ANNA,
        "first day": "July 6, 2026",
        "last day": "July 10, 2026",
        "first day from noon": "no",
        "last day until noon": "no",
        "description": "Urlaub",
        "provider": mark("1"),
    }


def test_privacy_no_label_or_detail_tells_the_kind() -> None:
    for kind in ("SickLeave", "RemoteWork"):
        item = only(hq(kind=kind))
        told = item.label + str(item.trouble.detail if item.trouble else "")
        assert kind not in told and "Krank" not in told


def test_a10_only_awork_is_written() -> None:
    with pytest.raises(NotImplementedError):
        Case().stream.left.recipe(Write("delete", "1", {}, {}, frozenset()))
    assert not Case().stream.right.confirm_gone("a1", "")
    assert not Case().stream.flow.writes(Which.LEFT)
