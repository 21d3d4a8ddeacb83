"""The control API, the demo page, the world's determinism and the command."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sandbox.server import Sandbox
from sandbox.vendors import VENDORS
from sandbox.world import World
from tests.sandbox.conftest import TIMEOUT, TODAY, Client

PERSONIO = "/records/personio/nordlicht"
HQ = "/records/hellohq/nordlicht"
ROOT = Path(__file__).parents[2]


def test_state_holds_all_vendors(control: Client) -> None:
    state = control.get("/state/nordlicht")
    assert len(state["personio"]["employees"]) == 12
    assert len(state["personio"]["absences"]) == 60
    assert state["hellohq"]["users"] and state["hellohq"]["absences"]
    control.get("/state/nowhere", expect=404)


def test_personio_absence_is_edited_as_by_hand(control: Client, v2: Client) -> None:
    given = {"employee_id": 1001, "type_id": 4711, "first": "2026-07-06", "last": "2026-07-10"}
    made = control("POST", f"{PERSONIO}/absences", json=given)
    assert made.status_code == 201
    key = made.json()["id_v2"]
    path = f"/v2/absence-periods/{key}"
    before = v2.get(path)
    control("PATCH", f"{PERSONIO}/absences/{key}", json={"last": "2026-07-09"})
    after = v2.get(path)
    assert after["ends_at"]["date_time"] == "2026-07-10T00:00:00"
    assert after["updated_at"] > before["updated_at"]
    assert control.get(f"{PERSONIO}/absences/{key}")["employee"]
    assert control("DELETE", f"{PERSONIO}/absences/{key}").status_code == 204
    v2.get(path, expect=404)
    assert control("DELETE", f"{PERSONIO}/absences/{key}").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"employee_id": 1, "type_id": 4711, "first": "2026-07-06"},
        {"employee_id": 1001, "type_id": 1, "first": "2026-07-06"},
        {"employee_id": 1001, "type_id": 4711, "first": "2026-07-06", "last": "2026-07-01"},
        {"employee_id": 1001, "type_id": 4711, "first": "soon"},
        {"employee_id": 1001, "type_id": 4711, "first": "2026-07-06", "minutes": 60},
        {"employee_id": 1001, "type_id": 4711, "first": "2026-07-06", "colour": "red"},
        {
            "employee_id": 1001, "type_id": 4711, "first": "2026-07-06",
            "half_start": True, "half_end": True,
        },
    ],
)  # fmt: skip
def test_impossible_absences_are_refused(control: Client, given: dict[str, object]) -> None:
    answer = control("POST", f"{PERSONIO}/absences", json=given)
    assert answer.status_code == 400 and answer.json()["error"]
    assert len(control.get(f"{PERSONIO}/absences")) == 60


def test_employees_types_and_credential(control: Client, v1: Client) -> None:
    control("PATCH", f"{PERSONIO}/employees/1001", json={"email": "neu@nordlicht.example"})
    person = v1.get("/v1/company/employees/1001")["data"]["attributes"]
    assert person["email"]["value"] == "neu@nordlicht.example"
    control("PATCH", f"{PERSONIO}/types/4711", json={"name": "Erholungsurlaub"})
    names = [t["attributes"]["name"] for t in v1.get("/v1/company/time-off-types")["data"]]
    assert names[0] == "Erholungsurlaub"
    assert control("DELETE", f"{PERSONIO}/types/4711").status_code == 400
    made = control("POST", f"{PERSONIO}/types", json={"name": "Neu", "unit": "day"}).json()
    assert control("DELETE", f"{PERSONIO}/types/{made['id']}").status_code == 204
    control("PATCH", f"{PERSONIO}/credential/api", json={"v1_scopes": ["employees:read"]})
    v1.get("/v1/company/time-offs", expect=403)
    assert control("DELETE", f"{PERSONIO}/employees/1001").status_code == 204
    v1.get("/v1/company/employees/1001", expect=404)


def test_hq_users_and_absences(control: Client, hq: Client) -> None:
    given = {
        "UserId": 4701, "Type": "RemoteWork", "Start": "2026-09-07T00:00:00",
        "End": "2026-09-08T00:00:00",
    }  # fmt: skip
    made = control("POST", f"{HQ}/absences", json=given).json()
    assert made["CreatedBy"] != hq.get("/v1/Me")["Id"]
    changed = {"End": "2026-09-09T00:00:00"}
    control("PATCH", f"{HQ}/absences/{made['Id']}", json=changed)
    assert hq.get(f"/v1/Users(4701)/Absences({made['Id']})")["MissedDays"] == 2.0
    assert control("DELETE", f"{HQ}/absences/{made['Id']}").status_code == 204
    assert hq.get("/v1/ConfigSystemEvents/do.GetDeleted()")["value"]
    control("PATCH", f"{HQ}/users/4701", json={"IsDeactivated": True, "EMailWork": "x@y.example"})
    assert 4701 not in [user["Id"] for user in hq.get("/v1/Users")["value"]]
    assert hq.get("/v1/Users(4701)")["EMailWork"] == "x@y.example"
    user = control("POST", f"{HQ}/users", json={"LastName": "Neu"}).json()
    assert user["Id"] in [row["Id"] for row in hq.get("/v1/Users")["value"]]


def test_faults_journal_and_reset(control: Client, hq: Client) -> None:
    fault = control("POST", "/faults", json={"kind": "server_error", "vendor": "hellohq"})
    assert fault.status_code == 201
    assert control("POST", "/faults", json={"kind": "nothing"}).status_code == 400
    assert control("POST", "/faults", json={"colour": "red"}).status_code == 400
    assert hq("GET", "/v1/Me").status_code == 503
    assert control.get("/faults")[0]["hits"] == 1
    journal = control.get("/journal", vendor="hellohq")
    assert journal["counts"]["hellohq"] == {"requests": 1, "unsafe": 0}
    assert journal["entries"][0]["fault"] == "server_error"
    control("DELETE", f"{PERSONIO}/employees/1001")
    assert control("DELETE", "/faults").status_code == 204
    assert control("POST", "/reset").status_code == 204
    assert len(control.get("/state/nordlicht")["personio"]["employees"]) == 12
    assert control.get("/journal")["entries"] == []


def test_vendors_lists_urls_and_credentials(sandbox: Sandbox, control: Client) -> None:
    answer = control.get("/vendors")
    assert answer["urls"]["personio"] == sandbox.urls["personio"]
    assert answer["tenants"]["nordlicht"] == {
        "personio": {
            "client_id": "papi-nordlicht",
            "client_secret": "sandbox-secret-nordlicht",
        },
        "hellohq": {"api_token": "hq-token-nordlicht"},
        "awork": {
            "api_key": "awork-key-nordlicht",
            "workspace_url": "https://nordlicht.awork.com",
        },
        "hibob": {"service_user_id": "SERVICE-nordlicht", "token": "hibob-token-nordlicht"},
        "travelperk": {"api_key": "tp-key-nordlicht"},
    }


def form(**changes: str) -> dict[str, str]:
    return {
        "id": "", "person": "1001", "employee_id": "1001", "type_id": "4711",
        "first": "2026-07-06", "last": "2026-07-10", "begin": "09:00", "minutes": "60",
        "status": "PENDING", "comment": "<b>Hallo</b>",
    } | changes  # fmt: skip


def test_page_adds_approves_edits_and_deletes(control: Client) -> None:
    assert control("GET", "/").url.endswith("/ui/nordlicht")
    known = set(control.personio.absences)
    page = control("POST", "/ui/nordlicht/absences", data=form())
    assert page.status_code == 200 and page.url.endswith("?person=1001")
    [key] = set(control.personio.absences) - known
    assert control.personio.absences[key].status == "PENDING"
    control("POST", f"/ui/nordlicht/absences/{key}/approve", data={"person": "1001"})
    assert control.personio.absences[key].status == "APPROVED"
    page = control("GET", f"/ui/nordlicht?edit={key}")
    assert "Abwesenheit bearbeiten" in page.text
    assert "&lt;b&gt;Hallo" in page.text and "<b>Hallo" not in page.text
    control("POST", "/ui/nordlicht/absences", data=form(id=key, half_end="on", last=""))
    assert control.personio.absences[key].last is None
    control("POST", f"/ui/nordlicht/absences/{key}/delete")
    assert key not in control.personio.absences


def test_page_keeps_what_was_typed_when_it_refuses(control: Client) -> None:
    page = control("POST", "/ui/nordlicht/absences", data=form(last="2026-07-01"))
    assert page.status_code == 400
    assert "Nicht gespeichert" in page.text and 'value="2026-07-06"' in page.text


def test_page_saves_hours(control: Client) -> None:
    kind = next(t.id for t in control.personio.types.values() if t.unit == "hour")
    known = set(control.personio.absences)
    control("POST", "/ui/nordlicht/absences", data=form(type_id=str(kind), minutes="90"))
    [key] = set(control.personio.absences) - known
    saved = control.personio.absences[key]
    assert (saved.minute, saved.minutes, saved.last) == (540, 90, saved.first)


def test_tables_show_both_sides_of_one_person(control: Client) -> None:
    everybody = control("GET", "/ui/nordlicht/tables").text
    person = control("GET", "/ui/nordlicht/tables?person=1001").text
    assert "von Hand eingetragen" in person
    assert len(person) < len(everybody)
    assert "<form" in person and "<main" not in person
    assert control("GET", "/ui/nowhere").status_code == 404


def test_same_seed_same_world() -> None:
    def facts(seed: int) -> object:
        world = World(VENDORS, seed=seed, today=TODAY)
        tenant = world.tenants["elbtal"]
        return [
            collection.all(tenant.states[name])
            for name, vendor in world.vendors.items()
            for collection in vendor.collections.values()
        ]

    assert facts(1) == facts(1)
    assert facts(1) != facts(2)


def test_sizes() -> None:
    medium = World(VENDORS, size="medium").tenants["isarwerk"].agency
    assert (len(medium.people), len(medium.leaves)) == (60, 600)
    started = time.process_time()
    large = World(VENDORS, size="large").tenants["nordlicht"].agency
    assert (len(large.people), len(large.leaves)) == (500, 10_000)
    assert time.process_time() - started < 3


def test_command_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    base = free_base()
    settings = tmp_path / "only_sandbox.py"
    settings.write_text("SECRET_KEY = 'x'\nINSTALLED_APPS = ['sandbox']\nUSE_TZ = True\n")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", "--port-base", str(base)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "only_sandbox",
            "PYTHONPATH": str(tmp_path),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if lines[-1] == "ready":
                break
        assert any("papi-elbtal" in line for line in lines)
        url = f"http://127.0.0.1:{base + 1}/v1/Me"
        headers = {"Authorization": "Bearer hq-token-nordlicht"}
        assert requests.get(url, headers=headers, timeout=TIMEOUT).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


def free_base() -> int:
    """A port whose neighbours up to +9 are most likely free as well."""
    for base in range(20_000 + os.getpid() % 5_000 * 2, 60_000, 20):
        if all(is_free(base + offset) for offset in (*range(5), 9)):
            return base
    raise AssertionError("no ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
