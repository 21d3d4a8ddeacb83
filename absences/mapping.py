"""Which Personio absence types become which helloHQ absence (P3).

People write names, comma-separated per helloHQ absence. A name is bound to a live Personio type
(v1 id, v2 id) as soon as one of that name was seen; from then on the ids count, so that a type
may be renamed in Personio.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from django.db import transaction
from django.utils.translation import gettext as _

from absences.models import HqAbsence, MappedType
from absences.names import clean_name as clean_name
from absences.names import format_names as format_names
from absences.names import name_key as name_key
from absences.names import parse_names as parse_names
from absences.words import CATEGORIES, LABELS, USUAL_NAMES
from integrations.models import Integration

NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class LiveType:
    """An absence type as Personio has it now. One of the ids may be blank (v2 knows no v1 id)."""

    id: str
    id_v2: str
    name: str
    unit: str
    category: str = ""

    @property
    def key(self) -> str:
        return self.id or self.id_v2

    @property
    def choice(self) -> str:
        """How to write this type where another one has the same name."""
        return f"{self.name} [{self.key}]"


@dataclass(frozen=True, slots=True)
class MappedName:
    """A name of the mapping with the ids of its type, blank as far as they are unknown."""

    hq_absence: str
    name: str
    type_id: str = ""
    type_id_v2: str = ""

    @property
    def key(self) -> str:
        return name_key(self.name)

    @property
    def bound(self) -> bool:
        return bool(self.type_id or self.type_id_v2)

    def is_type(self, live: LiveType) -> bool:
        """Whether an id agrees."""
        v1 = bool(self.type_id) and self.type_id == live.id
        return v1 or (bool(self.type_id_v2) and self.type_id_v2 == live.id_v2)

    def comparable(self, live: LiveType) -> bool:
        """Whether both have an id of one kind, so that different ids mean different types."""
        return bool(self.type_id and live.id) or bool(self.type_id_v2 and live.id_v2)

    def bind(self, live: LiveType) -> MappedName:
        """Known ids stay; blank ones are filled."""
        return replace(
            self,
            type_id=self.type_id or live.id,
            type_id_v2=self.type_id_v2 or live.id_v2,
        )


@dataclass(frozen=True, slots=True)
class MappingError:
    """`field` is the HqAbsence value whose list is wrong; `message` is translated."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class MappingReport:
    """Errors keep a mapping from being stored, warnings do not."""

    errors: tuple[MappingError, ...]
    warnings: tuple[MappingError, ...]
    resolved: tuple[MappedName, ...]


def candidates(entry: MappedName, live: Sequence[LiveType]) -> list[LiveType]:
    """The live types that `entry` may mean: by id where ids can be compared, else by name."""
    same = [one for one in live if entry.is_type(one)]
    if same or any(entry.comparable(one) for one in live):
        return same
    return by_name(entry.name, live)


def by_name(name: str, live: Sequence[LiveType]) -> list[LiveType]:
    """The live types of that name; `Name [id]` picks one of several."""
    key = name_key(name)
    found = [one for one in live if name_key(one.name) == key]
    if found:
        return found
    return [one for one in live if key in _picks(one)]


def _picks(live: LiveType) -> set[str]:
    return {name_key(f"{live.name} [{id}]") for id in (live.id, live.id_v2) if id}


def resolve(entries: Sequence[MappedName], live: Sequence[LiveType]) -> list[MappedName]:
    """Bind what can be bound to exactly one live type that no other entry claims."""
    found = [candidates(entry, live) for entry in entries]
    claims = Counter(one.key for hits in found for one in hits)
    return [
        entry.bind(hits[0])
        if len(hits) == 1 and (claims[hits[0].key] == 1 or entry.is_type(hits[0]))
        else entry
        for entry, hits in zip(entries, found, strict=True)
    ]


def check_mapping(
    mapping: Mapping[str, str],
    live: Sequence[LiveType],
    known: Mapping[str, MappedName] | None = None,
) -> MappingReport:
    """Judge texts by HqAbsence value. Without live types (`[]`) nothing can be unknown.

    `known` holds the stored entries by name key: a bound name means its type, whatever that is
    called by now, as long as the type exists.
    """
    check = _MappingCheck(live, known or {})
    for hq_absence, text in mapping.items():
        check.read(HqAbsence(hq_absence), text)
    return check.report()


class _MappingCheck:
    def __init__(self, live: Sequence[LiveType], known: Mapping[str, MappedName]) -> None:
        self.live = live
        self.known = known
        self.errors: list[MappingError] = []
        self.warnings: list[MappingError] = []
        self.resolved: list[MappedName] = []
        self.owners: dict[tuple[str, str], HqAbsence] = {}

    def report(self) -> MappingReport:
        return MappingReport(tuple(self.errors), tuple(self.warnings), tuple(self.resolved))

    def read(self, hq_absence: HqAbsence, text: str) -> None:
        try:
            names = parse_names(text)
        except ValueError as error:
            self._error(hq_absence, "unclosed_quote", str(error))
            return
        for name in names:
            self._read_name(hq_absence, name)

    def _read_name(self, hq_absence: HqAbsence, name: str) -> None:
        if max(len(name), len(name_key(name))) > NAME_LENGTH:
            message = _("“%(name)s…” is too long for the name of an absence type.")
            self._error(hq_absence, "name_too_long", message % {"name": name[:40]})
            return
        entry = self._entry(hq_absence, name)
        hits = candidates(entry, self.live)
        if len(hits) > 1:
            self._error(hq_absence, "ambiguous_type", _ambiguous_message(name, hits))
        elif not hits and self.live:
            message = _("Personio has no absence type “%(name)s” at the moment.")
            self.warnings.append(MappingError(hq_absence, "unknown_type", message % {"name": name}))
        if len(hits) == 1:
            entry = entry.bind(hits[0])
        self._claim(entry, hits)

    def _entry(self, hq_absence: HqAbsence, name: str) -> MappedName:
        """With the ids known from before, unless their type is gone and the name fits anew."""
        stored = self.known.get(name_key(name))
        fresh = MappedName(hq_absence, name)
        if stored is None:
            return fresh
        kept = replace(stored, hq_absence=hq_absence, name=name)
        gone = not candidates(kept, self.live)
        return fresh if gone and by_name(name, self.live) else kept

    def _claim(self, entry: MappedName, hits: Sequence[LiveType]) -> None:
        claims = {("name", entry.key)}
        claims |= {("v1", entry.type_id)} if entry.type_id else set()
        claims |= {("v2", entry.type_id_v2)} if entry.type_id_v2 else set()
        others = [self.owners[claim] for claim in claims if claim in self.owners]
        foreign = [other for other in others if other != entry.hq_absence]
        if foreign:
            self._error(entry.hq_absence, "type_mapped_twice", _twice_message(entry, foreign[0]))
        elif not others:
            self.owners |= dict.fromkeys(claims, HqAbsence(entry.hq_absence))
            self.resolved.append(entry)

    def _error(self, field: str, code: str, message: str) -> None:
        self.errors.append(MappingError(field, code, message))


def _twice_message(entry: MappedName, other: HqAbsence) -> str:
    return _(
        "“%(name)s” is mapped twice, to “%(first)s” and to “%(second)s”. "
        "A Personio absence type belongs to one helloHQ absence only."
    ) % {
        "name": entry.name,
        "first": other.label,
        "second": HqAbsence(entry.hq_absence).label,
    }


def _ambiguous_message(name: str, hits: Sequence[LiveType]) -> str:
    return _("Personio has several absence types “%(name)s”. Write one of: %(choices)s") % {
        "name": name,
        "choices": format_names(one.choice for one in hits),
    }


def entries(integration: Integration) -> list[MappedName]:
    """The stored mapping, in the order of entry; one query."""
    rows = MappedType.objects.filter(integration=integration).order_by("position", "pk")
    return [MappedName(*row) for row in rows.values_list(*_COLUMNS)]


_COLUMNS = ("hq_absence", "name", "type_id", "type_id_v2")


def current_mapping(integration: Integration) -> dict[str, str]:
    """The stored lists by HqAbsence value, for all 14 in their order."""
    stored = entries(integration)
    return {
        value: format_names(entry.name for entry in stored if entry.hq_absence == value)
        for value in HqAbsence.values
    }


def store_mapping(
    integration: Integration, mapping: Mapping[str, str], live: Sequence[LiveType]
) -> MappingReport:
    """Replace the whole mapping; with errors nothing is stored.

    An HqAbsence that `mapping` leaves out has no types afterwards. `live=[]` when Personio
    cannot be asked: ids of names that stay are kept.
    """
    with transaction.atomic():
        Integration.objects.select_for_update().get(pk=integration.pk)
        stored = entries(integration)
        report = check_mapping(mapping, live, {entry.key: entry for entry in stored})
        if not report.errors and list(report.resolved) != stored:
            _replace_rows(integration, report.resolved)
    return report


def _replace_rows(integration: Integration, resolved: Sequence[MappedName]) -> None:
    MappedType.objects.filter(integration=integration).delete()
    MappedType.objects.bulk_create(
        MappedType(
            integration=integration,
            hq_absence=entry.hq_absence,
            name=entry.name,
            name_key=entry.key,
            type_id=entry.type_id,
            type_id_v2=entry.type_id_v2,
            position=position,
        )
        for position, entry in enumerate(resolved)
    )


def resolve_ids(integration: Integration, live: Sequence[LiveType]) -> None:
    """Bind names to the live types they mean; nothing else changes. Not for dry runs (I14)."""
    stored = entries(integration)
    for before, after in zip(stored, resolve(stored, live), strict=True):
        if before != after:
            MappedType.objects.filter(integration=integration, name_key=before.key).update(
                type_id=after.type_id, type_id_v2=after.type_id_v2
            )


@dataclass(frozen=True)
class TypeMapping:
    """From a Personio absence type to the helloHQ absence. Pure and hashable."""

    entries: tuple[MappedName, ...]

    def hq_absence(self, type_id: str, type_id_v2: str, name: str) -> str | None:
        """The HqAbsence value, or None for an unmapped type. Blank ids say nothing.

        The name counts only against entries whose ids are not known yet.
        """
        known = self._by_id.get(type_id) or self._by_id.get(type_id_v2)
        return known or self._by_name.get(name_key(name))

    @cached_property
    def _by_id(self) -> dict[str, str]:
        ids = ((one, id) for one in self.entries for id in (one.type_id, one.type_id_v2))
        return {id: one.hq_absence for one, id in ids if id}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {one.key: one.hq_absence for one in self.entries if not one.bound}


def type_mapping(integration: Integration, live: Sequence[LiveType] = ()) -> TypeMapping:
    """The stored mapping, in one query, bound to the live types in memory."""
    return bound_mapping(entries(integration), live)


def bound_mapping(stored: Sequence[MappedName], live: Sequence[LiveType]) -> TypeMapping:
    """The mapping with its names bound to the live types.

    A name that fits live types and still could not be bound (two of that name, or two entries
    for one type) maps nothing: it is never guessed.
    """
    bound = resolve(stored, live)
    return TypeMapping(tuple(one for one in bound if one.bound or not candidates(one, live)))


def hq_absence_of(label: str) -> HqAbsence | None:
    """The absence of an API value or of an English or German label, whatever its case."""
    return _labels().get(name_key(label))


@cache
def _labels() -> dict[str, HqAbsence]:
    return {name_key(word): one for one in HqAbsence for word in (one.value, *LABELS[one])}


@cache
def _words() -> dict[str, HqAbsence]:
    usual = {name_key(word): one for one, words in USUAL_NAMES.items() for word in words}
    return usual | _labels()


def suggest(live: Iterable[LiveType]) -> dict[str, str]:
    """HqAbsence values by `LiveType.key`, from the type's name, else its Personio category.

    A type that shares its name with another one gets no suggestion.
    """
    types = list(live)
    names = Counter(name_key(one.name) for one in types)
    found = {one.key: _suggestion(one) for one in types if names[name_key(one.name)] == 1}
    return {key: one.value for key, one in found.items() if one is not None}


def _suggestion(live: LiveType) -> HqAbsence | None:
    return _words().get(name_key(live.name)) or CATEGORIES.get(live.category.lower())
