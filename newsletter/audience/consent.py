"""Evidence of what a reader agreed to: one appended row per act."""

from __future__ import annotations

from datetime import datetime

from newsletter.audience.wording import CURRENT
from newsletter.engine.addresses import keyed_hash
from newsletter.models import ConsentEvent, ConsentKind, Subscription
from newsletter.models.keys import key_ring


def record(subscription: Subscription, kind: ConsentKind, *, source: str, now: datetime, ip: str = "") -> ConsentEvent:
    """Append the evidence.

    Args:
        source: path of the page, without its query and without a token; or what else ended a subscription.
        ip: the client's address; only its keyed hash is kept, and that for a month (`purge.forget_ip_hashes`).
    """
    return ConsentEvent.objects.create(
        subscription=subscription, kind=kind, wording=CURRENT, source=source[:200], ip_hash=ip_hash(ip), at=now
    )


def ip_hash(ip: str) -> str:
    """`<key id>:<keyed hash>`; empty for no address."""
    if not ip:
        return ""
    key_id, key = next(key_ring().named())
    return f"{key_id}:{keyed_hash(ip, key)}"
