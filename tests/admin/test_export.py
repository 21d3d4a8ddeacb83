"""G7: the history as XLS, XLSX and CSV: visible rows only, and no formulas."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
import tablib
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from integrations.admin.resources import EntryResource, safe_text
from integrations.models import RunEntry
from tests.admin.conftest import Site

Login = Callable[[User], Client]
URL = "admin:integrations_runentry_export"
XLSX, XLS, CSV = "0", "1", "2"
FORMULA = '=HYPERLINK("https://evil.example","click")'


def rows(client: Client, file_format: str, query: str = "") -> list[dict[str, object]]:
    answer = client.post(reverse(URL) + query, {"format": file_format, "resource": "0"})
    assert "attachment" in answer["Content-Disposition"]
    if file_format == XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        head, *body = sheet.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in body]
    if file_format == XLS:
        return list(tablib.Dataset().load(answer.content, format="xls").dict)
    return list(tablib.Dataset().load(answer.content.decode(), format="csv").dict)


@pytest.mark.parametrize("file_format", [XLSX, XLS, CSV])
def test_visible_rows_with_readable_columns(
    own: Site, foreign: Site, login: Login, file_format: str
) -> None:
    [row] = rows(login(own.admin), file_format)
    assert row["Record"] == f"{own.personal} Erika"
    assert row["Action"] == "updated"
    assert row["Reason code"] == "widened"
    assert row["Reason"] == "Half day entered as a full day"
    assert row["Before"] == f"absence: {own.personal}-sick"
    assert row["After"] == f"absence: {own.personal}-holiday"
    assert (row["ID on the left"], row["ID on the right"]) == ("left-OWNSITE", "right-OWNSITE")
    assert row["Workspace"] == own.workspace.name


@pytest.mark.parametrize("file_format", [XLSX, XLS, CSV])
@pytest.mark.parametrize("label", [FORMULA, "=" + FORMULA, "+1+1", "-1+1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(own: Site, login: Login, file_format: str, label: str) -> None:
    RunEntry.objects.update(label=label, before={"name": 1}, left_id=label)
    [row] = rows(login(own.admin), file_format)
    assert row["Record"] == f"'{label}"
    assert not str(row["ID on the left"]).startswith(("=", "+", "-", "@", "\t"))


def test_control_characters_and_long_texts_fit_into_a_cell() -> None:
    assert safe_text("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    assert len(safe_text("x" * 40_000)) == 32_767


def test_filters_and_selection_limit_the_download(own: Site, login: Login) -> None:
    other = RunEntry.objects.create(
        run=own.run, stream="absences", action="skip", state="done", label="second"
    )
    client = login(own.admin)
    assert [row["Record"] for row in rows(client, CSV, "?action__exact=skip")] == ["second"]
    answer = client.post(
        reverse(URL), {"format": CSV, "resource": "0", "export_items": [str(other.pk)]}
    )
    assert b"second" in answer.content
    assert own.personal.encode() not in answer.content


def test_viewers_and_strangers_download_nothing(own: Site, stranger: User, login: Login) -> None:
    for user in (own.viewer, stranger):
        answer = login(user).post(reverse(URL), {"format": CSV, "resource": "0"})
        assert answer.status_code == 403


def test_nothing_can_be_imported(own: Site, support: User, login: Login) -> None:
    url = reverse("admin:integrations_runentry_changelist")
    assert login(support).post(f"{url}import/", {}).status_code in (302, 403, 404)
    assert (
        "import"
        not in login(support)
        .get(url)
        .content.decode()
        .split("<main")[0]
        .lower()
        .split("integrations")[0]
    )


def test_headers_are_translated(own: Site) -> None:
    with translation.override("de"):
        data = EntryResource().export(RunEntry.objects.all())
    assert data.headers is not None
    assert data.headers[:4] == ["Zeit", "Lauf", "Arbeitsbereich", "Integration"]


def test_the_number_of_queries_does_not_grow_with_rows(
    own: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(20):
        RunEntry.objects.create(
            run=own.run, stream="absences", action="skip", state="done", label=str(index)
        )
    with django_assert_num_queries(1):
        EntryResource().export(RunEntry.objects.all())
