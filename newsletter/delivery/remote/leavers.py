"""Who left through a campaign that Mailchimp sent has left here, too; who called it spam is mailed by no newsletter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from newsletter.audience.end import end
from newsletter.audience.mailchimp.newcomers import hold_the_list
from newsletter.audience.mailchimp.receive import SOURCE
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.mailchimp.answers import LeftAfter
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.delivery.remote import ledger
from newsletter.delivery.store import remote_ledger
from newsletter.engine.subscriptions import EndReason
from newsletter.models import MailchimpCampaign, Subscriber, Subscription


def end_those_who_left(remote: MailchimpCampaign, api: Mailchimp, now: datetime) -> None:
    """All that Mailchimp names; a second time changes nothing."""
    offset = 0
    while True:
        page = api.left_after(remote.remote_id, offset=offset)
        _end_page(remote, page.items, now)
        offset += page.seen
        if not page.seen or offset >= page.total:
            return


def _end_page(remote: MailchimpCampaign, left: tuple[LeftAfter, ...], now: datetime) -> None:
    """End them here, too; who confirmed here after having left there stays."""
    known = ledger.subscribers_of(remote, [(one.hash, one.email) for one in left])
    by_subscriber = {known[one.hash]: one for one in left if one.hash in known}
    sent_at = ledger.sent_at_of(remote, now)
    theirs = Subscription.objects.filter(
        newsletter_id=remote.campaign.newsletter_id, subscriber_id__in=by_subscriber
    ).select_related("subscriber")
    left_at = {pk: one.at or sent_at for pk, one in by_subscriber.items()}
    complained = [pk for pk, one in by_subscriber.items() if one.is_abuse]
    with transaction.atomic():
        hold_the_list()  # before the subscriptions, as whoever takes in what changed there
        for subscription in theirs:
            pk = subscription.subscriber_id
            if subscription.confirmed_at is None or subscription.confirmed_at <= left_at[pk]:
                reason = EndReason.COMPLAINED if by_subscriber[pk].is_abuse else EndReason.UNSUBSCRIBED
                end(subscription, reason=reason, source=SOURCE, now=now)
        _suppress(complained, left_at, now)
    remote_ledger.complain(remote.campaign_id, complained)


def _suppress(complained: Collection[int], left_at: dict[int, datetime], now: datetime) -> None:
    """For every newsletter, also where the subscription had ended before: a poll sees no complaint in who has left.

    Not who has confirmed anything since, from that mailbox.
    """
    readers = Subscriber.objects.filter(pk__in=complained).annotate(confirmed=Max("subscriptions__confirmed_at"))
    for reader in readers:
        if reader.confirmed is None or reader.confirmed <= left_at[reader.pk]:
            suppress(reader.email, reason=SuppressionReason.COMPLAINED, now=now)
