"""The SCIM codec: what we say is valid SCIM to an independent reader, and comes back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import PatchOp
from scim2_models import Path as ScimPath

from integrations.vendors.travelperk.records import ScimUser, UserDraft
from integrations.vendors.travelperk.scim import (
    ATTRIBUTES,
    CORE,
    ENTERPRISE,
    PATCH_OP,
    TRAVELPERK,
    attribute_of,
    decode_user,
    encode_changes,
    encode_user,
    equals,
)

from .peer import Peer
from .support import row

words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
optional = st.one_of(st.just(""), words)
days = st.dates().map(str)
drafts = st.builds(
    UserDraft,
    user_name=words,
    given_name=words,
    family_name=words,
    external_id=optional,
    active=st.booleans(),
    middle_name=optional,
    honorific_prefix=optional,
    title=optional,
    phone=optional,
    preferred_language=optional,
    locale=optional,
    cost_center=optional,
    manager_id=optional,
    company=optional,
    gender=optional,
    birth_date=st.one_of(st.just(""), days),
    travel_policy=optional,
    invoice_profiles=st.lists(words, max_size=2),
)


def fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ATTRIBUTES}


@given(drafts)
def test_what_is_written_is_what_is_read(draft):
    assert fields(decode_user({"id": "7", **encode_user(draft)})) == fields(draft)


@given(drafts, drafts)
def test_a_patch_turns_one_user_into_the_other(before, after):
    """Applied by the book, path by path."""
    body = {"id": "7", **encode_user(before)}
    for operation in encode_changes(fields(after))["Operations"]:
        apply(body, operation)
    assert fields(decode_user(body)) == fields(after)


def apply(body: dict[str, Any], operation: dict[str, Any]) -> None:
    path, node = operation["path"], body
    for urn in (ENTERPRISE, TRAVELPERK):
        if path.startswith(f"{urn}:"):
            path, node = path.removeprefix(f"{urn}:"), body.setdefault(urn, {})
    *outer, last = path.split(".")
    for key in outer:
        node = node.setdefault(key, {})
    if operation["op"] == "remove":
        node.pop(last, None)
    else:
        node[last] = operation["value"]


def test_every_field_of_a_user_is_written_and_read_at_one_place():
    assert set(ATTRIBUTES) == set(ScimUser.__slots__) - {"id", "created", "last_modified"}
    assert set(ATTRIBUTES) == set(UserDraft.__slots__)
    paths = [attribute.path for attribute in ATTRIBUTES.values()]
    assert len(set(paths)) == len(paths)


def test_paths_of_extensions_keep_their_urn():
    assert ATTRIBUTES["manager_id"].path == f"{ENTERPRISE}:manager"
    assert ATTRIBUTES["birth_date"].path == f"{TRAVELPERK}:dateOfBirth"
    assert ATTRIBUTES["given_name"].path == "name.givenName"


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_independent_scim_library_understands_every_path(name):
    """scim2-models finds the attribute of its own models that each path means."""
    assert ScimPath[Peer](ATTRIBUTES[name].path).resolve() is not None


@given(drafts)
def test_an_independent_scim_library_understands_bodies_and_patches(draft):
    peer = Peer.model_validate({**encode_user(draft), "externalId": draft.external_id or "x"})
    assert (peer.user_name, peer.active) == (draft.user_name, draft.active)
    assert peer.name.family_name == draft.family_name
    patch = PatchOp[Peer].model_validate(encode_changes(fields(draft)))
    assert len(patch.operations) == len(ATTRIBUTES)


@given(st.text(max_size=30))
def test_a_filter_holds_any_text(value):
    """The value is a JSON string: nothing in it can end it."""
    attribute, operator, quoted = equals(ATTRIBUTES["user_name"], value).split(" ", 2)
    assert (attribute, operator) == ("userName", "eq")
    assert json.loads(quoted) == value


@pytest.mark.parametrize("name", ["user_name", "given_name", "family_name", "active"])
@pytest.mark.parametrize("empty", ["", None, " "])
def test_what_is_required_is_not_taken_away(name, empty):
    with pytest.raises(ValueError, match="empty"):
        encode_changes({name: empty})


def test_a_patch_holds_the_given_fields_and_no_other():
    """D10, A14's idea: what we do not own stays."""
    assert encode_changes({"cost_center": "Research", "phone": "", "active": False}) == {
        "schemas": [PATCH_OP],
        "Operations": [
            {"op": "replace", "path": "active", "value": False},
            {"op": "remove", "path": "phoneNumbers"},
            {"op": "replace", "path": f"{ENTERPRISE}:costCenter", "value": "Research"},
        ],
    }
    with pytest.raises(ValueError, match="last_modified"):
        encode_changes({"last_modified": "x"})


def test_empty_fields_are_not_sent_with_a_new_user():
    """D10: birth date and gender only when they were selected."""
    body = encode_user(UserDraft("a@b.c", "Nora", "Quill", external_id="33107"))
    assert body == {
        "schemas": [CORE],
        "userName": "a@b.c",
        "name": {"givenName": "Nora", "familyName": "Quill"},
        "externalId": "33107",
        "active": True,
    }


def test_a_user_as_delivered():
    assert decode_user(row(29)) == ScimUser(
        id="29",
        user_name="p29@acme.example",
        given_name="Nora",
        family_name="Quill",
        external_id="33129",
        active=True,
        middle_name="",
        honorific_prefix="",
        title="Analyst",
        phone="+34 600 000 001",
        preferred_language="en",
        locale="en",
        cost_center="Research",
        manager_id="4711",
        company="Acme SL",
        gender="F",
        birth_date="1990-02-01",
        travel_policy="Standard",
        invoice_profiles=["Acme Iberia SL"],
        created="2020-04-01T22:24:44.137082Z",
        last_modified="2020-04-02T00:00:00Z",
    )


def test_null_absent_and_empty_are_one():
    bare = {"id": 29, "userName": "a@b.c", "active": "False"}
    nulls = {**bare, "name": None, "phoneNumbers": None, "meta": None, ENTERPRISE: None}
    empty = {**bare, "phoneNumbers": [], "title": "", TRAVELPERK: {"invoiceProfiles": []}}
    users = [decode_user(one) for one in (bare, nulls, empty)]
    assert users[0] == users[1] == users[2]
    assert (users[0].id, users[0].active, users[0].last_modified) == ("29", False, "")


@pytest.mark.parametrize(
    "changes", [{"active": None}, {"active": "maybe"}, {"userName": ""}, {"userName": None}]
)
def test_a_user_without_state_or_name_is_not_guessed(changes):
    with pytest.raises(ValueError):
        decode_user(row(1, **changes))


@pytest.mark.parametrize(
    ("numbers", "phone"),
    [
        ([{"value": "1", "type": "mobile"}, {"value": "2", "type": "work"}], "2"),
        ([{"value": "1", "type": "Work"}, {"value": "2", "type": "work"}], "1"),
        ([{"value": "1"}], "1"),
        ([{"value": "1", "type": "mobile"}], ""),
        ("1", ""),
    ],
)
def test_the_work_number_counts(numbers, phone):
    assert decode_user(row(1, phoneNumbers=numbers)).phone == phone


@pytest.mark.parametrize(
    ("written", "read"),
    [("1990/02/01", "1990-02-01"), ("1990-02-01", "1990-02-01"), ("1/2/90", "1/2/90"), (None, "")],
)
def test_birth_dates_are_read_in_both_spellings(written, read):
    assert decode_user(row(1, **{TRAVELPERK: {"dateOfBirth": written}})).birth_date == read


def test_a_raw_attribute_of_anything_is_none():
    assert attribute_of({"name": "x"}, "given_name") is None
    assert attribute_of("x", "user_name") is None
