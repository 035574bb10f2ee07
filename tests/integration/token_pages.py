"""The pages behind tokens, each with a genuine link of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from newsletter.audience.reader import token_for
from newsletter.engine.tokens import AddressClaim, End, KeyRing, address_token, confirm_token, mailbox_token
from newsletter.models import AddressChange
from newsletter.models.keys import key_ring

if TYPE_CHECKING:
    from newsletter.models import Subscription

#: What a person can press on each page: all of it is posted at once.
EVERYTHING = {
    "act": "erase-now",
    "yes": "1",
    "less": "weekly",
    "frequency": "weekly",
    "new_email": "eve@example.com",
}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PAGES = ("confirm", "preferences", "unsubscribe", "your-data", "change-address")


def links(subscription: Subscription, *, hours: float = 1, ring: KeyRing | None = None) -> dict[str, str]:
    """The token that each page takes, by the page's name. Those that expire do so in so many hours."""
    ring, expires_at = ring or key_ring(), timezone.now() + timedelta(hours=hours)
    subscriber = subscription.subscriber
    change, _ = AddressChange.objects.get_or_create(
        subscriber=subscriber, defaults={"new_email": "ada@new.example", "expires_at": expires_at}
    )
    return {
        "confirm": confirm_token(subscription.pk, expires_at=expires_at, ring=ring),
        "preferences": token_for(subscription),
        "unsubscribe": token_for(subscription),
        "your-data": mailbox_token(subscriber.pk, subscriber.email, expires_at=expires_at, ring=ring),
        "change-address": address_token(
            AddressClaim(change_id=change.pk, end=End.OLD), expires_at=expires_at, ring=ring
        ),
    }
