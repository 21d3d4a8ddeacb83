"""A3: descriptions survive the way from helloHQ's text to awork's HTML and back, forever."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from projects.text import LIMIT, normal, to_html, to_text

often = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SIGNS = (
    "x", "Größe", "😀", "- ", "* ", "1. ", "2. ", "<", ">", "&", "&amp;", "&#60", "<b>", "</p>",
    "<![", '"', " ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", "\xa0", "\u3000", "\u2028", "\x0b",
    "\x1c", "\x85", "\0", "\ud800", "\u200b", "\ufeff", "…",
)  # fmt: skip
TAGS = (
    "<p>", "</p>", "<br>", "<br/>", "<ul>", "</ul>", "<ol>", "<ol start='3'>", "<ol start='x'>",
    "</ol>", "<li>", "</li>", "<a href='http://a.b/'>", "<a href>", "</a>", "<a href=", "<pre>",
    "</pre>", "<script>", "</script>", "<style>", "<!--", "-->", "<!", "<?", "</", "<!doctype",
    "<![CDATA[", "<![if x]>", "]]>", "<h1>", "</h1>", "<td>", "<table>", "<textarea>", "<svg>",
)  # fmt: skip


def made_of(*signs: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(signs), max_size=20).map("".join)


texts = made_of(*SIGNS) | st.text(st.characters(exclude_categories=()))
pages = made_of(*SIGNS, *TAGS)


@often
@given(texts)
@example("- x")
@example("- a\n- b\n\n1. a\n2. b")
@example("<ul><li>A & B</li></ul> &nbsp;")
@example("a\n\n  - b\n    c   d")
def test_a3_a_text_comes_back_from_html_as_it_is_compared(text: str) -> None:
    assert to_text(to_html(text)) == normal(text)


@often
@given(texts)
def test_a3_the_normal_form_is_a_fixed_point(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert to_html(once) == to_html(text)


@often
@given(pages | texts)
def test_a3_any_html_has_a_normal_text_that_never_moves_again(html: str) -> None:
    text = to_text(html)
    assert normal(text) == text
    assert to_text(to_html(text)) == text


@often
@given(texts)
def test_a3_html_holds_no_character_that_a_server_may_refuse_or_change(text: str) -> None:
    html = to_html(text)
    assert html.encode().decode() == html
    assert not [sign for sign in html if sign < " " or "\x7f" <= sign < "\xa0"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("  a  \nb\t\n", "a\nb"),
        ("\n \n a\n\n\n \nb\n", "a\n\nb"),
        ("10\xa0€  netto", "10 €  netto"),
        ("a\n\tb", "a\n    b"),
        ("a\0b\u200bc\ufeff\ud800", "abc"),
        ("👩‍🚀 नमस्ते", "👩‍🚀 नमस्ते"),
        (" \n\xa0", ""),
    ],
)
def test_a3_texts_are_equal_that_look_alike(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("<b>A & B</b> &amp;", "<p>&lt;b&gt;A &amp; B&lt;/b&gt; &amp;amp;</p>"),
        ("a\n  b  c", "<p>a<br>\xa0\xa0b \xa0c</p>"),
        ("Todo:\n\n- a\n- b", "<p>Todo:</p><ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b & c", "<ol><li>a</li><li>b &amp; c</li></ol>"),
        ("Todo:\n- a", "<p>Todo:<br>- a</p>"),
        ("2. a\n3. b", "<p>2. a<br>3. b</p>"),
        ("-  a", "<p>- \xa0a</p>"),
        ("-", "<p>-</p>"),
    ],
)
def test_a3_a_text_becomes_escaped_paragraphs_and_lists(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<p>a</p><p><br></p><p>b<br></p>c", "a\n\nb\n\nc"),
        ("a<br>b<br/>c<br><br><br>d", "a\nb\nc\n\nd"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p>a\n   b <b> c</b><i>d</i></p>", "a b cd"),
        ("<p>a&nbsp; b</p>", "a  b"),
        ("<p>&Auml; &lt;b&gt; &amp;amp; &#8364; &#xD800;</p>", "Ä <b> &amp; € \ufffd"),
        ("<h2>Ziel</h2>Text<h3>Weg</h3>", "Ziel\n\nText\n\nWeg"),
        ("<blockquote>a</blockquote>b<hr>c", "a\n\nb\n\nc"),
        ("<p>so:</p><pre>\nif x:\n    y\n</pre>", "so:\n\nif x:\n    y"),
        ("<u>a</u><x-new y=1>b</x-new><s>c</s> <code>d</code>", "abc d"),
        ("<!doctype html><style>p {}</style><script>1 < 2</script><!-- x -->a", "a"),
        ("a<![if !supportLists]>b<![endif]><![CDATA[c]]>", "ab"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a < b && c", "a < b && c"),
        ("~[userId:5] hallo", "~[userId:5] hallo"),
    ],
)
def test_a3_html_becomes_text(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>x</p><ul><li>a</li><li>b</li></ul>y", "x\n\n- a\n- b\n\ny"),
        ("<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>", "- a\n- b\n  c"),
        ("<ul>\n <li>a<br>b</li>\n <li></li>\n</ul>", "- a\n  b"),
        ("<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol>", "1. a\n2. b\n\n1. c"),
        ("<ul><li>a</li><li></li></ul>b", "- a\n\nb"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>",
         "- a\n  1. b\n  2. c\n- d"),
    ],
)  # fmt: skip
def test_a3_lists_become_lines_with_marks(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize(
    ("attributes", "label", "text"),
    [
        ('href="https://a.b/c"', "Angebot", "Angebot (https://a.b/c)"),
        ('href="https://www.A.b/"', "a.b", "a.b"),
        ('href="mailto:x@a.b"', "x@a.b", "x@a.b"),
        ('href="tel:+491"', " <b></b> ", "tel:+491"),
        ('href=" https://a.b/?x=1&amp;y=2\n"', "hier ", "hier (https://a.b/?x=1&y=2)"),
        ('href="javascript:alert(1)"', "Knopf", "Knopf"),
        ('href="#top"', "hoch", "hoch"),
        ("href", "ohne", "ohne"),
    ],
)
def test_a3_a_link_shows_its_address_where_its_label_does_not(
    attributes: str, label: str, text: str
) -> None:
    assert to_text(f"<ul><li><a {attributes}>{label}</a></li></ul>") == f"- {text}"


@pytest.mark.parametrize("unit", ["&", "- x\n", "a\n\n", "😀", "a b   ", "1. x\n\n", "x"])
def test_a3_a_text_that_awork_cannot_hold_is_cut_alike_on_both_sides(unit: str) -> None:
    text = unit * LIMIT
    html, kept = to_html(text), normal(text)
    units = len(html.encode("utf-16-le")) // 2
    assert LIMIT - 25 < units <= LIMIT
    assert kept.endswith(" …") and text.startswith(kept.removesuffix(" …"))
    assert to_text(html) == kept == normal(kept)


def test_a3_a_text_that_just_fits_is_whole() -> None:
    text = "x" * (LIMIT - len("<p></p>"))
    assert (normal(text), len(to_html(text))) == (text, LIMIT)
    assert normal(text + "x") != text + "x"
