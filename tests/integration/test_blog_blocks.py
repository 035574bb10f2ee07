"""What each block of a story shows, what it hides, and what it leaves out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from blog.models import CrisisResource, HomePage, PatientConsent, StoryIndexPage
from newsletter.models import Newsletter
from tests.factories import make_story
from tests.integration.story_pages import Reading, make_image, table

pytestmark = pytest.mark.slow


@pytest.fixture
def page(client: Client, stories: StoryIndexPage) -> Reading:
    return Reading(client, stories)


@pytest.mark.parametrize("kind", ["benefits", "risks", "alternatives", "who_should_not"])
def test_a_part_of_the_evidence_is_a_labelled_section(page: Reading, kind: str) -> None:
    html = page((kind, {"title": "What was found", "text": "<p>It helped some.</p>"}))

    found = re.search(r'<section class="section (\w+)" aria-labelledby="what-was-found">', html)
    assert found
    assert found[1] == kind
    assert '<h2 id="what-was-found">What was found</h2> <p' in html


def test_parts_with_the_same_title_have_ids_of_their_own(page: Reading) -> None:
    html = page(*[("faq", {"title": "Questions", "items": []})] * 2, ("callout", {"title": "Questions", "text": ""}))
    ids = re.findall(r'\bid="([^"]+)"', html)

    assert {"questions", "questions-2", "questions-3"} <= set(ids)
    assert [name for name in ids if ids.count(name) > 1] == []


def test_key_points_are_a_box_with_a_heading(page: Reading) -> None:
    html = page(("key_points", {"title": "In short", "text": "<ul><li>Rest helps.</li></ul>"}))

    assert '<h2 class="callout-title" id="in-short">In short</h2>' in html
    assert "<li>Rest helps.</li>" in re.sub(r"<li [^>]*>", "<li>", html)


def test_the_regulatory_status_is_told_in_words(page: Reading) -> None:
    value = {"status": "off_label", "country": "us", "as_of": "2026-06-01", "text": "<p>For anesthesia.</p>"}
    html = page(("regulatory_status", value))

    assert "<strong>Off-label: approved, but for something else</strong>" in html
    assert "<span>in the United States</span>" in html
    assert '<time datetime="2026-06-01">1 June 2026</time>' in html


@pytest.mark.parametrize("value", [{}, {"status": "unheard-of", "country": "", "as_of": None, "text": ""}])
def test_a_regulatory_status_that_nobody_filled_in_claims_nothing(page: Reading, value: dict[str, Any]) -> None:
    assert 'class="verdict"' not in page(("regulatory_status", value))


def test_a_country_without_a_name_here_is_shown_by_its_code(page: Reading) -> None:
    assert "in XK" in page(("regulatory_status", {"status": "approved", "country": "XK", "text": ""}))


def test_a_patients_story_tells_its_basis_and_never_its_record(page: Reading, client: Client) -> None:
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


def test_a_patients_story_survives_the_deletion_of_its_record(page: Reading) -> None:
    consent = PatientConsent.objects.create(label="Gone tomorrow")
    consent_id = consent.pk
    consent.delete()

    html = page(("patient_story", {"name": "Ana", "text": "<p>Hers.</p>", "basis": "written", "consent": consent_id}))
    assert "Told with this person’s written consent." in html


def test_a_patients_story_without_a_name_still_says_what_it_is(page: Reading) -> None:
    assert 'aria-label="A patient’s story"' in page(("patient_story", {"text": "<p>Someone.</p>"}))


def test_a_number_stands_before_what_it_counts(page: Reading) -> None:
    html = page(("stat", {"figure": "8 in 10", "text": "<p>people were well [1].</p>"}), references=1)

    assert '<p class="stat-figure">8 in 10</p>' in html
    assert 'href="#ref-1" id="cite-1-1"' in html


def test_questions_are_a_list_of_terms_and_their_answers(page: Reading) -> None:
    items = [{"type": "item", "value": {"question": "Does it hurt?", "answer": "<p>A little.</p>"}, "id": "a"}]
    html = page(("faq", {"title": "Asked often", "items": items}))

    assert re.search(r"<dt>Does it hurt\?</dt> <dd>\s*<p[^>]*>A little.</p>", html)


def test_a_table_names_its_rows_and_columns_and_scrolls_by_itself(page: Reading) -> None:
    cells = table(("text", "Effect"), ("number", "In 100"), ("rich_text", "Source"), rows=[["Pain", 7.5, "<p>[1]</p>"]])
    html = page(("table", {"title": "How often", "table": cells, "note": "<p>After one dose.</p>"}), references=1)

    assert '<div class="scroll" role="region" tabindex="0" aria-labelledby="how-often">' in html
    assert '<caption id="how-often">How often</caption>' in html
    assert '<th scope="col">Effect</th>' in html
    assert '<th scope="row">Pain </th>' in html
    assert '<td class="number">7.5 </td>' in html
    assert 'id="cite-1-1"' in html


@pytest.mark.parametrize("value", [{}, {"table": None}, {"table": table(rows=[])}, {"title": "T", "table": {}}])
def test_an_empty_table_shows_nothing(page: Reading, value: dict[str, Any]) -> None:
    assert "<table" not in page(("table", value))


def test_a_table_without_a_title_still_has_a_name(page: Reading) -> None:
    html = page(("table", {"title": "", "table": table(("text", "A"), rows=[[None]])}))
    assert ">Table</caption>" in html
    assert '<th scope="row"> </th>' in html


def test_a_link_card_loads_nothing_from_elsewhere(page: Reading) -> None:
    html = page(("embed", {"url": "https://www.example.org/talk", "title": "A talk", "description": "Ten minutes."}))

    card = re.search(r'<div class="embed card">.*?</div>', html)
    assert card
    assert '<a href="https://www.example.org/talk" rel="noopener">A talk</a>' in card[0]
    assert "On another site: example.org" in card[0]
    assert not re.search(r"<(?:iframe|img|script|video)\b", card[0])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[", "", None])
def test_a_link_card_links_only_to_web_addresses(page: Reading, url: str | None) -> None:
    html = page(("embed", {"url": url, "title": "Odd", "description": "What it was."}))

    assert '<p class="name">Odd</p>' in html
    assert "evil.example" not in html
    assert "javascript:" not in html


def test_a_poster_reserves_its_room(page: Reading) -> None:
    html = page(("embed", {"url": "https://example.org/", "title": "A talk", "poster": make_image().pk}))
    assert re.search(r'<div class="embed card"> <picture>.*?<img alt="" height="\d+"[^>]* width="\d+"', html)


@pytest.mark.parametrize("image", [None, {"image": None, "alt_text": None, "decorative": None}, {"image": 999_999}])
def test_a_deleted_image_leaves_no_gap(page: Reading, image: Any) -> None:
    html = page(("image", {"image": image, "caption": "Alone"}), ("embed", {"url": "https://e.org", "poster": 999_999}))
    assert "<figure" not in html
    assert "<picture" not in html


def test_the_subscribe_form_says_what_the_editor_wrote(page: Reading, newsletter: Newsletter) -> None:
    html = page(("subscribe_form", {"title": "Before you go on", "text": "One mail a story."}))

    assert "Before you go on</h2>" in html
    assert "<p> One mail a story. </p>" in html
    assert html.count('name="email"') == 1, "the one at the story's end makes room for it"


def test_the_subscribe_form_is_left_out_where_nobody_can_subscribe(page: Reading) -> None:
    assert "Before you go on" not in page(("subscribe_form", {"title": "Before you go on", "text": ""}))


def test_related_stories_are_only_those_that_readers_may_see(page: Reading, stories: StoryIndexPage) -> None:
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


def test_related_stories_of_which_none_is_left_show_no_heading(page: Reading) -> None:
    assert "Go on here" not in page(("related_stories", {"title": "Go on here", "stories": [999_999, None]}))


class TestCrisisHelp:
    @pytest.fixture(autouse=True)
    def lines(self, home: HomePage) -> None:
        CrisisResource.objects.create(country="US", name="Emergency", phone="911", emergency=True)
        CrisisResource.objects.create(country="US", name="988 Lifeline", phone="988")
        CrisisResource.objects.create(country="GB", name="Samaritans", phone="116 123")

    def test_it_shows_the_lines_of_the_publications_country(self, page: Reading) -> None:
        html = page(("crisis_help", {"title": "Help", "text": ""}))
        assert 'href="tel:988"' in html
        assert "116 123" not in html
        assert "your local emergency number" not in html

    @pytest.mark.parametrize("country", ["GB", "gb", " GB "])
    def test_it_shows_those_of_another_country_when_told(self, page: Reading, country: str) -> None:
        html = page(("crisis_help", {"title": "Help", "text": "", "country": country}))
        assert 'href="tel:116123"' in html
        assert "988" not in html

    def test_it_says_what_to_do_in_danger_where_no_emergency_number_is_kept(self, page: Reading) -> None:
        assert "call your local emergency number" in page(("crisis_help", {"title": "Help", "country": "GB"}))

    def test_it_is_never_empty(self, page: Reading) -> None:
        html = page(("crisis_help", {"title": "Help", "country": "FR"}))
        assert "call your local emergency number" in html
        assert 'href="https://findahelpline.com/"' in html
