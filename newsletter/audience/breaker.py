"""The circuit breaker of sign-ups: when confirmations flood, the rest waits until a person has looked at it.

A flood is either a program that signs up strangers to fill their mailboxes, or a good day. Nobody can tell from here,
and mailing thousands of strangers costs the publication its good name with every mail server: so what comes beyond the
hour's allowance is kept, owners are told, and one of them says what it was. Sign-ups of editors are never held.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.audience.mails import OF_SIGN_UPS, NoSenderError, queue_note
from newsletter.audience.retention import kept
from newsletter.engine.addresses import AddressError
from newsletter.models import OutgoingMail, SignUpFlood, SignUpRequest

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
#: After somebody said that they are real, no more are held for so long.
TRUSTED_FOR = timedelta(days=1)
#: Owners get one alert within it, however often the flood comes back.
ALERT_EVERY = timedelta(hours=6)


def allowance() -> int:
    """How many sign-ups are mailed in an hour, over all networks."""
    amount: int = settings.NEWSLETTER_SIGN_UPS_PER_HOUR
    return amount


def hold_back(now: datetime) -> int:
    """Judge whether it floods, and set aside what came meanwhile; returns how many may still be mailed this hour."""
    flood = open_flood()
    if flood and _is_over(flood, now):
        SignUpFlood.objects.filter(closed_at=None).update(closed_at=now)
        flood = None
    left = allowance() - _mailed(now)
    if flood is None:
        if left > 0:
            return left
        if _is_trusted(now):
            return allowance()
        if not _from_readers(now).exists():
            return 0
        flood = _open(now)
    _from_readers(now).update(flood=flood)
    return allowance()  # of editors' sign-ups, which are all that is left


def open_flood() -> SignUpFlood | None:
    return SignUpFlood.objects.filter(closed_at=None).order_by("pk").last()


def undecided() -> QuerySet[SignUpFlood]:
    """Floods of which something waits for a person, or that go on."""
    held = SignUpRequest.objects.exclude(flood=None).order_by().values("flood")
    return SignUpFlood.objects.filter(closed_at=None) | SignUpFlood.objects.filter(pk__in=held)


def let_through(flood: SignUpFlood, *, by: AbstractBaseUser, now: datetime) -> int:
    """They are real: mail them all, and hold no more for a day; returns how many."""
    with transaction.atomic():
        SignUpFlood.objects.filter(pk=flood.pk).update(let_through_at=now, decided_by=by.pk)
        SignUpFlood.objects.filter(pk=flood.pk, closed_at=None).update(closed_at=now)
        return flood.sign_ups.update(flood=None, next_attempt_at=now)


def throw_away(flood: SignUpFlood, *, by: AbstractBaseUser, now: datetime) -> int:
    """They are not: forget them, unmailed; returns how many. What still comes of an open flood is held as before."""
    with transaction.atomic():
        count, _models = flood.sign_ups.all().delete()
        SignUpFlood.objects.filter(pk=flood.pk).update(
            thrown_away=F("thrown_away") + count, thrown_away_at=now, decided_by=by.pk
        )
    return count


def forget_held(now: datetime) -> int:
    """Forget what nobody decided on for as long as a pending sign-up is kept; the flood keeps the number."""
    before = now - kept("pending_sign_ups")
    total = 0
    for flood in SignUpFlood.objects.filter(sign_ups__requested_at__lte=before).distinct():
        with transaction.atomic():
            count, _models = flood.sign_ups.filter(requested_at__lte=before).delete()
            SignUpFlood.objects.filter(pk=flood.pk).update(forgotten=F("forgotten") + count)
        total += count
    return total


def _from_readers(now: datetime) -> QuerySet[SignUpRequest]:
    return SignUpRequest.objects.filter(flood=None, by=None, next_attempt_at__lte=now)


def _mailed(now: datetime) -> int:
    return OutgoingMail.objects.filter(kind__in=OF_SIGN_UPS, created_at__gt=now - HOUR).count()


def _is_trusted(now: datetime) -> bool:
    return SignUpFlood.objects.filter(let_through_at__gt=now - TRUSTED_FOR).exists()


def _is_over(flood: SignUpFlood, now: datetime) -> bool:
    """For an hour less than half the allowance came. The half keeps it from opening and closing all the time."""
    judged_from = max(flood.opened_at, flood.thrown_away_at or flood.opened_at)
    if now - judged_from < HOUR:
        return False
    came = flood.sign_ups.filter(requested_at__gt=now - HOUR).values("email").distinct().count()
    return came < allowance() / 2


def _open(now: datetime) -> SignUpFlood:
    was_told = SignUpFlood.objects.filter(opened_at__gt=now - ALERT_EVERY).exists()
    flood = SignUpFlood.objects.create(opened_at=now)
    if not was_told:
        _alert(now)
    return flood


def _alert(now: datetime) -> None:
    """One mail to each person who may decide."""
    publication = PublicationSettings.of_default_site()
    context = {
        "publication": publication,
        "amount": allowance(),
        "link": urljoin(settings.BASE_URL, reverse("newsletter_floods:index")),
    }
    text = render_to_string("newsletter/mails/flood.txt", context)
    for person in deciders().exclude(email=""):
        try:
            queue_note("sign_ups_flood", person.email, _("Very many sign-ups"), text, now=now)
        except (NoSenderError, AddressError) as error:
            logger.warning("user %s could not be told of the flood of sign-ups: %s", person.pk, error)


def deciders() -> QuerySet[User]:
    """Who may say what a flood was: owners."""
    backend = "django.contrib.auth.backends.ModelBackend"
    return User.objects.with_perm("newsletter.change_signupflood", backend=backend)
