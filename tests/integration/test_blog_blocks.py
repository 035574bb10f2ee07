"""What each block of a story shows, what it hides, and how it bears odd values."""

from __future__ import annotations

import datetime
import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction

from blog.blocks import StoryBody
from blog.models import CrisisResource, HomePage, PatientConsent, Reference, StandardPage, StoryIndexPage, StoryPage
from newsletter.models import Newsletter
from tests.factories import make_story

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script>"
#: What Wagtail keeps for an empty field where that isn't null.
NOTHING: dict[str, list[Any]] = {"items": [], "stories": []}


@pytest.fixture
def page(client: Client, stories: StoryIndexPage) -> Any:
    """The HTML of a live story with these blocks, stored as the database keeps them, whatever the checks think."""

    def publish(*blocks: tuple[str, Any], references: int = 0) -> str:
        body = json.dumps([{"type": kind, "value": value} for kind, value in blocks])
        story = make_story(stories, body=body, live=False)
        story.references.set([Reference(text=f"Source {number}.") for number in range(1, references + 1)])
        story.save()
        StoryPage.objects.filter(pk=story.pk).update(live=True)
        response = client.get(f"/stories/{story.slug}/")
        assert response.status_code == 200
        return re.sub(r"\s+", " ", response.content.decode())

    return publish


def make_image() -> Image:
    stream = BytesIO()
    Picture.new("RGB", (64, 48), (15, 92, 99)).save(stream, "PNG")
    return Image.objects.create(title="drawing", file=ContentFile(stream.getvalue(), name="drawing.png"))


def table(*columns: tuple[str, str], rows: list[list[Any]]) -> dict[str, Any]:
    return {
        "columns": [{"type": kind, "heading": heading} for kind, heading in columns],
        "rows": [{"values": row} for row in rows],
        "caption": "",
    }


@pytest.mark.parametrize("kind", ["benefits", "risks", "alternatives", "who_should_not"])
def test_a_part_of_the_evidence_is_a_labelled_section(page: Any, kind: str) -> None:
    html = page((kind, {"title": "What was found", "text": "<p>It helped some.</p>"}))

    found = re.search(r'<section class="section (\w+)" aria-labelledby="what-was-found">', html)
    assert found
    assert found[1] == kind
    assert '<h2 id="what-was-found">What was found</h2> <p' in html


def test_parts_with_the_same_title_have_ids_of_their_own(page: Any) -> None:
    html = page(*[("faq", {"title": "Questions", "items": []})] * 2, ("callout", {"title": "Questions", "text": ""}))
    ids = re.findall(r'\bid="([^"]+)"', html)

    assert {"questions", "questions-2", "questions-3"} <= set(ids)
    assert [name for name in ids if ids.count(name) > 1] == []


def test_key_points_are_a_box_with_a_heading(page: Any) -> None:
    html = page(("key_points", {"title": "In short", "text": "<ul><li>Rest helps.</li></ul>"}))

    assert '<h2 class="callout-title" id="in-short">In short</h2>' in html
    assert "<li>Rest helps.</li>" in re.sub(r"<li [^>]*>", "<li>", html)


def test_the_regulatory_status_is_told_in_words(page: Any) -> None:
    value = {"status": "off_label", "country": "us", "as_of": "2026-06-01", "text": "<p>For anesthesia.</p>"}
    html = page(("regulatory_status", value))

    assert "<strong>Off-label: approved, but for something else</strong>" in html
    assert "<span>in the United States</span>" in html
    assert '<time datetime="2026-06-01">1 June 2026</time>' in html


@pytest.mark.parametrize("value", [{}, {"status": "unheard-of", "country": "", "as_of": None, "text": ""}])
def test_a_regulatory_status_that_nobody_filled_in_claims_nothing(page: Any, value: dict[str, Any]) -> None:
    assert 'class="verdict"' not in page(("regulatory_status", value))


def test_a_country_without_a_name_here_is_shown_by_its_code(page: Any) -> None:
    assert "in XK" in page(("regulatory_status", {"status": "approved", "country": "XK", "text": ""}))


def test_a_patients_story_tells_its_basis_and_never_its_record(page: Any, client: Client) -> None:
    consent = PatientConsent.objects.create(label="Grey house by the river", kept_at="Safe two", note="Call her sister")
    value = {
        "name": "Maren",
        "text": "<p>She opened the window.</p>",
        "basis": "composite",
        "consent": consent.pk,
        "public_note": "The name was changed.",
        "typical_result": "Some feel no change.",
    }
    html = page(("patient_story", value))

    for shown in ("Maren’s story", "She opened the window.", "Put together from the lives", "The name was changed."):
        assert shown in html
    assert "<strong>What usually happens:</strong> Some feel no change." in html
    for path in ("/feeds/stories.rss", "/feeds/stories.json", "/search/?q=river"):
        html += client.get(path).content.decode()
    for private in ("Grey house", "Safe two", "Call her sister"):
        assert private not in html


def test_a_patients_story_survives_the_deletion_of_its_record(page: Any) -> None:
    consent = PatientConsent.objects.create(label="Gone tomorrow")
    consent_id = consent.pk
    consent.delete()

    html = page(("patient_story", {"name": "Ana", "text": "<p>Hers.</p>", "basis": "written", "consent": consent_id}))
    assert "Told with this person’s written consent." in html


def test_a_patients_story_without_a_name_still_says_what_it_is(page: Any) -> None:
    assert 'aria-label="A patient’s story"' in page(("patient_story", {"text": "<p>Someone.</p>"}))


def test_a_number_stands_before_what_it_counts(page: Any) -> None:
    html = page(("stat", {"figure": "8 in 10", "text": "<p>people were well [1].</p>"}), references=1)

    assert '<p class="stat-figure">8 in 10</p>' in html
    assert 'href="#ref-1" id="cite-1-1"' in html


def test_questions_are_a_list_of_terms_and_their_answers(page: Any) -> None:
    items = [{"type": "item", "value": {"question": "Does it hurt?", "answer": "<p>A little.</p>"}, "id": "a"}]
    html = page(("faq", {"title": "Asked often", "items": items}))

    assert re.search(r"<dt>Does it hurt\?</dt> <dd>\s*<p[^>]*>A little.</p>", html)


def test_a_table_names_its_rows_and_columns_and_scrolls_by_itself(page: Any) -> None:
    cells = table(("text", "Effect"), ("number", "In 100"), ("rich_text", "Source"), rows=[["Pain", 7.5, "<p>[1]</p>"]])
    html = page(("table", {"title": "How often", "table": cells, "note": "<p>After one dose.</p>"}), references=1)

    assert '<div class="scroll" role="region" tabindex="0" aria-labelledby="how-often">' in html
    assert '<caption id="how-often">How often</caption>' in html
    assert '<th scope="col">Effect</th>' in html
    assert '<th scope="row">Pain </th>' in html
    assert '<td class="number">7.5 </td>' in html
    assert 'id="cite-1-1"' in html


@pytest.mark.parametrize("value", [{}, {"table": None}, {"table": table(rows=[])}, {"title": "T", "table": {}}])
def test_an_empty_table_shows_nothing(page: Any, value: dict[str, Any]) -> None:
    assert "<table" not in page(("table", value))


def test_a_table_without_a_title_still_has_a_name(page: Any) -> None:
    html = page(("table", {"title": "", "table": table(("text", "A"), rows=[[None]])}))
    assert ">Table</caption>" in html
    assert '<th scope="row"> </th>' in html


def test_a_link_card_loads_nothing_from_elsewhere(page: Any) -> None:
    html = page(("embed", {"url": "https://www.example.org/talk", "title": "A talk", "description": "Ten minutes."}))

    card = re.search(r'<div class="embed card">.*?</div>', html)
    assert card
    assert '<a href="https://www.example.org/talk" rel="noopener">A talk</a>' in card[0]
    assert "On another site: example.org" in card[0]
    assert not re.search(r"<(?:iframe|img|script|video)\b", card[0])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[", "", None])
def test_a_link_card_links_only_to_web_addresses(page: Any, url: str | None) -> None:
    html = page(("embed", {"url": url, "title": "Odd", "description": "What it was."}))

    assert '<p class="name">Odd</p>' in html
    assert "evil.example" not in html
    assert "javascript:" not in html


def test_a_poster_reserves_its_room(page: Any) -> None:
    html = page(("embed", {"url": "https://example.org/", "title": "A talk", "poster": make_image().pk}))
    assert re.search(r'<div class="embed card"> <picture>.*?<img alt="" height="\d+"[^>]* width="\d+"', html)


@pytest.mark.parametrize("image", [None, {"image": None, "alt_text": None, "decorative": None}, {"image": 999_999}])
def test_a_deleted_image_leaves_no_gap(page: Any, image: Any) -> None:
    html = page(("image", {"image": image, "caption": "Alone"}), ("embed", {"url": "https://e.org", "poster": 999_999}))
    assert "<figure" not in html
    assert "<picture" not in html


def test_the_subscribe_form_says_what_the_editor_wrote(page: Any, newsletter: Newsletter) -> None:
    html = page(("subscribe_form", {"title": "Before you go on", "text": "One mail a story."}))

    assert "Before you go on</h2>" in html
    assert "<p> One mail a story. </p>" in html
    assert html.count('name="email"') == 1, "the one at the story's end makes room for it"


def test_the_subscribe_form_is_left_out_where_nobody_can_subscribe(page: Any) -> None:
    assert "Before you go on" not in page(("subscribe_form", {"title": "Before you go on", "text": ""}))


def test_related_stories_are_only_those_that_readers_may_see(page: Any, stories: StoryIndexPage) -> None:
    seen = make_story(stories, title="Open to all")
    draft = make_story(stories, title="A draft", live=False)
    private = make_story(stories, title="For members")
    PageViewRestriction.objects.create(page=Page.objects.get(pk=private.pk), restriction_type="login")
    deleted = make_story(stories, title="Deleted")
    keys = [draft.pk, deleted.pk, private.pk, seen.pk, seen.pk]
    deleted.delete()

    html = page(("related_stories", {"title": "Go on here", "stories": keys}))
    box = re.search(r"Go on here</h2>.*?</section>", html)
    assert box
    assert box[0].count("<h3>") == 1
    assert f'<a href="/stories/{seen.slug}/">Open to all</a>' in box[0]


def test_related_stories_of_which_none_is_left_show_no_heading(page: Any) -> None:
    assert "Go on here" not in page(("related_stories", {"title": "Go on here", "stories": [999_999, None]}))


class TestCrisisHelp:
    @pytest.fixture(autouse=True)
    def lines(self, home: HomePage) -> None:
        CrisisResource.objects.create(country="US", name="Emergency", phone="911", emergency=True)
        CrisisResource.objects.create(country="US", name="988 Lifeline", phone="988")
        CrisisResource.objects.create(country="GB", name="Samaritans", phone="116 123")

    def test_it_shows_the_lines_of_the_publications_country(self, page: Any) -> None:
        html = page(("crisis_help", {"title": "Help", "text": ""}))
        assert 'href="tel:988"' in html
        assert "116 123" not in html
        assert "your local emergency number" not in html

    @pytest.mark.parametrize("country", ["GB", "gb", " GB "])
    def test_it_shows_those_of_another_country_when_told(self, page: Any, country: str) -> None:
        html = page(("crisis_help", {"title": "Help", "text": "", "country": country}))
        assert 'href="tel:116123"' in html
        assert "988" not in html

    def test_it_says_what_to_do_in_danger_where_no_emergency_number_is_kept(self, page: Any) -> None:
        assert "call your local emergency number" in page(("crisis_help", {"title": "Help", "country": "GB"}))

    def test_it_is_never_empty(self, page: Any) -> None:
        html = page(("crisis_help", {"title": "Help", "country": "FR"}))
        assert "call your local emergency number" in html
        assert 'href="https://findahelpline.com/"' in html


def test_citations_number_across_all_blocks_in_the_order_of_first_mention(page: Any) -> None:
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


def test_everything_that_an_author_types_is_escaped(page: Any) -> None:
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


def test_every_block_bears_a_value_with_nothing_in_it(page: Any) -> None:
    kinds = [kind for kind in StoryBody().child_blocks if kind != "text"]
    page(*[(kind, {}) for kind in kinds])
    page(*[(kind, {name: NOTHING.get(name) for name in StoryBody().child_blocks[kind].child_blocks}) for kind in kinds])


def test_values_of_the_first_version_still_load(page: Any) -> None:
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
