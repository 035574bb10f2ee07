"""What holds for all blocks of a story: citations, escaping, odd values, values of before, queries and previews."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blog.blocks import StoryBody
from blog.models import HomePage, PatientConsent, StandardPage, StoryIndexPage, StoryPage
from tests.factories import make_story
from tests.integration.story_pages import Reading, make_image, table

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script>"
#: What Wagtail keeps for an empty field where that isn't null.
NOTHING: dict[str, list[Any]] = {"items": [], "stories": []}


@pytest.fixture
def page(client: Client, stories: StoryIndexPage) -> Reading:
    return Reading(client, stories)


def test_citations_number_across_all_blocks_in_the_order_of_first_mention(page: Reading) -> None:
    cells = table(("text", "A"), ("rich_text", "B"), rows=[["x", "<p>Cell [4].</p>"]])
    html = page(
        ("key_points", {"title": "Short", "text": "<p>First [3].</p>"}),
        ("quote", {"text": "A marker in plain text stays [1]."}),
        ("stat", {"figure": "1 in 2", "text": "<p>people [5].</p>"}),
        ("table", {"title": "T", "table": cells, "note": "<p>Note [2].</p>"}),
        ("faq", {"title": "F", "items": [{"question": "Q", "answer": "<p>Then [1] and [3].</p>"}]}),
        ("references", {"title": "References"}),
        references=5,
    )

    assert re.findall(r'<li id="ref-\d"> Source (\d)', html) == ["3", "5", "4", "2", "1"]
    assert "stays [1]." in html
    assert html.count('id="cite-1-') == 2


def test_everything_that_an_author_types_is_escaped(page: Reading) -> None:
    cells = table(("text", NASTY), ("text", "B"), rows=[[NASTY, NASTY]])
    html = page(
        ("key_points", {"title": NASTY, "text": ""}),
        ("callout", {"title": NASTY, "text": "", "tone": '"><script>'}),
        ("regulatory_status", {"country": "<b>", "text": ""}),
        ("risks", {"title": NASTY, "text": ""}),
        ("stat", {"figure": NASTY, "text": ""}),
        ("pull_quote", {"text": NASTY, "source": NASTY}),
        ("quote", {"text": NASTY, "source": NASTY}),
        ("faq", {"title": NASTY, "items": [{"question": NASTY, "answer": ""}]}),
        ("table", {"title": NASTY, "table": cells}),
        ("embed", {"url": f"https://example.org/{NASTY}", "title": NASTY, "description": NASTY}),
        ("patient_story", {"name": NASTY, "text": "", "public_note": NASTY, "typical_result": NASTY}),
        ("crisis_help", {"title": NASTY, "text": NASTY, "country": "<>"}),
    )
    assert "<script>" not in html
    assert "in <B>" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 17


def test_every_block_bears_a_value_with_nothing_in_it(page: Reading) -> None:
    kinds = [kind for kind in StoryBody().child_blocks if kind != "text"]
    page(*[(kind, {}) for kind in kinds])
    page(*[(kind, {name: NOTHING.get(name) for name in StoryBody().child_blocks[kind].child_blocks}) for kind in kinds])


def test_values_of_the_first_version_still_load(page: Reading) -> None:
    html = page(
        ("heading", {"text": "Before", "level": "2"}),
        ("text", "<p>Old text.</p>"),
        ("callout", {"tone": "key", "title": "In short", "text": "<p>Old key points.</p>"}),
        ("crisis_help", {"title": "Help", "text": "Call."}),
        ("signature", {"closing": "", "name": "Ada Quist", "credential": ""}),
    )
    assert [old for old in ("Before", "Old text.", "Old key points.", "Ada Quist") if old not in html] == []


def test_a_story_of_all_blocks_takes_no_more_queries_for_more_of_the_same(
    client: Client, stories: StoryIndexPage, home: HomePage
) -> None:
    image, other = make_image(), make_story(stories)
    consent = PatientConsent.objects.create(label="One")
    once = [
        ("image", {"image": {"image": image.pk, "alt_text": "A square", "decorative": False}}),
        ("embed", {"url": "https://example.org/", "poster": image.pk}),
        ("patient_story", {"name": "A", "text": "<p>x</p>", "consent": consent.pk}),
        ("stat", {"figure": "1", "text": "<p>x [1]</p>"}),
    ]
    related = ("related_stories", {"title": "On", "stories": [other.pk]})

    def queries(times: int) -> int:
        blocks = [*once * times, related]
        body = json.dumps([{"type": kind, "value": value} for kind, value in blocks])
        story = make_story(stories, slug=f"times-{times}", body=body, live=False)
        StoryPage.objects.filter(pk=story.pk).update(live=True, published_on=datetime.date(2026, 9, 1))
        client.get(f"/stories/{story.slug}/")  # makes the renditions
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/stories/{story.slug}/")
        return len(captured)

    assert queries(6) == queries(1)


def test_a_page_of_its_own_cites_its_sources(client: Client, home: HomePage) -> None:
    page = StandardPage(title="Cited", slug="cited", body=[("text", "<p>As we know [1].</p>")])
    page.references = [page.references.model(text="A book of knowledge.")]
    home.add_child(instance=page)
    html = client.get("/cited/").content.decode()
    assert 'href="#ref-1" id="cite-1-1"' in html
    assert "A book of knowledge." in html


@pytest.mark.parametrize("kind", list(StoryBody().child_blocks))
def test_each_block_has_a_preview_with_its_text(client: Client, home: HomePage, kind: str) -> None:
    client.force_login(User.objects.create_superuser("ada", "ada@example.com", "a long password for tests"))
    block = StoryPage.body.field.stream_block.child_blocks[kind]
    assert block.is_previewable
    assert block.meta.icon
    assert block.label
    assert block.get_description()
    assert block.meta.group

    html = client.get("/admin/block-preview/", {"id": block.definition_prefix}).content.decode()
    assert "css/rounds.css" in html
    words = PREVIEWED[kind]
    assert words in html


PREVIEWED = {
    "text": "a little lighter",
    "heading": "What the first weeks are like",
    "key_points": "It eases low mood",
    "callout": "Ask your doctor first",
    "quote": "I heard the birds again.",
    "pull_quote": "The step that works",
    "faq": "May I drive home?",
    "benefits": "4 in 10 people",
    "risks": "Dizziness is common",
    "regulatory_status": "in the United States",
    "alternatives": "watchful waiting",
    "who_should_not": "Anybody with an aneurysm",
    "stat": "8 in 10",
    "table": "Nausea",
    "references": "A trial of morning walks",
    "patient_story": "Most people notice a change",
    "crisis_help": "call your local emergency number",
    "image": "Close enough for small steps.",
    "embed": "On another site: nimh.nih.gov",
    "signature": "Ada Quist, MD",
    "subscribe_form": "Free, and over with one click.",
    "related_stories": "When sleep won’t come",
}
