"""Management of webhooks."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from sandbox.awork.answers import invalid, missing
from sandbox.awork.courier import EVENTS
from sandbox.awork.forms import flag, read_form, text
from sandbox.awork.frame import AworkFrame, api
from sandbox.awork.models import WEBHOOK
from sandbox.awork.state import AworkState
from sandbox.awork.table import Row
from sandbox.http import Call, json_response

FORM = {
    "name": text(),
    "uri": text(2000),
    "events": text(10_000),
    "isActive": flag(False),
    "onlyTriggerForMainEntityChanges": flag(False),
    "authenticationType": text(),
    "authentication": text(2000),
    "language": text(),
}


def _form(given: Any) -> Row:
    form = read_form(given, FORM)
    if urlsplit(form["uri"] or "").scheme not in ("http", "https"):
        raise invalid("Uri", "'Uri' must be an absolute address.")
    names = [name.strip() for name in (form["events"] or "").split(",")]
    unknown = [name for name in names if name not in EVENTS]
    if unknown:
        raise invalid("Events", f"'{unknown[0]}' is not an event.")
    if form["authenticationType"] not in ("none", "header"):
        raise invalid("AuthenticationType", "'AuthenticationType' must be none or header.")
    if form["authenticationType"] == "header" and "=" not in (form["authentication"] or ""):
        raise invalid("Authentication", "'Authentication' must be name=value.")
    slack = urlsplit(form["uri"]).hostname == "hooks.slack.com"
    return {**form, "receiverType": "slack" if slack else "custom"}


def _find(state: AworkState, id: str) -> Row:
    row = state.webhooks.get(id)
    if row is None:
        raise missing("webhook")
    return row


def listing(app: AworkFrame, call: Call) -> Response:
    return app.page(call, WEBHOOK, app.state(call).webhooks, "webhooks")


def read(app: AworkFrame, call: Call, id: str) -> Response:
    return app.one(call, WEBHOOK, _find(app.state(call), id))


def create(app: AworkFrame, call: Call) -> Response:
    state = app.state(call)
    row = {**_form(app.body(call)), "lastFailureReason": None}
    return app.one(call, WEBHOOK, state.webhooks.add(state.born(row, app.me(call))))


def put(app: AworkFrame, call: Call, id: str) -> Response:
    """A paused one becomes active again."""
    state = app.state(call)
    row = _find(state, id)
    form = _form(app.body(call))
    if form["isActive"] and not row["isActive"]:
        state.courier.reactivate(row)
    row.update(form)
    state.touch(row, app.me(call))
    return app.one(call, WEBHOOK, row)


def delete(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    state.webhooks.remove(_find(state, id)["id"])
    state.tick()
    return app.done()


def event_types(call: Call) -> Response:
    return json_response(list(EVENTS))


def logs(app: AworkFrame, call: Call, id: str) -> Response:
    state = app.state(call)
    return json_response(list(state.courier.logs.get(_find(state, id)["id"], ())))


def routes(app: AworkFrame) -> list[Rule]:
    area = "config"
    return [
        api("/webhooks", partial(listing, app), area=area),
        api("/webhooks", partial(create, app), "POST", area=area),
        api("/webhooks/eventtypes", event_types, area=area),
        api("/webhooks/<id>", partial(read, app), area=area),
        api("/webhooks/<id>", partial(put, app), "PUT", area=area),
        api("/webhooks/<id>", partial(delete, app), "DELETE", area=area),
        api("/webhooks/<id>/logs", partial(logs, app), area=area),
    ]
