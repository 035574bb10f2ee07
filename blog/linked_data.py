"""What search engines are told about a story: schema.org `Article` and `MedicalWebPage`."""

from __future__ import annotations

from typing import Any

from blog.models import AuthorPage, StoryPage
from core.addresses import absolute
from core.models import PublicationSettings


def person(author: AuthorPage) -> dict[str, Any]:
    found = {
        "@type": "Person",
        "name": author.title,
        "honorificSuffix": author.credential,
        "jobTitle": author.role,
        "url": author.absolute_url,
    }
    return {key: value for key, value in found.items() if value}


def story_document(story: StoryPage, *, publication: PublicationSettings, image_url: str = "") -> dict[str, Any]:
    """The JSON-LD document; whatever the story doesn't have is left out, as schema.org asks.

    Properties: https://schema.org/MedicalWebPage
    """
    dates = {
        "datePublished": story.display_date,
        "dateModified": story.updated_on or story.display_date,
        "lastReviewed": story.reviewed_on,
    }
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": ["Article", "MedicalWebPage"],
        "headline": story.title,
        "description": story.search_description or story.standfirst,
        "url": story.absolute_url,
        "image": absolute(image_url) if image_url.startswith("/") else image_url,
        "author": person(story.author) if story.author else None,
        "reviewedBy": person(story.reviewer) if story.reviewer else None,
        "publisher": {"@type": "Organization", "name": publication.name},
        "citation": [source.link or source.text for source in story.sources],
        **{name: day.isoformat() for name, day in dates.items() if day},
    }
    return {key: value for key, value in found.items() if value}
