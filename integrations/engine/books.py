"""What the applier asks of and writes to the links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from integrations.engine.changes import Action, Change
from integrations.engine.ledger import link_print, link_state
from integrations.engine.references import canonical, map_refs, parse, ref
from integrations.engine.stream import BLANK, Fields, LinkState, Outcome, Stream, Trouble, Which
from integrations.models import Integration, Link, RunEntry


def links_of(rows: Iterable[RunEntry]) -> dict[int, LinkState]:
    """The links that planned entries are about, as they stand now, in one query."""
    ids = [row.plan["link"] for row in rows if row.plan and row.plan["link"]]
    return {id: link_state(link) for id, link in Link.objects.in_bulk(ids).items()}


def still_fits(row: RunEntry, change: Change) -> bool:
    """The link is as it was when the entry was planned; nothing is applied blind."""
    return bool((row.plan or {})["state"] == link_print(change.link))


def blocked(integration: Integration, change: Change) -> bool:
    """A create that waits for records to go, and some of them are still linked."""
    if not change.behind:
        return False
    links = Link.objects.filter(integration=integration, stream=change.stream)
    return links.filter(left_id__in=sorted(change.behind)).exists()


class Partners:
    """Other sides' ids while a run writes. Serves as the `World` of references."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self._known: dict[tuple[str, Which, str], str | None] = {}
        self._ids: dict[tuple[str, str | None, str | None], int] = {}

    def partner(self, stream: str, which: Which, id: str) -> str | None:
        key = stream, which, id
        if key not in self._known:
            mine, other = (
                ("left_id", "right_id") if which is Which.LEFT else ("right_id", "left_id")
            )
            links = Link.objects.filter(
                integration=self.integration, stream=stream, state=Link.State.ACTIVE, **{mine: id}
            )  # the counterpart of a retired record is gone (A15)
            self._known[key] = links.values_list(other, flat=True).first()
        return self._known[key]

    def renewed(self, change: Change, stream: Stream) -> Change:
        """The change with its references as they stand now: since the plan was made, records
        were linked, or made again on the left."""
        if not stream.refs:
            return change
        spelled = canonical(stream, change.want, self)
        want = map_refs(stream, spelled, lambda _name, value: self._newest(value))
        return replace(change, want=want, after={name: want[name] for name in change.after})

    def _newest(self, value: str) -> str:
        stream, which, id = parse(value)
        if which is Which.RIGHT:
            return value
        again = Link.objects.filter(integration=self.integration, stream=stream, left_alias=id)
        found = again.values_list("left_id", flat=True).first()
        return ref(stream, which, found) if found else value

    def link_id(self, change: Change) -> int | None:
        """The link of an adopted pair that is updated in the same run."""
        if change.left_id is None or change.right_id is None:
            return None
        links = Link.objects.filter(
            integration=self.integration, stream=change.stream,
            left_id=change.left_id, right_id=change.right_id,
        )  # fmt: skip
        return links.values_list("pk", flat=True).first()

    def remember(self, change: Change, id: str, link_id: int) -> None:
        left, right = (change.left_id, id) if change.side is Which.RIGHT else (id, change.right_id)
        if left is not None and right is not None:
            self._known[change.stream, Which.LEFT, left] = right
            self._known[change.stream, Which.RIGHT, right] = left

    def links(self, stream: str) -> Sequence[LinkState]:
        return ()

    def trouble(self, stream: str, which: Which, id: str) -> Trouble | None:
        return None


def named(change: Change, id: str) -> Change:
    """The change with the id that its record has got."""
    to_right = change.side is Which.RIGHT
    return replace(change, right_id=id) if to_right else replace(change, left_id=id)


def lose(link_id: int | None, side: Which) -> None:
    """The record on `side` is gone and its successor does not exist yet."""
    if link_id is not None:
        field = "right_id" if side is Which.RIGHT else "left_id"
        Link.objects.filter(pk=link_id).update(**{field: None})


def removed(link_id: int | None, change: Change, outcome: Outcome) -> None:
    """The record was removed, archived (its link stays for a return), or put out of use (its
    link stays and blocks it, A15)."""
    links = Link.objects.filter(pk=link_id or 0)
    if outcome.retired:
        links.update(state=Link.State.RETIRED)
    elif change.action is Action.ARCHIVE:
        base = links.values_list("base", flat=True).first() or {}
        links.update(base={**base, **change.after}, right_version=outcome.version)
    else:
        links.delete()


def is_taken(integration: Integration, change: Change, outcome: Outcome) -> bool:
    """The record that a create found instead belongs to another link."""
    own = "right_id" if change.side is Which.RIGHT else "left_id"
    links = Link.objects.filter(integration=integration, stream=change.stream, **{own: outcome.id})
    return links.exclude(pk=change.link.id if change.link else 0).exists()


def free_id(link: Link, column: str, id: str | None) -> None:
    """A remote gave a new record an id that another link still names: that one's record is gone,
    and is made again with the next plan."""
    others = Link.objects.filter(
        integration=link.integration, stream=link.stream, **{column: id}
    ).exclude(pk=link.pk)
    others.update(**{column: None})


def write_link(
    integration: Integration,
    change: Change,
    link_id: int | None,
    outcome: Outcome,
    returned: Fields,
    *,
    stream: Stream,
    written: frozenset[str],
    now: frozenset[str],
    complete: bool,
    restored: bool,
) -> int:
    """Store what the remote returned as the new agreement, for the fields that were written.

    Fields not yet written get the remote's value as base, so that the next plan sees them as
    changed at their source. A restored record keeps the old agreement.
    """
    link = Link.objects.filter(pk=link_id).first() if link_id else None
    if link is None:
        link = Link(
            integration=integration, stream=change.stream, left_id=change.left_id,
            right_id=change.right_id, left_alias=change.left_alias, base={}, echo={},
            origin="adopted" if outcome.adopted else "created",
        )  # fmt: skip
    to_right = change.side is Which.RIGHT
    own = "right_id" if to_right else "left_id"
    former, is_other = link.left_id, getattr(link, own) != outcome.id
    free_id(link, own, outcome.id)
    setattr(link, own, outcome.id)
    link.label = change.label[:300] or link.label
    link.state = Link.State.ACTIVE
    if not restored:
        if is_other:  # a new record has no members yet
            link.base = {n: v for n, v in link.base.items() if not stream.is_member(n)}
        _agree(link, change, returned, stream, written=written, now=now)
        _take_note(link, change, returned, outcome.effects)
        if complete:
            link.left_version = change.left_version if to_right else outcome.version
            link.right_version = outcome.version if to_right else change.right_version
            link.left_alias = change.left_alias or link.left_alias
    if former not in (None, link.left_id):
        link.left_alias = former
    link.save()
    return link.pk


def _agree(
    link: Link,
    change: Change,
    returned: Fields,
    stream: Stream,
    *,
    written: frozenset[str],
    now: frozenset[str],
) -> None:
    """Merge a step into base and echo; `now` names what it wrote, `written` what is written by
    now. An update only speaks for the fields it changed."""
    spoken = set(change.want) if not link.base or _is_new(change) else set(change.after)
    base, echo = {**link.base, **change.agreed}, dict(link.echo.get(change.side.value, {}))
    for name in spoken:
        want = change.want[name]
        if name not in written:
            nothing = BLANK if stream.is_member(name) else None
            base[name] = returned.get(name, base.get(name, nothing))
        elif name in now or name in returned:
            base[name] = want
            got = returned.get(name, want)
            if got != want:
                echo[name] = [want, got]
            else:
                echo.pop(name, None)
    for name in (rule.name for rule in stream.rules if rule.witness):
        if name in returned or name in change.want:
            base[name] = returned.get(name, base.get(name) or change.want.get(name))
    link.base = base
    link.echo = {**link.echo, change.side.value: echo}


def _take_note(link: Link, change: Change, returned: Fields, effects: frozenset[str]) -> None:
    """Fields that read differently now because of this write: heard as what was agreed."""
    echo = dict(link.echo.get(change.side.value, {}))
    for name in effects - set(change.after):
        echo[name] = [change.want.get(name), returned.get(name)]
    link.echo = {**link.echo, change.side.value: echo}


def carry(
    integration: Integration, change: Change, stream: Stream, outcome: Outcome, lookup: Partners
) -> None:
    """Others that a write took along read differently now: heard as what was agreed, for those
    that were agreed to be below the written record. Any other was put there by somebody, or is
    being moved by us at this moment: the next round looks at it."""
    above = ref(change.stream, Which.LEFT, change.left_id or "")
    side, column = change.side.value, f"{change.side.value}_id"
    links = Link.objects.filter(integration=integration, stream=change.stream)
    moved = list(links.filter(**{f"{column}__in": sorted(outcome.carried)}))
    moved = [link for link in moved if link.base.get(stream.parent) == above]
    for link in moved:
        now = canonical(stream, outcome.carried[getattr(link, column)], lookup)
        heard = {name: [link.base.get(name), value] for name, value in now.items()}
        link.echo = {**link.echo, side: {**link.echo.get(side, {}), **heard}}
    Link.objects.bulk_update(moved, ["echo"])


def _is_new(change: Change) -> bool:
    """The record on the written side did not exist (or no longer does)."""
    return (change.right_id if change.side is Which.RIGHT else change.left_id) is None or (
        change.action.value == "create"
    )
