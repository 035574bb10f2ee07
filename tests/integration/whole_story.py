"""A story for tests that holds every block there is, with sources, corrections, dates and a private record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from blog.models import Correction, CrisisResource, GlossaryTerm, PatientConsent, Reference, StoryPage
from tests.factories import make_author, make_story
from tests.integration.issue_samples import draw

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage

#: What no reader may ever see.
SECRETS = ("Patient 17", "The locked drawer", "She asked twice about the photo")
CITED = '<a linktype="citation" key="{}">※</a>'
SIDE_EFFECTS = {
    "columns": [
        {"type": "text", "heading": "Effect"},
        {"type": "number", "heading": "In 100 people"},
        {"type": "rich_text", "heading": "How long"},
    ],
    "rows": [
        {"values": ["Dizziness", "29.0", "<p>An hour or two [2]</p>"]},
        {"values": ["Feeling <cut> off", "27", "<p>While it is given</p>"]},
        {"values": ["Nausea", None, "<p></p>"]},
    ],
    "caption": "",
}


def make_live(story: StoryPage) -> StoryPage:
    """Put a draft before readers whatever the editorial check says: what the mail does with it is asked here."""
    StoryPage.objects.filter(pk=story.pk).update(
        live=True,
        has_unpublished_changes=False,
        live_revision=story.latest_revision,
        first_published_at=datetime(2026, 1, 4, 12, tzinfo=UTC),
    )
    found: StoryPage = StoryPage.objects.get(pk=story.pk)
    return found


def whole_story(home: HomePage, stories: StoryIndexPage, **fields: Any) -> StoryPage:
    """Every block of `StoryBody`, each once at least. Sources 3, 1 and 2 of its list are mentioned in this order."""
    CrisisResource.objects.get_or_create(country="US", name="988 Suicide & Crisis Lifeline", defaults={"phone": "988"})
    CrisisResource.objects.get_or_create(
        country="GB",
        name="Samaritans",
        defaults={"phone": "116 123", "url": "https://www.samaritans.org/", "hours": "day and night"},
    )
    term = GlossaryTerm.objects.create(term="remission", slug="remission", definition="The illness is almost gone.")
    consent = PatientConsent.objects.create(label=SECRETS[0], kept_at=SECRETS[1], note=SECRETS[2])
    other = make_story(stories, title="Sleep & mood", slug="sleep-and-mood", kind="news", standfirst="Both ways.")
    hidden = make_story(stories, title="Not for anybody yet", slug="hidden", kind="news", live=False)
    story = make_story(
        stories,
        live=False,
        **{
            "title": "Esketamine, from the first visit on",
            "slug": "from-the-first-visit",
            "standfirst": "What happens in the clinic, what it can do and what it can’t.",
            "kind": "treatment",
            "author": make_author(home),
            "hero_image": draw("evening"),
            "hero_alt": "Hills in the evening, drawn in flat colours",
            "published_on": date(2026, 1, 4),
            "reviewed_on": date(2026, 1, 3),
            "review_due_on": date(2027, 1, 3),
            "conflict_statement": "The author’s clinic offers this treatment.",
            "body": body(term, consent, [other, hidden]),
            **fields,
        },
    )
    add_sources(story)
    Correction.objects.create(story=story, made_on=date(2026, 1, 5), text="An earlier version gave a wrong dose.")
    story.save_revision()
    return make_live(story)


def add_sources(story: StoryPage) -> None:
    rows: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("aaaaaaaa", "Quist A. Six months after. Journal of Examples. 2024.", {"doi": "10.1000/after"}),
        ("bbbbbbbb", "Popova V. Flexibly dosed esketamine. Am J Psychiatry. 2019.", {"pmid": "31109201"}),
        ("cccccccc", "Label of the spray. Agency. 2025.", {"url": "https://agency.example/label/?a=1&b=2"}),
        ("dddddddd", "Never mentioned. Journal of Examples. 1999.", {}),
    )
    for order, (key, text, address) in enumerate(rows):
        Reference.objects.create(story=story, sort_order=order, key=key, text=text, **address)


def body(term: GlossaryTerm, consent: PatientConsent, related: list[StoryPage]) -> list[tuple[str, Any]]:
    picture = draw("clinic", (1200, 600))
    picture.contextual_alt_text, picture.decorative = "A chair by a window", False
    return [
        (
            "key_points",
            {
                "title": "Key points",
                "text": f"<ul><li>It is given in a clinic {CITED.format('cccccccc')}</li>"
                "<li>Somebody stays with you for two hours</li></ul>",
            },
        ),
        (
            "text",
            "<p>Some people feel <b>better within a day</b> [1]. For others nothing changes [1, 2]. Doctors speak of "
            f'<a linktype="glossary" id="{term.pk}">remission</a> when the illness is almost gone '
            f"{CITED.format('aaaaaaaa')}{CITED.format('gonegone')}; the "
            '<a href="https://www.nimh.nih.gov/health?a=1&amp;b=2">NIMH</a> explains the words, and '
            '<a href="/stories/">our stories</a> the rest.</p>'
            "<ol><li>First the questions</li><li>Then the spray</li></ol>",
        ),
        ("heading", {"text": "In the clinic", "level": "2"}),
        ("image", {"image": picture, "caption": "The room is quiet.", "credit": "Drawn for us"}),
        ("heading", {"text": "The two hours after", "level": "3"}),
        ("quote", {"text": "You can go home when the world stands still.\n\nNot before.", "source": "A nurse"}),
        ("pull_quote", {"text": "Nobody leaves alone.", "source": ""}),
        ("stat", {"figure": "7 in 10", "text": "<p>people answered to it within four weeks [2].</p>"}),
        ("regulatory_status", _regulatory_status()),
        ("benefits", {"title": "What it can do", "text": "<p>It works within days for some [2].</p>"}),
        ("risks", {"title": "Risks", "text": "<p>Dizziness is common. Blood pressure rises for an hour.</p>"}),
        ("alternatives", {"title": "What else there is", "text": "<p>Talking therapy, lithium, or waiting.</p>"}),
        ("who_should_not", {"title": "Who should not have it", "text": "<ul><li>Anybody with an aneurysm</li></ul>"}),
        ("table", {"title": "How often", "table": SIDE_EFFECTS, "note": "<p>After one dose [2].</p>"}),
        ("callout", {"tone": "note", "title": "Good to know", "text": "<p>Eat two hours before.</p>"}),
        ("callout", {"tone": "caution", "title": "Careful", "text": "<p>Don’t drive until the next day.</p>"}),
        ("patient_story", _patient_story(consent)),
        ("faq", _faq()),
        (
            "embed",
            {
                "url": "https://video.example/watch?v=1&t=2",
                "title": "A visit, filmed",
                "description": "Four minutes.",
                "poster": draw("film", (800, 450)),
            },
        ),
        ("crisis_help", {"title": "If you are in crisis", "text": "You don’t have to wait.", "country": "GB"}),
        ("signature", {"closing": "With warm regards,", "name": "Ada Quist", "credential": "MD"}),
        ("subscribe_form", {"title": "Stories by mail", "text": "Free, and over with one click."}),
        ("related_stories", {"title": "Read next", "stories": related}),
        ("references", {"title": "Sources"}),
    ]


def _regulatory_status() -> dict[str, Any]:
    return {
        "status": "approved",
        "country": "US",
        "as_of": date(2026, 1, 2),
        "text": f"<p>The agency approved it in 2019 {CITED.format('cccccccc')}.</p>",
    }


def _patient_story(consent: PatientConsent) -> dict[str, Any]:
    return {
        "name": "Maren",
        "text": "<p>She heard the birds again on the third day.</p>",
        "basis": "written",
        "consent": consent,
        "public_note": "Her name was changed.",
        "typical_result": "Most people need some weeks.",
    }


def _faq() -> dict[str, Any]:
    return {
        "title": "Questions people ask",
        "items": [
            {"question": "Does it hurt?", "answer": "<p>No. It tastes bitter.</p>"},
            {"question": "May I drive?", "answer": "<p>Not <i>that</i> day.</p>"},
        ],
    }
