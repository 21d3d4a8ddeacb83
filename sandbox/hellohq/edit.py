"""What a person does in helloHQ's own screens: records as JSON objects in its own names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.hellohq.absences import AbsenceError, validated
from sandbox.hellohq.edit_plan import PLAN_COLLECTIONS
from sandbox.hellohq.state import OFFICE_MANAGER, HqState, missed_days
from sandbox.odata.model import Row
from sandbox.odata.query import printed
from sandbox.world import Collection

READ_ONLY = frozenset({"Id", "CreatedBy", "UpdatedBy", "CreatedOn", "UpdatedOn", "MissedDays"})


def absence_json(row: Row) -> Row:
    return {name: printed(value) for name, value in row.items()}


def user_json(state: HqState, row: Row) -> Row:
    return {**absence_json(row), "IsDeactivated": row["Id"] in state.deactivated}


def create_absence(state: HqState, given: dict[str, Any]) -> Row:
    if state.users.get(given.get("UserId")) is None:
        raise ValueError("UserId is unknown")
    values = validated(given, given["UserId"])
    return absence_json(state.add_absence(values, OFFICE_MANAGER))


def update_absence(state: HqState, key: str, given: dict[str, Any]) -> Row:
    row = _absence(state, key)
    if READ_ONLY & given.keys():
        raise AbsenceError("a read-only property cannot be set")
    shown = {n: v for n, v in absence_json(row).items() if n not in READ_ONLY}
    values = validated({**shown, **given}, {**shown, **given}["UserId"])
    values["MissedDays"] = missed_days(values["Type"], values["Start"], values["End"])
    changed = {**row, **values, "UpdatedBy": OFFICE_MANAGER, "UpdatedOn": state.clock.now()}
    return absence_json(state.absences.add(changed))


def delete_absence(state: HqState, key: str) -> None:
    state.delete_absence(_absence(state, key)["Id"], OFFICE_MANAGER)


def _absence(state: HqState, key: str) -> Row:
    row = state.absences.get(int(key)) if key.isdecimal() else None
    if row is None:
        raise KeyError(key)
    return row


def create_user(state: HqState, given: dict[str, Any]) -> Row:
    """`IsDeactivated` may be given beside the API's own properties."""
    id = max((row["Id"] for row in state.users), default=4700) + 1
    row = state.users.add({"Id": id, **state.stamps(OFFICE_MANAGER)})
    return update_user(state, str(row["Id"]), given)


def update_user(state: HqState, key: str, given: dict[str, Any]) -> Row:
    row = state.users.get(int(key)) if key.isdecimal() else None
    if row is None:
        raise KeyError(key)
    changes = _user_changes(state, given)
    if "IsDeactivated" in given:
        (state.deactivated.add if given["IsDeactivated"] else state.deactivated.discard)(row["Id"])
    stamps = {"UpdatedBy": OFFICE_MANAGER, "UpdatedOn": state.clock.now()}
    return user_json(state, state.users.add({**row, **changes, **stamps}))


def _user_changes(state: HqState, given: dict[str, Any]) -> Row:
    properties = state.users.type.properties
    changes: Row = {}
    for name, value in given.items():
        if name == "IsDeactivated":
            continue
        if name not in properties or name in READ_ONLY:
            raise ValueError(f"{name} cannot be set")
        is_time = properties[name] == "time" and value
        changes[name] = datetime.fromisoformat(value) if is_time else value
    return changes


def delete_user(state: HqState, key: str) -> None:
    """With the absences."""
    id = int(key) if key.isdecimal() else 0
    if state.users.remove(id) is None:
        raise KeyError(key)
    for row in state.absences.where("UserId", id):
        state.delete_absence(row["Id"], OFFICE_MANAGER)
    state.record_deletion("User", id, OFFICE_MANAGER)


def token_json(state: HqState) -> list[Row]:
    return [{"id": "api", "api_token": state.token.value, "scopes": sorted(state.token.scopes)}]


def update_token(state: HqState, key: str, given: dict[str, Any]) -> Row:
    """`scopes` of read_all, write_all; `api_token`."""
    if key != "api":
        raise KeyError(key)
    if not given.keys() <= {"scopes", "api_token"}:
        raise ValueError("only scopes and api_token can be set")
    state.token.scopes = set(given.get("scopes", state.token.scopes))
    state.token.value = given.get("api_token", state.token.value)
    return token_json(state)[0]


def _fixed(*_: Any) -> Any:
    raise ValueError("there is exactly one")


COLLECTIONS = {
    "absences": Collection(
        lambda state: [absence_json(row) for row in state.absences],
        create_absence,
        update_absence,
        delete_absence,
    ),
    "users": Collection(
        lambda state: [user_json(state, row) for row in state.users],
        create_user,
        update_user,
        delete_user,
    ),
    "credential": Collection(token_json, _fixed, update_token, _fixed),
    **PLAN_COLLECTIONS,
}
