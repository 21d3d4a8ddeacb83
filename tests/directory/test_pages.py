"""The pages of hibob-travelperk: settings and approval groups."""

from __future__ import annotations

import pytest
import responses
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import Integration, Link, Membership, Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    workspace = Workspace.objects.create(slug="a", name="Agentur A")
    return Integration.objects.create(workspace=workspace, kind="hibob-travelperk", state="active")


@pytest.fixture
def admin(integration: Integration) -> Client:
    user = User.objects.create_user("anna", "anna@a.example", "x", is_staff=True)
    Membership.objects.create(workspace=integration.workspace, user=user)
    client = Client()
    client.force_login(user)
    return client


def answers(**changes: object) -> dict[str, object]:
    return {
        "plan": "pro", "scope": "all", "extent": "selected", "details": ["phone"],
        "companies_from": "site", "method": "manual_approve_all", "guard_count": 5,
        "guard_percent": 10, **changes,
    }  # fmt: skip


@responses.activate
def test_d4_settings_are_shown_and_stored(admin: Client, integration: Integration) -> None:
    url = reverse("admin:directory_settings", args=[integration.pk])
    page = admin.get(url)
    assert page.status_code == 200 and b'value="birth_date"' in page.content
    assert admin.post(url, answers(daily="on")).status_code == 302
    integration.refresh_from_db()
    assert integration.settings["details"] == ["phone"]
    assert integration.settings["daily"] is True and integration.settings["plan"] == "pro"


@responses.activate
def test_d6_approvals_must_be_confirmed(admin: Client, integration: Integration) -> None:
    url = reverse("admin:directory_settings", args=[integration.pk])
    page = admin.post(url, answers(approvals="on"))
    assert page.status_code == 200 and page.context["form"].errors.keys() == {"override_confirmed"}
    integration.refresh_from_db()
    assert integration.settings == {}


@responses.activate
def test_d3_selected_sites_need_a_site(admin: Client, integration: Integration) -> None:
    url = reverse("admin:directory_settings", args=[integration.pk])
    page = admin.post(url, answers(scope="selected"))
    assert page.context["form"].errors.keys() == {"sites"}


def test_d6_groups_and_members_are_visible(admin: Client, integration: Integration) -> None:
    for stream, id, label, base in (
        ("users", "1", "Mara Chefin", {}),
        ("users", "2", "Ben Neu", {}),
        ("approval_groups", "1", "HiBob · Mara", {
            "method": "manual_approve_all", "members": ["@users|left|2"], "archived": False,
        }),
    ):  # fmt: skip
        Link.objects.create(
            integration=integration, stream=stream, left_id=id, right_id=f"9{id}", label=label,
            base=base,
        )  # fmt: skip
    page = admin.get(reverse("admin:directory_groups", args=[integration.pk])).content.decode()
    assert "Mara Chefin" in page and "Ben Neu" in page


def test_i9_strangers_see_neither(integration: Integration) -> None:
    client = Client()
    client.force_login(User.objects.create_user("b", "b@b.example", "x", is_staff=True))
    for name in ("directory_settings", "directory_groups"):
        assert client.get(reverse(f"admin:{name}", args=[integration.pk])).status_code == 404
