"""Single mails to readers: what they say, and the row that the worker sends and retries."""

from __future__ import annotations

from datetime import datetime
from email.utils import make_msgid
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.engine.addresses import normalise
from newsletter.engine.message import single_message
from newsletter.models import Newsletter, OutgoingMail, Subscription


class Kind(StrEnum):
    """What a single mail is for; also the name of its two templates."""

    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"


class NoSenderError(Exception):
    """Neither the newsletter nor the publication has a sender address. The text says where to set one."""


def queue_mail(
    kind: str, recipient: str, content: bytes, *, envelope_from: str, backend: str = "default", now: datetime
) -> OutgoingMail:
    """The row of one single mail; the worker sends it within seconds and retries it.

    Args:
        content: the whole message, CRLF line ends.
        envelope_from: where bounces of it go.
    """
    return OutgoingMail.objects.create(
        kind=kind,
        backend=backend,
        envelope_from=envelope_from,
        recipient=recipient,
        content=content,
        next_attempt_at=now,
        created_at=now,
    )


def queue_confirmation(subscription: Subscription, *, token: str, base_url: str, now: datetime) -> OutgoingMail:
    """The mail that asks whether it was really them.

    It greets nobody by name: a stranger may have typed it, to have us deliver their words (security case 13).
    """
    with _language_of(subscription):
        subject = _("Please confirm: %(newsletter)s by mail") % {"newsletter": subscription.newsletter.name}
        link = urljoin(base_url, reverse("newsletter:confirm", args=[token]))
        return _queue(Kind.CONFIRMATION, subscription, subject, base_url=base_url, now=now, link=link)


def queue_already_subscribed(subscription: Subscription, *, token: str, base_url: str, now: datetime) -> OutgoingMail:
    """The mail to somebody who signs up again: all is well, and here are the preferences."""
    with _language_of(subscription):
        subject = _("You already get %(newsletter)s") % {"newsletter": subscription.newsletter.name}
        preferences, leave = (
            urljoin(base_url, reverse(f"newsletter:{name}", args=[token])) for name in ("preferences", "unsubscribe")
        )
        return _queue(
            Kind.ALREADY_SUBSCRIBED, subscription, subject, base_url=base_url, now=now, link=preferences, leave=leave
        )


def sender(newsletter: Newsletter, publication: PublicationSettings) -> tuple[str, str]:
    """(name, address in normal form) that single mails come from.

    Raises:
        NoSenderError: nobody has set one.
    """
    name, address = newsletter.sender(publication)
    if not address:
        raise NoSenderError(
            f"The newsletter {newsletter.slug!r} has no sender address: set it there, or in the publication's settings."
        )
    return name, normalise(address)


def _queue(
    kind: Kind, subscription: Subscription, subject: str, *, base_url: str, now: datetime, **links: str
) -> OutgoingMail:
    newsletter, publication = subscription.newsletter, PublicationSettings.of_default_site()
    sender_name, sender_email = sender(newsletter, publication)
    context: dict[str, Any] = {
        "newsletter": newsletter,
        "publication": publication,
        "subject": subject,
        "language": translation.get_language() or newsletter.language,
        "site_url": base_url,
        "site_name": urlsplit(base_url).netloc,
        **links,
    }
    recipient = subscription.subscriber.email
    content = single_message(
        sender_name=sender_name,
        sender_email=sender_email,
        reply_to=newsletter.reply_to,
        to=recipient,
        subject=subject,
        html=render_to_string(f"newsletter/mails/{kind}.html", context),
        text=render_to_string(f"newsletter/mails/{kind}.txt", context),
        message_id=make_msgid(domain=sender_email.partition("@")[2]),
        date=now,
        auto_submitted=True,
    )
    return queue_mail(kind, recipient, content, envelope_from=sender_email, backend=newsletter.backend, now=now)


def _language_of(subscription: Subscription) -> translation.override:
    return translation.override(subscription.subscriber.language or subscription.newsletter.language)
