"""The blocks of an issue in the mail, in its plain text, in the archive and in the block picker."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import get_template
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from blog.models import CrisisResource
from core.models import PublicationSettings
from newsletter.issues.render.issue_blocks import MAKERS
from newsletter.models import Issue
from newsletter.models.blocks import DISCLOSURE, DISPLAYS, IssueBody
from tests.factories import make_story
from tests.integration.admin_scene import log_in
from tests.integration.every_block import event, sponsor
from tests.integration.issue_samples import draw
from tests.integration.reading import Read, read, words

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter
    from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db

KINDS = list(IssueBody().child_blocks)
PREVIEWED = {
    "story": "Read on",
    "intro": "Dear reader, Two stories this week",
    "text": "What to bring A list of what you have taken",
    "key_points": "Key points Sleep comes first",
    "quote": "— A nurse of the clinic",
    "image": "What the picture shows",
    "button": "Ask us a question",
    "event": "18:30–20:00, Berlin time (UTC+01:00)",
    "crisis": "You don’t need to be sure to call.",
    "sponsor": "Advertisement A Maker of Lamps",
    "divider": "",
    "masthead": "Issue 12, spring",
    "footer": "Until next week",
}
INTRO = {"greets": True, "salutation": "Dear", "fallback": "reader", "text": "<p>Welcome.</p>"}


def shown(newsletter: Newsletter, *body: tuple[str, Any], name: str = "Ada") -> Read:
    issue = Issue(newsletter=newsletter, subject="A subject", body=list(body))
    return read(issue, name=name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_has_both_twins(kind: str) -> None:
    names = [f"story_{display}" for display, _label in DISPLAYS] if kind == "story" else [kind]
    for name in names:
        get_template(f"newsletter/issue/blocks/{name}.mjml")
        get_template(f"newsletter/issue/blocks/{name}.txt")
    assert kind in MAKERS


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_bears_a_value_with_nothing_in_it(kind: str, newsletter: Newsletter, home: HomePage) -> None:
    """A draft may hold one, and its preview must show."""
    block = IssueBody().child_blocks[kind]
    nothing = (
        block.to_python({}) if kind not in {"text", "divider"} else block.to_python("" if kind == "text" else None)
    )
    assert "Unsubscribe" in shown(newsletter, (kind, nothing)).text


@pytest.mark.parametrize("kind", KINDS)
def test_the_block_picker_shows_each_block_as_the_mail_does(kind: str, scene: Scene) -> None:
    draw("anything")
    PublicationSettings.objects.update(tagline="Words that doctors use")
    block = Issue._meta.get_field("body").stream_block.child_blocks[kind]  # type: ignore[union-attr]
    assert block.meta.description
    assert block.label
    assert block.meta.icon
    assert block.is_previewable
    answer = log_in("editor").get("/admin/block-preview/", {"id": block.definition_prefix})
    tree = LexborHTMLParser(answer.content.decode())
    assert tree.css_first("html")
    assert PREVIEWED[kind] in words(tree)
    assert ("Get the next one by mail" in words(tree)) is (kind == "footer")
    assert bool(tree.css("img")) is (kind == "image")


def test_the_block_picker_shows_something_before_there_is_anything(home: HomePage, logins: None) -> None:
    for kind in ("story", "image"):
        block = Issue._meta.get_field("body").stream_block.child_blocks[kind]  # type: ignore[union-attr]
        assert log_in("editor").get("/admin/block-preview/", {"id": block.definition_prefix}).status_code == 200


def test_a_stranger_gets_no_preview(client: Client, home: HomePage) -> None:
    block = Issue._meta.get_field("body").stream_block.child_blocks["sponsor"]  # type: ignore[union-attr]
    assert client.get("/admin/block-preview/", {"id": block.definition_prefix}).status_code == 302


@pytest.mark.parametrize("kind", ["masthead", "intro", "footer"])
def test_there_is_one_top_one_intro_and_one_foot_at_most(kind: str) -> None:
    block = IssueBody()
    value = block.child_blocks[kind].get_preview_value()
    block.clean(block.to_python([{"type": kind, "value": block.child_blocks[kind].get_prep_value(value)}]))
    twice = block.to_python([{"type": kind, "value": block.child_blocks[kind].get_prep_value(value)}] * 2)
    with pytest.raises(ValidationError):
        block.clean(twice)


class TestIntro:
    def test_each_reader_is_greeted_by_name_in_both_versions(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(newsletter, ("intro", INTRO))
        assert "Dear Ada, Welcome." in found.words
        assert "\nDear Ada,\n\nWelcome.\n" in found.text

    def test_who_gave_no_name_is_greeted_as_the_editor_says(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(newsletter, ("intro", {**INTRO, "fallback": "fellow sleeper"}), name=" ")
        assert "Dear fellow sleeper, Welcome." in found.words
        assert "\nDear fellow sleeper,\n" in found.text

    def test_the_archive_greets_nobody_in_person(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(newsletter, ("intro", INTRO))
        assert "Dear reader, Welcome." in words(LexborHTMLParser(found.web))
        assert "Ada" not in found.web
        assert "slot" not in found.web

    def test_without_a_greeting_nothing_in_the_body_differs(self, newsletter: Newsletter, home: HomePage) -> None:
        for intro in ({**INTRO, "greets": False}, {**INTRO, "fallback": " "}):
            found = shown(newsletter, ("intro", intro))
            assert "Welcome." in found.words
            assert not {"Dear", "Ada"} & set(found.words.replace(",", " ").split())

    def test_a_greeting_needs_no_word_before_the_name(self, newsletter: Newsletter, home: HomePage) -> None:
        assert "\nAda,\n" in shown(newsletter, ("intro", {**INTRO, "salutation": ""})).text


class TestEvent:
    def test_it_says_when_by_which_clocks(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(newsletter, ("event", event()))
        for said in (found.words, " ".join(found.text.split())):
            assert "Tuesday, 31 March 2026, 18:30–20:00, Berlin time (UTC+02:00) Online, and at the clinic" in said
        assert "https://rounds.example/evening/?a=1&b=2" in found.hrefs
        assert "https://rounds.example/evening/?a=1&b=2" in found.text

    def test_it_counts_by_the_newsletters_clocks_where_it_names_none(
        self, newsletter: Newsletter, home: HomePage
    ) -> None:
        newsletter.time_zone = "America/New_York"
        found = shown(newsletter, ("event", {**event(), "zone": "", "ends": None}))
        assert "31 March 2026, 18:30, New York time (UTC-04:00)" in found.words

    @pytest.mark.parametrize(
        ("fields", "line"),
        [
            ({"begins": None}, "Tuesday, 31 March 2026 Online"),
            ({"day": date(2026, 3, 29), "begins": time(2, 30), "ends": None}, "02:30, Berlin time (UTC+02:00)"),
            ({"day": date(2026, 1, 29), "zone": "UTC"}, "18:30–20:00, UTC+00:00"),
            ({"day": date(2026, 1, 29), "zone": "Asia/Kolkata"}, "18:30–20:00, Kolkata time (UTC+05:30)"),
            ({"zone": "Nowhere/Atlantis"}, "18:30–20:00, Nowhere/Atlantis"),
        ],
    )
    def test_odd_times_are_said_too(
        self, newsletter: Newsletter, home: HomePage, fields: dict[str, Any], line: str
    ) -> None:
        assert line in shown(newsletter, ("event", {**event(), **fields})).words


class TestSponsor:
    def test_it_is_marked_as_advertising_in_every_version(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(newsletter, ("sponsor", sponsor()))
        for said in (found.words, " ".join(found.text.split()), words(LexborHTMLParser(found.web))):
            assert said.index("Advertisement") < said.index("A Maker of Lamps") < said.index(str(DISCLOSURE))
        link = LexborHTMLParser(found.web).css_first("a[href='https://lamps.example/']")
        assert link is not None
        assert link.attributes.get("rel") == "sponsored"

    @pytest.mark.parametrize("empty", ["", "  ", None])
    def test_the_disclosure_cannot_be_left_empty(
        self, newsletter: Newsletter, home: HomePage, empty: str | None
    ) -> None:
        block = IssueBody().child_blocks["sponsor"]
        with pytest.raises(ValidationError):
            block.clean(block.to_python({**sponsor(), "disclosure": empty}))
        found = shown(newsletter, ("sponsor", {**sponsor(), "disclosure": empty}))
        assert str(DISCLOSURE) in found.words
        assert str(DISCLOSURE) in " ".join(found.text.split())


class TestCrisis:
    def test_it_has_the_lines_of_its_country(self, newsletter: Newsletter, home: HomePage) -> None:
        PublicationSettings.objects.update(country="US")
        for country, name in (("US", "988 Lifeline"), ("GB", "Samaritans")):
            CrisisResource.objects.create(country=country, name=name, phone="1 2")
        own = ("crisis", {"title": "Help", "text": "Call them.", "country": "gb"})
        home_lines = ("crisis", {"title": "Help", "text": "", "country": ""})
        there, here = shown(newsletter, own), shown(newsletter, home_lines)
        assert "Help Call them. Samaritans : 1 2" in there.words
        assert "- Samaritans: 1 2" in there.text
        assert "tel:12" in there.hrefs
        assert "988 Lifeline" in here.text
        assert "Samaritans" not in here.text

    def test_an_editors_own_takes_the_place_of_the_one_that_a_story_would_bring(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        story = make_story(stories, kind="news", body=[("crisis_help", {"title": "The story’s", "text": ""})])
        card = ("story", {"story": story, "intro": "", "show_image": False, "display": "excerpt"})
        assert "The story’s" in shown(newsletter, card).text
        found = shown(newsletter, ("crisis", {"title": "Our own", "text": "", "country": ""}), card)
        assert "Our own" in found.text
        assert "The story’s" not in found.text


class TestTopAndFoot:
    def test_they_stand_there_wherever_an_editor_put_them(self, newsletter: Newsletter, home: HomePage) -> None:
        found = shown(
            newsletter,
            ("footer", {"text": "<p>Sleep well.</p>"}),
            ("text", "<p>In the middle.</p>"),
            ("masthead", {"edition": "Issue 12", "shows_tagline": True}),
        )
        for said in (found.words, found.text):
            places = [said.index(part) for part in ("Issue 12", "In the middle.", "Sleep well.", "Unsubscribe")]
            assert places == sorted(places)

    def test_the_tagline_is_shown_unless_an_editor_says_no(self, newsletter: Newsletter, home: HomePage) -> None:
        PublicationSettings.objects.update(tagline="Plain words")
        for shows in (True, False):
            found = shown(newsletter, ("masthead", {"edition": "", "shows_tagline": shows}))
            assert ("Plain words" in found.text, "Plain words" in found.words) == (shows, shows)
        assert "Plain words" in shown(newsletter, ("divider", None)).text


def test_key_points_and_a_quote_stand_in_both_versions(newsletter: Newsletter, home: HomePage) -> None:
    found = shown(
        newsletter,
        ("key_points", {"title": "Key points", "text": "<ul><li>One</li><li>Two</li></ul>"}),
        ("quote", {"text": "First.\n\nThen.", "source": "A nurse"}),
    )
    assert "Key points One Two First. Then. — A nurse" in found.words
    assert "Key points\n----------\n\n- One\n- Two\n" in found.text
    assert "\n    First.\n\n    Then.\n\n    — A nurse\n" in found.text


def test_a_link_that_a_program_would_run_is_none(newsletter: Newsletter, home: HomePage) -> None:
    """The form refuses it; a body that came another way is not trusted either."""
    bad = "javascript:alert(1)"
    found = shown(
        newsletter,
        ("button", {"text": "Press", "url": bad}),
        ("event", {**event(), "url": bad}),
        ("sponsor", {**sponsor(), "url": bad}),
    )
    for said in (found.html, found.web, found.text):
        assert "javascript" not in said
    assert "Press" in found.words


def test_a_half_typed_address_waits_in_a_draft_and_is_refused_on_approval() -> None:
    block = IssueBody().child_blocks["button"]
    half = block.to_python({"text": "Press", "url": "https//rounds"})
    with pytest.raises(ValidationError):
        block.clean(half)


def test_a_fallback_of_several_lines_is_one(newsletter: Newsletter, home: HomePage) -> None:
    found = shown(newsletter, ("intro", {**INTRO, "fallback": "dear\r\nreader"}), name="")
    assert "\nDear dear reader,\n" in found.text
