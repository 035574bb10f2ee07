"""Telling an author that a scheduled story was not published: in the page's history, and by one mail."""

from __future__ import annotations

import logging
from datetime import datetime
from email.utils import make_msgid
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from core.models import PublicationSettings
from newsletter.audience.mails import queue_mail
from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.message import MessageError, single_message
from newsletter.issues.publication import absolute

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from wagtail.models import Revision

    from blog.editorial.gate import PublishRefusedError
    from blog.models import StoryPage

logger = logging.getLogger(__name__)

KIND = "story_refused"


def refused(refusal: PublishRefusedError, revision: Revision) -> None:
    """Note the refusal in the story's history and queue the mail to its author."""
    story = refusal.story
    data = {"reason": str(refusal)}
    log(instance=story, action="rounds.publish_refused", revision=revision, data=data, content_changed=False)
    person = author(story, revision)
    if person is not None:
        queue(refusal, person, now=timezone.now())


def author(story: StoryPage, revision: Revision) -> User | None:
    """Who is told: the author's own login, else whoever wrote this version, else the page's owner; with an address."""
    signing = story.author.user if story.author else None
    return next(
        (user for user in (signing, revision.user, story.owner) if user and user.is_active and user.email), None
    )


def queue(refusal: PublishRefusedError, person: User, *, now: datetime) -> None:
    """Queue the mail; a publication without a sender address has only the history."""
    publication = PublicationSettings.of_default_site()
    context = {
        "refusal": str(refusal),
        "findings": refusal.findings,
        "story": refusal.story,
        "check_url": absolute(reverse("blog_check", args=[refusal.story.pk])),
        "publication": publication,
    }
    try:
        sender = normalise(publication.sender_email)
        content = single_message(
            sender_name=publication.sender_name or publication.name,
            sender_email=sender,
            to=normalise(person.email),
            subject=_("Not published: %(title)s") % {"title": " ".join(refusal.story.title.split())},
            text=render_to_string("newsletter/mails/story_refused.txt", context),
            message_id=make_msgid(domain=sender.partition("@")[2]),
            date=now,
            auto_submitted=True,
        )
    except (AddressError, MessageError) as error:
        logger.warning("nobody could be told of the refused story %s: %s", refusal.story.pk, error)
        return
    queue_mail(KIND, normalise(person.email), content, envelope_from=sender, now=now)
