"""JSON documents as people write them: every mistake with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from integrations.answers import Finding, InvalidAnswersError, Path


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _value in pairs]
        self.repeated = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]


def parse_object(document: bytes) -> dict[str, Any]:
    """The JSON object in `document` (UTF-8, with or without a byte order mark).

    Raises InvalidAnswersError: malformed_json with line and column, duplicate_key,
    invalid_character (NUL, half a surrogate pair), wrong_type for something that is no object.
    """
    try:
        data = json.loads(
            document.decode("utf-8-sig"), object_pairs_hook=_Object, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise _malformed(_("The file is not written in UTF-8.")) from None
    except json.JSONDecodeError as error:
        text = _("The file is no JSON: line %(line)d, column %(column)d.")
        raise _malformed(text % {"line": error.lineno, "column": error.colno}) from None
    except (ValueError, RecursionError):
        raise _malformed(_("The file is no JSON: a value is not allowed.")) from None
    if not isinstance(data, _Object):
        raise InvalidAnswersError([Finding((), "wrong_type", _("Write an object: { … }."))])
    if found := list(_findings(data, ())):
        raise InvalidAnswersError(found)
    return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _malformed(message: str) -> InvalidAnswersError:
    return InvalidAnswersError([Finding((), "malformed_json", message)])


def _findings(value: object, path: Path) -> Iterator[Finding]:
    if isinstance(value, str) and not _storable(value):
        yield Finding(path, "invalid_character", _("This holds a character that is not allowed."))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _findings(item, (*path, position))
    elif isinstance(value, _Object):
        for key in value.repeated:
            yield Finding((*path, key), "duplicate_key", _("This key stands here twice."))
        for key, item in value.items():
            yield from _findings(key, path)
            yield from _findings(item, (*path, key))


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
