"""HiBob's search: shapes, silence about what is not permitted, who is returned."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox.hibob import edit
from sandbox.server import Sandbox
from tests.sandbox.conftest import TODAY
from tests.sandbox.hibob.conftest import SEARCH, HiBob


def test_both_shapes_at_once(bob: HiBob) -> None:
    employee = bob.employed()
    fields = ("root.email", "work.department", "work.siteId", "work.reportsTo", "work.startDate")
    person = bob.person(employee.id, "root.id", *fields)
    assert person["id"] == person["/root/id"]["value"] == employee.id
    assert person["email"] == person["/root/email"]["value"]
    assert person["work"]["startDate"] == person["/work/startDate"]["value"]
    manager = person["work"]["reportsTo"]
    assert manager == person["/work/reportsTo"]["value"]
    assert manager.keys() == {"id", "firstName", "surname", "displayName", "email"}
    assert isinstance(person["work"]["siteId"], int)
    assert isinstance(person["work"]["department"], str)


def test_ids_are_long_strings_that_no_float_holds(bob: HiBob) -> None:
    ids = [person["id"] for person in bob.search()]
    assert len(set(ids)) == 60
    assert all(len(id) == 19 and str(int(float(id))) != id for id in ids)


def test_null_is_nested_only_and_what_is_forbidden_is_missing(bob: HiBob) -> None:
    people = bob.search("work.title", "personal.birthDate", "work.nonsense")
    untitled = next(p for p in people if p["work"]["title"] is None)
    assert "/work/title" not in untitled
    assert all("nonsense" not in person["work"] for person in people)
    edit.remove_permission(bob.state, "personal")
    edit.remove_permission(bob.state, "work.title")
    hidden = bob.search("work.title", "personal.birthDate", "work.department")[0]
    assert "personal" not in hidden and "/personal/birthDate" not in hidden
    assert hidden["work"].keys() == {"department"}
    edit.give_permission(bob.state, "personal")
    assert bob.search("personal.birthDate")[0]["personal"]["birthDate"]


def test_category_of_a_permission_is_not_the_prefix(bob: HiBob) -> None:
    edit.remove_permission(bob.state, "workContact")
    assert "work" not in bob.search("work.workPhone")[0]
    edit.remove_permission(bob.state, "lifecycle")
    person = bob.search("internal.status", "employee.lastDayOfWork", "employee.employerId")[0]
    assert "internal" not in person
    assert person["employee"].keys() == {"employerId"}


def test_no_fields_means_the_usual_ones(bob: HiBob) -> None:
    person = bob("POST", SEARCH, json={}).json()["employees"][0]
    assert {"email", "firstName", "surname", "work", "payroll"} <= person.keys()
    assert "internal" not in person and "home" not in person


def test_reports_to_null_at_the_top(bob: HiBob) -> None:
    people = bob.search("work.reportsTo", "work.manager", "work.reportsTo.email")
    top = [person for person in people if person["work"]["manager"] is None]
    assert top and all(person["work"]["reportsTo"] is None for person in top)
    led = next(person for person in people if person["work"]["manager"])
    assert led["/work/reportsTo/email"]["value"] == led["work"]["reportsTo"]["email"]


def lifecycles(bob: HiBob, **body: Any) -> Counter[str]:
    people = bob.search("internal.lifecycleStatus", **body)
    return Counter(person["internal"]["lifecycleStatus"] for person in people)


def test_inactive_people_only_when_asked(bob: HiBob) -> None:
    """Leavers, people of the future and garden leave are absent otherwise."""
    everybody, active = lifecycles(bob), lifecycles(bob, inactive=False)
    assert everybody["hired"] == 2 and everybody["terminated"] == 4
    assert everybody["garden leave"] == 1 and everybody["parental leave"] == 1
    own = {i.id for i in bob.state.lists["lifecycleStatus"] if str(i.id).isdecimal()}
    assert own <= everybody.keys()
    assert not {"hired", "terminated", "garden leave"} & active.keys()
    default = bob("POST", SEARCH, json={"fields": ["root.id"]}).json()["employees"]
    assert len(default) == active.total() < everybody.total() == 60


def test_people_on_leave_are_inactive_in_some_companies(sandbox: Sandbox) -> None:
    other = HiBob(sandbox, "isarwerk")
    assert lifecycles(other, inactive=False).keys() == {"employed"}
    assert lifecycles(other)["parental leave"] == 1


def test_time_moves_the_lifecycle(bob: HiBob, control: Any) -> None:
    """D2, D8: hired becomes employed, and the last day counts to its end."""
    id = edit.hire(bob.state, "Nora", "Neu", "nora.neu@nordlicht.example", start="2026-06-18")
    leaver = bob.employed().id
    edit.terminate(bob.state, leaver, TODAY, "2026-06-18")
    field = "internal.lifecycleStatus"

    def now(id: str) -> str:
        return bob.person(id, field)["internal"]["lifecycleStatus"]

    assert (now(id), now(leaver)) == ("hired", "employed")
    control("POST", "/clock", json={"hours": 24})
    next_day = (now(id), now(leaver))
    control("POST", "/clock", json={"hours": 24})
    day_after = now(leaver)
    control("POST", "/clock", json={"hours": -48})
    assert next_day == ("employed", "garden leave")
    assert day_after == "terminated"


def test_an_old_termination_before_a_rehire_does_not_count(bob: HiBob) -> None:
    people = bob.search("internal.terminationDate", "work.startDate", "internal.status")
    back = [p for p in people if (p["internal"]["terminationDate"] or "9") < p["work"]["startDate"]]
    assert [p["internal"]["status"] for p in back] == ["Active"]


@pytest.mark.parametrize(("tenant", "shown"), [("nordlicht", "17/06/2026"),
                                               ("isarwerk", "06/17/2026")])  # fmt: skip
def test_readable_dates_follow_the_locale(sandbox: Sandbox, tenant: str, shown: str) -> None:
    bob = HiBob(sandbox, tenant)
    id = edit.hire(bob.state, "Nora", "Neu", None, start=TODAY)
    person = bob.person(id, "work.startDate", humanReadable="APPEND")
    assert person["work"]["startDate"] == "2026-06-17"
    assert person["humanReadable"]["work"]["startDate"] == shown


def test_readable_values_are_strings_and_never_null(bob: HiBob) -> None:
    fields = ("work.department", "work.siteId", "work.title", "work.reportsTo", "work.manager",
              "work.isManager", "internal.lifecycleStatus", "personal.nationality")  # fmt: skip
    person = bob.person(bob.employed().id, "root.id", *fields, humanReadable="APPEND")
    words = person["humanReadable"]
    assert words["work"]["reportsTo"] == person["work"]["reportsTo"]["displayName"]
    assert words["work"]["manager"] == words["work"]["reportsTo"]
    assert words["work"]["siteId"] in ("Berlin", "Leipzig", "München", "Wien", "Zürich")
    assert words["internal"]["lifecycleStatus"] == "Employed"
    parts = [part if isinstance(part, dict) else {"": part} for part in words.values()]
    leaves = [value for part in parts for value in part.values()]
    assert all(isinstance(value, str) and value for value in leaves)
    replaced = bob.person(bob.employed().id, "work.department", humanReadable="REPLACE")
    assert replaced["work"]["department"] == words["work"]["department"]
    assert replaced["/work/department"]["value"] == words["work"]["department"]
    assert "humanReadable" not in replaced


@pytest.mark.parametrize(
    "body",
    [
        {"filters": []},
        {"filters": [{"fieldPath": "root.id", "operator": "equals", "values": []}]},
        {"filters": [{"fieldPath": "work.site", "operator": "equals", "values": ["1"]}]},
        {"filters": [{"fieldPath": "root.id", "operator": "contains", "values": ["1"]}]},
        {"filters": [{"fieldPath": "root.id", "operator": "equals", "values": ["1"]}] * 2},
        {"fields": [f"work.field_{n}" for n in range(401)]},
        {"fields": "root.id"},
        {"humanReadable": True},
        {"showInactive": "true"},
        ["root.id"],
    ],
)
def test_bad_bodies(bob: HiBob, body: Any) -> None:
    answer = bob("POST", SEARCH, json=body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"key", "error"}


def test_filters_by_id_and_email(bob: HiBob) -> None:
    employee = bob.employed()
    for path, value in (("root.id", employee.id), ("root.email", employee.get("root.email"))):
        found = bob.search(filters=[{"fieldPath": path, "operator": "equals", "values": [value]}])
        assert [person["id"] for person in found] == [employee.id]


def test_one_person_by_id_or_email(bob: HiBob) -> None:
    employee = bob.employed()
    assert bob.person(employee.get("root.email"), "root.id")["id"] == employee.id
    assert bob("POST", "/v1/people/1").status_code == 404
    edit.hide_person(bob.state, employee.id)
    assert bob("POST", f"/v1/people/{employee.id}").status_code == 404


def test_scope_hides_one_leavers_and_everybody(bob: HiBob) -> None:
    """D1: no inactive person is visible; D8: somebody merely disappears."""
    employee = bob.employed()
    edit.hide_person(bob.state, employee.id)
    assert employee.id not in [person["id"] for person in bob.search()]
    assert len(bob.search()) == 59
    edit.hide_person(bob.state, employee.id, hidden=False)
    edit.hide_leavers(bob.state)
    assert len(bob.search()) == len(bob.search(inactive=False)) < 60
    edit.hide_leavers(bob.state, hidden=False)
    edit.hide_everybody(bob.state)
    assert bob.search() == []


def test_a_manager_outside_the_scope_is_still_named(bob: HiBob) -> None:
    employee = bob.employed()
    manager = employee.get("work.manager")
    edit.hide_person(bob.state, manager)
    assert bob.person(employee.id, "work.manager")["work"]["manager"] == manager


def test_seeded_company_has_its_set_pieces(bob: HiBob) -> None:
    fields = ("root.email", "work.title", "work.workPhone", "work.workMobile", "work.site",
              "personal.birthDate", "home.legalGender", "work.department", "work.manager",
              "internal.status")  # fmt: skip
    people = bob.search(*fields)
    mails = Counter(p["email"].lower() for p in people if p["email"])
    assert sorted(mails.values())[-3:] == [1, 2, 2]
    missing = {
        path: sum(p[path.split(".")[0]][path.split(".")[1]] is None for p in people)
        for path in fields[1:8]
    }
    assert all(missing.values()), missing
    assert any(p["email"] is None for p in people)
    sites = {p["id"]: p["work"]["site"] for p in people}
    assert any(
        p["work"]["site"] == "Berlin" and sites.get(p["work"]["manager"]) == "Wien" for p in people
    )
    gone = {p["id"] for p in people if p["internal"]["status"] == "Inactive"}
    assert any(p["work"]["manager"] in gone and p["id"] not in gone for p in people)


def test_history_tables(bob: HiBob) -> None:
    id = bob.employed().id
    edit.terminate(bob.state, id, "2026-06-30")
    rows = bob.get(f"/v1/people/{id}/lifecycle")["values"]
    assert rows[0] | {"id": 0} == {"id": 0, "effectiveDate": "2026-06-30", "status": "terminated"}
    assert bob.get(f"/v1/people/{id}/work")["values"][0]["reportsTo"]["id"]
    assert bob.get(f"/v1/people/{id}/employment")["values"][0]["weeklyHours"]
    edit.remove_permission(bob.state, "lifecycle")
    assert bob("GET", f"/v1/people/{id}/lifecycle").status_code == 403


def test_profiles_are_of_active_people(bob: HiBob) -> None:
    profiles = bob.get("/v1/profiles")["employees"]
    assert {p["id"] for p in profiles} == {p["id"] for p in bob.search(inactive=False)}
