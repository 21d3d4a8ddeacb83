"""Users: paging, look-ups, one unsafe request per write, and no PUT or DELETE."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pydantic import TypeAdapter

from integrations.remote import (
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    InconsistentList,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    WriteRefused,
)
from integrations.vendors.travelperk.client import TravelPerkClient
from integrations.vendors.travelperk.records import ScimUser, UserDraft
from integrations.vendors.travelperk.refusals import AlreadyExists
from integrations.vendors.travelperk.scim import CORE

from .support import SCIM, USERS, client, row, scim_error, sent, serve_users

NORA = UserDraft("p1@acme.example", "Nora", "Quill", external_id="33101")
ONE = f"{USERS}/1"


def ids(pages) -> list[str]:
    return [user.id for page in pages for user in page.records]


def methods(net) -> list[str]:
    return [call.request.method for call in net.calls]


# Lists


def test_users_are_asked_for_with_key_version_and_page(net, perk):
    serve_users(net, [row(1)])
    (page,) = perk.users()
    assert page.total == 1 and ids([page]) == ["1"]
    request = net.calls[0].request
    assert request.params == {"startIndex": "1", "count": "50"}
    assert request.headers["Authorization"] == "ApiKey k3y"
    assert request.headers["Api-Version"] == "1"
    assert request.headers["Accept"] == "application/scim+json, application/json"


def test_the_scheme_of_the_key_can_be_another(net):
    serve_users(net, [])
    list(client(auth_scheme="Bearer").users())
    assert net.calls[0].request.headers["Authorization"] == "Bearer k3y"


def test_the_list_goes_on_by_what_was_returned(net, perk):
    """A server may return fewer than asked, on any page."""
    serve_users(net, [row(n) for n in range(1, 8)], most=3)
    pages = list(perk.users())
    assert ids(pages) == [str(n) for n in range(1, 8)]
    starts = [call.request.params["startIndex"] for call in net.calls]
    assert starts == ["1", "4", "7"]
    assert ids(perk.users(pages[0].cursor)) == ["4", "5", "6", "7"]
    with pytest.raises(InconsistentList):
        list(perk.users("x:y"))


def test_users_are_staged_as_json(net, perk):
    serve_users(net, [row(1)])
    (page,) = perk.users()
    staged = TypeAdapter(list[ScimUser])
    assert staged.validate_json(staged.dump_json(list(page.records))) == list(page.records)


def test_personal_fields_that_nobody_selected_are_left_out(net, perk):
    """D10 and privacy: what is staged holds mapped fields only."""
    serve_users(net, [row(1)])
    (page,) = perk.users(without=("gender", "birth_date"))
    (user,) = page.records
    assert (user.gender, user.birth_date, user.title) == ("", "", "Analyst")


def test_no_users_at_all(net, perk):
    net.get(USERS, json={"totalResults": 0})
    (page,) = perk.users()
    assert (page.records, page.total, page.cursor) == ((), 0, "")


def test_one_bad_user_does_not_take_the_others_along(net, perk):
    """G8."""
    serve_users(net, [row(1), row(2, active=None)])
    (page,) = perk.users()
    assert ids([page]) == ["1"] and page.malformed[0].id == "2"


@pytest.mark.parametrize(
    "bodies",
    [
        [{"totalResults": 3, "Resources": [row(1)]}, {"totalResults": 3}],
        [{"totalResults": 3, "Resources": [row(1)]}, {"totalResults": 2, "Resources": [row(2)]}],
        [{"totalResults": 2, "Resources": [row(1)]}, {"totalResults": 2, "Resources": [row(1)]}],
        [{"totalResults": 1, "Resources": [row(1), row(2)]}],
        [{"totalResults": 1, "Resources": [{"userName": "x"}]}],
    ],
)
def test_lists_that_contradict_themselves(net, perk, bodies):
    """I7."""
    for body in bodies:
        net.get(USERS, json=body)
    with pytest.raises(InconsistentList):
        list(perk.users())


@pytest.mark.parametrize("body", [{}, [], {"totalResults": "many"}, {"Resources": {}}, None])
def test_a_200_that_is_no_list_is_a_bad_answer(net, perk, body):
    net.get(USERS, json=body)
    with pytest.raises(BadAnswer):
        list(perk.users())


def test_a_404_of_a_list_is_a_wrong_address(net, perk):
    net.get(USERS, status=404, json=scim_error(404))
    with pytest.raises(EndpointNotFound):
        list(perk.users())


# Look-ups


def test_a_user_is_found_by_login_in_any_case(net, perk):
    serve_users(net, [row(1)])
    found = perk.find_user(" P1@Acme.example ")
    assert found is not None and found.id == "1"
    assert net.calls[0].request.params["filter"] == 'userName eq "P1@Acme.example"'


def test_a_filter_that_is_ignored_finds_nobody_else(net, perk):
    """The answer is checked again; also over several pages."""
    serve_users(net, [row(n) for n in range(1, 8)], most=3)
    assert perk.find_user("p7@acme.example").id == "7"
    assert perk.find_user("p8@acme.example") is None
    assert perk.find_user_by_external_id("33102").id == "2"


def test_a_filter_that_is_refused_is_replaced_by_the_whole_list(net, perk):
    """`externalId` is not among the attributes that are known to be filterable."""

    def answer(request):
        import json

        if "filter" in request.params:
            return 400, {}, json.dumps(scim_error(400, "invalidFilter"))
        return 200, {}, json.dumps({"totalResults": 2, "Resources": [row(1), row(2)]})

    net.add_callback("GET", USERS, answer, content_type="application/scim+json")
    assert perk.find_user_by_external_id("33102").id == "2"


def test_nothing_is_looked_for_without_a_key(net, perk):
    assert perk.find_user(" ") is None and perk.find_user_by_external_id("") is None
    assert len(net.calls) == 0


def test_of_two_users_of_one_external_id_the_active_one_is_found(net, perk):
    """G4."""
    serve_users(net, [row(1, externalId="9", active=False), row(2, externalId="9")])
    assert perk.find_user_by_external_id("9").id == "2"


def test_a_match_that_cannot_be_read_is_not_nobody(net, perk):
    serve_users(net, [row(1, active=None), row(2)])
    assert perk.find_user("p2@acme.example").id == "2"
    with pytest.raises(BadAnswer):
        perk.find_user("p1@acme.example")


def test_one_user(net, perk):
    net.get(ONE, json=row(1))
    assert perk.user("1").user_name == "p1@acme.example"
    net.replace("GET", ONE, json=row(2))
    with pytest.raises(BadAnswer):
        perk.user("1")
    net.get(f"{USERS}/a%2F..%2Fb", json=row(2))
    with pytest.raises(BadAnswer):
        perk.user("a/../b")
    for id in ("", " ", ".", ".."):
        with pytest.raises(Rejected):
            perk.user(id)


# Writes


def test_a_user_is_created_with_one_request(net, perk):
    net.post(USERS, status=201, json=row(1))
    assert perk.create_user(NORA).id == "1"
    method, url, body = sent(net)
    assert (method, url, body["schemas"]) == ("POST", USERS, [CORE])
    assert net.calls[0].request.headers["Content-Type"] == "application/json"
    assert len(net.calls) == 1


@pytest.mark.parametrize("body", [{"status": "409"}, scim_error(409, "uniqueness"), None])
def test_a_taken_name_already_exists_whatever_the_body(net, perk, body):
    """D12: the app looks it up and adopts it."""
    net.post(USERS, status=409, json=body)
    with pytest.raises(AlreadyExists) as caught:
        perk.create_user(NORA)
    assert isinstance(caught.value, Rejected) and caught.value.status == 409
    assert len(net.calls) == 1


def test_a_400_that_says_uniqueness_already_exists_too(net, perk):
    net.post(USERS, status=400, json=scim_error(400, "uniqueness"))
    with pytest.raises(AlreadyExists):
        perk.create_user(NORA)
    net.replace("POST", USERS, status=400, json=scim_error(400, "invalidValue", "costCenter"))
    with pytest.raises(Rejected, match="invalidValue: costCenter") as caught:
        perk.create_user(NORA)
    assert not isinstance(caught.value, AlreadyExists)


def test_a_creation_without_body_is_looked_up_and_not_repeated(net, perk):
    net.post(USERS, status=201)
    serve_users(net, [row(1)])
    assert perk.create_user(NORA).id == "1"
    assert methods(net) == ["POST", "GET"]


def test_a_creation_that_cannot_be_seen_has_an_unknown_outcome(net, perk):
    net.post(USERS, status=201)
    serve_users(net, [])
    with pytest.raises(OutcomeUnknown):
        perk.create_user(NORA)
    for body in ({"id": "1"}, []):
        net.replace("POST", USERS, status=201, json=body)
        with pytest.raises(OutcomeUnknown):
            perk.create_user(NORA)
    net.replace("POST", USERS, body=requests.ReadTimeout())
    with pytest.raises(OutcomeUnknown):
        perk.create_user(NORA)
    assert methods(net).count("POST") == 4


@pytest.mark.parametrize("draft", [UserDraft("", "N", "Q"), UserDraft("a@b.c", "N", " ")])
def test_a_draft_without_mandatory_fields_is_not_sent(net, perk, draft):
    """D4."""
    with pytest.raises(Rejected):
        perk.create_user(draft)
    assert len(net.calls) == 0


def test_a_patch_with_an_answer_is_one_request(net, perk):
    net.patch(ONE, json=row(1, title="Lead"))
    assert perk.patch_user("1", {"title": "Lead"}).title == "Lead"
    assert methods(net) == ["PATCH"]
    assert sent(net)[2]["Operations"] == [{"op": "replace", "path": "title", "value": "Lead"}]


@pytest.mark.parametrize(
    "answer",
    [{"status": 204}, {"json": {"ok": True}}, {"json": {"id": "1"}}, {"json": {"id": None}}],
)
def test_a_patch_without_the_user_in_its_answer_reads_it(net, perk, answer: Any):
    net.patch(ONE, **answer)
    net.get(ONE, json=row(1, title="Lead"))
    assert perk.patch_user("1", {"title": "Lead"}).title == "Lead"
    assert methods(net) == ["PATCH", "GET"]


def test_a_leaver_is_archived_and_comes_back_by_active_alone(net, perk):
    """D8, D9."""
    net.patch(ONE, json=row(1, active=False))
    perk.archive_user("1")
    archive = sent(net)[2]["Operations"]
    perk.unarchive_user("1")
    assert archive == [{"op": "replace", "path": "active", "value": False}]
    assert sent(net)[2]["Operations"] == [{"op": "replace", "path": "active", "value": True}]


def test_no_change_is_no_write(net, perk):
    net.get(ONE, json=row(1))
    perk.patch_user("1", {})
    assert methods(net) == ["GET"]


@pytest.mark.parametrize("changes", [{"id": "2"}, {"approvers": []}, {"user_name": " "}])
def test_a_change_that_is_none_is_not_sent(net, perk, changes):
    with pytest.raises(Rejected):
        perk.patch_user("1", changes)
    assert len(net.calls) == 0


def test_a_changed_address_that_is_taken(net, perk):
    """D9."""
    net.patch(ONE, status=409, json=scim_error(409, "uniqueness"))
    with pytest.raises(AlreadyExists):
        perk.patch_user("1", {"user_name": "p2@acme.example"})


def test_writes_pass_the_gate_and_reads_do_not(net):
    """I14."""
    perk = client(gate=ClosedGate())
    for write in (lambda: perk.create_user(NORA), lambda: perk.patch_user("1", {"title": "x"})):
        with pytest.raises(WriteRefused):
            write()
    serve_users(net, [row(1)])
    assert perk.find_user("p1@acme.example") is not None


def test_users_are_never_replaced_or_deleted():
    """D11: there is no method that could; profiles are only created, changed and archived."""
    named = [name for name in dir(TravelPerkClient) if not name.startswith("_")]
    assert not [name for name in named if any(word in name for word in ("delete", "put", "remove"))]
    assert [name for name in named if name.endswith("_user")] == [
        "archive_user",
        "create_user",
        "find_user",
        "patch_user",
        "unarchive_user",
    ]


def test_a_429_waits_as_long_as_it_says(net, perk):
    net.patch(ONE, status=429, headers={"Retry-After": "30"})
    with pytest.raises(RateLimited) as caught:
        perk.patch_user("1", {"title": "x"})
    assert caught.value.retry_after == 30.0 and len(net.calls) == 1


def test_both_addresses_are_settings(net):
    perk = client(base_url="https://api.perk.com/", scim_base_url="https://app.perk.com/scim/")
    net.get("https://app.perk.com/scim/Users", json={"totalResults": 0})
    net.get("https://api.perk.com/companies", json={"total": 0, "companies": []})
    list(perk.users())
    list(perk.companies())
    assert SCIM not in str(net.calls[0].request.url)
