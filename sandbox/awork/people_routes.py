"""Users, the workspace, companies and what is the same in all projects."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork.answers import AworkError, invalid, missing
from sandbox.awork.forms import apply_tags, read_form, text
from sandbox.awork.frame import AworkFrame, api
from sandbox.awork.models import COMPANY, FIELD, PROJECT_ROLE, PROJECT_TYPE, TYPE_OF_WORK, USER
from sandbox.awork.projects import update_project
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.awork.tasks import find_project
from sandbox.http import Call, json_response

COMPANY_FORM = {"name": text(), "description": text(25_000), "industry": text()}
TYPE_FORM = {"name": text(), "description": text(), "icon": text()}
FIELD_TYPES = ("text", "number", "date", "datetime", "select", "coloredSelect", "link", "boolean",
               "user", "client")  # fmt: skip
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _archived(call: Call) -> bool:
    return call.request.args.get("showArchived", "").lower() == "true"


def me(app: AworkFrame, call: Call) -> Response:
    state = app.state(call)
    workspace = {
        "id": state.workspace_id,
        "name": state.name,
        "url": f"https://{state.slug}.awork.com",
    }
    shown = USER.render(state, state.users[state.key.user])
    return json_response({**shown, "workspace": workspace})


def users(app: AworkFrame, call: Call) -> Response:
    shown = _archived(call)
    rows = [row for row in app.state(call).users if shown or not row["isArchived"]]
    return app.page(call, USER, rows, f"users {shown}")


def _user(state: AworkState, id: str) -> Row:
    row = state.users.get(id)
    if row is None:
        raise missing("user")
    return row


def user(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, USER, _user(app.state(call), id))


def contacts(app: AworkFrame, call: Call, id: str) -> Response:
    return json_response(_user(app.state(call), id)["userContactInfos"])


def capacity(app: AworkFrame, call: Call, id: str) -> Response:
    row = _user(app.state(call), id)
    return json_response({"weeklyCapacity": dict(zip(WEEKDAYS, row["capacity"], strict=True))})


# -- companies


def companies(app: AworkFrame, call: Call) -> Response:
    return app.page(call, COMPANY, app.state(call).companies, "companies")


def _company(state: AworkState, id: str) -> Row:
    row = state.companies.get(id)
    if row is None:
        raise missing("company")
    return row


def company(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, COMPANY, _company(app.state(call), id))


def create_company(app: AworkFrame, call: Call) -> Response:
    state, by = app.state(call), app.me(call)
    row = {**read_form(app.body(call), COMPANY_FORM), "companyContactInfos": [], "tags": []}
    state.companies.add(state.born(row, by))
    state.emit("company_added", row, by)
    return app.one(call, COMPANY, row)


def put_company(app: AworkFrame, call: Call, id: str) -> Response:
    state, by = app.state(call), app.me(call)
    row = _company(state, id)
    row.update(read_form(app.body(call), COMPANY_FORM))
    state.touch(row, by)
    state.emit("company_updated", row, by)
    return app.one(call, COMPANY, row)


def tag_company(app: AworkFrame, call: Call, id: str, remove: bool) -> Response:
    state = app.state(call)
    row = _company(state, id)
    apply_tags(state, row, app.body(call), remove=remove)
    state.bump(row)
    state.emit("company_updated", row, app.me(call))
    return app.done()


def delete_company(app: AworkFrame, call: Call, id: str) -> Response:
    """Only without taking the projects along."""
    state, by = app.state(call), app.me(call)
    row = _company(state, id)
    form = app.form(call)
    if form.get("deleteOperation") not in ("move", "delete-only-company"):
        raise invalid("DeleteOperation", "'DeleteOperation' must be move or delete-only-company.")
    heir = form.get("moveToCompany")
    if form["deleteOperation"] == "move" and heir not in state.companies:
        raise missing("company")
    for project in state.projects.where("companyId", id):
        update_project(state, by, project, {"companyId": heir})
    state.companies.remove(id)
    state.tick()
    state.emit("company_deleted", row, by, deleted=True)
    return app.done()


# -- types of work


def types(app: AworkFrame, call: Call) -> Response:
    shown = _archived(call)
    rows = [row for row in app.state(call).types_of_work if shown or not row["isArchived"]]
    return app.page(call, TYPE_OF_WORK, rows, f"types {shown}")


def project_types_of_work(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    find_project(state, id)
    return app.whole(call, TYPE_OF_WORK, [t for t in state.types_of_work if not t["isArchived"]])


def _type(state: AworkState, id: str) -> Row:
    row = state.types_of_work.get(id)
    if row is None:
        raise missing("type of work")
    return row


def create_type(app: AworkFrame, call: Call) -> Response:
    state = app.state(call)
    row = {**read_form(app.body(call), TYPE_FORM), "isArchived": False}
    return app.one(call, TYPE_OF_WORK, state.types_of_work.add(state.born(row, app.me(call))))


def put_type(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = _type(state, id)
    row.update(read_form(app.body(call), TYPE_FORM))
    state.touch(row, app.me(call))
    return app.one(call, TYPE_OF_WORK, row)


def archive_type(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    row = _type(state, id)
    row["isArchived"] = app.form(call).get("isArchived") is True
    state.touch(row, app.me(call))
    return app.done()


# -- custom fields


def fields(app: AworkFrame, call: Call) -> Response:
    state = app.state(call)
    shown = [FIELD.render(state, row) for row in state.fields]
    if call.request.args.get("includeLinkedProjectIds", "").lower() == "true":
        for one in shown:
            one["linkedProjectIds"] = sorted(state.fields[one["id"]]["projectIds"])
    return json_response(shown)


def create_field(app: AworkFrame, call: Call) -> Response:
    state = app.state(call)
    readers = {"name": text(), "type": text(), "entity": text()}
    form = read_form(app.body(call), readers)
    if form["type"] not in FIELD_TYPES or form["entity"] not in ("task", "project"):
        raise invalid("Type", "'Type' and 'Entity' must be known.")
    row = {**form, "order": app.form(call).get("order"), "projectIds": set()}
    if form["entity"] == "project" and row["order"] is None:
        raise invalid("Order", "'Order' must not be empty.")
    return app.one(call, FIELD, state.fields.add(state.born(row, app.me(call))))


def project_fields(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    find_project(state, id)
    rows = [f for f in state.fields if f["entity"] == "project" or id in f["projectIds"]]
    return app.whole(call, FIELD, rows)


def link_field(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    find_project(state, id)
    row = state.fields.get(app.form(call).get("customFieldDefinitionId"))
    if row is None:
        raise missing("custom field")
    if id in row["projectIds"]:
        raise AworkError("already-exist-error", "The custom field is linked already.", 409)
    row["projectIds"].add(id)
    state.tick()
    return app.done()


def plain(app: AworkFrame, call: Call, table: str, model: Any) -> Response:
    return app.page(call, model, getattr(app.state(call), table), table)


def routes(app: AworkFrame) -> list[Rule]:
    def make(path: str, handler: Callable[..., Response], *methods: str, area: str) -> Rule:
        return api(path, partial(handler, app), *methods, area=area)

    tag = partial(tag_company, remove=False)
    untag = partial(tag_company, remove=True)
    return [
        make("/me", me, area=""),
        make("/users/me", me, area=""),
        make("/users", users, area="users"),
        make("/users/<id>", user, area="users"),
        make("/users/<id>/contactinfo", contacts, area="users"),
        make("/users/<id>/capacity", capacity, area="users"),
        make("/companies", companies, area="projects"),
        make("/companies", create_company, "POST", area="projects"),
        make("/companies/<id>", company, area="projects"),
        make("/companies/<id>", put_company, "PUT", area="projects"),
        make("/companies/<id>/delete", delete_company, "POST", area="projects"),
        make("/companies/<id>/addtags", tag, "POST", area="projects"),
        make("/companies/<id>/deletetags", untag, "POST", area="projects"),
        make("/typeofwork", types, area="projects"),
        make("/typeofwork", create_type, "POST", area="config"),
        make("/typeofwork/<id>", put_type, "PUT", area="config"),
        make("/typeofwork/<id>/setarchived", archive_type, "POST", area="config"),
        make("/projects/<id>/typeofwork", project_types_of_work, area="projects"),
        make("/customfielddefinitions", fields, area="projects"),
        make("/customfielddefinitions", create_field, "POST", area="config"),
        make("/projects/<id>/customfielddefinitions", project_fields, area="projects"),
        make("/projects/<id>/linkcustomfielddefinition", link_field, "POST", area="projects"),
        make(
            "/projecttypes",
            partial(plain, table="project_types", model=PROJECT_TYPE),
            area="projects",
        ),
        make(
            "/projectroles",
            partial(plain, table="project_roles", model=PROJECT_ROLE),
            area="projects",
        ),
    ]
