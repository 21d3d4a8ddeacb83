"""$filter: text → predicate. Types are checked when the text is compiled."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sandbox.odata.model import BadQuery, EntityType, Kind, Navigation, Row, Tables, follow

Scope = dict[str, Row]
"""The rows that names stand for: "" is the row being tested, others are lambda variables."""

TOKENS = re.compile(
    r"""\s*(?:
    (?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<string>'(?:[^']|'')*')
    |(?P<name>[A-Za-z_][\w.]*)
    |(?P<sign>[(),/:])
    )""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
LITERALS = {"true": True, "false": False, "null": None}


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled piece. `kind` None: null, fits everything. `enum`: the only values it has;
    `literal`: the value if it is a constant string."""

    kind: Kind | None
    value: Callable[[Scope], Any]
    enum: tuple[str, ...] = ()
    literal: str | None = None


def tokenize(text: str) -> list[Token]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKENS.match(text, at)
        if not match or not match.lastgroup:
            raise BadQuery(f"Syntax error at position {at} in '{text}'.")
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def comparable(value: Any) -> Any:
    """Times as instants; a time without zone counts as UTC."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def compile_filter(
    text: str, type: EntityType, tables: Tables, expanded: frozenset[str]
) -> Callable[[Row], bool]:
    """Raises BadQuery. A navigation may be used only if it is also `expanded`."""
    parser = _Parser(tokenize(text), tables, expanded)
    expression = parser.whole(type)
    return lambda row: bool(expression.value({"": row}))


class _Parser:
    def __init__(self, tokens: list[Token], tables: Tables, expanded: frozenset[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.tables = tables
        self.expanded = expanded
        self.types: dict[str, EntityType] = {}

    def whole(self, type: EntityType) -> Expression:
        self.types[""] = type
        expression = self.either()
        if self.at < len(self.tokens):
            raise BadQuery(f"Syntax error: '{self.tokens[self.at].text}' is not expected.")
        return self.condition(expression)

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "")

    def next(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        found = self.peek().text == text and self.peek().kind in ("name", "sign")
        self.at += found
        return found

    def need(self, text: str) -> None:
        if not self.skip(text):
            raise BadQuery(f"Syntax error: '{text}' expected.")

    def condition(self, expression: Expression) -> Expression:
        if expression.kind != "bool":
            raise BadQuery("The $filter expression must be a condition.")
        return expression

    def either(self) -> Expression:
        left = self.both()
        while self.skip("or"):
            left = _joined(self.condition(left), self.condition(self.both()), any)
        return left

    def both(self) -> Expression:
        left = self.negated()
        while self.skip("and"):
            left = _joined(self.condition(left), self.condition(self.negated()), all)
        return left

    def negated(self) -> Expression:
        if self.skip("not"):
            inner = self.condition(self.negated())
            return Expression("bool", lambda scope: not inner.value(scope))
        return self.comparison()

    def comparison(self) -> Expression:
        left = self.primary()
        if self.peek().text not in COMPARISONS:
            return left
        name = self.next().text
        return _compared(name, left, self.primary())

    def primary(self) -> Expression:
        token = self.next()
        if token.text == "(" and token.kind == "sign":
            inner = self.either()
            self.need(")")
            return inner
        if token.kind == "name":
            return self.named(token.text)
        return _literal(token)

    def named(self, name: str) -> Expression:
        if name in LITERALS:
            constant = LITERALS[name]
            return Expression(None if constant is None else "bool", lambda _: constant)
        if self.peek().text == "(" and self.peek().kind == "sign":
            return self.call(name)
        if name in self.types and self.skip("/"):
            return self.path(name, self.next().text)
        return self.path("", name)

    def call(self, name: str) -> Expression:
        if name not in FUNCTIONS:
            raise BadQuery(f"An unknown function with name '{name}' was found.")
        function = FUNCTIONS[name]
        self.need("(")
        arguments = [self.either()]
        while self.skip(","):
            arguments.append(self.either())
        self.need(")")
        kinds = tuple(argument.kind or "string" for argument in arguments)
        if kinds != function.takes:
            raise BadQuery(f"No function signature for '{name}' matches the arguments.")
        return Expression(
            function.gives,
            lambda scope: function.run(*[argument.value(scope) for argument in arguments]),
        )

    def path(self, variable: str, name: str) -> Expression:
        type = self.types[variable]
        if name in type.properties:
            enum = tuple(type.enums.get(name, ()))
            kind = type.properties[name]
            return Expression(kind, lambda scope: comparable(scope[variable].get(name)), enum)
        if name not in type.navigations:
            raise BadQuery(f"Could not find a property named '{name}' on type '{type.name}'.")
        if not variable and name not in self.expanded:
            raise BadQuery(f"'{name}' must be expanded before it can be filtered.")
        self.need("/")
        return self.beyond(variable, type.navigations[name])

    def beyond(self, variable: str, navigation: Navigation) -> Expression:
        word = self.next().text
        if word in ("any", "all"):
            return self.quantified(variable, navigation, word)
        if navigation.many:
            raise BadQuery("A collection needs any or all.")
        inner_type = self.tables[navigation.target].type
        hidden = f"{variable}/{navigation.via}"
        self.types[hidden] = inner_type
        inner = self.path(hidden, word)

        def value(scope: Scope) -> Any:
            found = follow(self.tables, navigation, scope[variable])
            return inner.value({**scope, hidden: found[0]}) if found else None

        return Expression(inner.kind, value, inner.enum)

    def quantified(self, variable: str, navigation: Navigation, word: str) -> Expression:
        self.need("(")
        if self.skip(")"):
            return Expression(
                "bool", lambda scope: bool(follow(self.tables, navigation, scope[variable]))
            )
        name = self.next().text
        self.need(":")
        self.types[name] = self.tables[navigation.target].type
        inner = self.condition(self.either())
        del self.types[name]
        self.need(")")
        check = any if word == "any" else all

        def value(scope: Scope) -> bool:
            rows = follow(self.tables, navigation, scope[variable])
            return check(inner.value({**scope, name: row}) for row in rows)

        return Expression("bool", value)


def _joined(left: Expression, right: Expression, check: Callable[[Any], bool]) -> Expression:
    return Expression("bool", lambda scope: check(e.value(scope) for e in (left, right)))


def _literal(token: Token) -> Expression:
    if token.kind == "number":
        number = float(token.text)
        return Expression("number", lambda _: number)
    if token.kind == "string":
        text = token.text[1:-1].replace("''", "'")
        return Expression("string", lambda _: text, literal=text)
    if token.kind == "time":
        moment = _time(token.text)
        return Expression("time", lambda _: moment)
    raise BadQuery(f"Syntax error: '{token.text or 'end of expression'}' is not expected.")


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadQuery(f"'{text}' is not a date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compared(name: str, left: Expression, right: Expression) -> Expression:
    if left.kind and right.kind and left.kind != right.kind:
        raise BadQuery(
            "A binary operator with incompatible types was detected: "
            f"'{left.kind}' and '{right.kind}' for '{name}'."
        )
    for one, other in ((left, right), (right, left)):
        if one.enum and other.literal is not None and other.literal not in one.enum:
            raise BadQuery(f"The string '{other.literal}' is not a valid enumeration value.")
    compare = COMPARISONS[name]

    def value(scope: Scope) -> bool:
        a, b = left.value(scope), right.value(scope)
        if (a is None or b is None) and name not in ("eq", "ne"):
            return False
        return compare(a, b)

    return Expression("bool", value)


@dataclass(frozen=True, slots=True)
class Function:
    takes: tuple[Kind, ...]
    gives: Kind
    run: Callable[..., Any]


FUNCTIONS: Mapping[str, Function] = {
    "contains": Function(("string", "string"), "bool", lambda a, b: (b or "") in (a or "")),
    "startswith": Function(
        ("string", "string"), "bool", lambda a, b: (a or "").startswith(b or "")
    ),
    "endswith": Function(("string", "string"), "bool", lambda a, b: (a or "").endswith(b or "")),
    "indexof": Function(("string", "string"), "number", lambda a, b: (a or "").find(b or "")),
    "tolower": Function(("string",), "string", lambda a: (a or "").lower()),
    "toupper": Function(("string",), "string", lambda a: (a or "").upper()),
    "trim": Function(("string",), "string", lambda a: (a or "").strip()),
    "length": Function(("string",), "number", lambda a: len(a or "")),
}
