"""A story becomes a manuscript: every block as plain paragraphs under its name, with what the story inherits."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from blog.editorial.manuscript import Block, BlockKind, Manuscript
from blog.editorial.story import manuscript_of
from blog.models import HomePage, PatientConsent, Reference, StoryIndexPage, StoryPage
from core.models import PublicationSettings
from tests.factories import make_author, make_story
from tests.unit.editorial.drafts import TODAY


def manuscript(*blocks: tuple[str, Any], references: list[Reference] | None = None, **fields: Any) -> Manuscript:
    story = StoryPage(title="A title", body=list(blocks), **fields)
    story.references.set(references or [])
    return manuscript_of(story, today=TODAY)


def block(kind: str, value: Any) -> Block:
    """The block as it is read in a story of its own."""
    (found,) = [found for found in manuscript((kind, value)).blocks if found.name == f"1 {kind}"]
    return found


@pytest.mark.parametrize(
    ("kind", "value", "paragraphs"),
    [
        ("text", "<p>One.</p><ul><li>Two</li><li>Three</li></ul>", ("One.", "Two", "Three")),
        ("text", "<p>Fish &amp; chips,<br/>for two.</p>", ("Fish & chips, for two.",)),
        ("text", "<p>com\u00admit\u200b it\u00a0all</p>", ("commit it all",)),
        ("heading", {"text": "A section", "level": "2"}, ("A section",)),
        ("quote", {"text": "She laughed.", "source": "A reader"}, ("She laughed.",)),
        ("callout", {"tone": "note", "title": "Mind", "text": "<p>The gap.</p>"}, ("Mind", "The gap.")),
        ("key_points", {"title": "In short", "text": "<ul><li>Walk</li></ul>"}, ("In short", "Walk")),
        ("risks", {"title": "Risks", "text": "<p>A fall.</p>"}, ("Risks", "A fall.")),
        ("stat", {"figure": "8 in 10", "text": "<p>people slept [1].</p>"}, ("8 in 10 people slept [1].",)),
        (
            "faq",
            {"title": "Questions", "items": [{"question": "Why?", "answer": "<p>Because.</p>"}]},
            ("Questions", "Why?", "Because."),
        ),
        ("signature", {"closing": "With care,", "name": "Ada", "credential": "MD"}, ("With care,", "Ada, MD")),
        ("references", {"title": "References"}, ()),
    ],
)
def test_a_block_is_read_as_readers_read_it(db: None, kind: str, value: Any, paragraphs: tuple[str, ...]) -> None:
    assert block(kind, value).paragraphs == paragraphs


def test_a_row_of_a_table_is_a_paragraph(db: None) -> None:
    story = StoryPage(title="x")
    story.body = story.body.stream_block.to_python(
        [
            {
                "type": "table",
                "id": "t",
                "value": {
                    "title": "Counts",
                    "note": "",
                    "table": {
                        "columns": [{"type": "text", "heading": "Group"}, {"type": "number", "heading": "Well"}],
                        "rows": [{"values": ["Walkers", 0]}],
                        "caption": "",
                    },
                },
            }
        ]
    )
    (table,) = manuscript_of(story, today=TODAY).of_kind(BlockKind.TABLE)
    assert table.paragraphs == ("Counts", "Group; Well", "Walkers; 0")


def test_title_standfirst_and_what_search_engines_show_stand_first(db: None) -> None:
    story = manuscript(standfirst="What it is.", seo_title="For search", search_description="In a list.")
    assert [(found.name, found.kind) for found in story.blocks] == [
        ("title", "title"),
        ("standfirst", "standfirst"),
        ("title tag", "title"),
        ("meta description", "standfirst"),
    ]


def test_blocks_know_their_section_and_their_id(db: None) -> None:
    story = manuscript(
        ("text", "<p>Before.</p>"),
        ("heading", {"text": "One", "level": "2"}),
        ("heading", {"text": "Below", "level": "3"}),
        ("text", "<p>Inside.</p>"),
        ("risks", {"title": "Risks", "text": "<p>A fall.</p>"}),
    )
    assert [found.section for found in story.blocks[1:]] == ["", "One", "One", "One", "Risks"]
    assert [found.level for found in story.blocks if found.kind is BlockKind.HEADING] == [2, 3]


def test_a_saved_block_has_its_id(stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, body=[("text", "<p>Words.</p>")])
    story.refresh_from_db()
    assert manuscript_of(story, today=TODAY).blocks[-1].block_id == story.body[0].id


def test_chosen_citations_are_markers_of_rows_and_zero_where_the_row_is_gone(db: None) -> None:
    cited = '<a linktype="citation" key="{}">※</a>'
    story = manuscript(
        ("text", f"<p>One{cited.format('bbb')}, two{cited.format('gone')}.</p>"),
        references=[Reference(text="A", key="aaa"), Reference(text="B", key="bbb", doi="10.1/b")],
    )
    assert story.blocks[1].paragraphs == ("One[2], two[0].",)
    assert story.blocks[1].sentences[0].rows == (2, 0)
    assert [(row.text, row.doi) for row in story.references] == [("A", ""), ("B", "10.1/b")]


@pytest.mark.parametrize(
    ("image", "alt"),
    [
        (None, None),
        ({"image": 1, "decorative": True, "alt_text": ""}, None),
        ({"image": 1, "decorative": False, "alt_text": ""}, ""),
        ({"image": 1, "decorative": False, "alt_text": "Two boats"}, "Two boats"),
    ],
)
def test_an_image_says_what_it_shows(db: None, image: Any, alt: str | None) -> None:
    story = StoryPage(title="x")
    value = {"image": image, "caption": "At sea", "credit": ""}
    story.body = story.body.stream_block.to_python([{"type": "image", "id": "i", "value": value}])
    (found,) = manuscript_of(story, today=TODAY).of_kind(BlockKind.IMAGE)
    assert (found.alt, found.paragraphs) == (alt, ("At sea",))


def patient(consent: PatientConsent | None) -> Block:
    story = StoryPage(title="x")
    value = {
        "name": "Maren",
        "text": "<p>She walked.</p>",
        "basis": "written",
        "consent": consent.pk if consent else None,
        "public_note": "",
        "typical_result": "Most need weeks.",
    }
    story.body = story.body.stream_block.to_python([{"type": "patient_story", "id": "p", "value": value}])
    (found,) = manuscript_of(story, today=TODAY).of_kind(BlockKind.PATIENT_STORY)
    return found


def test_a_patients_story_has_its_basis_and_what_usually_happens(db: None) -> None:
    given = PatientConsent.objects.create(label="Given")
    for found in (patient(None), patient(given)):
        assert (found.consent, found.typical_result) == ("written", "Most need weeks.")


def test_a_consent_that_was_withdrawn_is_none(db: None) -> None:
    withdrawn = PatientConsent.objects.create(label="Withdrawn", withdrawn_on=timezone.localdate())
    assert patient(withdrawn).consent == ""


def test_a_regulatory_status_has_its_status(db: None) -> None:
    assert block("regulatory_status", {"status": "off_label", "text": "<p>So.</p>"}).status == "off_label"


def test_a_story_inherits_its_authors_credential_and_the_standing_statement(
    home: HomePage, stories: StoryIndexPage
) -> None:
    PublicationSettings.objects.update(conflict_statement="The clinic offers it.")
    author = make_author(home)
    story = make_story(stories, live=False, author=author, reviewer=make_author(home, title="Ben Ode", slug="ben"))
    read = manuscript_of(story, today=TODAY)
    assert (read.author_credential, read.conflict_statement) == ("MD", "The clinic offers it.")
    assert read.people == {"Dr. Ada Quist", "Ben Ode"}
    story.conflict_statement = "Its own."
    assert manuscript_of(story, today=TODAY).conflict_statement == "Its own."


def test_a_block_that_is_no_longer_known_is_passed_over(stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False)
    story.body = story.body.stream_block.to_python([{"type": "carousel", "value": "x", "id": "c"}])
    assert [found.name for found in manuscript_of(story, today=TODAY).blocks] == ["title", "standfirst"]
