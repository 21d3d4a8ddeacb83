"""awork's webhook as a stream of one record: our wish on the left, awork's own list on the right,
so that a paused or changed one is restored and history shows it (A16).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings

from integrations.engine.stream import (
    Flow,
    Item,
    Outcome,
    Reads,
    Recipe,
    Rule,
    Snapshot,
    Source,
    Step,
    Stream,
    Which,
    World,
    Write,
)
from integrations.models import Integration, Link
from integrations.remote import EndpointNotFound, Forbidden, NotFound, Page
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.forms import WebhookDraft
from integrations.vendors.awork.records import Webhook
from projects.models import Hook
from projects.permissions import no_matter_of_the_run
from projects.settings import HelloHqAworkSettings
from projects.words import AW_ME, AW_WEBHOOKS, WEBHOOKS

log = logging.getLogger(__name__)

PATH = "hooks/awork/"
HEADER = "Authorization"
NAME = "HQ Integrations"
WISH = "webhook"
"""The id of the one record on the left."""
FIELDS = ("uri", "events", "active", "only_main_entity", "authentication")

PROJECT_EVENTS = frozenset({"project_updated", "project_deleted"})
WORK_EVENTS = frozenset(
    f"{entity}_{what}"
    for entity, whats in {
        "tasklist": "added updated deleted",
        "task": "added updated deleted status_changed type_changed",
        "taskassignment": "added deleted",
        "timetracking": "added updated deleted type_changed",
    }.items()
    for what in whats.split()
)
ABSENCE_EVENTS = frozenset({"absence_added", "absence_updated", "absence_deleted"})


def wanted_events(answers: HelloHqAworkSettings) -> frozenset[str]:
    """What the integration needs to hear of; nothing as long as awork cannot reach us."""
    if not settings.PUBLIC_URL:
        return frozenset()
    work = WORK_EVENTS if answers.tasks_and_time_entries else frozenset()
    return PROJECT_EVENTS | work | (ABSENCE_EVENTS if answers.absences else frozenset())


def authorization(hook: Hook) -> str:
    """The value of HEADER that awork sends along."""
    return f"Bearer {hook.secret}"


def stored_hook(integration: Integration) -> Hook:
    """The integration's address and secret, or new ones that are not stored yet."""
    rows = Hook.objects.filter(integration=integration)
    try:
        return rows.first() or Hook(integration=integration)
    except InvalidToken:
        log.warning("%s: no key opens the secret of its webhook, it gets a new one", integration)
    return Hook(pk=rows.values_list("pk", flat=True).first(), integration=integration)


@dataclass(frozen=True, slots=True)
class Registry:
    """What awork says about webhooks: those that are ours, and the events that it knows."""

    webhooks: list[Webhook]
    event_types: list[str]


@dataclass(frozen=True)
class Registration:
    """One integration's webhook. `events` are wanted; without any, an old one is removed.
    `linked` is what we registered before, wherever it points to by now."""

    client: AworkClient
    hook: Hook
    events: frozenset[str]
    linked: frozenset[str | None]

    @classmethod
    def of(
        cls, integration: Integration, client: AworkClient, answers: HelloHqAworkSettings
    ) -> Registration:
        links = Link.objects.filter(integration=integration, stream=WEBHOOKS)
        linked = frozenset(links.values_list("right_id", flat=True))
        return cls(client, stored_hook(integration), wanted_events(answers), linked)

    def stream(self) -> Stream:
        """What nobody linked and has our token is left over from us."""
        return Stream(
            WEBHOOKS,
            Wish(f"{settings.PUBLIC_URL}/{self._path}", self.events),
            AworkWebhooks(self.client, self.hook),
            rules=[Rule(name, Which.LEFT) for name in FIELDS],
            flow=Flow.TO_RIGHT,
            pairs_equals=True,
            foreign=lambda item: True,
        )

    @property
    def _path(self) -> str:
        return f"{PATH}{self.hook.token}/"

    @property
    def _needed(self) -> bool:
        return bool(self.events or self.hook.pk or self.linked)

    def sources(self) -> list[Source]:
        """To be read with every run; a stream whose source was left out does nothing."""
        if not self._needed:
            return []
        return [Source(AW_WEBHOOKS, "awork", Registry, self._registry, repr)]

    def _registry(self, cursor: str) -> Iterator[Page[Registry]]:
        """Polling alone is enough: where awork refuses webhooks there are none."""
        try:
            ours = [one for one in self.client.webhooks.all() if self._is_ours(one)]
            yield Page([Registry(ours, self.client.webhooks.event_types())])
        except (EndpointNotFound, NotFound, Forbidden) as error:
            log.info("awork offers no webhooks: %s", error)
            yield Page(())

    def _is_ours(self, webhook: Webhook) -> bool:
        """By the token, which the address keeps when we move to another host."""
        return webhook.id in self.linked or webhook.uri.endswith(f"/{self._path}")

    def learn(self, reads: Reads) -> None:
        """Store address and secret before they are used, and who we are in awork. To be called
        in the transaction that stores the plan."""
        me = next((one.user_id for one in reads[AW_ME].records), "") if AW_ME in reads else ""
        is_new = self.hook._state.adding
        if self._needed and (is_new or me not in ("", self.hook.api_user)):
            self.hook.api_user = me or self.hook.api_user
            self.hook.save()


def _registry_of(reads: Reads) -> Registry | None:
    return next(iter(reads[AW_WEBHOOKS].records), None)


def _snapshot(reads: Reads, items: Callable[[Registry | None], list[Item]]) -> Snapshot:
    if AW_WEBHOOKS not in reads or not reads[AW_WEBHOOKS].complete:
        return Snapshot({}, False, usable=False)
    registry = next(iter(reads[AW_WEBHOOKS].records), None)
    return Snapshot({item.id: item for item in items(registry)}, True)


@dataclass(frozen=True)
class Wish:
    """Left: the webhook as it shall be."""

    uri: str
    events: frozenset[str]
    vendor: str = "hellohq"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        return _snapshot(reads, lambda registry: [self._item(registry)])

    def _item(self, registry: Registry | None) -> Item:
        """An unwanted webhook is withdrawn: that is our own word, nobody has to approve it."""
        events = self.events.intersection(registry.event_types if registry else ())
        if not events:
            return Item(WISH, None, label=NAME, withdrawn=True)
        fields = {
            "uri": self.uri,
            "events": ",".join(sorted(events)),
            "active": True,
            "only_main_entity": True,
            "authentication": "header",
        }
        return Item(WISH, fields, label=NAME, key=self.uri)

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("a wish is only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return True


@dataclass(frozen=True)
class AworkWebhooks:
    """Right: our webhooks. All others are not even looked at."""

    client: AworkClient
    hook: Hook
    vendor: str = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        return _snapshot(reads, lambda registry: _items(registry.webhooks if registry else []))

    def recipe(self, write: Write) -> Recipe:
        id = write.id or ""
        if write.action == "delete":
            return Recipe([Step("delete", lambda: self._delete(id), writes=frozenset())])
        if write.action == "create" or not id:
            return Recipe([Step("create", lambda: self._create(write.want), creates=True)])
        return Recipe([Step("update", lambda: self._update(id, write.want))])

    def _create(self, want: Mapping[str, Any]) -> Outcome:
        events = want["events"].split(",")
        draft = WebhookDraft(
            NAME, want["uri"], events, HEADER, authorization(self.hook), want["only_main_entity"]
        )
        with no_matter_of_the_run():
            return _outcome(self.client.webhooks.create(draft))

    def _update(self, id: str, want: Mapping[str, Any]) -> Outcome:
        """Everything, with the header, which awork may neither show nor keep."""
        with no_matter_of_the_run():
            webhook = self.client.webhooks.update(
                id,
                {
                    "uri": want["uri"],
                    "events": want["events"].split(","),
                    "is_active": want["active"],
                    "only_main_entity": want["only_main_entity"],
                    "header": (HEADER, authorization(self.hook)),
                },
            )
        return _outcome(webhook)

    def _delete(self, id: str) -> Outcome:
        with no_matter_of_the_run():
            self.client.webhooks.delete(id)
        return Outcome(None)

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def _items(webhooks: list[Webhook]) -> list[Item]:
    return [
        Item(one.id, _fields(one), one.version, label=one.name, key=one.uri) for one in webhooks
    ]


def _fields(webhook: Webhook) -> dict[str, Any]:
    return {
        "uri": webhook.uri,
        "events": ",".join(sorted(webhook.events)),
        "active": webhook.is_active,
        "only_main_entity": webhook.only_main_entity,
        "authentication": webhook.authentication_type,
    }


def _outcome(webhook: Webhook) -> Outcome:
    return Outcome(webhook.id, _fields(webhook), webhook.version)
