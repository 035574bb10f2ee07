"""Readers, stories and campaigns that fit them, and what each reader was sent, for tests."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

from django.utils import timezone

from blog.models import StoryIndexPage, StoryPage, Topic
from newsletter.backends import memory
from newsletter.delivery import store
from newsletter.delivery.freeze import freeze
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.stopping import Stop
from newsletter.models import Campaign, Newsletter, Subscription
from tests.factories import make_story, make_subscription
from tests.factories_delivery import NOON, make_fitting_campaign


def story(index: StoryIndexPage, slug: str, *topics: Topic) -> StoryPage:
    made = make_story(index, title=slug, slug=slug)
    made.topics.set(topics)
    made.save()
    return made


def reader(newsletter: Newsletter, name: str, *topics: Topic, **fields: Any) -> Subscription:
    made = make_subscription(newsletter, f"{name}@example.com", **fields)
    made.topics.set(topics)
    return made


def frozen(newsletter: Newsletter, *stories: StoryPage, **fields: Any) -> Campaign:
    campaign = make_fitting_campaign(newsletter, stories, **fields)
    assert freeze(campaign, now=NOON)
    campaign.refresh_from_db()
    return campaign


def send() -> dict[str, str]:
    """Send what is open; what each reader's mail holds, by name."""
    memory.outbox.clear()
    send_waiting("worker", stop=Stop(), clock=timezone.now)
    return {envelope.recipient.partition("@")[0]: stories_in(envelope.content) for envelope in memory.outbox}


def stories_in(content: bytes) -> str:
    message: Any = message_from_bytes(content, policy=policy.default)
    html, text = (re.findall(r"\[([\w-]+)\]", message.get_body((kind,)).get_content()) for kind in ("html", "plain"))
    assert html == text
    return " ".join(html)


def done(campaign: Campaign) -> None:
    assert store.complete(campaign.pk, now=NOON)
