"""What search engines are told about a story: schema.org `Article` and `MedicalWebPage`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.html import strip_tags

from blog import reading
from core.addresses import absolute

if TYPE_CHECKING:
    from blog.models import AuthorPage, Correction, Reference, StoryPage
    from core.models import PublicationSettings

#: Degrees that make a person a physician; psychologists and nurses are persons with a credential.
PHYSICIANS = re.compile(
    r"(?<!\w)(?:MD|M\.D\.|DO|D\.O\.|MBBS|MBChB|MB BS|MB ChB|BMBS|FRCPsych|MRCPsych|Dr\. med\.)(?!\w)"
)


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """Whatever a story doesn't have is left out, as schema.org asks."""
    return {key: value for key, value in found.items() if value}


def person(author: AuthorPage) -> dict[str, Any]:
    """https://schema.org/Person, of a physician https://schema.org/Physician too."""
    credential = author.credential
    return _told(
        {
            "@type": ["Person", "Physician"] if PHYSICIANS.search(credential) else "Person",
            "name": author.title,
            "honorificSuffix": credential,
            "jobTitle": author.role,
            "url": author.absolute_url,
            "hasCredential": {"@type": "EducationalOccupationalCredential", "name": author.licence}
            if author.licence
            else None,
        }
    )


def work(reference: Reference) -> dict[str, Any]:
    """A cited source: https://schema.org/ScholarlyArticle where a journal's register knows it."""
    numbers = (("doi", reference.doi), ("pmid", reference.pmid))
    return _told(
        {
            "@type": "ScholarlyArticle" if reference.doi or reference.pmid else "CreativeWork",
            "name": reference.text,
            "url": reference.link,
            "identifier": [
                {"@type": "PropertyValue", "propertyID": name, "value": value} for name, value in numbers if value
            ],
        }
    )


def questions(story: StoryPage) -> list[dict[str, Any]]:
    """The story's FAQ, so that an answer can be shown with its question."""
    items = (item for block in story.body.blocks_by_name("faq") for item in block.value["items"])
    return [
        {
            "@type": "Question",
            "name": str(item["question"]),
            "acceptedAnswer": {"@type": "Answer", "text": strip_tags(item["answer"].source)},
        }
        for item in items
    ]


def trail(story: StoryPage) -> dict[str, Any]:
    """Where the story stands in the publication (https://schema.org/BreadcrumbList)."""
    # The root of all pages has no address; what is cut off a story's path at the end gives its ancestors' addresses.
    above = story.get_ancestors().filter(depth__gt=1).values_list("title", "url_path")
    pages = [(title, story.absolute_url[: -len(story.url_path) + len(path)]) for title, path in above]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate([*pages, (story.title, story.absolute_url)], start=1)
        ],
    }


def policy_address(publication: PublicationSettings) -> str:
    page = publication.editorial_policy_page
    return absolute(page.url) if page is not None and page.url else ""


def publisher(publication: PublicationSettings) -> dict[str, Any]:
    return _told(
        {
            "@type": "Organization",
            "name": publication.name,
            "url": absolute("/"),
            "publishingPrinciples": policy_address(publication),
        }
    )


def correction_comment(correction: Correction) -> dict[str, Any]:
    return {
        "@type": "CorrectionComment",
        "text": correction.text,
        "datePublished": correction.made_on.isoformat(),
    }


def story_document(story: StoryPage, *, publication: PublicationSettings, image_url: str = "") -> dict[str, Any]:
    """The JSON-LD document (https://schema.org/MedicalWebPage).

    Args:
        image_url: of the picture that stands for the story, absolute or a path of ours.
    """
    dates = {
        "datePublished": story.display_date,
        "dateModified": story.updated_on or story.display_date,
        "lastReviewed": story.reviewed_on,
    }
    words = reading.count_words(story.body)
    return _told(
        {
            "@context": "https://schema.org",
            "@type": ["Article", "MedicalWebPage"],
            "headline": story.title,
            "description": story.search_description or story.standfirst,
            "url": story.absolute_url,
            "mainEntityOfPage": story.absolute_url,
            "image": absolute(image_url) if image_url.startswith("/") else image_url,
            "author": person(story.author) if story.author else None,
            "reviewedBy": person(story.reviewer) if story.reviewer else None,
            "publisher": publisher(publication),
            "audience": {"@type": "MedicalAudience", "audienceType": "Patient"},
            "inLanguage": "en",
            "isAccessibleForFree": True,
            "wordCount": words,
            "timeRequired": f"PT{reading.minutes(words)}M",
            "keywords": [topic.name for topic in story.topics.all()],
            "isPartOf": {"@type": "CreativeWorkSeries", "name": story.series.name} if story.series else None,
            "citation": [work(reference) for reference in story.references.all()],
            "correction": [correction_comment(correction) for correction in story.corrections.all()],
            "hasPart": questions(story),
            "breadcrumb": trail(story) if story.absolute_url else None,
            **{name: day.isoformat() for name, day in dates.items() if day},
        }
    )
