"""What a person does in HiBob's own screens: hiring, leaving, changing data and permissions.

Fields go by their API ids. Lists are given by the item's name (or id), the site also as
`work.site`, days as YYYY-MM-DD or dates. All raise KeyError for an unknown person and ValueError
for a value that cannot be.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.hibob.fields import DERIVED, FIELDS, Field
from sandbox.hibob.state import CATEGORIES, Employee, HiBobState, Item

Day = date | str
OF_STATUS = ("hired", "employed", "garden leave", "terminated")
"""Lifecycle statuses that follow from days; the others are leaves."""


def hire(state: HiBobState, first_name: str, surname: str, email: str | None, **fields: Any) -> str:
    """A new person, from today unless `start` is given; answers the id.

    Further fields by their ids, e.g. `**{"work.department": "Media"}`.
    """
    start = fields.pop("start", None) or state.clock.today()
    employee = Employee(state.new_id(), {"root.state": "uninvited"})
    numbers = [e.get("work.employeeIdInCompany") or 0 for e in state.employees.values()]
    now = state.clock.now().replace(tzinfo=None)
    employee.values |= {
        "work.employeeIdInCompany": max(numbers, default=0) + 1,
        "root.creationDateTime": f"{now.isoformat()}.000001",
    }
    basics = {"root.firstName": first_name, "root.surname": surname, "root.email": email}
    given = {"work.startDate": start, "work.originalStartDate": start, **basics, **fields}
    employee.values |= _checked(state, given)
    state.employees[employee.id] = employee
    return employee.id


def change(state: HiBobState, id: str, **fields: Any) -> None:
    """Set fields by their ids; None or "" empties one. `internal.lifecycleStatus` takes a leave's
    kind, or "employed" for its end."""
    employee = state.employees[id]
    leave = fields.pop("internal.lifecycleStatus", None)
    values = _checked(state, fields)
    if leave is not None:
        employee.leave = _leave(state, leave)
    employee.values |= values


def terminate(state: HiBobState, id: str, last_day: Day, terminated: Day | None = None) -> None:
    """The last day of work and the end of the contract (default: the same day), inclusive."""
    days = {"employee.lastDayOfWork": last_day, "internal.terminationDate": terminated or last_day}
    change(state, id, **days)


def rehire(state: HiBobState, id: str, start: Day) -> None:
    """Back under the same id; the former employment's last days stay where they are."""
    change(state, id, **{"work.startDate": start})
    state.employees[id].leave = ""


def withdraw_termination(state: HiBobState, id: str) -> None:
    change(state, id, **{"employee.lastDayOfWork": None, "internal.terminationDate": None})


def change_email(state: HiBobState, id: str, email: str | None) -> None:
    change(state, id, **{"root.email": email})


def rename(state: HiBobState, id: str, first_name: str, surname: str) -> None:
    change(state, id, **{"root.firstName": first_name, "root.surname": surname})


def move_manager(state: HiBobState, id: str, manager: str | None) -> None:
    """`manager` is an id; nobody checks for circles."""
    change(state, id, **{"work.manager": manager})


def move_site(state: HiBobState, id: str, site: str | None) -> None:
    change(state, id, **{"work.site": site})


def move_department(state: HiBobState, id: str, department: str | None) -> None:
    change(state, id, **{"work.department": department})


def start_leave(state: HiBobState, id: str, kind: str = "parental leave") -> None:
    change(state, id, **{"internal.lifecycleStatus": kind})


def end_leave(state: HiBobState, id: str) -> None:
    state.employees[id].leave = ""


def delete_person(state: HiBobState, id: str) -> None:
    """The profile vanishes; references to it stay."""
    del state.employees[id]


# -- lists


def add_item(state: HiBobState, list_name: str, name: str) -> str:
    """A new value of a list, e.g. a department; answers its id as text."""
    items = state.lists[list_name]
    if any(item.name == name for item in state.items(list_name)):
        raise ValueError(f"{name!r} exists")
    item = state.new_item(name)
    if items and isinstance(items[0].id, int):
        item.id = max(int(one.id) for one in items) + 1
    items.append(item)
    return str(item.id)


def rename_item(state: HiBobState, list_name: str, old: str, new: str) -> None:
    """Rename a department, site or title: the id stays."""
    state.item_named(list_name, old).name = new


def rename_department(state: HiBobState, old: str, new: str) -> None:
    rename_item(state, "department", old, new)


def archive_item(state: HiBobState, list_name: str, name: str, *, archived: bool = True) -> None:
    state.item_named(list_name, name).archived = archived


# -- the service user's permission group


def hide_person(state: HiBobState, id: str, *, hidden: bool = True) -> None:
    people = state.user.hidden_people
    (people.add if hidden else people.discard)(state.employees[id].id)


def hide_everybody(state: HiBobState, *, hidden: bool = True) -> None:
    state.user.nobody = hidden


def hide_leavers(state: HiBobState, *, hidden: bool = True) -> None:
    """Access data for employed people only."""
    state.user.employed_only = hidden


def remove_permission(state: HiBobState, name: str) -> None:
    """Take a category's view right ("lifecycle"), or that of one field ("work.title")."""
    if name in FIELDS:
        state.user.hidden_fields.add(name)
    elif name in CATEGORIES:
        state.user.categories.discard(name)
    else:
        raise ValueError(f"{name} is no field or category")


def give_permission(state: HiBobState, name: str) -> None:
    state.user.hidden_fields.discard(name)
    if name in CATEGORIES:
        state.user.categories.add(name)


def leave_group(state: HiBobState, *, left: bool = True) -> None:
    """Out of every permission group: nothing may be read."""
    state.user.in_group = not left


# -- checks


def _leave(state: HiBobState, kind: str) -> str:
    item: Item = state.item_named("lifecycleStatus", kind)
    if item.id == "employed":
        return ""
    if item.id in OF_STATUS:
        raise ValueError(f"{kind} follows from the days")
    return str(item.id)


def _checked(state: HiBobState, given: dict[str, Any]) -> dict[str, Any]:
    if "work.site" in given:
        given = {**given, "work.siteId": given["work.site"]}
        del given["work.site"]
    return {name: _value(state, name, value) for name, value in given.items()}


def _value(state: HiBobState, name: str, given: Any) -> Any:
    field = FIELDS.get(name)
    if field is None or name in DERIVED:
        raise ValueError(f"{name} cannot be set")
    if given in (None, ""):
        if name == "work.startDate":
            raise ValueError(f"{name} is missing")
        return None
    try:
        return _typed(state, field, given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def _typed(state: HiBobState, field: Field, given: Any) -> Any:
    if field.type == "date":
        return given.isoformat() if isinstance(given, date) else str(date.fromisoformat(given))
    if field.type == "multi-list":
        return [str(state.item_named(field.list, one).id) for one in given]
    if field.list:
        item = state.item_named(field.list, str(given))
        return item.id if field.type == "list_id" else str(item.id)
    if field.type == "employee-reference" and str(given) not in state.employees:
        raise ValueError("nobody has this id")
    return int(given) if field.type == "number" else str(given)
