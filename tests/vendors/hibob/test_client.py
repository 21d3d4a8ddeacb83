"""The HiBob client: the search and its two forms, what is missing, lists, refusals, the test."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from integrations.remote import (
    AuthFailed,
    BadAnswer,
    ClosedGate,
    EndpointNotFound,
    Forbidden,
    InconsistentList,
    NotFound,
    RateLimited,
)
from integrations.vendors.hibob import fields as f
from integrations.vendors.hibob.client import LEAVERS_INVISIBLE, PEOPLE_DATA, open_hibob
from integrations.vendors.hibob.decode import decode_person
from integrations.vendors.hibob.records import FieldInfo, ListItem, Person, never_delivered

from ..support import Calls, FakeTime, FreeBudget

BASE = "https://api.hibob.com"
SEARCH, FIELDS = f"{BASE}/v1/people/search", f"{BASE}/v1/company/people/fields"
LISTS = f"{BASE}/v1/company/named-lists"
CUSTOM = "work.custom.field_1"
ASKED = [f.EMAIL, f.DEPARTMENT, f.SITE_ID, f.START_DATE, f.REPORTS_TO, f.STATUS, f.LEGAL_GENDER]
BIG = 3400000000000000001


def employee(n: int, **nested: Any) -> dict[str, Any]:
    """A person as a tenant delivers them: both forms, nulls only in the nested one."""
    id = str(BIG + n)
    person = {
        "id": id,
        "email": f"p{n}@firma.example",
        "companyId": 77,
        "firstName": "Juna",
        "surname": "Petrov",
        "work": {"department": "209190001", "siteId": 1814001, "startDate": "2024-03-01"},
        "internal": {"status": "Active", "lifecycleStatus": "employed", "terminationDate": None},
        "/root/id": {"value": id},
        "/work/department": {"value": "209190001"},
    }
    for category, values in nested.items():
        person[category] = {**person.get(category, {}), **values}
    return person


LEAVER = {"internal": {"status": "Inactive", "lifecycleStatus": "terminated"}}


class Company:
    """The search as HiBob answers it; refuses what HiBob refuses."""

    def __init__(self, people: list[dict[str, Any]]) -> None:
        self.people = people
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request):
        body = json.loads(request.body)
        self.bodies.append(body)
        people = self.people
        if body.get("filters") == []:
            return 400, {}, json.dumps({"key": "bad", "error": "filters"})
        if "filters" in body:
            (one,) = body["filters"]
            assert (one["fieldPath"], one["operator"]) == ("root.id", "equals")
            people = [person for person in people if person["id"] in one["values"]]
        if not body.get("showInactive"):
            people = [one for one in people if one["internal"]["status"] == "Active"]
        return 200, {}, json.dumps({"employees": people})


@pytest.fixture
def net():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def serve(net, people: list[dict[str, Any]]) -> Company:
    company = Company(people)
    net.add_callback("POST", SEARCH, company, content_type="application/json")
    return company


def client(**options: Any):
    options = {"gate": ClosedGate(), "count": Calls(), "budget": FreeBudget(), **options}
    return open_hibob("SERVICE-1", "t0ken", clock=FakeTime().clock(), **options)


@pytest.fixture
def bob():
    return client()


def numbers(page) -> list[int]:
    return sorted(int(person.id) - BIG for person in page.records)


def one(net, bob, person: dict[str, Any], fields: list[str] = ASKED) -> Person:
    net.reset()
    serve(net, [person])
    (page,) = bob.people(fields)
    return page.records[0]


# People


def test_a_search_asks_for_everybody_with_dotted_ids_and_no_empty_filter(net, bob):
    """D2: pre-hires and leavers are only there when asked for. A closed gate lets it pass."""
    company = serve(net, [employee(1), employee(2, **LEAVER)])
    (page,) = bob.people(ASKED)
    assert [person.values[f.STATUS] for person in page.records] == ["Active", "Inactive"]
    assert page.total == 2 and page.cursor == ""
    assert company.bodies == [
        {"fields": ["root.id", *ASKED], "showInactive": True, "humanReadable": "APPEND"},
    ]
    headers = net.calls[0].request.headers
    credentials = base64.b64encode(b"SERVICE-1:t0ken").decode()
    assert headers["Authorization"] == f"Basic {credentials}"


def test_no_content_type_is_sent_without_a_body(net, bob):
    """Some GETs are answered with 400 HTML otherwise."""
    net.get(FIELDS, json=[])
    bob.fields_metadata()
    assert "Content-Type" not in net.calls[0].request.headers


def test_an_empty_field_is_told_from_one_that_may_not_be_read(net, bob):
    """D4: nothing is cleared because a permission is missing."""
    person = one(net, bob, employee(1, work={"reportsTo": None}))
    assert person.values[f.REPORTS_TO] is None and f.REPORTS_TO not in person.missing
    assert f.LEGAL_GENDER not in person.values and person.missing == [f.LEGAL_GENDER]
    for category in ({}, None):
        person = one(net, bob, {**employee(1, work={"reportsTo": None}), "home": category})
        assert person.missing == [f.LEGAL_GENDER]


def test_either_form_is_enough(net, bob):
    slashed = {
        "id": str(BIG),
        "/work/department": {"value": 209190001},
        "/root/email": {"value": "a@b.c"},
    }
    person = one(net, bob, slashed, [f.DEPARTMENT, f.EMAIL])
    assert person == Person(
        str(BIG), {f.ID: str(BIG), f.DEPARTMENT: "209190001", f.EMAIL: "a@b.c"}, []
    )
    nested = {
        "id": str(BIG),
        "email": "",
        "work": {"department": None},
        "/work/department": {"value": "7"},
    }
    person = one(net, bob, nested, [f.DEPARTMENT, f.EMAIL])
    assert person.values == {f.ID: str(BIG), f.DEPARTMENT: "7", f.EMAIL: None}


@given(st.one_of(st.none(), st.text(), st.integers(), st.booleans()))
def test_both_forms_say_the_same(found):
    """Also an empty value, should the slash form have one."""
    nested = decode_person({"id": "1", "work": {"custom": {"field_1": found}}}, [CUSTOM])
    slashed = decode_person({"id": "1", "/work/custom/field_1": {"value": found}}, [CUSTOM])
    assert nested == slashed and nested.missing == []


def test_ids_of_19_digits_survive_as_text_or_number(net, bob):
    for id in (str(BIG), BIG):
        person = one(net, bob, employee(1, work={"manager": id}), [f.MANAGER])
        assert person.id == str(BIG + 1) and person.values[f.MANAGER] == str(BIG)
    net.reset()
    serve(net, [employee(1, work={"manager": float(BIG)})])
    (page,) = bob.people([f.MANAGER])
    assert page.malformed[0].id == str(BIG + 1) and page.records == ()


@pytest.mark.parametrize(
    ("work", "manager"),
    [
        ({"reportsTo": {"id": "9", "displayName": "Abel"}, "manager": "9"}, "9"),
        ({"reportsTo": {"id": 9}}, "9"),
        ({"reportsTo": "9"}, "9"),
        ({"reportsTo": None, "manager": "9"}, "9"),
        ({"manager": "9"}, "9"),
        ({"reportsTo": None, "manager": None}, ""),
        ({}, ""),
    ],
)
def test_the_manager_in_all_shapes(net, bob, work, manager):
    """D6: the top of the company has none."""
    person = one(net, bob, employee(1, work=work), [f.REPORTS_TO, f.MANAGER])
    assert person.manager_id == manager


@pytest.mark.parametrize("written", ["01/03/2024", "2024-3-1", "20240301", "2024-02-30", "x", 7])
def test_only_iso_dates_are_dates(net, bob, written):
    """One bad record does not take the others with it (G8)."""
    serve(net, [employee(1, work={"startDate": written}), employee(2)])
    (page,) = bob.people([f.START_DATE])
    assert [person.values[f.START_DATE] for person in page.records] == ["2024-03-01"]
    (bad,) = page.malformed
    assert bad.id == str(BIG + 1) and f.START_DATE in bad.detail


def test_values_are_text_and_labels_are_of_list_fields_only(net, bob):
    readable = {"work": {"department": "Beratung", "siteId": "Leipzig", "startDate": "01/03/2024"}}
    person = one(net, bob, {**employee(1), "humanReadable": readable})
    assert person.values[f.SITE_ID] == "1814001"
    assert person.labels == {f.DEPARTMENT: "Beratung", f.SITE_ID: "Leipzig"}
    assert person.values[f.START_DATE] == "2024-03-01"
    flags = {"isManager": True, "directReports": 3.0}
    found = one(net, bob, employee(1, work=flags), ["work.isManager", "work.directReports"])
    assert (found.values["work.isManager"], found.values["work.directReports"]) == ("true", "3")


def test_people_are_staged_as_json(net, bob):
    person = one(net, bob, employee(1, work={"reportsTo": None}))
    staged = TypeAdapter(list[Person])
    assert staged.validate_json(staged.dump_json([person])) == [person]


def test_one_search_reads_everybody(net, bob):
    """There is no paging, and a quiet run of any company costs one search."""
    company = serve(net, [employee(n) for n in (5, 3, 1, 4, 2)])
    (page,) = bob.people([f.EMAIL])
    assert sorted(numbers(page)) == [1, 2, 3, 4, 5]
    assert (page.total, page.cursor, len(company.bodies)) == (5, "", 1)


@pytest.mark.parametrize("rows", [[{"email": "x"}], ["x"], [employee(1), employee(1)]])
def test_people_without_or_with_the_same_id_prove_nothing(net, bob, rows):
    net.post(SEARCH, json={"employees": rows})
    with pytest.raises(InconsistentList):
        list(bob.people([f.EMAIL]))


@pytest.mark.parametrize("body", [{}, [], {"employees": {}}, None])
def test_a_search_without_employees_is_no_empty_company(net, bob, body):
    net.post(SEARCH, json=body)
    with pytest.raises(BadAnswer):
        list(bob.people([f.EMAIL]))


def test_nobody_visible_is_one_empty_page(net, bob):
    serve(net, [])
    (page,) = bob.people([f.EMAIL])
    assert (page.records, page.total, page.cursor) == ((), 0, "")


def test_more_than_400_fields_are_not_asked_for(net, bob):
    with pytest.raises(ValueError, match="400"):
        list(bob.people([f"work.custom.field_{n}" for n in range(400)]))
    assert len(net.calls) == 0


def test_one_person_is_found_whatever_the_status_or_is_gone(net, bob):
    """D8: gone is only who HiBob does not show when asked by id."""
    company = serve(net, [employee(1), employee(2, **LEAVER)])
    person = bob.person(str(BIG + 2), [f.STATUS])
    assert person is not None and person.values[f.STATUS] == "Inactive"
    assert company.bodies[0]["filters"][0]["values"] == [str(BIG + 2)]
    assert bob.person("3", [f.STATUS]) is None


@pytest.mark.parametrize("rows", [[employee(1)], [employee(2), employee(1)], ["x"]])
def test_a_filter_that_was_ignored_finds_nobody(net, bob, rows):
    net.post(SEARCH, json={"employees": rows})
    with pytest.raises(BadAnswer):
        bob.person(str(BIG + 2), [f.STATUS])


def test_fields_that_nobody_has(net, bob):
    people = [Person("1", {"a": None}, ["b"]), Person("2", {"b": "x"}, ["a", "c"])]
    assert never_delivered(people, ["a", "b", "c"]) == ["c"]
    assert never_delivered([], ["a"]) == ["a"]


# Metadata and lists


DEPARTMENT = {
    "id": "work.department",
    "jsonPath": "work.department",
    "name": "Abteilung",
    "type": "list",
    "typeData": {"listId": "department"},
    "category": "work",
    "categoryId": "work",
    "categoryDisplayName": "Work",
}


def test_field_metadata(net, bob):
    net.get(FIELDS, json=[DEPARTMENT, {"id": "root.id", "type": "text", "category": "root"}])
    assert bob.fields_metadata() == [
        FieldInfo(f.DEPARTMENT, f.DEPARTMENT, "Abteilung", "list", "department", "work", "Work"),
        FieldInfo("root.id", "", "", "text", "", "", "root"),
    ]  # fmt: skip
    net.reset()
    net.get(FIELDS, json={"fields": []})
    with pytest.raises(BadAnswer):
        bob.fields_metadata()


CHILD = {"id": 209190002, "name": "Strategie", "archived": True, "children": []}
PARENT = {"id": "209190001", "value": "Beratung", "archived": False, "children": [CHILD]}
SECOND = {"id": "Product", "name": "Product"}
FLAT = [
    ListItem("209190001", "Beratung", False),
    ListItem("209190002", "Strategie", True, "209190001"),
    ListItem("Product", "Product", False),
]


@pytest.mark.parametrize(
    "body",
    [
        {"values": [PARENT, SECOND], "items": [PARENT, SECOND]},
        {"name": "department", "values": [PARENT, SECOND]},
        {"items": [PARENT, SECOND]},
    ],
)
def test_a_named_list_in_both_shapes_with_levels_and_archived_items(net, bob, body):
    net.get(f"{LISTS}/department", json=body)
    found = bob.named_list("department")
    assert found.name == "department" and found.items == FLAT
    assert found.names()["209190002"] == "Strategie"
    assert net.calls[0].request.params == {"includeArchived": "true"}
    (page,) = bob.list_items("department")
    assert list(page.records) == FLAT and page.total == 3


def test_all_lists_in_both_shapes(net, bob):
    by_name = {"site": {"values": [{"id": 1814001, "name": "Leipzig"}]}}
    for body in (by_name, [{"name": "site", "items": by_name["site"]["values"]}]):
        net.reset()
        net.get(LISTS, json=body)
        found = bob.named_lists()
        assert list(found) == ["site"] and found["site"].names() == {"1814001": "Leipzig"}


def test_a_very_deep_list_is_read(net, bob):
    node: dict[str, Any] = {"id": "last", "name": "x"}
    for depth in range(300):
        node = {"id": str(depth), "name": "x", "children": [node]}
    net.get(f"{LISTS}/deep", json={"values": [node]})
    assert len(bob.named_list("deep").items) == 301


def test_sites_are_a_named_list(net, bob):
    net.get(f"{LISTS}/site", json={"values": [{"id": 1814001, "name": "Leipzig"}]})
    assert bob.sites().names() == {"1814001": "Leipzig"}


def test_an_unknown_list_is_an_empty_404_and_html_is_none(net, bob):
    net.get(f"{LISTS}/none", status=404)
    with pytest.raises(NotFound, match="company list none"):
        bob.named_list("none")
    net.get(f"{LISTS}/odd%2Fname", status=404)
    with pytest.raises(NotFound):
        bob.named_list("odd/name")
    net.get(f"{LISTS}/page", status=404, body="<html>", content_type="text/html")
    net.get(LISTS, status=404)
    for call in (lambda: bob.named_list("page"), bob.named_lists):
        with pytest.raises(EndpointNotFound):
            call()


@pytest.mark.parametrize("body", [{}, {"values": "x"}, {"values": [{"name": "no id"}]}, []])
def test_a_list_that_is_none_is_a_bad_answer(net, bob, body):
    net.get(f"{LISTS}/x", json=body)
    with pytest.raises(BadAnswer):
        bob.named_list("x")


# Refusals


def test_a_200_with_html_is_no_answer(net, bob):
    """A wrong path shows the login page."""
    net.post(SEARCH, body="<html>Login</html>", content_type="text/html")
    with pytest.raises(BadAnswer):
        list(bob.people([f.EMAIL]))


@pytest.mark.parametrize(("status", "error"), [(401, AuthFailed), (403, Forbidden)])
def test_401_and_403_are_never_repeated(net, bob, status, error):
    """Repeating them blocks the address for five minutes."""
    net.post(SEARCH, status=status, json={"errorMessage": "No permissions for t0ken"})
    with pytest.raises(error) as caught:
        list(bob.people([f.EMAIL]))
    assert len(net.calls) == 1
    assert "No permissions" in caught.value.detail and "t0ken" not in caught.value.detail


def test_a_403_names_the_permission(net, bob):
    """G2."""
    net.post(SEARCH, status=403)
    net.get(f"{LISTS}/site", status=403, json={"key": "k", "error": "denied"})
    with pytest.raises(Forbidden, match=PEOPLE_DATA):
        list(bob.people([f.EMAIL]))
    with pytest.raises(Forbidden, match="company list site: k: denied"):
        bob.sites()


def test_a_429_waits_until_the_reset(net, bob):
    net.post(SEARCH, status=429, headers={"X-RateLimit-Reset": "1767225642"})
    with pytest.raises(RateLimited) as caught:
        list(bob.people([f.EMAIL]))
    assert caught.value.retry_after == 42.0 and len(net.calls) == 1


# The connection test


METADATA = [
    {"id": id, "categoryDisplayName": category}
    for id, category in (
        (f.STATUS, "Lifecycle"),
        (f.LIFECYCLE_STATUS, "Lifecycle"),
        (f.TERMINATION_DATE, "Lifecycle"),
        (f.START_DATE, "Work"),
    )
]


def test_the_check_is_content_with_a_full_view(net, bob):
    serve(net, [employee(1), employee(2, **LEAVER)])
    assert bob.check() == []
    assert bob.company_id() == "77"


def test_the_check_names_permissions_with_their_fields(net, bob):
    """D1, G2: fields that are silently absent."""
    people = [employee(1), employee(2)]
    for person in people:
        del person["internal"], person["firstName"]
    serve(net, people)
    net.get(FIELDS, json=METADATA)
    assert bob.check() == [
        "no such field (root.firstName)",
        "Lifecycle (internal.status, internal.lifecycleStatus, internal.terminationDate)",
    ]
    assert bob.probe([f.STATUS]).leavers_visible is None


def test_a_field_that_is_empty_for_everybody_is_readable(net, bob):
    serve(net, [employee(1), employee(2, **LEAVER)])
    net.get(FIELDS, json=METADATA)
    assert bob.probe([f.TERMINATION_DATE, f.BIRTH_DATE]).missing == {f.BIRTH_DATE: ""}


def test_the_check_says_that_leavers_are_invisible(net, bob):
    """D1."""
    serve(net, [employee(1), employee(2)])
    assert bob.check() == [LEAVERS_INVISIBLE]


@pytest.mark.parametrize("lifecycle", ["Terminated", "TERMINATED"])
def test_a_leaver_is_seen_by_the_lifecycle_too(net, bob, lifecycle):
    serve(net, [employee(1, internal={"lifecycleStatus": lifecycle})])
    assert bob.check() == []


def test_the_check_of_a_user_who_sees_nobody(net, bob):
    serve(net, [])
    assert bob.check() == [PEOPLE_DATA]
    net.reset()
    net.post(SEARCH, status=403)
    assert bob.check() == [PEOPLE_DATA]
    net.reset()
    net.post(SEARCH, status=401)
    with pytest.raises(AuthFailed):
        bob.check()


def test_people_of_two_companies_are_no_identity(net, bob):
    """G12."""
    serve(net, [employee(1), {**employee(2), "companyId": 78}])
    with pytest.raises(BadAnswer):
        bob.company_id()
    net.reset()
    serve(net, [{"id": "1"}])
    assert bob.company_id() == ""
