"""Descriptions: helloHQ's plain text, awork's HTML, and the form in which they are compared (A3).

For every text t: to_text(to_html(t)) == normal(t). For every html h: to_text(h) is normal. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from html import escape
from html.parser import HTMLParser

LIMIT = 25_000
"""What awork holds of a description: UTF-16 units of HTML."""

_CUT = " …"
_BLANK = "\N{NO-BREAK SPACE}"
_DROPPED = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\ufeff\ud800-\udfff]")
"""Control characters, lone surrogates, and what editors leave behind without any width."""
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BULLET, _NUMBER = "- ", "{}. "


def normal(text: str) -> str:
    """The text as it is compared and written; normal(normal(t)) == normal(t).

    No blanks around the text or at the end of a line, at most one empty line in a row, and no more
    than fits into awork's description as HTML: the rest is cut off and "…" stands for it.
    """
    text = _tidy(text)
    if len(text) <= LIMIT and _size(_markup(text)) <= LIMIT:
        return text
    fits = bisect_right(range(LIMIT), LIMIT, key=lambda length: _size(_markup(_cut(text, length))))
    return _cut(text, fits - 1)


def to_html(text: str) -> str:
    """Paragraphs and simple lists for awork, at most LIMIT long; "" for a blank text."""
    return _markup(normal(text))


def to_text(html: str) -> str:
    """The normal text of any HTML, however broken. Formatting that a text cannot show is lost."""
    reader = _Reader()
    reader.feed(html.replace("<![", "<! ["))  # the parser raises at marked sections it cannot read
    reader.close()
    return normal("".join(reader.parts))


def _tidy(text: str) -> str:
    text = _LINE_END.sub("\n", _DROPPED.sub("", text)).replace(_BLANK, " ").expandtabs(4)
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip() + _CUT


def _size(html: str) -> int:
    return len(html.encode("utf-16-le")) // 2


def _markup(text: str) -> str:
    return "".join(_block(lines.split("\n")) for lines in text.split("\n\n")) if text else ""


def _block(lines: list[str]) -> str:
    """A list if all lines are its items, else a paragraph."""
    for tag, marker in (("ul", _BULLET), ("ol", _NUMBER)):
        items = [_item(line, marker.format(number)) for number, line in enumerate(lines, 1)]
        if all(items):
            return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"
    return f"<p>{'<br>'.join(map(_inline, lines))}</p>"


def _item(line: str, marker: str) -> str:
    """What follows the marker; "" if the line is no item of a flat list."""
    rest = line.removeprefix(marker) if line.startswith(marker) else ""
    return "" if rest[:1].isspace() else rest


def _inline(line: str) -> str:
    """Blanks that HTML would swallow are made to stay."""
    return re.sub("^ |(?<= ) ", _BLANK, escape(line, quote=False))


# -- HTML → text ---------------------------------------------------------------------------

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PARAGRAPHS = ("p", *_HEADINGS, "ul", "ol", "dl", "blockquote", "pre", "table", "hr")
_LINES = ("div", "li", "tr", "dt", "dd", "section", "article", "header", "footer", "figure")
_CELLS = ("td", "th")
_HIDDEN = ("script", "style")
_SCHEMES = ("http:", "https:", "mailto:", "tel:")
_DECORATION = re.compile(r"^(https?://|mailto:|tel:)(www\.)?|/$", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r\f]+")
"""What HTML shows as one blank; others stay as they are."""


class _Reader(HTMLParser):
    """Collects the text. Line ends and blanks wait until something follows them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        """By turns what separates words from those before, and words."""
        self._ends, self._blank = 0, False
        self._hidden = self._pre = False
        self._lists: list[int] = []
        """Per open list the number of its next item; 0 in a list without numbers."""
        self._marker = ""
        self._address, self._label = "", 0
        """Of the open link, and where in `parts` its words begin."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = self._hidden or tag in _HIDDEN
        self._separate(tag)
        given = dict(attrs)
        if tag == "br":
            self._ends, self._blank = self._ends + 1, False
        elif tag == "pre":
            self._pre = True
        elif tag in ("ul", "ol"):
            self._lists.append(_first(given.get("start")) if tag == "ol" else 0)
        elif tag == "li":
            self._begin_item()
        elif tag == "a":
            self._address = "".join((given.get("href") or "").split())
            self._label = len(self.parts) + 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = False
        elif tag == "pre":
            self._pre = False
        elif tag in ("ul", "ol"):
            self._lists, self._marker = self._lists[:-1], ""
        elif tag == "a":
            self._end_link()
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre:
            self._preformatted(data)
        else:
            self._flow(_SPACE.sub(" ", data))

    def _separate(self, tag: str) -> None:
        """End the line before and after a block; an empty line between paragraphs, not in lists."""
        if tag in _PARAGRAPHS or tag in _LINES:
            ends = 2 if tag in _PARAGRAPHS and not self._lists else 1
            self._ends, self._blank = max(self._ends, ends), False
        self._blank = self._blank or tag in _CELLS

    def _begin_item(self) -> None:
        number = self._lists[-1] if self._lists else 0
        self._marker = _NUMBER.format(number) if number else _BULLET
        if number:
            self._lists[-1] += 1

    def _preformatted(self, data: str) -> None:
        for number, line in enumerate(data.split("\n")):
            self._ends += number > 0
            self._put(line)

    def _flow(self, data: str) -> None:
        self._blank = self._blank or data.startswith(" ")
        self._put(data.strip(" "))
        self._blank = self._blank or data.endswith(" ")

    def _put(self, words: str) -> None:
        if not words:
            return
        self.parts += [self._line_begin() if self._ends else " " * self._blank, words]
        self._ends, self._blank = 0, False

    def _line_begin(self) -> str:
        depth = len(self._lists) - bool(self._marker)
        begin = "\n" * self._ends + "  " * depth + self._marker
        self._marker = ""
        return begin

    def _end_link(self) -> None:
        """The address of a link whose label does not show it."""
        label = "".join(self.parts[self._label :]).strip()
        shown = self._address.casefold().startswith(_SCHEMES)
        if shown and _plain(label) != _plain(self._address):
            self._blank = True
            self._put(f"({self._address})" if label else self._address)
        self._address = ""


def _first(start: str | None) -> int:
    """The number of a list's first item, which is never 0: that stands for no numbers."""
    return int(start) if start and re.fullmatch(r"[1-9][0-9]{0,8}", start) else 1


def _plain(address: str) -> str:
    return _DECORATION.sub("", address).casefold()
