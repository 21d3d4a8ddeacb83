"""Delivers webhooks over HTTP: one thread per webhook, while there is something to deliver.

What goes wrong is chosen by `Disorder`: events lost, doubled, in reverse order, held back.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass
from threading import RLock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import requests

from sandbox.awork.models import event_entity
from sandbox.awork.moments import stamp
from sandbox.awork.table import Row

if TYPE_CHECKING:
    from sandbox.awork.state import AworkState

TIMEOUT = 30
MOST_FAILURES = 10
"""One more in a row pauses the webhook."""
LONGEST_PAUSE = 30.0
MOST_LOGS = 200
EVENTS = tuple(
    f"{entity}_{what}"
    for entity, whats in {
        "absence": "added updated deleted",
        "company": "added updated deleted type_changed",
        "project": "added updated deleted status_changed type_changed comment_added",
        "projectmember": "added deleted",
        "task": "added updated deleted status_changed type_changed comment_added",
        "taskassignment": "added deleted",
        "tasklist": "added updated deleted",
        "timetracking": "added updated deleted type_changed",
        "user": "added updated deleted status_changed activation_changed",
    }.items()
    for what in whats.split()
)


@dataclass
class Disorder:
    """How deliveries go wrong. `lose`, `double`: that many of the next events; `reverse`: that
    many are held until they are together, then sent last first; `hold`: all are, until it is
    off. `retry_seconds` is the first pause after a failure; it doubles, up to half a minute.
    """

    lose: int = 0
    double: int = 0
    reverse: int = 0
    hold: bool = False
    retry_seconds: float = 0.5

    def as_json(self) -> Row:
        return asdict(self)


class Courier:
    def __init__(self, state: AworkState) -> None:
        self.state = state
        self.disorder = Disorder()
        self.logs: dict[str, deque[Row]] = {}
        self._lock = RLock()
        self._queues: dict[str, deque[str]] = {}
        self._held: list[tuple[Row, str]] = []
        self._failures: dict[str, int] = {}
        self._busy: set[str] = set()

    def announce(
        self,
        event: str,
        row: Row,
        by: str,
        changes: list[tuple[str, Any, Any]],
        *,
        nested: bool,
        deleted: bool,
    ) -> None:
        hooks = [hook for hook in self.state.webhooks if _wants(hook, event, nested=nested)]
        if not hooks:
            return
        payload = self._payload(event, row, by, changes, deleted=deleted)
        with self._lock:
            for hook in hooks:
                self._take(hook, payload)

    def release(self) -> None:
        """Send what was held back, last first if the order was to be reversed."""
        with self._lock:
            held, self._held = self._held, []
            for hook, payload in held:
                self._queue(hook, payload)

    def reactivate(self, hook: Row) -> None:
        with self._lock:
            self._failures[hook["id"]] = 0
            hook["lastFailureReason"] = None

    def _payload(
        self, event: str, row: Row, by: str, changes: list[tuple[str, Any, Any]], *, deleted: bool
    ) -> str:
        now = stamp(self.state.last_tick)
        entity_type = "task" if event.startswith("taskassignment") else event.partition("_")[0]
        entity = event_entity(self.state, entity_type, row)
        if deleted:
            entity |= {"deletedOn": now, "deletedBy": by}
        actor = self.state.users.get(by) or {"id": by}
        payload: Row = {
            "timestamp": now.replace("Z", "+00:00"),
            "eventType": event,
            "entityType": entity_type,
            "entityId": row["id"],
            "entityLink": f"https://{self.state.slug}.awork.com/{entity_type}s/{row['id']}",
            "entity": entity,
            "triggeredBy": {
                key: actor[key] for key in ("id", "firstName", "lastName") if actor.get(key)
            },
            "traceId": f"{self.state.last_tick:032x}",
        }
        if changes:
            payload["changes"] = [{"property": p, "old": o, "new": n} for p, o, n in changes]
        return json.dumps(payload, ensure_ascii=False)

    def _take(self, hook: Row, payload: str) -> None:
        disorder = self.disorder
        if disorder.lose > 0:
            disorder.lose -= 1
            return
        if disorder.hold:
            self._held.append((hook, payload))
            return
        if disorder.reverse > 0:
            disorder.reverse -= 1
            self._held.insert(0, (hook, payload))
            if not disorder.reverse:
                self.release()
            return
        self._queue(hook, payload)
        if disorder.double > 0:
            disorder.double -= 1
            self._queue(hook, payload)

    def _queue(self, hook: Row, payload: str) -> None:
        self._queues.setdefault(hook["id"], deque()).append(payload)
        if hook["id"] not in self._busy:
            self._busy.add(hook["id"])
            Thread(target=self._work, args=(hook,), name="awork-webhook", daemon=True).start()

    def _work(self, hook: Row) -> None:
        while True:
            with self._lock:
                queue = self._queues[hook["id"]]
                if not queue:
                    self._busy.discard(hook["id"])
                    return
                payload = queue.popleft()
            self._deliver(hook, payload)

    def _deliver(self, hook: Row, payload: str) -> None:
        pause = self.disorder.retry_seconds
        for _ in range(MOST_FAILURES + 1):
            if not hook["isActive"] or hook["id"] not in self.state.webhooks:
                return
            if self._attempt(hook, payload):
                return
            sleep(min(pause, LONGEST_PAUSE))
            pause *= 2

    def _attempt(self, hook: Row, payload: str) -> bool:
        """Send once. A webhook that fails too often in a row is paused."""
        reason, code = "", 0
        try:
            answer = requests.post(
                hook["uri"],
                data=payload.encode(),
                headers={"Content-Type": "application/json", **_authentication(hook)},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            code = answer.status_code
            reason = "" if answer.ok else f"HTTP {code}"
        except requests.RequestException as error:
            reason = type(error).__name__
        with self._lock:
            self._log(hook, code, reason)
            failures = self._failures.get(hook["id"], 0) + 1 if reason else 0
            self._failures[hook["id"]] = failures
            if failures > MOST_FAILURES:
                hook.update(isActive=False, lastFailureReason=reason)
                self._queues[hook["id"]].clear()
        return not reason

    def _log(self, hook: Row, code: int, reason: str) -> None:
        entry = {
            "webhookId": hook["id"],
            "message": reason or "OK",
            "responseCode": code,
            "reason": reason,
            "isSuccessful": not reason,
            "createdOn": stamp(self.state.last_tick),
        }
        self.logs.setdefault(hook["id"], deque(maxlen=MOST_LOGS)).append(entry)


def _wants(hook: Row, event: str, *, nested: bool) -> bool:
    if nested and hook["onlyTriggerForMainEntityChanges"]:
        return False
    return bool(hook["isActive"]) and event in hook["events"].replace(" ", "").split(",")


def _authentication(hook: Row) -> dict[str, str]:
    name, _, value = (hook.get("authentication") or "").partition("=")
    return {name: value} if hook["authenticationType"] == "header" and name else {}
