"""Sign-ups on their way in: kept as rows by whatever page took them, and looked at by the worker."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from blog.models import Topic
from core.limits import Limit
from newsletter.audience.breaker import hold_back, open_flood
from newsletter.audience.consent import ip_hash
from newsletter.audience.subscribe import TooSoonError, mail_again, subscribe
from newsletter.audience.wording import CURRENT
from newsletter.engine.addresses import given_name, normalise
from newsletter.models import Frequency, Newsletter, SignUpRequest

logger = logging.getLogger(__name__)

#: How many are taken in one go; the worker comes back at once for the rest.
BATCH = 200
FOR_ONE_ADDRESS = Limit(name="address-sign-ups", amount=20, every=timedelta(hours=1))
#: After a failure: doubled with every further one, an hour at most.
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


def request_sign_up(
    newsletter: Newsletter,
    *,
    email: str,
    name: str = "",
    frequency: Frequency = Frequency.EACH_STORY,
    topics: Iterable[Topic] = (),
    language: str = "",
    source: str,
    ip: str,
    now: datetime,
    wording: str = CURRENT,
    basis: str = "",
    by_id: int | None = None,
) -> None:
    """Keep that somebody wants to be signed up; the worker mails the address within seconds.

    It looks nothing up about the address: who is known, pending, gone or suppressed costs the same, by construction
    (security case 1).

    Args:
        topics: those that were ticked; none means all.
        language: what the reader chose; empty means the newsletter's.
        source: path of the page the form stood on, without its query; or what else it came by.
        ip: the client's address, for the evidence; may be empty.
        wording: the version of the words that the form showed; empty where it came by none.
        basis: why an editor adds the reader, who still has to confirm; `by_id` is the editor's.

    Raises:
        AddressError: address or name can't be used; nothing was kept.
    """
    SignUpRequest.objects.create(
        newsletter=newsletter,
        email=normalise(email),
        name=given_name(name),
        frequency=frequency,
        topics=[topic.pk for topic in topics],
        language=language,
        source=source[:200],
        ip_hash=ip_hash(ip),
        wording=wording,
        requested_at=now,
        next_attempt_at=now,
        basis=basis[:300],
        by_id=by_id,
    )


def request_mail_again(*, email: str, source: str, ip: str, now: datetime, by_id: int | None = None) -> None:
    """Keep that somebody waits for the mail of an earlier sign-up, with the choices made then.

    Like `request_sign_up` it looks nothing up. `by_id` is the editor who asks for it on the reader's behalf.

    Raises:
        AddressError: it is no address; nothing was kept.
    """
    SignUpRequest.objects.create(
        email=normalise(email),
        source=source[:200],
        ip_hash=ip_hash(ip),
        requested_at=now,
        next_attempt_at=now,
        by_id=by_id,
    )


def take_sign_ups(now: datetime) -> int:
    """Turn what came in into pending subscriptions and their mails; returns how many were taken.

    Each is a transaction of its own. One that fails is logged and tried again later, and never holds up the others.
    """
    if open_flood() is None and not due(now).exists():
        return 0
    left = hold_back(now)
    return sum(_take(pk, now) for pk in list(due(now).values_list("pk", flat=True)[: min(left, BATCH)]))


def due(now: datetime) -> QuerySet[SignUpRequest]:
    """What can be taken now, oldest first."""
    return waiting().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def waiting() -> QuerySet[SignUpRequest]:
    """What the worker takes by itself, now or when it is tried again."""
    return SignUpRequest.objects.filter(flood=None)


def _take(pk: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            # Another worker may be at it; the one that finds it gone has nothing to do.
            sign_up = SignUpRequest.objects.select_for_update(of=["self"]).select_related("newsletter").filter(pk=pk)
            for found in sign_up:
                _settle(found, now)
                return True
            return False
    except Exception:
        logger.exception("sign-up %s could not be taken; it is tried again", pk)
        _put_off(pk, now)
        return False


def _settle(sign_up: SignUpRequest, now: datetime) -> None:
    try:
        _act(sign_up, now)
    except TooSoonError as error:
        # Of several that wait for the same mail the last one says what its reader wants.
        waiting().filter(email=sign_up.email, newsletter=sign_up.newsletter, next_attempt_at__gt=now).delete()
        SignUpRequest.objects.filter(pk=sign_up.pk).update(next_attempt_at=error.until)
    else:
        sign_up.delete()


def _act(sign_up: SignUpRequest, now: datetime) -> None:
    # Somebody filling the mailbox of a victim: the mails are limited by their own rows, this spares them the look.
    if sign_up.attempts == 0 and not FOR_ONE_ADDRESS.spend(sign_up.email, now=now):
        return
    if sign_up.newsletter is None:
        mail_again(email=sign_up.email, now=now, base_url=settings.BASE_URL)
        return
    subscribe(
        sign_up.newsletter,
        email=sign_up.email,
        name=sign_up.name,
        frequency=Frequency(sign_up.frequency),
        topics=Topic.objects.filter(pk__in=sign_up.topics),
        language=sign_up.language,
        source=sign_up.source,
        hashed_ip=sign_up.ip_hash,
        wording=sign_up.wording,
        asked_at=sign_up.requested_at,
        basis=sign_up.basis,
        by_id=sign_up.by_id,
        now=now,
        base_url=settings.BASE_URL,
    )


def _put_off(pk: int, now: datetime) -> None:
    for sign_up in SignUpRequest.objects.filter(pk=pk):
        wait = min(FIRST_RETRY * 2 ** min(sign_up.attempts, 10), LONGEST_RETRY)
        SignUpRequest.objects.filter(pk=pk).update(attempts=sign_up.attempts + 1, next_attempt_at=now + wait)
