"""Which of the site's keys is still needed: what would be lost without it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from newsletter.models import Suppression
from newsletter.models.keys import key_ring


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """One key, by the id that stands beside each hash. `suppressions` were put on the list under it."""

    key_id: str
    is_known: bool  #: on the ring: what was sealed or hashed with it still opens and is still found
    is_newest: bool
    suppressions: int


def keys_in_use() -> list[KeyUse]:
    """The keys of the ring, newest first, then those that hashes were made with and that are gone."""
    ring = [name for name, _ in key_ring().named()]
    counts = dict(
        Suppression.objects.order_by().values("key_id").annotate(number=Count("pk")).values_list("key_id", "number")
    )
    gone = sorted(counts.keys() - set(ring))
    return [
        KeyUse(key_id=name, is_known=name in ring, is_newest=name == ring[0], suppressions=counts.get(name, 0))
        for name in (*ring, *gone)
    ]
