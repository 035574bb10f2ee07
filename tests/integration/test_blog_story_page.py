"""What readers get of a story: all that it has, its pictures, its linked data, and the stories beside it."""

from __future__ import annotations

import datetime
import json
import re

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture

from blog.models import HomePage, Reference, Series, StoryIndexPage, StoryPage
from core.models import PublicationSettings
from newsletter.models import Newsletter
from tests.factories import make_story, publish
from tests.integration.story_pages import TODAY, make_full_story, read
from tests.stages import stage

#: What stands on the page of the story that has everything.
SHOWN = [
    "Ketamine: what is known",
    "Dr. Ada Quist, MD",
    '<time datetime="2026-09-01">1 September 2026</time>',
    "1 minute to read",
    '<h2 id="what-was-found">What was found</h2>',
    '<h3 id="the-first-visit">The first visit</h3>',
    '<a href="#what-it-costs">What it costs</a>',
    "<b>a third</b>",
    "A dangling marker [7] stays.",
    '<a href="#ref-2" id="cite-2-1"',
    '<a class="back" href="#cite-2-1"',
    'href="https://doi.org/10.1176/x"',
    "<figcaption>Circles",
    'alt="Green circles"',
    "<p>I heard the birds again.</p>",
    '<aside class="callout caution" role="note">',
    'href="tel:988"',
    '<span class="signed">Ada Quist, MD</span>',
    "Next review due",
    "Not independently reviewed",
    "The clinic provides it.",
    "Ask your own doctor.",
    "The year of the study was wrong.",
    "Ada treats adults.",
    '<a href="/stories/?topic=ketamine">Ketamine</a>',
    "An older story",
    "A newer story",
    'name="email"',
    f'<link rel="canonical" href="{settings.BASE_URL}/stories/ketamine/">',
    f'<meta property="og:image" content="{settings.BASE_URL}/cards/',
]


@stage
def story(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> StoryPage:
    return make_full_story(home, stories)


def test_a_story_shows_all_that_it_has(client: Client, story: StoryPage) -> None:
    html = read(client, "/stories/ketamine/")
    assert [shown for shown in SHOWN if shown not in html] == []


def test_a_story_shows_the_crisis_lines_of_the_publications_country_only(client: Client, story: StoryPage) -> None:
    assert "Samaritans" not in read(client, "/stories/ketamine/")


def test_a_country_without_crisis_lines_gets_advice_that_holds_everywhere(client: Client, story: StoryPage) -> None:
    PublicationSettings.objects.update(country="FR")
    assert "call your local emergency number" in read(client, "/stories/ketamine/")


def test_a_source_stands_beside_the_text_but_not_inside_a_box(client: Client, story: StoryPage) -> None:
    html = read(client, "/stories/ketamine/")
    boxes = re.findall(r'<aside class="callout.*?</aside>', html, re.DOTALL)
    assert html.count('<span class="sidenote"') == 1
    assert [box for box in boxes if "sidenote" in box] == []


def test_pictures_come_as_avif_webp_and_jpeg_with_their_size(client: Client, story: StoryPage) -> None:
    html = read(client, "/stories/ketamine/")
    pictures = re.findall(r"<picture>.*?</picture>", html, re.DOTALL)
    assert len(pictures) == 3
    for picture in pictures:
        assert 'type="image/avif"' in picture
        assert 'type="image/webp"' in picture
        assert re.search(r'<img[^>]*height="\d+"[^>]*src="[^"]+\.jpg"[^>]*width="\d+"', picture)


def test_renditions_really_are_what_their_names_say(client: Client, story: StoryPage) -> None:
    read(client, "/stories/ketamine/")
    assert story.hero_image is not None
    formats = {}
    for rendition in story.hero_image.renditions.all():
        with rendition.file.open("rb") as file, Picture.open(file) as picture:
            formats[rendition.file.name.rpartition(".")[2]] = picture.format
    assert formats == {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}


def test_linked_data_names_author_dates_and_sources(client: Client, story: StoryPage) -> None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', read(client, "/stories/ketamine/"))
    assert found
    document = json.loads(found[1])
    assert document["@type"] == ["Article", "MedicalWebPage"]
    assert document["author"]["honorificSuffix"] == "MD"
    assert document["lastReviewed"] == "2026-09-01"
    cited = [work["url"] for work in document["citation"]]
    assert cited == ["https://doi.org/10.1176/x", "https://pubmed.ncbi.nlm.nih.gov/123/"]


def test_a_title_cannot_break_out_of_the_linked_data(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, title="</script><script>alert(1)</script>", slug="bad")
    html = read(client, "/stories/bad/")
    assert "<script>alert" not in html
    assert html.count("</script>") == 1


def test_a_bare_story_renders(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, title="Bare", slug="bare", standfirst="")
    html = read(client, "/stories/bare/")
    assert "Bare" in html
    assert "References" not in html


def test_references_stand_at_the_end_where_the_body_has_no_place_for_them(
    client: Client, stories: StoryIndexPage
) -> None:
    bare = make_story(stories, slug="bare", body=[("text", "<p>It helps [1].</p>")])
    bare.references.set([Reference(text="A book.")])
    publish(bare)
    assert '<h2 id="references">References</h2>' in read(client, "/stories/bare/")


def test_neighbours_of_a_story_in_a_series_are_of_that_series(client: Client, stories: StoryIndexPage) -> None:
    series = Series.objects.create(name="First steps", slug="first-steps")
    days = [TODAY + datetime.timedelta(days=day) for day in range(4)]
    make_story(stories, title="Part one", series=series, published_on=days[0])
    make_story(stories, title="Another thing", published_on=days[1])
    make_story(stories, title="Part two", slug="two", series=series, published_on=days[2])
    make_story(stories, title="Yet another thing", published_on=days[3])
    context = client.get("/stories/two/").context
    assert context["older"].title == "Part one"
    assert context["newer"] is None


def test_related_stories_share_a_topic_and_are_never_the_story_itself(client: Client, story: StoryPage) -> None:
    context = client.get("/stories/ketamine/").context
    assert [other.title for other in context["related"]] == ["An older story"]


def test_stories_of_one_day_are_neighbours_in_the_order_they_were_made(client: Client, stories: StoryIndexPage) -> None:
    first, second, third = (make_story(stories, published_on=TODAY) for _ in range(3))
    context = client.get(f"/stories/{second.slug}/").context
    assert (context["older"], context["newer"]) == (first, third)


def test_a_story_is_served_with_few_queries(client: Client, story: StoryPage) -> None:
    read(client, "/stories/ketamine/")  # makes the renditions
    with CaptureQueriesContext(connection) as queries:
        read(client, "/stories/ketamine/")
    assert len(queries) <= 17  # one of them for the topics of the form
