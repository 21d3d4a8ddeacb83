"""Runs as a whole: G5, G6, G7, G10, G12, the commands' exit codes and JSON, and their calls."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.forms import model_to_dict

from absences.models import MappedType
from integrations import services
from integrations.models import Connection, Integration, Link, Membership, Problem, RunEntry
from sandbox.hellohq.state import HqState
from sandbox.personio import edit as personio_edit
from tests.absences.conftest import ANNA, CARL, HR_ONLY, KIND, STAYS, TENANT, Agency, command

# -- the demo agency as a whole ----------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("--full",)])
def test_g7_i4_the_second_run_only_lists_and_leaves_no_trace(
    full_agency: Agency, flags: tuple[str, ...]
) -> None:
    agency = full_agency
    agency.activate()
    first = agency.synced()
    with agency.watched() as seen:
        second = agency.synced(*flags)
    assert not [request for request in seen if request.unsafe]
    assert agency.entries() == []
    assert second.reasons == first.reasons
    linked = first.answer["counts"]["created"] + first.answer["counts"]["adopted"]
    assert second.answer["counts"]["unchanged"] == linked > 30
    pages = 7  # types, employees, days, hours; subsystem, users, active users with absences
    assert len(seen) == sum(second.answer["api_calls"].values()) <= pages + 3
    assert all(request.method == "GET" or "auth" in request.path for request in seen)


def test_i3_both_versions_of_personios_api_end_in_the_same_hellohq(full_agency: Agency) -> None:
    agency, ends = full_agency, []
    for version in ("v1", "v2"):
        agency.sandbox.world.reset()
        Integration.objects.all().delete()
        agency.activate(connections={"personio": {"api_version": version}})
        agency.synced()
        ends.append(agency.hq_rows())
    assert ends[0] == ends[1] and len(ends[0]) > 30


@pytest.mark.parametrize("versions", [("v1", "v2"), ("v2", "v1")])
def test_i11_the_other_version_of_the_api_finds_what_the_one_has_linked(
    full_agency: Agency, versions: tuple[str, str]
) -> None:
    agency = full_agency
    agency.activate(connections={"personio": {"api_version": versions[0]}})
    first = agency.synced()
    rows = agency.hq_rows()
    agency.activate(connections={"personio": {"api_version": versions[1]}})
    with agency.watched() as seen:
        second = agency.synced()
    assert not [request for request in seen if request.unsafe]
    assert agency.hq_rows() == rows and second.counts == {"skipped": first.counts["skipped"]}
    assert second.reasons == first.reasons
    agency.delete("90002")
    assert agency.synced().counts["deleted"] == 1


# -- G5 ----------------------------------------------------------------------------------------


@pytest.fixture
def anna(agency: Agency) -> User:
    return User.objects.get(username="anna@nordlicht.example")


@pytest.mark.parametrize("state", ["paused", "disabled"])
def test_g5_paused_or_disabled_it_does_not_run_and_everything_stays(
    agency: Agency, anna: User, state: str
) -> None:
    made = agency.absence("2026-07-06")
    agency.synced()
    rows = agency.hq_rows()
    if state == "paused":
        services.pause(agency.integration, reason="", user=anna)
    else:
        services.disable(agency.integration, user=anna)
    agency.delete(made)
    with agency.watched() as seen:
        refused = agency.sync()
    assert refused.exit == 2 and refused.answer["error"]["code"] == state
    assert seen == [] and agency.hq_rows() == rows


def test_g5_activated_again_it_goes_on_where_it_was(agency: Agency, anna: User) -> None:
    kept, gone = agency.absence("2026-07-06"), agency.absence("2026-07-07")
    agency.synced()
    services.disable(agency.integration, user=anna)
    agency.delete(gone)
    new = agency.absence("2026-07-08")
    agency.activate()
    assert agency.synced().counts == {"created": 1, "deleted": 1}
    assert {row[2] for row in agency.hq_rows()} == {"2026-07-06", "2026-07-08", "2026-12-01"}
    assert agency.hq_row(kept) and agency.hq_row(new)


def test_g5_with_all_links_lost_everything_is_adopted_and_nothing_doubled(
    full_agency: Agency,
) -> None:
    agency = full_agency
    agency.activate()
    first = agency.synced()
    rows = agency.hq_rows()
    Link.objects.all().delete()
    with agency.watched() as seen:
        again = agency.synced()
    assert not [request for request in seen if request.unsafe] and agency.hq_rows() == rows
    assert again.counts["adopted"] == first.counts["created"] + first.counts["adopted"]
    assert again.reasons == first.reasons


# -- G6 ----------------------------------------------------------------------------------------


def changes(rows: list[RunEntry]) -> list[tuple[Any, ...]]:
    """What history says about each record, whatever became of it by now."""
    return sorted(
        (row.action, row.reason, row.left_id, str(row.before), str(row.after)) for row in rows
    )


def stored() -> list[Any]:
    models = (Link, Problem, Connection, MappedType, Integration)
    return [[model_to_dict(row) for row in model.objects.order_by("pk")] for model in models]


def test_g6_a_dry_run_shows_what_the_next_run_does_and_does_nothing(full_agency: Agency) -> None:
    agency = full_agency
    agency.activate()
    before, rows = stored(), agency.hq_rows()
    with agency.watched() as seen:
        dry = agency.synced("--dry-run")
    assert not [request for request in seen if request.unsafe]
    assert stored() == before and agency.hq_rows() == rows
    shown = changes(agency.entries())
    real = agency.synced()
    assert changes(agency.entries()) == shown and len(shown) > 50
    assert dry.counts == real.counts and dry.reasons == real.reasons
    assert dry.answer["mode"] == "dry_run"


def test_g6_a_dry_run_shows_edits_deletions_and_drift_with_before_and_after(
    agency: Agency,
) -> None:
    edited, gone = agency.absence("2026-07-06", "2026-07-08"), agency.absence("2026-07-13")
    drifted, covered = agency.absence("2026-07-20"), agency.absence("2026-07-27")
    agency.synced()
    agency.edit(edited, last="2026-07-07")
    agency.delete(gone)
    agency.hq_edit(agency.hq_id(drifted), Type="SickLeave")
    agency.edit(covered, status="PENDING")
    agency.absence("2026-08-03", type="Sabbatical")
    before, rows = stored(), agency.hq_rows()
    dry = agency.synced("--dry-run", "--full")
    assert stored() == before and agency.hq_rows() == rows
    shown = changes(agency.entries())
    real = agency.synced("--full")
    assert changes(agency.entries()) == shown
    assert dry.counts == real.counts == {"updated": 2, "deleted": 2, "skipped": 2}


def test_g6_g9_a_dry_run_shows_what_would_be_held(agency: Agency) -> None:
    made = [agency.absence(f"2026-07-{day:02}") for day in range(1, 9)]
    agency.synced()
    agency.delete(*made)
    before = stored()
    dry = agency.synced("--dry-run", exit=3)
    assert dry.counts == {"held": 8} and agency.pending() == 0 and stored() == before


# -- G7 ----------------------------------------------------------------------------------------


def test_g7_a_problem_has_one_row_when_it_opens_and_one_when_it_closes(agency: Agency) -> None:
    made = agency.absence("2026-07-06", type="Sabbatical")
    agency.synced()
    assert ("skip", "unmapped_type") in agency.history()
    for _time in range(3):
        assert agency.synced().counts == {"skipped": 1}
        assert agency.entries() == []
    agency.delete(made)
    assert agency.synced().counts == {}
    assert agency.history() == [("resolved", "unmapped_type")]


def test_g7_a_problem_that_changes_its_reason_closes_and_opens(agency: Agency) -> None:
    made = agency.absence("2026-07-06", type="Sabbatical", who=HR_ONLY)
    agency.synced()
    before = agency.problems()[made]
    agency.map(SpecialLeave="Sonderurlaub, Sabbatical")
    agency.synced()
    assert (before, agency.problems()[made]) == (["unmapped_type"], ["no_match"])
    assert agency.history() == [("resolved", "unmapped_type"), ("skip", "no_match")]


def test_g7_a_row_names_the_record_the_person_and_both_ids(agency: Agency) -> None:
    made = agency.absence("2026-07-06")
    agency.synced()
    row = next(entry for entry in agency.entries() if entry.left_id == made)
    assert row.right_id == agency.hq_id(made) and row.action == "create"
    assert agency.personio.employees[ANNA].name in row.label
    assert row.after["first"] == "2026-07-06" and row.done_at is not None


def test_g7_i2_what_was_overwritten_is_in_history(agency: Agency) -> None:
    made = agency.absence("2026-07-06")
    agency.synced()
    agency.hq_edit(agency.hq_id(made), Type="SickLeave", End="2026-07-09T00:00:00")
    agency.synced("--full")
    [row] = agency.entries()
    assert row.before == {"kind": "SickLeave", "last": "2026-07-08"}
    assert row.after == {"kind": "Vacation", "last": "2026-07-06"}


# -- G10 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["deactivated", "membership", "viewer"])
def test_g10_it_pauses_when_who_enabled_it_is_gone_until_another_admin_resumes(
    agency: Agency, anna: User, loss: str
) -> None:
    agency.synced()
    if loss == "deactivated":
        User.objects.filter(pk=anna.pk).update(is_active=False)
    elif loss == "membership":
        Membership.objects.filter(user=anna).delete()
    else:
        Membership.objects.filter(user=anna).update(role=Membership.Role.VIEWER)
    new = agency.absence("2026-07-06")
    refused = agency.sync()
    assert refused.exit == 2 and refused.answer["error"]["code"] == "enabled_by_inactive"
    assert agency.integration.state == "paused" and agency.hq_rows() == [STAYS]
    other = User.objects.create(username="bea@nordlicht.example")
    workspace = agency.integration.workspace
    Membership.objects.create(workspace=workspace, user=other, role=Membership.Role.ADMIN)
    services.resume(agency.integration, user=other)
    agency.synced()
    assert agency.hq_row(new) and agency.integration.enabled_by == other


# -- G12 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["personio", "hellohq"])
def test_g12_credentials_of_another_account_stop_the_run(agency: Agency, vendor: str) -> None:
    agency.absence("2026-07-06")
    agency.synced()
    world, rows = agency.sandbox.world, agency.hq_rows()
    other = agency.sandbox.credentials("isarwerk")[vendor]
    if vendor == "personio":
        _renumber(agency)
    agency.activate(connections={vendor: other})
    with agency.watched() as seen:
        result = agency.synced(exit=4)
    assert result.error == "account_changed" and agency.hq_rows() == rows
    assert not [request for request in seen if request.unsafe]
    assert world.state("isarwerk", HqState).absences is not None
    agency.activate()
    assert agency.synced().counts == {}


def _renumber(agency: Agency) -> None:
    """The sandbox's agencies number their people alike; real accounts do not."""
    from sandbox.personio.state import PersonioState

    state = agency.sandbox.world.state("isarwerk", PersonioState)
    state.employees = {id + 5000: person for id, person in state.employees.items()}
    for person in state.employees.values():
        person.id += 5000
    for absence in state.absences.values():
        absence.employee_id += 5000


def test_g12_the_other_account_is_accepted_when_somebody_says_so(
    agency: Agency, anna: User
) -> None:
    agency.synced()
    agency.activate(connections={"hellohq": agency.sandbox.credentials("isarwerk")["hellohq"]})
    assert agency.synced(exit=4).error == "account_changed"
    services.accept_account(agency.integration, user=anna)
    result = agency.synced()
    assert result.exit == 0 and result.reasons == {"no_match": 1}


def test_g12_new_credentials_of_the_same_account_are_fine(agency: Agency) -> None:
    agency.synced()
    agency.hq.token.value = "hq-token-nordlicht-neu"
    agency.activate(connections={"hellohq": {"api_token": "hq-token-nordlicht-neu"}})
    assert agency.synced().counts == {}


# -- commands ----------------------------------------------------------------------------------


def test_sync_prints_the_object_of_the_design(agency: Agency) -> None:
    agency.absence("2026-07-06", type="Sabbatical")
    answer = agency.synced().answer
    assert set(answer) == {
        "run", "workspace", "integration", "mode", "status", "counts", "reasons", "api_calls",
        "duration_seconds",
    }  # fmt: skip
    assert (answer["workspace"], answer["integration"]) == (TENANT, KIND)
    assert (answer["mode"], answer["status"]) == ("sync", "succeeded")
    assert answer["counts"] == {
        "created": 1, "updated": 0, "deleted": 0, "archived": 0, "adopted": 0, "unchanged": 0,
        "skipped": 1, "conflicts": 0, "failed": 0, "held": 0,
    }  # fmt: skip
    assert answer["reasons"] == {"unmapped_type": 1}
    assert set(answer["api_calls"]) == {"personio", "hellohq"}
    assert isinstance(answer["duration_seconds"], float)


@pytest.mark.parametrize(
    ("workspace", "kind"), [("nirgends", KIND), (TENANT, "hellohq-awork"), (TENANT, "unfug")]
)
def test_sync_of_what_does_not_exist_is_a_usage_error(
    agency: Agency, workspace: str, kind: str
) -> None:
    result = command("sync", "--workspace", workspace, "--integration", kind)
    assert result.exit == 2 and result.answer["error"]["code"] == "unknown_integration"


def test_sync_beside_another_run_exits_5(agency: Agency) -> None:
    """A dry run waits for nobody, and a sync does not wait for a dry run that is queued."""
    services.request_run(agency.integration, trigger="command", mode="dry_run")
    result = agency.sync()
    assert result.exit == 5 and result.answer["error"]["code"] == "run_active"


def test_sync_finishes_the_run_that_is_queued_already(agency: Agency) -> None:
    queued = services.request_run(agency.integration, trigger="manual")
    assert agency.synced().run == queued.pk


def test_preflight_is_all_good_for_a_tidy_agency(agency: Agency) -> None:
    for who in [one for one in agency.personio.employees if one > CARL]:
        personio_edit.delete_employee(agency.personio, str(who))
    result = agency.preflight()
    bad = [c for c in result.answer["integrations"][0]["checks"] if c["state"] != "ok"]
    assert (result.exit, bad) == (0, [])


def test_preflight_names_what_needs_attention(full_agency: Agency) -> None:
    full_agency.activate(notices_confirmed=False)
    with full_agency.watched() as seen:
        result = full_agency.preflight()
    checks = {c["code"]: c for c in result.answer["integrations"][0]["checks"]}
    assert result.exit == 1 and not [request for request in seen if request.unsafe]
    assert checks["people_unmatched"]["count"] == 1
    assert checks["people_ambiguous"]["state"] == "attention"
    assert checks["unmapped_types"]["names"][0].startswith("Sabbatical")
    assert checks["absences_read_only"]["state"] == "to_confirm"


def test_preflight_that_cannot_connect_exits_4(agency: Agency) -> None:
    agency.personio.credential.client_secret = "anders"
    assert agency.preflight().exit == 4


def test_i9_another_workspace_is_untouched(full_agency: Agency) -> None:
    agency = full_agency
    others = [agency.sandbox.world.state(one, HqState) for one in ("isarwerk", "elbtal")]
    before = [list(state.absences) for state in others]
    agency.activate()
    with agency.watched() as seen:
        agency.synced()
    assert [list(state.absences) for state in others] == before
    assert {request.tenant for request in seen} == {TENANT}
