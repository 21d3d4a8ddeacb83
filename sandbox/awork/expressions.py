"""awork's filter and order language: text → predicate or sort key. Refuses what awork refuses."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sandbox.awork.answers import AworkError

TOKENS = re.compile(
    r"""\s*(?:
    guid'(?P<guid>[^']*)'
    |datetime'(?P<time>[^']*)'
    |(?P<special>(?:me\.id|now|today|sow|eow|som|eom)(?:[+-]\d+[dhm])?(?![\w/]))
    |(?P<number>-?\d+(?:\.\d+)?[LMlm]?(?!\w))
    |'(?P<text>(?:[^']|'')*)'
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>[(),/:])
    )""",
    re.VERBOSE,
)
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?)?")
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt,
    "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
LITERALS = {"true": True, "false": False, "null": None}
TIMES = frozenset(
    ("createdon", "updatedon", "closedon", "starton", "dueon", "endon", "deletedon",
     "deactivatedon", "startdate", "duedate", "startdateutc", "enddateutc", "startdatelocal",
     "enddatelocal", "datevalue")
)  # fmt: skip
NUMBERS = frozenset(
    ("resourceversion", "duration", "breakduration", "plannedduration", "trackedduration",
     "timebudget", "order", "subtaskorder", "tasknumber", "numbervalue", "taskscount",
     "projectscount", "laneorder")
)  # fmt: skip
Context = dict[str, Any]
"""Variable → what it stands for; "" is the row being tested."""
Lookup = Callable[[str], Callable[[Any], Any] | None]
"""Lower-case property name → how to read it from a row; None for an unknown one."""


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind`: guid, time, text, number, bool, null, or "" when unknown. `fixed`: a literal."""

    kind: str
    value: Callable[[Context], Any]
    fixed: bool = False


def bad(text: str) -> AworkError:
    return AworkError("invalid-filter-or-order", text)


def tokenize(text: str) -> list[Token]:
    tokens, at, text = [], 0, text.strip()
    while at < len(text):
        match = TOKENS.match(text, at)
        if not match or not match.lastgroup:
            raise bad(f"Syntax error at position {at} in '{text}'.")
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def kind_of(name: str) -> str:
    """What values a property has, by its name."""
    name = name.lower()
    if name in TIMES:
        return "time"
    if name in NUMBERS:
        return "number"
    if name == "id" or name.endswith(("id", "idvalue")) or name in ("createdby", "updatedby"):
        return "guid"
    if name.startswith(("is", "has")):
        return "bool"
    return "" if name.endswith("value") and name != "textvalue" else "text"


def instant(value: Any) -> Any:
    """A time's text in a form that compares as the time does."""
    if not isinstance(value, str):
        return value
    text = value.rstrip("Z")
    return text.rstrip("0").rstrip(".") if "." in text else text


def child(value: Any, name: str) -> Any:
    """A nested model's property, whatever the case of its name."""
    if not isinstance(value, Mapping):
        return None
    return next((v for key, v in value.items() if key.lower() == name.lower()), None)


def compile_filter(text: str, lookup: Lookup, now: datetime, me: str) -> Callable[[Any], bool]:
    """Raises AworkError (invalid-filter-or-order)."""
    parser = _Parser(tokenize(text), lookup, now, me)
    piece = parser.whole()
    return lambda row: bool(piece.value({"": row}))


def compile_order(text: str, lookup: Lookup) -> list[tuple[Callable[[Any], Any], bool]]:
    """Sort keys, each with whether it goes down. Raises AworkError."""
    return [_order(part, lookup) for part in text.split(",")] if text else []


def _order(part: str, lookup: Lookup) -> tuple[Callable[[Any], Any], bool]:
    match = re.fullmatch(r"([A-Za-z_][\w/]*)(?: (asc|desc))?", part)
    if not match:
        raise bad(f"The order '{part}' is not valid.")
    name, *rest = match[1].split("/")
    read = lookup(name.lower())
    if read is None:
        raise bad(f"The property '{name}' does not exist.")
    is_time = kind_of(match[1].rpartition("/")[2]) == "time"

    def key(row: Any) -> tuple[bool, Any]:
        value = read(row)
        for step in rest:
            value = child(value, step)
        return (value is not None, 0 if value is None else instant(value) if is_time else value)

    return key, match[2] == "desc"


class _Parser:
    def __init__(self, tokens: list[Token], lookup: Lookup, now: datetime, me: str) -> None:
        self.tokens, self.lookup, self.now, self.me = tokens, lookup, now, me
        self.at = 0
        self.variables: set[str] = set()

    def whole(self) -> Piece:
        piece = self.condition(self.either())
        if self.at < len(self.tokens):
            raise bad(f"'{self.tokens[self.at].text}' is not expected.")
        return piece

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
            raise bad(f"'{text}' is expected.")

    def condition(self, piece: Piece) -> Piece:
        if piece.kind != "bool":
            raise bad("The expression must be a condition.")
        return piece

    def either(self) -> Piece:
        left = self.both()
        while self.skip("or"):
            left = _joined(self.condition(left), self.condition(self.both()), any)
        return left

    def both(self) -> Piece:
        left = self.negated()
        while self.skip("and"):
            left = _joined(self.condition(left), self.condition(self.negated()), all)
        return left

    def negated(self) -> Piece:
        if self.skip("not"):
            inner = self.condition(self.negated())
            return Piece("bool", lambda context: not inner.value(context))
        return self.comparison()

    def comparison(self) -> Piece:
        left = self.primary()
        if self.skip("in"):
            return self.member(left)
        if self.peek().kind != "name" or self.peek().text not in COMPARISONS:
            return left
        return _compared(self.next().text, left, self.primary())

    def member(self, left: Piece) -> Piece:
        self.need("(")
        tests = [_compared("eq", left, self.primary())]
        while self.skip(","):
            tests.append(_compared("eq", left, self.primary()))
        self.need(")")
        return Piece("bool", lambda context: any(test.value(context) for test in tests))

    def primary(self) -> Piece:
        token = self.next()
        if token == ("sign", "("):
            inner = self.either()
            self.need(")")
            return inner
        if token.kind == "name":
            return self.named(token.text)
        if token.kind == "special":
            return self.special(token.text)
        return _literal(token)

    def special(self, text: str) -> Piece:
        if text == "me.id":
            return Piece("guid", lambda _: self.me, fixed=True)
        moment = instant(f"{special_moment(text, self.now):%Y-%m-%dT%H:%M:%S}")
        return Piece("time", lambda _: moment, fixed=True)

    def named(self, name: str) -> Piece:
        if name in LITERALS:
            constant = LITERALS[name]
            return Piece("null" if constant is None else "bool", lambda _: constant, fixed=True)
        if self.peek() == ("sign", "("):
            return self.call(name)
        if name in self.variables:
            return self.steps(lambda context: context[name], name)
        read = self.lookup(name.lower())
        if read is None:
            raise bad(f"The property '{name}' does not exist.")
        return self.steps(lambda context: read(context[""]), name)

    def steps(self, value: Callable[[Context], Any], name: str) -> Piece:
        while self.skip("/"):
            token = self.next()
            if token.kind != "name":
                raise bad("A property is expected after '/'.")
            if token.text in ("any", "count") and self.peek() == ("sign", "("):
                return self.collection(token.text, value)
            name, value = token.text, _step(value, token.text)
        kind = kind_of(name)
        return Piece(kind, _instants(value) if kind == "time" else value)

    def collection(self, word: str, value: Callable[[Context], Any]) -> Piece:
        self.need("(")
        if word == "count":
            self.need(")")
            return Piece("number", lambda context: len(value(context) or ()))
        if self.skip(")"):
            return Piece("bool", lambda context: bool(value(context)))
        name = self.next().text
        self.need(":")
        self.variables.add(name)
        inner = self.condition(self.either())
        self.variables.discard(name)
        self.need(")")
        return Piece(
            "bool",
            lambda context: any(inner.value({**context, name: o}) for o in value(context) or ()),
        )

    def call(self, name: str) -> Piece:
        self.need("(")
        pieces = [self.either()]
        while self.skip(","):
            pieces.append(self.either())
        self.need(")")
        arity, gives, run = FUNCTIONS.get(name, (0, "", None))
        if run is None or len(pieces) != arity or any(p.kind not in ("text", "") for p in pieces):
            raise bad(f"The function '{name}' with these arguments does not exist.")
        return Piece(gives, lambda context: run(*[p.value(context) or "" for p in pieces]))


FUNCTIONS: Mapping[str, tuple[int, str, Callable[..., Any] | None]] = {
    "substringof": (2, "bool", lambda part, whole: part in whole),
    "startswith": (2, "bool", lambda whole, part: whole.startswith(part)),
    "endswith": (2, "bool", lambda whole, part: whole.endswith(part)),
    "tolower": (1, "text", lambda whole: whole.lower()),
}


def _step(value: Callable[[Context], Any], name: str) -> Callable[[Context], Any]:
    return lambda context: child(value(context), name)


def _instants(value: Callable[[Context], Any]) -> Callable[[Context], Any]:
    return lambda context: instant(value(context))


def _joined(left: Piece, right: Piece, check: Callable[[Any], bool]) -> Piece:
    return Piece("bool", lambda context: check(p.value(context) for p in (left, right)))


def _literal(token: Token) -> Piece:
    value: Any = token.text
    if token.kind == "number":
        digits = token.text.rstrip("LMlm")
        value = float(digits) if "." in digits else int(digits)
    elif token.kind == "text":
        value = token.text.replace("''", "'")
    elif token.kind == "guid":
        if not GUID.fullmatch(token.text):
            raise bad(f"'{token.text}' is not a guid.")
        value = token.text.lower()
    elif token.kind == "time":
        if not TIME.fullmatch(token.text):
            raise bad(f"'{token.text}' is not a date.")
        padded = token.text + "T00:00:00"[len(token.text) - 10 :] if len(token.text) < 19 else ""
        value = instant(padded or token.text)
    else:
        raise bad(f"'{token.text or 'end of the expression'}' is not expected.")
    return Piece(token.kind, lambda _: value, fixed=True)


def _compared(name: str, left: Piece, right: Piece) -> Piece:
    kinds = {piece.kind for piece in (left, right)} - {"null", ""}
    if len(kinds) > 1:
        raise bad(f"'{name}' cannot compare {' and '.join(sorted(kinds))}.")
    compare = COMPARISONS[name]

    def value(context: Context) -> bool:
        a, b = left.value(context), right.value(context)
        if name in ("eq", "ne") or (a is not None and b is not None):
            return compare(a, b)
        return False

    return Piece("bool", value)


def special_moment(text: str, now: datetime) -> datetime:
    """now, today, the bounds of week and month (UTC), with an optional distance."""
    match = re.fullmatch(r"([a-z]+)(?:([+-]\d+)([dhm]))?", text)
    if not match:
        raise bad(f"'{text}' is not expected.")
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    week = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    moments = {
        "now": now, "today": today, "sow": week, "eow": week + timedelta(days=7),
        "som": month, "eom": next_month,
    }  # fmt: skip
    units = {"d": "days", "h": "hours", "m": "minutes"}
    distance = timedelta(**{units[match[3]]: int(match[2])}) if match[2] else timedelta(0)
    return moments[match[1]] + distance
