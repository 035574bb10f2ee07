"""What an editor does to many readers at once: in batches that commit, so that others write in between."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from newsletter.audience.confirm import CONFIRM_WITHIN
from newsletter.audience.erase import erase
from newsletter.audience.hooks import announce
from newsletter.audience.sign_ups import request_mail_again, request_sign_up
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    Frequency,
    HookEndpoint,
    HookEvent,
    Newsletter,
    Subscriber,
    Subscription,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import QuerySet

#: Subscriptions per transaction.
BATCH = 500
#: The stated basis of asking somebody who is on the list and was never asked from here.
NEVER_ASKED = "on the list, asked to confirm by an editor"


def open_subscriptions(readers: QuerySet[Subscriber], newsletter: Newsletter | None = None) -> QuerySet[Subscription]:
    """Subscriptions of these readers that have not ended, of one newsletter or of all."""
    found = Subscription.objects.filter(subscriber__in=readers.order_by()).exclude(state=SubscriptionState.ENDED)
    return found.filter(newsletter=newsletter) if newsletter else found


def end_all(
    subscriptions: QuerySet[Subscription], *, detail: str, source: str, by: AbstractBaseUser, now: datetime
) -> int:
    """End them by an editor's decision, with the evidence for each; returns how many.

    The same as `audience.end.end` for each of them, in four statements per batch. One that ends in another way
    meanwhile is left as it is.

    Args:
        detail: how the readers asked for it. No address.
    """
    count = 0
    open_ones = subscriptions.exclude(state=SubscriptionState.ENDED).order_by("pk")
    ids = list(open_ones.values_list("pk", flat=True))
    for first in range(0, len(ids), BATCH):
        count += _end_batch(ids[first : first + BATCH], detail=detail, source=source, by=by, now=now)
    return count


@transaction.atomic
def _end_batch(ids: list[int], *, detail: str, source: str, by: AbstractBaseUser, now: datetime) -> int:
    locked = Subscription.objects.select_for_update(of=["self"]).select_related("subscriber", "newsletter")
    found = list(locked.filter(pk__in=ids).exclude(state=SubscriptionState.ENDED))
    Subscription.objects.filter(pk__in=[subscription.pk for subscription in found]).update(
        state=SubscriptionState.ENDED, ended_reason=EndReason.BY_EDITOR, ended_at=now
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subscription=subscription,
            kind=ConsentKind.ENDED,
            source=source[:200],
            at=now,
            detail=detail[:300],
            by_id=by.pk,
        )
        for subscription in found
    )
    if HookEndpoint.objects.filter(active=True).exists():
        for subscription in found:
            subscription.state, subscription.ended_reason = SubscriptionState.ENDED, EndReason.BY_EDITOR
            announce(HookEvent.UNSUBSCRIBED, subscription, now=now)
    return len(found)


def erase_all(readers: QuerySet[Subscriber], *, now: datetime) -> int:
    """Erase each of them, every one in a transaction of its own; returns how many."""
    count = 0
    for pk in list(readers.order_by("pk").values_list("pk", flat=True)):
        for reader in Subscriber.objects.filter(pk=pk):
            erase(reader, now=now)
            count += 1
    return count


def ask_again(readers: QuerySet[Subscriber], *, source: str, by: AbstractBaseUser, now: datetime) -> int:
    """Have the mail sent again that asks to confirm, to each reader who has not; returns to how many at most.

    Whoever was asked within the time that the link works gets the same mail: no new request is recorded. Others, such
    as imported ones whom nobody has asked yet, are asked as if an editor had added them. The limits per address hold.
    """
    pending = Subscription.objects.pending().filter(subscriber__in=readers.order_by())
    asked = ConsentEvent.objects.filter(
        subscription=OuterRef("pk"), kind=ConsentKind.REQUESTED, at__gt=now - CONFIRM_WITHIN
    )
    again = set(pending.filter(Exists(asked)).values_list("subscriber__email", flat=True))
    for email in sorted(again):
        request_mail_again(email=email, source=source, ip="", now=now, by_id=by.pk)
    unasked = pending.exclude(subscriber__email__in=again).select_related("subscriber", "newsletter")
    for subscription in unasked.prefetch_related("topics").order_by("pk"):
        request_sign_up(
            subscription.newsletter,
            email=subscription.subscriber.email,
            frequency=Frequency(subscription.frequency),
            topics=subscription.topics.all(),
            source=source,
            ip="",
            wording="",
            now=now,
            basis=NEVER_ASKED,
            by_id=by.pk,
        )
        again.add(subscription.subscriber.email)
    return len(again)
