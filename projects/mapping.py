"""The table of task types and statuses: helloHQ's, and what each stands for in awork (A5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _

from integrations.vendors.awork.records import TypeOfWork
from integrations.vendors.hellohq.project_records import TaskType
from projects.lexicon import status_mapping
from projects.settings import HelloHqAworkSettings
from projects.words import folded

Path = tuple[str, ...]
"""A helloHQ type, or a type and one of its statuses, by name."""
Offers = Mapping[str, str]
"""Names that awork has, by folded name."""

OFF = "off"
"""What a form holds for a name that is left unmapped on purpose; "" is no choice at all."""
NAMED = "="
"""What begins a chosen name in a form."""


def offers(names: Iterable[str]) -> Offers:
    """The first spelling of each name counts."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), name)
    return found


def activity_names(activities: Iterable[TypeOfWork]) -> list[str]:
    """Names of awork's activities, archived ones last."""
    return [one.name for one in sorted(activities, key=lambda one: (one.is_archived, one.name))]


@dataclass(frozen=True)
class Row:
    """One helloHQ type or status.

    `stored` is the awork name that was chosen for it, "" for none on purpose, None without a
    choice. `offers` is None while awork does not answer; `is_here` whether helloHQ has the name,
    as far as is known.
    """

    path: Path
    stored: str | None
    offers: Offers | None
    is_here: bool = True

    @property
    def key(self) -> str:
        """The name of the form field."""
        return key_of(self.path)

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def is_type(self) -> bool:
        return len(self.path) == 1

    @property
    def suggestion(self) -> str:
        """The awork name that is equal and so applies without a choice; "" for none."""
        return (self.offers or {}).get(folded(self.name), "") if self.is_here else ""

    @property
    def chosen(self) -> str:
        """The stored choice, as awork spells it now."""
        return (self.offers or {}).get(folded(self.stored or ""), self.stored or "")

    @property
    def state(self) -> str:
        """chosen, off, suggested or empty."""
        if self.stored is not None:
            return "chosen" if self.stored else "off"
        return "suggested" if self.suggestion else "empty"

    @property
    def is_gone(self) -> bool:
        """Whether awork answers and has not what was chosen."""
        return bool(self.stored) and self.offers is not None and not self._is_offered

    @property
    def _is_offered(self) -> bool:
        return folded(self.stored or "") in (self.offers or {})

    @property
    def value(self) -> str:
        """What the form shows."""
        if self.state == "off":
            return OFF
        name = self.chosen or self.suggestion
        return NAMED + name if name else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What the form offers; with a suggestion there is always a choice."""
        names = [*(self.offers or {}).values()]
        if self.stored and not self._is_offered:
            names.append(self.stored)
        blank = [] if self.suggestion else [("", "–")]
        return [*blank, *((NAMED + name, name) for name in names), (OFF, _("Do not transfer"))]

    def decided(self, value: str) -> str | None:
        """What is to be stored for what a form holds. An equal name needs no choice, one that was
        chosen before stays one."""
        if value == OFF:
            return ""
        name = value.removeprefix(NAMED)
        by_itself = self.stored is None and folded(name) == folded(self.name)
        return None if not name or by_itself else name


def key_of(path: Path) -> str:
    return "/".join(quote(part, safe="") for part in ("map", *path))


def paths_of(keys: Iterable[str]) -> list[Path]:
    """The rows that a form was sent with; what is no row is left out."""
    parts = [tuple(map(unquote, key.split("/"))) for key in keys if key.startswith("map/")]
    return [path[1:] for path in parts if len(path) in (2, 3) and all(path)]


def rows(
    types: Sequence[TaskType] | None,
    activities: Offers | None,
    statuses: Offers | None,
    answers: HelloHqAworkSettings,
    sent: Sequence[Path] = (),
) -> list[Row]:
    """Every type with its statuses: those of helloHQ, those `sent` and those stored.

    None stands for what the system does not tell at the moment.
    """
    live = _live_paths(types or [])
    known = {_fold(path) for path in live} if types is not None else None
    found: dict[Path, Path] = {}
    for path in [*live, *sent, *_stored_paths(answers)]:
        found.setdefault(_fold(path), path)
    return [
        Row(
            path=path,
            stored=_stored(path, answers),
            offers=activities if len(path) == 1 else statuses,
            is_here=known is None or key in known,
        )
        for key, path in _in_order(found)
    ]


def _in_order(found: Mapping[Path, Path]) -> list[tuple[Path, Path]]:
    """Types as they come, each followed by its statuses."""
    types = list(dict.fromkeys(key[:1] for key in found))
    return sorted(found.items(), key=lambda item: (types.index(item[0][:1]), len(item[0])))


def _live_paths(types: Iterable[TaskType]) -> list[Path]:
    return [
        path
        for type_ in types
        for path in [(type_.name,), *((type_.name, status.name) for status in type_.statuses)]
    ]


def _stored_paths(answers: HelloHqAworkSettings) -> list[Path]:
    types = [(name,) for name in [*answers.task_type_mapping, *answers.task_status_mapping]]
    return [*types, *((t, s) for t, names in answers.task_status_mapping.items() for s in names)]


def _stored(path: Path, answers: HelloHqAworkSettings) -> str | None:
    mapping: Mapping[str, str] = answers.task_type_mapping
    if len(path) == 2:
        mapping = status_mapping(answers.task_status_mapping, path[0])
    return {folded(name): value for name, value in mapping.items()}.get(folded(path[-1]))


def _fold(path: Path) -> Path:
    return tuple(map(folded, path))


def to_store(table: Sequence[Row], values: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """The two mappings of the settings, given what a form holds by `Row.key`."""
    types: dict[str, object] = {}
    statuses: dict[str, dict[str, str]] = {}
    for row in table:
        name = row.decided(values.get(row.key, row.value))
        if name is not None and row.is_type:
            types[row.name] = name
        elif name is not None:
            statuses.setdefault(row.path[0], {})[row.name] = name
    return {"task_type_mapping": types, "task_status_mapping": dict(statuses)}
