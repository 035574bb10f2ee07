"""Rich text in mail: sanitised, well-formed, readable as plain text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import mrml
import pytest

from blog.citations import Citations, Source
from newsletter.issues.render.layout import _fold
from newsletter.issues.render.rich_text import LinkNotes, prose, sanitise, to_text, to_xhtml
from newsletter.issues.render.tables import text_table


def well_formed(xhtml: str) -> ET.Element:
    return ET.fromstring(f"<div>{xhtml}</div>")  # noqa: S314 - our own output


def plain(html: str) -> str:
    return to_text(sanitise(html), LinkNotes())


@pytest.mark.parametrize(
    "html",
    [
        "<p>unclosed <b>and <i>crossed</b></i>",
        "a < b && c > d &copy; &nbsp; &foo;",
        "<p>line<br>break</p><hr>",
        '<a href=/unquoted?a=1&b=2>x</a><a href="?q=&quot;">y</a>',
        "<ul><li>one<li>two<ul><li>nested</ul></ul>",
        "<p>]]> <!-- comment --> <![CDATA[x]]></p>",
    ],
)
def test_whatever_comes_in_is_well_formed_afterwards_and_mrml_takes_it(html: str) -> None:
    xhtml = to_xhtml(sanitise(html))
    well_formed(xhtml)
    body = f"<mj-section><mj-column><mj-text>{xhtml}</mj-text></mj-column></mj-section>"
    assert mrml.to_html(f"<mjml><mj-body>{body}</mj-body></mjml>").content


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\nscript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<p onclick="alert(1)" style="position:fixed">x</p>',
        '<svg onload="alert(1)"><script>alert(1)</script></svg>',
        '<img src=x onerror="alert(1)">',
        "<style>p{color:red}</style><iframe src=/x></iframe>",
    ],
)
def test_nothing_that_acts_survives(html: str) -> None:
    element = well_formed(to_xhtml(sanitise(html)))
    for inner in element.iter():
        assert inner.tag in {"div", "p", "a"}
        assert set(inner.attrib) <= {"style"}
        assert "position" not in inner.attrib.get("style", "")
    assert "alert" not in "".join(element.itertext())


def test_links_within_the_site_become_absolute() -> None:
    assert 'href="https://testserver/stories/x/?a=1&amp;b=2"' in to_xhtml(
        sanitise('<a href="/stories/x/?a=1&b=2">x</a>')
    )


def test_template_syntax_stays_what_was_typed() -> None:
    typed = "{{ settings.SECRET_KEY }} {% include 'x' %} *|FNAME|*"
    assert "".join(well_formed(to_xhtml(sanitise(f"<p>{typed}</p>"))).itertext()) == typed
    assert plain(f"<p>{typed}</p>") == typed


def test_every_element_carries_its_own_style() -> None:
    element = well_formed(
        to_xhtml(sanitise("<h2>t</h2><p>x <a href='https://a.example/'>y</a></p><ul><li>z</li></ul>"))
    )
    assert all(inner.attrib.get("style") for inner in element.iter() if inner is not element)


def test_plain_text_has_headings_bullets_and_numbers() -> None:
    html = "<h2>Before</h2><p>One\nline<br>break</p><ul><li>a<ul><li>b</li></ul></li></ul><ol><li>c</li><li>d</li></ol>"
    assert plain(html) == "Before\n------\n\nOne line\nbreak\n\n- a\n  - b\n\n1. c\n2. d"


def test_links_are_numbered_once_each_over_the_whole_issue() -> None:
    notes = LinkNotes()
    first = to_text(sanitise('<p><a href="https://a.example/">A</a>, <a href="https://b.example/">B</a></p>'), notes)
    second = to_text(
        sanitise('<p><a href="https://a.example/">again</a>, <a href="https://c.example/">C</a></p>'), notes
    )
    assert first == "A [1], B [2]\n\n[1] https://a.example/\n[2] https://b.example/"
    assert second == "again [1], C [3]\n\n[3] https://c.example/"


@pytest.mark.parametrize("address", ["https://a.example/", "mailto:a@example.com"])
def test_a_link_that_says_its_address_has_no_number(address: str) -> None:
    shown = address.removeprefix("mailto:")
    assert plain(f'<p><a href="{address}">{shown}</a></p>') == shown


def test_long_lines_are_folded_under_their_bullet() -> None:
    folded = _fold("- " + "word " * 30).splitlines()
    assert len(folded) > 1
    assert all(len(line) <= 72 for line in folded)
    assert all(line.startswith("  word") for line in folded[1:])


def test_a_long_address_is_never_cut() -> None:
    url = "https://testserver/unsubscribe/" + "x" * 100 + "/"
    assert url in _fold(f"Unsubscribe: {url}").splitlines()


def cited(html: str, *, sources: int = 3) -> tuple[str, str]:
    """The fragment as HTML and text, in a story with so many sources."""
    listed = [Source(text=f"Source {row}", link="", key=f"key{row}") for row in range(1, sources + 1)]
    shown = prose(html, LinkNotes(word="link"), Citations([html], listed))
    return shown.html, shown.text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>So it is [3].</p>", "So it is [1]."),
        ("<p>So it is [3]. And so [1, 3].</p>", "So it is [1]. And so [2, 1]."),
        ('<p>So it is <a linktype="citation" key="key2">※</a>.</p>', "So it is [1]."),
        ('<p>So it is <a linktype="citation" key="gone">※</a></p>', "So it is"),
        ("<p>So it is [9].</p>", "So it is [9]."),
        ('<p>See <a href="https://a.example/">it</a> [2].</p>', "See it [link 1] [1].\n\n[link 1] https://a.example/"),
        ('<p>A <a linktype="glossary" id="3">hard <b>word</b></a>.</p>', "A hard word."),
    ],
)
def test_mentions_of_sources_are_numbers_without_a_link(html: str, text: str) -> None:
    shown, plain = cited(html)
    assert plain.replace("\xa0", " ") == text
    element = well_formed(shown)
    assert [inner for inner in element.iter("a") if inner.get("href") != "https://a.example/"] == []
    assert "#ref" not in shown


def test_mentions_of_sources_are_raised() -> None:
    element = well_formed(cited("<p>So it is [2, 3] and [1].</p>")[0])
    assert [mark.text for mark in element.iter("sup")] == ["1, 2", "3"]


def test_a_raised_word_that_is_no_mention_keeps_its_words() -> None:
    assert "".join(well_formed(to_xhtml(sanitise("<p>10<sup>th</sup></p>"))).itertext()) == "10th"
    assert plain('<p>10<sup class="x">th</sup></p>') == "10th"


def test_a_table_that_fits_has_columns() -> None:
    table = text_table(["Effect", "Of 100"], [["Dizziness", "29"], ["Nausea", ""]], width=72)
    assert table == "Effect     Of 100\n---------  ------\nDizziness  29\nNausea"


def test_a_table_without_headings_has_no_line_below_them() -> None:
    assert text_table(["", ""], [["a", "b"]], width=72) == "a  b"


def test_a_table_that_is_too_wide_has_a_line_for_each_value() -> None:
    table = text_table(["Effect", "", "Of 100"], [["Dizziness", "x" * 70, "29"], ["", "", ""], ["Nausea"]], width=72)
    assert table == f"Effect: Dizziness\n{'x' * 70}\nOf 100: 29\n\nEffect: Nausea"
