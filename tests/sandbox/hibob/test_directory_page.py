"""The demo page of the directory: HiBob's people beside TravelPerk's users."""

from __future__ import annotations

from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.hibob.state import HiBobState
from sandbox.personio.vendor import VENDOR as PERSONIO
from sandbox.server import Sandbox
from sandbox.travelperk.state import TravelPerkState
from tests.sandbox.conftest import TODAY, Client
from tests.sandbox.hibob.conftest import HiBob

PAGE = "/ui/nordlicht/directory"


def form(bob: HiBob, **changes: str) -> dict[str, str]:
    given = {
        "id": "", "site": "", "root.firstName": "Nora", "root.surname": "<b>Neu",
        "root.email": "nora.neu@nordlicht.example", "work.siteId": "1814001",
        "work.department": str(bob.state.item_named("department", "Media").id), "work.title": "",
        "work.manager": "", "work.workPhone": "", "work.startDate": "2026-06-01",
        "employee.lastDayOfWork": "", "internal.terminationDate": "",
        "internal.lifecycleStatus": "employed",
    }  # fmt: skip
    return given | {name.replace("_", "."): value for name, value in changes.items()}


def test_hires_edits_hides_and_deletes(bob: HiBob, control: Client) -> None:
    known = set(bob.state.employees)
    page = control("POST", f"{PAGE}/people", data=form(bob))
    assert page.status_code == 200 and page.url.endswith(PAGE)
    [id] = set(bob.state.employees) - known
    assert "&lt;b&gt;Neu" in page.text and "<b>Neu" not in page.text
    edit_page = control("GET", f"{PAGE}?edit={id}").text
    assert "Person bearbeiten" in edit_page and 'value="nora.neu@nordlicht.example"' in edit_page
    changes = form(bob, employee_lastDayOfWork="2026-06-10", internal_terminationDate="2026-06-10")
    control("POST", f"{PAGE}/people", data={**changes, "id": id, "hidden": "on"})
    employee = bob.state.employees[id]
    assert bob.state.lifecycle(employee) == "terminated" and not bob.state.may_see(employee)
    control("POST", f"{PAGE}/people", data={**form(bob), "id": id})
    assert bob.state.may_see(employee)
    control("POST", f"{PAGE}/people/{id}/delete")
    assert set(bob.state.employees) == known


def test_keeps_what_was_typed_when_it_refuses(bob: HiBob, control: Client) -> None:
    page = control("POST", f"{PAGE}/people", data=form(bob, work_manager="1"))
    assert page.status_code == 400
    assert "Nicht gespeichert" in page.text and 'value="2026-06-01"' in page.text
    assert len(bob.state.employees) == 60


def test_rights_and_plan(bob: HiBob, control: Client) -> None:
    """Hide everybody, hide leavers, downgrade the plan."""
    perk = control.sandbox.world.state("nordlicht", TravelPerkState)
    control("POST", f"{PAGE}/settings", data={"scope": "employed", "plan": "premium"})
    assert (bob.state.user.employed_only, perk.account.plan) == (True, "premium")
    control("POST", f"{PAGE}/settings", data={"scope": "nobody", "plan": "pro"})
    assert bob.search() == []
    assert "unsichtbar" in control("GET", f"{PAGE}/tables").text
    wrong = {"scope": "all", "plan": "gold"}
    assert control("POST", f"{PAGE}/settings", data=wrong).status_code == 400
    assert bob.search() == []


def test_tables_show_both_sides(bob: HiBob, control: Client) -> None:
    tables = control("GET", f"{PAGE}/tables").text
    state = control.sandbox.world.state("nordlicht", HiBobState)
    assert all(employee.get("root.surname") in tables for employee in state.employees.values())
    for text in ("reisen@nordlicht.example", "Okta · Media", "Projekt Alpha", "kommt noch",
                 "Sabbatical", "archiviert"):  # fmt: skip
        assert text in tables
    site = control("GET", f"{PAGE}/tables?site=1814001").text
    assert ", Berlin<br>" in site
    assert ", Wien<br>" in tables and ", Wien<br>" not in site
    assert control("GET", "/ui/nowhere/directory").status_code == 404


def test_pages_link_to_each_other(control: Client) -> None:
    assert f'href="{PAGE}"' in control("GET", "/ui/nordlicht").text
    assert 'href="/ui/nordlicht"' in control("GET", PAGE).text


def test_pages_follow_the_vendors() -> None:
    with Sandbox(today=TODAY, vendors=(PERSONIO, HELLOHQ)) as two:
        client = Client(two, "control", "nordlicht")
        assert client("GET", PAGE).status_code == 404
        assert "Verzeichnis" not in client("GET", "/ui/nordlicht").text
