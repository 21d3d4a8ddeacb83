"""The query options of a request, and what they make of a table's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.odata.filter import comparable, compile_filter
from sandbox.odata.model import BadQuery, EntityType, Row, Tables, follow

DEFAULT_TOP = 100
MAX_TOP = 1000
SINGLE = frozenset({"$expand", "$select"})
LIST = SINGLE | {"$filter", "$orderby", "$top", "$skip", "$count"}


@dataclass(frozen=True)
class Options:
    """`top` None: not given. `expand`: navigation → the options inside its parentheses."""

    filter: str = ""
    orderby: tuple[tuple[str, bool], ...] = ()
    """Property and whether it goes down."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: Mapping[str, Options] = field(default_factory=dict)


def parse_options(given: Mapping[str, str], allowed: frozenset[str] = LIST) -> Options:
    """From `$name` → text; other names are none of OData's business. Raises BadQuery."""
    options = {name: text for name, text in given.items() if name.startswith("$")}
    for name in options:
        if name not in allowed:
            raise BadQuery(f"The query parameter '{name}' is not supported.")
    top = _number(options, "$top")
    if top is not None and top > MAX_TOP:
        raise BadQuery(
            f"The limit of '{MAX_TOP}' for Top query has been exceeded. "
            f"The value from the incoming request is '{top}'."
        )
    return Options(
        filter=options.get("$filter", ""),
        orderby=tuple(_order(part) for part in split(options.get("$orderby", ""))),
        top=top,
        skip=_number(options, "$skip") or 0,
        count=_flag(options, "$count"),
        select=tuple(split(options.get("$select", ""))),
        expand=dict(_expansion(part) for part in split(options.get("$expand", ""))),
    )


def split(text: str, by: str = ",") -> list[str]:
    """At the separators that stand outside parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, sign in enumerate(text):
        quoted ^= sign == "'"
        depth += (sign == "(") - (sign == ")") if not quoted else 0
        if sign == by and not depth and not quoted:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _number(options: Mapping[str, str], name: str) -> int | None:
    if name not in options:
        return None
    if not options[name].strip().isdecimal():
        raise BadQuery(f"Invalid value '{options[name]}' for {name} query option found.")
    return int(options[name])


def _flag(options: Mapping[str, str], name: str) -> bool:
    text = options.get(name, "false").lower()
    if text not in ("true", "false"):
        raise BadQuery(f"Invalid value '{options[name]}' for {name} query option found.")
    return text == "true"


def _order(part: str) -> tuple[str, bool]:
    name, _, direction = part.partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise BadQuery(f"Syntax error in $orderby: '{part}'.")
    return name, direction.strip() == "desc"


def _expansion(part: str) -> tuple[str, Options]:
    name, bracket, rest = part.partition("(")
    if bracket and not rest.endswith(")"):
        raise BadQuery(f"Syntax error in $expand: '{part}'.")
    pairs = (item.partition("=") for item in split(rest[:-1], ";"))
    return name.strip(), parse_options({key: value for key, _, value in pairs})


@dataclass(frozen=True)
class Result:
    """`total` counts all rows that match, `rows` are those of the page, ready for JSON."""

    total: int
    rows: list[Row]


class Query:
    """Options bound to a type; checks them when it is made, so that even an empty table
    refuses nonsense. Raises BadQuery."""

    def __init__(self, options: Options, type: EntityType, tables: Tables) -> None:
        self.options = options
        self.type = type
        self.tables = tables
        self._check_names()
        expanded = frozenset(options.expand)
        self._keep: Callable[[Row], bool] | None = None
        if options.filter:
            self._keep = compile_filter(options.filter, type, tables, expanded)
        self._inner = {name: self._nested(name, inner) for name, inner in options.expand.items()}

    def _check_names(self) -> None:
        names = [name for name, _ in self.options.orderby]
        names += [n for n in self.options.select if n != "*" and n not in self.type.navigations]
        for name in names:
            if name not in self.type.properties:
                raise BadQuery(
                    f"Could not find a property named '{name}' on type '{self.type.name}'."
                )

    def _nested(self, name: str, inner: Options) -> Query:
        if name not in self.type.navigations:
            raise BadQuery(f"Could not find a property named '{name}' on type '{self.type.name}'.")
        navigation = self.type.navigations[name]
        target = self.tables[navigation.target].type
        for deeper in inner.expand:
            beyond = target.navigations.get(deeper)
            if beyond and beyond.many and not navigation.many:
                raise BadQuery(f"The path '{name}/{deeper}' mixes cardinalities.")
        return Query(inner, target, self.tables)

    def matching(self, rows: Iterable[Row]) -> list[Row]:
        found = [row for row in rows if self._keep is None or self._keep(row)]
        for name, down in reversed(self.options.orderby):
            found.sort(key=lambda row: _sortable(row.get(name)), reverse=down)
        return found

    def run(self, rows: Iterable[Row], default_top: int | None = DEFAULT_TOP) -> Result:
        found = self.matching(rows)
        top = self.options.top if self.options.top is not None else default_top
        end = None if top is None else self.options.skip + top
        return Result(len(found), [self.shape(row) for row in found[self.options.skip : end]])

    def shape(self, row: Row) -> Row:
        """The row with the selected properties and the expanded navigations."""
        names: Sequence[str] = self.options.select or ("*",)
        chosen = self.type.properties if "*" in names else names
        shaped = {n: printed(row.get(n)) for n in chosen if n in self.type.properties}
        for name, query in self._inner.items():
            navigation = self.type.navigations[name]
            there = query.run(follow(self.tables, navigation, row), default_top=None).rows
            shaped[name] = there if navigation.many else next(iter(there), None)
        return shaped


def _sortable(value: Any) -> tuple[bool, Any]:
    """Nulls first."""
    return (value is not None, comparable(value) if value is not None else 0)


def printed(value: Any) -> Any:
    """Instants end with Z, calendar dates and local times have no zone."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        return value.isoformat(timespec="seconds")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
