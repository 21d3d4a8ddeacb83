"""Users in SCIM 2.0 as TravelPerk speaks it ↔ records (pure).

Decoding raises ValueError for a user that cannot be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.vendors.travelperk.records import ScimUser, UserDraft
from integrations.vendors.values import ident, mapping, stamp, text

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TRAVELPERK = "urn:ietf:params:scim:schemas:extension:travelperk:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def _same(value: Any) -> Any:
    return value


def _phones(value: str) -> list[dict[str, str]]:
    # The whole list: a filter on type fails for people without a number, and TravelPerk is known
    # to keep the type "work" only [inferred].
    return [{"value": value, "type": "work"}]


def _reference(value: str) -> dict[str, str]:
    return {"value": value}


def _references(value: list[str]) -> list[dict[str, str]]:
    return [{"value": one} for one in value]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Where a field of ours is in a user: the schema, and the name (at most one sub-attribute)."""

    schema: str
    name: str
    encode: Callable[[Any], Any] = _same
    required: bool = False

    @property
    def path(self) -> str:
        """The path for PATCH. The URN holds dots itself; only a colon ends it."""
        return self.name if self.schema == CORE else f"{self.schema}:{self.name}"


COMPANY = Attribute(ENTERPRISE, "organization")
"""[contract]: companies are synced through SCIM, the attribute's name is not public."""

ATTRIBUTES: Mapping[str, Attribute] = {
    "user_name": Attribute(CORE, "userName", required=True),
    "given_name": Attribute(CORE, "name.givenName", required=True),
    "family_name": Attribute(CORE, "name.familyName", required=True),
    "external_id": Attribute(CORE, "externalId"),
    "active": Attribute(CORE, "active", required=True),
    "middle_name": Attribute(CORE, "name.middleName"),
    "honorific_prefix": Attribute(CORE, "name.honorificPrefix"),
    "title": Attribute(CORE, "title"),
    "phone": Attribute(CORE, "phoneNumbers", _phones),
    "preferred_language": Attribute(CORE, "preferredLanguage"),
    "locale": Attribute(CORE, "locale"),
    "cost_center": Attribute(ENTERPRISE, "costCenter"),
    "manager_id": Attribute(ENTERPRISE, "manager", _reference),
    "company": COMPANY,
    "gender": Attribute(TRAVELPERK, "gender"),
    # Clients write YYYY/MM/DD, unproven; YYYY-MM-DD is what TravelPerk answers [contract].
    "birth_date": Attribute(TRAVELPERK, "dateOfBirth"),
    "travel_policy": Attribute(TRAVELPERK, "travelPolicy"),
    "invoice_profiles": Attribute(TRAVELPERK, "invoiceProfiles", _references),
}


def equals(attribute: Attribute, value: str) -> str:
    """The filter `attribute eq "value"`; the value is a JSON string."""
    return f"{attribute.path} eq {json.dumps(value, ensure_ascii=False)}"


def encode_user(draft: UserDraft) -> dict[str, Any]:
    """The body that creates a user. Raises ValueError when a required field is empty."""
    values = {name: getattr(draft, name) for name in ATTRIBUTES}
    for name, value in values.items():
        _check(name, value)
    used = {name: value for name, value in values.items() if not _is_empty(value)}
    schemas = dict.fromkeys([CORE, *(ATTRIBUTES[name].schema for name in used)])
    body: dict[str, Any] = {"schemas": list(schemas)}
    for name, value in used.items():
        _put(body, ATTRIBUTES[name], value)
    return body


def encode_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The PATCH body that sets the given fields (names of ScimUser) and no other.

    An empty value takes the attribute away. Raises ValueError for an unknown field or an empty
    required one.
    """
    unknown = changes.keys() - ATTRIBUTES.keys()
    if unknown:
        raise ValueError(f"not writable: {', '.join(sorted(unknown))}")
    operations = [_operation(name, changes[name]) for name in ATTRIBUTES if name in changes]
    return {"schemas": [PATCH_OP], "Operations": operations}


def _operation(name: str, value: Any) -> dict[str, Any]:
    _check(name, value)
    attribute = ATTRIBUTES[name]
    if _is_empty(value):
        return {"op": "remove", "path": attribute.path}
    return {"op": "replace", "path": attribute.path, "value": attribute.encode(value)}


def _check(name: str, value: Any) -> None:
    if ATTRIBUTES[name].required and (_is_empty(value) or not str(value).strip()):
        raise ValueError(f"{ATTRIBUTES[name].name}: must not be empty")


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _put(body: dict[str, Any], attribute: Attribute, value: Any) -> None:
    node = body if attribute.schema == CORE else body.setdefault(attribute.schema, {})
    *outer, last = attribute.name.split(".")
    for key in outer:
        node = node.setdefault(key, {})
    node[last] = attribute.encode(value)


def user_id(row: Any) -> str:
    return ident(mapping(row, "user").get("id"), "id")


def attribute_of(row: Any, name: str) -> Any:
    """The raw value of one of our fields in a user, None where there is none."""
    attribute = ATTRIBUTES[name]
    node = row if attribute.schema == CORE else _dict(row).get(attribute.schema)
    for key in attribute.name.split("."):
        node = _dict(node).get(key)
    return node


def decode_user(row: Any) -> ScimUser:
    raw = {name: attribute_of(row, name) for name in ATTRIBUTES}
    special: dict[str, Any] = {
        "user_name": ident(raw.pop("user_name"), "userName"),
        "active": _flag(raw.pop("active")),
        "phone": _phone(raw.pop("phone")),
        "manager_id": _value_of(raw.pop("manager_id")),
        "birth_date": _day(text(raw.pop("birth_date"))),
        "invoice_profiles": [_value_of(one) for one in _list(raw.pop("invoice_profiles"))],
    }
    texts: dict[str, Any] = {name: text(value) for name, value in raw.items()}
    meta = _dict(row.get("meta"))
    created, modified = stamp(meta.get("created")), stamp(meta.get("lastModified"))
    return ScimUser(user_id(row), **special, **texts, created=created, last_modified=modified)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _flag(value: Any) -> bool:
    """`active`; some SCIM peers write booleans as text. Nobody is guessed to be archived."""
    shown = str(value).lower()
    if shown not in ("true", "false"):
        raise ValueError("active: missing")
    return shown == "true"


def _phone(value: Any) -> str:
    """The number of type work, else one without a type."""
    numbers = [_dict(one) for one in _list(value)]
    typed = {text(one.get("type")).lower(): text(one.get("value")) for one in reversed(numbers)}
    return typed.get("work") or typed.get("") or ""


def _value_of(value: Any) -> str:
    return text(value.get("value")) if isinstance(value, dict) else text(value)


def _day(shown: str) -> str:
    """`YYYY-MM-DD` from either spelling; anything else as it is."""
    candidate = shown.replace("/", "-")
    try:
        return date.fromisoformat(candidate).isoformat() if len(candidate) == 10 else shown
    except ValueError:
        return shown
