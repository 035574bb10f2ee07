"""What the demo's stories must be: an example of what the editorial rules ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from blog.blocks import StoryBody
from blog.models import StoryKind
from demo.manuscripts import MARKED_UP, Manuscript, read_manuscripts, rich_text
from demo.people import AUTHORS
from demo.pictures import PICTURES
from demo.publication import SERIES, TOPICS
from demo.records import CONSENT_LABEL

STORIES = read_manuscripts("stories")
PAGES = read_manuscripts("pages")
GALLERY = read_manuscripts("gallery")
TREATMENTS = [text for text in STORIES if text.fields["kind"] == StoryKind.TREATMENT]
MARKER = re.compile(r"\[(\d+(?:, \d+)*)\]")
LIST_LINE = re.compile(r"(?:- |\d\. )")

each_story = pytest.mark.parametrize("text", STORIES, ids=lambda text: text.slug)
each_text = pytest.mark.parametrize("text", [*STORIES, *PAGES, *GALLERY], ids=lambda text: text.slug)
each_treatment = pytest.mark.parametrize("text", TREATMENTS, ids=lambda text: text.slug)


def prose(text: Manuscript) -> list[str]:
    return [part for block in text.body for part in prose_of(block)]


def prose_of(block: Mapping[str, Any]) -> list[str]:
    """What readers read of a block, in order; quotations and the crisis box aside."""
    match block["type"]:
        case "stat":
            return [f"{block['figure']} {block['text']}"]
        case "faq":
            return [item["answer"] for item in block["items"]]
        case "table":
            return [cell for row in block["rows"] for cell in row] + [block.get("note", "")]
        case "patient_story":
            return [block["text"], block["typical_result"], block["public_note"]]
    return [block["text"]] if block["type"] in {"text", *MARKED_UP} else []


def paragraphs(text: Manuscript) -> Iterator[str]:
    for part in prose(text):
        for paragraph in re.split(r"\n\s*\n", part.strip()):
            if LIST_LINE.match(paragraph):
                yield from paragraph.splitlines()
            else:
                yield " ".join(paragraph.splitlines())


def sentences(text: Manuscript) -> list[str]:
    return [
        s for part in paragraphs(text) for s in re.split(r"(?<=[.?!])[”\"]?\s+", part) if not LIST_LINE.fullmatch(s)
    ]


def words_of(text: Manuscript, kind: str) -> list[str]:
    """The words of all blocks of a kind."""
    return " ".join(block["text"] for block in text.body if block["type"] == kind).split()


def test_there_are_stories_enough() -> None:
    assert len(STORIES) >= 4
    assert len(TREATMENTS) >= 3


@each_story
def test_a_story_has_700_to_1200_words(text: Manuscript) -> None:
    assert 700 <= sum(len(part.split()) for part in prose(text)) <= 1200


@each_text
def test_sentences_and_paragraphs_are_short(text: Manuscript) -> None:
    assert [s for s in sentences(text) if len(MARKER.sub("", s).split()) > 25] == []
    assert [p for p in paragraphs(text) if len(p.split()) > 80] == []


@each_text
def test_every_share_or_multiple_has_its_source_in_the_sentence(text: Manuscript) -> None:
    claims = [s for s in sentences(text) if re.search(r"\d ?%|\b(?:one|\d+) in (?:\d+|ten|twenty)\b|\btwice as\b", s)]

    assert [claim for claim in claims if not MARKER.search(claim)] == []


@each_text
def test_every_reference_is_cited_in_order_and_every_citation_exists(text: Manuscript) -> None:
    cited = [int(number) for part in prose(text) for found in MARKER.findall(part) for number in found.split(", ")]

    assert list(dict.fromkeys(cited)) == list(range(1, len(text.references) + 1))


@each_text
def test_every_reference_can_be_followed(text: Manuscript) -> None:
    for source in text.references:
        assert source.get("doi", "10.").startswith("10.")
        assert source.get("doi") or source.get("pmid") or source["url"].startswith("https://")
        assert re.search(r"\b(?:19|20)\d\d\b|title 21|Drugs@FDA", source["text"]), "a year, or a register that has none"


@each_story
def test_a_story_that_touches_suicide_offers_help_and_speaks_with_care(text: Manuscript) -> None:
    whole = " ".join([*prose(text), text.fields["title"], text.fields["standfirst"]]).lower()

    if "suicid" in whole or "ending your life" in whole:
        assert any(block["type"] == "crisis_help" for block in text.body)
    assert "suicid" not in f"{text.fields['title']} {text.fields['standfirst']}".lower()
    for phrase in ("committed suicide", "commit suicide", "failed attempt", "successful attempt"):
        assert phrase not in whole


@each_treatment
def test_a_treatment_names_its_risks_status_and_alternatives(text: Manuscript) -> None:
    risks, benefits = words_of(text, "risks"), words_of(text, "benefits")

    assert len(risks) >= 80
    assert benefits
    assert len(risks) >= len(benefits) / 4
    assert [block["status"] for block in text.body if block["type"] == "regulatory_status"]
    assert len(words_of(text, "alternatives")) > 30
    assert text.body[0]["type"] == "key_points"


@each_text
def test_a_persons_story_says_on_what_basis_it_is_told_and_what_usually_happens(text: Manuscript) -> None:
    told = [block for block in text.body if block["type"] == "patient_story"]

    assert [block for block in told if not block["basis"] or not block["typical_result"]] == []
    assert {block["consent"] for block in told if "consent" in block} <= {CONSENT_LABEL}


@each_text
def test_nothing_is_promised_or_hyped(text: Manuscript) -> None:
    words = re.findall(r"\w+", " ".join(prose(text)).lower())

    assert not set(words) & {"miracle", "guaranteed", "cure", "cures", "amazing", "revolutionary", "suffers", "addict"}
    assert "…" not in " ".join(prose(text))


def test_the_gallery_shows_every_block() -> None:
    (gallery,) = GALLERY

    assert {block["type"] for block in gallery.body} == set(StoryBody().child_blocks)
    assert {block.get("level", "2") for block in gallery.body if block["type"] == "heading"} == {"2", "3"}


def test_the_gallery_has_a_line_for_each_block() -> None:
    """Blocks that explain themselves (a heading, the signature after its line) have one as well."""
    (gallery,) = GALLERY
    lines = " ".join(block["text"].lower() for block in gallery.body if block["type"] == "text")

    labels = {str(block.label).lower() for block in StoryBody().child_blocks.values()}
    assert {label for label in labels if f"**{label}" not in lines} == set()


@each_story
def test_a_story_refers_only_to_what_the_demo_has(text: Manuscript) -> None:
    authors = {author.slug for author in AUTHORS}
    fields = text.fields

    assert {fields["author"], fields.get("reviewer", fields["author"])} <= authors
    assert fields.get("reviewer") != fields["author"]
    assert set(fields["topics"]) <= set(TOPICS)
    assert fields.get("series", SERIES[0]) == SERIES[0]
    assert set(text.pictures) <= set(PICTURES)
    assert fields["picture_alt"]
    assert all(block["alt"] and block["caption"] for block in text.body if block["type"] == "image")


@each_story
def test_a_story_was_reviewed_before_it_appeared_or_when_it_was_updated(text: Manuscript) -> None:
    assert text.fields["reviewed_days_ago"] >= text.fields["days_ago"] - 2 or "updated_days_ago" in text.fields


def test_marks_become_html_and_html_stays_text() -> None:
    html = rich_text("A **b** and *c* & <d>\nwrapped [2].\n\n- one\n- two\n\n1. [Mail](mailto:a@example.com)")

    assert html == (
        "<p>A <b>b</b> and <i>c</i> &amp; &lt;d&gt; wrapped [2].</p><ul><li>one</li><li>two</li></ul>"
        '<ol><li><a href="mailto:a@example.com">Mail</a></li></ol>'
    )
