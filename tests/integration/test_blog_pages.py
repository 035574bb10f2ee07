"""What readers get: home, lists, stories with every block, authors, other pages."""

from __future__ import annotations

import datetime
import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction

from blog.models import (
    Correction,
    CrisisResource,
    HomePage,
    Reference,
    Series,
    StandardPage,
    StoryIndexPage,
    StoryPage,
    Topic,
)
from core.models import PublicationSettings
from newsletter.models import Newsletter
from tests.factories import make_author, make_story, publish
from tests.stages import stage

TODAY = datetime.date(2026, 9, 1)
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


def make_image(name: str = "drawing") -> Image:
    stream = BytesIO()
    Picture.new("RGB", (64, 48), (15, 92, 99)).save(stream, "PNG")
    return Image.objects.create(title=name, file=ContentFile(stream.getvalue(), name=f"{name}.png"))


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


@stage
def story(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> StoryPage:
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


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


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


@pytest.mark.parametrize("path", ["/", "/stories/", "/ada-quist/", "/search/?q=about"])
@pytest.mark.slow
def test_a_list_takes_no_more_queries_for_more_stories(
    client: Client, story: StoryPage, stories: StoryIndexPage, path: str
) -> None:
    def queries() -> int:
        read(client, path)
        with CaptureQueriesContext(connection) as captured:
            read(client, path)
        return len(captured)

    few = queries()
    for _ in range(4):
        make_story(stories, author=story.author, hero_image=make_image(), standfirst="More about it")
    assert queries() == few
    assert few <= 14


def test_the_home_page_shows_the_newest_stories_and_the_form(client: Client, story: StoryPage) -> None:
    html = read(client, "/")
    assert html.index("A newer story") < html.index("Ketamine: what is known") < html.index("An older story")
    assert 'name="email"' in html
    assert '<a href="/stories/?topic=ketamine">Ketamine</a>' in html


def test_an_empty_publication_has_a_home_page(client: Client, home: HomePage) -> None:
    assert "The first story is being written" in read(client, "/")


@pytest.mark.slow
def test_the_list_shows_twelve_stories_a_page(client: Client, stories: StoryIndexPage) -> None:
    for _ in range(13):
        make_story(stories)
    assert read(client, "/stories/").count('<article class="story-card') == 12
    assert read(client, "/stories/?page=2").count('<article class="story-card') == 1
    assert 'href="?page=2"' in read(client, "/stories/")


@pytest.mark.parametrize("page", ["0", "99", "x", ""])
def test_an_odd_page_number_shows_a_page_that_exists(client: Client, stories: StoryIndexPage, page: str) -> None:
    make_story(stories, title="Only one")
    assert "Only one" in read(client, f"/stories/?page={page}")


def test_the_list_narrows_to_a_topic(client: Client, story: StoryPage) -> None:
    html = read(client, "/stories/?topic=ketamine")
    assert "An older story" in html
    assert "A newer story" not in html


def test_an_unknown_topic_is_not_found(client: Client, story: StoryPage) -> None:
    assert client.get("/stories/?topic=nothing").status_code == 404


def test_an_author_page_lists_the_authors_stories(client: Client, story: StoryPage) -> None:
    html = read(client, "/ada-quist/")
    assert "Ketamine: what is known" in html
    assert "A newer story" not in html


def test_a_page_of_its_own_shows_its_body(client: Client, home: HomePage) -> None:
    body = [("heading", {"text": "Who we are", "level": "2"}), ("text", "<p>Few people [1].</p>")]
    home.add_child(instance=StandardPage(title="About", slug="about", body=body, show_in_menus=True))
    html = read(client, "/about/")
    assert "Few people [1]." in html
    assert '<a href="/about/" aria-current="page">About</a>' in html


def test_a_private_story_is_in_no_list(client: Client, story: StoryPage) -> None:
    PageViewRestriction.objects.create(page=Page.objects.get(pk=story.pk), restriction_type="login")
    for path in ("/", "/stories/", "/ada-quist/", "/search/?q=ketamine", "/feeds/stories.rss", "/sitemap.xml"):
        assert "/stories/ketamine/" not in read(client, path)
    assert client.get("/stories/ketamine/").status_code == 302


def test_what_is_open_to_all_is_what_wagtail_calls_public(story: StoryPage, home: HomePage) -> None:
    other = home.add_child(instance=StoryIndexPage(title="Members", slug="members"))
    make_story(other)
    for page in (other, story):
        PageViewRestriction.objects.create(page=Page.objects.get(pk=page.pk), restriction_type="login")
    assert set(StoryPage.objects.open_to_all()) == set(StoryPage.objects.public())
    assert StoryPage.objects.open_to_all().count() == 2


def test_a_draft_is_not_found(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, live=False, slug="draft")
    assert client.get("/stories/draft/").status_code == 404


def test_no_page_loads_anything_from_elsewhere(client: Client, story: StoryPage) -> None:
    for path in ("/", "/stories/", "/stories/ketamine/", "/ada-quist/", "/search/?q=x", "/nowhere/"):
        html = client.get(path).content.decode()
        loaded = re.findall(r'<(?:img|script|iframe|source|video|audio)\b[^>]*?\s(?:src|srcset)="([^"]+)"', html)
        loaded += re.findall(r'<link rel="(?:stylesheet|preload|icon)" href="([^"]+)"', html)
        assert len(loaded) >= 4
        assert [address for address in loaded if not address.startswith("/") or address.startswith("//")] == []
        assert "style=" not in html


def test_pages_tell_the_browser_to_load_nothing_from_elsewhere(client: Client, story: StoryPage) -> None:
    policy = client.get("/stories/ketamine/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "script-src" not in policy or "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_a_missing_page_says_so_in_the_publications_frame(client: Client, home: HomePage) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "This page isn’t here" in response.content.decode()


def test_a_missing_page_of_an_unknown_site_still_answers(client: Client, db: None) -> None:
    assert client.get("/nowhere/").status_code == 404


def test_a_failure_has_a_page_that_needs_nothing_else(rf: Any) -> None:
    from django.views.defaults import server_error

    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content
