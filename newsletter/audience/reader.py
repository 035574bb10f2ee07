"""Whom a reader token stands for: the bearer of a link in a mail that was sent to a subscriber."""

from __future__ import annotations

from newsletter.engine.tokens import ReaderClaim, read_reader_token, reader_token
from newsletter.models import Subscription
from newsletter.models.keys import key_ring


def token_for(subscription: Subscription) -> str:
    """A token for links that did not come with a campaign."""
    claim = ReaderClaim(
        delivery_id=0, subscriber_id=subscription.subscriber_id, newsletter_id=subscription.newsletter_id
    )
    return reader_token(claim, ring=key_ring())


def subscription_of(token: str) -> Subscription | None:
    """The bearer's subscription; None once the subscriber was erased or the sign-up purged.

    Raises:
        TokenError: altered, guessed, or made for another purpose.
    """
    claim = read_reader_token(token, ring=key_ring())
    return (
        Subscription.objects.select_related("newsletter", "subscriber")
        .filter(subscriber_id=claim.subscriber_id, newsletter_id=claim.newsletter_id)
        .first()
    )
