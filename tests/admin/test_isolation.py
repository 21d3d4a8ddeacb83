"""I9: no page, action, autocomplete, export or JSON view crosses a workspace."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from integrations.admin.control import VERBS
from integrations.scope import ScopedAdmin, workspace_id
from tests.admin.conftest import Calls, Site

LEAVING = ("logout", "login")
IDS = ("object_id", "pk", "id")


def patterns(resolver: URLResolver, names: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Name and parameters of every URL of the admin."""
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from patterns(part)
        elif isinstance(part, URLPattern) and part.name:
            yield part.name, set(part.pattern.converters) | set(part.pattern.regex.groupindex)


def admin_patterns() -> list[tuple[str, set[str]]]:
    root = next(
        part
        for part in get_resolver().url_patterns
        if isinstance(part, URLResolver) and part.app_name == "admin"
    )
    return [(name, parts) for name, parts in patterns(root) if name not in LEAVING]


def urls(site: Site) -> list[str]:
    """Every URL of the admin, its ids those of the site's records."""
    choices: dict[str, list[Any]] = {
        **{name: [site.workspace.pk, site.viewer.pk] for name in IDS},
        "verb": list(VERBS),
        "decision": ["approve", "reject"],
        "form": ["xls", "xlsx"],
        "app_label": [config.label for config in apps.get_app_configs()],
        "content_type_id": list(ContentType.objects.values_list("pk", flat=True)),
        "url": ["nothing"],
    }
    found = set()
    for name, parts in admin_patterns():
        for values in itertools.product(*(choices[part] for part in sorted(parts))):
            kwargs = dict(zip(sorted(parts), values, strict=True))
            try:
                found.add(reverse(f"admin:{name}", kwargs=kwargs))
            except Exception:  # noqa: BLE001  an app without pages has no index
                assert name == "app_list"
    return sorted(found)


def queries(site: Site) -> list[str]:
    """Filters, searches and hidden columns that a curious person may put behind a URL."""
    pk = site.workspace.pk
    return [
        f"?workspace={pk}",
        f"?integration={pk}",
        f"?run__id__exact={pk}",
        f"?id={pk}",
        f"?q={site.mark}",
        f"?s={site.mark}",
        f"?q={site.personal}",
        f"?reason={site.mark}",
        f"?_to_field=id&_popup=1&integration={pk}",
    ]


def autocompletes() -> list[str]:
    """Autocomplete requests for every foreign key of every model."""
    return [
        f"{reverse('admin:autocomplete')}?app_label={model._meta.app_label}"
        f"&model_name={model._meta.model_name}&field_name={field.name}&term="
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
    ]


def bodies(site: Site) -> list[dict[str, Any]]:
    """Forged forms: actions, exports, settings, secrets, addresses, members."""
    pk = str(site.workspace.pk)
    return [
        {},
        {"confirmed": "1", "action": "approve", "_selected_action": pk, "index": "0"},
        {"confirmed": "1", "action": "reject", "_selected_action": pk, "select_across": "1"},
        {"action": "delete_selected", "_selected_action": pk, "post": "yes"},
        {"post": "yes"},
        {"format": "2", "resource": "0", "export_items": [pk]},
        {"format": "2", "resource": "0"},
        {
            "workspace": pk,
            "vendor": "hellohq",
            "kind": "personio-hellohq",
            "base_url": "https://evil.example",
            "client_id": "evil",
            "client_secret": "evil",
            "guard_count": "999",
            "guard_percent": "99",
            "notices_confirmed": "on",
            "sync_start_date": "2020-01-01",
            "Vacation": "Urlaub",
            "name": "evil",
            "slug": "evil",
            "time_zone": "UTC",
            "language": "en",
            "username": "evil",
            "password1": "evil-evil-1",
            "password2": "evil-evil-1",
            "is_superuser": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": pk,
            "memberships-0-role": "admin",
            "memberships-0-workspace": pk,
            "connections-TOTAL_FORMS": "0",
            "connections-INITIAL_FORMS": "0",
        },
    ]


def snapshot(pk: int | None = None) -> dict[str, list[Any]]:
    """All rows, or those of one site (they share primary keys), without sessions and log."""
    found = {}
    for model in apps.get_models():
        if model._meta.label in ("sessions.Session", "admin.LogEntry"):
            continue
        rows = model._default_manager.order_by("pk")
        if pk is not None and model._meta.app_label in ("integrations", "absences"):
            rows = rows.filter(pk__in=(pk, pk + 1))
        found[model._meta.label] = list(rows.values())
    return found


def body_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers}\n{content.decode('utf-8', 'replace')}"


def looked_at(client: Client, site: Site) -> Iterator[tuple[str, str]]:
    """The answers to every GET, following redirects so that messages are read as well."""
    targets = [
        *urls(site),
        *autocompletes(),
        *(url + query for url in urls(site) for query in queries(site) if "content" not in url),
    ]
    for url in targets:
        yield f"GET {url}", body_of(client.get(url, follow=True))


def posted(client: Client, site: Site) -> Iterator[tuple[str, str]]:
    for url in urls(site):
        for body in bodies(site):
            yield f"POST {url} {body}", body_of(client.post(url, body, follow=True))


def leaks(answers: Iterator[tuple[str, str]], *marks: str) -> list[tuple[str, str]]:
    """Which answers hold which of the marks; what the request itself said does not count."""
    found = []
    for request, text in answers:
        said = request.casefold()
        lowered = text.casefold()
        found += [
            (request, mark)
            for mark in marks
            if mark.casefold() in lowered and mark.casefold() not in said
        ]
    return found


def asked_about(calls: Calls) -> set[int | None]:
    """The workspaces that services were called for."""
    return {workspace_id(args[0]) for _name, args, _kwargs in calls.made}


def test_the_walk_sees_what_there_is(
    foreign: Site, support: User, login: Callable[[User], Client]
) -> None:
    """Support sees the marks on every page of the product: the walk is not blind."""
    client = login(support)
    seen = {url for url in urls(foreign) if foreign.mark in body_of(client.get(url))}
    for model in ("workspace", "connection", "integration", "syncrun", "runentry", "problem"):
        assert reverse(f"admin:integrations_{model}_changelist") in seen
        assert reverse(f"admin:integrations_{model}_change", args=[foreign.workspace.pk]) in seen
    assert reverse("admin:index") in seen
    assert reverse("admin:absences_mapping", args=[foreign.workspace.pk]) in seen
    assert len(urls(foreign)) > 100


@pytest.mark.slow
@pytest.mark.parametrize("who", ["stranger", "admin", "viewer"])
def test_i9_nothing_of_another_workspace_is_shown(
    who: str,
    own: Site,
    foreign: Site,
    stranger: User,
    login: Callable[[User], Client],
) -> None:
    user = {"stranger": stranger, "admin": own.admin, "viewer": own.viewer}[who]
    answers = looked_at(login(user), foreign)
    assert leaks(answers, foreign.mark, foreign.personal, foreign.secret, foreign.address) == []


@pytest.mark.slow
@pytest.mark.parametrize("who", ["stranger", "admin", "viewer"])
def test_i9_no_post_changes_or_shows_another_workspace(
    who: str,
    own: Site,
    foreign: Site,
    stranger: User,
    calls: Calls,
    login: Callable[[User], Client],
) -> None:
    user = {"stranger": stranger, "admin": own.admin, "viewer": own.viewer}[who]
    client = login(user)
    before = snapshot(foreign.workspace.pk)
    assert (
        leaks(
            posted(client, foreign), foreign.mark, foreign.personal, foreign.secret, foreign.address
        )
        == []
    )
    assert snapshot(foreign.workspace.pk) == before
    assert asked_about(calls) <= {own.workspace.pk}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["stranger", "viewer"])
def test_those_who_only_look_change_nothing_anywhere(
    who: str, own: Site, stranger: User, calls: Calls, login: Callable[[User], Client]
) -> None:
    client = login({"stranger": stranger, "viewer": own.viewer}[who])
    before = snapshot()
    for _request, _text in posted(client, own):
        pass
    assert snapshot() == before
    assert calls.made == []
    assert not LogEntry.objects.exists()


@pytest.mark.slow
def test_viewers_see_counts_and_no_personal_data(
    own: Site, login: Callable[[User], Client]
) -> None:
    client = login(own.viewer)
    index = body_of(client.get(reverse("admin:index")))
    assert own.workspace.name in index
    assert "This type is not mapped" in index
    run = body_of(client.get(reverse("admin:integrations_syncrun_change", args=[own.run.pk])))
    for obj in (own.workspace, own.integration, own.run):
        LogEntry.objects.log_actions(own.admin.pk, [obj], CHANGE, own.personal, single_object=True)
    assert "created" in run
    User.objects.filter(pk=own.viewer.pk).update(username="viewer", email="")
    marks = (own.personal, own.address, own.secret, f"left-{own.mark}", f"settings-{own.mark}")
    assert leaks(itertools.chain(looked_at(client, own), posted(client, own)), *marks) == []


@pytest.mark.slow
def test_customer_admins_see_their_records_but_no_address_and_no_secret(
    own: Site, login: Callable[[User], Client]
) -> None:
    client = login(own.admin)
    history = body_of(client.get(reverse("admin:integrations_runentry_changelist")))
    assert f"{own.personal} Erika" in history
    assert leaks(looked_at(client, own), own.address, own.secret) == []


def test_hidden_columns_answer_no_questions(own: Site, login: Callable[[User], Client]) -> None:
    """A filter on a column that is not shown would tell its value letter by letter."""
    admin_client, viewer_client = login(own.admin), login(own.viewer)
    refused = (
        (admin_client, "connection", "base_url__startswith=https"),
        (admin_client, "connection", "secret__value__contains=a"),
        (admin_client, "workspace", "hellohq_url__startswith=https"),
        (viewer_client, "syncrun", "error_detail__contains=PERSONAL"),
        (viewer_client, "syncrun", "entries__label__startswith=P"),
        (viewer_client, "integration", "enabled_by__username__startswith=a"),
        (viewer_client, "workspace", "memberships__user__email__startswith=a"),
    )
    for client, model, query in refused:
        url = reverse(f"admin:integrations_{model}_changelist")
        assert client.get(f"{url}?{query}").status_code == 400, query


def test_filters_offer_only_what_is_visible(
    own: Site, foreign: Site, login: Callable[[User], Client]
) -> None:
    url = reverse("admin:integrations_syncrun_changelist")
    page = body_of(login(own.admin).get(url))
    assert f"{own.workspace} · " in page
    assert foreign.mark not in page


def test_a_user_of_two_workspaces_has_in_each_what_it_grants(
    own: Site, foreign: Site, login: Callable[[User], Client]
) -> None:
    """Administrator of one, viewer of the other: records of the first, counts of both."""
    foreign.workspace.memberships.create(user=own.admin, role="viewer")
    client = login(own.admin)
    assert foreign.workspace.name in body_of(client.get(reverse("admin:index")))
    assert leaks(looked_at(client, foreign), foreign.personal, foreign.address) == []
    change = reverse("admin:integrations_integration_change", args=[foreign.integration.pk])
    client.post(change, {"guard_count": "999", "guard_percent": "99"})
    foreign.integration.refresh_from_db()
    assert foreign.integration.guard_count == 5


def test_members_of_nobody_and_inactive_users_have_nothing(
    own: Site, stranger: User, login: Callable[[User], Client]
) -> None:
    assert own.mark not in body_of(login(stranger).get(reverse("admin:index")))
    client = login(own.admin)
    User.objects.filter(pk=own.admin.pk).update(is_active=False)
    assert own.mark not in body_of(client.get(reverse("admin:index"), follow=True))


def test_every_model_page_is_scoped() -> None:
    """A page registered by anybody later must come from the one scoping base."""
    loose = [
        model for model, page in admin.site._registry.items() if not isinstance(page, ScopedAdmin)
    ]
    assert loose == []
