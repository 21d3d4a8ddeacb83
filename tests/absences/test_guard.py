"""The deletion guard on absences, and `release`: G9."""

from __future__ import annotations

import pytest

from integrations.models import Link, PendingDeletion, SyncRun
from integrations.services import decide_deletions
from tests.absences.conftest import Agency

PLENTY = [f"2026-{month:02}-{day:02}" for month in (7, 8, 9) for day in range(1, 29)]


def enter(agency: Agency, number: int) -> list[str]:
    """So many absences of one day each, entered in helloHQ."""
    made = [agency.absence(day) for day in PLENTY[:number]]
    agency.synced()
    return made


@pytest.mark.parametrize(
    ("entered", "allowed"),
    [(8, 5), (49, 5), (60, 6), (79, 8)],
)
def test_g9_as_many_as_allowed_pass_and_one_more_is_held(
    agency: Agency, entered: int, allowed: int
) -> None:
    """max(5, 10 %) of what is linked; one more than `entered` is, by the absence that stays."""
    made = enter(agency, entered)
    agency.delete(*made[: allowed + 1])
    held = agency.synced(exit=3)
    assert held.counts == {"held": allowed + 1} and held.answer["status"] == "held"
    assert len(agency.hq_rows()) == entered + 1 and agency.pending() == allowed + 1


@pytest.mark.parametrize(("entered", "allowed"), [(8, 5), (49, 5), (60, 6), (79, 8)])
def test_g9_exactly_the_allowance_is_deleted(agency: Agency, entered: int, allowed: int) -> None:
    made = enter(agency, entered)
    agency.delete(*made[:allowed])
    assert agency.synced().counts == {"deleted": allowed}


def test_g9_the_threshold_counts_the_last_24_hours(agency: Agency) -> None:
    made = enter(agency, 20)
    agency.delete(*made[:3])
    assert agency.synced().counts == {"deleted": 3}
    agency.wait(hours=23)
    agency.delete(*made[3:6])
    assert agency.synced(exit=3).counts == {"held": 3}
    assert len(agency.hq_rows()) == 18


def test_g9_after_24_hours_the_count_begins_anew(agency: Agency) -> None:
    made = enter(agency, 20)
    agency.delete(*made[:3])
    agency.synced()
    agency.wait(hours=25)
    agency.delete(*made[3:6])
    assert agency.synced().counts == {"deleted": 3}


def test_g9_an_update_is_no_deletion(agency: Agency) -> None:
    made = enter(agency, 12)
    for id in made:
        agency.edit(id, half_end=True)
    assert agency.synced().counts == {"updated": 12}


def test_g9_withdrawn_absences_count_as_deletions(agency: Agency) -> None:
    for id in enter(agency, 6):
        agency.edit(id, status="PENDING")
    result = agency.synced(exit=3)
    assert result.counts["held"] == 6 and len(agency.hq_rows()) == 7


@pytest.fixture
def held(agency: Agency) -> tuple[list[str], int]:
    """Eight of 16 absences are deleted in Personio; the run that held them back."""
    made = enter(agency, 16)
    agency.delete(*made[:8])
    new, edited = agency.absence("2026-10-01"), made[15]
    agency.edit(edited, half_end=True)
    result = agency.synced(exit=3)
    assert result.counts == {"created": 1, "updated": 1, "held": 8}
    assert agency.hq_row(new)[2] == "2026-10-01"
    return made, result.run


def test_g9_a_held_run_does_the_rest_and_later_runs_go_on(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    newer = agency.absence("2026-10-02")
    result = agency.synced(exit=3)
    assert result.counts == {"created": 1, "held": 8}
    assert agency.hq_row(newer)[2] == "2026-10-02"
    assert agency.synced(exit=3).counts == {"held": 8} and agency.entries() == []


def test_g9_a_held_deletion_shows_in_history_once(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    rows = [entry for entry in agency.entries(held[1]) if entry.state == "held"]
    assert len(rows) == 8 and {row.action for row in rows} == {"delete"}


def test_g9_released_they_are_deleted(agency: Agency, held: tuple[list[str], int]) -> None:
    result = agency.release(held[1])
    assert result.exit == 0 and result.counts == {"deleted": 8}
    assert len(agency.hq_rows()) == 10 and agency.pending() == 0
    assert agency.synced().counts == {}


def test_g9_an_approved_mass_deletion_does_not_use_up_the_allowance(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.release(held[1])
    agency.delete(held[0][8])
    assert agency.synced().counts == {"deleted": 1}


def test_g9_one_that_reappeared_meanwhile_is_not_deleted(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    """An absence of the same id is back, for instance because a permission was restored."""
    row = agency.hq_rows()
    agency.personio.absences.update(_backup(agency, held[0][0]))
    result = agency.release(held[1])
    assert result.exit == 0 and result.counts == {"deleted": 7}
    assert next(one for one in row if one[2] == PLENTY[0]) in agency.hq_rows()
    assert agency.pending() == 0


def _backup(agency: Agency, id: str) -> dict:
    """An absence of the given id, as it was entered."""
    again = agency.absence(PLENTY[0])
    absence = next(a for a in agency.personio.absences.values() if str(a.id) == again)
    del agency.personio.absences[absence.id_v2]
    absence.id, absence.id_v2 = int(id), _alias(id)
    return {absence.id_v2: absence}


def _alias(id: str) -> str:
    return Link.objects.get(left_id=id, stream="absences").left_alias


def test_g9_one_that_reappears_in_a_later_run_leaves_the_list(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.personio.absences.update(_backup(agency, held[0][0]))
    assert agency.synced(exit=3).counts["held"] == 7
    assert agency.pending() == 7


def test_g9_rejected_they_stay_for_good(agency: Agency, held: tuple[list[str], int]) -> None:
    before = agency.hq_rows()
    result = agency.release(held[1], "--reject")
    assert result.exit == 0 and agency.hq_rows() == before
    assert agency.synced().counts == {} and agency.pending() == 0
    assert agency.hq_rows() == before


def test_g9_a_rejection_is_forgotten_when_the_record_changes(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.release(held[1], "--reject")
    links = agency.links()
    agency.hq_edit(links[held[0][0]], Type="SickLeave")
    result = agency.synced()
    assert result.counts == {"deleted": 1} and len(agency.hq_rows()) == 17


def test_g9_a_person_may_decide_some_of_them(agency: Agency, held: tuple[list[str], int]) -> None:
    run = SyncRun.objects.get(pk=held[1])
    rows = list(PendingDeletion.objects.order_by("id").values_list("id", flat=True))
    decide_deletions(run, approve=False, user=None, only=rows[:3])
    result = agency.release(held[1])
    assert result.exit == 0 and result.counts == {"deleted": 5}
    assert len(agency.hq_rows()) == 13


def test_g9_a_release_decides_only_what_was_pending_then(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.delete(*held[0][8:14])
    later = agency.synced(exit=3)
    assert agency.pending() == 14
    result = agency.release(held[1])
    assert result.exit == 3 and result.counts == {"deleted": 8, "held": 6}
    assert agency.release(later.run).exit == 0
    assert agency.pending() == 0


def test_g9_released_twice_nothing_more_happens(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.release(held[1])
    with agency.watched() as seen:
        again = agency.release(held[1])
    assert again.exit == 0 and seen == []


def test_g9_a_release_that_cannot_read_completely_deletes_nothing(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    before = agency.hq_rows()
    with agency.fault("server_error", vendor="personio", path="time-offs"):
        result = agency.release(held[1])
    assert result.exit == 4 and agency.hq_rows() == before
    assert agency.synced().counts == {"deleted": 8}, "approved: the next run does it"
    assert len(agency.hq_rows()) == 10


def test_g9_a_release_of_an_unknown_run_is_a_usage_error(agency: Agency) -> None:
    result = agency.release(4711)
    assert result.exit == 2 and result.answer["error"]["code"] == "unknown_run"


@pytest.mark.parametrize("number", [1, 3])
def test_g9_an_empty_list_deletes_nothing_however_few_there_were(
    empty_agency: Agency, number: int
) -> None:
    agency = empty_agency
    agency.activate()
    made = enter(agency, number)
    agency.delete(*made)
    assert agency.synced(exit=3).counts == {"held": number}
    assert len(agency.hq_rows()) == number


@pytest.mark.parametrize("path", ["time-offs", "absence-periods"])
def test_g9_one_of_two_lists_that_is_suddenly_empty(agency: Agency, path: str) -> None:
    """Day-based and hour-based absences are two lists; few links make no mass."""
    hourly = [agency.absence(day, type="Arzttermin", minute=540, minutes=60) for day in PLENTY[:8]]
    daily = enter(agency, 8)
    with agency.fault("empty_list", vendor="personio", path=path):
        result = agency.synced(exit=3)
    gone = hourly if path == "absence-periods" else [*daily, "stays"]
    assert result.counts == {"held": len(gone)}
    assert agency.synced().counts == {} and agency.pending() == 0


def test_g9_the_threshold_is_configurable(agency: Agency) -> None:
    made = enter(agency, 12)
    agency.activate(guard={"count": 10, "percent": 0})
    agency.delete(*made[:10])
    assert agency.synced().counts == {"deleted": 10}
    agency.activate(guard={"count": 0, "percent": 0})
    agency.delete(made[10])
    assert agency.synced(exit=3).counts == {"held": 1}


def test_g9_the_first_run_of_an_agency_without_absences_is_no_hold(empty_agency: Agency) -> None:
    empty_agency.activate()
    assert empty_agency.synced().counts == {}


def test_g9_an_emptied_hellohq_is_not_filled_again_but_reported(agency: Agency) -> None:
    """A token that sees nothing any more looks like this."""
    enter(agency, 12)
    copies = [str(row["Id"]) for row in agency.hq.absences]
    for id in copies:
        agency.hq_delete(id)
    result = agency.synced(exit=4)
    assert result.error == "empty_read" and agency.hq_rows() == []


def test_g9_held_and_failed_records_exit_3_and_an_incomplete_read_4(
    agency: Agency, held: tuple[list[str], int]
) -> None:
    agency.absence("2026-11-02")
    with agency.fault("server_error", vendor="hellohq", method="POST", status=400):
        result = agency.synced(exit=3)
    assert result.counts == {"failed": 1, "held": 8}
    with agency.fault("server_error", vendor="personio", path="absence-periods"):
        assert agency.synced(exit=4).answer["status"] == "failed"
