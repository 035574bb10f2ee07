"""The welcome: one mail to somebody who has just confirmed, with what to expect and the latest stories."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from blog.models import StoryPage
from core.models import PublicationSettings
from newsletter.audience.mails import Kind, language_of, letter, queue_letter
from newsletter.audience.reader import token_for
from newsletter.audience.rich_text import for_mail
from newsletter.models import Frequency, Newsletter, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blog.models import Topic

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    title: str
    standfirst: str
    url: str


def welcome(subscription: Subscription, *, now: datetime) -> None:
    """Queue it, if the newsletter has one. Whatever is wrong with it, the reader stays confirmed."""
    if not subscription.newsletter.welcomes:
        return
    try:
        with transaction.atomic():
            _queue(subscription, now=now)
    except Exception:
        logger.exception("the welcome of subscription %s could not be made", subscription.pk)


def preview(newsletter: Newsletter) -> tuple[str, str, str]:
    """(subject, HTML, plain text) as a reader of every story and topic would get it; its links lead nowhere."""
    with translation.override(newsletter.language):
        subject = subject_of(newsletter)
        html, text = letter(
            Kind.WELCOME,
            subject,
            newsletter=newsletter,
            publication=PublicationSettings.of_default_site(),
            base_url=settings.BASE_URL,
            **_context(newsletter, Frequency.EACH_STORY, (), token="preview"),  # noqa: S106 - opens nothing
        )
    return subject, html, text


def subject_of(newsletter: Newsletter) -> str:
    return newsletter.welcome_subject or _("Welcome to %(newsletter)s") % {"newsletter": newsletter.name}


def _queue(subscription: Subscription, *, now: datetime) -> None:
    newsletter, token = subscription.newsletter, token_for(subscription)
    with language_of(subscription):
        context = _context(newsletter, Frequency(subscription.frequency), list(subscription.topics.all()), token=token)
        queue_letter(
            Kind.WELCOME,
            subscription,
            subject_of(newsletter),
            base_url=settings.BASE_URL,
            now=now,
            unsubscribe_url=context["leave"],
            **context,
        )


def _context(newsletter: Newsletter, frequency: Frequency, topics: Sequence[Topic], *, token: str) -> dict[str, Any]:
    html, text = for_mail(newsletter.welcome_text, base_url=settings.BASE_URL)
    link, leave = (
        urljoin(settings.BASE_URL, reverse(f"newsletter:{name}", args=[token]))
        for name in ("preferences", "unsubscribe")
    )
    return {
        "words": html,
        "plain_words": text,
        "frequency": frequency,
        "stories": latest(newsletter.welcome_stories, topics),
        "link": link,
        "leave": leave,
    }


def latest(count: int, topics: Sequence[Topic]) -> list[StoryLine]:
    """The newest stories that anybody may read; those on the reader's topics, as far as there are any."""
    if not count:
        return []
    public = StoryPage.objects.for_readers().defer_streamfields()
    stories = list(public.on_any_of(topics)[:count]) if topics else []
    return [_line(story) for story in stories or public[:count]]


def _line(story: StoryPage) -> StoryLine:
    parts = story.get_url_parts()
    path = parts[2] if parts and parts[2] else ""
    return StoryLine(title=story.title, standfirst=story.standfirst, url=urljoin(settings.BASE_URL, path))
