"""The SCIM schemas: what a user has, and how given values are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TRAVELPERK = "urn:ietf:params:scim:schemas:extension:travelperk:2.0:User"
EXPENSE = "urn:ietf:params:scim:schemas:extension:expense:2.0:User"
SCHEMA_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
LANGUAGES = ("en", "fr", "de", "es")

Json = dict[str, Any]


class BadValue(ValueError):
    """A value that the schema does not allow."""


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    type: str = "string"
    many: bool = False
    required: bool = False
    read_only: bool = False
    exact: bool = False
    unique: bool = False
    subs: tuple[Attribute, ...] = ()
    values: tuple[str, ...] = ()

    def sub(self, name: str) -> Attribute | None:
        return find(self.subs, name)

    def read(self, given: Any) -> Any:
        """The value as it is kept; None for nothing. Raises BadValue."""
        if given is None or given == []:
            return None
        if self.many:
            rows = given if isinstance(given, list) else [given]
            return [row for row in map(self._one, rows) if row is not None] or None
        return self._one(given)

    def _one(self, given: Any) -> Any:
        if self.type == "complex":
            return self._complex(given)
        if self.type == "boolean":
            return _boolean(self.name, given)
        if self.type == "integer":
            if isinstance(given, bool) or not isinstance(given, int):
                raise BadValue(f"{self.name} must be an integer.")
            return given
        if not isinstance(given, str):
            raise BadValue(f"{self.name} must be a string.")
        if self.values and given and given not in self.values:
            raise BadValue(f"{self.name} must be one of {', '.join(self.values)}.")
        return given

    def _complex(self, given: Any) -> Json | None:
        if isinstance(given, str) and self.sub("value"):
            given = {"value": given}
        if not isinstance(given, dict):
            raise BadValue(f"{self.name} must be an object.")
        return read_attributes(self.subs, given) or None

    def described(self) -> Json:
        payload: Json = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.many,
            "description": self.name,
            "required": self.required,
            "mutability": "readOnly" if self.read_only else "readWrite",
            "returned": "default",
        }
        if self.type == "string":
            payload["caseExact"] = self.exact
            payload["uniqueness"] = "server" if self.unique else "none"
        if self.type == "reference":
            payload |= {"referenceTypes": ["User"], "caseExact": True, "uniqueness": "none"}
        if self.values:
            payload["canonicalValues"] = list(self.values)
        if self.subs:
            payload["subAttributes"] = [sub.described() for sub in self.subs]
        return payload


def _boolean(name: str, given: Any) -> bool:
    """Some clients send "False"."""
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    if not isinstance(given, bool):
        raise BadValue(f"{name} must be a boolean.")
    return given


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """By name, without regard to case."""
    return next((a for a in attributes if a.name.lower() == name.lower()), None)


def read_attributes(attributes: tuple[Attribute, ...], given: Json) -> Json:
    """What is writable and known; the rest is passed over. Raises BadValue."""
    kept: Json = {}
    for name, value in given.items():
        attribute = find(attributes, name)
        if attribute is None or attribute.read_only:
            continue
        read = attribute.read(value)
        if read is not None:
            kept[attribute.name] = read
    return kept


A = Attribute
_DOCUMENT = ("documentType", "documentNumber", "givenName", "middleName", "familyName", "gender",
             "issuingCountry", "issuingDate", "expirationDate", "citizenship")  # fmt: skip
ATTRIBUTES: dict[str, tuple[Attribute, ...]] = {
    CORE: (
        A("userName", required=True, unique=True),
        A("name", "complex", required=True, subs=(
            A("givenName", required=True), A("familyName", required=True), A("middleName"),
            A("honorificPrefix"),
        )),
        A("active", "boolean"),
        A("title"),
        A("preferredLanguage", values=LANGUAGES),
        A("locale"),
        A("phoneNumbers", "complex", many=True, subs=(A("value"), A("type", values=("work",)))),
        A("groups", "complex", many=True, read_only=True, subs=(A("value", read_only=True),)),
    ),
    ENTERPRISE: (
        A("costCenter"),
        A("organization"),
        A("manager", "complex", subs=(
            A("value"), A("$ref", "reference", read_only=True), A("displayName", read_only=True),
        )),
    ),
    TRAVELPERK: (
        A("gender", values=("M", "F")),
        A("dateOfBirth"),
        A("travelPolicy"),
        A("invoiceProfiles", "complex", many=True, subs=(A("value"),)),
        A("emergencyContact", "complex", subs=(A("name"), A("phone"))),
        A("countryOfResidence"),
        A("travelDocuments", "complex", many=True, subs=tuple(map(A, _DOCUMENT))),
        A("approvers", "complex", many=True, read_only=True, subs=(
            A("value", read_only=True), A("displayName", read_only=True),
            A("condition", read_only=True),
        )),
    ),
    EXPENSE: (
        A("policyId"), A("creditor"), A("legalEntityId"), A("approvalThreshold", "integer"),
        A("ignoreManagerInRequests", "boolean"),
    ),
}  # fmt: skip
EXTERNAL_ID = A("externalId", exact=True)
"""Common to all resources, so no schema lists it."""
READ_ONLY = frozenset({"id", "meta", "schemas"})
UNPUBLISHED = frozenset(
    {
        "displayname", "nickname", "profileurl", "emails", "addresses", "ims", "photos", "roles",
        "entitlements", "usertype", "timezone", "password", "x509certificates", "department",
        "division", "employeenumber", "linemanageremail",
    }
)  # fmt: skip
"""Standard attributes that TravelPerk does not have and passes over."""


def attributes_of(urn: str) -> tuple[Attribute, ...]:
    """Also those that no schema lists."""
    return (*ATTRIBUTES[urn], EXTERNAL_ID) if urn == CORE else ATTRIBUTES[urn]


def read_user(given: Json) -> Json:
    """A resource as it is kept: known, writable attributes only. Raises BadValue."""
    kept = read_attributes(attributes_of(CORE), given)
    for urn in (ENTERPRISE, TRAVELPERK, EXPENSE):
        extension = next((v for k, v in given.items() if k.lower() == urn.lower()), None)
        if isinstance(extension, dict) and (values := read_attributes(ATTRIBUTES[urn], extension)):
            kept[urn] = values
    return kept


NAMES = {CORE: "User", ENTERPRISE: "Enterprise User", TRAVELPERK: "TravelPerk User",
         EXPENSE: "Expense User"}  # fmt: skip


def described(urn: str, base: str) -> Json:
    """A schema as `/Schemas` answers it."""
    return {
        "schemas": [SCHEMA_SCHEMA],
        "id": urn,
        "name": NAMES[urn],
        "description": NAMES[urn],
        "attributes": [attribute.described() for attribute in ATTRIBUTES[urn]],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
    }
