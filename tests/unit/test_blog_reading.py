"""How a body is read: words, minutes, anchors, contents."""

from typing import Any

from wagtail.blocks import StreamValue

from blog.blocks import StoryBody
from blog.reading import count_words, minutes, read


def body(*blocks: tuple[str, Any]) -> StreamValue:
    """A body as it comes from the database."""
    return StoryBody().to_python([{"type": kind, "value": value} for kind, value in blocks])


def heading(text: str, level: str = "2") -> tuple[str, Any]:
    return "heading", {"text": text, "level": level}


def test_headings_of_the_same_name_have_anchors_of_their_own() -> None:
    parts = read(body(heading("Risks"), heading("Risks"), heading("References"))).parts
    assert [part.anchor for part in parts] == ["risks", "risks-2", "references-2"]


def test_a_heading_without_latin_letters_still_has_an_anchor() -> None:
    assert read(body(heading("危険"))).parts[0].anchor == "section"


def test_contents_lists_sections_but_not_subsections() -> None:
    contents = read(body(heading("One"), heading("Deeper", "3"), heading("Two"))).contents
    assert [entry.text for entry in contents] == ["One", "Two"]


def test_words_are_counted_in_everything_that_is_read() -> None:
    text = body(
        heading("Two words"),
        ("text", "<p>One two</p><p>three &amp; it’s</p>"),
        ("quote", {"text": "Four more words here", "source": "Nobody"}),
        ("callout", {"tone": "note", "title": "Title", "text": "<ul><li>a</li><li>b</li></ul>"}),
        ("signature", {"name": "Not Counted"}),
    )
    assert count_words(text) == 2 + 4 + 4 + 3


def test_reading_takes_at_least_a_minute() -> None:
    assert minutes(0) == 1
    assert minutes(238 * 4) == 4


def test_half_filled_blocks_of_a_draft_are_read_without_complaint() -> None:
    reading = read(body(("heading", {}), ("callout", {"tone": "key"}), ("image", {}), ("text", "")))
    assert reading.contents == []
    assert reading.sources == []
