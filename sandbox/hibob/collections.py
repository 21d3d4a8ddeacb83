"""HiBob's records as the control API offers them."""

from __future__ import annotations

from typing import Any

from sandbox.hibob import edit
from sandbox.hibob.fields import FIELDS, value
from sandbox.hibob.state import CATEGORIES, Employee, HiBobState, Item
from sandbox.world import Collection

Json = dict[str, Any]


LEFT_OUT = ("root.id", "root.avatarUrl", "work.isManager", "work.directReports")


def person_json(state: HiBobState, employee: Employee) -> Json:
    """The fields by their ids, and who it is in words."""
    fields = {
        field.id: value(state, employee, field)
        for field in FIELDS.values()
        if field.id not in LEFT_OUT
    }
    words = {
        "name": employee.name,
        "department": _label(state, "department", employee.get("work.department")),
        "title": _label(state, "title", employee.get("work.title")),
        "lifecycle": state.label("lifecycleStatus", state.lifecycle(employee)),
        "hidden": employee.id in state.user.hidden_people,
    }
    return {"id": employee.id, **words, **fields}


def _label(state: HiBobState, list_name: str, id: Any) -> str:
    return "" if id is None else state.label(list_name, id)


def create_person(state: HiBobState, given: Json) -> Json:
    """Hire somebody: fields by their ids, root.firstName and root.surname needed."""
    fields = dict(given)
    for name in ("root.firstName", "root.surname"):
        if not fields.get(name):
            raise ValueError(f"{name} is missing")
    id = edit.hire(
        state,
        fields.pop("root.firstName"),
        fields.pop("root.surname"),
        fields.pop("root.email", None),
        start=fields.pop("work.startDate", None),
        **fields,
    )
    return person_json(state, state.employees[id])


def update_person(state: HiBobState, key: str, given: Json) -> Json:
    """Fields by their ids; `hidden` hides the person from the service user."""
    fields = dict(given)
    hidden = fields.pop("hidden", None)
    edit.change(state, key, **fields)
    if hidden is not None:
        edit.hide_person(state, key, hidden=bool(hidden))
    return person_json(state, state.employees[key])


def items_of(list_name: str) -> Collection:
    """The values of one list: `name`, `archived`."""

    def as_json(item: Item) -> Json:
        return {"id": str(item.id), "name": item.name, "archived": item.archived}

    def by_id(state: HiBobState, key: str) -> Item:
        found = next((i for i in state.items(list_name) if str(i.id) == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def create(state: HiBobState, given: Json) -> Json:
        if not given.get("name"):
            raise ValueError("name is missing")
        return as_json(by_id(state, edit.add_item(state, list_name, str(given["name"]))))

    def update(state: HiBobState, key: str, given: Json) -> Json:
        item = by_id(state, key)
        if not given.keys() <= {"name", "archived"}:
            raise ValueError("only name and archived can be set")
        item.name = str(given.get("name", item.name))
        item.archived = bool(given.get("archived", item.archived))
        return as_json(item)

    return Collection(lambda state: [as_json(i) for i in state.items(list_name)], create, update,
                      _archive_instead)  # fmt: skip


def _archive_instead(*_: Any) -> None:
    raise ValueError("set archived instead")


SETS = ("categories", "hidden_fields", "hidden_people")
FLAGS = ("in_group", "employed_only", "nobody", "company_sites")


def credential_json(state: HiBobState) -> list[Json]:
    user = state.user
    sets = {name: sorted(getattr(user, name)) for name in SETS}
    flags = {name: getattr(user, name) for name in FLAGS}
    return [{"id": "api", "service_user_id": user.id, "token": user.token, **sets, **flags}]


def update_credential(state: HiBobState, key: str, given: Json) -> Json:
    """`token`; lists `categories`, `hidden_fields`, `hidden_people`; flags `in_group`,
    `employed_only`, `nobody`, `company_sites`."""
    if key != "api":
        raise KeyError(key)
    if not given.keys() <= {"token", *SETS, *FLAGS}:
        raise ValueError("only token, lists and flags can be set")
    if not set(given.get("categories", ())) <= CATEGORIES:
        raise ValueError(f"categories are {', '.join(sorted(CATEGORIES))}")
    for name, wanted in given.items():
        new = set(wanted) if name in SETS else bool(wanted) if name in FLAGS else str(wanted)
        setattr(state.user, name, new)
    return credential_json(state)[0]


def _fixed(*_: Any) -> Any:
    raise ValueError("there is exactly one")


COLLECTIONS = {
    "people": Collection(
        lambda state: [person_json(state, employee) for employee in state.employees.values()],
        create_person,
        update_person,
        edit.delete_person,
    ),
    "departments": items_of("department"),
    "sites": items_of("site"),
    "titles": items_of("title"),
    "leaves": items_of("lifecycleStatus"),
    "credential": Collection(credential_json, _fixed, update_credential, _fixed),
}
