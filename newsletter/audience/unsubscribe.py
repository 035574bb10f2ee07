"""Unsubscribing: from a page, or by the mail program (RFC 8058)."""

from __future__ import annotations

from datetime import datetime

from newsletter.audience.end import end
from newsletter.audience.reader import subscription_of
from newsletter.engine.subscriptions import EndReason
from newsletter.models import LeavingCause, Subscription


def unsubscribe(
    token: str,
    *,
    reason: EndReason,
    now: datetime,
    source: str = "/unsubscribe/",
    ip: str = "",
    cause: LeavingCause | None = None,
) -> Subscription | None:
    """End the bearer's subscription; the same answer when it had ended before.

    Args:
        cause: why, if the reader wants to say so; kept with the first answer or a later one.

    Returns:
        The ended subscription; None when there is none any more (erased, purged).

    Raises:
        TokenError: altered, guessed, or made for another purpose.
    """
    subscription = subscription_of(token)
    if subscription is None:
        return None
    end(subscription, reason=reason, source=source, now=now, ip=ip)
    if cause:
        Subscription.objects.filter(pk=subscription.pk).update(left_because=cause)
    return subscription
