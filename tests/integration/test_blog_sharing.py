"""Cards, linked data, promoted results: what others are told about a story."""

from __future__ import annotations

import datetime
import io
import json
import re
from typing import Any

from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.models import PageViewRestriction

from blog.models import Correction, HomePage, Reference, StoryIndexPage, StoryPage
from tests.factories import make_author, make_story
from tests.stages import stage

#: Which properties schema.org gives to each type that we name, with those of the types above it (checked at
#: https://schema.org, version 29).
THING = {"name", "description", "url", "image", "identifier", "mainEntityOfPage"}
WORK = THING | {
    "author", "publisher", "audience", "inLanguage", "isAccessibleForFree", "wordCount", "timeRequired", "keywords",
    "isPartOf", "citation", "correction", "hasPart", "datePublished", "dateModified", "headline", "text",
}  # fmt: skip
KNOWN = {
    "Article": WORK | {"wordCount"},
    "MedicalWebPage": WORK | {"lastReviewed", "reviewedBy", "breadcrumb"},
    "Person": THING | {"honorificSuffix", "jobTitle", "hasCredential"},
    "Physician": THING,
    "EducationalOccupationalCredential": WORK,
    "Organization": THING | {"publishingPrinciples"},
    "MedicalAudience": THING | {"audienceType"},
    "CreativeWorkSeries": WORK,
    "ScholarlyArticle": WORK,
    "CreativeWork": WORK,
    "PropertyValue": THING | {"propertyID", "value"},
    "CorrectionComment": WORK,
    "Question": WORK | {"acceptedAnswer"},
    "Answer": WORK,
    "BreadcrumbList": THING | {"itemListElement"},
    "ListItem": THING | {"position", "item"},
}


def unknown(node: Any) -> list[str]:
    """Types and properties of a document that schema.org doesn't have, such as `Person.degree`."""
    if isinstance(node, list):
        return [found for item in node for found in unknown(item)]
    if not isinstance(node, dict):
        return []
    types = node["@type"] if isinstance(node["@type"], list) else [node["@type"]]
    allowed = set().union(*(KNOWN[name] for name in types))
    here = [f"{types}.{name}" for name in node if not name.startswith("@") and name not in allowed]
    return [*here, *(found for value in node.values() for found in unknown(value))]


@stage
def story(home: HomePage, stories: StoryIndexPage) -> StoryPage:
    author = make_author(home, licence="Massachusetts 12345", role="Psychiatrist")
    found = make_story(
        stories,
        live=False,
        title="Sleep </script> & mood",
        slug="sleep",
        author=author,
        reviewer=author,
        published_on=datetime.date(2026, 9, 1),
        reviewed_on=datetime.date(2026, 9, 2),
        body=[("text", "<p>Insomnia is treatable.</p>")],
    )
    found.references = [Reference(text="Morin CM. Insomnia.", doi="10.1016/x"), Reference(text="A book.")]
    found.corrections = [Correction(made_on=datetime.date(2026, 9, 3), text="A number was wrong.")]
    found.save_revision().publish()
    found.refresh_from_db()
    return found


def page(client: Client, address: str = "/stories/sleep/") -> str:
    return client.get(address).content.decode()


def document(client: Client) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page(client), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_linked_data_uses_only_what_schema_org_has(client: Client, story: StoryPage) -> None:
    assert unknown(document(client)) == []


def test_the_check_of_linked_data_finds_what_is_unknown() -> None:
    assert unknown({"@type": "Person", "degree": "MD"}) == ["['Person'].degree"]


def test_the_linked_data_tells_who_wrote_reviewed_and_corrected_it(client: Client, story: StoryPage) -> None:
    found = document(client)
    assert found["@type"] == ["Article", "MedicalWebPage"]
    assert found["author"]["@type"] == ["Person", "Physician"]
    assert found["reviewedBy"]["name"] == "Dr. Ada Quist"
    assert found["headline"] == "Sleep </script> & mood"
    assert found["correction"][0]["datePublished"] == "2026-09-03"
    assert [work["@type"] for work in found["citation"]] == ["ScholarlyArticle", "CreativeWork"]
    assert [place["item"] for place in found["breadcrumb"]["itemListElement"]] == [
        "https://testserver/", "https://testserver/stories/", "https://testserver/stories/sleep/",
    ]  # fmt: skip


def card_address(client: Client) -> str:
    found = re.search(r'property="og:image" content="https://testserver([^"]+)"', page(client))
    assert found
    return found[1]


def test_a_story_is_shared_with_a_card_of_its_title(client: Client, story: StoryPage) -> None:
    response = client.get(card_address(client))
    assert response.headers["Content-Type"] == "image/png"
    assert "immutable" in response.headers["Cache-Control"]
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (1200, 630)


def test_a_card_is_drawn_once_and_anew_for_a_new_title(client: Client, story: StoryPage) -> None:
    first = card_address(client)
    client.get(first)
    client.get(first)
    story.title = "Another title"
    story.save_revision().publish()
    second = card_address(client)
    assert second != first
    assert client.get(second).status_code == 200
    assert client.get(first).status_code == 404
    assert len(default_storage.listdir(f"cards/{story.pk}")[1]) == 1


def test_nobody_gets_a_card_of_what_they_may_not_read(client: Client, story: StoryPage) -> None:
    address = card_address(client)
    PageViewRestriction.objects.create(page=story, restriction_type=PageViewRestriction.LOGIN)
    assert client.get(address).status_code == 404
    story.unpublish()
    assert client.get(address).status_code == 404
    assert client.get("/cards/999999-0123456789abcdef.png").status_code == 404


def promote(query: str, **fields: Any) -> None:
    SearchPromotion.objects.create(query=Query.objects.create(query_string=query), **fields)


def test_what_editors_promote_stands_first(client: Client, home: HomePage, story: StoryPage) -> None:
    promote("bad night", page=story, description="Begin here.")
    html = page(client, "/search/?q=Bad  Night")
    assert "Chosen by the editors" in html
    assert "Begin here." in html


def test_a_promoted_page_that_is_withdrawn_is_not_shown(client: Client, story: StoryPage) -> None:
    promote("night", page=story)
    story.unpublish()
    assert "Chosen by the editors" not in page(client, "/search/?q=night")


def test_what_readers_look_for_is_not_kept(client: Client, story: StoryPage) -> None:
    page(client, "/search/?q=insomnia+of+mine")
    assert not Query.objects.exists()


def test_found_words_are_marked_and_shown_where_they_stand(client: Client, story: StoryPage) -> None:
    html = page(client, "/search/?q=insomnia")
    assert "<mark>Insomnia</mark> is treatable." in html
    assert "Sleep &lt;/script&gt; &amp; mood" in html
