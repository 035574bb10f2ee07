"""What stands on a page of stories: blocks as the database keeps them, read as readers do, and a story that has all."""

from __future__ import annotations

import datetime
import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.images.models import Image

from blog.models import Correction, CrisisResource, Reference, StoryPage, Topic
from core.models import PublicationSettings
from tests.factories import make_author, make_story, publish

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage, StoryIndexPage

TODAY = datetime.date(2026, 9, 1)


def make_image(name: str = "drawing") -> Image:
    stream = BytesIO()
    Picture.new("RGB", (64, 48), (15, 92, 99)).save(stream, "PNG")
    return Image.objects.create(title=name, file=ContentFile(stream.getvalue(), name=f"{name}.png"))


def table(*columns: tuple[str, str], rows: list[list[Any]]) -> dict[str, Any]:
    return {
        "columns": [{"type": kind, "heading": heading} for kind, heading in columns],
        "rows": [{"values": row} for row in rows],
        "caption": "",
    }


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


class Reading:
    """The HTML of a live story with these blocks, stored as the database keeps them, whatever the checks think."""

    def __init__(self, client: Client, stories: StoryIndexPage) -> None:
        self._client, self._stories = client, stories

    def __call__(self, *blocks: tuple[str, Any], references: int = 0) -> str:
        body = json.dumps([{"type": kind, "value": value} for kind, value in blocks])
        story = make_story(self._stories, body=body, live=False)
        story.references.set([Reference(text=f"Source {number}.") for number in range(1, references + 1)])
        story.save()
        StoryPage.objects.filter(pk=story.pk).update(live=True)
        return re.sub(r"\s+", " ", read(self._client, f"/stories/{story.slug}/"))


def every_block(image: Image) -> list[tuple[str, Any]]:
    return [
        ("callout", {"tone": "key", "title": "Key points", "text": "<ul><li>It helps some [2].</li></ul>"}),
        ("heading", {"text": "What was found", "level": "2"}),
        ("text", "<p>About <b>a third</b> were well [1]. A dangling marker [7] stays.</p>"),
        ("heading", {"text": "How it is given", "level": "2"}),
        ("heading", {"text": "The first visit", "level": "3"}),
        ("image", {"image": image, "caption": "Circles", "credit": "Drawn for Rounds"}),
        ("quote", {"text": "I heard the birds again.", "source": "A reader"}),
        ("callout", {"tone": "caution", "title": "", "text": "<p>Not with high blood pressure.</p>"}),
        ("heading", {"text": "What it costs", "level": "2"}),
        ("crisis_help", {"title": "If you are in crisis", "text": "You need not wait."}),
        ("signature", {"closing": "With care,", "name": "Ada Quist", "credential": "MD"}),
        ("references", {"title": "References"}),
    ]


def make_full_story(home: HomePage, stories: StoryIndexPage) -> StoryPage:
    """A story that has everything a story can have, with neighbours and a related one."""
    ketamine = Topic.objects.create(name="Ketamine", slug="ketamine")
    CrisisResource.objects.create(country="US", name="988 Lifeline", phone="988", text_line="Text 988")
    CrisisResource.objects.create(country="GB", name="Samaritans", phone="116 123")
    PublicationSettings.objects.update(conflict_statement="The clinic provides it.", disclaimer="Ask your own doctor.")
    image = make_image()
    author = make_author(home, role="Psychiatrist", photo=make_image("face"), bio="<p>Ada treats adults.</p>")
    older = make_story(stories, title="An older story", published_on=TODAY - datetime.timedelta(days=9))
    older.topics.set([ketamine])
    older.save_revision().publish()
    made = make_story(
        stories,
        live=False,
        title="Ketamine: what is known",
        slug="ketamine",
        kind="treatment",
        author=author,
        hero_image=image,
        hero_alt="Green circles",
        published_on=TODAY,
        updated_on=TODAY,
        reviewed_on=TODAY,
        review_due_on=TODAY.replace(year=2027),
        body=every_block(image),
    )
    made.topics.set([ketamine])
    made.references.set(
        [Reference(text="Rush AJ. STAR*D. 2006.", doi="10.1176/x"), Reference(text="A book.", pmid="123")]
    )
    made.corrections.set([Correction(made_on=TODAY, text="The year of the study was wrong.")])
    publish(made)
    make_story(stories, title="A newer story", published_on=TODAY + datetime.timedelta(days=9))
    made.refresh_from_db()
    return made
