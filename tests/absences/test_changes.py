"""What happens to an entered absence afterwards, on either side: P7, P8, P9."""

from __future__ import annotations

import pytest

from integrations.models import Link
from tests.absences.conftest import BEN, CARL, HR_ONLY, STAYS, Agency, user_of

VACATION = (4701, "Vacation", "2026-07-06", "2026-07-11")


@pytest.fixture
def made(agency: Agency) -> str:
    """A week of holiday, entered."""
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.synced()
    assert agency.hq_row(made) == VACATION
    return made


# -- P7 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "copy"),
    [
        ({"first": "2026-07-07"}, (4701, "Vacation", "2026-07-07", "2026-07-11")),
        ({"last": "2026-07-08"}, (4701, "Vacation", "2026-07-06", "2026-07-09")),
        ({"half_end": True}, (4701, "Vacation", "2026-07-06", "2026-07-10T12")),
        ({"half_start": True}, (4701, "Vacation", "2026-07-06T12", "2026-07-11")),
        ({"employee_id": BEN}, (4702, "Vacation", "2026-07-06", "2026-07-11")),
        ({"type": "Krankheit"}, (4701, "SickLeave", "2026-07-06", "2026-07-11")),
        (
            {"first": "2026-12-28", "last": "2027-01-05"},
            (4701, "Vacation", "2026-12-28", "2027-01-06"),
        ),
    ],
)
def test_p7_an_edit_is_adjusted(agency: Agency, made: str, edit: dict, copy: tuple) -> None:
    if "type" in edit:
        edit = {"type_id": agency.type_id(edit["type"])}
    agency.edit(made, **edit)
    result = agency.synced()
    assert result.counts == {"updated": 1}
    assert agency.hq_row(made) == copy and len(agency.hq_rows()) == 2
    [entry] = agency.entries()
    assert entry.action == "update" and entry.before and entry.after
    assert entry.before != entry.after
    assert agency.synced().counts == {}


def test_p7_history_shows_before_and_after_of_an_edit(agency: Agency, made: str) -> None:
    agency.edit(made, last="2026-07-08")
    agency.synced()
    [entry] = agency.entries()
    assert entry.before == {"last": "2026-07-10"} and entry.after == {"last": "2026-07-08"}


def test_p7_deleted_in_personio_it_is_deleted(agency: Agency, made: str) -> None:
    agency.delete(made)
    result = agency.synced()
    assert result.counts == {"deleted": 1} and agency.hq_rows() == [STAYS]
    assert agency.synced().counts == {}


@pytest.mark.parametrize("status", ["PENDING", "SUBSTITUTE_REQUESTED", "REJECTED", "CANCELLED"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p7_no_longer_approved_it_is_withdrawn_and_comes_back_with_the_approval(
    empty_agency: Agency, status: str, version: str
) -> None:
    agency = empty_agency
    agency.absence("2026-12-01", who=CARL)
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.activate(connections={"personio": {"api_version": version}})
    agency.synced()
    agency.edit(made, status=status)
    result = agency.synced()
    assert result.counts == {"deleted": 1, "skipped": 1}
    assert result.reasons == {"not_approved": 1}
    assert agency.hq_rows() == [STAYS]
    assert agency.synced().counts == {"skipped": 1} and agency.entries() == []
    agency.edit(made, status="APPROVED")
    assert agency.synced().counts == {"created": 1}
    assert agency.hq_row(made) == VACATION and agency.problems() == {}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p7_while_its_deletion_is_only_asked_for_it_stays_and_new_ones_come(
    empty_agency: Agency, version: str
) -> None:
    agency = empty_agency
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.activate(connections={"personio": {"api_version": version}})
    agency.synced()
    agency.edit(made, status="DELETION_PENDING")
    new = agency.absence("2026-08-03", status="DELETION_PENDING")
    agency.synced()
    assert agency.hq_row(made) == VACATION
    assert agency.hq_row(new) == (4701, "Vacation", "2026-08-03", "2026-08-04")


@pytest.mark.parametrize("status", ["PENDING", "IN_CLARIFICATION", "SUBSTITUTE_REQUESTED"])
def test_p7_only_approved_absences_are_written(agency: Agency, status: str) -> None:
    made = agency.absence("2026-07-06", status=status)
    result = agency.synced()
    assert result.reasons == {"not_approved": 1} and agency.hq_rows() == [STAYS]
    agency.edit(made, status="APPROVED")
    agency.synced()
    assert agency.hq_row(made)[2] == "2026-07-06"


def test_p7_a_status_that_nobody_knows_leaves_the_copy_and_is_reported(
    agency: Agency, made: str
) -> None:
    agency.edit(made, status="IN_CLARIFICATION")
    result = agency.synced()
    assert agency.hq_row(made) == VACATION
    assert result.counts == {"skipped": 1} and result.reasons == {"not_approved": 1}


def test_p7_moved_to_somebody_unknown_to_hellohq_the_copy_stays_and_is_reported(
    agency: Agency, made: str
) -> None:
    agency.edit(made, employee_id=HR_ONLY)
    agency.synced()
    assert agency.hq_row(made) == VACATION and agency.problems() == {made: ["no_match"]}


def test_p7_deleted_and_entered_anew_with_the_same_days_hellohq_ends_with_one(
    agency: Agency, made: str
) -> None:
    agency.delete(made)
    again = agency.absence("2026-07-06", "2026-07-10")
    agency.synced()
    agency.synced()
    assert agency.hq_row(again) == VACATION and agency.hq_rows() == [VACATION, STAYS]


# -- P8 ----------------------------------------------------------------------------------------


def test_p8_absences_of_hellohq_that_are_not_ours_are_never_touched(agency: Agency) -> None:
    agency.hq_add("2026-07-01", "2026-07-03")
    agency.hq_add("2026-07-06", "2026-07-07", type="RemoteWork")
    agency.hq_add("2026-07-06", "2026-07-07", who=BEN)
    foreign = {row["Id"]: row for row in agency.hq.absences}
    gone = agency.absence("2026-07-06")
    agency.synced("--full")
    agency.delete(gone)
    agency.synced("--full")
    assert {id: agency.hq.absences.get(id) for id in foreign} == foreign


def test_p8_an_equal_absence_is_adopted_and_not_written_again(agency: Agency) -> None:
    known = agency.hq_add("2026-07-06", "2026-07-11")
    made = agency.absence("2026-07-06", "2026-07-10")
    with agency.watched() as seen:
        result = agency.synced()
    assert result.counts == {"adopted": 1, "created": 1}
    assert agency.hq_id(made) == known and len(agency.hq_rows()) == 2
    posts = [request for request in seen if request.unsafe]
    assert [request.path for request in posts] == ["/v1/Users(4703)/Absences"]


@pytest.mark.parametrize(
    ("start", "end", "more"),
    [
        ("2026-07-06", "2026-07-10", {}),
        ("2026-07-06T12:00:00", "2026-07-11", {}),
        ("2026-07-06", "2026-07-11", {"type": "SpecialLeave"}),
        ("2026-07-06", "2026-07-11", {"who": BEN}),
    ],
)
def test_p8_one_that_differs_in_person_kind_or_days_is_not_adopted(
    agency: Agency, start: str, end: str, more: dict
) -> None:
    agency.hq_add(start, end, **more)
    agency.absence("2026-07-06", "2026-07-10")
    assert agency.synced().counts == {"created": 2}


def test_p8_equal_ones_are_paired_off_one_by_one(agency: Agency) -> None:
    for _time in range(3):
        agency.hq_add("2026-07-06", "2026-07-11")
    for _time in range(2):
        agency.absence("2026-07-06", "2026-07-10")
    result = agency.synced()
    assert result.counts == {"adopted": 2, "created": 1}
    assert agency.hq_rows().count(VACATION) == 3


def test_p8_an_adopted_absence_counts_as_ours(agency: Agency) -> None:
    agency.hq_add("2026-07-06", "2026-07-11")
    made = agency.absence("2026-07-06", "2026-07-10")
    agency.synced()
    agency.edit(made, last="2026-07-08")
    agency.synced()
    assert agency.hq_row(made)[3] == "2026-07-09" and len(agency.hq_rows()) == 2
    agency.delete(made)
    agency.synced()
    assert agency.hq_rows() == [STAYS]


def test_p8_p9_the_note_is_written_at_creation_and_never_compared(agency: Agency) -> None:
    made = agency.absence("2026-07-06", "2026-07-10")
    adopted = agency.absence("2026-08-03")
    note = agency.hq_add("2026-08-03", "2026-08-04")
    agency.synced()
    notes = {str(row["Id"]): row["Note"] for row in agency.hq.absences}
    assert notes[agency.hq_id(made)] == "Urlaub" and notes[note] == "Hand"
    agency.hq_edit(agency.hq_id(made), Note="von Hand")
    assert agency.synced("--full").counts == {}
    assert agency.hq_id(adopted) == note


# -- P9 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        {"End": "2026-07-20T00:00:00"},
        {"Start": "2026-07-06T12:00:00"},
        {"Type": "SickLeave"},
    ],
)
def test_p9_a_copy_that_was_edited_by_hand_is_restored_and_reported(
    agency: Agency, made: str, edit: dict
) -> None:
    agency.hq_edit(agency.hq_id(made), **edit)
    result = agency.synced("--full")
    assert result.counts == {"updated": 1}
    assert agency.hq_row(made) == VACATION and len(agency.hq_rows()) == 2
    assert agency.history() == [("update", "drift_restored")]
    assert agency.synced("--full").counts == {}


def test_p9_a_copy_that_was_deleted_by_hand_is_made_again_and_reported(
    agency: Agency, made: str
) -> None:
    agency.hq_delete(agency.hq_id(made))
    agency.synced("--full")
    assert agency.hq_row(made) == VACATION
    assert agency.history() == [("create", "target_missing")]
    assert agency.synced("--full").counts == {}


def test_p9_what_is_restored_is_what_was_agreed_and_not_a_new_translation(
    agency: Agency, made: str
) -> None:
    other = agency.absence("2026-08-03")
    agency.synced()
    agency.map(Vacation="", SpecialLeave="Urlaub")
    agency.hq_delete(agency.hq_id(made))
    agency.hq_edit(agency.hq_id(other), Type="SickLeave")
    agency.synced("--full")
    assert agency.hq_row(made) == VACATION
    assert agency.hq_row(other) == (4701, "Vacation", "2026-08-03", "2026-08-04")


def test_p9_what_was_agreed_is_restored_although_the_type_is_unmapped_by_now(
    agency: Agency, made: str
) -> None:
    agency.map(Vacation="")
    agency.hq_delete(agency.hq_id(made))
    agency.synced("--full")
    assert agency.hq_row(made) == VACATION


def test_p9_a_copy_that_was_moved_by_hand_to_what_personio_then_says_needs_no_write(
    agency: Agency, made: str
) -> None:
    agency.hq_edit(agency.hq_id(made), End="2026-07-09T00:00:00")
    agency.edit(made, last="2026-07-08")
    with agency.watched() as seen:
        agency.synced()
    assert not [request for request in seen if request.unsafe]
    assert agency.hq_row(made)[3] == "2026-07-09" and agency.synced("--full").counts == {}


def test_p9_a_copy_edited_by_hand_and_in_personio_becomes_what_personio_says(
    agency: Agency, made: str
) -> None:
    agency.hq_edit(agency.hq_id(made), End="2026-07-20T00:00:00")
    agency.edit(made, last="2026-07-08")
    agency.synced()
    assert agency.hq_row(made) == (4701, "Vacation", "2026-07-06", "2026-07-09")
    [entry] = agency.entries()
    assert entry.before["last"] == "2026-07-19" and entry.after["last"] == "2026-07-08"


def test_p9_a_copy_moved_by_hand_to_another_person_comes_back(agency: Agency, made: str) -> None:
    """helloHQ cannot do that in one step: it is a deletion and a new, foreign absence."""
    agency.hq_delete(agency.hq_id(made))
    agency.hq_add("2026-07-06", "2026-07-11", who=BEN)
    agency.synced("--full")
    assert agency.hq_row(made) == VACATION
    assert (user_of(BEN), *VACATION[1:]) in agency.hq_rows()


def test_p9_deleted_on_both_sides_nothing_is_left_and_nothing_is_written(
    agency: Agency, made: str
) -> None:
    agency.hq_delete(agency.hq_id(made))
    agency.delete(made)
    with agency.watched() as seen:
        agency.synced("--full")
    assert not [request for request in seen if request.unsafe]
    assert agency.hq_rows() == [STAYS]
    assert Link.objects.filter(stream="absences").count() == 1


def test_p9_p10_an_hour_based_copy_edited_by_hand_is_restored(agency: Agency) -> None:
    made = agency.absence("2026-07-06", type="Arzttermin", minute=540, minutes=120)
    agency.synced()
    before = agency.hq_row(made)
    agency.hq_edit(agency.hq_id(made), End="2026-07-06T16:00:00Z")
    agency.synced("--full")
    assert agency.hq_row(made) == before
