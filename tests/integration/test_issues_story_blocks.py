"""The mail twins of a story's blocks: what a whole story says in a mail, and that it is safe."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from django.template.loader import get_template
from selectolax.lexbor import LexborHTMLParser
from wagtail.models import PageViewRestriction

from blog.blocks import StoryBody
from blog.models import StoryPage
from newsletter.issues.render.story_blocks import TWINS
from tests.factories import make_story
from tests.integration.issue_samples import both, in_full
from tests.integration.whole_story import CITED, SECRETS, add_sources, make_live, whole_story

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BLOCKS = sorted(StoryBody().child_blocks)
HOSTILE = "{{ x }} {% y %} *|FNAME|* <script>alert(1)</script> \"'>&lt; ]]> </mj-text></mjml>"
ODD = {
    "nothing": "",
    "only space": " \n\t ",
    "one long word": "x" * 1000,
    "from right to left": "עברית וגם العربية",
    "emoji": "👩🏽‍⚕️ 🧠" * 40,
    "control characters": "a\x02b\x01c\ufffe",
    "hostile": HOSTILE,
}


def story_of(stories: StoryIndexPage, *blocks: tuple[str, Any], **fields: Any) -> StoryPage:
    """A story that readers see, made of these blocks."""
    given = {"kind": "news", "standfirst": "", **fields}
    return make_live(make_story(stories, live=False, body=list(blocks), **given))


def shown(html: str) -> str:
    """What the HTML says, white space collapsed."""
    body = LexborHTMLParser(html).body
    return " ".join(body.text(separator=" ").split()) if body else ""


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_of_a_story_has_both_twins(name: str) -> None:
    assert name in TWINS, f"no mail twin for the block {name!r}: add it to newsletter/issues/render/story_blocks.py"
    for suffix in ("mjml", "txt"):
        get_template(f"newsletter/issue/story/{name}.{suffix}")


def test_there_is_no_twin_without_a_block() -> None:
    assert sorted(TWINS) == BLOCKS


def test_the_sample_holds_every_block(home: HomePage, stories: StoryIndexPage) -> None:
    assert {block.block_type for block in whole_story(home, stories).body} == set(BLOCKS)


def test_both_versions_say_all_that_the_story_says(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    html, text = both(newsletter, in_full(whole_story(home, stories)))
    said, plain = shown(html), " ".join(text.split())
    for words in (
        "Esketamine, from the first visit on",
        "What happens in the clinic, what it can do",
        "By Dr. Ada Quist, MD",
        "Key points",
        "Somebody stays with you for two hours",
        "In the clinic",
        "The two hours after",
        "The room is quiet. Drawn for us",
        "You can go home when the world stands still.",
        "— A nurse",
        "Nobody leaves alone.",
        "7 in 10 people answered to it within four weeks",
        "Regulatory status in the United States, as of 2 January 2026 Approved for this use The agency approved it",
        "What it can do",
        "Dizziness is common. Blood pressure rises for an hour.",
        "What else there is",
        "Talking therapy, lithium, or waiting.",
        "Who should not have it",
        "Anybody with an aneurysm",
        "How often",
        "Feeling <cut> off",
        "After one dose",
        "Good to know",
        "Don’t drive until the next day.",
        "Maren’s story",
        "What usually happens: Most people need some weeks.",
        "Told with this person’s written consent. Her name was changed.",
        "Does it hurt?",
        "No. It tastes bitter.",
        "A visit, filmed",
        "If you are in crisis You don’t have to wait.",
        "With warm regards, Ada Quist, MD",
        "Sleep & mood",
        "Never mentioned. Journal of Examples. 1999.",
        "Corrections",
        "5 January 2026: An earlier version gave a wrong dose.",
        "Conflict of interest: The author’s clinic offers this treatment.",
        "Published 4 January 2026 · Last reviewed 3 January 2026 · Next review due 3 January 2027",
        "Not independently reviewed",
    ):
        assert words in said
        assert words in plain


def test_sources_have_the_numbers_of_the_storys_page(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, client: Client
) -> None:
    story = whole_story(home, stories)
    page = LexborHTMLParser(client.get(story.url).content.decode())
    html, text = both(newsletter, in_full(story))
    mail = LexborHTMLParser(html)
    on_page = [mark.text(deep=True, separator=" ").split() for mark in page.css("sup.cite")]
    assert on_page == [["1"], ["2"], ["2", "3"], ["2"], ["3"], ["1"], ["3"], ["3"], ["3"]]
    assert [mark.text().split(", ") for mark in mail.css("sup")] == on_page
    assert [found.split(", ") for found in re.findall(r"\[(\d[\d, ]*)\]", " ".join(text.split()))] == [
        *on_page,
        *[["1"], ["2"], ["3"], ["4"]],
    ]
    listed = [" ".join(row.text(deep=True).split()) for row in page.css(".references li")]
    notes = mail.css("ol li[value]")
    assert [note.attributes["value"] for note in notes] == ["1", "2", "3", "4"]
    for row, note in zip(listed, notes, strict=True):
        assert note.text(deep=False, strip=True) in row
    assert "[2] Quist A. Six months after. Journal of Examples. 2024.\n    https://doi.org/10.1000/after\n" in text


def test_the_record_of_a_consent_is_in_no_version(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    story = whole_story(home, stories)
    html, text = both(newsletter, in_full(story))
    web, _ = both(newsletter, in_full(story), web=True)
    for version in (html, text, web):
        assert "Her name was changed." in version
        assert not [secret for secret in SECRETS if secret in version]


def test_a_glossary_word_is_a_plain_word(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> None:
    html, text = both(newsletter, in_full(whole_story(home, stories)))
    assert "Doctors speak of remission when the illness" in shown(html)
    assert "Doctors speak of remission when the illness" in " ".join(text.split())
    assert "glossary" not in html


def test_every_address_is_absolute_and_every_picture_has_its_size(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    tree = LexborHTMLParser(both(newsletter, in_full(whole_story(home, stories)))[0])
    hrefs = [node.attributes.get("href") or "" for node in tree.css("a")]
    assert "https://testserver/stories/" in hrefs
    assert all(href.startswith(("https://", "mailto:", "tel:")) for href in hrefs)
    pictures = tree.css("img")
    assert [(one.attributes["width"], one.attributes["height"]) for one in pictures] == [
        ("536", "302"),
        ("536", "268"),
        ("488", "274"),
    ]
    assert [one.attributes["alt"] for one in pictures] == [
        "Hills in the evening, drawn in flat colours",
        "A chair by a window",
        "",
    ]
    assert all((one.attributes["src"] or "").startswith("https://testserver/media/") for one in pictures)


def test_headings_skip_no_level_and_layout_tables_are_none_to_a_screen_reader(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    tree = LexborHTMLParser(both(newsletter, in_full(whole_story(home, stories)))[0])
    levels = [int((node.tag or "")[1]) for node in tree.css("h1, h2, h3, h4, h5, h6")]
    assert levels[:2] == [1, 2]
    assert levels.count(1) == 1
    assert 4 in levels
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [table.attributes.get("class") for table in tree.css("table:not([role=presentation])")] == ["data"]
    assert [node.text() for node in tree.css("table.data th[scope=row]")] == [
        "Dizziness",
        "Feeling <cut> off",
        "Nausea",
    ]


def test_a_subsection_without_a_section_is_a_section(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = story_of(stories, *[("heading", {"text": text, "level": "3"}) for text in ("First", "Second")])
    tree = LexborHTMLParser(both(newsletter, in_full(story))[0])
    assert [node.tag for node in tree.css("h3, h4")] == ["h3", "h4"]


def test_plain_text_keeps_to_72_columns(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> None:
    text = both(newsletter, in_full(whole_story(home, stories)))[1]
    assert [line for line in text.splitlines() if len(line) > 72 and "://" not in line] == []
    assert "In the clinic\n-------------\n" in text
    assert "    You can go home when the world stands still.\n" in text
    assert (
        "\nEffect             In 100 people  How long\n-----------------  -------------  ------------------\n" in text
    )


def test_a_wide_table_becomes_a_line_for_each_value(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    table = {
        "columns": [{"type": "text", "heading": "Medicine"}, {"type": "text", "heading": ""}],
        "rows": [{"values": ["Lithium", "word " * 20]}, {"values": ["", ""]}, {"values": ["Quetiapine", "tablet"]}],
        "caption": "What there is",
    }
    html, text = both(newsletter, in_full(story_of(stories, ("table", {"title": "", "table": table, "note": ""}))))
    assert "What there is\n\nMedicine: Lithium\nword word" in text
    assert "word\n\nMedicine: Quetiapine\ntablet\n" in text
    assert "What there is Medicine Lithium word" in shown(html)


class TestReferences:
    def test_without_a_block_of_their_own_they_stand_at_the_end(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        story = story_of(stories, ("text", "<p>Something [2].</p>"), ("signature", {"closing": "", "name": "A. Q."}))
        add_sources(story)
        text = both(newsletter, in_full(story))[1]
        assert "Something [1]." in text
        assert "A. Q.\n\nReferences\n----------\n\n[1] Popova" in text

    def test_a_source_that_is_gone_leaves_nothing_behind(self, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        story = story_of(stories, ("text", f"<p>Something{CITED.format('gonegone')}. Typed [7].</p>"))
        html, text = both(newsletter, in_full(story))
        assert "Something. Typed [7]." in text
        assert "Something. Typed [7]." in shown(html)
        assert "※" not in html + text

    def test_each_story_has_its_own(self, stories: StoryIndexPage, newsletter: Newsletter) -> None:
        first, second = (story_of(stories, ("text", "<p>Cited [3], then [1].</p>")) for _ in range(2))
        add_sources(first)
        add_sources(second)
        html, text = both(newsletter, in_full(first), in_full(second))
        assert text.count("Cited [1], then [2].") == 2
        assert text.count("[1] Label of the spray.") == 2
        assert [row.attributes["value"] for row in LexborHTMLParser(html).css("li[value]")] == ["1", "2", "3", "4"] * 2


class TestCrisisHelp:
    def test_numbers_can_be_called_and_stand_once(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        html, text = both(newsletter, in_full(whole_story(home, stories)))
        assert html.count('href="tel:116123"') == 1
        assert html.count("If you are in crisis") == text.count("If you are in crisis") == 1
        assert "- Samaritans: 116 123, https://www.samaritans.org/ (day and night)" in text
        assert "988" not in text

    def test_they_stand_at_the_end_when_the_story_is_only_mentioned(
        self, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        html, text = both(newsletter, {**in_full(whole_story(home, stories)), "display": "headline"})
        assert html.count('href="tel:116123"') == 1
        assert text.index("Read on:") < text.index("Samaritans") < text.index("Unsubscribe")

    def test_a_country_without_lines_has_the_emergency_number(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        story = story_of(stories, ("crisis_help", {"title": "Help", "text": "", "country": "NZ"}))
        for version in both(newsletter, in_full(story)):
            assert "call your local emergency number" in version


class TestRelatedStories:
    def test_only_those_that_everybody_may_read_are_linked(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        names = ("Open", "Withdrawn", "Private")
        open_, withdrawn, private = (make_story(stories, title=name, kind="news", slug=name.lower()) for name in names)
        withdrawn.unpublish()
        PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
        chosen = [open_, withdrawn, private, open_]
        story = story_of(stories, ("related_stories", {"title": "Read next", "stories": chosen}))
        html, text = both(newsletter, in_full(story))
        assert (
            text.count("https://testserver/stories/open/") == html.count('href="https://testserver/stories/open/"') == 1
        )
        assert "Withdrawn" not in html + text
        assert "Private" not in html + text


class TestSubscribeForm:
    def test_a_subscriber_is_not_asked_to_subscribe_but_the_archives_reader_is(
        self, stories: StoryIndexPage, newsletter: Newsletter
    ) -> None:
        card = in_full(story_of(stories, ("subscribe_form", {"title": "Stories by mail", "text": "Free."})))
        for version in both(newsletter, card):
            assert "Stories by mail" not in version
        web, _ = both(newsletter, card, web=True)
        tree = LexborHTMLParser(web)
        assert "Stories by mail Free. Subscribe" in shown(web)
        assert not tree.css("form, input")


@pytest.mark.parametrize("name", BLOCKS)
def test_an_empty_block_of_any_kind_is_no_trouble(name: str, stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = story_of(stories, (name, StoryBody().child_blocks[name].get_default()), title="Around it")
    for version in both(newsletter, in_full(story)):
        assert "Around it" in version


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_in_any_field_arrives_as_it_was_typed(
    odd: str, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    typed = ODD[odd]
    story = whole_story(home, stories)
    raw = [{**row, "value": replaced(row["value"], typed)} for row in story.body.raw_data]
    StoryPage.objects.filter(pk=story.pk).update(body=raw, standfirst=typed, conflict_statement=typed)
    story.refresh_from_db()
    html, text = both(newsletter, in_full(story))
    tree = LexborHTMLParser(html)
    assert not tree.css("script, mj-text, iframe, [onclick]")
    assert not [node for node in tree.css("a") if not re.match(r"https://|mailto:|tel:", node.attributes["href"] or "")]
    assert "Read this story on our site" in shown(html)
    expected = " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", typed).split())
    assert shown(html).count(expected) >= 20
    assert " ".join(text.split()).count(expected) >= 20


#: Fields whose values are chosen, not typed.
CHOSEN = {"image", "poster", "consent", "stories", "as_of", "level", "tone", "status", "basis", "country", "type"}


def replaced(value: Any, typed: str) -> Any:
    """The raw value of a block with another text wherever somebody types."""
    if isinstance(value, dict):
        return {name: one if name in CHOSEN else replaced(one, typed) for name, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, typed) for one in value]
    if not isinstance(value, str) or re.fullmatch(r"[\d.]+", value):
        return value
    if value.startswith("<"):
        return f"<p>{typed.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    return "javascript:alert(1)" if value.startswith("https://") else typed
