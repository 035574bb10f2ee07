"""Mails about a reader's address and data: links that work for a short while and only for who can read the mailbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from urllib.parse import urljoin

from django.urls import reverse
from django.utils.translation import gettext as _

from newsletter.audience.mails import language_of, queue_letter
from newsletter.models import Subscription


class Kind(StrEnum):
    """What the mail is for; also the name of its two templates."""

    MAILBOX = "mailbox"  #: the link to the page for address, export and erasure
    MOVE_FROM = "move_from"  #: may we write to another address from now on?
    MOVE_TO = "move_to"  #: may we write to you here from now on?
    MOVE_KNOWN = "move_known"  #: you read here already, so nothing moves


#: They hold links that act for whoever reads the mailbox: never sent to another one.
WITH_RIGHTS = frozenset(Kind)


def queue_mailbox_link(subscription: Subscription, *, token: str, base_url: str, now: datetime) -> None:
    """The fresh link to the subscriber's own address."""
    with language_of(subscription):
        link = _link("mailbox", token, base_url)
        subject = _("Your link: change of address, your data, erasure")
        queue_letter(Kind.MAILBOX, subscription, subject, base_url=base_url, now=now, link=link)


def queue_move_from(subscription: Subscription, *, new_email: str, token: str, base_url: str, now: datetime) -> None:
    """To the mailbox that is to be left: is that right?"""
    with language_of(subscription):
        queue_letter(
            Kind.MOVE_FROM,
            subscription,
            _("Is this your new address?"),
            base_url=base_url,
            now=now,
            link=_link("change_address", token, base_url),
            new_email=new_email,
        )


def queue_move_to(subscription: Subscription, *, new_email: str, token: str, base_url: str, now: datetime) -> None:
    """To the mailbox that is to be mailed: is that right? It does not say which address is left."""
    with language_of(subscription):
        queue_letter(
            Kind.MOVE_TO,
            subscription,
            _("Shall we write to you here from now on?"),
            base_url=base_url,
            now=now,
            recipient=new_email,
            link=_link("change_address", token, base_url),
        )


def queue_move_known(subscription: Subscription, *, new_email: str, base_url: str, now: datetime) -> None:
    """To a mailbox that we know already: two readers are not made one, and how to get there all the same."""
    with language_of(subscription):
        queue_letter(
            Kind.MOVE_KNOWN,
            subscription,
            _("We know this address already"),
            base_url=base_url,
            now=now,
            recipient=new_email,
            link=urljoin(base_url, reverse("newsletter:subscribe")),
        )


def _link(page: str, token: str, base_url: str) -> str:
    return urljoin(base_url, reverse(f"newsletter:{page}", args=[token]))
