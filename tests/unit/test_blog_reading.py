"""How a body is read: words, minutes, anchors, contents."""

from typing import Any

import pytest
from wagtail.blocks import StreamValue

from blog.blocks import StoryBody
from blog.citations import Source
from blog.reading import READ_FIELDS, count_words, fields_of, minutes, read, texts_of


def body(*blocks: tuple[str, Any]) -> StreamValue:
    """A body as it comes from the database."""
    return StoryBody().to_python([{"type": kind, "value": value} for kind, value in blocks])


class Raw:
    """A body of which only the stored data is asked for."""

    def __init__(self, raw_data: list[dict[str, Any]]) -> None:
        self.raw_data = raw_data


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


def table(*cells: tuple[str, Any]) -> dict[str, Any]:
    columns = [{"type": kind, "heading": f"Column {number}"} for number, (kind, _) in enumerate(cells, start=1)]
    return {"columns": columns, "rows": [{"values": [cell for _, cell in cells]}], "caption": ""}


def test_every_block_with_words_of_its_own_is_read_in_the_order_of_the_page() -> None:
    text = body(
        ("key_points", {"title": "Short", "text": "<p>a</p>"}),
        ("stat", {"figure": "8 in 10", "text": '<p data-block-key="x">people [1].</p>'}),
        ("faq", {"title": "Asked", "items": [{"question": "Why?", "answer": "<p>So.</p>"}]}),
        ("table", {"title": "T", "table": table(("text", "x"), ("rich_text", "<p>y</p>")), "note": "<p>n</p>"}),
        ("patient_story", {"name": "Ana", "text": "<p>b</p>", "public_note": "p", "typical_result": "t", "consent": 7}),
        ("regulatory_status", {"status": "approved", "country": "US", "text": "<p>c</p>"}),
        ("embed", {"url": "https://example.org/", "title": "Talk", "description": "Ten minutes"}),
        ("related_stories", {"title": "Read on", "stories": [1]}),
        ("subscribe_form", {"title": "Mail", "text": "Free"}),
    )
    assert list(texts_of(text)) == [
        ("key_points", "Short"),
        ("key_points", "<p>a</p>"),
        ("stat", '<p data-block-key="x">8 in 10 people [1].</p>'),
        ("faq", "Asked"),
        ("faq", "Why?"),
        ("faq", "<p>So.</p>"),
        ("table", "T"),
        ("table", "Column 1"),
        ("table", "Column 2"),
        ("table", "x"),
        ("table", "<p>y</p>"),
        ("table", "<p>n</p>"),
        ("patient_story", "Ana"),
        ("patient_story", "<p>b</p>"),
        ("patient_story", "t"),
        ("patient_story", "p"),
        ("regulatory_status", "<p>c</p>"),
        ("embed", "Talk"),
        ("embed", "Ten minutes"),
    ]


def test_fields_that_are_read_are_fields_of_their_block() -> None:
    blocks = StoryBody().child_blocks
    for kind, fields in READ_FIELDS.items():
        assert set(fields) <= set(blocks[kind].child_blocks), kind


def test_a_number_stands_in_the_sentence_that_cites_it() -> None:
    (found,) = fields_of(body(("stat", {"figure": "1 < 2", "text": ""})))
    assert found.text == "<p>1 &lt; 2</p>"
    assert found.rich


def test_sources_are_numbered_by_rich_text_alone() -> None:
    text = body(
        ("pull_quote", {"text": "Said [2]."}),
        ("faq", {"title": "F [2]", "items": [{"question": "Q [2]", "answer": "<p>[3]</p>"}]}),
        ("table", {"title": "T", "table": table(("text", "[2]"), ("rich_text", "<p>[1]</p>")), "note": ""}),
    )
    sources = [Source(text=name, link="") for name in "abc"]
    assert [listed.source.text for listed in read(text, sources).sources] == ["c", "a", "b"]


def test_parts_with_a_title_of_their_own_stand_in_the_contents_list() -> None:
    text = body(
        ("benefits", {"title": "What it does", "text": ""}),
        ("risks", {"title": "Risks", "text": ""}),
        ("faq", {"title": "", "items": []}),
        ("callout", {"title": "A box", "text": ""}),
    )
    assert [(entry.text, entry.anchor) for entry in read(text).contents] == [
        ("What it does", "what-it-does"),
        ("Risks", "risks"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"items": None},
        {"items": "text"},
        {"items": [None, "text", {"value": None}, {"question": 3}]},
        {"table": "text"},
        {"table": {"columns": None, "rows": None}},
        {"table": {"columns": [{}], "rows": [{}, {"values": [1, 2]}]}},
    ],
)
def test_odd_values_are_read_without_complaint(value: dict[str, Any]) -> None:
    raw = [{"type": kind, "value": value} for kind in ("faq", "table")]
    assert all(isinstance(found.text, str) for found in fields_of(Raw(raw)))  # type: ignore[arg-type]
