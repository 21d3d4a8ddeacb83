"""What a task says, both ways (A3), and what the sync leaves alone (A3, A11, A14)."""

from __future__ import annotations

import pytest

from projects.models import Cursor
from sandbox.hellohq.state import OFFICE_MANAGER
from tests.projects.conftest import Agency, fill, writes
from tests.projects.plans import ADMINISTRATION
from tests.projects.settled import ANSWERS, settle, synced
from tests.projects.systems import ANNA, BEN

__all__ = ["synced"]  # fixture

TASK = "Startseite"


def copy(agency: Agency, name: str = TASK) -> str:
    return agency.aw_named(name)


def at(agency: Agency, name: str, field: str) -> str:
    """A moment of a helloHQ task in UTC."""
    moment = agency.hq_row(agency.hq_named(name))[field]
    return f"{moment:%Y-%m-%dT%H:%M}" if moment else ""


# -- names and texts


def test_a3_a_name_follows_both_ways(synced: Agency) -> None:
    task = synced.hq_named(TASK)
    synced.hq_edit(task, name="Home & <Start> „neu“ 🚀")
    settle(synced)
    assert synced.aw_row(synced.copy_of(task))["name"] == "Home & <Start> „neu“ 🚀"
    synced.aw_edit(synced.copy_of(task), name="Homepage")
    settle(synced)
    assert synced.hq_row(task)["Name"] == "Homepage"


def test_a3_blanks_round_a_name_are_no_edit(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), name=f"  {TASK} ")
    synced.wait(seconds=3)
    with synced.watched() as seen:
        synced.synced()
    assert writes(seen) == []


def test_a3_a_text_becomes_html_and_html_a_text(synced: Agency) -> None:
    task = synced.hq_named(TASK)
    synced.hq_edit(task, text="Zwei Entwürfe\n\n- hell & klar\n- dunkel")
    settle(synced)
    html = "<p>Zwei Entwürfe</p><ul><li>hell &amp; klar</li><li>dunkel</li></ul>"
    assert synced.aw_row(copy(synced))["description"] == html
    synced.aw_edit(copy(synced), html="<p>Nur <b>einer</b></p><ul><li>hell</li></ul>")
    settle(synced)
    assert synced.hq_row(task)["Description"] == "Nur einer\n\n- hell"


def test_a3_a_text_is_cleared_on_either_side(synced: Agency) -> None:
    screens = synced.hq_named("Screens")
    synced.hq_edit(screens, text="")
    settle(synced)
    assert not synced.aw_row(copy(synced, "Screens"))["description"]
    synced.hq_edit(screens, text="Wieder da")
    settle(synced)
    synced.aw_edit(copy(synced, "Screens"), html=None)
    settle(synced)
    assert not synced.hq_row(screens)["Description"]


def test_a3_formatting_stays_while_the_text_is_the_same(synced: Agency) -> None:
    screens = copy(synced, "Screens")
    html = "<p>Drei <b>Varianten</b></p><ul><li><i>hell</i></li><li>dunkel</li></ul>"
    synced.aw_edit(screens, html=html)
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    synced.hq_edit(synced.hq_named("Screens"), last="2026-07-11")
    settle(synced)
    assert synced.aw_row(screens)["description"] == html
    synced.hq_edit(synced.hq_named("Screens"), text="Vier Varianten")
    settle(synced)
    assert synced.aw_row(screens)["description"] == "<p>Vier Varianten</p>"


def test_a3_hellohqs_own_spelling_of_a_text_stays_too(synced: Agency) -> None:
    text = "Drei Varianten   \r\n\r\n\r\n- hell\r\n- dunkel\r\n"
    synced.hq_edit(synced.hq_named("Screens"), text=text)
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    synced.aw_edit(copy(synced, "Screens"), last="2026-07-11")
    settle(synced)
    assert synced.hq_row(synced.hq_named("Screens"))["Description"] == text


# -- days


def test_a3_days_follow_both_ways(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), first="2026-06-18", last="2026-06-23")
    settle(synced)
    row = synced.aw_row(copy(synced))
    assert (row["startOn"][:10], row["dueOn"][:10]) == ("2026-06-18", "2026-06-23")
    synced.aw_edit(copy(synced), first="2026-06-20", last=None)
    settle(synced)
    assert (at(synced, TASK, "StartOn"), at(synced, TASK, "EndOn")) == ("2026-06-20T07:00", "")


def test_a3_an_unchanged_day_keeps_its_time_of_day(synced: Agency) -> None:
    task = synced.hq_named(TASK)
    synced.hq_edit(task, StartOn="2026-06-15T11:20:00Z", EndOn="2026-06-19T14:05:00Z")
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []
    synced.aw_edit(copy(synced), name="Home", last="2026-06-22")
    settle(synced)
    assert at(synced, "Home", "StartOn") == "2026-06-15T11:20"
    assert at(synced, "Home", "EndOn") == "2026-06-22T14:05"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-19T21:59:00Z", "2026-06-19"),  # 23:59 in Berlin
        ("2026-06-19T22:00:00Z", "2026-06-20"),  # midnight
        ("2026-12-19T22:59:00Z", "2026-12-19"),
        ("2026-12-19T23:00:00Z", "2026-12-20"),
        ("2026-10-24T22:30:00Z", "2026-10-25"),  # 00:30 on the day that has 25 hours
        ("2027-03-27T23:30:00Z", "2027-03-28"),  # 00:30 on the day that has 23
    ],
)
def test_a3_days_are_those_of_the_workspace(synced: Agency, moment: str, day: str) -> None:
    synced.hq_edit(synced.hq_named(TASK), EndOn=moment)
    settle(synced)
    assert synced.aw_row(copy(synced))["dueOn"][:10] == day


def test_a3_a_time_of_day_is_local_when_the_clocks_change(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), EndOn="2026-10-23T14:00:00Z")  # 16:00 in Berlin
    settle(synced)
    synced.aw_edit(copy(synced), last="2026-10-26")
    settle(synced)
    assert at(synced, TASK, "EndOn") == "2026-10-26T15:00"


def test_a3_a_time_of_day_that_a_day_lacks(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), EndOn="2027-03-27T01:30:00Z")  # 02:30 in Berlin
    settle(synced)
    synced.aw_edit(copy(synced), last="2027-03-28")
    settle(synced)
    assert at(synced, TASK, "EndOn")[:10] == "2027-03-28"


def test_a3_a_task_on_one_day(synced: Agency) -> None:
    synced.aw_edit(copy(synced, "Moodboard"), first="2026-06-30", last="2026-06-30")
    settle(synced)
    assert at(synced, "Moodboard", "StartOn") == "2026-06-30T07:00"
    assert at(synced, "Moodboard", "EndOn") == "2026-06-30T15:00"


# -- targets


@pytest.mark.parametrize(
    ("hours", "seconds"), [(7.5, 27_000), (0.33, 1200), (1 / 3, 1200), (0.0, 0), (None, 0)]
)
def test_a3_a_target_in_hours_is_one_in_seconds(
    synced: Agency, hours: float | None, seconds: int
) -> None:
    synced.hq_edit(synced.hq_named(TASK), hours=hours)
    settle(synced)
    assert synced.aw_row(copy(synced))["plannedDuration"] == seconds
    assert synced.hq_row(synced.hq_named(TASK))["PlannedEffort"] == hours


def test_a3_a_target_of_awork_is_rounded_to_minutes(synced: Agency) -> None:
    synced.aw_edit(copy(synced), hours=5_429 / 3600)
    settle(synced)
    assert synced.hq_row(synced.hq_named(TASK))["PlannedEffort"] == pytest.approx(1.5)
    assert synced.aw_row(copy(synced))["plannedDuration"] == 5_429
    synced.aw_edit(copy(synced), hours=0)
    settle(synced)
    assert not synced.hq_row(synced.hq_named(TASK))["PlannedEffort"]


def test_a3_targets_of_parents_stay_where_they_are(synced: Agency) -> None:
    screens = synced.hq_named("Screens")
    synced.aw_edit(copy(synced, "Screens"), hours=99, last="2026-07-12")
    settle(synced)
    assert synced.hq_row(screens)["PlannedEffort"] == 20.0
    synced.hq_edit(synced.hq_named(TASK), hours=10.0)
    settle(synced)
    assert synced.hq_row(screens)["PlannedEffort"] == 22.0
    assert synced.aw_row(copy(synced, "Screens"))["plannedDuration"] == 99 * 3600


def test_a3_a_task_that_gets_a_child_keeps_its_target_in_awork(synced: Agency) -> None:
    mood = synced.hq_named("Moodboard")
    synced.hq_task(synced.hq_row(mood)["ProjectId"], "Farben", mood, hours=1.0)
    settle(synced)
    assert synced.hq_row(mood)["PlannedEffort"] == 1.0
    assert synced.aw_row(copy(synced, "Moodboard"))["plannedDuration"] == 4.5 * 3600
    synced.hq_delete(synced.hq_named("Farben"))
    settle(synced)
    hours = synced.hq_row(mood)["PlannedEffort"] or 0
    assert synced.aw_row(copy(synced, "Moodboard"))["plannedDuration"] == hours * 3600


# -- new tasks


def test_a3_a_new_task_of_hellohq_with_everything(synced: Agency) -> None:
    design = synced.hq_named("Design")
    task = synced.hq_task(
        synced.hq_row(design)["ProjectId"], "Film", design, text="Zwei Minuten", hours=6.0,
        first="2026-07-01", last="2026-07-03", type="Konzeption", status="Abnahme",
        people=[ANNA, BEN],
    )  # fmt: skip
    settle(synced)
    row = synced.aw_row(synced.copy_of(task))
    assert row["description"] == "<p>Zwei Minuten</p>"
    assert [share["plannedEffort"] for share in row["assignees"]] == [10_800, 10_800]
    assert row["typeOfWorkId"] == synced.aw_type("Konzeption")


def test_a3_a_new_task_of_awork_with_everything(synced: Agency) -> None:
    project = synced.aw_project_named("Website")
    task = synced.aw_task(
        project, "Film", synced.aw_list_named("Design"), html="<p>Zwei Minuten</p>", hours=6,
        first="2026-07-01", last="2026-07-03", type="Konzeption", status="Abnahme",
        people=[ANNA, BEN],
    )  # fmt: skip
    settle(synced)
    made = synced.hq_named("Film")
    row = synced.hq_row(made)
    assert (row["SyncId"], row["Sync"], row["PlannedEffort"]) == (task, False, 6.0)
    assert synced.hq_shares(made) == {synced.user(ANNA): 3.0, synced.user(BEN): 3.0}
    assert at(synced, "Film", "EndOn") == "2026-07-03T15:00"


def test_a3_a_done_task_of_awork_is_done_at_once(synced: Agency) -> None:
    project, place = synced.aw_project_named("Website"), synced.aw_list_named("Design")
    synced.aw_task(project, "Schon fertig", place, type="Design", status="Fertig")
    settle(synced)
    assert synced.hq_row(synced.hq_named("Schon fertig"))["IsDone"] is True


# -- administration


def test_a3_the_administration_is_not_mirrored(synced: Agency) -> None:
    assert ADMINISTRATION not in {row["name"].casefold() for row in synced.awork.lists}
    (task,) = [id for id in synced.hq_all("Administration") if synced.hq_row(id)["ParentId"]]
    synced.hq_edit(task, name="Orga", hours=3.0)
    phase = synced.hq_row(task)["ParentId"]
    synced.hq_task(synced.hq_row(task)["ProjectId"], "Reisezeit", phase)
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []


def test_a3_an_administration_list_of_awork_stays_in_awork(synced: Agency) -> None:
    project = synced.aw_project_named("Website")
    synced.aw_task(project, "Orga", synced.aw_list(project, " administration "))
    synced.wait(seconds=3)
    with synced.watched() as seen:
        synced.synced()
    assert writes(seen) == []


def test_a3_an_administration_task_in_another_phase(empty: Agency) -> None:
    project = empty.hq_project("Website", "001")
    phase = empty.hq_task(project, "Steuerung")
    empty.hq_task(project, "Administration", phase)
    empty.hq_task(project, "Jour fixe", phase)
    empty.activate(**ANSWERS)
    settle(empty, differ=["Website / Steuerung / Administration: only in helloHQ"])
    assert empty.aw_all("Jour fixe") and not empty.aw_all("Administration")


def test_a3_the_administration_has_another_name(empty: Agency) -> None:
    fill(empty)
    for task in empty.hq_all("Administration"):
        empty.hq_edit(task, name="Interne Zeiten")
    empty.activate(**ANSWERS, administration_task_name=" interne  zeiten ")
    empty.synced()
    assert "Interne Zeiten" not in {row["name"] for row in empty.awork.lists}
    assert not empty.aw_all("Interne Zeiten")


# -- what is not synced


def test_a11_the_order_stays_as_each_side_has_it(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), Order=99)
    row = synced.aw_row(copy(synced, "Moodboard"))
    row["lists"][0]["order"] = -5.0
    synced.awork.bump(row)
    for one in synced.awork.lists:
        one["order"] = 9.0
    with synced.watched() as seen:
        settle(synced)
    assert writes(seen) == []


def test_a14_what_is_not_synced_survives_every_write(synced: Agency) -> None:
    task, other = synced.hq_named(TASK), copy(synced)
    project = synced.aw_row(other)["projectId"]
    synced.aw_edit(other, tags=["dringend"], prio=True)
    synced.aw_checklist(other, "eins", "zwei")
    synced.aw_fill(other, synced.aw_custom_field("Kanal", project), "Web")
    synced.hq_edit(
        task, Remaining=1.5, PercentDone=40, IsAppointment=True, JiraProjectName="WEB",
        ChargeType="Fixed", ChargeValue=800.0,
    )  # fmt: skip
    settle(synced)
    synced.hq_edit(task, name="Home", hours=9.0, last="2026-06-20", status="In Arbeit")
    settle(synced)
    synced.aw_edit(other, name="Start", html="<p>neu</p>", people=[BEN], type="Konzeption")
    settle(synced)
    row = synced.hq_row(task)
    assert (row["Remaining"], row["JiraProjectName"], row["ChargeType"]) == (1.5, "WEB", "Fixed")
    assert [item["name"] for item in synced.aw_row(other)["checklist"]] == ["eins", "zwei"]
    assert synced.aw_row(other)["isPrio"] is True


def test_a14_sync_ids_are_written_only_where_we_create(synced: Agency) -> None:
    synced.hq_edit(synced.hq_named(TASK), SyncId="JIRA-17", Sync=True)
    synced.aw_edit(copy(synced), name="Home", hours=3)
    synced.hq_edit(synced.hq_named("Moodboard"), Sync=True)
    synced.aw_edit(copy(synced, "Moodboard"), last="2026-08-01")
    settle(synced)
    row = synced.hq_row(synced.hq_named("Home"))
    assert (row["SyncId"], row["Sync"]) == ("JIRA-17", True)
    row = synced.hq_row(synced.hq_named("Moodboard"))
    assert (row["SyncId"], row["Sync"]) == (None, True)


def test_a14_a_task_that_another_client_made_keeps_its_sync_id(synced: Agency) -> None:
    design = synced.hq_named("Design")
    project = synced.hq_row(design)["ProjectId"]
    task = synced.hq_task(project, "Ticket", design, SyncId="JIRA-18", Sync=True)
    settle(synced)
    synced.aw_edit(synced.copy_of(task), name="Ticket 18", people=[ANNA])
    settle(synced)
    row = synced.hq_row(task)
    assert (row["SyncId"], row["Sync"], row["CreatedBy"]) == ("JIRA-18", True, OFFICE_MANAGER)


def test_i4_lost_cursors_change_nothing(synced: Agency) -> None:
    Cursor.objects.all().delete()
    settle(synced)
