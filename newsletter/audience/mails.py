"""Single mails to readers: what they say, and the row that the worker sends and retries."""

from __future__ import annotations

from datetime import datetime
from email.utils import make_msgid
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.backends import registry
from newsletter.engine.addresses import normalise
from newsletter.engine.message import single_message
from newsletter.models import Newsletter, OutgoingMail, Subscriber, Subscription


class Kind(StrEnum):
    """What a single mail is for; also the name of its two templates."""

    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"
    WELCOME = "welcome"


#: What somebody gets who was signed up, whoever did it.
OF_SIGN_UPS = (Kind.CONFIRMATION, Kind.ALREADY_SUBSCRIBED)


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
    with language_of(subscription):
        subject = _("Please confirm: %(newsletter)s by mail") % {"newsletter": subscription.newsletter.name}
        link = urljoin(base_url, reverse("newsletter:confirm", args=[token]))
        return queue_letter(Kind.CONFIRMATION, subscription, subject, base_url=base_url, now=now, link=link)


def queue_already_subscribed(subscription: Subscription, *, token: str, base_url: str, now: datetime) -> OutgoingMail:
    """The mail to somebody who signs up again: all is well, and here are the preferences."""
    with language_of(subscription):
        subject = _("You already get %(newsletter)s") % {"newsletter": subscription.newsletter.name}
        preferences, leave = (
            urljoin(base_url, reverse(f"newsletter:{name}", args=[token])) for name in ("preferences", "unsubscribe")
        )
        return queue_letter(
            Kind.ALREADY_SUBSCRIBED, subscription, subject, base_url=base_url, now=now, link=preferences, leave=leave
        )


def sender(newsletter: Newsletter | None, publication: PublicationSettings) -> tuple[str, str]:
    """(name, address in normal form) that single mails come from; without a newsletter, the publication's own.

    Raises:
        NoSenderError: nobody has set one.
    """
    if newsletter is None:
        name, address = publication.sender_name or publication.name, publication.sender_email
        lacking = _("The publication has no sender address: set it in the publication's settings.")
    else:
        name, address = newsletter.sender(publication)
        lacking = _(
            "The newsletter %(slug)s has no sender address: set it there, or in the publication's settings."
        ) % {"slug": repr(newsletter.slug)}
    if not address:
        raise NoSenderError(lacking)
    return name, normalise(address)


def queue_letter(
    kind: str,
    to: Subscription | Subscriber,
    subject: str,
    *,
    base_url: str,
    now: datetime,
    recipient: str = "",
    unsubscribe_url: str = "",
    **context: Any,
) -> OutgoingMail:
    """Queue a mail made of the templates `newsletter/mails/<kind>.html` and `.txt`.

    Call it within `language_of`, which also translates the subject.

    Args:
        to: of a subscription the mail comes from its newsletter, of a subscriber from the publication.
        recipient: another mailbox than the subscriber's own, in its normal form.
        unsubscribe_url: for mails that go on until the reader says stop (RFC 8058).
        context: what the templates need beside the publication, the newsletter (or None) and the subject.

    Raises:
        NoSenderError: nobody has set a sender address.
    """
    newsletter = to.newsletter if isinstance(to, Subscription) else None
    address = recipient or (to.subscriber.email if isinstance(to, Subscription) else to.email)
    publication = PublicationSettings.of_default_site()
    sender_name, sender_email = sender(newsletter, publication)
    html, text = letter(kind, subject, newsletter=newsletter, publication=publication, base_url=base_url, **context)
    content = single_message(
        sender_name=sender_name,
        sender_email=sender_email,
        reply_to=newsletter.reply_to if newsletter else "",
        to=address,
        subject=subject,
        html=html,
        text=text,
        message_id=make_msgid(domain=sender_email.partition("@")[2]),
        date=now,
        auto_submitted=True,
        unsubscribe_url=unsubscribe_url,
    )
    backend = registry.for_single_mails(newsletter.backend) if newsletter else registry.DEFAULT
    return queue_mail(kind, address, content, envelope_from=sender_email, backend=backend, now=now)


def queue_note(kind: str, to: str, subject: str, text: str, *, now: datetime) -> OutgoingMail:
    """Queue a plain mail from the publication to somebody who works for it.

    Raises:
        AddressError: `to` is no address.
        NoSenderError: the publication has no sender address.
    """
    sender_name, sender_email = sender(None, PublicationSettings.of_default_site())
    content = single_message(
        sender_name=sender_name,
        sender_email=sender_email,
        to=normalise(to),
        subject=subject,
        text=text,
        message_id=make_msgid(domain=sender_email.partition("@")[2]),
        date=now,
        auto_submitted=True,
    )
    return queue_mail(kind, normalise(to), content, envelope_from=sender_email, now=now)


def letter(
    kind: str,
    subject: str,
    *,
    newsletter: Newsletter | None,
    publication: PublicationSettings,
    base_url: str,
    **context: Any,
) -> tuple[str, str]:
    """What the mail says, as HTML and as plain text."""
    whole: dict[str, Any] = {
        "newsletter": newsletter,
        "publication": publication,
        "subject": subject,
        "language": translation.get_language() or (newsletter.language if newsletter else settings.LANGUAGE_CODE),
        "site_url": base_url,
        "site_name": urlsplit(base_url).netloc,
        **context,
    }
    return (
        render_to_string(f"newsletter/mails/{kind}.html", whole),
        render_to_string(f"newsletter/mails/{kind}.txt", whole),
    )


def language_of(to: Subscription | Subscriber) -> translation.override:
    """The language in which somebody is written to: their own choice, else the newsletter's, else the site's."""
    if isinstance(to, Subscription):
        return translation.override(to.subscriber.language or to.newsletter.language)
    return translation.override(to.language or settings.LANGUAGE_CODE)
