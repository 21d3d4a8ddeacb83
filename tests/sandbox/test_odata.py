"""The query options over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hellohq.tables import build_tables
from sandbox.odata.model import AUDIT, EntityType, Navigation, Table
from sandbox.odata.query import Query, parse_options
from sandbox.server import Sandbox
from tests.sandbox.conftest import Client, hq_client


def ids(hq: Client, **options: str) -> list[int]:
    params = {f"${name}": text for name, text in options.items()}
    return [row["Id"] for row in hq.get("/v1/Users", **params)["value"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Id eq 4701", [4701]),
        ("Id ge 4701 and Id lt 4703", [4701, 4702]),
        ("Id eq 4701 or Id eq 4703", [4701, 4703]),
        ("not (Id gt 1)", [1]),
        ("Id eq 1 or Id eq 2 and Id eq 99", [1]),
        ("(Id eq 1 or Id eq 2) and Id eq 99", []),
        ("LastName eq 'Benutzer'", [1]),
        ("contains(LastName,'enutz')", [1]),
        ("startswith(tolower(LastName),'ben')", [1]),
        ("indexof(LastName,'nutz') ge 2", [1]),
        ("LeavingDate ne null", []),
        ("EMailWork eq ''", [2]),
        ("Absences/any(a: a/Type eq 'Vacation' and a/Start eq 2026-03-25)", [4701]),
    ],
)
def test_filter(hq: Client, text: str, expected: list[int]) -> None:
    assert ids(hq, filter=text, expand="Absences") == expected


def test_filter_on_instants(hq: Client) -> None:
    stamp = hq.get("/v1/Users(4701)")["UpdatedOn"]
    assert 4701 in ids(hq, filter=f"UpdatedOn ge {stamp}")
    assert 4701 not in ids(hq, filter=f"UpdatedOn gt {stamp}")
    assert 4701 in ids(hq, filter="UpdatedOn gt 2018-01-26")
    assert 4701 in ids(hq, filter="UpdatedOn gt 2018-01-26T18:15:00+01:00")


def test_filter_on_local_times(hq: Client) -> None:
    rows = hq.get(
        "/v1/Users(4701)/Absences",
        **{"$filter": "End gt 2026-03-25T00:00:00Z and Start lt 2026-04-02T00:00:00Z"},
    )["value"]
    assert [row["Start"] for row in rows] == ["2026-03-25T00:00:00"]


@pytest.mark.parametrize(
    "params",
    [
        {"$filter": "Nothing eq 1"},
        {"$filter": "Id eq 'x'"},
        {"$filter": "Id eq"},
        {"$filter": "Id"},
        {"$filter": "Id eq 1)"},
        {"$filter": "unknown(LastName)"},
        {"$filter": "LastName eq 'open"},
        {"$filter": "Absences/any(a: a/Type eq 'Ferien')", "$expand": "Absences"},
        {"$filter": "Absences/any(a: a/Id eq 1)"},
        {"$top": "1001"},
        {"$top": "x"},
        {"$expand": "Nothing"},
        {"$select": "Nothing"},
        {"$orderby": "Nothing"},
        {"$orderby": "Id sideways"},
        {"$search": "x"},
        {"$expand": "Absences($expand=User($expand=Absences))"},
    ],
)
def test_nonsense_is_400_with_an_odata_error(hq: Client, params: dict[str, str]) -> None:
    assert hq.get("/v1/Users", expect=400, **params)["error"]["message"]


def test_single_rows_take_expand_and_select_only(hq: Client) -> None:
    row = hq.get("/v1/Users(4701)", **{"$select": "Id", "$expand": "Absences($select=Id,Type)"})
    assert set(row) == {"@odata.context", "Id", "Absences"}
    assert set(row["Absences"][0]) == {"Id", "Type"}
    hq.get("/v1/Users(4701)", expect=400, **{"$filter": "Id eq 1"})


def test_order_page_and_count(hq: Client) -> None:
    everybody = sorted(ids(hq))
    assert ids(hq, orderby="Id desc") == everybody[::-1]
    assert ids(hq, orderby="Id", top="3", skip="2") == everybody[2:5]
    answer = hq.get("/v1/Users", **{"$count": "true", "$top": "0"})
    assert (answer["@odata.count"], answer["value"]) == (len(everybody), [])
    assert "@odata.count" not in hq.get("/v1/Users")


def test_names_sort_before_ids(hq: Client) -> None:
    rows = hq.get("/v1/Users", **{"$orderby": "LastName desc,Id", "$select": "Id,LastName"})
    found = [(row["LastName"], row["Id"]) for row in rows["value"]]
    assert found == sorted(sorted(found, key=lambda r: r[1]), key=lambda r: r[0], reverse=True)


def test_default_cap_of_a_list() -> None:
    with Sandbox(size="large") as sandbox:
        hq = hq_client(sandbox)
        assert len(ids(hq)) == 100
        answer = hq.get("/v1/Users", **{"$count": "true", "$top": "1000"})
        assert len(answer["value"]) == answer["@odata.count"] > 490


def test_a_later_set_is_one_type_and_one_table() -> None:
    """The machinery knows no entity: a task with its assignments works like a user."""
    tables = build_tables()
    task = EntityType(
        "Task",
        {**AUDIT, "Name": "string", "ParentId": "number"},
        {
            "Children": Navigation("Tasks", "ParentId", True),
            "Parent": Navigation("Tasks", "ParentId", False),
        },
    )
    tables["Tasks"] = Table(task, indexed=["ParentId"])
    for id, parent in ((1, None), (2, 1), (3, 1)):
        tables["Tasks"].add({"Id": id, "Name": f"T{id}", "ParentId": parent})

    def run(**options: str) -> list[dict[str, Any]]:
        given = parse_options({f"${name}": text for name, text in options.items()})
        return Query(given, task, tables).run(tables["Tasks"]).rows

    shown = run(filter="Parent/Name eq 'T1'", expand="Parent($select=Name)", select="Id")
    assert shown == [{"Id": 2, "Parent": {"Name": "T1"}}, {"Id": 3, "Parent": {"Name": "T1"}}]
    [top] = run(filter="ParentId eq null", expand="Children($orderby=Id desc;$top=1)")
    assert [row["Id"] for row in top["Children"]] == [3]
