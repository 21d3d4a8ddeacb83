"""Lists of names as people write them, and what two spellings of one name have in common (P3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

_PART = re.compile(r'\s*+(?:"((?:[^"]|"")*)"\s*|((?!")[^,]*))(?:,|$)')


def clean_name(name: str) -> str:
    """Trimmed, inner white space collapsed."""
    return " ".join(name.split())


def name_key(name: str) -> str:
    """What two spellings of one name have in common: NFC, trimmed, collapsed, case-folded."""
    folded = unicodedata.normalize("NFC", clean_name(name)).casefold()
    return unicodedata.normalize("NFC", folded)


def parse_names(text: str) -> list[str]:
    """The names in a comma-separated list; blank ones are left out.

    A name that holds a comma stands in double quotes, a quote inside them is doubled. Raises
    ValueError (translated) when a quote is not closed or something follows the closing one.
    """
    names, position = [], 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(_quote_message(text[position:]))
        quoted, plain = match.groups()
        names.append(clean_name(plain if quoted is None else quoted.replace('""', '"')))
        position = match.end()
    return [name for name in names if name]


def _quote_message(rest: str) -> str:
    if rest.count('"') % 2:
        return _("A quotation mark is not closed.")
    return _("A comma is missing after a closing quotation mark.")


def format_names(names: Iterable[str]) -> str:
    """The inverse of `parse_names`."""
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    if "," not in name and not name.lstrip().startswith('"'):
        return name
    return '"' + name.replace('"', '""') + '"'
