"""Campaigns for tests of the delivery: frozen from a small message, without the editor's part."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from blog.models import StoryPage
from newsletter.delivery.freeze import freeze
from newsletter.engine.message import Headers, Slot, compile_message, markers
from newsletter.models import Campaign, CampaignStory, Delivery, Issue, Newsletter

#: Monday noon; tests that need a clock begin here.
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

_numbers = itertools.count(1)


def compiled_message(subject: str = "What makes the rounds", *, kilobytes: int = 0) -> bytes:
    """A campaign's message with every slot in it, dumped; at least so large."""
    filler = "<p>Words that nobody reads.</p>\r\n" * (32 * kilobytes)
    slots = markers(b"sixteen bytes or more")
    html = (
        f"<!doctype html><html><body><p>Dear {slots.html(Slot.NAME)},</p>{filler}"
        f'<p><a href="{slots.url(Slot.UNSUBSCRIBE_URL)}">Unsubscribe</a> '
        f'<a href="{slots.url(Slot.PREFERENCES_URL)}">Preferences</a></p></body></html>'
    )
    text = f"Dear {slots.text(Slot.NAME)},\n\n{slots.text(Slot.UNSUBSCRIBE_URL)}\n"
    headers = Headers(
        subject=subject,
        sender_name="Rounds",
        sender_email="editor@rounds.example",
        list_id="rounds.rounds.example",
        feedback_id="issue-1:rounds:newsletter:rounds-example",
    )
    return compile_message(headers=headers, html=html, text=text, markers=slots, nameless="reader").dump()


def compiled_stories(stories: Sequence[StoryPage], *, kilobytes: int = 0) -> bytes:
    """A message with a section for each story, which says `[its slug]`; dumped."""
    slots = markers(b"sixteen bytes or more")
    html, text = "<!doctype html><html><body>\n", f"Dear {slots.text(Slot.NAME)},\n\n"
    for place, story in enumerate(stories):
        begin, end = slots.section([place])
        filler = "<p>Words that nobody reads.</p>\r\n" * (32 * kilobytes)
        html += f"{begin}<p>[{story.slug}]</p>\n{filler}{end}"
        text += f"{begin}[{story.slug}]\n{end}"
    html += f'<p><a href="{slots.url(Slot.UNSUBSCRIBE_URL)}">Unsubscribe</a></p></body></html>\n'
    headers = Headers(
        subject="Stories",
        sender_name="Rounds",
        sender_email="editor@rounds.example",
        list_id="rounds.rounds.example",
        feedback_id="issue-1:rounds:newsletter:rounds-example",
    )
    text += f"{slots.text(Slot.UNSUBSCRIBE_URL)}\n"
    return compile_message(headers=headers, html=html, text=text, markers=slots, nameless="reader").dump()


def make_fitting_campaign(
    newsletter: Newsletter, stories: Sequence[StoryPage], *, kilobytes: int = 0, **fields: Any
) -> Campaign:
    """A scheduled campaign of these stories that goes to each reader without what this reader does not need."""
    compiled = compiled_stories(stories, kilobytes=kilobytes)
    campaign = make_campaign(newsletter, **{"compiled": compiled, "fits_reader": True, **fields})
    CampaignStory.objects.bulk_create(CampaignStory(campaign=campaign, story=story) for story in stories)
    return campaign


def make_campaign(newsletter: Newsletter, **fields: Any) -> Campaign:
    """A scheduled campaign whose instant has just come."""
    number = next(_numbers)
    issue = Issue.objects.create(newsletter=newsletter, subject=f"Issue {number}")
    given: dict[str, Any] = {
        "issue": issue,
        "newsletter": newsletter,
        "key": f"{issue.pk}:0",
        "revision": number,
        "subject": issue.subject,
        "compiled": compiled_message(issue.subject),
        "web_html": "<p>For the archive</p>",
        "scheduled_at": NOON,
        "time_zone": "America/New_York",
        "backend": "memory",
    }
    return Campaign.objects.create(**{**given, **fields})


def make_sending_campaign(newsletter: Newsletter, *, now: datetime = NOON, **fields: Any) -> Campaign:
    """A campaign whose audience is frozen: the confirmed subscriptions there are."""
    campaign = make_campaign(newsletter, **{"scheduled_at": now - timedelta(seconds=1), **fields})
    assert freeze(campaign, now=now)
    return campaign


def states(campaign: Campaign) -> list[str]:
    """The states of its deliveries, in the order in which the audience was frozen."""
    return list(Delivery.objects.filter(campaign=campaign).order_by("pk").values_list("state", flat=True))
