"""A newsletter's logo, accent and words at the foot, in its form and in its issues."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from newsletter.engine.colours import palette
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.admin_scene import log_in
from tests.integration.every_block import ACCENT, branded, draw_logo, event, sponsor
from tests.integration.issue_samples import draw, in_full
from tests.integration.reading import Read, read
from tests.integration.whole_story import whole_story

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter
    from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db

CRISIS, HOUSE, HOUSE_DARK = "#7A1F2B", "#0F5C63", "#7CC9CB"


def top(newsletter: Newsletter) -> Read:
    return read(Issue(newsletter=newsletter, subject="A subject", body=[("divider", None)]))


class TestLogo:
    def test_it_stands_in_place_of_the_name_with_the_dark_one_beside_it(
        self, newsletter: Newsletter, home: HomePage
    ) -> None:
        found = top(branded(newsletter))
        light, dark = found.tree.css("h1 img")
        for shown in (light, dark):
            assert shown.attributes["alt"] == "The Weekly Round"
            assert (shown.attributes["width"], shown.attributes["height"]) == ("300", "75")
            assert (shown.attributes["src"] or "").startswith("https://testserver/media/")
            assert (shown.attributes["src"] or "").endswith(".png")
        assert "display:none" not in (light.attributes["style"] or "")
        assert "display:none;mso-hide:all" in (dark.attributes["style"] or "")
        in_the_dark = found.html.split("prefers-color-scheme: dark", 1)[1]
        assert ".logo { display: none !important; }" in in_the_dark
        assert ".logo-dark { display: block !important; }" in in_the_dark
        assert found.text.startswith("Rounds\nThe Weekly Round\n")

    def test_it_is_twice_as_large_as_shown(self, newsletter: Newsletter, home: HomePage) -> None:
        top(branded(newsletter))
        assert newsletter.logo
        assert [(made.width, made.height) for made in newsletter.logo.renditions.all()] == [(600, 150)]

    def test_alone_it_stands_on_a_light_plate_in_the_dark(self, newsletter: Newsletter, home: HomePage) -> None:
        newsletter.logo = draw_logo("rings", "#22282B")
        found = top(newsletter)
        assert [node.attributes["class"] for node in found.tree.css("h1 img")] == ["logo plate"]
        assert ".plate { padding: 8px 12px; background-color: #FFFFFF" in found.html

    def test_a_photograph_is_sent_as_one(self, newsletter: Newsletter, home: HomePage) -> None:
        newsletter.logo = draw("wide", (900, 300))
        shown = top(newsletter).tree.css_first("h1 img")
        assert shown is not None
        assert (shown.attributes["src"] or "").endswith(".jpg")
        assert (shown.attributes["width"], shown.attributes["height"]) == ("240", "80")

    def test_one_whose_file_is_gone_leaves_the_name(self, newsletter: Newsletter, home: HomePage) -> None:
        branded(newsletter)
        assert newsletter.logo
        os.unlink(newsletter.logo.file.path)  # noqa: PTH108 - a path of the storage
        found = top(newsletter)
        assert not found.tree.css("img")
        assert [node.text().strip() for node in found.tree.css("h1")] == ["The Weekly Round"]

    def test_an_issue_without_one_carries_no_style_for_it(self, newsletter: Newsletter, home: HomePage) -> None:
        assert not {".logo", ".plate"} & set(top(newsletter).html.split())


class TestAccent:
    def test_it_colours_links_buttons_and_lines_of_whole_stories_too(
        self, newsletter: Newsletter, home: HomePage, stories: StoryIndexPage
    ) -> None:
        branded(newsletter)
        body = [
            ("text", '<p><a href="https://x.example/">x</a></p>'),
            ("story", in_full(whole_story(home, stories))),
            ("story", {**in_full(make_story(stories, kind="news")), "display": "excerpt"}),
            ("event", event()),
            ("sponsor", sponsor()),
        ]
        found = read(Issue(newsletter=newsletter, subject="A subject", body=body))
        assert HOUSE not in found.html
        assert HOUSE_DARK not in found.html
        coloured = [node.attributes.get("style") or "" for node in found.tree.css("p a, li a, td a")]
        assert sum(f"color:{palette(ACCENT).link}" in style for style in coloured) >= 8
        assert any(CRISIS in style for style in coloured)
        assert f"background:{ACCENT}" in found.html
        assert f"border-top:solid 3px {ACCENT}" in found.html
        assert palette(ACCENT).dark in found.html

    def test_the_page_of_the_archive_has_it_too(self, newsletter: Newsletter, home: HomePage) -> None:
        assert f"border-top:solid 3px {ACCENT}" in top(branded(newsletter)).web

    def test_a_colour_from_elsewhere_cannot_write_styles(self, newsletter: Newsletter, home: HomePage) -> None:
        newsletter.accent = "red;}*{"
        found = top(newsletter)
        assert "red;" not in found.html
        assert HOUSE in found.html


class TestForm:
    @pytest.mark.parametrize("accent", ["#0F5C63", " #8a2d5c "])
    def test_a_colour_that_can_be_read_is_taken(self, newsletter: Newsletter, accent: str) -> None:
        newsletter.accent = accent
        newsletter.clean()
        assert newsletter.accent == accent.strip().upper()

    @pytest.mark.parametrize("accent", ["teal", "#FFF", "#12345G", ""])
    def test_what_is_no_colour_is_refused_with_an_example(self, newsletter: Newsletter, accent: str) -> None:
        newsletter.accent = accent
        with pytest.raises(ValidationError, match="such as #0F5C63"):
            newsletter.clean()

    def test_a_pale_colour_is_refused_and_the_nearest_darker_one_named(self, newsletter: Newsletter) -> None:
        newsletter.accent = "#FF8800"
        with pytest.raises(ValidationError, match="too pale to read") as caught:
            newsletter.clean()
        (message,) = caught.value.message_dict["accent"]
        newsletter.accent = message.rstrip(".").rsplit(" ", 1)[1]
        newsletter.clean()

    def test_a_pale_colour_and_a_wrong_limit_are_both_told(self, newsletter: Newsletter) -> None:
        newsletter.accent, newsletter.domain_limits = "#FFFF00", "x"
        with pytest.raises(ValidationError) as caught:
            newsletter.clean()
        assert set(caught.value.message_dict) == {"accent", "domain_limits"}

    def test_the_admin_has_it_all_under_how_it_looks(self, scene: Scene) -> None:
        client, newsletter = log_in("owner"), scene.newsletter
        address = reverse("newsletter_newsletters:edit", args=[newsletter.pk])
        assert "How it looks" in client.get(address).content.decode()
        logo = draw_logo("rings", "#22282B")
        kept = {name: value for name, value in model_to_dict(newsletter).items() if value not in (None, False)}
        form = {**kept, "welcome_text": "null", "logo": str(logo.pk), "accent": "#ff8800", "footer": "Our words."}
        refused = client.post(address, form)
        assert "too pale to read" in LexborHTMLParser(refused.content.decode()).body.text()  # type: ignore[union-attr]
        assert client.post(address, {**form, "accent": "#8a2d5c"}).status_code == 302
        newsletter.refresh_from_db()
        assert (newsletter.logo, newsletter.accent, newsletter.footer) == (logo, "#8A2D5C", "Our words.")


def test_its_own_words_stand_above_the_postal_address(newsletter: Newsletter, home: HomePage) -> None:
    newsletter.footer = "Written by\npeople.\n\nFor people."
    found = top(newsletter)
    for said in (found.words, " ".join(found.text.split())):
        places = [said.index(part) for part in ("Unsubscribe", "Written by people.", "For people.", "1 Quiet Lane")]
        assert places == sorted(places)
