"""Confirming a subscription: the reader pressed the button on the page behind the mailed link."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from newsletter.audience.consent import record
from newsletter.audience.hooks import announce
from newsletter.audience.suppression import lift
from newsletter.audience.welcome import welcome
from newsletter.audience.wording import version_for
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.engine.tokens import ExpiredTokenError, read_confirm_token
from newsletter.models import ConsentKind, HookEvent, Subscription
from newsletter.models.keys import key_ring

#: As long as the link works; a sign-up that was not confirmed by then is purged.
CONFIRM_WITHIN = timedelta(days=7)


def asked_for(token: str, *, now: datetime) -> Subscription:
    """The subscription that the link is about; changes nothing.

    Raises:
        ExpiredTokenError: too late, or the sign-up is gone (purged, erased) or was ended since.
        TokenError: altered, or made for another purpose.
    """
    subscription_id = read_confirm_token(token, now=now, ring=key_ring())
    found = Subscription.objects.select_related("newsletter", "subscriber").filter(pk=subscription_id).first()
    if found is None or found.state == SubscriptionState.ENDED:
        raise ExpiredTokenError("This link has expired.")
    return found


def confirm(token: str, *, source: str, ip: str, now: datetime) -> Subscription:
    """Turn a pending subscription into a confirmed one, keep the evidence and queue the welcome.

    Pressing twice, or in two tabs at once, confirms once: the second finds nothing pending and leaves no second event.
    It is the fresh opt-in that takes an address off the suppression list: nothing else proves the mailbox.

    Args:
        source: path of the page, without its query and without the token.

    Raises:
        ExpiredTokenError: too late, or the sign-up is gone (purged, erased) or was ended since.
        TokenError: altered, or made for another purpose.
    """
    with transaction.atomic():
        subscription = asked_for(token, now=now)
        won = (
            Subscription.objects.pending()
            .filter(pk=subscription.pk)
            .update(
                state=SubscriptionState.CONFIRMED, confirmed_at=now, ended_reason="", ended_at=None, left_because=""
            )
        )
        if won:
            shown = version_for(subscription.newsletter)
            record(subscription, ConsentKind.CONFIRMED, source=source, now=now, ip=ip, wording=shown)
            lift(subscription.subscriber.email)
        confirmed = asked_for(token, now=now)
        if won:
            announce(HookEvent.SUBSCRIBED, confirmed, now=now)
            welcome(confirmed, now=now)
        return confirmed
