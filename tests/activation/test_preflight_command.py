"""G2, G3: `manage.py preflight`, its JSON and its exit codes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations import clients
from integrations.activation import activate
from integrations.kinds import Check, CheckState
from integrations.models import Connection, Integration
from integrations.remote import AuthFailed, Unavailable
from tests.activation.conftest import ScriptedKind
from tests.activation.test_activate import KIND, NOW

pytestmark = pytest.mark.django_db
OK = Check("mapping", CheckState.OK, "Mapped", count=2)
ATTENTION = Check("people_unmatched", CheckState.ATTENTION, "Unmatched", "Do it", 1, ["Mira"])
CONFIRM = Check("absences_read_only", CheckState.TO_CONFIRM, "Read-only", "Confirm")


class Working:
    def check(self) -> list[str]:
        return []


class Locked:
    def check(self) -> list[str]:
        raise AuthFailed("hellohq", "no", status=401)


@pytest.fixture(autouse=True)
def activated(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    activate(json.dumps(document).encode(), NOW)
    for vendor in ("personio", "hellohq"):
        monkeypatch.setitem(clients.OPENERS, vendor, lambda *_: Working())


def run(*args: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("preflight", "--workspace", "nordlicht", *args, stdout=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(
    ("checks", "code"), [([OK], 0), ([OK, ATTENTION], 1), ([CONFIRM], 1), ([], 0)]
)
def test_g3_exit_codes(kind: ScriptedKind, checks: list[Check], code: int) -> None:
    kind.checks = checks
    assert run()[0] == code


def test_g3_json(kind: ScriptedKind) -> None:
    kind.checks = [ATTENTION]
    report = json.loads(run("--json")[1])
    assert report["workspace"] == "nordlicht"
    (part,) = report["integrations"]
    assert part["integration"] == KIND
    assert [check["code"] for check in part["checks"]] == [
        "connection_ok",
        "connection_ok",
        "people_unmatched",
    ]
    assert part["checks"][2] == {
        "code": "people_unmatched",
        "state": "attention",
        "title": "Unmatched",
        "count": 1,
        "names": ["Mira"],
        "action": "Do it",
    }


def test_g3_lines_name_records_and_what_to_do(kind: ScriptedKind) -> None:
    kind.checks = [ATTENTION]
    out = run("--integration", KIND)[1]
    assert "Mira" in out
    assert "Do it" in out


def test_g2_without_a_connection_there_is_no_checklist(
    kind: ScriptedKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind.checks = [ATTENTION]
    monkeypatch.setitem(clients.OPENERS, "hellohq", lambda *_: Locked())
    code, out = run("--json")
    assert code == 4
    (part,) = json.loads(out)["integrations"]
    assert [(check["code"], check["state"]) for check in part["checks"]] == [
        ("connection_ok", "ok"),
        ("auth_failed", "failed"),
    ]


def test_g2_a_connection_lost_on_the_way_is_a_line(kind: ScriptedKind) -> None:
    kind.error = Unavailable("personio", "no connection")
    code, out = run("--json")
    assert code == 4
    last = json.loads(out)["integrations"][0]["checks"][-1]
    assert (last["code"], last["state"]) == ("host_unreachable", "failed")
    assert "Personio" in last["title"]


def test_g2_missing_scopes_are_the_names_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Working, "check", lambda _: ["absences:read", "email"])
    code, out = run("--json")
    assert code == 4
    line = json.loads(out)["integrations"][0]["checks"][0]
    assert (line["code"], line["names"]) == ("permission_missing", ["absences:read", "email"])
    assert line["count"] == 2


def test_g2_a_deleted_connection_is_a_missing_credential() -> None:
    Connection.objects.filter(vendor="hellohq").delete()
    code, out = run("--json")
    assert code == 4
    assert "missing_credential" in out


def test_g2_the_test_is_kept_with_the_connection() -> None:
    run()
    assert set(Connection.objects.values_list("test_state", flat=True)) == {"ok"}


@pytest.mark.parametrize(
    "args", [["--workspace", "nobody"], ["--workspace", "nordlicht", "--integration", "jira"]]
)
def test_unknown_names_are_usage_errors(args: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("preflight", *args)
    assert caught.value.returncode == 2


def test_an_integration_whose_app_is_gone_is_left_out() -> None:
    Integration.objects.update(kind="gone")
    code, out = run("--json")
    assert (code, json.loads(out)["integrations"]) == (0, [])
