"""Evidence of what a reader agreed to: one appended row per act."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from newsletter.audience.wording import CURRENT
from newsletter.engine.addresses import keyed_hash
from newsletter.models import ConsentEvent, ConsentKind, Subscription
from newsletter.models.keys import key_ring

#: Acts on a page that shows the words to agree to. A request from elsewhere (a program, an editor, the button to come
#: back) shows none: its evidence must not say so.
WITH_WORDS = frozenset({ConsentKind.REQUESTED, ConsentKind.CONFIRMED})


def record(
    subscription: Subscription,
    kind: ConsentKind,
    *,
    source: str,
    now: datetime,
    ip: str = "",
    hashed_ip: str = "",
    wording: str = CURRENT,
    detail: str = "",
    by: AbstractBaseUser | None = None,
    claimed_at: datetime | None = None,
) -> ConsentEvent:
    """Append the evidence.

    Args:
        source: path of the page, without its query and without a token; or what else it came by.
        ip: the client's address; only its keyed hash is kept, and that for a while (`purge.forget_ip_hashes`).
        hashed_ip: what `ip_hash` made of it before, where the address itself is gone.
        wording: the version of the words that were shown, where the act is one that shows any; empty for none.
        detail: the stated basis of an editor, or what changed. Never an address.
        by: who did it in the admin; nobody when the reader did it.
        claimed_at: when the reader agreed, according to another system.
    """
    return ConsentEvent.objects.create(
        subscription=subscription,
        kind=kind,
        wording=wording if kind in WITH_WORDS else "",
        source=source[:200],
        ip_hash=hashed_ip or ip_hash(ip),
        at=now,
        claimed_at=claimed_at,
        detail=detail[:300],
        by_id=by.pk if by else None,
    )


def ip_hash(ip: str) -> str:
    """`<key id>:<keyed hash>`; empty for no address."""
    if not ip:
        return ""
    key_id, key = next(key_ring().named())
    return f"{key_id}:{keyed_hash(ip, key)}"
