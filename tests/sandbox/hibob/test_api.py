"""HiBob's frame: credentials, lists, metadata, limits, odd answers, editing by hand."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.hibob import edit
from sandbox.hibob.limits import PER_MINUTE, Window
from sandbox.server import Sandbox
from sandbox.vendors import VENDORS
from sandbox.world import World
from tests.sandbox.conftest import TIMEOUT, TODAY, Client
from tests.sandbox.hibob.conftest import SEARCH, HiBob

FIELDS = "/v1/company/people/fields"
LISTS = "/v1/company/named-lists"
PEOPLE = "/records/hibob/nordlicht/people"


def test_credentials(bob: HiBob) -> None:
    for auth in (("SERVICE-nordlicht", "wrong"), ("SERVICE-nobody", "x"), ("", "")):
        bob.session.auth = auth
        assert bob("GET", FIELDS).status_code == 401
    bob.session.auth = None
    assert bob("GET", FIELDS, headers={"Authorization": "Bearer x"}).status_code == 401
    assert bob("GET", FIELDS, headers={"Authorization": "Basic ü"}).status_code == 401


def test_service_user_without_a_group(bob: HiBob) -> None:
    edit.leave_group(bob.state)
    assert bob("POST", SEARCH, json={}).status_code == 403
    assert bob("GET", FIELDS).status_code == 200


def test_many_refusals_block_the_credential(bob: HiBob, control: Client) -> None:
    """Fifty wrong tokens, and for five minutes nothing is answered but a page."""
    wrong = requests.Session()
    wrong.auth = ("SERVICE-nordlicht", "wrong")
    url = bob.url + FIELDS
    statuses = {wrong.get(url, timeout=TIMEOUT).status_code for _ in range(50)}
    assert statuses == {401}
    blocked = wrong.get(url, timeout=TIMEOUT)
    assert blocked.status_code == 403 and blocked.headers["Content-Type"].startswith("text/html")
    assert bob("GET", FIELDS).status_code == 200
    control("POST", "/clock", json={"minutes": 6})
    try:
        assert wrong.get(url, timeout=TIMEOUT).status_code == 401
    finally:
        control("POST", "/clock", json={"minutes": -6})


def test_wrong_path_is_a_login_page(bob: HiBob) -> None:
    for method, path in (("GET", "/v1/people/x/nothing"), ("GET", "/v2/x"), ("DELETE", SEARCH)):
        answer = bob(method, path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")


def test_the_old_reads_are_shut_down(bob: HiBob) -> None:
    assert bob("GET", "/v1/people").status_code == 429
    assert bob("GET", "/v1/people/1").status_code == 429


def test_content_type_without_a_body(bob: HiBob) -> None:
    answer = bob("GET", LISTS, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def test_rate_headers_and_limit(bob: HiBob) -> None:
    headers = bob("GET", FIELDS).headers
    assert headers["X-RateLimit-Limit"] == str(PER_MINUTE)
    assert int(headers["X-RateLimit-Reset"]) % 60 == 0
    with Sandbox(today=TODAY, enforce_limits=True) as strict:
        other = HiBob(strict)
        answers = [other("GET", FIELDS) for _ in range(2 * PER_MINUTE + 1)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and refused[0].headers["X-RateLimit-Remaining"] == "0"
        assert "Retry-After" not in refused[0].headers
        assert other("GET", LISTS).status_code == 200


def test_window_turns_with_the_minute() -> None:
    now = 119.0
    window = Window(lambda: now)
    assert [window.take() for _ in range(PER_MINUTE + 1)].count(True) == PER_MINUTE
    assert window.headers()["X-RateLimit-Reset"] == "120"
    now = 120.0
    assert window.take()
    assert window.headers()["X-RateLimit-Remaining"] == str(PER_MINUTE - 1)


def test_a_search_is_no_write(bob: HiBob, control: Client) -> None:
    """I14: HiBob's search is a POST and a read."""
    bob.search()
    assert control.get("/journal", vendor="hibob")["counts"]["hibob"]["unsafe"] == 0


@pytest.mark.parametrize(("kind", "left"), [("empty_list", 0), ("lose_row", 59)])
def test_list_faults(bob: HiBob, control: Client, kind: str, left: int) -> None:
    control("POST", "/faults", json={"kind": kind, "vendor": "hibob"})
    assert len(bob.search()) == left
    assert len(bob.search()) == 60


def test_metadata(bob: HiBob) -> None:
    fields = {field["id"]: field for field in bob.get(FIELDS)}
    department = fields["work.department"]
    assert department["typeData"] == {"listId": "department"}
    assert department["jsonPath"] == "work.department" and department["historical"]
    assert fields["root.email"]["jsonPath"] == "email"
    assert fields["home.privateEmail"]["categoryId"] == "personalContact"
    assert fields["work.siteId"]["type"] == "list_id"


def names(items: list[dict[str, Any]]) -> set[str]:
    return {i["name"] for i in items} | {c["name"] for i in items for c in i["children"]}


def test_named_list_nested_and_archived(bob: HiBob) -> None:
    answer = bob.get(f"{LISTS}/department")
    assert answer["values"] == answer["items"]
    consulting = next(item for item in answer["items"] if item["name"] == "Beratung")
    assert [child["name"] for child in consulting["children"]] == ["Strategie"]
    assert "Produktion" not in names(answer["items"])
    complete = bob.get(f"{LISTS}/department", includeArchived="true")["items"]
    assert "Produktion" in names(complete)
    held = {person["work"]["department"] for person in bob.search("work.department")}
    assert next(i["id"] for i in complete if i["name"] == "Produktion") in held


def test_named_list_ids_are_textual_or_numeric(bob: HiBob, sandbox: Sandbox) -> None:
    assert all(isinstance(i["id"], int) for i in bob.get(f"{LISTS}/site")["items"])
    assert all(isinstance(i["id"], str) for i in bob.get(f"{LISTS}/title")["items"])
    old = HiBob(sandbox, "elbtal")
    held = {person["work"]["department"] for person in old.search("work.department")}
    assert "Kreation" in held


def test_all_lists_in_both_shapes(bob: HiBob, sandbox: Sandbox) -> None:
    everything = bob.get(LISTS)
    assert everything["site"]["values"] and "terminationreason" in everything
    reference = HiBob(sandbox, "elbtal").get(LISTS)
    assert "department" in [one["name"] for one in reference]
    assert "values" not in HiBob(sandbox, "elbtal").get(f"{LISTS}/site")


def test_unknown_list_and_its_case(bob: HiBob) -> None:
    for name in ("nothing", "terminationReason"):
        answer = bob("GET", f"{LISTS}/{name}")
        assert (answer.status_code, answer.content) == (404, b"")


def test_sites_need_their_permission(bob: HiBob, control: Client) -> None:
    """D7: manage company sites."""
    path = "/records/hibob/nordlicht/credential/api"
    control("PATCH", path, json={"company_sites": False})
    assert bob("GET", f"{LISTS}/site").status_code == 403
    assert "site" not in bob.get(LISTS)


def test_people_are_edited_by_hand(bob: HiBob, control: Client) -> None:
    given = {"root.firstName": "Nora", "root.surname": "Neu", "work.site": "Wien",
             "work.department": "Media", "root.email": "nora@nordlicht.example"}  # fmt: skip
    made = control("POST", PEOPLE, json=given)
    assert made.status_code == 201
    id = made.json()["id"]
    person = bob.person(id, "work.site", "work.department", humanReadable="APPEND")
    assert person["work"]["site"] == "Wien"
    assert person["humanReadable"]["work"]["department"] == "Media"
    control("PATCH", f"{PEOPLE}/{id}", json={"employee.lastDayOfWork": "2026-06-10",
                                             "internal.terminationDate": "2026-06-10",
                                             "work.startDate": "2026-06-01"})  # fmt: skip
    assert control.get(f"{PEOPLE}/{id}")["lifecycle"] == "Terminated"
    control("PATCH", f"{PEOPLE}/{id}", json={"hidden": True})
    assert id not in [person["id"] for person in bob.search()]
    assert control("DELETE", f"{PEOPLE}/{id}").status_code == 204
    assert control("DELETE", f"{PEOPLE}/{id}").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"work.site": "Atlantis"},
        {"work.startDate": "soon"},
        {"work.startDate": ""},
        {"work.manager": "1"},
        {"internal.status": "Active"},
        {"internal.lifecycleStatus": "terminated"},
        {"shoe.size": "44"},
    ],
)
def test_impossible_edits_are_refused(bob: HiBob, control: Client, given: dict[str, str]) -> None:
    employee = bob.employed()
    before = dict(employee.values)
    assert control("PATCH", f"{PEOPLE}/{employee.id}", json=given).status_code == 400
    assert employee.values == before


def test_edits_show_in_the_api(bob: HiBob) -> None:
    state, id = bob.state, bob.employed().id
    edit.change_email(state, id, "neu@nordlicht.example")
    edit.rename(state, id, "Nora", "Neu")
    edit.rename_department(state, "Media", "Mediaplanung")
    edit.move_department(state, id, "Mediaplanung")
    edit.move_manager(state, id, None)
    edit.start_leave(state, id, "Sabbatical")
    edit.move_site(state, id, "Leipzig")
    person = bob.person(
        id, "root.email", "root.displayName", "work.department", "work.reportsTo", "work.site",
        "internal.lifecycleStatus", humanReadable="APPEND",
    )  # fmt: skip
    assert (person["email"], person["displayName"]) == ("neu@nordlicht.example", "Nora Neu")
    assert person["humanReadable"]["work"]["department"] == "Mediaplanung"
    assert person["work"]["reportsTo"] is None and person["work"]["site"] == "Leipzig"
    assert person["humanReadable"]["internal"]["lifecycleStatus"] == "Sabbatical"
    edit.end_leave(state, id)
    edit.terminate(state, id, "2026-06-01")
    assert state.status(state.employees[id]) == "Inactive"
    edit.rehire(state, id, "2026-06-10")
    assert state.status(state.employees[id]) == "Active"
    edit.delete_person(state, id)
    assert id not in [one["id"] for one in bob.search()]


def test_sizes() -> None:
    for size, number in (("medium", 400), ("large", 2_000)):
        world = World(VENDORS, size=size, today=TODAY)  # type: ignore[arg-type]
        states = world.tenants["nordlicht"].states
        assert len(states["hibob"].employees) == number
