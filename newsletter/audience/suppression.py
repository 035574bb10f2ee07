"""Addresses that must not be mailed, kept as keyed hashes: they outlive the erasure of their subscriber."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q

from newsletter.audience.end import end
from newsletter.engine.addresses import hasher, keyed_hash, normalise
from newsletter.engine.subscriptions import EndReason
from newsletter.models import Subscription, Suppression
from newsletter.models.keys import key_ring

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SuppressionReason(StrEnum):
    """Why nobody mails this address until its owner opts in anew."""

    ERASED = "erased"  #: the reader asked to be forgotten
    BOUNCED = "bounced"  #: the mailbox does not exist
    COMPLAINED = "complained"  #: reported as spam
    OPERATOR = "operator"  #: an operator put it on the list
    FORMER = "former"  #: left so long ago that the address itself was forgotten


ENDS_AS = {
    SuppressionReason.ERASED: EndReason.UNSUBSCRIBED,
    SuppressionReason.BOUNCED: EndReason.BOUNCED,
    SuppressionReason.COMPLAINED: EndReason.COMPLAINED,
    SuppressionReason.OPERATOR: EndReason.SUPPRESSED,
    SuppressionReason.FORMER: EndReason.UNSUBSCRIBED,
}


def suppress(address: str, *, reason: SuppressionReason, now: datetime) -> None:
    """Put the address on the list and end its subscriptions. A second time changes nothing.

    Raises:
        AddressError: it is no address.
    """
    address = normalise(address)
    with transaction.atomic():
        if not _rows(address).exists():
            key_id, key = next(key_ring().named())
            row = Suppression(key_id=key_id, digest=keyed_hash(address, key), reason=reason.value, created_at=now)
            Suppression.objects.bulk_create([row], ignore_conflicts=True)
        for subscription in Subscription.objects.filter(subscriber__email=address):
            end(subscription, reason=ENDS_AS[reason], source="suppression", now=now)


def is_suppressed(address: str) -> bool:
    """Whether the address is on the list, under whichever key it was put there.

    Raises:
        AddressError: it is no address.
    """
    return _rows(normalise(address)).exists()


def why_suppressed(address: str) -> str:
    """Why the address is on the list; empty when it is not there.

    Raises:
        AddressError: it is no address.
    """
    return _rows(normalise(address)).order_by("pk").values_list("reason", flat=True).first() or ""


def suppressed_among(addresses: Collection[str]) -> frozenset[str]:
    """Which of these addresses (in their normal form) are on the list; one query a key for all of them."""
    return frozenset(why_suppressed_among(addresses))


def why_suppressed_among(addresses: Collection[str]) -> dict[str, str]:
    """Those of these addresses (in their normal form) that are on the list, each with the reason."""
    found: dict[str, str] = {}
    for key_id, key in key_ring().named():
        hashes = list(map(hasher(key), addresses))
        listed = _listed(key_id, hashes)
        if listed:
            both = zip(addresses, hashes, strict=True)
            found.update((address, listed[digest]) for address, digest in both if digest in listed)
    return found


def _listed(key_id: str, digests: list[str]) -> dict[str, str]:
    """The whole list as one parameter: thousands of them take the ORM longer than the database."""
    parameter: list[str] | str
    table = connection.ops.quote_name(Suppression._meta.db_table)  # noqa: SLF001 - Django's documented API
    if connection.vendor == "postgresql":
        those, parameter = "digest = ANY(%s)", digests
    else:
        those, parameter = "digest IN (SELECT value FROM json_each(%s))", json.dumps(digests)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT digest, reason FROM {table} WHERE key_id = %s AND {those}", [key_id, parameter])  # noqa: S608
        return dict(cursor.fetchall())


def lift(address: str) -> None:
    """Take the address off the list: its owner has opted in anew, from the mailbox. Only `confirm` may call this."""
    _rows(normalise(address)).delete()


def _rows(address: str) -> QuerySet[Suppression]:
    match = Q()
    for key_id, key in key_ring().named():
        match |= Q(key_id=key_id, digest=keyed_hash(address, key))
    return Suppression.objects.filter(match)
