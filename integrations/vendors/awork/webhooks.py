"""Webhooks: where awork reports what happened. Hints only, neither ordered nor complete."""

from __future__ import annotations

from typing import Any, TypedDict

from integrations.remote import BadAnswer, NotFound, Rejected
from integrations.vendors.awork.access import Access, path_of, readable
from integrations.vendors.awork.decode import decode_delivery, decode_webhook
from integrations.vendors.awork.errors import VENDOR
from integrations.vendors.awork.forms import (
    Row,
    WebhookDraft,
    header,
    merged_webhook,
    webhook_body,
)
from integrations.vendors.awork.pages import Listing
from integrations.vendors.awork.records import Delivery, Webhook
from integrations.vendors.values import text

_WEBHOOKS, _WEBHOOK = "/webhooks", "/webhooks/{}"


class WebhookChanges(TypedDict, total=False):
    """`is_active` True re-enables one that awork has paused. `header` is (name, secret)."""

    name: str
    uri: str
    events: list[str]
    is_active: bool
    only_main_entity: bool
    header: tuple[str, str]


class Webhooks:
    def __init__(self, access: Access) -> None:
        self._access = access

    def all(self) -> list[Webhook]:
        pages = self._access.walk(Listing(_WEBHOOKS), decode_webhook)
        return [one for page in pages for one in page.records]

    def one(self, id: str) -> Webhook:
        """Raises NotFound."""
        return self._access.one(path_of(_WEBHOOK, id), decode_webhook)

    def event_types(self) -> list[str]:
        """The events that this workspace knows."""
        found = self._access.read("/webhooks/eventtypes").data
        if not isinstance(found, list):
            raise BadAnswer(VENDOR, "event types: not a list")
        return [text(name) for name in found]

    def create(self, draft: WebhookDraft) -> Webhook:
        self._access.keep_secret(draft.secret)
        return self._access.create(_WEBHOOKS, webhook_body(draft), decode_webhook)

    def update(self, id: str, changes: WebhookChanges, expected: str = "") -> Webhook:
        """Raises Stale when the webhook is not at version `expected` any more, and Rejected,
        without sending, when awork does not show its header and `changes` does not name it."""
        form = _form(changes)
        if "header" in changes:
            self._access.keep_secret(changes["header"][1])

        def merge(row: Row) -> tuple[Row, Row]:
            try:
                return merged_webhook(row, form)
            except ValueError as error:
                detail = str(error)
            raise Rejected(VENDOR, detail)

        return self._access.update(path_of(_WEBHOOK, id), merge, decode_webhook, expected)

    def delete(self, id: str) -> None:
        """A webhook that does not exist is deleted already."""
        try:
            self._access.send("DELETE", path_of(_WEBHOOK, id))
        except NotFound:
            return

    def deliveries(self, id: str, most: int = 100) -> list[Delivery]:
        """The newest attempts to deliver events, newest first."""
        path = path_of(f"{_WEBHOOK}/logs", id)
        rows = self._access.read(path, Listing(path, order="createdOn desc", size=most).query(1))
        if not isinstance(rows.data, list):
            raise BadAnswer(VENDOR, "webhook logs: not a list")
        return [readable(decode_delivery, row) for row in rows.data]


def _form(changes: WebhookChanges) -> dict[str, Any]:
    names = {
        "name": "name",
        "uri": "uri",
        "is_active": "isActive",
        "only_main_entity": "onlyTriggerForMainEntityChanges",
    }
    form: dict[str, Any] = {names[key]: value for key, value in changes.items() if key in names}
    if "events" in changes:
        form["events"] = ",".join(changes["events"])
    return {**form, **(header(*changes["header"]) if "header" in changes else {})}
