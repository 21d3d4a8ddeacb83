"""Which absences are synced, and as what: P1, P3, P4, P5."""

from __future__ import annotations

import pytest

from absences.mapping import hq_absence_of
from absences.models import MappedType
from sandbox.personio import edit as personio_edit
from tests.absences.conftest import MAPPING, STAYS, Agency

# -- P1 ----------------------------------------------------------------------------------------


def test_p1_an_absence_is_synced_from_the_start_date_on(agency: Agency) -> None:
    on = agency.absence("2026-01-01", "2026-01-02")
    early = agency.absence("2025-12-31", "2026-01-09")
    result = agency.synced()
    assert agency.hq_row(on) == (4701, "Vacation", "2026-01-01", "2026-01-03")
    assert result.counts == {"created": 2, "skipped": 1}
    assert result.reasons == {"starts_before_sync_start": 1}
    assert agency.problems() == {early: ["starts_before_sync_start"]}


def test_p1_the_days_of_one_that_was_moved_behind_the_start_date_are_entered(
    agency: Agency,
) -> None:
    early = agency.absence("2025-12-31", "2026-01-09")
    agency.synced()
    agency.edit(early, first="2026-01-05")
    agency.synced()
    assert agency.hq_row(early) == (4701, "Vacation", "2026-01-05", "2026-01-10")
    assert agency.problems() == {}


def test_p1_p5_the_copy_of_one_that_was_moved_before_the_start_date_stays_and_is_reported(
    agency: Agency,
) -> None:
    moved = agency.absence("2026-01-05", "2026-01-09")
    agency.synced()
    agency.edit(moved, first="2025-12-29")
    result = agency.synced()
    assert agency.hq_row(moved) == (4701, "Vacation", "2026-01-05", "2026-01-10")
    assert agency.problems() == {moved: ["starts_before_sync_start"]}
    assert result.counts == {"skipped": 1}
    agency.edit(moved, first="2026-01-06")
    agency.synced()
    assert agency.hq_row(moved) == (4701, "Vacation", "2026-01-06", "2026-01-10")
    assert agency.problems() == {}


def test_p1_a_later_start_date_leaves_what_is_entered(agency: Agency) -> None:
    entered = agency.absence("2026-02-02", "2026-02-03")
    agency.synced()
    agency.activate(sync_start_date="2026-03-01")
    assert agency.synced().counts == {}
    assert agency.hq_row(entered) == (4701, "Vacation", "2026-02-02", "2026-02-04")
    agency.delete(entered)
    agency.synced()
    assert agency.hq_rows() == [STAYS]


def test_p1_an_earlier_start_date_brings_in_what_was_before_it(agency: Agency) -> None:
    agency.absence("2025-11-03")
    agency.synced()
    agency.activate(sync_start_date="2025-11-01")
    assert agency.synced().counts == {"created": 1}


# -- P3 ----------------------------------------------------------------------------------------


def test_p3_several_types_of_personio_become_one_absence(agency: Agency) -> None:
    """One of the two names contains a comma, so it is quoted."""
    one = agency.absence("2026-07-06", type="Sonderurlaub")
    other = agency.absence("2026-07-07", type="Umzug, privat")
    agency.synced()
    assert agency.hq_row(one)[1] == agency.hq_row(other)[1] == "SpecialLeave"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_p3_the_type_may_be_renamed_in_personio(empty_agency: Agency, version: str) -> None:
    agency = empty_agency
    agency.absence("2026-07-06")
    agency.activate(connections={"personio": {"api_version": version}})
    agency.synced()
    personio_edit.update_type(
        agency.personio, str(agency.type_id("Urlaub")), {"name": "Jahresurlaub"}
    )
    new = agency.absence("2026-07-13", type="Jahresurlaub")
    result = agency.synced()
    assert result.counts == {"created": 1} and result.reasons == {}
    assert agency.hq_row(new)[1] == "Vacation"


def test_p3_the_ids_of_a_type_are_stored_once_it_was_seen(agency: Agency) -> None:
    agency.synced()
    stored = MappedType.objects.get(name="Urlaub")
    kind = agency.personio.types[agency.type_id("Urlaub")]
    assert (stored.type_id, stored.type_id_v2) == (str(kind.id), kind.id_v2)


def test_p3_a_new_type_that_takes_over_a_mapped_name_is_another_type(agency: Agency) -> None:
    agency.synced()
    personio_edit.update_type(agency.personio, str(agency.type_id("Urlaub")), {"name": "Alt"})
    personio_edit.create_type(agency.personio, {"name": "Urlaub", "category": "other"})
    new = agency.absence("2026-07-13", type="Urlaub")
    agency.synced()
    assert agency.problems() == {new: ["unmapped_type"]}


def test_p3_names_are_compared_trimmed_and_case_folded(empty_agency: Agency) -> None:
    agency = empty_agency
    made = agency.absence("2026-07-06")
    agency.activate(absence_mapping={"Urlaub": "  uRLAUB "})
    agency.synced()
    assert agency.hq_row(made)[1] == "Vacation"


def test_p3_two_types_of_one_name_are_never_guessed(agency: Agency) -> None:
    personio_edit.create_type(agency.personio, {"name": "URLAUB ", "category": "other"})
    made = agency.absence("2026-07-06")
    result = agency.synced()
    assert result.reasons == {"unmapped_type": 2}
    assert made in agency.problems() and agency.hq_rows() == []


@pytest.mark.parametrize("name", [name for name in MAPPING if "," not in MAPPING[name]])
def test_p3_each_of_the_fourteen_absences_can_be_written(agency: Agency, name: str) -> None:
    type_name, kind = MAPPING[name], hq_absence_of(name)
    hourly = {"minute": 540, "minutes": 120} if type_name == "Arzttermin" else {}
    made = agency.absence("2026-07-06", type=type_name, **hourly)
    agency.synced()
    assert kind is not None and agency.hq_row(made)[:2] == (4701, kind.value)


# -- P4 ----------------------------------------------------------------------------------------


def test_p4_an_unmapped_type_is_visible_and_syncs_by_itself_once_it_is_mapped(
    agency: Agency,
) -> None:
    waiting = agency.absence("2026-07-06", type="Sabbatical")
    result = agency.synced()
    assert result.reasons == {"unmapped_type": 1} and agency.hq_rows() == [STAYS]
    row = next(entry for entry in agency.entries() if entry.action == "skip")
    assert row.left_id == waiting and row.detail["type_name"] == "Sabbatical"
    agency.map(VacationUnpaid="Unbezahlter Urlaub, Sabbatical")
    result = agency.synced()
    assert result.counts == {"created": 1}
    assert agency.hq_row(waiting) == (4701, "VacationUnpaid", "2026-07-06", "2026-07-07")
    assert agency.problems() == {}


# -- P5 ----------------------------------------------------------------------------------------


@pytest.fixture
def entered(agency: Agency) -> str:
    """An absence that was entered as Holiday before the mapping changed."""
    made = agency.absence("2026-07-06", "2026-07-07")
    agency.synced()
    agency.map(Vacation="", SpecialLeave="Urlaub, Sonderurlaub")
    return made


def test_p5_a_changed_mapping_leaves_what_is_entered(agency: Agency, entered: str) -> None:
    assert agency.synced().counts == {} and agency.entries() == []
    assert agency.synced("--full").counts == {}
    assert agency.hq_row(entered) == (4701, "Vacation", "2026-07-06", "2026-07-08")


def test_p5_new_absences_follow_the_changed_mapping(agency: Agency, entered: str) -> None:
    new = agency.absence("2026-08-03")
    agency.synced()
    assert agency.hq_row(new)[1] == "SpecialLeave"
    assert agency.hq_row(entered)[1] == "Vacation"


def test_p5_an_edited_absence_is_translated_anew(agency: Agency, entered: str) -> None:
    agency.edit(entered, last="2026-07-08")
    result = agency.synced()
    assert result.counts == {"updated": 1}
    assert agency.hq_row(entered) == (4701, "SpecialLeave", "2026-07-06", "2026-07-09")


def test_p5_a_touched_absence_is_edited_although_only_updated_at_moved(
    agency: Agency, entered: str
) -> None:
    agency.edit(entered, comment="Nachtrag")
    agency.synced()
    assert agency.hq_row(entered) == (4701, "SpecialLeave", "2026-07-06", "2026-07-08")


def test_p5_a_touched_absence_with_an_unchanged_mapping_writes_nothing(agency: Agency) -> None:
    made = agency.absence("2026-07-06")
    agency.synced()
    copy = agency.hq_id(made)
    agency.edit(made, comment="Nachtrag")
    with agency.watched() as seen:
        result = agency.synced()
    assert result.counts == {} and agency.entries() == []
    assert not [request for request in seen if request.unsafe]
    assert agency.hq_id(made) == copy


def test_p5_edited_and_now_unmapped_the_copy_stays_and_is_reported(
    agency: Agency, entered: str
) -> None:
    agency.map(SpecialLeave="Sonderurlaub")
    assert agency.synced().counts == {}, "not edited: nothing to report yet"
    agency.edit(entered, last="2026-07-10")
    result = agency.synced()
    assert agency.hq_row(entered) == (4701, "Vacation", "2026-07-06", "2026-07-08")
    assert agency.problems() == {entered: ["unmapped_type"]}
    assert result.counts == {"skipped": 1}
    agency.map(SickLeave="Urlaub")
    agency.synced()
    assert agency.hq_row(entered) == (4701, "SickLeave", "2026-07-06", "2026-07-11")
    assert agency.problems() == {}


def test_p5_deleted_after_the_mapping_changed_it_is_deleted(agency: Agency, entered: str) -> None:
    agency.delete(entered)
    agency.synced()
    assert agency.hq_rows() == [STAYS]
