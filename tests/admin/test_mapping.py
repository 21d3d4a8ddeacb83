"""The pages of personio-hellohq: mapping (P3) and settings (P1, P9, G9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from absences import live
from absences.mapping import LiveType, current_mapping
from absences.models import HqAbsence
from integrations.remote import Unavailable
from tests.admin.conftest import Site

Login = Callable[[User], Client]


def url(site: Site, page: str = "mapping") -> str:
    return reverse(f"admin:absences_{page}", args=[site.integration.pk])


def test_p3_one_field_for_each_of_the_14_absences_in_order(own: Site, login: Login) -> None:
    page = login(own.admin).get(url(own)).content.decode()
    places = [page.index(f'name="{absence.value}"') for absence in HqAbsence]
    assert len(places) == 14
    assert places == sorted(places)
    assert page.count("full-day only") == 3


def test_p3_names_are_stored_and_a_comma_is_quoted(own: Site, login: Login) -> None:
    form = {"Vacation": "Urlaub", "CompanyAbsence": '"Reise, dienstlich"'}
    assert login(own.admin).post(url(own), form).status_code == 302
    stored = current_mapping(own.integration)
    assert stored["Vacation"] == "Urlaub"
    assert stored["CompanyAbsence"] == '"Reise, dienstlich"'


def test_p3_one_type_in_two_fields_is_an_error_that_names_both(own: Site, login: Login) -> None:
    before = current_mapping(own.integration)
    answer = login(own.admin).post(url(own), {"Vacation": "Urlaub", "SpecialLeave": " urlaub "})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "to “Holiday” and to “Special leave”" in page
    assert current_mapping(own.integration) == before


def test_p3_an_open_quote_is_an_error_and_the_text_stays(own: Site, login: Login) -> None:
    answer = login(own.admin).post(url(own), {"Vacation": '"Urlaub'})
    page = answer.content.decode()
    assert "A quotation mark is not closed." in page
    assert "&quot;Urlaub" in page


def test_p3_an_unknown_name_is_saved_with_a_warning(own: Site, login: Login) -> None:
    answer = login(own.admin).post(url(own), {"Vacation": "Urlub"}, follow=True)
    assert "Personio has no absence type “Urlub”" in answer.content.decode()
    assert current_mapping(own.integration)["Vacation"] == "Urlub"


def test_p3_live_types_are_offered_and_suggested(
    own: Site, login: Login, types: list[LiveType]
) -> None:
    page = login(own.admin).get(url(own)).content.decode()
    assert '<option value="Reise, dienstlich">' in page
    assert 'data-type="Krankheit" data-field="SickLeave"' in page


def test_p3_of_two_types_with_one_name_each_is_offered_with_its_id(
    own: Site, login: Login, types: list[LiveType]
) -> None:
    types.append(LiveType("9", "z", "Urlaub", "day"))
    page = login(own.admin).get(url(own)).content.decode()
    assert "Urlaub [1]" in page
    assert "Urlaub [9]" in page


def test_p4_types_that_absences_wait_for_are_listed_with_their_number(
    own: Site, login: Login
) -> None:
    page = login(own.admin).get(url(own)).content.decode()
    assert "Absences wait for these types" in page
    assert f"{own.personal} type" in page


def test_the_form_works_while_personio_does_not(
    own: Site, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(integration: Any, **kwargs: Any) -> list[LiveType]:
        raise Unavailable("Personio", "refused")

    monkeypatch.setattr(live, "live_types", away)
    client = login(own.admin)
    assert "Personio cannot be asked" in client.get(url(own)).content.decode()
    client.post(url(own), {"Vacation": "Anything"})
    assert current_mapping(own.integration)["Vacation"] == "Anything"


def test_settings_are_stored_and_others_stay(own: Site, login: Login) -> None:
    form = {
        "sync_start_date": "2026-05-01",
        "guard_count": "7",
        "guard_percent": "20",
        "notices_confirmed": "on",
    }
    assert login(own.admin).post(url(own, "settings"), form).status_code == 302
    own.integration.refresh_from_db()
    assert own.integration.settings == {
        "sync_start_date": "2026-05-01",
        "note": f"settings-{own.mark}",
    }
    assert (own.integration.guard_count, own.integration.guard_percent) == (7, 20)
    assert own.integration.notices_confirmed


def test_settings_refuse_what_makes_no_sense(own: Site, login: Login) -> None:
    form = {"sync_start_date": "soon", "guard_count": "-1", "guard_percent": "101"}
    answer = login(own.admin).post(url(own, "settings"), form)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(form)


def test_p9_the_notices_stand_on_the_settings_page(own: Site, login: Login) -> None:
    page = login(own.admin).get(url(own, "settings")).content.decode()
    assert "Absences are read-only in helloHQ" in page
    assert "Vacation accounts" in page


@pytest.mark.parametrize("page", ["mapping", "settings"])
def test_viewers_get_neither_page(own: Site, login: Login, page: str) -> None:
    assert login(own.viewer).get(url(own, page)).status_code == 404
