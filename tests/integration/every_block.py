"""An issue for tests that holds every block there is, of a newsletter with a look of its own. The same on every run."""

from __future__ import annotations

from datetime import date, time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from PIL import Image as Canvas
from PIL import ImageDraw
from wagtail.images.models import Image

from blog.models import CrisisResource
from core.models import PublicationSettings
from newsletter.models import Issue
from newsletter.models.blocks import DISCLOSURE
from tests.factories import make_author, make_story
from tests.integration.issue_samples import draw, in_full
from tests.integration.whole_story import make_live

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

ACCENT = "#8A2D5C"


def draw_logo(name: str, ink: str) -> Image:
    """Three rings and a bar on a transparent ground."""
    canvas = Canvas.new("RGBA", (720, 180), (0, 0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    for step in range(3):
        pen.ellipse((10 + 70 * step, 20, 150 + 70 * step, 160), outline=ink, width=14)
    pen.rounded_rectangle((330, 66, 710, 114), radius=24, fill=ink)
    buffer = BytesIO()
    canvas.save(buffer, "PNG")
    image: Image = Image.objects.create(title=name, file=ContentFile(buffer.getvalue(), f"{name}.png"))
    return image


def branded(newsletter: Newsletter) -> Newsletter:
    newsletter.name = "The Weekly Round"
    newsletter.accent = ACCENT
    newsletter.logo, newsletter.logo_dark = draw_logo("rings", "#22282B"), draw_logo("rings-dark", "#E8E4DC")
    newsletter.footer = "Written by people who see patients, for everybody else."
    newsletter.save()
    return newsletter


def every_block(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    """Its id is 9. The stories stand in it in full, as an excerpt and as a headline."""
    PublicationSettings.objects.update(
        tagline="Psychiatry, explained by the people who practise it", disclaimer="No substitute for a doctor’s advice."
    )
    CrisisResource.objects.create(
        country="GB", name="Samaritans", phone="116 123", url="https://www.samaritans.org/", hours="day and night"
    )
    full, excerpt, headline = _stories(home, stories)
    issue = Issue.objects.create(
        pk=9,
        newsletter=branded(newsletter),
        subject="Sleep, light and a question 🌙",
        preview_text="What sleep does for mood, who should try a lamp, and what to bring to a first visit.",
        body=body(full, excerpt, headline),
    )
    found: Issue = Issue.objects.get(pk=issue.pk)
    return found


def body(full: StoryPage, excerpt: StoryPage, headline: StoryPage) -> list[tuple[str, Any]]:
    picture = draw("valley", (1600, 800))
    picture.contextual_alt_text, picture.decorative = "A valley with three hills", False
    return [
        ("masthead", {"edition": "Issue 12, spring", "shows_tagline": True}),
        (
            "intro",
            {
                "greets": True,
                "salutation": "Dear",
                "fallback": "reader",
                "text": "<p>Three stories this week, and a question that many of you asked: <b>does light help?</b> "
                'The <a href="https://www.nimh.nih.gov/health/topics/depression?a=1&amp;b=2">NIMH page on '
                "depression</a> is a good place to start.</p>",
            },
        ),
        (
            "key_points",
            {"title": "Key points", "text": "<ul><li>Sleep comes first</li><li>A lamp takes two weeks</li></ul>"},
        ),
        ("story", in_full(full)),
        ("story", {**in_full(excerpt), "display": "excerpt", "intro": "Our own words.\n\nIn two paragraphs."}),
        ("story", {**in_full(headline), "display": "headline"}),
        (
            "text",
            "<h2>What to bring to a first visit</h2><ul><li>A list of what you have taken, and for how long</li>"
            '<li>Your <i>questions</i>, <a href="mailto:editor@rounds.example">or mail them ahead</a></li></ul>',
        ),
        ("quote", {"text": "You can go home when the world stands still.\n\nNot before.", "source": "A nurse"}),
        ("image", {"image": picture, "caption": "Drawn for this issue"}),
        ("button", {"text": "Ask a question", "url": "https://rounds.example/ask/?from=mail&issue=9"}),
        ("divider", None),
        ("event", event()),
        ("crisis", {"title": "If you are in crisis", "text": "You don’t have to wait.", "country": "GB"}),
        ("sponsor", sponsor()),
        ("footer", {"text": "<p>Until next week, and sleep well.<br/>Ada</p>"}),
    ]


def event() -> dict[str, Any]:
    return {
        "title": "An evening on sleep",
        "day": date(2026, 3, 31),
        "begins": time(18, 30),
        "ends": time(20, 0),
        "zone": "Europe/Berlin",
        "place": "Online, and at the clinic",
        "url": "https://rounds.example/evening/?a=1&b=2",
        "text": "<p>An hour of talk, and half an hour for your questions.</p>",
    }


def sponsor() -> dict[str, Any]:
    return {
        "name": "A Maker of Lamps",
        "text": "<p>Light for dark mornings, <i>tried by people who get up early</i>.</p>",
        "url": "https://lamps.example/",
        "disclosure": str(DISCLOSURE),
    }


def _stories(home: HomePage, stories: StoryIndexPage) -> tuple[StoryPage, StoryPage, StoryPage]:
    author = make_author(home)
    full = make_story(
        stories,
        live=False,
        title="Does light help?",
        slug="does-light-help",
        standfirst="For some, and earlier in the day than most people think.",
        kind="news",
        author=author,
        published_on=date(2026, 1, 4),
        body=[
            (
                "text",
                "<p>Some people feel better within two weeks; for others nothing changes. "
                '<a href="https://www.nimh.nih.gov/light/">The largest trial</a> had 122 people in it.</p>',
            ),
            ("stat", {"figure": "4 in 10", "text": "<p>slept better than before.</p>"}),
            ("callout", {"tone": "caution", "title": "Careful", "text": "<p>Not with an illness of the eye.</p>"}),
        ],
    )
    excerpt = make_story(
        stories,
        title="Ketamine & esketamine: what “fast-acting” means",
        slug="fast-acting",
        standfirst="Some people feel better within a day.",
        kind="condition",
        author=author,
        hero_image=draw("morning"),
        hero_alt="Hills in the morning, drawn in flat colours",
        conflict_statement="The author’s clinic offers ketamine treatment.",
    )
    headline = make_story(stories, title="Sleep first", slug="sleep-first", kind="news", author=author)
    return make_live(full), excerpt, headline
