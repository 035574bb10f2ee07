"""What editors and readers type or leave behind: it stays text, leaves no hole, and never breaks a mail."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image as Canvas
from selectolax.lexbor import LexborHTMLParser
from wagtail.images.models import Image

from core.models import PublicationSettings
from newsletter.engine.message import MessageError, Recipient, headers_problems
from newsletter.issues.render import compile_issue
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.issue_samples import draw
from tests.integration.reading import Read, read, words

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

FIELDS = [
    "{{ settings.SECRET_KEY }}",
    '{% include "newsletter/issue/style.css" %}',
    "{% load i18n %}{{ unsubscribe_url }}",
    "*|UNSUB|*",
    "%recipient%",
    "${reader_name} <%= x %> [[x]] {#x#}",
]


def everywhere(typed: str) -> list[tuple[str, Any]]:
    """Every block with this in each of its texts."""
    rich = f"<p>{typed.replace('<', '&lt;')}</p>"
    picture = draw("valley", (600, 300))
    picture.contextual_alt_text, picture.decorative = typed, False
    short = typed[:60]
    return [
        ("masthead", {"edition": typed, "shows_tagline": True}),
        ("intro", {"greets": True, "salutation": typed[:40], "fallback": typed, "text": rich}),
        ("text", rich),
        ("key_points", {"title": typed, "text": rich}),
        ("quote", {"text": typed, "source": typed}),
        ("image", {"image": picture, "caption": typed}),
        ("button", {"text": short, "url": "https://x.example/"}),
        (
            "event",
            {"title": typed, "day": date(2026, 3, 31), "place": typed, "url": "https://e.example/", "text": rich},
        ),
        ("crisis", {"title": typed, "text": typed, "country": ""}),
        ("sponsor", {"name": typed, "text": rich, "url": "https://s.example/", "disclosure": typed}),
        ("footer", {"text": rich}),
    ]


@pytest.mark.parametrize("typed", FIELDS)
def test_what_looks_like_a_field_stays_literal_text_in_every_block(
    newsletter: Newsletter, stories: StoryIndexPage, typed: str
) -> None:
    newsletter.footer = newsletter.name = typed
    PublicationSettings.objects.update(tagline=typed, disclaimer=typed)
    story = make_story(stories, title=typed, standfirst=typed, kind="news", conflict_statement=typed)
    body = [*everywhere(typed), ("story", {"story": story, "intro": typed, "display": "excerpt", "show_image": False})]
    issue = Issue(newsletter=newsletter, subject=typed, preview_text=typed, body=body)
    found = read(issue, name="")
    assert found.message["Subject"] == typed
    assert settings.SECRET_KEY not in found.html + found.text + found.web
    web = words(LexborHTMLParser(found.web))
    text = " ".join(found.text.split())
    for said in (found.words, web, text):
        assert said.count(" ".join(typed.split())) >= 20
    shown = [node.attributes.get("alt") for node in found.tree.css("img")]
    assert shown == [typed]
    assert "testserver/unsubscribe/" not in web


def test_text_pasted_from_word_comes_out_clean_in_every_block_of_prose(newsletter: Newsletter, home: HomePage) -> None:
    pasted = (
        '<!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]--><p class=MsoNormal style="mso-bidi:x">“It’s”'
        " <o:p>&nbsp;</o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><h1>A head</h1>"
    )
    body = [
        ("text", pasted),
        ("intro", {"greets": False, "salutation": "", "fallback": "reader", "text": pasted}),
        ("key_points", {"title": "Key", "text": pasted}),
        ("sponsor", {"name": "S", "text": pasted, "url": "", "disclosure": "Paid."}),
        ("footer", {"text": pasted}),
    ]
    found = read(Issue(newsletter=newsletter, subject="x", body=body))
    for said in (found.words, found.text):
        assert said.count("“It’s”") == 5
        assert said.count("A head") == 5
        assert "Normal" not in said
    for trace in ("o:p", "MsoNormal", "mso-bidi", "w:View"):
        assert trace not in found.html


class TestMissingStories:
    """Neither a card nor the line above it stays behind."""

    @pytest.fixture
    def three(self, stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
        cards = [
            {
                "story": make_story(stories, title=title, kind="news"),
                "intro": "",
                "show_image": True,
                "display": display,
            }
            for title, display in (("First", "excerpt"), ("Second", "full"), ("Third", "headline"))
        ]
        issue = Issue.objects.create(newsletter=newsletter, subject="x", body=[("story", card) for card in cards])
        return Issue.objects.get(pk=issue.pk)

    @pytest.mark.parametrize("how", ["unpublish", "delete"])
    @pytest.mark.parametrize("gone", [0, 1, 2])
    def test_its_card_goes_and_the_neighbours_keep_one_line_between_them(
        self, three: Issue, how: str, gone: int
    ) -> None:
        assert self.lines(read(three)) == (2, 2)
        getattr(three.body[gone].value["story"], how)()
        found = read(Issue.objects.get(pk=three.pk))
        titles = [node.text() for node in found.tree.css("h2")]
        assert titles == [title for number, title in enumerate(("First", "Second", "Third")) if number != gone]
        assert self.lines(found) == (1, 1)
        assert "None" not in found.words

    def test_without_any_story_the_mail_still_stands(self, three: Issue) -> None:
        for card in three.body:
            card.value["story"].delete()
        found = read(Issue.objects.get(pk=three.pk))
        assert self.lines(found) == (0, 0)
        assert "Unsubscribe" in found.words

    @staticmethod
    def lines(found: Read) -> tuple[int, int]:
        """Lines between parts, in the HTML and in the text: the foot has one of its own, the text one at its top."""
        drawn = len(found.tree.css(".line p")) - 1
        dashes = found.text.count("-" * 72)
        return drawn, max(0, dashes - 2)


@pytest.mark.slow
def test_a_picture_of_three_megabytes_becomes_one_for_mail(newsletter: Newsletter, home: HomePage) -> None:
    noise = Canvas.effect_noise((2400, 1600), 90).convert("RGB").resize((4000, 2667))
    buffer = BytesIO()
    noise.save(buffer, "JPEG", quality=95)
    assert len(buffer.getvalue()) > 3_000_000
    image = Image.objects.create(title="Large", file=ContentFile(buffer.getvalue(), "large.jpg"))
    image.contextual_alt_text, image.decorative = "Noise", False
    issue = Issue(newsletter=newsletter, subject="x", body=[("image", {"image": image, "caption": ""})])
    shown = read(issue).tree.css_first("img")
    assert shown is not None
    assert (shown.attributes["width"], shown.attributes["height"]) == ("536", "357")
    rendition = image.renditions.get()
    assert (rendition.width, rendition.file.name.endswith(".jpg")) == (1200, True)
    assert rendition.file.size < 700_000  # pure noise, the worst that a JPEG can be asked to hold


class TestSubjects:
    @pytest.mark.parametrize(
        "subject",
        [
            "word " * 99 + "last",
            "🌙" * 200,
            "Schlaf, Licht und eine lange Frage – " * 13,
            "שינה ואור 🌙 وأيضا",
            "a" * 500,
            "\u202eevil\u202c and \u200fmarks",
            '=?utf-8?q?not_encoded?= \\ " , ; <x>',
        ],
    )
    def test_any_subject_arrives_as_it_was_typed(self, newsletter: Newsletter, home: HomePage, subject: str) -> None:
        issue = Issue(newsletter=newsletter, subject=subject, body=[("divider", None)])
        found = read(issue)
        assert found.message["Subject"] == subject
        assert found.tree.css_first("title").text() == subject  # type: ignore[union-attr]
        raw = compile_issue(issue, seed=bytes(32)).message.splice(recipient(), date=datetime(2026, 1, 5, tzinfo=UTC))
        assert not headers_problems(raw)
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998

    def test_a_long_subject_is_refused_by_the_form(self, newsletter: Newsletter) -> None:
        with pytest.raises(Exception, match="at most 200 characters"):
            Issue(newsletter=newsletter, subject="a" * 201).full_clean()


class TestNames:
    GREETING = ("intro", {"greets": True, "salutation": "Dear", "fallback": "reader", "text": "<p>Hello.</p>"})

    @pytest.mark.parametrize(
        "name",
        [
            '<script>alert(1)</script> & "Ada"',
            "</p><img src=x onerror=alert(1)>",
            "{{ settings.SECRET_KEY }}",
            "שרה",
            "Zoë 🌙 Łukasiewicz-" + "lang " * 12 + "x",
            "=3D =20.",
        ],
    )
    def test_a_readers_name_is_only_a_name(self, newsletter: Newsletter, home: HomePage, name: str) -> None:
        found = read(Issue(newsletter=newsletter, subject="x", body=[self.GREETING]), name=name)
        assert f"Dear {name}, Hello." in found.words
        assert f"Dear {name}," in found.text
        assert not found.tree.css("script, img")
        assert name not in found.web

    @pytest.mark.parametrize("name", ["Ada\r\nBcc: x@example.com", "Ada\x00", "\x1b[31mAda"])
    def test_a_name_with_control_characters_stops_its_own_mail_only(
        self, newsletter: Newsletter, home: HomePage, name: str
    ) -> None:
        message = compile_issue(Issue(newsletter=newsletter, subject="x", body=[self.GREETING]), seed=bytes(32)).message
        with pytest.raises(MessageError):
            message.splice(recipient(name), date=datetime(2026, 1, 5, tzinfo=UTC))
        assert b"Bo" in message.splice(recipient("Bo"), date=datetime(2026, 1, 5, tzinfo=UTC))


def recipient(name: str = "") -> Recipient:
    return Recipient(
        address="ada@example.com",
        name=name,
        message_id="<1.2@testserver>",
        unsubscribe_url="https://testserver/unsubscribe/TOKEN/",
        preferences_url="https://testserver/preferences/TOKEN/",
    )
