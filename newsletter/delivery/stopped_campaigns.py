"""Telling an editor by mail that a campaign did not start: nobody watches a page at nine on a Sunday."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.audience.mails import NoSenderError, queue_note
from newsletter.engine.addresses import AddressError
from newsletter.issues.publication import absolute
from newsletter.models import Campaign

logger = logging.getLogger(__name__)

KIND = "campaign_stopped"


def tell(campaign: Campaign, reason: str, *, now: datetime) -> int:
    """Queue a mail to whoever scheduled it, or to all who may when that was nobody; returns how many were told."""
    context = {
        "campaign": campaign,
        "reason": reason,
        "url": absolute(reverse("newsletter_campaigns:show", args=[campaign.pk])),
        "publication": PublicationSettings.of_default_site(),
    }
    subject = _("Not sent: %(subject)s") % {"subject": " ".join(campaign.subject.split())}
    text = render_to_string(f"newsletter/mails/{KIND}.txt", context)
    told = 0
    for person in concerned(campaign):
        try:
            queue_note(KIND, person.email, subject, text, now=now)
        except (AddressError, NoSenderError) as error:
            logger.warning(
                "campaign %s: user %s could not be told that it is stopped: %s", campaign.pk, person.pk, error
            )
        else:
            told += 1
    return told


def concerned(campaign: Campaign) -> Iterator[AbstractUser]:
    """Those with an address; the one who scheduled it alone, if that person still works here."""
    by = campaign.created_by
    if by is not None and by.is_active and by.email:
        yield by
        return
    users = get_user_model().objects.with_perm(
        "newsletter.schedule_campaign", backend="django.contrib.auth.backends.ModelBackend"
    )
    yield from users.filter(is_active=True).exclude(email="").order_by("pk")
