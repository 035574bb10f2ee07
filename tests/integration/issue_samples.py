"""A full issue for tests: every block, two stories, a picture, crisis help. The same on every run."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from PIL import Image as Canvas
from PIL import ImageDraw
from wagtail.images.models import Image

from blog.models import CrisisResource
from core.models import PublicationSettings
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import Issue
from tests.factories import make_author, make_story

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEXT = (
    "<p>Two stories this week. <b>Both</b> are about what helps when the first treatment didn’t, and what is known "
    'about it; the <a href="https://www.nimh.nih.gov/health/topics/depression?a=1&amp;b=2">NIMH page on depression</a> '
    "is a good place to start.</p><h2>What to bring to a first visit</h2><ul><li>A list of what you have taken, and for"
    ' how long</li><li>Your <i>questions</i>, <a href="mailto:editor@rounds.example">or mail them ahead</a></li></ul>'
)


def draw(name: str, size: tuple[int, int] = (1200, 676)) -> Image:
    """A calm landscape, drawn."""
    canvas = Canvas.new("RGB", size, "#DCE7E3")
    pen = ImageDraw.Draw(canvas)
    width, height = size
    pen.ellipse((width * 0.62, height * 0.12, width * 0.78, height * 0.12 + width * 0.16), fill="#F3D9B1")
    for step, colour in enumerate(("#A9C4BE", "#6E9C97", "#0F5C63")):
        top = height * (0.5 + 0.14 * step)
        pen.polygon(
            [(0, top), (width * 0.4, top - 90 + 40 * step), (width, top + 60), (width, height), (0, height)], colour
        )
    buffer = BytesIO()
    canvas.save(buffer, "JPEG", quality=85)
    image: Image = Image.objects.create(title=name, file=ContentFile(buffer.getvalue(), f"{name}.jpg"))
    return image


def full_issue(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    """Saved as a draft (its id is 7), not approved."""
    PublicationSettings.objects.update(tagline="Psychiatry, explained by the people who practise it")
    CrisisResource.objects.create(
        country="US", name="988 Suicide & Crisis Lifeline", phone="988", text_line="text 988", hours="24 hours"
    )
    newsletter.name = "The Weekly Round"
    newsletter.save()
    first, second = _stories(home, stories)
    issue = Issue(
        pk=7,
        newsletter=newsletter,
        subject="When the first treatment doesn’t help",
        preview_text="What esketamine and ketamine can and can’t do, and how sleep and mood hang together.",
        body=[
            ("text", TEXT),
            ("story", {"story": first, "intro": "", "show_image": True}),
            ("story", {"story": second, "intro": "Our own words.\n\nIn two paragraphs.", "show_image": True}),
            ("divider", None),
            ("image", {"image": _block_image(draw("valley", (600, 300))), "caption": "Drawn for this issue"}),
            ("button", {"text": "Ask a question", "url": "https://rounds.example/ask/?from=mail&issue=7"}),
        ],
        live=False,
    )
    issue.save()
    issue.save_revision()
    return issue


def _stories(home: HomePage, stories: StoryIndexPage) -> tuple[StoryPage, StoryPage]:
    author = make_author(home)
    first = make_story(
        stories,
        title="Ketamine & esketamine: what “fast-acting” means",
        slug="fast-acting",
        standfirst="Some people feel better within a day. For how long, at what price, and who should not have it?",
        kind="condition",
        author=author,
        hero_image=draw("morning"),
        hero_alt="Hills in the morning, drawn in flat colours",
        conflict_statement="The author’s clinic offers ketamine treatment.",
        body=[
            ("text", "<p>" + "word " * 900 + "</p>"),
            ("crisis_help", {"title": "If you are in crisis", "text": "You don’t have to wait for an appointment."}),
        ],
    )
    second = make_story(
        stories,
        title="Sleep first",
        slug="sleep-first",
        kind="news",
        author=author,
        standfirst="Why sleep matters.",
    )
    return first, second


def _block_image(image: Image) -> Image:
    image.contextual_alt_text = "A valley with three hills"
    image.decorative = False
    return image


def in_full(story: StoryPage) -> dict[str, Any]:
    """The card of a story that stands in the mail as a whole."""
    return {"story": story, "display": "full", "intro": "", "show_image": True}


def issue_of(newsletter: Newsletter, *cards: dict[str, Any]) -> Issue:
    """An issue of these stories as it is read from the database."""
    issue = Issue.objects.create(newsletter=newsletter, subject="A subject", body=[("story", card) for card in cards])
    return Issue.objects.get(pk=issue.pk)


def both(newsletter: Newsletter, *cards: dict[str, Any], web: bool = False) -> tuple[str, str]:
    """HTML and text of an issue of these stories as a mail program decodes them; `web`: as the archive shows it."""
    compiled = compile_issue(issue_of(newsletter, *cards), seed=bytes(32))
    message = message_from_bytes(sample(compiled.message, date=NOW), policy=policy.default)
    html, text = (part.get_content().replace("\r\n", "\n") for part in _bodies(message))
    return compiled.web_html if web else html, text


def _bodies(message: Any) -> tuple[Any, Any]:
    return message.get_body(("html",)), message.get_body(("plain",))
