"""Resolving creates whose outcome is unknown: by a look-up in a complete read, never by sending
them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from integrations.engine.books import free_id
from integrations.engine.changes import record_id
from integrations.engine.lease import Lease
from integrations.engine.ledger import rename_problems
from integrations.engine.planning import canonical_snapshot
from integrations.engine.references import canonical
from integrations.engine.stream import BLANK, Item, Reads, Rule, Snapshot, Stream, Which
from integrations.engine.world import Identities
from integrations.models import Integration, Intent, Link, RunEntry

SKEW = timedelta(minutes=10)
"""How far a remote's clock may be from ours."""


def resolve(
    integration: Integration,
    lease: Lease,
    streams: Sequence[Stream],
    reads: Reads,
    world: Identities,
) -> None:
    """Close every open intent that the reads answer: link what was created, forget what was not.

    Intents of a side that was not read completely stay open. The reads must have begun after
    the intents settled.
    """
    for stream in streams:
        for which in Which:
            rows = Intent.objects.filter(integration=integration, stream=stream.name, side=which)
            intents = list(rows.order_by("id"))
            if not intents:
                continue
            found = stream.side(which).snapshot(reads, world)
            snapshot = canonical_snapshot(stream, found, world)
            if snapshot.complete and snapshot.usable:
                for intent in intents:  # what it refers to may have been linked since
                    intent.fields = canonical(stream, intent.fields, world)
                _resolve_side(integration, lease, stream, which, snapshot, intents)


def _resolve_side(
    integration: Integration,
    lease: Lease,
    stream: Stream,
    which: Which,
    snapshot: Snapshot,
    intents: Sequence[Intent],
) -> None:
    column = "right_id" if which is Which.RIGHT else "left_id"
    links = Link.objects.filter(integration=integration, stream=stream.name)
    linked = set(links.values_list(column, flat=True))
    free = [item for id, item in sorted(snapshot.items.items()) if id not in linked]
    for intent in intents:
        match = next((item for item in free if _is_ours(item, intent, stream)), None)
        with lease.commit():
            if match is not None:
                free.remove(match)
                _link(stream, which, intent, match)
            elif intent.entry_id is not None:
                RunEntry.objects.filter(pk=intent.entry_id, state=RunEntry.State.UNKNOWN).delete()
            intent.delete()


def _is_ours(item: Item, intent: Intent, stream: Stream) -> bool:
    """The record that this create made: by its marker, or unlinked, made by us, since then, and
    equal to what was sent. Identical intents are interchangeable."""
    if item.marker:
        return item.marker == intent.marker
    if not item.by_us or item.fields is None:
        return False
    if item.created_at is not None and item.created_at < intent.sent_at - SKEW:
        return False
    ruled = {
        name: rule
        for name in intent.fields
        if (rule := stream.rule_of(name)) is not None and not rule.stays
    } or {name: Rule(name) for name in intent.fields}
    return all(
        item.fields.get(name, BLANK if rule.prefix else None) == intent.fields[name]
        for name, rule in ruled.items()
    )


def _link(stream: Stream, which: Which, intent: Intent, item: Item) -> None:
    """What the remote holds is the base: whatever was not written yet is planned next. Of a
    field that stays, it is what was sent."""
    to_right = which is Which.RIGHT
    own, source = ("right_id", "left_id") if to_right else ("left_id", "right_id")
    link = intent.link or Link(integration=intent.integration, stream=stream.name)
    setattr(link, source, intent.source_id)
    former = record_id(link.left_id, link.right_id)
    free_id(link, own, item.id)
    setattr(link, own, item.id)
    staying = {rule.name for rule in stream.rules if rule.stays} & intent.fields.keys()
    link.base = {**(item.fields or {}), **{name: intent.fields[name] for name in staying}}
    link.echo = {}
    link.left_version = intent.source_version if to_right else item.version
    link.right_version = item.version if to_right else intent.source_version
    link.left_alias = intent.source_alias or link.left_alias
    link.label = intent.label or link.label
    link.save()
    now = record_id(link.left_id, link.right_id)
    rename_problems(link.integration, stream.name, former, now)
    if intent.entry is not None:
        intent.entry.state, intent.entry.plan = RunEntry.State.DONE, None
        intent.entry.left_id, intent.entry.right_id = link.left_id or "", link.right_id or ""
        intent.entry.done_at = timezone.now()
        intent.entry.save()
