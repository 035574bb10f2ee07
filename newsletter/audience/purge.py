"""Forgetting what is kept only for a while: one function a kind, each in batches that commit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from newsletter.audience.erase import erase
from newsletter.audience.importing.errors import WrongStateError
from newsletter.audience.importing.job import cancel, forget
from newsletter.audience.retention import kept
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    ImportState,
    MailchimpEvent,
    OutgoingHook,
    OutgoingHookState,
    OutgoingMail,
    OutgoingMailState,
    Subscriber,
    SubscriberExport,
    SubscriberImport,
    Subscription,
)

#: Rows per transaction: others write in between.
BATCH = 500
#: Readers forgotten per round: each is an erasure of its own, and the next round is an hour away.
READERS_PER_ROUND = 2_000
#: A signed webhook is taken for five minutes; Mailchimp repeats one that was not taken for about an hour.
REMOTE_EVENTS_KEPT = timedelta(days=2)


def purge_pending(now: datetime) -> int:
    """Forget sign-ups that nobody confirmed in time; returns how many.

    Who had unsubscribed before (and was signed up anew, perhaps by a stranger) goes back to that: the evidence of
    leaving must outlive a sign-up that came to nothing, so that no import brings the reader back.
    """
    before = now - kept("pending_sign_ups")
    asked_since = ConsentEvent.objects.filter(
        subscription=OuterRef("pk"), kind__in=[ConsentKind.REQUESTED, ConsentKind.IMPORTED], at__gt=before
    )
    stale = Subscription.objects.pending().filter(~Exists(asked_since), created_at__lte=before)
    count = 0
    while True:
        with transaction.atomic():
            batch = list(stale.select_for_update().order_by("pk")[:BATCH])
            for subscription in batch:
                _forget(subscription)
        count += len(batch)
        if len(batch) < BATCH:
            return count


def _forget(subscription: Subscription) -> None:
    if subscription.ended_at:
        Subscription.objects.filter(pk=subscription.pk).update(state=SubscriptionState.ENDED)
        return
    # Of somebody who never agreed nothing is left to prove: this evidence goes with the sign-up.
    subscription.consent_events.all().forget()
    subscriber_id = subscription.subscriber_id
    subscription.delete()
    for subscriber in Subscriber.objects.filter(pk=subscriber_id, subscriptions=None):
        subscriber.delete()


def forget_ip_hashes(now: datetime) -> int:
    """Empty the hashed client addresses of older evidence; returns how many. The evidence itself stays."""
    old = ConsentEvent.objects.filter(at__lte=now - kept("client_hashes")).exclude(ip_hash="")
    return in_batches(old, lambda batch: batch.update(ip_hash=""))


def forget_single_mails(now: datetime) -> int:
    """Delete the records of single mails that were sent or given up; returns how many."""
    settled = OutgoingMail.objects.filter(
        state__in=[OutgoingMailState.SENT, OutgoingMailState.FAILED], settled_at__lte=now - kept("single_mails")
    )
    return in_batches(settled, _delete)


def forget_former_readers(now: datetime) -> int:
    """Erase readers whose last subscription ended long ago; returns how many. A keyed hash stays."""
    before = now - kept("former_readers")
    since = Subscription.objects.filter(subscriber=OuterRef("subscriber")).filter(
        ~Q(state=SubscriptionState.ENDED) | Q(ended_at__gt=before)
    )
    left = Subscription.objects.filter(~Exists(since), state=SubscriptionState.ENDED, ended_at__lte=before)
    ids = left.order_by("subscriber").values_list("subscriber", flat=True).distinct()[:READERS_PER_ROUND]
    return sum(_erase_one_of(left, pk, now=now) for pk in list(ids))


def _erase_one_of(left: QuerySet[Subscription], pk: int, *, now: datetime) -> bool:
    with transaction.atomic():
        # Whoever signs up anew takes this row's lock as well: they are not erased meanwhile.
        subscriber = Subscriber.objects.select_for_update().filter(pk=pk).first()
        if subscriber is None or not left.filter(subscriber=subscriber).exists():
            return False
        # First under its own reason; the erasure finds it there and leaves it so.
        suppress(subscriber.email, reason=SuppressionReason.FORMER, now=now)
        erase(subscriber, now=now)
        return True


def forget_webhooks(now: datetime) -> int:
    """Delete what other programs were told, with the log of it; returns how many."""
    settled = OutgoingHook.objects.filter(
        state__in=[OutgoingHookState.SENT, OutgoingHookState.FAILED], settled_at__lte=now - kept("webhook_records")
    )
    return in_batches(settled, _delete)


def forget_exports(now: datetime) -> int:
    """Delete the records of who exported readers; returns how many."""
    return in_batches(SubscriberExport.objects.filter(at__lte=now - kept("export_records")), _delete)


def forget_address_changes(now: datetime) -> int:
    """Delete changes of address that were not agreed to in time; returns how many."""
    return in_batches(AddressChange.objects.filter(expires_at__lte=now), _delete)


def forget_remote_events(now: datetime) -> int:
    """Delete the digests of webhooks that were taken; returns how many. None is posted again after so long."""
    return in_batches(MailchimpEvent.objects.filter(at__lte=now - REMOTE_EVENTS_KEPT), _delete)


def forget_imports(now: datetime) -> int:
    """Take away the files of imports, and what was read of them; returns how many.

    One that nobody went on with is cancelled. What is at work just now is left alone.
    """
    before = now - kept("import_files")
    waiting = {ImportState.UPLOADED, ImportState.STAGED}
    abandoned = SubscriberImport.objects.filter(state__in=waiting, created_at__lte=before)
    for job in abandoned:
        with contextlib.suppress(WrongStateError):  # a person went on with it just now
            cancel(job)
    ended = SubscriberImport.objects.filter(finished_at__lte=before, forgotten_at=None)
    for job in ended:
        forget(job)
        SubscriberImport.objects.filter(pk=job.pk).update(forgotten_at=now)
    return len(ended)


def in_batches(rows: QuerySet[Any], do: Callable[[QuerySet[Any]], int]) -> int:
    """Apply `do` to some hundred rows at a time until none is left, each time in a transaction of its own.

    Args:
        do: takes its rows out of the set, by changing or deleting them; returns how many it did.
    """
    count = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            done = do(rows.filter(pk__in=ids))
        count += done
        if not done:  # somebody else did these meanwhile
            return count
    return count


def _delete(rows: QuerySet[Any]) -> int:
    ids = list(rows.values_list("pk", flat=True))
    rows.delete()
    return len(ids)
