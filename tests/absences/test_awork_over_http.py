"""helloHQ's absences in awork (A10): both systems over HTTP, and a planner between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from absences.awork import AworkAbsences, HqAbsencesForAwork, absence_stream, needs_hours
from absences.full_days import AWORK_ABSENCES, FIELDS
from integrations.engine.changes import REMOVALS, WITHDRAWN, Action, Change, Circumstances, Plan
from integrations.engine.plan import plan_stream
from integrations.engine.stream import LinkState, Listing, Outcome, Stream, Trouble, Write
from integrations.engine.world import Identities
from integrations.remote import Forbidden, Page, RemoteError, Unavailable
from integrations.vendors.awork.client import open_awork
from integrations.vendors.hellohq.client import open_hellohq
from sandbox.awork import edit as awork_edit
from sandbox.awork.state import AworkState
from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.faults import Fault
from sandbox.hellohq import edit as hq_edit
from sandbox.hellohq.state import HqState
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.server import Sandbox
from tests.vendors.support import Calls, FakeTime, FreeBudget, OpenGate

from .awork_case import (
    ANNA,
    AW,
    BEN,
    CANONICAL,
    HOURS,
    HQ,
    PEOPLE,
    SETTING,
    TODAY,
    mark,
)


@dataclass
class Office:
    """Both systems, what people do in them, and a planner with links of its own."""

    sandbox: Sandbox
    links: list[LinkState] = field(default_factory=list)
    keep: bool = False

    def __post_init__(self) -> None:
        urls = self.sandbox.urls
        given: Any = {
            "gate": OpenGate(), "count": Calls(), "budget": FreeBudget(), "allow_private": True,
            "clock": FakeTime().clock(),
        }  # fmt: skip
        self.hellohq = open_hellohq("hq-token-nordlicht", urls["hellohq"], **given)
        self.awork = open_awork("awork-key-nordlicht", urls["awork"], **given)
        accounts = {
            email.casefold(): user.id
            for user in _all(self.awork.directory.users())
            for email in user.emails
        }
        self.accounts = {
            user.id: accounts[user.email.casefold()]
            for user in _all(self.hellohq.users(False))
            if user.email.casefold() in accounts
        }

    @property
    def stream(self) -> Stream:
        left = HqAbsencesForAwork(self.hellohq, SETTING)
        right = AworkAbsences(self.awork, SETTING, self.accounts.__getitem__)
        return absence_stream(left, right, keep=self.keep)

    # -- what people do --------------------------------------------------------------------

    @property
    def hq_state(self) -> HqState:
        return self.sandbox.world.state("nordlicht", HqState)

    @property
    def awork_state(self) -> AworkState:
        return self.sandbox.world.state("nordlicht", AworkState)

    def enter(self, first: str, end: str, **given: Any) -> str:
        """In helloHQ; the end is exclusive, as its API has it."""
        usual = {"UserId": int(ANNA), "Type": "Vacation", "IsApproved": True}
        row = {**usual, "Start": first, "End": end, **given}
        return str(hq_edit.create_absence(self.hq_state, row)["Id"])

    def enter_in_awork(self, first: str, last: str, **given: Any) -> str:
        row = {"userId": self.accounts[ANNA], "startOn": first, "endOn": last, **given}
        return str(awork_edit.create_absence(self.awork_state, row)["id"])

    def copies(self) -> dict[str, tuple[str, str, str, bool]]:
        """awork's absences by mark: first and last moment, description, read-only in awork."""
        return {
            row.get("externalProvider") or row["id"]: (
                row["startOn"], row["endOn"], row.get("description", ""), row["isReadOnly"],
            )
            for row in awork_edit.COLLECTIONS["absences"].all(self.awork_state)
        }  # fmt: skip

    # -- a run -----------------------------------------------------------------------------

    def sync(self) -> list[tuple[str, str]]:
        """Plan and write until nothing is left; actions with reasons."""
        done: list[tuple[str, str]] = []
        for _round in range(4):
            plan = self.plan()
            for change in plan.changes:
                done += self._carry_out(change)
            if not plan.changes:
                return done
        raise AssertionError(f"it never settles: {done}")

    def plan(self) -> Plan:
        reads: dict[str, Listing] = {
            HQ: Listing(_all(self.hellohq.users_with_absences()), True),
            AW: Listing(_all(self.awork.absences.all()), True),
        }
        people = [LinkState(0, left, right, {}) for left, right in self.accounts.items()]
        world = Identities({PEOPLE: people, AWORK_ABSENCES: self.links})
        for user in needs_hours(reads, world, SETTING):
            reads[HOURS + user] = Listing(self.hellohq.working_hours(user), True)
        stream = self.stream
        left, right = (side.snapshot(reads, world) for side in (stream.left, stream.right))
        self.troubles = {id: item.trouble for id, item in left.items.items() if item.trouble}
        return plan_stream(stream, left, right, self.links, Circumstances())

    def _carry_out(self, change: Change) -> list[tuple[str, str]]:
        if change.action is Action.UNLINK:
            self._forget(change)
            return []
        if change.action is Action.ADOPT:
            self._agree(change, change.right_id, change.agreed)
            return [("adopt", "")] if change.left_id else []
        if change.action in REMOVALS and change.reason != WITHDRAWN:
            assert self.stream.left.confirm_gone(change.left_id or "", change.left_alias)
        outcome = self._send(change)
        if change.action in REMOVALS:
            self._forget(change)
        else:
            self._agree(change, outcome.id, {**change.want, **(outcome.fields or {})})
        return [(change.action.value, change.reason)]

    def _send(self, change: Change) -> Outcome:
        write = Write(
            change.action.value, change.right_id, change.want, change.before,
            frozenset(change.after),
        )  # fmt: skip
        (step,) = self.stream.right.recipe(write).steps
        return step.send()

    def _agree(self, change: Change, right: str | None, base: Any) -> None:
        self._forget(change)
        made = LinkState(
            len(self.links) + 100, change.left_id, right, dict(base),
            left_alias=change.left_alias, left_version=change.left_version,
        )  # fmt: skip
        self.links.append(made)

    def _forget(self, change: Change) -> None:
        ids = (change.left_id, change.right_id)
        self.links = [
            one
            for one in self.links
            if (one.left_id, one.right_id) != ids and (not ids[0] or one.left_id != ids[0])
        ]


def _all(pages: Iterator[Page[Any]]) -> list[Any]:
    return [record for page in pages for record in page.records]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(vendors=(HELLOHQ, AWORK), today=TODAY) as sandbox:
        yield sandbox


@pytest.fixture
def office(running: Sandbox) -> Office:
    """No absence anywhere."""
    running.world.reset()
    made = Office(running)
    for table in (made.hq_state.absences, made.awork_state.absences):
        for row in list(table):
            table.remove(row["Id"] if "Id" in row else row["id"])
    return made


WEEK = ("2026-07-06T00:00:00Z", "2026-07-10T23:59:59Z", "Urlaub", True)


def test_a10_created_changed_and_deleted_in_hellohq(office: Office) -> None:
    id = office.enter("2026-07-06", "2026-07-11")
    assert office.sync() == [("create", "")]
    assert office.copies() == {mark(id): WEEK}
    hq_edit.update_absence(office.hq_state, id, {"End": "2026-07-09T00:00:00", "Type": "SickLeave"})
    assert office.sync() == [("update", "")]
    assert office.copies() == {mark(id): (WEEK[0], "2026-07-08T23:59:59Z", "Krankheit", True)}
    hq_edit.delete_absence(office.hq_state, id)
    assert office.sync() == [("delete", "")]
    assert (office.copies(), office.links) == ({}, [])


def test_a10_what_was_changed_or_deleted_in_awork_is_restored(office: Office) -> None:
    id = office.enter("2026-07-06", "2026-07-11")
    office.sync()
    edit = {"endOn": "2026-07-08", "isHalfDayOnStart": True, "description": "doch nicht"}
    (copy,) = (link.right_id or "" for link in office.links)
    awork_edit.update_absence(office.awork_state, copy, edit)
    assert office.sync() == [("update", "drift_restored")]
    assert office.copies() == {mark(id): WEEK}
    awork_edit.delete_absence(office.awork_state, copy)
    assert office.sync() == [("create", "target_missing")]
    assert office.copies() == {mark(id): WEEK}


def test_a10_an_absence_that_was_given_to_another_person_in_awork_comes_back(
    office: Office,
) -> None:
    office.enter("2026-07-06", "2026-07-11")
    office.sync()
    (copy,) = (link.right_id or "" for link in office.links)
    awork_edit.update_absence(office.awork_state, copy, {"userId": office.accounts[BEN]})
    assert office.sync() == [("update", "drift_restored")]
    assert office.awork.absences.one(copy).user_id == office.accounts[ANNA]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"IsApproved": False}, "not_approved"),
        ({"Type": "RemoteWork"}, "kind_not_synced"),
        ({"End": "2026-07-10T12:00:00"}, "not_full_day"),
    ],
)
def test_a10_one_that_may_no_longer_be_in_awork_is_removed_and_comes_back(
    office: Office, edit: dict[str, Any], code: str
) -> None:
    id = office.enter("2026-07-06", "2026-07-11")
    office.sync()
    hq_edit.update_absence(office.hq_state, id, edit)
    assert office.sync() == [("delete", WITHDRAWN)]
    assert office.copies() == {}
    assert office.troubles == {id: Trouble(code)}
    usual = {"IsApproved": True, "Type": "Vacation", "End": "2026-07-11T00:00:00"}
    hq_edit.update_absence(office.hq_state, id, usual)
    assert office.sync() == [("create", "")]


def test_a10_corporate_reasons_by_the_persons_own_working_hours(office: Office) -> None:
    """Anna works from 9 to 18."""
    whole = office.enter("2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z", Type="CompanyAbsence")
    part = office.enter("2026-07-07T07:00:00Z", "2026-07-07T15:00:00Z", Type="CompanyAbsence")
    assert office.sync() == [("create", "")]
    day = (WEEK[0], "2026-07-06T23:59:59Z", "Betriebliche Gründe", True)
    assert office.copies() == {mark(whole): day}
    assert office.troubles == {part: Trouble("not_full_day")}


def test_a10_awork_absences_are_adopted_removed_or_left_alone(office: Office) -> None:
    id = office.enter("2026-07-06", "2026-07-11")
    office.enter_in_awork("2026-07-06", "2026-07-10", description="Sommer")
    office.enter_in_awork("2026-08-03", "2026-08-03")
    office.enter_in_awork("2026-08-04", "2026-08-04", externalProvider="personio")
    half = office.enter_in_awork("2026-08-05", "2026-08-05", isHalfDayOnEnd=True)
    early = office.enter_in_awork("2026-05-29", "2026-06-02")
    assert office.sync() == [("adopt", ""), ("update", "adopted_differs"), ("delete", "foreign")]
    copies = office.copies()
    assert copies[mark(id)] == WEEK
    assert copies.keys() == {mark(id), "personio", half, early}


def test_a10_keep_leaves_what_people_entered_in_awork(office: Office) -> None:
    office.keep = True
    kept = office.enter_in_awork("2026-08-03", "2026-08-03")
    assert office.sync() == []
    assert office.copies().keys() == {kept}


def test_g5_copies_without_their_links_are_adopted_and_never_doubled(office: Office) -> None:
    ids = [office.enter("2026-07-06", "2026-07-11"), office.enter("2026-07-13", "2026-07-14")]
    assert office.sync() == [("create", ""), ("create", "")]
    office.links.clear()
    hq_edit.update_absence(office.hq_state, ids[1], {"Start": "2026-07-12T00:00:00"})
    assert office.sync() == [("adopt", ""), ("adopt", ""), ("update", "adopted_differs")]
    assert office.copies().keys() == {mark(id) for id in ids}


def test_a10_an_absence_that_is_still_there_is_not_confirmed_gone(office: Office) -> None:
    id = office.enter("2026-07-06", "2026-07-11")
    left = office.stream.left
    assert not left.confirm_gone(id, f"{ANNA}/{id}")
    assert left.confirm_gone("1", f"{ANNA}/1")
    assert left.confirm_gone("", "")


@pytest.mark.parametrize(
    ("kind", "error"), [("forbidden", Forbidden), ("server_error", Unavailable)]
)
def test_a10_a_failing_hellohq_confirms_nothing(
    office: Office, kind: Any, error: type[RemoteError]
) -> None:
    fault = office.sandbox.world.faults.add(Fault(kind, times=0))
    with pytest.raises(error):
        office.stream.left.confirm_gone("1", f"{ANNA}/1")
    office.sandbox.world.faults.remove(fault.id)


def test_a10_the_person_is_looked_up_before_anything_is_sent(office: Office) -> None:
    """Requests leave from threads without a database."""
    asked: list[str] = []

    def account(user: str) -> str:
        asked.append(user)
        return office.accounts[user]

    side = AworkAbsences(office.awork, SETTING, account)
    (step,) = side.recipe(Write("create", None, CANONICAL, {}, frozenset(FIELDS))).steps
    assert (asked, step.creates, office.copies()) == ([ANNA], True, {})
    outcome = step.send()
    assert (asked, outcome.fields) == ([ANNA], CANONICAL)
    assert office.copies() == {mark("1"): WEEK}
