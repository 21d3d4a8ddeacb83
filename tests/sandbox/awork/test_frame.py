"""awork: who may ask, paging, filters, orders, limits, people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.awork import edit
from sandbox.server import Sandbox
from tests.sandbox.awork.conftest import Awork
from tests.sandbox.conftest import Client


def test_key_is_the_workspace_and_me_names_both(sandbox: Sandbox) -> None:
    for tenant in sandbox.world.tenants:
        me = Awork(sandbox, tenant).get("/me")
        assert me["workspace"]["url"] == f"https://{tenant}.awork.com"
        assert me["id"] == Awork(sandbox, tenant).state.key.user


def test_wrong_key_and_missing_permission_are_both_401(sandbox: Sandbox, awork: Awork) -> None:
    stranger = Client(sandbox, "awork", "", "awork-key-nordlich")
    assert stranger.get("/api/v1/me", expect=401)["code"] == "unauthorized"
    awork.state.key.permissions.discard("absences")
    assert awork.get("/absences", expect=401)["code"] == "unauthorized"
    awork.get("/me")
    awork.state.key.permissions.discard("tasks:write")
    awork.refused("POST", "/tasks", {}, "unauthorized", 401)
    assert awork.all("/me/projecttasks")


def test_a_new_key_replaces_the_old_one(sandbox: Sandbox, awork: Awork) -> None:
    edit.update_workspace(awork.state, "workspace", {"api_key": "rotated"})
    awork.get("/me", expect=401)
    assert Client(sandbox, "awork", "", "rotated").get("/api/v1/me")["firstName"] == "HQ"


def test_a_body_of_the_wrong_shape_is_no_crash(awork: Awork) -> None:
    task = awork.new_task()
    for path, body in (
        ("/tasks/delete", []),
        ("/tasks/delete", {"taskIds": "x"}),
        ("/tasks", []),
        ("/tasks/changestatuses", {}),
        ("/tasks/changestatuses", [1]),
        (f"/tasks/{task['id']}/setassignees", {}),
        ("/projects/batch/addtags", {"projectIds": [awork.project()]}),
    ):
        assert awork("POST", path, json=body).status_code in (207, 400), path


def test_pages_have_headers_and_default_to_ten(awork: Awork) -> None:
    answer = awork("GET", "/timeentries", params={"page": 2})
    rows = answer.json()
    heads = {k: v for k, v in answer.headers.items() if k.startswith("aw-")}
    assert len(rows) == 10
    assert heads == {"aw-page": "2", "aw-pagesize": "10", "aw-items": "10", "aw-totalitems": "60"}
    assert len(awork.all("/timeentries")) == 60
    awork.get("/timeentries", page=1, pageSize=1001, expect=400)
    assert awork.get("/timeentries", page=99, pageSize=10) == []


def test_paths_match_in_any_case(awork: Awork) -> None:
    assert awork.get(f"/Projects/{awork.project().upper()}")["name"] == "Herbstkampagne"


@pytest.mark.parametrize(
    ("path", "expression", "keeps"),
    [
        ("/companies", "name eq 'Möwe Verlag'", 1),
        ("/companies", "Name ne 'Möwe Verlag'", 7),
        ("/companies", "name in ('Möwe Verlag','Alsterquell','Nichts')", 2),
        ("/companies", "substringof('Söhne',name) or startswith(name,'Als')", 2),
        ("/companies", "endswith(name,'Verlag') and not startswith(name,'X')", 1),
        ("/companies", "tolower(name) eq 'möwe verlag'", 1),
        ("/companies", "not (name eq 'Möwe Verlag' or name eq 'Alsterquell')", 6),
        ("/companies", "createdOn lt datetime'2000-01-01'", 0),
        ("/companies", "createdOn ge datetime'2000-01-01T00:00:00' and description eq null", 8),
        ("/companies", "createdOn lt now and createdOn gt today-400d", 8),
        ("/companies", "resourceVersion gt 630000000000000000L", 8),
        ("/companies", "projectsCount gt 0", 3),
        ("/users", "userContactInfos/any(c: c/value eq 'freya@extern.example')", 1),
        ("/users", "userContactInfos/any(c: c/value eq 'x') eq false and lastName eq 'Extern'", 1),
        ("/users", "userContactInfos/count() gt 1", 1),
        ("/users", "id eq me.id", 0),
        ("/me/projecttasks", "taskStatus/type eq 'stuck' and isprio eq false", 1),
        ("/me/projecttasks", "lists/count() eq 0", 1),
        ("/me/projecttasks", "tags/any(t: t/name eq 'wichtig')", 1),
        ("/me/projecttasks", "project/company/name eq 'Küstenkraft eG' and parentId eq null", 8),
        ("/timeentries", "endTimeUtc eq null and startTimeUtc ne null", 1),
        ("/timeentries", "endTimeUtc eq null and duration gt 0", 1),
        ("/absences", "startswith(externalProvider,'person')", 1),
        ("/projects", "projectStatus/type eq 'closed'", 1),
    ],
)
def test_filters(awork: Awork, path: str, expression: str, keeps: int) -> None:
    answer = awork("GET", path, params={"page": 1, "pageSize": 1000, "filterby": expression})
    assert answer.status_code == 200, answer.text
    assert (len(answer.json()), answer.headers["aw-totalitems"]) == (keeps, str(keeps))


@pytest.mark.parametrize(
    "params",
    [
        {"filterby": "name eq"},
        {"filterby": "name"},
        {"filterby": "colour eq 'red'"},
        {"filterby": "id eq '5d2e0000-0000-4000-a000-000000000000'"},
        {"filterby": "id eq guid'5d2e'"},
        {"filterby": "createdOn ge '2026-03-01'"},
        {"filterby": "createdOn ge datetime'2026-03-01T00:00:00Z'"},
        {"filterby": "createdOn ge datetime'gestern'"},
        {"filterby": "resourceVersion gt 'x'"},
        {"filterby": "contains(name,'x')"},
        {"filterby": "name eq 'x' und name eq 'y'"},
        {"filterby": "(name eq 'x'"},
        {"filterby": "name eq 'x' $"},
        {"orderby": "name asc, createdOn"},
        {"orderby": "colour"},
        {"orderby": "name upwards"},
    ],
)
def test_bad_expressions(awork: Awork, params: dict[str, str]) -> None:
    assert awork.get("/projects", expect=400, **params)["code"] == "invalid-filter-or-order"


def test_unknown_parameters_are_ignored(awork: Awork) -> None:
    assert len(awork.all("/timeentries", startDateUtc="2026-01-01")) == 60


def test_orders(awork: Awork) -> None:
    names = [c["name"] for c in awork.all("/companies", orderby="name desc")]
    assert names == sorted(names, reverse=True)
    tasks = awork.all("/me/projecttasks", orderby="project/name asc,resourceVersion desc")
    keys = [(t["project"]["name"], -t["resourceVersion"]) for t in tasks]
    assert keys == sorted(keys)


def test_null_properties_are_left_out(awork: Awork) -> None:
    def has_null(value: object) -> bool:
        if isinstance(value, dict):
            return any(v is None or has_null(v) for v in value.values())
        return isinstance(value, list) and any(has_null(v) for v in value)

    for path in ("/users", "/projects", "/me/projecttasks", "/companies", "/absences"):
        assert not any(has_null(row) for row in awork.all(path)), path


def test_limits_are_told_and_enforced() -> None:
    with Sandbox(enforce_limits=True) as sandbox:
        awork = Awork(sandbox)
        heads = awork("GET", "/me").headers
        assert (heads["ratelimit-limit"], heads["x-ratelimit-limit-second"]) == ("1000", "50")
        assert heads["Trace-Id"] and heads["X-Edge-Ref"]
        answers = [awork("GET", "/companies", params={"pageSize": 1}) for _ in range(120)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and not refused[0].content
        assert refused[0].headers["ratelimit-reset"] == "1"
        assert "Retry-After" not in refused[0].headers


def test_errors_and_unknown_ids(awork: Awork) -> None:
    error = awork.send("POST", "/tasks", {"name": " ", "baseType": "projecttask"}, expect=400)
    assert error["code"] == "validation-failed" and error["traceId"] and error["link"]
    assert error["validationErrors"][0]["property"] == "Name"
    for path in ("/projects/x", "/tasks/x", "/timeentries/x", "/absences/x", "/users/x"):
        assert awork.get(path, expect=404)["code"] == "not-found"
    answer = awork("PUT", f"/projects/{awork.project()}", data="{", headers={})
    assert answer.status_code == 400


def test_users_have_no_email_but_contact_infos(awork: Awork) -> None:
    users = awork.all("/users")
    assert all("email" not in user for user in users)
    assert any(not user["status"]["invitationAccepted"] for user in users)
    assert any(user["isDeactivated"] for user in users)
    kinds = [[c["subType"] for c in user["userContactInfos"]] for user in users]
    assert ["private", "work"] in kinds
    assert awork.state.key.user not in {user["id"] for user in users}
    assert awork.state.key.user in {u["id"] for u in awork.all("/users", showArchived="true")}
    capacity = awork.get(f"/users/{users[0]['id']}/capacity")["weeklyCapacity"]
    assert capacity["mon"] == 28_800 and capacity["sun"] == 0


def test_stamp_moves_with_the_clock_and_never_repeats(awork: Awork) -> None:
    first = awork.new_task()["resourceVersion"]
    second = awork.new_task()["resourceVersion"]
    awork.sandbox.world.clock.advance(timedelta(hours=1))
    third = awork.new_task()["resourceVersion"]
    assert first < second < third and third - first >= 36_000_000_000
    assert first > 2**53


def test_companies_types_and_fields(awork: Awork) -> None:
    made = awork.send("POST", "/companies", {"name": "Neu GmbH"})
    awork.send("PUT", f"/companies/{made['id']}", {"name": "Neu AG"})
    awork.send("POST", f"/companies/{made['id']}/addtags", [{"name": "A"}], expect=204)
    awork.refused(
        "POST", f"/companies/{made['id']}/addtags", [{"name": "a"}], "duplication-violation"
    )
    assert [tag["name"] for tag in awork.get(f"/companies/{made['id']}")["tags"]] == ["A"]
    body = {"deleteOperation": "delete-only-company"}
    awork.send("POST", f"/companies/{made['id']}/delete", body, expect=204)
    awork.get(f"/companies/{made['id']}", expect=404)
    kind = awork.send("POST", "/typeofwork", {"name": "Neu"})
    body = {"isArchived": True}
    awork.send("POST", f"/typeofwork/{kind['id']}/setarchived", body, expect=204)
    assert kind["id"] not in {t["id"] for t in awork.all("/typeofwork")}
    assert kind["id"] in {t["id"] for t in awork.all("/typeofwork", showArchived="true")}


def test_custom_fields_are_linked_set_and_found(awork: Awork) -> None:
    project, task = awork.project(), awork.new_task()
    form = {"name": "HQ-ID", "type": "text", "entity": "task"}
    made = awork.send("POST", "/customfielddefinitions", form)
    value = [{"customFieldDefinitionId": made["id"], "textValue": "HQ-4711"}]
    path = f"/tasks/{task['id']}/setcustomfields"
    awork.refused("POST", path, value, "invalid-operation")
    link = {"customFieldDefinitionId": made["id"], "order": 1}
    awork.send("POST", f"/projects/{project}/linkcustomfielddefinition", link, expect=204)
    awork.send("POST", f"/projects/{project}/linkcustomfielddefinition", link, expect=409)
    awork.send("POST", path, value, expect=204)
    found = awork.all("/me/projecttasks", filterby="customFields/any(c: c/textValue eq 'HQ-4711')")
    assert [row["id"] for row in found] == [task["id"]]
    shown = awork.get("/customfielddefinitions", includeLinkedProjectIds="true")
    assert [f["linkedProjectIds"] for f in shown if f["id"] == made["id"]] == [[project]]
    too_long = [{**value[0], "textValue": "x" * 751}]
    awork.refused("POST", path, too_long, "validation-failed")
